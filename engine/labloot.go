package engine

import (
	"context"
	"slices"

	"unseen/data"
	"unseen/engine/aggregated"
	"unseen/engine/attack"
	"unseen/engine/local"
	"unseen/engine/nn"
)

// loot is what an adversary made of the updates it saw, by the row that it comes
// closest to. Which row that is, and how close, only the simulator can tell.
type loot struct {
	rows     []int             // the training rows
	best     map[int]float64   // relative error of the closest claim
	claim    map[int][]float64 // that claim
	off      map[int]float64   // of rows that were alone in an update: the error to be expected of the claim
	silent   map[int]bool      // rows whose owner's update said nothing, in no attempt
	closed   map[int]int       // of the first attempt: how many updates stopped at each layer
	attempts []int             // rows recovered after each attempt
	layers   int               // of the network
	draws    int               // of initial weights, where the server chose among some
	claims   int               // made in all
	view     *attack.View      // of the last attempt
	dataset  *Dataset
	schema   attack.Schema
	scaled   []float64 // all rows, for the judge; see truth
}

func (l *loot) recovered() int {
	n := 0
	for _, e := range l.best {
		if e <= closeEnough {
			n++
		}
	}
	return n
}

// errors lists the relative errors of the rows there is a claim for, ascending.
func (l *loot) errors() []float64 {
	var list []float64
	for _, e := range l.best {
		list = append(list, e)
	}
	slices.Sort(list)
	return list
}

// exactEnough is the relative error from which on the server asks no more.
const exactEnough = 1e-10

// wanting reports whether a row is left whose owner's update said nothing, or too
// little.
func (l *loot) wanting() bool {
	if len(l.silent) > 0 {
		return true
	}
	for _, off := range l.off {
		if off > exactEnough {
			return true
		}
	}
	return false
}

// raid is what is attacked: a scenario on data, by whom, and how the server begins.
type raid struct {
	Scenario
	set       *data.Set
	adversary string
	attempts  int  // times the server may begin
	chosen    bool // the weights are chosen from the first time on
	progress  func(Progress)
}

// steal runs a scenario until everybody has been visited, and attacks what the
// adversary saw. Whoever's update said too little is asked again, up to so many times
// in all, with new initial weights: the server draws them, and nobody would notice.
func (r raid) steal(ctx context.Context) (*loot, error) {
	s := &r.Scenario
	s.Learning.Epochs = 1
	s.Learning.Rounds = 1
	if r.adversary == aggregated.Aggregator || s.Mode == SecureAggregation || s.Privacy.private() {
		s.Learning.Rounds = 2 // what a model was before, some know only from the round before
	}
	dataset, err := Prepare(*s, r.set)
	if err != nil {
		return nil, err
	}
	l := newLoot(dataset)
	who := r.adversary
	if who == holder {
		who = firstWorker(dataset)
	}
	l.own(who)
	l.layers = len(s.Network.Hidden) + 1
	for attempt := range r.attempts {
		if attempt > 0 || r.chosen {
			w, draws, err := chooseWeights(ctx, *s, dataset, attempt)
			if err != nil {
				return nil, err
			}
			s.Network.Initial, l.draws = &w, l.draws+draws
		}
		if err := r.visit(ctx, l, who); err != nil {
			return nil, err
		}
		if !l.wanting() {
			break
		}
	}
	return l, nil
}

// visit runs the scenario once and attacks what the adversary saw.
func (r raid) visit(ctx context.Context, l *loot, who string) error {
	l.view = attack.NewView(who)
	session, err := watch(ctx, r.Scenario, r.set, r.progress, l.view)
	if err != nil {
		return err
	}
	defer session.Close()
	updates, err := seen(session, l.view)
	if err != nil {
		return err
	}
	l.take(updates)
	if r.Mode == Encrypted {
		l.claimAll(l.view.RingRows(l.dataset.Features(), r.Shares.Fraction))
	}
	return nil
}

// firstWorker is the id of the first worker by name.
func firstWorker(d *Dataset) string {
	first := d.Workers[0].ID()
	for _, w := range d.Workers {
		first = min(first, w.ID())
	}
	return first
}

// seen lists the updates that a view shows. Where updates are masked, the adversary
// tries the masked ones for what they are worth, and the average.
func seen(session *Session, view *attack.View) ([]attack.Update, error) {
	widths := nn.Widths(session.mode.Weights())
	if s := session.scenario; s.Mode != SecureAggregation {
		if s.Mode == Encrypted {
			return finalUpdate(session, view), nil
		}
		if !s.Privacy.private() {
			return view.Updates(widths), nil
		}
		if updates := view.Moved(widths); len(updates) > 0 {
			return updates, nil
		}
		if average, ok := view.Drift(widths); ok {
			return []attack.Update{average}, nil
		}
		return nil, nil
	}
	plan, err := PlanAggregation(session.scenario, session.dataset)
	if err != nil {
		return nil, err
	}
	updates := view.Masked(widths, plan.Quantiser.Bits)
	if average, ok := view.Drift(widths); ok {
		updates = append(updates, average)
	}
	return updates, nil
}

// finalUpdate is what the owner of the model can make of encrypted training: the
// weights it drew, and those it was sent at the end.
func finalUpdate(session *Session, view *attack.View) []attack.Update {
	if !view.Has(local.Server) {
		return nil
	}
	first, err := initialWeights(session.scenario, session.dataset)
	if err != nil {
		return nil
	}
	last := session.mode.Weights() // its own, at the end of the run
	return []attack.Update{{Of: "everybody", Before: attack.Model{W: first.W[0], B: first.B[0]}, After: attack.Model{W: last.W[0], B: last.B[0]}}}
}

// own takes the adversary's own rows out: they are no secret to it.
func (l *loot) own(id string) {
	for _, w := range l.dataset.Workers {
		if w.ID() == id {
			l.rows = slices.DeleteFunc(slices.Clone(l.rows), func(r int) bool { return slices.Contains(w.Rows, r) })
			for _, r := range w.Rows {
				delete(l.silent, r)
			}
		}
	}
}

// claimAll judges claims that may be anybody's row.
func (l *loot) claimAll(claims [][]float64) {
	l.claims += len(claims)
	for _, c := range claims {
		for _, r := range l.rows {
			l.closer(r, c)
			delete(l.silent, r)
		}
	}
	l.attempts[len(l.attempts)-1] = l.recovered()
}

func newLoot(d *Dataset) *loot {
	l := &loot{dataset: d, rows: d.Split.Train, best: map[int]float64{}, claim: map[int][]float64{}, off: map[int]float64{},
		silent: map[int]bool{}, closed: map[int]int{}}
	l.schema = attack.Schema{Columns: d.Set.Table.Columns, Features: d.Set.Features, Scaling: d.Scaling}
	for _, r := range l.rows {
		l.silent[r] = true
	}
	return l
}

// take lets the adversary turn updates into claims, and judges them.
func (l *loot) take(updates []attack.Update) {
	owned := map[string][]int{}
	for _, w := range l.dataset.Workers {
		owned[w.ID()] = w.Rows
	}
	for _, u := range updates {
		rows, known := owned[u.Of] // the adversary knows how many workers there are, and how many rows
		switch {
		case len(rows) == 1:
			l.takeOne(u, rows[0])
		case known:
			l.takeSome(u, rows)
		default:
			l.takeSome(u, l.rows) // an average: anybody's
		}
	}
	l.attempts = append(l.attempts, l.recovered())
}

// takeOne reads an update on one row. Of several claims about a row the adversary
// trusts the one of which it expects the smallest error.
func (l *loot) takeOne(u attack.Update, row int) {
	x, off, ok := attack.Row(u)
	if !ok {
		if len(l.attempts) == 0 {
			l.closed[u.Closed()]++
		}
		return
	}
	l.claims++
	delete(l.silent, row)
	if old, claimed := l.off[row]; !claimed || off < old {
		l.best[row], l.claim[row], l.off[row] = l.judge(row, x), x, off
	}
}

// takeSome reads an update on several rows: what can be a row, may be any of them.
func (l *loot) takeSome(u attack.Update, rows []int) {
	all := attack.Candidates(u)
	var claims [][]float64
	for _, c := range all {
		if l.schema.Plausible(c) && !slices.ContainsFunc(claims, func(old []float64) bool { return attack.Error(old, c) < closeEnough }) {
			claims = append(claims, c)
		}
	}
	l.claims += len(claims)
	for _, r := range rows {
		if len(all) > 0 {
			delete(l.silent, r)
		}
		for _, c := range claims {
			l.closer(r, c)
		}
	}
}

// closer keeps a claim about a row if it is the closest so far.
func (l *loot) closer(row int, claim []float64) {
	e := l.judge(row, claim)
	if old, ok := l.best[row]; !ok || e < old {
		l.best[row], l.claim[row] = e, claim
	}
}

// judge is the relative error of a claim about a row: the simulator's eye.
func (l *loot) judge(row int, claim []float64) float64 {
	n := l.dataset.Features()
	return attack.Error(l.truth()[row*n:(row+1)*n], claim)
}

// truth is all rows, scaled.
func (l *loot) truth() []float64 {
	if l.scaled == nil {
		l.scaled = l.dataset.Scaling.Apply(l.dataset.Set.X).Float64s()
	}
	return l.scaled
}

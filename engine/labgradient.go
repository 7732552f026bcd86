package engine

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"unseen/data"
	"unseen/engine/aggregated"
	"unseen/engine/attack"
	"unseen/engine/lab"
	"unseen/engine/local"
	"unseen/engine/nn"
	"unseen/engine/rng"
)

// close enough: a row counts as recovered if every feature is within this share of
// its largest one.
const closeEnough = 1e-3

// holder names the first of those who hold shares as an adversary.
const holder = "holder"

func gradientLab() Lab {
	return Lab{
		Name: "gradient", Attack: true, Title: "Steal a row",
		About: "The update of a worker with one row is that row: its weights divided by its bias.",
		Modes: []string{Federated, Aggregated, SecureAggregation, Encrypted},
		Controls: []lab.Control{
			{Name: "adversary", Usage: "who looks; a holder in encrypted", Kind: lab.Choice, Default: local.Server,
				Choices: []string{local.Server, aggregated.Aggregator, holder}},
			{Name: "attempts", Usage: "times the server begins, for those who said nothing",
				Kind: lab.Whole, Default: "10", Min: 1, Max: 100},
			{Name: "row", Usage: "whose row is shown, by its number; 0: the first found",
				Kind: lab.Whole, Default: "0", Min: 0, Max: 1e9},
			{Name: "survey", Usage: "also larger batches, more steps, other ways to train",
				Kind: lab.Choice, Default: "no", Choices: []string{"no", "yes"}},
		},
		run: stealRows,
	}
}

// loot is what an adversary made of the updates it saw, by the row that it comes
// closest to. Which row that is, and how close, only the simulator can tell.
type loot struct {
	rows     []int             // the training rows
	best     map[int]float64   // relative error of the closest claim
	claim    map[int][]float64 // that claim
	silent   map[int]bool      // rows whose owner's update said nothing, in no attempt
	attempts []int             // rows recovered after each attempt
	claims   int               // made in all
	view     *attack.View      // of the last attempt
	dataset  *Dataset
	schema   attack.Schema
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

// steal runs a scenario until everybody has been visited, and attacks what the
// adversary saw. Whoever's update said nothing is asked again, up to so many times
// in all, with new initial weights: the server draws them, and nobody would notice.
func steal(ctx context.Context, s Scenario, set *data.Set, adversary string, attempts int, progress func(Progress)) (*loot, error) {
	s.Learning.Epochs = 1
	s.Learning.Rounds = 1
	if adversary == aggregated.Aggregator || s.Mode == SecureAggregation || s.Privacy.private() {
		s.Learning.Rounds = 2 // what a model was before, some know only from the round before
	}
	var l *loot
	for attempt := range attempts {
		if attempt > 0 {
			dataset, err := Prepare(s, set)
			if err != nil {
				return nil, err
			}
			stream := rng.Seeded(s.Seed).Party(local.Server).Stream("init again", 0, uint64(attempt))
			w := nn.Glorot(rand.New(stream), nn.Sizes(dataset.Features(), s.Network.Hidden, len(set.Classes)))
			s.Network.Initial = &w
		}
		who := adversary
		if adversary == holder {
			d, err := Prepare(s, set)
			if err != nil {
				return nil, err
			}
			for i, w := range d.Workers {
				if id := w.ID(); i == 0 || id < who {
					who = id // the first by name
				}
			}
		}
		view := attack.NewView(who)
		session, err := watch(ctx, s, set, progress, view)
		if err != nil {
			return nil, err
		}
		if l == nil {
			l = newLoot(session)
			l.own(who)
		}
		l.view = view
		updates, err := seen(session, view)
		session.Close()
		if err != nil {
			return nil, err
		}
		l.take(updates)
		if s.Mode == Encrypted {
			l.claimAll(view.RingRows(l.dataset.Features(), s.Shares.Fraction))
		}
		if len(l.silent) == 0 {
			break
		}
	}
	return l, nil
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
	truth := l.dataset.Scaling.Apply(l.dataset.Set.X).Float64s()
	features := l.dataset.Features()
	l.claims += len(claims)
	for _, c := range claims {
		for _, r := range l.rows {
			e := attack.Error(truth[r*features:(r+1)*features], c)
			if old, ok := l.best[r]; !ok || e < old {
				l.best[r], l.claim[r] = e, c
			}
			delete(l.silent, r)
		}
	}
	l.attempts[len(l.attempts)-1] = l.recovered()
}

func newLoot(session *Session) *loot {
	d := session.Dataset()
	l := &loot{dataset: d, rows: d.Split.Train, best: map[int]float64{}, claim: map[int][]float64{}, silent: map[int]bool{}}
	l.schema = attack.Schema{Columns: d.Set.Table.Columns, Features: d.Set.Features, Scaling: d.Scaling}
	for _, r := range l.rows {
		l.silent[r] = true
	}
	return l
}

// take lets the adversary turn updates into claims, and judges them.
func (l *loot) take(updates []attack.Update) {
	truth := l.dataset.Scaling.Apply(l.dataset.Set.X).Float64s()
	features := l.dataset.Features()
	owned := map[string][]int{}
	for _, w := range l.dataset.Workers {
		owned[w.ID()] = w.Rows
	}
	for _, u := range updates {
		rows, single := owned[u.Of], false
		if rows == nil {
			rows = l.rows // an average: anybody's
		} else {
			single = len(rows) == 1 // the adversary knows how many workers there are, and how many rows
		}
		claims, spoke := l.read(u, single)
		l.claims += len(claims)
		for _, r := range rows {
			if spoke {
				delete(l.silent, r)
			}
			for _, c := range claims {
				e := attack.Error(truth[r*features:(r+1)*features], c)
				if old, ok := l.best[r]; !ok || e < old {
					l.best[r], l.claim[r] = e, c
				}
			}
		}
	}
	l.attempts = append(l.attempts, l.recovered())
}

// read is what the adversary takes for rows behind an update, and whether the
// update said anything.
func (l *loot) read(u attack.Update, single bool) (claims [][]float64, spoke bool) {
	if single {
		x, ok := attack.Row(u)
		if !ok {
			return nil, false
		}
		return [][]float64{x}, true
	}
	all := attack.Candidates(u)
	for _, c := range all {
		if l.schema.Plausible(c) && !slices.ContainsFunc(claims, func(old []float64) bool { return attack.Error(old, c) < closeEnough }) {
			claims = append(claims, c)
		}
	}
	return claims, len(all) > 0
}

// stealRows is the attack as a lab.
func stealRows(ctx context.Context, q LabRequest) (*lab.Report, error) {
	adversary := q.Values["adversary"]
	if adversary == aggregated.Aggregator && q.Scenario.Mode != Aggregated {
		return nil, &SettingError{"--adversary", adversary, q.Scenario.Mode + " training has no aggregator", "choose server, or --mode aggregated"}
	}
	if adversary == holder && q.Scenario.Mode != Encrypted {
		return nil, &SettingError{"--adversary", adversary, "nobody holds shares in " + q.Scenario.Mode + " training", "choose server, or --mode encrypted"}
	}
	attempts := q.Values.Whole("attempts")
	if q.Scenario.Network.Initial != nil || q.Scenario.Mode != Federated {
		attempts = 1
	}
	l, err := steal(ctx, q.Scenario, q.Set, adversary, attempts, q.Progress)
	if err != nil {
		return nil, err
	}
	errs := l.errors()
	if slices.ContainsFunc(l.dataset.Workers, func(w data.Worker) bool { return len(w.Rows) > 1 }) {
		errs = l.exact() // of the others there is nothing: the closest claim is another row's
	}
	report := &lab.Report{
		Adversary: fmt.Sprintf("the %s, which follows the protocol and looks at what it is sent", adversary),
		Saw: []string{fmt.Sprintf("%d messages received, %d sent, %s in all", l.view.Received(), l.view.Sent(), kilobytes(l.view.Bytes)),
			what(q.Scenario.Mode, adversary)},
		Facts: []lab.Fact{
			{Name: "rows", Label: "training rows", Value: len(l.rows)},
			{Name: "recovered", Label: "rows recovered", Value: l.recovered()},
			{Name: "no_update", Label: "rows without an update", Value: len(l.silent)},
			{Name: "median_relative_error", Label: "median relative error", Value: quantile(errs, 0.5)},
			{Name: "max_relative_error", Label: "largest relative error", Value: quantile(errs, 1)},
			{Name: "attempts", Label: "times begun", Value: len(l.attempts)},
		},
		Finding: l.finding(adversary, q.Scenario),
	}
	table, err := l.person(q.Values.Whole("row"))
	if err != nil {
		return nil, err
	}
	if table != nil {
		report.Tables = append(report.Tables, *table)
	}
	if len(l.attempts) > 1 {
		t := lab.Table{Name: "attempts_by_weights", Title: "Rows recovered, by how often the server began with other weights",
			Columns: []lab.Column{{Name: "attempt", Head: "attempt"}, {Name: "recovered", Head: "recovered so far"}}}
		for i, n := range l.attempts {
			t.Rows = append(t.Rows, []any{i + 1, n})
		}
		report.Tables = append(report.Tables, t)
	}
	if q.Values["survey"] == "yes" {
		t, err := survey(ctx, q)
		if err != nil {
			return nil, err
		}
		report.Tables = append(report.Tables, *t)
	}
	return report, nil
}

// what says what the messages hold.
func what(mode, adversary string) string {
	switch {
	case mode == Encrypted && adversary == holder:
		return "shares of rows, labels and weights, values under masks, and the loss of each batch; its own rows do not count"
	case mode == Encrypted:
		return "the weights it drew, the final ones, and the loss of each batch"
	case mode == SecureAggregation:
		return "public keys, masked updates, shares of masks, and one sum a server round"
	}
	return "no row, no label, no loss: models only, and the public scaling"
}

func (l *loot) finding(adversary string, s Scenario) string {
	n, of := l.recovered(), len(l.rows)
	switch {
	case n == of:
		return fmt.Sprintf("The %s has every row, to the last digit that rounding leaves: a row that never left its owner left with the update.", adversary)
	case n == 0 && s.Mode == SecureAggregation:
		return fmt.Sprintf("The %s found no row: what it sees of one worker is masked, and the sum, which is not, mixes too many.", adversary)
	case n == 0 && s.Mode == Encrypted && adversary == holder:
		return "The holder found no row: shares and masked values, taken for rows, are uniform numbers."
	case n == 0 && s.Privacy.private():
		return fmt.Sprintf("The %s found no row: there is more noise than row in what it sees.", adversary)
	case n == 0:
		return fmt.Sprintf("The %s found no row: what it sees mixes too many of them.", adversary)
	case len(l.silent) > 0:
		return fmt.Sprintf("The %s has %d of %d rows. The others stopped at a closed ReLU or had no loss left: their updates say nothing about them, and teach nothing.", adversary, n, of)
	}
	return fmt.Sprintf("The %s has %d of %d rows: those that were alone in passing some unit's ReLU.", adversary, n, of)
}

// person shows a row as the adversary has it beside the true one. number is the
// row's in the data, from 1, or 0 for the first one that was recovered.
func (l *loot) person(number int) (*lab.Table, error) {
	set := l.dataset.Set
	at := number - 1
	if number == 0 {
		i := slices.IndexFunc(l.rows, func(r int) bool { e, ok := l.best[r]; return ok && e <= closeEnough })
		if i < 0 {
			return nil, nil
		}
		at = l.rows[i]
	} else if !slices.Contains(l.rows, at) {
		return nil, &SettingError{"--row", fmt.Sprint(number), "not a training row",
			fmt.Sprintf("choose one such as %d, or give --split 1: then all %d rows train", l.rows[0]+1, set.Len())}
	}
	person := set.People()[at]
	t := &lab.Table{Name: "person", Title: fmt.Sprintf("%s %s, row %d: stolen and true", person.First, person.Last, at+1),
		Columns: []lab.Column{{Name: "column", Head: "column"}, {Name: "stolen", Head: "stolen"}, {Name: "true", Head: "true"}}}
	var stolen []attack.Cell
	if c, ok := l.claim[at]; ok {
		stolen = l.schema.Decode(c)
	}
	k := 0
	for j, c := range set.Table.Columns {
		if c.Label {
			continue
		}
		var got any
		if stolen != nil {
			got = stolen[k].Value
		}
		t.Rows = append(t.Rows, []any{c.Name, got, set.Table.Records[set.Rows[at]].Fields[j]})
		k++
	}
	return t, nil
}

// quantile of a sorted list; NaN of an empty one.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	return sorted[int(q*float64(len(sorted)-1))]
}

func kilobytes(n int) string {
	if n < 1_000_000 {
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

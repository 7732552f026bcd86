package engine

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gorgonia.org/tensor"

	"unseen/data"
	"unseen/engine/aggregated"
	"unseen/engine/attack"
	"unseen/engine/lab"
	"unseen/engine/local"
	"unseen/engine/nn"
	"unseen/engine/secagg"
)

func differenceLab() Lab {
	return Lab{
		Name: "difference", Attack: true, Title: "Subtract",
		About: "An average protects nobody from those who know all its other parts.",
		Modes: []string{Aggregated, SecureAggregation},
		Controls: []lab.Control{
			{Name: "honest", Usage: "how many workers do not collude with the server", Kind: lab.Whole, Default: "1", Min: 1, Max: 1e6},
			{Name: "row", Usage: "whose row is shown, by its number; 0: the first found",
				Kind: lab.Whole, Default: "0", Min: 0, Max: 1e9},
		},
		run: subtract,
	}
}

// honestly lists for how many honest workers the attack is run beside what was asked.
var honestly = []int{1, 2, 4, 8, 16}

// subtract lets the server and all but a few workers put together what they know.
func subtract(ctx context.Context, q LabRequest) (*lab.Report, error) {
	d, err := Prepare(q.Scenario, q.Set)
	if err != nil {
		return nil, err
	}
	workers, honest := len(d.Workers), q.Values.Whole("honest")
	if honest >= workers {
		return nil, &SettingError{"--honest", fmt.Sprint(honest), fmt.Sprintf("there are only %d workers, and one must collude", workers),
			"give a smaller number"}
	}
	round, err := runDifferences(ctx, q.Scenario, q.Set, q.Progress)
	if err != nil {
		return nil, err
	}
	defer round.session.Close()
	main, off := round.without(honest)
	t := lab.Table{Name: "by_honest", Title: "Rows found, by how many workers do not collude",
		Columns: []lab.Column{{Name: "honest", Head: "honest"}, {Name: "colluding", Head: "colluding"}, {Name: "rows", Head: "rows of the honest"},
			{Name: "recovered", Head: "found"}, {Name: "share", Head: "share", Share: true}, {Name: "median_relative_error", Head: "median error"}}}
	for _, n := range honestly {
		if n >= workers {
			break
		}
		l, _ := round.without(n)
		t.Rows = append(t.Rows, []any{n, workers - n, len(l.rows), l.recovered(), float64(l.recovered()) / float64(len(l.rows)), quantile(l.exact(), 0.5)})
	}
	errs := main.exact()
	report := &lab.Report{
		Adversary: fmt.Sprintf("the server and %d of %d workers, who tell it what they sent", workers-honest, workers),
		Saw: []string{"the average, which the server gets to know, and what the colluders themselves put into it",
			"nothing that an honest worker sent or holds"},
		Facts: []lab.Fact{
			{Name: "workers", Label: "workers", Value: workers}, {Name: "honest", Label: "of them honest", Value: honest},
			{Name: "largest_weight_difference", Label: "what is left, off by at most", Value: off},
			{Name: "rows", Label: "rows of the honest", Value: len(main.rows)}, {Name: "recovered", Label: "rows recovered", Value: main.recovered()},
			{Name: "median_relative_error", Label: "median relative error", Value: quantile(errs, 0.5)},
			{Name: "max_relative_error", Label: "largest relative error", Value: quantile(errs, 1)},
		},
		Tables:  []lab.Table{t},
		Finding: main.differenceFinding(honest),
	}
	person, err := main.person(q.Values.Whole("row"))
	if err != nil {
		return nil, err
	}
	if person != nil {
		report.Tables = append([]lab.Table{*person}, report.Tables...)
	}
	return report, nil
}

func (l *loot) differenceFinding(honest int) string {
	if honest == 1 && len(l.silent) == len(l.rows) {
		return "The average minus what the colluders put in is the update of the one who is left, and it says nothing: her path through the network is closed."
	}
	if honest == 1 && l.recovered() == len(l.rows) {
		return "The average minus what the colluders sent is the update of the one who is left, and that update is its rows. No aggregation helps against this: what it hides, it hides among the honest."
	}
	if honest == 1 {
		return fmt.Sprintf("The average minus what the colluders sent is the update of the one who is left, as it was sent; of its %d rows %d stand out of it.", len(l.rows), l.recovered())
	}
	return fmt.Sprintf("What is left of the average is an average over %d honest workers: %d of %d rows stand out of it.", honest, l.recovered(), len(l.rows))
}

// exact lists the errors of the rows that were recovered, ascending.
func (l *loot) exact() []float64 {
	var list []float64
	for _, e := range l.errors() {
		if e <= closeEnough {
			list = append(list, e)
		}
	}
	return list
}

// differences is a server round with what everybody saw of it, to be looked at
// through the eyes of any coalition.
type differences struct {
	session *Session
	dataset *Dataset
	all     *attack.View
	pool    *pool
}

// runDifferences runs the server round. The caller closes the session.
func runDifferences(ctx context.Context, s Scenario, set *data.Set, progress func(Progress)) (*differences, error) {
	s.Learning.Rounds = 1
	if s.Mode == SecureAggregation {
		s.Learning.Rounds, s.Secure.Drop = 2, 0 // the average shows in the model of the second; all deliver
	}
	d, err := Prepare(s, set)
	if err != nil {
		return nil, err
	}
	everybody := []string{local.Server}
	for _, w := range d.Workers {
		everybody = append(everybody, w.ID())
	}
	all := attack.NewView(everybody...)
	all.Keep = []string{secagg.Update}
	session, err := watch(ctx, s, set, progress, all)
	if err != nil {
		return nil, err
	}
	return &differences{session, d, all, &pool{dataset: d, widths: nn.Widths(session.mode.Weights()), moved: s.Mode == SecureAggregation}}, nil
}

// without takes all that the server and all but the last workers know out of the
// average. off is how far a weight of what is left is from the honest workers' own
// average, which only the judge sees.
func (d *differences) without(honest int) (l *loot, off float64) {
	workers := d.dataset.Workers
	colluders, left := []string{local.Server}, []string(nil)
	for i, w := range workers {
		if i < len(workers)-honest {
			colluders = append(colluders, w.ID())
		} else {
			left = append(left, w.ID())
		}
	}
	view, truth, p := d.all.Only(colluders...), d.all.Only(left...), d.pool
	l = newLoot(d.dataset)
	l.view, l.rows, l.silent = view, nil, map[int]bool{}
	for _, w := range workers[len(workers)-honest:] {
		for _, r := range w.Rows {
			l.rows, l.silent[r] = append(l.rows, r), true
		}
	}
	average, ok := p.average(view)
	if !ok {
		return l, math.NaN() // nobody changed anything
	}
	models, rows := p.contributions(view)
	total := 0.0
	for _, w := range workers {
		total += float64(len(w.Rows)) // how many rows there are in all, the server knows
	}
	rest := attack.Rest(average, total, models, rows)
	of := "those who are left"
	if len(left) == 1 {
		of = left[0]
	}
	l.take([]attack.Update{{Of: of, Before: p.before(view), After: attack.FirstLayer(rest, p.widths)}})
	return l, p.distance(rest, truth)
}

// pool is what colluders put together: first layers, packed, of models or, where the
// way to train speaks of updates, of updates.
type pool struct {
	dataset *Dataset
	widths  []int
	moved   bool // contributions are updates
}

// size is how many weights the first layer has.
func (p *pool) size() int { return (p.widths[0] + 1) * p.widths[1] }

// first packs a first layer.
func (p *pool) first(m attack.Model) *tensor.Dense {
	x := append(slices.Clone(m.W.Float64s()), m.B.Float64s()...)
	return tensor.New(tensor.WithShape(1, len(x)), tensor.WithBacking(x))
}

// before is the model that the workers began with, or nothing where contributions
// are updates.
func (p *pool) before(v *attack.View) attack.Model {
	if p.moved {
		return attack.FirstLayer(nn.New(1, p.size()), p.widths)
	}
	for _, m := range v.Messages {
		if m.From == local.Server && m.Value("w1") != nil {
			return attack.Model{W: m.Value("w1"), B: m.Value("b1")}
		}
	}
	return attack.Model{}
}

// average is the one that the server got to know.
func (p *pool) average(v *attack.View) (*tensor.Dense, bool) {
	if p.moved {
		u, ok := v.Drift(p.widths)
		if !ok {
			return nil, false
		}
		mean, start := p.first(u.After), p.first(u.Before)
		for j, x := range start.Float64s() {
			mean.Float64s()[j] -= x
		}
		return mean, true
	}
	for _, m := range v.Messages {
		if m.From == aggregated.Aggregator && m.Value("average") != nil {
			return p.cut(m.Value("average")), true
		}
	}
	return nil, false
}

// cut leaves the first layer of a packed model.
func (p *pool) cut(packed *tensor.Dense) *tensor.Dense {
	return tensor.New(tensor.WithShape(1, p.size()), tensor.WithBacking(slices.Clone(packed.Float64s()[:p.size()])))
}

// contributions lists what the workers in a view put into the first average, and for
// how many rows each stands: each knows its own.
func (p *pool) contributions(v *attack.View) (models []*tensor.Dense, rows []float64) {
	known := map[string]bool{}
	for _, w := range p.dataset.Workers {
		known[w.ID()] = v.Has(w.ID())
	}
	own := func(from string, m *tensor.Dense) {
		if m == nil || !known[from] {
			return
		}
		known[from] = false // the first server round only
		i := slices.IndexFunc(p.dataset.Workers, func(w data.Worker) bool { return w.ID() == from })
		models, rows = append(models, p.cut(m)), append(rows, float64(len(p.dataset.Workers[i].Rows)))
	}
	for _, m := range v.Own {
		own(m.From, m.Value(secagg.Update))
	}
	for _, m := range v.Messages {
		if m.To == aggregated.Aggregator {
			own(m.From, m.Value(m.From))
		}
	}
	return models, rows
}

// distance is how far a weight of what is left is from the honest workers' average.
func (p *pool) distance(rest *tensor.Dense, truth *attack.View) float64 {
	theirs, rows := p.contributions(truth)
	sum, total := nn.New(1, p.size()), 0.0
	for i, m := range theirs {
		total += rows[i]
		for j, x := range m.Float64s() {
			sum.Float64s()[j] += rows[i] * x
		}
	}
	off := 0.0
	for j, x := range sum.Float64s() {
		off = max(off, math.Abs(x/total-rest.Float64s()[j]))
	}
	return off
}

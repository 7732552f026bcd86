package engine

import (
	"context"
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"unseen/data"
	"unseen/engine/aggregated"
	"unseen/engine/attack"
	"unseen/engine/lab"
	"unseen/engine/local"
	"unseen/engine/nn"
)

func differenceLab() Lab {
	return Lab{
		Name: "difference", Attack: true, Title: "Subtract",
		About: "An average protects nobody from those who know all its other parts.",
		Modes: []string{Aggregated},
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
	main, off, err := difference(ctx, q.Scenario, q.Set, honest, q.Progress)
	if err != nil {
		return nil, err
	}
	t := lab.Table{Name: "by_honest", Title: "Rows found, by how many workers do not collude",
		Columns: []lab.Column{{Name: "honest", Head: "honest"}, {Name: "colluding", Head: "colluding"}, {Name: "rows", Head: "rows of the honest"},
			{Name: "recovered", Head: "found"}, {Name: "share", Head: "share", Share: true}, {Name: "median_relative_error", Head: "median error"}}}
	for _, n := range honestly {
		if n >= workers {
			break
		}
		l, _, err := difference(ctx, q.Scenario, q.Set, n, q.Progress)
		if err != nil {
			return nil, err
		}
		t.Rows = append(t.Rows, []any{n, workers - n, len(l.rows), l.recovered(), float64(l.recovered()) / float64(len(l.rows)), quantile(l.exact(), 0.5)})
	}
	errs := main.errors()
	report := &lab.Report{
		Adversary: fmt.Sprintf("the server and %d of %d workers, who tell it what they sent", workers-honest, workers),
		Saw: []string{"the average, which the server is sent, and the models that the colluders sent to the aggregator",
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

// difference runs one server round and takes all that the colluders know out of
// the average. The last workers are the honest ones. off is how far a weight of what
// is left is from the honest workers' own average.
func difference(ctx context.Context, s Scenario, set *data.Set, honest int, progress func(Progress)) (l *loot, off float64, err error) {
	s.Learning.Rounds = 1
	d, err := Prepare(s, set)
	if err != nil {
		return nil, 0, err
	}
	colluders := []string{local.Server}
	total := 0.0
	var left []string
	for i, w := range d.Workers {
		total += float64(len(w.Rows)) // that every worker says how many rows it has, the server knows
		if i < len(d.Workers)-honest {
			colluders = append(colluders, w.ID())
		} else {
			left = append(left, w.ID())
		}
	}
	view, truth := attack.NewView(colluders...), attack.NewView(left...) // the second one is the judge's
	session, err := watch(ctx, s, set, progress, view, truth)
	if err != nil {
		return nil, 0, err
	}
	defer session.Close()
	widths := nn.Widths(session.mode.Weights())
	var average *tensor.Dense
	var before attack.Model
	for _, m := range view.Messages {
		switch {
		case m.From == local.Server && m.Value("w1") != nil:
			before = attack.Model{W: m.Value("w1"), B: m.Value("b1")}
		case m.From == aggregated.Aggregator:
			average = m.Value("average")
		}
	}
	models, rows := moved(view)
	l = newLoot(session)
	l.view, l.rows = view, nil
	for _, w := range d.Workers[len(d.Workers)-honest:] {
		l.rows = append(l.rows, w.Rows...)
	}
	of := "those who are left"
	if len(left) == 1 {
		of = left[0]
	}
	rest := attack.Rest(average, total, models, rows)
	l.take([]attack.Update{{Of: of, Before: before, After: attack.FirstLayer(rest, widths)}})
	theirs, weights := moved(truth)
	honestMean := nn.New(1, rest.Size())
	for i, m := range theirs {
		for j, x := range m.Float64s() {
			honestMean.Float64s()[j] += weights[i] * x / float64(len(l.rows))
		}
	}
	for j, x := range honestMean.Float64s() {
		off = max(off, math.Abs(x-rest.Float64s()[j]))
	}
	return l, off, nil
}

// moved lists the models that a view shows on their way to the aggregator, and for
// how many rows each stands.
func moved(v *attack.View) (models []*tensor.Dense, rows []float64) {
	for _, m := range v.Messages {
		if m.To == aggregated.Aggregator && m.Value(m.From) != nil {
			models, rows = append(models, m.Value(m.From)), append(rows, m.Value(m.From + " rows").Float64s()[0])
		}
	}
	return models, rows
}

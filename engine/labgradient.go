package engine

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"unseen/data"
	"unseen/engine/aggregated"
	"unseen/engine/attack"
	"unseen/engine/lab"
	"unseen/engine/local"
)

// close enough: a row counts as recovered if every feature is within this share of
// its largest one.
const closeEnough = 1e-3

// holder names the first of those who hold shares as an adversary.
const holder = "holder"

// How the server comes by initial weights.
const (
	drawn  = "drawn"
	chosen = "chosen" // see chooseWeights
)

func gradientLab() Lab {
	return Lab{
		Name: "gradient", Attack: true, Title: "Steal a row",
		About: "The update of a worker with one row is that row: its weights divided by its bias.",
		Modes: []string{Federated, Aggregated, SecureAggregation, Encrypted},
		Controls: []lab.Control{
			{Name: "adversary", Usage: "who looks; a holder in encrypted", Kind: lab.Choice, Default: local.Server,
				Choices: []string{local.Server, aggregated.Aggregator, holder}},
			{Name: "initial", Usage: "weights to begin with: as drawn, or chosen by rehearsal",
				Kind: lab.Choice, Default: drawn, Choices: []string{drawn, chosen}},
			{Name: "attempts", Usage: "times the server begins, for those who said too little",
				Kind: lab.Whole, Default: "10", Min: 1, Max: 100},
			{Name: "row", Usage: "whose row is shown, by its number; 0: the first found",
				Kind: lab.Whole, Default: "0", Min: 0, Max: 1e9},
			{Name: "survey", Usage: "also larger batches, more steps, other ways to train",
				Kind: lab.Choice, Default: "no", Choices: []string{"no", "yes"}},
		},
		run: stealRows,
	}
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
	raid := raid{Scenario: q.Scenario, set: q.Set, adversary: adversary, attempts: 1, chosen: q.Values["initial"] == chosen, progress: q.Progress}
	if raid.chosen && q.Scenario.Network.Initial != nil {
		return nil, &SettingError{"--initial", chosen, "the weights to begin with are given", "leave it out, or the file of weights"}
	}
	if q.Scenario.Mode == Federated {
		raid.attempts = q.Values.Whole("attempts")
	}
	l, err := raid.steal(ctx)
	if err != nil {
		return nil, err
	}
	report := l.report(adversary, q.Scenario)
	table, err := l.person(q.Values.Whole("row"))
	if err != nil {
		return nil, err
	}
	if table != nil {
		report.Tables = append(report.Tables, *table)
	}
	report.Tables = append(report.Tables, l.visits()...)
	if q.Values["survey"] == "yes" {
		t, err := survey(ctx, q)
		if err != nil {
			return nil, err
		}
		report.Tables = append(report.Tables, *t)
	}
	return report, nil
}

// report says what the adversary has.
func (l *loot) report(adversary string, s Scenario) *lab.Report {
	errs := l.errors()
	if slices.ContainsFunc(l.dataset.Workers, func(w data.Worker) bool { return len(w.Rows) > 1 }) {
		errs = l.exact() // of the others there is nothing: the closest claim is another row's
	}
	r := &lab.Report{
		Adversary: l.adversary(adversary) + ", which follows the protocol and looks at what it is sent",
		Saw: []string{fmt.Sprintf("messages: %d received, %d sent, %s in all", l.view.Received(), l.view.Sent(), kilobytes(l.view.Bytes)),
			what(s.Mode, adversary)},
		Facts: []lab.Fact{
			{Name: "rows", Label: "training rows", Value: len(l.rows)},
			{Name: "recovered", Label: "rows recovered", Value: l.recovered()},
			{Name: "no_update", Label: "rows without an update", Value: len(l.silent)},
			{Name: "median_relative_error", Label: "median relative error", Value: quantile(errs, 0.5)},
			{Name: "max_relative_error", Label: "largest relative error", Value: quantile(errs, 1)},
			{Name: "attempts", Label: "visits", Value: len(l.attempts)},
			{Name: "draws", Label: "weights drawn to choose from", Value: l.draws},
		},
		Finding: l.finding(adversary, s),
	}
	if l.draws > 0 {
		r.Saw = append(r.Saw, fmt.Sprintf("its own doing: it drew weights %s, and began with those that rehearsed best on people it had made up", times(l.draws)))
	}
	return r
}

// adversary names who looks: of the holders, one.
func (l *loot) adversary(role string) string {
	if role == holder {
		return fmt.Sprintf("the holder %s", firstWorker(l.dataset))
	}
	return "the " + role
}

// visits shows where the first updates stopped, and what the server got by beginning
// again.
func (l *loot) visits() (tables []lab.Table) {
	if len(l.closed) > 0 {
		t := lab.Table{Name: "closed_ways", Title: "First visit: updates that say nothing, by the layer whose ReLUs were all 0; the output layer: no loss was left",
			Columns: []lab.Column{{Name: "layer", Head: "layer"}, {Name: "rows", Head: "rows that got no further"}}}
		for _, layer := range slices.Sorted(maps.Keys(l.closed)) {
			t.Rows = append(t.Rows, []any{layer, l.closed[layer]})
		}
		tables = append(tables, t)
	}
	if len(l.attempts) > 1 {
		t := lab.Table{Name: "attempts_by_weights", Title: "Rows recovered, by how often the server began with other weights",
			Columns: []lab.Column{{Name: "attempt", Head: "attempt"}, {Name: "recovered", Head: "recovered so far"}}}
		for i, n := range l.attempts {
			t.Rows = append(t.Rows, []any{i + 1, n})
		}
		tables = append(tables, t)
	}
	return tables
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
	every := fmt.Sprintf("The %s has every row, to the last digit that rounding leaves: a row that never left its owner left with the update.", adversary)
	switch {
	case n == of && len(l.attempts) > 1:
		return every + " " + l.again()
	case n == of:
		return every
	case n == 0 && s.Mode == SecureAggregation:
		return fmt.Sprintf("The %s found no row: what it sees of one worker is masked, and the sum, which is not, mixes too many.", adversary)
	case n == 0 && s.Mode == Encrypted && adversary == holder:
		return "The holder found no row: shares and masked values, taken for rows, are uniform numbers."
	case n == 0 && s.Privacy.private():
		return fmt.Sprintf("The %s found no row: there is more noise than row in what it sees.", adversary)
	case n == 0:
		return fmt.Sprintf("The %s found no row: what it sees mixes too many of them.", adversary)
	case len(l.silent) > 0:
		return fmt.Sprintf("The %s has %d of %d rows. %s", adversary, n, of, l.behind(len(l.silent)))
	}
	return fmt.Sprintf("The %s has %d of %d rows: those that were alone in passing some unit's ReLU.", adversary, n, of)
}

// behind says why some updates say nothing.
func (l *loot) behind(rows int) string {
	why := "all ReLUs of a layer were 0, or no loss was left"
	if len(l.closed) == 1 {
		for layer := range l.closed {
			why = fmt.Sprintf("all ReLUs of layer %d were 0", layer)
			if layer == l.layers {
				why = "no loss was left"
			}
		}
	}
	return fmt.Sprintf("For %d %s: such updates are the same to the last bit whatever the row is, so that no method tells these rows apart.", rows, why)
}

// times writes how often something was done.
func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

// again says what the first visit did not give, and how the server got it.
func (l *loot) again() string {
	stopped := 0
	for _, n := range l.closed {
		stopped += n
	}
	why := "For some rows the first updates were so small that rounding blurred them."
	if stopped > 0 {
		why = fmt.Sprintf("The first one gave %d rows. %s", l.attempts[0], l.behind(stopped))
	}
	return fmt.Sprintf("It took %d visits. %s So the server began again, with weights that it had drawn %s and rehearsed on people it had made up: nobody notices.",
		len(l.attempts), why, times(l.draws))
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

package cli

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"unseen/engine"
)

// compare trains in several ways from the same beginning and prints them side by
// side.
func (a *app) compare() *cobra.Command {
	c := &cobra.Command{
		Use:   "compare",
		Short: "Train in several ways from the same beginning, side by side",
		Long: "Train in several ways with the same rows, split, seed and initial weights, and print them side by side.\n\n" +
			"A flag that is given holds for every way; others are those of the recipe for each. " + defaultsText(),
		Example: "unseen compare --seed 42\nunseen compare --modes central,aggregated --workers 10 --plot curves.svg",
	}
	c.Flags().SortFlags = false
	modes := engine.Modes()
	c.Flags().Var(&value{text: strings.Join(modes, ","), kind: "MODES", check: modeList(&modes)}, "modes", "the ways to train, with commas between; the first is what the others are compared to")
	request := a.runFlags(c)
	a.act(c, func(c *cobra.Command) error {
		first, scenarios, err := request.scenarios(modes)
		if err != nil {
			return err
		}
		report := &reporter{app: a, scenarios: scenarios, begin: func() {
			a.note(c, "mode", "weights")
			a.noteModes(c.Flags(), scenarios...)
			a.notePrivate(scenarios...)
			if first.format.text == "csv" {
				a.noteData(first.source, first.set.Table)
			}
			if first.format.text != "text" {
				a.noteSeed(first.scenario)
			}
		}}
		p := a.printer()
		t := &comparison{run: first, printer: p}
		return a.named(first.request, p.done(t.do(c.Context(), report)), first.plot)
	})
	hide(c.Flags(), "mode", "weights")
	return c
}

// modeList returns a check that takes a list of ways to train over.
func modeList(to *[]string) func(string) error {
	return func(text string) error {
		var modes []string
		for _, word := range strings.Split(text, ",") {
			mode := strings.TrimSpace(word)
			wrong := &engine.SettingError{Setting: "--modes", Value: quote(text)}
			switch {
			case !slices.Contains(engine.Modes(), mode):
				wrong.What, wrong.Mend = quote(mode)+" is not known", "choose from "+strings.Join(engine.Modes(), ",")
				return wrong
			case slices.Contains(modes, mode):
				wrong.What, wrong.Mend = mode+" is named twice", "name each once"
				return wrong
			}
			modes = append(modes, mode)
		}
		*to = modes
		return nil
	}
}

// scenarios returns the scenario of each way to train: the first with its data at
// hand, the others with its seed and initial weights.
func (r *request) scenarios(modes []string) (*run, []engine.Scenario, error) {
	for _, mode := range modes { // flags are checked before files and data
		if _, err := r.scenario(mode); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", mode, err)
		}
	}
	s, err := r.scenario(modes[0])
	if err != nil {
		return nil, nil, err
	}
	first, err := r.with(s)
	if err != nil {
		return nil, nil, err
	}
	list := []engine.Scenario{first.scenario}
	for _, mode := range modes[1:] {
		s, err := first.another(mode)
		if err != nil {
			return nil, nil, err
		}
		list = append(list, s)
	}
	return first, list, nil
}

// reporter shows the progress of all runs in one bar. When the first of them begins,
// and nothing can be wrong with the words any more, it says what there is to say.
type reporter struct {
	*app
	scenarios []engine.Scenario
	begin     func()
	begun     bool
	bar       *bar
}

func (r *reporter) update(c *engine.Comparison, course engine.Course) {
	if !r.begun {
		r.begin()
		r.begun, r.bar = true, r.app.bar()
	}
	now := c.Runs[course.Now]
	what := fmt.Sprintf("%d of %d done, %s", course.Over, len(c.Runs), r.scenarios[course.Now].Mode)
	if now.Going {
		what += ": " + stage(now.Scenario, now.Result.Privacy, now.Result.History)
	}
	r.bar.show(what, course.Done, course.Total, course.Left())
}

func (r *reporter) clear() { r.bar.clear() }

// comparison is one run of the command.
type comparison struct {
	*run
	*printer
}

func (t *comparison) do(ctx context.Context, report *reporter) error {
	c, err := engine.Compare(ctx, report.scenarios, t.set, report.update)
	report.clear()
	if err != nil {
		return err
	}
	if err := t.savePlot(c.Runs...); err != nil {
		return err
	}
	switch t.format.text {
	case "json":
		return t.failed(writeJSON(t, t.document(c)))
	case "csv":
		heads := []string{"mode", "passes", "train_loss", "train_accuracy", "test_loss", "test_accuracy", "test_auc",
			"seconds", "rounds", "messages", "bytes", "largest_weight_difference"}
		if anyPrivate(c) {
			heads = append(heads, "epsilon")
		}
		for _, role := range roles(c) {
			heads = append(heads, role+"_sees")
		}
		return t.failed(writeCSV(t, heads, compareRecords(c)))
	}
	t.print(c)
	return nil
}

// comparisonDocument is a comparison as JSON.
type comparisonDocument struct {
	Runs       []runDocument `json:"runs"`
	Difference object        `json:"largest_weight_difference"`         // to the first run, by way to train
	Course     object        `json:"largest_weight_difference_by_pass"` // the same after 0, 1, 2, … passes
	Sights     object        `json:"who_sees_what"`                     // a list of sightDocument, by way to train
}

// sightDocument is what one party of a role saw of a small run, as JSON.
type sightDocument struct {
	Party    string   `json:"party"`
	Seen     int      `json:"rows_seen"` // training rows, in the clear
	Own      int      `json:"rows_own"`  // of them
	Rows     int      `json:"rows"`      // of the small run
	Received []string `json:"received"`  // in words
}

func (t *comparison) document(c *engine.Comparison) comparisonDocument {
	doc := comparisonDocument{}
	for i, run := range c.Runs {
		doc.Runs = append(doc.Runs, t.request.document(run))
		doc.Sights = append(doc.Sights, member{run.Scenario.Mode, sightDocuments(run.Sights)})
		if i > 0 {
			doc.Difference = append(doc.Difference, member{run.Scenario.Mode, number(c.WeightDifference(i))})
			course := make([]number, c.Longest()+1)
			for pass := range course {
				course[pass] = number(c.WeightDifferenceAt(i, pass))
			}
			doc.Course = append(doc.Course, member{run.Scenario.Mode, course})
		}
	}
	return doc
}

func sightDocuments(sights []engine.Sight) []sightDocument {
	list := make([]sightDocument, len(sights))
	for i, s := range sights {
		list[i] = sightDocument{s.Role, s.Rows, s.Own, s.All, make([]string, len(s.Received))}
		for k, x := range s.Received {
			list[i].Received[k] = x.String()
		}
	}
	return list
}

// compareRecords is a comparison as CSV. Of times it holds seconds only: what
// derives from them would be one more thing that no two runs have in common.
func compareRecords(c *engine.Comparison) [][]string {
	var rows [][]string
	for i, run := range c.Runs {
		final, cost := run.Result.Final(), run.Result.Cost
		row := []string{run.Scenario.Mode, fmt.Sprint(run.Passes())}
		for _, x := range []float64{final.Train.Loss, final.Train.Accuracy, final.Test.Loss, final.Test.Accuracy, final.Test.AUC, run.Result.Seconds} {
			row = append(row, number(x).String())
		}
		row = append(row, fmt.Sprint(cost.Rounds), fmt.Sprint(cost.Messages), fmt.Sprint(cost.Bytes))
		row = append(row, number(c.WeightDifference(i)).String())
		if anyPrivate(c) {
			row = append(row, number(epsilonOf(run)).String())
		}
		for _, role := range roles(c) {
			row = append(row, seen(run, role))
		}
		rows = append(rows, row)
	}
	return rows
}

// roles lists those of the parties whose views there are, as they come.
func roles(c *engine.Comparison) (list []string) {
	for _, run := range c.Runs {
		for _, s := range run.Sights {
			if !slices.Contains(list, s.Role) {
				list = append(list, s.Role)
			}
		}
	}
	return list
}

// seen says in one cell what a party of a role sees: of the rows, and what it received;
// nothing where there is none.
func seen(run engine.Run, role string) string {
	for _, s := range run.Sights {
		if s.Role == role {
			all := []string{s.Clear()}
			for _, x := range s.Received {
				all = append(all, x.String())
			}
			return strings.Join(all, "; ")
		}
	}
	return ""
}

// comparedLine is a line of the table of a comparison.
type comparedLine struct {
	name string
	cell func(i int, run engine.Run) string
}

// print writes a comparison for people: a column for each way to train, so that
// the table is no wider than a terminal.
func (t *comparison) print(c *engine.Comparison) {
	first := c.Runs[0]
	on, of := "train", func(run engine.Run) engine.Metrics { return run.Result.Final().Train }
	if tested(first.Dataset) {
		on, of = "test", func(run engine.Run) engine.Metrics { return run.Result.Final().Test }
	}
	lines := []comparedLine{
		{"passes over the training rows", func(_ int, run engine.Run) string { return fmt.Sprint(run.Passes()) }},
		{on + " loss", func(_ int, run engine.Run) string { return lossText(of(run).Loss) }},
		{on + " accuracy", func(_ int, run engine.Run) string { return fmt.Sprintf("%.3f", of(run).Accuracy) }},
		{on + " AUC", func(_ int, run engine.Run) string { return orDash(of(run).AUC, 3) }},
		{"seconds", func(_ int, run engine.Run) string { return fmt.Sprintf("%.3f", run.Result.Seconds) }},
		{"seconds per pass", func(_ int, run engine.Run) string { return fmt.Sprintf("%.4f", run.SecondsPerPass()) }},
		{"ratio per pass", func(_ int, run engine.Run) string {
			return fmt.Sprintf("%.2f", run.SecondsPerPass()/first.SecondsPerPass())
		}},
		{"rounds", func(_ int, run engine.Run) string { return grouped(run.Result.Cost.Rounds) }},
		{"messages", func(_ int, run engine.Run) string { return grouped(run.Result.Cost.Messages) }},
		{"bytes", func(_ int, run engine.Run) string { return inUnits(run.Result.Cost.Bytes) }},
		{"largest weight difference", func(i int, _ engine.Run) string {
			if i == 0 {
				return "–"
			}
			return differenceText(c.WeightDifference(i))
		}},
	}
	if anyPrivate(c) {
		lines = slices.Insert(lines, 4, comparedLine{"epsilon", func(_ int, run engine.Run) string { return orDash(math.Ceil(1000*epsilonOf(run))/1000, 3) }})
	}
	columns, rows := []column{{head: "mode"}}, make([][]string, len(lines))
	for _, run := range c.Runs {
		columns = append(columns, column{head: run.Scenario.Mode, right: true})
	}
	for i, l := range lines {
		rows[i] = []string{l.name}
		for j, run := range c.Runs {
			rows[i] = append(rows[i], l.cell(j, run))
		}
	}
	t.table(columns, rows)
	t.sights(c)
	t.facts(c)
}

// sights writes what one party of each role sees, as it was found in the views of a
// small run of each way to train.
func (t *comparison) sights(c *engine.Comparison) {
	t.WriteString("\n")
	columns := []column{{head: "who sees what"}, {head: "party"}, {head: "rows"}, {head: "received"}}
	var rows [][]string
	for _, run := range c.Runs {
		mode := run.Scenario.Mode
		if len(run.Sights) == 0 {
			rows = append(rows, []string{mode, "–", "–", "too few rows for a small run of it"})
		}
		for _, s := range run.Sights {
			received := "nothing"
			role, clear := s.Role, s.Clear()
			for i, x := range s.Received {
				if received = x.String(); i > 0 {
					mode, role, clear = "", "", ""
				}
				rows = append(rows, []string{mode, role, clear, received})
			}
			if len(s.Received) == 0 {
				rows = append(rows, []string{mode, role, clear, received})
			}
			mode = ""
		}
	}
	t.table(columns, rows)
}

// facts writes what the runs have in common, and what their numbers mean.
func (t *comparison) facts(c *engine.Comparison) {
	first := c.Runs[0]
	t.WriteString("\n")
	t.fact("data", dataText(t.request, first.Dataset))
	for _, run := range c.Runs {
		if run.Scenario.Mode != engine.Central {
			t.fact("workers", workersText(run))
			break
		}
	}
	t.fact("seed", seedText(first.Scenario))
	t.fact("baseline", baselineText(first))
	if names := lossNames(c.Runs); len(names) > 1 {
		var each []string
		for _, run := range c.Runs {
			each = append(each, run.Scenario.Learning.Loss+" in "+run.Scenario.Mode)
		}
		t.fact("loss", strings.Join(each, ", ")+": different losses do not compare")
	}
	if t.plot != "" {
		t.fact("plot", "written to "+t.plot)
	}
	t.WriteString("\n" + ratioText(c) + "\n")
}

// updates is how often a pass over the training rows changes a model.
func updates(run engine.Run) int {
	batch := min(run.Scenario.Learning.Batch, len(run.Dataset.Split.Train))
	if run.Scenario.Mode == engine.Central || run.Scenario.Mode == engine.Encrypted {
		return (len(run.Dataset.Split.Train) + batch - 1) / batch
	}
	n := 0
	for _, w := range run.Dataset.Workers {
		n += (len(w.Rows) + batch - 1) / batch
	}
	return n
}

// ratioText says what the ratio means and what it leaves out.
func ratioText(c *engine.Comparison) string {
	var each []string
	for _, run := range c.Runs {
		each = append(each, fmt.Sprintf("%d in %s", updates(run), run.Scenario.Mode))
	}
	return wrap("The ratio is the time to train on every row once, over that of "+c.Runs[0].Scenario.Mode+
		": computing time on this machine, where all parties take turns and messages take none. A pass has as many updates ("+
		strings.Join(each, ", ")+"); what a network would cost is left out. The times are of one run: the next may take half or twice as long.", 79)
}

// wrap breaks text between words into lines no longer than width.
func wrap(text string, width int) string {
	var b strings.Builder
	used := 0
	for _, word := range strings.Fields(text) {
		n := len([]rune(word))
		switch {
		case used == 0:
		case used+1+n > width:
			b.WriteByte('\n')
			used = 0
		default:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used += n
	}
	return b.String()
}

// differenceText writes a difference with four decimals, a smaller one with an
// exponent.
func differenceText(x float64) string {
	if x > 0 && x < 5e-5 {
		return fmt.Sprintf("%.1e", x)
	}
	return orDash(x, 4)
}

// orDash writes a number, or a dash for none.
func orDash(x float64, digits int) string {
	if !number(x).finite() {
		return "–"
	}
	return fmt.Sprintf("%.*f", digits, x)
}

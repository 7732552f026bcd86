package cli

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/spf13/cobra"

	"unseen/engine"
)

// labs holds the attacks, or the experiments that are none: a command for each,
// whose flags are the lab's controls.
func (a *app) labs(attacks bool) *cobra.Command {
	c := &cobra.Command{Use: "lab", Short: "Run an experiment: what a protocol does, and what breaks without it"}
	if attacks {
		c = &cobra.Command{Use: "attack", Short: "Attack a run with what one party saw of it, and report what was learnt"}
	}
	for _, l := range engine.Labs() {
		if l.Attack != attacks {
			continue
		}
		if l.Modes != nil {
			c.AddCommand(a.trainingLab(l))
		} else {
			c.AddCommand(a.plainLab(l))
		}
		if c.Example == "" {
			c.Example = "unseen " + c.Use + " " + l.Name
		}
	}
	a.group(c)
	return c
}

// labCommand is the command of a lab, without what it does.
func labCommand(l engine.Lab) *cobra.Command {
	parent := "lab"
	if l.Attack {
		parent = "attack"
	}
	title := l.Title
	if !strings.HasSuffix(title, "?") {
		title += "."
	}
	return &cobra.Command{Use: l.Name, Short: l.About, Long: strings.TrimSpace(title + " " + l.About + " " + l.Aside),
		Example: "unseen " + parent + " " + l.Name + "\nunseen " + parent + " " + l.Name + " --seed 42 --format json"}
}

// trainingLab runs a lab that trains: every flag of training says on what.
func (a *app) trainingLab(l engine.Lab) *cobra.Command {
	c := labCommand(l)
	request := a.runFlags(c)
	request.presetTo(c, l)
	values := controls(c, l)
	hide(c.Flags(), "weights", "plot")
	a.act(c, func(c *cobra.Command) error {
		r, err := request.resolve()
		if err != nil {
			return err
		}
		a.note(c, "weights", "plot")
		a.noteModes(c.Flags(), r.scenario)
		if r.format.text != "text" {
			a.noteData(r.source, r.set.Table)
		}
		rows := r.source.described(r.set.Table)
		return a.runLab(c, l, engine.LabRequest{Scenario: r.scenario, Set: r.set, Values: values}, r.format.text, rows)
	})
	return c
}

// presetTo makes the defaults of a request those of a lab.
func (r *request) presetTo(c *cobra.Command, l engine.Lab) {
	r.mode.text = l.Modes[0]
	c.Flags().Lookup("mode").DefValue = l.Modes[0]
	if l.Preset == nil {
		return
	}
	r.preset = l.Preset
	defaults, _ := engine.Default(r.mode.text, r.recipe.text) // both known
	l.Preset(&defaults)
	for _, s := range r.settings {
		if s.name != "seed" {
			c.Flags().Lookup(s.name).DefValue = defaultText(s.get(defaults))
		}
	}
}

// plainLab runs a lab that reads no data.
func (a *app) plainLab(l engine.Lab) *cobra.Command {
	c := labCommand(l)
	c.Flags().SortFlags = false
	values := controls(c, l)
	scenario, _ := engine.Default(engine.Central, "default") // both known
	c.Flags().Var(&value{kind: "N", check: func(text string) (err error) {
		scenario.Seed, err = parseSeed(text)
		scenario.Fixed = true
		return err
	}}, "seed", "repeat the experiment with this seed; drawn when left out")
	format := formatFlag(c.Flags())
	a.act(c, func(c *cobra.Command) error {
		return a.runLab(c, l, engine.LabRequest{Scenario: scenario, Values: values}, format.text, "")
	})
	return c
}

// controls adds a flag for each control of a lab and returns their values.
func controls(c *cobra.Command, l engine.Lab) engine.LabValues {
	values := engine.LabValues{}
	kinds := map[bool]string{true: "NAME", false: "N"}
	for _, control := range l.Controls {
		v := &value{text: control.Default, kind: kinds[control.Choices != nil], check: func(text string) error {
			if err := l.Check(control.Name, text); err != nil {
				return err
			}
			values[control.Name] = text
			return nil
		}}
		if flag := c.Flags().Lookup(control.Name); flag != nil { // a flag of training that the lab has a use for
			training := flag.Value.(*value)
			check, own := training.check, v.check
			training.check = func(text string) error {
				if err := check(text); err != nil {
					return err
				}
				return own(text)
			}
			flag.Usage = control.Usage
			continue
		}
		c.Flags().Var(v, control.Name, control.Usage)
		if control.Choices != nil {
			complete(c, control.Name, control.Choices)
		}
	}
	return values
}

// runLab runs a lab and prints its report. rows says for people what it ran on.
func (a *app) runLab(c *cobra.Command, l engine.Lab, q engine.LabRequest, format, rows string) error {
	p, bar := a.printer(), a.bar()
	q.Progress = func(done engine.Progress) { bar.show(l.Title, done.Done, done.Total, done.Left()) }
	report, err := l.Run(c.Context(), q)
	bar.clear()
	if err != nil {
		return p.done(err)
	}
	if format != "text" {
		a.noteSeed(q.Scenario)
	}
	switch format {
	case "json":
		return p.done(p.failed(writeJSON(p, labDocument(q.Scenario, report))))
	case "csv":
		return p.done(p.failed(labCSV(p, report)))
	}
	p.lab(report)
	p.WriteString("\n")
	if rows != "" {
		p.fact("data", rows)
	}
	p.seed(q.Scenario)
	return p.done(nil)
}

// seed says how a lab can be repeated.
func (p *printer) seed(s engine.Scenario) {
	how := fmt.Sprintf("%d, drawn; --seed %d repeats this", s.Seed, s.Seed)
	if s.Fixed {
		how = fmt.Sprintf("%d, fixed: for teaching and tests", s.Seed)
	}
	p.fact("seed", how)
}

// lab writes a report for people.
func (p *printer) lab(r *engine.LabReport) {
	if r.Adversary != "" {
		p.fact("adversary", r.Adversary)
	}
	for i, line := range r.Saw {
		what := ""
		if i == 0 {
			what = "saw"
		}
		p.fact(what, line)
	}
	for _, n := range r.Notes {
		p.fact(n.Name, n.Text)
	}
	width := 0
	for _, f := range r.Facts {
		width = max(width, lipgloss.Width(f.Label))
	}
	if len(r.Facts) > 0 && (r.Adversary != "" || len(r.Notes) > 0) {
		p.WriteString("\n")
	}
	for _, f := range r.Facts {
		p.WriteString(p.style.faint.Render(f.Label) + strings.Repeat(" ", width-lipgloss.Width(f.Label)+2) + printable(f.Text()) + "\n")
	}
	for _, t := range r.Tables {
		p.WriteString("\n" + printable(t.Title) + "\n")
		columns, rows := make([]column, len(t.Columns)), make([][]string, len(t.Rows))
		for k, c := range t.Columns {
			columns[k] = column{head: c.Head, right: t.Right(k)}
			for i := range t.Rows {
				rows[i] = append(rows[i], t.Cell(i, k))
			}
		}
		p.table(columns, rows)
	}
	for _, h := range r.Bars {
		p.histogram(h)
	}
	if len(r.Words) > 0 {
		p.WriteString("\n")
	}
	for _, n := range r.Words {
		p.fact(n.Name, n.Text)
	}
	if r.Finding != "" {
		p.WriteString("\n" + printable(r.Finding) + "\n")
	}
}

// barCells is the length of the longest bar of a histogram.
const barCells = 40

// histogram writes one bar a value.
func (p *printer) histogram(h engine.LabHistogram) {
	p.WriteString("\n" + printable(h.Title) + "\n")
	most, width := 1, 0
	for i, n := range h.Counts {
		most, width = max(most, n), max(width, lipgloss.Width(h.Labels[i]))
	}
	for i, n := range h.Counts {
		label := strings.Repeat(" ", width-lipgloss.Width(h.Labels[i])) + h.Labels[i]
		fmt.Fprintf(p, "%s  %s %d\n", printable(label), strings.Repeat("━", (n*barCells+most/2)/most), n)
	}
}

// labDocument is a report for programs: the facts, then who looked at what, then
// the tables, each a list of objects.
func labDocument(s engine.Scenario, r *engine.LabReport) object {
	var doc object
	for _, f := range r.Facts {
		doc = append(doc, member{f.Name, plainValue(f.Value)})
	}
	for _, n := range r.Notes {
		doc = append(doc, member{n.Name, n.Text})
	}
	if r.Adversary != "" {
		doc = append(doc, member{"adversary", r.Adversary}, member{"saw", r.Saw})
	}
	for _, t := range r.Tables {
		rows := make([]object, len(t.Rows))
		for i, row := range t.Rows {
			for k, c := range t.Columns {
				rows[i] = append(rows[i], member{c.Name, plainValue(row[k])})
			}
		}
		doc = append(doc, member{t.Name, rows})
	}
	for _, h := range r.Bars {
		counts := make(object, len(h.Counts))
		for i, n := range h.Counts {
			counts[i] = member{h.Labels[i], n}
		}
		doc = append(doc, member{h.Name, counts})
	}
	if len(r.Words) > 0 {
		words := make(object, len(r.Words))
		for i, n := range r.Words {
			words[i] = member{n.Name, n.Text}
		}
		doc = append(doc, member{"words", words})
	}
	return append(doc, member{"finding", r.Finding}, member{"seed", s.Seed})
}

// plainValue makes a float one that JSON can write.
func plainValue(v any) any {
	if x, ok := v.(float64); ok {
		return number(x)
	}
	return v
}

// labCSV writes the facts as a table of one row, and then every table and histogram of
// the report, each with a blank line and a comment line with its name before it.
func labCSV(p *printer, r *engine.LabReport) error {
	var head []string
	var cells []any
	for _, f := range r.Facts {
		head, cells = append(head, f.Name), append(cells, f.Value)
	}
	sections := []section{{"facts", head, [][]any{cells}}}
	if len(r.Facts) == 0 {
		sections = nil
	}
	for _, t := range r.Tables {
		s := section{name: t.Name, rows: t.Rows}
		for _, c := range t.Columns {
			s.head = append(s.head, c.Name)
		}
		sections = append(sections, s)
	}
	for _, h := range r.Bars {
		s := section{name: h.Name, head: []string{"value", "count"}}
		for i, n := range h.Counts {
			s.rows = append(s.rows, []any{h.Labels[i], n})
		}
		sections = append(sections, s)
	}
	for i, s := range sections {
		if i > 0 {
			p.WriteString("\n# " + s.name + "\n")
		}
		if err := s.write(p); err != nil {
			return err
		}
	}
	return nil
}

// section is a table of a CSV document.
type section struct {
	name string
	head []string
	rows [][]any
}

func (s section) write(p *printer) error {
	rows := make([][]string, len(s.rows))
	for i, row := range s.rows {
		for _, v := range row {
			rows[i] = append(rows[i], csvCell(v))
		}
	}
	return writeCSV(p, s.head, rows)
}

func csvCell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		return number(v).String()
	}
	return fmt.Sprint(v)
}

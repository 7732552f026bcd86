package charts

import (
	"fmt"
	"io"
	"slices"
	"strconv"

	"unseen/tui/say"
	"unseen/tui/screen"
	"unseen/tui/widget"
)

// private reports whether some run is private.
func (c *Charts) private() bool {
	return slices.ContainsFunc(c.shelf.runs, func(r *Run) bool { return r.Result.Privacy != nil })
}

// each names what makes a release; runs may differ in it.
func (c *Charts) each() string {
	name := ""
	for _, r := range c.shelf.runs {
		if p := r.Result.Privacy; p != nil {
			if name != "" && name != p.Each {
				return "release"
			}
			name = p.Each
		}
	}
	return name
}

// promise says what a run has spent at its end, and whom that protects.
func (c *Charts) promise(r *Run) string {
	p := r.Result.Privacy
	if p == nil {
		return r.Scenario.Mode + ": not private"
	}
	return fmt.Sprintf("ε %s at δ %.4g for each %s", say.Epsilon(r.Result.Final().Epsilon), p.Delta, p.Whom)
}

// spent overlays ε against passes of all private runs. The budget of the selected
// run is a line that it may not cross.
func (c *Charts) spent() widget.Chart {
	ch := widget.Chart{XLabel: "passes over the rows", FormatX: whole, FormatY: say.Epsilon}
	longest := 0.0
	for i, r := range c.shelf.runs {
		line := widget.Series{Name: c.name(i), Style: c.theme.Series(i), Dashed: i%2 == 1}
		for _, s := range r.Spent() {
			line.X, line.Y = append(line.X, s.Passes), append(line.Y, s.Epsilon)
			longest = max(longest, s.Passes)
		}
		if len(line.X) > 0 {
			ch.Series = append(ch.Series, line)
		}
	}
	if p := c.run().Result.Privacy; p != nil && p.Budget > 0 {
		ch.Series = append(ch.Series, widget.Series{Name: "budget", X: []float64{0, longest}, Y: []float64{p.Budget, p.Budget}, Dotted: true, Style: c.theme.Faint})
	}
	return ch
}

// privacyWords explain what is there only where a run is private.
func (c *Charts) privacyWords() []screen.Word {
	if !c.private() {
		return nil
	}
	return []screen.Word{
		{Term: "ε", Meaning: "how much what was released may tell about one row or worker: with it everything is at most e^ε times as likely as without; 0 is nothing, and it only grows"},
		{Term: "δ", Meaning: "the probability with which ε may not hold"},
		{Term: "budget", Meaning: "the ε at which the selected run ends, before it would cost more"},
	}
}

// privacyCSV lists ε after every release of the private runs.
func (c *Charts) privacyCSV(w io.Writer) error {
	var rows [][]string
	for i, r := range c.shelf.runs {
		for release, s := range r.Spent() {
			p := r.Result.Privacy
			rows = append(rows, []string{c.name(i), strconv.Itoa(release), p.Each, p.Whom, decimal(s.Passes), decimal(s.Epsilon), decimal(p.Delta)})
		}
	}
	return table(w, []string{"run", "releases", "each", "protects", "passes", "epsilon", "delta"}, rows)
}

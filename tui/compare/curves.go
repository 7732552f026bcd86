package compare

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"unseen/engine"
	"unseen/tui/widget"
)

// each is how many passes over all rows an epoch, or a server round, of a scenario is.
func each(s engine.Scenario) int {
	if s.ServerRounds() {
		return s.Learning.Local
	}
	return 1
}

// planned is how many passes a scenario asks for: it makes fewer if a privacy budget ends it.
func planned(s engine.Scenario) int {
	if s.ServerRounds() {
		return s.Learning.Rounds * s.Learning.Local
	}
	return s.Learning.Epochs
}

// planned is the largest number of passes that is asked for.
func (c *Compare) planned() (n int) {
	for _, s := range c.scenarios {
		n = max(n, planned(s))
	}
	return n
}

// measure is what the curves are of.
func (c *Compare) measure(e engine.EpochMetrics) float64 {
	switch {
	case c.view == lossView:
		return e.Train.Loss
	case c.tested():
		return e.Test.Accuracy
	}
	return e.Train.Accuracy
}

// written writes a measure.
func (c *Compare) written(y float64) string {
	if c.view == lossView {
		return strconv.FormatFloat(y, 'f', 2, 64)
	}
	return widget.Percent(y)
}

// chart overlays one curve a run, against passes over the rows, and says which lie on
// each other: the upper one is dashed then, so that both can be seen. The legend says
// what the curves are at the cursor.
func (c *Compare) chart() (ch widget.Chart, notes []string) {
	ch = widget.Chart{XLabel: "passes",
		FormatX: func(x float64) string { return strconv.Itoa(int(x + 0.5)) }, FormatY: c.written}
	runs := c.runs()
	for i, run := range runs {
		line := widget.Series{Name: c.called(run.Scenario), Style: c.theme.Series(i), Dashed: i%2 == 1}
		if !c.oneLoss() && c.view == lossView {
			line.Name += " (" + run.Scenario.Learning.Loss + ")"
		}
		for k, e := range run.Result.History.Epochs {
			if c.waits(i) {
				break
			}
			line.X, line.Y = append(line.X, float64(k*each(run.Scenario))), append(line.Y, c.measure(e))
		}
		if last := run.Passes(); last < c.pass && c.pass < c.longest() && !c.waits(i) {
			line.Note = fmt.Sprintf("(at %d)", last)
		}
		ch.Series = append(ch.Series, line)
	}
	if c.view != lossView || c.oneLoss() {
		notes = c.coincide(ch.Series, runs)
	}
	if len(runs) == 0 {
		return ch, notes
	}
	if at := float64(c.pass); c.pass < c.longest() {
		ch.Marker, ch.At, ch.LegendLines = &at, &at, 2
		ch.YLabel = "at pass " + strconv.Itoa(c.pass)
	}
	b := runs[0].Baseline
	y := b.Accuracy
	switch {
	case c.view == lossView && !c.oneLoss():
		return ch, notes // there is no one guess for two losses
	case c.view == lossView:
		y = b.Loss
	case c.tested():
		y = b.Test
	}
	ch.Series = append(ch.Series, widget.Series{Name: "guess", X: []float64{0, max(1, float64(c.longest()))}, Y: []float64{y, y}, Dotted: true, Style: c.theme.Faint})
	return ch, notes
}

// nearby is what part of the height curves that look like one are apart at most.
const nearby = 0.02

// coincide finds curves that lie on each other, and dashes the upper one.
func (c *Compare) coincide(series []widget.Series, runs []engine.Run) (notes []string) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, s := range series {
		for _, y := range s.Y {
			low, high = min(low, y), max(high, y)
		}
	}
	for j := range series {
		for i := range series[:j] {
			apart, ok := apart(series[i], series[j])
			if !ok || each(runs[i].Scenario) != each(runs[j].Scenario) || apart > nearby*(high-low) {
				continue
			}
			series[i].Dashed, series[j].Dashed = true, false
			notes = append(notes, fmt.Sprintf("%s lies on %s: %s", series[j].Name, series[i].Name, c.howNear(apart)))
			break
		}
	}
	return notes
}

// howNear says how far what is drawn, and nothing else of two runs, is apart at most: of
// two models with the same accuracy the weights may differ.
func (c *Compare) howNear(apart float64) string {
	what, many, written := "accuracy", "accuracies", widget.Percent(apart)
	if c.view == lossView {
		what, many, written = "loss", "losses", strconv.FormatFloat(apart, 'g', 2, 64)
	}
	if apart == 0 {
		return "the same " + what + " at every pass"
	}
	return many + " at no pass more than " + written + " apart"
}

// apart is the largest difference between two curves at points that both have; ok is
// false where these are too few to be a curve.
func apart(a, b widget.Series) (worst float64, ok bool) {
	n := min(len(a.Y), len(b.Y))
	for k := range n {
		worst = max(worst, math.Abs(a.Y[k]-b.Y[k]))
	}
	return worst, n > 2 && len(a.Y) == len(b.Y) && !math.IsNaN(worst)
}

// curves draws the chart, and below it what lies on what.
func (c *Compare) curves(w, h int) []string {
	ch, notes := c.chart()
	if len(notes) == 0 || h < 8 {
		return ch.Render(c.theme, w, h)
	}
	below := []string{strings.Join(notes, " · ")}
	if widget.Width(below[0]) >= w && h >= 8+len(notes) { // each in a line of its own
		below = notes
	}
	lines := ch.Render(c.theme, w, h-len(below))
	for _, note := range below {
		lines = append(lines, c.theme.Dim.Render(widget.Fit(" "+note, w)))
	}
	return lines
}

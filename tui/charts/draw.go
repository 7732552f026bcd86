package charts

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"unseen/tui/widget"
)

// judged says on which rows the chosen run is measured.
func (c *Charts) judged() string {
	if r := c.run(); r != nil {
		return r.judgement
	}
	return "test rows"
}

func (c *Charts) title() string {
	on := c.judged()
	switch c.view {
	case lossView:
		if on == "training rows" {
			return "Loss on the training rows"
		}
		return "Loss on the training rows; dotted: of the chosen run, on the test rows"
	case accuracyView:
		return "Accuracy on the " + on
	case rocView:
		return "Right yes against wrong yes, on the " + on
	case decisionsView:
		return fmt.Sprintf("Yes from %d %% on", c.threshold)
	case workersView:
		return "Loss of the final model on each worker’s own rows"
	case privacyView:
		return "Privacy spent: ε after each " + c.each()
	}
	return "What was sent"
}

func (c *Charts) remark() string {
	r := c.run()
	if r == nil {
		return ""
	}
	switch c.view {
	case rocView:
		return "AUC " + number(r.area)
	case decisionsView, workersView:
		return r.Scenario.Mode
	case privacyView:
		return c.promise(r)
	}
	return ""
}

// body draws the view.
func (c *Charts) body(w, h int) []string {
	t := c.theme
	if c.err != nil {
		return append(widget.Wrap(t.Bad.Render(widget.Plain(c.err.Error())), w), "", t.Dim.Render("enter tries again"))
	}
	if c.run() == nil {
		if c.running != nil {
			return []string{t.Dim.Render("The run is under way; esc stops it.")}
		}
		return []string{t.Dim.Render("No run yet; enter trains one.")}
	}
	switch c.view {
	case lossView, accuracyView:
		return c.curves().Render(t, w, h)
	case rocView:
		return c.roc().Render(t, w, h)
	case decisionsView:
		return c.decisions(w, h)
	case workersView:
		return c.workers(w, h)
	case privacyView:
		return c.spent().Render(t, w, h)
	}
	return c.cost(w, h)
}

func (c *Charts) name(i int) string {
	r := c.shelf.runs[i]
	name := r.Scenario.Mode
	for k, other := range c.shelf.runs {
		if k != i && other.Scenario.Mode == name {
			return fmt.Sprintf("%s, seed %d", name, r.Scenario.Seed)
		}
	}
	return name
}

// curves overlays the losses or accuracies of all runs against passes.
func (c *Charts) curves() widget.Chart {
	ch := widget.Chart{XLabel: "passes over the rows", FormatX: whole, FormatY: widget.Percent}
	if c.view == lossView {
		ch.FormatY = func(y float64) string { return strconv.FormatFloat(y, 'f', 2, 64) }
	}
	longest := 1.0
	for i, r := range c.shelf.runs {
		line := widget.Series{Name: c.name(i), Style: c.theme.Series(i), Dashed: i%2 == 1, X: r.passes()}
		for _, e := range r.Result.History.Epochs {
			if c.view == lossView {
				line.Y = append(line.Y, e.Train.Loss)
			} else {
				line.Y = append(line.Y, r.metrics(e).Accuracy)
			}
		}
		longest = max(longest, line.X[len(line.X)-1])
		ch.Series = append(ch.Series, line)
	}
	if c.view == lossView {
		if line, ok := c.onTest(c.selected); ok {
			ch.Series = append(ch.Series, line)
		}
	}
	guess := c.run().guess.Loss
	if c.view == accuracyView {
		if guess = c.run().guess.Test; math.IsNaN(guess) {
			guess = c.run().guess.Accuracy
		}
	}
	ch.Series = append(ch.Series, widget.Series{Name: "guess", X: []float64{0, longest}, Y: []float64{guess, guess}, Dotted: true, Style: c.theme.Faint})
	return ch
}

// whole writes a number of passes.
func whole(x float64) string { return strconv.Itoa(int(math.Round(x))) }

// onTest is the loss of a run on the test rows, if there are some: where it rises again
// while that on the training rows falls, the model learns its rows by heart.
func (c *Charts) onTest(i int) (line widget.Series, ok bool) {
	r := c.shelf.runs[i]
	line = widget.Series{Name: c.name(i) + ", test rows", Style: c.theme.Series(i), Dotted: true, X: r.passes()}
	for _, e := range r.Result.History.Epochs {
		line.Y = append(line.Y, e.Test.Loss)
		ok = ok || !math.IsNaN(e.Test.Loss)
	}
	return line, ok
}

// roc overlays the ROC curves of all runs, the threshold marked.
func (c *Charts) roc() widget.Chart {
	zero, one := 0.0, 1.0
	ch := widget.Chart{XLabel: "wrong yes", YMin: &zero, YMax: &one, NamesOnly: true, FormatX: widget.Percent, FormatY: widget.Percent}
	for i, r := range c.shelf.runs {
		ch.Series = append(ch.Series, widget.Series{Name: fmt.Sprintf("%s %s", c.name(i), number(r.area)), Style: c.theme.Series(i), Dashed: i%2 == 1, X: r.fpr, Y: r.tpr})
	}
	ch.Series = append(ch.Series, widget.Series{Name: "chance", X: []float64{0, 1}, Y: []float64{0, 1}, Dotted: true, Style: c.theme.Faint})
	if m := c.confusionAt(c.threshold); m[1][0]+m[1][1] > 0 {
		at := float64(m[1][0]) / float64(m[1][0]+m[1][1])
		ch.Marker = &at
	}
	return ch
}

// cost sets what runs sent and took side by side.
func (c *Charts) cost(w, h int) []string {
	t := c.theme
	tb := widget.Table{Head: []string{"", "messages", "rounds", "bytes sent", "largest sender", "it sent", "time"},
		Right: []bool{false, true, true, true, false, true, true}, Selected: -1}
	most := int64(1)
	for i, r := range c.shelf.runs {
		cost := r.Result.Cost
		who, sent := "", int64(0)
		for _, p := range r.senders() {
			if cost.Sent[p] > sent {
				who, sent = p, cost.Sent[p]
			}
		}
		most = max(most, cost.Bytes)
		tb.Rows = append(tb.Rows, []string{c.name(i), widget.Count(int(cost.Messages)), widget.Count(int(cost.Rounds)), widget.Bytes(cost.Bytes),
			who, widget.Bytes(sent), widget.Duration(time.Duration(r.Result.Seconds * float64(time.Second)))})
	}
	lines := tb.Render(t, w, min(h, len(tb.Rows)+1))
	lines = append(lines, "", t.Dim.Render("bytes sent"))
	label := 0
	for i := range c.shelf.runs {
		label = max(label, widget.Width(c.name(i)))
	}
	for i, r := range c.shelf.runs {
		full := max(0, w-label-14)
		n := int(float64(full) * float64(r.Result.Cost.Bytes) / float64(most))
		bar := ""
		for range n {
			bar += "█"
		}
		lines = append(lines, widget.Fit(c.name(i), label)+" "+t.Series(i).Render(bar)+" "+t.Dim.Render(widget.Bytes(r.Result.Cost.Bytes)))
	}
	return append(append(lines, ""), paint(t.Dim.Render, widget.Wrap("Times are of computing on this machine, where parties take turns and messages take no time.", w))...)
}

// senders lists who sent something, in a fixed order.
func (r *Run) senders() []string {
	var ids []string
	for _, w := range r.Dataset.Workers {
		ids = append(ids, w.ID())
	}
	return append([]string{"server", "aggregator", "dealer", "owners"}, ids...)
}

func paint(render func(...string) string, lines []string) []string {
	for i, l := range lines {
		lines[i] = render(l)
	}
	return lines
}

// table lists the runs.
func (c *Charts) table(w, h int) []string {
	tb := widget.Table{Head: []string{"run", "passes", "train loss", "test loss", "accuracy", "AUC", "seed"}, Right: []bool{false, true, true, true, true, true, true}, Selected: c.selected}
	for i, r := range c.shelf.runs {
		final := r.Result.Final()
		tb.Rows = append(tb.Rows, []string{c.name(i), widget.Count(r.Passes()), number(final.Train.Loss), number(final.Test.Loss), widget.Percent(r.metrics(final).Accuracy), number(r.area), fmt.Sprint(r.Scenario.Seed)})
	}
	if len(tb.Rows) == 0 {
		return []string{c.theme.Dim.Render("none yet")}
	}
	return tb.Render(c.theme, w, h)
}

func number(x float64) string {
	if math.IsNaN(x) {
		return "—"
	}
	return strconv.FormatFloat(x, 'f', 4, 64)
}

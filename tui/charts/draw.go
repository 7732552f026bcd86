package charts

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"unseen/engine"
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
		return "ROC on the " + on
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
		m := c.confusionAt(c.threshold)
		return fmt.Sprintf("from %d %%: %s right yes, %s wrong yes", c.threshold, share(m[0]), share(m[1]))
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
	ch := widget.Chart{XLabel: "wrong yes (false positive rate)", YLabel: "right yes (true positive rate)", YMin: &zero, YMax: &one, NamesOnly: true, FormatX: widget.Percent, FormatY: widget.Percent}
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

// share is what part of a class gets a yes, of the numbers of its yes and no.
func share(m [2]int) string {
	if m[0]+m[1] == 0 {
		return "no"
	}
	return widget.Percent(float64(m[0]) / float64(m[0]+m[1]))
}

// cost sets what runs sent and took side by side.
func (c *Charts) cost(w, h int) []string {
	t := c.theme
	tb := widget.Table{Head: []string{"", "messages", "rounds", "bytes sent", "largest sender", "it sent", "time"},
		Right: []bool{false, true, true, true, false, true, true}, Selected: -1}
	for i, r := range c.shelf.runs {
		cost := r.Result.Cost
		who, sent := r.largestSender()
		if who == "" {
			who = "—"
		}
		tb.Rows = append(tb.Rows, []string{c.name(i), widget.Count(int(cost.Messages)), widget.Count(int(cost.Rounds)), widget.Bytes(cost.Bytes),
			who, widget.Bytes(sent), seconds(r.Result.Seconds)})
	}
	lines := tb.Render(t, w, min(h, len(tb.Rows)+1))
	note := paint(t.Dim.Render, widget.Wrap("Times are of computing on this machine, where parties take turns and messages take no time.", w))
	for k, m := range []struct {
		name  string
		of    func(engine.Result) float64
		write func(float64) string
	}{
		{"bytes sent", func(r engine.Result) float64 { return float64(r.Cost.Bytes) }, func(x float64) string { return widget.Bytes(int64(x)) }},
		{"rounds of messages", func(r engine.Result) float64 { return float64(r.Cost.Rounds) }, func(x float64) string { return widget.Count(int(x)) }},
		{"messages", func(r engine.Result) float64 { return float64(r.Cost.Messages) }, func(x float64) string { return widget.Count(int(x)) }},
		{"time", func(r engine.Result) float64 { return r.Seconds }, seconds},
	} {
		if k > 0 && len(lines)+2+len(c.shelf.runs)+1+len(note) > h {
			break
		}
		lines = append(append(lines, "", t.Dim.Render(m.name)), c.bars(w, m.of, m.write)...)
	}
	return append(append(lines, ""), note...)
}

// bars draws a bar a run, as long as a number of it is large.
func (c *Charts) bars(w int, of func(engine.Result) float64, write func(float64) string) []string {
	label, most := 0, 0.0
	for i, r := range c.shelf.runs {
		label, most = max(label, widget.Width(c.name(i))), max(most, of(*r.Result))
	}
	var lines []string
	for i, r := range c.shelf.runs {
		x, n := of(*r.Result), 0
		if most > 0 {
			n = int(float64(max(0, w-label-14)) * x / most)
		}
		bar := c.theme.Series(i).Render(strings.Repeat("█", n))
		if n > 0 {
			bar += " "
		}
		lines = append(lines, widget.Fit(c.name(i), label)+" "+bar+c.theme.Dim.Render(write(x)))
	}
	return lines
}

func seconds(s float64) string { return widget.Duration(time.Duration(s * float64(time.Second))) }

// largestSender is who sent most bytes, and how many; empty where nobody sent any.
func (r *Run) largestSender() (who string, sent int64) {
	for _, p := range r.senders() {
		if n := r.Result.Cost.Sent[p]; n > sent {
			who, sent = p, n
		}
	}
	return who, sent
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

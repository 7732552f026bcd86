package compare

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"unseen/engine"
	"unseen/tui/widget"
)

// tableLines is how many lines the table has, in either layout.
const tableLines = 9

// narrow is the width of the screen below which the ways to train have short names.
const narrow = 110

// shortSecure is the name of secure aggregation where there is little room.
const shortSecure = "secure agg."

// called is the name of the way a run trains, short where there is no room.
func (c *Compare) called(s engine.Scenario) string {
	if s.Mode == engine.SecureAggregation && c.w < narrow {
		return shortSecure
	}
	return s.Mode
}

// table shows one column a run.
func (c *Compare) table(w, h int) []string {
	t := c.theme
	switch {
	case c.err != nil && !errors.Is(c.err, context.Canceled):
		return append(widget.Wrap(t.Bad.Render(c.err.Error()), w), "", t.Dim.Render("enter tries again"))
	case c.shown() == nil && c.running == nil:
		return []string{t.Dim.Render("Stopped. enter runs the comparison.")}
	}
	tb := c.columns(false)
	if tb.Width() > w { // every way to train is to have its column
		tb = c.columns(true)
	}
	return tb.Render(t, w, h)
}

// columns is the table, with all that is to be said or in short.
func (c *Compare) columns(short bool) widget.Table {
	tb := widget.Table{Head: []string{""}, Right: []bool{false}, Least: []int{0}, Selected: -1}
	for _, name := range c.rowNames(short) {
		tb.Rows = append(tb.Rows, []string{name})
	}
	for i, s := range c.scenarios {
		tb.Head, tb.Right = append(tb.Head, c.called(s)), append(tb.Right, true)
		if !short { // whether all has room is not to depend on how long the runs took
			tb.Least = append(tb.Least, widget.Width("150 ms (≈ 150×)"))
		}
		cells := [tableLines]string{c.standing(i)}
		switch {
		case c.over(i):
			cells = c.cells(i, short)
		case c.running == nil && i < len(c.runs()):
			cells = c.stopped(i)
		}
		for k, cell := range cells {
			tb.Rows[k] = append(tb.Rows[k], cell)
		}
	}
	return tb
}

// over reports whether a run is done.
func (c *Compare) over(i int) bool { return i < len(c.runs()) && !c.runs()[i].Going }

// waits reports whether there is nothing yet of a run.
func (c *Compare) waits(i int) bool {
	return i >= len(c.runs()) || c.running != nil && c.running.progress.Load().Parts[i] == 0
}

// standing says how far a run is that is not done.
func (c *Compare) standing(i int) string {
	switch {
	case i >= len(c.runs()) && c.running == nil:
		return "not run"
	case c.waits(i):
		return "waits"
	case c.running == nil:
		return fmt.Sprintf("stopped at %d", c.runs()[i].Passes())
	}
	return fmt.Sprintf("%d of %d", c.runs()[i].Passes(), planned(c.scenarios[i]))
}

// rowNames are what the lines of the table say.
func (c *Compare) rowNames(short bool) [tableLines]string {
	on := "test"
	if !c.tested() {
		on = "training"
	}
	if short {
		return [...]string{"passes", "accuracy, " + on, "loss, " + on, "AUC, " + on, "time per pass", "  over the first", "rounds", "bytes sent", "weights differ"}
	}
	on += " rows"
	return [...]string{"passes", "accuracy, " + on, "loss, " + on, "AUC, " + on, "time", "time per pass", "rounds of messages", "bytes sent", "largest weight difference"}
}

// cells are the numbers of one run, in the order of rowNames.
func (c *Compare) cells(i int, short bool) [tableLines]string {
	r := c.runs()[i]
	on := r.Result.Final().Test
	if !c.tested() {
		on = r.Result.Final().Train
	}
	loss := number(on.Loss)
	if !c.oneLoss() {
		loss += " " + r.Scenario.Learning.Loss
	}
	pass := roughly(r.SecondsPerPass()*1e3) + " ms"
	if r.SecondsPerPass() >= 1 {
		pass = roughly(r.SecondsPerPass()) + " s"
	}
	ratio := "—"
	switch {
	case i == 0:
		ratio = "1×"
	case c.over(0):
		ratio = "≈ " + roughly(r.SecondsPerPass()/c.runs()[0].SecondsPerPass()) + "×"
	}
	times := [2]string{pass, ratio}
	if !short {
		times = [2]string{widget.Duration(time.Duration(r.Result.Seconds * float64(time.Second))), pass + " (" + ratio + ")"}
	}
	return [...]string{widget.Count(r.Passes()), percent(on.Accuracy), loss, number(on.AUC), times[0], times[1],
		widget.Count(int(r.Result.Cost.Rounds)), widget.Bytes(r.Result.Cost.Bytes), c.apart(i)}
}

// roughly writes a time, or a ratio of times, with the digits that mean something: those
// of one run may be half or twice those of the next.
func roughly(x float64) string {
	switch {
	case x < 0.95:
		return strconv.FormatFloat(x, 'f', 1, 64)
	case x < 99.5:
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	return strconv.FormatFloat(10*math.Round(x/10), 'f', 0, 64)
}

// stopped are the numbers of a run that was stopped, up to the end of its last epoch or
// server round, in the order of rowNames; of the times nothing is known.
func (c *Compare) stopped(i int) [tableLines]string {
	r := c.runs()[i]
	e := r.Result.Final()
	on := e.Test
	if !c.tested() {
		on = e.Train
	}
	loss := number(on.Loss)
	if !c.oneLoss() {
		loss += " " + r.Scenario.Learning.Loss
	}
	apart := "—"
	if i > 0 {
		apart = distance(c.shown().WeightDifferenceAt(i, r.Passes()))
	}
	return [...]string{c.standing(i), percent(on.Accuracy), loss, number(on.AUC), "—", "—", "—", widget.Bytes(e.Bytes), apart}
}

// apart is the largest difference of a weight of a run to the first one's.
func (c *Compare) apart(i int) string {
	if i == 0 {
		return "—"
	}
	return distance(c.shown().WeightDifference(i))
}

// distance writes a difference of weights.
func distance(d float64) string {
	if d > 0 && d < 5e-5 {
		return strconv.FormatFloat(d, 'e', 1, 64)
	}
	return number(d)
}

func percent(x float64) string {
	if math.IsNaN(x) {
		return "—"
	}
	return widget.Percent(x)
}

func number(x float64) string {
	if math.IsNaN(x) {
		return "—"
	}
	return strconv.FormatFloat(x, 'f', 4, 64)
}

package compare

import (
	"fmt"
	"strconv"
	"strings"

	"unseen/engine"
	"unseen/tui/widget"
)

// The views in the order of the tab key.
const (
	accuracyView = iota
	lossView
	laneView
	sightView
)

var viewNames = []string{"Accuracy", "Loss", "Lanes", "Who sees what"}

// longest is the largest number of passes of a run: until all are done, of what is asked for.
func (c *Compare) longest() int {
	if c.complete() {
		return c.shown().Longest()
	}
	return c.planned()
}

// cursor says where the lockstep stands.
func (c *Compare) cursor() string {
	if c.running != nil && c.pass == c.longest() {
		return "as far as they are"
	}
	return fmt.Sprintf("after %d of %d passes", c.pass, c.longest())
}

// lanes sets all runs side by side after the same number of passes.
func (c *Compare) lanes(w, h int) []string {
	name := c.nameWidth()
	on := "test acc."
	if !c.tested() {
		on = "train acc."
	}
	const numbers = 49
	bar := max(6, w-name-numbers-2)
	lines := []string{c.theme.Dim.Render(widget.Fit("", name+bar+2) + laneCells("pass", "train loss", on, "sent", "apart"))}
	for i, s := range c.scenarios {
		lines = append(lines, widget.Fit(c.called(s), name)+" "+c.track(i, bar)+" "+c.laneNumbers(i))
	}
	if len(lines)+2 <= h { // else each lane says its own
		lines = append(lines, "", c.difference(w))
	}
	if room := h - len(lines) - 1; room >= leastCurves {
		lines = append(append(lines, ""), c.curves(w, room)...)
	}
	return lines
}

// nameWidth is the width of the longest name of a way to train.
func (c *Compare) nameWidth() (w int) {
	for _, s := range c.scenarios {
		w = max(w, widget.Width(c.called(s)))
	}
	return w
}

// laneCells aligns the numbers of a lane.
func laneCells(pass, loss, accuracy, sent, apart string) string {
	return widget.FitLeft(pass, 7) + widget.FitLeft(loss, 12) + widget.FitLeft(accuracy, 12) + widget.FitLeft(sent, 9) + widget.FitLeft(apart, 9)
}

// track draws how far a run is at the cursor, in a bar of w cells.
func (c *Compare) track(i, w int) string {
	t := c.theme
	if c.waits(i) {
		return t.Faint.Render(strings.Repeat("─", w))
	}
	n := int(c.part(i)*float64(w-1) + 0.5)
	return t.Series(i).Render(strings.Repeat("━", n)+"●") + t.Faint.Render(strings.Repeat("─", w-1-n))
}

// part is what part of a run is over at the cursor. Of a run under way it is finer than
// its epochs.
func (c *Compare) part(i int) float64 {
	r := c.runs()[i]
	all := r.Passes()
	if r.Going {
		all = planned(r.Scenario)
	}
	part := float64(min(c.pass, r.Passes())) / float64(max(1, all))
	if c.running != nil && r.Going && c.pass > r.Passes() {
		part = max(part, min(c.running.progress.Load().Parts[i], float64(c.pass)/float64(max(1, all)), 1))
	}
	return part
}

// laneNumbers are those of a run at the cursor.
func (c *Compare) laneNumbers(i int) string {
	if c.waits(i) {
		return c.theme.Faint.Render(laneCells(c.standing(i), "—", "—", "—", "—"))
	}
	r := c.runs()[i]
	epoch := r.After(c.pass)
	e := r.Result.History.Epochs[epoch]
	m := e.Test
	if !c.tested() {
		m = e.Train
	}
	passes := epoch * r.Passes() / max(1, len(r.Result.History.Epochs)-1)
	return laneCells(strconv.Itoa(passes), number(e.Train.Loss), percent(m.Accuracy), widget.Bytes(r.BytesAfter(c.pass)), c.apartAt(i))
}

// apartAt is how far a run's model is from the first one's at the cursor; that of a run
// under way, after the passes that it has.
func (c *Compare) apartAt(i int) string {
	if i == 0 {
		return "—"
	}
	pass := c.pass
	if r := c.runs()[i]; r.Going {
		pass = min(pass, r.Passes())
	}
	return distance(c.shown().WeightDifferenceAt(i, pass))
}

// difference is the one line about how far the models are apart at the cursor.
func (c *Compare) difference(w int) string {
	text, before := "largest weight difference to "+c.scenarios[0].Mode, ": "
	for i := 1; i < len(c.runs()); i++ {
		if !c.waits(i) {
			text += before + c.scenarios[i].Mode + " " + c.apartAt(i)
			before = " · "
		}
	}
	if widget.Width(text) > w {
		text = strings.Replace(text, engine.SecureAggregation, shortSecure, 1)
	}
	return widget.Fit(text, w)
}

// leastCurves is from how many lines on there is room for the curves under the lanes.
const leastCurves = 8

// sightPane shows who sees what, as tall as there is room.
func (c *Compare) sightPane(height int) []string {
	p := widget.Pane{Title: "Who sees what", Right: "from the views of a small run of each", Focused: true, W: c.w, H: height}
	w, h := p.Inner()
	body := c.sights(w)
	top := min(c.top, max(0, len(body)-h))
	if c.complete() { // before, there may be more of it to come
		c.top = top
	}
	if len(body) > h {
		p.Offset, p.Total = top, len(body)
	}
	return p.Render(c.theme, widget.Block(body[top:], w, h))
}

// sights lists for each way to train what a party of each role sees.
func (c *Compare) sights(w int) []string {
	t := c.theme
	const who = 14
	var lines []string
	for i, s := range c.scenarios {
		if !c.over(i) {
			lines = append(lines, t.Series(i).Bold(true).Render(s.Mode)+t.Dim.Render("  "+c.untold(i)))
			continue
		}
		lines = append(lines, t.Series(i).Bold(true).Render(s.Mode))
		r := c.runs()[i]
		if len(r.Sights) == 0 {
			lines = append(lines, t.Dim.Render("  these rows are too few for a small run of it"))
		}
		for _, s := range r.Sights {
			clear := t.Good.Render(s.Clear())
			if s.Rows > s.Own {
				clear = t.Bad.Render(s.Clear())
			}
			lines = append(lines, "  "+t.Strong.Render(widget.Fit(s.Role, who))+clear)
			for _, x := range s.Received {
				style := t.Dim
				if x.Model && x.Of > 1 {
					style = t.Warn
				}
				for _, l := range widget.Wrap(x.String(), w-who-4) {
					lines = append(lines, widget.Fit("", who+4)+style.Render(l))
				}
			}
		}
	}
	return lines
}

// untold says why there is nothing yet of what the parties of a run see.
func (c *Compare) untold(i int) string {
	if c.running != nil && !c.waits(i) {
		return "under way"
	}
	return c.standing(i)
}

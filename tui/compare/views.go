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

// finished reports whether there is a result to show.
func (c *Compare) finished() bool { return c.result != nil && c.running == nil }

// longest is the largest number of passes of a run.
func (c *Compare) longest() int {
	if !c.finished() {
		return 0
	}
	return c.result.Longest()
}

// cursor says where the lockstep stands.
func (c *Compare) cursor() string {
	if !c.finished() {
		return ""
	}
	return fmt.Sprintf("after %d of %d passes", c.pass, c.longest())
}

// lanes sets all runs side by side after the same number of passes.
func (c *Compare) lanes(w, h int) []string {
	t := c.theme
	if !c.finished() {
		return []string{t.Dim.Render("The runs are under way.")}
	}
	name := 0
	for _, r := range c.result.Runs {
		name = max(name, widget.Width(c.called(r.Scenario)))
	}
	on := "test acc."
	if !c.tested() {
		on = "train acc."
	}
	const numbers = 49
	bar := max(6, w-name-numbers-2)
	var lines []string
	lines = append(lines, t.Dim.Render(widget.Fit("", name+bar+2)+widget.FitLeft("pass", 7)+widget.FitLeft("train loss", 12)+widget.FitLeft(on, 12)+widget.FitLeft("sent", 9)+widget.FitLeft("apart", 9)))
	for i, r := range c.result.Runs {
		epoch := r.After(c.pass)
		e := r.Result.History.Epochs[epoch]
		m := e.Test
		if !c.tested() {
			m = e.Train
		}
		done := float64(min(c.pass, r.Passes())) / float64(max(1, r.Passes()))
		n := int(done*float64(bar-1) + 0.5)
		track := t.Series(i).Render(strings.Repeat("━", n)+"●") + t.Faint.Render(strings.Repeat("─", bar-1-n))
		passes := epoch * r.Passes() / max(1, len(r.Result.History.Epochs)-1)
		lines = append(lines, widget.Fit(c.called(r.Scenario), name)+" "+track+" "+widget.FitLeft(strconv.Itoa(passes), 7)+
			widget.FitLeft(number(e.Train.Loss), 12)+widget.FitLeft(percent(m.Accuracy), 12)+widget.FitLeft(widget.Bytes(e.Bytes), 9)+
			widget.FitLeft(c.apartAt(i), 9))
	}
	if len(lines)+2 <= h { // else each lane says its own
		lines = append(lines, "", c.difference(w))
	}
	if room := h - len(lines) - 1; room >= leastCurves {
		lines = append(append(lines, ""), c.curves(w, room)...)
	}
	return lines
}

// leastCurves is from how many lines on there is room for the curves under the lanes.
const leastCurves = 8

// apartAt is how far a run's model is from the first one's at the cursor.
func (c *Compare) apartAt(i int) string {
	if i == 0 {
		return "—"
	}
	return distance(c.result.WeightDifferenceAt(i, c.pass))
}

// difference is the one line about how far the models are apart at the cursor.
func (c *Compare) difference(w int) string {
	text := "largest weight difference to " + c.result.Runs[0].Scenario.Mode
	for i := 1; i < len(c.result.Runs); i++ {
		text += [...]string{": ", " · "}[min(i-1, 1)] + c.result.Runs[i].Scenario.Mode + " " + c.apartAt(i)
	}
	if widget.Width(text) > w {
		text = strings.Replace(text, engine.SecureAggregation, shortSecure, 1)
	}
	return widget.Fit(text, w)
}

// sightPane shows who sees what, as tall as there is room.
func (c *Compare) sightPane(height int) []string {
	p := widget.Pane{Title: "Who sees what", Right: "from the views of a small run of each", Focused: true, W: c.w, H: height}
	w, h := p.Inner()
	body := c.sights(w)
	c.top = min(c.top, max(0, len(body)-h))
	if len(body) > h {
		p.Offset, p.Total = c.top, len(body)
	}
	return p.Render(c.theme, widget.Block(body[c.top:], w, h))
}

// sights lists for each way to train what a party of each role sees.
func (c *Compare) sights(w int) []string {
	t := c.theme
	if !c.finished() {
		return []string{t.Dim.Render("The runs are under way.")}
	}
	const who = 14
	var lines []string
	for i, r := range c.result.Runs {
		lines = append(lines, t.Series(i).Bold(true).Render(r.Scenario.Mode))
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

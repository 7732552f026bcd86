package stage

import (
	"strings"

	"unseen/engine"
	"unseen/tui/say"
	"unseen/tui/screen"
	"unseen/tui/widget"
)

// spent draws what a run has cost of its privacy: a gauge up to the budget, or up to
// what the whole run will cost, what that means as odds, and, where there is room,
// how ε grew. Without privacy it draws nothing.
func spent(v *view, w, h int) []string {
	n, t := v.scene.Snapshot, v.theme
	p := n.Privacy
	if p == nil || h < 5 {
		return nil
	}
	end, what := p.After(p.Releases).Epsilon, "at the end"
	if p.Budget > 0 {
		end, what = p.Budget, "budget"
	}
	left, right := t.Strong.Render(v.scene.Spent())+" ", " "+say.Epsilon(end)+" "+what
	room := max(6, w-widget.Width(left)-widget.Width(right))
	lines := []string{left + widget.Gauge(t, p.After(n.Releases).Epsilon/end, room) + t.Dim.Render(right)}
	if h < 8 {
		return lines
	}
	lines = append(lines, t.Dim.Render(widget.Fit(v.scene.Guesses(), w)))
	if h >= 16 {
		if course := epsilons(n); len(course) > 1 {
			label := "ε so far "
			lines = append(lines, t.Dim.Render(label)+strings.TrimRight(widget.Bars(t, course, w-widget.Width(label)), " "))
		}
	}
	return lines
}

// epsilons lists ε after each batch, or after each server round.
func epsilons(n *engine.Snapshot) []float64 {
	var out []float64
	for _, b := range n.History.Batches {
		out = append(out, b.Epsilon)
	}
	if len(out) == 0 {
		for _, e := range n.History.Epochs {
			out = append(out, e.Epsilon)
		}
	}
	return out
}

// privacyWords explain the gauge.
func privacyWords(v *view) []screen.Word {
	p := v.scene.Snapshot.Privacy
	if p == nil {
		return nil
	}
	return []screen.Word{
		{Term: "ε", Meaning: "how much what was released may tell about one " + p.Whom + ": with it everything is at most e^ε times as likely as without; 0 is nothing, and it only grows"},
		{Term: "δ", Meaning: "the probability with which ε may not hold"},
		{Term: "guesses", Meaning: "by somebody who sees the model, knows all other rows, and held both cases for equally likely"},
	}
}

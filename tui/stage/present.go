package stage

import (
	"regexp"
	"strings"

	"unseen/tui/say"
	"unseen/tui/widget"
)

// present is the stage on a projector: one large sentence for each step, and its
// results only when they are asked for, so that a class can guess first.
type present struct {
	told bool // the results are shown
	step int  // at which they were
}

// Present makes the stage one for a projector.
func (s *Stage) Present() { s.present = &present{} }

// Reveal shows the results of this step and reports whether they were hidden.
func (s *Stage) reveal() bool {
	p := s.present
	if p == nil || s.full || p.shows(s) || s.view.scene.Snapshot.Step == 0 {
		return false
	}
	p.told, p.step = true, s.view.scene.Snapshot.Step
	return true
}

// shows reports whether the results of the present step are shown. There are none
// to guess before the first step.
func (p *present) shows(s *Stage) bool {
	step := s.view.scene.Snapshot.Step
	return step == 0 || p.told && p.step == step
}

// figures are numbers in a sentence, with a sign and a unit that would betray them.
var figures = regexp.MustCompile(`[-−]?\d[\d,.]*(?:e[-+]?\d+)?(?: ?%)?`)

// masked hides the numbers of a text; a name keeps its digits ("w1"), and so does a power
// ("2^24"): it is part of the way, as in the formula, and no result.
func masked(text string) string {
	var b strings.Builder
	at := 0
	for _, m := range figures.FindAllStringIndex(text, -1) {
		begin, end := m[0], m[1]
		for end > begin && (text[end-1] == '.' || text[end-1] == ',') {
			end-- // of the sentence, not of the number
		}
		if begin > 0 && (isLetter(text[begin-1]) || text[begin-1] == '^') || end < len(text) && text[end] == '^' {
			continue
		}
		b.WriteString(text[at:begin])
		b.WriteString("▒▒▒")
		at = end
	}
	b.WriteString(text[at:])
	return b.String()
}

func isLetter(b byte) bool { return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '[' }

// body draws the step: its title, the sentence as large as there is room for, the
// formula, one cell worked out, and the result.
func (p *present) body(s *Stage, w, h int) []string {
	t := s.view.theme
	center := func(text string) string { return widget.Center(text, w) }
	if err := s.view.scene.Snapshot.Err; err != nil {
		return append([]string{"", center(t.Bad.Bold(true).Render("The run cannot go on")), ""}, paint(func(x ...string) string { return center(t.Bad.Render(x...)) }, widget.Wrap(err.Error(), min(w, 70)))...)
	}
	told := say.Tell(s.view.scene, say.Cell{})
	sentence, work, hidden := told.Sentence, told.Work, !p.shows(s)
	if hidden {
		sentence, work = masked(sentence), nil
		for _, line := range told.Work {
			work = append(work, masked(line))
		}
	}
	below := p.below(s, told, work, hidden, w, h)
	room := h - len(below) - 3
	var lines []string
	title, large := widget.Big(told.Title, w-4, room)
	if !large {
		title = []string{center(t.Title.Render(told.Title))}
	}
	text, largest := widget.Big(strings.ReplaceAll(sentence, "▒▒▒", "?"), w-8, room-3)
	if largest {
		lines = append(lines, center(t.Accent.Bold(true).Render(told.Title)), "")
		lines = append(lines, paint(func(x ...string) string { return center(t.Strong.Render(x...)) }, text)...)
	} else {
		lines = append(lines, paint(func(x ...string) string { return center(t.Accent.Render(x...)) }, title)...)
		lines = append(lines, "")
		for _, l := range widget.Wrap(sentence, min(w-8, 72)) {
			lines = append(lines, center(t.Strong.Render(l)))
		}
	}
	gap := max(0, h-len(lines)-len(below)-1)
	lines = append(make([]string, min(gap/3, 4)), lines...)
	return append(append(lines, ""), below...)
}

// below draws what stands under the sentence.
func (p *present) below(s *Stage, told say.Telling, work []string, hidden bool, w, h int) []string {
	t := s.view.theme
	center := func(text string) string { return widget.Center(text, w) }
	var lines []string
	if told.Formula != "" {
		lines = append(lines, center(t.Accent.Bold(true).Render(strings.TrimSpace(told.Formula))), "")
	}
	for i, l := range work {
		if i == 3 || h < 20 && i == 1 {
			break
		}
		lines = append(lines, center(strings.TrimSpace(widget.Fit(l, w-4))))
	}
	switch {
	case hidden:
		lines = append(lines, "", center(t.Hidden.Render("▒▒▒▒▒▒▒▒")+"  "+t.Key.Render("enter")+t.Dim.Render(" shows the numbers")))
	case told.Measured:
		lines = append(lines, center(t.Dim.Render("measured by the simulator, outside the protocol")))
	case len(told.Views) > 0 && (h >= 30 || len(work) == 0 && s.view.scene.Snapshot.Step > 0): // there are numbers to show
		last := told.Views[len(told.Views)-1]
		inner := min(w-8, 90)
		for _, l := range views(t, []say.View{last}, inner, min(9, h/4)) {
			lines = append(lines, center(widget.Fit(l, inner)))
		}
	}
	return lines
}

package stage

import (
	"regexp"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"unseen/tui/say"
	"unseen/tui/theme"
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

// figures are numbers in a sentence, whole: elements of a ring in groups of hexadecimal
// digits, two such digits compared, and decimal numbers with what would betray them, a
// sign, a unit, or the end of an ordinal.
var figures = regexp.MustCompile(`\b[0-9a-f]{4}(?: [0-9a-f]{4}){3}\b|\b[0-9a-f] [<>] [0-9a-f]\b|` +
	`[-−]?\d[\d,.]*(?:e[-+]?\d+)?(?: ?%|(?:st|nd|rd|th)\b)?`)

// sized is what follows a number that says how much there is of something: that is public
// before the step, and gives no result away.
var sized = regexp.MustCompile(`^\s(?:training |test )?(?:numbers?|bytes?|bits?|rows?|weights?|columns?|inputs?|units?|products?|comparisons?|holders?|labels?)\b`)

// masked hides the numbers of a text that are results. A name keeps its digits ("w1"), and
// what is part of the way stays: a power ("2^24"), how much there is of something ("32
// rows"), and what the formula has in it, which is shown.
func masked(text, formula string) string {
	public := map[string]bool{}
	for _, m := range figures.FindAllStringIndex(formula, -1) {
		if !power(formula, m[0], m[1]) {
			public[formula[m[0]:m[1]]] = true
		}
	}
	var b strings.Builder
	at := 0
	for _, m := range figures.FindAllStringIndex(text, -1) {
		begin, end := m[0], m[1]
		for end > begin && (text[end-1] == '.' || text[end-1] == ',') {
			end-- // of the sentence, not of the number
		}
		if begin > 0 && isLetter(text[begin-1]) || power(text, begin, end) {
			continue
		}
		if public[text[begin:end]] || sized.MatchString(text[end:]) {
			continue
		}
		b.WriteString(text[at:begin])
		b.WriteString(guessed)
		at = end
	}
	b.WriteString(text[at:])
	return b.String()
}

// power reports whether a number in a text is the base or the exponent of a power.
func power(text string, begin, end int) bool {
	return begin > 0 && text[begin-1] == '^' || end < len(text) && text[end] == '^'
}

// guessed stands for a number that the class can guess: unlike ▒, it is there.
const guessed = "???"

func isLetter(b byte) bool { return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '[' }

// hiddenIn is a telling without its results.
func hiddenIn(told say.Telling) say.Telling {
	hidden := told
	hidden.Sentence, hidden.Views, hidden.Measured, hidden.Work = masked(told.Sentence, told.Formula), nil, false, nil
	for _, line := range told.Work {
		hidden.Work = append(hidden.Work, masked(line, told.Formula))
	}
	return hidden
}

// balanced breaks a text into lines of at most w cells that are about equally long.
func balanced(text string, w int) []string {
	lines := widget.Wrap(text, w)
	for ; w > 1; w-- {
		narrower := widget.Wrap(text, w-1)
		if len(narrower) > len(lines) {
			break
		}
		lines = narrower
	}
	return lines
}

// body draws the step: its title, the sentence as large as there is room for, the
// formula, one cell worked out, and the result. Where a line is does not depend on whether
// the results are shown.
func (p *present) body(s *Stage, w, h int) []string {
	t := s.view.theme
	center := func(text string) string { return widget.Center(text, w) }
	strong := func(x ...string) string { return center(t.Strong.Render(x...)) }
	if err := s.view.scene.Snapshot.Err; err != nil {
		return append([]string{"", center(t.Bad.Bold(true).Render("The run cannot go on")), ""}, paint(func(x ...string) string { return center(t.Bad.Render(x...)) }, widget.Wrap(err.Error(), min(w, 70)))...)
	}
	told := say.Tell(s.view.zoomed(), say.Cell{})
	hidden, column := hiddenIn(told), min(w-8, 72)
	text := balanced(told.Sentence, column)
	room := h - len(text) - 3 // under a title in one line, with a blank line after it and before
	after := p.after(s, told, w, room)
	before := p.before(s, told, hidden, w, room)
	low := max(len(after), len(before))
	below, sentence := after, told.Sentence
	if !p.shows(s) {
		below, sentence = before, hidden.Sentence
	}
	large := func(text string) ([]string, bool) {
		return widget.Big(strings.ReplaceAll(text, guessed, "?"), w-8, h-low-3)
	}
	var lines []string
	words, largest := large(told.Sentence)
	title, wide := widget.Big(told.Title, w-4, h-low-len(text)-2)
	switch {
	case largest:
		now, _ := large(sentence)
		now = append(now, make([]string, len(words)-len(now))...)
		lines = append([]string{center(t.Accent.Bold(true).Render(told.Title)), ""}, paint(strong, now)...)
	case wide:
		lines = append(paint(func(x ...string) string { return center(t.Accent.Render(x...)) }, title), "")
	default:
		lines = []string{center(t.Title.Render(told.Title)), ""}
	}
	if !largest {
		if !p.shows(s) { // the same lines, without the results
			text = strings.Split(masked(strings.Join(text, "\n"), told.Formula), "\n")
		}
		lines = append(lines, paint(strong, text)...)
	}
	lines = append(append(lines, ""), below...)
	return append(make([]string, max(0, h-len(lines)-low+len(below))*2/5), lines...)
}

// worked draws the formula and what is worked out after it.
func worked(t theme.Theme, told say.Telling, w, h int) []string {
	center := func(text string) string { return widget.Center(text, w) }
	var lines []string
	if told.Formula != "" {
		lines = append(lines, center(t.Accent.Bold(true).Render(strings.TrimSpace(told.Formula))), "")
	}
	most := 3
	if h < 12 {
		most = 1
	}
	for _, l := range told.Work[:min(most, len(told.Work))] {
		if more := widget.Wrap(strings.TrimSpace(l), w-4); len(lines)+len(more) <= h {
			lines = append(lines, paint(func(x ...string) string { return center(strings.Join(x, "")) }, more)...)
		}
	}
	return lines
}

// before draws what stands under the sentence before the results are asked for.
func (p *present) before(s *Stage, told, hidden say.Telling, w, h int) []string {
	t := s.view.theme
	lines := worked(t, hidden, w, h)
	if s.view.scene.Snapshot.Step == 0 || hidden.Sentence == told.Sentence && slices.Equal(hidden.Work, told.Work) && len(told.Views) == 0 {
		return lines // there is nothing to show
	}
	if len(hidden.Work) > 0 || hidden.Formula == "" {
		lines = append(lines, "")
	}
	return append(lines, widget.Center(t.Hidden.Render("??????")+"  "+t.Key.Render("enter")+t.Dim.Render(" shows the numbers"), w))
}

// after draws what stands under the sentence with the results: under what is worked out
// the last matrix, where there is room, or where nothing else has numbers.
func (p *present) after(s *Stage, told say.Telling, w, h int) []string {
	const roomy, least = 20, 2 // lines; of a matrix the name and a row
	t := s.view.theme
	center := func(text string) string { return widget.Center(text, w) }
	lines := worked(t, told, w, h)
	switch {
	case told.Measured:
		return append(lines, center(t.Dim.Render("measured by the simulator, outside the protocol")))
	case len(told.Views) == 0 || (len(told.Work) > 0 || s.view.scene.Snapshot.Step == 0) && h < roomy:
		return lines
	case h-len(lines) < least:
		return append(lines[:max(0, h-1)], center(t.Dim.Render("no room for the numbers: ")+t.Key.Render("z")+t.Dim.Render(" shows them")))
	}
	last := told.Views[len(told.Views)-1]
	matrix, wide := s.view.matrices([]say.View{last}, min(w-8, 90), min(max(4, h/3), 9, h-len(lines))), 0
	for _, l := range matrix {
		wide = max(wide, widget.Width(strings.TrimRight(widget.Plain(l), " ")))
	}
	for _, l := range matrix {
		lines = append(lines, center(ansi.Truncate(l, wide, "")))
	}
	return lines
}

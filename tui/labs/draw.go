package labs

import (
	"fmt"
	"slices"
	"strings"

	"unseen/engine"
	"unseen/tui/widget"
)

// headerLines is the height of what is above the panes.
const headerLines = 1

// listWidth is the width of the list of labs.
func (l *Labs) listWidth() int {
	if l.w >= 110 {
		return 30
	}
	return 26
}

// formHeight is the height of the form with its frame.
func (l *Labs) formHeight() int { return len(l.now().form) + 3 }

// reportHeight is the number of lines of the report that are shown.
func (l *Labs) reportHeight() int { return max(0, l.h-headerLines-1-l.formHeight()-2) }

// paneAt returns the pane at a place on the screen.
func (l *Labs) paneAt(x, y int) pane {
	switch {
	case x < l.listWidth():
		return listPane
	case y < headerLines+l.formHeight():
		return formPane
	}
	return reportPane
}

// labAt returns the lab on a line of the screen.
func (l *Labs) labAt(y int) (int, bool) {
	at := headerLines + 1
	for i := range l.labs {
		at += l.headsBefore(i)
		if y == at {
			return i, true
		}
		at++
	}
	return 0, false
}

// headsBefore is how many lines stand before a lab: the head of its group, and a
// blank line before the second one.
func (l *Labs) headsBefore(i int) int {
	switch {
	case i == 0:
		return 1
	case l.labs[i].Attack != l.labs[i-1].Attack:
		return 2
	}
	return 0
}

func (l *Labs) draw() {
	if l.w == 0 {
		return
	}
	t, b := l.theme, l.now()
	seed := fmt.Sprintf("%s · seed %d ", widget.Plain(l.options.Set.Table.Source), l.options.Seed)
	if l.options.Fixed {
		seed = fmt.Sprintf("%s · seed %d (fixed) ", widget.Plain(l.options.Set.Table.Source), l.options.Seed)
	}
	left := " " + t.Accent.Bold(true).Render("unseen") + "   labs: attacks and experiments"
	lines := []string{widget.Fit(left, l.w-widget.Width(seed)) + t.Dim.Render(seed)}

	list := widget.Pane{Title: "Labs", Focused: l.focus == listPane, W: l.listWidth(), H: l.h - headerLines - 1}
	form := widget.Pane{Title: b.Title, Right: b.kind(), Focused: l.focus == formPane, W: l.w - list.W, H: l.formHeight()}
	report := widget.Pane{Title: "What came out", Focused: l.focus == reportPane, W: form.W, H: list.H - form.H}
	w, _ := report.Inner()
	if b.width != w {
		b.body, b.width = l.body(b, w), w
	}
	b.offset = min(b.offset, max(0, len(b.body)-l.reportHeight()))
	report.Offset, report.Total = b.offset, len(b.body)
	body := b.body[b.offset:]
	if l.running != nil && l.running.of == b && !l.running.shown {
		body = []string{t.Dim.Render("Under way; esc stops it.")}
		report.Offset, report.Total = 0, 1
	}
	right := append(form.Render(t, l.formLines(b)), report.Render(t, body)...)
	lines = append(lines, widget.JoinH(0, list.Render(t, l.listLines()), right)...)
	l.lines = append(lines, l.footer())
}

func (b *bench) kind() string {
	if b.Attack {
		return "unseen attack " + b.Name
	}
	return "unseen lab " + b.Name
}

// listLines lists the labs by group.
func (l *Labs) listLines() []string {
	t := l.theme
	var lines []string
	for i, b := range l.labs {
		if n := l.headsBefore(i); n > 0 {
			for range n - 1 {
				lines = append(lines, "")
			}
			head := "Experiments"
			if b.Attack {
				head = "Attacks"
			}
			lines = append(lines, t.Dim.Render(head))
		}
		mark, name := "  ", b.Title
		switch {
		case i == l.at:
			mark, name = t.Accent.Render("▸ "), t.Accent.Bold(true).Render(b.Title)
		case b.report != nil:
			mark = t.Good.Render("· ")
		}
		lines = append(lines, mark+name)
	}
	return lines
}

// formWidths are the cells for the names of the controls, for their values, and what is
// left for what they mean.
func (l *Labs) formWidths(b *bench) (names, texts, usage int) {
	for _, f := range b.form {
		names, texts = max(names, widget.Width(f.Name)), max(texts, widget.Width(f.value))
	}
	texts = min(max(texts, 6), 22)
	return names, texts, l.w - l.listWidth() - formMargin - names - 2 - texts - 2
}

// formMargin is the frame of the form, and the mark before a control.
const formMargin = 4 + 2

// formLines shows the controls and, last, the line that runs the lab.
func (l *Labs) formLines(b *bench) []string {
	t := l.theme
	names, texts, _ := l.formWidths(b)
	var lines []string
	for i, f := range b.form {
		here := l.focus == formPane && b.at == i
		mark, value := "  ", t.Strong.Render(widget.Plain(f.value))
		if f.value == "" {
			value = t.Dim.Render(empty(f))
		}
		if here {
			mark = t.Accent.Render("▸ ")
			value = t.Accent.Bold(true).Render(widget.Plain(f.value))
		}
		if here && l.asking != nil && f.many() {
			room := l.w - l.listWidth() - formMargin - names - 2
			lines = append(lines, mark+widget.Fit(f.Name, names)+"  "+l.ticks(room))
			continue
		}
		if here && l.asking != nil {
			value = widget.Plain(l.asking.text) + t.Cursor.Render(" ")
		}
		lines = append(lines, mark+widget.Fit(f.Name, names)+"  "+widget.Fit(value, texts)+"  "+t.Dim.Render(widget.Plain(f.Usage)))
	}
	run := "  " + t.Dim.Render("run")
	if l.focus == formPane && b.at == len(b.form) {
		run = t.Accent.Render("▸ ") + t.Accent.Bold(true).Render("run")
	}
	return append(lines, run)
}

// ticks draws the choices with their ticks, in so many cells, so that the one that is
// looked at can be seen.
func (l *Labs) ticks(room int) string {
	q, t := l.asking, l.theme
	taken := q.ticked()
	cells := make([]string, len(q.Choices))
	for i, c := range q.Choices {
		cells[i] = "□ " + widget.Plain(c)
		if slices.Contains(taken, c) {
			cells[i] = "■ " + widget.Plain(c)
		}
	}
	from, used := 0, 0
	for i := 0; i <= q.tick; i++ {
		for used += widget.Width(cells[i]) + tickGap; used > room && from < i; from++ {
			used -= widget.Width(cells[from]) + tickGap
		}
	}
	line := ""
	for i := from; i < len(cells); i++ {
		style := t.Strong
		if i == q.tick {
			style = t.Cursor
		}
		line += style.Render(cells[i]) + strings.Repeat(" ", tickGap)
	}
	return widget.Fit(line, room)
}

// tickGap is the space between two choices.
const tickGap = 2

// empty says what it means that nothing is chosen.
func empty(f field) string {
	switch {
	case f.Kind == engine.LabAnswer:
		return "?"
	case f.Name == "method":
		return "all"
	}
	return "none"
}

func (l *Labs) footer() string {
	t := l.theme
	switch {
	case l.running != nil:
		p := l.running.progress.Load()
		if p == nil || p.Total == 0 {
			return widget.Progress{Label: " " + l.running.of.Title, W: l.w}.Render(t)
		}
		return widget.Progress{Label: " " + l.running.of.Title, Done: p.Done, Total: p.Total, Left: p.Left(), W: l.w}.Render(t)
	case l.asking != nil && l.asking.problem != "":
		return widget.Fit(" "+t.Bad.Render(widget.Plain(l.asking.problem)), l.w)
	case l.asking != nil && l.asking.many():
		return widget.Footer(t, l.w, [][2]string{{"←→", "choose"}, {"space", "tick"}, {"enter", "take them"}, {"esc", "leave them"}, {"ctrl+u", "none"}})
	case l.asking != nil:
		return widget.Footer(t, l.w, [][2]string{{"enter", "take it"}, {"esc", "leave it"}, {"ctrl+u", "clear"}})
	case l.focus == formPane && l.now().at < len(l.now().form):
		f := l.now().form[l.now().at]
		if _, _, room := l.formWidths(l.now()); widget.Width(f.Usage) > room { // cut in the form
			return widget.Fit(" "+t.Accent.Render(f.Name)+"  "+t.Dim.Render(widget.Plain(f.Usage)), l.w)
		}
		return widget.Footer(t, l.w, [][2]string{{"↑↓", "choose"}, {"←→", "change"}, {"enter", "type"}, {"tab", "pane"}, {"?", "help"}, {"q", "back"}})
	case l.focus == reportPane:
		return widget.Footer(t, l.w, [][2]string{{"↑↓", "scroll"}, {"enter", "run"}, {"tab", "pane"}, {"?", "help"}, {"q", "back"}})
	}
	return widget.Footer(t, l.w, [][2]string{{"↑↓", "choose"}, {"enter", "run"}, {"tab", "pane"}, {"PgUp PgDn", "scroll"}, {"?", "help"}, {"q", "back"}})
}

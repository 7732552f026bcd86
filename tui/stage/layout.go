package stage

import (
	"fmt"
	"slices"
	"strings"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/key"
	"unseen/tui/say"
	"unseen/tui/screen"
	"unseen/tui/widget"
)

// place is where a pane is on the screen, in cells.
type place struct {
	pane       int // −1: the row of tabs
	x, y, w, h int
	tabs       []int // of the row of tabs: the column at which each begins
}

// tab returns which tab is at a column.
func (p place) tab(x int) (int, bool) {
	for i := len(p.tabs) - 1; i >= 0; i-- {
		if x >= p.tabs[i] {
			return i + 1, true
		}
	}
	return 0, false
}

// Sizes at which the arrangement changes, as the design of the screens has them.
const (
	wideW, wideH  = 120, 30
	columnW       = 160 // from here the inspector has a column of its own
	headerH       = 2
	footerH       = 1
	compactTop    = 13 // lines of "what just happened" where there is little room
	partiesW      = 28
	inspectorW    = 40
	inspectorTall = 64
)

// draw makes the whole screen anew. The panes draw from a snapshot: nothing here
// takes longer than a frame.
func (s *Stage) draw() {
	if s.w == 0 {
		return
	}
	s.view.compact, s.view.full = s.w < wideW || s.h < wideH, s.full
	lines := []string{s.titleLine(), s.placeLine()}
	h := s.h - headerH - footerH
	switch {
	case s.page != nil:
		lines = append(lines, s.drawPage(h)...)
	case s.full:
		s.places = []place{{pane: s.focus, y: headerH, w: s.w, h: h}}
		lines = append(lines, s.render(s.places[0])...)
	case s.present != nil:
		s.places = nil
		lines = append(lines, widget.Block(s.present.body(s, s.w, h), s.w, h)...)
	case s.view.compact:
		lines = append(lines, s.compact(h)...)
	default:
		lines = append(lines, s.wide(h)...)
	}
	s.lines = append(lines, s.footer())
	if s.sheet != nil {
		s.lines = s.covered(s.lines)
	}
}

// render draws one pane at its place.
func (s *Stage) render(p place) []string {
	inner := widget.Pane{W: p.w, H: p.h}
	w, h := inner.Inner()
	body, top := s.panes[p.pane].body(&s.view, w, h)
	title, right := s.panes[p.pane].head(&s.view)
	frame := widget.Pane{Title: title, Right: right, Focused: p.pane == s.focus, W: p.w, H: p.h}
	if len(body) > h {
		frame.Offset, frame.Total = top, len(body)
		body = body[min(top, len(body)):]
	}
	return frame.Render(s.view.theme, body)
}

// wide arranges all panes: two rows, and from 160 columns the inspector beside
// them at full height.
func (s *Stage) wide(h int) []string {
	side, left := inspectorW, s.w
	parties := partiesW
	tall := s.w >= columnW
	if tall {
		side, parties = inspectorTall, partiesW+8
		left = s.w - side
	}
	bottom := max(10, h*3/8)
	top := h - bottom
	middle := left - parties
	if !tall {
		middle -= side
	}
	third := min((left-parties)*3/5, left-parties-36)
	s.places = []place{
		{pane: partiesPane, x: 0, y: headerH, w: parties, h: top},
		{pane: happenedPane, x: parties, y: headerH, w: middle, h: top},
		{pane: messagesPane, x: 0, y: headerH + top, w: parties, h: bottom},
		{pane: lossPane, x: parties, y: headerH + top, w: third, h: bottom},
		{pane: revealedPane, x: parties + third, y: headerH + top, w: left - parties - third, h: bottom},
		{pane: inspectorPane, x: parties + middle, y: headerH, w: side, h: top},
	}
	if tall {
		s.places[5].h = h
	}
	blocks := make([][]string, len(s.places))
	for i, p := range s.places {
		blocks[i] = s.render(p)
	}
	first := [][]string{blocks[0], blocks[1]}
	if !tall {
		first = append(first, blocks[5])
	}
	lines := append(widget.JoinH(0, first...), widget.JoinH(0, blocks[2], blocks[3], blocks[4])...)
	if tall {
		return widget.JoinH(0, lines, blocks[5])
	}
	return lines
}

// compact shows what just happened at full width, and one other pane under it.
func (s *Stage) compact(h int) []string {
	top := max(compactTop, h/2)
	s.places = []place{{pane: happenedPane, y: headerH, w: s.w, h: top}}
	lines := s.render(s.places[0])

	var names []string
	tabs := place{pane: -1, y: headerH + top, w: s.w, h: 1}
	x := 1
	for _, p := range s.panes[1:] {
		tabs.tabs = append(tabs.tabs, x)
		names = append(names, p.name())
		x += widget.Width(p.name()) + 3
	}
	shown := s.focus
	if shown == happenedPane {
		shown = lossPane
	}
	under := place{pane: shown, y: headerH + top + 1, w: s.w, h: h - top - 1}
	s.places = append(s.places, tabs, under)
	lines = append(lines, widget.Tabs(s.view.theme, s.w, names, shown-1))
	return append(lines, s.render(under)...)
}

// titleLine says what runs on which data.
func (s *Stage) titleLine() string {
	t, v := s.view.theme, &s.view
	sc := v.scene.Scenario
	seed := fmt.Sprintf("seed %d", sc.Seed)
	if sc.Fixed {
		seed += " (fixed)"
	}
	data := fmt.Sprintf("%s %d+%d · %s ", strings.TrimSpace(widget.Fit(v.source, min(widget.Width(v.source), max(8, s.w/4)))), v.scene.Train, v.scene.Test, seed)
	name := " " + t.Accent.Bold(true).Render("unseen") + "   "
	if s.view.scene.Predicts() {
		left := name + widget.Segmented(t, []string{"private prediction"}, 0) + t.Dim.Render("  m train")
		return spread(left, t.Dim.Render(data), s.w)
	}
	left := name + widget.Segmented(t, engine.Modes(), slices.Index(engine.Modes(), sc.Mode))
	if widget.Width(left)+widget.Width(data) > s.w {
		left = name + widget.Segmented(t, []string{sc.Mode}, 0) + t.Dim.Render("  m another")
	}
	return spread(left, t.Dim.Render(data), s.w)
}

// placeLine says where in the run we are.
func (s *Stage) placeLine() string {
	t, n := s.view.theme, s.view.scene.Snapshot
	var parts []string
	switch {
	case n.Unseen:
		parts = []string{"elsewhere"}
	case n.Event == nil:
		parts = []string{"beginning"}
	default:
		for _, scope := range n.Event.Path {
			parts = append(parts, scope.String())
		}
	}
	cost := "no messages"
	if n.Cost.Messages > 0 {
		cost = fmt.Sprintf("%s of messages · %s", plural(s.view.scene.Rounds(), "round"), widget.Bytes(n.Cost.Bytes))
	}
	right := fmt.Sprintf("%s · step %*s of %s ", cost, len(widget.Count(n.Total)), widget.Count(n.Step), widget.Count(n.Total))
	spent := s.view.scene.Spent()
	if spent != "" {
		spent += " · "
	}
	right = spent + right
	badge := s.view.badge(24)
	if s.w < wideW {
		badge = s.view.badge(14)
		right = spent + fmt.Sprintf("%s of %s ", widget.Count(n.Step), widget.Count(n.Total))
		if s.w >= 100 {
			right = spent + fmt.Sprintf("step %*s of %s ", len(widget.Count(n.Total)), widget.Count(n.Step), widget.Count(n.Total))
		}
		if n.Cost.Messages > 0 {
			right = fmt.Sprintf("%s · %s · ", plural(s.view.scene.Rounds(), "round"), widget.Bytes(n.Cost.Bytes)) + right
		}
	}
	left := " " + badge + "  "
	room := max(10, s.w-widget.Width(right)-widget.Width(left)-1)
	if n := len(parts); n > 0 && widget.Width(strings.Join(parts, " › ")) > room {
		parts[n-1] = listed(parts[n-1])
	}
	return spread(left+widget.Breadcrumb(t, room, parts), t.Dim.Render(right), s.w)
}

// spread puts two texts at the two ends of a line.
func spread(left, right string, w int) string {
	room := w - widget.Width(right)
	if room < 12 {
		return widget.Fit(left, w)
	}
	return widget.Fit(left, room) + right
}

// inspectorKeys are the keys of the memory pane.
func inspectorKeys() [][2]string {
	return [][2]string{{"v", "look"}, {"f", "format"}, {"p", "origin"}, {"/", "find"}, {"z", "full"}, {"↑↓", "select"}, {"enter", "look into"}}
}

// footer shows a question, progress, or the keys that matter now.
func (s *Stage) footer() string {
	t := s.view.theme
	if q := s.asking; q != nil {
		line, hint := " "+t.Accent.Render(q.prompt)+q.text+t.Cursor.Render(" "), t.Dim.Render("enter go · esc cancel ")
		if q.problem != "" {
			hint = t.Bad.Render(q.problem + " ")
		}
		return spread(line, hint, s.w)
	}
	if label, done, total, left, ok := s.progress(); ok {
		return widget.Progress{Label: " " + label, Done: done, Total: total, Left: left, W: s.w}.Render(t)
	}
	if s.notice != "" {
		return widget.Fit(" "+t.Accent.Render(s.notice), s.w)
	}
	if s.sheet != nil { // which says itself what the keys do
		return strings.Repeat(" ", s.w)
	}
	if s.page != nil {
		return widget.Footer(t, s.w, s.page.keys())
	}
	if s.present != nil && !s.full {
		return widget.Footer(t, s.w, [][2]string{{"←/→", "step"}, {"enter", "numbers"}, {"[ ]", "zoom: " + s.view.scene.LevelName(s.view.level)}, {"z", "pane"}, {"q", "back"}})
	}
	playing := "play"
	if s.play.on {
		playing = "stop (" + s.play.String() + ")"
	}
	entries := [][2]string{{"←/→", "step"}}
	if s.focus == inspectorPane { // its own keys first, where there is no room for all
		entries = append(entries, inspectorKeys()...)
	}
	entries = append(entries, [][2]string{{"[ ]", "zoom: " + s.view.scene.LevelName(s.view.level)}, {"space", playing},
		{"tab", "pane"}, {"?", "help"}, {"q", "quit"}}...)
	if s.focus == happenedPane {
		if s.panes[happenedPane].(*happened).over > 0 {
			entries = append(entries, [2]string{"PgDn", "more"})
		}
		entries = append(entries, [2]string{"↑↓ ⇧←→", "cell"})
	}
	entries = append(entries, [2]string{"e", "eyes"}, [2]string{"b", "break"}, [2]string{"g", "go to"}, [2]string{"L", "ledger"}, [2]string{"W", "wire"})
	if s.focus != inspectorPane {
		entries = append(entries, [2]string{"z", "zoom pane"})
	}
	entries = append(entries, [2]string{":", "everything"})
	return widget.Footer(t, s.w, entries)
}

// pageIntent moves a number within 0…last by an up or down intent.
func pageIntent(i key.Intent, at *int, last, page int) bool {
	switch i {
	case key.Up:
		*at--
	case key.Down:
		*at++
	case key.PageUp:
		*at -= page
	case key.PageDown:
		*at += page
	case key.Home:
		*at = 0
	case key.End:
		*at = last
	default:
		return false
	}
	*at = min(max(*at, 0), max(last, 0))
	return true
}

// levelWords explains the zoom, by the words that the run has for its levels.
func levelWords(s say.Scene) (words []screen.Word) {
	for _, l := range s.Levels() {
		term, meaning := l.String(), levelWord(l)
		if s.Predicts() && l == trace.Epoch {
			term, meaning = s.LevelName(l), "setting up, or the prediction itself"
		}
		words = append(words, screen.Word{Term: term, Meaning: meaning})
	}
	return words
}

func levelWord(l trace.Level) string {
	switch l {
	case trace.Epoch:
		return "one pass over all training rows; where models are averaged, one server round"
	case trace.Batch:
		return "the rows between two updates of the weights; where workers train, the visit to one of them"
	case trace.Layer:
		return "one layer on the way forward or back, the loss, or the update"
	case trace.Operation:
		return "one calculation: a product of matrices, a ReLU, …"
	case trace.Round:
		return "one exchange of messages, in which parties wait for each other"
	}
	return "one message from one party to another"
}

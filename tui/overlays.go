package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"unseen/tui/home"
	"unseen/tui/key"
	"unseen/tui/screen"
	"unseen/tui/theme"
	"unseen/tui/widget"
)

// help is the overlay that explains: first the words that can be seen in the
// focused pane, then the keys that hold.
type help struct {
	about  screen.Help
	keys   key.Table
	scopes []key.Scope
	top    int
	last   int // the last line that can be the first one shown

	laid []string // the whole text, as it was laid out
	wide int      // for this width
	dark bool     // and this background
}

func newHelp(about screen.Help, keys key.Table, scopes []key.Scope) *help {
	return &help{about: about, keys: keys, scopes: scopes}
}

func (h *help) typing() bool                       { return false }
func (h *help) typed(screen.Typed) (bool, tea.Msg) { return false, nil }

func (h *help) handle(i key.Intent) (closed bool, chosen tea.Msg) {
	switch i {
	case key.Up:
		h.top--
	case key.Down:
		h.top++
	case key.PageUp:
		h.top -= 10
	case key.PageDown:
		h.top += 10
	case key.Home:
		h.top = 0
	case key.End:
		h.top = h.last
	case key.Cancel, key.Help, key.Leave, key.Choose:
		return true, nil
	}
	h.top = min(max(h.top, 0), h.last)
	return false, nil
}

func (h *help) lines(t theme.Theme, w, height int) []string {
	inner := w - 4
	if h.laid == nil || h.wide != inner || h.dark != t.IsDark {
		h.laid, h.wide, h.dark = h.layOut(t, inner), inner, t.IsDark
	}
	room := height - 3
	h.last = max(0, len(h.laid)-room)
	h.top = min(h.top, h.last)
	foot := "esc closes"
	if h.last > 0 {
		foot = "↑ ↓ scroll · esc closes"
	}
	shown := widget.Block(h.laid[h.top:], inner, min(room, len(h.laid)))
	return widget.Box(t, "Help", w, append(shown, t.Dim.Render(foot)))
}

// layOut writes the whole text in lines of so many cells: words, explanation, keys.
func (h *help) layOut(t theme.Theme, w int) []string {
	var body []string
	pair := func(left, right string, leftW int) {
		for i, l := range widget.Wrap(right, w-leftW-1) {
			if i > 0 {
				left = ""
			}
			body = append(body, widget.Fit(left, leftW)+" "+l)
		}
	}
	if len(h.about.Words) > 0 {
		body = append(body, t.Title.Render("What you see: ")+h.about.Title)
		for _, word := range h.about.Words {
			pair(t.Strong.Render(word.Term), word.Meaning, 18)
		}
		body = append(body, "")
	}
	if h.about.About != "" {
		body = append(append(body, explained(t, h.about.About, w)...), "")
	}
	for _, s := range h.scopes {
		body = append(body, t.Title.Render("Keys, "+string(s)))
		for _, b := range h.keys.In(s) {
			pair(t.Key.Render(b.Show), b.Help, 18)
		}
		body = append(body, "")
	}
	return body[:len(body)-1]
}

// palette is the overlay in which everything can be found by name: what keys do, and what
// is on the screen.
type palette struct {
	list widget.List
	does []tea.Msg // what each of the list comes to
}

func newPalette(keys key.Table, scopes []key.Scope, places []screen.Place) *palette {
	p := &palette{}
	moves := func(b key.Binding) bool { return b.Scope == key.Pane || b.Scope == key.Browsing }
	keys = slices.Clone(keys)
	slices.SortStableFunc(keys, func(a, b key.Binding) int { // moving about comes last
		return map[bool]int{true: 1}[moves(a)] - map[bool]int{true: 1}[moves(b)]
	})
	for _, b := range keys {
		if !slices.Contains(scopes, b.Scope) || b.Intent == key.Palette || b.Intent == key.EyesOf { // whose eyes, eyes asks
			continue
		}
		p.list.Items = append(p.list.Items, widget.ListItem{Title: string(b.Intent), Detail: b.Help, Key: b.Show})
		p.does = append(p.does, b.Intent)
	}
	for _, at := range places {
		p.list.Items = append(p.list.Items, widget.ListItem{Title: at.Name, Detail: at.About})
		p.does = append(p.does, at.Go)
	}
	return p
}

func (p *palette) typing() bool { return true }

func (p *palette) handle(i key.Intent) (closed bool, chosen tea.Msg) {
	switch i {
	case key.Up:
		p.move(-1)
	case key.Down:
		p.move(+1)
	case key.Cancel:
		return true, nil
	}
	return false, nil
}

func (p *palette) move(by int) {
	n := len(p.list.Filtered())
	p.list.Selected = min(max(p.list.Selected+by, 0), max(n-1, 0))
}

func (p *palette) typed(k screen.Typed) (closed bool, chosen tea.Msg) {
	switch k.Key {
	case "esc", "ctrl+p":
		return true, nil
	case "enter":
		found := p.list.Filtered()
		if len(found) == 0 {
			return false, nil
		}
		return true, p.does[found[min(p.list.Selected, len(found)-1)]]
	case "up", "ctrl+k":
		p.move(-1)
	case "down", "ctrl+j":
		p.move(+1)
	default:
		const longest = 60
		p.list.Filter, p.list.Selected = k.Edit(p.list.Filter, longest), 0
	}
	return false, nil
}

func (p *palette) lines(t theme.Theme, w, h int) []string {
	w = min(w, 76)
	prompt := t.Accent.Render("› ") + p.list.Filter + t.Cursor.Render(" ")
	room := min(len(p.list.Items), h-5)
	body := append([]string{prompt, ""}, p.list.Render(t, w-4, room)...)
	return widget.Box(t, "Everything by name", w, append(body, t.Dim.Render("type to filter · ↑ ↓ · enter does it · esc closes")))
}

// modes is the overlay in which another way to train is chosen.
type modes struct {
	entries []home.Entry
	at      int
}

func newModes(entries []home.Entry) *modes { return &modes{entries: entries} }

func (m *modes) typing() bool                       { return false }
func (m *modes) typed(screen.Typed) (bool, tea.Msg) { return false, nil }

func (m *modes) handle(i key.Intent) (closed bool, chosen tea.Msg) {
	switch i {
	case key.Up, key.PrevPane:
		m.at = max(0, m.at-1)
	case key.Down, key.NextPane, key.Mode:
		m.at = min(len(m.entries)-1, m.at+1)
	case key.Choose, key.Forward:
		return true, screen.Open{Name: m.entries[m.at].Name}
	case key.Cancel, key.Leave:
		return true, nil
	}
	return false, nil
}

func (m *modes) lines(t theme.Theme, w, h int) []string {
	var body []string
	for i, e := range m.entries {
		mark, title := "  ", t.Strong.Render(e.Title)
		if i == m.at {
			mark, title = t.Accent.Render("▸ "), t.Accent.Bold(true).Render(e.Title)
		}
		status := e.Status()
		body = append(body, widget.Fit(mark+title, w-4-widget.Width(status))+t.Good.Render(status))
		body = append(body, paintAll(t.Dim.Render, widget.Wrap(e.About, w-8))...)
	}
	return widget.Box(t, "Ways to train", w, append(body, "", t.Dim.Render("↑ ↓ · enter opens it · esc closes; each keeps its place")))
}

func paintAll(render func(...string) string, lines []string) []string {
	for i, l := range lines {
		lines[i] = render("    " + l)
	}
	return lines
}

// Package home is the first screen: the ways to train, the data they train on,
// and the way to everything else.
package home

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"unseen/tui/key"
	"unseen/tui/screen"
	"unseen/tui/theme"
	"unseen/tui/widget"
)

// Entry is something that can be opened.
type Entry struct {
	Name   string // of the screen, see screen.Open
	Title  string
	About  string        // one sentence
	Status func() string // how far it is; may be nil
}

// Home is the screen. It implements screen.Screen.
type Home struct {
	theme   theme.Theme
	entries []Entry
	recent  func() []Entry // the runs of this program, the last one first
	data    []string       // lines about the data
	at      int
	w, h    int
	first   int // line of the first entry
	per     int // lines of an entry
	lines   []string
}

// New makes the screen; recent lists the runs that can be gone on with, the last
// one first, and data says in a few lines what there is to train on.
func New(t theme.Theme, entries []Entry, recent func() []Entry, data []string) *Home {
	return &Home{theme: t, entries: entries, recent: recent, data: data}
}

// all lists everything that can be opened.
func (h *Home) all() []Entry { return append(slices.Clone(h.entries), h.recent()...) }

// Init has nothing to start.
func (h *Home) Init() tea.Cmd { return nil }

// Update handles intents and clicks.
func (h *Home) Update(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case key.Intent:
		cmd = h.intent(msg)
	case screen.Pointer:
		i := (msg.Y - h.first) / max(1, h.per)
		if i >= len(h.entries) { // the runs have one line each, under a blank one and a heading
			i = len(h.entries) + msg.Y - h.first - h.per*len(h.entries) - 2
		}
		switch {
		case msg.Wheel != 0:
			h.move(msg.Wheel)
		case msg.Y >= h.first && i >= 0 && i < len(h.all()):
			h.at = i
			cmd = h.open()
		}
	}
	h.draw()
	return cmd
}

func (h *Home) intent(i key.Intent) tea.Cmd {
	switch i {
	case key.Up, key.PrevPane:
		h.move(-1)
	case key.Down, key.NextPane:
		h.move(+1)
	case key.Home:
		h.at = 0
	case key.End:
		h.at = len(h.all()) - 1
	case key.Choose, key.Forward:
		return h.open()
	case key.Leave:
		return func() tea.Msg { return screen.Leave{} }
	}
	return nil
}

func (h *Home) move(by int) { h.at = min(max(h.at+by, 0), len(h.all())-1) }

func (h *Home) open() tea.Cmd {
	name := h.all()[h.at].Name
	return func() tea.Msg { return screen.Open{Name: name} }
}

// Resize draws for another size.
func (h *Home) Resize(w, height int) {
	h.w, h.h = w, height
	h.draw()
}

// Restyle draws in another look.
func (h *Home) Restyle(t theme.Theme) {
	h.theme = t
	h.draw()
}

// Shown draws again: runs may have gone on.
func (h *Home) Shown() { h.draw() }

// Lines returns what was drawn last.
func (h *Home) Lines() []string { return h.lines }

// Scopes says which keys hold.
func (h *Home) Scopes() []key.Scope {
	return []key.Scope{key.Browsing, key.Pane, key.Everywhere}
}

// Help explains the words on the screen.
func (h *Home) Help() screen.Help {
	return screen.Help{Title: "Home", Words: []screen.Word{
		{Term: "central", Meaning: "one party has all rows: nothing is protected, and everything else is measured against it"},
		{Term: "federated", Meaning: "the rows stay with their owners and the model travels; its owner sees every update"},
		{Term: "aggregated", Meaning: "every owner trains a copy, a trusted aggregator averages them; the model's owner sees only averages"},
		{Term: "test accuracy", Meaning: "the share of rows, never trained on, that the model decides right"},
		{Term: "enter", Meaning: "opens what is selected; each way to train keeps its place until you quit"},
	}}
}

// Close has nothing to end.
func (h *Home) Close() {}

func (h *Home) draw() {
	if h.w == 0 {
		return
	}
	t := h.theme
	margin := max(2, (h.w-92)/2)
	w := min(h.w-2*margin, 92)
	var body []string
	body = append(body, t.Accent.Bold(true).Render("unseen"),
		t.Dim.Render("Step through ways to train a network on data nobody hands over."), "")
	for i, l := range h.data {
		if i > 0 {
			l = t.Dim.Render(l)
		}
		body = append(body, l)
	}
	body = append(body, "")
	below := 0 // lines of the recent runs
	if n := len(h.recent()); n > 0 {
		below = n + 2
	}
	h.per = 2
	if h.h-len(body)-h.per*len(h.entries)-below < 2 { // no room for a sentence below each
		h.per = 1
	}
	top := max(1, (h.h-len(body)-h.per*len(h.entries)-below-1)/3)
	h.first = top + len(body)
	for i, e := range h.entries {
		if h.per == 1 {
			body = append(body, widget.Fit(h.title(i, e, 22), 22)+t.Dim.Render(e.About))
		} else {
			body = append(body, h.title(i, e, w), "    "+t.Dim.Render(e.About))
		}
	}
	if h.per == 1 && h.at < len(h.entries) {
		body = append(body, "", "  "+t.Dim.Render(h.entries[h.at].About)) // in full: above it may be cut
	}
	if recent := h.recent(); len(recent) > 0 {
		body = append(body, "", t.Dim.Render("Recent runs"))
		for i, e := range recent {
			body = append(body, h.title(len(h.entries)+i, e, w))
		}
	}
	lines := make([]string, top)
	for _, l := range body {
		lines = append(lines, widget.Fit("", margin)+widget.Fit(l, w))
	}
	lines = widget.Block(lines, h.w, h.h-1)
	h.lines = append(lines, widget.Footer(t, h.w, [][2]string{{"↑↓", "choose"}, {"enter", "open"}, {"?", "help"}, {"q", "quit"},
		{"m", "mode"}, {"d", "data"}, {"c", "compare"}, {"C", "charts"}, {"a", "labs"}, {":", "everything"}}))
}

// title draws the line of an entry: its name, and how far it is.
func (h *Home) title(i int, e Entry, w int) string {
	t, status := h.theme, ""
	if e.Status != nil {
		status = e.Status()
	}
	name := "  " + t.Strong.Render(e.Title)
	if i == h.at {
		name = t.Accent.Render("▸ ") + t.Accent.Bold(true).Render(e.Title)
	}
	return widget.Fit(name, w-widget.Width(status)) + t.Good.Render(status)
}

package stage

import (
	"math"
	"strings"

	tea "charm.land/bubbletea/v2"

	"unseen/engine"
	"unseen/tui/key"
	"unseen/tui/say"
	"unseen/tui/screen"
	"unseen/tui/theme"
	"unseen/tui/widget"
)

// show takes a snapshot of everything, and hands the view what the eyes see of it.
// What they do not see is not in the view's snapshot: no pane can show it.
func (s *Stage) show(all *engine.Snapshot) {
	s.all = all
	v := &s.view
	v.scene.Snapshot, v.scene.Baseline = all, s.baseline
	if s.eyes != "" {
		v.scene.Snapshot, v.scene.Baseline = all.As(s.eyes), unknownBaseline
	}
}

// unknownBaseline stands where eyes are shut to the simulator's measurements.
var unknownBaseline = engine.Baseline{Accuracy: math.NaN(), Test: math.NaN(), Loss: math.NaN()}

// look changes the eyes; empty means everything.
func (s *Stage) look(id string) {
	s.eyes = id
	s.view.selected = -1
	s.show(s.all)
	if s.page != nil {
		s.page.shown(&s.view)
	}
	if id == "" {
		s.notice = "everything at once: a view that exists nowhere in reality"
	}
}

// lookNumber looks through the eyes of the party with a number.
func (s *Stage) lookNumber(number string) {
	for _, p := range s.all.Parties {
		if say.Sign(p) == number {
			s.look(p.ID)
			return
		}
	}
	s.notice = "no party is called " + number + "; e lists them all"
}

// badge says through whose eyes we look.
func (v *view) badge(w int) string {
	t := v.theme
	eyes := v.scene.Snapshot.Eyes
	if eyes == "" {
		if w < 16 {
			return t.Dim.Render("◉ all")
		}
		return t.Dim.Render("◉ everything")
	}
	for _, p := range v.scene.Snapshot.Parties {
		if p.ID == eyes {
			return t.Warn.Render("◉ ") + glyph(v, say.Mark(p)) + " " + t.Strong.Render(strings.TrimSpace(widget.Fit(eyes, min(widget.Width(eyes), w-4))))
		}
	}
	return ""
}

// hidden is what a party draws in the place of what it does not know.
func hidden(t theme.Theme, w int) string { return widget.Hidden(t, max(0, w)) }

func eyesWords() []screen.Word {
	return []screen.Word{
		{Term: "◉", Meaning: "through whose eyes you look: 1 … 9, S for the server, D for the dealer, and e choose a party, 0 shows everything, a view that nobody in the run has"},
		{Term: "▒", Meaning: "what this party does not know: it is not in its memory and in no message it saw"},
	}
}

// sheet is a list over the screen that takes all keys while it is open.
type sheet interface {
	title() string
	lines(v *view, w, h int) []string
	foot() string
	// handle acts on an intent; done closes the sheet.
	handle(*Stage, key.Intent) (cmd tea.Cmd, done bool)
	// typed takes a key where letters are typed to filter; typing says whether they are.
	typed(*Stage, screen.Typed) (cmd tea.Cmd, done bool)
	typing() bool
}

func (s *Stage) toSheet(i key.Intent) tea.Cmd {
	was := s.sheet
	cmd, done := was.handle(s, i)
	if done && s.sheet == was { // it may have opened another one
		s.sheet = nil
	}
	return cmd
}

func (s *Stage) sheetTyped(t screen.Typed) tea.Cmd {
	was := s.sheet
	cmd, done := was.typed(s, t)
	if done && s.sheet == was {
		s.sheet = nil
	}
	return cmd
}

// covered draws the sheet over the screen.
func (s *Stage) covered(base []string) []string {
	w := min(s.w-8, 120)
	body := s.sheet.lines(&s.view, w-4, s.h-8)
	body = append(trimBlank(body), "", s.view.theme.Dim.Render(s.sheet.foot()))
	return widget.Dialog(s.view.theme, base, widget.Box(s.view.theme, s.sheet.title(), w, body))
}

// The words of the choices in a state.
const (
	eyesWord = "eyes"
	stopWord = "stop"
)

// choice is a sheet in which one of many is found by typing.
type choice struct {
	word    string // in a state
	name    string
	list    widget.List
	done    func(s *Stage, i int, typed string) (tea.Cmd, error) // i is −1 where nothing matches
	problem error                                                // what is wrong with what was typed, until the next key
}

func (c *choice) title() string { return c.name }
func (c *choice) foot() string  { return "type to filter · ↑ ↓ · enter takes it · esc closes" }
func (c *choice) typing() bool  { return true }

func (c *choice) lines(v *view, w, h int) []string {
	lines := []string{v.theme.Accent.Render("› ") + c.list.Filter + v.theme.Cursor.Render(" ")}
	if c.problem != nil {
		lines = append(lines, paint(v.theme.Bad.Render, widget.Wrap(c.problem.Error(), w))...)
	}
	lines = append(lines, "")
	return append(lines, c.list.Render(v.theme, w, min(len(c.list.Items), h-1-len(lines)))...)
}

func (c *choice) handle(_ *Stage, i key.Intent) (tea.Cmd, bool) {
	c.problem = nil
	switch i {
	case key.Up:
		c.move(-1)
	case key.Down:
		c.move(+1)
	case key.Cancel, key.Leave:
		return nil, true
	}
	return nil, false
}

func (c *choice) move(by int) {
	n := len(c.list.Filtered())
	c.list.Selected = min(max(c.list.Selected+by, 0), max(n-1, 0))
}

func (c *choice) typed(s *Stage, k screen.Typed) (tea.Cmd, bool) {
	c.problem = nil
	switch k.Key {
	case "esc":
		return nil, true
	case "enter":
		at := -1
		if found := c.list.Filtered(); len(found) > 0 {
			at = found[min(c.list.Selected, len(found)-1)]
		}
		cmd, err := c.done(s, at, c.list.Filter)
		c.problem = err
		return cmd, err == nil
	case "up":
		c.move(-1)
	case "down":
		c.move(+1)
	case "pgup":
		c.move(-10)
	case "pgdown":
		c.move(+10)
	default:
		c.list.Filter, c.list.Selected = k.Edit(c.list.Filter, longest), 0
	}
	return nil, false
}

// newEyes lists the parties to look through the eyes of.
func newEyes(s *Stage) sheet {
	c := &choice{word: eyesWord, name: "Through whose eyes?"}
	ids := []string{""}
	c.list.Items = []widget.ListItem{{Title: "◉ everything", Detail: "all memories and messages at once: nobody has this view", Key: "0"}}
	for _, p := range s.all.Parties {
		item := widget.ListItem{Title: theme.Glyph(say.Mark(p)) + " " + p.ID, Detail: p.Role + ", knows " + s.view.scene.Glance(p)}
		if sign := say.Sign(p); len(sign) == 1 {
			item.Key = sign
		}
		if p.ID == s.eyes {
			c.list.Selected = len(ids)
		}
		c.list.Items, ids = append(c.list.Items, item), append(ids, p.ID)
	}
	c.done = func(s *Stage, i int, _ string) (tea.Cmd, error) {
		if i >= 0 {
			s.look(ids[i])
		}
		return s.fetch(), nil
	}
	return c
}

// unseen says that something happened without the party whose eyes these are.
func unseen(v *view, told say.Telling, w, h int) []string {
	t := v.theme
	lines := widget.Wrap(told.Sentence, w)
	for range min(3, h-len(lines)-2) {
		lines = append(lines, hidden(t, min(w, 40)))
	}
	return append(append(lines, ""), paint(t.Dim.Render, widget.Wrap("→ goes on · 0 looks at everything", w))...)
}

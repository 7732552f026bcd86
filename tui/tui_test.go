package tui

import (
	"image/color"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"unseen/tui/key"
	"unseen/tui/screen"
	"unseen/tui/theme"
)

// recorder is a screen that notes what reaches it.
type recorder struct {
	got    []tea.Msg
	typing bool
	w, h   int
	dark   bool
	closed bool
}

func (r *recorder) Init() tea.Cmd { return nil }
func (r *recorder) Update(m tea.Msg) tea.Cmd {
	r.got = append(r.got, m)
	if m == key.Leave {
		return func() tea.Msg { return screen.Leave{} }
	}
	return nil
}
func (r *recorder) Resize(w, h int)       { r.w, r.h = w, h }
func (r *recorder) Restyle(t theme.Theme) { r.dark = t.IsDark }
func (r *recorder) Lines() []string {
	lines := make([]string, r.h)
	for i := range lines {
		lines[i] = strings.Repeat("x", r.w)
	}
	return lines
}
func (r *recorder) Scopes() []key.Scope {
	if r.typing {
		return []key.Scope{key.Typing}
	}
	return []key.Scope{key.Stepping, key.Pane, key.Everywhere}
}
func (r *recorder) Help() screen.Help {
	return screen.Help{Title: "a pane", Words: []screen.Word{{Term: "thing", Meaning: "what it means"}}}
}
func (r *recorder) Close() { r.closed = true }

func press(name string) tea.KeyPressMsg {
	special := map[string]rune{"esc": tea.KeyEscape, "enter": tea.KeyEnter, "up": tea.KeyUp, "down": tea.KeyDown,
		"right": tea.KeyRight, "left": tea.KeyLeft, "space": tea.KeySpace, "backspace": tea.KeyBackspace, "tab": tea.KeyTab,
		"home": tea.KeyHome, "end": tea.KeyEnd, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "delete": tea.KeyDelete, "insert": tea.KeyInsert}
	if plain, ok := strings.CutPrefix(name, "shift+"); ok {
		return tea.KeyPressMsg{Code: special[plain], Mod: tea.ModShift}
	}
	if name == "ctrl+c" {
		return tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl}
	}
	if code, ok := special[name]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

func recorded(t *testing.T, w, h int) (*root, *recorder) {
	t.Helper()
	s := &recorder{}
	r := newRoot(key.Default(), s)
	r.Update(tea.WindowSizeMsg{Width: w, Height: h})
	return r, s
}

func text(r *root) string { return ansi.Strip(r.View().Content) }

func quits(cmd tea.Cmd) bool {
	if cmd == nil {
		return false
	}
	_, ok := cmd().(tea.QuitMsg)
	return ok
}

func TestKeysBecomeIntents(t *testing.T) {
	r, s := recorded(t, 100, 30)
	for name, want := range map[string]key.Intent{"right": key.Forward, "l": key.Forward, "h": key.Backward, "[": key.Coarser,
		"space": key.Play, "tab": key.NextPane, "down": key.Down, "esc": key.Cancel, "g": key.GoTo} {
		s.got = nil
		r.Update(press(name))
		if len(s.got) != 1 || s.got[0] != want {
			t.Errorf("%s became %v, want %v", name, s.got, want)
		}
	}
	s.got = nil
	if r.Update(press("Q")); len(s.got) != 0 {
		t.Errorf("a key that means nothing became %v", s.got)
	}
}

// No key means two things at one place.
func TestKeysAreUnambiguous(t *testing.T) {
	type place struct {
		scope key.Scope
		key   string
	}
	seen := map[place]key.Intent{}
	for _, b := range key.Default() {
		for _, k := range b.Keys {
			for _, s := range []key.Scope{key.Stepping, key.Browsing} { // the other scopes hold together with either
				if b.Scope == key.Stepping && s == key.Browsing || b.Scope == key.Browsing && s == key.Stepping {
					continue
				}
				if was, ok := seen[place{s, k}]; ok {
					t.Errorf("%s means %q and %q", k, was, b.Intent)
				}
				seen[place{s, k}] = b.Intent
			}
		}
		if b.Help == "" || b.Show == "" {
			t.Errorf("%q has no help", b.Intent)
		}
	}
}

func TestTypedKeysAreText(t *testing.T) {
	r, s := recorded(t, 100, 30)
	s.typing = true
	r.Update(press("q"))
	r.Update(tea.PasteMsg{Content: "abc"})
	want := []tea.Msg{screen.Typed{Key: "q", Text: "q"}, screen.Typed{Text: "abc"}}
	if !slices.Equal(s.got, want) {
		t.Errorf("got %v, want %v", s.got, want)
	}
	if _, cmd := r.Update(press("ctrl+c")); !quits(cmd) {
		t.Error("ctrl+c does not quit while typing")
	}
}

func TestHelp(t *testing.T) {
	r, s := recorded(t, 100, 60)
	r.Update(press("?"))
	for _, want := range []string{"a pane", "thing", "what it means", "one step back", "ctrl+c"} {
		if !strings.Contains(text(r), want) {
			t.Errorf("the help lacks %q:\n%s", want, text(r))
		}
	}
	before := len(s.got)
	r.Update(press("right"))
	r.Update(press("down"))
	if len(s.got) != before {
		t.Error("a key went through the help to the screen")
	}
	r.Update(press("esc"))
	if strings.Contains(text(r), "what it means") {
		t.Error("esc does not close the help")
	}
	small, _ := recorded(t, 80, 24)
	small.Update(press("?"))
	if strings.Contains(text(small), "quit at once") {
		t.Error("the help fits 24 lines: this test no longer tests scrolling")
	}
	small.Update(tea.KeyPressMsg{Code: tea.KeyEnd})
	if !strings.Contains(text(small), "quit at once") {
		t.Errorf("the end of the help cannot be reached:\n%s", text(small))
	}
}

// An explanation is wrapped to the width, its headings and formulas stay lines of
// their own.
func TestExplanationInHelp(t *testing.T) {
	const about = "# mul\n\nMultiplies two\nshared matrices.\n\n## How it works\n\n    d = x − a\n    e = y − b\n\nA word " +
		"that comes after the formulas and is the beginning of a line that is too long for the box.\n"
	lines := explained(theme.Theme{}, about, 40)
	want := []string{"mul", "", "Multiplies two shared matrices.", "", "How it works", "", "    d = x − a", "    e = y − b", "",
		"A word that comes after the formulas and", "is the beginning of a line that is too", "long for the box."}
	if !slices.Equal(lines, want) {
		t.Errorf("got %q", lines)
	}
}

func TestPalette(t *testing.T) {
	r, s := recorded(t, 100, 30)
	r.Update(press(":"))
	for _, k := range []string{"r", "u", "n", "space", "e", "n", "d"} {
		if k == "space" {
			r.Update(tea.KeyPressMsg{Code: ' ', Text: " "})
			continue
		}
		r.Update(press(k))
	}
	if !strings.Contains(text(r), "run to the end") || strings.Contains(text(r), "play faster") {
		t.Errorf("the palette does not filter:\n%s", text(r))
	}
	r.Update(press("enter"))
	if len(s.got) != 1 || s.got[0] != key.Last {
		t.Errorf("the palette did %v, want %v", s.got, key.Last)
	}
	r.Update(press(":"))
	r.Update(press("esc"))
	if strings.Contains(text(r), "Everything by name") {
		t.Error("esc does not close the palette")
	}
	r.Update(press(":"))
	for _, k := range "quit" { // what is called so comes before what is described so
		r.Update(press(string(k)))
	}
	if _, cmd := r.Update(press("enter")); !quits(cmd) {
		t.Error("quit in the palette does not quit")
	}
}

func TestSmallTerminals(t *testing.T) {
	r, s := recorded(t, 79, 30)
	if !strings.Contains(text(r), "80×24") || !strings.Contains(text(r), "79×30") {
		t.Errorf("a small terminal shows:\n%s", text(r))
	}
	r.Update(press("right"))
	if len(s.got) != 0 {
		t.Error("keys act on a screen that is not shown")
	}
	r.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	if s.w != 80 || s.h != 24 || !strings.Contains(text(r), "xxxx") {
		t.Error("the screen does not come back")
	}
	r.Update(tea.WindowSizeMsg{Width: 10, Height: 3})
	if _, cmd := r.Update(press("q")); !quits(cmd) {
		t.Error("q does not quit a small terminal")
	}
}

func TestTheBackground(t *testing.T) {
	r, s := recorded(t, 80, 24)
	r.Update(tea.BackgroundColorMsg{Color: color.White})
	if s.dark || r.theme.IsDark {
		t.Error("a white background gave a dark theme")
	}
}

func TestLeaving(t *testing.T) {
	r, first := recorded(t, 80, 24)
	defer func() {
		if r.closeAll(); !first.closed {
			t.Error("closing all left a screen open")
		}
	}()
	second := &recorder{}
	r.screens = append(r.screens, second)
	r.Update(press("q"))
	r.Update(screen.Leave{})
	if !second.closed || len(r.screens) != 1 {
		t.Error("q does not go back")
	}
	if _, cmd := r.Update(screen.Leave{}); !quits(cmd) {
		t.Error("leaving the first screen does not quit")
	}
}

package tui

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"unseen/engine"
	"unseen/tui/key"
	"unseen/tui/screen"
	"unseen/tui/stage"
)

// The palette finds the objects of the memory that is looked at, and shows the one that is
// chosen, wherever one is on the stage.
func TestPaletteFindsObjects(t *testing.T) {
	for name, before := range map[string][]tea.Msg{
		"on the stage": nil, "on a page": {key.Wire}, "over a list": {key.Breakpoints}, "in another pane": {key.PrevPane, key.ZoomPane},
	} {
		e := newExplorer(t, true, 80, 24)
		e.desk.options.Command = func(s engine.Scenario) string { return "unseen explore --mode " + s.Mode }
		for range 12 {
			e.press("right")
		}
		e.send(before...)
		e.send(key.Palette, tea.PasteMsg{Content: "w1"})
		if !strings.Contains(text(e.root), "▸w1 ") || !strings.Contains(text(e.root), "in the server’s memory") {
			t.Fatalf("%s: w1 is not found first:\n%s", name, text(e.root))
		}
		e.press("enter")
		if !strings.Contains(text(e.root), "▸ w1 ") || !strings.Contains(text(e.root), "[A1, 0] = ") {
			t.Errorf("%s: w1 is not shown:\n%s", name, text(e.root))
		}
		e.restored(name)
	}
}

// On a projector the memory fills the screen.
func TestPaletteOnAProjector(t *testing.T) {
	e := newExplorer(t, true, 120, 36)
	e.top().(*stage.Stage).Present()
	e.press("right", "right", "right")
	e.send(key.Palette, tea.PasteMsg{Content: "w1"})
	e.press("enter")
	if !strings.Contains(text(e.root), "w1 = ") || !strings.Contains(text(e.root), "[A1, 0] = ") {
		t.Errorf("w1 is not shown:\n%s", text(e.root))
	}
}

// Through a party's eyes the palette finds what is in its memory, and nothing else.
func TestPaletteThroughEyes(t *testing.T) {
	e := newExplorer(t, true, 120, 36)
	e.send(screen.Open{Name: engine.Federated})
	for range 40 {
		e.press("right")
	}
	found := func() string {
		var names []string
		for _, at := range e.top().(screen.Searchable).Places() {
			names = append(names, at.Name)
		}
		return fmt.Sprint(names)
	}
	e.press("S")
	if server := found(); strings.Contains(server, "raw") || !strings.Contains(server, "w1") {
		t.Errorf("the server finds %s", server)
	}
	e.press("tab", "tab", "down", "down") // another party is selected
	if other := found(); other != "[]" {
		t.Errorf("in the memory of another the server finds %s", other)
	}
	e.press("1")
	if worker := found(); !strings.Contains(worker, "raw") {
		t.Errorf("a worker finds %s", worker)
	}
}

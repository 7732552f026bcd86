package tui

import (
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/widget"
)

// Every screen shows the command that opens it.
func TestCommandOfEveryScreen(t *testing.T) {
	e := newExplorer(t, false, 80, 24)
	e.desk.options.Command = func(s engine.Scenario) string { return "unseen explore --mode " + s.Mode }
	e.press("y")
	e.shows("The command for this place", "unseen explore --mode central --screen home")
	e.press("esc", "d", "y")
	e.shows("--screen data")
	e.press("esc", "q", "enter", "right", "right", "]", "right", "y")
	e.shows("unseen explore --mode central --step 3")
	e.press("y")
	e.shows("clipboard")
	e.press("[", "[", "m", "down", "enter", "right", "[", "y")
	e.shows("--mode federated --step 1 --zoom layer")
	e.press("esc", "0", "1", "y")
	e.shows("--eyes EdgarNewton")
	e.press("esc")
	if e.overlay != nil {
		t.Error("esc does not close it")
	}
}

// The explorer opens where it is told to.
func TestOpensAtAStep(t *testing.T) {
	e := newExplorer(t, true, 120, 36)
	level := trace.Batch
	o := e.desk.options
	o.Start = Start{Step: 31, Zoom: &level}
	r, err := open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.closeAll)
	e.root = r
	e.send(sized(120, 36))
	e.drain(r.Init())
	e.shows("step  31 of", "zoom: batch")
	o.Start = Start{Screen: "data"}
	if r, err = open(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.closeAll)
	e.root = r
	e.send(sized(120, 36))
	e.drain(r.Init())
	if !strings.Contains(text(e.root), "120 complete") {
		t.Errorf("the data are not on the screen:\n%s", text(e.root))
	}
}

func sized(w, h int) tea.Msg { return tea.WindowSizeMsg{Width: w, Height: h} }

// An audience sees which keys were pressed.
func TestPressedKeys(t *testing.T) {
	e := newExplorer(t, true, 80, 24)
	o := e.desk.options
	o.Present = true
	r, err := open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.closeAll)
	e.root = r
	e.send(sized(80, 24))
	e.press("right", "right", "enter", "[")
	e.shows("q back    →   enter   [ ") // more do not fit beside the footer
	for _, size := range []int{80, 100, 120, 200} {
		e.send(sized(size, 30))
		foot := strings.Split(text(e.root), "\n")[29]
		e.pressed = []string{}
		e.send(sized(size, 30))
		whole := strings.Fields(strings.Split(text(e.root), "\n")[29])
		for _, word := range strings.Fields(strings.SplitN(foot, "    →", 2)[0]) {
			if !slices.Contains(whole, word) {
				t.Errorf("at %d cells a word of the footer is cut to %q: %s", size, word, foot)
			}
		}
		e.press("right", "enter", "[")
		raw := e.showKeys("") // the box of the last key is whole, with a blank cell after it
		if box := e.theme.Cursor.Render(" [ ") + " "; !strings.HasSuffix(raw, box) || widget.Width(raw) != size {
			t.Errorf("at %d cells the last key is drawn as %q", size, raw)
		}
	}
	e.press("]", "]", "]", "]", "]", "tab")
	if strings.Contains(text(e.root), "enter   [") {
		t.Errorf("old keys stay:\n%s", text(e.root))
	}
}

package tui

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/charmbracelet/x/ansi"

	"unseen/engine"
	"unseen/tui/key"
	"unseen/tui/screen"
)

// place is somewhere that keys lead to.
type place struct {
	name string
	open string   // a screen, or a way to train
	keys []string // pressed there; one with an = is a state to open
	want string   // that shows that it was reached
}

// stages are the places of a run: every pane, every look, every page and its views, every
// list and question over it.
var stages = []place{
	{"what happened", "", nil, "zoom: operation"},
	{"parties", "", []string{"pane=parties,full"}, "Parties"},
	{"memory", "", []string{"tab", "z"}, "memory"},
	{"a matrix", "", []string{"tab", "z", "enter"}, "memory"},
	{"a filter", "", []string{"tab", "/", "x"}, ""},
	{"all parties", "", []string{"tab", "z", "v"}, "all parties"},
	{"distribution", "", []string{"tab", "z", "v", "v"}, "distribution"},
	{"bits", "", []string{"tab", "z", "v", "v", "v"}, "bits"},
	{"signed", "", []string{"tab", "z", "f"}, "signed"},
	{"origin", "", []string{"tab", "z", "p"}, "origin"},
	{"messages", "", []string{"pane=messages,full"}, "Messages"},
	{"loss", "", []string{"pane=loss,full"}, "Loss"},
	{"who knows what", "", []string{"pane=knows,full"}, "Who knows what"},
	{"eyes", "", []string{"e"}, "hose eyes"},
	{"through somebody’s eyes", "", []string{"S"}, "server"},
	{"breakpoints", "", []string{"b"}, "reakpoint"},
	{"a new breakpoint", "", []string{"b", "n"}, "Stop where?"},
	{"ledger", "", []string{"L"}, "Ledger"},
	{"ledger, one by one", "", []string{"L", "tab"}, "Ledger"},
	{"wire", "", []string{"W"}, "Packets"},
	{"who to whom", "", []string{"W", "tab"}, "Who to whom"},
	{"cost", "", []string{"W", "tab", "tab"}, "Cost by layer"},
	{"over a network", "", []string{"W", "shift+tab"}, "Over a network"},
	{"a person", "", []string{"F"}, "From the file to the decision"},
	{"go to", "", []string{"g"}, "go to"},
	{"playing", "", []string{"space"}, ""},
	{"help", "", []string{"?"}, "Help"},
	{"palette", "", []string{":"}, "Everything by name"},
	{"modes", "", []string{"m"}, "Ways to train"},
}

// places are those of the other screens.
var places = []place{
	{"home", screen.Home, nil, ""},
	{"home, help", screen.Home, []string{"?"}, "Help"},
	{"data", screen.Data, nil, ""},
	{"data, summary", screen.Data, []string{"tab"}, ""},
	{"data, a person", screen.Data, []string{"tab", "tab"}, ""},
	{"data, a filter", screen.Data, []string{"/"}, ""},
	{"charts", screen.Charts, nil, ""},
	{"charts, of a run", screen.Charts, []string{"enter"}, ""},
	{"charts, accuracy", screen.Charts, []string{"enter", "tab"}, ""},
	{"charts, ROC", screen.Charts, []string{"enter", "tab", "tab"}, ""},
	{"charts, decisions", screen.Charts, []string{"enter", "tab", "tab", "tab"}, ""},
	{"charts, workers", screen.Charts, []string{"enter", "tab", "tab", "tab", "tab"}, ""},
	{"charts, cost", screen.Charts, []string{"enter", "shift+tab"}, ""},
	{"compare", screen.Compare, nil, ""},
	{"compare, table", screen.Compare, []string{"tab"}, ""},
	{"compare, lanes", screen.Compare, []string{"tab", "tab"}, ""},
	{"compare, who sees what", screen.Compare, []string{"shift+tab"}, ""},
	{"labs", screen.Labs, nil, ""},
	{"labs, the form", screen.Labs, []string{"tab"}, ""},
	{"labs, a report", screen.Labs, []string{"tab", "tab"}, ""},
	{"labs, another one", screen.Labs, []string{"down", "down", "down", "tab"}, ""},
	{"labs, the last one", screen.Labs, []string{"end", "tab"}, ""},
	{"palette", screen.Labs, []string{":"}, "Everything by name"},
}

// Every key of the table is pressed at every place of every screen, and the frame stays
// whole. The places of a run are those of one way to train each, in turn; with UNSEEN_LONG
// of all of them.
func TestEveryKeyOfEveryScreen(t *testing.T) {
	var list []place
	modes := append(engine.Modes(), engine.PrivatePrediction)
	for i, p := range stages {
		for k, mode := range modes {
			if mode == engine.PrivatePrediction && p.name == "loss" {
				p.name, p.keys, p.want = "answer", []string{"pane=answer,full"}, "Answer"
			}
			if i%len(modes) == k || os.Getenv("UNSEEN_LONG") != "" {
				p.open = mode
				list = append(list, p)
			}
		}
	}
	for _, p := range append(list, places...) {
		t.Run(p.open+"/"+p.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { // where nobody waits for a beat
				var e *explorer
				reached := ""
				at := func() string { return e.desk.command(e.top()) + " " + typeName(e.overlay) }
				begin := func() {
					e = newExplorer(t, false, 80, 24)
					normal := e.desk.options.For
					e.desk.options.For = func(mode string) (engine.Scenario, error) { // a small one: places are opened anew often
						s, err := normal(mode)
						s.Data.Rows, s.Data.Workers, s.Learning.Epochs, s.Learning.Rounds, s.Learning.Local, s.Network.Hidden = 30, 6, 1, 1, 1, []int{2}
						return s, err
					}
					if p.open == engine.PrivatePrediction {
						e = newPrediction(t, 80, 24)
					}
					e.desk.options.Command = func(s engine.Scenario) string { return "unseen explore --mode " + s.Mode }
					if p.open != screen.Home {
						e.send(screen.Open{Name: p.open})
					}
					if slices.Contains(modes, p.open) {
						e.press("right", "right", "right", "right")
					}
					if len(p.keys) == 1 && strings.Contains(p.keys[0], "=") {
						e = e.another("unseen explore --mode " + p.open + " --step 17 --open " + p.keys[0])
					} else {
						e.press(p.keys...)
					}
					whole(t, e, "at "+p.name)
					if reached = at(); !strings.Contains(text(e.root), p.want) {
						t.Fatalf("%q is not reached:\n%s", p.want, text(e.root))
					}
				}
				begin()
				for _, b := range key.Default() {
					for _, k := range b.Keys {
						if k == "ctrl+p" || k == "ctrl+c" || b.Intent == key.Export && p.open == screen.Charts ||
							b.Intent == key.Choose && p.open == screen.Labs { // files are not for a test to leave, and labs have walks of their own
							continue
						}
						if e.quit || at() != reached {
							begin()
						}
						e.press(k)
						whole(t, e, k)
					}
				}
			})
		})
	}
}

// whole fails where a frame is torn: another number of lines, or a line that is not as
// wide as the screen.
func whole(t *testing.T, e *explorer, after string) {
	t.Helper()
	lines := strings.Split(e.View().Content, "\n")
	if len(lines) != e.h {
		t.Fatalf("after %s: %d lines in a terminal of %d", after, len(lines), e.h)
	}
	for i, l := range lines {
		if w := ansi.StringWidth(l); w != e.w {
			t.Fatalf("after %s: line %d of %T has %d cells in a terminal of %d: %q", after, i, e.top(), w, e.w, ansi.Strip(l))
		}
	}
}

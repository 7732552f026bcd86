package tui

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"unseen/engine"
	"unseen/tui/golden"
	"unseen/tui/key"
	"unseen/tui/screen"
)

// Home, the data and every dialog as they are in a box of 80 by 24 and of 120 by 36
// cells. The stage, charts, compare and labs have theirs in their own packages.
func TestScreensInABox(t *testing.T) {
	open := func(name string) tea.Msg { return screen.Open{Name: name} }
	for _, c := range []struct {
		name string
		do   []tea.Msg
	}{
		{"home", nil},
		{"home-recent", []tea.Msg{open(engine.Federated), key.Forward, key.Leave, open(engine.Central), key.Leave}},
		{"data-rows", []tea.Msg{open(screen.Data), key.Down}},
		{"data-summary", []tea.Msg{open(screen.Data), key.NextPane, key.NextPane}},
		{"data-person", []tea.Msg{open(screen.Data), key.Down, key.NextPane, key.Down}},
		{"data-filter", []tea.Msg{open(screen.Data), key.Filter, tea.PasteMsg{Content: "harr"}}},
		{"data-filter-nobody", []tea.Msg{open(screen.Data), key.Filter, tea.PasteMsg{Content: "harrx"}}},
		{"modes", []tea.Msg{open(engine.Central), key.Forward, key.Mode, key.Down}},
		{"palette", []tea.Msg{open(engine.Central), key.Palette}},
		{"palette-filter", []tea.Msg{open(engine.Central), key.Palette, tea.PasteMsg{Content: "wire"}}},
		{"command", []tea.Msg{open(engine.Central), key.Forward, key.Ledger, key.Command}},
		{"help-home", []tea.Msg{key.Help}},
		{"help-data", []tea.Msg{open(screen.Data), key.Help}},
		{"help-stage", []tea.Msg{open(engine.Central), key.Forward, key.Help}},
		{"help-memory", []tea.Msg{open(engine.Central), key.Forward, key.NextPane, key.Help, key.PageDown}},
		{"help-ledger", []tea.Msg{open(engine.Central), key.Ledger, key.Help, key.End}},
		{"help-wire", []tea.Msg{open(engine.Central), key.Wire, key.Help}},
		{"help-charts", []tea.Msg{open(screen.Charts), key.Help}},
		{"help-compare", []tea.Msg{open(screen.Compare), key.PrevPane, key.Help}},
		{"help-labs", []tea.Msg{open(screen.Labs), key.Help}},
		{"eyes-keep-it-shut", []tea.Msg{open(engine.Federated), key.Forward, key.EyesOf + "2", open(screen.Charts)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := newExplorer(t, false, 120, 36)
			e.desk.options.Command = func(s engine.Scenario) string { return "unseen explore --mode " + s.Mode }
			for _, size := range [][2]int{{120, 36}, {80, 24}} {
				if size[0] == 80 {
					e.send(sized(size[0], size[1]))
				} else {
					e.send(c.do...)
				}
				lines := strings.Split(e.View().Content, "\n")
				golden.Screen(t, fmt.Sprintf("%s-%dx%d", c.name, size[0], size[1]), lines, size[0], size[1])
			}
		})
	}
}

// A terminal that is too small is told what is needed, and that nothing is lost.
func TestTooSmall(t *testing.T) {
	for _, size := range [][2]int{{79, 24}, {80, 23}, {40, 6}} {
		r, _ := recorded(t, size[0], size[1])
		golden.Text(t, fmt.Sprintf("too-small-%dx%d", size[0], size[1]), text(r)+"\n")
	}
}

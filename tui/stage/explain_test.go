package stage

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/key"
	"unseen/tui/screen"
)

// Help explains in place what f does: in which format the numbers are and will be, that it
// goes to the memory from every other pane, what it writes beside all parties' shares, and
// that it leads back from the other looks. It does what is said.
func TestHelpExplainsTheFormat(t *testing.T) {
	d := newDriver(t, onFewShares(t), 120, 36)
	d.send(key.GoTo).typing("e1")
	explained := func() string {
		for _, word := range d.Help().Words {
			if word.Term == "f" {
				return word.Meaning
			}
		}
		t.Fatal("f is not explained")
		return ""
	}
	p := d.panes[inspectorPane].(*inspector)
	says := func(want string) {
		t.Helper()
		if got := explained(); !strings.Contains(got, want) {
			t.Errorf("f is explained as %q, want %q", got, want)
		}
	}
	for _, pane := range []int{partiesPane, happenedPane, messagesPane, lossPane, revealedPane} {
		d.focusOn(pane)
		says("from here it goes to the memory")
	}
	d.send(key.Numbers)
	if d.focus != inspectorPane || p.format != signed {
		t.Errorf("f leads to pane %d and format %v", d.focus, p.format)
	}
	says("now they are signed, then unsigned")
	d.send(key.Look)
	says("what all parties hold")
	d.send(key.Numbers)
	if p.look != lookShares || p.format != unsigned {
		t.Errorf("beside all shares f leads to look %v, format %v", p.look, p.format)
	}
	d.send(key.Look)
	says("goes back to the numbers")
	d.send(key.Numbers)
	if p.look != lookNumbers || p.format != hex {
		t.Errorf("f leads to look %v, format %v", p.look, p.format)
	}
}

// Help explains the innermost protocol of the last event, but only where there are
// holders: central training has a matmul, too, and shares nothing.
func TestHelpExplainsProtocols(t *testing.T) {
	in := func(names ...string) *trace.Event {
		e := &trace.Event{Path: []trace.Scope{{Level: trace.Epoch, Name: "epoch"}}}
		for _, n := range names {
			e.Path = append(e.Path, trace.Scope{Level: trace.Operation, Name: n})
		}
		e.Path = append(e.Path, trace.Scope{Level: trace.Round, Name: "open"})
		return e
	}
	holders, server := []engine.PartyImage{{ID: "a", Role: "holder"}}, []engine.PartyImage{{ID: "server", Role: "server"}}
	for _, c := range []struct {
		event   *trace.Event
		parties []engine.PartyImage
		want    string
	}{
		{in("matmul"), holders, "# matmul"},
		{in("max", "relu"), holders, "# relu"},
		{in("matmul", "something new"), holders, "# matmul"},
		{in("truncate exactly"), holders, "# truncate"},
		{in("bias"), holders, ""},
		{in("matmul"), server, ""},
		{nil, holders, ""},
	} {
		got := explanation(&engine.Snapshot{Event: c.event, Parties: c.parties})
		if !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%+v: explained as %.40q, want %q", c.event, got, c.want)
		}
	}
	d := newDriver(t, scenario(t), 120, 36)
	if about := d.Help().About; about != "" {
		t.Errorf("central training is explained as %.40q", about)
	}
}

// Help over a memory of shares begins with the names in sight, the chosen one first; of a
// memory that the eyes do not know it names nothing.
func TestHelpExplainsTheNamesInAMemory(t *testing.T) {
	d := newDriver(t, onFewShares(t), 120, 36)
	step := stepOf(t, onFewShares(t), trace.Local, "softmax", 1)
	d.send(key.GoTo).typing(strconv.Itoa(step))
	var holders []string
	for _, p := range d.view.scene.Snapshot.Parties {
		if p.Role == "holder" {
			holders = append(holders, p.ID)
		}
	}
	d.look(holders[1])
	d.Stage.focus = inspectorPane
	d.Lines()
	words := d.Help().Words
	if words[0].Term != "p" || words[1].Meaning == "" || words[1].Term == "object" {
		t.Errorf("help begins with %+v and %+v", words[0], words[1])
	}
	for _, term := range []string{"quotient where negative", "negative"} {
		if !slices.ContainsFunc(words, func(w screen.Word) bool { return w.Term == term }) {
			t.Errorf("%s is in sight and not explained", term)
		}
	}
	d.view.selected = slices.IndexFunc(d.view.scene.Snapshot.Parties, func(p engine.PartyImage) bool { return p.ID == holders[0] })
	d.draw()
	d.Lines()
	if first := d.Help().Words[0].Term; first != "object" {
		t.Errorf("of a memory that the eyes do not know help explains %q", first)
	}
}

package stage

import (
	"strings"
	"testing"

	"unseen/engine"
	"unseen/engine/trace"
)

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

package engine

import (
	"context"
	"testing"

	"unseen/data"
	"unseen/engine/trace"
)

// The summary of openings counts every opening there was, once.
func TestOpenedIsSummedUp(t *testing.T) {
	set, err := data.Twin().Encode()
	if err == nil {
		set, err = set.First(12)
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := Default(Encrypted, "default")
	if err != nil {
		t.Fatal(err)
	}
	s.Network.Hidden, s.Learning.Epochs, s.Learning.Batch = []int{3}, 1, 5
	session, err := New(s, set)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	want := map[string]int{}
	all := 0
	if err := session.Each(context.Background(), func(e *trace.Event) bool {
		if e.Kind == trace.Open {
			want[e.Name()]++
			all++
		}
		return true
	}); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, o := range session.Snapshot(nil).Record.Opened() {
		got[o.What] += o.Times
		if o.Why == "" || o.To == "" {
			t.Errorf("%+v", o)
		}
		if (o.To == "server") != (o.What == "model") {
			t.Errorf("%s was opened to %s", o.What, o.To)
		}
		all -= o.Times
	}
	if all != 0 || got["loss"] != want["loss"] || want["loss"] != 2 || got["Σx"] != 1 || got["model"] != 1 {
		t.Errorf("%v, want %v", got, want)
	}
}

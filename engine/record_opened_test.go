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

// At every step the cost of the run is that of the messages and rounds on record: also
// in the middle of a round.
func TestCostIsThatOfTheRecord(t *testing.T) {
	for _, mode := range Modes() {
		s := fleet(t, mode, map[bool]int{true: 4}[mode != Encrypted])
		s.Learning.Epochs, s.Learning.Rounds, s.Learning.Batch = 1, 1, 8
		session := open1(t, s, table(t, 12))
		steps := 0
		err := session.Each(background, func(*trace.Event) bool {
			n := session.Snapshot(nil)
			var messages, rounds, bytes int64
			for _, total := range n.Record.Totals() {
				messages, rounds, bytes = messages+int64(total.Messages), rounds+int64(total.Rounds), bytes+total.Bytes
			}
			if n.Cost.Messages != messages || n.Cost.Rounds != rounds || n.Cost.Bytes != bytes {
				t.Fatalf("%s at step %d, %v: the cost is %d messages, %d bytes, %d rounds; on record are %d, %d, %d", mode, n.Step, n.Event.Path,
					n.Cost.Messages, n.Cost.Bytes, n.Cost.Rounds, messages, bytes, rounds)
			}
			if e := n.Event; e.Kind == trace.Sent || e.Kind == trace.Span && e.Level() == trace.Round {
				if _, under := n.Record.UnderWay(); under != (e.Kind == trace.Sent) {
					t.Fatalf("%s at step %d, %v: a round is under way: %t", mode, n.Step, e.Path, under)
				}
			}
			steps++
			return true
		})
		if err != nil || steps == 0 {
			t.Errorf("%s: %d steps, %v", mode, steps, err)
		}
	}
}

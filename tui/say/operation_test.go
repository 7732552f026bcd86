package say

import (
	"strings"
	"testing"

	"unseen/engine"
	"unseen/engine/trace"
)

// Workers scale their columns one after the other, and each title says whose they are; in
// central training there is one who could.
func TestWhoScalesIsSaid(t *testing.T) {
	for _, mode := range []string{engine.Central, engine.Federated, engine.Aggregated, engine.SecureAggregation} {
		session := small(t, mode, func(*engine.Scenario) {})
		for range 2 {
			if err := session.Each(t.Context(), func(e *trace.Event) bool { return e.Name() != "scale" }); err != nil {
				t.Fatal(err)
			}
			scene := NewScene(session)
			want := "Scale the columns"
			if mode != engine.Central {
				want = scene.Snapshot.Event.Party + " scales its columns"
			}
			if told := Tell(scene, Cell{}); told.Title != want {
				t.Errorf("%s: %q, want %q", mode, told.Title, want)
			}
			if mode == engine.Central {
				break
			}
		}
	}
}

// What shares of rows add up to is known to nobody but their owners, and scaled not to them
// either; what was put together all holders know; and what is called x in the middle of an
// operation is no row.
func TestWhoKnowsWhatSharesAddUpTo(t *testing.T) {
	session := small(t, engine.Encrypted, func(s *engine.Scenario) { s.Learning.Epochs = 1 })
	saw := map[string]int{}
	err := session.Each(t.Context(), func(e *trace.Event) bool {
		want := map[string]string{}
		switch name := e.Name(); {
		case e.Level() != trace.Operation || e.Kind == trace.Open:
		case name == "open":
			want["x"], want["y"] = "all holders know", "all holders know"
		case name == "standardise":
			want["X"] = ownerKnowsUnless
		case name == "matmul" && e.Inputs[0].Name == "x":
			want["x"] = ownerKnowsUnless
		case name == "multiply" && strings.Contains(e.Path[len(e.Path)-2].Label(), "reciprocal"):
			want["y"] = ""
		case name == "cross-entropy":
			want["y"], want["z"] = ownerKnows, ""
		}
		if len(want) == 0 {
			return true
		}
		scene := NewScene(session)
		shown := scene.Snapshot.Event
		for i, values := range [][]trace.Value{shown.Inputs, shown.Outputs} {
			for _, v := range values {
				who, ok := want[v.Name]
				if !ok || v.Form != trace.Share {
					continue
				}
				if e.Name() == "standardise" && i == 0 {
					who = ownerKnows
				}
				if got := scene.knower(v); got != who {
					t.Errorf("step %d, %s: of %s it is said %q, want %q", e.Step, e.Name(), v.Name, got, who)
				}
				saw[e.Name()]++
			}
		}
		return e.Step < 1500
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"open", "standardise", "matmul", "cross-entropy"} {
		if saw[name] == 0 {
			t.Errorf("nothing was asked about %s: %v", name, saw)
		}
	}
}

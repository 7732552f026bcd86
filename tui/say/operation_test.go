package say

import (
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

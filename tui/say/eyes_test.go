package say

import (
	"strings"
	"testing"

	"unseen/engine"
	"unseen/engine/trace"
)

// TestAStageAsThePartiesSawIt: of a stage of secure aggregation the server is told how many
// masked inputs came, and a worker only that it sent its own.
func TestAStageAsThePartiesSawIt(t *testing.T) {
	session := small(t, engine.SecureAggregation, func(*engine.Scenario) {})
	all := NewScene(session)
	for all.Snapshot.Event == nil || all.Snapshot.Event.Level() != trace.Batch || all.Snapshot.Event.Name() != "masked input" {
		if err := session.Next(t.Context(), trace.Batch); err != nil {
			t.Fatal(err)
		}
		all.Snapshot = session.Snapshot(all.Snapshot)
	}
	all.Zoom = trace.Batch
	seen := all
	for _, p := range all.Snapshot.Parties {
		seen.Snapshot = all.Snapshot.As(p.ID)
		told := Tell(seen, Cell{}).Sentence
		switch sent := "sent its “masked input”"; {
		case p.Role == "server" && (!strings.Contains(told, "× “masked input”") || !strings.Contains(told, "new in its memory: ")):
			t.Errorf("the server: %s", told)
		case p.Role == "worker" && (!strings.Contains(told, sent) || !strings.Contains(told, "does not know") || strings.Contains(told, "delivered")):
			t.Errorf("%s: %s", p.ID, told)
		}
	}
}

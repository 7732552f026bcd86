package say

import (
	"slices"
	"strings"
	"testing"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/worlds"
)

// Every name that anybody has in memory in a run on shares is explained in one sentence, in
// every way to compute; and who is said to have sent something is a party.
func TestEveryNameOfARunOnSharesIsExplained(t *testing.T) {
	for name, change := range map[string]func(*engine.Scenario){
		"dealer":  func(*engine.Scenario) {},
		"exact":   func(s *engine.Scenario) { s.Shares.Truncation, s.Learning.Loss = "exact", "mse" },
		"local":   func(s *engine.Scenario) { s.Shares.Truncation, s.Shares.Holders = "local", 2 },
		"fourier": func(s *engine.Scenario) { s.Shares.Softmax = "fourier" },
	} {
		t.Run(name, func(t *testing.T) {
			explained(t, small(t, engine.Encrypted, func(s *engine.Scenario) {
				s.Data.Rows, s.Learning.Epochs, s.Learning.Batch = 14, 1, 6
				change(s)
			}), 100)
		})
	}
	t.Run("prediction", func(t *testing.T) {
		session := worlds.Prediction(t)
		explained(t, session, 60)
		scene := NewScene(session)
		for _, name := range []string{"raw", "x", "X", "row", "shift", "scale", "p", "z1", "a1"} {
			if meaning := scene.Meaning(name); strings.Contains(meaning, "batch") || strings.Contains(meaning, "rows") || strings.Contains(meaning, "labels") {
				t.Errorf("%s of one row is explained as %q", name, meaning)
			}
		}
	})
}

// explained steps through a run and looks at the names in it, of which there must be so many.
func explained(t *testing.T, session *engine.Session, least int) {
	t.Helper()
	scene, seen := NewScene(session), map[string]bool{}
	for step, total := session.Position(); step < total; step, _ = session.Position() {
		if err := session.Next(t.Context(), trace.Operation); err != nil {
			t.Fatal(err)
		}
		scene.Snapshot = session.Snapshot(scene.Snapshot)
		for _, p := range scene.Snapshot.Parties {
			for _, o := range p.Memory.Objects {
				if seen[o.Name] {
					continue
				}
				seen[o.Name] = true
				meaning := scene.Meaning(o.Name)
				if meaning == "" || strings.Contains(meaning, ". ") || strings.HasSuffix(meaning, ".") {
					t.Errorf("%s of %s, %s, is explained as %q", o.Name, p.ID, o.Origin, meaning)
				}
				_, from, _ := strings.Cut(meaning, " that ")
				sender, _, sent := strings.Cut(from, " sent: ")
				if sent && !slices.ContainsFunc(scene.Snapshot.Parties, func(p engine.PartyImage) bool { return p.ID == sender }) {
					t.Errorf("%s: %q is no party, but is said to have sent it", o.Name, sender)
				}
			}
		}
	}
	if len(seen) < least {
		t.Errorf("only %d names", len(seen))
	}
}

// What owners split their rows into has one name at all of them, and is of another row at
// each: it is not added up, and is said to be none of one sharing.
func TestSharesOfDifferentRowsAreNotAddedUp(t *testing.T) {
	session := small(t, engine.Encrypted, func(s *engine.Scenario) { s.Data.Rows, s.Learning.Epochs = 14, 1 })
	scene, seen := NewScene(session), map[string]int{}
	for {
		if err := session.Next(t.Context(), trace.Message); err != nil {
			t.Fatal(err)
		}
		scene.Snapshot = session.Snapshot(scene.Snapshot)
		if e := scene.Snapshot.Event; e.Name() == "share row" && e.Kind == trace.Sent {
			break
		}
	}
	for _, p := range scene.Snapshot.Parties {
		for _, o := range p.Memory.Objects {
			if !strings.HasPrefix(o.Name, engine.ShareFor) {
				continue
			}
			seen[o.Name]++
			if whole, ok := scene.Whole(o); ok || Apart(o) == "" {
				t.Errorf("%s of %s is said to be one of %d shares", o.Name, p.ID, len(whole.Parts))
			}
			if _, ok := scene.Snapshot.Shared(o.Name); ok {
				t.Errorf("%s is said to be shared", o.Name)
			}
		}
	}
	for name, owners := range seen {
		if owners < 2 {
			t.Errorf("only %d have %s", owners, name)
		}
	}
	if len(seen) == 0 {
		t.Error("nobody has split a row")
	}
}

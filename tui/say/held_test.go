package say

import (
	"strings"
	"testing"

	"unseen/engine"
	"unseen/engine/trace"
)

// Every name that anybody has in memory in a run on shares is explained in one sentence, in
// every way to compute.
func TestEveryNameOfARunOnSharesIsExplained(t *testing.T) {
	for name, change := range map[string]func(*engine.Scenario){
		"dealer":  func(*engine.Scenario) {},
		"exact":   func(s *engine.Scenario) { s.Shares.Truncation, s.Learning.Loss = "exact", "mse" },
		"local":   func(s *engine.Scenario) { s.Shares.Truncation, s.Shares.Holders = "local", 2 },
		"fourier": func(s *engine.Scenario) { s.Shares.Softmax = "fourier" },
	} {
		t.Run(name, func(t *testing.T) {
			session := small(t, engine.Encrypted, func(s *engine.Scenario) {
				s.Data.Rows, s.Learning.Epochs, s.Learning.Batch = 14, 1, 6
				change(s)
			})
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
					}
				}
			}
			if len(seen) < 100 {
				t.Errorf("only %d names", len(seen))
			}
		})
	}
}

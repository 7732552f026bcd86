package recording

import (
	"errors"
	"testing"

	"unseen/engine"
	"unseen/engine/trace"
)

// A replay of a private run shows at every step how much of its privacy was spent.
func TestReplayShowsWhatWasSpent(t *testing.T) {
	for mode, noise := range map[string]string{
		engine.Central: engine.CentralNoise, engine.Aggregated: engine.LocalNoise, engine.SecureAggregation: engine.DistributedNoise,
	} {
		t.Run(mode, func(t *testing.T) {
			s := small(t, mode)
			s.Privacy = engine.PrivacySettings{DP: noise, Clip: 1, Epsilon: 8, Delta: 1e-5}
			r, live := replay(t, record(t, s, Options{})), open(t, s)
			_, total := live.Position()
			spent := 0.0
			for step := 1; step <= total; step++ {
				if err := errors.Join(live.Next(background, trace.Message), r.Next(background, trace.Message)); err != nil {
					t.Fatal(err)
				}
				a, b := live.Snapshot(nil), r.Snapshot(nil)
				if a.Releases != b.Releases || b.Privacy == nil || a.Privacy.After(a.Releases) != b.Privacy.After(b.Releases) {
					t.Fatalf("step %d: %d releases were recorded, %d made", step, b.Releases, a.Releases)
				}
				for i, x := range a.History.Batches {
					if y := b.History.Batches[i]; x.Epsilon != y.Epsilon || x.Loss != y.Loss {
						t.Fatalf("step %d, batch %d: %+v was recorded, %+v made", step, i, y, x)
					}
				}
				spent = b.Privacy.After(b.Releases).Epsilon
			}
			if spent > 8 || spent < 7.9 {
				t.Errorf("in the end ε is %v", spent)
			}
		})
	}
}

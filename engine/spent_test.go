package engine

import (
	"math"
	"testing"
)

// What was spent begins at 0, has a point for every release, also of an empty batch,
// and ends at what the run says it cost.
func TestSpentHasAPointForEveryRelease(t *testing.T) {
	set := table(t, 30)
	for name, s := range map[string]Scenario{
		"central":     secret(t, nil),
		"empty":       secret(t, func(s *Scenario) { s.Learning.Batch = 1 }),
		"budget":      secret(t, func(s *Scenario) { s.Privacy.Budget, s.Privacy.Noise = 4, 2 }),
		"aggregated":  fleet(t, Aggregated, 5),
		"secure":      fleet(t, SecureAggregation, 5),
		"without":     fleet(t, Aggregated, 5),
		"without too": secret(t, func(s *Scenario) { s.Privacy = PrivacySettings{DP: NoNoise, Delta: 1e-5} }),
	} {
		switch name {
		case "aggregated":
			s.Privacy = PrivacySettings{DP: CentralNoise, Clip: 1, Noise: 2, Delta: 1e-5}
		case "secure":
			s.Privacy = PrivacySettings{DP: DistributedNoise, Clip: 1, Noise: 2, Delta: 1e-5}
		}
		session := open1(t, s, set)
		result, err := session.Run(background, nil)
		if err != nil {
			t.Fatal(err)
		}
		spent := Run{Scenario: s, Dataset: session.Dataset(), Result: result}.Spent()
		if result.Privacy == nil {
			if spent != nil {
				t.Errorf("%s: %v was spent of no privacy", name, spent)
			}
			continue
		}
		p := result.Privacy
		if len(spent) != p.Releases+1 || spent[0] != (Spent{}) {
			t.Fatalf("%s: %d points for %d releases, the first %v", name, len(spent), p.Releases, spent[0])
		}
		for i, x := range spent[1:] {
			if before := spent[i]; !(x.Epsilon > before.Epsilon && x.Passes > before.Passes) || x.Epsilon != p.After(i+1).Epsilon {
				t.Fatalf("%s: %v after %v", name, x, before)
			}
		}
		passes := float64(s.Learning.Epochs)
		if s.ServerRounds() {
			passes = float64(s.Learning.Rounds * s.Learning.Local)
		}
		last := spent[len(spent)-1]
		if last.Epsilon != result.Final().Epsilon || (last.Passes < passes-1e-9) != p.Stopped() || math.IsInf(last.Passes, 0) || last.Passes > passes+1e-9 {
			t.Errorf("%s: at the end %v, of %v passes; %+v", name, last, passes, result.Final())
		}
	}
}

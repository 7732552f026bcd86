package say

import (
	"math"
	"testing"
	"time"

	"unseen/data"
	"unseen/engine"
)

// After the first epoch the projection of the whole run is what it takes in the end; before,
// and through a party's eyes, nothing is said of it.
func TestTheWholeRunIsProjected(t *testing.T) {
	set, err := data.Twin().Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []string{engine.Federated, engine.Aggregated, engine.SecureAggregation, engine.Encrypted} {
		s, err := engine.Default(mode, "default")
		if err != nil {
			t.Fatal(err)
		}
		s.Seed, s.Fixed, s.Data.Rows, s.Network.Hidden = 7, true, 20, []int{4, 3}
		s.Learning.Epochs, s.Learning.Rounds, s.Learning.Local, s.Secure.Drop = 4, 4, 1, 0
		session, err := engine.New(s, set)
		if err != nil {
			t.Fatal(err)
		}
		defer session.Close()
		whole := func(eyes string) time.Duration {
			scene := NewScene(session)
			if eyes != "" {
				scene.Snapshot = scene.Snapshot.As(eyes)
			}
			return scene.Project(100*time.Millisecond, 1e6).Whole
		}
		var first time.Duration
		for _, epoch := range []int{0, 1, 4} {
			if err := session.SeekEpoch(t.Context(), epoch); err != nil {
				t.Fatal(err)
			}
			switch got := whole(""); {
			case epoch == 0 && got != 0:
				t.Errorf("%s: after setting up the whole run takes %v", mode, got)
			case epoch == 1:
				first = got
			case epoch == 4 && (got == 0 || math.Abs(float64(first-got)) > 0.03*float64(got)):
				t.Errorf("%s: in the end the whole run takes %v; after the first epoch it was %v", mode, got, first)
			}
			if got := whole("server"); epoch == 1 && got != 0 {
				t.Errorf("%s: the server knows that the whole run takes %v", mode, got)
			}
		}
	}
}

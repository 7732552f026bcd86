package say

import (
	"strings"
	"testing"
	"time"

	"unseen/data"
	"unseen/engine"
)

// From the end of the first epoch on, the projection of the whole run is what it takes in the
// end, to the nanosecond where every epoch sends the same, wherever the run stands: at the end
// of an epoch, a batch, a layer, an operation, a round, or after any message. Before, and
// through a party's eyes, nothing is said of it.
func TestTheWholeRunIsProjected(t *testing.T) {
	set, err := data.Twin().Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range []struct{ mode, dp string }{{engine.Federated, engine.NoNoise}, {engine.Aggregated, engine.NoNoise}, {engine.SecureAggregation, engine.NoNoise},
		{engine.Encrypted, engine.NoNoise}, {engine.Aggregated, engine.CentralNoise}, {engine.Aggregated, engine.LocalNoise}} {
		mode, private := run.mode, run.dp != engine.NoNoise
		s, err := engine.Default(mode, "default")
		if err != nil {
			t.Fatal(err)
		}
		s.Seed, s.Fixed, s.Data.Rows, s.Network.Hidden = 7, true, 20, []int{4, 3}
		s.Learning.Epochs, s.Learning.Rounds, s.Learning.Local, s.Secure.Drop = 4, 4, 1, 0
		if private {
			s.Learning.Rounds, s.Privacy = 9, engine.PrivacySettings{DP: run.dp, Clip: 1, Noise: 2, Delta: 1e-3}
			s.Privacy.Budget = spentBy(t, s, set, 3)
		}
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
			return scene.Traffic().Over(100*time.Millisecond, 1e6).Whole
		}
		_, total := session.Position()
		if err := session.Seek(t.Context(), total); err != nil {
			t.Fatal(err)
		}
		end := whole("")
		scene := NewScene(session)
		if now := scene.Traffic().Over(100*time.Millisecond, 1e6); now.Rounds+now.Bytes != end {
			t.Errorf("%s: the whole run took %v, and is said to take %v", mode, now.Rounds+now.Bytes, end)
		}
		if text := scene.Ahead(); strings.Contains(text, "an estimate") || strings.Contains(text, "privacy budget") != private {
			t.Errorf("%s, noise %s: at the end: %s", mode, run.dp, text)
		}
		if p := scene.Snapshot.Privacy; private && (p.Releases != 3 || !p.Stopped() || scene.Epochs() != p.Releases) {
			t.Errorf("%s, noise %s: the budget allows %d of %d server rounds, and %d are said to be all", mode, run.dp, p.Releases, p.Planned, scene.Epochs())
		}
		if err := session.SeekEpoch(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		first, _ := session.Position()
		seen := map[string]bool{}
		for step := range total + 1 {
			if step > 20 && step < first-20 || step > first && step < total-40 && step%7 != 0 { // each kind comes often
				continue
			}
			if err := session.Seek(t.Context(), step); err != nil {
				t.Fatal(err)
			}
			switch got := whole(""); {
			case step < first && got != 0:
				t.Fatalf("%s, step %d: in the first epoch the whole run takes %v", mode, step, got)
			case step >= first && got != end:
				t.Fatalf("%s, step %d: the whole run takes %v; in the end it took %v", mode, step, got, end)
			case step >= first:
				seen[NewScene(session).Snapshot.Event.Level().String()] = true
				if got := whole("server"); got != 0 {
					t.Fatalf("%s, step %d: the server knows that the whole run takes %v", mode, step, got)
				}
			}
		}
		for _, level := range session.Levels() {
			if !seen[level.String()] {
				t.Errorf("%s: no %s was looked at", mode, level)
			}
		}
	}
}

// spentBy returns the ε that so many releases of a run cost.
func spentBy(t *testing.T, s engine.Scenario, set *data.Set, releases int) float64 {
	t.Helper()
	d, err := engine.Prepare(s, set)
	if err != nil {
		t.Fatal(err)
	}
	p, err := engine.PlanPrivacy(s, d)
	if err != nil {
		t.Fatal(err)
	}
	return p.After(releases).Epsilon
}

// Where server rounds differ, as workers leave, the projection is said to be an estimate until
// the last one is over. It is the same all through a round, until more than that was sent.
func TestTheWholeRunIsAnEstimate(t *testing.T) {
	set, err := data.Twin().Encode()
	if err != nil {
		t.Fatal(err)
	}
	s, err := engine.Default(engine.SecureAggregation, "default")
	if err != nil {
		t.Fatal(err)
	}
	s.Seed, s.Fixed, s.Data.Rows, s.Data.Workers, s.Network.Hidden = 7, true, 40, 10, []int{3}
	s.Learning.Rounds, s.Learning.Local, s.Secure.Drop = 4, 1, 0.3
	session, err := engine.New(s, set)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	_, total := session.Position()
	told := map[int]Traffic{} // by how many server rounds are over
	for step := 0; step < total+5; step += 5 {
		if err := session.Seek(t.Context(), min(step, total)); err != nil {
			t.Fatal(err)
		}
		scene := NewScene(session)
		traffic, over := scene.Traffic(), scene.rounds()
		if text := scene.Ahead(); strings.Contains(text, "an estimate") != (over > 0 && over < s.Learning.Rounds) {
			t.Fatalf("step %d, after %d server rounds: %s", step, over, text)
		}
		if traffic.Whole == nil {
			continue
		}
		if _, ok := told[over]; !ok {
			told[over] = *traffic.Whole
		}
		if got, want := *traffic.Whole, told[over]; got.Rounds != max(want.Rounds, traffic.Rounds) || got.Bytes != max(want.Bytes, traffic.Bytes) {
			t.Fatalf("step %d: %+v was sent, in the whole run %+v, at the beginning of the round %+v", step, traffic, got, want)
		}
	}
	if len(told) != s.Learning.Rounds || told[1] == told[s.Learning.Rounds] {
		t.Errorf("all server rounds are the same: this test finds nothing: %v", told)
	}
}

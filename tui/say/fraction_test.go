package say

import (
	"context"
	"strings"
	"testing"

	"unseen/engine"
	"unseen/engine/trace"
)

// What is said of the fraction bits of the numbers of a batch is so: the parts come to the
// bits that the numbers have, in every configuration, and the names are all known.
func TestFractionBits(t *testing.T) {
	for _, c := range []struct {
		bits       int
		holders    int
		truncation string
		normalize  string
		guard      string // of the weights
	}{
		{16, 3, "dealer", "standard", "24 fraction bits = 16 + 8 guard"},
		{12, 3, "dealer", "standard", "20 fraction bits = 12 + 8 guard"},
		{20, 3, "dealer", "range", "24 fraction bits = 20 + 4 guard"},
		{24, 3, "dealer", "range", "24 fraction bits"},
		{16, 2, "local", "standard", "16 fraction bits"},
	} {
		run := small(t, engine.Encrypted, func(s *engine.Scenario) {
			s.Seed, s.Data.Rows, s.Data.Workers, s.Data.Normalize = 7, 16, 0, c.normalize
			s.Network.Hidden, s.Learning.Epochs, s.Learning.Batch = []int{4}, 1, 6
			s.Shares.Fraction, s.Shares.Holders, s.Shares.Truncation = c.bits, c.holders, c.truncation
		})
		scene, told := NewScene(run), map[string]bool{}
		for step, total := run.Position(); step < total && !told["dw1"]; step, _ = run.Position() {
			if err := run.Next(context.Background(), trace.Operation); err != nil {
				t.Fatal(err)
			}
			scene.Snapshot = run.Snapshot(scene.Snapshot)
			for _, p := range scene.Snapshot.Parties {
				for _, o := range p.Memory.Objects {
					sum := scene.FractionSum(o)
					if p.Role != "holder" || o.Fraction == 0 || sum == "" || told[o.Name] || kindOf(o.Name) == otherNumber {
						continue
					}
					told[o.Name] = true
					if why := scene.Fraction(o); strings.Contains(why, "this step of a computation") || strings.Contains(why, "  ") {
						t.Errorf("%d bits, %s: of the %d bits of %s it says only %q", c.bits, c.truncation, o.Fraction, o.Name, why)
					}
					if o.Name == "w1" && sum != c.guard {
						t.Errorf("%d bits, %s: of w1 it says %q, not %q", c.bits, c.truncation, sum, c.guard)
					}
				}
			}
		}
		for _, name := range []string{"X", "Y", "x", "w1", "z1", "a1", "p", "dz1", "dw2", "db2", "loss"} {
			if !told[name] {
				t.Errorf("%d bits, %s: nothing is said of %s", c.bits, c.truncation, name)
			}
		}
	}
}

package engine

import (
	"math"
	"testing"
)

// Private training learns on the real rows, as the table in the README says: ε = 4
// costs next to nothing, and what the run promises is what was asked for.
func TestPrivateTrainingLearns(t *testing.T) {
	set := crx(t)
	for _, c := range []struct {
		seeds  int
		mean   float64 // of the README's five seeds
		within float64
		change func(*Scenario)
	}{
		{5, 0.860, 0.01, func(s *Scenario) {
			s.Privacy.DP, s.Privacy.Clip = CentralNoise, 0.5
			s.Learning.Epochs, s.Learning.Batch, s.Learning.Rate = 20, 128, 1
		}},
		{1, 0.866, 0.04, func(s *Scenario) {
			s.Mode, s.Privacy.DP, s.Privacy.Clip = Aggregated, CentralNoise, 2
			s.Learning.Rounds, s.Learning.Local, s.Learning.Rate = 20, 1, 4
		}},
	} {
		mean := 0.0
		for seed := range c.seeds {
			s, err := Default(Central, "default")
			if err != nil {
				t.Fatal(err)
			}
			s.Seed, s.Fixed, s.Data.Normalize = uint64(seed+1), true, "range"
			s.Privacy.Epsilon = 4
			c.change(&s)
			result, err := open1(t, s, set).Run(background, nil)
			if err != nil {
				t.Fatal(err)
			}
			if final := result.Final(); final.Epsilon > 4 || final.Epsilon < 4-1e-6 {
				t.Errorf("%s, seed %d: ε is %v", s.Mode, s.Seed, final.Epsilon)
			}
			mean += result.Final().Test.Accuracy / float64(c.seeds)
		}
		if math.Abs(mean-c.mean) > c.within {
			t.Errorf("%d runs reach a mean accuracy of %.3f, the README says %.3f", c.seeds, mean, c.mean)
		}
	}
}

package engine

import (
	"os"
	"sync"
	"testing"

	"unseen/data"
)

// accuracies trains the default recipe of a mode with seeds 1 to n, on both
// cores, and returns the mean and the lowest test accuracy.
func accuracies(t *testing.T, mode string, set *data.Set, n int) (mean, lowest float64) {
	t.Helper()
	reached := make([]float64, n)
	var group sync.WaitGroup
	for core := range 2 {
		group.Go(func() {
			for i := core; i < n; i += 2 {
				s, err := Default(mode, "default")
				if err != nil {
					t.Error(err)
					return
				}
				s.Seed = uint64(i + 1)
				session, err := New(s, set)
				if err != nil {
					t.Error(err)
					return
				}
				result, err := session.Run(background, nil)
				if err != nil {
					t.Errorf("%s, seed %d: %v", mode, s.Seed, err)
					return
				}
				reached[i] = result.Final().Test.Accuracy
			}
		})
	}
	group.Wait()
	lowest = 1
	for _, a := range reached {
		mean += a / float64(n)
		lowest = min(lowest, a)
	}
	return mean, lowest
}

// long reports whether tests may take their time: comparisons of many trainings then
// take as many seeds as their statements need. .ci/run does that in a stage of its own.
func long() bool { return os.Getenv("UNSEEN_LONG") != "" }

// The default recipe learns, in every mode, whatever the seed.
func TestTheDefaultRecipeLearns(t *testing.T) {
	set := crx(t)
	seeds := 20
	switch {
	case racing:
		seeds = 2
		t.Log("the race detector is on: 2 seeds instead of 20, and no mean")
	case !long():
		seeds = 5
		t.Log("UNSEEN_LONG is not set: 5 seeds instead of 20, and no mean")
	}
	for mode, least := range map[string]float64{Central: 0.835, Federated: 0.835, Aggregated: 0.825} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			mean, lowest := accuracies(t, mode, set, seeds)
			t.Logf("mean test accuracy %.4f over seeds 1–%d, lowest %.4f", mean, seeds, lowest)
			if mean < least && seeds == 20 {
				t.Errorf("mean test accuracy %.4f, want %.3f", mean, least)
			}
			if lowest < 0.70 {
				t.Errorf("a seed reaches only %.4f", lowest)
			}
		})
	}
}

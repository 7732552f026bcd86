package engine

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"unseen/data"
	"unseen/engine/nn"
)

// parity trains ten epochs at a rate of 0.25, centrally and on shares, with these
// seeds, and returns the differences of train loss and of test accuracy.
func parity(t *testing.T, set *data.Set, loss string, holders, seeds int) (losses, accuracies []float64) {
	t.Helper()
	run := func(mode string, seed uint64) EpochMetrics {
		s, err := Default(mode, "default")
		if err != nil {
			t.Fatal(err)
		}
		s.Seed, s.Fixed, s.Learning.Loss, s.Learning.Rate, s.Learning.Epochs, s.Shares.Holders = seed, true, loss, 0.25, 10, holders
		r, err := open1(t, s, set).Run(background, nil)
		if err != nil {
			t.Fatalf("%s, %s, seed %d: %v", mode, loss, seed, err)
		}
		return r.Final()
	}
	for seed := range uint64(seeds) {
		float, shared := run(Central, seed+1), run(Encrypted, seed+1)
		losses = append(losses, math.Abs(shared.Train.Loss-float.Train.Loss))
		accuracies = append(accuracies, shared.Test.Accuracy-float.Test.Accuracy)
	}
	slices.Sort(losses)
	return losses, accuracies
}

// Ten epochs on shares end where ten epochs of central training end, but for what
// chaos makes of small errors where the sign of a z near 0 differs: (c) of parity.
func TestEncryptedTrainingEqualsCentral(t *testing.T) {
	set := crx(t)
	cases := []struct {
		loss           string
		holders, seeds int
	}{{"nll", 2, 9}, {"mse", 3, 3}, {"nll", 5, 2}}
	if racing {
		cases = cases[2:]
		t.Log("the race detector is on: 2 seeds, no median and no mean")
	}
	for _, c := range cases {
		losses, accuracies := parity(t, set, c.loss, c.holders, c.seeds)
		median, mean, farthest := losses[len(losses)/2], 0.0, 0.0
		for _, a := range accuracies {
			mean += a / float64(len(accuracies))
			farthest = max(farthest, math.Abs(a))
		}
		t.Logf("%s, %d holders: train loss differs by %.4f (median), %.4f (most); test accuracy by %+.4f (mean), %.4f (most)",
			c.loss, c.holders, median, losses[len(losses)-1], mean, farthest)
		if losses[len(losses)-1] > 0.15 || farthest > 0.06 {
			t.Errorf("%s, %d holders: train loss differs by %v, test accuracy by %v", c.loss, c.holders, losses, accuracies)
		}
		if c.seeds >= 9 && (median > 0.01 || math.Abs(mean) > 0.015) {
			t.Errorf("%s, %d holders: the median difference of train loss is %v, the mean of test accuracy %v", c.loss, c.holders, median, mean)
		}
	}
}

// Training works with every way to truncate, and with few and many fraction bits.
func TestEncryptedTrainingLearns(t *testing.T) {
	set := crx(t)
	cases := map[string]func(s *SharesSettings){
		"local":          func(s *SharesSettings) { s.Truncation, s.Holders = "local", 2 },
		"local, 20 bits": func(s *SharesSettings) { s.Truncation, s.Holders, s.Fraction = "local", 2, localBits },
		"exact":          func(s *SharesSettings) { s.Truncation, s.Holders = "exact", 2 },
		"8 bits":         func(s *SharesSettings) { s.Fraction = 8 },
		"24 bits":        func(s *SharesSettings) { s.Fraction = 24 },
		"fourier":        func(s *SharesSettings) { s.Softmax = "fourier" },
		"blind":          func(s *SharesSettings) { s.RevealLoss = false },
	}
	for name, change := range cases {
		if racing && name != "local" && name != "blind" {
			continue
		}
		s, err := Default(Encrypted, "default")
		if err != nil {
			t.Fatal(err)
		}
		s.Seed, s.Fixed, s.Learning.Rate, s.Learning.Epochs = 1, true, 0.25, 5
		change(&s.Shares)
		r, err := open1(t, s, set).Run(background, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		last := r.Final()
		t.Logf("%s: train loss %.4f, test accuracy %.3f", name, last.Train.Loss, last.Test.Accuracy)
		if last.Train.Loss > 0.42 || last.Test.Accuracy < 0.8 {
			t.Errorf("%s: train loss %v, test accuracy %v", name, last.Train.Loss, last.Test.Accuracy)
		}
	}
}

// A loss that is not released is not computed either: the step has fewer rounds, and
// the weights are the same but for the dealer's roundings.
func TestBlindStepsCostLess(t *testing.T) {
	for _, loss := range []string{"nll", "mse"} {
		var rounds [2]int64
		for i, reveal := range []bool{true, false} {
			s := shares(t, 0)
			s.Learning.Loss, s.Shares.RevealLoss, s.Shares.Twin = loss, reveal, true
			r, err := open1(t, s, table(t, 30)).Run(background, nil)
			if err != nil {
				t.Fatal(err)
			}
			rounds[i] = r.Cost.Rounds
			for _, d := range r.Shares.Twin {
				if d.Value == "loss" && !reveal || d.Largest > 0.01 {
					t.Errorf("%s: %+v", loss, d)
				}
			}
			if len(r.History.Batches) > 0 != reveal {
				t.Errorf("%s, reveal %v: the losses of %d batches are known", loss, reveal, len(r.History.Batches))
			}
		}
		if rounds[1] >= rounds[0] {
			t.Errorf("%s: %d rounds without the loss, %d with it", loss, rounds[1], rounds[0])
		}
	}
}

// What cannot be encoded is refused before the start, with its place.
func TestWhatCannotBeSharedIsNamed(t *testing.T) {
	set := table(t, 60)
	refused := func(s Scenario, set *data.Set, setting string, words ...string) {
		t.Helper()
		_, err := New(s, set)
		var wrong *SettingError
		if !errors.As(err, &wrong) || wrong.Setting != setting {
			t.Fatalf("%s: %v", setting, err)
		}
		for _, word := range words {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("the error does not say %q: %v", word, err)
			}
		}
	}
	s := shares(t, 0)
	s.Data.Normalize = "none"
	far := *set
	far.X = set.X.Clone().(*tensor.Dense)
	d, err := Prepare(s, set)
	if err != nil {
		t.Fatal(err)
	}
	row := d.Split.Train[5]
	far.X.Float64s()[row*len(set.Features)+1] = 1e15
	refused(s, &far, "--normalize", set.Features[1].Name, fmt.Sprintf("row %d ", row+1), "1e+15", "--normalize standard")

	s = shares(t, 0)
	w := nn.Zeros(nn.Sizes(len(set.Features), s.Network.Hidden, 2))
	w.W[0].Float64s()[3] = -1e18
	s.Network.Initial = &w
	refused(s, set, "--init-weights", "-1e+18", "2^46")

	s = shares(t, 0)
	s.Shares.Truncation, s.Shares.Holders, s.Shares.Fraction = "local", 2, localBits+1
	refused(s, set, "--truncation", "--truncation dealer")
}

// A weight beyond what an update has room for is no overflow: only the update is
// truncated.
func TestLargeWeightsAreNoOverflow(t *testing.T) {
	set := table(t, 30)
	s := shares(t, 0)
	w := nn.Zeros(nn.Sizes(len(set.Features), s.Network.Hidden, 2))
	for l := range w.B {
		for j := range w.B[l].Float64s() {
			w.B[l].Float64s()[j] = 40
		}
	}
	s.Network.Initial, s.Shares.Twin, s.Learning.Rate = &w, true, 0.0003
	r, err := open1(t, s, set).Run(background, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range r.Shares.Twin {
		if d.Largest > 0.01 {
			t.Errorf("%+v", d)
		}
	}
}

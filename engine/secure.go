package engine

import (
	"fmt"
	"math"

	"unseen/engine/mode"
	"unseen/engine/secagg"
)

// The ways to aggregate securely, by name.
const (
	Masks     = "masks"     // workers mask their updates; the masks cancel in the sum
	Committee = "committee" // workers split their updates among a few share holders
)

// Aggregations lists the ways to aggregate securely by name.
func Aggregations() []string { return []string{Masks, Committee} }

// SecureSettings say how updates are added up where nobody may see a single one.
type SecureSettings struct {
	How        string  // masks or committee
	Neighbours int     // of a worker, or share holders; 0: as many as are enough
	Threshold  int     // of them, to recover a secret; 0: as many as are enough
	Drop       float64 // share of the workers that leaves in each server round
}

// What neighbours and threshold are computed for: so many of the workers pool what
// they know with the server, and at least so many leave.
const (
	Colluding    = 0.2
	LeastLeaving = 0.1
)

// ServerRounds reports whether a way to train averages models in server rounds.
func (s Scenario) ServerRounds() bool { return s.Mode == Aggregated || s.Mode == SecureAggregation }

// ServerRound is how the aggregation of a server round went.
type ServerRound = mode.ServerRound

// SecureAggregationPlan is how a run aggregates: see [PlanAggregation].
type SecureAggregationPlan = secagg.Settings

// check reports what is wrong whatever the number of workers.
func (s SecureSettings) check() error {
	const mend = "give a whole number from 2, or leave it out"
	switch {
	case s.Neighbours != 0 && s.Neighbours < 2:
		return &SettingError{"--neighbours", fmt.Sprint(s.Neighbours), "too few", mend}
	case s.Threshold != 0 && s.Threshold < 2:
		return &SettingError{"--threshold", fmt.Sprint(s.Threshold), "too few", mend}
	case s.Neighbours > 0 && s.Threshold > s.Neighbours:
		return &SettingError{"--threshold", fmt.Sprint(s.Threshold), fmt.Sprintf("above the %d neighbours", s.Neighbours),
			fmt.Sprintf("give at most %d", s.Neighbours)}
	case s.Neighbours > 0 && s.Threshold > 0 && 2*s.Threshold <= s.Neighbours:
		return &SettingError{"--threshold", fmt.Sprint(s.Threshold), "not more than half of the neighbours: two halves of them would give both secrets of a worker",
			fmt.Sprintf("give a number from %d to %d", s.Neighbours/2+1, s.Neighbours)}
	case !(s.Drop >= 0 && s.Drop < 1):
		return &SettingError{"--drop", fmt.Sprint(s.Drop), "not a share that can leave", "give a number from 0 to below 1"}
	}
	return nil
}

// leastWorkers is how many workers secure aggregation needs: of a sum of two each
// knows the other's part.
const leastWorkers = 3

// farClip is how far a weight may move in a server round where features are as in the
// file, up to 100,000.
const farClip = 1024

// PlanAggregation computes how many neighbours the workers of a data set need, with
// which threshold, what that protects from with which probability, and the ring in
// which their updates are added up. A *[SettingError] says what cannot be.
func PlanAggregation(s Scenario, d *Dataset) (SecureAggregationPlan, error) {
	n, most := len(d.Workers), 0
	for _, w := range d.Workers {
		most = max(most, len(w.Rows))
	}
	plan := SecureAggregationPlan{Committee: s.Secure.How == Committee, Drop: s.Secure.Drop}
	if n < leastWorkers {
		return plan, &SettingError{"--workers", fmt.Sprint(n), "too few for secure aggregation: whoever knows the sum and one update knows the other",
			fmt.Sprintf("give at least %d", leastWorkers)}
	}
	privacy, err := calibrate(s, d)
	if err != nil {
		return plan, err
	}
	clip := float64(secagg.DefaultClip)
	if s.Data.Normalize == "none" {
		clip = farClip
	}
	if privacy != nil { // weights are in the update already; room for the noise, far into its tail
		const far = 12
		plan.Least, most = privacy.least, 1
		clip = privacy.Clip * (1 + far*privacy.Noise/math.Sqrt(float64(privacy.Shares)))
	}
	if plan.Size, err = s.Secure.size(n); err != nil {
		return plan, err
	}
	plan.Quantiser, err = secagg.NewQuantiser(clip, n, most)
	if err != nil {
		return plan, &SettingError{"--workers", fmt.Sprint(n), err.Error(), "give fewer workers, or fewer rows each"}
	}
	return plan, nil
}

// size is the number of neighbours (or share holders) and the threshold among n
// workers: those that were asked for, else those that are enough.
func (s SecureSettings) size(n int) (secagg.Size, error) {
	leaving := math.Max(LeastLeaving, s.Drop)
	others, most := n-1, n-1
	dimension, degree, union := secagg.Dimension, secagg.Degree, math.Log2(float64(n))
	if s.How == Committee {
		others, most = n, n
		dimension, degree, union = secagg.CommitteeSize, secagg.CommitteeOf, 0
	}
	size := dimension(n, Colluding, leaving)
	if k := s.Neighbours; k > 0 {
		switch {
		case k > most:
			return size, &SettingError{"--neighbours", fmt.Sprint(k), fmt.Sprintf("there are only %d workers", n), fmt.Sprintf("give at most %d", most)}
		case s.How == Masks && k%2 == 1 && k < most:
			return size, &SettingError{"--neighbours", fmt.Sprint(k), "odd: the graph has as many neighbours on either side", fmt.Sprintf("give an even number, or %d for everybody", most)}
		}
		size = degree(n, k, Colluding, leaving)
	}
	if t := s.Threshold; t > 0 {
		size = size.With(t, others, Colluding, leaving, union)
		if err := size.Check(); err != nil {
			return size, &SettingError{"--threshold", fmt.Sprint(t), err.Error(), fmt.Sprintf("give a number from %d to %d", size.Neighbours/2+1, size.Neighbours)}
		}
	}
	return size, nil
}

// Probability writes a probability of which the logarithm to base 2 is known.
func Probability(log2 float64) string { return secagg.Probability(log2) }

package engine

import (
	"context"
	"fmt"
	"math"

	"unseen/data"
	"unseen/engine/nn"
)

// Comparison is the same data, split, seed and initial weights through several
// ways to train.
type Comparison struct {
	Runs []Run
}

// Run is one way through, with what it ran on.
type Run struct {
	Scenario Scenario
	Dataset  *Dataset
	Baseline Baseline
	Result   *Result
	Sights   []Sight // what one party of each role sees, in a small run; none where that is impossible
}

// Compare trains each scenario in turn. They must agree in seed and data, so that
// they agree in split and, for one network, in initial weights. progress, which
// may be nil, is told which run is how far.
func Compare(ctx context.Context, scenarios []Scenario, set *data.Set, progress func(run int, p Progress)) (*Comparison, error) {
	for _, s := range scenarios[1:] {
		first := scenarios[0]
		if s.Seed != first.Seed || s.Data.Rows != first.Data.Rows || s.Data.Split != first.Data.Split || s.Data.Normalize != first.Data.Normalize {
			return nil, fmt.Errorf("%s and %s do not run on the same rows", first.Mode, s.Mode)
		}
	}
	sessions := make([]*Session, len(scenarios))
	for i, s := range scenarios { // all settings are checked before any time is spent
		session, err := New(s, set)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Mode, err)
		}
		defer session.Close()
		sessions[i] = session
	}
	c := &Comparison{}
	for i, session := range sessions {
		var report func(Progress)
		if progress != nil {
			report = func(p Progress) { progress(i, p) }
		}
		result, err := session.Run(ctx, report)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", session.scenario.Mode, err)
		}
		sights, err := Rehearse(ctx, session.scenario, set)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			sights = nil // the rows at hand are too few for a small run of this way
		}
		c.Runs = append(c.Runs, Run{Scenario: session.scenario, Dataset: session.dataset, Baseline: session.Baseline(), Result: result, Sights: sights})
	}
	return c, nil
}

// WeightDifference returns the largest difference between a weight of a run and
// the same weight of the first run; NaN if they trained different networks.
func (c *Comparison) WeightDifference(run int) float64 {
	a, b := nn.Flat(c.Runs[0].Result.Weights), nn.Flat(c.Runs[run].Result.Weights)
	if len(a) != len(b) {
		return math.NaN()
	}
	worst := 0.0
	for i := range a {
		worst = max(worst, math.Abs(a[i]-b[i]))
	}
	return worst
}

// SecondsPerPass is the time that training on every training row once takes:
// what is to be compared, since the ways differ in how often they do so. (The
// notebook set one federated pass against five central ones and found 6.5 times
// the time: the ratio per pass is another one.)
func (r Run) SecondsPerPass() float64 { return r.Result.Seconds / float64(r.Passes()) }

// Passes returns how often the run trained on every training row.
//
// A run that its privacy budget ended made fewer than it was asked for; the last
// may be a part of one.
func (r Run) Passes() int {
	done := len(r.Result.History.Epochs) - 1
	if r.Scenario.ServerRounds() {
		return done * r.Scenario.Learning.Local
	}
	return done
}

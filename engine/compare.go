package engine

import (
	"context"
	"fmt"
	"math"
	"slices"

	"unseen/data"
	"unseen/engine/nn"
)

// Comparison is the same data, split, seed and initial weights through several
// ways to train, in the order in which they were asked for.
type Comparison struct {
	Runs []Run
}

// Run is one way through, with what it ran on.
type Run struct {
	Scenario Scenario
	Dataset  *Dataset
	Baseline Baseline
	Result   *Result
	Going    bool    // it is under way: of the result there is nothing but its privacy and the history so far
	Sights   []Sight // what one party of each role sees, in a small run; none where that is impossible

	models models // at the end of each epoch or server round, the first before training
}

// models are the weights of a model at several moments, flat. On shares they are what
// the shares stand for, which only the simulator can add up.
type models struct {
	list  [][]float64
	bytes int
}

// maxModelBytes bounds them: a run that has more keeps none.
const maxModelBytes = 64 << 20

func (m *models) keep(w Weights) {
	if m == nil || m.bytes > maxModelBytes {
		return
	}
	flat := nn.Flat(w)
	m.list = append(m.list, flat)
	if m.bytes += 8 * len(flat); m.bytes > maxModelBytes {
		m.list = nil
	}
}

// Compare trains each scenario. They must agree in seed and data, so that they agree in
// split and, for one network, in initial weights. One computes at a time, the shorter
// before the longer. progress, which may be nil, is told how far they are. What it is
// given stays as it is, so that another goroutine may read it.
//
// The error says that scenarios do not agree, is that of the context, or names the way to
// train and wraps a *[SettingError] or *data.Error of what cannot be used, which is checked
// before anything runs, or a *[RunError].
func Compare(ctx context.Context, scenarios []Scenario, set *data.Set, progress func(c *Comparison, course Course)) (*Comparison, error) {
	for _, s := range scenarios[1:] {
		first := scenarios[0]
		if s.Seed != first.Seed || s.Data.Rows != first.Data.Rows || s.Data.Split != first.Data.Split || s.Data.Normalize != first.Data.Normalize {
			return nil, fmt.Errorf("%s and %s do not run on the same rows", first.Mode, s.Mode)
		}
	}
	under := &courses{}
	defer under.stop()
	c := &Comparison{}
	for _, s := range scenarios { // all settings are checked before any time is spent
		session, err := New(s, set)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Mode, err)
		}
		defer session.Close()
		under.list = append(under.list, newCourse(ctx, session))
		c.Runs = append(c.Runs, session.going())
	}
	for now := under.turn(); now >= 0; now = under.turn() {
		run := under.list[now]
		run.advance()
		var err error
		if c, err = c.with(ctx, now, run, set); err != nil {
			return nil, fmt.Errorf("%s: %w", scenarios[now].Mode, err)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if progress != nil {
			progress(c, under.course(now))
		}
	}
	return c, nil
}

// with returns the comparison with what one of its runs has become: the same one until
// there is another epoch or the run is over.
func (c *Comparison) with(ctx context.Context, i int, run *course, set *data.Set) (*Comparison, error) {
	was := c.Runs[i]
	switch {
	case run.err != nil:
		return nil, run.err
	case run.over:
		was = run.session.compared(run.result)
		var err error
		if was.Sights, err = Rehearse(ctx, was.Scenario, set); err != nil {
			was.Sights = nil // the rows at hand are too few for a small run of this way
		}
	case len(was.Result.History.Epochs) < len(run.session.history.Epochs):
		was = run.session.going()
	default:
		return c, nil
	}
	runs := slices.Clone(c.Runs)
	runs[i] = was
	return &Comparison{Runs: runs}, nil
}

// compared is the session as a run of a comparison.
func (s *Session) compared(r *Result) Run {
	return Run{Scenario: s.scenario, Dataset: s.dataset, Baseline: s.Baseline(), Result: r, models: *s.monitor.models}
}

// going is the session as a run of a comparison while it is under way.
func (s *Session) going() Run {
	run := s.compared(&Result{History: s.history.sealed(), Privacy: s.privacy})
	run.Going = true
	return run
}

// WeightDifference returns the largest difference between a weight of a run and
// the same weight of the first run; NaN if they trained different networks.
func (c *Comparison) WeightDifference(run int) float64 {
	return largestDifference(nn.Flat(c.Runs[0].Result.Weights), nn.Flat(c.Runs[run].Result.Weights))
}

// WeightDifferenceAt is [Comparison.WeightDifference] in lockstep: between the models
// that both runs had after so many passes. It is NaN, too, where one of them is under way
// and has not come so far, and for runs so long that their models were not kept.
func (c *Comparison) WeightDifferenceAt(run, passes int) float64 {
	model := func(r Run) []float64 {
		if r.Going && passes > r.Passes() {
			return nil
		}
		if i := r.After(passes); i < len(r.models.list) {
			return r.models.list[i]
		}
		return nil
	}
	return largestDifference(model(c.Runs[0]), model(c.Runs[run]))
}

func largestDifference(a, b []float64) float64 {
	if len(a) != len(b) || len(a) == 0 {
		return math.NaN()
	}
	worst := 0.0
	for i := range a {
		worst = max(worst, math.Abs(a[i]-b[i]))
	}
	return worst
}

// Longest is the largest number of passes of a run.
func (c *Comparison) Longest() int {
	n := 0
	for _, r := range c.Runs {
		n = max(n, r.Passes())
	}
	return n
}

// After returns the last epoch, or server round, that was over after so many passes; 0
// is before training.
func (r Run) After(passes int) int {
	last := len(r.Result.History.Epochs) - 1
	each := float64(r.Passes()) / float64(max(1, last)) // passes an epoch
	epoch := 0
	for epoch < last && float64(epoch+1)*each <= float64(passes)+1e-9 {
		epoch++
	}
	return epoch
}

// BytesAfter returns what all messages carried up to the end of the last epoch, or server
// round, that was over after so many passes. After the last it is the whole run: on
// shares, the trained model is sent when its epochs are over.
func (r Run) BytesAfter(passes int) int64 {
	epoch := r.After(passes)
	if !r.Going && epoch == len(r.Result.History.Epochs)-1 {
		return r.Result.Cost.Bytes
	}
	return r.Result.History.Epochs[epoch].Bytes
}

// SecondsPerPass is the time that training on every training row once takes:
// what is to be compared, since the ways differ in how often they do so. (The
// notebook set one federated pass against five central ones and found 6.5 times
// the time: the ratio per pass is another one.)
func (r Run) SecondsPerPass() float64 { return r.Result.Seconds / float64(r.Passes()) }

// Passes returns how often the run trained on every training row, so far if it is under way.
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

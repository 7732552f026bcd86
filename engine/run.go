package engine

import (
	"context"
	"errors"
	"time"

	"unseen/engine/nn"
	"unseen/engine/trace"
)

var errClosed = errors.New("the session is closed")

// errStarted is returned where only a session at its beginning can do what was asked.
var errStarted = errors.New("the session has begun to step: train in a new one")

// Progress says how far an unwatched run is.
type Progress struct {
	Done, Total int           // batches, or whatever the mode's unit is
	History     History       // so far; borrowed
	Elapsed     time.Duration // of computing and measuring
	Expected    time.Duration // of the whole, from the epochs that are over; 0: not known
}

// Left estimates the time left: from the epochs that are over, or, before there is one,
// from the pace so far; 0 before there is that.
func (p Progress) Left() time.Duration {
	switch {
	case p.Expected > 0:
		return max(0, p.Expected-p.Elapsed)
	case p.Done == 0:
		return 0
	}
	return time.Duration(float64(p.Elapsed) / float64(p.Done) * float64(p.Total-p.Done))
}

// Result is the outcome of a run.
type Result struct {
	History History
	Weights Weights
	SHA256  string // of the weights, see nn.SHA256
	Cost    trace.Cost
	Privacy *Privacy // nil: none
	Shares  *Shares  // of a run on secret shares; else nil
	Seconds float64  // wall time of the protocol, without reading, measuring and reporting
}

// Final returns how the model did at the end.
func (r *Result) Final() EpochMetrics { return r.History.Epochs[len(r.History.Epochs)-1] }

// Run trains from the beginning to the end with nobody watching. progress, which
// may be nil, is called at every boundary. The session must not have stepped;
// afterwards it is used up. The error is that of the context, a *[RunError] of a run
// that could not go on, or says that the session has stepped or is closed.
func (s *Session) Run(ctx context.Context, progress func(Progress)) (result *Result, err error) {
	if s.err != nil {
		return nil, s.err
	}
	if s.step > 0 || s.next != nil {
		return nil, errStarted
	}
	s.ctx, s.tracer = ctx, &trace.Tracer{}
	s.tracer.OnBreath(s.monitor.stop)
	s.err = errClosed
	m := &s.monitor
	m.progress, m.began = progress, time.Now()
	m.epoch = m.began
	defer func() {
		if failed := recovered(recover(), s.mode.Where()); failed != nil {
			result, err = nil, failed
		}
	}()
	s.mode.Run(s.tracer, m)
	seconds := (time.Since(m.began) - m.outside).Seconds()
	weights := nn.Clone(s.mode.Weights())
	return &Result{
		History: s.history, Weights: weights, SHA256: nn.SHA256(weights), Cost: s.mode.Cost(), Seconds: seconds,
		Privacy: s.privacy, Shares: s.shares(),
	}, nil
}

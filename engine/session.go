package engine

import (
	"context"
	"errors"
	"iter"
	"math"
	"slices"
	"time"

	"unseen/data"
	"unseen/engine/mode"
	"unseen/engine/nn"
	"unseen/engine/trace"
)

// Session runs one scenario. See the package comment for how it may be used.
//
// Going through a run, forth or back, ends with one of three errors: that of the context,
// where it ended first, which leaves the session at a place like any other; a *[RunError]
// where the run itself could not go on; or, of a session that is closed or was used up by
// [Session.Run], one that says so. At its end a run stays where it is, without an error.
type Session struct {
	scenario Scenario
	dataset  *Dataset
	privacy  *Privacy // nil: none
	mode     mode.Mode
	monitor  monitor
	total    int // events of a whole run

	// Where the run is.
	step    int
	digest  trace.Digest
	last    *trace.Event  // borrowed; nil at step 0
	path    []trace.Scope // of the last event
	history History
	recent  []Message // since the last boundary
	book    book      // what was sent and opened, as far as the run ever came
	err     error

	// The coroutine, while there is one.
	tracer *trace.Tracer
	next   func() (struct{}, bool)
	stop   func()
	ctx    context.Context
	until  func(*trace.Event) bool
	broken bool // the coroutine ended within a computation, because ctx was cancelled

	saved  checkpoints
	within checkpoints   // between boundaries, in epochs and server rounds near by
	marks  checkpoints   // in brief: between boundaries, in those far away
	near   int           // the epoch or server round in which the run was when it shortened others
	whole  bool          // something was taken out of a memory: no way leads there but from a full state
	levels []trace.Level // of every event, as far as the run ever came
	epochs []int         // steps at which an epoch or server round, or setting up, ended: as far as the run ever came
}

// New opens a session on a data set. The settings are checked first; a
// *SettingError or *data.Error says what is wrong.
func New(s Scenario, set *data.Set) (*Session, error) {
	dataset, err := Prepare(s, set)
	if err != nil {
		return nil, err
	}
	return open(s, dataset)
}

// open opens a session on data that is divided already.
func open(s Scenario, dataset *Dataset) (*Session, error) {
	privacy, err := PlanPrivacy(s, dataset)
	if err != nil {
		return nil, err
	}
	m, err := build(s, dataset, privacy)
	if err != nil {
		return nil, err
	}
	loss, err := nn.ParseLoss(s.Learning.Loss)
	if err != nil {
		return nil, err
	}
	session := &Session{scenario: s, dataset: dataset, privacy: privacy, mode: m, total: m.Steps()}
	session.within.spacing = closeSpacing
	train, test := dataset.evaluators(loss)
	session.monitor = monitor{s: session, train: train, test: test}
	session.history.Epochs = []EpochMetrics{session.monitor.measure(m.Weights())}
	session.saved.add(checkpoint{state: m.Save(nil), history: session.history.sealed()})
	return session, nil
}

// Scenario returns what the session runs.
func (s *Session) Scenario() Scenario { return s.scenario }

// Dataset returns the session's data; it must not be changed.
func (s *Session) Dataset() *Dataset { return s.dataset }

// Baseline returns how the best constant guess does.
func (s *Session) Baseline() Baseline {
	if s.scenario.Mode == PrivatePrediction {
		return Baseline{Accuracy: math.NaN(), Test: math.NaN(), Loss: math.NaN()} // nothing is measured
	}
	loss, _ := nn.ParseLoss(s.scenario.Learning.Loss) // checked by New
	return s.dataset.baseline(loss)
}

// Position returns the number of events so far and of the whole run.
func (s *Session) Position() (step, total int) { return s.step, s.total }

// Digest returns the running digest of all events so far.
func (s *Session) Digest() trace.Digest { return s.digest }

// Step runs to the next event.
func (s *Session) Step(ctx context.Context) error {
	return s.advance(ctx, func(*trace.Event) bool { return true })
}

// Next runs to the next end of a span of this level or a coarser one. Where the run
// came by there before, a checkpoint on the way saves most of it.
func (s *Session) Next(ctx context.Context, level trace.Level) error {
	if s.err == nil {
		for i := s.step; i < len(s.levels); i++ {
			if s.levels[i] <= level {
				return s.Seek(ctx, i+1)
			}
		}
	}
	return s.advance(ctx, func(e *trace.Event) bool { return e.Level() <= level })
}

// Out runs to the end of the span that encloses the last event.
func (s *Session) Out(ctx context.Context) error {
	depth := 1
	if s.last != nil {
		depth = max(1, len(s.last.Path)-1)
	}
	return s.advance(ctx, func(e *trace.Event) bool { return len(e.Path) <= depth })
}

// Each runs on and calls f after every event, until f returns false or the run
// ends. The event is borrowed.
func (s *Session) Each(ctx context.Context, f func(*trace.Event) bool) error {
	return s.advance(ctx, func(e *trace.Event) bool { return !f(e) })
}

// Close ends the session. A closed session keeps its history but cannot go on.
func (s *Session) Close() {
	s.drop()
	s.err = errClosed
}

// drop ends the coroutine, if there is one.
func (s *Session) drop() {
	if s.stop != nil {
		s.stop()
	}
	s.next, s.stop = nil, nil
}

// advance resumes the run until an event for which until holds, the end of the
// run, or the end of ctx, whose error it returns: the session then stands after
// some event on the way, as valid as any other place. Where ctx is cancelled within a
// long computation between two events, that is given up, and the run goes back to the
// last event before it; a deadline waits for the next event, so that who runs in slices
// of time gets on.
func (s *Session) advance(ctx context.Context, until func(*trace.Event) bool) error {
	if s.err != nil {
		return s.err
	}
	if err := ctx.Err(); err != nil && (s.last != nil || s.step == 0) {
		return err // else the run stands between two events, at a checkpoint: it goes on a little first
	}
	if s.step >= s.total {
		return nil
	}
	s.ctx, s.until = ctx, until
	if s.next == nil {
		s.begin()
	}
	if _, paused := s.next(); !paused {
		s.next, s.stop = nil, nil
		if s.broken {
			s.broken = false
			if err := s.replay(context.Background(), s.step); err != nil {
				return err
			}
			return ctx.Err()
		}
		return s.err
	}
	if s.until == nil {
		return ctx.Err()
	}
	return nil
}

// begin starts the coroutine at the present state.
func (s *Session) begin() {
	s.next, s.stop = iter.Pull(func(yield func(struct{}) bool) {
		s.tracer = trace.NewTracer(func(e *trace.Event) {
			s.observe(e)
			if s.pause(e) && !yield(struct{}{}) {
				panic(stopped{})
			}
		}, s.step)
		s.tracer.OnBreath(func() {
			if err := s.ctx.Err(); errors.Is(err, context.Canceled) {
				panic(stopped{err})
			}
		})
		defer func() {
			switch err := recovered(recover(), s.tracer.Path()); {
			case errors.Is(err, context.Canceled):
				s.broken = true
			case err != nil:
				s.err = err
			}
		}()
		s.mode.Run(s.tracer, &s.monitor)
	})
}

// observe takes note of an event.
func (s *Session) observe(e *trace.Event) {
	s.path = append(s.path[:0], e.Path...)
	e.Path = s.path // the tracer's own is overwritten by the spans that follow
	s.step, s.last = e.Step, e
	s.digest = s.digest.Next(e)
	s.sent(e)
	s.book.add(e)
	s.history.knownTo(e)
	if e.Step > len(s.levels) {
		s.levels = append(s.levels, e.Level())
		if e.Level() == trace.Epoch {
			s.epochs = append(s.epochs, e.Step)
		}
	}
}

// sent takes note of a message, if that is what happened.
func (s *Session) sent(e *trace.Event) {
	if e.Kind == trace.Sent {
		s.recent = append(s.recent, Message{Step: e.Step, From: e.Party, To: e.To, What: e.Name(), Bytes: e.Bytes})
	}
}

// patience is how many events pass between two looks at the context.
const patience = 32

// pause decides whether to stop after an event. A cancelled context clears until.
func (s *Session) pause(e *trace.Event) bool {
	if s.until(e) {
		return true
	}
	if e.Step%patience == 0 && s.ctx.Err() != nil {
		s.until = nil
		return true
	}
	return false
}

// monitor is the simulator's side of a session's run: checkpoints, losses,
// metrics and, in unwatched runs, progress.
type monitor struct {
	s           *Session
	train, test *nn.Evaluator
	progress    func(Progress) // of an unwatched run
	models      *models        // that an unwatched run keeps, nil: none
	units       int
	began       time.Time     // of an unwatched run
	epoch       time.Time     // when the present epoch of an unwatched run began
	outside     time.Duration // spent on measuring and on progress: not part of the protocol
	telling     time.Duration // of it, on progress
	pace        pace          // of an unwatched run
}

// Boundary saves a checkpoint in a watched run, reports progress in another.
func (m *monitor) Boundary() {
	s := m.s
	if s.tracer.Watched() {
		s.recent = nil
		s.checkpoint()
		return
	}
	m.stop()
	if m.progress != nil {
		at := time.Now()
		p := Progress{Done: m.units, Total: s.mode.Units(), History: s.history, Elapsed: at.Sub(m.began) - m.telling}
		m.pace.see(len(s.history.Epochs)-1, p.Done, p.Elapsed)
		p.Expected = m.pace.expected(p.Total)
		m.progress(p)
		took := time.Since(at)
		m.outside, m.telling, m.epoch = m.outside+took, m.telling+took, m.epoch.Add(took)
	}
	m.units++
}

// Within saves a checkpoint in a watched run.
func (m *monitor) Within(light bool) {
	if !m.s.tracer.Watched() {
		m.stop()
	} else if light {
		m.s.checkpoint()
	} else {
		m.s.checkpointWithin()
	}
}

// stop ends an unwatched run whose context is over.
func (m *monitor) stop() {
	if err := m.s.ctx.Err(); err != nil {
		panic(stopped{err})
	}
}

// Batch takes note of a batch's loss.
func (m *monitor) Batch(loss float64) {
	h := &m.s.history
	h.Batches = append(h.Batches, BatchLoss{Batch: len(h.Batches) + 1, Loss: loss, Epsilon: m.s.privacy.epsilon(m.s.releases())})
}

// Epoch measures the model.
func (m *monitor) Epoch(w nn.Weights, localLoss []float64) {
	at := time.Now()
	m.models.keep(w)
	e := m.measure(w)
	e.LocalLoss = append(e.LocalLoss, localLoss...)
	e.Round, e.Bytes = m.s.lastRound(), m.s.mode.Cost().Bytes
	if !m.epoch.IsZero() {
		e.Seconds = at.Sub(m.epoch).Seconds()
		m.epoch = time.Now()
		m.outside += m.epoch.Sub(at)
	}
	m.s.history.Epochs = append(m.s.history.Epochs, e)
}

func (m *monitor) measure(w nn.Weights) EpochMetrics {
	h := m.s.history
	return EpochMetrics{Epoch: len(h.Epochs), Batches: len(h.Batches), Train: m.train.Measure(w), Test: m.test.Measure(w),
		Epsilon: m.s.privacy.epsilon(m.s.releases())}
}

// Levels returns the levels at which a session of this mode can stop, coarse to
// fine: where no message is sent there is nothing finer than an operation.
func (s *Session) Levels() []trace.Level {
	switch s.scenario.Mode {
	case Central:
		return trace.Levels()[:trace.Round]
	case PrivatePrediction: // of a single row there are no batches
		return slices.DeleteFunc(slices.Clone(trace.Levels()), func(l trace.Level) bool { return l == trace.Batch })
	}
	return trace.Levels()
}

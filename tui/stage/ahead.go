package stage

import (
	"runtime"
	"runtime/metrics"
	"time"

	tea "charm.land/bubbletea/v2"

	"unseen/engine"
	"unseen/engine/trace"
)

// ahead are the next steps, run before they are asked for: while nothing else is to do,
// the session goes on from what is shown, step by step, and what they bring waits for a →
// (or a beat of a play) that asks for just that.
//
// The rule: steps are run ahead until mostReady of them wait, or those that wait have
// taken mostTime to run or take mostBytes of memory, or the run ends. So many are a second
// of a key that is held down; and where a step is a whole epoch, they reach to the end of
// the usual runs, which have 5 to 10. Only so is a key answered at once at every zoom: an
// epoch of 653 workers takes 0.1 to 0.3 s, and a server round of secure aggregation a
// second, and no step of that size can be quicker. Then the session rests: an idle program
// computes nothing. Who presses faster than the steps can be computed sees how far the
// present one is, what is left, and that esc ends it.
//
// It begins when the first frame is drawn, and again whenever something was done that may
// be followed by a step forth; not after a step back, which is likely to be followed by
// another one. (Forth again is quick: what was run before is found again from the
// checkpoints of the session.) Another place, another zoom and other breakpoints have steps
// of their own: those that wait are forgotten then, and what runs next begins with a seek
// back to what is shown: see work. What does not move the run leaves them waiting.
type ahead struct {
	on    bool    // somebody is there: without, nothing runs that was not asked for
	eager bool    // a step forth may be next
	rests int     // how often the stage was left
	done  []ready // what waits, the next step first
	job   *job    // the step after those, nil: none is under way
	aim   aim     // what it is good for
	swept uint64  // bytes that the program had allocated when garbage was last collected here
}

// Bounds on the steps that wait.
const (
	mostReady = 32 // a key that is held down repeats 30 times a second
	mostTime  = 5 * time.Second
	mostBytes = 64 << 20
)

// settle is how long the first frame has to be drawn in before steps are run ahead.
const settle = 100 * time.Millisecond

// ready is a step that was run ahead.
type ready struct {
	aim
	moved
}

// aim says which step a step forth would be.
type aim struct {
	from   *engine.Snapshot
	level  trace.Level
	points string // the breakpoints that hold
	eyes   string // and through whose eyes they are met
}

// aim says which step a step forth from a place would be now.
func (s *Stage) aim(from *engine.Snapshot) aim {
	a := aim{from: from, level: s.view.level}
	for _, m := range s.marks.list {
		if !m.off {
			a.points, a.eyes = a.points+m.String()+"\n", s.eyes
		}
	}
	return a
}

// LookAhead makes the stage run the next steps while the last one is looked at.
func (s *Stage) LookAhead() { s.work.ahead.on = true }

// settled says that the first frame of a stage should be drawn by now.
type settled struct {
	stage *Stage
	rests int
}

// opening waits until the first frame is drawn.
func (s *Stage) opening() tea.Cmd {
	if !s.work.ahead.on {
		return nil
	}
	m := settled{s, s.work.ahead.rests}
	return tea.Tick(settle, func(time.Time) tea.Msg { return m })
}

// opened begins to look ahead, unless the stage was left in the meantime.
func (s *Stage) opened(m settled) tea.Cmd {
	if m.stage != s || m.rests != s.work.ahead.rests {
		return nil
	}
	s.work.ahead.eager = true
	return s.lookAhead()
}

// next says what the first of the steps ahead is good for; ok is false if there is none.
func (a *ahead) next() (what aim, ok bool) {
	if len(a.done) > 0 {
		return a.done[0].aim, true
	}
	return a.aim, a.job != nil && a.job.ctx.Err() == nil
}

// advance makes the next step: the one that was run ahead, if it is the one.
func (s *Stage) advance() tea.Cmd {
	a := &s.work.ahead
	if what, ok := a.next(); !ok || s.work.job != nil || what != s.aim(s.all) {
		return s.start(s.forward(s.all))
	}
	if len(a.done) > 0 {
		first := a.done[0]
		a.done[0] = ready{} // it is not to be kept for those behind it
		a.done = a.done[1:]
		s.work.job = first.job
		return s.moved(first.moved)
	}
	j := a.job // it is under way
	s.work.job, a.job = j, nil
	j.ask()
	return tea.Tick(frame, func(time.Time) tea.Msg { return still{job: j} })
}

// lookAhead begins the next of the steps to come, if there is nothing else to do. Where none
// is to come the session rests, and what it left over is collected.
func (s *Stage) lookAhead() tea.Cmd {
	a := &s.work.ahead
	if !a.on || s.work.job != nil {
		return nil
	}
	if what, ok := a.next(); ok && what != s.aim(s.all) {
		a.drop() // another zoom, or other breakpoints, were chosen
	}
	if a.job != nil {
		return nil
	}
	from := s.all
	if n := len(a.done); n > 0 {
		from = a.done[n-1].snapshot
	}
	if !a.eager || a.full() || from.Err != nil || from.Step >= from.Total {
		return s.sweep()
	}
	j := s.forward(from)
	j.take(from)
	a.job, a.aim = &j, s.aim(from)
	return s.piece(&j)
}

// litter is how much garbage is worth collecting while the session rests: less than going
// back to an old server round among 653 workers leaves, 85 MB.
const litter = 64 << 20

// sweep collects garbage while the session rests and the screen is looked at. Otherwise that
// falls, as often as not, into what is asked for next: of 60 ms that it takes to go back to
// an old server round it would make 90.
func (s *Stage) sweep() tea.Cmd {
	a, now := &s.work.ahead, allocated()
	if s.play.on || now-a.swept < litter {
		return nil
	}
	a.swept = now
	return func() tea.Msg {
		runtime.GC()
		return nil
	}
}

// allocated is how many bytes the program has allocated since it began.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// full reports whether enough steps wait.
func (a *ahead) full() bool {
	var took time.Duration
	bytes := 0
	for _, r := range a.done {
		took += r.took
		bytes += r.bytes
	}
	return len(a.done) >= mostReady || took >= mostTime || bytes >= mostBytes
}

// arrived takes what a step ahead, or a piece of it, brought.
func (a *ahead) arrived(s *Stage, m moved) tea.Cmd {
	if m.job.ctx.Err() == nil && m.job.again {
		return s.piece(m.job)
	}
	a.job = nil
	if m.job.ctx.Err() == nil {
		a.done = append(a.done, ready{a.aim, m})
	} else if cmd := s.following(); cmd != nil {
		return cmd // it was stopped: somebody wants something else
	}
	return s.lookAhead()
}

// stop stops the step under way. It reports whether the session is still at work: then
// what it brings is yet to arrive.
func (a *ahead) stop() bool {
	if a.job == nil {
		return false
	}
	a.job.stop()
	return true
}

// drop is stop that forgets the steps that wait, too.
func (a *ahead) drop() bool {
	for _, r := range a.done {
		r.job.stop()
	}
	a.done = nil
	return a.stop()
}

package stage

import (
	tea "charm.land/bubbletea/v2"

	"unseen/engine"
	"unseen/engine/trace"
)

// ahead are the next steps, run before they are asked for: while somebody looks at a
// step, the session goes a few further. What they bring waits for a → (or a beat of a
// play) that asks for just that. Anything else stops it, and begins with a seek back to
// what is shown: see work. At most depth steps are run so, and none before the first one
// at a zoom has been asked for: then the session rests.
//
// This is why a key is answered at once at every zoom, although an epoch of 653 workers
// takes 0.1 to 0.3 s, and a server round of secure aggregation more than a second: so
// long does the cryptography of 20,000 pairs of workers take, and no step of that size
// can be quicker. Who presses faster than the steps can be computed sees how far the
// present one is, what is left, and that esc ends it.
type ahead struct {
	on    bool    // somebody is there: without, nothing runs that was not asked for
	eager bool    // a step forth was made, or its size chosen: another one is likely
	done  []ready // what waits, the next step first
	job   *job    // the step after those, nil: none is under way
	aim   aim     // what it is good for
}

// depth is how many steps are run ahead: as many keys may come at once after a pause.
const depth = 3

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
}

// aim says which step a step forth from a place would be now.
func (s *Stage) aim(from *engine.Snapshot) aim {
	a := aim{from: from, level: s.view.level}
	for _, m := range s.marks.list {
		if !m.off {
			a.points += m.String() + "\n"
		}
	}
	return a
}

// LookAhead makes the stage run the next steps while the last one is looked at.
func (s *Stage) LookAhead() { s.work.ahead.on = true }

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
		a.done = a.done[1:]
		s.work.job = first.job
		return s.moved(first.moved)
	}
	s.work.job, a.job = a.job, nil
	s.work.job.ask()
	return nil // it is under way
}

// lookAhead begins the next of the steps to come, if there is nothing else to do.
func (s *Stage) lookAhead() tea.Cmd {
	a := &s.work.ahead
	if !a.on || !a.eager || s.work.job != nil {
		return nil
	}
	if what, ok := a.next(); ok && what != s.aim(s.all) {
		a.stop() // another zoom, or other breakpoints, were chosen
	}
	if a.job != nil || len(a.done) >= depth {
		return nil
	}
	from := s.all
	if n := len(a.done); n > 0 {
		from = a.done[n-1].snapshot
	}
	if from.Err != nil || from.Step >= from.Total {
		return nil
	}
	j := s.forward(from)
	j.take(from)
	a.job, a.aim = &j, s.aim(from)
	return s.piece(&j)
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

// stop stops the step under way and forgets those that are done. It reports whether the
// session is still at work: then what it brings is yet to arrive.
func (a *ahead) stop() bool {
	for _, r := range a.done {
		r.job.stop()
	}
	a.done = nil
	if a.job == nil {
		return false
	}
	a.job.stop()
	return true
}

package stage

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"unseen/engine"
	"unseen/engine/trace"
)

// ahead is the next step, run before it is asked for: while somebody looks at a step,
// the session goes one further. What it brings waits for a → (or a beat of a play)
// that asks for just that. Anything else stops it, and begins with a seek back to
// what is shown: see work. At most one step is run so, and none before the first one
// at a zoom has been asked for.
type ahead struct {
	on    bool   // somebody is there: without, nothing runs that was not asked for
	eager bool   // a step forth was made, or its size chosen: another one is likely
	job   *job   // the step, nil: none
	aim   aim    // what it is good for
	done  *moved // what it brought; nil while it is under way
}

// aim says which step a step forth would be now.
type aim struct {
	from   *engine.Snapshot
	level  trace.Level
	points string // the breakpoints that hold
}

func (s *Stage) aim() aim {
	a := aim{from: s.all, level: s.view.level}
	for _, m := range s.marks.list {
		if !m.off {
			a.points += m.String() + "\n"
		}
	}
	return a
}

// LookAhead makes the stage run the next step while the last one is looked at.
func (s *Stage) LookAhead() { s.work.ahead.on = true }

// advance makes the next step: the one that was run ahead, if it is the one.
func (s *Stage) advance() tea.Cmd {
	a := &s.work.ahead
	if s.work.job != nil || a.job == nil || a.job.ctx.Err() != nil || a.aim != s.aim() {
		return s.start(s.forward())
	}
	s.work.job, a.job = a.job, nil
	if m := a.done; m != nil {
		a.done = nil
		return s.moved(*m)
	}
	s.work.job.began = time.Now() // it is under way, and asked for from now on
	return nil
}

// lookAhead begins the step to come, if there is nothing else to do.
func (s *Stage) lookAhead() tea.Cmd {
	a := &s.work.ahead
	if !a.on || !a.eager || s.work.job != nil || a.job != nil || s.all.Err != nil || s.all.Step >= s.all.Total {
		return nil
	}
	a.eager = false
	j := s.forward()
	s.take(&j)
	a.job, a.aim, a.done = &j, s.aim(), nil
	return s.piece(&j)
}

// arrived takes what a step ahead, or a piece of it, brought.
func (a *ahead) arrived(s *Stage, m moved) tea.Cmd {
	if m.job.ctx.Err() == nil {
		if m.job.again {
			return s.piece(m.job)
		}
		a.done = &m
		return nil
	}
	a.job = nil // it was stopped: somebody wants something else
	return s.following()
}

// stop stops the step under way and forgets one that is done. It reports whether the
// session is still at work: then what it brings is yet to arrive.
func (a *ahead) stop() bool {
	if a.job == nil {
		return false
	}
	a.job.stop()
	if a.done != nil {
		a.job, a.done = nil, nil
	}
	return a.job != nil
}

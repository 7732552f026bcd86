package engine

import (
	"slices"

	"unseen/engine/mode"
)

// nearBy is how many epochs or server rounds before the one under way keep their full
// checkpoints.
const nearBy = 1

// maxMarkBytes is what brief checkpoints may take: forty server rounds of secure aggregation
// among 653 workers. Beyond, the longest past keep no more than where they are: they take
// about twice as long to go to.
const maxMarkBytes = 224 << 20

// briefly reports whether places far away are kept in brief.
func (s *Session) briefly() bool {
	_, ok := s.mode.(mode.Retracer)
	return ok && !s.whole
}

// shorten makes checkpoints in epochs and server rounds that are no longer near by brief;
// where the mode has no brief ones, those between two boundaries go.
func (s *Session) shorten() {
	round := len(s.history.Epochs) - 1
	if round == s.near {
		return
	}
	s.near = round
	far := func(c checkpoint) bool { return c.round() < round-nearBy || c.round() > round }
	if s.briefly() {
		for i, c := range s.saved.list {
			if far(c) {
				s.saved.list[i], _ = s.brief(c)
			}
		}
		for _, c := range s.within.list {
			if far(c) {
				s.mark(c)
			}
		}
		s.lighten()
	}
	s.within.list = slices.DeleteFunc(s.within.list, far)
}

// brief returns a checkpoint in brief, if that can be.
func (s *Session) brief(c checkpoint) (brief checkpoint, ok bool) {
	start := s.beginning(c.round())
	if c.brief || start == nil {
		return c, false
	}
	var previous mode.State
	if len(s.marks.list) > 0 {
		if m := s.marks.list[s.marks.before(c.step)]; m.step < c.step && m.round() == c.round() {
			previous = m.state
		}
	}
	state := s.mode.(mode.Retracer).Brief(c.state, start.state, start.step, previous)
	if state == nil {
		return c, false
	}
	c.state, c.recent, c.brief = state, nil, true
	return c, true
}

// mark keeps a checkpoint between two boundaries in brief.
func (s *Session) mark(c checkpoint) {
	i, known := slices.BinarySearchFunc(s.marks.list, c.step, byStep)
	if known {
		return
	}
	if b, ok := s.brief(c); ok {
		s.marks.list = slices.Insert(s.marks.list, i, b)
		s.marks.bytes += b.state.Bytes()
	}
}

// byStep orders checkpoints.
func byStep(c checkpoint, step int) int { return c.step - step }

// beginning finds the checkpoint at the beginning of an epoch or server round; nil where
// there is none.
func (s *Session) beginning(round int) *checkpoint {
	i, _ := slices.BinarySearchFunc(s.saved.list, round, func(c checkpoint, round int) int { return c.round() - round })
	for ; i < len(s.saved.list) && s.saved.list[i].round() == round; i++ {
		if c := &s.saved.list[i]; c.begins {
			return c
		}
	}
	return nil
}

// lighten drops what brief checkpoints of the longest past need not have, where all
// together take too much.
func (s *Session) lighten() {
	for i := 0; i < len(s.marks.list) && s.marks.bytes > maxMarkBytes; {
		for round := s.marks.list[i].round(); i < len(s.marks.list) && s.marks.list[i].round() == round; i++ {
			c := &s.marks.list[i]
			s.marks.bytes -= c.state.Bytes()
			c.state = s.mode.(mode.Retracer).Lighten(c.state)
			s.marks.bytes += c.state.Bytes()
		}
	}
}

// cutMarks forgets the brief checkpoints of the epoch or server round around a step, and of
// all that follow.
func (s *Session) cutMarks(step int) {
	begins := 0
	if i, _ := slices.BinarySearch(s.epochs, step+1); i > 0 {
		begins = s.epochs[i-1]
	}
	for i, c := range s.marks.list {
		if c.step > begins {
			clear(s.marks.list[i:])
			s.marks.list = s.marks.list[:i]
			break
		}
	}
	s.marks.bytes = 0
	for _, c := range s.marks.list {
		s.marks.bytes += c.state.Bytes()
	}
}

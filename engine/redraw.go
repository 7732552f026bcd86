package engine

import (
	"unseen/engine/encrypted"
	"unseen/engine/prep"
)

// Draw returns the stream that the dealer of a run on shares and one of its holders,
// counted from 0, have in common for what is dealt with this counter.
type Draw = prep.Draw

// Redraw lets a run on shares draw from other streams: f gets those it has. It reports
// whether the run has a dealer, and is called before the first step. What is dealt is
// only as secret as the streams are: it is for experiments that ask what a party would
// have seen had chance gone another way.
func (s *Session) Redraw(f func(Draw) Draw) bool {
	e, ok := s.mode.(*encrypted.Encrypted)
	if ok {
		e.Redraw(f)
	}
	return ok
}

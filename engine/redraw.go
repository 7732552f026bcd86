package engine

import (
	"math/rand/v2"

	"unseen/engine/encrypted"
	"unseen/engine/prep"
	"unseen/engine/secagg"
)

// Draw returns the stream that the dealer of a run on shares and one of its holders,
// counted from 0, have in common for what is dealt with this counter.
type Draw = prep.Draw

// Redraw lets a run on shares draw from other streams: dealt gets those it has for what
// is dealt; split, which may be nil, each that a holder, counted from 0, expands from the
// seed of its share of an owner's rows, or of the server's model. It reports whether the
// run has a dealer, and is called before the first step. What is dealt and split is only
// as secret as the streams are: it is for experiments that ask what a party would have
// seen had chance gone another way.
func (s *Session) Redraw(dealt func(Draw) Draw, split func(owner string, holder int, expanded rand.Source) rand.Source) bool {
	e, ok := s.mode.(interface {
		Redraw(func(Draw) Draw, encrypted.Redraw)
	})
	if ok {
		e.Redraw(dealt, split)
	}
	return ok
}

// RedrawMasks lets a run of secure aggregation with masks draw other ones: f may change
// the mask that two workers, in the order of the parties, have in common in a server round,
// counted from 0: its first words, as many as are asked for, which are taken modulo the
// ring. Several workers may ask at once. It reports whether the run has such masks, and is
// called before the first step. It is for experiments, as [Session.Redraw] is.
func (s *Session) RedrawMasks(f func(one, other string, round uint64, words []uint64)) bool {
	a, ok := s.mode.(*secagg.Secagg)
	if ok = ok && !a.Protocol.Committee; ok {
		a.Protocol.Redraw = f
	}
	return ok
}

package engine

import (
	"context"
	"errors"
	"slices"
	"sort"

	"unseen/engine/mode"
	"unseen/engine/trace"
)

// lastRound returns how the aggregation of the last server round went, where there is
// such a thing.
func (s *Session) lastRound() ServerRound {
	if m, ok := s.mode.(interface{ LastRound() mode.ServerRound }); ok {
		return m.LastRound()
	}
	return ServerRound{}
}

// leaver is a way to train in which workers can be taken offline.
type leaver interface {
	Toggle(id string, step int) (done string, err error)
	Away() map[string]bool
}

// CanLeave reports whether workers can be taken offline in this way to train.
func (s *Session) CanLeave() bool {
	_, ok := s.mode.(leaver)
	return ok
}

// TakeOffline takes a worker offline from here on, or brings one back that was taken
// offline before in this server round; it returns what was done, in words. The future
// of the run is another one then: what was drawn for it is drawn anew (in a new
// branch), and so are the secrets of the server round under way, so that nothing that
// was masked is ever masked again in the same way. The position stays.
func (s *Session) TakeOffline(ctx context.Context, id string) (done string, err error) {
	if s.err == errClosed {
		return "", s.err
	}
	m, ok := s.mode.(leaver)
	if !ok {
		return "", errors.New("workers can leave only in secure aggregation")
	}
	step := s.step
	if done, err = m.Toggle(id, step); err != nil {
		return "", err
	}
	s.branchOff(step)
	return done, s.replay(ctx, step)
}

// branchOff forgets all that is known of the run after a step.
func (s *Session) branchOff(step int) {
	i := sort.Search(len(s.saved.list), func(i int) bool { return s.saved.list[i].step > step })
	clear(s.saved.list[i:])
	s.saved.list = s.saved.list[:i]
	s.saved.bytes = held(s.saved.list)
	s.cutMarks(step)
	s.within.list = nil                     // what is drawn in this server round is drawn anew, also before the step
	s.levels = slices.Clip(s.levels[:step]) // snapshots keep what comes after it
	at, _ := slices.BinarySearch(s.epochs, step+1)
	s.epochs = s.epochs[:at]
	s.book.cut(step)
	s.total = s.mode.Steps()
}

// replay comes to a step once more, from the checkpoint before it.
func (s *Session) replay(ctx context.Context, step int) error {
	s.restore(s.before(step))
	if step == 0 {
		return nil
	}
	return s.advance(ctx, func(e *trace.Event) bool { return e.Step >= step })
}

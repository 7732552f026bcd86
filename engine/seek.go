package engine

import (
	"context"
	"slices"
	"sort"

	"gorgonia.org/tensor"

	"unseen/engine/mode"
	"unseen/engine/party"
	"unseen/engine/trace"
)

// checkpoint is a place in the run at which it can be entered again.
type checkpoint struct {
	step    int
	digest  trace.Digest
	state   mode.State
	history History
	recent  []Message // sent since the last boundary; nil where the state is brief
	brief   bool      // the state is one of [mode.Retracer]
	begins  bool      // an epoch or server round begins there, and is retraced from there
}

// round is the epoch or server round in which it is, counted from 0.
func (c *checkpoint) round() int { return len(c.history.Epochs) - 1 }

// Bounds on what checkpoints may take. When one is met, every other checkpoint
// goes and the distance between new ones doubles, until they are met no longer:
// seeking stays fast (twice the replay each time) and memory bounded, however long
// the run.
const (
	maxCheckpoints     = 1024
	maxCheckpointBytes = 384 << 20 // forty server rounds of 522 local models
)

// leastSpacing is how many events lie between two checkpoints at least: running them
// again takes a millisecond, and where visits are short, as those to the owner of one
// row, saving after each would take a seventh of the run.
const leastSpacing = 256

// checkpoints are ordered by step. The first, at step 0, always stays.
type checkpoints struct {
	list    []checkpoint
	bytes   int // of their tensors: each counted once at the last recount, since then new ones that are not frozen added, and none taken off
	spacing int // least number of steps between two
}

func (c *checkpoints) add(new checkpoint) {
	c.list = append(c.list, new)
	if c.bytes += new.state.Bytes(); c.bytes > maxCheckpointBytes {
		c.bytes = held(c.list) // some may be brief by now
	}
	for len(c.list) > 2 && (len(c.list) > maxCheckpoints || c.bytes > maxCheckpointBytes) {
		c.thin()
	}
}

// thin drops every other checkpoint and counts what the others hold: they share
// tensors, so dropping half of them need not free half of the memory.
func (c *checkpoints) thin() {
	kept := c.list[:0]
	begin := 0
	for _, p := range c.list {
		if p.begins {
			begin++
		}
	}
	most := 2*begin > len(c.list) // of them: then every other one goes as well
	for i, p := range c.list {
		if i%2 == 0 || p.begins && !most {
			kept = append(kept, p)
		}
	}
	clear(c.list[len(kept):])
	c.list = kept
	c.bytes = held(kept)
	c.spacing = 2 * max(c.spacing, c.list[len(c.list)-1].step/len(c.list)/2)
}

// held is the size of all tensors that checkpoints hold, each counted once.
func held(list []checkpoint) int {
	seen, bytes := map[*tensor.Dense]bool{}, 0 // a message lies in many memories
	var earlier mode.State
	for _, c := range list {
		c.state.Tensors(earlier, func(t *tensor.Dense) {
			if !seen[t] {
				seen[t] = true
				bytes += 8 * t.Size()
			}
		})
		earlier = c.state
	}
	return bytes
}

// before returns the place of the last checkpoint before a step; for step 0 the
// first one.
func (c *checkpoints) before(step int) int {
	return max(0, sort.Search(len(c.list), func(i int) bool { return c.list[i].step >= step })-1)
}

// checkpoint is called at boundaries of a watched run, and at places within that are as
// light.
func (s *Session) checkpoint() {
	s.shorten()
	if i, known := s.came(s.saved); known {
		if c := &s.saved.list[i]; c.brief {
			*c = s.here(*c) // until the run is elsewhere
		}
		return
	}
	last := s.saved.list[len(s.saved.list)-1]
	begins := s.briefly() && len(s.epochs) > 0 && s.beginning(len(s.history.Epochs)-1) == nil // the round is retraced from there
	if begins || s.step >= last.step+max(leastSpacing, s.saved.spacing) {
		new := s.here(last)
		new.begins = begins
		s.saved.add(new)
	}
}

// closeSpacing is how many events lie between two checkpoints within a server round at
// least: those in which updates are split among a committee take longest, a tenth of a
// millisecond each.
const closeSpacing = 128

// checkpointWithin is called between two boundaries of a watched run. What it keeps is large
// (all that workers hold while their updates are added up): it is kept of the epoch or
// server round under way and of the one before it, and in brief of the others.
func (s *Session) checkpointWithin() {
	s.shorten()
	s.came(s.marks)
	i, known := s.came(s.within)
	last := s.before(s.step)
	if known || s.step < last.step+s.within.spacing && !last.brief {
		return
	}
	s.within.list = slices.Insert(s.within.list, i, s.here(last))
}

// came reports whether the run came by here before, and then compares digests; i is the
// place in the list.
func (s *Session) came(by checkpoints) (i int, known bool) {
	i, known = slices.BinarySearchFunc(by.list, s.step, func(c checkpoint, step int) int { return c.step - step })
	if known && by.list[i].digest != s.digest {
		panic(&party.Abort{Party: "simulator", Cause: errDiverged})
	}
	return i, known
}

// here makes a checkpoint of this place, which shares what did not change with an earlier
// one.
func (s *Session) here(earlier checkpoint) checkpoint {
	return checkpoint{s.step, s.digest, s.mode.Save(earlier.state), s.history.sealed(), s.recent[:len(s.recent):len(s.recent)], false, false}
}

// before returns the last checkpoint before a step; for step 0 the first one.
func (s *Session) before(step int) checkpoint {
	c := s.saved.list[s.saved.before(step)]
	for _, more := range []checkpoints{s.marks, s.within} {
		if len(more.list) == 0 {
			continue
		}
		if m := more.list[more.before(step)]; m.step < step && (m.step > c.step || m.step == c.step && c.brief) {
			c = m
		}
	}
	return c
}

// restore returns to a checkpoint.
func (s *Session) restore(c checkpoint) {
	s.drop()
	s.history, s.recent = c.history, c.recent
	if c.brief {
		s.mode.(mode.Retracer).Retrace(c.state, s.sent)
	} else {
		s.mode.Restore(c.state)
	}
	s.step, s.digest, s.last, s.err = c.step, c.digest, nil, nil
}

// Seek goes to a step, forth or back; beyond the ends it goes to the end.
func (s *Session) Seek(ctx context.Context, step int) error {
	if s.err == errClosed {
		return s.err
	}
	step = min(max(step, 0), s.total)
	if step == s.step && (s.last != nil || step == 0) {
		return nil
	}
	c := s.before(step)
	if step < s.step || c.step > s.step || s.last == nil && s.step > 0 {
		s.restore(c)
	}
	if step == 0 {
		return nil
	}
	return s.advance(ctx, func(e *trace.Event) bool { return e.Step >= step })
}

// SeekEpoch goes to the end of the n-th epoch or server round; 0 is the end of
// setting up, and beyond the last one is the end of the run.
func (s *Session) SeekEpoch(ctx context.Context, n int) error {
	if ends := s.epochs; n < len(ends) {
		return s.Seek(ctx, ends[max(n, 0)]) // the run came by there before
	} else if len(ends) > 0 && s.step < ends[len(ends)-1] {
		if err := s.Seek(ctx, ends[len(ends)-1]); err != nil {
			return err
		}
	}
	return s.Each(ctx, func(*trace.Event) bool { return len(s.epochs) <= n })
}

// Back goes to the last place before a step, behind which the run has been, at which
// [Session.Next] with this level would have stopped, or to the beginning.
func (s *Session) Back(ctx context.Context, from int, level trace.Level) error {
	if s.err == errClosed {
		return s.err
	}
	return s.Seek(ctx, ScheduleOf(s.levels[:min(from, len(s.levels))]).Began(level))
}

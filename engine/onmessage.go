package engine

import (
	"context"

	"unseen/engine/trace"
)

// StepOn goes one step on: to the next end of a span of this level or a coarser one;
// where steps are messages, to the next that is sent or opens something, whatever
// spans end before it.
func StepOn(ctx context.Context, s Stepper, level trace.Level) error {
	if level != trace.Message {
		return s.Next(ctx, level)
	}
	return s.Each(ctx, func(e *trace.Event) bool { return !stops(e, level) })
}

// StepBack goes to the last place before the one of a snapshot at which [StepOn] would
// have stopped, or to the beginning, wherever s is. Messages are looked up in the record
// of the snapshot.
func StepBack(ctx context.Context, s Stepper, level trace.Level, here *Snapshot) error {
	if level != trace.Message {
		return s.Back(ctx, here.Step, level)
	}
	for i := here.Record.Find(here.Step) - 1; i >= 0; i-- {
		if e := here.Record.At(i); e.Wire() {
			return s.Seek(ctx, e.Step)
		}
	}
	if here.Record.Forgotten() > 0 { // it was sent so long ago that it is only summed up
		return s.Back(ctx, here.Step, level)
	}
	return s.Seek(ctx, 0)
}

// stops reports whether a step of a level ends with an event.
func stops(e *trace.Event, level trace.Level) bool {
	return e.Level() == level || level != trace.Message && e.Level() < level
}

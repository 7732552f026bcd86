package engine

import (
	"context"

	"unseen/engine/trace"
)

// Stepper is a run that can be gone through in steps, forth and back: a live
// [Session], which computes them, or a recording, which remembers them. A
// debugger that drives a Stepper drives both.
//
// A Stepper belongs to one goroutine at a time; its methods do what the methods
// of a session say.
type Stepper interface {
	Scenario() Scenario
	Dataset() *Dataset
	Baseline() Baseline
	Levels() []trace.Level
	Position() (step, total int)
	Snapshot(previous *Snapshot) *Snapshot

	Next(ctx context.Context, level trace.Level) error
	Back(ctx context.Context, from int, level trace.Level) error
	Seek(ctx context.Context, step int) error
	SeekEpoch(ctx context.Context, n int) error
	Each(ctx context.Context, f func(*trace.Event) bool) error
	Close()
}

var _ Stepper = (*Session)(nil)

// Book is what a stepper that is no session keeps its record in: it is told of
// every event once, in order. The zero value is ready.
type Book struct{ book book }

// Add takes note of an event; the numbers of its values do not matter.
func (b *Book) Add(e *trace.Event) { b.book.add(e) }

// UpTo returns the record of what was sent and opened up to a step.
func (b *Book) UpTo(step int) Record { return b.book.upTo(step) }

// Note completes the history with what an event says about who knows a loss; the
// numbers of the event's values do not matter.
func (h *History) Note(e *trace.Event) { h.knownTo(e) }

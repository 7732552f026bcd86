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
	Back(ctx context.Context, level trace.Level) error
	Seek(ctx context.Context, step int) error
	SeekEpoch(ctx context.Context, n int) error
	Each(ctx context.Context, f func(*trace.Event) bool) error
	Close()
}

var _ Stepper = (*Session)(nil)

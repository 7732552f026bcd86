package engine

import (
	"slices"

	"unseen/engine/trace"
)

// Schedule says of every event up to a position how coarse it is, and with it where a
// step of each level begins and ends. It is public, as the settings are, and says nothing of
// what an event was about. It never changes under a reader.
type Schedule struct{ levels []trace.Level } // of the events from step 1 on

// ScheduleOf returns the schedule of events with these levels, which must not change any more.
func ScheduleOf(levels []trace.Level) Schedule { return Schedule{slices.Clip(levels)} }

// Equal reports whether two schedules are the same.
func (s Schedule) Equal(t Schedule) bool { return slices.Equal(s.levels, t.levels) }

// Began returns after which step the step of a level began that ended at the last event, or
// that is under way there; 0 at the beginning of the run.
func (s Schedule) Began(level trace.Level) int {
	step := max(0, len(s.levels)-1)
	for step > 0 && s.levels[step-1] > level {
		step--
	}
	return step
}

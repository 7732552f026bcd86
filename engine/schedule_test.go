package engine

import (
	"testing"

	"unseen/engine/trace"
)

// TestScheduleBegan: a step of a level begins after the last event before it that is as coarse.
func TestScheduleBegan(t *testing.T) {
	run := ScheduleOf([]trace.Level{trace.Epoch, trace.Operation, trace.Message, trace.Batch, trace.Message, trace.Operation, trace.Batch})
	for level, want := range map[trace.Level]int{trace.Epoch: 1, trace.Batch: 4, trace.Layer: 4, trace.Operation: 6, trace.Message: 6} {
		if got := run.Began(level); got != want {
			t.Errorf("the %v began after step %d, want %d", level, got, want)
		}
	}
	if got := ScheduleOf(nil).Began(trace.Batch); got != 0 {
		t.Errorf("nothing began after step %d", got)
	}
}

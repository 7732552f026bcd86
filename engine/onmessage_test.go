package engine

import (
	"context"
	"slices"
	"testing"

	"unseen/engine/trace"
)

// Where steps are messages, every step but the last is one, forth and back, live and
// past breakpoints; at the end there may be something left that is none.
func TestEveryStepIsAMessage(t *testing.T) {
	for _, mode := range []string{Federated, Aggregated, SecureAggregation, Encrypted} {
		t.Run(mode, func(t *testing.T) {
			scenario, err := Default(mode, "default")
			if err != nil {
				t.Fatal(err)
			}
			scenario.Seed, scenario.Fixed, scenario.Network.Hidden, scenario.Data.Workers = 7, true, []int{3}, 4
			scenario.Learning.Epochs, scenario.Learning.Rounds, scenario.Learning.Local = 1, 1, 1
			s := open1(t, scenario, table(t, 20))
			w := NewWatch(nil, s.Snapshot(nil))
			var stopped []int
			for at, total := s.Position(); at < total; at, total = s.Position() {
				step := StepOn
				if len(stopped)%2 == 1 {
					step = func(c context.Context, s Stepper, l trace.Level) error { return w.Next(c, s, l) }
				}
				if err := step(background, s, trace.Message); err != nil {
					t.Fatal(err)
				}
				n := s.Snapshot(nil)
				if n.Event.Kind != trace.Sent && n.Event.Kind != trace.Open && n.Step < total {
					t.Fatalf("step %d is %v of %v", n.Step, n.Event.Kind, n.Event.Path)
				}
				stopped = append(stopped, n.Step)
			}
			count := 0
			if err := s.Seek(background, 0); err != nil {
				t.Fatal(err)
			}
			if err := s.Each(background, func(e *trace.Event) bool {
				if e.Kind == trace.Sent || e.Kind == trace.Open {
					count++
				}
				return true
			}); err != nil {
				t.Fatal(err)
			}
			if n := len(stopped); n != count && n != count+1 {
				t.Errorf("%d steps for %d messages", n, count)
			}
			back := stopped[max(0, len(stopped)-40):]
			for _, want := range slices.Backward(back[:len(back)-1]) {
				if err := StepBack(background, s, trace.Message, s.Snapshot(nil)); err != nil {
					t.Fatal(err)
				}
				if at, _ := s.Position(); at != want {
					t.Fatalf("back to %d, want %d", at, want)
				}
			}
		})
	}
}

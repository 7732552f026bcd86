package engine

import (
	"context"
	"testing"

	"unseen/engine/trace"
)

func TestZZSteps(t *testing.T) {
	for _, norm := range []string{"standard", "range", "none"} {
		for _, workers := range []int{0, 3, 7} {
			set := table(t, 30)
			s := fleet(t, Encrypted, workers)
			s.Learning.Epochs, s.Learning.Batch = 2, 7
			s.Data.Normalize = norm
			session, err := New(s, set)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			if err := session.Each(context.Background(), func(e *trace.Event) bool { n++; return true }); err != nil {
				t.Fatal(err)
			}
			if n != session.total || session.total != session.step {
				t.Errorf("%s %d: %d events, %d told", norm, workers, n, session.total)
			}
		}
	}
}

package engine

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"unseen/engine/trace"
)

// countdown is a context that ends after it was asked so many times.
type countdown struct {
	context.Context
	left atomic.Int64
	err  error
}

func (c *countdown) Err() error {
	if c.left.Add(-1) < 0 {
		return c.err
	}
	return nil
}

// Wherever a step over a server round is cancelled, also within the cryptography
// between two events, the session stands after an event as if it had been stepped to,
// and goes on from there. A deadline, which only cuts work into slices, ends no
// computation.
func TestCancellingWithinAComputation(t *testing.T) {
	set := table(t, 24)
	for _, how := range Aggregations() {
		s := fleet(t, SecureAggregation, 12)
		s.Secure.How, s.Learning.Rounds = how, 1
		other := open1(t, s, set)
		digests, _ := straight(t, other)
		for _, end := range []error{context.Canceled, context.DeadlineExceeded} {
			within := 0
			for calls := int64(1); ; calls += 11 {
				session := open1(t, s, set)
				if err := session.SeekEpoch(background, 0); err != nil {
					t.Fatal(err)
				}
				ctx := &countdown{Context: background, err: end}
				ctx.left.Store(calls)
				err := session.Next(ctx, trace.Epoch)
				if err == nil {
					break // it was over before
				}
				if !errors.Is(err, end) || session.err != nil || session.digest != digests[session.step] {
					t.Fatalf("%s: %v after %d calls, at step %d: %v", how, end, calls, session.step, err)
				}
				if session.step%patience != 0 { // else it was an event that looked at the context
					within++
				}
				if err := other.Seek(background, session.step); err != nil {
					t.Fatal(err)
				}
				if got, want := describe(session.Snapshot(nil)), describe(other.Snapshot(nil)); got != want {
					t.Errorf("%s: cancelled at step %d the session is in another state than one that was stepped there", how, session.step)
				}
				if err := session.Next(background, trace.Epoch); err != nil || session.digest != digests[session.step] {
					t.Errorf("%s: after it was cancelled the session does not go on as it would have: %v", how, err)
				}
				session.Close()
			}
			if (within > 0) != (end == context.Canceled) {
				t.Errorf("%s: %d times a computation was given up because of: %v", how, within, end)
			}
		}
	}
}

// A run that nobody watches ends within a computation too.
func TestCancellingAnUnwatchedComputation(t *testing.T) {
	s := fleet(t, SecureAggregation, 12)
	for calls := int64(1); calls < 60; calls += 9 {
		ctx := &countdown{Context: background, err: context.Canceled}
		ctx.left.Store(calls)
		if _, err := open1(t, s, table(t, 24)).Run(ctx, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("after %d looks at the context: %v", calls, err)
		}
	}
}

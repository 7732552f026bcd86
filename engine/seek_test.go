package engine

import (
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"unseen/engine/trace"
)

// Whatever way one comes to a position, it is the same position.
func TestEveryWayLeadsToTheSamePlace(t *testing.T) {
	set := table(t, 40)
	digests, levels := straight(t, open1(t, small(t), set))
	rapid.Check(t, func(rt *rapid.T) {
		session, err := New(small(t), set)
		if err != nil {
			rt.Fatal(err)
		}
		defer session.Close()
		session.saved.spacing = rapid.SampledFrom([]int{0, 50, 100_000}).Draw(rt, "spacing")
		must := func(err error) {
			if err != nil {
				rt.Fatal(err)
			}
		}
		level := rapid.SampledFrom(trace.Levels())
		rt.Repeat(map[string]func(*rapid.T){
			"step": func(*rapid.T) { must(session.Step(background)) },
			"next": func(rt *rapid.T) {
				l, from := level.Draw(rt, "level"), session.step
				must(session.Next(background, l))
				for i := from + 1; i < session.step; i++ {
					if levels[i] <= l {
						rt.Fatalf("Next(%v) from %d passed the %v at %d", l, from, levels[i], i)
					}
				}
			},
			"back": func(rt *rapid.T) {
				l, from := level.Draw(rt, "level"), session.step
				must(session.Back(background, session.step, l))
				want := 0
				for i := 1; i < from; i++ {
					if levels[i] <= l {
						want = i
					}
				}
				if session.step != want {
					rt.Fatalf("Back(%v) from %d went to %d, want %d", l, from, session.step, want)
				}
			},
			"out":  func(*rapid.T) { must(session.Out(background)) },
			"seek": func(rt *rapid.T) { must(session.Seek(background, rapid.IntRange(-5, len(digests)+5).Draw(rt, "to"))) },
			"": func(rt *rapid.T) {
				if session.digest != digests[session.step] {
					rt.Fatalf("at step %d the digest is not that of a straight run", session.step)
				}
				if (session.last == nil) != (session.step == 0) || session.last != nil && session.last.Step != session.step {
					rt.Fatalf("at step %d the last event is %+v", session.step, session.last)
				}
			},
		})
	})
}

func TestSeekEpoch(t *testing.T) {
	session := open1(t, small(t), table(t, 40))
	ends := []int{}
	straight(t, session)
	ends = append(ends, session.epochs...)
	for _, fresh := range []bool{false, true} {
		for _, n := range []int{2, 0, 3, 1, 9} {
			if fresh {
				session = open1(t, small(t), table(t, 40))
			}
			if err := session.SeekEpoch(background, n); err != nil {
				t.Fatal(err)
			}
			if want := ends[min(n, len(ends)-1)]; session.step != want {
				t.Errorf("the end of epoch %d is at step %d, want %d", n, session.step, want)
			}
		}
	}
}

func TestCheckpointsStayBounded(t *testing.T) {
	s := small(t)
	s.Learning.Batch, s.Learning.Epochs = 1, 80
	session := open1(t, s, table(t, 40))
	digests, _ := straight(t, session)
	if n := len(session.saved.list); n > maxCheckpoints {
		t.Errorf("%d checkpoints", n)
	}
	r := rand.New(rand.NewPCG(5, 6))
	for range 50 {
		to := r.IntN(len(digests))
		if err := session.Seek(background, to); err != nil || session.digest != digests[to] {
			t.Fatalf("seeking %d among thinned checkpoints: %v", to, err)
		}
	}
}

// The promise of the debugger: from step 100,000 of a real run, any earlier step
// is near, and is the same step.
func TestSeekFromStep100000(t *testing.T) {
	s := notebook(t)
	session := open1(t, s, crx(t))
	digests := map[int]trace.Digest{0: 0}
	r := rand.New(rand.NewPCG(8, 9))
	for len(digests) < 201 {
		digests[1+r.IntN(99_999)] = 0
	}
	err := session.Each(background, func(e *trace.Event) bool {
		if _, wanted := digests[e.Step]; wanted {
			digests[e.Step] = session.Digest()
		}
		return e.Step < 100_000
	})
	if err != nil || session.step != 100_000 {
		t.Fatalf("at step %d: %v", session.step, err)
	}
	var slowest time.Duration
	for to, want := range digests {
		began := time.Now()
		if err := session.Seek(background, to); err != nil {
			t.Fatal(err)
		}
		slowest = max(slowest, time.Since(began))
		if session.Digest() != want {
			t.Fatalf("step %d is not the step it was", to)
		}
		if err := session.Seek(background, 100_000); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("the slowest of 201 seeks from step 100,000 took %v", slowest)
}

// BenchmarkSeekBack goes from step 100,000 to a random earlier step.
func BenchmarkSeekBack(b *testing.B) {
	session := open1(b, notebook(b), crx(b))
	r := rand.New(rand.NewPCG(1, 2))
	for b.Loop() {
		b.StopTimer()
		if err := session.Seek(background, 100_000); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if err := session.Seek(background, r.IntN(100_000)); err != nil {
			b.Fatal(err)
		}
	}
}

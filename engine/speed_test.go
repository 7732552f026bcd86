package engine

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"unseen/engine/trace"
)

// everybody opens the default run of a mode in which each of 653 rows has an owner.
func everybody(b *testing.B, mode string) *Session {
	b.Helper()
	s, err := Default(mode, "default")
	if err != nil {
		b.Fatal(err)
	}
	s.Seed, s.Fixed, s.Data.Split = 7, true, 1
	session, err := New(s, table(b, 653))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(session.Close)
	return session
}

// BenchmarkNext takes one step of each size, with the snapshot that a screen draws
// from, in all modes and with 653 owners of rows. The first epoch is over already.
func BenchmarkNext(b *testing.B) {
	for _, mode := range Modes() {
		for _, level := range trace.Levels() {
			b.Run(mode+"/"+level.String(), func(b *testing.B) {
				session := everybody(b, mode)
				if err := session.SeekEpoch(background, 1); err != nil {
					b.Fatal(err)
				}
				shown := session.Snapshot(nil)
				b.ReportAllocs()
				for b.Loop() {
					if err := session.Next(background, level); err != nil {
						b.Fatal(err)
					}
					shown = session.Snapshot(shown)
					if shown.Step == shown.Total {
						b.StopTimer()
						session.Close() // a new run: where one came by before, steps are quicker
						session = everybody(b, mode)
						if err := session.SeekEpoch(background, 1); err != nil {
							b.Fatal(err)
						}
						shown = session.Snapshot(nil)
						b.StartTimer()
					}
				}
			})
		}
	}
}

// BenchmarkNextAgain takes steps of an epoch where the run came by before, with the
// snapshot that a screen draws from: from the beginning to the end, over and over. It
// tells what all checkpoints hold, too.
func BenchmarkNextAgain(b *testing.B) {
	for _, mode := range Modes() {
		b.Run(mode, func(b *testing.B) {
			session := everybody(b, mode)
			if err := session.Seek(background, session.total); err != nil {
				b.Fatal(err)
			}
			shown := session.Snapshot(nil)
			for b.Loop() {
				if shown.Step == shown.Total {
					b.StopTimer()
					if err := session.Seek(background, 0); err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
				}
				if err := session.Next(background, trace.Epoch); err != nil {
					b.Fatal(err)
				}
				shown = session.Snapshot(shown)
			}
			b.ReportMetric(float64(held(session.saved.list))/(1<<20), "MB-checkpoints")
			b.ReportMetric(float64(len(session.saved.list)), "checkpoints")
		})
	}
}

// BenchmarkSeekAfar seeks from the end of a run of secure aggregation among 653 workers to
// 300 steps of all its server rounds, each for the first time; every other one is within an
// aggregation. It tells what is alive in memory before and after, too. What a seek leaves
// over is collected before the next one, as the screen does while it is looked at.
func BenchmarkSeekAfar(b *testing.B) {
	for _, how := range Aggregations() {
		for _, rounds := range []int{10, 40} {
			b.Run(fmt.Sprintf("%s/%d", how, rounds), func(b *testing.B) {
				s, err := Default(SecureAggregation, "default")
				if err != nil {
					b.Fatal(err)
				}
				s.Seed, s.Fixed, s.Data.Split, s.Secure.How, s.Learning.Rounds = 7, true, 1, how, rounds
				for b.Loop() {
					session, err := New(s, table(b, 653))
					if err != nil {
						b.Fatal(err)
					}
					if err := session.Seek(background, session.total); err != nil {
						b.Fatal(err)
					}
					b.ReportMetric(alive(), "MB-before")
					r, took := rand.New(rand.NewPCG(7, 8)), make([]time.Duration, 300)
					for i := range took {
						to := 1 + r.IntN(session.total)
						if i%2 == 1 {
							k := 1 + r.IntN(rounds)
							to = session.epochs[k] - r.IntN(session.epochs[k]-session.epochs[k-1]-653*180)
						}
						runtime.GC()
						began := time.Now()
						if err := session.Seek(background, to); err != nil {
							b.Fatal(err)
						}
						took[i] = time.Since(began)
						if err := session.Seek(background, session.total); err != nil {
							b.Fatal(err)
						}
					}
					slices.Sort(took)
					ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
					b.ReportMetric(ms(took[len(took)/2]), "ms-median")
					b.ReportMetric(ms(took[len(took)*9/10]), "ms-tenth-slowest")
					b.ReportMetric(ms(took[len(took)-1]), "ms-slowest")
					b.ReportMetric(alive(), "MB-after")
					session.Close()
				}
			})
		}
	}
}

// alive is how many MB of the heap are in use.
func alive() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}

func BenchmarkWatched(b *testing.B) {
	session := open1(b, notebook(b), crx(b))
	b.ReportAllocs()
	for b.Loop() {
		if session.step == session.total {
			if err := session.Seek(background, 0); err != nil {
				b.Fatal(err)
			}
		}
		if err := session.Step(background); err != nil {
			b.Fatal(err)
		}
	}
}

package engine

import (
	"testing"

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

package recording

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"unseen/engine"
	"unseen/engine/trace"
)

// taped is a recording of a stretch of a run with as many workers as there are rows.
func taped(b *testing.B, mode string, steps int) []byte {
	s, err := engine.Default(mode, "default")
	if err != nil {
		b.Fatal(err)
	}
	s.Seed, s.Fixed = 42, true
	var out bytes.Buffer
	if _, err := Write(background, &out, open(b, s), Options{Steps: steps}); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

// BenchmarkSeek goes to a random place of a recording and shows everything there.
func BenchmarkSeek(b *testing.B) {
	for _, mode := range engine.Modes() {
		b.Run(mode, func(b *testing.B) {
			file := taped(b, mode, 30_000)
			r, err := Read(bytes.NewReader(file), int64(len(file)))
			if err != nil {
				b.Fatal(err)
			}
			_, total := r.Position()
			draw := rand.New(rand.NewPCG(1, 2))
			b.ReportMetric(float64(len(file))/1e6, "MB")
			for b.Loop() {
				if err := r.Seek(background, draw.IntN(total+1)); err != nil || r.Snapshot(nil).Err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkStep takes one step of a recording and shows everything there.
func BenchmarkStep(b *testing.B) {
	file := taped(b, engine.Federated, 30_000)
	r, err := Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := r.Next(background, trace.Message); err != nil || r.Snapshot(nil).Err != nil {
			b.Fatal(err)
		}
		if at, total := r.Position(); at == total {
			if err := r.Seek(background, 0); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkOpen opens a recording, which checks all of it.
func BenchmarkOpen(b *testing.B) {
	file := taped(b, engine.Federated, 30_000)
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		if _, err := Read(bytes.NewReader(file), int64(len(file))); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRecord records an encrypted epoch over 653 rows, setting up included, and the
// first server round of as many workers, and reports the size of the file.
func BenchmarkRecord(b *testing.B) {
	for _, mode := range []string{engine.Encrypted, engine.Aggregated} {
		b.Run(mode, func(b *testing.B) {
			s, err := engine.Default(mode, "default")
			if err != nil {
				b.Fatal(err)
			}
			s.Seed, s.Fixed, s.Data.Split = 42, true, 1
			ahead := open(b, s)
			if err := ahead.SeekEpoch(background, 1); err != nil {
				b.Fatal(err)
			}
			steps, _ := ahead.Position()
			for b.Loop() {
				var out bytes.Buffer
				if _, err := Write(background, &out, open(b, s), Options{Steps: steps}); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(out.Len())/1e6, "MB")
			}
		})
	}
}

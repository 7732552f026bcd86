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

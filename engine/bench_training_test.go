package engine

import (
	"testing"
)

// A training step costs the rounds and bytes that the session's own run does.
func TestTrainingBenchmark(t *testing.T) {
	for _, softmax := range []string{"exp", "fourier"} {
		run, err := prepareEncryptedStep(2, softmax)
		if err != nil {
			t.Fatal(err)
		}
		run()
		var steps [stepBatches + 1]Expense // the next epoch begins among them
		for i := range steps {
			steps[i] = run()
			if steps[i] != steps[0] {
				t.Errorf("%s: step %d costs %+v, the first %+v", softmax, i, steps[i], steps[0])
			}
		}
	}
}

func BenchmarkTrainStep(b *testing.B) {
	for _, softmax := range []string{"exp", "fourier"} {
		b.Run(softmax, func(b *testing.B) {
			run, err := prepareEncryptedStep(3, softmax)
			if err != nil {
				b.Fatal(err)
			}
			run()
			b.ReportAllocs()
			for b.Loop() {
				run()
			}
		})
	}
}

func BenchmarkOpenEncrypted(b *testing.B) {
	set := table(b, 653)
	s, err := Default(Encrypted, "default")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(s, set); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSetUpEncrypted(b *testing.B) {
	set := table(b, 653)
	s, err := Default(Encrypted, "default")
	if err != nil {
		b.Fatal(err)
	}
	s.Learning.Epochs = 1
	b.ReportAllocs()
	for b.Loop() {
		d, err := Prepare(s, set)
		if err != nil {
			b.Fatal(err)
		}
		m, err := build(s, d, nil)
		if err != nil {
			b.Fatal(err)
		}
		advance(m, 2)
	}
}

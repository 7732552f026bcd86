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

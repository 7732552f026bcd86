package engine

import (
	"fmt"
	"math/rand/v2"

	"unseen/engine/central"
	"unseen/engine/encrypted"
	"unseen/engine/local"
	"unseen/engine/mode"
	"unseen/engine/nn"
	"unseen/engine/party"
	"unseen/engine/rng"
	"unseen/engine/trace"
)

// A measured training step is one of the default network on a batch of the usual size,
// in an epoch of so many batches.
const (
	stepBatch   = 32
	stepBatches = 4
)

// stepSizes are the widths of the default network on the credit data.
var stepSizes = []int{42, 30, 20, 10, 5, 2}

// trainingBenchmark measures whole training steps on shares, the dealer's work and the
// release of the loss included, and the same step in plaintext beside them.
func trainingBenchmark() Benchmark {
	return Benchmark{Name: "train-step", Says: "a training step of the default network on shares, with both ways to compute softmax, and in plaintext",
		Cases: []BenchmarkCase{
			{Name: "train-step", Shape: []int{stepBatch, stepSizes[0]}, Prepare: func(holders int) (func() Expense, error) {
				return prepareEncryptedStep(holders, "exp")
			}},
			{Name: "train-step-fourier", Shape: []int{stepBatch, stepSizes[0]}, Prepare: func(holders int) (func() Expense, error) {
				return prepareEncryptedStep(holders, "fourier")
			}},
			{Name: "train-step-plain", Shape: []int{stepBatch, stepSizes[0]}, Holders: 1, Prepare: func(int) (func() Expense, error) {
				l := stepLearning()
				return stepper(central.New(stepRows(l), l)), nil
			}},
		}}
}

// stepLearning is learning that does not end while somebody measures it.
func stepLearning() mode.Learning {
	root := rng.Seeded(rng.Seed())
	return mode.Learning{Epochs: 1 << 30, Batch: stepBatch, Rate: 0.1, Loss: nn.NLL, Shuffle: true,
		Initial: nn.Glorot(rand.New(root.Stream("init", 0, 0)), stepSizes), Root: root}
}

// stepRows are rows of random numbers, one an owner.
func stepRows(l mode.Learning) mode.Rows {
	r := local.ZeroFleet(stepBatches*stepBatch, 1, l.Initial)
	random := rand.New(l.Root.Stream("rows", 0, 0))
	for i := range r.Raw.Float64s() {
		r.Raw.Float64s()[i] = random.NormFloat64()
	}
	for i := range r.Len() {
		r.Labels.Float64s()[2*i+random.IntN(2)] = 1
	}
	return r
}

// prepareEncryptedStep prepares training steps on shares.
func prepareEncryptedStep(holders int, softmax string) (func() Expense, error) {
	l, s := stepLearning(), DefaultShares()
	e, err := encrypted.New(stepRows(l), l, encrypted.Settings{
		Holders: holders, Fraction: s.Fraction, Truncation: s.Truncation, Softmax: softmax, RevealLoss: s.RevealLoss})
	if err != nil {
		return nil, err
	}
	return stepper(e), nil
}

// stepper returns a function that runs a mode from one batch to the next. The first
// call sets up, too.
func stepper(m mode.Mode) func() Expense {
	return func() Expense {
		before := m.Cost()
		advance(m, 2)
		return expense(before, m.Cost())
	}
}

// advance runs a mode from the boundary where it is through so many more.
func advance(m mode.Mode, boundaries int) {
	defer func() {
		if err := recovered(recover(), m.Where()); err != nil {
			panic(&party.Abort{Party: "benchmark", Cause: fmt.Errorf("a training step failed: %w", err)})
		}
	}()
	m.Run(new(trace.Tracer), &turnstile{left: boundaries})
}

// turnstile is a monitor that lets a run through so many boundaries and stops it there.
// What a mode has then is a state like any other: it goes on from there.
type turnstile struct{ left int }

// Boundary counts, and stops the run at the last one.
func (t *turnstile) Boundary() {
	if t.left--; t.left == 0 {
		panic(stopped{})
	}
}

// Within lets everything through.
func (*turnstile) Within(bool) {}

// Batch lets every batch through.
func (*turnstile) Batch(float64) {}

// Epoch lets every epoch through.
func (*turnstile) Epoch(nn.Weights, []float64) {}

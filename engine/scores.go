package engine

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/integrate"
	"gonum.org/v1/gonum/stat"

	"unseen/engine/nn"
)

// Score is how a model judges one row. It is the simulator's view, outside the
// protocol.
type Score struct {
	Row         int     // index into Dataset.Set
	Probability float64 // of the first class
	First       bool    // the label is the first class
}

// Scores applies a model to rows of the set, given by their indices. The weights
// must fit the data.
func (d *Dataset) Scores(w Weights, rows []int) []Score {
	if len(rows) == 0 {
		return nil
	}
	x, y := d.take(rows)
	p := nn.NewEvaluator(nn.NLL, d.Scaling.Apply(x), y).Probabilities(w).Float64s()
	out := make([]Score, len(rows))
	for i, r := range rows {
		out[i] = Score{Row: r, Probability: p[2*i], First: d.Set.Y[r] == 0}
	}
	return out
}

// Judged returns the rows on which a model is judged: the test rows, or the
// training rows where there are none.
func (d *Dataset) Judged() []int {
	if len(d.Split.Test) > 0 {
		return d.Split.Test
	}
	return d.Split.Train
}

// Decide counts decisions for the first class from a probability on, as
// [label][decision].
func Decide(scores []Score, threshold float64) (confusion [2][2]int) {
	for _, s := range scores {
		label, decision := 1, 1
		if s.First {
			label = 0
		}
		if s.Probability >= threshold {
			decision = 0
		}
		confusion[label][decision]++
	}
	return confusion
}

// ROC is the course of the true positive rate against the false positive rate as
// the threshold falls from above all scores to below them, and the area under it.
// Without rows of both classes it has no points, and the area is NaN.
func ROC(scores []Score) (fpr, tpr []float64, area float64) {
	s := slices.Clone(scores)
	slices.SortFunc(s, func(a, b Score) int {
		switch {
		case a.Probability < b.Probability:
			return -1
		case a.Probability > b.Probability:
			return 1
		}
		return 0
	})
	p, first, positive := make([]float64, len(s)), make([]bool, len(s)), 0
	for i, x := range s {
		p[i], first[i] = x.Probability, x.First
		if x.First {
			positive++
		}
	}
	if positive == 0 || positive == len(s) || slices.ContainsFunc(p, math.IsNaN) {
		return nil, nil, math.NaN()
	}
	tpr, fpr, _ = stat.ROC(nil, p, first, nil)
	return fpr, tpr, integrate.Trapezoidal(fpr, tpr)
}

// WorkerLoss is how a model does on the rows of one worker.
type WorkerLoss struct {
	ID   string
	Rows int
	Loss float64 // mean over its rows
}

// WorkerLosses measures a model on each worker's own rows, at what the scenario
// minimises.
// The error says that there is no such loss.
func (d *Dataset) WorkerLosses(s Scenario, w Weights) ([]WorkerLoss, error) {
	loss, err := nn.ParseLoss(s.Learning.Loss)
	if err != nil {
		return nil, err
	}
	out := make([]WorkerLoss, len(d.Workers))
	for i, worker := range d.Workers {
		x, y := d.take(worker.Rows)
		m := nn.NewEvaluator(loss, d.Scaling.Apply(x), y).Measure(w)
		out[i] = WorkerLoss{ID: worker.ID(), Rows: len(worker.Rows), Loss: m.Loss}
	}
	return out, nil
}

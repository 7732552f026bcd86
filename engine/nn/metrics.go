package nn

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/integrate"
	"gonum.org/v1/gonum/stat"
	"gorgonia.org/tensor"
)

// Metrics say how well a model does on a set of rows.
type Metrics struct {
	Loss      float64   // mean per row
	Accuracy  float64   // share of rows whose more probable class is the label
	AUC       float64   // area under the ROC curve of the first class; NaN with one class only
	Confusion [2][2]int // rows by [label][decision]
}

// Evaluator measures models. It is the simulator's own: it sees plain weights and
// plain rows, costs the protocol nothing and appears in no party's memory.
type Evaluator struct {
	float *Float
	loss  Loss
	x, y  *tensor.Dense
}

// NewEvaluator measures on x, m × features, with one-hot labels y, m × 2.
func NewEvaluator(loss Loss, x, y *tensor.Dense) *Evaluator {
	return &Evaluator{float: NewFloat("simulator"), loss: loss, x: x, y: y}
}

// Probabilities returns the softmax output for each row, m × 2; it is borrowed
// until the next call.
func (e *Evaluator) Probabilities(w Weights) *tensor.Dense {
	e.float.Reset(0)
	return e.float.Softmax(e.logits(w))
}

func (e *Evaluator) logits(w Weights) *tensor.Dense {
	a := e.x
	for l := range w.W {
		a = e.float.AddRow(e.float.MatMul(a, w.W[l]), w.B[l])
		if l < w.Layers()-1 {
			a, _ = e.float.ReLU(a)
		}
	}
	return a
}

// Measure evaluates a model. Without rows every number is NaN.
func (e *Evaluator) Measure(w Weights) Metrics {
	if e.x == nil {
		return Metrics{Loss: math.NaN(), Accuracy: math.NaN(), AUC: math.NaN()}
	}
	e.float.Reset(0)
	z := e.logits(w)
	p := e.float.Softmax(z)
	m, _ := dims(e.x)
	var r Metrics
	if e.loss == NLL {
		r.Loss = data(e.float.CrossEntropy(z, e.y))[0] / float64(m)
	} else {
		r.Loss = data(e.float.SquaredError(p, e.y))[0] / float64(m)
	}
	score, first := make([]float64, m), make([]bool, m)
	for i := range m {
		label, decision := 0, 0
		if data(e.y)[2*i+1] == 1 {
			label = 1
		}
		if !(data(p)[2*i] >= data(p)[2*i+1]) { // a model of NaNs decides for the second class
			decision = 1
		}
		r.Confusion[label][decision]++
		score[i], first[i] = data(p)[2*i], label == 0
	}
	r.Accuracy = float64(r.Confusion[0][0]+r.Confusion[1][1]) / float64(m)
	r.AUC = auc(score, first)
	return r
}

// auc is the probability that a row of the class has a higher score than one of
// the other class; ties count half.
func auc(score []float64, class []bool) float64 {
	if !slices.Contains(class, true) || !slices.Contains(class, false) ||
		slices.ContainsFunc(score, math.IsNaN) {
		return math.NaN()
	}
	stat.SortWeightedLabeled(score, class, nil)
	tpr, fpr, _ := stat.ROC(nil, score, class, nil)
	return integrate.Trapezoidal(fpr, tpr)
}

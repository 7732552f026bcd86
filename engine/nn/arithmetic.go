package nn

import (
	"gorgonia.org/tensor"

	"unseen/engine/trace"
)

// Arithmetic is all that a network asks of its numbers. V is a matrix of rows ×
// columns: of float64, or of secret shares. Shapes that do not fit are a mistake
// of the caller and panic.
//
// Results may be computed lazily and in memory that is used again: they are
// valid until the next training step begins.
type Arithmetic[V any] interface {
	MatMul(a, b V) V   // a·b:  m×k, k×n → m×n
	MatMulNT(a, b V) V // a·bᵀ: m×k, n×k → m×n
	MatMulTN(a, b V) V // aᵀ·b: k×m, k×n → m×n

	Add(a, b V) V                // a + b, of one shape
	Sub(a, b V) V                // a − b, of one shape
	Mul(a, b V) V                // a ⊙ b, element by element
	Scale(a V, c float64) V      // c·a for a public number c
	Mask(a V, k *tensor.Dense) V // k ⊙ a for a public matrix k
	AddRow(a, row V) V           // the 1×n row added to each row of a
	SubColumn(a, column V) V     // the m×1 column subtracted from each column of a
	SumRows(a V) V               // the sum of all rows: m×n → 1×n
	SumColumns(a V) V            // the sum of all columns: m×n → m×1

	// ReLU returns max(0, a) and, for the way back, where a is positive (1 or 0).
	ReLU(a V) (y, positive V)
	// Keep returns a where positive is 1 and 0 elsewhere.
	Keep(a, positive V) V
	// Softmax returns exp(z) / Σ exp(z) of each row.
	Softmax(z V) V
	// CrossEntropy returns the 1×1 sum over rows of log Σ exp(z) − z·y.
	CrossEntropy(z, y V) V
	// SquaredError returns the 1×1 sum of all (p − y)².
	SquaredError(p, y V) V

	// Descend returns w − rate·g. It may use w's own memory: w is its to replace.
	Descend(w, g V, rate float64) V
	// Settle completes what was computed lazily, all of the values together.
	Settle(values ...V)

	// Parts returns what each party holds of v; it is borrowed.
	Parts(v V) []trace.Part
	// Form says in what form the parties hold v.
	Form(v V) trace.Form
	// Fraction returns how many fraction bits v has; 0 for floating point.
	Fraction(v V) int
}

// Network is the weights of a network: layer l (counted from 0 here, from 1 in
// names) is W[l] of in × out and B[l] of 1 × out.
type Network[V any] struct {
	W, B []V
}

// Layers returns the number of layers.
func (n Network[V]) Layers() int { return len(n.W) }

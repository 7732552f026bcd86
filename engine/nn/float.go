package nn

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
	"gorgonia.org/tensor"

	"unseen/engine/trace"
)

// Float is the arithmetic of plain float64 matrices that one party holds. It
// allocates nothing after the first steps: results live in buffers that
// [Float.Reset] frees for the next step. A Float belongs to one goroutine.
type Float struct {
	party string
	pools map[int][]*tensor.Dense // by rows of the batch: the last one may be smaller
	pool  int                     // the rows given to Reset
	next  int                     // the next buffer of the pool
	parts []trace.Part            // that were named since Reset
}

// NewFloat returns the arithmetic of one party.
func NewFloat(party string) *Float {
	return &Float{party: party, pools: map[int][]*tensor.Dense{}}
}

// SetParty says in whose name results are reported from now on.
func (f *Float) SetParty(id string) { f.party = id }

// Reset frees all results for a step on a batch of the given number of rows.
func (f *Float) Reset(rows int) { f.pool, f.next, f.parts = rows, 0, f.parts[:0] }

// New returns a matrix of zeros.
func New(rows, columns int) *tensor.Dense {
	return tensor.New(tensor.WithShape(rows, columns), tensor.WithBacking(make([]float64, rows*columns)))
}

// take returns a buffer with undefined contents. Every step asks for the same
// shapes in the same order, so the n-th request gets the n-th buffer.
func (f *Float) take(rows, columns int) *tensor.Dense {
	pool := f.pools[f.pool]
	if f.next < len(pool) {
		if r, c := dims(pool[f.next]); r == rows && c == columns {
			f.next++
			return pool[f.next-1]
		}
		pool = pool[:f.next] // another network or loss: forget the rest
	}
	f.pools[f.pool] = append(pool, New(rows, columns))
	f.next++
	return f.pools[f.pool][f.next-1]
}

func dims(t *tensor.Dense) (rows, columns int) {
	s := t.Shape()
	return s[0], s[1]
}

func data(t *tensor.Dense) []float64 { return t.Float64s() }

var kernel gonum.Implementation

// matMul computes a·b, transposing either first.
func (f *Float) matMul(ta, tb blas.Transpose, a, b *tensor.Dense) *tensor.Dense {
	m, k := dims(a)
	if ta == blas.Trans {
		m, k = k, m
	}
	kb, n := dims(b)
	if tb == blas.Trans {
		kb, n = n, kb
	}
	if k != kb {
		panic(fmt.Sprintf("nn: product of %v and %v", a.Shape(), b.Shape()))
	}
	c := f.take(m, n)
	_, lda := dims(a)
	_, ldb := dims(b)
	kernel.Dgemm(ta, tb, m, n, k, 1, data(a), lda, data(b), ldb, 0, data(c), n)
	return c
}

// MatMul returns a·b.
func (f *Float) MatMul(a, b *tensor.Dense) *tensor.Dense {
	return f.matMul(blas.NoTrans, blas.NoTrans, a, b)
}

// MatMulNT returns a·bᵀ.
func (f *Float) MatMulNT(a, b *tensor.Dense) *tensor.Dense {
	return f.matMul(blas.NoTrans, blas.Trans, a, b)
}

// MatMulTN returns aᵀ·b.
func (f *Float) MatMulTN(a, b *tensor.Dense) *tensor.Dense {
	return f.matMul(blas.Trans, blas.NoTrans, a, b)
}

// both returns a buffer of a's shape and the three backing slices, b's included.
func (f *Float) both(a, b *tensor.Dense) (out *tensor.Dense, z, x, y []float64) {
	if !a.Shape().Eq(b.Shape()) {
		panic(fmt.Sprintf("nn: shapes %v and %v differ", a.Shape(), b.Shape()))
	}
	out = f.take(dims(a))
	return out, data(out), data(a), data(b)
}

// Add returns a + b.
func (f *Float) Add(a, b *tensor.Dense) *tensor.Dense {
	out, z, x, y := f.both(a, b)
	for i := range z {
		z[i] = x[i] + y[i]
	}
	return out
}

// Sub returns a − b.
func (f *Float) Sub(a, b *tensor.Dense) *tensor.Dense {
	out, z, x, y := f.both(a, b)
	for i := range z {
		z[i] = x[i] - y[i]
	}
	return out
}

// Mul returns a ⊙ b.
func (f *Float) Mul(a, b *tensor.Dense) *tensor.Dense {
	out, z, x, y := f.both(a, b)
	for i := range z {
		z[i] = x[i] * y[i]
	}
	return out
}

// Mask returns k ⊙ a.
func (f *Float) Mask(a, k *tensor.Dense) *tensor.Dense { return f.Mul(a, k) }

// Scale returns c·a.
func (f *Float) Scale(a *tensor.Dense, c float64) *tensor.Dense {
	out := f.take(dims(a))
	z := data(out)
	for i, x := range data(a) {
		z[i] = c * x
	}
	return out
}

// AddRow returns a with the row added to each of its rows.
func (f *Float) AddRow(a, row *tensor.Dense) *tensor.Dense {
	m, n := dims(a)
	out := f.take(m, n)
	z, x, r := data(out), data(a), data(row)[:n]
	for i := 0; i < len(z); i += n {
		for j := range r {
			z[i+j] = x[i+j] + r[j]
		}
	}
	return out
}

// SubColumn returns a with the column subtracted from each of its columns.
func (f *Float) SubColumn(a, column *tensor.Dense) *tensor.Dense {
	m, n := dims(a)
	out := f.take(m, n)
	z, x := data(out), data(a)
	for i, c := range data(column)[:m] {
		for j := i * n; j < (i+1)*n; j++ {
			z[j] = x[j] - c
		}
	}
	return out
}

// SumRows returns the sum of all rows, 1 × n.
func (f *Float) SumRows(a *tensor.Dense) *tensor.Dense {
	_, n := dims(a)
	out := f.take(1, n)
	z, x := data(out), data(a)
	clear(z)
	for i := 0; i < len(x); i += n {
		for j := range z {
			z[j] += x[i+j]
		}
	}
	return out
}

// SumColumns returns the sum of all columns, m × 1.
func (f *Float) SumColumns(a *tensor.Dense) *tensor.Dense {
	m, n := dims(a)
	out := f.take(m, 1)
	z, x := data(out), data(a)
	for i := range z {
		sum := 0.0
		for _, v := range x[i*n : (i+1)*n] {
			sum += v
		}
		z[i] = sum
	}
	return out
}

// ReLU returns max(0, a) and 1 where a > 0, 0 elsewhere.
func (f *Float) ReLU(a *tensor.Dense) (y, positive *tensor.Dense) {
	y, positive = f.take(dims(a)), f.take(dims(a))
	z, p := data(y), data(positive)
	for i, x := range data(a) {
		z[i], p[i] = 0, 0
		if x > 0 {
			z[i], p[i] = x, 1
		} else if x != x {
			z[i] = x // a number that is none must not pass for 0
		}
	}
	return y, positive
}

// Keep returns a where positive is 1 and 0 elsewhere.
func (f *Float) Keep(a, positive *tensor.Dense) *tensor.Dense { return f.Mul(a, positive) }

// Softmax returns exp(z − max z) / Σ exp(z − max z) of each row.
func (f *Float) Softmax(logits *tensor.Dense) *tensor.Dense {
	m, n := dims(logits)
	out := f.take(m, n)
	for i := range m {
		row, p := data(logits)[i*n:(i+1)*n], data(out)[i*n:(i+1)*n]
		top, sum := maximum(row), 0.0
		for j, z := range row {
			p[j] = math.Exp(z - top)
			sum += p[j]
		}
		for j := range p {
			p[j] /= sum
		}
	}
	return out
}

// CrossEntropy returns the 1×1 sum over rows of log Σ exp(z) − z·y.
func (f *Float) CrossEntropy(logits, y *tensor.Dense) *tensor.Dense {
	m, n := dims(logits)
	out := f.take(1, 1)
	total := 0.0
	for i := range m {
		row, label := data(logits)[i*n:(i+1)*n], data(y)[i*n:(i+1)*n]
		top, sum, dot := maximum(row), 0.0, 0.0
		for j, z := range row {
			sum += math.Exp(z - top)
			dot += (z - top) * label[j]
		}
		total += math.Log(sum) - dot
	}
	data(out)[0] = total
	return out
}

// SquaredError returns the 1×1 sum of all (p − y)².
func (f *Float) SquaredError(p, y *tensor.Dense) *tensor.Dense {
	d := f.Sub(p, y)
	return f.SumRows(f.SumColumns(f.Mul(d, d)))
}

func maximum(row []float64) float64 {
	top := row[0]
	for _, x := range row[1:] {
		top = max(top, x)
	}
	return top
}

// Descend computes w − rate·g in w's own memory.
func (f *Float) Descend(w, g *tensor.Dense, rate float64) *tensor.Dense {
	x := data(w)
	for i, d := range data(g) {
		x[i] -= rate * d
	}
	return w
}

// Parts returns v as the one party's, until Reset.
func (f *Float) Parts(v *tensor.Dense) []trace.Part {
	n := len(f.parts)
	f.parts = append(f.parts, trace.Part{Party: f.party, Data: v})
	return f.parts[n : n+1 : n+1]
}

// Form is always plain.
func (f *Float) Form(*tensor.Dense) trace.Form { return trace.Plain }

// Settle has nothing to do: floats are computed at once.
func (f *Float) Settle(...*tensor.Dense) {}

// Fraction is always 0.
func (f *Float) Fraction(*tensor.Dense) int { return 0 }

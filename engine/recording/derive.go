package recording

import (
	"encoding/binary"
	"math"

	"gorgonia.org/tensor"
)

// A derived tensor is written as a formula over two tensors before it, and what the
// formula leaves to be said: the bits in which the numbers differ from its result. Most
// of what training writes is of this kind, and leaves nothing: weights after a step of
// gradient descent, and the slopes of weights for a single row, which are an outer
// product. Where a formula does not hold to the last bit, more bytes are stored, and
// the numbers are the same.
type derivation struct {
	formula byte
	a, b    uint32  // numbers of tensors
	rate    float64 // of descent
}

// The formulas.
const (
	descent = 'd' // a − rate·b, element by element
	outer   = 'o' // aᵀ·b of two single rows
)

// maxDerived bounds how many tensors stand one on the other: a reader computes all of
// them to show the last.
const maxDerived = 8

// shape returns the shape of the result of a formula, or nil if it has none for these.
func (d derivation) shape(a, b tensor.Shape) tensor.Shape {
	switch {
	case d.formula == descent && a.Eq(b):
		return a
	case d.formula == outer && len(a) == 2 && len(b) == 2 && a[0] == 1 && b[0] == 1:
		return tensor.Shape{a[1], b[1]}
	}
	return nil
}

// each calls f with the bits of every number of the result. Products are rounded by
// themselves, so that all machines compute the same.
func (d derivation) each(a, b []float64, f func(i int, bits uint64)) {
	if d.formula == outer {
		for i, x := range a {
			for j, y := range b {
				f(i*len(b)+j, math.Float64bits(float64(x*y)+0)) // a sum of one product: −0 becomes 0
			}
		}
		return
	}
	for i, x := range a {
		f(i, math.Float64bits(x-float64(d.rate*b[i])))
	}
}

// encode writes the derivation of the tensor that will have this number.
func (d derivation) encode(to []byte, number uint32) []byte {
	to = append(to, d.formula)
	to = binary.AppendUvarint(to, uint64(number-d.a))
	to = binary.AppendUvarint(to, uint64(number-d.b))
	if d.formula == descent {
		to = binary.LittleEndian.AppendUint64(to, math.Float64bits(d.rate))
	}
	return to
}

// readDerivation reads what encode has written, and checks it against the tensors
// before: list[n−1] is number n. It returns nil if it does not fit.
func readDerivation(d *decoder, list []blob, shape tensor.Shape) *derivation {
	number := uint32(len(list) + 1)
	r := &derivation{formula: d.byte()}
	for _, of := range []*uint32{&r.a, &r.b} {
		back := d.number()
		if back < 1 || back > len(list) {
			return nil
		}
		*of = number - uint32(back)
	}
	if r.formula == descent {
		r.rate = d.float()
	}
	a, b := &list[r.a-1], &list[r.b-1]
	if s := r.shape(a.shape, b.shape); s == nil || !s.Eq(shape) || (a.kind|b.kind)&uint64Blob != 0 || max(a.depth, b.depth) >= maxDerived {
		return nil
	}
	return r
}

// rateOf finds the rate of a step of descent from its numbers: the learning rate over a
// whole number of rows.
func rateOf(learning float64, before, slope, after []float64) float64 {
	steepest := 0
	for i, x := range slope {
		if math.Abs(x) > math.Abs(slope[steepest]) {
			steepest = i
		}
	}
	rate := (before[steepest] - after[steepest]) / slope[steepest]
	if rows := math.Round(learning / rate); rows >= 1 && rows < 1<<31 {
		return learning / rows
	}
	return learning
}

package mpc

import (
	"gorgonia.org/tensor"

	"unseen/engine/prep"
	"unseen/engine/ring"
)

// Mul returns [x ⊙ y], element by element, of one shape.
//
// Formula: [z] = [c] + d·[b] + [a]·e + d·e, with c = a ⊙ b from the dealer and
// d = x − a, e = y − b opened; the last term at one holder only (Beaver 1991).
// Rounds: 1, or none if both were opened under their masks before. Each holder
// sends 8·(n−1) bytes an element of x and of y. It reveals d and e, which are
// uniform. Exact in the ring; a product of two fixed-point numbers has twice the
// fraction bits and wants truncating.
func (p *Protocol) Mul(x, y *Shared) *Shared {
	p.place = "mul"
	return p.beaver(prep.Elementwise, x, y)
}

// MatMul returns [x·y]; m×k times k×n. Formula, rounds and bytes as [Protocol.Mul].
func (p *Protocol) MatMul(x, y *Shared) *Shared {
	p.place = "matmul"
	return p.beaver(prep.MatMul, x, y)
}

// MatMulNT returns [x·yᵀ]; m×k times n×k. Formula, rounds and bytes as [Protocol.Mul].
func (p *Protocol) MatMulNT(x, y *Shared) *Shared {
	p.place = "matmul, second transposed"
	return p.beaver(prep.MatMulNT, x, y)
}

// MatMulTN returns [xᵀ·y]; k×m times k×n. Formula, rounds and bytes as [Protocol.Mul].
func (p *Protocol) MatMulTN(x, y *Shared) *Shared {
	p.place = "matmul, first transposed"
	return p.beaver(prep.MatMulTN, x, y)
}

// Square returns [x ⊙ x] from a pair (a, a²): x is opened under one mask only.
// Rounds: 1. Each holder sends 8·(n−1) bytes an element.
func (p *Protocol) Square(x *Shared) *Shared {
	p.place = "square"
	return p.beaver(prep.Elementwise, x, x)
}

// beaver multiplies: [z] = [c] + d·[b] + [a]·e + d·e.
func (p *Protocol) beaver(k prep.Kind, x, y *Shared) *Shared {
	p.fit(k, x, y)
	p.openUnderMasks(x, y)
	d, e, a, b, c := x.d, y.d, x.mask.Share, y.mask.Share, p.product(k, x, y)
	return p.each2(k, x, y, func(i int, z *tensor.Dense) {
		p.Ring.Add(z, z, c[i])
		k.Accumulate(p.Ring, z, d[i], b[i])
		k.Accumulate(p.Ring, z, a[i], e[i])
		if i == first {
			k.Accumulate(p.Ring, z, d[i], e[i])
		}
	})
}

// each2 is each for the product of x and y.
func (p *Protocol) each2(k prep.Kind, x, y *Shared, f func(i int, z *tensor.Dense)) *Shared {
	rows, columns := k.Shape(x.Share[0].Shape(), y.Share[0].Shape())
	return p.each(rows, columns, f)
}

// fit refuses shapes that do not fit, before anything is sent.
func (p *Protocol) fit(k prep.Kind, x, y *Shared) {
	a, b := [2]int(x.Share[0].Shape()), [2]int(y.Share[0].Shape())
	ok := a == b
	switch k {
	case prep.MatMul:
		ok = a[1] == b[0]
	case prep.MatMulNT:
		ok = a[1] == b[1]
	case prep.MatMulTN:
		ok = a[0] == b[0]
	}
	if !ok {
		p.abort(&ring.ShapeError{Op: p.place, A: a, B: b})
	}
}

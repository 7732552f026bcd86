package mpc

import (
	"gorgonia.org/tensor"

	"unseen/engine/prep"
	"unseen/engine/ring"
)

// productName is what a dealt product of masks is called in memories. It says more than
// c, as what is opened to truncate and to compare has that letter, too.
const productName = "c = a·b"

// Mul returns [x ⊙ y], element by element, of one shape.
//
// Formula: [z] = [c] + d·[b] + [a]·e + d·e, with c = a ⊙ b from the dealer and
// d = x − a, e = y − b opened; the last term at one holder only (Beaver 1991).
// Rounds: 1, or none if both were opened under their masks before. Each holder
// sends 8·(n−1) bytes an element of x and of y. It reveals d and e, which are
// uniform. Exact in the ring; a product of two fixed-point numbers has twice the
// fraction bits and wants truncating.
func (p *Protocol) Mul(x, y *Shared) (z *Shared) {
	defer p.begin("mul", x, y).end(&z)
	a, b, c, d, e := p.triple(prep.Elementwise, x, y)
	z = p.like(x, func(i int, z *tensor.Dense) { // z = c + d·b + a·e + d·e
		p.Ring.Add(z, z, c[i])
		p.Ring.MulElemAcc(z, d[i], b[i])
		p.Ring.MulElemAcc(z, a[i], e[i])
		if i == first {
			p.Ring.MulElemAcc(z, d[i], e[i])
		}
	})
	return p.scaled(z, x.Fraction+y.Fraction)
}

// MatMul returns [x·y]; m×k times k×n. Formula, rounds and bytes as [Protocol.Mul].
func (p *Protocol) MatMul(x, y *Shared) (z *Shared) {
	defer p.begin("matmul", x, y).end(&z)
	return p.beaver(prep.MatMul, x, y)
}

// MatMulNT returns [x·yᵀ]; m×k times n×k. Formula, rounds and bytes as [Protocol.Mul].
func (p *Protocol) MatMulNT(x, y *Shared) (z *Shared) {
	defer p.begin("matmul", x, y).end(&z)
	return p.beaver(prep.MatMulNT, x, y)
}

// MatMulTN returns [xᵀ·y]; k×m times k×n. Formula, rounds and bytes as [Protocol.Mul].
func (p *Protocol) MatMulTN(x, y *Shared) (z *Shared) {
	defer p.begin("matmul", x, y).end(&z)
	return p.beaver(prep.MatMulTN, x, y)
}

// Square returns [x ⊙ x] from a pair (a, a²): x is opened under one mask only,
// [z] = [a²] + 2d·[a] + d². Rounds: 1. Each holder sends 8·(n−1) bytes an element.
func (p *Protocol) Square(x *Shared) (z *Shared) {
	defer p.begin("square", x).end(&z)
	return p.beaver(prep.Elementwise, x, x)
}

// beaver is Mul for any kind of product: z = c + d·b + a·e + d·e.
func (p *Protocol) beaver(k prep.Kind, x, y *Shared) *Shared {
	a, b, c, d, e := p.triple(k, x, y)
	rows, columns := k.Shape(x.Share[0].Shape(), y.Share[0].Shape())
	z := p.each(rows, columns, func(i int, z *tensor.Dense) {
		p.Ring.Add(z, z, c[i])
		k.Accumulate(p.Ring, z, d[i], b[i])
		k.Accumulate(p.Ring, z, a[i], e[i])
		if i == first {
			k.Accumulate(p.Ring, z, d[i], e[i])
		}
	})
	return p.scaled(z, x.Fraction+y.Fraction)
}

// triple opens d = x − a and e = y − b where that has not happened yet, and takes
// the dealer's product share c of the masks. All are by holder.
func (p *Protocol) triple(k prep.Kind, x, y *Shared) (a, b, c, d, e []*tensor.Dense) {
	p.fit(k, x, y)
	p.openUnderMasks(x, y)
	product := p.Dealer.Product(k, x.mask, y.mask)
	p.must(product.Use(p.place))
	p.dealt(dealtShares{name: productName, matrix: product.Share})
	return x.mask.Share, y.mask.Share, product.Share, x.d, y.d
}

// scaled notes how many fraction bits the numbers of z have.
func (p *Protocol) scaled(z *Shared, fraction int) *Shared {
	z.Fraction = fraction
	return z
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

package prep

import (
	"gorgonia.org/tensor"

	"unseen/engine/ring"
)

// Product is the share [c] of a product of two masks.
type Product struct {
	once
	Share []*tensor.Dense // by holder
}

// Kind is one of the products of matrices.
type Kind uint8

// The products.
const (
	Elementwise Kind = iota // a ⊙ b
	MatMul                  // a·b
	MatMulNT                // a·bᵀ
	MatMulTN                // aᵀ·b
)

// Shape returns rows and columns of the product of an a × b pair of shapes.
func (k Kind) Shape(a, b []int) (rows, columns int) {
	switch k {
	case MatMul:
		return a[0], b[1]
	case MatMulNT:
		return a[0], b[0]
	case MatMulTN:
		return a[1], b[1]
	}
	return a[0], a[1]
}

// Accumulate adds the product of a and b to dst.
func (k Kind) Accumulate(r ring.Ring, dst, a, b *tensor.Dense) {
	switch k {
	case MatMul:
		r.MatMulAcc(dst, a, b)
	case MatMulNT:
		r.MatMulNTAcc(dst, a, b)
	case MatMulTN:
		r.MatMulTNAcc(dst, a, b)
	default:
		r.MulElemAcc(dst, a, b)
	}
}

// Product deals a share of the product of two masks, which may be one and the
// same: then it is a square.
func (d *Dealer) Product(k Kind, a, b *Mask) *Product {
	c := d.Buffers.New(k.Shape(a.Share[0].Shape(), b.Share[0].Shape()))
	k.Accumulate(d.ring, c, d.Sum(a.Share), d.Sum(b.Share))
	return &Product{d.ledger.Products.deal("a product share"), d.correct(c)}
}

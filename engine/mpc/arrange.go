package mpc

import (
	"gorgonia.org/tensor"
)

// Columns returns columns from ≤ j < to of [x]. No rounds.
func (p *Protocol) Columns(x *Shared, from, to int) *Shared {
	return &Shared{Share: atEach(x.Share, func(m *tensor.Dense) *tensor.Dense { return p.columns(m, from, to) }), Fraction: x.Fraction}
}

// columns returns, in a buffer, columns from ≤ j < to of a matrix.
func (p *Protocol) columns(x *tensor.Dense, from, to int) *tensor.Dense {
	rows, columns := x.Shape()[0], x.Shape()[1]
	z := p.Dealer.Buffers.New(rows, to-from)
	for r := range rows {
		copy(z.Uint64s()[r*(to-from):(r+1)*(to-from)], x.Uint64s()[r*columns+from:r*columns+to])
	}
	return z
}

// Beside returns [x y], the columns of y to the right of those of x. No rounds.
func (p *Protocol) Beside(x, y *Shared) *Shared {
	rows, m := x.Shape()
	_, n := y.Shape()
	z := p.each(rows, m+n, func(i int, z *tensor.Dense) {
		for r := range rows {
			row := z.Uint64s()[r*(m+n) : (r+1)*(m+n)]
			copy(row, x.Share[i].Uint64s()[r*m:(r+1)*m])
			copy(row[m:], y.Share[i].Uint64s()[r*n:(r+1)*n])
		}
	})
	return p.scaled(z, x.Fraction)
}

// AddRow returns [x] with the 1×n row [y] added to each of its rows. No rounds.
func (p *Protocol) AddRow(x, y *Shared) *Shared {
	return p.like(x, func(i int, z *tensor.Dense) { p.Ring.AddRow(z, x.Share[i], y.Share[i]) })
}

// SubColumn returns [x] with the m×1 column [y] subtracted from each of its
// columns. No rounds.
func (p *Protocol) SubColumn(x, y *Shared) *Shared {
	return p.like(x, func(i int, z *tensor.Dense) { p.Ring.SubColumn(z, x.Share[i], y.Share[i]) })
}

// SumRows returns the sum of all rows, m×n → 1×n. No rounds.
func (p *Protocol) SumRows(x *Shared) *Shared {
	_, columns := x.Shape()
	z := p.each(1, columns, func(i int, z *tensor.Dense) { p.Ring.SumRows(z, x.Share[i]) })
	return p.scaled(z, x.Fraction)
}

// SumColumns returns the sum of all columns, m×n → m×1. No rounds.
func (p *Protocol) SumColumns(x *Shared) *Shared {
	rows, _ := x.Shape()
	z := p.each(rows, 1, func(i int, z *tensor.Dense) { p.Ring.SumColumns(z, x.Share[i]) })
	return p.scaled(z, x.Fraction)
}

// MulPublic returns [k ⊙ x] for a public matrix k of x's shape. No rounds, exact in
// the ring.
func (p *Protocol) MulPublic(k *tensor.Dense, x *Shared) *Shared {
	return p.like(x, func(i int, z *tensor.Dense) { p.Ring.MulElem(z, k, x.Share[i]) })
}

// MulPublicRow returns each row of [x] times a public 1×n row k, element by element.
// No rounds, exact in the ring.
func (p *Protocol) MulPublicRow(k *tensor.Dense, x *Shared) *Shared {
	return p.like(x, func(i int, z *tensor.Dense) { p.Ring.MulRow(z, x.Share[i], k) })
}

// AddPublicRow returns [x] with a public 1×n row k added to each of its rows, by one
// holder. No rounds.
func (p *Protocol) AddPublicRow(x *Shared, k *tensor.Dense) *Shared {
	return p.like(x, func(i int, z *tensor.Dense) {
		if i == first {
			p.Ring.AddRow(z, x.Share[i], k)
		} else {
			p.Ring.AddConstant(z, x.Share[i], 0)
		}
	})
}

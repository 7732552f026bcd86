package mpc

import (
	"gorgonia.org/tensor"

	"unseen/engine/party"
)

// Receiver is a party to whom something is revealed.
type Receiver = *party.Party

// Add returns [x + y]: every holder adds its shares. No rounds, exact.
func (p *Protocol) Add(x, y *Shared) *Shared {
	return p.like(x, func(i int, z *tensor.Dense) { p.Ring.Add(z, x.Share[i], y.Share[i]) })
}

// Sub returns [x − y]. No rounds, exact.
func (p *Protocol) Sub(x, y *Shared) *Shared {
	return p.like(x, func(i int, z *tensor.Dense) { p.Ring.Sub(z, x.Share[i], y.Share[i]) })
}

// Neg returns [−x]. No rounds, exact.
func (p *Protocol) Neg(x *Shared) *Shared {
	return p.like(x, func(i int, z *tensor.Dense) { p.Ring.Neg(z, x.Share[i]) })
}

// Scale returns [c·x] for a public c. No rounds, exact in the ring.
func (p *Protocol) Scale(c uint64, x *Shared) *Shared {
	return p.like(x, func(i int, z *tensor.Dense) { p.Ring.Scale(z, c, x.Share[i]) })
}

// AddConstant returns [x + c] for a public c, which one holder adds. No rounds.
func (p *Protocol) AddConstant(x *Shared, c uint64) *Shared {
	return p.like(x, func(i int, z *tensor.Dense) {
		if i == first {
			p.Ring.AddConstant(z, x.Share[i], c)
		} else {
			p.Ring.AddConstant(z, x.Share[i], 0)
		}
	})
}

// like is each for a result of x's shape, with as many fraction bits.
func (p *Protocol) like(x *Shared, f func(i int, z *tensor.Dense)) *Shared {
	rows, columns := x.Shape()
	z := p.each(rows, columns, f)
	z.Fraction = x.Fraction
	return z
}

package prep

import (
	"gorgonia.org/tensor"
)

// Parts are the pieces of a uniform r that truncating by f bits takes, in a ring
// of 2^k elements: its bits f … k−2 as a number, and its top bit.
type Parts struct {
	Mid, Msb []*tensor.Dense // by holder
}

// Truncation is a truncation pair: r uniform in the ring, and its parts.
type Truncation struct {
	once
	R []*tensor.Dense // by holder
	Parts
	// Under are the parts times a bit ρ that was dealt before, or empty: with them
	// a truncated value is multiplied by that bit without a round.
	Under Parts
}

// Truncation deals a truncation pair for a matrix. The ring must have a sign bit.
func (d *Dealer) Truncation(rows, columns, f int) *Truncation {
	t := &Truncation{once: d.ledger.Truncations.deal("a truncation pair"), R: d.uniform(rows, columns, d.holders)}
	t.Parts = d.parts(d.Sum(t.R), f)
	return t
}

// TruncationUnder is [Dealer.Truncation] with the parts times ρ, too: a bit for
// each element.
func (d *Dealer) TruncationUnder(rho *DaBit, f int) *Truncation {
	shape := rho.Arithmetic[0].Shape()
	t := d.Truncation(shape[0], shape[1], f)
	t.Under = d.under(d.Sum(rho.Arithmetic), t.Parts)
	return t
}

// parts deals the parts of r.
func (d *Dealer) parts(r *tensor.Dense, f int) Parts {
	mid, msb := d.Buffers.New(r.Shape()[0], r.Shape()[1]), d.Buffers.New(r.Shape()[0], r.Shape()[1])
	d.ring.Mids(mid, r, f)
	d.ring.Msbs(msb, r)
	return Parts{d.correct(mid), d.correct(msb)}
}

// under deals the parts times bits ρ.
func (d *Dealer) under(rho *tensor.Dense, p Parts) Parts {
	return Parts{d.correct(d.times(rho, d.Sum(p.Mid))), d.correct(d.times(rho, d.Sum(p.Msb)))}
}

// times returns a ⊙ b.
func (d *Dealer) times(a, b *tensor.Dense) *tensor.Dense {
	z := d.Buffers.New(a.Shape()[0], a.Shape()[1])
	d.ring.MulElem(z, a, b)
	return z
}

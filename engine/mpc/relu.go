package mpc

import (
	"gorgonia.org/tensor"

	"unseen/engine/prep"
)

// ReLU returns [max(0, x)] and the bit x > 0, element by element (protocols,
// section 5).
//
// Formula: with u = −x, open c = u + r and find the sign of u as [Protocol.Msb]
// does. Then with m = [u < 0] ⊕ ρ public all is local:
//
//	[ρ·u] = c·[ρ] − [ρ·r]
//	[(u<0)·u] = m·[u] + [ρ·u] − 2m·[ρ·u]
//	ReLU(x) = −[(u<0)·u]
//
// The sign is that of −x and not of x because the slope of ReLU at 0 is taken to
// be 0 in training: the bit is 1 where x > 0 and nowhere else, exactly as in the
// plaintext network, where a row of dead units makes z = 0 a common value.
//
// Rounds: 1 + 2 + 1 in Z_2^64. Each holder sends (n−1)·12.25 bytes an element
// (8 bytes + 34 bits). It reveals c, masked bits and m, all uniform. Exact for all
// x of the ring but −2^(k−1).
func (p *Protocol) ReLU(x *Shared) (y *Shared, positive *Bit) {
	defer p.begin("relu", x).end(&y)
	p.must(p.Ring.CheckSign())
	p.watch(x)
	u := p.negative(x)
	mask := p.comparison(u, prep.Want{Width: p.Ring.Width() - 1, Count: 1, Select: true})
	c := p.exchange(p.plus(u, mask.R))[0]
	positive = p.signs(mask, c)[0]
	rhoU := p.like(u, func(i int, z *tensor.Dense) { // c·[ρ] − [ρ·r]
		p.Ring.MulElem(z, c[i], positive.rho.Arithmetic[i])
		p.Ring.Sub(z, z, positive.rhoR[i])
	})
	return p.Neg(p.times(positive, u, rhoU)), positive
}

// ReLUTruncate returns [max(0, x) / 2^f] and the bit x > 0: ReLU and truncation on
// one opening. The truncation's c = u + 2^(k−2) + r, u = −x, serves the sign as
// well, and with [ρ·r_mid] and [ρ·r_msb] dealt, the bit times the truncated value
// needs no round of its own (protocols, section 5, free fusions).
//
// Rounds and bytes as [Protocol.ReLU]: the truncation is free. It reveals c, masked
// bits and m, all uniform. Error: as [Protocol.Truncate] where x > 0, none
// elsewhere. Range: −2^(k−2) < x ≤ 2^(k−2).
func (p *Protocol) ReLUTruncate(x *Shared, f int) (y *Shared, positive *Bit) {
	defer p.begin("relu", x).end(&y)
	p.checkTruncation(f)
	p.watch(x)
	u := p.negative(x)
	mask := p.comparison(u, prep.Want{Width: p.Ring.Width() - 1, Count: 1, Select: true, Truncation: f})
	c := p.exchange(p.shifted(u, mask.R))[0]
	positive = p.signs(mask, p.shift(c, p.Ring.Difference(0, p.Ring.Quarter())))[0]
	z := p.truncated(c, mask.Parts, f)
	y = p.Neg(p.times(positive, z, p.truncatedUnder(c, positive.rho, positive.sign.Under, f)))
	return p.scaled(y, x.Fraction-f), positive
}

// truncatedUnder computes ρ times the truncated value, from the opened c,
//
//	[ρ·z] = c'·[ρ] − [ρ·r_mid] + 2^(k−1−f)·([ρ·r_msb] + c_msb·[ρ] − 2·c_msb·[ρ·r_msb]) − 2^(k−2−f)·[ρ].
func (p *Protocol) truncatedUnder(c []*tensor.Dense, rho *prep.DaBit, under prep.Parts, f int) *Shared {
	k := p.Ring.Width()
	below := uint64(1)<<(k-1) - 1
	return p.like(&Shared{Share: c}, func(i int, z *tensor.Dense) {
		out, rhos, mids, msbs := z.Uint64s(), rho.Arithmetic[i].Uint64s(), under.Mid[i].Uint64s(), under.Msb[i].Uint64s()
		for j, c := range c[i].Uint64s() {
			cMid, cMsb := c&below>>f, c>>(k-1)&1
			b := msbs[j] + cMsb*rhos[j] - 2*cMsb*msbs[j]
			out[j] = p.Ring.Fold(cMid*rhos[j] - mids[j] + b<<(k-1-f) - rhos[j]<<(k-2-f))
		}
	})
}

// TruncateKeep returns [x / 2^f] where the bit is 1 and 0 elsewhere: a truncation
// that includes multiplying by a bit from before, as the way back through a ReLU
// does.
//
// Rounds: 1. Each holder sends 8·(n−1) bytes an element. It reveals c, which is
// uniform. Error and range as [Protocol.Truncate].
func (p *Protocol) TruncateKeep(x *Shared, f int, where *Bit) (z *Shared) {
	defer p.begin("truncate", x).end(&z)
	p.checkTruncation(f)
	p.fit(prep.Elementwise, x, &Shared{Share: where.m})
	p.watch(x)
	pair := p.Dealer.TruncationUnder(where.rho, f)
	p.must(pair.Use(p.place))
	p.dealtTruncation(pair, sibling{})
	c := p.exchange(p.shifted(x, pair.R))[0]
	z = p.times(where, p.truncated(c, pair.Parts, f), p.truncatedUnder(c, where.rho, pair.Under, f))
	return p.scaled(z, x.Fraction-f)
}

// Max returns the largest element [max] of each row, m×k → m×1, by a tree of
// max(a, b) = b + ReLU(a − b).
//
// Rounds: 4·⌈log₂ k⌉ in Z_2^64. Each holder sends (n−1)·12.25 bytes for each of the
// k − 1 comparisons of a row. It reveals what [Protocol.ReLU] does. Exact. Range:
// −2^(k−2) ≤ x < 2^(k−2).
func (p *Protocol) Max(x *Shared) (z *Shared) {
	defer p.begin("max", x).end(&z)
	z = x
	for _, columns := z.Shape(); columns > 1; _, columns = z.Shape() {
		half := columns / 2
		a, b, all := p.Columns(z, 0, half), p.Columns(z, half, 2*half), z
		of := z.Word()
		larger, _ := p.ReLU(p.Keep("difference", p.Sub(a, b), "a column of %s less another", of))
		p.Keep("larger by", larger, "max(0, difference) by c, m, ρ and ρ·r")
		if z = p.Add(b, larger); columns%2 == 1 {
			z = p.Beside(z, p.Columns(all, columns-1, columns))
		}
		p.Keep("largest", z, "a column of %s + larger by", of)
	}
	return z
}

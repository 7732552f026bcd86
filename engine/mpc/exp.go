package mpc

import "math"

// Exp returns [exp(x)] for x ≤ 0, element by element, x and the result with f
// fraction bits.
//
// Formula: exp(x) = exp(y)^16 with y = x/16, clamped to −1 ≤ y ≤ 0; near 0 a
// polynomial is as good as exp, and four squares make its 16th power:
//
//	t = 1 + y + y²/2 + y³·(85 + 19·y)/512,   exp(x) ≈ t^16,
//
// with 26 fraction bits. Dividing by 16 is no work: x with 22 fraction bits is x/16
// with 26. The first coefficients are Taylor's, the last two are those with which t^16
// is best. The limit (1 + x/m)^m that defines exp, as CrypTen has it (Knott et al. 2021,
// appendix C), has a base that is right to the first order only: it would take 18 squares,
// and the bits for them, to come as near.
//
// Rounds: 11 = 4 for the two comparisons of the clamps, 1 for opening y, 2 for the
// polynomial, 1 for truncating each square. Each holder sends, to each other one, 64
// bytes and 68 bits an element. It reveals masked values only. Error: at most 2^-19 and
// 1 ulp. Range: |x| < 2^61 units. Below −16 the result is exp(−16), about 1e-7, for
// x > 0 it is 1.
func (p *Protocol) Exp(x *Shared, f int) (z *Shared) {
	defer p.begin("exp", x).end(&z)
	p.checkFunction(f)
	over, _ := p.ramps(numbers(x, f), p.reach(f), 0)
	y := p.factors(p.sixteenth(p.Sub(over[0], over[1]), f))[0]
	return p.power(y, f).Shared
}

// reach is 16, how far below 0 exp is computed, with so many fraction bits.
func (p *Protocol) reach(fraction int) uint64 { return 1 << (p.bits.squares + fraction) }

// sixteenth returns u/16, about to be opened with the fraction bits of exp, for 0 ≤ u ≤ 16
// with f of them.
func (p *Protocol) sixteenth(u *Shared, f int) pending {
	if more := p.bits.exponentIn - f; more >= 0 {
		return pending{p.scaled(p.finer(u, more), p.bits.exp), 0}
	}
	return pending{p.scaled(p.finer(u, 0), p.bits.exp+f-p.bits.exponentIn), f - p.bits.exponentIn}
}

// power returns exp(16·y) with so many fraction bits from 1 + y. Rounds: 2, and one for
// each square.
func (p *Protocol) power(above *factor, fraction int) *factor {
	b, one := p.bits, uint64(1)<<p.bits.exp
	fine := 2*b.exp + b.coefficient
	y := p.affine(1, above, -one)
	p.Keep("exponent", y.Shared, "%s − 1", above.Word())
	polynomial := p.part("polynomial", 0, 0, y.Shared)
	y2 := p.shrink(p.product("exponent²", y, y), b.exp)
	t := p.AddConstant(p.finer(y.Shared, fine-b.exp), 1<<fine)
	t = p.Add(t, p.Scale(1<<(fine-b.exp-1), y2.Shared))
	t = p.Add(t, p.coefficient(b.cube, b.coefficient, p.product("exponent³", y, y2)))
	t = p.Add(t, p.coefficient(b.fourth, b.coefficient, p.product("exponent⁴", y2, y2)))
	third, fourth := math.Ldexp(float64(b.cube), -b.coefficient), math.Ldexp(float64(b.fourth), -b.coefficient)
	p.Keep("power", t, "1 + exponent + exponent²/2 + %.3g·exponent³ + %.3g·exponent⁴", third, fourth)
	e := p.shrink(t, fine-b.exp)
	polynomial.done(e.Shared)
	for i := range b.squares {
		drop := b.exp
		if i == b.squares-1 {
			drop = 2*b.exp - fraction
		}
		square := p.part("square", i+1, b.squares, e.Shared)
		e = p.shrink(p.product("power", e, e), drop)
		square.done(e.Shared)
	}
	return e
}

// exponential is [Protocol.power] as a part of another operation. Whoever watches is shown
// x = 16·y, of which it is the exponential, not 1 + y, from which it is computed.
func (p *Protocol) exponential(above *factor, fraction int) *factor {
	var exp operation
	if p.Tracer.Watched() {
		x := p.AddConstant(above.Shared, -(uint64(1) << p.bits.exp))
		x.Fraction = p.bits.exp - p.bits.squares
		exp = p.part("exp", 0, 0, x)
	}
	z := p.power(above, fraction)
	exp.done(z.Shared)
	return z
}

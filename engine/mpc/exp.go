package mpc

// Exp returns [exp(x)] for x ≤ 0, element by element, x and the result with f
// fraction bits.
//
// Formula: exp(x) ≈ t^(2^k), t = min(1, max(0, 1 + x/2^k)), squared k = 10 times with
// 26 fraction bits. Dividing by 2^k is no work: x with 16 fraction bits is x/2^10 with
// 26. It is the limit (1 + x/m)^m that defines exp, cut off at m = 1024; CrypTen (Knott
// et al. 2021, appendix C) has it so.
//
// Rounds: 15 = 4 for the two comparisons of the clamps, 1 for opening t under a mask,
// 1 for truncating each square; 1 more for f > 16, to 16 bits at the start. Each holder
// sends, to each other one, 96 bytes and 68 bits an element, 8 bytes more for f > 16. It
// reveals masked values only. Error: at most 2.8e-4 and 1 ulp, most at x = −2. Range: every x ≤ 0 for
// f ≥ 16, x > −2^45 for f < 16. Below −2^k the result is 0, for x > 0 it is 1.
func (p *Protocol) Exp(x *Shared, f int) (z *Shared) {
	defer p.begin("exp", x).end(&z)
	p.checkFunction(f)
	e := p.bits.exponentOf(2)
	over, _ := p.ramps(p.toExponent(x, f), 1<<e.work, 0)
	t := p.scaled(p.Sub(over[0], over[1]), e.work)
	return p.power(p.factors(pending{t, 0})[0], e, f).Shared
}

// exponent says how exp is computed: by so many squares with so many fraction bits.
type exponent struct{ squares, work int }

// exponentOf returns what keeps a softmax within 2^-12 for two classes and within
// 2^-11 for up to ten.
func (b precision) exponentOf(classes int) exponent {
	if classes == 2 {
		return b.exponents[0]
	}
	return b.exponents[1]
}

// toExponent returns x, which has f fraction bits, with those that exp wants: no
// round, or 1 for f > 16.
func (p *Protocol) toExponent(x *Shared, f int) *Shared {
	x = numbers(x, f)
	if f > p.bits.exponentIn {
		return p.Truncate(x, f-p.bits.exponentIn)
	}
	return p.finer(x, p.bits.exponentIn-f)
}

// power returns t to the power 2^squares with so many fraction bits. Rounds: one for
// each square.
func (p *Protocol) power(t *factor, e exponent, fraction int) *factor {
	for range e.squares - 1 {
		t = p.shrink(p.multiply(t, t), e.work)
	}
	return p.shrink(p.multiply(t, t), 2*e.work-fraction)
}

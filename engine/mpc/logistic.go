package mpc

// Logistic returns [1/(1 + exp(−x))], element by element, x and the result with f
// fraction bits.
//
// Formula: with e = exp(−|x|), which [Protocol.Exp] describes, e/(1 + e) for x < 0 and
// 1 − e/(1 + e) otherwise. The hat 1 − |x|/2^k, clamped at 0, is a sum of three ReLUs,
// computed at once:
//
//	2^k·t = ReLU(x + 2^k) − 2·ReLU(x) + ReLU(x − 2^k).
//
// Rounds: 20 = 4 for the comparisons, 1 for opening t and the sign under masks, 10
// squares, 5 for the quotient; 1 more for f > 16. Each holder sends, to each other one,
// 160 bytes and 102 bits an element, 8 bytes more for f < 16 and 16 for f > 16. It
// reveals masked values only. Error: at
// most 2^-12 and 1 ulp. Range: |x| < 2^61 units for f ≥ 16, |x| < 2^45 for f < 16.
func (p *Protocol) Logistic(x *Shared, f int) (z *Shared) {
	defer p.begin("logistic", x).end(&z)
	p.checkFunction(f)
	z, _ = p.logistic(x, f)
	return z
}

// odds is what [Protocol.logistic] finds out on its way.
type odds struct {
	sum  *factor // 1 + exp(−|x|), with the fraction bits of exponentOf(2)
	over *Shared // max(x, 0), with f fraction bits
}

// logistic returns the logistic function of x, and what its logarithm takes:
// log(1 + exp(x)) = max(x, 0) + log(1 + exp(−|x|)).
func (p *Protocol) logistic(x *Shared, f int) (probability *Shared, o odds) {
	x = numbers(x, f)
	g := p.bits.exponentOf(2)
	one := uint64(1) << g.work
	ramp, below := p.ramps(p.toExponent(x, f), one, 0, -one)
	hat := p.scaled(p.Sub(p.Add(ramp[0], ramp[2]), p.Scale(2, ramp[1])), g.work)
	b := p.factorOf(below[1])
	list := []pending{{hat, 0}}
	if f != p.bits.exponentIn { // ramp[1] has other fraction bits than x: the bit times x will do
		list = append(list, pending{x, 0})
	}
	open := p.factors(list...)
	if o.over = ramp[1]; f != p.bits.exponentIn {
		o.over = p.Sub(x, p.multiply(b, open[1]))
	}
	e := p.power(open[0], g, g.work)
	o.sum = p.affine(1, e, one)
	l := p.bits.lineOver(2)
	y := p.factors(p.onLine(l, o.sum.Shared, g.work, g.work))[0]
	q := p.newton(y, o.sum, e, l.steps, g.work, f)
	// x ≥ 0: 1 − q. x < 0: q. Together: 1 − b − q + 2·b·q.
	notB := p.finer(p.AddConstant(p.Neg(b.Shared), 1), f)
	return p.Add(p.Sub(notB, q.Shared), p.Scale(2, p.multiply(b, q))), o
}

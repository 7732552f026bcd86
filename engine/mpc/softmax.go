package mpc

import "unseen/engine/prep"

// Distribution is a softmax, and what the logarithm of its sum takes.
type Distribution struct {
	Probability *Shared // rows × classes
	Bits        int     // fraction bits of it, of the logits and of the loss

	max  *Shared // rows × 1, with Bits fraction bits
	sum  *factor // Σ exp(z_j − max): rows × 1, 1 to classes, with work fraction bits
	work int

	fourier *fourierLoss // in place of max and sum, if it came by the Fourier way
}

// Softmax returns [exp(z_j)/Σ exp(z_i)] for each row of z, which has a column for each
// of 2 to 10 classes; z and the result have f fraction bits.
//
// Formula: exp(z_j − m)/Σ exp(z_i − m) with the maximum m of the row, so that exp is
// asked for x ≤ 0 only, as [Protocol.Exp] describes it with k = 10 and 26 bits for two
// classes, k = 12 and 28 bits for more. The sum is in [1, classes], where Newton's
// iteration needs no normalising ([Protocol.newton]). Two classes are the logistic
// function of z_0 − z_1: [Protocol.Logistic].
//
// Rounds: 20 for two classes, and bytes as [Protocol.Logistic] for each row. For more,
// those of [Protocol.Max], then 4 for the clamp, 1 for opening t, 12 squares, 1 for
// opening the sum and 4 (K = 3) to 6 (K = 10) for the quotients: 30 for K = 3, 40 for
// K = 10; K·(8 bytes + 34 bits), 13·K words for the powers and about 5·K for the
// quotients a row. One round more for f > 16. It reveals masked values only. Error:
// 2^-12 for two classes and 2^-11 for up to ten, and 1 ulp, whatever the gap. Range:
// |z| < 2^60 units for f ≥ 16, |z| < 2^44 for f < 16.
func (p *Protocol) Softmax(z *Shared, f int) *Distribution {
	d := &Distribution{Bits: f}
	defer p.begin("softmax", z).end(&d.Probability)
	p.checkFunction(f)
	_, classes := z.Shape()
	p.checkClasses(classes)
	z = numbers(z, f)
	g := p.bits.exponentOf(classes)
	d.work = g.work
	if classes == 2 {
		z1 := p.Columns(z, 1, 2)
		first, o := p.logistic(p.Sub(p.Columns(z, 0, 1), z1), f)
		d.max, d.sum = p.Add(z1, o.over), o.sum
		d.Probability = p.Beside(first, p.AddConstant(p.Neg(first), 1<<f))
		return d
	}
	d.max = p.Max(z)
	t, _ := p.ramps(p.toExponent(p.SubColumn(z, d.max), f), 1<<g.work)
	e := p.power(p.factors(pending{p.scaled(t[0], g.work), 0})[0], g, g.work)
	l, sum := p.bits.lineOver(float64(classes)), p.SumColumns(e.Shared)
	open := p.factors(p.onLine(l, sum, g.work, g.work), pending{sum, 0})
	d.sum = open[1]
	d.Probability = p.newton(open[0], d.sum, e, l.steps, g.work, f).Shared
	return d
}

// CrossEntropy returns the sum over all rows of −Σ_j y_j·log(softmax(z)_j), 1 × 1,
// from the softmax d of z, for labels y of z's shape whose rows add up to 1, with the
// fraction bits of d. The exponentials are not computed again.
//
// Formula: Σ_rows m + log Σ exp(z_i − m) − z·y. The logarithm is that of [Protocol.Log]
// on [1, classes], without clamps: the sum is inside.
//
// After [Protocol.SoftmaxFourier] it is log(2·cosh(d/2)) + d/2 − y_0·d with
// d = z_0 − z_1, whose first part is a cosine series, or |d|/2 beyond the clamp; this
// takes 2 rounds and 1 word a row.
//
// Rounds: 4 for two classes, 5 for three, up to 7 for ten. Each holder sends, to each
// other one, z and y under masks, unless they were opened before, and 5 (K = 2) to 8
// words a row. It reveals masked values only. Error: 3e-4 and 1 ulp a row. Range:
// Σ z·y over all rows below 2^62 units of 2^-2f.
func (p *Protocol) CrossEntropy(d *Distribution, z, y *Shared) (loss *Shared) {
	defer p.begin("cross-entropy", z, y).end(&loss)
	p.checkFunction(d.Bits)
	p.fit(prep.Elementwise, z, y)
	p.fit(prep.Elementwise, z, d.Probability)
	f := d.Bits
	if d.fourier != nil {
		return p.crossEntropy(d.fourier, y, f)
	}
	_, classes := z.Shape()
	t, t2, zs, ys := p.openForLog(d, classes, z, y)
	score := p.total(p.multiply(zs, ys)) // with 2f fraction bits
	rest := p.scaled(p.Sub(p.finer(p.total(d.max), f), score), 2*f)
	open := p.factors(pending{p.series(t, t2, logSeries(classes)), 2*p.bits.log - f}, pending{rest, f})
	return p.Add(p.total(open[0].Shared), open[1].Shared)
}

// openForLog opens what the logarithm of the sum and the product of z and y take: t
// in [−1, 1], t², z and y.
func (p *Protocol) openForLog(d *Distribution, classes int, z, y *Shared) (t, t2, zs, ys *factor) {
	sum := p.affine(1<<(p.bits.log-d.work), d.sum, 0)
	sum.Fraction = p.bits.log
	in := p.bits.intervalTo(classes)
	if in.bits == 0 {
		t = p.affine(in.slope, sum, -in.offset)
		open := p.factors(pending{p.multiply(t, t), p.bits.log}, pending{z, 0}, pending{y, 0})
		return t, open[0], open[1], open[2]
	}
	open := p.factors(in.of(p, sum.Shared), pending{z, 0}, pending{y, 0})
	return open[0], p.shrink(p.multiply(open[0], open[0]), p.bits.log), open[1], open[2]
}

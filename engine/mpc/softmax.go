package mpc

import (
	"unseen/engine/prep"
)

// Distribution is a softmax, and what its cross-entropy takes.
type Distribution struct {
	Probability *Shared // rows × classes
	Bits        int     // fraction bits of it and of the parts of the loss

	classes int
	loss    *lossParts // nil unless it was asked for
}

// lossParts are the parts of the loss of each row, rest − Σ_j score_j·y_j. The Fourier way
// has one score, z_0 − z_1, whose label is y_0.
type lossParts struct {
	rest  *Shared // rows × 1, with one fraction bit more than Bits
	score *factor // rows × classes, or rows × 1
}

// Softmax returns [exp(z_j)/Σ exp(z_i)] for each row of z, which has a column for each
// of 2 to 10 classes, with bits fraction bits: a product need not be truncated before.
// The result has f ≤ bits. With loss it also computes, mostly in the same rounds, what
// [Protocol.CrossEntropy] takes.
//
// Formula: exp(z_j − m)/Σ exp(z_i − m) with the maximum m of the row, so that exp is
// asked for x ≤ 0 only, as [Protocol.Exp] describes it. The sum is in [1, classes], where
// Newton's iteration needs no normalising ([Protocol.newton]). Two classes are the
// logistic function of z_0 − z_1: [Protocol.Logistic].
//
// Rounds: 15 for two classes, and bytes as [Protocol.Logistic] for each row. For more,
// those of [Protocol.Max], then 4 for the clamp, 1 for opening y, 6 for its power, 1 for
// opening the sum and 4 (K = 3) to 6 (K = 10) for the quotients: 24 for K = 3, 34 for
// K = 10; K·(8 bytes + 34 bits), 7·K words for the powers and about 5·K for the
// quotients a row. The loss takes no further round for two classes, 1 or 2 for more, and 7
// (K = 2) to 18 (K = 10) words a row, one more for bits > f. It reveals masked values only. Error: 2^-19 for
// two classes and 2^-18 for up to ten, and 1 ulp, whatever the gap. Range: |z| < 2^60
// units of 2^-bits.
func (p *Protocol) Softmax(z *Shared, bits, f int, loss bool) *Distribution {
	_, classes := z.Shape()
	d := &Distribution{Bits: f, classes: classes}
	defer p.begin("softmax", z).end(&d.Probability)
	p.checkLogits(bits, f)
	p.checkClasses(classes)
	z = numbers(z, bits)
	if classes > 2 {
		p.softmax(z, bits, loss, d)
		return d
	}
	logits := z
	if !loss {
		logits = nil
	}
	first, parts := p.logistic(p.margin(z), bits, f, logits)
	d.Probability, d.loss = p.Beside(first, p.AddConstant(p.Neg(first), 1<<f)), parts
	return d
}

// margin returns z_0 − z_1.
func (p *Protocol) margin(z *Shared) *Shared {
	of := z.Word()
	return p.Keep("margin", p.Sub(p.Columns(z, 0, 1), p.Columns(z, 1, 2)), "%s[·,0] − %s[·,1]", of, of)
}

// softmax is Softmax for more than two classes.
func (p *Protocol) softmax(z *Shared, bits int, loss bool, d *Distribution) {
	largest := p.Max(z)
	below := p.Keep("below the largest", p.SubColumn(z, largest), "%s − largest", z.Word())
	over, _ := p.ramps(below, p.reach(bits))
	hat := p.sixteenth(over[0], bits)
	p.Keep("hat", hat.x, "ramp / 16")
	list := []pending{hat}
	if loss {
		z = p.Keep("scores", numbers(z, bits), "%s", z.Word())
		list = append(list, pending{z, bits - d.Bits})
		if bits > d.Bits {
			list = append(list, pending{largest, bits - d.Bits})
		}
	}
	open := p.factors(list...)
	e := p.exponential(open[0], p.bits.exp)
	sum := p.factors(pending{p.Keep("sum", p.SumColumns(e.Shared), "Σ columns of power"), 0})[0]
	var along *rider
	if loss {
		along = p.logarithm(sum, d.classes, d.Bits)
	}
	d.Probability = p.newton(p.bits.lineOver(d.classes), sum, e, quotient{p.bits.exp, d.Bits, along}).Shared
	if !loss {
		return
	}
	if bits > d.Bits {
		largest = open[2].Shared
	}
	d.loss = &lossParts{rest: p.finer(p.Add(largest, p.finish(along)[0].Shared), 1), score: open[1]}
}

// logarithm returns the rider that computes the logarithm of a sum of exponentials, between 1 and classes: no clamps. Its result has f.
func (p *Protocol) logarithm(sum *factor, classes, f int) *rider {
	x := p.affine(1<<(p.bits.log-p.bits.exp), sum, 0)
	x.Fraction = p.bits.log
	in, steps := p.bits.intervalTo(classes), p.logSteps(classes, f)
	const argument = "%s, brought to [−1, 1]"
	if in.bits == 0 {
		t := p.affine(in.slope, x, -in.offset)
		p.Keep("argument", t.Shared, argument, sum.Word())
		return &rider{steps, []*factor{t}}
	}
	first := func([]*factor) []pending {
		t := in.of(p, x.Shared)
		p.Keep("argument", t.x, argument, sum.Word())
		return []pending{t}
	}
	return &rider{append([]func([]*factor) []pending{first}, steps...), nil}
}

// CrossEntropy returns the sum over all rows of −Σ_j y_j·log(softmax(z)_j), 1 × 1, from a
// softmax d of z that was asked to keep what the loss takes. The labels y have the shape
// of z and so many fraction bits; each row adds up to 1. The result has as many as labels
// and d together: it wants truncating, which may wait for other truncations.
//
// Formula: Σ_rows m + log Σ exp(z_i − m) − z·y with the maximum m of the row. The logarithm
// is that of [Protocol.Log] on [1, classes]. After [Protocol.SoftmaxFourier] it is
// log(2·cosh(d/2)) + d/2 − y_0·d with d = z_0 − z_1, whose first part is a cosine series, or
// |d|/2 beyond the clamp.
//
// Rounds: 1 for opening y under a mask, or none if it was before. Each holder sends, to
// each other one, 8 bytes an element of y. It reveals masked values only. Error: 2e-5 and
// 2 ulp a row, 7.5e-5 the Fourier way. Range: the loss and Σ z·y over all rows below
// 2^62 units of the result.
func (p *Protocol) CrossEntropy(d *Distribution, y *Shared, bits int) (loss *Shared) {
	defer p.begin("cross-entropy", d.Probability, y).end(&loss)
	p.checkFunction(bits)
	p.fit(prep.Elementwise, d.Probability, y)
	if d.loss == nil {
		p.abort(&FunctionError{"the softmax was not asked to keep what its cross-entropy takes"})
	}
	labels := p.factors(pending{y, 0})[0]
	if _, scores := d.loss.score.Shape(); scores == 1 {
		labels = p.column(labels, 0)
	}
	score := p.scaled(p.total(p.product("scores of the labels", d.loss.score, labels)), d.Bits+bits)
	return p.Sub(p.finer(p.total(d.loss.rest), bits-1), score)
}

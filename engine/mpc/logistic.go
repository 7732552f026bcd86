package mpc

// Logistic returns [1/(1 + exp(−x))], element by element, x and the result with f
// fraction bits.
//
// Formula: with e = exp(−|x|), which [Protocol.Exp] describes, e/(1 + e) for x < 0 and
// 1 − e/(1 + e) otherwise. The hat 16 − |x|, clamped at 0, is a sum of three ReLUs,
// computed at once:
//
//	ReLU(x + 16) − 2·ReLU(x) + ReLU(x − 16).
//
// Rounds: 15 = 4 for the comparisons, 1 for opening the hat, 6 for its power, 4 for the
// quotient. Each holder sends, to each other one, 120 bytes and 102 bits an element. It
// reveals masked values only. Error: at most 2^-19 and 1 ulp. Range: |x| < 2^61 units.
func (p *Protocol) Logistic(x *Shared, f int) (z *Shared) {
	defer p.begin("logistic", x).end(&z)
	p.checkFunction(f)
	z, _ = p.logistic(x, f, f, nil)
	return z
}

// logistic returns the logistic function, with f fraction bits, of x, which has bits ≥ f.
// For a cross-entropy x is z_0 − z_1 of logits z, which are given, and
//
//	log Σ exp(z_i) = z_1 + max(x, 0) + log(1 + exp(−|x|)),
//
// whose logarithm takes the same rounds as the quotient.
func (p *Protocol) logistic(x *Shared, bits, f int, z *Shared) (*Shared, *lossParts) {
	x = numbers(x, bits)
	reach, one := p.reach(bits), uint64(1)<<p.bits.exp
	ramp, below := p.ramps(x, reach, 0, -reach)
	hat := p.sixteenth(p.Sub(p.Add(ramp[0], ramp[2]), p.Scale(2, ramp[1])), bits)
	p.Keep("hat", hat.x, "(ramp 1 − 2·ramp 2 + ramp 3) / 16")
	list := []pending{hat}
	if z != nil {
		z = p.Keep("scores", numbers(z, bits), "%s", z.Word())
		list = append(list, pending{z, bits - f})
		if bits > f {
			list = append(list, pending{ramp[1], bits - f})
		}
	}
	open := p.factors(list...)
	e := p.exponential(open[0], p.bits.exp)
	sum := p.affine(1, e, one)
	p.Keep("sum", sum.Shared, "1 + power")
	var along *rider
	if z != nil {
		along = p.logarithm(sum, 2, f)
	}
	q := p.newton(p.bits.lineOver(2), sum, e, quotient{p.bits.exp, f, along})
	// x ≥ 0: 1 − q. x < 0: q. Together: 1 − b − q + 2·b·q.
	b := p.factorOf(below[1])
	p.Keep("negative", b.Shared, "m ⊕ ρ (2), 1 where margin < 0")
	notB := p.finer(p.AddConstant(p.Neg(b.Shared), 1), f)
	probability := p.Add(p.Sub(notB, q.Shared), p.Scale(2, p.product("quotient where negative", b, q)))
	if z == nil {
		return probability, nil
	}
	over := ramp[1]
	if bits > f {
		over = open[2].Shared
	}
	largest := p.Add(p.Columns(open[1].Shared, 1, 2), over)
	return probability, &lossParts{rest: p.finer(p.Add(largest, p.finish(along)[0].Shared), 1), score: open[1]}
}

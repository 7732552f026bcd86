package mpc

import "math"

// Reciprocal returns [1/x] for 2^-8 ≤ x ≤ 2^20, element by element, x and the result
// with f fraction bits.
//
// Formula: x is normalised to u = x·2^−j in [1, 2) by its top bit j, which the
// comparisons x ≥ 2^j find, all at once; then y = 1/u by Newton's iteration, and
// 1/x = y·2^−j. See [Protocol.newton].
//
// Rounds: 11 = 4 for the comparisons, 1 for opening x and 2^−j under masks, 1 for
// each of 6 truncations. Each holder sends, to each other one, 96 bytes and 29·34
// bits an element. It reveals masked values only. Error: at most 2 ulp,
// or 2^-25 of 1/x where that is more, as it is for small x with f > 16. Range:
// outside, for 0 and for negative numbers too, the result is that of the nearer end,
// 2^8 or 2^-20; for f < 8 the
// smallest positive number, 2^-f, takes the place of 2^-8.
func (p *Protocol) Reciprocal(x *Shared, f int) (z *Shared) {
	defer p.begin("reciprocal", x).end(&z)
	p.checkFunction(f)
	work, low, high := p.bits.reciprocal, max(0, f+p.bits.reciprocalLow), f+p.bits.reciprocalHigh
	top := max(high, work) // fraction bits of u
	x, scale := p.normalised(numbers(x, f), low, high)
	both := p.factors(pending{x, 0}, pending{p.finer(scale, top-high), 0})
	s := both[1] // 2^(top−j)
	u := p.scaled(p.multiply(both[0], s), top)

	y := p.newton(p.bits.lineOver(2), p.factors(pending{u, top - work})[0], nil, quotient{work: work, fraction: work})
	// In units of 2^−f, 1/x is y·s/2^(28+top−2f).
	return p.scaled(p.shrink(p.multiply(y, s), work+top-2*f).Shared, f)
}

// normalised returns x clamped to 2^low ≤ x ≤ 2^high, and 2^(high−j), where j is the
// place of its top bit.
func (p *Protocol) normalised(x *Shared, low, high int) (clamped, scale *Shared) {
	var powers []uint64
	for j := low; j <= high; j++ {
		powers = append(powers, -(uint64(1) << j))
	}
	over, below := p.ramps(x, powers...)
	last := high - low
	clamped = p.AddConstant(p.Sub(over[0], over[last]), 1<<low)
	// 2^(high−j) = 1 + 1 + 2 + 4 + …, a summand for each power of two that x is below.
	scale = p.Arithmetic(below[last])
	for j := 1; j < last; j++ {
		scale = p.Add(scale, p.Scale(1<<(last-j), p.Arithmetic(below[j])))
	}
	return clamped, p.AddConstant(scale, 1)
}

// line is the straight line slope·(top + 1 − u), near to 1/u on [1, top], in units of
// 2^−bits, and how many steps Newton's iteration takes from it.
type line struct {
	slope uint64
	top   int
	bits  int
	steps int
}

// lineOver returns the line over [1, top]. With the slope 8/(top² + 6·top + 1) the error
// 1 − u·y is ±(top − 1)²/(top² + 6·top + 1) at both ends and in the middle: the smallest
// there is. A slope of few bits, of which none need to be truncated, makes it little larger.
// It is squared at each step, until it is small enough.
func (b precision) lineOver(top int) line {
	l := line{top: top, bits: b.line[1]}
	if top == 2 {
		l.bits = b.line[0]
	}
	k := float64(top)
	d := k*k + 6*k + 1
	l.slope = fixed(8/d, l.bits)
	for e := (k - 1) * (k - 1) / d; e > math.Exp2(float64(-b.newton)); e *= e {
		l.steps++
	}
	return l
}

// quotient says with how many fraction bits [Protocol.newton] works and what it returns
// has, and what else shares its rounds.
type quotient struct {
	work, fraction int
	along          *rider
}

// errorNames are what the errors of Newton's iteration are called in memories.
var errorNames = [...]string{"error 1", "error 2", "error 3", "error 4", "error 5", "error 6"}

// oneMore returns 1 + h.
func (p *Protocol) oneMore(h *factor, one uint64) *factor {
	z := p.affine(1, h, one)
	if p.Tracer.Watched() {
		z.Known = "(1 + " + h.Word() + ")"
	}
	return z
}

// newtonStep begins a step of [Protocol.newton], whose inputs have the names of its formula;
// a factor of nil is none.
func (p *Protocol) newtonStep(index, of int, names []string, in ...*factor) operation {
	if !p.Tracer.Watched() {
		return operation{}
	}
	var inputs []*Shared
	for i, f := range in {
		if f != nil {
			inputs = append(inputs, &Shared{Name: names[i], Share: f.Share, Fraction: f.Fraction})
		}
	}
	return p.part("reciprocal", index, of, inputs...)
}

// newton returns [n/u], or 1/u if there is no n; u in [1, top] of the line and n have work
// fraction bits, n as many columns as it likes beside the one of u.
//
// Newton's iteration y ← y·(2 − u·y) has an error h = 1 − u·y that is squared at each
// step. Hence Goldschmidt's form of it (1964), whose products do not wait for each
// other and take one round a step:
//
//	h = 1 − u·y,   y ← n·y;   then   y ← y·(1 + h),   h ← h².
//
// It begins with y on the line, for which u·y = slope·((top + 1)·u − u²).
func (p *Protocol) newton(l line, u, n *factor, q quotient) *factor {
	one, up := uint64(1)<<q.work, uint64(l.top+1)<<q.work
	uy := p.Sub(p.coefficient(up, q.work, u.Shared), p.product("sum²", u, u))
	h := p.AddConstant(p.coefficient(-l.slope, l.bits, uy), one<<(q.work+l.bits))
	y := p.affine(-l.slope, u, l.slope*up)
	y.Fraction = q.work + l.bits
	slope, of := math.Ldexp(float64(l.slope), -l.bits), u.Word()
	p.Keep(errorNames[0], h, "1 − %.3g·(%d·%s − sum²)", slope, l.top+1, of)
	p.Keep("start", y.Shared, "%.3g·(%d − %s)", slope, l.top+1, of)
	first := pending{p.scaled(y.Shared, q.work+l.bits), l.bits}
	if n != nil {
		first = pending{p.product("quotient", n, y), q.work + l.bits}
	}
	step := p.newtonStep(1, l.steps+1, []string{"y", "n"}, y, n)
	open := p.factorsAlong(q.along, pending{h, q.work + l.bits}, first)
	step.done(open[1].Shared)
	for i := range l.steps - 1 {
		h, y := open[0], open[1]
		step = p.newtonStep(i+2, l.steps+1, []string{"y", "h"}, y, h)
		open = p.factorsAlong(q.along, pending{p.product(errorNames[min(i+1, len(errorNames)-1)], h, h), q.work}, pending{p.product("quotient", y, p.oneMore(h, one)), q.work})
		step.done(open[1].Shared)
	}
	step = p.newtonStep(l.steps+1, l.steps+1, []string{"y", "h"}, open[1], open[0])
	z := p.factorsAlong(q.along, pending{p.product("quotient", open[1], p.oneMore(open[0], one)), 2*q.work - q.fraction})[0]
	step.done(z.Shared)
	return z
}

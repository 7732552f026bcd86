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

	l := p.bits.lineOver(2)
	start := p.factors(p.onLine(l, u, top, work),
		pending{p.finer(u, 1), top + 1 - work}) // a truncation even where top is 28
	y := p.newton(start[0], start[1], nil, l.steps, work, work)
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

// line is the straight line height − slope·u nearest to 1/u on [1, top], relative to
// 1/u, in units of 2^−bits, and how many steps Newton's iteration takes from it. The bits
// are few: what the line lacks in precision the iteration makes up for.
type line struct {
	height, slope uint64
	bits, steps   int
}

// lineOver returns the line over [1, top]. With 8·(top + 1 − u)/(top² + 6·top + 1) the
// error 1 − u·y is ±(top − 1)²/(top² + 6·top + 1) at both ends and in the middle,
// and squared at each step, until it is small enough.
func (b precision) lineOver(top float64) line {
	d := top*top + 6*top + 1
	l := line{height: fixed(8*(top+1)/d, b.line), slope: fixed(8/d, b.line), bits: b.line}
	for e := (top - 1) * (top - 1) / d; e > math.Exp2(float64(-b.newton)); e *= e {
		l.steps++
	}
	return l
}

// onLine returns the first approximation of 1/u, about to be opened with so many
// fraction bits; u has top ones.
func (p *Protocol) onLine(l line, u *Shared, top, fraction int) pending {
	return pending{p.AddConstant(p.coefficient(-l.slope, l.bits, u), l.height<<top), top + l.bits - fraction}
}

// newton returns [n/u] with so many fraction bits, or 1/u if there is no n, from an
// approximation y of 1/u; u, y and n are at work fraction bits, n with as many
// columns as it likes beside the one of u.
//
// Newton's iteration y ← y·(2 − u·y) has an error h = 1 − u·y that is squared at each
// step. Hence Goldschmidt's form of it (1964), whose products do not wait for each
// other and take one round a step:
//
//	h = 1 − u·y,   y ← n·y;   then   y ← y·(1 + h),   h ← h².
func (p *Protocol) newton(y, u, n *factor, steps, work, fraction int) *factor {
	one := uint64(1) << work
	h := p.AddConstant(p.Neg(p.multiply(u, y)), one<<work)
	list := []pending{{h, work}}
	if n != nil {
		list = append(list, pending{p.multiply(n, y), work})
	}
	for range steps - 1 {
		open := p.factors(list...)
		if len(open) > 1 {
			y = open[1]
		}
		h := open[0]
		list = []pending{{p.multiply(h, h), work}, {p.multiply(y, p.affine(1, h, one)), work}}
	}
	open := p.factors(list...)
	return p.shrink(p.multiply(open[1], p.affine(1, open[0], one)), 2*work-fraction)
}

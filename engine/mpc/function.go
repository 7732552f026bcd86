package mpc

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"unseen/engine/prep"
	"unseen/engine/ring"
)

// maxClasses is how many classes a softmax and the logarithm of its sum are for.
const maxClasses = 10

// FunctionError says that an elementary function cannot be run.
type FunctionError struct {
	What string
}

// Error says what a function is not for.
func (e *FunctionError) Error() string { return e.What }

// precision says with how many bits elementary functions compute. The views of holders
// can be compared in rings so small that nothing but the form of a function is left.
type precision struct {
	ring ring.Ring // that these bits are for

	squares     int    // that make exp(16·y) of exp(y): for x no less than −2^squares
	exp         int    // fraction bits that exp and softmax compute with
	exponentIn  int    // fraction bits of x with which it is y, as an integer
	cube        uint64 // the coefficients of y³ and y⁴ with so many fraction bits: as many
	fourth      uint64 // as leave exp(y) ≤ 1 its room before it is truncated
	coefficient int
	log         int    // fraction bits of a logarithm
	slope       int    // of the slope that brings its argument to [−1, 1]
	line        [2]int // of the straight line from which Newton's iteration starts, over [1, 2] and beyond
	newton      int    // it ends when the error is at most 2^-newton

	reciprocalLow, reciprocalHigh int // 1/x is for 2^low ≤ x ≤ 2^high
	reciprocal                    int // fraction bits that it computes with

	waves   int // how many waves the Fourier way takes
	wave    int // fraction bits of a cosine
	period  int // log₂ of the period of the first wave
	clamp   float64
	average int // fraction bits of 1/rows beyond log₂ rows
}

// standard is the precision of Z_2^64, the only ring in which results are right.
var standard = precision{
	squares: 4, exp: 26, exponentIn: 22, cube: 85, fourth: 19, coefficient: 9, log: 28, slope: 24, line: [2]int{5, 8}, newton: 20,
	reciprocalLow: -8, reciprocalHigh: 20, reciprocal: 28,
	waves: len(fourierSines), wave: 28, period: 5, clamp: 10, average: 20,
}

// checkFunction refuses what elementary functions cannot compute with, before
// anything is sent: they need the room of Z_2^64, and 4 to 24 fraction bits.
func (p *Protocol) checkFunction(f int) {
	if p.Ring != p.bits.ring {
		p.abort(&FunctionError{fmt.Sprintf("elementary functions run in %v, not in %v", p.bits.ring, p.Ring)})
	}
	if p.bits.ring != (ring.Ring{}) {
		return // there is no precision to speak of
	}
	if _, err := ring.NewFixed(f); err != nil {
		p.abort(err)
	}
}

// mostLogitBits is up to how many fraction bits the x of a logistic function may have.
const mostLogitBits = 48

// checkLogits refuses fraction bits that a logistic function or a softmax is not for.
func (p *Protocol) checkLogits(bits, f int) {
	p.checkFunction(f)
	if bits < f || bits > mostLogitBits {
		p.abort(&FunctionError{fmt.Sprintf("logits with %d fraction bits: it is for %d to %d", bits, f, mostLogitBits)})
	}
}

// checkClasses refuses numbers of classes that a function is not for.
func (p *Protocol) checkClasses(k int) {
	if k < 2 || k > maxClasses {
		p.abort(&FunctionError{fmt.Sprintf("%d classes: it is for 2 to %d", k, maxClasses)})
	}
}

// numbers returns x as numbers with f fraction bits.
func numbers(x *Shared, f int) *Shared {
	return &Shared{Share: x.Share, Fraction: f, Known: x.called()}
}

// fixed is a public number with so many fraction bits.
func fixed(v float64, bits int) uint64 { return uint64(int64(math.Round(math.Ldexp(v, bits)))) }

// finer returns x with more fraction bits.
func (p *Protocol) finer(x *Shared, more int) *Shared {
	if more == 0 {
		return x
	}
	return p.scaled(p.Scale(1<<more, x), x.Fraction+more)
}

// coefficient returns c·x for a public c with so many fraction bits.
func (p *Protocol) coefficient(c uint64, bits int, x *Shared) *Shared {
	return p.scaled(p.Scale(c, x), x.Fraction+bits)
}

// ramps returns [max(0, x + c)] and the bit x + c < 0 for each public c, all on one
// opening of x: with v = x + c, [ρ·v] = (x + r + c)·[ρ] − [ρ·r], as in
// [Protocol.ReLU].
//
// Rounds: 1 + 2 + 1. Each holder sends (n−1)·(8 bytes + 34 bits for each c) an element.
func (p *Protocol) ramps(x *Shared, constants ...uint64) (over []*Shared, below []*Bit) {
	ramps := p.part("ramps", 0, 0, x)
	p.watch(x)
	mask := p.comparison(x, prep.Want{Width: p.Ring.Width() - 1, Count: len(constants), Select: true})
	c := p.exchange(p.plus(x, mask.R))[0]
	cs := make([][]*tensor.Dense, len(constants))
	for j, constant := range constants {
		cs[j] = p.shift(c, constant)
	}
	below = p.signs(mask, cs...)
	for j, bit := range below {
		v := p.AddConstant(x, constants[j])
		over = append(over, p.Sub(v, p.timesOpened(bit, cs[j], v)))
	}
	p.keepRamps(x, over, constants)
	ramps.done(over...)
	return over, below
}

// keepRamps keeps what [Protocol.ramps] has found.
func (p *Protocol) keepRamps(x *Shared, over []*Shared, constants []uint64) {
	if !p.Tracer.Watched() {
		return
	}
	for j, ramp := range over {
		of, number, mask := x.Word(), "", ""
		switch c := math.Ldexp(float64(int64(constants[j])), -x.Fraction); {
		case c > 0:
			of += fmt.Sprintf(" + %g", c)
		case c < 0:
			of += fmt.Sprintf(" − %g", -c)
		}
		if len(over) > 1 {
			number, mask = fmt.Sprintf(" %d", j+1), fmt.Sprintf(" (%d)", j+1)
		}
		p.Keep("ramp"+number, ramp, "max(0, %s) by c, m, ρ%s and ρ·r%s", of, mask, mask)
	}
}

// total adds up all elements: 1 × 1.
func (p *Protocol) total(x *Shared) *Shared { return p.SumColumns(p.SumRows(x)) }

package dp

import (
	"math"
	"math/bits"
	"math/rand/v2"
)

// DiscreteGaussian draws whole numbers x with probability in proportion to
// e^(−x²/2σ²), exactly: every comparison is made in whole numbers, none in
// floating point (Canonne, Kamath, Steinke 2020, "The Discrete Gaussian for
// Differential Privacy", Algorithms 1 to 3).
//
// Noise drawn in floating point has gaps that depend on what it is added to, and
// whoever looks at the last bits of a sum can tell from them what was added to
// (Mironov 2012, "On Significance of the Least Significant Bits For Differential
// Privacy"). Whole numbers have none, and the discrete Gaussian costs no more ε
// than the continuous one. How long a draw takes does depend on what is drawn.
//
// The deviation is a fraction s/r. A discrete Laplace variable of scale s/r is
// drawn first and kept with probability e^(−(|x| − σ)²/2σ²), about 3 times of 4.
type DiscreteGaussian struct {
	s, r uint64 // 1 ≤ s ≤ 2^31, so that 2s² fits a word
}

// The deviations that can be drawn.
const (
	leastDeviation = 1.0 / 1024
	mostDeviation  = 1 << 31
	fine           = 1 << 20 // s is at least that
)

// NewDiscreteGaussian returns the discrete Gaussian of a standard deviation
// parameter σ from 2^-10 to 2^31, rounded up by a share of at most 2^-20. What is
// not is answered with a *[ParameterError].
func NewDiscreteGaussian(deviation float64) (DiscreteGaussian, error) {
	if !(deviation >= leastDeviation && deviation <= mostDeviation) {
		return DiscreteGaussian{}, wrong("deviation", deviation, "out of range", "give a number from 1/1024 to 2^31")
	}
	r := uint64(1)
	for deviation*float64(r) < fine {
		r *= 2
	}
	return DiscreteGaussian{uint64(math.Ceil(deviation * float64(r))), r}, nil
}

// Deviation returns σ.
func (g DiscreteGaussian) Deviation() float64 { return float64(g.s) / float64(g.r) }

// Draw draws one number. Whoever should not know it must not know the source.
func (g DiscreteGaussian) Draw(source rand.Source) int64 {
	for {
		y, negative := g.laplace(source)
		if g.keep(source, y*g.r) {
			if negative {
				return -int64(y)
			}
			return int64(y)
		}
	}
}

// laplace draws sign and size of a number y with probability in proportion to
// e^(−|y|·r/s) (Algorithm 2).
func (g DiscreteGaussian) laplace(source rand.Source) (y uint64, negative bool) {
	for {
		u := below(source, g.s)
		if !happens(source, u, g.s) {
			continue
		}
		v := uint64(0)
		for happens(source, 1, 1) {
			v++
		}
		y, negative = (u+g.s*v)/g.r, source.Uint64()>>63 == 1
		if y > 0 || !negative { // else 0 would come twice as often as it should
			return y, negative
		}
	}
}

// keep is true with probability e^(−(d − s)²/2s²) for d = |y|·r (Algorithm 3, with
// the Laplace scale σ). With d = v·s + u the exponent is taken apart, so that no
// product exceeds a word: for v ≥ 1 and w = v − 1 it is w²/2 + w·u/s + u²/2s².
func (g DiscreteGaussian) keep(source rand.Source, d uint64) bool {
	v, u := d/g.s, d%g.s
	if v == 0 {
		return happens(source, (g.s-u)*(g.s-u), 2*g.s*g.s)
	}
	w := v - 1
	for range w * w {
		if !happens(source, 1, 2) {
			return false
		}
	}
	for range w {
		if !happens(source, u, g.s) {
			return false
		}
	}
	return happens(source, u*u, 2*g.s*g.s)
}

// happens is true with probability e^(−a/b), for a ≤ b (Algorithm 1): of trials
// that succeed with probabilities a/b, a/2b, a/3b, … the first to fail has an odd
// number.
func happens(source rand.Source, a, b uint64) bool {
	k := uint64(1)
	for below(source, b) < a && below(source, k) == 0 { // a/b · 1/k
		k++
	}
	return k%2 == 1
}

// below draws a whole number from 0 to n − 1, each with the same probability
// (Lemire 2019, "Fast Random Integer Generation in an Interval").
func below(source rand.Source, n uint64) uint64 {
	if n == 1 {
		return 0
	}
	high, low := bits.Mul64(source.Uint64(), n)
	if low < n {
		for odd := -n % n; low < odd; { // so many words would be one too many for some numbers
			high, low = bits.Mul64(source.Uint64(), n)
		}
	}
	return high
}

// Takes reports whether something that has probability part/whole happens, exactly:
// how Poisson sampling draws each row.
func Takes(source rand.Source, part, whole uint64) bool { return below(source, whole) < part }

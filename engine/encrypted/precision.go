package encrypted

import (
	"math"
	"math/bits"

	"unseen/engine/ring"
)

// precision is how many fraction bits the numbers of a training step have. Rows, labels
// and losses are shared and released with the f that somebody chose; what is computed in
// between, and the model, have some more: guard bits.
//
// A single step would not need them. Training amplifies noise: where a z near 0 gets the
// other sign, the slope of ReLU jumps, weights move by a thousandth, and two runs go their
// own ways from there. How far was measured in floating point, with noise put in at one
// place at a time: 108 seeds, ten epochs at a rate of 0.25, the median difference of the
// train loss to the run without noise.
//
//	weights rounded at each step to 16 bits  0.0099   to 20 bits  0.0016   to 24 bits  0.0000
//	slopes rounded to 16 bits                0.0014   to 20 bits  0.0000
//	activations rounded to 16 bits           0.0000   (a quarter of the runs: 0.0019 or more)
//	a softmax that is off by up to 2.2e-4    0.0091   by up to 8e-7  0.0000
//
// So weights have the most, and a sum of products still has 18 bits before the point.
type precision struct {
	value  int // activations, and rows that were scaled on shares
	slope  int // what is computed on the way back, and probabilities
	weight int // the model
}

// Guard bits. Slopes have fewer than values, for the sake of the learning rate: the more
// bits a slope has, the fewer are left for the rate that multiplies it.
const (
	valueGuard  = 4
	slopeGuard  = 2
	weightGuard = 8
)

// precision returns what there is room for: no more than 24 bits, unless more were asked
// for. Truncating locally goes wrong the more often the more bits a product has, and has
// no room for any.
func (s Settings) precision() precision {
	f := s.Fraction
	guarded := func(more int) int {
		if s.Truncation == "local" {
			return f
		}
		return max(f, min(f+more, ring.MaxBits))
	}
	return precision{guarded(valueGuard), guarded(slopeGuard), guarded(weightGuard)}
}

// Room returns below what a sum of products of rows as they are shared and weights has to
// be.
func (s Settings) Room() float64 { return math.Ldexp(1, 62-s.Fraction-s.precision().weight) }

// An update w − rate·g has headroom for slopes, summed over a batch, up to steepest. With
// wide fraction bits at most, weights below 2^3 still fit beside it where a half-done
// update is shown. A rate of which that leaves less than 2^significant is worth a round of
// its own.
const (
	steepest    = 1 << 10
	wide        = 60
	significant = 12
)

// CheckRate returns why no update can be computed with a rate, or nil.
func (s Settings) CheckRate(rate float64) error {
	_, _, err := ring.Fixed{Bits: s.precision().product()}.Constant(rate, steepest)
	return err
}

// product is how many fraction bits slopes of weights have, before they are truncated.
func (p precision) product() int { return p.value + p.slope }

// coarse reports whether a rate would be a coarse one beside such slopes.
func (p precision) coarse(rate float64) bool {
	return math.Ldexp(rate, wide-p.product()) < 1<<significant
}

// WeightBits returns how many fraction bits the model has.
func (s Settings) WeightBits() int { return s.precision().weight }

// Bits says how many fraction bits the numbers of a run have.
type Bits struct {
	Chosen int // labels, and what is released: the f that somebody chose
	Shared int // rows as their owners share them
	Rows   int // rows, once they are scaled
	Value  int // activations
	Slope  int // slopes and probabilities
	Weight int // the model
}

// Bits returns how many fraction bits numbers have with so many training rows; scaling is
// how their columns are: standard, range or none.
func (s Settings) Bits(rows int, scaling string) Bits {
	p := s.precision()
	b := Bits{Chosen: s.Fraction, Shared: s.Fraction, Rows: s.Fraction, Value: p.value, Slope: p.slope, Weight: p.weight}
	if scaling == "standard" { // the holders scale them
		b.Shared, b.Rows = s.inputBits(rows), p.value
	}
	return b
}

// inputBits returns the fraction bits in which rows are shared that the holders will
// standardise: more than f, as many as leave the sum of squares of a column of numbers up to
// 1 its headroom, and 24 at most.
func (s Settings) inputBits(rows int) int {
	return max(s.Fraction, min(ring.MaxBits, (60-bits.Len(uint(rows)))/2))
}

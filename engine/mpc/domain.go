package mpc

import "math"

// Interval is the numbers from Low to High, both included.
type Interval struct{ Low, High float64 }

// Contains reports whether x is in the interval.
func (i Interval) Contains(x float64) bool { return i.Low <= x && x <= i.High }

// between is an interval that is the same for all fraction bits.
func between(low, high float64) func(int) Interval {
	return func(int) Interval { return Interval{low, high} }
}

// below is |x| < 2^limit(f).
func below(limit func(f int) float64) func(int) Interval {
	return func(f int) Interval {
		end := math.Nextafter(math.Exp2(limit(f)), 0)
		return Interval{-end, end}
	}
}

// The domains of [Named], as the functions themselves state them.
var (
	expDomain = func(f int) Interval { return Interval{-math.Exp2(float64(62 - f)), 0} }

	reciprocalDomain = func(f int) Interval {
		return Interval{max(math.Exp2(float64(standard.reciprocalLow)), math.Exp2(float64(-f))), math.Exp2(float64(standard.reciprocalHigh))}
	}

	logDomain      = between(1, maxClasses)
	logisticDomain = below(func(f int) float64 { return float64(61 - f) })
	fourierDomain  = below(func(f int) float64 { return float64(61 - 2*f) })
	// The difference of two numbers goes into logistic or exp.
	softmaxDomain = below(func(f int) float64 { return float64(60 - f) })
	// The largest score gets twice the fraction bits, beside the product with the labels.
	entropyDomain = below(func(f int) float64 { return float64(60 - 2*f) })
	// x² has twice the fraction bits, and for the variance the bits of 1/rows as well.
	momentsDomain  = below(func(f int) float64 { return float64(62-2*f) / 2 })
	varianceDomain = below(func(f int) float64 { return float64(61-standard.averageBits(1, f)-f) / 2 })
)

// Errors of [Named] are what a result may be off beside what was computed in
// plaintext, for a result y, with f fraction bits.

// What exp and the logistic function may be off, and a softmax of up to ten classes.
const (
	expError     = 1.0 / (1 << 19)
	softmaxError = 1.0 / (1 << 18)
)

// units is an error of so many units of the last place.
func units(n float64) func(y float64, f int) float64 {
	return func(_ float64, f int) float64 { return math.Ldexp(n, -f) }
}

// approximate is an error of e and a unit of the last place.
func approximate(e float64) func(y float64, f int) float64 {
	return func(_ float64, f int) float64 { return e + math.Ldexp(1, -f) }
}

// reciprocalError is 2 units of the last place, or 2^-25 of the result.
func reciprocalError(y float64, f int) float64 { return max(math.Ldexp(2, -f), math.Ldexp(y, -25)) }

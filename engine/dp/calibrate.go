package dp

import (
	"fmt"
	"math"
)

// Epsilon returns ε at δ after so many equal steps of DP-SGD with sampling rate q
// in [0, 1] and noise multiplier σ ≥ 0. A parameter that cannot be used is
// answered with a *[ParameterError].
func Epsilon(rate, noise float64, steps int, delta float64) (Guarantee, error) {
	a, err := NewAccountant()
	if err != nil {
		return Guarantee{}, err
	}
	if err := a.Add(SubsampledGaussian{Rate: rate, Noise: noise}, steps); err != nil {
		return Guarantee{}, err
	}
	return a.Epsilon(delta)
}

// Noise returns the least noise multiplier σ with which so many steps of DP-SGD at
// a sampling rate stay within ε at δ, over the orders of [Orders]. It is at most a
// share of 1e-12 too large and never too small: [Epsilon] with it gives no more
// than ε. Where nothing is released, it is 0.
//
// However strong the noise, the conversion at δ adds what it adds, and an ε below
// that is answered, as other parameters that cannot be used, with a *[ParameterError].
//
// At each order ε falls as σ grows, so the least σ of that order is found by
// bisection, and the least of all is the answer. An order whose ε is too large at
// the best σ so far cannot improve on it; since the orders come scattered, that
// leaves few to bisect.
func Noise(rate float64, steps int, epsilon, delta float64) (float64, error) {
	if err := first(CheckRate(rate), CheckSteps(steps), CheckEpsilon(epsilon), CheckDelta(delta)); err != nil {
		return 0, err
	}
	if rate == 0 || steps == 0 {
		return 0, nil
	}
	orders := Orders()
	const stride = 89 // shares no factor with their number, which a test checks
	best, least := math.Inf(1), math.Inf(1)
	for i := range orders {
		order := orders[i*stride%len(orders)]
		floor := price(order, delta)
		least = min(least, floor)
		if floor >= epsilon {
			continue
		}
		enough := func(noise float64) bool {
			return float64(steps)*SubsampledGaussian{rate, noise}.rdp(order)+floor <= epsilon
		}
		if math.IsInf(best, 1) {
			best = smallest(1, enough)
		} else if enough(best) {
			best = smallest(best, enough)
		}
	}
	if math.IsInf(best, 1) {
		return 0, wrong("epsilon", epsilon, fmt.Sprintf("impossible with any noise: at delta %.3g the accountant can promise nothing below %.3g", delta, least),
			"give a larger epsilon or a larger delta")
	}
	return best, nil
}

// smallest returns the smallest positive x that is enough, or is larger by a share
// of 1e-12 at most. enough must be false up to some x and true from there on;
// start is where the search begins.
func smallest(start float64, enough func(x float64) bool) float64 {
	lo, hi := start, start
	for !enough(hi) {
		lo, hi = hi, 4*hi
	}
	for lo == hi || enough(lo) {
		lo, hi = lo/4, lo
	}
	for hi > lo*(1+1e-12) {
		if middle := math.Sqrt(lo) * math.Sqrt(hi); enough(middle) {
			hi = middle
		} else {
			lo = middle
		}
	}
	return hi
}

package dp

import "math"

// Odds returns how often an observer who guesses whether somebody took part is
// right at most, if both were equally likely beforehand:
//
//	(e^ε + δ) / (1 + e^ε)
//
// With a δ of nearly 0 that is, rounded up, 73.2 % at ε = 1, 88.1 % at ε = 2 and
// 98.3 % at ε = 4 (Kairouz, Oh, Viswanath 2015, Theorem 2.1: the errors of any test satisfy
// FP + e^ε·FN ≥ 1 − δ and the same with the two exchanged). ε must be at least 0,
// +Inf allowed, and δ in [0, 1]; what is not is answered with a *[ParameterError].
func Odds(epsilon, delta float64) (float64, error) {
	if !(epsilon >= 0) {
		return 0, wrong("epsilon", epsilon, "out of range", "give a number from 0")
	}
	if !(delta >= 0 && delta <= 1) {
		return 0, wrong("delta", delta, "out of range", "give a number from 0 to 1")
	}
	return odds(epsilon, delta), nil
}

func odds(epsilon, delta float64) float64 {
	wrongly := math.Exp(-epsilon)
	return (1 + delta*wrongly) / (1 + wrongly)
}

package dp

import "math"

// PureComposition returns the least ε at δ of k uses of any mechanisms that are
// each ε₀-private with δ = 0. It is exact for randomised response with two
// answers, than which no such mechanism is worse (Kairouz, Oh, Viswanath 2015,
// "The Composition Theorem for Differential Privacy", Theorem 3.3). Of k answers j
// are lies with probability P_j, and the log ratio of the two worlds is (k−2j)·ε₀:
//
//	δ(ε) = Σ_j P_j · max(0, 1 − e^(ε − (k−2j)ε₀)),  P_j = C(k, j)·p^(k−j)·(1−p)^j,  p = e^ε₀/(1 + e^ε₀)
//
// The result is at most a share of 1e-12 too large. ε₀ must be above 0, k at least
// 0 and δ between 0 and 1; what is not is answered with a *[ParameterError].
func PureComposition(epsilon float64, times int, delta float64) (float64, error) {
	if err := first(CheckEpsilon(epsilon), CheckSteps(times), CheckDelta(delta)); err != nil {
		return 0, err
	}
	exceeds := func(total float64) float64 {
		log := -float64(times) * math.Log1p(math.Exp(-epsilon)) // of P_0
		sum := 0.0
		for j := 0; j <= times; j++ {
			ratio := float64(times-2*j) * epsilon
			if ratio <= total {
				break
			}
			sum += math.Exp(log) * -math.Expm1(total-ratio)
			log += math.Log(float64(times-j)/float64(j+1)) - epsilon
		}
		return sum
	}
	if exceeds(0) <= delta {
		return 0, nil
	}
	return smallest(epsilon, func(total float64) bool { return exceeds(total) <= delta }), nil
}

// AdvancedComposition returns the ε at δ that the best-known theorem promises for
// k uses of mechanisms that are each ε₀-private with δ = 0:
//
//	ε = ε₀·√(2k·log(1/δ)) + k·ε₀·(e^ε₀ − 1)
//
// (Dwork, Rothblum, Vadhan 2010, Theorem III.3), for comparison: often it is above
// k·ε₀, which needs no theorem. The parameters are those of [PureComposition].
func AdvancedComposition(epsilon float64, times int, delta float64) (float64, error) {
	if err := first(CheckEpsilon(epsilon), CheckSteps(times), CheckDelta(delta)); err != nil {
		return 0, err
	}
	k := float64(times)
	return epsilon*math.Sqrt(-2*k*math.Log(delta)) + k*epsilon*math.Expm1(epsilon), nil
}

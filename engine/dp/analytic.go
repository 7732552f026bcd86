package dp

import "math"

// GaussianDelta returns the least δ at ε of the Gaussian mechanism without
// sampling, noise multiplier σ:
//
//	δ = Φ(1/2σ − εσ) − e^ε · Φ(−1/2σ − εσ)
//
// exactly (Balle, Wang 2018, "Improving the Gaussian Mechanism for Differential
// Privacy", Theorem 8). T steps without sampling are one step with σ/√T. ε must be
// at least 0 and σ above 0; what is not is answered with a *[ParameterError].
func GaussianDelta(noise, epsilon float64) (float64, error) {
	if err := first(checkPositive("noise", noise), checkLoss(epsilon)); err != nil {
		return 0, err
	}
	return gaussianDelta(noise, epsilon), nil
}

// GaussianEpsilon returns the least ε at δ of the Gaussian mechanism without
// sampling, the inverse of [GaussianDelta], at most a share of 1e-12 too large.
func GaussianEpsilon(noise, delta float64) (float64, error) {
	if err := first(checkPositive("noise", noise), CheckDelta(delta)); err != nil {
		return 0, err
	}
	if gaussianDelta(noise, 0) <= delta {
		return 0, nil
	}
	return smallest(1, func(epsilon float64) bool { return gaussianDelta(noise, epsilon) <= delta }), nil
}

// GaussianNoise returns the least noise multiplier with which the Gaussian
// mechanism without sampling is (ε, δ)-private (Balle, Wang 2018, Algorithm 1), at
// most a share of 1e-12 too large. ε must be at least 0.
func GaussianNoise(epsilon, delta float64) (float64, error) {
	if err := first(checkLoss(epsilon), CheckDelta(delta)); err != nil {
		return 0, err
	}
	return smallest(1, func(noise float64) bool { return gaussianDelta(noise, epsilon) <= delta }), nil
}

func gaussianDelta(noise, epsilon float64) float64 {
	half, shift := 0.5/noise, epsilon*noise
	a, b := logNormal(half-shift), logNormal(-half-shift)
	return math.Exp(a) * max(0, -math.Expm1(epsilon+b-a))
}

// logNormal returns log Φ(x).
func logNormal(x float64) float64 {
	if x > -30 {
		return math.Log(math.Erfc(-x/math.Sqrt2) / 2)
	}
	// Φ(x) = φ(x)/|x| · (1 − 1/x² + 3/x⁴ − 15/x⁶ + …)
	y := 1 / (x * x)
	return -x*x/2 - math.Log(-x*math.Sqrt(2*math.Pi)) + math.Log1p(-y*(1-3*y*(1-5*y*(1-7*y))))
}

func checkPositive(parameter string, x float64) error {
	if !(x > 0 && x <= math.MaxFloat64) {
		return wrong(parameter, x, "out of range", "give a number above 0")
	}
	return nil
}

// checkLoss refuses an ε that is negative or not finite.
func checkLoss(epsilon float64) error {
	if !(epsilon >= 0 && epsilon <= math.MaxFloat64) {
		return wrong("epsilon", epsilon, "out of range", "give a number from 0")
	}
	return nil
}

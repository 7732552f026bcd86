package dp

import "math"

// Laplace adds noise from the Laplace distribution of scale b, where b is measured
// in L1 sensitivities (Dwork, McSherry, Nissim, Smith 2006).
type Laplace struct {
	Scale float64 // b > 0
}

// Check reports the first parameter that cannot be used as a *[ParameterError].
func (l Laplace) Check() error { return checkPositive("scale", l.Scale) }

// Epsilon returns the ε at which δ is 0: 1/b. The scale must be valid, as in all
// methods.
func (l Laplace) Epsilon() float64 { return 1 / l.Scale }

// Delta returns the least δ at an ε ≥ 0: max(0, 1 − e^((ε − 1/b)/2)) (Balle,
// Barthe, Gaboardi 2018, "Privacy Amplification by Subsampling", Theorem 3).
func (l Laplace) Delta(epsilon float64) float64 {
	return max(0, -math.Expm1((epsilon-1/l.Scale)/2))
}

// rdp is, after Mironov 2017, Proposition 6:
//
//	RDP(α) = log( α/(2α−1)·e^((α−1)/b) + (α−1)/(2α−1)·e^(−α/b) ) / (α−1)
func (l Laplace) rdp(order float64) float64 {
	up, down := (order-1)/l.Scale, -order/l.Scale
	if up < 1 { // digits are lost unless the 1 inside the logarithm is left out
		return math.Log1p((order*math.Expm1(up)+(order-1)*math.Expm1(down))/(2*order-1)) / (order - 1)
	}
	return logAdd(math.Log(order)+up, math.Log(order-1)+down)/(order-1) - math.Log(2*order-1)/(order-1)
}

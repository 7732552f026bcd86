package dp

import (
	"fmt"
	"math"
)

// Shares is Gaussian noise that nobody knows as a whole: so many parties each add
// discrete Gaussian noise of their own to a vector of whole numbers, and the sum of
// the vectors is released (Kairouz, Liu, Steinke 2021, "The Distributed Discrete
// Gaussian Mechanism for Federated Learning with Secure Aggregation", Theorem 1).
//
// A sum of discrete Gaussians is not quite one, unless its shares are several steps
// wide. Where a share has deviation s, the sum of m is as private as one Gaussian of
// noise multiplier σ but for τ, in every one of d elements:
//
//	RDP(α) = α·ε²/2,  ε = min( √(1/σ² + τd/2), 1/σ + τ√d ),  τ = 10·Σ_{k=1}^{m−1} e^(−2π²s²·k/(k+1))
//
// From s = 2 on τ is below 1e-16 and what it adds below 1e-12 for any network here.
type Shares struct {
	Noise     float64 // σ: √m·s in clipping norms
	Count     int     // m: shares that nobody who observes knows
	Deviation float64 // s, in steps
	Elements  int     // d
}

// LeastShare is the least deviation of a share of noise, in steps.
const LeastShare = 2

// Check reports the first parameter that cannot be used as a *[ParameterError].
func (m Shares) Check() error {
	switch {
	case m.Count < 1:
		return wrong("shares", m.Count, "not a number of shares", "give a whole number from 1")
	case !(m.Deviation >= LeastShare && m.Deviation <= mostDeviation):
		return wrong("deviation", m.Deviation, "out of range for a share of noise", fmt.Sprintf("give a number from %d to 2^31", LeastShare))
	case m.Elements < 1:
		return wrong("elements", m.Elements, "not a number of elements", "give a whole number from 1")
	}
	return CheckNoise(m.Noise)
}

// excess is τ.
func (m Shares) excess() float64 {
	tau := 0.0
	for k := 1; k < m.Count; k++ {
		tau += math.Exp(-2 * math.Pi * math.Pi * m.Deviation * m.Deviation * float64(k) / float64(k+1))
	}
	return 10 * tau
}

func (m Shares) rdp(order float64) float64 {
	tau, d := m.excess(), float64(m.Elements)
	epsilon := min(math.Sqrt(1/(m.Noise*m.Noise)+tau*d/2), 1/m.Noise+tau*math.Sqrt(d))
	return order * epsilon * epsilon / 2
}

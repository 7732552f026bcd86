package dp

import (
	"fmt"
	"math"
)

// Guarantee is an (ε, δ) that a run satisfies.
type Guarantee struct {
	Epsilon float64 // ≥ 0; +Inf: nothing is promised
	Order   float64 // the Rényi order that gives ε, the least of several
	Delta   float64
}

// Odds returns how often an observer is right at most; see [Odds].
func (g Guarantee) Odds() float64 { return odds(g.Epsilon, g.Delta) }

// Convert returns the least ε over the orders for Rényi divergences in nats:
//
//	ε = RDP(α) + log(1 − 1/α) − log(δ·α) / (α−1)
//
// (Canonne, Kamath, Steinke 2020, "The Discrete Gaussian for Differential
// Privacy", Proposition 12), and 0 where that is negative, or where the
// divergence is 0 at every order. An order with an infinite divergence is of no
// use; if there is no other, ε is +Inf. That δ alone can pay for a divergence
// below about δ², through total variation, is not used: ε would jump from 0.
//
// The lists must be equally long and not empty; what is not an order above 1, a
// divergence from 0 or a δ between 0 and 1 is answered with a *[ParameterError].
func Convert(orders, rdp []float64, delta float64) (Guarantee, error) {
	if err := CheckDelta(delta); err != nil {
		return Guarantee{}, err
	}
	if len(orders) == 0 || len(rdp) != len(orders) {
		return Guarantee{}, wrong("order", fmt.Sprintf("%d orders, %d divergences", len(orders), len(rdp)), "not in pairs", "give one divergence for each order")
	}
	for i, order := range orders {
		if err := CheckOrder(order); err != nil {
			return Guarantee{}, err
		}
		if !(rdp[i] >= 0) {
			return Guarantee{}, wrong("divergence", rdp[i], "not a Rényi divergence", "give a number from 0")
		}
	}
	return convert(orders, rdp, delta), nil
}

func convert(orders, rdp []float64, delta float64) Guarantee {
	g := Guarantee{Epsilon: math.Inf(1), Order: orders[0], Delta: delta}
	nothing := true
	for i, order := range orders {
		nothing = nothing && rdp[i] == 0
		if epsilon := rdp[i] + price(order, delta); epsilon < g.Epsilon {
			g.Epsilon, g.Order = epsilon, order
		}
	}
	g.Epsilon = max(g.Epsilon, 0)
	if nothing {
		g.Epsilon = 0
	}
	return g
}

// price is what the conversion adds to the divergence at an order.
func price(order, delta float64) float64 {
	return math.Log1p(-1/order) - math.Log(delta*order)/(order-1)
}

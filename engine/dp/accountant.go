package dp

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// Accountant adds up what the steps of a run cost. The divergences of a mechanism
// are computed when it is met first and kept, so that a further step of the same
// kind costs a count, and ε after it a few microseconds. An accountant belongs to
// one goroutine; it begins with [NewAccountant].
type Accountant struct {
	orders []float64
	kinds  map[Mechanism]int // places in spent
	spent  []spent
}

// spent is how often a mechanism was used.
type spent struct {
	rdp   []float64 // of one use, by order; never changes
	times int
}

// NewAccountant returns an accountant that has seen no step. Without orders it
// uses those of [Orders]; one that is not above 1 is answered with a
// *[ParameterError].
func NewAccountant(orders ...float64) (*Accountant, error) {
	if len(orders) == 0 {
		orders = Orders()
	}
	for _, order := range orders {
		if err := CheckOrder(order); err != nil {
			return nil, err
		}
	}
	return &Accountant{orders: slices.Clone(orders), kinds: map[Mechanism]int{}}, nil
}

// Step counts one step of DP-SGD with sampling rate q and noise multiplier σ; see
// [SubsampledGaussian].
func (a *Accountant) Step(rate, noise float64) error {
	return a.Add(SubsampledGaussian{Rate: rate, Noise: noise}, 1)
}

// Add counts uses of a mechanism: what they release together, each chosen with the
// knowledge of those before, costs the sum of their divergences (Mironov 2017,
// "Rényi Differential Privacy", Proposition 1). A parameter that cannot be used is
// answered with a *[ParameterError], and nothing is counted.
func (a *Accountant) Add(m Mechanism, times int) error {
	if err := first(m.Check(), CheckSteps(times)); err != nil {
		return err
	}
	if times == 0 {
		return nil
	}
	i, known := a.kinds[m]
	if !known {
		s := spent{rdp: make([]float64, len(a.orders))}
		for j, order := range a.orders {
			s.rdp[j] = m.rdp(order)
		}
		i = len(a.spent)
		a.kinds[m], a.spent = i, append(a.spent, s)
	}
	if times > math.MaxInt-a.spent[i].times {
		return wrong("steps", times, fmt.Sprintf("too many after %d", a.spent[i].times), "begin a new account")
	}
	a.spent[i].times += times
	return nil
}

// Epsilon returns ε at δ for everything counted so far, at the order that gives
// the least; see [Convert]. Without any step ε is 0.
func (a *Accountant) Epsilon(delta float64) (Guarantee, error) {
	if err := CheckDelta(delta); err != nil {
		return Guarantee{}, err
	}
	return convert(a.orders, a.RDP(), delta), nil
}

// RDP returns the divergences of everything counted so far, by order.
func (a *Accountant) RDP() []float64 {
	sum := make([]float64, len(a.orders))
	for _, s := range a.spent {
		for i, rdp := range s.rdp {
			sum[i] += float64(s.times) * rdp
		}
	}
	return sum
}

// Orders returns the orders at which account is kept.
func (a *Accountant) Orders() []float64 { return slices.Clone(a.orders) }

// Clone returns an accountant that has counted the same: to see what a step would
// cost before it is taken, or to return to a checkpoint.
func (a *Accountant) Clone() *Accountant {
	return &Accountant{orders: a.orders, kinds: maps.Clone(a.kinds), spent: slices.Clone(a.spent)}
}

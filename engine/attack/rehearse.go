package attack

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gorgonia.org/tensor"

	"unseen/data"
	"unseen/engine/nn"
	"unseen/engine/trace"
)

// Invented are people that an adversary made up from what is public.
type Invented struct {
	X, Y []*tensor.Dense // a scaled row each, and its one-hot label
}

// Invent makes people up: every category as likely as every other, numbers as far from
// their mean as a normal distribution goes, and now and then three times as far. A rule
// that is made up too decides on the class: training then moves weights as far as it
// does where there is something to learn. classes is how many there are.
func (s Schema) Invent(r *rand.Rand, people, classes int) (out Invented) {
	rules := make([][]float64, classes)
	for c := range rules {
		for range s.Features {
			rules[c] = append(rules[c], r.NormFloat64())
		}
	}
	for range people {
		x, y := nn.New(1, len(s.Features)), nn.New(1, classes)
		chosen := make([]int, len(s.Columns))
		for c, column := range s.Columns {
			chosen[c] = r.IntN(max(1, len(column.Values)))
		}
		for j, f := range s.Features {
			x.Float64s()[j] = s.invented(j, chosen[f.Column], r)
		}
		class, most := 0, math.Inf(-1)
		for c, rule := range rules {
			if score := floats.Dot(rule, x.Float64s()); score > most {
				class, most = c, score
			}
		}
		y.Float64s()[class] = 1
		out.X, out.Y = append(out.X, x), append(out.Y, y)
	}
	return out
}

// invented is one scaled feature of a person who has the chosen value of its column.
func (s Schema) invented(j, chosen int, r *rand.Rand) float64 {
	f := s.Features[j]
	column, raw := s.Columns[f.Column], 0.0
	switch {
	case column.Kind == data.Numeric:
		x := r.NormFloat64()
		if r.IntN(10) == 0 {
			x *= 3
		}
		return x
	case column.Kind == data.Binary:
		raw = float64(chosen)
	case column.Values[chosen] == f.Category:
		raw = 1
	}
	return (raw - s.Scaling.Shift[j]) / s.Scaling.Scale[j]
}

// Rehearse trains a network as federated training does, one step on each invented
// person in turn, and attacks every update. closed is how many of them said nothing,
// and faintest the largest [Update.blur] of the others.
// The network is changed. It stops when more than enough have said nothing.
func Rehearse(net nn.Weights, loss nn.Loss, rate float64, people Invented, enough int) (closed int, faintest float64) {
	float := nn.NewFloat("")
	learner := nn.Learner[*tensor.Dense]{Arithmetic: float, Tracer: &trace.Tracer{}, Loss: loss}
	for i, x := range people.X {
		before := nn.Clone(net)
		float.Reset(1)
		learner.Step(net, x, people.Y[i], 1, rate)
		u := Update{Before: Model{W: before.W[0], B: before.B[0]}, After: Model{W: net.W[0], B: net.B[0]}}
		if u.Closed() > 0 {
			if closed++; closed > enough {
				break
			}
			continue
		}
		faintest = math.Max(faintest, u.blur())
	}
	return closed, faintest
}

// blur is how much of its change the bias that moved most has lost to rounding, and
// about the error of a row that is read from its unit alone.
func (u Update) blur() float64 {
	least := math.Inf(1)
	before, after := u.Before.B.Float64s(), u.After.B.Float64s()
	for i, b := range after {
		if b != before[i] {
			least = min(least, unit(math.Max(math.Abs(b), math.Abs(before[i])))/math.Abs(b-before[i]))
		}
	}
	return least
}

package plot

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// passScale divides the axis of passes. Where one curve is much longer than
// another it is logarithmic, in 1 + passes, so that it begins at 0 all the same.
type passScale struct {
	most float64 // passes
	log  bool
}

func newPassScale(curves []Curve) passScale {
	const much, many = 4, 12 // times as long; passes
	s := passScale{most: 1}
	shortest := math.Inf(1)
	for _, c := range curves {
		last := 0.0
		for _, xy := range append(lossOf(c), spentOf(c)...) {
			last = max(last, xy.X)
		}
		s.most, shortest = max(s.most, last), min(shortest, max(last, 1))
	}
	s.log = s.most > much*shortest && s.most > many
	return s
}

func (s passScale) label() string {
	if s.log {
		return "passes over the training rows (logarithmic)"
	}
	return "passes over the training rows"
}

// at returns where on the axis a number of passes lies.
func (s passScale) at(passes float64) float64 {
	if s.log {
		return math.Log1p(passes)
	}
	return passes
}

// Ticks returns ticks at whole passes.
func (s passScale) Ticks(_, _ float64) []plot.Tick {
	label := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	if !s.log {
		return steps(0, s.most, max(1, step(s.most, 6)), label)
	}
	ticks := []plot.Tick{{Value: 0, Label: "0"}}
	factors := []float64{1, 2, 5}
	if s.most > 1000 {
		factors = factors[:1] // labels would touch
	}
	for unit := 1.0; unit <= s.most; unit *= 10 {
		for _, m := range factors {
			if v := m * unit; v <= s.most {
				ticks = append(ticks, plot.Tick{Value: s.at(v), Label: label(v)})
			}
		}
	}
	return ticks
}

// lossScale divides the axis of the loss, which begins at 0.
type lossScale struct{}

func (lossScale) ends(_, most float64) (float64, float64) {
	if most <= 0 {
		return 0, 1
	}
	return 0, 1.06 * most
}

// Ticks returns ticks at round numbers.
func (lossScale) Ticks(from, to float64) []plot.Tick {
	by := step(to-from, 6)
	digits := max(0, int(math.Ceil(-math.Log10(by))))
	return steps(from, to, by, func(v float64) string {
		if to >= 1e5 {
			return strconv.FormatFloat(v, 'g', 2, 64)
		}
		return strconv.FormatFloat(v, 'f', digits, 64)
	})
}

// percentScale divides the axis of the accuracy in per cent.
type percentScale struct{}

// ends leaves some room around the values, but does not go beyond 0 and 100.
func (percentScale) ends(least, most float64) (float64, float64) {
	room := max(2, 0.08*(most-least))
	from, to := math.Floor(max(0, least-room)), math.Ceil(min(100, most+room))
	if to <= from {
		return 0, 100
	}
	return from, to
}

// Ticks returns ticks at round percentages.
func (percentScale) Ticks(from, to float64) []plot.Tick {
	return steps(from, to, max(1, step(to-from, 7)), func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) + " %" })
}

// unitScale divides an axis from 0 to 1.
type unitScale struct{}

// Ticks returns a tick every fifth.
func (unitScale) Ticks(from, to float64) []plot.Tick {
	return steps(from, to, 0.2, func(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) })
}

// step returns the least of 1, 2, 5, 10 and so on, and of their fractions, that
// divides a length into so many parts at most.
func step(length float64, parts int) float64 {
	least := length / float64(parts)
	unit := math.Pow(10, math.Floor(math.Log10(least)))
	for _, m := range []float64{1, 2, 5} {
		if m*unit >= least {
			return m * unit
		}
	}
	return 10 * unit
}

// steps returns labelled ticks at the multiples of a step.
func steps(from, to, by float64, label func(float64) string) []plot.Tick {
	var ticks []plot.Tick
	for k := math.Ceil(from / by); k*by <= to*(1+1e-12); k++ {
		ticks = append(ticks, plot.Tick{Value: k * by, Label: label(k * by)})
	}
	return ticks
}

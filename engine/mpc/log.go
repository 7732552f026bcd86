package mpc

import "math"

// Log returns [log(x)], the natural logarithm, for 1 ≤ x ≤ top, element by element;
// 2 ≤ top ≤ 10, x and the result with f fraction bits.
//
// Formula: with t = (2x − top − 1)/(top − 1) in [−1, 1], the Chebyshev series of the
// logarithm in t, of degree 6 for top = 2 to 15 for top = 10, in powers of t.
//
// Rounds: 9 for top = 2, up to 11 for top = 10: 4 for the two comparisons that clamp x,
// 1 for t, 2 for its powers up to t⁴, 1 for each four coefficients. Each holder sends,
// to each other one, 8 bytes for x and 34 bits for each comparison, 32 bytes for t to
// t⁴ and 8 for each four coefficients, an element. It reveals masked values only.
// Error: at most 1.5e-6 for top = 2, 7.2e-6 for more, and 1 ulp. Range: outside, the
// result is that of the nearer end.
func (p *Protocol) Log(x *Shared, top, f int) (z *Shared) {
	defer p.begin("log", x).end(&z)
	p.checkFunction(f)
	p.checkClasses(top)
	over, _ := p.ramps(numbers(x, f), -(uint64(1) << f), -(uint64(top) << f))
	x = p.AddConstant(p.Sub(over[0], over[1]), 1<<f)
	t := p.factors(p.bits.intervalTo(top).of(p, p.finer(x, p.bits.log-f)))
	return p.finish(&rider{p.logSteps(top, f), t})[0].Shared
}

// interval carries 1 ≤ x ≤ top to −1 ≤ t ≤ 1: t = slope·x − offset, in units of
// 2^−bits of a unit of x.
type interval struct {
	slope, offset uint64
	bits          int
}

// intervalTo returns t = (2x − top − 1)/(top − 1) for x with a logarithm's fraction bits.
func (b precision) intervalTo(top int) interval {
	k := float64(top)
	bits := b.slope
	if top <= 3 { // the slope is 2 or 1: no fraction to be rid of
		bits = 0
	}
	return interval{fixed(2/(k-1), bits), fixed((k+1)/(k-1), bits+b.log), bits}
}

// of returns t, about to be opened.
func (in interval) of(p *Protocol, x *Shared) pending {
	return pending{p.AddConstant(p.coefficient(in.slope, in.bits, x), -in.offset), in.bits}
}

// logSeries returns the coefficients of t^0, t^1, … of log((top+1)/2 + t·(top−1)/2)
// for −1 ≤ t ≤ 1.
func logSeries(top int) []float64 {
	k := float64(top)
	shrink := (math.Sqrt(k) - 1) / (math.Sqrt(k) + 1) // of the Chebyshev coefficients, from one to the next
	degree := 1
	for 2*math.Pow(shrink, float64(degree+1))/float64(degree+1) > 4e-6 {
		degree++
	}
	return chebyshev(degree, func(t float64) float64 { return math.Log((k + 1 + t*(k-1)) / 2) })
}

// chebyshev returns the coefficients of t^0, t^1, … of the Chebyshev series of g on
// −1 ≤ t ≤ 1 up to that degree (Mason and Handscomb 2003, Chebyshev Polynomials,
// chapters 2 and 6).
func chebyshev(degree int, g func(t float64) float64) []float64 {
	const nodes = 64 // enough for the integrals of the coefficients
	out := make([]float64, degree+1)
	power, before := make([]float64, degree+1), make([]float64, degree+1) // T_m and T_(m−1) in powers of t
	power[0] = 1
	for m := range out {
		c := 0.0
		for j := range nodes {
			angle := math.Pi * (float64(j) + 0.5) / nodes
			c += g(math.Cos(angle)) * math.Cos(float64(m)*angle) * 2 / nodes
		}
		twice := 2.0
		if m == 0 {
			c, twice = c/2, 1
		}
		next := make([]float64, degree+1) // T_(m+1) = 2t·T_m − T_(m−1), and T_1 = t
		for i, v := range power {
			out[i] += c * v
			if i < degree {
				next[i+1] += twice * v
			}
			next[i] -= before[i]
		}
		power, before = next, power
	}
	return out
}

// logSteps are the steps from t, open, to the logarithm with so many fraction bits, opened
// under the mask of its truncation: t², then t³ and t⁴, then by Horner's rule the series in
// blocks of four, from the highest.
func (p *Protocol) logSteps(top, fraction int) []func([]*factor) []pending {
	c, log := logSeries(top), p.bits.log
	var powers [5]*factor                // of t
	block := func(c []float64) *Shared { // c_0 + c_1·t + c_2·t² + c_3·t³
		sum := p.AddConstant(p.coefficient(fixed(c[1], log), log, powers[1].Shared), fixed(c[0], 2*log))
		for i := 2; i < len(c); i++ {
			sum = p.Add(sum, p.Scale(fixed(c[i], log), powers[i].Shared))
		}
		return sum
	}
	last := (len(c) - 1) / 4
	highest := c[4*last:]
	if len(highest) == 1 {
		highest = append(highest, 0)
	}
	const series = "the series of argument, argument² and argument³"
	steps := []func([]*factor) []pending{
		func(open []*factor) []pending {
			powers[1] = open[0]
			return []pending{{p.product("argument²", powers[1], powers[1]), log}}
		},
		func(open []*factor) []pending {
			powers[2] = open[0]
			return []pending{{p.product("argument³", powers[1], powers[2]), log}, {p.product("argument⁴", powers[2], powers[2]), log}}
		},
		func(open []*factor) []pending {
			powers[3], powers[4] = open[0], open[1]
			return []pending{{p.Keep("logarithm", block(highest), series), log}}
		},
	}
	for i := last - 1; i >= 0; i-- {
		steps = append(steps, func(open []*factor) []pending {
			sum := p.Add(block(c[4*i:4*i+4]), p.product("raised logarithm", open[0], powers[4]))
			p.Keep("logarithm", sum, series+" + raised logarithm")
			if i > 0 {
				return []pending{{sum, log}}
			}
			return []pending{{sum, 2*log - fraction}}
		})
	}
	return steps
}

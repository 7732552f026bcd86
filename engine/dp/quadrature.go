package dp

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/integrate/quad"
)

// logIntegral returns log(A−1) at any order, with x = z/σ as
//
//	A − 1 = ∫ φ(x) · g(u(x)) dx,  g(u) = (1 + u)^α − 1 − αu ≥ 0,  φ the normal density
//
// The series over binomial coefficients of a broken order, which is the usual way,
// alternates and subtracts numbers of nearly equal size; this integrand is smooth
// and nowhere negative, so quadrature keeps its relative accuracy.
//
// Where its mass lies is known. 1 + u bends at one place x*, where the Gaussian at
// 1 begins to outweigh the one at 0, within some multiple of σ. Elsewhere
// log(φ·g) is about as concave as log φ, with one peak left of u = 0 and one or
// two to the right. So the line is cut at u = 0 and on both sides of the bend;
// each piece has one peak, outside a few units around which it holds nothing.
func (m SubsampledGaussian) logIntegral(order float64) float64 {
	f := newIntegrand(m, order)
	nodes, weights := make([]float64, nodesPerPanel), make([]float64, nodesPerPanel)
	quad.Legendre{}.FixedLocations(nodes, weights, -1, 1)
	var logs, widths []float64 // of the integrand at the nodes, and what they stand for
	highest := math.Inf(-1)
	for _, s := range f.pieces() {
		for lo := s.lo; lo < s.hi; {
			hi := min(s.hi, lo+f.panel(lo))
			half, middle := (hi-lo)/2, lo+(hi-lo)/2
			for i, node := range nodes {
				l := f.log(middle + half*node)
				highest = max(highest, l)
				logs, widths = append(logs, l), append(widths, half*weights[i])
			}
			lo = hi
		}
	}
	if math.IsInf(highest, -1) {
		return highest // too small for a float64
	}
	sum := 0.0
	for i, l := range logs {
		sum += widths[i] * math.Exp(l-highest)
	}
	return highest + math.Log(sum)
}

const (
	nodesPerPanel = 16
	reach         = 10.0 // how far from a peak there is mass: e^(−reach²/2) is 2e-22
)

// integrand is φ·g at one order.
type integrand struct {
	order, rate, noise float64
	zero               float64 // x at which u = 0
	bend               float64 // x*, where q·e^t = 1−q
	sharp              float64 // width of the panels at the bend
}

func newIntegrand(m SubsampledGaussian, order float64) integrand {
	zero := 0.5 / m.Noise
	return integrand{
		order: order, rate: m.Rate, noise: m.Noise, zero: zero,
		bend:  zero + m.Noise*(math.Log1p(-m.Rate)-math.Log(m.Rate)),
		sharp: min(2, 4*m.Noise/math.Sqrt(order)),
	}
}

// log returns log(φ(x)·g(u(x))), −Inf where u = 0.
func (f integrand) log(x float64) float64 {
	t := (x - f.zero) / f.noise
	u := f.rate * math.Expm1(t)
	const logRoot2Pi = 0.918938533204672741780329736405617639861
	density, a := -x*x/2-logRoot2Pi, f.order
	if a*math.Abs(u) < 0.5 { // g as its series α(α−1)/2·u²·(1 + (α−2)/3·u + …)
		sum, term := 1.0, 1.0
		for k := 3.0; math.Abs(term) > 1e-17; k++ {
			term *= u * (a - k + 1) / k
			sum += term
		}
		return density + math.Log(a*(a-1)/2*sum) + 2*math.Log(math.Abs(u))
	}
	if u < 0 {
		return density + math.Log(math.Expm1(a*math.Log1p(u))-a*u)
	}
	l := math.Log1p(u)
	if t > 30 { // before u is too large for a float64
		l = math.Log(f.rate) + t + math.Log1p((1-f.rate)*math.Exp(-t-math.Log(f.rate)))
	}
	// 1 + αu = (1 + u)·(α − (α−1)/(1+u)), the smaller part of g
	smaller := math.Log1p(-(a-1)*math.Expm1(-l)) - (a-1)*l
	return density + a*l + math.Log(-math.Expm1(smaller))
}

// span is a stretch of the line.
type span struct{ lo, hi float64 }

// pieces returns the stretches of the line that hold all the mass.
func (f integrand) pieces() []span {
	lo, hi := -reach, max(f.order, 2)/f.noise+reach
	ends := []float64{lo, f.zero, hi}
	// At a distance of d·σ from the bend the second derivative of α·log(1+u) has
	// fallen below α/σ²·e^−d, to be compared with that of log φ, which is 1.
	around := span{hi, hi} // the bend; empty if it is nowhere sharp
	if d := math.Log(8 * f.order / f.noise / f.noise); d > 0 {
		around = span{f.bend - d*f.noise, f.bend + d*f.noise}
		ends = append(ends, min(max(lo, around.lo), hi), min(max(lo, around.hi), hi))
	}
	slices.Sort(ends)
	var list []span
	for i, end := range ends[1:] {
		s := span{ends[i], end}
		switch {
		case s.lo >= s.hi:
		case s.lo >= around.lo && s.hi <= around.hi:
			list = append(list, s)
		default:
			list = append(list, f.massive(s))
		}
	}
	return list
}

// massive finds the peak of a stretch where log is concave, by golden section, and
// keeps what is near it.
func (f integrand) massive(s span) span {
	const ratio = 0.6180339887498949
	lo, hi := s.lo, s.hi
	a, b := hi-ratio*(hi-lo), lo+ratio*(hi-lo)
	atA, atB := f.log(a), f.log(b)
	for hi-lo > 0.25 {
		if atA > atB {
			hi, b, atB = b, a, atA
			a = hi - ratio*(hi-lo)
			atA = f.log(a)
		} else {
			lo, a, atA = a, b, atB
			b = lo + ratio*(hi-lo)
			atB = f.log(b)
		}
	}
	return span{max(s.lo, lo-reach), min(s.hi, hi+reach)}
}

// panel returns the width of the panel that begins at x: two, and less near the
// bend, whose branch point in the complex plane is πσ away from the line.
func (f integrand) panel(x float64) float64 {
	return min(2, max(f.sharp, math.Abs(x-f.bend)/2))
}

package share

import "math/bits"

// Points are the points 1 … n at which polynomials over [Prime] with so many
// coefficients are evaluated, as shares of many secrets are: the powers of the points
// are computed once. It may be used by several goroutines at once.
type Points struct {
	t      int
	powers []uint64 // of each point: its powers from 0 to t − 1
}

// NewPoints prepares n points for polynomials with t coefficients.
func NewPoints(t, n int) *Points {
	p, field := &Points{t, make([]uint64, t*n)}, Default()
	for i := range n {
		row := p.powers[t*i : t*(i+1)]
		row[0] = 1
		for d := 1; d < t; d++ {
			row[d] = field.mul(row[d-1], uint64(i)+1)
		}
	}
	return p
}

// n is how many points there are.
func (p *Points) n() int { return len(p.powers) / p.t }

// lazily is how many products of two elements fit into 128 bits together: each is below
// 2^122.
const lazily = 64

// Evaluate writes into y the values of a polynomial at the points, the first len(y) of
// them: Σ a_d·x^d, of which the products are added up in 128 bits before they are reduced.
func (p *Points) Evaluate(y, polynomial []uint64) {
	for i := range y {
		row, value := p.powers[p.t*i:p.t*(i+1)], uint64(0)
		for from := 0; from < len(polynomial); from += lazily {
			to := min(from+lazily, len(polynomial))
			value = Default().add(value, dot(polynomial[from:to], row[from:to]))
		}
		y[i] = value
	}
}

// dot returns Σ a·b mod 2^61 − 1 of no more than [lazily] elements.
func dot(a, b []uint64) uint64 {
	var hi, lo, carry uint64
	b = b[:len(a)]
	for d, x := range a {
		h, l := bits.Mul64(x, b[d])
		lo, carry = bits.Add64(lo, l, 0)
		hi, _ = bits.Add64(hi, h, carry)
	}
	sum := lo&Prime + (hi<<3|lo>>61)&Prime + hi>>58 // 2^61 ≡ 1
	sum = sum&Prime + sum>>61
	if sum >= Prime {
		sum -= Prime
	}
	return sum
}

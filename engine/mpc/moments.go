package mpc

import (
	"fmt"
	"math"
)

// Moments are the sums of the columns of a matrix and of their squares.
type Moments struct {
	Sum, Squares *Shared // 1 × columns, with the fraction bits of the matrix
}

// Moments returns [Σ x] and [Σ x²] of each column of x, with f fraction bits as x has
// them. The mean is Σx/rows and the variance Σx²/rows − mean²; who may know the sums
// computes both in public.
//
// Rounds: 2 = 1 for opening x under its mask, or 0 if it was before, and 1 for
// truncating the sums of the squares. Each holder sends 8·(n−1) bytes an element of x
// and of the sums. It reveals masked values only; opening the sums is another matter.
// Error: Σx is exact, Σx² within 1 ulp. Range: Σx² < 2^62 units of 2^-2f; data are
// divided by public powers of two before.
func (p *Protocol) Moments(x *Shared, f int) (m Moments) {
	defer p.begin("moments", x).end(&m.Squares)
	p.checkFunction(f)
	xs := p.factors(pending{x, 0})[0]
	m.Sum = p.scaled(p.SumRows(x), f)
	m.Squares = p.shrink(p.scaled(p.SumRows(p.multiply(xs, xs)), 2*f), f).Shared
	return m
}

// MeanVariance returns [mean] and [variance] of each column of x, 1 × columns, with f
// fraction bits as x has them, while the sums stay secret:
//
//	mean = Σx/rows,   variance = Σx²/rows − mean².
//
// Dividing by the number of rows is multiplying by 2^g/rows, of at least 20 bits, and
// truncating by g.
//
// Rounds: 3 = 1 for opening x under its mask, or 0 if it was before, 1 for truncating
// Σx² and the mean, 1 for the variance. Each holder sends 8·(n−1) bytes an element of
// x and 24·(n−1) a column. It reveals masked values only. Error: 2^-20 of mean and
// Σx²/rows, and 2 ulp. Range: Σx² < 2^62 units of 2^-2f; |mean| and Σx²/rows below
// 2^(61−g) units of 2^-f, with g = max(f, 20 + log₂ rows); at most 2^20 rows.
func (p *Protocol) MeanVariance(x *Shared, f int) (mean, variance *Shared) {
	defer p.begin("moments", x).end(&variance)
	p.checkFunction(f)
	rows, _ := x.Shape()
	if rows < 1 || rows > 1<<20 {
		p.abort(&FunctionError{fmt.Sprintf("the mean of %d rows: it is for 1 to 2^20", rows)})
	}
	g := p.bits.averageBits(rows, f)
	share := fixed(1/float64(rows), g)
	xs := p.factors(pending{x, 0})[0]
	sum, squares := p.scaled(p.SumRows(x), f), p.scaled(p.SumRows(p.multiply(xs, xs)), 2*f)
	open := p.factors(pending{p.coefficient(share, g, sum), g}, pending{squares, f})
	m := open[0]
	ofSquares := p.coefficient(share, g, open[1].Shared)
	variance = p.shrink(p.Sub(ofSquares, p.finer(p.multiply(m, m), g-f)), g).Shared
	return m.Shared, variance
}

// averageBits returns g, how many fraction bits 1/rows has.
func (b precision) averageBits(rows, f int) int {
	return max(f, b.average+int(math.Ceil(math.Log2(float64(rows)))))
}

package mpc

import (
	"fmt"
	"testing"

	"gorgonia.org/tensor"

	"unseen/engine/ring"
)

// tiny returns a precision with which elementary functions run in a ring that has next
// to no room: their results mean nothing, but what is dealt, opened and sent is what it
// is in Z_2^64.
func tiny(r ring.Ring) precision {
	b := precision{ring: r, squares: 2, exponentIn: 1, cube: 1, fourth: 1, slope: 1, newton: 10,
		reciprocalLow: -1, reciprocalHigh: 1, waves: 2, period: 1, clamp: 0.5}
	work := map[int]int{3: 1, 4: 2, 8: 4}[r.Width()]
	b.exp, b.log, b.reciprocal, b.wave = work, work, work, work
	return b
}

// tinyFraction is the fraction bits of numbers that go with it.
func tinyFraction(r ring.Ring) int { return map[int]int{3: 1, 4: 2, 8: 3}[r.Width()] }

// columnsOf puts columns beside each other.
func columnsOf(p *Protocol, x ...*Shared) *Shared {
	z := x[0]
	for _, y := range x[1:] {
		z = p.Beside(z, y)
	}
	return z
}

// rowsOf makes rows of columns: sums of rows are then sums of these, element by element.
func rowsOf(p *Protocol, x ...*Shared) *Shared {
	rows, _ := x[0].Shape()
	return p.each(len(x), rows, func(i int, z *tensor.Dense) {
		for j, v := range x {
			copy(z.Uint64s()[j*rows:], v.Share[i].Uint64s())
		}
	})
}

// functions are the elementary functions, on inputs that the holders must not tell apart.
func functions(r ring.Ring) []studied {
	one := [][]int64{{0}, {1}, {-2}, {-1}}
	two, four := [][]int64{{0, 0}, {1, -2}, {-1, 1}}, [][]int64{{0, 0, 0, 0}, {1, -2, 1, -1}, {-1, 1, -2, 1}}
	f := tinyFraction(r)
	of := func(run func(p *Protocol, x []*Shared) *Shared) protocolUnderTest {
		return func(p *Protocol, x []*Shared) *Shared {
			p.bits = tiny(r)
			return run(p, x)
		}
	}
	return []studied{
		{"exp", one, of(func(p *Protocol, x []*Shared) *Shared { return p.Exp(x[0], f) })},
		{"reciprocal", one, of(func(p *Protocol, x []*Shared) *Shared { return p.Reciprocal(x[0], f) })},
		{"log to 2", one, of(func(p *Protocol, x []*Shared) *Shared { return p.Log(x[0], 2, f) })},
		{"log to 4", one, of(func(p *Protocol, x []*Shared) *Shared { return p.Log(x[0], 4, f) })},
		{"logistic", one, of(func(p *Protocol, x []*Shared) *Shared { return p.Logistic(x[0], f) })},
		{"logistic by waves", one, of(func(p *Protocol, x []*Shared) *Shared { return p.LogisticFourier(x[0], f, f) })},
		{"logistic by waves, of a product", one, of(func(p *Protocol, x []*Shared) *Shared { return p.LogisticFourier(x[0], f+1, f) })},
		{"moments", two, of(func(p *Protocol, x []*Shared) *Shared { return p.Moments(rowsOf(p, x...), f).Squares })},
		{"mean and variance", two, of(func(p *Protocol, x []*Shared) *Shared {
			mean, variance := p.MeanVariance(rowsOf(p, x...), f)
			return p.Beside(mean, variance)
		})},
		{"softmax of 3", two, of(func(p *Protocol, x []*Shared) *Shared {
			return p.Softmax(columnsOf(p, x[0], x[1], x[0]), f, f, false).Probability
		})},
		{"cross-entropy", four, of(func(p *Protocol, x []*Shared) *Shared {
			z := columnsOf(p, x[:2]...)
			return p.CrossEntropy(p.Softmax(z, f, f, true), columnsOf(p, x[2:]...), f)
		})},
		{"cross-entropy of 4", four, of(func(p *Protocol, x []*Shared) *Shared {
			z := columnsOf(p, x[0], x[1], x[0], x[1])
			return p.CrossEntropy(p.Softmax(z, f, f, true), columnsOf(p, x[2], x[3], x[2], x[2]), f)
		})},
		{"cross-entropy by waves", four, of(func(p *Protocol, x []*Shared) *Shared {
			z := columnsOf(p, x[:2]...)
			return p.CrossEntropy(p.SoftmaxFourier(z, f, f, true), columnsOf(p, x[2:]...), f)
		})},
	}
}

// In small rings, no coalition of all holders but one tells two secrets apart by what it
// sees of an elementary function. Of each, as many draws are made as a run of its own
// takes, hundreds; [pairViews] says how they are compared. A difference in one of 2^8 runs
// is missed with probability e^-8 at most, and the pieces that functions are made of are
// studied more closely by themselves.
//
// Z_2^3 has room for truncations by one bit only. What truncates by two numbers of bits
// runs in Z_2^4: the reciprocal; exp and the logistic function of numbers that have more
// bits than exp works with; waves of a product. Cross-entropy includes softmax, and that
// of two classes the logistic function. Variances open one number for all rows of a matrix:
// hence two matrices. That of four classes, the longest, is studied among two holders only.
func TestViewsOfFunctionsAreEqual(t *testing.T) {
	three, four := mustPower(3), mustPower(4)
	for _, c := range []struct {
		ring     ring.Ring
		holders  []int
		matrices int
		studied  []studied
	}{
		{three, []int{2, 3}, 1, only(functions(three), "exp", "log to 2", "log to 4", "logistic by waves", "moments", "mean and variance")},
		{three, []int{2, 3}, 2, only(functions(three), "cross-entropy", "cross-entropy by waves")},
		{three, []int{2}, 2, only(functions(three), "cross-entropy of 4")},
		{four, []int{2, 3}, 1, only(functions(four), "exp", "reciprocal", "logistic", "logistic by waves, of a product")},
	} {
		if halvings > 0 {
			c.holders, c.studied = []int{2}, only(c.studied, "exp", "logistic by waves")
		}
		for _, holders := range c.holders {
			for _, s := range c.studied {
				t.Run(fmt.Sprintf("%s among %d in %v", s.name, holders, c.ring), func(t *testing.T) {
					for without := range holders {
						r := pairViews(t, c.ring, holders, coalition(holders, without), encoded(c.ring, s.secrets), s.f, 1<<11>>halvings, c.matrices)
						if r.differ != "" {
							t.Errorf("all but holder %d: %s", without, r.differ)
						}
						t.Logf("all but %d: %d hidden columns", without, r.paired)
					}
				})
			}
		}
	}
}

// The same test finds what is broken within a function: a square that is truncated under
// the mask of the square before.
func TestBrokenViewsOfFunctionsDiffer(t *testing.T) {
	r := mustPower(3)
	broken := func(p *Protocol, x []*Shared) *Shared {
		p.bits = tiny(r)
		t := p.factors(pending{x[0], 0})[0]
		rows, columns := x[0].Shape()
		pair := p.Dealer.Truncation(rows, columns, 1)
		p.dealtTruncation(pair)
		for range 2 {
			square := p.multiply(t, t)
			t = p.opened(p.exchange(p.shifted(square, pair.R))[0], pair.Parts, 1)
		}
		return t.Shared
	}
	for _, holders := range []int{2, 3} {
		for without := range holders {
			if pairViews(t, r, holders, coalition(holders, without), encoded(r, [][]int64{{0}, {1}, {-2}}), broken, 1<<10, 2).differ == "" {
				t.Errorf("of %d holders, all but %d do not notice: this test finds nothing", holders, without)
			}
		}
	}
}

package mpc

import (
	"fmt"
	"os"
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

// short returns a precision with no more steps than it takes to have each kind of them.
func short(r ring.Ring) precision {
	b := tiny(r)
	b.squares, b.newton = 1, 4
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
func functions(b precision) []studied {
	one := [][]int64{{0}, {1}, {-2}, {-1}}
	two, four := [][]int64{{0, 0}, {1, -2}, {-1, 1}}, [][]int64{{0, 0, 0, 0}, {1, -2, 1, -1}, {-1, 1, -2, 1}}
	f := tinyFraction(b.ring)
	of := func(run func(p *Protocol, x []*Shared) *Shared) protocolUnderTest {
		return func(p *Protocol, x []*Shared) *Shared {
			p.bits = b
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
		{"cross-entropy of 3", four, of(func(p *Protocol, x []*Shared) *Shared {
			z := columnsOf(p, x[0], x[1], x[0])
			return p.CrossEntropy(p.Softmax(z, f, f, true), columnsOf(p, x[2], x[3], x[2]), f)
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
// sees of an elementary function: each of the hundreds of numbers that it is sent has a pad
// of its own ([onePadEach]). Cross-entropy includes softmax, and that of two classes the
// logistic function.
func TestViewsOfFunctionsAreEqual(t *testing.T) {
	const runs = 1 << 8
	three, four := mustPower(3), mustPower(4)
	in := map[ring.Ring][]studied{three: functions(tiny(three)), four: functions(tiny(four))}
	holders := []int{2, 3}
	switch {
	case halvings > 0:
		holders = []int{2}
		in = map[ring.Ring][]studied{three: only(functions(tiny(three)), "exp", "logistic by waves")}
	case os.Getenv("UNSEEN_LONG") == "":
		t.Log("UNSEEN_LONG is not set: each function in one ring only")
		in[three] = only(in[three], "exp", "log to 2", "log to 4", "logistic by waves", "moments", "mean and variance", "cross-entropy", "cross-entropy by waves")
		in[four] = only(in[four], "reciprocal", "logistic", "logistic by waves, of a product")
	}
	for r, list := range in {
		for _, n := range holders {
			for _, s := range list {
				t.Run(fmt.Sprintf("%s among %d in %v", s.name, n, r), func(t *testing.T) {
					t.Parallel()
					for without := range n {
						if what := onePadEach(t, r, n, coalition(n, without), encoded(r, s.secrets), s.f, runs); what != "" {
							t.Errorf("all but holder %d: %s", without, what)
						}
					}
				})
			}
		}
	}
}

// The same test finds what is broken within a function: a square that is truncated under
// the mask of the square before, and a sum of rows that is opened without a mask.
func TestBrokenViewsOfFunctionsDiffer(t *testing.T) {
	r := mustPower(3)
	oneMask := func(p *Protocol, x []*Shared) *Shared {
		p.bits = tiny(r)
		t := p.factors(pending{x[0], 0})[0]
		rows, columns := x[0].Shape()
		pair := p.Dealer.Truncation(rows, columns, 1)
		p.dealtTruncation(pair, sibling{})
		for range 2 {
			square := p.multiply(t, t)
			t = p.opened(p.exchange(p.shifted(square, pair.R))[0], pair.Parts, 1)
		}
		return t.Shared
	}
	bareSum := func(p *Protocol, x []*Shared) *Shared {
		p.exchange(masked{p.SumRows(rowsOf(p, x[0], x[0])), "c = x + r", "broken", ""})
		return x[0]
	}
	for name, broken := range map[string]protocolUnderTest{"one mask for two squares": oneMask, "a sum without a mask": bareSum} {
		for _, holders := range []int{2, 3} {
			for without := range holders {
				if onePadEach(t, r, holders, coalition(holders, without), encoded(r, [][]int64{{0}, {1}, {-2}}), broken, manyRuns(r)) == "" {
					t.Errorf("%s: of %d holders, all but %d do not notice: this test finds nothing", name, holders, without)
				}
			}
		}
	}
}

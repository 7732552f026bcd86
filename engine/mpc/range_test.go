package mpc

import (
	"errors"
	"math"
	"testing"

	"gorgonia.org/tensor"

	"unseen/engine/ring"
)

// ends is a function at the ends of its range, inside and just beyond.
type ends struct {
	name    string
	f       int
	run     func(p *Protocol, x *Shared) *Shared
	columns int
	units   []uint64  // rows of so many columns
	want    []float64 // to 2^-10, or relative to the value where that is more
}

// The functions of one number are right at the ends of their ranges, and stay at the
// values of the ends beyond.
func TestEndsOfFunctions(t *testing.T) {
	var list []ends
	for _, f := range []int{4, 15, 16, 17, 24} {
		far, near := uint64(1)<<62, uint64(1)<<61 // of exp and the logistic function
		list = append(list,
			ends{"exp", f, func(p *Protocol, x *Shared) *Shared { return p.Exp(x, f) }, 1, []uint64{-(far - 1), 0, 1, near - 1}, []float64{0, 1, 1, 1}},
			ends{"logistic", f, func(p *Protocol, x *Shared) *Shared { return p.Logistic(x, f) }, 1, []uint64{-(near - 1), 0, near - 1}, []float64{0, 0.5, 1}},
			ends{"logistic by waves", f, func(p *Protocol, x *Shared) *Shared { return p.LogisticFourier(x, 2*f, f) }, 1,
				[]uint64{7<<61 + 1, 0, 1<<61 - 1}, []float64{0, 0.5, 1}},
			ends{"reciprocal", f, func(p *Protocol, x *Shared) *Shared { return p.Reciprocal(x, f) }, 1,
				[]uint64{7<<61 + 1, 0, 1 << max(0, f-8), 1 << (f + 20), 1<<(f+20) + 1, 1<<61 - 1},
				[]float64{256, 256, 256, 0, 0, 0}})
		for top := 2; top <= maxClasses; top++ {
			end := uint64(top) << f
			log := math.Log(float64(top))
			list = append(list, ends{"log", f, func(p *Protocol, x *Shared) *Shared { return p.Log(x, top, f) }, 1,
				[]uint64{7<<61 + 1, 0, 1<<f - 1, 1 << f, end - 1, end, end + 1, 1<<61 - 1},
				[]float64{0, 0, 0, 0, math.Log(float64(top) - math.Exp2(float64(-f))), log, log, log}})
		}
	}
	for i := range list {
		if c := &list[i]; c.name == "reciprocal" && c.f < 8 {
			for j := range 3 {
				c.want[j] = math.Exp2(float64(c.f))
			}
		}
	}
	checkEnds(t, list)
}

// So are softmax, whatever the classes, and cross-entropy.
func TestEndsOfSoftmax(t *testing.T) {
	var list []ends
	for _, f := range []int{4, 15, 16, 17, 24} {
		end := uint64(1)<<60 - 1
		for _, classes := range []int{2, 3, 10} {
			units, want := make([]uint64, 3*classes), make([]float64, 3*classes)
			for j := range units {
				units[j] = -end
			}
			units[classes-1], want[classes-1] = end, 1 // one far above the others
			units[classes], units[2*classes-1] = end, end
			want[classes], want[2*classes-1] = 0.5, 0.5 // two
			for j := 2 * classes; j < 3*classes; j++ {
				want[j] = 1 / float64(classes) // none
			}
			list = append(list, ends{"softmax", f, func(p *Protocol, x *Shared) *Shared { return p.Softmax(x, f, f, false).Probability }, classes, units, want})

			room := math.Exp2(float64(61-2*f)) * 0.999 // of a score: half of what Σ z·y may be
			for _, sign := range []float64{1, -1} {
				z := make([]uint64, classes)
				z[0], z[1] = fixed(sign*room, f), fixed(-sign*room, f)
				loss := func(softmax func(p *Protocol, z *Shared) *Distribution) func(p *Protocol, z *Shared) *Shared {
					return func(p *Protocol, z *Shared) *Shared {
						y := ring.New(1, classes)
						y.Uint64s()[0] = 1 << f
						return p.Truncate(p.CrossEntropy(softmax(p, z), split(t, p, y, 3), f), f)
					}
				}
				want := []float64{max(0, -2*sign*room)}
				list = append(list, ends{"cross-entropy", f, loss(func(p *Protocol, z *Shared) *Distribution { return p.Softmax(z, f, f, true) }), classes, z, want})
				if classes == 2 {
					list = append(list, ends{"cross-entropy by waves", f, loss(func(p *Protocol, z *Shared) *Distribution { return p.SoftmaxFourier(z, f, f, true) }), classes, z, want})
				}
			}
		}
	}
	checkEnds(t, list)
}

// checkEnds runs functions among two, three and five holders.
func checkEnds(t *testing.T, list []ends) {
	t.Helper()
	for i, c := range list {
		n := []int{2, 3, 5}[i%3]
		p := protocol(t, ring.Ring{}, n, 1)
		got := reals(t, p, c.run(p, split(t, p, ring.From(len(c.units)/c.columns, c.columns, c.units), 2)), c.f)
		for j, want := range c.want {
			if tolerance := max(math.Exp2(-10), math.Abs(want)*math.Exp2(-20)) + 2*math.Exp2(float64(-c.f)); math.Abs(got[j]-want) > tolerance {
				t.Errorf("%s with %d bits among %d, of %d: result %d is %v, want %v", c.name, c.f, n, c.units, j, got[j], want)
			}
		}
	}
}

// Sums of squares are right as long as they are below 2^62 units, and mean and variance
// below 2^(61−g); beyond, who watches is told before anything is truncated.
func TestEndsOfMoments(t *testing.T) {
	for _, f := range []int{4, 16, 24} {
		g := standard.averageBits(4, f)
		for _, c := range []struct {
			name   string
			most   uint64 // of |x|, in units
			beyond uint64
			run    func(p *Protocol, x *Shared) *Shared
			want   func(sum, squares float64) float64
		}{
			{"Σx²", 1<<30 - 1, 1 << 30, func(p *Protocol, x *Shared) *Shared { return p.Moments(x, f).Squares },
				func(sum, squares float64) float64 { return squares }},
			{"variance", min(1<<30-1, uint64(math.Exp2(float64(61-g+f)/2))-1), 1 << 30, func(p *Protocol, x *Shared) *Shared { _, v := p.MeanVariance(x, f); return v },
				func(sum, squares float64) float64 { return squares/4 - sum*sum/16 }},
			{"mean", min(1<<30-1, uint64(math.Exp2(float64(61-g+f)/2))-1), 1 << 30, func(p *Protocol, x *Shared) *Shared { m, _ := p.MeanVariance(x, f); return m },
				func(sum, squares float64) float64 { return sum / 4 }},
		} {
			for _, signs := range [][]uint64{{1, 1, 1, 1}, {1, ^uint64(0), 1, ^uint64(0)}, {^uint64(0), ^uint64(0), ^uint64(0), 1}} {
				units, sum, squares := make([]uint64, 4), 0.0, 0.0
				for i, s := range signs {
					units[i] = s * c.most
					v := math.Ldexp(float64(int64(units[i])), -f)
					sum, squares = sum+v, squares+v*v
				}
				p := protocol(t, ring.Ring{}, 3, 1)
				p.Watch = func(_ string, x *tensor.Dense) error { return p.Ring.CheckRange(x) }
				got := reals(t, p, c.run(p, split(t, p, ring.From(4, 1, units), 2)), f)[0]
				if want := c.want(sum, squares); math.Abs(got-want) > 4*math.Ldexp(1, -f)+math.Exp2(-19)*squares/4 {
					t.Errorf("%s of ±%d units with %d bits: %v, want %v", c.name, c.most, f, got, want)
				}
			}
			p := protocol(t, ring.Ring{}, 3, 1)
			p.Watch = func(_ string, x *tensor.Dense) error { return p.Ring.CheckRange(x) }
			var far *ring.OverflowError
			x := split(t, p, ring.From(4, 1, []uint64{c.beyond, c.beyond, c.beyond, c.beyond}), 2)
			if err := catch(func() { c.run(p, x) }); !errors.As(err, &far) {
				t.Errorf("%s of %d units with %d bits, beyond its range: %v", c.name, c.beyond, f, err)
			}
		}
	}
}

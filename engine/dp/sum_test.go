package dp

import (
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

// Whatever the numbers, no vector that is added is longer than C on the grid, and
// one that is not clipped loses less than a step an element.
func TestAddedVectorsAreClipped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		clip := math.Exp(rapid.Float64Range(-20, 20).Draw(t, "log C"))
		noise := math.Exp(rapid.Float64Range(math.Log(LeastNoise), math.Log(MostNoise)).Draw(t, "log σ"))
		s, err := NewSum(clip, min(max(noise, LeastNoise), MostNoise))
		if err != nil {
			t.Fatal(err)
		}
		size := clip * math.Exp(rapid.Float64Range(-30, 30).Draw(t, "log size"))
		one := rapid.OneOf(rapid.Just(0.0), rapid.Just(size), rapid.Just(-size), rapid.Float64Range(-size, size))
		x := rapid.SliceOfN(one, 1, 40).Draw(t, "x")
		sum, y := make([]int64, len(x)), make([]float64, len(x))
		before, after := s.Add(sum, x)
		s.Values(y, sum)
		if math.Abs(before-Norm(x)) > 1e-12*before || math.Abs(after-Norm(y)) > 1e-9*after {
			t.Fatalf("norm %v became %v; they are %v and %v", before, after, Norm(x), Norm(y))
		}
		exact := square{}
		for _, q := range sum {
			exact = plus(exact, q)
		}
		if s.most.less(exact) || math.Sqrt(s.most.float())*s.Step > clip*(1+1e-12) {
			t.Fatalf("of %v, %v is added: longer than %v", x, y, clip)
		}
		share := min(1, clip/Norm(x))
		for i := range x {
			if math.Abs(y[i]) > math.Abs(x[i]) || math.Abs(y[i]-share*x[i]) > 1.001*s.Step+1e-9*math.Abs(y[i]) {
				t.Fatalf("element %d of %v became %v, want %v", i, x, y, share*x[i])
			}
		}
	})
}

// plus adds the square of a whole number.
func plus(a square, q int64) square {
	sum := new(big.Int).SetUint64(a.high)
	sum.Lsh(sum, 64).Add(sum, new(big.Int).SetUint64(a.low))
	sum.Add(sum, new(big.Int).Mul(big.NewInt(q), big.NewInt(q)))
	low := new(big.Int).And(sum, new(big.Int).SetUint64(math.MaxUint64))
	return square{sum.Rsh(sum, 64).Uint64(), low.Uint64()}
}

func TestNoiseOfASum(t *testing.T) {
	const n = 20_000
	for _, c := range []struct{ clip, noise float64 }{{1, 1}, {0.3, 2.5}, {50, 0.01}, {1e-6, 300}, {1, LeastNoise}} {
		s := must[*Sum](t)(NewSum(c.clip, c.noise))
		sum, y := make([]int64, n), make([]float64, n)
		s.AddNoise(sum, stream("noise of a sum"))
		s.Values(y, sum)
		squares := 0.0
		for _, v := range y {
			squares += v * v / (c.clip * c.clip * c.noise * c.noise)
		}
		if p := (distuv.ChiSquared{K: n}).Survival(squares); p < leastP || p > 1-leastP {
			t.Errorf("%+v: the squares come to %v, want about %d", c, squares, n)
		}
	}
}

// A single vector of norm C, or none: on the grid the two sums differ by no more
// than C, so that noise of σ·C hides the difference as the accountant says. The
// best guess from a sum is right as often as the Gaussian mechanism allows.
func TestAnObserverIsRightAsOftenAsPromised(t *testing.T) {
	const trials = 20_000
	s := must[*Sum](t)(NewSum(1, 0.8))
	source := stream("observer")
	right := 0
	for i := range trials {
		sum, y := make([]int64, 1), make([]float64, 1)
		if i%2 == 1 {
			s.Add(sum, []float64{12})
		}
		s.AddNoise(sum, source)
		s.Values(y, sum)
		if (y[0] > 0.5) == (i%2 == 1) {
			right++
		}
	}
	want := distuv.UnitNormal.CDF(0.5 / 0.8)
	if got := float64(right) / trials; math.Abs(got-want) > 4*math.Sqrt(want*(1-want)/trials) {
		t.Errorf("right %v of the time, want %v", got, want)
	}
}

func TestVectorsWithoutANorm(t *testing.T) {
	s := must[*Sum](t)(NewSum(1, 1))
	sum := []int64{7, 8}
	for _, x := range [][]float64{{math.NaN(), 1}, {1, math.Inf(1)}, {1e200, 1e200}} {
		if before, _ := s.Add(sum, x); before <= math.MaxFloat64 {
			t.Errorf("%v has norm %v", x, before)
		}
	}
	if sum[0] != 7 || sum[1] != 8 {
		t.Errorf("the sum became %v", sum)
	}
	if before, after := s.Add(sum, []float64{0, 0}); before != 0 || after != 0 || sum[0] != 7 {
		t.Errorf("nothing is clipped from %v to %v", before, after)
	}
}

func TestSumsThatCannotBe(t *testing.T) {
	for _, c := range []struct{ clip, noise float64 }{
		{0, 1}, {-1, 1}, {math.NaN(), 1}, {math.Inf(1), 1}, {1, 0}, {1, -1}, {1, math.NaN()}, {1, 1e-9}, {1, 1e9}, {1, math.Inf(1)},
	} {
		var wrong *ParameterError
		if _, err := NewSum(c.clip, c.noise); !errors.As(err, &wrong) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// Noise shares of m workers add up to what one would draw.
func TestSharesOfNoiseAddUp(t *testing.T) {
	const m, deviation = 5, 6.0
	share := discrete(t, deviation/math.Sqrt(m))
	source := stream("shares")
	if p := misfit(30_000, deviation, func() int64 { return total(m, share, source) }); p < leastP {
		t.Errorf("%d shares: p = %.2g", m, p)
	}
	if p := misfit(30_000, deviation, func() int64 { return total(m-1, share, source) }); p > leastP {
		t.Errorf("one share too few passes with p = %.2g", p)
	}
}

func total(m int, share DiscreteGaussian, source rand.Source) (sum int64) {
	for range m {
		sum += share.Draw(source)
	}
	return sum
}

package dp

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"unseen/engine/rng"
)

// stream is a fixed source of random words for a test.
func stream(label string) rand.Source { return rng.Seeded(6).Stream(label, 0, 0) }

func discrete(t testing.TB, deviation float64) DiscreteGaussian {
	t.Helper()
	return must[DiscreteGaussian](t)(NewDiscreteGaussian(deviation))
}

// misfit is the probability of a chi-square as large as that of so many draws, if
// they were discrete Gaussian of this deviation. Whole numbers are taken together
// until at least 20 draws are expected of them.
func misfit(draws int, deviation float64, draw func() int64) float64 {
	reach := int64(math.Ceil(9 * deviation))
	mass, seen := make([]float64, 2*reach+1), make([]float64, 2*reach+1)
	total := 0.0
	for i := range mass {
		x := float64(int64(i)-reach) / deviation
		mass[i] = math.Exp(-x * x / 2)
		total += mass[i]
	}
	for range draws {
		seen[min(max(draw(), -reach), reach)+reach]++
	}
	chi, cells, want, got := 0.0, 0, 0.0, 0.0
	for i := range mass {
		want, got = want+float64(draws)*mass[i]/total, got+seen[i]
		if want >= 20 {
			chi += (got - want) * (got - want) / want
			cells, want, got = cells+1, 0, 0
		}
	}
	if want > 0 {
		chi += (got - want) * (got - want) / want
		cells++
	}
	return distuv.ChiSquared{K: float64(cells - 1)}.Survival(chi)
}

const leastP = 1e-4 // far below what ten tests with fixed seeds may come to by chance

func TestDrawsAreDiscreteGaussian(t *testing.T) {
	for _, deviation := range []float64{0.4, 1, 1.5, math.Pi, 20, 300} {
		source := stream("discrete")
		if p := misfit(40_000, deviation, func() int64 { return discrete(t, deviation).Draw(source) }); p < leastP {
			t.Errorf("deviation %v: chi-square has p = %.2g", deviation, p)
		}
	}
}

// What is nearly right is found out by the same test. Each variant has a stream of
// its own, so that what it draws does not depend on which others came before it.
func TestGoodnessOfFitFindsWhatIsWrong(t *testing.T) {
	g := discrete(t, 1)
	for name, draw := range map[string]func(rand.Source) int64{
		"a rounded normal variable":  func(s rand.Source) int64 { return int64(math.Round(rand.New(s).NormFloat64())) },
		"no rejection":               func(s rand.Source) int64 { return signed(g.laplace(s)) },
		"a deviation 2 % too small":  func(s rand.Source) int64 { return discrete(t, 0.98).Draw(s) },
		"a zero that is left out":    func(s rand.Source) int64 { return not(0, func() int64 { return g.Draw(s) }) },
		"one sign a little oftener":  func(s rand.Source) int64 { return lean(s, g.Draw(s)) },
		"a tail that is cut short":   func(s rand.Source) int64 { return min(max(g.Draw(s), -2), 2) },
		"a source of too few words":  func(s rand.Source) int64 { return g.Draw(&poor{s}) },
		"a draw that is used doubly": func(s rand.Source) int64 { return g.Draw(s) / 2 * 2 },
	} {
		source := stream(name)
		if p := misfit(100_000, 1, func() int64 { return draw(source) }); p > leastP {
			t.Errorf("%s passes with p = %.2g", name, p)
		}
	}
}

func signed(size uint64, negative bool) int64 {
	if negative {
		return -int64(size)
	}
	return int64(size)
}

func not(unwanted int64, draw func() int64) int64 {
	x := draw()
	for x == unwanted {
		x = draw()
	}
	return x
}

func lean(source rand.Source, x int64) int64 {
	if x < 0 && Takes(source, 1, 10) {
		return -x
	}
	return x
}

// poor knows 8 words only.
type poor struct{ rand.Source }

func (p *poor) Uint64() uint64 { return p.Source.Uint64() &^ (1<<61 - 1) }

// At the deviations that training uses the numbers are too many to count each:
// their squares add up to a chi-square variable.
func TestLargeDeviations(t *testing.T) {
	const draws = 20_000
	for _, deviation := range []float64{1e5, 1 << 26, mostDeviation} {
		g, source := discrete(t, deviation), stream("large")
		squares, sum := 0.0, 0.0
		for range draws {
			x := float64(g.Draw(source)) / deviation
			squares += x * x
			sum += x
		}
		p := distuv.ChiSquared{K: draws}.Survival(squares)
		if p < leastP || p > 1-leastP || math.Abs(sum) > 4*math.Sqrt(draws) {
			t.Errorf("deviation %v: squares %v of %d, sum %v", deviation, squares, draws, sum)
		}
	}
}

func TestExponentialCoins(t *testing.T) {
	const draws = 40_000
	for _, c := range [][2]uint64{{0, 7}, {1, 1}, {1, 2}, {3, 7}, {1 << 40, 1<<63 - 1}, {5, 6}} {
		want, got, source := math.Exp(-float64(c[0])/float64(c[1])), 0.0, stream("coins")
		for range draws {
			if happens(source, c[0], c[1]) {
				got++
			}
		}
		if z := (got - draws*want) / math.Sqrt(draws*want*(1-want)+1e-9); math.Abs(z) > 4 {
			t.Errorf("e^(−%d/%d): %v of %d, %.1f deviations off", c[0], c[1], got, draws, z)
		}
	}
}

// scripted is a source that says what it is told.
type scripted []uint64

func (s *scripted) Uint64() uint64 {
	x := (*s)[0]
	*s = (*s)[1:]
	return x
}

// Of the 2^64 words each number gets the same share, and the rest is drawn again.
func TestBelowIsUniform(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.Uint64Range(2, 9), rapid.Uint64Range(2, math.MaxUint64)).Draw(t, "n")
		x := rapid.Uint64Range(0, n-1).Draw(t, "x")
		share := math.MaxUint64 / n // rounded down; one more for powers of two
		if n&(n-1) == 0 {
			share++
		}
		// The words w with high(w·n) = x begin at ⌈x·2^64/n⌉. The first share of those
		// that are not refused give x, and the one after them does not.
		first := ceiling(x, n)
		if refused(first, n) {
			first++
		}
		s := scripted{first, first + share - 1, 0}
		if a, b := below(&s, n), below(&s, n); a != x || b != x {
			t.Fatalf("words %d and %d below %d give %d and %d, not %d", first, first+share-1, n, a, b, x)
		}
		if next := first + share; next > first && !refused(next, n) {
			s := scripted{next, 0}
			if got := below(&s, n); got == x {
				t.Fatalf("below %d, %d has more than %d words", n, x, share)
			}
		}
	})
	for range 3 {
		if below(nil, 1) != 0 { // needs no words
			t.Fatal("below 1 there is only 0")
		}
	}
}

// ceiling is ⌈x·2^64/n⌉.
func ceiling(x, n uint64) uint64 {
	q, r := bits.Div64(x, 0, n)
	if r > 0 {
		q++
	}
	return q
}

// refused reports whether a word is drawn again.
func refused(word, n uint64) bool {
	_, low := bits.Mul64(word, n)
	return low < -n%n
}

func TestDeviationsAreRoundedUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		deviation := math.Exp(rapid.Float64Range(math.Log(leastDeviation), math.Log(mostDeviation)).Draw(t, "log σ"))
		deviation = min(max(deviation, leastDeviation), mostDeviation)
		g, err := NewDiscreteGaussian(deviation)
		if err != nil {
			t.Fatal(err)
		}
		if got := g.Deviation(); got < deviation || got > deviation*(1+1.0/fine) {
			t.Fatalf("%v became %v", deviation, got)
		}
		if g.s > mostDeviation || 2*g.s*g.s/2/g.s != g.s {
			t.Fatalf("%v: %d does not fit", deviation, g.s)
		}
	})
	for _, deviation := range []float64{0, -1, 1e-4, 1e10, math.NaN(), math.Inf(1)} {
		if _, err := NewDiscreteGaussian(deviation); err == nil {
			t.Errorf("%v was taken", deviation)
		}
	}
}

func BenchmarkDiscreteGaussian(b *testing.B) {
	g, source := discrete(b, 1<<26), stream("benchmark")
	for b.Loop() {
		g.Draw(source)
	}
}

package dp

import (
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The divergence of a mechanism with a handful of outcomes, from its definition.
func definition(p, q []float64, order float64) float64 {
	sum := 0.0
	for i := range p {
		sum += math.Pow(p[i], order) * math.Pow(q[i], 1-order)
	}
	return math.Log(sum) / (order - 1)
}

func TestRandomizedResponse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := RandomizedResponse{rapid.IntRange(2, 9).Draw(t, "answers"), rapid.Float64Range(0.01, 40).Draw(t, "epsilon")}
		order := rapid.Float64Range(1.01, 15).Draw(t, "order")
		p, q := r.Truth(), r.Other()
		if sum := p + float64(r.Answers-1)*q; math.Abs(sum-1) > 1e-14 || math.Abs(math.Log(p/q)/r.Epsilon-1) > 1e-11 {
			t.Fatalf("%+v: the truth has probability %v, others %v", r, p, q)
		}
		one, other := []float64{p, q}, []float64{q, p}
		for range r.Answers - 2 {
			one, other = append(one, q), append(other, q)
		}
		got, want := r.rdp(order), definition(one, other, order)
		if math.Abs(got-want) > 1e-9*want+1e-13 || got > r.Epsilon*(1+1e-12) {
			t.Fatalf("%+v at %v costs %v, want %v", r, order, got, want)
		}
		share := rapid.Float64Range(0, 1).Draw(t, "share")
		if back := r.Estimate(share*p + (1-share)*q); math.Abs(back-share) > 1e-12 {
			t.Fatalf("%+v: a share of %v is estimated as %v", r, share, back)
		}
	})
	coin := must[RandomizedResponse](t)(Coin(0.5))
	if math.Abs(coin.Epsilon-math.Log(3)) > 1e-15 || math.Abs(coin.Truth()-0.75) > 1e-15 || math.Abs(coin.Estimate(0.25)) > 1e-15 {
		t.Errorf("two fair coins: %+v", coin)
	}
}

func TestLaplace(t *testing.T) {
	for _, l := range []Laplace{{0.01}, {0.5}, {1}, {3}, {1000}} {
		last := 0.0
		for _, order := range []float64{1.01, 1.5, 2, 8, 1 + l.Scale*0.999, 1 + l.Scale*1.001, 3 + 2*l.Scale, 1e6} {
			if order <= 1 {
				continue
			}
			got := l.rdp(order)
			if !(got > 0) || got > l.Epsilon() {
				t.Errorf("%+v at %v costs %v, ε is %v", l, order, got, l.Epsilon())
			}
			last = max(last, got)
		}
		if math.Abs(last*l.Scale-1) > 1e-2 {
			t.Errorf("%+v: the divergence reaches %v only, ε is %v", l, last, l.Epsilon())
		}
		if l.Delta(l.Epsilon()) != 0 || l.Delta(2*l.Epsilon()) != 0 || math.Abs(l.Delta(0)+math.Expm1(-0.5/l.Scale)) > 1e-15 {
			t.Errorf("%+v: δ(0) is %v", l, l.Delta(0))
		}
	}
}

func TestAnalyticGaussian(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		noise := math.Exp(rapid.Float64Range(-4, 4).Draw(t, "log noise"))
		delta := math.Exp(rapid.Float64Range(-30, -1).Draw(t, "log delta"))
		epsilon, err := GaussianEpsilon(noise, delta)
		if err != nil || !(epsilon >= 0) {
			t.Fatalf("ε is %v: %v", epsilon, err)
		}
		reached, err := GaussianDelta(noise, epsilon)
		if err != nil || reached > delta || epsilon > 0 && reached < delta*(1-1e-6) {
			t.Fatalf("noise %v: at ε = %v δ is %v, want %v: %v", noise, epsilon, reached, delta, err)
		}
		if epsilon > 1e-3 {
			back, err := GaussianNoise(epsilon, delta)
			if err != nil || math.Abs(back/noise-1) > 1e-6 {
				t.Fatalf("ε = %v at δ = %v needs %v, want %v: %v", epsilon, delta, back, noise, err)
			}
		}
		rdp := []float64{}
		for _, order := range few() {
			rdp = append(rdp, SubsampledGaussian{1, noise}.rdp(order))
		}
		if g, err := Convert(few(), rdp, delta); err != nil || g.Epsilon < epsilon*(1-1e-9) {
			t.Fatalf("noise %v at δ = %v: Rényi says %v, the truth is %v: %v", noise, delta, g.Epsilon, epsilon, err)
		}
	})
	for _, x := range []float64{-30.001, -29.999} {
		want := math.Log(math.Erfc(-x/math.Sqrt2) / 2)
		if got := logNormal(x); math.Abs(got/want-1) > 1e-11 {
			t.Errorf("log Φ(%v) is %v, want %v", x, got, want)
		}
	}
}

func TestPureComposition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		epsilon := rapid.Float64Range(0.01, 3).Draw(t, "epsilon")
		times := rapid.IntRange(0, 60).Draw(t, "times")
		delta := math.Exp(rapid.Float64Range(-30, -1).Draw(t, "log delta"))
		got, err := PureComposition(epsilon, times, delta)
		if err != nil || !(got >= 0) || got > float64(times)*epsilon*(1+1e-11) {
			t.Fatalf("%d times %v at %v: %v, %v", times, epsilon, delta, got, err)
		}
		if more, err := PureComposition(epsilon, times+1, delta); err != nil || more < got*(1-1e-11) {
			t.Fatalf("%d times %v at %v: %v, and once more %v: %v", times, epsilon, delta, got, more, err)
		}
		a, _ := NewAccountant(few()...)
		if err := a.Add(RandomizedResponse{2, epsilon}, times); err != nil {
			t.Fatal(err)
		}
		if g, err := a.Epsilon(delta); err != nil || g.Epsilon < got*(1-1e-9) {
			t.Fatalf("%d times %v at %v: Rényi says %v, the truth is %v: %v", times, epsilon, delta, g.Epsilon, got, err)
		}
	})
	if got := must[float64](t)(AdvancedComposition(0.5, 0, 0.1)); got != 0 {
		t.Errorf("nothing composed costs %v", got)
	}
}

func TestOdds(t *testing.T) {
	for _, c := range []struct{ epsilon, delta, want float64 }{
		{0, 0, 0.5}, {1, 1e-9, 0.7310585786}, {2, 1e-9, 0.8807970780}, {4, 1e-9, 0.9820137900}, {0, 1, 1}, {0, 0.5, 0.75},
		{math.Inf(1), 0, 1}, {2000, 0.1, 1}, {1, 0.1, (math.E + 0.1) / (1 + math.E)},
	} {
		if got := must[float64](t)(Odds(c.epsilon, c.delta)); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("ε = %v, δ = %v: %v, want %v", c.epsilon, c.delta, got, c.want)
		}
		if got := (Guarantee{Epsilon: c.epsilon, Delta: c.delta}).Odds(); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("ε = %v, δ = %v as a guarantee: %v, want %v", c.epsilon, c.delta, got, c.want)
		}
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]float64{
		"0.05": 0.05, "32/653": 32.0 / 653, "1e-5": 1e-5, "653^-1.1": math.Pow(653, -1.1), "1/653^1.1": 1 / math.Pow(653, 1.1),
		"1": 1, "-2": -2, " 32 / 653 ": 32.0 / 653, ".5": 0.5, "1E-5": 1e-5, "2^10/2^11": 0.5,
	} {
		if got, err := Parse("rate", text); err != nil || got != want {
			t.Errorf("%q is %v, want %v: %v", text, got, want, err)
		}
	}
	for _, text := range []string{"", "x", "1/0", "0/0", "inf", "NaN", "0x10", "1_0", "1/2/3", "2^3^4", "(-8)^0.5", "-8^0.5", "1e999", "/", "^", "1/", "^2", "0^-1", "10^400", "e", "١", "5%", strings.Repeat("9", 400)} {
		_, err := Parse("rate", text)
		var wrong *ParameterError
		if !errors.As(err, &wrong) || wrong.Parameter != "rate" || len([]rune(wrong.Value)) > 63 {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"32/653", "653^-1.1", "1e-5", "1/0", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if x, err := Parse("delta", text); err == nil && (math.IsNaN(x) || math.IsInf(x, 0)) {
			t.Errorf("%q became %v", text, x)
		}
	})
}

package dp

import (
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// few are orders for properties that must hold whatever the orders.
func few() []float64 { return []float64{1.02, 1.3, 2, 3.7, 8, 20, 64, 300} }

func accountant(t testing.TB, orders ...float64) *Accountant {
	t.Helper()
	return must[*Accountant](t)(NewAccountant(orders...))
}

func count(t testing.TB, a *Accountant, m Mechanism, times int) {
	t.Helper()
	if err := a.Add(m, times); err != nil {
		t.Fatal(err)
	}
}

func TestEpsilonIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Float64Range(0, 1).Draw(t, "rate")
		noise := math.Exp(rapid.Float64Range(-2, 4).Draw(t, "log noise"))
		steps := rapid.IntRange(0, 10000).Draw(t, "steps")
		delta := math.Exp(rapid.Float64Range(-40, -0.01).Draw(t, "log delta"))
		epsilon := func(rate, noise float64, steps int, delta float64) float64 {
			a, _ := NewAccountant(few()...)
			if err := a.Add(SubsampledGaussian{rate, noise}, steps); err != nil {
				t.Fatal(err)
			}
			g, err := a.Epsilon(delta)
			if err != nil || !(g.Epsilon >= 0) || g.Delta != delta || steps == 0 && g.Epsilon != 0 {
				t.Fatalf("%+v: %v", g, err)
			}
			return g.Epsilon
		}
		base := epsilon(rate, noise, steps, delta)
		for name, more := range map[string]float64{
			"rate":  epsilon(rate+(1-rate)/8, noise, steps, delta),
			"noise": epsilon(rate, noise*0.9, steps, delta),
			"steps": epsilon(rate, noise, steps+steps/8+1, delta),
			"delta": epsilon(rate, noise, steps, delta*0.9),
		} {
			if more < base*(1-1e-9) {
				t.Fatalf("ε is %v; with a change of %s that should cost more, %v", base, name, more)
			}
		}
	})
}

func TestConversion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		orders := few()
		rdp := rapid.SliceOfN(rapid.Float64Range(0, 100), len(orders), len(orders)).Draw(t, "rdp")
		delta := rapid.Float64Range(1e-300, 0.999).Draw(t, "delta")
		g, err := Convert(orders, rdp, delta)
		if err != nil || !(g.Epsilon >= 0) || math.IsInf(g.Epsilon, 0) {
			t.Fatalf("%+v: %v", g, err)
		}
		for i, order := range orders {
			classic := rdp[i] - math.Log(delta)/(order-1) // Mironov 2017, Proposition 3
			if g.Epsilon > classic {
				t.Fatalf("ε is %v, above the %v that order %v gives without the improvement", g.Epsilon, classic, order)
			}
		}
	})
	inf := math.Inf(1)
	for _, c := range []struct {
		rdp            []float64
		epsilon, order float64
	}{
		{[]float64{0, 0}, 0, 4}, {[]float64{inf, inf}, inf, 2}, {[]float64{inf, 1}, 1 + math.Log(0.75) - math.Log(4e-5)/3, 4},
	} {
		g, err := Convert([]float64{2, 4}, c.rdp, 1e-5)
		if err != nil || g.Order != c.order || g.Epsilon != c.epsilon && math.Abs(g.Epsilon-c.epsilon) > 1e-12 {
			t.Errorf("%v: %+v: %v", c.rdp, g, err)
		}
	}
}

func TestCostsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kinds := []Mechanism{SubsampledGaussian{0.05, 1}, SubsampledGaussian{1, 4}, Laplace{3}, RandomizedResponse{5, 0.3}}
		together, err := NewAccountant(few()...)
		if err != nil {
			t.Fatal(err)
		}
		want := make([]float64, len(few()))
		for range rapid.IntRange(0, 8).Draw(t, "changes") {
			m := rapid.SampledFrom(kinds).Draw(t, "kind")
			times := rapid.IntRange(0, 9).Draw(t, "times")
			if err := together.Add(m, times); err != nil {
				t.Fatal(err)
			}
			for i, order := range few() {
				want[i] += float64(times) * m.rdp(order)
			}
		}
		for i, got := range together.RDP() {
			if math.Abs(got-want[i]) > 1e-12*want[i] {
				t.Fatalf("at %v it costs %v, want %v", few()[i], got, want[i])
			}
		}
	})
}

func TestAccountant(t *testing.T) {
	a := accountant(t)
	if g := must[Guarantee](t)(a.Epsilon(1e-5)); g.Epsilon != 0 {
		t.Errorf("before any step ε is %v", g.Epsilon)
	}
	last := 0.0
	for range 600 {
		if err := a.Step(32.0/653, 1); err != nil {
			t.Fatal(err)
		}
		g := must[Guarantee](t)(a.Epsilon(1e-5))
		if g.Epsilon <= last {
			t.Fatalf("ε went from %v to %v", last, g.Epsilon)
		}
		last = g.Epsilon
	}
	if want := must[Guarantee](t)(Epsilon(32.0/653, 1, 600, 1e-5)); want.Epsilon != last || math.Abs(last-8.9108) > 1e-4 {
		t.Errorf("step by step ε is %v, at once %+v", last, want)
	}
	before := a.Clone()
	count(t, a, Laplace{2}, 3)
	if got := must[Guarantee](t)(before.Epsilon(1e-5)); got.Epsilon != last {
		t.Errorf("the clone went along to %v", got.Epsilon)
	}
	count(t, before, Laplace{2}, 3)
	if x, y := must[Guarantee](t)(before.Epsilon(1e-5)), must[Guarantee](t)(a.Epsilon(1e-5)); x != y || x.Epsilon <= last {
		t.Errorf("the clone has %+v, the original %+v", x, y)
	}
	orders := a.Orders()
	orders[0] = -1
	if a.Orders()[0] != 1.01 {
		t.Error("the orders can be changed from outside")
	}
}

// After a step of a known kind, the next and its ε are cheap.
func TestStepsAreCheap(t *testing.T) {
	a := accountant(t)
	count(t, a, SubsampledGaussian{0.05, 1}, 1)
	m := &counted{SubsampledGaussian{0.05, 2}, new(int)}
	for range 1000 {
		count(t, a, m, 1)
		if _, err := a.Epsilon(1e-5); err != nil {
			t.Fatal(err)
		}
	}
	if *m.calls != len(Orders()) {
		t.Errorf("the divergences were computed %d times at %d orders", *m.calls, len(Orders()))
	}
}

// counted counts how often a divergence is computed.
type counted struct {
	SubsampledGaussian
	calls *int
}

func (c *counted) rdp(order float64) float64 {
	*c.calls++
	return c.SubsampledGaussian.rdp(order)
}

func TestNoise(t *testing.T) {
	for _, c := range []struct {
		rate           float64
		steps          int
		epsilon, delta float64
	}{
		{32.0 / 653, 600, 4, 1e-5}, {1, 50, 1, 1e-5}, {0.01, 1, 0.004, 1e-5}, {1, 1, 1e6, 1e-5}, {1e-9, 1, 1, 0.5}, {0.5, math.MaxInt, 2, 1e-9},
	} {
		noise := must[float64](t)(Noise(c.rate, c.steps, c.epsilon, c.delta))
		enough := must[Guarantee](t)(Epsilon(c.rate, noise, c.steps, c.delta))
		less := must[Guarantee](t)(Epsilon(c.rate, noise*(1-1e-9), c.steps, c.delta))
		if enough.Epsilon > c.epsilon || less.Epsilon <= c.epsilon {
			t.Errorf("%+v: with noise %v ε is %v, with a little less %v", c, noise, enough.Epsilon, less.Epsilon)
		}
	}
	if noise := must[float64](t)(Noise(0, 600, 1, 1e-5)); noise != 0 {
		t.Errorf("nobody is sampled, and noise is %v", noise)
	}
	if noise := must[float64](t)(Noise(0.5, 0, 1, 1e-5)); noise != 0 {
		t.Errorf("there is no step, and noise is %v", noise)
	}
	_, err := Noise(0.05, 600, 0.003, 1e-5)
	if err == nil || !strings.Contains(err.Error(), "impossible with any noise: at delta 1e-05 the accountant can promise nothing below 0.0035") {
		t.Errorf("an impossible ε: %v", err)
	}
}

func TestNoiseFallsWithEpsilon(t *testing.T) {
	last := math.Inf(1)
	for _, epsilon := range []float64{0.1, 0.5, 1, 2, 8, 30} {
		noise := must[float64](t)(Noise(0.05, 100, epsilon, 1e-5))
		if noise >= last {
			t.Errorf("at ε = %v noise is %v, before it was %v", epsilon, noise, last)
		}
		last = noise
	}
}

// What cannot be used is named, with the way to mend it.
func TestParameters(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	only := func(_ any, err error) error { return err }
	a := accountant(t, few()...)
	count(t, a, Laplace{1}, math.MaxInt)
	for _, c := range []struct {
		parameter string
		err       error
	}{
		{"rate", a.Step(-0.1, 1)}, {"rate", a.Step(1.1, 1)}, {"rate", a.Step(nan, 1)},
		{"noise", a.Step(0.5, -1)}, {"noise", a.Step(0.5, inf)}, {"noise", a.Step(0.5, nan)},
		{"steps", a.Add(Laplace{1}, -1)}, {"steps", a.Add(Laplace{1}, 1)},
		{"scale", a.Add(Laplace{0}, 1)}, {"scale", a.Add(Laplace{inf}, 1)},
		{"answers", a.Add(RandomizedResponse{1, 1}, 1)}, {"epsilon", a.Add(RandomizedResponse{2, 0}, 1)},
		{"delta", only(a.Epsilon(0))}, {"delta", only(a.Epsilon(1))}, {"delta", only(a.Epsilon(nan))},
		{"order", only(NewAccountant(2, 1))}, {"order", only(RDP(Laplace{1}, 1))}, {"order", only(RDP(Laplace{1}, inf))},
		{"scale", only(RDP(Laplace{-1}, 2))},
		{"order", only(Convert(nil, nil, 0.1))}, {"order", only(Convert([]float64{2}, nil, 0.1))}, {"order", only(Convert([]float64{1}, []float64{1}, 0.1))},
		{"divergence", only(Convert([]float64{2}, []float64{nan}, 0.1))}, {"delta", only(Convert([]float64{2}, []float64{1}, 2))},
		{"rate", only(Epsilon(2, 1, 1, 0.1))}, {"steps", only(Epsilon(1, 1, -1, 0.1))}, {"delta", only(Epsilon(1, 1, 1, 0))},
		{"rate", only(Noise(2, 1, 1, 0.1))}, {"steps", only(Noise(1, -1, 1, 0.1))}, {"epsilon", only(Noise(1, 1, 0, 0.1))}, {"delta", only(Noise(1, 1, 1, 1))},
		{"epsilon", only(Noise(1, 1, inf, 0.1))},
		{"noise", only(GaussianDelta(0, 1))}, {"epsilon", only(GaussianDelta(1, -1))},
		{"noise", only(GaussianEpsilon(nan, 0.1))}, {"delta", only(GaussianEpsilon(1, 0))},
		{"epsilon", only(GaussianNoise(inf, 0.1))}, {"delta", only(GaussianNoise(1, 1))},
		{"epsilon", only(PureComposition(0, 1, 0.1))}, {"steps", only(AdvancedComposition(1, -1, 0.1))}, {"delta", only(PureComposition(1, 1, 0))},
		{"bias", only(Coin(0))}, {"bias", only(Coin(1))},
		{"epsilon", only(Odds(-1, 0))}, {"epsilon", only(Odds(nan, 0))}, {"delta", only(Odds(1, 1.5))},
	} {
		var wrong *ParameterError
		if !errors.As(c.err, &wrong) || wrong.Parameter != c.parameter || wrong.What == "" || wrong.Mend == "" {
			t.Errorf("want an error about %s, got %v", c.parameter, c.err)
			continue
		}
		if text := c.err.Error(); !strings.HasPrefix(text, c.parameter+" "+wrong.Value+": ") || strings.Contains(text, "\n") {
			t.Errorf("the error reads %q", text)
		}
	}
}

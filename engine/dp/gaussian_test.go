package dp

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Broken orders, computed with 40 digits by subdividing the integral until it
// stood still.
func TestBrokenOrders(t *testing.T) {
	for _, c := range []struct{ rate, noise, order, want float64 }{
		{0.05, 1, 1.01, 0.001964600409258069},
		{1e-9, 100, 1.01, 5.0502525084163777e-23},
		{0.05, 0.1, 1.5, 66.012803179338027},
		{0.5, 0.3, 10.9, 59.79239350827239},
		{0.9, 0.7, 2.5, 2.3843045397797346},
		{1e-6, 0.5, 33.3, 52.356764656959427},
		{0.001, 20, 1000.5, 1.2553292146643757e-6},
		{5.435124828858152e-23, 0.8461053413016596, 63.61066037372116, 2.858540657288883e-43},
	} {
		m := SubsampledGaussian{c.rate, c.noise}
		if got := must[float64](t)(RDP(m, c.order)); math.Abs(got/c.want-1) > 1e-12 {
			t.Errorf("%v at %v costs %v, want %v", m, c.order, got, c.want)
		}
	}
}

// mechanisms draws mechanisms from quiet to loud, some where the two peaks of the
// integrand balance at the order.
func mechanisms(t *rapid.T, order int) SubsampledGaussian {
	noise := math.Exp(rapid.Float64Range(-4, 5).Draw(t, "log noise"))
	least := -30.0
	if rapid.Bool().Draw(t, "balanced") {
		least = -float64(order-1) / 2 / noise / noise * 1.2
	}
	rate := math.Exp(max(-600, least*rapid.Float64Range(0.01, 1).Draw(t, "log rate")))
	return SubsampledGaussian{min(rate, 1-1e-9), noise}
}

func TestIntegralEqualsSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		order := rapid.IntRange(2, 1024).Draw(t, "order")
		m := mechanisms(t, order)
		sum, integral := softplus(m.logSum(order)), softplus(m.logIntegral(float64(order)))
		if sum > 1e-290 && !(math.Abs(integral/sum-1) <= 1e-9) {
			t.Fatalf("%v at %d: sum %v, integral %v", m, order, sum, integral)
		}
	})
}

func TestDivergenceGrows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		order := 1 + math.Exp(rapid.Float64Range(-4.6, 6).Draw(t, "log above 1"))
		m := mechanisms(t, int(order))
		base := m.rdp(order)
		if !(base >= 0) || base > order/2/m.Noise/m.Noise*(1+1e-9) {
			t.Fatalf("%v at %v costs %v, without sampling %v", m, order, base, order/2/m.Noise/m.Noise)
		}
		for name, more := range map[string]float64{
			"order": m.rdp(1 + (order-1)*1.1),
			"rate":  SubsampledGaussian{m.Rate + (1-m.Rate)/10, m.Noise}.rdp(order),
			"noise": SubsampledGaussian{m.Rate, m.Noise / 1.1}.rdp(order),
		} {
			if more < base*(1-1e-9) {
				t.Fatalf("%v at %v costs %v; with a change of %s that should cost more, %v", m, order, base, name, more)
			}
		}
	})
}

func TestEdges(t *testing.T) {
	for _, c := range []struct{ rate, noise, order, want float64 }{
		{0, 1, 2, 0}, {0, 0, 1.5, 0}, {0, 3, 2.5, 0},
		{1, 1, 2, 1}, {1, 2, 1.5, 0.1875}, {1, 0.5, 10.9, 21.8},
		{0.5, 0, 2, math.Inf(1)}, {1, 0, 1.5, math.Inf(1)}, {0.5, 1e-200, 2.5, math.Inf(1)},
		{1e-9, math.MaxFloat64, 2.5, 0}, {0.5, math.MaxFloat64, 2, 0}, {0x1p-1074, 1, 2.5, 0},
	} {
		got := must[float64](t)(RDP(SubsampledGaussian{c.rate, c.noise}, c.order))
		if math.Abs(got-c.want) > 1e-15 {
			t.Errorf("rate %v, noise %v at %v costs %v, want %v", c.rate, c.noise, c.order, got, c.want)
		}
	}
	near := func(what string, a, b, limit float64) {
		t.Helper()
		if !(math.Abs(a/b-1) <= limit) {
			t.Errorf("%s: %v and %v", what, a, b)
		}
	}
	for _, order := range []float64{1.01, 1.5, 2, 2.5, 30.3, 1023.5} {
		near("a rate of almost 1", SubsampledGaussian{1 - 1e-13, 1.3}.rdp(order), SubsampledGaussian{1, 1.3}.rdp(order), 1e-9)
		near("the least noise", SubsampledGaussian{1e-4, leastNoise * (1 + 1e-9)}.rdp(order), SubsampledGaussian{1e-4, leastNoise * (1 - 1e-9)}.rdp(order), 1e-8)
		near("an order beside", SubsampledGaussian{0.05, 1}.rdp(order), SubsampledGaussian{0.05, 1}.rdp(order+1e-9), 1e-6)
	}
	near("the most terms", SubsampledGaussian{0.05, 1}.rdp(mostTerms), SubsampledGaussian{0.05, 1}.rdp(mostTerms+1), 1e-3)
	if got := (SubsampledGaussian{0.05, 1}).rdp(1e12); math.Abs(got/5e11-1) > 1e-9 {
		t.Errorf("a huge order costs %v", got)
	}
}

// Large noise and small rate: RDP(α) is close to α·q²·(e^(1/σ²) − 1)/2.
func TestQuietLimit(t *testing.T) {
	for _, order := range []float64{1.01, 1.5, 2, 3.3, 64} {
		m := SubsampledGaussian{1e-8, 10}
		want := order / 2 * m.Rate * m.Rate * math.Expm1(0.01)
		if got := m.rdp(order); math.Abs(got/want-1) > 1e-5 {
			t.Errorf("%v at %v costs %v, want about %v", m, order, got, want)
		}
	}
}

func TestOrders(t *testing.T) {
	orders := Orders()
	if n := len(orders); n%89 == 0 || orders[0] != 1.01 || orders[n-1] != 1024 {
		t.Errorf("%d orders from %v to %v", n, orders[0], orders[n-1])
	}
	have := map[float64]bool{orders[0]: true}
	for i, order := range orders[1:] {
		have[order] = true
		if ratio := (order - 1) / (orders[i] - 1); !(ratio > 1 && ratio < 1.16) {
			t.Errorf("after %v comes %v", orders[i], order)
		}
	}
	for _, order := range append(opacusOrders(), 11, 64, 128, 256, 512, 1024) {
		if !have[order] {
			t.Errorf("%v is missing", order)
		}
	}
}

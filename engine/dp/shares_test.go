package dp

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Shares of noise are as private as their sum, but for what they are not quite one.
func TestSharesCostWhatTheirSumCosts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := Shares{
			Noise: math.Exp(rapid.Float64Range(-2, 4).Draw(t, "log σ")), Count: rapid.IntRange(1, 5000).Draw(t, "m"),
			Deviation: rapid.Float64Range(LeastShare, 100).Draw(t, "s"), Elements: rapid.IntRange(1, 10_000).Draw(t, "d"),
		}
		order := rapid.SampledFrom(few()).Draw(t, "order")
		got, err := RDP(m, order)
		if err != nil {
			t.Fatal(err)
		}
		whole := SubsampledGaussian{1, m.Noise}.rdp(order)
		if got < whole*(1-1e-12) || got > whole+order*1e-12 {
			t.Fatalf("%+v at %v costs %v, its sum %v", m, order, got, whole)
		}
	})
	// Narrow shares would cost more: that is why they are refused.
	narrow := Shares{Noise: 1, Count: 100, Deviation: 0.5, Elements: 2187}
	if narrow.rdp(2) < 2*(SubsampledGaussian{1, 1}).rdp(2) {
		t.Errorf("shares of half a step cost %v", narrow.rdp(2))
	}
	for _, m := range []Shares{narrow, {1, 0, 2, 1}, {1, 1, 2, 0}, {-1, 1, 2, 1}, {1, 1, math.NaN(), 1}} {
		if m.Check() == nil {
			t.Errorf("%+v is taken", m)
		}
	}
	// The sum over k by hand: at s = 2 and m = 3, e^(−4π²) and e^(−16π²/3).
	want := 10 * (math.Exp(-4*math.Pi*math.Pi) + math.Exp(-16*math.Pi*math.Pi/3))
	if got := (Shares{1, 3, 2, 1}).excess(); math.Abs(got-want) > 1e-12*want {
		t.Errorf("τ is %v, want %v", got, want)
	}
}

package say

import (
	"math"
	"strconv"
	"testing"
)

// What is promised with an ε on the screen holds: it is never below the true one.
func TestEpsilonIsRoundedUp(t *testing.T) {
	for x, want := range map[float64]string{0: "0.00", 1: "1.00", 1.001: "1.01", 5.92: "5.92", 5.9200001: "5.93", 0.0049: "0.01", 123456: "10000+", math.Inf(1): "10000+"} {
		if got := Epsilon(x); got != want {
			t.Errorf("%v is %s, want %s", x, got, want)
		}
	}
	for x := 1e-6; x < 1e4; x *= 1.0173 {
		if up, err := strconv.ParseFloat(Epsilon(x), 64); err != nil || up < x-1e-10 || up > x+0.011 {
			t.Errorf("%v is %v: %v", x, up, err)
		}
	}
}

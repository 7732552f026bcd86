package cli

import (
	"math"
	"testing"
)

// What cannot happen is said to happen never, and not with probability 0.
func TestProbabilitiesInWords(t *testing.T) {
	for _, c := range []struct {
		what string
		log2 float64
		want string
	}{
		{"", math.Inf(-1), "never"}, {"lost", math.Inf(-1), "never lost"},
		{"", -41.7, "with probability 2^-41.7"}, {"lost", -1, "lost with probability 0.5"},
	} {
		if got := likely(c.what, c.log2); got != c.want {
			t.Errorf("log2 %v is written %q", c.log2, got)
		}
	}
}

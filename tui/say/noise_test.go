package say

import (
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"unseen/engine"
)

// The verdict says how sure it is, by the probability of the test: of elements that are as
// even as can be nearly all sets are less even, of constant ones none is as uneven, and a few
// elements tell nothing.
func TestNoiseIsSaidInWords(t *testing.T) {
	elements := func(n int, word func(i int) uint64) engine.Numbers {
		words := make([]uint64, n)
		for i := range words {
			words[i] = word(i)
		}
		return engine.DecodePart(tensor.New(tensor.WithShape(1, n), tensor.WithBacking(words)), 0).In(engine.Modulus{Bits: 64})
	}
	even := func(i int) uint64 { return uint64(i) << 60 }
	for _, c := range []struct {
		n                int
		word             func(int) uint64
		verdict, why     string
		tested, mayNoise bool
	}{
		{engine.Enough - 1, even, "too few to tell", "80 elements", false, true},
		{160, even, "looks like noise", "of 100 sets of as many uniform numbers about 100 are spread over the ring at least as unevenly (χ² = 0.0, p = 1)", true, true},
		{160, func(i int) uint64 { return uint64(min(i, 130)) << 60 }, "is not noise", "of 10,000 sets of as many uniform numbers fewer than 1 are", true, false},
		{160, func(i int) uint64 { return uint64(min(i, 141)) << 60 }, "looks like noise", "of 10,000 sets of as many uniform numbers about ", true, true},
		{160, func(int) uint64 { return 7 }, "is not noise", "fewer than 1 are", true, false},
	} {
		s := SpreadOf(elements(c.n, c.word))
		if s.Verdict != c.verdict || !strings.Contains(s.Why, c.why) || s.Tested != c.tested || s.Noise != c.mayNoise {
			t.Errorf("%d elements: %s: %s", c.n, s.Verdict, s.Why)
		}
	}
}

package say

import (
	"fmt"
	"math"
	"strconv"

	"unseen/engine"
)

// Spread is how elements are spread over their ring, and whether that looks like noise.
type Spread struct {
	Counts  [engine.Cells]int // in each sixteenth of the ring
	Verdict string            // in a word or two
	Why     string            // what was tested, and how sure it is
	Noise   bool              // they look like noise
	Tested  bool              // there are enough of them
}

// unlikely is how seldom uniform elements are called no noise.
const unlikely = 1e-4

// SpreadOf tests whether elements are spread over their ring as evenly as uniform ones. That
// they look so is no proof that they are; that they do not is wrong once in 10,000 times.
func SpreadOf(n engine.Numbers) Spread {
	counts, chi, p := engine.Uniformity(n)
	s := Spread{Counts: counts, Tested: n.Len() >= engine.Enough, Noise: p >= unlikely}
	if !s.Tested {
		s.Verdict = "too few to tell"
		s.Why = fmt.Sprintf("whether they are spread over the ring as evenly as uniform numbers shows with %d elements", engine.Enough)
		return s
	}
	s.Verdict = "looks like noise"
	if !s.Noise {
		s.Verdict = "is not noise"
	}
	of, cases := seldom(p)
	s.Why = fmt.Sprintf("of %s sets of as many uniform numbers %s are spread over the ring at least as unevenly (χ² = %.1f, p = %s)",
		of, cases, chi, strconv.FormatFloat(p, 'g', 2, 64))
	return s
}

// seldom writes a probability as how many cases out of how many.
func seldom(p float64) (of, cases string) {
	n := 100.0
	if p < 0.01 {
		n = 10_000
	}
	if p*n < 1 {
		return grouped(int(n)), "fewer than 1"
	}
	return grouped(int(n)), "about " + grouped(int(math.Round(p*n)))
}

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

// Extent says between which numbers those of a matrix lie, what their mean is, and how many
// of them are 0.
type Extent struct {
	Low, High, Mean float64
	Zeros           int
}

// ExtentOf looks at all numbers.
func ExtentOf(n engine.Numbers) Extent {
	e, sum := Extent{Low: math.Inf(1), High: math.Inf(-1)}, 0.0
	for i := range n.Len() {
		x := n.At(i)
		e.Low, e.High, sum = min(e.Low, x), max(e.High, x), sum+x
		if x == 0 {
			e.Zeros++
		}
	}
	e.Mean = sum / float64(n.Len())
	return e
}

// Wide reports whether there is room between the least and the largest number to divide:
// they differ, and their difference is finite.
func (e Extent) Wide() bool { return e.High > e.Low && !math.IsInf(e.High-e.Low, 0) }

// Histogram counts the numbers in as many bins of the same width, from the least number to the
// largest, which is in the last bin.
func (e Extent) Histogram(n engine.Numbers, bins int) []int {
	counts := make([]int, bins)
	for i := range n.Len() {
		k := int((n.At(i) - e.Low) / (e.High - e.Low) * float64(bins))
		counts[min(max(k, 0), bins-1)]++
	}
	return counts
}

// Edge is the number at which a bin of a histogram begins.
func (e Extent) Edge(bin, bins int) float64 {
	return e.Low + (e.High-e.Low)*float64(bin)/float64(bins)
}

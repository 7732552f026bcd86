package engine

import (
	"math/bits"

	"gonum.org/v1/gonum/stat/distuv"
)

// Cells is how many parts of the ring [Uniformity] counts.
const Cells = 16

// Enough is how many elements [Uniformity] needs for a verdict: five a cell.
const Enough = 5 * Cells

// wordBits is how many bits an element of the usual ring has.
const wordBits = 64

// Uniformity is [UniformityIn] the ring of 2^64.
func Uniformity(n Numbers) (counts [Cells]int, chi, p float64) { return UniformityIn(n, wordBits) }

// UniformityIn counts how many elements lie in each sixteenth of the ring of 2^bits, and
// tests whether they look uniform: chi is Pearson's statistic, and p the probability
// that uniform elements give one as large or larger. p is 1 where there are too few.
// bits is at least [RingBits] of them.
func UniformityIn(n Numbers, bits int) (counts [Cells]int, chi, p float64) {
	for i := range n.Len() {
		counts[n.Word(i)>>(bits-4)]++
	}
	if n.Len() < Enough {
		return counts, 0, 1
	}
	want := float64(n.Len()) / Cells
	for _, c := range counts {
		d := float64(c) - want
		chi += d * d / want
	}
	return counts, chi, distuv.ChiSquared{K: Cells - 1}.Survival(chi)
}

// RingBits returns how many bits the smallest ring of 2^4 or more has that all elements
// are in: of many uniform ones that is the ring they are uniform in.
func RingBits(n Numbers) int {
	all := uint64(0)
	for i := range n.Len() {
		all |= n.Word(i)
	}
	return max(4, bits.Len64(all))
}

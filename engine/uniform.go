package engine

import "gonum.org/v1/gonum/stat/distuv"

// Cells is how many parts of the ring [Uniformity] counts.
const Cells = 16

// Enough is how many elements [Uniformity] needs for a verdict: five a cell.
const Enough = 5 * Cells

// wordBits is how many bits an element of the usual ring has.
const wordBits = 64

// Uniformity counts how many elements lie in each sixteenth of their ring, and tests
// whether they look uniform: chi is Pearson's statistic, and p the probability that uniform
// elements give one as large or larger. p is 1 where there are too few. The ring has 2^4
// elements or more.
func Uniformity(n Numbers) (counts [Cells]int, chi, p float64) {
	for i := range n.Len() {
		counts[n.Word(i)>>(n.modulus.Bits-4)]++
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

package attack

import "math"

// Possible counts, for each secret modulo m, in how many ways the shares that a
// coalition does not have can complete those it has, whose sum is known: by trying
// all of them. A secret is ruled out where the count is 0. missing is small.
func Possible(m, known uint64, missing int) []int {
	counts := make([]int, m)
	var try func(sum uint64, left int)
	try = func(sum uint64, left int) {
		if left == 0 {
			counts[sum%m]++
			return
		}
		for s := range m {
			try((sum+s)%m, left-1)
		}
	}
	try(known%m, missing)
	return counts
}

// Left returns how many secrets are still possible, and log2 of it: the bits that
// the coalition lacks.
func Left(counts []int) (secrets int, bits float64) {
	for _, n := range counts {
		if n > 0 {
			secrets++
		}
	}
	return secrets, math.Log2(float64(secrets))
}

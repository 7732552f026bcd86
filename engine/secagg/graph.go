package secagg

import (
	"math/rand/v2"
	"slices"
)

// graph draws a random k-regular graph on members: they stand in a random order in a
// circle, and everybody's neighbours are the k/2 next ones on either side (Bell et
// al. 2020, section 3.1). With k ≥ len(members) − 1 it is complete. The result is
// indexed like members; the neighbours are members in ascending order.
func graph(members []int, k int, r *rand.Rand) [][]int {
	n := len(members)
	k = min(k, n-1)
	out := make([][]int, n)
	order := r.Perm(n)
	for place, i := range order {
		if k == n-1 {
			for _, v := range members {
				if v != members[i] {
					out[i] = append(out[i], v)
				}
			}
			continue
		}
		list := make([]int, 0, k)
		for step := 1; step <= k/2; step++ {
			list = append(list, members[order[(place+step)%n]], members[order[(place+n-step)%n]])
		}
		slices.Sort(list)
		out[i] = list
	}
	return out
}

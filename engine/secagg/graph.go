package secagg

import (
	"math/rand/v2"
	"slices"
)

// circle puts members in a random order: everybody's neighbours are the k/2 next ones
// on either side (Bell et al. 2020, section 3.1).
func circle(members []int, r *rand.Rand) []int {
	order := make([]int, len(members))
	for place, i := range r.Perm(len(members)) {
		order[place] = members[i]
	}
	return order
}

// graph lists the neighbours of everybody in a circle, by member, in ascending order.
// With k ≥ len(circle) − 1 the graph is complete.
func graph(circle []int, k int) map[int][]int {
	n := len(circle)
	out := make(map[int][]int, n)
	for place, u := range circle {
		var list []int
		if k >= n-1 {
			list = slices.DeleteFunc(slices.Clone(circle), func(v int) bool { return v == u })
		} else {
			list = make([]int, 0, k)
			for step := 1; step <= k/2; step++ {
				list = append(list, circle[(place+step)%n], circle[(place+n-step)%n])
			}
		}
		slices.Sort(list)
		out[u] = list
	}
	return out
}

// near counts, for everybody in a circle, the neighbours that are in a set: by place,
// in time that does not grow with k.
func near(circle []int, k int, in []bool) []int {
	n := len(circle)
	counts, all := make([]int, n), 0
	upTo := make([]int, 3*n+1) // how many of the first so many places, three times around
	for i := range 3 * n {
		upTo[i+1] = upTo[i]
		if in[circle[i%n]] {
			upTo[i+1]++
		}
	}
	all = upTo[n]
	for place, u := range circle {
		self := 0
		if in[u] {
			self = 1
		}
		if k >= n-1 {
			counts[place] = all - self
		} else {
			counts[place] = upTo[n+place+k/2+1] - upTo[n+place-k/2] - self
		}
	}
	return counts
}

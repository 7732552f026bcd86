package secagg

import (
	"fmt"
	"math"
)

// Size is how many neighbours (or share holders) a worker has, and how many of them
// must come together to recover a secret.
type Size struct {
	Workers    int
	Neighbours int // k; Workers − 1 is the complete graph
	Threshold  int // t, more than half of k
	// Logarithms to base 2 of the probabilities that anywhere in the graph the
	// colluding neighbours of a worker are enough to recover its secrets, and that
	// the remaining ones are not enough, so that the sum is lost. −Inf: impossible.
	Collusion, Loss float64
}

// Bounds on the probabilities of failure, as logarithms to base 2.
const (
	MaxCollusion = -40
	MaxLoss      = -20
)

// Small is the number of workers up to which everybody is everybody's neighbour: it
// costs little, and needs no argument about random graphs.
const Small = 64

// Dimension returns the smallest degree k, and for it the smallest threshold t > k/2,
// with which among n workers, of whom a share colludes and a share leaves, both
// failures stay below their bounds: P[X ≥ t] with X hypergeometric, the colluding
// ones among k of the n − 1 others, times n; and the same for more than k − t that
// leave. Up to [Small] workers, and where no such k exists, the graph is complete.
func Dimension(n int, colluding, leaving float64) Size {
	if n > Small {
		for k := 2; k < n-1; k += 2 { // even: a regular graph exists for every n
			if s := best(n, k, n-1, colluding, leaving, math.Log2(float64(n))); s.Collusion < MaxCollusion && s.Loss < MaxLoss {
				return s
			}
		}
	}
	return Complete(n, colluding, leaving)
}

// Complete is the size of the complete graph of n workers.
func Complete(n int, colluding, leaving float64) Size {
	return Degree(n, n-1, colluding, leaving)
}

// Degree is the size with k neighbours and the threshold that fits them best.
func Degree(n, k int, colluding, leaving float64) Size {
	return best(n, k, n-1, colluding, leaving, math.Log2(float64(n)))
}

// CommitteeSize is the same for k share holders drawn from all n workers, who hold
// everybody's shares: there is only one group that can fail.
func CommitteeSize(n int, colluding, leaving float64) Size {
	if n > Small {
		for k := 2; k < n; k++ {
			if s := best(n, k, n, colluding, leaving, 0); s.Collusion < MaxCollusion && s.Loss < MaxLoss {
				return s
			}
		}
	}
	return best(n, n, n, colluding, leaving, 0)
}

// CommitteeOf is the size with k share holders and the threshold that fits them best.
func CommitteeOf(n, k int, colluding, leaving float64) Size {
	return best(n, k, n, colluding, leaving, 0)
}

// best finds the smallest threshold above k/2 that colluders do not reach. The k are
// drawn among so many others; union is the logarithm of how many groups can fail.
func best(n, k, others int, colluding, leaving, union float64) Size {
	s := Size{Workers: n, Neighbours: k}
	for t := k/2 + 1; ; t++ {
		s = s.With(t, others, colluding, leaving, union)
		if s.Collusion < MaxCollusion || t >= k {
			return s
		}
	}
}

// With returns the size with another threshold.
func (s Size) With(t, others int, colluding, leaving, union float64) Size {
	bad, gone := int(colluding*float64(s.Workers)), int(leaving*float64(s.Workers))
	s.Threshold = t
	s.Collusion = tail(others, bad, s.Neighbours, t) + union
	s.Loss = tail(others, gone, s.Neighbours, s.Neighbours-t+1) + union
	return s
}

// Check reports what cannot be: t must be more than half of k, so that no split of a
// worker's neighbours into two halves yields both of its secrets, and at most k.
func (s Size) Check() error {
	if s.Threshold > s.Neighbours || 2*s.Threshold <= s.Neighbours {
		return fmt.Errorf("a threshold of %d with %d neighbours; it must be more than half of them, and at most all", s.Threshold, s.Neighbours)
	}
	return nil
}

// tail returns log2 P[X ≥ from], X being how many of the marked ones are among k
// drawn without replacement from n.
func tail(n, marked, k, from int) float64 {
	sum := 0.0
	top := math.Inf(-1) // terms fall fast: they are added relative to the largest
	for i := max(from, 0); i <= min(k, marked); i++ {
		if k-i > n-marked {
			continue
		}
		term := logChoose(marked, i) + logChoose(n-marked, k-i) - logChoose(n, k)
		if term > top {
			sum, top = sum*math.Exp(top-term), term
		}
		sum += math.Exp(term - top)
	}
	if sum == 0 {
		return math.Inf(-1)
	}
	return min(0, (top+math.Log(sum))/math.Ln2)
}

// logChoose returns the natural logarithm of the number of k-subsets of n.
func logChoose(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}

package secagg

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The degrees of protocols, section 8.
func TestDimension(t *testing.T) {
	for _, c := range []struct {
		n                  int
		colluding, leaving float64
		k, t               int
	}{
		{653, 0.20, 0.10, 62, 40},
		{653, 0.05, 0.10, 34, 18},
		{653, 0.20, 0.30, 154, 78},
		{653, 0.33, 0.33, 238, 125},
		{5000, 0.20, 0.10, 76, 48},
	} {
		s := Dimension(c.n, c.colluding, c.leaving)
		if s.Neighbours != c.k || s.Threshold != c.t {
			t.Errorf("%d workers, %v colluding, %v leaving: k = %d, t = %d; want %d, %d", c.n, c.colluding, c.leaving, s.Neighbours, s.Threshold, c.k, c.t)
		}
		if s.Collusion >= MaxCollusion || s.Loss >= MaxLoss || s.Check() != nil {
			t.Errorf("%+v does not keep its bounds", s)
		}
	}
}

// Few workers are all neighbours of each other, and t is more than half of k.
func TestFewWorkersMakeACompleteGraph(t *testing.T) {
	for n := 3; n <= Small; n++ {
		s := Dimension(n, 0.2, 0.1)
		if s.Neighbours != n-1 || 2*s.Threshold <= s.Neighbours || s.Threshold > s.Neighbours {
			t.Errorf("%d workers: %+v", n, s)
		}
		if c := CommitteeSize(n, 0.2, 0.1); c.Neighbours != n || c.Check() != nil {
			t.Errorf("%d workers: a committee of %+v", n, c)
		}
	}
	if s := CommitteeSize(653, 0.2, 0.1); s.Neighbours >= 62 || s.Collusion >= MaxCollusion || s.Loss >= MaxLoss {
		t.Errorf("a committee of %+v: it can fail in one place only", s)
	}
}

// The tail agrees with counting.
func TestTail(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const n, marked, k, from, runs = 20, 8, 6, 3, 100_000
	hits := 0
	for range runs {
		x := 0
		for _, i := range r.Perm(n)[:k] {
			if i < marked {
				x++
			}
		}
		if x >= from {
			hits++
		}
	}
	if got, want := math.Exp2(tail(n, marked, k, from)), float64(hits)/runs; math.Abs(got-want) > 0.01 {
		t.Errorf("P = %v, counted %v", got, want)
	}
	if !math.IsInf(tail(20, 2, 6, 3), -1) || math.Abs(tail(20, 2, 6, 0)) > 1e-9 {
		t.Error("what is impossible or certain is not")
	}
}

// Everybody has k neighbours, nobody itself, and being neighbours is mutual.
func TestGraph(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(3, 60).Draw(t, "n")
		k := 2 * rapid.IntRange(1, 40).Draw(t, "k/2")
		members := rand.New(rand.NewPCG(uint64(n), uint64(k))).Perm(100)[:n]
		slices.Sort(members)
		around := circle(members, rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)))
		list := graph(around, k)
		for _, u := range members {
			if len(list[u]) != min(k, n-1) || !slices.IsSorted(list[u]) || len(slices.Compact(slices.Clone(list[u]))) != len(list[u]) {
				t.Fatalf("neighbours of %d: %v, want %d different ones", u, list[u], min(k, n-1))
			}
			for _, v := range list[u] {
				if v == u || !slices.Contains(list[v], u) {
					t.Fatalf("%d is a neighbour of %d, not the other way round", v, u)
				}
			}
		}
		in := make([]bool, 100)
		for u := range in {
			in[u] = rapid.Bool().Draw(t, "in")
		}
		for place, got := range near(around, k, in) {
			if want := count(list[around[place]], in); got != want {
				t.Fatalf("%d neighbours of %d are in the set, counted %d", want, around[place], got)
			}
		}
	})
}

// Values are clipped and rounded to the nearest step, and counted.
func TestQuantiser(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		workers := rapid.IntRange(3, 10_000).Draw(t, "workers")
		rows := rapid.IntRange(1, 500).Draw(t, "rows")
		q, err := NewQuantiser(DefaultClip, workers, rows)
		if err != nil {
			t.Fatal(err)
		}
		x := rapid.OneOf(rapid.Float64Range(-DefaultClip, DefaultClip), rapid.SampledFrom([]float64{0, DefaultClip, -DefaultClip, 9, -1e300, math.Inf(1), q.Step() / 2})).Draw(t, "x")
		out := make([]int64, 1)
		clipped, err := q.Encode(out, []float64{x}, float64(rows))
		if err != nil {
			t.Fatal(err)
		}
		want := min(max(x, -DefaultClip), DefaultClip)
		if got := q.Decode(out[0]) / float64(rows); math.Abs(got-want) > q.Step()/2/float64(rows)+1e-15 || (clipped == 1) != (want != x) {
			t.Fatalf("%v became %v, clipped %d", x, got, clipped)
		}
		// The largest sum is in the ring, and lifts back to itself.
		sum := int64(workers) * out[0]
		ring := make([]uint64, 1)
		q.reduce(ring, []int64{sum})
		if q.lift(ring[0]) != sum {
			t.Fatalf("%d workers with %d rows: the sum %d wrapped around", workers, rows, sum)
		}
	})
	if _, err := (Quantiser{DefaultClip, 18, 32}).Encode(make([]int64, 1), []float64{math.NaN()}, 1); err == nil {
		t.Error("not a number passes")
	}
}

// A ring that could overflow is refused before anything is sent.
func TestOverflowIsFoundBeforehand(t *testing.T) {
	var overflow *OverflowError
	q := Quantiser{Clip: 1, Fraction: 4, Bits: 8} // 127/16 = 7 workers
	if err := q.Check(7, 1, 0); err != nil {
		t.Error(err)
	}
	if err := q.Check(8, 1, 0); !errors.As(err, &overflow) {
		t.Errorf("8 workers: %v", err)
	}
	if err := q.Check(7, 1, 3); !errors.As(err, &overflow) {
		t.Errorf("7 workers with noise: %v", err)
	}
	if _, err := NewQuantiser(DefaultClip, 1<<30, 1<<20); !errors.As(err, &overflow) {
		t.Errorf("too many workers: %v", err)
	}
}

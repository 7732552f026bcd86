package data

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// labelled returns a set with a rows of one class and b of the other.
func labelled(a, b int) *Set {
	s := &Set{Table: &Table{Path: "test.csv"}, Classes: []string{"+", "-"}}
	for i := range a + b {
		y := 0
		if i >= a {
			y = 1
		}
		s.Y = append(s.Y, y)
	}
	return s
}

func TestShare(t *testing.T) {
	for _, c := range []struct {
		fraction float64
		a, b     int
		want     [2]int
	}{
		{0.8, 296, 357, [2]int{237, 285}},
		{0.7, 5, 5, [2]int{4, 3}},
		{0.5, 2, 2, [2]int{1, 1}},
		{0.001, 50, 50, [2]int{1, 1}},
		{0.999, 50, 50, [2]int{49, 49}},
		{0.9, 2, 98, [2]int{1, 89}},
		{0.1, 2, 98, [2]int{1, 9}},
		{0.29, 50, 50, [2]int{15, 14}}, // 0.29·100 is 28.999999999999996
	} {
		if got := share(c.fraction, c.a, c.b); got != c.want {
			t.Errorf("%v of %d and %d: %v, want %v", c.fraction, c.a, c.b, got, c.want)
		}
	}
}

func TestSplitProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.IntRange(2, 60).Draw(t, "a"), rapid.IntRange(2, 60).Draw(t, "b")
		fraction := rapid.Float64Range(1e-6, 1).Draw(t, "fraction")
		seed := rapid.Uint64().Draw(t, "seed")
		set := labelled(a, b)
		split, err := set.Split(fraction, rand.New(rand.NewPCG(seed, 1)))
		if err != nil {
			t.Fatal(err)
		}
		again, _ := set.Split(fraction, rand.New(rand.NewPCG(seed, 1)))
		if !slices.Equal(split.Train, again.Train) {
			t.Fatal("the same seed splits differently")
		}
		if !slices.IsSorted(split.Train) || !slices.IsSorted(split.Test) {
			t.Fatal("not ascending")
		}
		all := slices.Sorted(slices.Values(slices.Concat(split.Train, split.Test)))
		for i, row := range all {
			if i != row || len(all) != a+b {
				t.Fatalf("not every row once: %v", all)
			}
		}
		if fraction == 1 {
			return
		}
		n := float64(a + b)
		if got := len(split.Train); math.Abs(float64(got)-min(max(fraction*n, 2), n-2)) > 1 {
			t.Fatalf("%d rows to train on of %v", got, n)
		}
		for side, rows := range map[string][]int{"train": split.Train, "test": split.Test} {
			first := 0
			for _, row := range rows {
				first += 1 - set.Y[row]
			}
			if first == 0 || first == len(rows) {
				t.Fatalf("a class is missing in %s", side)
			}
			if proportional := float64(len(rows)*a) / n; math.Abs(float64(first)-proportional) > 1 {
				t.Fatalf("%d rows of the first class in %s, not %v", first, side, proportional)
			}
		}
	})
}

func TestSplitAll(t *testing.T) {
	split, err := labelled(3, 1).Split(1, nil)
	if err != nil || !slices.Equal(split.Train, []int{0, 1, 2, 3}) || split.Test == nil || len(split.Test) != 0 {
		t.Errorf("%v, %v", split, err)
	}
}

func TestSplitErrors(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, fraction := range []float64{0, -0.1, 1.0001, math.NaN(), math.Inf(1)} {
		_, err := labelled(5, 5).Split(fraction, r)
		wantError(t, err, "", "is not a fraction", "at most 1")
	}
	_, err := labelled(5, 1).Split(0.5, r)
	wantError(t, err, `test.csv: class "-" has 1 row, too few`)
}

// Every row comes to either side.
func TestSplitDraws(t *testing.T) {
	set := labelled(10, 10)
	r := rand.New(rand.NewPCG(1, 2))
	tested := make([]int, set.Len())
	for range 1000 {
		split, err := set.Split(0.5, r)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range split.Test {
			tested[row]++
		}
	}
	for row, times := range tested {
		if times < 400 || times > 600 { // 500 expected, deviation 16
			t.Errorf("row %d was tested %d times of 1000", row, times)
		}
	}
}

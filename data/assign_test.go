package data

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Every row has one worker, and workers have the same number of rows, give or
// take 1; stratified, also of each class; skewed, in the order of the column.
func TestAssignProperties(t *testing.T) {
	set := encoded(t, Twin())
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfNDistinct(rapid.IntRange(0, set.Len()-1), 1, 60, rapid.ID[int]).Draw(t, "rows")
		workers := rapid.IntRange(1, len(rows)).Draw(t, "workers")
		skew := rapid.SampledFrom([]string{"", "A9", "A6", "A2", "label"}).Draw(t, "skew")
		seed := rapid.Uint64().Draw(t, "seed")
		before := slices.Clone(rows)
		assigned, err := Assign(set, rows, workers, skew, newRand(seed))
		if err != nil {
			t.Fatal(err)
		}
		again, _ := Assign(set, rows, workers, skew, newRand(seed))
		if diff := cmp.Diff(assigned, again); diff != "" || !slices.Equal(rows, before) {
			t.Fatalf("another assignment, or other rows afterwards: %s", diff)
		}
		checkAssignment(t, set, rows, assigned, workers)
		if skew != "" && workers < len(rows) {
			last := math.Inf(-1)
			for _, w := range assigned {
				low, high := span(set, w.Rows, skew)
				if low < last {
					t.Fatalf("a worker has %v in %s after one with %v", low, skew, last)
				}
				last = high
			}
		}
		if skew == "" {
			for class := range 2 {
				wantLevel(t, assigned, func(row int) bool { return set.Y[row] == class })
			}
		}
	})
}

func checkAssignment(t *rapid.T, set *Set, rows []int, assigned []Worker, workers int) {
	if len(assigned) != workers {
		t.Fatalf("%d workers, want %d", len(assigned), workers)
	}
	var all []int
	people := People(690)
	for i, w := range assigned {
		if len(w.Rows) == 0 || !slices.IsSorted(w.Rows) || w.Person != people[set.Rows[w.Rows[0]]] {
			t.Fatalf("worker %+v", w)
		}
		if workers == len(rows) && w.Rows[0] != rows[i] {
			t.Fatalf("worker %d has row %d, not %d", i, w.Rows[0], rows[i])
		}
		all = append(all, w.Rows...)
	}
	slices.Sort(all)
	if !slices.Equal(all, slices.Sorted(slices.Values(rows))) {
		t.Fatalf("rows %v, want %v", all, rows)
	}
	wantLevel(t, assigned, func(int) bool { return true })
}

// wantLevel checks that of some kind of row all workers have the same number,
// give or take 1.
func wantLevel(t *rapid.T, assigned []Worker, kind func(row int) bool) {
	least, most := math.MaxInt, 0
	for _, w := range assigned {
		n := 0
		for _, row := range w.Rows {
			if kind(row) {
				n++
			}
		}
		least, most = min(least, n), max(most, n)
	}
	if most-least > 1 {
		t.Fatalf("between %d and %d rows", least, most)
	}
}

// span returns the smallest and the largest value of a column in rows.
func span(set *Set, rows []int, name string) (low, high float64) {
	j, _ := set.Table.column(name)
	column := set.Table.Columns[j]
	low, high = math.Inf(1), math.Inf(-1)
	for _, row := range rows {
		field := set.Table.Records[set.Rows[row]].Fields[j]
		x, err := parseNumber(field)
		if err != nil {
			x = float64(slices.Index(column.Values, field))
		}
		low, high = min(low, x), max(high, x)
	}
	return low, high
}

// Two workers who differ in A9 as much as they can share one value of it at
// most.
func TestAssignSkew(t *testing.T) {
	set := encoded(t, Twin())
	assigned, err := Assign(set, allRows(set), 2, "A9", newRand(1))
	if err != nil {
		t.Fatal(err)
	}
	count := func(rows []int) (n [2]int) {
		for _, row := range rows {
			low, _ := span(set, []int{row}, "A9")
			n[int(low)]++
		}
		return n
	}
	if a, b := count(assigned[0].Rows), count(assigned[1].Rows); a[1] != 0 && b[0] != 0 || a[0] < 300 || b[1] < 300 {
		t.Errorf("%v and %v", a, b)
	}
	even, err := Assign(set, allRows(set), 2, "", newRand(1))
	if err != nil {
		t.Fatal(err)
	}
	if a, b := count(even[0].Rows), count(even[1].Rows); abs(float64(a[0]-b[0])) > 50 {
		t.Errorf("%v and %v", a, b)
	}
}

func TestAssignErrors(t *testing.T) {
	set := encoded(t, Twin())
	rows := []int{3, 1, 2}
	for workers, words := range map[int]string{0: "0 workers", -1: "-1 workers", 4: "4 workers"} {
		_, err := Assign(set, rows, workers, "", newRand(1))
		wantError(t, err, "twin: ", words, "from 1 to 3")
	}
	_, err := Assign(set, nil, 1, "", newRand(1))
	wantError(t, err, "twin: ", "no rows")
	for _, workers := range []int{2, 3} { // also where the skew has no effect
		_, err = Assign(set, rows, workers, "a99", newRand(1))
		wantError(t, err, `twin: there is no column "a99"`, "did you mean A9?", "A1, A2, A3")
		_, err = Assign(set, rows, workers, "income", newRand(1))
		wantError(t, err, `twin: there is no column "income"`, "choose one of A1, A2")
	}
}

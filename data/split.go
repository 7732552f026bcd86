package data

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Split says which rows of a [Set] are for training and which for testing.
// Every row is in one of the two; both are ascending.
type Split struct {
	Train, Test []int
}

// Split draws a fraction of the rows for training and leaves the others for
// testing, stratified: both sides have the classes in the proportion of the
// whole, as near as whole rows allow.
//
// Of n rows ⌊fraction·n⌋ are for training, but at least one row of each class
// is on either side. With fraction 1 all rows are for training, none for
// testing, and r is not used.
//
// The error is an *[Error]: the fraction is not in (0, 1], or a class has a
// single row, which cannot be on both sides.
func (s *Set) Split(fraction float64, r *rand.Rand) (Split, error) {
	n := s.Len()
	if !(fraction > 0 && fraction <= 1) { // written so that NaN is refused too
		return Split{}, &Error{
			What: fmt.Sprintf("%v is not a fraction of the rows to train on", fraction),
			Mend: "choose more than 0 and at most 1, such as 0.8"}
	}
	if fraction == 1 {
		all := make([]int, n)
		for i := range all {
			all[i] = i
		}
		return Split{Train: all, Test: []int{}}, nil
	}
	var members [2][]int
	for i, y := range s.Y {
		members[y] = append(members[y], i)
	}
	for y, rows := range members {
		if len(rows) < 2 {
			return Split{}, &Error{File: s.Table.Path,
				What: fmt.Sprintf("class %s has %s, too few to train and test on", quote(s.Classes[y]), count(len(rows), "row")),
				Mend: "use more rows, or train on all of them: --split 1"}
		}
	}
	take := share(fraction, len(members[0]), len(members[1]))
	split := Split{Train: make([]int, 0, n), Test: make([]int, 0, n)}
	for y, rows := range members {
		r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		split.Train = append(split.Train, rows[:take[y]]...)
		split.Test = append(split.Test, rows[take[y]:]...)
	}
	slices.Sort(split.Train)
	slices.Sort(split.Test)
	return split, nil
}

// share returns how many rows of two classes of sizes a and b, at least 2 each,
// are for training. The proportional shares are rounded down and the row that
// may be left goes to the class that lost more by it, the first if equal.
func share(fraction float64, a, b int) [2]int {
	n := a + b
	// The small term keeps a product such as 0.7·10, which float64 may put just
	// below a whole number, from losing a row.
	train := int(math.Floor(fraction*float64(n) + 1e-9))
	train = min(max(train, 2), n-2)
	// In whole numbers: the share of a is train·a/n, of which first is the whole
	// part and rest/n the remainder; that of b has the remainder 1 − rest/n.
	first, rest := train*a/n, train*a%n
	if 2*rest >= n {
		first++
	}
	first = min(max(first, 1, train-(b-1)), a-1, train-1)
	return [2]int{first, train - first}
}

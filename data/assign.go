package data

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
)

// Worker is a person who holds rows of a set and trains on them.
type Worker struct {
	Person       // the owner of the first row
	Rows   []int // rows of the set, ascending; at least one
}

// Assign hands rows of the set to a number of workers. Each row, an index into
// the set that occurs once, goes to one worker; the numbers of rows of any two
// workers differ by 1 at most.
//
// With as many workers as rows each row has a worker of its own, its owner, in
// the order of the rows, and r is not used. With fewer the rows are dealt at random and stratified:
// of each class, too, any two workers hold the same number of rows, give or take
// 1. If skew names a column instead, the workers differ in it as much as they
// can: the rows are sorted by its value, those with equal ones at random, and
// the first worker gets the first of them, and so on. Numbers sort by size, the
// values of other columns as [Column.Values] has them; the label is a column as
// well.
//
// The same r assigns the same rows. The error is an *[Error]: there are fewer
// than one worker or more than rows, or there is no such column.
func Assign(set *Set, rows []int, workers int, skew string, r *rand.Rand) ([]Worker, error) {
	file := set.Table.Path
	if len(rows) == 0 {
		return nil, &Error{File: file, What: "there are no rows to share out", Mend: "use more rows"}
	}
	if workers < 1 || workers > len(rows) {
		return nil, &Error{File: file,
			What: fmt.Sprintf("%s cannot be shared out to %s", count(len(rows), "row"), count(workers, "worker")),
			Mend: fmt.Sprintf("choose from 1 to %s", count(len(rows), "worker"))}
	}
	column := -1
	if skew != "" {
		var err error
		if column, err = set.Table.column(skew); err != nil {
			return nil, err
		}
	}
	people := set.People()
	dealt := make([]Worker, workers)
	switch rows := slices.Clone(rows); {
	case workers == len(rows):
		for i, row := range rows {
			dealt[i].Rows = []int{row}
		}
	case column < 0:
		set.sortShuffled(rows, set.Table.Label(), r)
		for i, row := range rows { // like cards, one class after the other
			dealt[i%workers].Rows = append(dealt[i%workers].Rows, row)
		}
	default:
		set.sortShuffled(rows, column, r)
		for i := range dealt {
			dealt[i].Rows = slices.Clone(rows[i*len(rows)/workers : (i+1)*len(rows)/workers])
		}
	}
	for i := range dealt {
		slices.Sort(dealt[i].Rows)
		dealt[i].Person = people[dealt[i].Rows[0]]
	}
	return dealt, nil
}

// column returns the index of a column by its name.
func (t *Table) column(name string) (int, error) {
	var names []string
	for j, column := range t.Columns {
		if column.Name == name {
			return j, nil
		}
		names = append(names, column.Name)
	}
	return 0, &Error{File: t.Path, What: fmt.Sprintf("there is no column %s", quote(name)), Mend: suggest(name, names)}
}

// sortShuffled sorts rows of the set by a column, and those with equal values at
// random.
func (s *Set) sortShuffled(rows []int, column int, r *rand.Rand) {
	r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	place := func(row int) float64 {
		field := s.Table.Records[s.Rows[row]].Fields[column]
		if s.Table.Columns[column].Kind == Numeric {
			x, _ := parseNumber(field) // cannot fail: Read checked it
			return x
		}
		return float64(slices.Index(s.Table.Columns[column].Values, field))
	}
	slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(place(a), place(b)) })
}

package data

import (
	"fmt"
	"slices"

	"gorgonia.org/tensor"
)

// maxCells bounds the numbers of an encoded set: 512 MB of float64. A file of
// the largest size could otherwise ask for more memory than there is.
const maxCells = 1 << 26

// Feature is one input of the network.
type Feature struct {
	// Name is the column's name or, one-hot, "column_category". It can be shown
	// as it is: control characters in a category are escaped. Where two features
	// happen to share a name, Column and Category tell them apart.
	Name     string
	Column   int    // index into Table.Columns
	Category string // one-hot only: the value for which the feature is 1
}

// Set is a table as numbers: n complete rows, each with its features and class.
type Set struct {
	Table    *Table
	Features []Feature
	X        *tensor.Dense // n × features, float64, row-major, not scaled
	Y        []int         // n classes, 0 or 1
	Classes  []string      // Classes[y] is what the file calls class y
	Rows     []int         // Rows[i] is the index of row i in Table.Records, ascending
}

// Encode drops the rows with missing values and turns the others into numbers.
// The table is one that [Open] or [Read] made.
//
// The features are first the numeric and binary columns in file order, a binary
// one as 0 or 1 in order of first appearance, and then for each categorical
// column a 0/1 feature per category, sorted. The classes are numbered in order
// of first appearance as well.
//
// The error is an *[Error]: no complete row is left, the label has one class
// only, or the numbers would fill more than 512 MB.
func (t *Table) Encode() (*Set, error) {
	label := t.Label()
	if label < 0 {
		return nil, &Error{File: t.Path, What: "no column is the label", Mend: "choose the label"}
	}
	rows := t.Complete()
	if len(rows) == 0 {
		return nil, t.noCompleteRow()
	}
	classes := t.Columns[label].Values
	if len(classes) < 2 {
		return nil, oneClass(t, t.Records[rows[0]].Fields[label], len(rows))
	}
	features := t.features()
	if len(features) == 0 || len(rows) > maxCells/len(features) {
		return nil, &Error{File: t.Path,
			What: fmt.Sprintf("%s with %s do not fit into memory", count(len(rows), "row"), count(len(features), "feature")),
			Mend: "use fewer rows, or columns with fewer categories"}
	}
	s := &Set{Table: t, Features: features, Classes: slices.Clone(classes), Rows: rows}
	x := make([]float64, 0, len(rows)*len(features))
	for _, row := range rows {
		record := t.Records[row]
		for _, feature := range features {
			value, err := t.value(record, feature)
			if err != nil {
				return nil, err
			}
			x = append(x, value)
		}
		s.Y = append(s.Y, slices.Index(classes, record.Fields[label]))
	}
	s.X = matrix(x, len(rows), len(features))
	return s, nil
}

// features lists what the columns become.
func (t *Table) features() []Feature {
	var plain, oneHot []Feature
	for j, column := range t.Columns {
		switch {
		case column.Label:
		case column.Kind == Categorical:
			for _, category := range column.Values {
				oneHot = append(oneHot, Feature{
					Name: column.Name + "_" + printable(category), Column: j, Category: category})
			}
		default:
			plain = append(plain, Feature{Name: column.Name, Column: j})
		}
	}
	return append(plain, oneHot...)
}

// value returns one feature of one complete record.
func (t *Table) value(record Record, feature Feature) (float64, error) {
	column, field := &t.Columns[feature.Column], record.Fields[feature.Column]
	switch column.Kind {
	case Numeric:
		x, err := parseNumber(field)
		if err != nil { // not in a table that Read made
			raw := &rawTable{file: t.Path}
			return 0, raw.badNumber(record, feature.Column, column.Name, err)
		}
		return x, nil
	case Binary:
		return float64(slices.Index(column.Values, field)), nil
	default:
		if field == feature.Category {
			return 1, nil
		}
		return 0, nil
	}
}

// noCompleteRow names the column that is to blame most.
func (t *Table) noCompleteRow() *Error {
	worst := slices.MaxFunc(t.Columns, func(a, b Column) int { return a.Missing - b.Missing })
	return &Error{File: t.Path,
		What: fmt.Sprintf("every row has a missing value: %s in %d of %s",
			plain(worst.Name), worst.Missing, count(len(t.Records), "row")),
		Mend: "fill in the missing values, or remove the columns that are mostly missing"}
}

func oneClass(t *Table, class string, rows int) *Error {
	return &Error{File: t.Path,
		What: fmt.Sprintf("the label has one class only: %s in each of %s", quote(class), count(rows, "complete row")),
		Mend: "use rows of two classes"}
}

// Len returns the number of rows.
func (s *Set) Len() int { return len(s.Y) }

// First returns the first n rows as a set of their own, with the same features
// and classes. The error is an *[Error]: n is less than 1 or more than there
// are, or the n rows are all of one class.
func (s *Set) First(n int) (*Set, error) {
	if n < 1 || n > s.Len() {
		return nil, &Error{File: s.Table.Path,
			What: fmt.Sprintf("%d is not a number of rows to use of %d", n, s.Len()),
			Mend: fmt.Sprintf("choose from 1 to %d", s.Len())}
	}
	if other := slices.IndexFunc(s.Y, func(y int) bool { return y != s.Y[0] }); other < 0 || other >= n {
		e := oneClass(s.Table, s.Classes[s.Y[0]], n)
		if other >= 0 {
			e.Mend = fmt.Sprintf("use %d rows or more", other+1)
		}
		return nil, e
	}
	first := *s
	first.X = matrix(slices.Clone(values(s.X)[:n*len(s.Features)]), n, len(s.Features))
	first.Y = slices.Clone(s.Y[:n])
	first.Rows = slices.Clone(s.Rows[:n])
	return &first, nil
}

// matrix wraps row-major values, which it keeps.
func matrix(x []float64, rows, columns int) *tensor.Dense {
	return tensor.New(tensor.WithShape(rows, columns), tensor.WithBacking(x))
}

// values returns the row-major values of a matrix; unless it is a view that
// skips some, they are the matrix's own.
func values(x *tensor.Dense) []float64 {
	if x.RequiresIterator() {
		x = x.Materialize().(*tensor.Dense)
	}
	return x.Data().([]float64)
}

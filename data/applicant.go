package data

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"

	"gorgonia.org/tensor"
)

// Applicant is one row that is not part of a data set: somebody who wants an answer.
type Applicant struct {
	Fields []string      // text, in the order of the set's columns; the label's is empty
	X      *tensor.Dense // 1 × features, as the set encodes it, not scaled
}

// OpenApplicant reads the one row of a file, with the columns of a set: a header
// line with the names of the columns, in any order, and a line of values. A file
// that has no header holds the values in the set's order. The label may be there or
// not: it is not looked at.
//
// Every error is an *[Error] with line and field: a column that the set does not
// know, one that is missing, a value that is missing, no number, no category that
// the set has, or beyond the public bound of its column.
func (s *Set) OpenApplicant(path string) (*Applicant, error) {
	f, err := os.Open(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) || path == "" {
			return nil, cannotOpen(path, fs.ErrNotExist)
		}
		return nil, cannotOpen(path, err)
	}
	defer f.Close()
	raw, err := readRecords(newSource(f, path, MaxBytes))
	if err != nil {
		return nil, err
	}
	return s.applicant(raw)
}

// applicant finds the values of the set's columns among the records of a file.
func (s *Set) applicant(raw *rawTable) (*Applicant, error) {
	columns := s.Table.Columns
	place := make([]int, len(columns)) // of each column's field in the record
	record := raw.records[0]
	if s.hasHeader(record) {
		if err := s.match(raw, record, place); err != nil {
			return nil, err
		}
		if len(raw.records) != 2 {
			return nil, &Error{File: raw.file, Line: record.Line, What: fmt.Sprintf("the header is followed by %s", count(len(raw.records)-1, "row")), Mend: "write one row of values: there is one applicant"}
		}
		record = raw.records[1]
	} else if err := s.inOrder(raw, record, place); err != nil {
		return nil, err
	}
	a := &Applicant{Fields: make([]string, len(columns))}
	for j := range columns {
		if columns[j].Label {
			continue
		}
		if err := s.checkField(raw, record, place[j], &columns[j]); err != nil {
			return nil, err
		}
		a.Fields[j] = record.Fields[place[j]]
	}
	x := make([]float64, 0, len(s.Features))
	for _, feature := range s.Features {
		v, err := s.Table.value(Record{Line: record.Line, Fields: a.Fields}, feature)
		if err != nil {
			return nil, err
		}
		x = append(x, v)
	}
	a.X = matrix(x, 1, len(x))
	return a, nil
}

// hasHeader reports whether a record names columns: one of its fields is the name
// of a column and no value of it.
func (s *Set) hasHeader(record Record) bool {
	return slices.ContainsFunc(record.Fields, func(field string) bool {
		return slices.ContainsFunc(s.Table.Columns, func(c Column) bool { return c.Name == field && !slices.Contains(c.Values, field) })
	})
}

// match finds each column in a header.
func (s *Set) match(raw *rawTable, header Record, place []int) error {
	for k, name := range header.Fields {
		if !slices.ContainsFunc(s.Table.Columns, func(c Column) bool { return c.Name == name }) {
			return raw.at(header, k, fmt.Sprintf("no column of %s is called %s", s.Table.Source, quote(name)), "use "+s.names())
		}
		if slices.Contains(header.Fields[:k], name) {
			return raw.at(header, k, fmt.Sprintf("column %s is there twice", quote(name)), "keep one of them")
		}
	}
	for j, c := range s.Table.Columns {
		place[j] = slices.Index(header.Fields, c.Name)
		if place[j] < 0 && !c.Label {
			return &Error{File: raw.file, Line: header.Line, What: fmt.Sprintf("column %s is missing", quote(c.Name)), Mend: "the answer depends on all of " + s.names()}
		}
	}
	return nil
}

// inOrder takes values without a header in the set's order, with or without the
// label.
func (s *Set) inOrder(raw *rawTable, record Record, place []int) error {
	n, columns := len(record.Fields), len(s.Table.Columns)
	if len(raw.records) > 1 {
		return &Error{File: raw.file, Line: raw.records[1].Line, What: fmt.Sprintf("there are %s and no header", count(len(raw.records), "row")), Mend: "write one row of values: there is one applicant"}
	}
	if n != columns && n != columns-1 {
		return &Error{File: raw.file, Line: record.Line, What: fmt.Sprintf("this row has %s, and %s has %d beside the label", count(n, "value"), s.Table.Source, columns-1),
			Mend: "write a header with the names of the columns, or a value for each of " + s.names()}
	}
	next := 0
	for j, c := range s.Table.Columns {
		place[j] = next
		if !c.Label || n == columns {
			next++
		}
	}
	return nil
}

// names lists the columns but for the label: "A1, A2, …".
func (s *Set) names() string {
	var names []string
	for _, c := range s.Table.Columns {
		if !c.Label {
			names = append(names, printable(c.Name))
		}
	}
	return strings.Join(names, ", ")
}

// checkField checks one value against its column.
func (s *Set) checkField(raw *rawTable, record Record, field int, c *Column) error {
	value := record.Fields[field]
	if Missing(value) {
		return raw.at(record, field, fmt.Sprintf("%s has no value", printable(c.Name)), "fill it in: the answer depends on it")
	}
	if c.Kind == Numeric {
		x, err := parseNumber(value)
		if err == errNotANumber {
			return raw.at(record, field, fmt.Sprintf("%s in %s is not a number", quote(value), printable(c.Name)), "write a decimal number")
		}
		if err != nil || math.Abs(x) > c.Bound { // or it is larger than any number may be
			return raw.at(record, field, fmt.Sprintf("%s in %s is beyond the public bound of that column", quote(value), printable(c.Name)), fmt.Sprintf("write a number from −%g to %g", c.Bound, c.Bound))
		}
		return nil
	}
	if !slices.Contains(c.Values, value) {
		known := make([]string, len(c.Values))
		for i, v := range c.Values {
			known[i] = printable(v)
		}
		return raw.at(record, field, fmt.Sprintf("%s in %s is not known", quote(value), printable(c.Name)), "write one of "+strings.Join(known, ", "))
	}
	return nil
}

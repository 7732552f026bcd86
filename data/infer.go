package data

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// MaxCategories is the largest number of distinct values of a categorical
// column. Each becomes a column of its own; a column with more is most likely a
// name or a number that says who somebody is, not what they are like.
const MaxCategories = 50

// infer finds what the columns hold and checks every field against it. Of a
// file with a header it takes the first record away.
func (raw *rawTable) infer(o Options) ([]Column, error) {
	var columns []Column
	var err error
	first := raw.records[0]
	crx := looksLikeCRX(first.Fields)
	if crx {
		columns, err = raw.fixedColumns(o)
	} else {
		columns, err = raw.headerColumns(o)
	}
	if err != nil {
		return nil, err
	}
	if len(raw.records) == 0 {
		return nil, &Error{File: raw.file, Line: first.Line, What: "there are no rows below the header",
			Mend: "add rows of values"}
	}
	if err := raw.check(columns, crx); err != nil {
		return nil, err
	}
	return columns, nil
}

// fixedColumns returns the schema of crx.data.
func (raw *rawTable) fixedColumns(o Options) ([]Column, error) {
	columns := crxColumns()
	if label := columns[len(columns)-1].Name; o.Label != "" && o.Label != label {
		return nil, &Error{File: raw.file,
			What: fmt.Sprintf("%s is not the label of a file in the format of crx.data", plain(o.Label)),
			Mend: fmt.Sprintf("leave the label out: it is the last column, called %s", label)}
	}
	return columns, nil
}

// headerColumns takes the names from the first record, which it removes, and
// the kinds from the records below it.
func (raw *rawTable) headerColumns(o Options) ([]Column, error) {
	header := raw.records[0]
	raw.records = raw.records[1:]
	if o.Label == "" && looksLikeRow(header.Fields) {
		return nil, &Error{File: raw.file, Line: header.Line,
			What: "the first line is neither a header nor a row of crx.data, which has 16 columns and ends in + or -",
			Mend: "mend that row, or add a header and choose its label with --label; the columns were read as " +
				list(header.Fields)}
	}
	if err := raw.checkNames(header); err != nil {
		return nil, err
	}
	if err := raw.checkLabel(header, o.Label); err != nil {
		return nil, err
	}
	columns := make([]Column, len(header.Fields))
	for j, name := range header.Fields {
		if columns[j].Name = name; name == o.Label {
			columns[j].Label, columns[j].Kind = true, Binary
			continue
		}
		columns[j].Kind = raw.kind(j)
	}
	return columns, nil
}

// looksLikeRow reports whether fields that should be names hold a number or a
// missing value.
func looksLikeRow(fields []string) bool {
	return slices.ContainsFunc(fields, func(field string) bool {
		return field == "?" || isDecimal(field)
	})
}

// checkNames refuses a header in which a column has no name of its own, or one
// that could do things to the terminal it is shown on.
func (raw *rawTable) checkNames(header Record) error {
	seen := map[string]bool{}
	for j, name := range header.Fields {
		switch {
		case Missing(name):
			return raw.at(header, j, fmt.Sprintf("column %d has no name", j+1), "name every column in the first line")
		case seen[name]:
			return raw.at(header, j, fmt.Sprintf("the column name %s appears twice", quote(name)), "name every column differently")
		case printable(name) != name:
			return raw.at(header, j, fmt.Sprintf("the column name %s cannot be shown as it is", quote(name)),
				"use letters, digits, punctuation and plain spaces, and end the first line with a line feed")
		}
		seen[name] = true
	}
	return nil
}

// checkLabel refuses a label that is not one of the columns.
func (raw *rawTable) checkLabel(header Record, label string) error {
	if label == "" {
		return &Error{File: raw.file, What: "no label is chosen for a file with a header",
			Mend: "choose with --label one of " + list(header.Fields)}
	}
	if slices.Contains(header.Fields, label) {
		return nil
	}
	return &Error{File: raw.file, Line: header.Line,
		What: fmt.Sprintf("there is no column %s for the label", quote(label)), Mend: suggest(label, header.Fields)}
}

// kind looks at all values of a column.
func (raw *rawTable) kind(j int) Kind {
	values, numbers := 0, 0
	distinct := map[string]bool{}
	for _, record := range raw.records {
		field := record.Fields[j]
		if Missing(field) {
			continue
		}
		values++
		if _, err := parseNumber(field); err == nil {
			numbers++
		}
		if len(distinct) <= 2 { // more than two is all there is to know
			distinct[field] = true
		}
	}
	switch {
	case 2*numbers > values:
		return Numeric
	case len(distinct) == 2:
		return Binary
	default:
		return Categorical
	}
}

// check goes through the fields in the order of the file, so that the error that
// is reported is the first one in it. It counts the missing values and finds the
// bounds on the way.
func (raw *rawTable) check(columns []Column, crx bool) error {
	seen := make([][]string, len(columns)) // distinct values so far
	for j := range columns {
		if columns[j].Kind == Numeric {
			columns[j].Bound = max(columns[j].Bound, 1)
		}
	}
	for _, record := range raw.records {
		for j, field := range record.Fields {
			column := &columns[j]
			var err error
			switch {
			case crx && field == "":
				err = raw.at(record, j, column.Name+" is empty", "write ? for a missing value")
			case Missing(field):
				column.Missing++
			case column.Kind == Numeric:
				err = raw.checkNumber(record, j, column)
			case crx && column.Label && field != "+" && field != "-":
				err = raw.at(record, j, fmt.Sprintf("%s in %s is not a class", quote(field), column.Name), "write + or -")
			case !slices.Contains(seen[j], field):
				seen[j] = append(seen[j], field)
				err = raw.checkDistinct(record, j, *column, seen[j])
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (raw *rawTable) checkNumber(record Record, j int, column *Column) error {
	x, err := parseNumber(record.Fields[j])
	if err != nil {
		return raw.badNumber(record, j, column.Name, err)
	}
	column.Bound = max(column.Bound, powerOfTwo(math.Abs(x)))
	return nil
}

func (raw *rawTable) badNumber(record Record, j int, name string, err error) *Error {
	field := record.Fields[j]
	e := raw.at(record, j, fmt.Sprintf("%s in %s is not a number", quote(field), plain(name)), "write a decimal number or ?")
	if err == errTooLarge {
		e.What = fmt.Sprintf("%s in %s is too large", quote(field), plain(name))
		e.Mend = "write a decimal number of at most " + strconv.FormatFloat(Largest, 'g', -1, 64) + " in size, or ?"
	}
	e.Err = err
	return e
}

// checkDistinct checks the number of distinct values of a column when there is
// one more, the last of seen.
func (raw *rawTable) checkDistinct(record Record, j int, column Column, seen []string) error {
	field := quote(record.Fields[j])
	switch name := plain(column.Name); {
	case column.Label && len(seen) > 2:
		return raw.at(record, j,
			fmt.Sprintf("%s in %s is a third class after %s and %s", field, name, quote(seen[0]), quote(seen[1])),
			"the label must have exactly two classes")
	case column.Kind == Binary && len(seen) > 2:
		return raw.at(record, j,
			fmt.Sprintf("%s in %s is a third value after %s and %s", field, name, quote(seen[0]), quote(seen[1])),
			"write one of these two or ?")
	case column.Kind == Categorical && len(seen) > MaxCategories:
		return raw.at(record, j,
			fmt.Sprintf("%s has more than %d categories", name, MaxCategories),
			"remove this column, as one removes an id")
	}
	return nil
}

// findValues fills in the values of the columns that are not numeric, as they
// appear in the complete records.
func (t *Table) findValues() {
	for _, row := range t.Complete() {
		for j, field := range t.Records[row].Fields {
			column := &t.Columns[j]
			if column.Kind != Numeric && !slices.Contains(column.Values, field) {
				column.Values = append(column.Values, field)
			}
		}
	}
	for _, column := range t.Columns {
		if column.Kind == Categorical {
			slices.Sort(column.Values)
		}
	}
}

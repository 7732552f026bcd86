package attack

import (
	"math"
	"strconv"
	"strings"

	"unseen/data"
)

// Schema is what is public about the rows: which feature belongs to which column,
// what the categories are, and how rows are scaled.
type Schema struct {
	Columns  []data.Column
	Features []data.Feature
	Scaling  data.Scaling
}

// raw undoes the scaling.
func (s Schema) raw(x []float64) []float64 {
	raw := make([]float64, len(x))
	for j := range x {
		raw[j] = x[j]*s.Scaling.Scale[j] + s.Scaling.Shift[j]
	}
	return raw
}

// slack is how far a feature that must be 0 or 1 may be from it, for a candidate to
// pass as a row.
const slack = 1e-4

// Plausible reports whether a scaled candidate can be a row: every 0/1 feature is 0
// or 1, and of the features of a categorical column exactly one is 1. A mixture of
// rows that differ in any category fails.
func (s Schema) Plausible(x []float64) bool {
	ones := map[int]int{}
	for j, v := range s.raw(x) {
		f := s.Features[j]
		if s.Columns[f.Column].Kind == data.Numeric {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return false
			}
			continue
		}
		one := math.Abs(v-1) < slack
		if !one && !(math.Abs(v) < slack) {
			return false
		}
		if f.Category != "" && one {
			ones[f.Column]++
		}
	}
	for _, f := range s.Features {
		if f.Category != "" && ones[f.Column] != 1 {
			return false
		}
	}
	return true
}

// Cell is a column of a row, decoded.
type Cell struct {
	Column, Value string
}

// precision is the share of a column's scale to which a number is shown: beyond it
// there is only rounding.
const precision = 1e-6

// Decode turns a scaled row back into the columns of the file, all but the label. A
// category is the one whose feature is largest.
func (s Schema) Decode(x []float64) []Cell {
	raw := s.raw(x)
	var cells []Cell
	for c, column := range s.Columns {
		if column.Label {
			continue
		}
		value, largest := "", math.Inf(-1)
		for j, f := range s.Features {
			switch {
			case f.Column != c:
			case column.Kind == data.Numeric:
				value = number(raw[j], s.Scaling.Scale[j])
			case column.Kind == data.Binary:
				value = column.Values[min(max(int(math.Round(raw[j])), 0), len(column.Values)-1)]
			case raw[j] > largest:
				value, largest = f.Category, raw[j]
			}
		}
		cells = append(cells, Cell{column.Name, value})
	}
	return cells
}

// number writes a number as precisely as its column's scale warrants, without
// needless digits.
func number(x, scale float64) string {
	decimals := max(0, int(math.Ceil(-math.Log10(precision*scale))))
	text := strconv.FormatFloat(x, 'f', decimals, 64)
	if decimals > 0 {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	if text == "-0" {
		return "0"
	}
	return text
}

package data

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Summary describes the values of one numeric column, in the column's unit.
type Summary struct {
	Name           string
	Count          int // values; all else is 0 when there are none
	Mean           float64
	Std            float64 // sample deviation (ddof 1); 0 for a single value
	Min            float64
	Q1, Median, Q3 float64 // quartiles, by linear interpolation between neighbours
	Max            float64
}

// Describe summarises the numeric columns over the complete rows, in file order.
func (t *Table) Describe() []Summary {
	rows := t.Complete()
	var summaries []Summary
	for j, column := range t.Columns {
		if column.Kind != Numeric {
			continue
		}
		x := make([]float64, 0, len(rows))
		for _, row := range rows {
			if v, err := parseNumber(t.Records[row].Fields[j]); err == nil { // always, after Read
				x = append(x, v)
			}
		}
		summaries = append(summaries, summarise(column.Name, x))
	}
	return summaries
}

func summarise(name string, x []float64) Summary {
	s := Summary{Name: name, Count: len(x)}
	if len(x) == 0 {
		return s
	}
	s.Mean = stat.Mean(x, nil)
	if len(x) > 1 {
		s.Std = stat.StdDev(x, nil)
	}
	slices.Sort(x)
	s.Min, s.Max = x[0], x[len(x)-1]
	s.Q1, s.Median, s.Q3 = quantile(x, 0.25), quantile(x, 0.5), quantile(x, 0.75)
	return s
}

// quantile returns the value at p of the way from the first to the last of the
// sorted values. It is the definition of numpy and pandas (number 7 of Hyndman
// and Fan), which gonum's stat.Quantile does not offer.
func quantile(sorted []float64, p float64) float64 {
	whole, part := math.Modf(float64(p * float64(len(sorted)-1)))
	i := int(whole)
	if part == 0 {
		return sorted[i]
	}
	return sorted[i] + float64(part*(sorted[i+1]-sorted[i])) // rounded alike on every processor
}

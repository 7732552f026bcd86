package data

import (
	"fmt"

	"gonum.org/v1/gonum/stat"
	"gorgonia.org/tensor"
)

// Scaling maps each feature by x' = (x − Shift) / Scale.
type Scaling struct {
	How          string    // "standard", "range" or "none"
	Shift, Scale []float64 // one per feature, in the feature's own unit
}

// Standard returns the scaling under which each column of x, n × features, has
// mean 0 and deviation 1 over the given rows. The deviation is the population's
// (ddof 0); a column that is constant over the rows is shifted only. Without
// rows nothing is scaled.
//
// Take the rows of the training side alone: whatever is computed from a test
// row is known before the test.
func Standard(x *tensor.Dense, rows []int) Scaling {
	features := x.Shape()[1]
	sc := None(features)
	sc.How = "standard"
	if len(rows) == 0 {
		return sc
	}
	all := values(x)
	column := make([]float64, len(rows))
	for j := range features {
		constant := true
		for i, row := range rows {
			column[i] = all[row*features+j]
			constant = constant && column[i] == column[0]
		}
		if constant { // exactly so: the mean below is rounded, and deviates a little
			sc.Shift[j] = column[0]
			continue
		}
		mean, deviation := stat.PopMeanStdDev(column, nil)
		sc.Shift[j] = mean
		if deviation > 0 {
			sc.Scale[j] = deviation
		}
	}
	return sc
}

// Range returns the scaling that divides each numeric column by its bound, a
// public power of two ([Column.Bound]), so that no value exceeds 1 in size and
// the division is exact. The 0/1 features stay as they are.
func (s *Set) Range() Scaling {
	sc := None(len(s.Features))
	sc.How = "range"
	for j, feature := range s.Features {
		if column := s.Table.Columns[feature.Column]; column.Kind == Numeric {
			sc.Scale[j] = column.Bound
		}
	}
	return sc
}

// None returns the scaling that leaves that many features as they are.
func None(features int) Scaling {
	sc := Scaling{How: "none", Shift: make([]float64, features), Scale: make([]float64, features)}
	for j := range sc.Scale {
		sc.Scale[j] = 1
	}
	return sc
}

// Apply returns x, n × features, scaled, in a new tensor of the same shape. It
// panics when x has another number of features than the scaling.
func (sc Scaling) Apply(x *tensor.Dense) *tensor.Dense {
	rows, features := x.Shape()[0], x.Shape()[1]
	if features != len(sc.Scale) {
		panic(fmt.Sprintf("data: scaling of %d features applied to %d", len(sc.Scale), features))
	}
	scaled := make([]float64, 0, rows*features)
	for i, v := range values(x) {
		j := i % features
		scaled = append(scaled, (v-sc.Shift[j])/sc.Scale[j])
	}
	return matrix(scaled, rows, features)
}

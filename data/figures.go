package data

import (
	"fmt"
	"math"
	"strconv"
)

// Figures say how the complete rows of a file in the format of crx.data are
// distributed: all that the twin knows of the real rows. They hold, for each of
// the two classes,
//
//   - how many rows there are,
//   - of a numeric column the share of zeros and 21 quantiles of the other
//     values, from the 1st to the 99th percentile, to three significant digits,
//   - of any other column the share of each value, to a ten-thousandth,
//   - one correlation for each pair of columns, to a hundredth,
//   - how many rows lack which columns.
//
// They are statistics of some 300 rows each, and the ends of a numeric column,
// where single rows stand out, are cut off. This is no proof of privacy: a share
// of 0.0034 betrays that one row has that value.
type Figures struct {
	// First holds of each binary column, the label among them, the value that is
	// numbered 0: the one of the first complete row.
	First   map[string]string `json:"first"`
	Classes []ClassFigures    `json:"classes"` // two, in order of first appearance
}

// ClassFigures are the figures of the rows of one class.
type ClassFigures struct {
	Label   string     `json:"label"`
	Rows    int        `json:"rows"`    // all of them, also those with missing values
	Missing []Gap      `json:"missing"` // in order of first appearance
	Columns []Marginal `json:"columns"` // all but the label and those that [follows] adds

	// Correlation is the correlation of the columns as a Gaussian copula has it:
	// between the normal variables whose ranks order the columns' values. It is
	// the lower triangle; row i has the columns 0 to i.
	Correlation [][]float64 `json:"correlation"`
}

// Gap says that so many rows lack the values of these columns, and no others.
type Gap struct {
	Columns []string `json:"columns"`
	Rows    int      `json:"rows"`
}

// Marginal is the distribution of one column.
type Marginal struct {
	Name string `json:"name"`

	// Values are what a binary or categorical column holds, in the same order in
	// both classes: the greater the share of the first class among the rows with
	// a value, the later it stands. This gives categories an order, without which
	// they could not correlate with anything. A share may be 0.
	Values []string  `json:"values,omitempty"`
	Shares []float64 `json:"shares,omitempty"`

	// Zero is the share of zeros in a numeric column, and Quantiles are those of
	// its other values, none of which is negative, at [probabilities].
	Zero      float64   `json:"zero,omitempty"`
	Quantiles []float64 `json:"quantiles,omitempty"`
}

// probabilities returns those at which the figures hold quantiles.
func probabilities() []float64 {
	p := []float64{0.01}
	for i := 1; i < 20; i++ {
		p = append(p, float64(i)/20)
	}
	return append(p, 0.99)
}

// follows returns the fields of two columns that only repeat what others say,
// and false for any other column: A5 is A4 in other letters, and A10 is t where
// A11 is above 0. Field returns the row's value of a column.
func follows(column string, field func(column string) string) (string, bool) {
	switch column {
	case "A5":
		return map[string]string{"u": "g", "y": "p", "l": "gg"}[field("A4")], true
	case "A10":
		if x, err := parseNumber(field("A11")); err == nil && x > 0 {
			return "t", true
		}
		return "f", true
	}
	return "", false
}

// notation writes a number that is not negative in the way of crx.data: A2 in
// twelfths with two decimals, A3 and A8 in twenty-fourths to the nearest 0.005,
// A11 and A15 whole, A14 in twenties. Only 0 itself is written as a zero.
func notation(column string, x float64) string {
	switch column {
	case "A2":
		hundredths := (steps(x, 12)*100 + 6) / 12
		return fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100)
	case "A3", "A8":
		thousandths := (steps(x, 24)*200 + 12) / 24 * 5
		return strconv.FormatFloat(float64(thousandths)/1000, 'f', -1, 64)
	case "A11":
		if x == 0 {
			return "0"
		}
		return fmt.Sprintf("%02d", steps(x, 1))
	case "A14":
		return fmt.Sprintf("%05d", 20*steps(x/20, 1))
	default:
		return strconv.Itoa(steps(x, 1))
	}
}

// steps returns x in whole steps, of which so many make 1. Nothing but 0 is
// rounded to 0.
func steps(x, perUnit float64) int {
	if x == 0 {
		return 0
	}
	return max(1, int(math.Floor(float64(x*perUnit)+0.5)))
}

// cholesky returns the lower triangular matrix L with L·Lᵀ = c for the lower
// triangle c of a symmetric matrix, and false where c is not positive definite
// by a margin. Each product is rounded on its own: no processor may fuse it with
// the sum, so all of them compute the same L.
func cholesky(c [][]float64) ([][]float64, bool) {
	const margin = 1e-3
	l := make([][]float64, len(c))
	for i := range c {
		l[i] = make([]float64, i+1)
		for j := range l[i] {
			rest := c[i][j]
			for k := range j {
				rest -= float64(l[i][k] * l[j][k])
			}
			if i != j {
				l[i][j] = rest / l[j][j]
				continue
			}
			if rest < margin {
				return nil, false
			}
			l[i][i] = math.Sqrt(rest)
		}
	}
	return l, true
}

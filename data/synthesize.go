package data

import (
	"cmp"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
)

// draw returns made-up rows, each with the 16 fields of crx.data as text, that
// are distributed as the figures say.
//
// Within a class the figures of single columns are met as exactly as whole rows
// allow, since the values of a column are computed first and then handed out:
// each row draws normal variables with the correlations of the class, and the
// row whose variable is the k-th smallest gets the k-th value. The classes are
// mixed, so that any first few rows hold both, but the first row is a complete
// one in which every binary column has the value numbered 0.
//
// All that is computed is sums, products rounded one by one, quotients and
// square roots, which every processor rounds alike. The error says which figures
// contradict each other; those that [Fit] computes do not.
func (f Figures) draw(r *rand.Rand) ([][]string, error) {
	var rows [][]string
	for _, c := range f.Classes {
		drawn, err := c.draw(r)
		if err != nil {
			return nil, err
		}
		rows = append(rows, drawn...)
	}
	r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	first := slices.IndexFunc(rows, func(row []string) bool {
		for j, column := range crxColumns() {
			if Missing(row[j]) || column.Kind == Binary && row[j] != f.First[column.Name] {
				return false
			}
		}
		return true
	})
	if first < 0 {
		return nil, errors.New("no row has the first value of every binary column")
	}
	rows[0], rows[first] = rows[first], rows[0]
	return rows, nil
}

// draw returns the rows of one class.
func (c ClassFigures) draw(r *rand.Rand) ([][]string, error) {
	triangle, ok := cholesky(c.Correlation)
	if !ok || len(triangle) != len(c.Columns) {
		return nil, errors.New("the correlations are not those of the columns")
	}
	normal := make([][]float64, c.Rows) // rows × columns, correlated
	for i := range normal {
		normal[i] = correlated(r, triangle)
	}
	drawn := make([]map[string]string, c.Rows) // by column
	for i := range drawn {
		drawn[i] = map[string]string{"label": c.Label}
	}
	order := make([]int, c.Rows)
	for j, column := range c.Columns {
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(normal[a][j], normal[b][j]) })
		for k, value := range column.draw(r, c.Rows) {
			drawn[order[k]][column.Name] = value
		}
	}
	rows := make([][]string, c.Rows)
	for i, fields := range drawn {
		for _, column := range crxColumns() {
			value, repeats := follows(column.Name, func(name string) string { return fields[name] })
			if !repeats {
				value = fields[column.Name]
			}
			rows[i] = append(rows[i], value)
		}
	}
	return rows, c.remove(r, rows)
}

// correlated draws as many variables as the matrix L, lower triangular, has
// rows: L·z for independent z of mean 0 and variance 1. Each z is the sum of
// twelve uniform numbers, which is as good as normal where only the order of the
// results counts.
func correlated(r *rand.Rand, l [][]float64) []float64 {
	z := make([]float64, len(l))
	for i := range z {
		z[i] = -6
		for range 12 {
			z[i] += float64(r.Float64()) // it ends in a product as well
		}
	}
	x := make([]float64, len(l))
	for i := range x {
		for k := range l[i] {
			x[i] += float64(l[i][k] * z[k])
		}
	}
	return x
}

// draw returns n values of a column, those of a numeric one ascending, those of
// any other in the order of Marginal.Values.
func (m Marginal) draw(r *rand.Rand, n int) []string {
	var values []string
	if len(m.Values) > 0 {
		for k, times := range apportion(m.Shares, n) {
			values = append(values, slices.Repeat(m.Values[k:k+1], times)...)
		}
		return values
	}
	zeros := int(math.Floor(float64(m.Zero*float64(n)) + 0.5))
	if len(m.Quantiles) == 0 {
		zeros = n
	}
	for k := range n {
		if k < zeros {
			values = append(values, notation(m.Name, 0))
			continue
		}
		// One number from each of as many equal parts of the distribution.
		u := (float64(k-zeros) + float64(r.Float64())) / float64(n-zeros)
		values = append(values, notation(m.Name, m.at(u)))
	}
	return values
}

// at returns the number below which a share u in [0, 1) of the numbers lie,
// straight lines drawn between the quantiles.
func (m Marginal) at(u float64) float64 {
	p := probabilities()
	low, high := p[0], p[len(p)-1]
	u = low + float64(u*(high-low)) // the figures say nothing of the ends
	i := 1
	for i < len(p)-1 && u > p[i] {
		i++
	}
	part := (u - p[i-1]) / (p[i] - p[i-1])
	return m.Quantiles[i-1] + float64(part*(m.Quantiles[i]-m.Quantiles[i-1]))
}

// apportion divides n rows by shares that add up to 1, except for rounding.
// Every share that is not 0 gets a row at least, if there are as many rows; what
// whole rows leave over goes to those who lost most by rounding.
func apportion(shares []float64, n int) []int {
	rows := make([]int, len(shares))
	left := n
	for k, share := range shares {
		if share > 0 {
			rows[k] = max(1, int(math.Floor(float64(share*float64(n)))))
			left -= rows[k]
		}
	}
	for left != 0 {
		sign := cmp.Compare(left, 0) // whether a row is to be added or taken away
		k, most := -1, math.Inf(-1)
		for i, share := range shares {
			lost := float64(share*float64(n)) - float64(rows[i])
			if lost = float64(sign) * lost; lost > most && share > 0 && rows[i]+sign > 0 {
				k, most = i, lost
			}
		}
		if k < 0 {
			break // fewer rows than shares
		}
		rows[k] += sign
		left -= sign
	}
	return rows
}

// remove takes the missing cells away, from rows that are drawn at random but
// are not the last complete ones with some category.
func (c ClassFigures) remove(r *rand.Rand, rows [][]string) error {
	columns := crxColumns()
	complete := map[[2]string]int{} // rows, by column and category
	count := func(row []string, change int) (fewest int) {
		fewest = len(rows)
		for j, column := range columns {
			if column.Kind == Categorical {
				key := [2]string{column.Name, row[j]}
				complete[key] += change
				fewest = min(fewest, complete[key])
			}
		}
		return fewest
	}
	for _, row := range rows {
		count(row, 1)
	}
	candidates := r.Perm(len(rows))
	for _, gap := range c.Missing {
		for range gap.Rows {
			for len(candidates) > 0 && count(rows[candidates[0]], -1) == 0 {
				count(rows[candidates[0]], 1) // it stays complete
				candidates = candidates[1:]
			}
			if len(candidates) == 0 {
				return errors.New("too few rows can do without a value")
			}
			row := rows[candidates[0]]
			candidates = candidates[1:]
			for j, column := range columns {
				if slices.Contains(gap.Columns, column.Name) {
					row[j] = "?"
				}
			}
		}
	}
	return nil
}

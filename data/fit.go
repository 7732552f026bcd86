package data

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/stat/distuv"
)

// Fit computes the figures of a table in the format of crx.data.
//
// The error is an *[Error]: the table has another format, a class has fewer
// than two complete rows, a number is negative, or A5 and A10 do not follow from
// A4 and A11 in a complete row.
func Fit(t *Table) (Figures, error) {
	if err := t.checkFit(); err != nil {
		return Figures{}, err
	}
	f := Figures{First: map[string]string{}}
	for _, column := range t.Columns {
		if column.Kind == Binary {
			f.First[column.Name] = column.Values[0]
		}
	}
	label := t.Label()
	for _, class := range t.Columns[label].Values {
		c := ClassFigures{Label: class, Missing: []Gap{}}
		var complete []Record
		for _, record := range t.Records {
			if record.Fields[label] != class {
				continue
			}
			c.Rows++
			if anyMissing(record.Fields) {
				c.addGap(t.lacking(record))
			} else {
				complete = append(complete, record)
			}
		}
		var scores [][]float64
		for j, column := range t.Columns {
			if _, repeats := follows(column.Name, t.in(complete[0])); repeats || column.Label {
				continue
			}
			m, x := t.marginal(j, complete)
			c.Columns = append(c.Columns, m)
			scores = append(scores, normalScores(x))
		}
		c.Correlation = correlate(scores)
		f.Classes = append(f.Classes, c)
	}
	return f, nil
}

// checkFit refuses tables that Fit cannot describe.
func (t *Table) checkFit() error {
	schema := crxColumns()
	same := slices.EqualFunc(t.Columns, schema, func(a, b Column) bool { return a.Name == b.Name && a.Kind == b.Kind })
	if !same {
		return &Error{File: t.Path, What: "the figures of the twin describe crx.data only",
			Mend: "use a file without a header, with the 16 columns of crx.data"}
	}
	perClass := map[string]int{}
	for _, row := range t.Complete() {
		record := t.Records[row]
		perClass[record.Fields[t.Label()]]++
		for j, column := range t.Columns {
			want, repeats := follows(column.Name, t.in(record))
			if got := record.Fields[j]; repeats && got != want {
				return &Error{File: t.Path, Line: record.Line, Column: j + 1,
					What: fmt.Sprintf("%s in %s does not follow from the other columns", quote(got), column.Name),
					Mend: "write g, p, gg in A5 for u, y, l in A4, and t in A10 where A11 is above 0"}
			}
			if x, err := parseNumber(record.Fields[j]); column.Kind == Numeric && err == nil && x < 0 {
				return &Error{File: t.Path, Line: record.Line, Column: j + 1,
					What: fmt.Sprintf("%s in %s is negative", record.Fields[j], column.Name),
					Mend: "write numbers from 0, as crx.data has them"}
			}
		}
	}
	if len(perClass) < 2 || perClass["+"] < 2 || perClass["-"] < 2 {
		return &Error{File: t.Path, What: "a class has fewer than two complete rows", Mend: "use more rows of both classes"}
	}
	return nil
}

// in returns a function that finds a record's field by the name of its column.
func (t *Table) in(record Record) func(column string) string {
	return func(column string) string {
		j := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == column })
		return record.Fields[j]
	}
}

// lacking lists the columns that have no value in a record.
func (t *Table) lacking(record Record) []string {
	var names []string
	for j, field := range record.Fields {
		if Missing(field) {
			names = append(names, t.Columns[j].Name)
		}
	}
	return names
}

func (c *ClassFigures) addGap(columns []string) {
	for i := range c.Missing {
		if slices.Equal(c.Missing[i].Columns, columns) {
			c.Missing[i].Rows++
			return
		}
	}
	c.Missing = append(c.Missing, Gap{Columns: columns, Rows: 1})
}

// marginal returns the distribution of a column in the records, which are
// complete and of one class, and the column as numbers, one per record: those of
// a numeric column itself, else the place of the value in Marginal.Values.
func (t *Table) marginal(j int, records []Record) (Marginal, []float64) {
	m := Marginal{Name: t.Columns[j].Name}
	x := make([]float64, len(records))
	if t.Columns[j].Kind != Numeric {
		m.Values = t.ordered(j)
		m.Shares = make([]float64, len(m.Values))
		for i, record := range records {
			place := slices.Index(m.Values, record.Fields[j])
			x[i] = float64(place)
			m.Shares[place]++
		}
		for k := range m.Shares {
			m.Shares[k] = rounded(m.Shares[k]/float64(len(records)), 1e4)
		}
		return m, x
	}
	var others []float64
	for i, record := range records {
		x[i], _ = parseNumber(record.Fields[j]) // cannot fail: Read checked it
		if x[i] != 0 {
			others = append(others, x[i])
		}
	}
	slices.Sort(others)
	m.Zero = rounded(1-float64(len(others))/float64(len(records)), 1e4)
	if len(others) > 0 {
		for _, p := range probabilities() {
			m.Quantiles = append(m.Quantiles, significant(quantile(others, p)))
		}
	}
	return m, x
}

// ordered returns the values of a column, those first that the first class has
// the smallest share of among the complete rows.
func (t *Table) ordered(j int) []string {
	label := t.Label()
	first, all := map[string]float64{}, map[string]float64{}
	for _, row := range t.Complete() {
		fields := t.Records[row].Fields
		all[fields[j]]++
		if fields[label] == t.Columns[label].Values[0] {
			first[fields[j]]++
		}
	}
	values := slices.Sorted(slices.Values(t.Columns[j].Values))
	slices.SortStableFunc(values, func(a, b string) int { return cmp.Compare(first[a]/all[a], first[b]/all[b]) })
	return values
}

// normalScores returns what a normal variable would be on average in the place
// of each of the numbers x, given their order. Equal numbers have equal scores.
func normalScores(x []float64) []float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(x[a], x[b]) })
	scores := make([]float64, len(x))
	for start := 0; start < len(x); {
		end, sum := start, 0.0
		for ; end < len(x) && x[order[end]] == x[order[start]]; end++ {
			sum += distuv.UnitNormal.Quantile((float64(end) + 0.5) / float64(len(x)))
		}
		for _, i := range order[start:end] {
			scores[i] = sum / float64(end-start)
		}
		start = end
	}
	return scores
}

// correlate returns the correlation matrix, as a lower triangle, of the normal
// variables behind the scores of several columns.
//
// Where a column has few values, its scores spread less than the normal variable
// behind them, and correlate less by the same factor; dividing the mean product
// by the spread of both undoes that. It is exact where one of the two has no
// equal values, and near where both do. The result need not be a correlation
// matrix, so the correlations are reduced until it is one.
func correlate(scores [][]float64) [][]float64 {
	const most, per = 0.95, 100
	spread := make([]float64, len(scores)) // mean squares: the means are 0
	for i, z := range scores {
		spread[i] = meanProduct(z, z)
	}
	for keep := 1.0; ; keep -= 0.01 {
		c := make([][]float64, len(scores))
		for i := range c {
			c[i] = make([]float64, i+1)
			c[i][i] = 1
			for j := range i {
				if spread[i] > 0 && spread[j] > 0 {
					r := meanProduct(scores[i], scores[j]) / (spread[i] * spread[j])
					c[i][j] = rounded(float64(keep*min(max(r, -most), most)), per)
				}
			}
		}
		if _, ok := cholesky(c); ok { // at the latest when nothing is left of them
			return c
		}
	}
}

func meanProduct(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i] * b[i])
	}
	return sum / float64(len(a))
}

// rounded returns x to the nearest of so many parts of 1.
func rounded(x, parts float64) float64 {
	return math.Round(x*parts)/parts + 0 // no −0
}

// significant returns x to three significant digits.
func significant(x float64) float64 {
	y, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 3, 64), 64) // cannot fail: its own notation
	return y
}

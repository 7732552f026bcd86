package data

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

func TestReferenceFit(t *testing.T) {
	table, _ := crx(t)
	figures, err := Fit(table)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		writeFigures(t, figures)
		return
	}
	var shipped Figures
	if err := json.Unmarshal(twinFigures, &shipped); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(shipped, figures); diff != "" {
		t.Errorf("twin_figures.json is not what Fit computes; go test with -update, twice, rewrites the twin\n%s", diff)
	}
}

// writeFigures writes lists of numbers and of words on a line each.
func writeFigures(t *testing.T, f Figures) {
	t.Helper()
	text, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	inner := regexp.MustCompile(`\[[^\[\]{}]*\]`)
	space := regexp.MustCompile(`\s+`)
	text = inner.ReplaceAllFunc(text, func(list []byte) []byte {
		return bytes.ReplaceAll(space.ReplaceAll(list, nil), []byte(","), []byte(", "))
	})
	if err := os.WriteFile("twin_figures.json", append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// No row of the twin is a real one, neither as text nor as numbers.
func TestReferenceTwinIsNew(t *testing.T) {
	real, realSet := crx(t)
	seen := map[string]bool{}
	for _, record := range real.Records {
		seen[strings.Join(record.Fields, ",")] = true
	}
	twin := Twin()
	for _, record := range twin.Records {
		if seen[strings.Join(record.Fields, ",")] {
			t.Errorf("line %d is a real row", record.Line)
		}
	}
	twinSet := encoded(t, twin)
	nearest := math.Inf(1) // as a sum over the features, each by its deviation
	sc := Standard(realSet.X, allRows(realSet))
	a, b := values(sc.Apply(realSet.X)), values(sc.Apply(twinSet.X))
	width := len(realSet.Features)
	for i := range twinSet.Len() {
		for k := range realSet.Len() {
			d := 0.0
			for j := range width {
				d += abs(b[i*width+j] - a[k*width+j])
			}
			nearest = min(nearest, d)
		}
	}
	if nearest == 0 {
		t.Error("a row encodes like a real one")
	}
	t.Logf("nearest real row: %.3f deviations away, summed over the features", nearest)
}

// Both files encode to the same features and number the same values alike.
func TestReferenceTwinEncoding(t *testing.T) {
	real, realSet := crx(t)
	twin := Twin()
	twinSet := encoded(t, twin)
	if diff := cmp.Diff(realSet.Features, twinSet.Features); diff != "" || len(twinSet.Features) != 42 {
		t.Error(diff)
	}
	if diff := cmp.Diff(real.Columns, twin.Columns); diff != "" { // values, bounds, missing cells
		t.Error(diff)
	}
	if diff := cmp.Diff(realSet.Classes, twinSet.Classes); diff != "" {
		t.Error(diff)
	}
}

// Every numeric column is distributed as in the real file.
func TestReferenceTwinDistributions(t *testing.T) {
	real, _ := crx(t)
	twin := Twin()
	for j, column := range real.Columns {
		if column.Kind != Numeric {
			continue
		}
		complete := apart(numbers(real, j, real.Complete()), numbers(twin, j, twin.Complete()))
		whole := apart(numbers(real, j, nil), numbers(twin, j, nil))
		t.Logf("%-3s Kolmogorov–Smirnov distance %.3f, whole file %.3f", column.Name, complete, whole)
		if complete > 0.08 || whole > 0.08 {
			t.Errorf("%s: the distributions are %.3f and %.3f apart", column.Name, complete, whole)
		}
	}
}

// numbers returns a column's numbers in these rows, or in all, sorted.
func numbers(t *Table, column int, rows []int) []float64 {
	var x []float64
	for i, record := range t.Records {
		if v, err := parseNumber(record.Fields[column]); err == nil && (rows == nil || slices.Contains(rows, i)) {
			x = append(x, v)
		}
	}
	sort.Float64s(x)
	return x
}

func apart(a, b []float64) float64 { return stat.KolmogorovSmirnov(a, nil, b, nil) }

// What is learned from the twin holds of the real rows.
func TestReferenceTwinTeaches(t *testing.T) {
	_, real := crx(t)
	twin := encoded(t, Twin())
	byTwin := accuracy(fitLogistic(twin, allRows(twin)), real, allRows(real))
	var crossed, own float64
	const folds = 10
	for fold := range folds {
		held := func(set *Set) (in, out []int) {
			for i := range set.Len() {
				if i%folds == fold {
					out = append(out, i)
				} else {
					in = append(in, i)
				}
			}
			return in, out
		}
		in, out := held(real)
		crossed += accuracy(fitLogistic(real, in), real, out) / folds
		in, out = held(twin)
		own += accuracy(fitLogistic(twin, in), twin, out) / folds
	}
	byReal := accuracy(fitLogistic(real, allRows(real)), real, allRows(real))
	t.Logf("accuracy on real rows: %.3f learned from the twin, %.3f from other real rows, %.3f from the same", byTwin, crossed, byReal)
	t.Logf("accuracy on the twin's rows, learned from others of them: %.3f", own)
	if abs(byTwin-crossed) > 0.03 {
		t.Errorf("what the twin teaches is right for %.3f of the real rows; other real rows teach %.3f", byTwin, crossed)
	}
}

// logistic is a logistic regression on standardised features.
type logistic struct {
	scaling Scaling
	weights []float64 // per feature, and the constant
}

// fitLogistic fits by Newton's method, with a small penalty on the squared
// weights because the 0/1 features of a category always add up to 1.
func fitLogistic(set *Set, rows []int) logistic {
	const penalty, steps = 1.0, 8
	m := logistic{scaling: Standard(set.X, rows), weights: make([]float64, len(set.Features)+1)}
	n := len(m.weights)
	x := values(m.scaling.Apply(set.X))
	for range steps {
		slope, curve := mat.NewVecDense(n, nil), mat.NewSymDense(n, nil)
		for j := range n - 1 {
			slope.SetVec(j, penalty*m.weights[j])
			curve.SetSym(j, j, penalty)
		}
		for _, i := range rows {
			features := append(slices.Clone(x[i*(n-1):(i+1)*(n-1)]), 1)
			p := m.probability(features)
			v := mat.NewVecDense(n, features)
			slope.AddScaledVec(slope, p-float64(set.Y[i]), v)
			curve.SymRankOne(curve, p*(1-p), v)
		}
		var step mat.VecDense
		if err := step.SolveVec(curve, slope); err != nil {
			panic(err)
		}
		for j := range n {
			m.weights[j] -= step.AtVec(j)
		}
	}
	return m
}

// probability returns that of class 1, for scaled features and the constant 1.
func (m logistic) probability(features []float64) float64 {
	sum := 0.0
	for j, w := range m.weights {
		sum += w * features[j]
	}
	return 1 / (1 + math.Exp(-sum))
}

// accuracy returns the share of the rows whose class is the likelier one.
func accuracy(m logistic, set *Set, rows []int) float64 {
	x := values(m.scaling.Apply(set.X))
	width, right := len(set.Features), 0
	for _, i := range rows {
		p := m.probability(append(slices.Clone(x[i*width:(i+1)*width]), 1))
		if (p > 0.5) == (set.Y[i] == 1) {
			right++
		}
	}
	return float64(right) / float64(len(rows))
}

func encoded(t *testing.T, table *Table) *Set {
	t.Helper()
	set, err := table.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func allRows(set *Set) []int {
	rows := make([]int, set.Len())
	for i := range rows {
		rows[i] = i
	}
	return rows
}

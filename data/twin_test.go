package data

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// With -update the figures are fitted again, where the real file is at hand, and
// the twin is drawn again.
var update = flag.Bool("update", false, "rewrite twin_figures.json and twin.data")

func TestTwinSizes(t *testing.T) {
	twin := Twin()
	if twin.Source != "twin" || twin.Path != "twin" || len(twin.Records) != 690 || len(twin.Complete()) != 653 {
		t.Errorf("source %s, path %s, %d records, %d complete", twin.Source, twin.Path, len(twin.Records), len(twin.Complete()))
	}
	missing := map[string]int{}
	for _, column := range twin.Columns {
		if column.Missing > 0 {
			missing[column.Name] = column.Missing
		}
	}
	want := map[string]int{"A1": 12, "A2": 12, "A4": 6, "A5": 6, "A6": 9, "A7": 9, "A14": 13}
	if diff := cmp.Diff(want, missing); diff != "" {
		t.Error(diff)
	}
	classes := map[string]int{}
	for _, record := range twin.Records {
		classes[record.Fields[twin.Label()]]++
	}
	if classes["+"] != 307 || classes["-"] != 383 {
		t.Error(classes)
	}
}

// The twin is what the generator draws, byte for byte.
func TestSynthesize(t *testing.T) {
	var b bytes.Buffer
	if err := Synthesize(&b); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("twin.data", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if b.String() != twinText {
		t.Error("twin.data is not what Synthesize writes; go test with -update rewrites it")
	}
	if err := Synthesize(fullDisk{}); err != errFull {
		t.Error(err)
	}
}

// Every number is written as in the real file.
func TestTwinNotation(t *testing.T) {
	twelfths := `(00|08|17|25|33|42|50|58|67|75|83|92)`
	patterns := map[string]string{
		"A2": `\d\d\.` + twelfths, "A3": `(0|[1-9]\d?)(\.\d?\d?[1-9])?`, "A8": `(0|[1-9]\d?)(\.\d?\d?[1-9])?`,
		"A11": `0|\d\d`, "A14": `0\d\d\d[02468]`, "A15": `0|[1-9]\d{0,4}`,
	}
	twin := Twin()
	for j, column := range twin.Columns {
		pattern, numeric := patterns[column.Name]
		if numeric != (column.Kind == Numeric) {
			t.Fatalf("%s is %s", column.Name, column.Kind)
		}
		if !numeric {
			continue
		}
		for _, record := range twin.Records {
			if field := record.Fields[j]; field != "?" && !regexp.MustCompile("^("+pattern+")$").MatchString(field) {
				t.Errorf("%s is written %s", column.Name, field)
			}
		}
	}
}

// In the real file A5 repeats A4, and A10 says whether A11 is above 0.
func TestTwinRepeats(t *testing.T) {
	twin := Twin()
	for _, row := range twin.Complete() {
		record := twin.Records[row]
		for j, column := range twin.Columns {
			if want, repeats := follows(column.Name, twin.in(record)); repeats && record.Fields[j] != want {
				t.Errorf("line %d: %s in %s", record.Line, record.Fields[j], column.Name)
			}
		}
	}
}

// Other generators draw other rows with the same figures.
func TestDrawKeepsFigures(t *testing.T) {
	var f Figures
	if err := json.Unmarshal(twinFigures, &f); err != nil {
		t.Fatal(err)
	}
	texts := map[string]bool{}
	for seed := range uint64(5) {
		rows, err := f.draw(newRand(seed))
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := writeRows(&b, rows); err != nil {
			t.Fatal(err)
		}
		texts[b.String()] = true
		table := mustRead(t, b.String(), "")
		if diff := cmp.Diff(f.First, first(table)); diff != "" {
			t.Error(diff)
		}
		again, err := Fit(table)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range f.Classes {
			k := slices.IndexFunc(again.Classes, func(other ClassFigures) bool { return other.Label == c.Label })
			compareFigures(t, c, again.Classes[k])
		}
	}
	if len(texts) != 5 {
		t.Errorf("five generators drew %d files", len(texts))
	}
}

// compareFigures checks that figures fitted to rows that were drawn are near
// those that they were drawn from.
func compareFigures(t *testing.T, want, got ClassFigures) {
	t.Helper()
	if got.Rows != want.Rows {
		t.Errorf("%d rows of class %s, want %d", got.Rows, want.Label, want.Rows)
	}
	gaps := func(c ClassFigures) map[string]int {
		rows := map[string]int{}
		for _, gap := range c.Missing {
			rows[strings.Join(gap.Columns, " ")] = gap.Rows
		}
		return rows
	}
	if diff := cmp.Diff(gaps(want), gaps(got)); diff != "" {
		t.Error(diff)
	}
	for j, column := range want.Columns {
		for k, value := range column.Values {
			place := slices.Index(got.Columns[j].Values, value)
			if place < 0 || abs(got.Columns[j].Shares[place]-column.Shares[k]) > 0.02 {
				t.Errorf("%s: %s is not as frequent in class %s", column.Name, value, want.Label)
			}
		}
		if abs(got.Columns[j].Zero-column.Zero) > 0.02 {
			t.Errorf("%s: zeros %v, want %v", column.Name, got.Columns[j].Zero, column.Zero)
		}
		for i := range j {
			if r := got.Correlation[j][i] - want.Correlation[j][i]; abs(r) > 0.45 {
				t.Errorf("%s and %s in class %s correlate by %v, want %v", want.Columns[i].Name, column.Name,
					want.Label, got.Correlation[j][i], want.Correlation[j][i])
			}
		}
	}
}

func TestFitErrors(t *testing.T) {
	_, err := Fit(mustRead(t, "x,y\n1,a\n2,b\n", "y"))
	wantError(t, err, "test.csv: ", "crx.data only")
	_, err = Fit(mustRead(t, row("+")+row("-"), ""))
	wantError(t, err, "test.csv: ", "fewer than two")
	_, err = Fit(mustRead(t, row("+")+row("-", 10, "f"), ""))
	wantError(t, err, "test.csv:2:10: ", `"f" in A10`)
	_, err = Fit(mustRead(t, row("+")+row("-", 3, "-1"), ""))
	wantError(t, err, "test.csv:2:3: ", "-1 in A3 is negative")
}

// Columns that are constant, or have hardly a value, are no obstacle.
func TestFitFewRows(t *testing.T) {
	table := mustRead(t, row("+", 15, "0")+row("+")+row("-")+row("-", 1, "a")+row("-", 2, "?"), "")
	f, err := Fit(table)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := f.draw(newRand(1))
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 5 {
		t.Errorf("%q", rows)
	}
}

func TestDrawErrors(t *testing.T) {
	var f Figures
	for name, change := range map[string]func(){
		"first value":      func() { f.First["A9"] = "x" },
		"correlations":     func() { f.Classes[0].Correlation[1][0] = 1 },
		"without a value":  func() { f.Classes[1].Missing[0].Rows = 1000 },
		"not those of the": func() { f.Classes[0].Columns = f.Classes[0].Columns[1:] },
	} {
		f = Figures{}
		if err := json.Unmarshal(twinFigures, &f); err != nil {
			t.Fatal(err)
		}
		change()
		if _, err := f.draw(newRand(1)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestApportion(t *testing.T) {
	for _, c := range []struct {
		shares []float64
		n      int
		want   []int
	}{
		{[]float64{0.5, 0.5}, 3, []int{2, 1}},
		{[]float64{0.3333, 0.3333, 0.3334}, 9, []int{3, 3, 3}},
		{[]float64{0.99, 0.001, 0, 0.009}, 100, []int{98, 1, 0, 1}},
		{[]float64{0.5, 0.5}, 1, []int{1, 1}}, // no room for both
	} {
		if got := apportion(c.shares, c.n); !slices.Equal(got, c.want) {
			t.Errorf("%v of %d: %v, want %v", c.shares, c.n, got, c.want)
		}
	}
}

func TestNotation(t *testing.T) {
	for _, c := range []struct {
		column string
		x      float64
		want   string
	}{
		{"A2", 30.83, "30.83"}, {"A2", 22.1, "22.08"}, {"A2", 22.99, "23.00"},
		{"A3", 0, "0"}, {"A3", 0.001, "0.04"}, {"A3", 4.46, "4.46"}, {"A8", 11.583, "11.585"}, {"A8", 2.5, "2.5"}, {"A8", 28, "28"},
		{"A11", 0, "0"}, {"A11", 6.4, "06"}, {"A11", 0.1, "01"}, {"A11", 67, "67"},
		{"A14", 0, "00000"}, {"A14", 202, "00200"}, {"A14", 2000, "02000"}, {"A15", 31285.4, "31285"}, {"A15", 0, "0"},
	} {
		if got := notation(c.column, c.x); got != c.want {
			t.Errorf("%v in %s: %s, want %s", c.x, c.column, got, c.want)
		}
	}
}

func TestNormalScores(t *testing.T) {
	z := normalScores([]float64{3, 1, 2, 2})
	if !equal(z[0], -z[1]) || z[0] <= 0 || z[2] != z[3] || abs(z[2]) > 1e-12 {
		t.Error(z)
	}
}

// first returns what [Figures.First] holds of a table.
func first(t *Table) map[string]string {
	values := map[string]string{}
	for _, column := range t.Columns {
		if column.Kind == Binary {
			values[column.Name] = column.Values[0]
		}
	}
	return values
}

package data

import (
	"encoding/csv"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Whatever text is in a well-formed file, its fields come back trimmed.
func TestReadProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		columns := rapid.IntRange(1, 4).Draw(t, "columns")
		value := rapid.SampledFrom([]string{"?", "", "1", "-2.5", "1e3", "a", "b c", `d"e`, "f,g", "h\ni", " j ", "é"})
		rows := rapid.SliceOfN(rapid.SliceOfN(value, columns, columns), 2, 20).Draw(t, "rows")
		var text strings.Builder
		w := csv.NewWriter(&text)
		w.UseCRLF = rapid.Bool().Draw(t, "CRLF")
		header := strings.Split("w,x,y,z", ",")[:columns]
		_ = w.Write(append(header, "class"))
		for i, row := range rows {
			_ = w.Write(append(slices.Clone(row), []string{"no", "yes"}[i%2]))
		}
		w.Flush()
		table, err := Read(strings.NewReader(text.String()), "test.csv", Options{Label: "class"})
		if err != nil {
			if _, ok := errors.AsType[*Error](err); !ok || !strings.Contains(err.Error(), "is not a number") {
				t.Fatal(err)
			}
			return
		}
		for i, row := range rows {
			for j, want := range row {
				if got := table.Records[i].Fields[j]; got != strings.TrimSpace(want) {
					t.Fatalf("row %d: %q, want %q", i, got, want)
				}
			}
		}
		if set, err := table.Encode(); err == nil {
			checkSet(t, set)
		}
	})
}

// checkSet checks what holds of every set.
func checkSet(t interface{ Fatalf(string, ...any) }, s *Set) {
	n, width := len(s.Rows), len(s.Features)
	x := values(s.X)
	if s.Len() != n || len(x) != n*width || len(s.Classes) != 2 || n < 2 {
		t.Fatalf("%d rows, %d labels, %d numbers, %d features, %q", n, s.Len(), len(x), width, s.Classes)
	}
	if s.Y[0] != 0 || !slices.Contains(s.Y, 1) {
		t.Fatalf("classes %v", s.Y)
	}
	for i := range n {
		hot := map[int]float64{} // by column
		for j, feature := range s.Features {
			v := x[i*width+j]
			field := s.Table.Records[s.Rows[i]].Fields[feature.Column]
			switch column := s.Table.Columns[feature.Column]; column.Kind {
			case Numeric:
				if math.Abs(v) > column.Bound || math.IsNaN(v) {
					t.Fatalf("%v is beyond %v", v, column.Bound)
				}
			case Binary:
				if column.Values[int(v)] != field {
					t.Fatalf("%q became %v", field, v)
				}
			case Categorical:
				hot[feature.Column] += v
				if (v == 1) != (feature.Category == field) {
					t.Fatalf("%q is %v for %q", feature.Category, v, field)
				}
			}
		}
		for column, sum := range hot {
			if sum != 1 {
				t.Fatalf("row %d has %v categories in column %d", i, sum, column)
			}
		}
	}
	for _, v := range values(s.Range().Apply(s.X)) {
		if math.Abs(v) > 1 {
			t.Fatalf("%v after scaling by range", v)
		}
	}
	for _, v := range values(Standard(s.X, []int{0, n - 1}).Apply(s.X)) {
		if math.IsNaN(v) {
			t.Fatalf("not a number after standardising")
		}
	}
}

func TestNumberProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[+-]?([0-9]{1,8}(\.[0-9]{0,8})?|\.[0-9]{1,8})([eE][+-]?[0-9]{1,2})?`).Draw(t, "number")
		x, err := parseNumber(s)
		if err != nil && !(err == errTooLarge && strings.ContainsAny(s, "eE")) {
			t.Fatalf("%s: %v", s, err)
		}
		bound := powerOfTwo(math.Abs(x))
		if fraction, _ := math.Frexp(bound); fraction != 0.5 || bound < math.Abs(x) || bound > 1 && bound/2 >= math.Abs(x) {
			t.Fatalf("bound of %v is %v", x, bound)
		}
	})
}

func TestScalingProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, width := rapid.IntRange(2, 20).Draw(t, "n"), rapid.IntRange(1, 4).Draw(t, "width")
		x := matrix(rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), n*width, n*width).Draw(t, "x"), n, width)
		rows := rapid.SliceOfNDistinct(rapid.IntRange(0, n-1), 1, n, rapid.ID[int]).Draw(t, "rows")
		scaled := values(Standard(x, rows).Apply(x))
		for j := range width {
			sum, squares := 0.0, 0.0
			for _, row := range rows {
				v := scaled[row*width+j]
				sum, squares = sum+v, squares+v*v
			}
			mean, square := sum/float64(len(rows)), squares/float64(len(rows))
			// Constant columns become 0; those that vary by next to nothing are
			// rounding, not statistics.
			varies := square > 0 && Standard(x, rows).Scale[j] > 1e-6
			if varies && (math.Abs(mean) > 1e-6 || math.Abs(square-1) > 1e-3) {
				t.Fatalf("column %d: mean %v, mean square %v", j, mean, square)
			}
		}
		if same := values(None(width).Apply(x)); !slices.Equal(same, values(x)) {
			t.Fatalf("none changed %v into %v", values(x), same)
		}
	})
}

// FuzzRead: any bytes are either refused with one line or become a table that
// encodes or is refused with one line.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		row("+") + row("-"), row("+", 2, "?") + row("-", 1, "a"), row("+") + row("-", 3, "1e999"),
		"x,y\n1,a\n2,b\n", "\ufeffx,y\r\n\"1\n\",a\r\n?,b", "x;y\n", "x,y\n\"", "", "\x00", "x,x,y\n1,2,3\n",
		"x,y\n\x1b,a\nq,b\n", ",\n,\n", "?,?\n?,?\n",
	} {
		f.Add([]byte(text), "y")
	}
	f.Fuzz(func(t *testing.T, text []byte, label string) {
		table, err := Read(strings.NewReader(string(text)), "test.csv", Options{Label: label})
		var set *Set
		if err == nil {
			for _, s := range table.Describe() {
				if math.IsNaN(s.Mean + s.Std + s.Min + s.Q1 + s.Median + s.Q3 + s.Max) {
					t.Fatalf("%+v", s)
				}
			}
			set, err = table.Encode()
		}
		if err != nil {
			e := wantError(t, err, "test.csv")
			if lines := strings.Count(string(text), "\n") + 1; e.Line > lines {
				t.Fatalf("%v: there are %d lines", e, lines)
			}
			return
		}
		checkSet(t, set)
	})
}

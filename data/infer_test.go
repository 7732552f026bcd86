package data

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestKindsOfHeaderColumns(t *testing.T) {
	table, err := Open("testdata/loans.csv", Options{Label: "repaid"})
	if err != nil {
		t.Fatal(err)
	}
	want := []Column{
		{Name: "income", Kind: Numeric, Missing: 1, Bound: 4096},
		{Name: "home, owned", Kind: Binary, Values: []string{"yes", "no"}},
		{Name: "repaid", Kind: Binary, Values: []string{"good", "bad"}, Label: true},
		{Name: "purpose", Kind: Categorical, Values: []string{"boat", "car", `house "old"`}},
		{Name: "years", Kind: Numeric, Missing: 1, Bound: 16},
	}
	for j, column := range table.Columns {
		if fmt.Sprintf("%+v", column) != fmt.Sprintf("%+v", want[j]) {
			t.Errorf("got  %+v\nwant %+v", column, want[j])
		}
	}
	if table.Records[1].Fields[3] != `house "old"` || table.Records[1].Fields[0] != "1800" {
		t.Errorf("%q", table.Records[1].Fields)
	}
}

func TestKind(t *testing.T) {
	for _, c := range []struct {
		values string // one character or number a row
		want   Kind
	}{
		{"1 2 3", Numeric},
		{"0 1 0", Numeric}, // two values, but numbers
		{"1 2 ? ?", Numeric},
		{"a b a", Binary},
		{"a b ?", Binary},
		{"1 a", Binary}, // half is not more than half
		{"1 1 a a", Binary},
		{"1 2 a b", Categorical},
		{"a b c", Categorical},
		{"a a ?", Categorical},
		{"? ? ?", Categorical},
		{"NaN Inf x", Categorical},
		{"NaN Inf", Binary},
		{"1e999 1e999 2", Binary},
	} {
		var text strings.Builder
		text.WriteString("x,y\n")
		for i, value := range strings.Fields(c.values) {
			fmt.Fprintf(&text, "%s,%c\n", value, 'p'+rune(i%2))
		}
		if got := mustRead(t, text.String(), "y").Columns[0].Kind; got != c.want {
			t.Errorf("%s: %v, want %v", c.values, got, c.want)
		}
	}
	_, err := Read(strings.NewReader("x,y\n1,p\n2,q\nabc,p\n"), "test.csv", Options{Label: "y"})
	wantError(t, err, `test.csv:4:1: "abc" in x is not a number`)
}

// A label is a class even when it is written as a number.
func TestLabelIsAClass(t *testing.T) {
	set := mustEncode(t, "x,y\n1,1\n2,0\n3,1\n", "y")
	if !slices.Equal(set.Classes, []string{"1", "0"}) || !slices.Equal(set.Y, []int{0, 1, 0}) {
		t.Errorf("classes %v, labels %v", set.Classes, set.Y)
	}
	if len(set.Features) != 1 {
		t.Errorf("features %v", set.Features)
	}
}

func TestHeaderErrors(t *testing.T) {
	for name, c := range map[string]struct {
		text, label, prefix string
		words               []string
	}{
		"no label":        {"age,job,paid\n1,a,y\n", "", "test.csv: no label is chosen", []string{"--label", "age, job, paid"}},
		"unknown label":   {"age,job,paid\n1,a,y\n", "piad", `test.csv:1: there is no column "piad"`, []string{"did you mean paid?", "age, job, paid"}},
		"other case":      {"age,job,Paid\n1,a,y\n", "paid", `test.csv:1: there is no column "paid"`, []string{"did you mean Paid?"}},
		"far-off label":   {"age,job,paid\n1,a,y\n", "approved", `test.csv:1: there is no column "approved"`, []string{"choose one of age, job, paid"}},
		"no header":       {"1,2,y\n1,3,n\n", "", "test.csv:1: the first line is neither", []string{"header", "--label"}},
		"broken crx":      {row("x") + row("+"), "", "test.csv:1: the first line is neither", nil},
		"duplicate":       {"age,age,y\n1,2,a\n", "y", `test.csv:1:2: the column name "age" appears twice`, nil},
		"empty name":      {"age,,y\n1,2,a\n", "y", `test.csv:1:2: column 2 has no name`, nil},
		"control name":    {"age,\"a\x1bb\",y\n1,2,a\n", "y", `test.csv:1:2: the column name "a\x1bb" cannot be shown`, nil},
		"header only":     {"age,y\n", "y", "test.csv:1: there are no rows below the header", nil},
		"third class":     {"x,y\n1,a\n2,b\n3,c\n", "y", `test.csv:4:2: "c" in y is a third class after "a" and "b"`, nil},
		"control value":   {"x,y\n1,a\n2,b\n3,\"c\n\x1b[2J\"\n", "y", `test.csv:4:2: "c\n\x1b[2J" in y is a third class`, nil},
		"long value":      {"x,y\n1,a\n2,b\n3," + strings.Repeat("ü", 1000) + "\n", "y", `test.csv:4:2: "` + strings.Repeat("ü", 40) + `…" in y`, nil},
		"label of crx":    {row("+") + row("-"), "A1", "test.csv: A1 is not the label", []string{"called label"}},
		"third value":     {row("+") + row("-", 1, "a") + row("-", 1, "c"), "", `test.csv:3:1: "c" in A1 is a third value after "b" and "a"`, nil},
		"third decision":  {row("+") + row("0"), "", `test.csv:2:16: "0" in label is not a class; write + or -`, nil},
		"empty in crx":    {row("+") + row("-", 4, ""), "", `test.csv:2:4: A4 is empty; write ?`, nil},
		"third, dropped":  {row("+", 2, "?", 1, "a") + row("-") + row("-", 1, "c"), "", `test.csv:3:1: "c" in A1 is a third value`, nil},
		"decision is one": {row("+") + row("+ -"), "", `test.csv:2:16: "+ -" in label is not a class`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(strings.NewReader(c.text), "test.csv", Options{Label: c.label})
			wantError(t, err, c.prefix, c.words...)
		})
	}
	_, err := Read(strings.NewReader(row("+")), "test.csv", Options{Label: "label"})
	if err != nil {
		t.Errorf("naming the label of crx.data: %v", err)
	}
}

func TestTooManyCategories(t *testing.T) {
	var text strings.Builder
	text.WriteString("id,y\n")
	for i := range MaxCategories {
		fmt.Fprintf(&text, "c%02d,%c\n", i, 'p'+rune(i%2))
	}
	if n := len(mustEncode(t, text.String(), "y").Features); n != MaxCategories {
		t.Errorf("%d features", n)
	}
	text.WriteString("c99,p\n")
	_, err := Read(strings.NewReader(text.String()), "test.csv", Options{Label: "y"})
	wantError(t, err, "test.csv:52:1: id has more than 50 categories", "remove")
}

func TestBadNumbers(t *testing.T) {
	for _, value := range []string{"abc", "NaN", "nan", "Inf", "-Inf", "+infinity", "0x1p-2", "0X10", "1_000", "1,5",
		"1e999", "-1e999", "1e101", "1.2.3", "--1", "1e", "e5", ".", "-", "+", "1e5.", "１２", "1 2", "1e+-2", "0b1"} {
		t.Run(value, func(t *testing.T) {
			_, err := Read(strings.NewReader(row("+")+row("-", 2, `"`+value+`"`)), "test.csv", Options{})
			wantError(t, err, fmt.Sprintf("test.csv:2:2: %q in A2 is ", value), "decimal number", "or ?")
		})
	}
}

func TestGoodNumbers(t *testing.T) {
	for value, want := range map[string]float64{"00202": 202, "-0.5": -0.5, "+3": 3, ".5": 0.5, "3.": 3, "1e-3": 0.001,
		"1E+2": 100, "0": 0, "0.1": 0.1, "1e-999": 0, "123456789.123456789": 123456789.123456789} {
		if got, err := parseNumber(value); err != nil || got != want {
			t.Errorf("%s: %v, %v", value, got, err)
		}
	}
}

func TestBounds(t *testing.T) {
	bound := func(text, label string, j int) float64 {
		return mustRead(t, text, label).Columns[j].Bound
	}
	for _, c := range []struct {
		value string
		want  float64
	}{{"0", 1}, {"1", 1}, {"-1.5", 2}, {"2", 2}, {"2.001", 4}, {"-1024", 1024}, {"1e-9", 1}, {"1e100", 0x1p333}} {
		if got := bound("x,y\n0.5,a\n"+c.value+",b\n", "y", 0); got != c.want {
			t.Errorf("bound of %s is %v, want %v", c.value, got, c.want)
		}
	}
	if got := bound(row("+", 2, "1")+row("-", 2, "128"), "", 1); got != 128 {
		t.Errorf("bound of A2 is %v", got)
	}
	if got := bound(row("+", 2, "1")+row("-", 2, "129"), "", 1); got != 256 {
		t.Errorf("bound of A2 with a larger value is %v", got)
	}
}

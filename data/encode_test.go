package data

import (
	"slices"
	"strings"
	"testing"
)

func TestEncodeSmall(t *testing.T) {
	table := small(t)
	set, err := table.Encode()
	if err != nil {
		t.Fatal(err)
	}
	want := "A1 A2 A3 A8 A9 A10 A11 A12 A14 A15 A4_l A4_u A4_y A5_g A5_gg A5_p " +
		"A6_c A6_cc A6_i A6_k A6_w A6_x A7_bb A7_ff A7_h A7_n A7_v A13_g A13_p A13_s"
	var names []string
	for _, feature := range set.Features {
		names = append(names, feature.Name)
	}
	if got := strings.Join(names, " "); got != want {
		t.Errorf("features %s\nwant     %s", got, want)
	}
	if got := set.Y; !slices.Equal(got, []int{0, 1, 1, 0, 0, 0, 1}) {
		t.Errorf("classes %v", got)
	}
	if set.Len() != 7 || !slices.Equal(set.Rows, table.Complete()) {
		t.Errorf("rows %v", set.Rows)
	}
	// The second row: a,41.25,0.25,y,p,w,h,2.75,f,f,0,t,s,00000,0,-
	second := []float64{1, 41.25, 0.25, 2.75, 1, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1,
		0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1}
	if got := values(set.X)[30:60]; !slices.Equal(got, second) {
		t.Errorf("second row %v\nwant       %v", got, second)
	}
	if shape := set.X.Shape(); shape[0] != 7 || shape[1] != 30 {
		t.Errorf("shape %v", shape)
	}
}

// What only dropped rows hold has no number and no feature.
func TestOrderOfFirstAppearanceAfterDropping(t *testing.T) {
	text := row("-", 1, "a", 2, "?") + row("?", 1, "a") + row("+", 1, "b", 4, "y") + row("-", 1, "a", 4, "u") + row("-", 4, "l", 2, "?")
	table := mustRead(t, text, "")
	if got := table.Columns[0].Values; !slices.Equal(got, []string{"b", "a"}) {
		t.Errorf("A1 %v", got)
	}
	if got := table.Columns[3].Values; !slices.Equal(got, []string{"u", "y"}) {
		t.Errorf("A4 %v", got)
	}
	set := mustEncode(t, text, "")
	if !slices.Equal(set.Classes, []string{"+", "-"}) || !slices.Equal(set.Rows, []int{2, 3}) {
		t.Errorf("classes %v, rows %v", set.Classes, set.Rows)
	}
}

// A first row whose decision is missing does not hide the format.
func TestFirstDecisionMissing(t *testing.T) {
	if set := mustEncode(t, row("?")+row("-")+row("+"), ""); set.Classes[0] != "-" || set.Len() != 2 {
		t.Errorf("%v", set.Classes)
	}
}

func TestEncodeHeader(t *testing.T) {
	table, err := Open("testdata/loans.csv", Options{Label: "repaid"})
	if err != nil {
		t.Fatal(err)
	}
	set, err := table.Encode()
	if err != nil {
		t.Fatal(err)
	}
	want := []Feature{{"income", 0, ""}, {"home, owned", 1, ""}, {"years", 4, ""},
		{"purpose_boat", 3, "boat"}, {"purpose_car", 3, "car"}, {`purpose_house "old"`, 3, `house "old"`}}
	if !slices.Equal(set.Features, want) {
		t.Errorf("features %v", set.Features)
	}
	if !slices.Equal(set.Rows, []int{0, 1, 3, 5, 6}) {
		t.Errorf("rows %v", set.Rows)
	}
	if got := values(set.X)[6:12]; !slices.Equal(got, []float64{1800, 1, 1, 0, 0, 1}) {
		t.Errorf("second row %v", got)
	}
}

func TestFeatureNamesCanBeShown(t *testing.T) {
	set := mustEncode(t, "x,y\na\x1b[2J,p\nb,q\n\"c\nd\",p\n", "y")
	if f := set.Features[0]; f.Name != `x_a\x1b[2J` || f.Category != "a\x1b[2J" {
		t.Errorf("%+v", f)
	}
}

func TestEncodeErrors(t *testing.T) {
	for name, c := range map[string]struct {
		text, label, prefix string
		words               []string
	}{
		"no complete row":   {row("+", 1, "?") + row("-", 1, "?") + row("+", 2, "?"), "", "test.csv: every row has a missing value: A1 in 2 of 3 rows", nil},
		"empty column":      {"a,b,y\n1,,p\n2,,q\n", "y", "test.csv: every row has a missing value: b in 2 of 2 rows", nil},
		"one class":         {row("+") + row("+"), "", `test.csv: the label has one class only: "+" in each of 2 complete rows`, nil},
		"one class left":    {row("+") + row("-", 2, "?"), "", `test.csv: the label has one class only: "+" in each of 1 complete row;`, nil},
		"one class, header": {"x,y\n1,good\n2,good\n", "y", `test.csv: the label has one class only: "good"`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := mustRead(t, c.text, c.label).Encode()
			wantError(t, err, c.prefix, c.words...)
		})
	}
	_, err := (&Table{Path: "test.csv"}).Encode()
	wantError(t, err, "test.csv: no column is the label")
}

func TestFirst(t *testing.T) {
	set, err := small(t).Encode()
	if err != nil {
		t.Fatal(err)
	}
	for n := 2; n <= set.Len(); n++ {
		first, err := set.First(n)
		if err != nil {
			t.Fatal(err)
		}
		width := len(set.Features)
		if first.Len() != n || first.X.Shape()[0] != n || len(first.Rows) != n || len(first.Features) != width {
			t.Errorf("%d rows: %v", n, first.X.Shape())
		}
		if !slices.Equal(values(first.X), values(set.X)[:n*width]) || !slices.Equal(first.Y, set.Y[:n]) {
			t.Errorf("%d rows: other values", n)
		}
		values(first.X)[0] = -1
		if values(set.X)[0] == -1 {
			t.Fatal("the sets share their values")
		}
	}
	for _, n := range []int{-1, 0, 8} {
		_, err := set.First(n)
		wantError(t, err, "testdata/small.data: ", "choose from 1 to 7")
	}
	_, err = set.First(1)
	wantError(t, err, "testdata/small.data: the label has one class only", "use 2 rows or more")
}

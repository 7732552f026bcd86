package lab

import (
	"errors"
	"math"
	"testing"
)

func TestControlsCheck(t *testing.T) {
	whole := Control{Name: "n", Kind: Whole, Default: "3", Min: 2, Max: 10}
	decimal := Control{Name: "x", Kind: Decimal, Default: "1", Min: -1, Max: 1}
	choice := Control{Name: "c", Kind: Choice, Default: "a", Choices: []string{"a", "b", "c"}}
	list := Control{Name: "l", Kind: List, Default: "a,b", Choices: []string{"a", "b", "c"}}
	for _, c := range []struct {
		control Control
		text    string
		ok      bool
	}{
		{whole, "2", true}, {whole, "10", true}, {whole, "1", false}, {whole, "11", false}, {whole, "2.5", false}, {whole, "", false},
		{decimal, "-1", true}, {decimal, "0.5", true}, {decimal, "1.01", false}, {decimal, "NaN", false}, {decimal, "Inf", false},
		{choice, "b", true}, {choice, "d", false}, {choice, "", false},
		{list, "a, c", true}, {list, "", true}, {list, "a,d", false},
	} {
		err := c.control.Check(c.text)
		var wrong *ValueError
		if (err == nil) != c.ok || err != nil && !errors.As(err, &wrong) {
			t.Errorf("--%s %q: %v, want ok = %v", c.control.Name, c.text, err, c.ok)
		}
	}
	v := Defaults([]Control{whole, decimal, choice, list})
	if v.Whole("n") != 3 || v.Decimal("x") != 1 || v["c"] != "a" || len(v.List("l")) != 2 {
		t.Errorf("the defaults are %v", v)
	}
	want := `--c "d": not known; choose a, b or c`
	if err := choice.Check("d"); err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

func TestTexts(t *testing.T) {
	for _, c := range []struct {
		fact Fact
		want string
	}{
		{Fact{Value: nil}, "—"}, {Fact{Value: math.NaN()}, "—"}, {Fact{Value: math.NaN(), Share: true}, "—"},
		{Fact{Value: true}, "yes"}, {Fact{Value: 12}, "12"}, {Fact{Value: 1.0 / 3}, "0.3333"}, {Fact{Value: "x"}, "x"},
		{Fact{Value: 0.5, Share: true}, "50.0 %"}, {Fact{Value: 1.0, Share: true}, "100 %"}, {Fact{Value: 0.0001, Share: true}, "0.01 %"},
	} {
		if got := c.fact.Text(); got != c.want {
			t.Errorf("%v is written %q, want %q", c.fact.Value, got, c.want)
		}
	}
	table := Table{Columns: []Column{{Name: "a"}, {Name: "b", Share: true}}, Rows: [][]any{{"x", 0.25}}}
	if table.Right(0) || !table.Right(1) || table.Cell(0, 1) != "25.0 %" {
		t.Error("a table aligns or writes its columns wrongly")
	}
}

// Numbers for people have commas between thousands, whatever their kind; a column of them
// stands at the right, also where some are covered, and one with words does not.
func TestNumbersForPeople(t *testing.T) {
	for want, v := range map[string]any{"7": 7, "999": int64(999), "1,000": uint64(1000), "-12,345": -12345, "968,058": 968058, "1,234,567,890": uint64(1234567890),
		"18,446,744,073,709,551,615": uint64(math.MaxUint64), "968,058.0": 968058.0, "-12,345.7": -12345.67, "9999": 9999.0, "1.5e+06": 1.5e6, "—": nil, "yes": true, "1000": "1000"} {
		if got := Text(v); got != want {
			t.Errorf("%#v is written %s, not %s", v, got, want)
		}
	}
	tb := Table{Rows: [][]any{{"x", uint64(7), covered, nil, "its owner"}, {"d", covered, covered, 1.5, covered}}}
	for k, want := range []bool{false, true, true, true, false} {
		if tb.Right(k) != want {
			t.Errorf("column %d stands at the right: %v", k, !want)
		}
	}
	if got := worded("d = %s − %s", uint64(70000), 5); got != "d = 70,000 − 5" {
		t.Errorf("in a sentence: %s", got)
	}
}

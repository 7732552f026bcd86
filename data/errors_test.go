package data

import (
	"errors"
	"strings"
	"testing"
)

func TestErrorLine(t *testing.T) {
	cause := errors.New("cause")
	for want, e := range map[string]*Error{
		"f.csv:12:3: what; mend":    {File: "f.csv", Line: 12, Column: 3, What: "what", Mend: "mend"},
		"f.csv:12: what; mend":      {File: "f.csv", Line: 12, What: "what", Mend: "mend"},
		"f.csv: what":               {File: "f.csv", What: "what", Column: 3},
		"what; mend":                {What: "what", Mend: "mend", Line: 1, Err: cause},
		`a\nb\x1b.csv: wh\u202eat·`: {File: "a\nb\x1b.csv", What: "wh\u202eat·"},
	} {
		if got := e.Error(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if !errors.Is(&Error{Err: cause}, cause) {
		t.Error("the cause is not wrapped")
	}
}

func TestQuote(t *testing.T) {
	for s, want := range map[string]string{
		"abc":                   `"abc"`,
		"":                      `""`,
		"a\x1b\n":               `"a\x1b\n"`,
		strings.Repeat("x", 40): `"` + strings.Repeat("x", 40) + `"`,
		strings.Repeat("é", 40): `"` + strings.Repeat("é", 40) + `"`,
		strings.Repeat("é", 41): `"` + strings.Repeat("é", 40) + `…"`,
	} {
		if got := quote(s); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestList(t *testing.T) {
	if got := list([]string{"a", "b c", "", "d_1"}); got != `a, "b c", "", d_1` {
		t.Error(got)
	}
	if got := list(make([]string, 35)); !strings.HasSuffix(got, `"" and 5 more`) {
		t.Error(got)
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "ab", 2}, {"kitten", "sitting", 3}, {"paid", "piad", 2}, {"größe", "grösse", 2}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("%s to %s: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"age", "income", "approved", strings.Repeat("x", 100)}
	for word, want := range map[string]string{"Income": "income", "aproved": "approved", "agee": "age", "zzz": "",
		strings.Repeat("x", 99): ""} {
		if got := nearest(word, names); got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
}

func TestKindString(t *testing.T) {
	if Numeric.String()+Binary.String()+Categorical.String() != "numericbinarycategorical" {
		t.Error("kinds have other names")
	}
}

package widget

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"unseen/tui/theme"
)

func TestNum(t *testing.T) {
	for _, c := range []struct {
		v    float64
		w    int
		want string
	}{
		{0, 8, "  0.0000"}, {math.Copysign(0, -1), 8, "  0.0000"}, {1.25, 8, "  1.2500"}, {-1.25, 8, " -1.2500"},
		{9.99996, 8, " 10.0000"}, {123.456, 8, " 123.456"}, {-123.456, 8, "-123.456"}, {61000, 8, " 61000.0"},
		{12345678, 8, " 1.2e+07"}, {1.5e9, 9, "  1.50e+09"[1:]}, {0.0001234, 8, " 1.2e-04"}, {-0.0001234, 9, "-1.23e-04"},
		{math.NaN(), 7, "    NaN"}, {math.Inf(1), 7, "    Inf"}, {math.Inf(-1), 7, "   -Inf"}, {1, 2, " 1.0000"},
		{-1e-300, 7, "-1e-300"}, {-1.7e308, 7, "-2e+308"}, {0.5, 12, "      0.5000"},
	} {
		if got := Num(c.v, c.w); got != c.want {
			t.Errorf("Num(%v, %d) = %q, want %q", c.v, c.w, got, c.want)
		}
	}
}

func TestNumFitsAndReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, w := rapid.Float64().Draw(t, "v"), rapid.IntRange(0, 20).Draw(t, "w")
		s := Num(v, w)
		if len(s) != max(w, 7) {
			t.Fatalf("Num(%v, %d) = %q", v, w, s)
		}
		text := strings.TrimLeft(s, " ")
		back, err := strconv.ParseFloat(text, 64)
		if err != nil && !math.IsInf(back, 0) {
			t.Fatal(err)
		}
		if !math.IsInf(back, 0) && math.Abs(back-v) > 0.51*math.Abs(v) {
			t.Fatalf("Num(%v, %d) = %q", v, w, s)
		}
		if strings.Trim(text, "-0.") == "" && strings.HasPrefix(text, "-") {
			t.Fatalf("negative zero: %q", s)
		}
		if v > 0 && strings.TrimLeft(Num(-v, w), " ") != "-"+text {
			t.Fatalf("sign changes the digits: %q and %q", s, Num(-v, w))
		}
	})
}

func TestUnits(t *testing.T) {
	for got, want := range map[string]string{
		Count(0): "0", Count(999): "999", Count(61000): "61,000", Count(-1234567): "-1,234,567", Count(math.MinInt64): "-9,223,372,036,854,775,808",
		Bytes(0): "0 B", Bytes(999): "999 B", Bytes(1000): "1.0 kB", Bytes(21_340): "21 kB", Bytes(9_960): "10 kB",
		Bytes(999_600): "1.0 MB", Bytes(1_300_000): "1.3 MB", Bytes(-5): "-5 B", Bytes(math.MaxInt64): "9.2 EB", Bytes(math.MinInt64): "-9.2 EB",
		Percent(0.863): "86.3 %", Percent(1): "100.0 %", Percent(-0.0001): "0.0 %", Percent(math.NaN()): "NaN", Percent(math.Inf(1)): "Inf",
		Duration(45 * time.Millisecond): "45 ms", Duration(800 * time.Millisecond): "0.8 s", Duration(9960 * time.Millisecond): "10 s",
		Duration(12 * time.Second): "12 s", Duration(59700 * time.Millisecond): "1 min 00 s", Duration(185 * time.Second): "3 min 05 s",
		Duration(127 * time.Minute): "2 h 07 min", Duration(-time.Second): "-1.0 s",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := Duration(math.MinInt64); !strings.HasPrefix(got, "-") {
		t.Errorf("Duration of the smallest number = %q", got)
	}
}

// Where a breadcrumb has no room, what lies between shrinks to its number before it goes.
func TestABreadcrumbKeepsNumbers(t *testing.T) {
	parts := []string{"server round 1/5", "masked input 3/4", "visit 2", "masked input"}
	for w, want := range map[int]string{
		65: "server round 1/5 › masked input 3/4 › visit 2 › masked input",
		50: "server round 1/5 › 3/4 › visit 2 › masked input",
		40: "server round 1/5 › … › masked input",
	} {
		if got := strings.TrimSpace(ansi.Strip(Breadcrumb(theme.New(true), w, parts))); got != want {
			t.Errorf("%d cells: %q", w, got)
		}
	}
	if parts[1] != "masked input 3/4" {
		t.Error("the parts themselves were changed")
	}
}

package theme

import (
	"image/color"
	"math"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// linear returns the linear red, green and blue of a colour, each in [0, 1].
func linear(c color.Color) [3]float64 {
	r, g, b, _ := c.RGBA()
	var out [3]float64
	for i, v := range [3]uint32{r, g, b} {
		s := float64(v) / 0xffff
		if s <= 0.04045 {
			out[i] = s / 12.92
		} else {
			out[i] = math.Pow((s+0.055)/1.055, 2.4)
		}
	}
	return out
}

// contrast is the contrast ratio of the web accessibility guidelines.
func contrast(a, b color.Color) float64 {
	lum := func(c color.Color) float64 {
		l := linear(c)
		return 0.2126*l[0] + 0.7152*l[1] + 0.0722*l[2]
	}
	x, y := lum(a), lum(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func background(dark bool) color.Color {
	if dark {
		return lipgloss.Color(darkBackground)
	}
	return lipgloss.Color(lightBackground)
}

func TestContrast(t *testing.T) {
	for _, dark := range []bool{true, false} {
		th, bg := New(dark), background(dark)
		check := func(name string, s lipgloss.Style, on color.Color, least float64) {
			t.Helper()
			if got := contrast(s.GetForeground(), on); got < least {
				t.Errorf("dark %v: %s has contrast %.2f, want %.1f", dark, name, got, least)
			}
		}
		for name, s := range map[string]lipgloss.Style{
			"dim": th.Dim, "accent": th.Accent, "good": th.Good, "bad": th.Bad, "warn": th.Warn,
			"key": th.Key, "changed": th.Changed, "cursor": th.Cursor,
		} {
			check(name, s, bg, 4.5)
			check(name+" on a selected row", s, th.Selected.GetBackground(), 4.5)
		}
		for name, s := range map[string]lipgloss.Style{"faint": th.Faint, "hidden": th.Hidden} {
			check(name, s, bg, 3)
		}
		for n := range 8 {
			check("party", th.Party(n), bg, 4.5)
			check("series", th.Series(n), bg, 4.5)
		}
		for i := -10; i <= 10; i++ {
			least := 4.5
			if HeatLevel(float64(i)/10) == HeatLevels/2 {
				least = 3
			}
			check("heat", th.Heat(float64(i)/10), bg, least)
			check("heat on a marked row", th.Heat(float64(i)/10), th.Mark.GetBackground(), min(least, 4))
		}
		check("border", th.Border, bg, 1.7)
	}
}

// TestPartiesDifferForTheColourBlind simulates complete protanopia,
// deuteranopia and tritanopia with the matrices of Machado, Oliveira and
// Fernandes (2009).
func TestPartiesDifferForTheColourBlind(t *testing.T) {
	sights := map[string][9]float64{
		"all colours":  {1, 0, 0, 0, 1, 0, 0, 0, 1},
		"protanopia":   {0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998},
		"deuteranopia": {0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881},
	}
	for _, dark := range []bool{true, false} {
		th := New(dark)
		for sight, m := range sights {
			for a := range 6 {
				for b := range a {
					if d := distance(seen(th.Party(a), m), seen(th.Party(b), m)); d < 8 {
						t.Errorf("dark %v, %s: parties %d and %d differ by %.1f only", dark, sight, b, a, d)
					}
				}
			}
		}
	}
}

// seen returns the CIE L*a*b* coordinates of a colour seen through a matrix.
func seen(s lipgloss.Style, m [9]float64) [3]float64 {
	c := linear(s.GetForeground())
	var r [3]float64
	for i := range r {
		r[i] = min(max(m[3*i]*c[0]+m[3*i+1]*c[1]+m[3*i+2]*c[2], 0), 1)
	}
	f := func(v float64) float64 {
		if v > 216.0/24389 {
			return math.Cbrt(v)
		}
		return (24389.0/27*v + 16) / 116
	}
	x := f((0.4124*r[0] + 0.3576*r[1] + 0.1805*r[2]) / 0.9505)
	y := f(0.2126*r[0] + 0.7152*r[1] + 0.0722*r[2])
	z := f((0.0193*r[0] + 0.1192*r[1] + 0.9505*r[2]) / 1.089)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

func distance(a, b [3]float64) float64 {
	return math.Sqrt((a[0]-b[0])*(a[0]-b[0]) + (a[1]-b[1])*(a[1]-b[1]) + (a[2]-b[2])*(a[2]-b[2]))
}

func TestGlyphs(t *testing.T) {
	seen := map[string]bool{}
	for n := range 13 {
		g := Glyph(n)
		if ansi.StringWidth(g) != 1 || seen[g] {
			t.Errorf("glyph %q of party %d is not one new cell", g, n)
		}
		seen[g] = true
	}
	if Glyph(-1) != "◎" || seen[Glyph(-1)] || Glyph(0) != "◇" || Glyph(1) != "●" || Glyph(13) != "●" {
		t.Error("glyphs are not as documented")
	}
}

func TestPartyNumbersWithoutLimit(t *testing.T) {
	th := New(true)
	for n := -3; n < 700; n++ {
		if th.Party(n).Render("x") == "x" || th.Series(n).Render("x") == "x" {
			t.Fatalf("party or series %d has no colour", n)
		}
	}
	if th.Party(8).Render("x") == th.Party(0).Render("x") {
		t.Error("a party has the colour of the server")
	}
}

func TestHeat(t *testing.T) {
	th := New(true)
	last := -1
	for i := -100; i <= 100; i++ {
		l := HeatLevel(float64(i) / 100)
		if l < last || l < 0 || l >= HeatLevels {
			t.Fatalf("level %d after %d", l, last)
		}
		last = l
	}
	if HeatLevel(-7) != 0 || HeatLevel(7) != HeatLevels-1 || HeatLevel(0) != HeatLevels/2 || HeatLevel(math.NaN()) != HeatLevels/2 {
		t.Error("levels are not as documented")
	}
	if th.Heat(math.NaN()).Render("x") != th.Bad.Render("x") {
		t.Error("NaN does not look bad")
	}
}

// TestSeenWithoutColour checks the marks that remain when colours are removed.
func TestSeenWithoutColour(t *testing.T) {
	th := New(true)
	if !th.Cursor.GetReverse() || !th.Selected.GetBold() || !th.Changed.GetBold() || !th.Title.GetBold() {
		t.Error("a mark rests on colour alone")
	}
	if got := th.Text.Render("x"); strings.Contains(got, "\x1b") {
		t.Errorf("running text is styled: %q", got)
	}
}

// Package theme holds the look of the explorer: one palette for dark and one
// for light terminals, the styles made from it, and the glyph and colour of
// every party.
//
// Meaning never rests on colour alone: parties also have a glyph and a number,
// the cursor is reversed, what is important is bold, and signs are printed.
// Running text keeps the terminal's own foreground, so that it can be read
// even where the background was guessed wrongly.
package theme

import (
	"math"

	"charm.land/lipgloss/v2"
)

// Theme is a set of styles. It is a plain value: New makes it, nobody changes
// it, every renderer takes it as an argument. None of its styles has padding,
// margins or borders.
type Theme struct {
	// IsDark tells whether the styles were chosen for a dark background.
	IsDark bool

	// Text is running text, in the terminal's own colour.
	Text lipgloss.Style
	// Dim is text of the second rank: units, explanations, column heads.
	Dim lipgloss.Style
	// Faint is text of the third rank: separators, axes, indices.
	Faint lipgloss.Style
	// Strong is text that must be seen first.
	Strong lipgloss.Style
	// Title heads a pane or a dialog.
	Title lipgloss.Style
	// Accent marks what is active, and links text to the focused pane.
	Accent lipgloss.Style
	// Good is for what went well: a check that passed, a falling loss.
	Good lipgloss.Style
	// Bad is for errors and for what was leaked.
	Bad lipgloss.Style
	// Warn is for what deserves a second look.
	Warn lipgloss.Style
	// Border draws the frame of a pane.
	Border lipgloss.Style
	// BorderFocus draws the frame of the focused pane.
	BorderFocus lipgloss.Style
	// Key is the name of a key in the footer and in the help.
	Key lipgloss.Style
	// Selected is the background of the chosen row of a list or table.
	Selected lipgloss.Style
	// Cursor is the cell under the cursor.
	Cursor lipgloss.Style
	// Mark is the background of a row or column that belongs to the cell
	// being explained.
	Mark lipgloss.Style
	// Hidden draws the ▒ of what a party does not know.
	Hidden lipgloss.Style
	// Changed is a value that the last step wrote.
	Changed lipgloss.Style

	parties []lipgloss.Style
	series  []lipgloss.Style
	heat    []lipgloss.Style // from most negative over zero to most positive
}

// New returns the theme for a dark or a light terminal background.
func New(dark bool) Theme {
	p := lightPalette()
	if dark {
		p = darkPalette()
	}
	plain := lipgloss.NewStyle()
	t := Theme{
		IsDark:      dark,
		Text:        plain,
		Dim:         ink(p.dim),
		Faint:       ink(p.faint),
		Strong:      plain.Bold(true),
		Title:       plain.Bold(true),
		Accent:      ink(p.accent),
		Good:        ink(p.good),
		Bad:         ink(p.bad),
		Warn:        ink(p.warn),
		Border:      ink(p.border),
		BorderFocus: ink(p.accent),
		Key:         ink(p.accent).Bold(true),
		Selected:    plain.Background(lipgloss.Color(p.selected)).Bold(true),
		Cursor:      ink(p.accent).Bold(true).Reverse(true),
		Mark:        plain.Background(lipgloss.Color(p.mark)),
		Hidden:      ink(p.hidden),
		Changed:     ink(p.changed).Bold(true),
		parties:     inks(p.parties),
		series:      inks(p.series),
		heat:        inks(p.heat),
	}
	return t
}

// Party returns the colour of party number n; 0 is the server or the dealer.
// The first eight parties have colours that also differ for the colour-blind;
// after them the colours of 1 to 7 come again, and glyph and number tell them
// apart.
func (t Theme) Party(n int) lipgloss.Style {
	if n <= 0 {
		return t.parties[0]
	}
	return t.parties[1+(n-1)%(len(t.parties)-1)]
}

// Series returns the colour of line number n of a chart, counted from 0.
func (t Theme) Series(n int) lipgloss.Style {
	return t.series[max(n, 0)%len(t.series)]
}

// Heat returns the text colour of a number v in [-1, 1]: blue for negative,
// dim around zero, orange for positive, more vivid further from zero. Values
// outside are clamped; NaN has the style of something bad.
func (t Theme) Heat(v float64) lipgloss.Style {
	if math.IsNaN(v) {
		return t.Bad
	}
	return t.heat[HeatLevel(v)]
}

// HeatLevels is the number of different styles Heat returns for numbers.
const HeatLevels = 9

// HeatLevel returns which of the HeatLevels styles Heat chooses for v, from 0
// for -1 over HeatLevels/2 for 0 to HeatLevels-1 for 1. NaN counts as 0.
func HeatLevel(v float64) int {
	if math.IsNaN(v) {
		return HeatLevels / 2
	}
	v = min(max(v, -1), 1)
	// The square root lets small numbers leave the dim middle early.
	v = math.Copysign(math.Sqrt(math.Abs(v)), v)
	const half = HeatLevels / 2
	return half + int(math.Round(v*half))
}

// Glyph returns the mark of party number n, one cell wide: ◇ for 0, the server, ◎ for
// −1, the dealer, then ● ■ ▲ and so on, beginning again after the twelfth.
func Glyph(n int) string {
	switch {
	case n < 0:
		return "◎"
	case n == 0:
		return "◇"
	}
	glyphs := [...]string{"●", "■", "▲", "◆", "★", "▼", "✚", "▣", "△", "◈", "☆", "▽"}
	return glyphs[(n-1)%len(glyphs)]
}

func ink(hex string) lipgloss.Style {
	return lipgloss.NewStyle().Foreground(lipgloss.Color(hex))
}

func inks(hexes []string) []lipgloss.Style {
	styles := make([]lipgloss.Style, len(hexes))
	for i, h := range hexes {
		styles[i] = ink(h)
	}
	return styles
}

package widget

import (
	"image"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// The size of a large letter in cells, the space between lines included. A letter
// of 7 × 13 points is drawn with two by two points a cell.
const (
	bigW2 = 7 // halves of a cell
	BigH  = 7 // lines
)

// ascii writes what the large letters do not have.
var ascii = strings.NewReplacer("−", "-", "→", "->", "×", "x", "’", "'", "“", `"`, "”", `"`, "…", "...", "Σ", "sum", "·", "*", " ", " ", "–", "-", "›", ">", "▒", "#")

// quadrants are the characters of two by two points: 1 top left, 2 top right, 4
// bottom left, 8 bottom right.
var quadrants = []rune(" ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█")

// BigWidth returns how many large letters fit into so many cells.
func BigWidth(w int) int { return max(0, (2*w-2)/bigW2) }

// Big writes text in large letters, centred in w cells, broken between words. ok is
// false where it needs more than h lines, or has a letter that there is none of.
func Big(text string, w, h int) (lines []string, ok bool) {
	text = ascii.Replace(Plain(text))
	for _, r := range text {
		if r < ' ' || r > '~' {
			return nil, false
		}
	}
	rows := Wrap(text, BigWidth(w))
	if len(rows)*BigH > h {
		return nil, false
	}
	for _, row := range rows {
		if len(row) > BigWidth(w) {
			return nil, false // a word that does not fit
		}
		lines = append(lines, bigLine(row, w)...)
	}
	return lines, true
}

// bigLine draws one line of letters.
func bigLine(text string, w int) []string {
	face := basicfont.Face7x13
	points := image.NewAlpha(image.Rect(0, 0, bigW2*len(text)+1, 2*BigH))
	d := font.Drawer{Dst: points, Src: image.Opaque, Face: face, Dot: fixed.P(0, face.Ascent)}
	d.DrawString(text)
	cells := (points.Rect.Dx() + 1) / 2
	lines := make([]string, BigH)
	for y := range lines {
		var b strings.Builder
		for x := range cells {
			q := 0
			for i := range 4 {
				if points.AlphaAt(2*x+i%2, 2*y+i/2).A > 127 {
					q |= 1 << i
				}
			}
			b.WriteRune(quadrants[q])
		}
		lines[y] = Fit(blanks(max(0, (w-cells)/2))+b.String(), w)
	}
	return lines
}

package stage

import (
	"fmt"
	"math"
	"strings"

	"unseen/engine"
	"unseen/tui/say"
	"unseen/tui/widget"
)

// word is how many bits an element of the ring has.
const word = 64

// bits draws the bit ruler: how many of the 64 bits of an element of the ring are
// sign, headroom, integer and fraction, for the largest number of the object; then
// what is left for a product of two such numbers; then the bits of the chosen cell.
func (p *inspector) bits(v *view, o engine.Object, w, h int) []string {
	t := v.theme
	n := engine.DecodePart(o.Data, o.Fraction)
	if isShare(o) {
		if value, ok := v.scene.Whole(o); ok && v.scene.Snapshot.Eyes == "" {
			n = engine.Decode(value)
		} else {
			return append(widget.Wrap("A share fills all 64 bits with noise: how large the value is, it does not say.", w), hidden(t, min(w, word)))
		}
	}
	if say.Uniform(o.Name) && say.Masked(o) {
		return widget.Wrap("A mask, or what is hidden under one, fills all 64 bits evenly: it stands for no number.", w)
	}
	fraction := fractionOf(o, n)
	largest, at := 0.0, 0
	for i := range n.Len() {
		if x := math.Abs(n.At(i)); x > largest || math.IsNaN(x) {
			largest, at = x, i
		}
	}
	s := o.Data.Shape()
	lines := []string{t.Strong.Render(o.Name) + t.Dim.Render(fmt.Sprintf("  largest is [%d,%d] = %s", at/s[1], at%s[1], number(n.At(at))))}
	if !n.Ring() {
		lines = append(lines, t.Dim.Render(fmt.Sprintf("as it would be in the ring, f = %d", fraction)))
	}
	need := engine.IntegerBits(largest)
	lines = append(lines, ruler(v, need, fraction, w)...)
	if h >= 9 {
		lines = append(lines, "", t.Dim.Render("a product of two, not yet truncated"))
		lines = append(lines, ruler(v, 2*need, 2*fraction, w)...)
	}
	i := min(p.row, s[0]-1)*s[1] + min(p.col, s[1]-1)
	pattern := format(bitwise).text(n, fraction, i)
	if len(pattern) != word || h < 12 {
		return lines
	}
	lines = append(lines, "", t.Dim.Render(fmt.Sprintf("the bits of [%d,%d] = %s", i/s[1], i%s[1], number(n.At(i)))))
	if w >= word {
		return append(lines, paintBits(v, pattern, fraction))
	}
	return append(lines, paintBits(v, pattern[:word/2], -1)+t.Dim.Render(" high"), paintBits(v, pattern[word/2:], fraction)+t.Dim.Render(" low"))
}

// paintBits colours the fraction of a bit pattern that ends with bit 0.
func paintBits(v *view, pattern string, fraction int) string {
	t := v.theme
	cut := len(pattern) - max(0, fraction)
	if fraction < 0 {
		cut = len(pattern)
	}
	cut = max(0, cut)
	return t.Strong.Render(pattern[:cut]) + t.Accent.Render(pattern[cut:])
}

// ruler draws 64 bits: sign, headroom, integer, fraction; and says how many of each.
func ruler(v *view, integer, fraction, w int) []string {
	t := v.theme
	headroom := word - 1 - integer - fraction
	if headroom < 0 {
		return []string{t.Bad.Render(strings.Repeat("█", max(0, min(w, word)))),
			t.Bad.Render(fmt.Sprintf("overflows: 1 + %d + %d bits do not fit into 64", integer, fraction))}
	}
	per := 1
	if w < word {
		per = 2
	}
	cells := func(n int) int { return (n + per - 1) / per }
	f, in := cells(fraction), cells(integer)
	free := word/per - 1 - in - f
	if free < 0 {
		free = 0
	}
	line := t.Warn.Render("±") + t.Faint.Render(strings.Repeat("·", free)) + t.Series(1).Render(strings.Repeat("▓", in)) + t.Series(0).Render(strings.Repeat("█", f))
	words := fmt.Sprintf("± sign 1   · headroom %d   ▓ integer %d   █ fraction %d", headroom, integer, fraction)
	if widget.Width(words) > w {
		words = fmt.Sprintf("·%d free  ▓%d integer  █%d fraction", headroom, integer, fraction)
	}
	return []string{widget.Fit(line, w), widget.Fit(t.Dim.Render(words), w)}
}

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

// bits draws the bit ruler: how many of the bits of an element of the ring are sign,
// headroom, integer and fraction, for the largest number of the object; then, where such
// numbers are multiplied, what is left for a product of two; then the bits of the chosen
// cell.
func (p *inspector) bits(v *view, o engine.Object, w, h int) []string {
	t := v.theme
	n := v.scene.Decode(o)
	ring := n.Modulus()
	switch whole, ok := v.scene.Whole(o); {
	case v.scene.Nature(o.Name) == say.Key:
		return widget.Wrap("Words of a key, or of what is sealed: all bits are drawn, and stand for no number.", w)
	case isShare(o) && ok && v.scene.Snapshot.Eyes == "":
		n = engine.Decode(whole)
	case isShare(o):
		return append(widget.Wrap(fmt.Sprintf("A share fills all %d bits with noise: how large the value is, it does not say.", ring.Bits), w), hidden(t, min(w, ring.Bits)))
	}
	if v.scene.Masked(o) && (say.Uniform(o.Name) || !isShare(o)) {
		return widget.Wrap(fmt.Sprintf("A mask, or what is hidden under one, fills all %d bits evenly: it stands for no number.", ring.Bits), w)
	}
	fraction := v.fractionOf(o, n)
	largest, at := 0.0, 0
	for i := range n.Len() {
		if x := math.Abs(n.At(i)); x > largest || math.IsNaN(x) {
			largest, at = x, i
		}
	}
	s := o.Data.Shape()
	lines := []string{t.Strong.Render(o.Name) + t.Dim.Render(fmt.Sprintf("  largest is [%d,%d] = %s", at/s[1], at%s[1], number(n.At(at))))}
	switch {
	case !n.Ring():
		lines = append(lines, t.Dim.Render(fmt.Sprintf("as it would be in the ring, f = %d", fraction)))
	case v.scene.InSteps(o.Name):
		lines = append(lines, t.Dim.Render(fmt.Sprintf("in steps of 2^−%d, modulo %v", v.scene.Secure.Quantiser.Fraction, ring)))
	}
	need := engine.IntegerBits(largest)
	lines = append(lines, ruler(v, ring.Bits, need, fraction, w)...)
	if why := widget.Wrap(v.scene.Fraction(o), w); v.scene.Fraction(o) != "" && len(lines)+len(why) <= h {
		lines = append(lines, paint(t.Dim.Render, why)...)
	}
	if h-len(lines) >= 4 && ring.Bits == word && v.scene.Nature(o.Name) == say.Residue {
		lines = append(lines, p.next(v, o, need, fraction, w)...)
	}
	i := min(p.row, s[0]-1)*s[1] + min(p.col, s[1]-1)
	pattern := format(bitwise).text(n, fraction, i)
	if len(pattern) != ring.Bits || h-len(lines) < 4 {
		return lines
	}
	lines = append(lines, "", t.Dim.Render(fmt.Sprintf("the bits of [%d,%d] = %s", i/s[1], i%s[1], number(n.At(i)))))
	if w >= ring.Bits {
		return append(lines, paintBits(v, pattern, fraction))
	}
	low := len(pattern) - word/2
	return append(lines, paintBits(v, pattern[:low], -1)+t.Dim.Render(" hi"), paintBits(v, pattern[low:], fraction)+t.Dim.Render(" lo"))
}

// next draws the ruler of what comes of an object: a product of two such numbers; or, of what
// is a product itself, that product once it is truncated.
func (*inspector) next(v *view, o engine.Object, integer, fraction, w int) []string {
	dim := v.theme.Dim
	if !v.scene.Product(o) {
		return append([]string{"", dim.Render("a product of two, not yet truncated")}, ruler(v, word, 2*integer, 2*fraction, w)...)
	}
	if left, ok := v.scene.Truncated(o); ok {
		return append([]string{"", dim.Render("once it is truncated")}, ruler(v, word, integer, left, w)...)
	}
	return nil
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

// ruler draws so many bits: sign, headroom, integer, fraction; and says how many of each.
func ruler(v *view, bits, integer, fraction, w int) []string {
	t := v.theme
	headroom := bits - 1 - integer - fraction
	if headroom < 0 {
		return []string{t.Bad.Render(strings.Repeat("█", max(0, min(w, bits)))),
			t.Bad.Render(fmt.Sprintf("overflows: 1 + %d + %d bits do not fit into %d", integer, fraction, bits))}
	}
	per := 1
	if w < bits {
		per = 2
	}
	cells := func(n int) int { return (n + per - 1) / per }
	f, in := cells(fraction), cells(integer)
	free := bits/per - 1 - in - f
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

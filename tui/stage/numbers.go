package stage

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"unseen/engine"
	"unseen/tui/widget"
)

// format is how numbers are written.
type format int

const (
	decoded format = iota
	signed
	unsigned
	hex
	bitwise
	formats
)

var formatNames = [formats]string{"decoded", "signed", "unsigned", "hex", "bits"}

// shortWidth is the width of a cell with the ends of a word, with the gap before it.
const shortWidth = 9

// width is that of a cell, with the gap before it.
func (f format) width(m engine.Modulus) int {
	digits := 0
	switch f {
	case signed, unsigned:
		digits = len(strconv.FormatUint(m.Reduce(math.MaxUint64), 10))
	case hex:
		digits = len(m.Hex(0))
	case bitwise:
		digits = m.Bits
	}
	return digits + 2
}

// text writes the i-th number. Numbers that are no elements of the ring are written
// as the elements they would be.
func (f format) text(n engine.Numbers, fraction, i int) string {
	word := n.Word(i)
	if !n.Ring() {
		if f == decoded {
			return strconv.FormatFloat(n.At(i), 'g', -1, 64)
		}
		fixed, ok := engine.Fixed(n.At(i), fraction)
		if !ok {
			return "does not fit"
		}
		word = fixed
	}
	switch f {
	case signed:
		return strconv.FormatInt(n.Modulus().Signed(word), 10)
	case unsigned:
		return strconv.FormatUint(word, 10)
	case hex:
		return n.Modulus().Hex(word)
	case bitwise:
		return n.Modulus().Binary(word)
	}
	if fraction == 0 { // a whole number, of which no digit is rounded off
		return strconv.FormatInt(n.Modulus().Signed(word), 10)
	}
	return strconv.FormatFloat(n.At(i), 'g', -1, 64)
}

// of is the format that an object is written in: decoded, what is uniform would look like
// a number.
func (v *view) formatOf(f format, o engine.Object) format {
	if f == decoded && v.scene.Masked(o) {
		return hex
	}
	return f
}

// cell writes the i-th number of an object with all its digits.
func (v *view) cell(f format, o engine.Object, i int) string {
	n := v.scene.Decode(o)
	masked := f == decoded && v.scene.Masked(o)
	if n.Ring() && (masked || f == decoded && o.Fraction == 0 && !v.legible(o.Name, o.Data)) {
		return hex.text(n.In(v.modulus(o.Name, o.Data)), 0, i)
	}
	return v.formatOf(f, o).text(n, v.fractionOf(o, n), i)
}

// grouped writes a word in bits with spaces, at which lines of w cells can be cut; other
// words as they are.
func (f format) grouped(text string, w int) string {
	const group = 16
	switch {
	case f != bitwise:
		return text
	case w == word/2 && len(text) == word: // a half without a space just fits
		return text[:w] + " " + text[w:]
	}
	for i := len(text) - group; i > 0; i -= group {
		text = text[:i] + " " + text[i:]
	}
	return text
}

// fractionOf returns how many bits after the point an object has, or would have.
func (v *view) fractionOf(o engine.Object, n engine.Numbers) int {
	if n.Ring() {
		return o.Fraction
	}
	return v.scene.PlainFraction()
}

// numbers draws the matrix of an object, where it came from, and the chosen cell
// in full.
func (p *inspector) numbers(v *view, o engine.Object, w, h int) []string {
	t := v.theme
	s := o.Data.Shape()
	row, col := min(p.row, s[0]-1), min(p.col, s[1]-1)
	rowName, colName := v.scene.Labels(o.Name, v.party().Memory)
	n := v.scene.Decode(o)
	f, fraction := v.formatOf(p.format, o), v.fractionOf(o, n)
	born := "from the start"
	if o.Step > 0 {
		born = "since step " + widget.Count(o.Step)
	}
	lines := []string{t.Strong.Render(o.Name) + t.Dim.Render(" = "+howMade(o.Name, o.Origin))}
	switch {
	case h > 12: // there is room for all of it
		lines = widget.Wrap(lines[0], w)
	case h < 4: // the numbers matter more
		lines = nil
	}
	bits := v.scene.FractionSum(o)
	if beside := born + " · " + bits; bits != "" && widget.Width(beside) <= w {
		born, bits = beside, ""
	}
	if h > 6 {
		lines = append(lines, t.Dim.Render(born))
	}
	if h > 8 && bits != "" {
		lines = append(lines, t.Dim.Render(widget.Fit(bits, min(w, widget.Width(bits)))))
	}
	matrix := widget.Matrix{
		Rows: s[0], Cols: s[1], At: func(r, c int) float64 { return n.At(r*s[1] + c) },
		RowLabel: rowName, ColLabel: colName, CursorR: row, CursorC: col, MarkRow: -1, MarkCol: -1, Heat: f == decoded,
	}
	if f == decoded {
		if o.Fraction == 0 {
			matrix.Cell = v.written(o.Name, o.Data)
		}
	} else if p.format == decoded && n.Ring() { // nobody reads noise word by word
		m := v.modulus(o.Name, o.Data)
		if matrix.CellW = f.width(m); matrix.CellW > shortWidth+1 {
			matrix.CellW = shortWidth
		}
		matrix.Cell = func(r, c int) string { return ends(m, n.Word(r*s[1]+c)) }
	} else {
		matrix.CellW = min(f.width(n.Modulus()), max(9, w-8))
		matrix.Cell = func(r, c int) string { return f.text(n, fraction, r*s[1]+c) }
	}
	full := f.grouped(v.cell(p.format, o, row*s[1]+col), w)
	chosen := widget.Wrap(fmt.Sprintf("[%s, %s] = %s", label(rowName, row), label(colName, col), full), w)
	lines = append(lines, matrix.Render(t, w, max(0, h-len(lines)-len(chosen)))...)
	return append(lines, paint(t.Dim.Render, chosen)...)
}

// howMade returns the origin of a value as what its name is equal to: of an opened value
// the origin is an equation, "c = x + r, opened", and several such may be numbered, c1,
// c2; or it is the value's own name, "loss, opened".
func howMade(name, origin string) string {
	if origin == name+", opened" {
		return "Σ [" + name + "], opened"
	}
	left, right, ok := strings.Cut(origin, " = ")
	if !ok || strings.TrimRight(name, "0123456789") != strings.TrimRight(left, "0123456789") {
		return origin
	}
	return right
}

func label(name func(int) string, i int) string {
	if name == nil {
		return strconv.Itoa(i)
	}
	return name(i)
}

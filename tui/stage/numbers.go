package stage

import (
	"fmt"
	"strconv"
	"strings"

	"unseen/engine"
	"unseen/tui/say"
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

// widths of a cell in each format, with the gap before it.
var formatWidths = [formats]int{0, 22, 22, 18, 66}

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
		return strconv.FormatInt(int64(word), 10)
	case unsigned:
		return strconv.FormatUint(word, 10)
	case hex:
		return fmt.Sprintf("%016x", word)
	case bitwise:
		return fmt.Sprintf("%064b", word)
	}
	return strconv.FormatFloat(n.At(i), 'g', -1, 64)
}

// of is the format that an object is written in: decoded, what is uniform would look like
// a number.
func (f format) of(o engine.Object) format {
	if f == decoded && say.Masked(o) {
		return hex
	}
	return f
}

// cell writes the i-th number of an object with all its digits.
func (f format) cell(o engine.Object, i int) string {
	if f = f.of(o); f == decoded && o.Fraction == 0 {
		return inFull(o.Data, i)
	}
	n := engine.DecodePart(o.Data, o.Fraction)
	return f.text(n, fractionOf(o, n), i)
}

// grouped writes a word in bits with spaces, at which lines of w cells can be cut; other
// words as they are.
func (f format) grouped(text string, w int) string {
	const quarter = word / 4
	switch {
	case f != bitwise || len(text) != word:
		return text
	case w == word/2: // a half without a space just fits
		return text[:w] + " " + text[w:]
	}
	return strings.Join([]string{text[:quarter], text[quarter : 2*quarter], text[2*quarter : 3*quarter], text[3*quarter:]}, " ")
}

// fractionOf returns how many bits after the point an object has, or would have.
func fractionOf(o engine.Object, n engine.Numbers) int {
	if n.Ring() {
		return o.Fraction
	}
	return say.FractionBits
}

// numbers draws the matrix of an object, where it came from, and the chosen cell
// in full.
func (p *inspector) numbers(v *view, o engine.Object, w, h int) []string {
	t := v.theme
	s := o.Data.Shape()
	row, col := min(p.row, s[0]-1), min(p.col, s[1]-1)
	rowName, colName := v.scene.Labels(o.Name, v.party().Memory)
	n := engine.DecodePart(o.Data, o.Fraction)
	f, fraction := p.format.of(o), fractionOf(o, n)
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
	if h > 6 {
		lines = append(lines, t.Dim.Render(born))
	}
	matrix := widget.Matrix{
		Rows: s[0], Cols: s[1], At: func(r, c int) float64 { return n.At(r*s[1] + c) },
		RowLabel: rowName, ColLabel: colName, CursorR: row, CursorC: col, MarkRow: -1, MarkCol: -1, Heat: f == decoded,
	}
	if f == decoded {
		if o.Fraction == 0 {
			matrix.Cell = written(o.Name, o.Data, say.Numbers(o.Data))
		}
	} else {
		matrix.CellW = min(formatWidths[f], max(9, w-8))
		matrix.Cell = func(r, c int) string { return f.text(n, fraction, r*s[1]+c) }
	}
	full := f.grouped(f.cell(o, row*s[1]+col), w)
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

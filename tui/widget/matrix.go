package widget

import (
	"math"
	"strconv"
	"strings"

	"unseen/tui/theme"
)

// Matrix is a window onto a matrix of numbers, with a cursor, and with a row
// and a column that can be tinted to show which of them make one cell of a
// product.
type Matrix struct {
	// Rows and Cols are the size of the whole matrix.
	Rows, Cols int
	// At returns a number of it. It may be nil when Cell is set.
	At func(r, c int) float64
	// RowLabel and ColLabel name rows and columns; nil means their indices.
	RowLabel, ColLabel func(i int) string
	// Top and Left are the first visible row and column. The window moves on
	// by itself as far as needed to show the cursor.
	Top, Left int
	// CursorR and CursorC are the cell under the cursor, -1 for none.
	CursorR, CursorC int
	// CellW is the width of a column with the gap before it; 0 means 9.
	CellW int
	// MarkRow and MarkCol are tinted, -1 for none.
	MarkRow, MarkCol int
	// Heat colours the numbers by sign and size, relative to Scale, or, if
	// that is 0, to the largest visible number.
	Heat  bool
	Scale float64
	// Cell replaces the formatting of the numbers.
	Cell func(r, c int) string
}

// window is what of a matrix is visible in a box, and how wide its parts are.
type window struct {
	top, left, rows, cols int
	label, cell           int
	head, note            bool
	moreRight             bool
}

// Visible returns how many rows and columns Render shows in w by h cells.
func (m Matrix) Visible(w, h int) (rows, cols int) {
	win := m.window(w, h)
	return win.rows, win.cols
}

func (m Matrix) window(w, h int) window {
	var win window
	if m.Rows <= 0 || m.Cols <= 0 || w <= 0 || h <= 0 {
		return win
	}
	win.cell = m.CellW
	if win.cell <= 0 {
		win.cell = 9
	}
	if least := 8; m.Cell == nil && win.cell < least {
		win.cell = least
	}
	win.cell = max(win.cell, 2)
	win.label = min(m.labelWidth(), w/3)
	room := w - 1 - win.label
	switch {
	case m.Cols*win.cell <= room:
		win.cols = m.Cols
	case room-2 >= win.cell:
		win.cols = (room - 2) / win.cell
	case room >= 2:
		win.cols, win.cell = 1, min(win.cell, room)
	}
	win.head = h >= 2
	win.rows = h
	if win.head {
		win.rows--
	}
	if h >= 4 && (m.Rows > win.rows || m.Cols > win.cols) {
		win.note = true
		win.rows--
	}
	win.rows = min(win.rows, m.Rows)
	win.top = scrolled(m.Top, m.CursorR, win.rows, m.Rows)
	win.left = scrolled(m.Left, m.CursorC, win.cols, m.Cols)
	win.moreRight = win.left+win.cols < m.Cols && 1+win.label+win.cols*win.cell+2 <= w
	return win
}

// scrolled returns the first visible line of total when n are visible, moved so
// that line at is among them; at < 0 asks for nothing.
func scrolled(top, at, n, total int) int {
	if at >= 0 && at < total && n > 0 {
		if at < top {
			top = at
		} else if at >= top+n {
			top = at - n + 1
		}
	}
	return max(min(top, total-n), 0)
}

// labelWidth is the same wherever the window stands, so that nothing jumps
// while scrolling.
func (m Matrix) labelWidth() int {
	if m.RowLabel == nil {
		return len(strconv.Itoa(m.Rows - 1))
	}
	const longest, looked = 16, 1000
	n := 1
	for i := 0; i < min(m.Rows, looked) && n < longest; i++ {
		n = max(n, Width(m.RowLabel(i)))
	}
	return min(n, longest)
}

// Render returns h lines of w cells: column labels, rows of numbers, and, when
// not everything fits, which part is visible.
func (m Matrix) Render(t theme.Theme, w, h int) []string {
	win := m.window(w, h)
	if win.rows == 0 || win.cols == 0 {
		return Block([]string{inkOf(t.Faint).on("empty")}, w, h)
	}
	k := m.inks(t)
	lines := make([]string, 0, h)
	if win.head {
		lines = append(lines, m.header(k, win))
	}
	scale := m.scale(win)
	for r := win.top; r < win.top+win.rows; r++ {
		lines = append(lines, m.row(k, win, r, scale))
	}
	if win.note {
		lines = append(lines, k.faint.on(m.note(win)))
	}
	return Block(lines, w, h)
}

// matrixInks are the styles of one rendering, taken apart once.
type matrixInks struct {
	faint, dim, strong, cursor, mark, bad ink
	heat, marked                          [theme.HeatLevels]ink
}

func (m Matrix) inks(t theme.Theme) *matrixInks {
	k := &matrixInks{
		faint: inkOf(t.Faint), dim: inkOf(t.Dim), strong: inkOf(t.Strong),
		cursor: inkOf(t.Cursor), mark: inkOf(t.Mark), bad: inkOf(t.Bad),
	}
	for i := range k.heat {
		if m.Heat {
			const half = theme.HeatLevels / 2
			v := float64(i-half) / half
			k.heat[i] = inkOf(t.Heat(math.Copysign(v*v, v)))
		}
		k.marked[i] = ink{k.mark.pre + k.heat[i].pre, reset}
	}
	return k
}

func (m Matrix) header(k *matrixInks, win window) string {
	var line writer
	line.put(ink{}, blanks(1+win.label))
	for c := win.left; c < win.left+win.cols; c++ {
		label := strconv.Itoa(c)
		if m.ColLabel != nil {
			label = Plain(m.ColLabel(c))
		}
		style := k.dim
		switch c {
		case m.MarkCol:
			label, style = "▾"+label, k.strong
		case m.CursorC:
			style = k.strong
		}
		line.put(ink{}, " ")
		line.put(style, FitLeft(label, win.cell-1))
	}
	if win.moreRight {
		line.put(k.faint, " …")
	}
	return line.line()
}

func (m Matrix) row(k *matrixInks, win window, r int, scale float64) string {
	var line writer
	label, style, mark := "", k.dim, " "
	if m.RowLabel != nil {
		label = Fit(Plain(m.RowLabel(r)), win.label)
	} else {
		label = FitLeft(strconv.Itoa(r), win.label)
	}
	switch r {
	case m.MarkRow:
		style, mark = k.strong, "▸"
	case m.CursorR:
		style = k.strong
	}
	line.put(style, mark+label)
	for c := win.left; c < win.left+win.cols; c++ {
		text := ""
		v, isNumber := 0.0, m.At != nil && (m.Heat || m.Cell == nil)
		if isNumber {
			v = m.At(r, c)
		}
		if m.Cell != nil {
			text = FitLeft(m.Cell(r, c), win.cell-1)
		} else if isNumber {
			text = FitLeft(Num(v, win.cell-1), win.cell-1)
		} else {
			text = blanks(win.cell - 1)
		}
		level := theme.HeatLevels / 2
		if m.Heat && scale > 0 {
			level = theme.HeatLevel(v / scale)
		}
		style, gap := k.heat[level], ink{}
		switch {
		case r == m.CursorR && c == m.CursorC:
			style = k.cursor
		case r == m.MarkRow || c == m.MarkCol:
			style, gap = k.marked[level], k.mark
		case math.IsNaN(v) || math.IsInf(v, 0):
			style = k.bad
		}
		line.put(gap, " ")
		if strings.IndexByte(text, 0x1b) >= 0 {
			line.put(ink{}, style.on(text))
		} else {
			line.put(style, text)
		}
	}
	if win.moreRight {
		line.put(k.faint, " …")
	}
	return line.line()
}

// scale is what the colours are relative to.
func (m Matrix) scale(win window) float64 {
	if !m.Heat || m.At == nil {
		return 0
	}
	if m.Scale > 0 {
		return m.Scale
	}
	largest := 0.0
	for r := win.top; r < win.top+win.rows; r++ {
		for c := win.left; c < win.left+win.cols; c++ {
			if v := math.Abs(m.At(r, c)); v > largest && !math.IsInf(v, 0) {
				largest = v
			}
		}
	}
	return largest
}

// note says which part of the matrix is visible.
func (m Matrix) note(win window) string {
	var parts []string
	if win.rows < m.Rows {
		parts = append(parts, span("rows", win.top, win.rows, m.Rows))
	}
	if win.cols < m.Cols {
		parts = append(parts, span("columns", win.left, win.cols, m.Cols))
	}
	return " … " + strings.Join(parts, " · ")
}

func span(what string, from, n, total int) string {
	if n == 1 {
		return strings.TrimSuffix(what, "s") + " " + Count(from) + " of " + Count(total)
	}
	return what + " " + Count(from) + "–" + Count(from+n-1) + " of " + Count(total)
}

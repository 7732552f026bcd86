package widget

import (
	"math"
	"strings"

	"unseen/tui/theme"
)

// Table is rows of text in aligned columns under a head.
type Table struct {
	// Head names the columns; without it there is no head line.
	Head []string
	// Rows are the cells, row by row; short rows are filled with blanks.
	Rows [][]string
	// Right tells which columns are aligned to the right, such as numbers.
	Right []bool
	// Least are widths that columns have at least: of rows that are left empty, since
	// they cannot be seen.
	Least []int
	// Selected is the highlighted row, -1 for none.
	Selected int
	// Top is the first visible row. The table moves on by itself as far as
	// needed to show the selected row.
	Top int
}

// columnGap is the number of blanks between two columns.
const columnGap = 2

// Visible returns how many rows Render shows in h lines.
func (tb Table) Visible(h int) int {
	if len(tb.Head) > 0 {
		h--
	}
	return min(max(h, 0), len(tb.Rows))
}

// Render returns h lines of w cells. Columns are as wide as their widest cell;
// when they do not fit, the last ones are left out.
func (tb Table) Render(t theme.Theme, w, h int) []string {
	if w <= 0 || h <= 0 {
		return Block(nil, w, h)
	}
	widths := tb.widths(w)
	n := tb.Visible(h)
	top := scrolled(tb.Top, tb.Selected, n, len(tb.Rows))
	lines := make([]string, 0, h)
	if len(tb.Head) > 0 {
		lines = append(lines, inkOf(t.Dim).on(tb.line(tb.Head, widths, " ")))
	}
	selected := inkOf(t.Selected)
	for i := top; i < top+n; i++ {
		if i == tb.Selected {
			lines = append(lines, selected.on(Fit(tb.line(tb.Rows[i], widths, "▸"), w)))
			continue
		}
		lines = append(lines, tb.line(tb.Rows[i], widths, " "))
	}
	return Block(lines, w, h)
}

// Width is how many cells the table takes if nothing of it is left out.
func (tb Table) Width() int {
	n := 1 - columnGap
	for _, w := range tb.widths(math.MaxInt32) {
		n += columnGap + w
	}
	return n
}

// widths returns the widths of the columns that fit in w cells.
func (tb Table) widths(w int) []int {
	cols := max(len(tb.Head), len(tb.Least))
	for _, r := range tb.Rows {
		cols = max(cols, len(r))
	}
	widths := make([]int, cols)
	copy(widths, tb.Least)
	for i, c := range tb.Head {
		widths[i] = max(widths[i], Width(c))
	}
	for _, r := range tb.Rows {
		for i, c := range r {
			widths[i] = max(widths[i], Width(c))
		}
	}
	used := 1
	for i, n := range widths {
		gap := columnGap
		if i == 0 {
			gap = 0
		}
		if used+gap+n > w {
			if rest := w - used - gap; i == 0 || rest >= 8 && !tb.right(i) {
				widths[i] = max(rest, 0)
				return widths[:i+1]
			}
			return widths[:i]
		}
		used += gap + n
	}
	return widths
}

func (tb Table) right(i int) bool { return i < len(tb.Right) && tb.Right[i] }

func (tb Table) line(cells []string, widths []int, mark string) string {
	var b strings.Builder
	b.WriteString(mark)
	for i, n := range widths {
		if i > 0 {
			b.WriteString(blanks(columnGap))
		}
		c := ""
		if i < len(cells) {
			c = cells[i]
		}
		if tb.right(i) {
			b.WriteString(FitLeft(c, n))
		} else {
			b.WriteString(Fit(c, n))
		}
	}
	return b.String()
}

package widget

import (
	"github.com/charmbracelet/x/ansi"

	"unseen/tui/theme"
)

// Overlay returns base with box painted over it, the upper left corner of box
// at column x and line y. What lies outside base is cut off; base keeps its
// size. Neither argument is changed.
func Overlay(base, box []string, x, y int) []string {
	out := append([]string(nil), base...)
	for i, line := range box {
		if j := y + i; j >= 0 && j < len(out) {
			out[j] = paint(out[j], line, x)
		}
	}
	return out
}

// paint puts line over base from cell x on.
func paint(base, line string, x int) string {
	base, line = clean(base), clean(line)
	w, _ := measure(base)
	n, _ := measure(line)
	if x < 0 {
		line = ansi.TruncateLeft(line, -x, "")
		n, x = max(n+x, 0), 0
	}
	if n = min(n, w-x); n <= 0 {
		return base
	}
	right := ""
	if rest := w - x - n; rest > 0 {
		right = cutLeft(base, x+n, rest)
	}
	return cutRight(base, x) + cutRight(line, n) + right
}

// cutRight keeps the first n cells of s and closes its style.
func cutRight(s string, n int) string {
	if n <= 0 {
		return ""
	}
	return Fit(ansi.Truncate(s, n, ""), n)
}

// cutLeft drops the first n cells of s and keeps rest cells.
func cutLeft(s string, n, rest int) string {
	tail := ansi.TruncateLeft(s, n, "")
	if Width(tail) > rest { // the cut goes through a wide character
		tail = ansi.TruncateLeft(s, n+1, "")
	}
	return FitLeft(tail, rest)
}

// CenterOverlay is Overlay with box in the middle of base.
func CenterOverlay(base, box []string) []string {
	if len(base) == 0 || len(box) == 0 {
		return append([]string(nil), base...)
	}
	x := (Width(base[0]) - Width(box[0])) / 2
	y := (len(base) - len(box)) / 2
	return Overlay(base, box, max(x, 0), max(y, 0))
}

// Backdrop returns lines without their colours, faint, to lie under a dialog.
func Backdrop(t theme.Theme, lines []string) []string {
	faint := inkOf(t.Faint)
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = faint.on(Fit(Plain(l), Width(l)))
	}
	return out
}

// Hidden returns w cells of ▒, for what a party does not know.
func Hidden(t theme.Theme, w int) string {
	var line writer
	k := inkOf(t.Hidden)
	for range w {
		line.char(k, '▒')
	}
	return line.line()
}

// Highlight returns s fitted into w cells on the background of the selected
// row; the colours inside s are kept.
func Highlight(t theme.Theme, s string, w int) string {
	return inkOf(t.Selected).on(Fit(s, w))
}

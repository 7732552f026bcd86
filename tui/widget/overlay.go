package widget

import "unseen/tui/theme"

// Dialog returns base, a screen, faint and without its colours, and box in the middle of
// it. What of box has no room is cut off; base keeps its size. Neither argument is
// changed.
func Dialog(t theme.Theme, base, box []string) []string {
	faint := inkOf(t.Faint)
	top := max((len(base)-len(box))/2, 0)
	out := make([]string, len(base))
	for i, line := range base {
		line = clean(line)
		w, _ := measure(line)
		line = Fit(bare(line), w)
		if i < top || i >= top+len(box) {
			out[i] = faint.on(line)
			continue
		}
		over := box[i-top]
		n := min(Width(over), w)
		x := (w - n) / 2
		out[i] = faint.on(cutRight(line, x)) + Fit(over, n) + faint.on(cutLeft(line, x+n, w-x-n))
	}
	return out
}

// cutRight keeps the first n cells of s and closes its style.
func cutRight(s string, n int) string {
	if n <= 0 {
		return ""
	}
	return Fit(head(s, n, ""), n)
}

// cutLeft drops the first n cells of s and keeps rest cells.
func cutLeft(s string, n, rest int) string {
	if rest <= 0 {
		return ""
	}
	right := tail(s, n)
	if Width(right) > rest { // the cut goes through a wide character
		right = tail(s, n+1)
	}
	return FitLeft(right, rest)
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

package widget

import (
	"strings"

	"unseen/tui/theme"
)

// Footer returns one line of keys and what they do, as pairs of key and word.
// Pairs that do not fit are dropped from the right.
func Footer(t theme.Theme, w int, entries [][2]string) string {
	key, word := inkOf(t.Key), inkOf(t.Dim)
	var b strings.Builder
	used := 0
	for i, e := range entries {
		gap := 3
		if i == 0 {
			gap = 1
		}
		k, v := Plain(e[0]), Plain(e[1])
		n := gap + Width(k) + Width(v)
		if v != "" {
			n++
		}
		if used+n > w {
			break
		}
		b.WriteString(blanks(gap))
		b.WriteString(key.on(k))
		if v != "" {
			b.WriteByte(' ')
			b.WriteString(word.on(v))
		}
		used += n
	}
	return b.String() + blanks(w-used)
}

// Segmented returns options side by side with the selected one in brackets. Its
// width does not depend on which one is selected.
func Segmented(t theme.Theme, options []string, selected int) string {
	on, off, dot := inkOf(t.Accent.Bold(true)), inkOf(t.Dim), inkOf(t.Faint)
	var b strings.Builder
	for i, o := range options {
		if i > 0 {
			b.WriteString(dot.on("·"))
		}
		if i == selected {
			b.WriteString(on.on("[" + Plain(o) + "]"))
		} else {
			b.WriteString(off.on(" " + Plain(o) + " "))
		}
	}
	return b.String()
}

// Breadcrumb returns the way down to where the program is, the last part in
// bold. Parts that do not fit in w cells are left out after the first one.
func Breadcrumb(t theme.Theme, w int, parts []string) string {
	const sep = " › "
	strong, dim, faint := inkOf(t.Strong), inkOf(t.Dim), inkOf(t.Faint)
	widths, total := make([]int, len(parts)), 0
	for i, p := range parts {
		widths[i] = Width(p)
		total += widths[i]
		if i > 0 {
			total += len(" > ")
		}
	}
	// What does not fit is left out after the first part; if that is not enough,
	// the first part goes too.
	next := 1
	for ; next < len(parts)-1 && total > w; next++ {
		total -= widths[next] + len(" > ")
		if next == 1 {
			total += Width("… › ")
		}
	}
	var b strings.Builder
	for i, p := range parts {
		switch {
		case i == 0 && len(parts) > 1 && total > w:
			continue
		case i > 0 && i < next:
			if i == next-1 {
				b.WriteString(faint.on("…" + sep))
			}
			continue
		case i == len(parts)-1:
			b.WriteString(strong.on(p))
		default:
			b.WriteString(dim.on(p) + faint.on(sep))
		}
	}
	return Fit(b.String(), w)
}

// Tabs returns names as tabs, the selected one bold and marked with ▸, in at
// most w cells.
func Tabs(t theme.Theme, w int, names []string, selected int) string {
	on, off := inkOf(t.Accent.Bold(true)), inkOf(t.Dim)
	var b strings.Builder
	for i, n := range names {
		if i > 0 {
			b.WriteByte(' ')
		}
		if i == selected {
			b.WriteString(on.on("▸" + Plain(n) + " "))
		} else {
			b.WriteString(off.on(" " + Plain(n) + " "))
		}
	}
	return Fit(b.String(), w)
}

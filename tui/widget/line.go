package widget

import (
	"slices"
	"strings"

	"unseen/tui/theme"
)

// Footer returns keys and what they do in one line of w cells. Where there is no room
// for all of them they go from the end, but those for help and for the way out stay
// to the last.
func Footer(t theme.Theme, w int, entries [][2]string) string {
	key, word := inkOf(t.Key), inkOf(t.Dim)
	var b strings.Builder
	used := 0
	for i, e := range fitting(w, entries) {
		gap := footerGap
		if i == 0 {
			gap = 1
		}
		k, v := Plain(e[0]), Plain(e[1])
		b.WriteString(blanks(gap))
		b.WriteString(key.on(k))
		if v != "" {
			b.WriteByte(' ')
			b.WriteString(word.on(v))
		}
		used += footerWidth(e) - footerGap + gap
	}
	return b.String() + blanks(w-used)
}

// footerGap is the room before an entry of a footer; the first one has less.
const footerGap = 3

// footerWidth is how many cells an entry takes, with the gap before it.
func footerWidth(e [2]string) int {
	n := footerGap + Width(Plain(e[0]))
	if word := Plain(e[1]); word != "" {
		n += 1 + Width(word)
	}
	return n
}

// fitting leaves entries out until the rest fits: the last of them first, of those
// without which nobody finds out, or finds help, "?" first.
func fitting(w int, entries [][2]string) [][2]string {
	entries = slices.Clone(entries)
	used := 1 - footerGap
	for _, e := range entries {
		used += footerWidth(e)
	}
	needed := func(e [2]string) int { return slices.Index([]string{"?", "q"}, e[0]) + 1 }
	for used > w && len(entries) > 0 {
		out := 0
		for i, e := range entries {
			if needed(e) <= needed(entries[out]) {
				out = i
			}
		}
		used -= footerWidth(entries[out])
		entries = slices.Delete(entries, out, out+1)
	}
	return entries
}

// Segmented returns options side by side, with dots between them; the selected one is
// in brackets, with blanks on either side. Its width does not depend on which one is
// selected.
func Segmented(t theme.Theme, options []string, selected int) string {
	on, off, dot := inkOf(t.Accent.Bold(true)), inkOf(t.Dim), inkOf(t.Faint)
	var b strings.Builder
	for i, o := range options {
		switch {
		case i == 0:
		case i == selected || i-1 == selected:
			b.WriteByte(' ')
		default:
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
// bold. Where not all of it fits in w cells, parts between the first and the last shrink to
// their numbers, "batch 3/4" to "3/4", and then go.
func Breadcrumb(t theme.Theme, w int, parts []string) string {
	const sep = " › "
	parts = slices.Clone(parts)
	strong, dim, faint := inkOf(t.Strong), inkOf(t.Dim), inkOf(t.Faint)
	widths, total := make([]int, len(parts)), 0
	for i, p := range parts {
		widths[i] = Width(p)
		total += widths[i]
		if i > 0 {
			total += len(" > ")
		}
	}
	for i := 1; i < len(parts)-1 && total > w; i++ {
		if number := placeOf(parts[i]); number != "" {
			total += Width(number) - widths[i]
			parts[i], widths[i] = number, Width(number)
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

// placeOf finds in a part of a breadcrumb the number that it has among others, such as 3/4;
// empty where it has none.
func placeOf(part string) string {
	for _, word := range strings.Fields(part) {
		if before, after, two := strings.Cut(word, "/"); two && digits(before) && digits(after) {
			return word
		}
	}
	return ""
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

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

package widget

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Width returns how many cells s takes on the screen.
func Width(s string) int {
	n, _ := measure(clean(s))
	return n
}

// Plain returns s without styles and control characters: what may be shown of
// text that comes from outside, such as a name in a file.
func Plain(s string) string { return bare(clean(s)) }

// bare returns a clean string without its styles.
func bare(s string) string {
	first := strings.IndexByte(s, 0x1b)
	if first < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for at := first; at >= 0; at = strings.IndexByte(s, 0x1b) {
		b.WriteString(s[:at])
		s = s[at+max(styleLen(s[at:]), 1):]
	}
	b.WriteString(s)
	return b.String()
}

// Fit returns s in exactly w cells: cut with … when it is longer, padded with
// blanks on the right when it is shorter. Styles are kept and closed; control
// characters become blanks, and escape sequences other than styles vanish.
func Fit(s string, w int) string {
	s, n := fit(s, w)
	if n == w {
		return s
	}
	return s + blanks(w-n)
}

// FitLeft is Fit with the padding on the left, for columns aligned to the right.
func FitLeft(s string, w int) string {
	s, n := fit(s, w)
	if n == w {
		return s
	}
	return blanks(w-n) + s
}

// Center is Fit with the padding on both sides.
func Center(s string, w int) string {
	s, n := fit(s, w)
	left := (w - n) / 2
	return blanks(left) + s + blanks(w-n-left)
}

// Block returns exactly h lines of exactly w cells: the first lines of lines,
// fitted, and blank lines below them.
func Block(lines []string, w, h int) []string {
	out := make([]string, max(h, 0))
	blank := blanks(w)
	for i := range out {
		if i < len(lines) {
			out[i] = Fit(lines[i], w)
		} else {
			out[i] = blank
		}
	}
	return out
}

// JoinH puts blocks side by side with gap blank cells between them. Each block
// is made of lines of one width; a block with fewer lines than the highest is
// continued with blank lines.
func JoinH(gap int, blocks ...[]string) []string {
	h := 0
	widths := make([]int, len(blocks))
	for i, b := range blocks {
		h = max(h, len(b))
		if len(b) > 0 {
			widths[i] = Width(b[0])
		}
	}
	out := make([]string, h)
	between := blanks(gap)
	var sb strings.Builder
	for y := range out {
		sb.Reset()
		for i, b := range blocks {
			if i > 0 {
				sb.WriteString(between)
			}
			if y < len(b) {
				sb.WriteString(b[y])
			} else {
				sb.WriteString(blanks(widths[i]))
			}
		}
		out[y] = sb.String()
	}
	return out
}

// fit cuts s to at most w cells and returns how many it takes then.
func fit(s string, w int) (string, int) {
	if w <= 0 {
		return "", max(w, 0)
	}
	s = clean(s)
	n, open := measure(s)
	if n > w {
		s = head(s, w, "…")
		n, open = measure(s)
		if n > w { // a wide character where only … has room
			s, n, open = "…", 1, false
		}
	}
	if open {
		s += reset
	}
	return s, n
}

// blanks returns n spaces.
func blanks(n int) string {
	const some = "                                                                                " +
		"                                                                                " +
		"                                                                                "
	switch {
	case n <= 0:
		return ""
	case n <= len(some):
		return some[:n]
	}
	return strings.Repeat(" ", n)
}

// clean makes s safe to measure and to print: one line, valid UTF-8, no control
// characters, no escape sequences other than styles.
func clean(s string) string {
	dirty, wide := false, false
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c >= 0x20 && c < 0x7f:
			i++
		case c == 0x1b:
			n := styleLen(s[i:])
			if n == 0 {
				dirty = true
				i++
			}
			i += n
		case c < 0x20 || c == 0x7f:
			dirty = true
			i++
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			if !narrow(r) {
				wide = true
				dirty = badRune(r, n)
			}
			i += n
		}
		if dirty {
			return trimJoiners(scrub(s))
		}
	}
	if wide {
		return trimJoiners(s)
	}
	return s
}

// badRune tells whether a rune outside ASCII must not reach the terminal:
// invalid bytes, C1 controls, line and paragraph separators, and what is
// invisible but changes how its neighbours are drawn: controls that reorder or
// join text, and variation selectors, about whose width terminals disagree.
func badRune(r rune, n int) bool {
	switch {
	case r < 0x7f, narrow(r):
		return false
	case r == utf8.RuneError && n <= 1, r < 0xa0, r == 0x2028, r == 0x2029, r >= 0xfe00 && r <= 0xfe0f:
		return true
	}
	return unicode.Is(unicode.Cf, r)
}

// trimJoiners drops characters that would melt into a neighbour on the other
// side of a style sequence or of the end of s and so change the width of the
// line, such as a combining mark without a letter.
func trimJoiners(s string) string {
	for at := 0; at < len(s); {
		if n := styleLen(s[at:]); n > 0 {
			at += n
			continue
		}
		end := len(s)
		if i := strings.IndexByte(s[at:], 0x1b); i >= 0 {
			end = at + i
		}
		part := trimJoinersOf(s[at:end])
		if len(part) < end-at {
			s = s[:at] + part + s[end:]
		}
		at += len(part)
	}
	return s
}

// What may stand before and after a text: a blank, a Korean syllable that takes another
// vowel or a final, a Korean initial, half a flag.
var befores, afters = [...]string{" ", "가"}, [...]string{" ", "ᄀ", "🇦"}

// trimJoinersOf is trimJoiners for a text without styles.
func trimJoinersOf(s string) string {
	for s != "" {
		r, n := utf8.DecodeRuneInString(s)
		if r < utf8.RuneSelf || narrow(r) || !slices.ContainsFunc(befores[:], func(b string) bool { return melt(b, s) }) {
			break
		}
		s = s[n:]
	}
	for s != "" {
		r, n := utf8.DecodeLastRuneInString(s)
		if r < utf8.RuneSelf || narrow(r) || !slices.ContainsFunc(afters[:], func(a string) bool { return melt(s, a) }) {
			break
		}
		s = s[:len(s)-n]
	}
	return s
}

// melt tells whether two texts side by side take fewer cells, or more, than each alone.
func melt(a, b string) bool {
	return ansi.StringWidth(a+b) != ansi.StringWidth(a)+ansi.StringWidth(b)
}

// scrub is the slow half of clean.
func scrub(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		if n := styleLen(s[i:]); n > 0 {
			b.WriteString(s[i : i+n])
			i += n
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == 0x1b:
			_, _, n, _ = ansi.DecodeSequence(s[i:], 0, nil)
		case r < 0x20 || r == 0x7f:
			b.WriteByte(' ')
		case r == utf8.RuneError && n <= 1:
			b.WriteRune(utf8.RuneError)
		case !badRune(r, n):
			b.WriteRune(r)
		}
		i += max(n, 1)
	}
	return b.String()
}

// styleLen returns the length of the style sequence ESC [ … m that s begins
// with, or 0.
func styleLen(s string) int {
	if len(s) < 3 || s[0] != 0x1b || s[1] != '[' {
		return 0
	}
	for i := 2; i < len(s); i++ {
		c := s[i]
		switch {
		case c == 'm':
			return i + 1
		case c != ';' && c != ':' && (c < '0' || c > '9'):
			return 0
		}
	}
	return 0
}

// measure returns the width of a clean string and whether a style is still open
// at its end.
func measure(s string) (n int, open bool) {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == 0x1b:
			k := styleLen(s[i:])
			if k == 0 {
				return ansi.StringWidth(s), true
			}
			open = !isReset(s[i : i+k])
			i += k
		case c < utf8.RuneSelf:
			n++
			i++
		default:
			r, k := utf8.DecodeRuneInString(s[i:])
			if !narrow(r) {
				return ansi.StringWidth(s), endsOpen(s)
			}
			n++
			i += k
		}
	}
	return n, open
}

// endsOpen tells whether the last style sequence of s is not a reset.
func endsOpen(s string) bool {
	i := strings.LastIndexByte(s, 0x1b)
	if i < 0 {
		return false
	}
	return !isReset(s[i : i+styleLen(s[i:])])
}

// isReset tells whether a style sequence ends all styles.
func isReset(seq string) bool { return seq == reset || seq == "\x1b[0m" }

// narrow tells whether r certainly takes one cell, alone and beside any other
// such rune: Latin and Greek letters, general punctuation, arrows, mathematics,
// raised and lowered digits, box drawing, blocks, braille and the geometric shapes and
// check marks that are not emoji.
func narrow(r rune) bool {
	switch {
	case r >= 0xa0 && r < 0x300:
		return r != 0xad && r != 0xa9 && r != 0xae
	case r >= 0x391 && r <= 0x3c9:
		return r != 0x3a2
	case r >= 0x2010 && r <= 0x2027, r >= 0x2030 && r <= 0x203a:
		return true
	case r >= 0x2500 && r <= 0x25fc, r >= 0x2800 && r <= 0x28ff:
		return true
	case r >= 0x2190 && r <= 0x21ff, r >= 0x2200 && r <= 0x22ff, r >= 0x2074 && r <= 0x208e:
		return true
	}
	return r == '★' || r == '☆' || r == '✓' || r == '✗' || r == 'ᵀ'
}

package widget

import (
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// place finds where the cell n of a clean string begins, and the styles that hold
// there. ok is false where there is no such cell, or where a character up to it is not
// certainly one cell wide.
func place(s string, n int) (at int, styles string, ok bool) {
	for i, cells := 0, 0; i < len(s); {
		if s[i] == 0x1b {
			k := styleLen(s[i:])
			if k == 0 {
				return 0, "", false
			}
			if seq := s[i : i+k]; isReset(seq) {
				styles = ""
			} else {
				styles += seq
			}
			i += k
			continue
		}
		size := 1
		if s[i] >= utf8.RuneSelf {
			var r rune
			if r, size = utf8.DecodeRuneInString(s[i:]); !narrow(r) {
				return 0, "", false
			}
		}
		if cells == n {
			return i, styles, true
		}
		cells++
		i += size
	}
	return 0, "", false
}

// head keeps the first n cells of a clean string, and writes mark, of
// one cell or none, in the place of the last of them.
func head(s string, n int, mark string) string {
	at, styles, ok := place(s, n-Width(mark))
	switch {
	case !ok:
		return ansi.Truncate(s, n, mark)
	case styles == "":
		return s[:at] + mark
	}
	return s[:at] + mark + reset
}

// tail drops the first n cells of a clean string.
func tail(s string, n int) string {
	at, styles, ok := place(s, n)
	if !ok {
		return ansi.TruncateLeft(s, n, "")
	}
	return styles + s[at:]
}

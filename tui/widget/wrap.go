package widget

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Wrap breaks s between words into lines of at most w cells. Line breaks in s
// are kept, words longer than a line are cut, and a style that spans a break is
// closed and taken up again, so that every line stands alone. It returns nil
// for w < 1.
func Wrap(s string, w int) []string {
	if w < 1 {
		return nil
	}
	var lines []string
	for para := range strings.SplitSeq(s, "\n") {
		lines = wrapParagraph(lines, clean(para), w)
	}
	return carryStyles(lines)
}

func wrapParagraph(lines []string, para string, w int) []string {
	var line strings.Builder
	used := 0
	flush := func() {
		lines = append(lines, line.String())
		line.Reset()
		used = 0
	}
	for i, word := range strings.Split(para, " ") {
		n, _ := measure(word)
		switch {
		case i == 0:
		case used+1+n <= w:
			line.WriteByte(' ')
			used++
		case used > 0:
			flush()
			if n == 0 {
				line.WriteString(word)
				continue
			}
		}
		for n > w {
			head := ansi.Truncate(word, w, "")
			cut, _ := measure(head)
			if cut == 0 { // one character wider than the whole line
				word, n = "…", 1
				break
			}
			line.WriteString(ansi.Cut(word, 0, cut))
			flush()
			word = ansi.TruncateLeft(word, cut, "")
			n, _ = measure(word)
		}
		line.WriteString(word)
		used += n
	}
	flush()
	return lines
}

// carryStyles closes the styles open at the end of each line and opens them
// again on the next.
func carryStyles(lines []string) []string {
	active := ""
	for i, l := range lines {
		start := active
		for rest := l; ; {
			j := strings.IndexByte(rest, 0x1b)
			if j < 0 {
				break
			}
			k := styleLen(rest[j:])
			if k == 0 {
				break
			}
			if seq := rest[j : j+k]; isReset(seq) {
				active = ""
			} else {
				active += seq
			}
			rest = rest[j+k:]
		}
		l = start + l
		if active != "" {
			l += reset
		}
		lines[i] = l
	}
	return lines
}

package widget

import (
	"strings"

	"charm.land/lipgloss/v2"
)

// reset ends every style.
const reset = "\x1b[m"

// ink is a style taken apart into what is written before and after a text, so
// that rendering many small texts costs a concatenation each.
type ink struct{ pre, post string }

// inkOf takes the style apart. Padding, margins and borders are not supported.
func inkOf(s lipgloss.Style) ink {
	pre, post, _ := strings.Cut(s.Render("x"), "x")
	return ink{pre, post}
}

// on returns s in this ink. Styled parts of s keep their own colours, and
// attributes they do not set are taken from the ink.
func (k ink) on(s string) string {
	if s == "" || k.pre == "" {
		return s
	}
	if strings.Contains(s, reset) {
		s = strings.ReplaceAll(s, reset, reset+k.pre)
	}
	return k.pre + s + k.post
}

// writer collects one line and joins neighbours of the same ink.
type writer struct {
	b   strings.Builder
	now ink
}

// put appends plain text in the given ink.
func (w *writer) put(k ink, s string) {
	if s == "" {
		return
	}
	w.turn(k)
	w.b.WriteString(s)
}

// char appends one rune in the given ink.
func (w *writer) char(k ink, r rune) {
	w.turn(k)
	w.b.WriteRune(r)
}

func (w *writer) turn(k ink) {
	if k.pre == w.now.pre {
		return
	}
	w.b.WriteString(w.now.post)
	w.b.WriteString(k.pre)
	w.now = k
}

// line returns what was collected and starts over.
func (w *writer) line() string {
	w.b.WriteString(w.now.post)
	s := w.b.String()
	w.b.Reset()
	w.now = ink{}
	return s
}

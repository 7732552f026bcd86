package engine

import (
	"slices"
	"strings"
	"unicode"
)

// mentions reports whether a name stands in a text as a word of its own.
func mentions(text, name string) bool {
	for rest := text; ; {
		i := strings.Index(rest, name)
		if i < 0 {
			return false
		}
		before, after := rest[:i], rest[i+len(name):]
		if !word(before, true) && !word(after, false) {
			return true
		}
		rest = after
	}
}

// mentioned lists the objects of a memory that a text names. Of names that are parts of
// others, such as ρ and "ρ (1)", the longest counts.
func mentioned(text string, m *Image) (names []string) {
	for _, o := range m.Objects {
		if mentions(text, o.Name) {
			names = append(names, o.Name)
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return len(b) - len(a) })
	return slices.DeleteFunc(names, func(name string) bool {
		found := mentions(text, name)
		text = strings.ReplaceAll(text, name, "…")
		return !found
	})
}

// word reports whether a text ends, or begins, inside a word.
func word(text string, end bool) bool {
	runes := []rune(text)
	if len(runes) == 0 {
		return false
	}
	r := runes[0]
	if end {
		r = runes[len(runes)-1]
	}
	return unicode.IsDigit(r) || unicode.IsLetter(r) && r != 'ᵀ'
}

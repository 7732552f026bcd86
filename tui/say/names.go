package say

import "strings"

// Label writes the name of what was opened or sent with what it is, in plain words:
// "d w1 = w1 − a w1, under the mask a w1". Names that say it already stay as they are.
func (s Scene) Label(what string) string {
	if meaning := s.opened(what); meaning != "" {
		return what + meaning
	}
	return what
}

// Carries explains what a message carries: that of the first thing in it.
func (s Scene) Carries(what string) string {
	for _, prefix := range []string{"share of ", "deal "} {
		if rest, ok := strings.CutPrefix(what, prefix); ok {
			first, _, many := strings.Cut(rest, ", ")
			if meaning := s.opened(first); meaning != "" && prefix != "deal " {
				if many {
					return first + meaning + "; the others likewise"
				}
				return first + meaning
			}
			return dealt[letter(first)]
		}
	}
	return ""
}

// dealt says what the dealer deals, by its letter.
var dealt = map[string]string{
	"c": "c = a·b, the product of two masks", "r": "r, the mask of a comparison or a truncation, and parts of it",
	"a": "a, a mask", "b": "b, a mask", "ρ": "ρ, random bits",
}

// opened explains the name of something that holders open; empty where it needs none.
func (s Scene) opened(what string) string {
	if !s.encrypted() {
		return ""
	}
	of, label := "x", ""
	numbered := letter(what) != what && !strings.Contains(what, " ")
	if _, rest, ok := strings.Cut(what, " "); ok {
		of, label = rest, " "+rest // each value has a mask of its own
	} else if numbered { // one of several that are opened together
		label = " for " + what
	}
	switch letter(what) {
	case "d":
		return " = " + of + " − a" + label + ", under the mask a" + label
	case "e":
		if of == "x" {
			of = "y"
		}
		return " = " + of + " − b" + label + ", under the mask b" + label
	case "c":
		switch {
		case numbered: // to cut several values at once
			return " = x + 2^62 + r" + label
		case of == "x": // of several kinds: the memory has the formula of each
			return " = r ± x, and + 2^62 where x is cut"
		case of == "loss":
			return " = loss + 2^62 + r loss"
		}
		return " = the update of " + of + " + 2^62 + r" + label
	case "δ":
		return ": bits of a comparison, each under a random bit"
	case "m":
		return " = sign ⊕ ρ, under the random bit ρ"
	case "Σx":
		return ": the sum of each column"
	case "Σx²":
		return ": the sum of squares of each column"
	case "loss":
		return " of a batch, summed over its rows"
	}
	return ""
}

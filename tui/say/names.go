package say

import "strings"

// Label writes the name of what was opened or sent with what it is, in plain words:
// "d w1 = w1 − a, under the mask a". Names that say it already stay as they are.
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
	of := "x"
	if _, rest, ok := strings.Cut(what, " "); ok {
		of = rest
	}
	switch letter(what) {
	case "d":
		return " = " + of + " − a, under the mask a"
	case "e":
		if of == "x" {
			of = "y"
		}
		return " = " + of + " − b, under the mask b"
	case "c":
		if of != "x" && of != "loss" { // of a weight, its update is what is cut
			of = "the update of " + of
		}
		return " = " + of + " + r, under the mask r"
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

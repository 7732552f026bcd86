package say

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"unseen/engine/trace"
	"unseen/tui/widget"
)

// number writes a number with four significant digits.
func number(x float64) string {
	switch a := math.Abs(x); {
	case a == 0:
		return "0.0000" // never -0
	case math.IsNaN(x):
		return "not a number"
	case a < 1e-4 || a >= 1e6:
		return strconv.FormatFloat(x, 'e', 3, 64)
	case a >= 1000:
		return strconv.FormatFloat(x, 'f', 0, 64)
	case a >= 1:
		return strconv.FormatFloat(x, 'f', max(0, 3-int(math.Log10(a))), 64)
	}
	return strconv.FormatFloat(x, 'f', 4, 64)
}

func percent(x float64) string { return strconv.FormatFloat(100*x, 'f', 1, 64) + " %" }

func grouped(n int) string { return widget.Count(n) }

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(n) + " " + many
}

// The writes a party inside a sentence: the server, the dealer and the aggregator have no
// names of their own.
func The(id string) string {
	switch id {
	case "server", "dealer", "aggregator", "applicant":
		return "the " + id
	}
	return id
}

// Whose writes a party that something belongs to: "the server’s", "JulieDiaz’s".
func Whose(id string) string { return Possessive(The(id)) }

// Possessive writes whose something is by a name: "server’s", "Agnes’".
func Possessive(name string) string {
	if strings.HasSuffix(name, "s") {
		return name + "’"
	}
	return name + "’s"
}

// Subject writes a party that begins a sentence.
func Subject(id string) string { return capital(The(id)) }

// capital makes the first letter a capital; a Greek one is a symbol, and another one then.
func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 || unicode.Is(unicode.Greek, first) {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}

func of(s trace.Scope) string {
	if s.Of == 0 {
		return strconv.Itoa(s.Index)
	}
	return fmt.Sprintf("%d of %d", s.Index, s.Of)
}

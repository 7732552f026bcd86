package dp

import (
	"math"
	"strconv"
	"strings"
)

// Parse reads a number as people write rates and deltas: a decimal number such as
// 0.05 or 1e-5, a power such as 653^-1.1, or a fraction of two of these such as
// 32/653. What is not a finite number is answered with a *[ParameterError] for the
// parameter.
func Parse(parameter, text string) (float64, error) {
	above, below, fraction := strings.Cut(text, "/")
	x, ok := power(above)
	if fraction && ok {
		var divisor float64
		divisor, ok = power(below)
		x /= divisor
	}
	if !ok || math.IsNaN(x) || math.IsInf(x, 0) {
		if runes := []rune(text); len(runes) > 60 {
			text = string(runes[:60]) + "…"
		}
		return 0, wrong(parameter, strconv.Quote(text), "not a number", "write it as in 0.05, 32/653, 1e-5 or 653^-1.1")
	}
	return x, nil
}

// power reads a decimal number, or two with ^ between them.
func power(text string) (float64, bool) {
	base, exponent, raised := strings.Cut(text, "^")
	x, ok := decimal(base)
	if raised && ok {
		var y float64
		y, ok = decimal(exponent)
		x = math.Pow(x, y)
	}
	return x, ok
}

// decimal reads a plain decimal number; other things that strconv knows, such as
// Inf and hexadecimal, are not numbers here.
func decimal(text string) (float64, bool) {
	text = strings.TrimSpace(text)
	if strings.Trim(text, "0123456789.eE+-") != "" {
		return 0, false
	}
	x, err := strconv.ParseFloat(text, 64)
	return x, err == nil
}

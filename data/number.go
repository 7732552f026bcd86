package data

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// Largest is the size that no number in a file may exceed. Up to here sums of
// squares, and so deviations, stay far from the end of float64.
const Largest = 1e100

var (
	errNotANumber = errors.New("not a number")
	errTooLarge   = errors.New("too large")
)

// parseNumber reads a plain decimal number such as 12, -0.5, .5, 3. or 1e-3,
// exactly as strconv rounds it. Other things that strconv knows (Inf, NaN,
// hexadecimal, underscores) are not numbers here.
func parseNumber(s string) (float64, error) {
	if !isDecimal(s) {
		return 0, errNotANumber
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || math.Abs(x) > Largest {
		return 0, errTooLarge
	}
	return x, nil
}

// isDecimal matches [+-] digits [. digits] [e [+-] digits] with at least one
// digit before or after the point.
func isDecimal(s string) bool {
	s = trimSign(s)
	mantissa, exponent, scaled := strings.Cut(strings.ToLower(s), "e")
	if scaled && !isDigits(trimSign(exponent)) {
		return false
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	return isDigits(whole + fraction)
}

func trimSign(s string) string {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		return s[1:]
	}
	return s
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// powerOfTwo returns the smallest power of two that is at least x and 1.
func powerOfTwo(x float64) float64 {
	if x <= 1 {
		return 1
	}
	fraction, exponent := math.Frexp(x) // x = fraction · 2^exponent, fraction in [½, 1)
	if fraction == 0.5 {
		exponent--
	}
	return math.Ldexp(1, exponent)
}

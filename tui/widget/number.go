package widget

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Num formats v right-aligned in width cells, at least 7, so that columns of
// numbers line up. It shows four decimals where they fit, fewer for large
// numbers, and e-notation for very large and very small ones. A place is always
// kept for the sign, so that a number and its negative look alike; zero never
// has a sign.
func Num(v float64, width int) string {
	width = max(width, 7)
	return FitLeft(num(v, width), width)
}

func num(v float64, width int) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "Inf"
	case math.IsInf(v, -1):
		return "-Inf"
	case v == 0:
		return "0.0000"
	}
	abs := math.Abs(v)
	var buf [32]byte
	if abs >= 0.0005 && abs < 1e15 {
		for dec := 4; dec >= 0; dec-- {
			s := strconv.AppendFloat(buf[:0], abs, 'f', dec, 64)
			if len(s) < width {
				return signed(v, string(s))
			}
		}
	}
	for prec := 2; prec > 0; prec-- {
		s := strconv.AppendFloat(buf[:0], abs, 'e', prec, 64)
		if len(s) < width {
			return signed(v, string(s))
		}
	}
	return signed(v, string(strconv.AppendFloat(buf[:0], abs, 'e', 0, 64)))
}

func signed(v float64, abs string) string {
	if v < 0 {
		return "-" + abs
	}
	return abs
}

// Count formats n with a comma between thousands: 61,000.
func Count(n int) string {
	s := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Bytes formats a number of bytes in decimal units: 812 B, 1.3 kB, 21 kB, 4.7 MB.
func Bytes(n int64) string {
	if n < 0 {
		if n == math.MinInt64 {
			n++
		}
		return "-" + Bytes(-n)
	}
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	v := float64(n)
	units := [...]string{" kB", " MB", " GB", " TB", " PB", " EB"}
	for i, u := range units {
		v /= 1000
		if v >= 999.5 && i < len(units)-1 {
			continue
		}
		dec := 0
		if v < 9.95 {
			dec = 1
		}
		return strconv.FormatFloat(v, 'f', dec, 64) + u
	}
	return ""
}

// Percent formats a fraction: 0.863 is 86.3 %.
func Percent(frac float64) string {
	switch {
	case math.IsNaN(frac):
		return "NaN"
	case math.IsInf(frac, 0):
		return num(frac, 7)
	}
	s := strconv.FormatFloat(frac*100, 'f', 1, 64)
	if s == "-0.0" {
		s = "0.0"
	}
	return s + " %"
}

// Duration formats d for people: 45 ms, 0.8 s, 12 s, 3 min 05 s, 2 h 07 min.
func Duration(d time.Duration) string {
	if d < 0 {
		return "-" + Duration(max(-d, 0))
	}
	switch {
	case d < 100*time.Millisecond:
		return strconv.FormatInt(d.Round(time.Millisecond).Milliseconds(), 10) + " ms"
	case d < 9950*time.Millisecond:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	}
	sec := int64(d.Round(time.Second) / time.Second)
	switch {
	case sec < 60:
		return strconv.FormatInt(sec, 10) + " s"
	case sec < 3600:
		return strconv.FormatInt(sec/60, 10) + " min " + two(sec%60) + " s"
	}
	return strconv.FormatInt(sec/3600, 10) + " h " + two(sec/60%60) + " min"
}

func two(n int64) string {
	s := strconv.FormatInt(n, 10)
	return strings.Repeat("0", max(2-len(s), 0)) + s
}

package engine

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"unseen/engine/trace"
)

// Modulus is what elements are counted modulo: 2^Bits, or, of the field in which secrets
// are shared by a threshold, the prime 2^Bits − 1.
type Modulus struct {
	Bits  int // 1 to 64
	Prime bool
}

// String writes the modulus as it stands in formulas: 2^32, 2^61 − 1.
func (m Modulus) String() string {
	if m.Prime {
		return fmt.Sprintf("2^%d − 1", m.Bits)
	}
	return fmt.Sprintf("2^%d", m.Bits)
}

// Signed reads an element as the number nearest to 0 that it stands for.
func (m Modulus) Signed(word uint64) int64 {
	if p := uint64(1)<<m.Bits - 1; m.Prime && word > p/2 {
		return -int64(p - word)
	} else if m.Prime {
		return int64(word)
	}
	unused := 64 - m.Bits
	return int64(word<<unused) >> unused
}

// Reduce returns the element that a word is.
func (m Modulus) Reduce(word uint64) uint64 {
	if m.Prime {
		return word % (1<<m.Bits - 1)
	}
	return word << (64 - m.Bits) >> (64 - m.Bits)
}

// Hex writes an element with all its digits in hexadecimal.
func (m Modulus) Hex(word uint64) string { return fmt.Sprintf("%0*x", (m.Bits+3)/4, word) }

// Binary writes all bits of an element, the lowest one last.
func (m Modulus) Binary(word uint64) string { return fmt.Sprintf("%0*b", m.Bits, word) }

// Numbers are the numbers that a value of an event stands for: those of a plain or
// opened value, and of a shared one the sum of all its shares. Elements of the ring
// are read as signed fixed-point numbers.
type Numbers struct {
	rows, columns int
	plain         []float64
	shares        [][]uint64
	unit          float64
	modulus       Modulus
}

// In returns the same elements, counted modulo something else than 2^64.
func (n Numbers) In(m Modulus) Numbers {
	n.modulus = m
	return n
}

// Modulus is what elements are counted modulo; 2^64 unless [Numbers.In] says otherwise.
func (n Numbers) Modulus() Modulus { return n.modulus }

// Decode reads a value. Who adds up shares must have all of them: one share, or all
// but one, gives numbers that mean nothing.
func Decode(v trace.Value) Numbers {
	if len(v.Parts) == 0 || v.Parts[0].Data == nil {
		return Numbers{}
	}
	s := v.Parts[0].Data.Shape()
	n := Numbers{rows: s[0], columns: s[1], unit: math.Ldexp(1, -v.Fraction), modulus: Modulus{Bits: wordBits}}
	parts := v.Parts
	if v.Form != trace.Share {
		parts = parts[:1]
	}
	for _, p := range parts {
		switch data := p.Data.Data().(type) {
		case []float64:
			n.plain = data
		case []uint64:
			n.shares = append(n.shares, data)
		case float64:
			n.plain = []float64{data}
		case uint64:
			n.shares = append(n.shares, []uint64{data})
		}
	}
	return n
}

// DecodePart reads what one party holds by itself.
func DecodePart(data *tensor.Dense, fraction int) Numbers {
	return Decode(trace.Value{Form: trace.Plain, Fraction: fraction, Parts: []trace.Part{{Data: data}}})
}

// Shape returns rows and columns.
func (n Numbers) Shape() (rows, columns int) { return n.rows, n.columns }

// Len returns how many numbers there are.
func (n Numbers) Len() int { return n.rows * n.columns }

// At returns the i-th number, row by row.
func (n Numbers) At(i int) float64 {
	if n.plain != nil {
		return n.plain[i]
	}
	return float64(n.modulus.Signed(n.Word(i))) * n.unit
}

// Word returns the i-th element of the ring, or the bits of the i-th float64.
func (n Numbers) Word(i int) uint64 {
	if n.plain != nil {
		return math.Float64bits(n.plain[i])
	}
	var sum uint64
	for _, s := range n.shares {
		sum += s[i]
	}
	return n.modulus.Reduce(sum)
}

// Ring reports whether the numbers are elements of the ring.
func (n Numbers) Ring() bool { return n.shares != nil }

// IntegerBits returns how many bits before the point a number takes, without its sign.
func IntegerBits(x float64) int {
	if x = math.Abs(x); x < 1 {
		return 0
	}
	return int(math.Floor(math.Log2(x))) + 1
}

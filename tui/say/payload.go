package say

import (
	"fmt"
	"strconv"
	"strings"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/widget"
)

// Field is a value of a message, with its place among the message's bytes.
type Field struct {
	Value   trace.Value
	Numbers engine.Numbers
	Known   bool // the eyes see it
	Bits    int  // of each number on the wire
	At      int  // its first byte
}

// plainBits is what a number has on the wire, unless it is known to be small.
const plainBits = 64

// Payload lists what a message of so many bytes consists of. Numbers that are known to
// be small are sent in fewer than 64 bits: flags in one, elements of a small ring in as
// many as it has; the size of the message says so.
func Payload(e *trace.Event, bytes int) []Field {
	out := make([]Field, len(e.Outputs))
	for i, value := range e.Outputs {
		out[i] = Field{Value: value, Bits: plainBits, Known: value.Shape() != nil}
		if out[i].Known {
			out[i].Numbers = engine.DecodePart(value.Parts[0].Data, value.Fraction)
		}
	}
	narrow(out, bytes)
	at := 0
	for i := range out {
		out[i].At = at
		at += out[i].Size()
	}
	return out
}

// narrow finds out which fields have fewer bits, so that the sizes add up.
func narrow(fields []Field, bytes int) {
	missing := func() int {
		left := bytes
		for _, f := range fields {
			left -= f.Size()
		}
		return left
	}
	if missing() == 0 || bytes == 0 { // an opening is no message: it has no size
		return
	}
	for i, f := range fields {
		if f.Known && f.Value.Packed > 0 {
			fields[i].Bits = 1
		}
	}
	for i, f := range fields {
		if f.Known && f.Numbers.Ring() && f.below(1) {
			fields[i].Bits = 1
		}
	}
	for i, f := range fields {
		if left := missing(); left != 0 && f.Known && f.Numbers.Len() > 0 && f.Bits == plainBits {
			size := f.Size() + left
			for f.Bits = max(1, 8*(size-1)/f.Numbers.Len()+1); f.Size() == size; f.Bits++ { // as few as do
				if f.below(f.Bits) {
					fields[i].Bits = f.Bits
					break
				}
			}
		}
	}
}

// below reports whether every number fits into so many bits.
func (f Field) below(bits int) bool {
	for i := range f.Numbers.Len() {
		if f.Numbers.Word(i)>>bits != 0 {
			return false
		}
	}
	return true
}

// len is how many numbers there are: of bits that are sent without the gaps at the ends
// of rows, as many as are used.
func (f Field) len() int {
	if f.Bits == 1 && f.Value.Packed > 0 {
		return f.Value.Shape()[0] * f.Value.Packed
	}
	return f.Numbers.Len()
}

// bit returns the k-th bit of the i-th number.
func (f Field) bit(i, k int) byte {
	if f.Bits == 1 && f.Value.Packed > 0 {
		row, column := i/f.Value.Packed, i%f.Value.Packed
		i, k = row*f.Value.Shape()[1]+column/64, column%64
	}
	return byte(f.Numbers.Word(i) >> k & 1)
}

// Size is how many bytes the field has.
func (f Field) Size() int { return (f.Bits*f.len() + 7) / 8 }

// Byte returns the i-th byte: numbers stand one after the other, the lowest bit first.
func (f Field) Byte(i int) byte {
	if f.Bits == plainBits {
		return byte(f.Numbers.Word(i/8) >> (8 * (i % 8)))
	}
	var b byte
	for k := range 8 {
		if at := 8*i + k; at/f.Bits < f.len() {
			b |= f.bit(at/f.Bits, at%f.Bits) << k
		}
	}
	return b
}

// meaning is what the numbers of a field are to whoever reads them.
func (f Field) meaning() string {
	name := f.Value.Name
	switch {
	case !f.Numbers.Ring(), f.Value.Form != trace.Share && f.Value.Fraction > 0 && !Uniform(name):
		return "" // they are read as the numbers they stand for
	case strings.Contains(name, "sealed"):
		return "sealed"
	case f.Value.Form == trace.Share:
		return "noise"
	case f.Value.Form == trace.Opened:
		return "masked"
	case strings.HasPrefix(name, "seed"):
		return "seed"
	case f.below(32):
		return "" // whole numbers
	}
	return "key"
}

// Kind says what the numbers of a field are elements of.
func (f Field) Kind(mode string) string {
	switch {
	case !f.Known:
		return ""
	case !f.Numbers.Ring():
		return "float64"
	case f.Value.Packed > 0:
		return fmt.Sprintf("bits, %d a row", f.Value.Packed)
	case f.Value.Fraction > 0 && f.meaning() != "masked":
		return fmt.Sprintf("Z mod 2^64, %d fraction bits", f.Value.Fraction)
	case f.Bits == 1:
		return "flags of 1 bit"
	case f.meaning() == "sealed", f.meaning() == "key", f.meaning() == "seed":
		return "words of 64 bits"
	case f.meaning() == "":
		return "whole numbers"
	case f.Bits < plainBits:
		return fmt.Sprintf("Z mod 2^%d", f.Bits)
	case mode == engine.SecureAggregation:
		return "Z mod 2^61 − 1"
	}
	return "Z mod 2^64"
}

// Read writes the numbers that begin in bytes from…to−1 of the field, w cells each.
func (f Field) Read(from, to, w int) string {
	first, last := (8*from+f.Bits-1)/f.Bits, min((8*to+f.Bits-1)/f.Bits, f.len())
	meaning := f.meaning()
	switch {
	case f.Bits < 8 && meaning != "":
		last = first + 1 // once for all
	case f.Bits < 8:
		w = 2
	}
	var b strings.Builder
	for i := first; i < last; i++ {
		text := meaning
		switch {
		case text != "":
		case f.Numbers.Ring() && f.Value.Fraction == 0:
			text = strconv.FormatUint(f.Numbers.Word(i), 10)
		default:
			text = strings.TrimSpace(widget.Num(f.Numbers.At(i), 10))
		}
		b.WriteString(widget.FitLeft(text, w))
	}
	return b.String()
}

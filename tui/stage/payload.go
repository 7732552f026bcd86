package stage

import (
	"fmt"
	"strconv"
	"strings"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/say"
	"unseen/tui/widget"
)

// field is a value of a message, with its place among the message's bytes.
type field struct {
	value trace.Value
	n     engine.Numbers
	known bool // the eyes see it
	bits  int  // of each number on the wire
	at    int  // its first byte
}

// plainBits is what a number has on the wire, unless it is known to be small.
const plainBits = 64

// payload lists what a message of so many bytes consists of. Numbers that are known to
// be small are sent in fewer than 64 bits: flags in one, elements of a small ring in as
// many as it has; the size of the message says so.
func payload(e *trace.Event, bytes int) []field {
	out := make([]field, len(e.Outputs))
	for i, value := range e.Outputs {
		out[i] = field{value: value, bits: plainBits, known: value.Shape() != nil}
		if out[i].known {
			out[i].n = engine.DecodePart(value.Parts[0].Data, value.Fraction)
		}
	}
	narrow(out, bytes)
	at := 0
	for i := range out {
		out[i].at = at
		at += out[i].size()
	}
	return out
}

// narrow finds out which fields have fewer bits, so that the sizes add up.
func narrow(fields []field, bytes int) {
	missing := func() int {
		left := bytes
		for _, f := range fields {
			left -= f.size()
		}
		return left
	}
	if missing() == 0 || bytes == 0 { // an opening is no message: it has no size
		return
	}
	for i, f := range fields {
		if f.known && f.value.Packed > 0 {
			fields[i].bits = 1
		}
	}
	for i, f := range fields {
		if f.known && f.n.Ring() && f.below(1) {
			fields[i].bits = 1
		}
	}
	for i, f := range fields {
		if left := missing(); left != 0 && f.known && f.n.Len() > 0 && f.bits == plainBits {
			size := f.size() + left
			for f.bits = max(1, 8*(size-1)/f.n.Len()+1); f.size() == size; f.bits++ { // as few as do
				if f.below(f.bits) {
					fields[i].bits = f.bits
					break
				}
			}
		}
	}
}

// below reports whether every number fits into so many bits.
func (f field) below(bits int) bool {
	for i := range f.n.Len() {
		if f.n.Word(i)>>bits != 0 {
			return false
		}
	}
	return true
}

// len is how many numbers there are: of bits that are sent without the gaps at the ends
// of rows, as many as are used.
func (f field) len() int {
	if f.bits == 1 && f.value.Packed > 0 {
		return f.value.Shape()[0] * f.value.Packed
	}
	return f.n.Len()
}

// bit returns the k-th bit of the i-th number.
func (f field) bit(i, k int) byte {
	if f.bits == 1 && f.value.Packed > 0 {
		row, column := i/f.value.Packed, i%f.value.Packed
		i, k = row*f.value.Shape()[1]+column/64, column%64
	}
	return byte(f.n.Word(i) >> k & 1)
}

// size is how many bytes the field has.
func (f field) size() int { return (f.bits*f.len() + 7) / 8 }

// byte returns the i-th byte: numbers stand one after the other, the lowest bit first.
func (f field) byte(i int) byte {
	if f.bits == plainBits {
		return byte(f.n.Word(i/8) >> (8 * (i % 8)))
	}
	var b byte
	for k := range 8 {
		if at := 8*i + k; at/f.bits < f.len() {
			b |= f.bit(at/f.bits, at%f.bits) << k
		}
	}
	return b
}

// meaning is what the numbers of a field are to whoever reads them.
func (f field) meaning() string {
	name := f.value.Name
	switch {
	case !f.n.Ring(), f.value.Form != trace.Share && f.value.Fraction > 0 && !say.Uniform(name):
		return "" // they are read as the numbers they stand for
	case strings.Contains(name, "sealed"):
		return "sealed"
	case f.value.Form == trace.Share:
		return "noise"
	case f.value.Form == trace.Opened:
		return "masked"
	case strings.HasPrefix(name, "seed"):
		return "seed"
	case f.below(32):
		return "" // whole numbers
	}
	return "key"
}

// kind says what the numbers of a field are elements of.
func (f field) kind(mode string) string {
	switch {
	case !f.known:
		return ""
	case !f.n.Ring():
		return "float64"
	case f.value.Packed > 0:
		return fmt.Sprintf("bits, %d a row", f.value.Packed)
	case f.value.Fraction > 0 && f.meaning() != "masked":
		return fmt.Sprintf("Z mod 2⁶⁴, %d fraction bits", f.value.Fraction)
	case f.bits == 1:
		return "flags of 1 bit"
	case f.meaning() == "sealed", f.meaning() == "key", f.meaning() == "seed":
		return "words of 64 bits"
	case f.meaning() == "":
		return "whole numbers"
	case f.bits < plainBits:
		return fmt.Sprintf("Z mod 2^%d", f.bits)
	case mode == engine.SecureAggregation:
		return "Z mod 2^61 − 1"
	}
	return "Z mod 2⁶⁴"
}

// read writes the numbers that begin in bytes from…to−1 of the field, w cells each.
func (f field) read(from, to, w int) string {
	first, last := (8*from+f.bits-1)/f.bits, min((8*to+f.bits-1)/f.bits, f.len())
	meaning := f.meaning()
	switch {
	case f.bits < 8 && meaning != "":
		last = first + 1 // once for all
	case f.bits < 8:
		w = 2
	}
	var b strings.Builder
	for i := first; i < last; i++ {
		text := meaning
		switch {
		case text != "":
		case f.n.Ring() && f.value.Fraction == 0:
			text = strconv.FormatUint(f.n.Word(i), 10)
		default:
			text = strings.TrimSpace(widget.Num(f.n.At(i), 10))
		}
		b.WriteString(widget.FitLeft(text, w))
	}
	return b.String()
}

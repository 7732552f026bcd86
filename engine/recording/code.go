package recording

import (
	"encoding/binary"
	"math"
)

// decoder reads numbers from bytes. Once something does not fit it is bad, and
// everything else it reads is 0.
type decoder struct {
	data []byte
	at   int
	bad  bool
}

func (d *decoder) byte() byte {
	if d.at >= len(d.data) {
		d.bad = true
		return 0
	}
	d.at++
	return d.data[d.at-1]
}

func (d *decoder) uint() uint64 {
	x, n := binary.Uvarint(d.data[d.at:])
	if n <= 0 {
		d.bad, d.at = true, len(d.data)
		return 0
	}
	d.at += n
	return x
}

// number reads a whole number from 0 to 2^31 − 1.
func (d *decoder) number() int {
	x := d.uint()
	if x > math.MaxInt32 {
		d.bad = true
		return 0
	}
	return int(x)
}

// below reads a whole number from 0 to n − 1.
func (d *decoder) below(n int) int {
	x := d.number()
	if x >= n {
		d.bad = true
		return 0
	}
	return x
}

// count reads how many elements follow, each of at least so many bytes: what the
// rest of the data cannot hold is refused before anything is allocated for it.
func (d *decoder) count(least int) int {
	n := d.number()
	if n > (len(d.data)-d.at)/least {
		d.bad = true
		return 0
	}
	return n
}

func (d *decoder) int() int64 {
	x, n := binary.Varint(d.data[d.at:])
	if n <= 0 {
		d.bad, d.at = true, len(d.data)
		return 0
	}
	d.at += n
	return x
}

func (d *decoder) float() float64 { return math.Float64frombits(d.word()) }

func (d *decoder) word() uint64 {
	if len(d.data)-d.at < 8 {
		d.bad, d.at = true, len(d.data)
		return 0
	}
	d.at += 8
	return binary.LittleEndian.Uint64(d.data[d.at-8:])
}

func (d *decoder) text() string {
	n := d.count(1)
	d.at += n
	return string(d.data[d.at-n : d.at])
}

// encoder writes what decoder reads.
type encoder struct{ data []byte }

func (e *encoder) byte(x byte)     { e.data = append(e.data, x) }
func (e *encoder) number(x int)    { e.data = binary.AppendUvarint(e.data, uint64(x)) }
func (e *encoder) int(x int64)     { e.data = binary.AppendVarint(e.data, x) }
func (e *encoder) word(x uint64)   { e.data = binary.LittleEndian.AppendUint64(e.data, x) }
func (e *encoder) float(x float64) { e.word(math.Float64bits(x)) }

func (e *encoder) text(s string) {
	e.number(len(s))
	e.data = append(e.data, s...)
}

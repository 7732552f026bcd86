package trace

import (
	"encoding/binary"
	"math"
	"unsafe"

	"github.com/cespare/xxhash/v2"
	"gorgonia.org/tensor"
)

// Digest is a running fingerprint of a run: it covers every event so far, with
// its spans, parties, sizes and the bits of its output values. Two runs with
// equal digests at a position have done the same up to there, on one platform
// (across processors the last bits of floats may differ). It is not a
// cryptographic hash; it guards against mistakes, not against an adversary.
type Digest uint64

// Next returns the digest after the event e.
func (d Digest) Next(e *Event) Digest {
	var p printer
	p.Reset()
	p.number(uint64(d))
	p.number(uint64(e.Step))
	p.number(uint64(e.Kind)<<32 | uint64(e.Bytes))
	for _, s := range e.Path {
		p.number(uint64(s.Level)<<56 | uint64(s.Index))
		p.text(s.Name)
		p.text(s.Part)
	}
	p.text(e.Party)
	p.text(e.To)
	p.text(e.Why)
	for _, v := range e.Outputs {
		p.text(v.Name)
		for _, part := range v.Parts {
			p.text(part.Party)
			p.tensor(part.Data)
		}
	}
	p.flush()
	return Digest(p.Sum64())
}

// printer takes the fingerprint of one event. What is small is put together first: to
// hash each name by itself would take longer than to hash the numbers.
type printer struct {
	xxhash.Digest
	small [512]byte
	used  int // of small
}

// room makes room for n bytes in small, and reports whether so many fit at all.
func (p *printer) room(n int) bool {
	if p.used+n > len(p.small) {
		p.flush()
	}
	return n <= len(p.small)
}

func (p *printer) flush() {
	p.Write(p.small[:p.used])
	p.used = 0
}

func (p *printer) number(x uint64) {
	p.room(8)
	binary.LittleEndian.PutUint64(p.small[p.used:], x)
	p.used += 8
}

func (p *printer) text(s string) {
	if p.room(len(s)) {
		p.used += copy(p.small[p.used:], s)
	} else {
		p.WriteString(s)
	}
}

// tensor hashes shape and contents. Contents are hashed in the machine's own byte
// order, in one call: a replay is compared on one platform.
func (p *printer) tensor(t *tensor.Dense) {
	for _, n := range t.Shape() {
		p.number(uint64(n))
	}
	if t.IsScalar() {
		switch x := t.ScalarValue().(type) {
		case float64:
			p.number(math.Float64bits(x))
		case uint64:
			p.number(x)
		}
		return
	}
	switch t.Dtype() { // asking for t.Data() would allocate
	case tensor.Float64:
		hash(p, t.Float64s())
	case tensor.Uint64:
		hash(p, t.Uint64s())
	}
}

// hash hashes numbers as they lie in memory.
func hash[T float64 | uint64](p *printer, data []T) {
	if len(data) == 0 {
		return
	}
	raw := unsafe.Slice((*byte)(unsafe.Pointer(&data[0])), 8*len(data))
	if p.room(len(raw)) {
		p.used += copy(p.small[p.used:], raw)
	} else {
		p.Write(raw)
	}
}

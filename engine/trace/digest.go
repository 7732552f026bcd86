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
	var h xxhash.Digest
	h.Reset()
	var word [8]byte
	number := func(x uint64) {
		binary.LittleEndian.PutUint64(word[:], x)
		h.Write(word[:])
	}
	number(uint64(d))
	number(uint64(e.Step))
	number(uint64(e.Kind)<<32 | uint64(e.Bytes))
	for _, s := range e.Path {
		number(uint64(s.Level)<<56 | uint64(s.Index))
		h.WriteString(s.Name)
		h.WriteString(s.Part)
	}
	h.WriteString(e.Party)
	h.WriteString(e.To)
	h.WriteString(e.Why)
	for _, v := range e.Outputs {
		h.WriteString(v.Name)
		for _, p := range v.Parts {
			h.WriteString(p.Party)
			writeTensor(&h, p.Data, number)
		}
	}
	return Digest(h.Sum64())
}

// writeTensor hashes shape and contents. Contents are hashed in the machine's
// own byte order, in one call: a replay is compared on one platform.
func writeTensor(h *xxhash.Digest, t *tensor.Dense, number func(uint64)) {
	for _, n := range t.Shape() {
		number(uint64(n))
	}
	if t.IsScalar() {
		switch x := t.ScalarValue().(type) {
		case float64:
			number(math.Float64bits(x))
		case uint64:
			number(x)
		}
		return
	}
	switch t.Dtype() { // asking for t.Data() would allocate
	case tensor.Float64:
		writeNumbers(h, t.Float64s())
	case tensor.Uint64:
		writeNumbers(h, t.Uint64s())
	}
}

func writeNumbers[T float64 | uint64](h *xxhash.Digest, data []T) {
	if len(data) > 0 {
		h.Write(unsafe.Slice((*byte)(unsafe.Pointer(&data[0])), 8*len(data)))
	}
}

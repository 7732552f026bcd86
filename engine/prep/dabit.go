package prep

import (
	"math/rand/v2"

	"gorgonia.org/tensor"

	"unseen/engine/ring"
)

// DaBit is a random bit ρ for each element of a matrix, shared twice: as ⟨ρ⟩, its
// XOR shares packed 64 to a word, and as [ρ], additive shares of 0 or 1 (Rotaru
// and Wood 2019). Opening a shared bit b as m = b ⊕ ρ carries it over:
// [b] = m + [ρ] − 2m·[ρ].
type DaBit struct {
	once
	XOR        [][]uint64      // ⟨ρ⟩ by holder
	Arithmetic []*tensor.Dense // [ρ] by holder
}

// DaBit deals random bits for a matrix.
func (d *Dealer) DaBit(rows, columns int) *DaBit {
	b := &DaBit{once: d.ledger.DaBits.deal("a daBit"), XOR: d.uniformBits(rows*columns, d.holders)}
	rho := d.Buffers.New(rows, columns)
	ring.Unpack(rho, d.xor(b.XOR))
	b.Arithmetic = d.correct(rho)
	return b
}

// uniformBits expands n bits, packed, for each of the first so many holders; the
// others' are 0. Unused bits of the last word are 0.
func (d *Dealer) uniformBits(n, holders int) [][]uint64 {
	d.counter++
	shares := make([][]uint64, d.shares())
	for i := range shares {
		shares[i] = d.Buffers.Words(ring.Words(n))
		if i < holders {
			fillBits(d.draw(i, d.counter), shares[i], n)
		}
	}
	for i, own := range d.changed {
		if i < holders {
			held := d.Buffers.Words(ring.Words(n))
			fillBits(own.At(d.counter), held, n)
			d.AstrayBits(shares, shares[i], held)
			shares[i] = held
		}
	}
	return shares
}

// AstrayBits is [Dealer.Astray] for XOR shares.
func (d *Dealer) AstrayBits(shares [][]uint64, dealt, held []uint64) {
	astray := shares[d.holders]
	ring.Xor(astray, astray, dealt)
	ring.Xor(astray, astray, held)
}

// fillBits draws n bits, packed.
func fillBits(source rand.Source, words []uint64, n int) {
	if n == 0 {
		return
	}
	fill(source, words)
	if rest := n % 64; rest != 0 {
		words[len(words)-1] &= 1<<rest - 1
	}
}

// fill fills words from a source, at once where it can.
func fill(source rand.Source, words []uint64) {
	if bulk, ok := source.(interface{ Fill([]uint64) }); ok {
		bulk.Fill(words)
		return
	}
	for i := range words {
		words[i] = source.Uint64()
	}
}

// xor returns the bits of an XOR sharing.
func (d *Dealer) xor(shares [][]uint64) []uint64 {
	bits := d.Buffers.Words(len(shares[0]))
	for _, s := range shares {
		ring.Xor(bits, bits, s)
	}
	return bits
}

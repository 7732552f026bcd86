package prep

import (
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
	// Arrived is [ρ] as the holders have it, where it did not arrive as it was dealt;
	// else nil. The dealer goes on computing with what it dealt.
	Arrived []*tensor.Dense
}

// Held returns [ρ] as the holders have it.
func (b *DaBit) Held() []*tensor.Dense {
	if b.Arrived != nil {
		return b.Arrived
	}
	return b.Arithmetic
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
	shares := make([][]uint64, d.holders)
	for i := range shares {
		shares[i] = d.Buffers.Words(ring.Words(n))
		if i >= holders || n == 0 {
			continue
		}
		fill(d.draw(i, d.counter), shares[i])
		if rest := n % 64; rest != 0 {
			shares[i][len(shares[i])-1] &= 1<<rest - 1
		}
	}
	return shares
}

// fill fills words from a source, at once where it can.
func fill(source interface{ Uint64() uint64 }, words []uint64) {
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

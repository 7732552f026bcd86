package mpc

import (
	"gorgonia.org/tensor"

	"unseen/engine/prep"
	"unseen/engine/ring"
	"unseen/engine/trace"
)

// Bits is an XOR sharing ⟨b⟩ of a bit for each element of a matrix, packed 64 to
// a word.
type Bits struct {
	Rows, Columns int
	Share         [][]uint64 // by holder
}

// Bit is a shared bit for each element of a matrix that was carried over to
// additive sharing: m = b ⊕ ρ is public, and [ρ] is shared. With it, bit times
// value is local where the dealer knew of the product.
type Bit struct {
	m    []*tensor.Dense // 0 or 1, as each holder opened it
	rho  *prep.DaBit
	rhoR []*tensor.Dense // [ρ·r] for the r of the comparison; nil without
	sign *prep.Sign
}

// Shape returns rows and columns.
func (b *Bit) Shape() (rows, columns int) {
	s := b.m[0].Shape()
	return s[0], s[1]
}

// exchangeBits opens vectors of n shared bits, laid one after another, in one
// round, and returns them as each holder sees them.
//
// One round; each holder sends ⌈vectors·n/8⌉·(n−1) bytes.
func (p *Protocol) exchangeBits(round, what, why string, n, vectors int, share [][]uint64) [][]uint64 {
	sums := make([][]uint64, p.parties)
	arrived := p.arrivals(1)
	words := ring.Words(n)
	for to := range sums {
		if to > 0 && p.tamper == nil {
			sums[to] = sums[0]
			continue
		}
		sum := p.Dealer.Buffers.Words(len(share[0]))
		for from, s := range share {
			if p.tamper != nil {
				arrives := p.arrives(name(what), p.Holders[from], p.Holders[to], packed(s, words), n)
				arrived.note(0, from, to, arrives)
				s = arrives.Uint64s()
			}
			ring.Xor(sum, sum, s)
		}
		sums[to] = sum
	}
	bytes := (vectors*n + 7) / 8
	p.openings.note(Opening{What: what, Rows: vectors, Columns: n, To: "holders", Why: why}, p.place)
	if p.Tracer.Watched() {
		p.tellBits(round, what, why, n, bytes, share, sums, arrived)
	} else {
		p.count(bytes)
	}
	return sums
}

// tellBits reports a round of exchanged bits, vectors of n: messages and the opening.
func (p *Protocol) tellBits(round, what, why string, n, bytes int, share, sums [][]uint64, arrived arrivals) {
	short, words := name(what), ring.Words(n)
	p.Tracer.Begin(trace.Scope{Level: trace.Round, Name: round})
	for from, sender := range p.Holders {
		all := packed(share[from], words) // what everybody is sent
		for to, receiver := range p.Holders {
			if from == to {
				continue
			}
			sent := arrived.of(0, from, to, all)
			p.Tracer.Begin(trace.Scope{Level: trace.Message, Name: "share of " + short})
			receiver.Store.PutShare(short+" of "+sender.ID, trace.Share, 0, sent, p.Tracer.Step()+1, "received from "+sender.ID, true)
			p.Link.Count(sender, receiver, bytes)
			p.Tracer.EndMessage(sender.ID, receiver.ID, bytes, []trace.Value{{Name: short, Form: trace.Share, Packed: n, Parts: []trace.Part{{Party: receiver.ID, Data: sent}}}})
		}
	}
	p.Tracer.Begin(trace.Scope{Level: trace.Message, Name: short})
	opened := trace.Value{Name: short, Form: trace.Opened, Packed: n}
	for i, h := range p.Holders {
		data := packed(sums[i], words)
		h.Store.PutShare(short, trace.Opened, 0, data, p.Tracer.Step()+1, what+", opened", true)
		opened.Parts = append(opened.Parts, trace.Part{Party: h.ID, Data: data})
	}
	p.Tracer.EndOpen("", why, []trace.Value{opened})
	p.Link.Round()
	p.Tracer.End(nil, nil)
}

// carry opens m = b ⊕ ρ for each of several bits, in one round, with the random
// bits of the signs. The dealer's ρ hides b; with m public, [b] is local.
func (p *Protocol) carry(signs []prep.Sign, bits []*Bits) []*Bit {
	n := bits[0].Rows * bits[0].Columns
	words := ring.Words(n)
	share := p.vectors(words * len(bits))
	for i := range share {
		for j, b := range bits {
			ring.Xor(share[i][j*words:(j+1)*words], b.Share[i], signs[j].Bit.XOR[i])
		}
	}
	for j := range bits {
		p.must(signs[j].Bit.Use(p.place))
	}
	opened := p.exchangeBits("open m", "m = b ⊕ ρ", "ρ is a random bit used once: m is uniform whatever b is", n, len(bits), share)
	out := make([]*Bit, len(bits))
	for j, b := range bits {
		out[j] = &Bit{m: make([]*tensor.Dense, p.parties), rho: signs[j].Bit, rhoR: signs[j].RhoR, sign: &signs[j]}
		for i := range opened {
			if i > 0 && &opened[i][0] == &opened[0][0] {
				out[j].m[i] = out[j].m[0]
				continue
			}
			out[j].m[i] = p.Dealer.Buffers.New(b.Rows, b.Columns)
			ring.Unpack(out[j].m[i], opened[i][j*words:(j+1)*words])
		}
	}
	return out
}

// Arithmetic returns the bit as additive shares of 0 or 1: [b] = m + [ρ] − 2m·[ρ].
// No rounds.
func (p *Protocol) Arithmetic(b *Bit) *Shared {
	rho := &Shared{Share: b.rho.Arithmetic}
	return p.like(rho, func(i int, z *tensor.Dense) {
		out, rhos := z.Uint64s(), rho.Share[i].Uint64s()
		for j, m := range b.m[i].Uint64s() {
			share := rhos[j] - 2*m*rhos[j]
			if i == first {
				share += m
			}
			out[j] = p.Ring.Fold(share)
		}
	})
}

// times returns [b·x] = m·[x] + [ρ·x] − 2m·[ρ·x] from sharings of x and ρ·x. No
// rounds.
func (p *Protocol) times(b *Bit, x, rhoX *Shared) *Shared {
	return p.like(x, func(i int, z *tensor.Dense) {
		out, xs, rhoXs := z.Uint64s(), x.Share[i].Uint64s(), rhoX.Share[i].Uint64s()
		for j, m := range b.m[i].Uint64s() {
			out[j] = p.Ring.Fold(m*xs[j] + rhoXs[j] - 2*m*rhoXs[j])
		}
	})
}

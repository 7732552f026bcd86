package mpc

import (
	"fmt"

	"gorgonia.org/tensor"

	"unseen/engine/ring"
)

// TruncationError says that a truncation cannot be run.
type TruncationError struct {
	Bits    int
	What    string
	Parties int
}

func (e *TruncationError) Error() string {
	return fmt.Sprintf("truncation by %d bits among %d holders: %s", e.Bits, e.Parties, e.What)
}

// checkTruncation refuses what cannot be truncated, before anything is sent.
func (p *Protocol) checkTruncation(f int) {
	if err := p.Ring.CheckSign(); err != nil {
		p.abort(err)
	}
	if k := p.Ring.Width(); f < 1 || f > k-2 {
		p.abort(&TruncationError{f, fmt.Sprintf("it must be by 1 to %d bits in %v", k-2, p.Ring), p.parties})
	}
}

// Truncate returns [x / 2^f], as the dealer's truncation does it, for any number
// of holders in a ring of 2^k elements.
//
// The dealer picks r uniform and shares [r], [r_mid] with r_mid = (r mod 2^(k−1)) >> f,
// and [r_msb]. Open c = x + 2^(k−2) + r. With c' = (c mod 2^(k−1)) >> f and
//
//	[b] = [r_msb] + c_msb − 2·c_msb·[r_msb]
//
// the result is c' − [r_mid] + 2^(k−1−f)·[b] − 2^(k−2−f) (protocols, section 4).
//
// Rounds: 1. Each holder sends 8·(n−1) bytes an element. It reveals c, which is
// uniform. Error: the result is x/2^f rounded down or up, up with the probability
// of the fraction: unbiased. Range: −2^(k−2) ≤ x < 2^(k−2); outside, the result is
// wrong, and nobody can tell.
func (p *Protocol) Truncate(x *Shared, f int) *Shared {
	p.place = "truncate"
	p.checkTruncation(f)
	rows, columns := x.Shape()
	t, k := p.Dealer.Truncation(rows, columns, f), p.Ring.Width()
	shifted := p.Add(p.AddConstant(x, p.Ring.Quarter()), &Shared{Share: t.R})
	opened := p.exchange(masked{shifted, "x + 2^(k−2) + r", "r is uniform and used once: the sum is uniform whatever x is"})[0]

	mid, msb := ring.New(rows, columns), ring.New(rows, columns)
	return p.each(rows, columns, func(i int, z *tensor.Dense) {
		p.Ring.Mids(mid, opened[i], f)
		p.Ring.Msbs(msb, opened[i])
		for j, c := range msb.Uint64s() {
			rMsb := t.Msb[i].Uint64s()[j]
			b := rMsb - 2*c*rMsb // [b] without the public c_msb
			share := b<<(k-1-f) - t.Mid[i].Uint64s()[j]
			if i == first {
				share += mid.Uint64s()[j] + c<<(k-1-f) - 1<<(k-2-f)
			}
			z.Uint64s()[j] = p.Ring.Fold(share)
		}
	})
}

// TruncateLocal returns [x / 2^f] between two holders without a word: each shifts
// its own share, the second one negated before and after (Mohassel and Zhang 2017,
// SecureML, section 4.1).
//
// Rounds: none. It reveals nothing. Error: at most 1 ulp, except with probability
// about |x| / 2^k, when the result is wrong by 2^(k−f): too often for training on
// large numbers, and unusable with more than two holders.
func (p *Protocol) TruncateLocal(x *Shared, f int) *Shared {
	p.place = "truncate locally"
	p.checkTruncation(f)
	if p.parties != 2 {
		p.abort(&TruncationError{f, "the local way is for two", p.parties})
	}
	return p.like(x, func(i int, z *tensor.Dense) {
		for j, s := range x.Share[i].Uint64s() {
			if i == first {
				z.Uint64s()[j] = s >> f
			} else {
				z.Uint64s()[j] = p.Ring.Fold(-(p.Ring.Fold(-s) >> f))
			}
		}
	})
}

package mpc

import (
	"errors"
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"unseen/engine/prep"
	"unseen/engine/ring"
)

// TruncationError says that a truncation cannot be run.
type TruncationError struct {
	Bits    int
	What    string
	Parties int
}

// Error says which truncation cannot be run, and why.
func (e *TruncationError) Error() string {
	return fmt.Sprintf("truncation by %d bits among %d holders: %s", e.Bits, e.Parties, e.What)
}

// checkTruncation refuses what cannot be truncated, before anything is sent.
func (p *Protocol) checkTruncation(f int) {
	p.must(p.Ring.CheckSign())
	if k := p.Ring.Width(); f < 1 || f > k-2 {
		p.abort(&TruncationError{f, fmt.Sprintf("it must be by 1 to %d bits in %v", k-2, p.Ring), p.parties})
	}
}

// watch shows the simulator's watcher the plaintexts that are about to be
// truncated or compared, if there is one.
func (p *Protocol) watch(values ...*Shared) {
	if p.Watch == nil {
		return
	}
	for i, x := range values {
		sum := p.Dealer.Buffers.New(x.Share[0].Shape()[0], x.Share[0].Shape()[1])
		for _, s := range x.Share {
			p.Ring.Add(sum, sum, s)
		}
		if err := p.Watch(p.place, sum); err != nil {
			rows, columns := x.Shape()
			p.abort(&WatchError{Name: x.Name, Matrix: i + 1, Of: len(values), Rows: rows, Columns: columns, Fraction: x.Fraction, Cause: err})
		}
	}
}

// WatchError says which of the values about to be truncated or compared the watcher
// objects to.
type WatchError struct {
	Name          string // may be empty
	Matrix, Of    int    // counted from 1
	Rows, Columns int
	Fraction      int // fraction bits
	Cause         error
}

// Error says which number has no room, and what may help.
func (e *WatchError) Error() string {
	what := e.Name
	switch {
	case what == "" && e.Of == 1:
		what = "the matrix"
	case what == "":
		what = fmt.Sprintf("matrix %d of %d", e.Matrix, e.Of)
	}
	where := fmt.Sprintf("%s (%d×%d, %d fraction bits)", what, e.Rows, e.Columns, e.Fraction)
	var far *ring.OverflowError
	if !errors.As(e.Cause, &far) {
		return fmt.Sprintf("%s: %v", where, e.Cause)
	}
	return fmt.Sprintf("the number at [%d,%d] of %s comes out as %.6g, and there is room below %.6g only; try a smaller learning rate, scaled features, or fewer fraction bits",
		far.Row, far.Column, where, math.Ldexp(float64(far.Value), -e.Fraction), math.Ldexp(1, far.Limit-e.Fraction))
}

// Unwrap returns the cause.
func (e *WatchError) Unwrap() error { return e.Cause }

// Look shows the simulator's watcher values that no protocol is going to show it soon:
// name is the operation's that they come from.
func (p *Protocol) Look(name string, values ...*Shared) {
	if p.Watch == nil {
		return
	}
	outer := p.place
	p.place = name
	p.watch(values...)
	p.place = outer
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
func (p *Protocol) Truncate(x *Shared, f int) *Shared { return p.TruncateAll(f, x)[0] }

// TruncateAll is [Protocol.Truncate] for several values in one round.
func (p *Protocol) TruncateAll(f int, values ...*Shared) []*Shared {
	bits := make([]int, len(values))
	for i := range bits {
		bits[i] = f
	}
	return p.TruncateEach(bits, values...)
}

// TruncateEach is [Protocol.TruncateAll] with bits of its own for each value.
func (p *Protocol) TruncateEach(bits []int, values ...*Shared) (out []*Shared) {
	defer p.begin("truncate", values...).endAll(&out)
	pairs := make([]*prep.Truncation, len(values))
	list := make([]masked, len(values))
	for _, f := range bits {
		p.checkTruncation(f)
	}
	p.watch(values...)
	for v, x := range values {
		rows, columns := x.Shape()
		pairs[v] = p.Dealer.Truncation(rows, columns, bits[v])
		p.must(pairs[v].Use(p.place))
		of := among("c", v+1, len(values))
		of.label = x.Label
		p.dealtTruncation(pairs[v], of)
		list[v] = p.shifted(x, pairs[v].R)
	}
	out = make([]*Shared, len(values))
	for v, c := range p.exchange(list...) {
		out[v] = p.truncated(c, pairs[v].Parts, bits[v])
		out[v].Fraction = values[v].Fraction - bits[v]
		p.keepCut(values[v], out[v], list, v, "")
	}
	return out
}

// among is one of so many of a kind.
func among(what string, at, of int) sibling {
	if of < 2 {
		return sibling{}
	}
	return sibling{what: what, at: at}
}

// dealtTruncation accounts for a truncation pair.
func (p *Protocol) dealtTruncation(t *prep.Truncation, of sibling) {
	material := []dealtShares{{name: "r", matrix: t.R, uniform: true}, {name: "r_mid", matrix: t.Mid}, {name: "r_msb", matrix: t.Msb}}
	if t.Under.Mid != nil {
		material = append(material, dealtShares{name: "ρ·r_mid", matrix: t.Under.Mid}, dealtShares{name: "ρ·r_msb", matrix: t.Under.Msb})
	}
	for i := range material {
		material[i].of = of
	}
	p.dealt(material...)
}

// shifted masks x for a truncation: c = x + 2^(k−2) + r.
func (p *Protocol) shifted(x *Shared, r []*tensor.Dense) masked {
	c := p.like(x, func(i int, z *tensor.Dense) {
		p.Ring.Add(z, x.Share[i], r[i])
		if i == first {
			p.Ring.AddConstant(z, z, p.Ring.Quarter())
		}
	})
	what, label := "x", x.Label
	if x.Name != "" {
		what = x.Name
	}
	if label != "" {
		label = " " + label
	}
	return masked{c, "c" + label + " = " + what + " + 2^(k−2) + r" + label, "r is uniform and used once: the sum is uniform whatever x is",
		p.sum(x, p.Ring.Width()-2, label)}
}

// truncated computes c' − [r_mid] + 2^(k−1−f)·([r_msb] + c_msb − 2·c_msb·[r_msb]) − 2^(k−2−f)
// from the opened c.
func (p *Protocol) truncated(c []*tensor.Dense, r prep.Parts, f int) *Shared {
	k := p.Ring.Width()
	below := uint64(1)<<(k-1) - 1
	return p.like(&Shared{Share: c}, func(i int, z *tensor.Dense) {
		out, rMid, rMsb := z.Uint64s(), r.Mid[i].Uint64s(), r.Msb[i].Uint64s()
		for j, c := range c[i].Uint64s() {
			cMid, cMsb := c&below>>f, c>>(k-1)&1
			b := rMsb[j] - 2*cMsb*rMsb[j] // [b] without the public c_msb
			share := b<<(k-1-f) - rMid[j]
			if i == first {
				share += cMid + cMsb<<(k-1-f) - 1<<(k-2-f)
			}
			out[j] = p.Ring.Fold(share)
		}
	})
}

// TruncateExact returns [⌊x / 2^f⌋]: the dealer's truncation rounds up exactly
// where the f low bits of x + r wrap around, so
//
//	[⌊x/2^f⌋] = [dealer's truncation] − [c mod 2^f < r mod 2^f]
//
// (protocols, section 4).
//
// Rounds: 1 for c, one for each level of combining the digits of f bits (1 for
// f ≤ 16), 1 for the bit. It reveals c and a bit hidden by ρ, both uniform. Error:
// none. Range: as [Protocol.Truncate].
func (p *Protocol) TruncateExact(x *Shared, f int) (z *Shared) {
	defer p.begin("truncate exactly", x).end(&z)
	p.checkTruncation(f)
	p.watch(x)
	mask := p.comparison(x, prep.Want{Width: f, Count: 1, Truncation: f})
	shifted := p.shifted(x, mask.R)
	c := p.exchange(shifted)[0]
	carry := p.openBits(mask, p.less(mask, c))[0]
	z = p.scaled(p.Sub(p.truncated(c, mask.Parts, f), p.Arithmetic(carry)), x.Fraction-f)
	p.keepCut(x, z, []masked{shifted}, 0, ", and by m and ρ")
	return z
}

// TruncateLocal returns [x / 2^f] between two holders without a word: each shifts
// its own share, the second one negated before and after (Mohassel and Zhang 2017,
// SecureML, section 4.1).
//
// Rounds: none. It reveals nothing. Error: at most 1 ulp, except with probability
// about |x| / 2^k, when the result is wrong by 2^(k−f): too often for training on
// large numbers, and unusable with more than two holders.
func (p *Protocol) TruncateLocal(x *Shared, f int) (z *Shared) {
	defer p.begin("truncate locally", x).end(&z)
	p.checkTruncation(f)
	if p.parties != 2 {
		p.abort(&TruncationError{f, "the local way is for two", p.parties})
	}
	p.watch(x)
	z = p.like(x, func(i int, z *tensor.Dense) {
		for j, s := range x.Share[i].Uint64s() {
			if i == first {
				z.Uint64s()[j] = s >> f
			} else {
				z.Uint64s()[j] = p.Ring.Fold(-(p.Ring.Fold(-s) >> f))
			}
		}
	})
	p.scaled(z, x.Fraction-f)
	if x.Name == "" && x.Known != "" {
		p.Keep(x.Known, z, "%s cut to %d fraction bits", x.Known, z.Fraction)
	}
	return z
}

package mpc

import (
	"gorgonia.org/tensor"

	"unseen/engine/party"
)

// Flight is something on its way: a share that one holder sends another, or the
// owner of a result; or what the dealer sends the last holder.
type Flight struct {
	What     string        // "d": what it is a share of
	Place    string        // the operation under way; empty outside of any
	From, To string        // the parties' ids
	Data     *tensor.Dense // ring elements, or packed bits: what arrives
	Packed   int           // of bits: how many make a row of Data; of ring elements 0
}

// Tamper lets f change whatever is on its way, in place: Data is f's own copy, except
// that it is the last holder's only one of what the dealer sends. It is for
// experiments: what it shows is that semi-honest protocols take whatever arrives.
// Nil ends it. The dealer computes on with what it has sent.
func (p *Protocol) Tamper(f func(Flight)) {
	p.tamper, p.Dealer.Apart = f, f != nil
}

// Arrives returns what arrives of a matrix that one party sends another: the matrix,
// unless somebody tampers.
func (p *Protocol) Arrives(what string, from, to *party.Party, sent *tensor.Dense) *tensor.Dense {
	return p.arrives(what, from, to, sent, 0)
}

func (p *Protocol) arrives(what string, from, to *party.Party, sent *tensor.Dense, bits int) *tensor.Dense {
	if p.tamper == nil || from == to {
		return sent
	}
	sent = sent.Clone().(*tensor.Dense)
	p.tamper(Flight{what, p.place, from.ID, to.ID, sent, bits})
	return sent
}

// tamperDealt is [Protocol.Arrives] for corrections of the dealer, which lie where the
// last holder will look for them.
func (p *Protocol) tamperDealt(material []dealtShares) {
	last := p.parties - 1
	for _, m := range material {
		if m.uniform {
			continue
		}
		data := m.share(last)
		if m.matrix == nil {
			data = packed(m.bits.Share[last][m.skip:], m.bits.Words)
		}
		dealt := m.share(last).Clone().(*tensor.Dense)
		p.tamper(Flight{name(m.name), p.place, p.Crypto.ID, p.Holders[last].ID, data, m.packed})
		if m.matrix != nil {
			p.Dealer.Astray(m.matrix, dealt, m.matrix[last])
		} else {
			p.Dealer.AstrayBits(m.bits.Share, dealt.Uint64s(), m.bits.Share[last])
		}
	}
}

// arrivals are the shares of an exchange as they arrived, by value, sender and receiver,
// where somebody tampers and somebody watches; else nil: they arrived as they were sent.
type arrivals [][][]*tensor.Dense

func (p *Protocol) arrivals(values int) arrivals {
	if p.tamper == nil || !p.Tracer.Watched() {
		return nil
	}
	a := make(arrivals, values)
	for v := range a {
		a[v] = make([][]*tensor.Dense, p.parties)
		for from := range a[v] {
			a[v][from] = make([]*tensor.Dense, p.parties)
		}
	}
	return a
}

func (a arrivals) note(v, from, to int, share *tensor.Dense) {
	if a != nil {
		a[v][from][to] = share
	}
}

// of returns a share as it arrived.
func (a arrivals) of(v, from, to int, sent *tensor.Dense) *tensor.Dense {
	if a == nil {
		return sent
	}
	return a[v][from][to]
}

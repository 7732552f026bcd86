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
// Nil ends it.
//
// The dealer's random bits [ρ] are left out: dealer and holders live in one process
// and have them once, and the dealer goes on computing with them.
func (p *Protocol) Tamper(f func(Flight)) { p.tamper = f }

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
		p.tamper(Flight{m.name, p.place, p.Crypto.ID, p.Holders[last].ID, data, m.packed})
	}
}

package mpc

import (
	"fmt"

	"gorgonia.org/tensor"

	"unseen/engine/prep"
	"unseen/engine/ring"
)

// masked is a value about to be opened, and what is written down about it.
type masked struct {
	x         *Shared
	what, why string
}

// exchange sends every holder's shares of all values to every other holder, in one
// round, and returns the values as each holder adds them up: sums[v][i] is value v
// at holder i.
//
// One round; each holder sends 8·(n−1) bytes an element.
func (p *Protocol) exchange(values ...masked) [][]*tensor.Dense {
	sums := make([][]*tensor.Dense, len(values))
	for v, m := range values {
		rows, columns := m.x.Shape()
		sums[v] = make([]*tensor.Dense, p.parties)
		for to := range p.parties {
			if to > 0 && p.tamper == nil { // all get the same messages, and so the same sum
				sums[v][to] = sums[v][0]
				continue
			}
			sum := ring.New(rows, columns)
			for from, share := range m.x.Share {
				if p.tamper != nil && from != to {
					share = share.Clone().(*tensor.Dense)
					p.tamper(from, to, share)
				}
				p.Ring.Add(sum, sum, share)
			}
			sums[v][to] = sum
		}
		p.openings = append(p.openings, Opening{What: m.what, Rows: rows, Columns: columns, To: "holders", Why: m.why})
		for from := range p.parties {
			p.sent(from, p.parties-1, rows*columns)
		}
	}
	p.cost.Rounds++
	p.cost.Messages += int64(p.parties * (p.parties - 1))
	return sums
}

// sent counts elements that a holder sends to so many others.
func (p *Protocol) sent(from, receivers, elements int) {
	bytes := int64(wordBytes * receivers * elements)
	p.cost.Bytes += bytes
	p.cost.Sent[fmt.Sprint("holder ", from)] += bytes
}

// Open makes values known to all holders, all of them in one round, and returns
// them as the first holder sees them. why says why they may be known.
//
// Rounds: 1. Each holder sends 8·(n−1) bytes an element. It reveals the values,
// and nothing else.
func (p *Protocol) Open(why string, values ...*Shared) []*tensor.Dense {
	p.place = "open"
	list := make([]masked, len(values))
	for i, x := range values {
		list[i] = masked{x, "x", why}
	}
	out := make([]*tensor.Dense, len(values))
	for v, sums := range p.exchange(list...) {
		out[v] = sums[0]
	}
	return out
}

// RevealTo makes a value known to one party outside the holders, such as the
// owner of a model, and returns it.
//
// Rounds: 1. Each holder sends it 8 bytes an element.
func (p *Protocol) RevealTo(party, why string, x *Shared) *tensor.Dense {
	p.place = "reveal to " + party
	rows, columns := x.Shape()
	sum := ring.New(rows, columns)
	for from, share := range x.Share {
		p.Ring.Add(sum, sum, share)
		p.sent(from, 1, rows*columns)
	}
	p.cost.Rounds++
	p.cost.Messages += int64(p.parties)
	p.openings = append(p.openings, Opening{What: "x", Rows: rows, Columns: columns, To: party, Why: why})
	return sum
}

// openUnderMasks opens x − a for each value that was not opened under a mask yet,
// all of them in one round. A mask belongs to the first value it is opened with:
// opening the same value again costs nothing and says nothing new.
func (p *Protocol) openUnderMasks(values ...*Shared) {
	var list []masked
	var fresh []*Shared
	for _, x := range values {
		if x.mask != nil {
			continue
		}
		rows, columns := x.Shape()
		x.mask = p.Dealer.Mask(rows, columns)
		if err := x.mask.Meet(x, p.place); err != nil {
			p.abort(err)
		}
		fresh = append(fresh, x)
		list = append(list, masked{p.Sub(x, &Shared{Share: x.mask.Share}), "x − a",
			"a is uniform and meets only x: x − a is uniform whatever x is"})
	}
	if len(fresh) == 0 {
		return
	}
	for v, sums := range p.exchange(list...) {
		fresh[v].d = sums
	}
}

// product deals and takes the product share of two masks.
func (p *Protocol) product(k prep.Kind, x, y *Shared) []*tensor.Dense {
	c, err := p.Dealer.Product(k, x.mask, y.mask).Use(p.place)
	if err != nil {
		p.abort(err)
	}
	return c
}

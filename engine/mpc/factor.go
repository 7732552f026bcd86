package mpc

import (
	"fmt"
	"slices"
	"strings"

	"gorgonia.org/tensor"

	"unseen/engine/prep"
)

// factor is a value that is ready to be multiplied: it is open but for masks,
//
//	x = d + Σ q_t ⊙ a_t,
//
// with d and the q_t public and the a_t dealt. What was opened as x − a is one,
// with one mask. So is every truncated value, with the two parts of the truncation's
// mask: c = x + 2^(k−2) + r was opened to truncate x, and by the formula of
// [Protocol.Truncate]
//
//	x / 2^f = d − r_mid + (1 − 2·c_msb)·2^(k−1−f)·r_msb,   d = c' + 2^(k−1−f)·c_msb − 2^(k−2−f).
//
// Chains of products and truncations therefore take one round for each
// truncation, and none for the products.
type factor struct {
	*Shared
	d     []*tensor.Dense // by holder
	masks []term
}

// term is q ⊙ a with q = scale, or scale·(1 − 2·sign) where there are signs.
type term struct {
	a     *prep.Mask
	scale uint64
	sign  []*tensor.Dense // public bits, by holder; nil: none
}

// pending is a value to be made a factor: truncated by so many bits, or by 0: as
// it is, opened under a mask.
type pending struct {
	x    *Shared
	bits int
}

// factors truncates values and opens others under masks, all of them in one round.
// A value that was opened under its mask before costs nothing.
func (p *Protocol) factors(values ...pending) []*factor {
	pairs := make([]*prep.Truncation, len(values))
	place := make([]int, len(values)) // in what is opened
	var list []masked
	cut, hidden := toOpen(values)
	cuts, hides := 0, 0
	for v, m := range values {
		rows, columns := m.x.Shape()
		switch {
		case m.bits > 0:
			cuts++
			p.watch(m.x)
			pairs[v] = p.Dealer.Truncation(rows, columns, m.bits)
			p.must(pairs[v].Use(p.place))
			p.dealtTruncation(pairs[v], among("c", cuts, cut))
			place[v] = len(list)
			list = append(list, p.shifted(m.x, pairs[v].R))
		case m.x.mask == nil:
			m.x.mask = p.Dealer.Mask(rows, columns)
			p.must(m.x.mask.Meet(m.x, p.place))
			hides++
			p.dealt(dealtShares{name: "a", matrix: m.x.mask.Share, uniform: true, of: among("d", hides, hidden)})
			place[v] = len(list)
			list = append(list, p.hidden(m.x, "d = x − a", "a"))
		}
	}
	var opened [][]*tensor.Dense
	if len(list) > 0 {
		opened = p.exchange(list...)
	}
	out := make([]*factor, len(values))
	for v, m := range values {
		if m.bits > 0 {
			out[v] = p.opened(opened[place[v]], pairs[v].Parts, m.bits)
			out[v].Fraction = m.x.Fraction - m.bits
			p.keepCut(m.x, out[v].Shared, list, place[v], "")
			continue
		}
		if m.x.d == nil {
			m.x.d = opened[place[v]]
		}
		out[v] = &factor{m.x, m.x.d, []term{{a: m.x.mask, scale: 1}}}
	}
	return out
}

// keepCut keeps what a value that is known by a name was truncated to, under that name. It
// was opened as the one at that place of a list, and more is what else it took. Values with
// names of their own are remembered by whoever named them.
func (p *Protocol) keepCut(x, cut *Shared, opened []masked, place int, more string) {
	if x.Known == "" || x.Name != "" || !p.Tracer.Watched() {
		return
	}
	c, of := distinct(opened)[place], ""
	if c != "c" {
		of = " for " + c
	}
	p.Keep(x.Known, cut, "%s cut to %d fraction bits by %s, r_mid%s and r_msb%s%s", x.Known, cut.Fraction, c, of, of, more)
}

// toOpen counts the values that are going to be truncated, and those that are going to be
// opened under masks.
func toOpen(values []pending) (cut, hidden int) {
	for v, m := range values {
		again := slices.ContainsFunc(values[:v], func(n pending) bool { return n.bits == 0 && n.x == m.x })
		if m.bits > 0 {
			cut++
		} else if m.x.mask == nil && !again {
			hidden++
		}
	}
	return cut, hidden
}

// rider is a computation that shares the rounds of another one: each step is given what
// the step before had opened, and says what is to be opened next.
type rider struct {
	steps []func(open []*factor) []pending
	open  []*factor
}

// factorsAlong is factors for values and for the next step of a rider, which may be nil.
// It returns those of the values.
func (p *Protocol) factorsAlong(r *rider, values ...pending) []*factor {
	n := len(values)
	if r == nil || len(r.steps) == 0 {
		return p.factors(values...)
	}
	values = append(values, r.steps[0](r.open)...)
	r.steps = r.steps[1:]
	open := p.factors(values...)
	r.open = open[n:]
	return open[:n]
}

// finish takes the steps that are left of a rider and returns what the last one opened.
func (p *Protocol) finish(r *rider) []*factor {
	for len(r.steps) > 0 {
		p.factorsAlong(r)
	}
	return r.open
}

// shrink is factors for one value: [x / 2^bits].
func (p *Protocol) shrink(x *Shared, bits int) *factor {
	return p.factors(pending{x, bits})[0]
}

// opened is the value that was opened as c = x + 2^(k−2) + r, divided by 2^f.
func (p *Protocol) opened(c []*tensor.Dense, r prep.Parts, f int) *factor {
	k := p.Ring.Width()
	sign := p.public(c, func(z, c *tensor.Dense) { p.Ring.Msbs(z, c) })
	d := p.public(c, func(z, c *tensor.Dense) {
		below := uint64(1)<<(k-1) - 1
		for j, v := range c.Uint64s() { // c' + 2^(k−1−f)·c_msb − 2^(k−2−f)
			z.Uint64s()[j] = p.Ring.Fold(v&below>>f + v>>(k-1)&1<<(k-1-f) - 1<<(k-2-f))
		}
	})
	return &factor{p.truncated(c, r, f), d, []term{
		{a: &prep.Mask{Share: r.Mid}, scale: p.Ring.Element(-1)},
		{a: &prep.Mask{Share: r.Msb}, scale: p.Ring.Fold(1 << (k - 1 - f)), sign: sign},
	}}
}

// factorOf makes a factor of a bit that was opened as m = b ⊕ ρ: b = m + (1 − 2m)·ρ.
func (p *Protocol) factorOf(b *Bit) *factor {
	return &factor{p.Arithmetic(b), b.m, []term{{a: &prep.Mask{Share: b.rho.Arithmetic}, scale: 1, sign: b.m}}}
}

// atEach computes something from the matrix of each holder; where they have one and the
// same, as they have of opened values, once.
func atEach(list []*tensor.Dense, f func(*tensor.Dense) *tensor.Dense) []*tensor.Dense {
	out := make([]*tensor.Dense, len(list))
	for i, m := range list {
		if i > 0 && m == list[0] {
			out[i] = out[0]
			continue
		}
		out[i] = f(m)
	}
	return out
}

// public computes a public matrix from one of its shape that is known to all holders.
func (p *Protocol) public(c []*tensor.Dense, f func(z, c *tensor.Dense)) []*tensor.Dense {
	return atEach(c, func(c *tensor.Dense) *tensor.Dense {
		z := p.Dealer.Buffers.New(c.Shape()[0], c.Shape()[1])
		f(z, c)
		return z
	})
}

// multiply returns [x ⊙ y] without a round:
//
//	[z] = Σ q_s·q_t·[a_s ⊙ b_t] + d·[y] + [x]·e − d·e,
//
// with the products of masks from the dealer and the last term at one holder only.
// It is Beaver's formula with [b] = [y] − e and [a] = [x] − d.
func (p *Protocol) multiply(x, y *factor) *Shared {
	z, _ := p.multiplied(x, y)
	return z
}

// multiplied is multiply, and lists the dealt products that it took.
func (p *Protocol) multiplied(x, y *factor) (*Shared, []*maskProduct) {
	if x.d[first].Size() > y.d[first].Size() {
		x, y = y, x
	}
	x = p.widened(x, y)
	products := p.maskProducts(x, y)
	z := p.like(y.Shared, func(i int, z *tensor.Dense) {
		d, e, xs, ys := x.d[i].Uint64s(), y.d[i].Uint64s(), x.Share[i].Uint64s(), y.Share[i].Uint64s()
		for j := range z.Uint64s() {
			share := d[j]*ys[j] + xs[j]*e[j]
			if i == first {
				share -= d[j] * e[j]
			}
			z.Uint64s()[j] = share
		}
		for _, m := range products {
			m.add(z.Uint64s(), i)
		}
		p.Ring.Reduce(z, z)
	})
	return p.scaled(z, x.Fraction+y.Fraction), products
}

// product is multiply, whose result is kept under a name.
func (p *Protocol) product(called string, x, y *factor) *Shared {
	z, masks := p.multiplied(x, y)
	if !p.Tracer.Watched() {
		return z
	}
	names := make([]string, len(masks))
	for i, m := range masks {
		names[i] = m.name
	}
	return p.Keep(called, z, "%s · %s by %s", x.Word(), y.Word(), strings.Join(names, ", "))
}

// maskProduct is q_s·q_t·[a_s ⊙ b_t].
type maskProduct struct {
	name  string
	share []*tensor.Dense
	s, t  term
}

// add adds the holder's share to z.
func (m *maskProduct) add(z []uint64, holder int) {
	scale := m.s.scale * m.t.scale
	for j, c := range m.share[holder].Uint64s() {
		q := scale
		if m.s.sign != nil {
			q *= 1 - 2*m.s.sign[holder].Uint64s()[j]
		}
		if m.t.sign != nil {
			q *= 1 - 2*m.t.sign[holder].Uint64s()[j]
		}
		z[j] += q * c
	}
}

// maskProducts deals and takes the products of the masks of x and y. A product
// whose factor is a multiple of 2^k is none; in a square a_s·a_t and a_t·a_s are
// one.
func (p *Protocol) maskProducts(x, y *factor) []*maskProduct {
	var out []*maskProduct
	for i, s := range x.masks {
		for j, t := range y.masks {
			if x == y && j < i || p.Ring.Fold(s.scale*t.scale) == 0 {
				continue
			}
			product := p.Dealer.Product(prep.Elementwise, s.a, t.a)
			p.must(product.Use(p.place))
			name := productOf(x, y, i, j)
			p.dealt(dealtShares{name: name, matrix: product.Share})
			once := &maskProduct{name, product.Share, s, t}
			if x == y && j > i {
				once.s.scale *= 2
			}
			out = append(out, once)
		}
	}
	return out
}

// productOf names the dealt product of the i-th mask of x and the j-th of y, from 0.
func productOf(x, y *factor, i, j int) string {
	switch {
	case len(x.masks)*len(y.masks) == 1:
		return productName
	case x == y:
		return fmt.Sprintf("c = a%d·a%d", i+1, j+1)
	}
	return fmt.Sprintf("c = a%d·b%d", i+1, j+1)
}

// affine returns scale·x + c for public numbers.
func (p *Protocol) affine(scale uint64, x *factor, c uint64) *factor {
	y := &factor{Shared: p.like(x.Shared, func(i int, z *tensor.Dense) {
		p.Ring.Scale(z, scale, x.Share[i])
		if i == first {
			p.Ring.AddConstant(z, z, c)
		}
	})}
	y.d = p.public(x.d, func(z, d *tensor.Dense) {
		p.Ring.Scale(z, scale, d)
		p.Ring.AddConstant(z, z, c)
	})
	for _, t := range x.masks {
		t.scale *= scale
		y.masks = append(y.masks, t)
	}
	return y
}

// column returns one column of x.
func (p *Protocol) column(x *factor, j int) *factor {
	return x.arranged(func(m *tensor.Dense) *tensor.Dense { return p.columns(m, j, j+1) })
}

// widened repeats a column as often as y has columns.
func (p *Protocol) widened(x, y *factor) *factor {
	rows, columns := x.Shape()
	_, wide := y.Shape()
	if columns == wide {
		return x
	}
	return x.arranged(func(m *tensor.Dense) *tensor.Dense {
		z := p.Dealer.Buffers.New(rows, wide)
		for j := range z.Uint64s() {
			z.Uint64s()[j] = m.Uint64s()[j/wide]
		}
		return z
	})
}

// arranged returns x with its elements in another arrangement: that of its shares, of d and
// of its masks is the same.
func (x *factor) arranged(f func(*tensor.Dense) *tensor.Dense) *factor {
	z := &factor{Shared: &Shared{Share: atEach(x.Share, f), Fraction: x.Fraction, Name: x.Name, Known: x.Known}, d: atEach(x.d, f)}
	for _, t := range x.masks {
		t.a = &prep.Mask{Share: atEach(t.a.Share, f)}
		if t.sign != nil {
			t.sign = atEach(t.sign, f)
		}
		z.masks = append(z.masks, t)
	}
	return z
}

package mpc

import (
	"strconv"
	"strings"

	"gorgonia.org/tensor"

	"unseen/engine/prep"
	"unseen/engine/ring"
)

// comparison deals a comparison mask for x, and accounts for it.
func (p *Protocol) comparison(x *Shared, want prep.Want) *prep.Comparison {
	p.must(p.Ring.CheckSign())
	rows, columns := x.Shape()
	mask := p.Dealer.Comparison(rows, columns, want)
	p.must(mask.Use(p.place))
	material := []dealtShares{{name: "r", matrix: mask.R, uniform: true}, {name: "digits of r", bits: mask.Digits, packed: rows * columns}}
	if mask.Top.Share != nil {
		material = append(material, dealtShares{name: "r_msb bit", bits: mask.Top, packed: rows * columns})
	}
	if mask.Mid != nil {
		material = append(material, dealtShares{name: "r_mid", matrix: mask.Mid}, dealtShares{name: "r_msb", matrix: mask.Msb})
	}
	for k, s := range mask.Signs {
		from := len(material)
		for l, level := range s.Levels {
			for j, g := range level {
				if g.Size > 1 {
					material = append(material, dealtShares{name: groupName(l, j), bits: g.Vectors, packed: rows * columns, skip: g.Opened * g.Words})
				}
			}
		}
		material = append(material, dealtShares{name: "ρ as a bit", bits: prep.Vectors{Words: ring.Words(rows * columns), Share: s.Bit.XOR}, packed: rows * columns, uniform: true},
			dealtShares{name: "ρ", matrix: s.Bit.Arithmetic})
		if s.RhoR != nil {
			material = append(material, dealtShares{name: "ρ·r", matrix: s.RhoR})
		}
		if s.Under.Mid != nil {
			material = append(material, dealtShares{name: "ρ·r_mid", matrix: s.Under.Mid}, dealtShares{name: "ρ·r_msb", matrix: s.Under.Msb})
		}
		for i := range material[from:] {
			material[from+i].of = among("", k+1, len(mask.Signs))
		}
	}
	p.dealt(material...)
	return mask
}

// groupName names the bit masks of a group: of which digits, and in which round of
// combining.
func groupName(level, group int) string {
	if level < len(groupNames) && group < len(groupNames[level]) {
		return groupNames[level][group]
	}
	return "bit masks"
}

var groupNames = [...][4]string{
	{"bit masks 0–3", "bit masks 4–7", "bit masks 8–11", "bit masks 12–15"},
	{"bit masks 0–15"},
}

// block is what is known of a stretch of digits: whether those of c are less than
// those of r, and whether they are equal. XOR shares by holder.
type block struct {
	lt, eq [][]uint64
}

// less returns ⟨c mod 2^w < r mod 2^w⟩ for each of several public c, as each holder
// opened them, and the r and w of a mask (protocols, section 5, step 2).
//
// A digit of r is compared with one of c locally, since the dealer has shared the
// products of its bits. Neighbouring blocks combine as
//
//	(lt, eq) ∘ (lt', eq') = (lt ⊕ eq∧lt', eq∧eq')
//
// four in a round. Rounds: ⌈log₄ digits⌉.
func (p *Protocol) less(mask *prep.Comparison, cs ...[]*tensor.Dense) []*Bits {
	out := p.combineAll(mask, cs)
	bits := make([]*Bits, len(cs))
	for j, c := range cs {
		s := c[0].Shape()
		bits[j] = &Bits{s[0], s[1], out[j].lt}
	}
	return bits
}

// combineAll compares all digits and combines them to one block for each c.
func (p *Protocol) combineAll(mask *prep.Comparison, cs [][]*tensor.Dense) []block {
	blocks := make([][]block, len(cs))
	for j, c := range cs {
		blocks[j] = p.digits(mask, c)
	}
	n := cs[0][0].Size()
	for level := range mask.Signs[0].Levels {
		groups := make([]prep.Level, len(cs))
		for j := range cs {
			groups[j] = mask.Signs[j].Levels[level]
		}
		p.combine(groups, blocks, n)
	}
	out := make([]block, len(cs))
	for j := range out {
		out[j] = blocks[j][0]
	}
	return out
}

// digits compares each digit of c with that of r, without a word. With n_b = ¬c_b
// for the bits b of a digit,
//
//	eq = ∏ (n_b ⊕ r_b)   and   lt = ⊕_j n_j·r_j·∏_{b>j} (n_b ⊕ r_b)
//
// are sums of products of bits of r, of which the holders have shares, with public
// coefficients.
func (p *Protocol) digits(mask *prep.Comparison, c []*tensor.Dense) []block {
	n := c[0].Size()
	words := ring.Words(n)
	blocks := make([]block, prep.DigitCount(mask.Width))
	bits := p.Dealer.Buffers.Words(64 * words)
	for t := range blocks {
		blocks[t] = block{p.vectors(words), p.vectors(words)}
	}
	for i := range p.parties {
		if i == 0 || c[i] != c[i-1] {
			ring.BitSlices(bits, c[i])
			for j := range bits {
				bits[j] = ^bits[j] // the n_b
			}
			for b := words - 1; n%64 != 0 && b < len(bits); b += words {
				bits[b] &= 1<<(n%64) - 1
			}
		}
		for t := range blocks {
			compareDigit(blocks[t].lt[i], blocks[t].eq[i], bits[4*t*words:], mask, i, t)
		}
	}
	return blocks
}

// vectors returns a vector of zeros for each holder.
func (p *Protocol) vectors(words int) [][]uint64 {
	out := make([][]uint64, p.parties)
	for i := range out {
		out[i] = p.Dealer.Buffers.Words(words)
	}
	return out
}

// compareDigit sets a holder's shares of lt and eq for digit t, whose n_b are
// given slice by slice.
func compareDigit(lt, eq, not []uint64, mask *prep.Comparison, holder, t int) {
	words, size := len(lt), prep.DigitBits(mask.Width, t)
	full := 1<<size - 1
	var product [16]uint64 // of the n_b in a set
	for w := range lt {
		product[0] = ^uint64(0)
		for b := range size {
			for set := range 1 << b {
				product[1<<b|set] = product[set] & not[b*words+w]
			}
		}
		var less, equal uint64
		if holder == first {
			equal = product[full]
		}
		for set := 1; set <= full; set++ {
			r := mask.Digits.At(holder, prep.Monomial(t, set))[w]
			low := set & -set
			above := full &^ (2*low - 1)
			less ^= r & product[low] & product[above&^set]
			equal ^= r & product[full&^set]
		}
		lt[w], eq[w] = less, equal
	}
}

// combine replaces the blocks of each comparison by those of the next level. All
// bits of all groups are opened under their masks in one round.
func (p *Protocol) combine(levels []prep.Level, blocks [][]block, n int) {
	count := 0
	for _, level := range levels {
		for _, g := range level {
			count += g.Opened
		}
	}
	words, at := ring.Words(n), 0
	share := p.vectors(count * words)
	for j, level := range levels {
		from := 0
		for _, g := range level {
			if g.Size > 1 {
				p.maskBits(share, at*words, g, blocks[j][from:from+g.Size])
				at += g.Opened
			}
			from += g.Size
		}
	}
	opened := p.exchangeBits("combine digits", "δ = bit ⊕ mask", "each bit has a random mask of its own, used once: the masked bits are uniform", n, count, share)
	at = 0
	for j, level := range levels {
		from := 0
		next := make([]block, len(level))
		for k, g := range level {
			next[k] = blocks[j][from]
			if g.Size > 1 {
				next[k] = p.evaluate(g, blocks[j][from+g.Size-1].lt, opened, at*words)
				at += g.Opened
			}
			from += g.Size
		}
		blocks[j] = next
	}
}

// maskBits puts the bits of a group that are opened, under their masks, into what
// each holder sends, from the given word on: eq_1, eq_2, …, then the low bits.
func (p *Protocol) maskBits(share [][]uint64, from int, g *prep.Group, blocks []block) {
	for i := range share {
		rest := share[i][from:]
		mask := func(v int, bits []uint64) {
			ring.Xor(rest[:g.Words], bits, g.At(i, v))
			rest = rest[g.Words:]
		}
		for b := 1; b < g.Size; b++ {
			mask(g.Eq(1<<(b-1)), blocks[b].eq[i])
		}
		for _, l := range g.Lows {
			bits := blocks[l.Block].lt[i]
			if l.Equal {
				bits = blocks[l.Block].eq[i]
			}
			mask(l.Product(0), bits)
		}
	}
}

// evaluate computes a group's block from the opened bits, which begin at the given
// word, and the lt of its topmost block. A product of bits b = δ ⊕ a is
//
//	∏ b = ⊕ over subsets S of (∏_{b∉S} δ_b)·a_S
//
// with the dealer's shares of the products a_S of masks; 1 for the empty one, at
// one holder.
func (p *Protocol) evaluate(g *prep.Group, top [][]uint64, opened [][]uint64, at int) block {
	out := block{lt: p.vectors(len(top[0])), eq: p.vectors(len(top[0]))}
	for i := range out.lt {
		copy(out.lt[i], top[i])
		delta := func(v int) []uint64 { return opened[i][at+v*g.Words : at+(v+1)*g.Words] }
		for _, l := range g.Lows {
			sum := out.lt[i]
			if l.Equal {
				sum = out.eq[i]
			}
			above, low := g.Above(l), delta(l.Product(0))
			for set := above; ; set = (set - 1) & above {
				product, others := g.At(i, l.Product(set)), above&^set
				for w := range sum {
					term := product[w]
					if set != 0 {
						term ^= low[w] & g.At(i, g.Eq(set))[w]
					} else if i == first {
						term ^= low[w]
					}
					for b := others; b != 0; b &= b - 1 {
						term &= delta(g.Eq(b & -b))[w]
					}
					sum[w] ^= term
				}
				if set == 0 {
					break
				}
			}
		}
	}
	return out
}

// openBits carries the bits of a mask's comparisons over to additive sharing.
func (p *Protocol) openBits(mask *prep.Comparison, bits []*Bits) []*Bit {
	return p.carry(mask.Signs, bits)
}

// signs returns, for each of several public c = x + r, whether x < 0: msb(x) =
// c_msb ⊕ r_msb ⊕ [c mod 2^(k−1) < r mod 2^(k−1)], opened under random bits.
func (p *Protocol) signs(mask *prep.Comparison, cs ...[]*tensor.Dense) []*Bit {
	bits := p.less(mask, cs...)
	top := p.Ring.Width() - 1
	msb := p.Dealer.Buffers.Words(len(bits[0].Share[0]))
	for j, b := range bits {
		for i, s := range b.Share {
			ring.Xor(s, s, mask.Top.At(i, 0))
			if i == first {
				ring.PackBit(msb, cs[j][i], top)
				ring.Xor(s, s, msb)
			}
		}
	}
	return p.openBits(mask, bits)
}

// shift returns c + offset for a value that each holder has opened.
func (p *Protocol) shift(c []*tensor.Dense, offset uint64) []*tensor.Dense {
	return p.public(c, func(z, c *tensor.Dense) { p.Ring.AddConstant(z, c, offset) })
}

// plus masks x for a comparison: c = x + r.
func (p *Protocol) plus(x *Shared, r []*tensor.Dense) masked {
	return masked{p.Add(x, &Shared{Share: r}), "c = x + r", "r is uniform and used once: the sum is uniform whatever x is", p.sum(x, 0, "")}
}

// sum writes, where somebody watches, the formula of an opened x + r, with the power of two
// that is added to it, if any, and with the label of c and r: "c = x + r", "c w1 = the update
// of w1 + 2^62 + r w1". Of an x that is −z, as a ReLU makes one, it is "c = r − z1".
func (p *Protocol) sum(x *Shared, power int, label string) string {
	if !p.Tracer.Watched() {
		return ""
	}
	of := x.Word()
	c, r, and := "c"+label, "r"+label, ""
	if power > 0 {
		and = " + 2^" + strconv.Itoa(power)
	}
	if z, minus := strings.CutPrefix(of, "−"); minus {
		return c + " = " + r + " − " + z + and
	}
	return c + " = " + of + and + " + " + r
}

// negative returns −x, and calls it so.
func (p *Protocol) negative(x *Shared) *Shared {
	u := p.Neg(x)
	if !p.Tracer.Watched() {
		return u
	}
	u.Known = "−" + x.Word()
	return u
}

// signBits returns the bits x + offset < 0 for each offset, on one opening of x.
func (p *Protocol) signBits(x *Shared, offsets ...uint64) []*Bit {
	p.must(p.Ring.CheckSign())
	p.watch(x)
	mask := p.comparison(x, prep.Want{Width: p.Ring.Width() - 1, Count: len(offsets)})
	c := p.exchange(p.plus(x, mask.R))[0]
	cs := make([][]*tensor.Dense, len(offsets))
	for j, offset := range offsets {
		cs[j] = p.shift(c, offset)
	}
	return p.signs(mask, cs...)
}

// Msb returns the sign bit [x < 0] of each element, 1 or 0 (protocols, section 5).
//
// Formula: open c = x + r; msb(x) = c_msb ⊕ r_msb ⊕ [c mod 2^(k−1) < r mod 2^(k−1)],
// by shared products of the bits of each 4-bit digit of r; open m = msb ⊕ ρ;
// [msb] = m + [ρ] − 2m·[ρ].
//
// Rounds: 1 + 2 + 1 in Z_2^64 (one for each level of four digits: none up to 2^5
// elements, 1 up to 2^17). Each holder sends (n−1)·(8 bytes + 34 bits) an element.
// It reveals c, masked bits and m, all uniform. Exact for all x of the ring.
func (p *Protocol) Msb(x *Shared) (z *Shared) {
	defer p.begin("sign", x).end(&z)
	return p.Arithmetic(p.signBits(x, 0)[0])
}

// LessThan returns [x < y], 1 or 0, element by element: the sign of x − y. Rounds,
// bytes and what it reveals as [Protocol.Msb]. Range: −2^(k−2) ≤ x, y < 2^(k−2).
func (p *Protocol) LessThan(x, y *Shared) (z *Shared) {
	defer p.begin("less-than", x, y).end(&z)
	p.fit(prep.Elementwise, x, y)
	return p.Arithmetic(p.signBits(p.Sub(x, y), 0)[0])
}

// LessThanConstants returns [x < c] for each public c, all on one opening of x.
// Rounds: as [Protocol.Msb]. Each holder sends (n−1)·(8 bytes + 34 bits for each c)
// an element. Range: −2^(k−2) ≤ x, c < 2^(k−2).
func (p *Protocol) LessThanConstants(x *Shared, constants ...uint64) []*Shared {
	defer p.begin("less-than", x).end(nil)
	offsets := make([]uint64, len(constants))
	for j, c := range constants {
		offsets[j] = p.Ring.Difference(0, c)
	}
	out := make([]*Shared, len(constants))
	for j, b := range p.signBits(x, offsets...) {
		out[j] = p.Arithmetic(b)
	}
	return out
}

// Equal returns [x = y], 1 or 0, element by element: x − y is 0 exactly where
// c = x − y + r equals r, digit by digit.
//
// Rounds: 1 for c, one for each level of four digits (2 in Z_2^64), 1 for the bit.
// Each holder sends (n−1)·(8 bytes + 21 bits) an element. It reveals c, masked bits
// and m, all uniform. Exact for all x and y of the ring.
func (p *Protocol) Equal(x, y *Shared) (z *Shared) {
	defer p.begin("equal", x, y).end(&z)
	p.fit(prep.Elementwise, x, y)
	p.must(p.Ring.CheckSign())
	difference := p.Sub(x, y)
	mask := p.comparison(difference, prep.Want{Width: p.Ring.Width(), Count: 1, Equal: true})
	c := p.exchange(p.plus(difference, mask.R))[0]
	rows, columns := x.Shape()
	eq := p.combineAll(mask, [][]*tensor.Dense{c})[0].eq
	return p.Arithmetic(p.openBits(mask, []*Bits{{rows, columns, eq}})[0])
}

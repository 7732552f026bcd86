package prep

import (
	"math/bits"

	"gorgonia.org/tensor"

	"unseen/engine/ring"
)

// Comparison is what comparing a masked value takes (protocols, section 5): r
// uniform in a ring of 2^k elements, the products of the bits of each 4-bit digit
// of r, and, for each of the comparisons that share the opening, what combining
// the digits takes and a random bit ρ.
type Comparison struct {
	once
	R      []*tensor.Dense // [r] by holder
	Width  int             // so many low bits of r are compared
	Digits Vectors         // ⟨products of the bits of a digit⟩; see Monomial
	Top    Vectors         // ⟨r_{k−1}⟩, one vector
	Signs  []Sign          // one for each comparison
	Parts                  // of r, if a truncation shares the opening; else empty
}

// Sign is what one comparison takes beyond the digits of r.
type Sign struct {
	Levels []Level
	Bit    *DaBit          // ρ
	RhoR   []*tensor.Dense // [ρ·r], if products with the bit follow
	Under  Parts           // in its place, if a truncation shares the opening: its parts of r times ρ
}

// Want says what comparison masks are for.
type Want struct {
	Width      int  // bits to compare: k−1 for signs, f for the carry out of f bits, k for equality
	Count      int  // comparisons that share the opening
	Equal      bool // equality in place of less-than
	Select     bool // products of values with the bits follow: deal [ρ·r], or ρ times the parts of r that a truncation takes
	Truncation int  // f, if a truncation by f bits shares the opening; else 0
}

// Comparison deals a comparison mask for a matrix. The ring must have a sign bit.
func (d *Dealer) Comparison(rows, columns int, want Want) *Comparison {
	n := rows * columns
	c := &Comparison{once: d.ledger.Comparisons.deal("a comparison mask"), Width: want.Width, R: d.uniform(rows, columns, d.holders)}
	r := d.Sum(c.R)
	bit := d.Buffers.Words(64 * ring.Words(n))
	ring.BitSlices(bit, r)
	c.Digits = d.monomials(bit, n, want.Width)
	top := d.ring.Width() - 1
	if want.Width == top {
		w := ring.Words(n)
		c.Top = d.correctBits(Vectors{w, [][]uint64{bit[top*w : (top+1)*w]}}, n)
	}
	if want.Truncation > 0 {
		c.Parts = d.parts(r, want.Truncation)
	}
	for range want.Count {
		s := Sign{Levels: d.levels(DigitCount(want.Width), n, want.Equal), Bit: d.DaBit(rows, columns)}
		if rho := s.Bit.Arithmetic; want.Select && want.Truncation > 0 {
			s.Under = d.under(d.Sum(rho), c.Parts)
		} else if want.Select {
			s.RhoR = d.correct(d.times(d.Sum(rho), r))
		}
		c.Signs = append(c.Signs, s)
	}
	return c
}

// Vectors are vectors of bits, packed 64 to a word: an XOR share of each by
// holder, one vector after another.
type Vectors struct {
	Words int // of one vector
	Share [][]uint64
}

// At returns a holder's share of vector v.
func (b Vectors) At(holder, v int) []uint64 {
	return b.Share[holder][v*b.Words : (v+1)*b.Words]
}

// DigitCount returns how many 4-bit digits so many bits make; the topmost may be
// shorter.
func DigitCount(width int) int { return (width + 3) / 4 }

// DigitBits returns how many bits digit t of a number of so many bits has.
func DigitBits(width, t int) int { return min(4, width-4*t) }

// Monomial returns the vector of the product of the bits of digit t that are set
// in the non-zero subset.
func Monomial(t, subset int) int { return 15*t + subset - 1 }

// monomials deals the products of the bits of each digit of r, whose bits are
// given slice by slice.
func (d *Dealer) monomials(bitSlices []uint64, n, width int) Vectors {
	w := ring.Words(n)
	last := DigitCount(width) - 1
	count := Monomial(last, 1<<DigitBits(width, last)-1) + 1
	value := Vectors{w, [][]uint64{d.Buffers.Words(count * w)}}
	for t := range DigitCount(width) {
		for subset := 1; subset < 1<<DigitBits(width, t); subset++ {
			low := bits.TrailingZeros(uint(subset))
			dst, bit := value.At(0, Monomial(t, subset)), bitSlices[(4*t+low)*w:(4*t+low+1)*w]
			if rest := subset &^ (1 << low); rest == 0 {
				copy(dst, bit)
			} else {
				ring.And(dst, bit, value.At(0, Monomial(t, rest)))
			}
		}
	}
	return d.correctBits(value, n)
}

// vectors expands vectors of n bits for each of the first so many holders.
func (d *Dealer) vectors(count, n, holders int) Vectors {
	w := ring.Words(n)
	if n%64 == 0 {
		return Vectors{w, d.uniformBits(count*n, holders)}
	}
	b := Vectors{w, d.uniformBits(64*count*w, holders)}
	for i := range b.Share {
		for v := range count {
			b.At(i, v)[w-1] &= 1<<(n%64) - 1
		}
	}
	return b
}

// correctBits shares vectors of n bits that the dealer has computed.
func (d *Dealer) correctBits(value Vectors, n int) Vectors {
	count := len(value.Share[0]) / max(1, value.Words)
	shares := d.vectors(count, n, d.holders-1)
	last := shares.Share[d.holders-1]
	copy(last, value.Share[0])
	for i, s := range shares.Share {
		if i != d.holders-1 {
			ring.Xor(last, last, s)
		}
	}
	d.send(int64(count*n+7) / 8)
	return shares
}

// Level is one round of combining: its groups, from the lowest digits up.
type Level []*Group

// Radix is how many neighbours are combined in one round.
const Radix = 4

// Group is what combining up to four neighbouring blocks (lt, eq) into one takes:
// masks for the bits that are opened and the products of these masks. Block 0 is
// the lowest. The result is
//
//	lt = lt_{s−1} ⊕ eq_{s−1}∧lt_{s−2} ⊕ eq_{s−1}∧eq_{s−2}∧lt_{s−3} ⊕ …   and   eq = ⋀ eq_j,
//
// a product for each lower bit: that bit and all the eq above it.
type Group struct {
	Size int
	Lows []Low
	Vectors
	Opened int   // the vectors of bits that are opened come first, the products of masks follow
	eq     []int // vectors of the products of eq masks, by set of blocks; bit j−1 stands for block j
	count  int   // of vectors
}

// Low is a bit at the end of a product: lt or eq of a block.
type Low struct {
	Block int
	Equal bool
	at    []int // vectors of its mask and of its products with eq masks, by set of blocks above it
}

// Eq returns the vector of the product of the masks of eq_j for the j in a
// non-empty set; bit j−1 stands for block j.
func (g *Group) Eq(set int) int { return g.eq[set] }

// Product returns the vector of the mask of a low bit times the masks of eq_j for
// the j in a set, which may be empty, above its block.
func (l Low) Product(set int) int { return l.at[set>>l.Block] }

// Above returns the set of all blocks of the group above the low bit.
func (g *Group) Above(l Low) int { return (1<<(g.Size-1-l.Block) - 1) << l.Block }

// groups plans one level over so many blocks.
func groups(blocks int, equal bool) Level {
	var level Level
	for from := 0; from < blocks; from += Radix {
		g := &Group{Size: min(Radix, blocks-from)}
		if g.Size > 1 {
			if !equal {
				for j := g.Size - 2; j >= 0; j-- {
					g.Lows = append(g.Lows, Low{Block: j})
				}
			}
			if equal || from > 0 {
				g.Lows = append(g.Lows, Low{Equal: true})
			}
			g.number()
		}
		level = append(level, g)
	}
	return level
}

// number gives each vector of a group its number: masks of eq_1 …, masks of low
// bits, products of eq masks, products with low bits.
func (g *Group) number() {
	next := func() int { g.count++; return g.count - 1 }
	g.eq = make([]int, 1<<(g.Size-1))
	for j := range g.Size - 1 {
		g.eq[1<<j] = next()
	}
	for i, l := range g.Lows {
		g.Lows[i].at = make([]int, 1<<(g.Size-1-l.Block))
		g.Lows[i].at[0] = next()
	}
	g.Opened = g.count
	for set := range g.eq {
		if bits.OnesCount(uint(set)) > 1 {
			g.eq[set] = next()
		}
	}
	for _, l := range g.Lows {
		for set := 1; set < len(l.at); set++ {
			l.at[set] = next()
		}
	}
}

// levels deals what combining so many digits of n elements takes.
func (d *Dealer) levels(blocks, n int, equal bool) []Level {
	var levels []Level
	for blocks > 1 {
		level := groups(blocks, equal)
		for _, g := range level {
			if g.Size > 1 {
				d.masks(g, n)
			}
		}
		levels = append(levels, level)
		blocks = len(level)
	}
	return levels
}

// masks deals the masks of a group and their products.
func (d *Dealer) masks(g *Group, n int) {
	opened := d.vectors(g.Opened, n, d.holders)
	value := Vectors{opened.Words, [][]uint64{d.Buffers.Words(g.count * opened.Words)}}
	copy(value.Share[0], d.xor(opened.Share))
	for set := range g.eq {
		if low := set & -set; low != set {
			ring.And(value.At(0, g.Eq(set)), value.At(0, g.Eq(low)), value.At(0, g.Eq(set&^low)))
		}
	}
	for _, l := range g.Lows {
		for k := 1; k < len(l.at); k++ {
			ring.And(value.At(0, l.at[k]), value.At(0, g.Eq(k<<l.Block)), value.At(0, l.at[0]))
		}
	}
	products := d.correctBits(Vectors{opened.Words, [][]uint64{value.Share[0][g.Opened*opened.Words:]}}, n)
	g.Vectors = Vectors{opened.Words, make([][]uint64, len(opened.Share))}
	for i := range g.Share {
		g.Share[i] = d.Buffers.Words(g.count * opened.Words)
		copy(g.Share[i][copy(g.Share[i], opened.Share[i]):], products.Share[i])
	}
}

package mpc

import "unseen/engine/prep"

// Price is what a protocol is declared to cost in Z_2^64. Tests compare it with
// what is measured.
type Price struct {
	Rounds int64
	Holder int64 // bytes that each holder sends
	Dealer int64 // bytes that the dealer sends
}

// Size is what a price depends on.
type Size struct {
	Holders int
	X, Y    [2]int // rows and columns of the inputs; Y of those with two
	Bits    int    // fraction bits, by which truncations divide
}

// then is the price of two things one after the other.
func (a Price) then(b Price) Price {
	return Price{a.Rounds + b.Rounds, a.Holder + b.Holder, a.Dealer + b.Dealer}
}

// with is the price of two things that share their rounds.
func (a Price) with(b Price) Price {
	return Price{max(a.Rounds, b.Rounds), a.Holder + b.Holder, a.Dealer + b.Dealer}
}

// words is the size of so many ring elements, bits that of so many bits.
func words(n int) int64 { return wordBytes * int64(n) }
func bits(n int) int64  { return (int64(n) + 7) / 8 }

// opening is the price of opening so many elements; exchanging that of so many
// bits.
func opening(holders, elements int) Price {
	return Price{Rounds: 1, Holder: int64(holders-1) * words(elements)}
}

func exchanging(holders, n int) Price {
	return Price{Rounds: 1, Holder: int64(holders-1) * bits(n)}
}

// dealing is the price of a correction by the dealer of so many bytes.
func dealing(bytes int64) Price { return Price{Dealer: bytes} }

func elements(shape [2]int) int { return shape[0] * shape[1] }

// priceOpen, priceReveal, priceMask: one opening; what is expanded from keys is free.
func priceOpen(s Size) Price   { return opening(s.Holders, elements(s.X)) }
func priceMask(s Size) Price   { return opening(s.Holders, elements(s.X)) }
func priceReveal(s Size) Price { return Price{Rounds: 1, Holder: words(elements(s.X))} }

// priceProduct opens x and y in one round, and takes one product share.
func priceProduct(k prep.Kind) func(Size) Price {
	return func(s Size) Price {
		rows, columns := k.Shape(s.X[:], s.Y[:])
		return opening(s.Holders, elements(s.X)+elements(s.Y)).with(dealing(words(rows * columns)))
	}
}

// priceSquare opens x only.
func priceSquare(s Size) Price {
	n := elements(s.X)
	return opening(s.Holders, n).with(dealing(words(n)))
}

// priceTruncate opens c, and takes r_mid and r_msb.
func priceTruncate(s Size) Price {
	n := elements(s.X)
	return opening(s.Holders, n).with(dealing(2 * words(n)))
}

func priceTruncateExactly(s Size) Price {
	return priceTruncate(s).then(priceLess(s.Holders, elements(s.X), s.Bits, false))
}

func priceTruncateLocally(Size) Price { return Price{} }

// priceSign opens c = x + r, and takes r_msb beside what comparing takes.
func priceSign(s Size) Price {
	n := elements(s.X)
	return opening(s.Holders, n).with(dealing(bits(n))).then(priceLess(s.Holders, n, 63, false))
}

func priceEqual(s Size) Price {
	n := elements(s.X)
	return opening(s.Holders, n).then(priceLess(s.Holders, n, 64, true))
}

// priceReLU takes ρ·r beside what a sign takes.
func priceReLU(s Size) Price { return priceSign(s).with(dealing(words(elements(s.X)))) }

// priceReLUTruncate takes r_mid, r_msb and ρ times each beside what a sign takes.
func priceReLUTruncate(s Size) Price { return priceSign(s).with(dealing(4 * words(elements(s.X)))) }

// priceMax halves the columns until one is left.
func priceMax(s Size) Price {
	var total Price
	for columns := s.X[1]; columns > 1; columns -= columns / 2 {
		s.X[1] = columns / 2
		total = total.then(priceReLU(s))
	}
	return total
}

// priceLess is the price of comparing so many low bits of n elements of a public
// number with those of r, for less-than or for equality, once c is open, and of
// carrying the bit over.
//
// The dealer shares the products of the bits of each digit, 15 for one of four
// bits. In each level, up to four blocks are combined in a group. All but the
// lowest eq of a group are opened, and each bit that ends a product: lt of the
// lower blocks, unless equality is all that is wanted, and the lowest eq, unless
// the group is the lowest and nothing above needs it.
func priceLess(holders, n, width int, equal bool) Price {
	return priceComparing(holders, n, width, equal, 1)
}

// priceComparing is priceLess for so many public numbers, compared with one r at
// once.
func priceComparing(holders, n, width int, equal bool, count int) Price {
	monomials := 15*(width/4) + 1<<(width%4) - 1
	total := dealing(bits(monomials * n))
	for blocks := (width + 3) / 4; blocks > 1; blocks = (blocks + 3) / 4 {
		opened := 0
		for from := 0; from < blocks; from += 4 {
			size := min(4, blocks-from)
			if size == 1 {
				continue
			}
			masks, products := size-1, 1<<(size-1)-size // of eq: single ones, and two or more
			if !equal {
				masks += size - 1
				for j := range size - 1 {
					products += 1<<(size-1-j) - 1
				}
			}
			if equal || from > 0 {
				masks++
				products += 1<<(size-1) - 1
			}
			opened += masks
			total = total.with(dealing(int64(count) * bits(products*n)))
		}
		total = total.then(exchanging(holders, count*opened*n))
	}
	return total.then(exchanging(holders, count*n)).with(dealing(words(count * n))) // m = b ⊕ ρ, and [ρ]
}

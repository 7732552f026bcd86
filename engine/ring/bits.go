package ring

import "gorgonia.org/tensor"

// Words returns how many words hold n bits, 64 to a word.
func Words(n int) int { return (n + 63) / 64 }

// And sets dst = a ∧ b on packed bits. All have one length; dst may be an operand.
func And(dst, a, b []uint64) {
	lengths("And", dst, a, b)
	for i := range dst {
		dst[i] = a[i] & b[i]
	}
}

// Xor sets dst = a ⊕ b on packed bits. All have one length; dst may be an operand.
func Xor(dst, a, b []uint64) {
	lengths("Xor", dst, a, b)
	for i := range dst {
		dst[i] = a[i] ^ b[i]
	}
}

// XorAnd sets dst = dst ⊕ a ∧ b on packed bits. All have one length; dst may be an
// operand.
func XorAnd(dst, a, b []uint64) {
	lengths("XorAnd", dst, a, b)
	for i := range dst {
		dst[i] ^= a[i] & b[i]
	}
}

// Not sets dst = ¬a on n packed bits and leaves the unused bits of the last word
// 0. dst and a have Words(n) words; dst may be a.
func Not(dst, a []uint64, n int) {
	packed("Not", dst, n)
	packed("Not", a, n)
	aligned("Not", &matrix{data: dst}, &matrix{data: a})
	for i := range dst {
		dst[i] = ^a[i]
	}
	trim(dst, n)
}

// PackBit sets dst to bit i of every element of a, row by row, packed. dst has as
// many words as [Words] says for rows·columns bits; the unused bits of the last
// one become 0. It must not overlap a.
func PackBit(dst []uint64, a *tensor.Dense, i int) {
	x := view("PackBit", a)
	packed("PackBit", dst, len(x.data))
	apart("PackBit", &matrix{data: dst}, &x)
	for w := range dst {
		var word uint64
		for j, v := range x.data[64*w : min(64*w+64, len(x.data))] {
			word |= (v >> i & 1) << j
		}
		dst[w] = word
	}
}

// Unpack sets the elements of dst, row by row, to the packed bits of src, 0 or 1.
// src has as many words as [Words] says for rows·columns bits. It must not
// overlap dst.
func Unpack(dst *tensor.Dense, src []uint64) {
	z := view("Unpack", dst)
	packed("Unpack", src, len(z.data))
	apart("Unpack", &z, &matrix{data: src})
	for i := range z.data {
		z.data[i] = src[i/64] >> (i % 64) & 1
	}
}

// BitSlices sets dst to all bits of all n elements of a: bit i of every element,
// packed, is dst[i·w : (i+1)·w] with w = Words(n). dst has 64·w words and must not
// overlap a. It turns one operation on a bit of many elements into one on words.
func BitSlices(dst []uint64, a *tensor.Dense) {
	x := view("BitSlices", a)
	w := Words(len(x.data))
	if len(dst) != 64*w {
		panic(&ShapeError{"BitSlices", [2]int{64, w}, [2]int{1, len(dst)}})
	}
	apart("BitSlices", &matrix{data: dst}, &x)
	var block [64]uint64
	for j := range w {
		used := copy(block[:], x.data[64*j:])
		clear(block[used:])
		transpose(&block)
		for i, word := range block {
			dst[i*w+j] = word
		}
	}
}

// FromBitSlices is the inverse of [BitSlices]: it sets the n elements of dst from
// the slices of their bits, which must not overlap dst.
func FromBitSlices(dst *tensor.Dense, src []uint64) {
	z := view("FromBitSlices", dst)
	w := Words(len(z.data))
	if len(src) != 64*w {
		panic(&ShapeError{"FromBitSlices", [2]int{64, w}, [2]int{1, len(src)}})
	}
	apart("FromBitSlices", &z, &matrix{data: src})
	var block [64]uint64
	for j := range w {
		for i := range block {
			block[i] = src[i*w+j]
		}
		transpose(&block)
		copy(z.data[64*j:], block[:])
	}
}

// transpose exchanges bit j of word i with bit i of word j, for all i and j: at
// each turn it swaps the off-diagonal quarters of all squares of 2s × 2s bits
// (Warren, Hacker's Delight, 2nd edition, section 7-3, with bits counted from
// the lowest).
func transpose(block *[64]uint64) {
	mask := uint64(1)<<32 - 1
	for s := 32; s != 0; s, mask = s/2, mask^mask<<(s/2) {
		for i := 0; i < 64; i = (i + s + 1) &^ s {
			swap := (block[i]>>s ^ block[(i+s)&63]) & mask
			block[i] ^= swap << s
			block[(i+s)&63] ^= swap
		}
	}
}

// trim clears the bits of the last word beyond n.
func trim(dst []uint64, n int) {
	if rest := n % 64; rest != 0 {
		dst[len(dst)-1] &= 1<<rest - 1
	}
}

// packed panics unless s has the words of n bits.
func packed(op string, s []uint64, n int) {
	if len(s) != Words(n) {
		panic(&ShapeError{op, [2]int{1, len(s)}, [2]int{1, Words(n)}})
	}
}

func lengths(op string, dst, a, b []uint64) {
	if len(a) != len(b) {
		panic(&ShapeError{op, [2]int{1, len(a)}, [2]int{1, len(b)}})
	}
	if len(dst) != len(a) {
		panic(&ShapeError{op, [2]int{1, len(dst)}, [2]int{1, len(a)}})
	}
	aligned(op, &matrix{data: dst}, &matrix{data: a})
	aligned(op, &matrix{data: dst}, &matrix{data: b})
}

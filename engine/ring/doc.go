// Package ring computes with matrices over the ring Z_2^64, the integers modulo
// 2^64, and over smaller classroom rings.
//
// # Matrices
//
// The currency is the gorgonia tensor: a [tensor.Dense] of uint64 with rows and
// columns, row-major. Its backing slice is the matrix; methods of [Ring] work on
// it in place, destination first, and allocate nothing. Addition, subtraction
// and products of uint64 wrap around, which is exactly arithmetic modulo 2^64:
// no reduction is ever computed.
//
// Shapes that do not fit are a mistake of the program: methods panic with a
// [*ShapeError] that names both shapes. A matrix that is not contiguous,
// row-major and of uint64 (a transposed view, for example) panics with a
// [*LayoutError]. Where nothing else is said, the destination of an
// element-by-element operation may be one of its operands, and operands may be
// equal; memory that overlaps in any other way panics with an [*OverlapError].
//
// # One protocol text, any ring
//
// A protocol is written once, over a value r of type [Ring], and runs wherever r
// points: the zero Ring is Z_2^64, [PowerOfTwo] gives the integers modulo 2^k
// and [Mod] those modulo any m up to 2^63. Ring is a small comparable value, not
// an interface. Its methods decide once per matrix which kernel to run, never
// per element, so Z_2^64 runs plain loops over uint64 and pays one predictable
// branch; modulo 2^k the same loops run and the result is masked afterwards
// (2^k divides 2^64, so wrap-around in the machine word does no harm); only other
// moduli take loops of their own, with 128-bit intermediate products. Elements
// of a classroom ring are 0 ≤ x < m; [Ring.Reduce] brings any word there.
//
// # Signs
//
// Rings of 2^k elements with k ≥ 3 are read as two's complement of k bits: bit
// k−1 is the sign. Truncation and comparison accept −2^(k−2) ≤ x < 2^(k−2), so
// that 2^(k−2) can be added without a change of sign; products must stay in
// that range too, which is their headroom. Other moduli have no sign bit:
// [Ring.CheckSign] returns a [*SignError] for them.
//
// # Fixed point
//
// [Fixed] stores the real number v as round(v·2^f), f being the number of
// fraction bits. A product of two encoded numbers has 2f fraction bits, and a
// truncation by f follows it. Public constants have their own number of fraction
// bits, as many as the headroom allows: [Fixed.Constant].
//
// # Bits
//
// Shares of bits are XORed, not added, and travel packed, 64 to a word: [And],
// [Xor], [Not], [PackBit], [Unpack], [BitSlices].
package ring

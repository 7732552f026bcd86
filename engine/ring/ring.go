package ring

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
)

// Ring is the ring in which a protocol computes. The zero value is Z_2^64. Rings
// are compared with ==. Methods on single elements take and return 0 ≤ x < m;
// methods on matrices are in the other files of the package.
type Ring struct {
	k uint8  // 2^k elements; 0 for 2^64 and for moduli that are no power of two
	m uint64 // the modulus if it is no power of two, otherwise 0
}

// Mod returns the integers modulo m, 2 ≤ m ≤ 2^63. A power of two gives the same
// ring as [PowerOfTwo]; any other modulus has no sign bit. The error is a *[ModulusError].
func Mod(m uint64) (Ring, error) {
	switch {
	case m < 2 || m > 1<<63:
		return Ring{}, &ModulusError{m}
	case m&(m-1) == 0:
		return Ring{k: uint8(bits.TrailingZeros64(m))}, nil
	}
	return Ring{m: m}, nil
}

// PowerOfTwo returns the integers modulo 2^k as two's complement of k bits,
// 3 ≤ k ≤ 64. For k = 64 it is the zero Ring. The error is a *[WidthError].
func PowerOfTwo(k int) (Ring, error) {
	if k < 3 || k > 64 {
		return Ring{}, &WidthError{k}
	}
	return Ring{k: uint8(k % 64)}, nil
}

// Width returns k if the ring has 2^k elements, and 0 otherwise.
func (r Ring) Width() int {
	switch {
	case r.m != 0:
		return 0
	case r.k == 0:
		return 64
	}
	return int(r.k)
}

// Modulus returns the number of elements, with 0 standing for 2^64.
func (r Ring) Modulus() uint64 {
	switch {
	case r.m != 0:
		return r.m
	case r.k == 0:
		return 0
	}
	return 1 << r.k
}

// String returns a name such as Z_2^64 or Z_97.
func (r Ring) String() string {
	if r.m != 0 {
		return fmt.Sprintf("Z_%d", r.m)
	}
	return fmt.Sprintf("Z_2^%d", r.Width())
}

// CheckSign returns nil if the ring has a sign bit: 2^k elements, k ≥ 3. All
// others get a [*SignError].
func (r Ring) CheckSign() error {
	if r.Width() < 3 {
		return &SignError{r}
	}
	return nil
}

// mask returns the bits that an element may have set, for rings of 2^k elements.
func (r Ring) mask() uint64 { return ^uint64(0) >> (-r.k & 63) }

// Fold returns x mod m.
func (r Ring) Fold(x uint64) uint64 {
	if r.m != 0 {
		return x % r.m
	}
	return x & r.mask()
}

// Sum returns x + y.
func (r Ring) Sum(x, y uint64) uint64 {
	if r.m == 0 {
		return (x + y) & r.mask()
	}
	z := x + y // below 2^64, because m ≤ 2^63
	if z >= r.m {
		z -= r.m
	}
	return z
}

// Difference returns x − y.
func (r Ring) Difference(x, y uint64) uint64 {
	z := x - y
	if r.m == 0 {
		return z & r.mask()
	}
	if x < y {
		z += r.m
	}
	return z
}

// Product returns x·y.
func (r Ring) Product(x, y uint64) uint64 {
	if r.m == 0 {
		return (x * y) & r.mask()
	}
	hi, lo := bits.Mul64(x, y)
	return bits.Rem64(hi, lo, r.m)
}

// Inverse returns the y with x·y = 1 and true, or false if there is none: an
// element has an inverse if it has no factor in common with the modulus. The
// time it takes depends on x: it is for public numbers, such as the evaluation
// points of Shamir sharing.
func (r Ring) Inverse(x uint64) (uint64, bool) {
	if r.m == 0 {
		if x&1 == 0 {
			return 0, false
		}
		// Newton: if x·y ≡ 1 mod 2^i then x·y·(2 − x·y) ≡ 1 mod 2^2i, and x itself is right mod 2^3.
		y := x
		for range 5 {
			y *= 2 - x*y
		}
		return y & r.mask(), true
	}
	// Euclid: a = s·x and b = t·x modulo m at every turn.
	a, b, s, t := x%r.m, r.m, uint64(1), uint64(0)
	for b != 0 {
		q := a / b
		a, b = b, a%b
		s, t = t, r.Difference(s, r.Product(q%r.m, t))
	}
	return s, a == 1
}

// Element returns the element that stands for the integer v.
func (r Ring) Element(v int64) uint64 {
	if r.m == 0 {
		return uint64(v) & r.mask()
	}
	if v >= 0 {
		return uint64(v) % r.m
	}
	return r.Difference(0, -uint64(v)%r.m)
}

// Signed returns the integer nearest to zero that x stands for; half-way, as
// 2^(k−1) among 2^k elements is, the negative one. For 2^k elements that is two's
// complement.
func (r Ring) Signed(x uint64) int64 {
	if r.m == 0 {
		unused := -r.k & 63
		return int64(x<<unused) >> unused
	}
	if x > (r.m-1)/2 {
		return -int64(r.m - x)
	}
	return int64(x)
}

// Msb returns the sign bit of x, bit k−1. The ring must have one.
func (r Ring) Msb(x uint64) uint64 { return x >> (r.signed() - 1) & 1 }

// Quarter returns 2^(k−2), which truncation adds before it opens: the bound of
// the values it accepts. The ring must have a sign bit.
func (r Ring) Quarter() uint64 { return 1 << (r.signed() - 2) }

// InRange reports whether −2^(k−2) ≤ x < 2^(k−2), the range that truncation and
// comparison accept. The ring must have a sign bit.
func (r Ring) InRange(x uint64) bool { return r.Msb(x+r.Quarter()) == 0 }

// signed returns k, and panics with a [*SignError] if the ring has no sign bit.
func (r Ring) signed() int {
	k := r.Width()
	if k < 3 {
		panic(&SignError{r})
	}
	return k
}

// Draw returns a uniform element: the next word of src, or the next after it if
// that one lies in the incomplete last stretch of m words, which would favour
// small elements. For rings of 2^k elements the first word always serves.
func (r Ring) Draw(src rand.Source) uint64 {
	x := src.Uint64()
	if r.m == 0 {
		return x & r.mask()
	}
	surplus := -r.m % r.m // 2^64 mod m
	for x >= -surplus {
		x = src.Uint64()
	}
	return x % r.m
}

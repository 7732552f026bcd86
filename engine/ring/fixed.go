package ring

import (
	"math"
	"math/bits"

	"gorgonia.org/tensor"
)

// Fraction bits that a user may choose in Z_2^64.
const (
	MinBits = 4
	MaxBits = 24
)

// Fixed is a fixed-point representation: the real number v is the ring element
// round(v·2^f), negative numbers as two's complement. One ulp is 2^−f.
//
// The zero Ring is Z_2^64, so Fixed{Bits: 16} is a complete value. [NewFixed] and
// [NewFixedIn] check what a user chose; protocols write working precisions, such
// as the 28 bits of the reciprocal, down as they are. Encoding in a ring without
// a sign bit panics with a [*SignError].
type Fixed struct {
	Bits int  // fraction bits f, 0 ≤ f ≤ k−2
	Ring Ring // a ring with a sign bit
}

// NewFixed returns fixed point with f fraction bits in Z_2^64, or a
// [*PrecisionError] unless 4 ≤ f ≤ 24.
func NewFixed(f int) (Fixed, error) {
	if f < MinBits || f > MaxBits {
		return Fixed{}, &PrecisionError{f, MinBits, MaxBits, Ring{}}
	}
	return Fixed{Bits: f}, nil
}

// NewFixedIn returns fixed point with f fraction bits in a classroom ring of 2^k
// elements, 1 ≤ f ≤ k−2; in Z_2^64 it is [NewFixed]. It returns a
// [*PrecisionError], or a [*SignError] for a ring without a sign bit.
func NewFixedIn(r Ring, f int) (Fixed, error) {
	if r == (Ring{}) {
		return NewFixed(f)
	}
	if err := r.CheckSign(); err != nil {
		return Fixed{}, err
	}
	if top := r.Width() - 2; f < 1 || f > top {
		return Fixed{}, &PrecisionError{f, 1, top, r}
	}
	return Fixed{Bits: f, Ring: r}, nil
}

// limit returns L = k−2: encoded values are below 2^L in absolute value.
func (x Fixed) limit() int { return x.Ring.signed() - 2 }

// scale returns 2^f.
func (x Fixed) scale() float64 { return float64(uint64(1) << x.Bits) }

// Encode returns round(v·2^f), halves to the even neighbour: the error is at most
// half an ulp. Numbers that are not finite, with |v| ≥ 2^(k−2−f), or rounded to
// that, get a [*RangeError] without a place.
func (x Fixed) Encode(v float64) (uint64, error) {
	scaled := math.RoundToEven(v * x.scale())
	if !(math.Abs(scaled) < float64(x.Ring.Quarter())) { // false for NaN too
		return 0, &RangeError{v, -1, -1, x.Bits, x.limit()}
	}
	return uint64(int64(scaled)) & x.Ring.mask(), nil
}

// Decode returns the real number that e stands for. It is exact up to 53 bits and
// rounded beyond, where float64 has no more.
func (x Fixed) Decode(e uint64) float64 {
	return float64(x.Ring.Signed(e)) / x.scale()
}

// EncodeMatrix sets dst to the encoded numbers of src, a matrix of float64 of the
// same shape. A number that [Fixed.Encode] would refuse gets a [*RangeError] with
// its row and column; what dst then holds is undefined.
func (x Fixed) EncodeMatrix(dst, src *tensor.Dense) error {
	z := view("EncodeMatrix", dst)
	numbers, shape := reals("EncodeMatrix", src)
	if z.shape() != shape {
		panic(&ShapeError{"EncodeMatrix", z.shape(), shape})
	}
	scale, top, mask := x.scale(), float64(x.Ring.Quarter()), x.Ring.mask()
	out := z.data[:len(numbers)]
	for i, v := range numbers {
		scaled := math.RoundToEven(v * scale)
		if !(math.Abs(scaled) < top) {
			return &RangeError{v, i / z.columns, i % z.columns, x.Bits, x.limit()}
		}
		out[i] = uint64(int64(scaled)) & mask
	}
	return nil
}

// DecodeMatrix sets dst, a matrix of float64, to the real numbers that the
// elements of src stand for. Both have one shape.
func (x Fixed) DecodeMatrix(dst, src *tensor.Dense) {
	numbers, shape := reals("DecodeMatrix", dst)
	s := view("DecodeMatrix", src)
	if s.shape() != shape {
		panic(&ShapeError{"DecodeMatrix", shape, s.shape()})
	}
	step, unused := 1/x.scale(), uint(64-x.Ring.signed()) // dividing by 2^f and multiplying by 2^−f are both exact
	out := numbers[:len(s.data)]
	for i, e := range s.data {
		out[i] = float64(int64(e<<unused)>>unused) * step
	}
}

// Headroom returns how many integer bits a product of two encoded numbers has
// left, k−2−2f: the product is right as long as it stays below 2^Headroom in
// absolute value. In small rings that may be a negative power of two.
func (x Fixed) Headroom() int { return x.limit() - 2*x.Bits }

// Constant encodes the public number c by which encoded numbers of at most bound
// in absolute value will be multiplied. It has its own number g of fraction bits:
// as many as keep the product below 2^(k−2), for a small constant such as a
// learning rate would be coarse with f bits (0.001 at 16 bits is 0.7 % off). The
// product is then truncated by g. A constant that needs fewer bits to be exact
// gets no more than that, so whole numbers have g = 0 and need no truncation.
//
// A constant below half of the finest step there is room for becomes 0. One that
// has no headroom even with g = 0, and numbers that are not finite, get a
// [*HeadroomError].
func (x Fixed) Constant(c, bound float64) (encoded uint64, g int, err error) {
	limit := x.limit()
	top := math.Ceil(bound * x.scale()) // the largest encoded value
	if !(bound >= 0 && top < float64(x.Ring.Quarter())) {
		return 0, 0, &HeadroomError{c, bound, x.Bits, limit}
	}
	if c == 0 {
		return 0, 0, nil
	}
	fits := func(g int) (uint64, bool) {
		scaled := math.RoundToEven(math.Ldexp(math.Abs(c), g))
		if !(scaled < float64(x.Ring.Quarter())) {
			return 0, false
		}
		hi, lo := bits.Mul64(uint64(scaled), uint64(top))
		return uint64(scaled), hi == 0 && lo < x.Ring.Quarter()
	}
	if _, ok := fits(0); !ok {
		return 0, 0, &HeadroomError{c, bound, x.Bits, limit}
	}
	for g = limit; ; g-- {
		if e, ok := fits(g); ok {
			encoded = e
			break
		}
	}
	for g > 0 && encoded&1 == 0 { // 0.5 is 1 at one bit as well as 2^29 at thirty
		encoded, g = encoded>>1, g-1
	}
	if c < 0 {
		encoded = -encoded & x.Ring.mask()
	}
	return encoded, g, nil
}

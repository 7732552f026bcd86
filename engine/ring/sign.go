package ring

import "gorgonia.org/tensor"

// Msbs sets dst to the sign bits of a, 0 or 1, of one shape. The ring must have a
// sign bit, here and in the functions below.
func (r Ring) Msbs(dst, a *tensor.Dense) {
	sign := r.signed() - 1
	z, x := two("Msbs", dst, a)
	for i, v := range x.data {
		z.data[i] = v >> sign & 1
	}
}

// Mids sets dst = (a mod 2^(k−1)) >> f, the bits between the f lowest and the sign
// bit, of one shape.
func (r Ring) Mids(dst, a *tensor.Dense, f int) {
	below := uint64(1)<<(r.signed()-1) - 1
	z, x := two("Mids", dst, a)
	for i, v := range x.data {
		z.data[i] = v & below >> f
	}
}

// ShiftRight sets dst = a shifted right by f bits with its sign kept: the integer
// part of a/2^f, rounded downwards. dst and a have one shape.
func (r Ring) ShiftRight(dst, a *tensor.Dense, f int) {
	unused := 64 - r.signed()
	z, x := two("ShiftRight", dst, a)
	for i, v := range x.data {
		z.data[i] = uint64(int64(v<<unused) >> unused >> f)
	}
	r.fold(z.data)
}

// CheckRange returns nil if all elements of a lie in −2^(k−2) ≤ x < 2^(k−2), the
// range that truncation and comparison accept, and otherwise an [*OverflowError]
// with the first that does not. Only who may see the plaintext can call it.
func (r Ring) CheckRange(a *tensor.Dense) error {
	if err := r.CheckSign(); err != nil {
		return err
	}
	x := view("CheckRange", a)
	for i, v := range x.data {
		if !r.InRange(v) {
			return &OverflowError{r.Signed(v), i / x.columns, i % x.columns, r.Width() - 2}
		}
	}
	return nil
}

// Digits returns how many digits of four bits the k−1 bits below the sign bit
// make: 16 in Z_2^64. The topmost may be shorter.
func (r Ring) Digits() int { return (r.signed() + 2) / 4 }

// Digit returns digit i of x mod 2^(k−1), counted from the lowest, 0 ≤ i <
// [Ring.Digits].
func (r Ring) Digit(x uint64, i int) uint64 {
	below := uint64(1)<<(r.signed()-1) - 1
	return x & below >> (4 * i) & 15
}

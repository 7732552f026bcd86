package ring

import "fmt"

// ShapeError says that two matrices do not fit together. Kernels panic with it.
type ShapeError struct {
	Op   string // the operation
	A, B [2]int // rows and columns of the two
}

// Error names the operation and both shapes.
func (e *ShapeError) Error() string {
	return fmt.Sprintf("ring: %s: shapes %s and %s do not fit", e.Op, form(e.A), form(e.B))
}

func form(s [2]int) string { return fmt.Sprintf("%d×%d", s[0], s[1]) }

// LayoutError says that a tensor is not a contiguous row-major matrix of the
// expected type. Kernels panic with it.
type LayoutError struct {
	Op   string
	What string // what the tensor is
	Want string // what was expected
}

// Error says what was given and what was expected.
func (e *LayoutError) Error() string {
	return fmt.Sprintf("ring: %s: %s is not a contiguous row-major matrix of %s", e.Op, e.What, e.Want)
}

// OverlapError says that a destination shares memory with an operand in a way
// the operation cannot stand. Kernels panic with it.
type OverlapError struct {
	Op string
}

// Error names the operation.
func (e *OverlapError) Error() string {
	return "ring: " + e.Op + ": the destination overlaps an operand"
}

// ModulusError says that there is no ring of this modulus here.
type ModulusError struct {
	Modulus uint64
}

// Error names the modulus and those that are allowed.
func (e *ModulusError) Error() string {
	return fmt.Sprintf("ring: modulus %d: allowed are 2 to 2^63", e.Modulus)
}

// WidthError says that there is no signed ring of this many bits.
type WidthError struct {
	Bits int
}

// Error names the bits and those that are allowed.
func (e *WidthError) Error() string {
	return fmt.Sprintf("ring: %d bits: allowed are 3 to 64", e.Bits)
}

// SignError says that a ring has no sign bit, which truncation, comparison and
// fixed-point numbers need.
type SignError struct {
	Ring Ring
}

// Error names the ring and those that have a sign bit.
func (e *SignError) Error() string {
	return fmt.Sprintf("ring: %v has no sign bit: truncation and comparison run modulo 2^k with 3 ≤ k ≤ 64", e.Ring)
}

// PrecisionError says that a number of fraction bits is not allowed in a ring.
type PrecisionError struct {
	Bits     int
	Min, Max int
	Ring     Ring
}

// Error names the bits and those that are allowed in the ring.
func (e *PrecisionError) Error() string {
	return fmt.Sprintf("ring: %d fraction bits: allowed in %v are %d to %d", e.Bits, e.Ring, e.Min, e.Max)
}

// RangeError says that a real number cannot be encoded: it is not finite, or
// too large.
type RangeError struct {
	Value       float64
	Row, Column int // counted from 0; both −1 for a number that is in no matrix
	Bits        int // fraction bits
	Limit       int // encoded values are below 2^Limit in absolute value
}

// Error names the number, its place and the limit.
func (e *RangeError) Error() string {
	return fmt.Sprintf("ring: %v%s cannot be encoded: with %d fraction bits, numbers are finite and below 2^%d in absolute value",
		e.Value, place(e.Row, e.Column), e.Bits, e.Limit-e.Bits)
}

// HeadroomError says that a constant cannot be encoded for the values it will be
// multiplied by: one of the two is not finite, or their product is too large.
type HeadroomError struct {
	Constant, Bound float64
	Bits            int // fraction bits of the values
	Limit           int // products are below 2^Limit in absolute value
}

// Error names both factors and the limit of their product.
func (e *HeadroomError) Error() string {
	return fmt.Sprintf("ring: no headroom for %v times values up to %v with %d fraction bits: the product must stay below 2^%d",
		e.Constant, e.Bound, e.Bits, e.Limit-e.Bits)
}

// OverflowError says that an element lies outside the range that truncation and
// comparison accept: a product that had no headroom.
type OverflowError struct {
	Value       int64
	Row, Column int // counted from 0
	Limit       int // the range is −2^Limit ≤ x < 2^Limit
}

// Error names the element, its place and the range.
func (e *OverflowError) Error() string {
	return fmt.Sprintf("ring: %d%s is outside −2^%d ≤ x < 2^%d", e.Value, place(e.Row, e.Column), e.Limit, e.Limit)
}

func place(row, column int) string {
	if row < 0 {
		return ""
	}
	return fmt.Sprintf(" in row %d, column %d,", row, column)
}

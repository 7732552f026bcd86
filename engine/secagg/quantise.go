package secagg

import (
	"fmt"
	"math"
)

// Quantiser turns updates into elements of the ring Z_2^Bits: a value is clipped to
// ±Clip, multiplied by the worker's weight, rounded to steps of 2^−Fraction.
type Quantiser struct {
	Clip     float64
	Fraction int
	Bits     int // 2 to 64
}

// DefaultClip is how far a weight may move in one server round; far more than a
// training that converges needs.
const DefaultClip = 8

// fine is how many fraction bits are wanted: the average is then exact to 2^−17.
const fine = 16

// OverflowError says that sums could leave the ring: so many workers, each with a
// value up to Most, in a ring of so many bits.
type OverflowError struct {
	Workers int
	Most    float64 // in steps
	Bits    int
}

// Error says what is too large, and for which ring.
func (e *OverflowError) Error() string {
	return fmt.Sprintf("sums over %d workers, each with values up to %.0f steps, do not fit into a ring of %d bits", e.Workers, e.Most, e.Bits)
}

// NewQuantiser returns the quantiser for workers of whom none has more than most
// rows: the smallest ring in which there is room for the sum and for [fine] steps,
// and in it the finest steps for which there is room.
func NewQuantiser(clip float64, workers, most int) (Quantiser, error) {
	room := math.Ceil(math.Log2(clip*float64(workers)*float64(most) + 1))
	for _, bits := range []int{32, 40, 48, 56, 60} {
		q := Quantiser{Clip: clip, Fraction: min(bits-1-int(room), 24), Bits: bits}
		if q.Fraction >= fine {
			return q, q.Check(workers, most, 0)
		}
	}
	return Quantiser{}, &OverflowError{workers, clip * float64(most), 60}
}

// Check reports an [*OverflowError] if a sum over so many workers, none of whom has
// more than most rows and none of whom adds more than noise steps, could overflow.
func (q Quantiser) Check(workers, most int, noise int64) error {
	each := math.Ceil(q.Clip*float64(most)*math.Exp2(float64(q.Fraction))) + float64(noise)
	if each = max(each, float64(most)); float64(workers)*each > math.Exp2(float64(q.Bits-1))-1 {
		return &OverflowError{workers, each, q.Bits}
	}
	return nil
}

// Step is the distance of two neighbouring values.
func (q Quantiser) Step() float64 { return math.Exp2(-float64(q.Fraction)) }

// Encode writes round(weight·clip(x)·2^f) and returns how many values were clipped.
// The error names a value that is not a number.
func (q Quantiser) Encode(out []int64, x []float64, weight float64) (clipped int, err error) {
	scale := math.Exp2(float64(q.Fraction))
	for i, v := range x {
		switch {
		case math.IsNaN(v):
			return clipped, fmt.Errorf("value %d of the update is not a number", i)
		case v > q.Clip:
			v, clipped = q.Clip, clipped+1
		case v < -q.Clip:
			v, clipped = -q.Clip, clipped+1
		}
		out[i] = int64(math.Round(float64(weight*v) * scale))
	}
	return clipped, nil
}

// Decode returns what x steps are.
func (q Quantiser) Decode(x int64) float64 { return float64(x) * q.Step() }

// modulus − 1: the bits of a ring element.
func (q Quantiser) mask() uint64 { return ^uint64(0) >> (64 - q.Bits) }

// lift reads a ring element as a signed number, −2^(Bits−1) ≤ x < 2^(Bits−1).
func (q Quantiser) lift(x uint64) int64 {
	shift := 64 - q.Bits
	return int64(x<<shift) >> shift
}

// reduce writes signed numbers as ring elements.
func (q Quantiser) reduce(out []uint64, x []int64) {
	m := q.mask()
	for i, v := range x {
		out[i] = uint64(v) & m
	}
}

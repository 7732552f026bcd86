package dp

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
)

// Sum is the Gaussian mechanism for a sum of vectors: each is clipped to an L2 norm
// C, and the sum gets noise of standard deviation σ·C in every element (Abadi et
// al. 2016, "Deep Learning with Differential Privacy", Algorithm 1).
//
// It works on a grid. Clipped vectors are rounded towards 0 to whole multiples of a
// step, a power of two, which never makes one longer; so that the bound holds as it
// is stated, whatever floating point did before, the length is checked in whole
// numbers. The sum is exact, the noise is [DiscreteGaussian], and nothing that is
// released has bits that come from anywhere else. A step is 2^-26 to 2^-27 of σ·C,
// or finer than C/2^40 where σ is tiny: what rounding costs cannot be seen.
//
// An [Accountant] counts one such sum, over participants who take part with
// probability q each, as [SubsampledGaussian] of q and σ. At whole orders the
// moments of the two agree exactly, since a sum over all whole numbers does not
// notice a shift by one; at the others they differ by e^(−2π²s²) for a deviation of
// s steps, which is 0 in every digit.
//
// A Sum never changes.
type Sum struct {
	Clip  float64 // C
	Noise float64 // σ
	Step  float64 // of the grid
	most  square  // C² in steps, rounded down
	draw  DiscreteGaussian
}

const (
	noiseSteps = 1 << 26 // σ·C is at least that many
	clipSteps  = 1 << 40 // C is at most that many
	// LeastNoise is the least σ with which a Sum can be made: below it ε is above
	// any number that promises something.
	LeastNoise = 1e-4
	// MostNoise is the largest σ: above it C is less than a few steps long.
	MostNoise = 1 << 22
)

// NewSum returns the mechanism for a clipping norm C above 0 and a noise multiplier
// σ from [LeastNoise] to [MostNoise]; what is not is answered with a *[ParameterError].
func NewSum(clip, noise float64) (*Sum, error) {
	if err := first(CheckClip(clip), CheckNoise(noise)); err != nil {
		return nil, err
	}
	if noise < LeastNoise || noise > MostNoise {
		return nil, wrong("noise", noise, "out of range", fmt.Sprintf("give a number from %v to %d", LeastNoise, MostNoise))
	}
	s := &Sum{Clip: clip, Noise: noise}
	s.Step = math.Exp2(math.Floor(math.Log2(max(noise/noiseSteps, 1.0/clipSteps) * clip)))
	draw, err := NewDiscreteGaussian(noise * (clip / s.Step))
	s.most, s.draw = squared(clip/s.Step), draw
	return s, err
}

// NewShare returns the mechanism for one of several parties whose noise adds up: a
// clipping norm C above 0, the step of the grid on which the sums are made, which is
// given, and the deviation of this share of noise. It is [LeastShare] steps at least;
// [Shares] is what the sum costs.
func NewShare(clip, step, deviation float64) (*Sum, error) {
	if err := CheckClip(clip); err != nil {
		return nil, err
	}
	if !(step > 0 && clip/step <= clipSteps) {
		return nil, wrong("step", step, "does not fit the clipping norm", fmt.Sprintf("give a number from %.3g", clip/clipSteps))
	}
	draw, err := NewDiscreteGaussian(max(deviation/step, LeastShare))
	return &Sum{Clip: clip, Noise: deviation / clip, Step: step, most: squared(clip / step), draw: draw}, err
}

// Deviation returns the deviation of the noise, in steps.
func (s *Sum) Deviation() float64 { return s.draw.Deviation() }

// CheckClip refuses a clipping norm that is not positive, or beyond what a grid of
// floating-point numbers can hold.
func CheckClip(clip float64) error {
	if !(clip >= 1e-100 && clip <= 1e100) {
		return wrong("clip", clip, "not a clipping norm", "give a number from 1e-100 to 1e100, such as 1")
	}
	return nil
}

// Norm returns the L2 norm of the vector that several parts make.
func Norm(parts ...[]float64) float64 {
	squares := 0.0
	for _, p := range parts {
		for _, x := range p {
			squares += x * x
		}
	}
	return math.Sqrt(squares)
}

// Add clips a vector and adds it to a sum in steps, and returns the vector's norm
// before and after. A vector without a finite norm changes nothing; the norm says so.
func (s *Sum) Add(sum []int64, x []float64) (before, after float64) {
	before = Norm(x)
	if !(before <= math.MaxFloat64) {
		return before, math.NaN()
	}
	scale := min(1, s.Clip/before) / s.Step // 0/0 is not less than 1
	if before == 0 {
		scale = 0
	}
	length := steps(x, scale)
	for less := 1.0 / (1 << 50); s.most.less(length); less *= 2 { // floating point was generous in a last digit
		scale *= 1 - less
		length = steps(x, scale)
	}
	for i, v := range x {
		sum[i] += int64(v * scale)
	}
	return before, math.Sqrt(length.float()) * s.Step
}

// AddNoise adds noise to every element of a sum in steps.
func (s *Sum) AddNoise(sum []int64, source rand.Source) {
	for i := range sum {
		sum[i] += s.draw.Draw(source)
	}
}

// Values writes a sum in steps as numbers.
func (s *Sum) Values(x []float64, sum []int64) {
	for i, v := range sum {
		x[i] = float64(v) * s.Step
	}
}

// square is a whole number of two words.
type square struct{ high, low uint64 }

// steps returns the square of the L2 norm of the vector in steps, exactly.
func steps(x []float64, scale float64) (sum square) {
	for _, v := range x {
		q := uint64(math.Abs(v * scale))
		high, low := bits.Mul64(q, q)
		var carry uint64
		sum.low, carry = bits.Add64(sum.low, low, 0)
		sum.high, _ = bits.Add64(sum.high, high, carry)
	}
	return sum
}

func (q square) float() float64 { return float64(q.high)*(1<<64) + float64(q.low) }

func (q square) less(than square) bool {
	return q.high < than.high || q.high == than.high && q.low < than.low
}

// squared returns x², rounded down, for x up to [clipSteps]; of x, 12 binary digits
// behind the point count.
func squared(x float64) square {
	high, low := bits.Mul64(uint64(x*(1<<12)), uint64(x*(1<<12)))
	return square{high >> 24, high<<40 | low>>24}
}

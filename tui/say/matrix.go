package say

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"unseen/engine/trace"
)

func shape(t *tensor.Dense) string {
	s := t.Shape()
	return fmt.Sprintf("%d×%d", s[0], s[1])
}

func output(e *trace.Event, name string) *tensor.Dense { return named(e.Outputs, name) }
func input(e *trace.Event, name string) *tensor.Dense  { return named(e.Inputs, name) }

func named(values []trace.Value, name string) *tensor.Dense {
	for _, v := range values {
		if v.Name == name {
			return v.Parts[0].Data
		}
	}
	return tensor.New(tensor.WithShape(1, 2), tensor.WithBacking([]float64{math.NaN(), math.NaN()}))
}

// inside moves a cell into a matrix.
func inside(c Cell, t *tensor.Dense) Cell {
	s := t.Shape()
	return Cell{min(max(c.Row, 0), s[0]-1), min(max(c.Col, 0), s[1]-1)}
}

func at(t *tensor.Dense, i, j int) float64 {
	k := i*t.Shape()[1] + j
	if t.Dtype() == tensor.Uint64 {
		return float64(t.Uint64s()[k])
	}
	return t.Float64s()[k]
}

// Numbers returns the elements of a matrix, those of a ring as unsigned numbers.
func Numbers(t *tensor.Dense) []float64 {
	if t.Dtype() != tensor.Uint64 {
		return t.Float64s()
	}
	out := make([]float64, t.Size())
	for i, x := range t.Uint64s() {
		out[i] = float64(x)
	}
	return out
}

func zeros(t *tensor.Dense) float64 {
	n := 0
	for _, x := range t.Float64s() {
		if x == 0 {
			n++
		}
	}
	return float64(n) / float64(t.Size())
}

// largest finds the number farthest from zero.
func largest(t *tensor.Dense) (row, col int, value float64) {
	for k, x := range t.Float64s() {
		if math.Abs(x) > math.Abs(value) {
			row, col, value = k/t.Shape()[1], k%t.Shape()[1], x
		}
	}
	return row, col, value
}

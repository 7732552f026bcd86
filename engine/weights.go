package engine

import (
	"io"

	"unseen/engine/nn"
)

// ReadWeights reads the weights of a network from JSON, a list of layers
// {"weight": [out][in], "bias": [out]}. The error says what is wrong with the
// text, or is what the reader said.
func ReadWeights(r io.Reader) (Weights, error) { return nn.ReadWeights(r) }

// HiddenOf returns the widths of the hidden layers of a network with these weights.
func HiddenOf(w Weights) []int {
	widths := nn.Widths(w)
	return widths[1 : len(widths)-1]
}

// WriteWeights writes weights as ReadWeights reads them: the same numbers to the
// last bit.
func WriteWeights(w io.Writer, weights Weights) error { return nn.WriteWeights(w, weights) }

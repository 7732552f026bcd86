package say

import (
	"slices"
	"strconv"
	"strings"

	"unseen/engine"
)

// Labels returns how the rows and columns of a named matrix in a party's memory are
// called; nil for those that have only numbers. The rows of what belongs to a batch
// have the numbers of the rows in the data; memory, which may be nil, tells them.
func (s Scene) Labels(name string, memory *engine.Image) (rows, cols func(int) string) {
	last := strconv.Itoa(len(s.Scenario.Network.Hidden) + 1)
	stem := strings.TrimRight(name, "0123456789")
	if memory != nil && slices.Contains([]string{"norms", "x", "y", "p", "z", "a", "dz", "da"}, stem) {
		if o, ok := memory.Object("rows"); ok {
			numbers := o.Data.Float64s()
			rows = func(i int) string {
				if i < 0 || i >= len(numbers) {
					return ""
				}
				return "row " + strconv.Itoa(int(numbers[i]))
			}
		}
	}
	if s.Predicts() {
		switch name {
		case "probabilities":
			return rows, s.class
		case "row":
			return rows, s.feature
		}
	}
	switch name {
	case "norms":
		if s.Scenario.Mode != engine.Central {
			rows = nil // there is one, of the worker's update
		}
		return rows, func(i int) string { return [...]string{"before", "clipped"}[min(i, 1)] }
	case "local loss":
		return nil, func(i int) string { return "pass " + strconv.Itoa(i+1) }
	case "raw", "X", "x", "shift", "scale":
		return rows, s.feature
	case "Y", "own Y", "y", "p", "z" + last, "dz" + last, "b" + last, "db" + last:
		return rows, s.class
	case "w1", "dw1":
		rows = s.feature
	}
	if name == "w"+last || name == "dw"+last {
		cols = s.class
	}
	return rows, cols
}

// Meaning says in one sentence what a named matrix is; empty if nobody knows.
func Meaning(name string) string {
	if meaning := secureMeaning(name); meaning != "" {
		return meaning
	}
	stem := strings.TrimRight(name, "0123456789")
	l := name[len(stem):]
	if strings.HasSuffix(name, " rows") {
		return "how many rows this worker’s model stands for: its weight in the average"
	}
	switch stem {
	case "raw":
		return "the rows as in the file, as numbers: two-valued columns are 0 and 1 in order of first appearance"
	case "X":
		return "the rows scaled: (raw − shift) / scale"
	case "own Y":
		return "the labels of its own rows, one-hot"
	case "Y":
		return "the labels, one-hot: 1 in the column of the right class"
	case "shift":
		return "what scaling subtracts from each column, its mean"
	case "scale":
		return "what scaling divides each column by, its deviation"
	case "rows":
		return "which rows of the data are in the batch"
	case "x":
		return "the rows of the batch, scaled"
	case "y":
		return "the labels of the batch, one-hot"
	case "w":
		return "the weights of layer " + l + ": one row for each input, one column for each unit"
	case "b":
		return "the biases of layer " + l + ": one for each unit"
	case "z":
		return "what the units of layer " + l + " add up to; the last layer’s are the logits"
	case "a":
		return "the activations of layer " + l + ", after ReLU"
	case "probabilities":
		return "the answer: the probability of each class"
	case "p":
		return "softmax output: the probability of each class"
	case "loss":
		return "the loss, summed over the rows of the batch"
	case "dw", "db", "dz", "da":
		return "slopes: how the loss moves with " + name[1:]
	case "norms":
		return "how long each gradient or update is, before clipping and after"
	case "clipped":
		return "the sum of the clipped gradients, all weights in one row"
	case "update":
		return "how the model changed at this worker (clipped, where privacy asks for it), all weights in one row"
	case "noise":
		return "what was drawn to hide the rest: discrete Gaussian"
	case "noisy":
		return "what is released: the clipped numbers with noise"
	case "average":
		return "the mean of the workers’ models, all weights in one row"
	case "local loss":
		return "the mean loss over a worker’s own rows, in each local epoch"
	}
	return ""
}

func (s Scene) feature(i int) string {
	if i < 0 || i >= len(s.Features) {
		return strconv.Itoa(i)
	}
	return s.Features[i]
}

func (s Scene) class(i int) string {
	if i < 0 || i >= len(s.Classes) {
		return strconv.Itoa(i)
	}
	return "“" + s.Classes[i] + "”"
}

package lab

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gorgonia.org/tensor"

	"unseen/engine/mpc"
	"unseen/engine/party"
	"unseen/engine/prep"
	"unseen/engine/ring"
	"unseen/engine/rng"
	"unseen/engine/share"
)

// Rows are rows to train or to decide on: scaled features, and the class, 0 or 1.
type Rows struct {
	X [][]float64
	Y []int
}

// The activations that are compared.
const (
	relu        = "relu"         // max(0, z)
	square      = "square"       // z²
	hardSigmoid = "hard-sigmoid" // z/4 + 1/2, cut at 0 and 1
)

var activations = []string{relu, square, hardSigmoid}

// network is a network in plain numbers with one output: for each hidden layer
// a = act(x·w + b), and it decides for class 1 where a·w + b > 0 in the last layer.
type network struct {
	act string
	w   [][][]float64 // by layer: in × out
	b   [][]float64   // by layer: out
}

// act is an activation with its derivative.
func act(name string, z float64) (a, slope float64) {
	switch name {
	case square:
		return z * z, 2 * z
	case hardSigmoid:
		a = z/4 + 0.5
		if a <= 0 || a >= 1 {
			return min(max(a, 0), 1), 0
		}
		return a, 0.25
	}
	if z <= 0 {
		return 0, 0
	}
	return z, 1
}

// forward returns, by hidden layer, the inputs of the activations and the activations,
// with the row itself as a[0], and the output.
func (n *network) forward(x []float64) (z, a [][]float64, out float64) {
	a = [][]float64{x}
	for l, w := range n.w {
		sum := slices.Clone(n.b[l])
		for i, v := range a[l] {
			for j := range sum {
				sum[j] += v * w[i][j]
			}
		}
		if l == len(n.w)-1 {
			return z, a, sum[0]
		}
		next := make([]float64, len(sum))
		for j := range sum {
			next[j], _ = act(n.act, sum[j])
		}
		z, a = append(z, sum), append(a, next)
	}
	return z, a, 0
}

// train learns by stochastic gradient descent on the logistic loss, row by row.
func train(name string, rows Rows, hidden []int, epochs int, rate float64, r *rand.Rand) *network {
	n := &network{act: name}
	sizes := append(append([]int{len(rows.X[0])}, hidden...), 1)
	for l, in := range sizes[:len(sizes)-1] {
		w := make([][]float64, in)
		for i := range w {
			for range sizes[l+1] {
				w[i] = append(w[i], (2*r.Float64()-1)/math.Sqrt(float64(in)))
			}
		}
		n.w, n.b = append(n.w, w), append(n.b, make([]float64, sizes[l+1]))
	}
	for range epochs {
		for _, k := range r.Perm(len(rows.X)) {
			n.step(rows.X[k], rows.Y[k], rate)
		}
	}
	return n
}

// largestStep bounds a change of a gradient, so that squares do not run away.
const largestStep = 1

func bounded(x float64) float64 { return min(max(x, -largestStep), largestStep) }

// step takes a step of gradient descent, from the last layer to the first.
func (n *network) step(x []float64, y int, rate float64) {
	z, a, out := n.forward(x)
	d := []float64{1/(1+math.Exp(-out)) - float64(y)}
	for l := len(n.w) - 1; l >= 0; l-- {
		below := make([]float64, len(a[l]))
		for i, v := range a[l] {
			for j := range d {
				below[i] += n.w[l][i][j] * d[j]
				n.w[l][i][j] -= rate * bounded(d[j]*v)
			}
			if l > 0 {
				_, slope := act(n.act, z[l-1][i])
				below[i] = bounded(below[i] * slope)
			}
		}
		for j := range d {
			n.b[l][j] -= rate * d[j]
		}
		d = below
	}
}

// decisions decides about rows in plain numbers.
func (n *network) decisions(x [][]float64) (out []float64) {
	for _, row := range x {
		_, _, o := n.forward(row)
		out = append(out, o)
	}
	return out
}

// accuracy is the share of rows decided right.
func accuracy(out []float64, y []int) float64 {
	right := 0
	for i, o := range out {
		if (o > 0) == (y[i] == 1) {
			right++
		}
	}
	return float64(right) / float64(len(y))
}

// private is the same network on shares.
type private struct {
	p     *mpc.Protocol
	fixed ring.Fixed
	act   string
	w, b  []*mpc.Shared
	// after is called with each result, under its name, and may change its shares;
	// may be nil.
	after func(name string, x *mpc.Shared)
}

// newPrivate shares a network among the holders of a protocol.
func newPrivate(n *network, fractionBits, holders int, key rng.Key) (*private, error) {
	fixed, err := ring.NewFixed(fractionBits)
	if err != nil {
		return nil, err
	}
	dealer, err := prep.NewDealer(ring.Ring{}, holders, key.Party("dealer"))
	if err != nil {
		return nil, err
	}
	p, err := mpc.New(ring.Ring{}, holders, dealer)
	if err != nil {
		return nil, err
	}
	out := &private{p: p, fixed: fixed, act: n.act}
	owner := key.Party("owner of the model")
	for l := range n.w {
		w, err := out.split(n.w[l], owner.Party(fmt.Sprint("w", l+1)))
		if err != nil {
			return nil, fmt.Errorf("w%d: %w", l+1, err)
		}
		b, err := out.split([][]float64{n.b[l]}, owner.Party(fmt.Sprint("b", l+1)))
		if err != nil {
			return nil, fmt.Errorf("b%d: %w", l+1, err)
		}
		out.w, out.b = append(out.w, w), append(out.b, b)
	}
	return out, nil
}

// split encodes a matrix and shares it.
func (n *private) split(x [][]float64, key rng.Key) (*mpc.Shared, error) {
	plain := tensor.New(tensor.WithShape(len(x), len(x[0])), tensor.Of(tensor.Float64))
	for i, row := range x {
		copy(plain.Float64s()[i*len(row):], row)
	}
	encoded := ring.New(len(x), len(x[0]))
	if err := n.fixed.EncodeMatrix(encoded, plain); err != nil {
		return nil, err
	}
	shares, err := share.Split(ring.Ring{}, encoded, len(n.p.Holders), key.Stream("split", 0, 0))
	if err != nil {
		return nil, err
	}
	s, err := n.p.NewShared(shares)
	if err != nil {
		return nil, err
	}
	s.Fraction = n.fixed.Bits
	return s, nil
}

// result hands a result to whoever looks.
func (n *private) result(name string, x *mpc.Shared) *mpc.Shared {
	if n.after != nil {
		n.after(name, x)
	}
	return x
}

// The results of training and of a prediction with one hidden layer, in order.
var results = []string{"training rows", "w2", "x", "x·w1", "z1", "a1", "a1·w2", "output"}

// learn trains the output layer on shares, by steps of gradient descent on all rows x
// with labels y, 0 or 1:
//
//	p = logistic(a·w + b),  w −= rate/m · aᵀ·(p − y),  b −= rate/m · Σ (p − y)
func (n *private) learn(x, y *mpc.Shared, rate float64, steps int) {
	f := n.fixed.Bits
	const more = 10 // fraction bits of rate/m beyond f
	last := len(n.w) - 1
	rows, _ := x.Shape()
	a := n.hidden(n.result("training rows", x), func(_ string, x *mpc.Shared) *mpc.Shared { return x })
	c := uint64(math.Round(rate / float64(rows) * math.Exp2(float64(f+more))))
	for range steps {
		out := n.p.AddRow(n.p.Truncate(n.p.MatMul(a, n.w[last]), f), n.b[last])
		d := n.p.Sub(n.p.LogisticFourier(out, f, f), y)
		dw, db := n.p.Scale(c, n.p.Truncate(n.p.MatMulTN(a, d), f)), n.p.Scale(c, n.p.SumRows(d))
		step := n.p.TruncateAll(f+more, dw, db)
		n.w[last], n.b[last] = n.p.Sub(n.w[last], step[0]), n.p.Sub(n.b[last], step[1])
	}
	n.result(fmt.Sprint("w", last+1), n.w[last])
}

// hidden computes the hidden layers and returns the activations of the last one. note
// is told each result, and may change it.
func (n *private) hidden(a *mpc.Shared, note func(name string, x *mpc.Shared) *mpc.Shared) *mpc.Shared {
	below := "x"
	for l := range len(n.w) - 1 {
		product := note(fmt.Sprintf("%s·w%d", below, l+1), n.p.MatMul(a, n.w[l]))
		z := note(fmt.Sprint("z", l+1), n.p.AddRow(n.p.Truncate(product, n.fixed.Bits), n.b[l]))
		below = fmt.Sprint("a", l+1)
		a = note(below, n.activate(z))
	}
	return a
}

// predict computes the output for shared rows and opens it to the applicants.
func (n *private) predict(x *mpc.Shared) []float64 {
	last := len(n.w) - 1
	a := n.hidden(n.result("x", x), n.result)
	product := n.result(fmt.Sprintf("a%d·w%d", last, last+1), n.p.MatMul(a, n.w[last]))
	out := n.result("output", n.p.AddRow(n.p.Truncate(product, n.fixed.Bits), n.b[last]))
	opened := n.p.RevealTo(party.New("applicant", len(n.p.Holders)+1, party.Worker), "output", "her own decision", out)
	numbers := make([]float64, opened.Size())
	for i, e := range opened.Uint64s() {
		numbers[i] = n.fixed.Decode(e)
	}
	return numbers
}

// activate applies the activation.
//
//	square: [z²] / 2^f
//	hard sigmoid: t = z/4 + 1/2;  t·([t < 1] − [t < 0]) + 1 − [t < 1]
func (n *private) activate(z *mpc.Shared) *mpc.Shared {
	f := n.fixed.Bits
	switch n.act {
	case square:
		return n.p.Truncate(n.p.Square(z), f)
	case hardSigmoid:
		one := uint64(1) << f
		t := n.p.AddConstant(n.p.Truncate(z, 2), one/2)
		less := n.p.LessThanConstants(t, 0, one)
		inside := n.p.Mul(t, n.p.Sub(less[1], less[0]))
		above := n.p.AddConstant(n.p.Scale(-one, less[1]), one)
		return n.p.Add(inside, above)
	}
	a, _ := n.p.ReLU(z)
	return a
}

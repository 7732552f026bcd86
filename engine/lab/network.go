package lab

import (
	"fmt"
	"math"
	"math/rand/v2"

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

// network is a small network in plain numbers: a = act(x·w1 + b1), and it decides
// for class 1 where a·w2 + b2 > 0.
type network struct {
	act    string
	w1     [][]float64 // features × hidden
	b1, w2 []float64
	b2     float64
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

// forward returns the activations' inputs and the output for a row.
func (n *network) forward(x []float64) (z []float64, out float64) {
	z, out = make([]float64, len(n.b1)), n.b2
	for j := range z {
		z[j] = n.b1[j]
		for i, v := range x {
			z[j] += v * n.w1[i][j]
		}
		a, _ := act(n.act, z[j])
		out += a * n.w2[j]
	}
	return z, out
}

// train learns by stochastic gradient descent on the logistic loss, row by row.
func train(name string, rows Rows, hidden, epochs int, rate float64, r *rand.Rand) *network {
	n := &network{act: name, b1: make([]float64, hidden), w2: make([]float64, hidden)}
	small := 1 / math.Sqrt(float64(len(rows.X[0])))
	for range rows.X[0] {
		w := make([]float64, hidden)
		for j := range w {
			w[j] = small * (2*r.Float64() - 1)
		}
		n.w1 = append(n.w1, w)
	}
	for j := range n.w2 {
		n.w2[j] = (2*r.Float64() - 1) / math.Sqrt(float64(hidden))
	}
	for range epochs {
		for _, k := range r.Perm(len(rows.X)) {
			n.step(rows.X[k], rows.Y[k], rate)
		}
	}
	return n
}

// largestStep bounds a change of the output's gradient, so that squares do not run
// away.
const largestStep = 1

func (n *network) step(x []float64, y int, rate float64) {
	z, out := n.forward(x)
	g := 1/(1+math.Exp(-out)) - float64(y)
	n.b2 -= rate * g
	for j := range z {
		a, slope := act(n.act, z[j])
		d := min(max(g*n.w2[j]*slope, -largestStep), largestStep)
		n.w2[j] -= rate * min(max(g*a, -largestStep), largestStep)
		n.b1[j] -= rate * d
		for i, v := range x {
			n.w1[i][j] -= rate * d * v
		}
	}
}

// decisions decides about rows in plain numbers.
func (n *network) decisions(x [][]float64) (out []float64) {
	for _, row := range x {
		_, o := n.forward(row)
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
	p              *mpc.Protocol
	fixed          ring.Fixed
	act            string
	w1, b1, w2, b2 *mpc.Shared
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
	column := make([][]float64, len(n.w2))
	for j, w := range n.w2 {
		column[j] = []float64{w}
	}
	for _, m := range []struct {
		to   **mpc.Shared
		name string
		x    [][]float64
	}{{&out.w1, "w1", n.w1}, {&out.b1, "b1", [][]float64{n.b1}}, {&out.w2, "w2", column}, {&out.b2, "b2", [][]float64{{n.b2}}}} {
		if *m.to, err = out.split(m.x, key.Party("owner of the model").Party(m.name)); err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
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

// The results of training and of a prediction, in order.
var results = []string{"training rows", "w2", "x", "x·w1", "z1", "a1", "a1·w2", "output"}

// learn trains the output layer on shares, by steps of gradient descent on all rows x
// with labels y, 0 or 1:
//
//	p = logistic(a·w2 + b2),  w2 −= rate/m · aᵀ·(p − y),  b2 −= rate/m · Σ (p − y)
func (n *private) learn(x, y *mpc.Shared, rate float64, steps int) {
	f := n.fixed.Bits
	const more = 10 // fraction bits of rate/m beyond f
	x = n.result("training rows", x)
	rows, _ := x.Shape()
	a := n.activate(n.p.AddRow(n.p.Truncate(n.p.MatMul(x, n.w1), f), n.b1))
	c := uint64(math.Round(rate / float64(rows) * math.Exp2(float64(f+more))))
	for range steps {
		out := n.p.AddRow(n.p.Truncate(n.p.MatMul(a, n.w2), f), n.b2)
		d := n.p.Sub(n.p.LogisticFourier(out, f, f), y)
		dw, db := n.p.Scale(c, n.p.Truncate(n.p.MatMulTN(a, d), f)), n.p.Scale(c, n.p.SumRows(d))
		step := n.p.TruncateAll(f+more, dw, db)
		n.w2, n.b2 = n.p.Sub(n.w2, step[0]), n.p.Sub(n.b2, step[1])
	}
	n.result("w2", n.w2)
}

// predict computes a·w2 + b2 for shared rows and opens it to the applicants.
func (n *private) predict(x *mpc.Shared) []float64 {
	f := n.fixed.Bits
	x = n.result("x", x)
	product := n.result("x·w1", n.p.MatMul(x, n.w1))
	z := n.result("z1", n.p.AddRow(n.p.Truncate(product, f), n.b1))
	a := n.result("a1", n.activate(z))
	product = n.result("a1·w2", n.p.MatMul(a, n.w2))
	out := n.result("output", n.p.AddRow(n.p.Truncate(product, f), n.b2))
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

package local

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"unseen/engine/mode"
	"unseen/engine/nn"
	"unseen/engine/party"
	"unseen/engine/trace"
)

// Names of what becomes private. The vectors hold all weights in one row, 1 × n, in
// the order of nn.Pack.
const (
	Norms   = "norms"   // rows × 2: L2 norm before clipping and after
	Clipped = "clipped" // the sum of what was clipped
	Noise   = "noise"   // what was added to it
	Noisy   = "noisy"   // the sum with noise: from here on it is private
)

// gradient makes the gradient of a batch private (Abadi et al. 2016, "Deep Learning
// with Differential Privacy", Algorithm 1).
type gradient struct {
	privacy *mode.Privacy
	row     []float64  // the gradient of one row
	sum     []int64    // of the clipped gradients, in steps of the grid
	noisy   nn.Weights // the slopes that are released
	count   func()     // is told of each release
}

// Private makes the gradients of this bench private. count is called at each release.
func (b *Bench) Private(p *mode.Privacy, count func()) {
	slopes := nn.Zeros(nn.Widths(b.learning.Initial))
	n := nn.Pack(slopes).Size()
	b.private = &gradient{privacy: p, row: make([]float64, n), sum: make([]int64, n), noisy: slopes, count: count}
}

// release clips the gradient of each row, adds them up and adds noise. a and dz are
// by layer from 1; nil where the batch has no rows.
func (b *Bench) release(a, dz []*tensor.Dense) nn.Weights {
	g, t, id := b.private, b.tracer, b.at.Party.ID
	t.Begin(trace.Scope{Level: trace.Layer, Name: "privacy"})
	clear(g.sum)
	if a != nil {
		t.Begin(trace.Scope{Level: trace.Operation, Name: "clip"})
		norms := b.clip(a, dz)
		if t.Watched() {
			b.remember(Norms, norms, "of each row’s gradient, before and after clipping")
			b.remember(Clipped, g.vector(), "Σ of the clipped gradients")
			t.EndLocal(id, nil, Values(b.at.Party, Norms, Clipped))
		}
	}
	t.Begin(trace.Scope{Level: trace.Operation, Name: "noise"})
	var before *tensor.Dense
	if t.Watched() {
		before = g.vector()
	}
	g.privacy.Sum.AddNoise(g.sum, b.learning.NoiseStream(id, b.counter))
	noisy := g.vector()
	nn.Unpack(noisy, g.noisy)
	g.count()
	if t.Watched() {
		b.reportNoise(before, noisy)
		t.End(nil, Values(b.at.Party, Noisy))
	}
	return g.noisy
}

// clip adds up the clipped gradients of all rows: of row i ∂L/∂w is the product
// aᵢᵀ·dzᵢ and ∂L/∂b is dzᵢ. It returns their norms.
func (b *Bench) clip(a, dz []*tensor.Dense) (norms *tensor.Dense) {
	g := b.private
	m := a[0].Shape()[0]
	norms = nn.New(m, 2)
	for i := range m {
		rest := g.row
		for l := range a {
			in, out := a[l].Shape()[1], dz[l].Shape()[1]
			slope := dz[l].Float64s()[i*out : (i+1)*out]
			for _, x := range a[l].Float64s()[i*in : (i+1)*in] {
				for k, s := range slope {
					rest[k] = x * s
				}
				rest = rest[out:]
			}
			rest = rest[copy(rest, slope):]
		}
		before, after := g.privacy.Sum.Add(g.sum, g.row)
		if !(before <= math.MaxFloat64) {
			panic(diverged(b.at.Party.ID, before))
		}
		norms.Float64s()[2*i], norms.Float64s()[2*i+1] = before, after
	}
	return norms
}

// diverged ends a run whose gradient or update has no finite norm.
func diverged(id string, norm float64) *party.Abort {
	return &party.Abort{Party: id, Cause: fmt.Errorf(
		"a norm is %v: training diverged; try a smaller learning rate, or scaled features", norm)}
}

// vector writes the sum as numbers.
func (g *gradient) vector() *tensor.Dense {
	v := nn.New(1, len(g.sum))
	g.privacy.Sum.Values(v.Float64s(), g.sum)
	return v
}

// reportNoise tells of the noise that was added, and of the slopes that the weights
// will move against.
func (b *Bench) reportNoise(before, noisy *tensor.Dense) {
	who, layers := b.at.Party, b.learning.Initial.Layers()
	added := noisy.Clone().(*tensor.Dense)
	for i, x := range before.Float64s() {
		added.Float64s()[i] -= x
	}
	var in []trace.Value
	if _, ok := who.Store.Get(Clipped); ok {
		in = Values(who, Clipped)
	}
	b.remember(Noise, added, "discrete Gaussian, deviation noise × clip")
	b.remember(Noisy, noisy, Clipped+" + "+Noise)
	slopes := make([]string, 0, 2*layers)
	for l := range layers {
		w, bias := Weights(l + 1)
		b.remember("d"+w, b.private.noisy.W[l], "a part of "+Noisy)
		b.remember("d"+bias, b.private.noisy.B[l], "a part of "+Noisy)
		slopes = append(slopes, "d"+w, "d"+bias)
	}
	b.tracer.EndLocal(who.ID, in, append(Values(who, Noisy, Noise), Values(who, slopes...)...))
}

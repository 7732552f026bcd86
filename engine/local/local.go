// Package local is what any party with rows does by itself: scale them, take a
// batch, run one step of gradient descent with the weights in its memory. Central
// training is one party doing this with all rows; in the other ways many parties
// do it with their own.
package local

import (
	"fmt"
	"math"
	"strconv"

	"gorgonia.org/tensor"

	"unseen/data"
	"unseen/engine/mode"
	"unseen/engine/nn"
	"unseen/engine/party"
	"unseen/engine/trace"
)

// Names of the objects in a trainer's memory. Weights are w1, b1, w2, …; the
// values of the batch under way have the names of package nn.
const (
	Raw    = "raw"   // own rows as in the file, rows × features
	Labels = "Y"     // their one-hot labels, rows × classes
	Shift  = "shift" // 1 × features: what is subtracted from each column
	Scale  = "scale" // 1 × features: what each column is divided by
	Scaled = "X"     // own rows scaled, rows × features
	Batch  = "rows"  // numbers of the rows of the batch in the data set, from 1: 1 × rows
	batchX = "x"     // the batch, rows × features
	batchY = "y"     // its labels, rows × classes
	loss   = "loss"  // summed over the batch, 1 × 1
)

// Trainer is a party that has rows and trains on them.
type Trainer struct {
	Party  *party.Party
	number []int // of each row in the data set, from 1
}

// NewTrainer gives a party its rows: those of r with the given indices, all of
// them if index is nil.
func NewTrainer(p *party.Party, r mode.Rows, index []int) *Trainer {
	t := &Trainer{Party: p, number: r.Number}
	raw, labels := r.Raw, r.Labels
	if index != nil {
		t.number = make([]int, len(index))
		raw, labels = nn.New(len(index), r.Raw.Shape()[1]), nn.New(len(index), r.Labels.Shape()[1])
		for i, k := range index {
			t.number[i] = r.Number[k]
		}
		copyRows(raw, r.Raw, index)
		copyRows(labels, r.Labels, index)
	}
	p.Store.PutFrozen(Raw, trace.Plain, raw, 0, "as in the file")
	p.Store.PutFrozen(Labels, trace.Plain, labels, 0, "as in the file")
	return t
}

// Len returns the number of the trainer's rows.
func (t *Trainer) Len() int { return len(t.number) }

// Number returns the numbers of the trainer's rows in the data set, from 1.
func (t *Trainer) Number() []int { return t.number }

// Scaling returns shift and scale as 1 × features matrices.
func Scaling(s data.Scaling) (shift, scale *tensor.Dense) {
	shift, scale = nn.New(1, len(s.Shift)), nn.New(1, len(s.Scale))
	copy(shift.Float64s(), s.Shift)
	copy(scale.Float64s(), s.Scale)
	return shift, scale
}

// Weights names the weights of layer l, counted from 1.
func Weights(l int) (w, b string) {
	if l < len(weightNames) {
		return weightNames[l][0], weightNames[l][1]
	}
	return "w" + strconv.Itoa(l), "b" + strconv.Itoa(l)
}

// weightNames are the names of the usual layers: they are asked for at each step.
var weightNames = [...][2]string{{}, {"w1", "b1"}, {"w2", "b2"}, {"w3", "b3"}, {"w4", "b4"}, {"w5", "b5"}, {"w6", "b6"}, {"w7", "b7"}, {"w8", "b8"}}

// Network reads a model of so many layers from a party's memory.
func Network(p *party.Party, layers int) nn.Weights {
	net := nn.Weights{W: make([]*tensor.Dense, 0, layers), B: make([]*tensor.Dense, 0, layers)}
	for l := 1; l <= layers; l++ {
		w, b := Weights(l)
		net.W, net.B = append(net.W, p.Store.Need(p.ID, w)), append(net.B, p.Store.Need(p.ID, b))
	}
	return net
}

// Parcels packs a model for a message, or for storing.
func Parcels(net nn.Weights) []party.Parcel {
	out := make([]party.Parcel, 0, 2*net.Layers())
	for l := range net.W {
		w, b := Weights(l + 1)
		out = append(out, party.Parcel{Name: w, Data: net.W[l]}, party.Parcel{Name: b, Data: net.B[l]})
	}
	return out
}

// Names lists the names of a model's weights.
func Names(layers int) []string {
	names := make([]string, 0, 2*layers)
	for l := 1; l <= layers; l++ {
		w, b := Weights(l)
		names = append(names, w, b)
	}
	return names
}

// Values names objects of a party's memory for an event.
func Values(p *party.Party, names ...string) []trace.Value {
	out, parts := make([]trace.Value, len(names)), make([]trace.Part, len(names))
	for i, name := range names {
		parts[i] = trace.Part{Party: p.ID, Data: p.Store.Need(p.ID, name)}
		out[i] = trace.Value{Name: name, Form: trace.Plain, Parts: parts[i : i+1 : i+1]}
	}
	return out
}

// Bench is where trainers train, one at a time: the arithmetic and its buffers.
// The values of a step stay in the trainer's memory until the next step on the
// bench begins; then they are forgotten and their buffers used again.
type Bench struct {
	learning mode.Learning
	tracer   *trace.Tracer
	float    *nn.Float
	learner  nn.Learner[*tensor.Dense]
	x, y     map[int]*tensor.Dense // batch buffers by rows
	at       *Trainer              // whose values are in the buffers
	counter  uint64                // of the step, for drawing dropout and noise
	private  *gradient             // nil: gradients are used as they are
	copy     nn.Weights            // of a model, for who trains alone
}

// NewBench makes a bench for a way of learning.
func NewBench(l mode.Learning) *Bench {
	return &Bench{learning: l, float: nn.NewFloat(""), x: map[int]*tensor.Dense{}, y: map[int]*tensor.Dense{}}
}

// Watch says who is told what happens from now on.
func (b *Bench) Watch(t *trace.Tracer) {
	b.tracer = t
	b.learner = nn.Learner[*tensor.Dense]{Arithmetic: b.float, Tracer: t, Loss: b.learning.Loss,
		Remember: func(name string, v *tensor.Dense, origin string) { b.remember(name, v, origin) }}
	if b.private != nil {
		b.learner.Private, b.learner.Nominal = b.release, b.learning.Batch
	}
	if b.learning.Dropout > 0 {
		b.learner.Dropout = func(layer, m, n int) *tensor.Dense {
			return b.learning.DropoutMask(b.at.Party.ID, b.counter*uint64(b.learning.Initial.Layers()+1)+uint64(layer), m, n)
		}
	}
}

// borrow returns a copy of a model in memory that is used again for the next one.
func (b *Bench) borrow(model nn.Weights) nn.Weights {
	if b.copy.Layers() == 0 {
		b.copy = nn.Clone(model)
	}
	for l := range model.W {
		copy(b.copy.W[l].Float64s(), model.W[l].Float64s())
		copy(b.copy.B[l].Float64s(), model.B[l].Float64s())
	}
	return b.copy
}

// Clear forgets the values of the last step.
func (b *Bench) Clear() {
	if b.at != nil {
		b.at.Party.Store.DropPassing()
		b.at = nil
	}
}

// remember puts a value of the step into the trainer's memory. Weights stay;
// everything else passes.
func (b *Bench) remember(name string, v *tensor.Dense, origin string) {
	store, step := b.at.Party.Store, b.tracer.Step()+1
	if o, ok := store.Get(name); ok && !o.Passing {
		store.Put(name, trace.Plain, v, step, origin)
		return
	}
	store.PutPassing(name, trace.Plain, v, step, origin)
}

// ScaleRows computes a trainer's X from its raw rows with the shift and scale in
// its memory.
func (b *Bench) ScaleRows(t *Trainer) {
	b.tracer.Begin(trace.Scope{Level: trace.Operation, Name: "scale"})
	store, id := t.Party.Store, t.Party.ID
	x := store.Need(id, Raw).Clone().(*tensor.Dense)
	shift, scale := store.Need(id, Shift).Float64s(), store.Need(id, Scale).Float64s()
	for i := range x.Float64s() {
		j := i % len(shift)
		x.Float64s()[i] = (x.Float64s()[i] - shift[j]) / scale[j]
	}
	store.PutFrozen(Scaled, trace.Plain, x, b.tracer.Step()+1, "("+Raw+" − "+Shift+") / "+Scale)
	if b.tracer.Watched() {
		b.tracer.EndLocal(id, Values(t.Party, Raw, Shift, Scale), Values(t.Party, Scaled))
	}
}

// Step trains on the trainer's rows with these indices and returns their mean
// loss before the update, and, while watched, the values p and loss for the event
// of the batch. counter must be new for each step of a run. Without a row, which
// only private training can be about, the loss is not a number.
func (b *Bench) Step(t *Trainer, index []int, counter uint64) (mean float64, in, out []trace.Value) {
	m := len(index)
	b.Clear()
	b.at, b.counter = t, counter
	b.float.Reset(m)
	b.float.SetParty(t.Party.ID)
	b.learner.Party = t.Party.ID
	layers := b.learning.Initial.Layers()
	if m == 0 {
		b.learner.Skip(Network(t.Party, layers), b.learning.Rate)
		return math.NaN(), nil, Values(t.Party, Names(layers)...)
	}
	x, y := b.gather(t, index)
	net := Network(t.Party, layers)
	p, sum := b.learner.Step(net, x, y, m, b.learning.Rate)
	mean = sum.Float64s()[0] / float64(m)
	if math.IsNaN(mean) || math.IsInf(mean, 0) {
		panic(&party.Abort{Party: t.Party.ID, Cause: fmt.Errorf(
			"the loss is %v: training diverged; try a smaller learning rate, or scaled features", mean)})
	}
	if b.tracer.Watched() {
		out = append(b.learner.Values("p", p), b.learner.Values(loss, sum)...)
		return mean, Values(t.Party, Batch, batchX, batchY), append(out, Values(t.Party, Names(net.Layers())...)...)
	}
	return mean, nil, nil
}

// gather copies the rows of a batch into its two matrices.
func (b *Bench) gather(t *Trainer, index []int) (x, y *tensor.Dense) {
	b.tracer.Begin(trace.Scope{Level: trace.Operation, Name: "gather"})
	store, id, m := t.Party.Store, t.Party.ID, len(index)
	all, allY := store.Need(id, Scaled), store.Need(id, Labels)
	x, y = buffer(b.x, m, all), buffer(b.y, m, allY)
	copyRows(x, all, index)
	copyRows(y, allY, index)
	if b.tracer.Watched() {
		which := nn.New(1, m)
		for i, r := range index {
			which.Float64s()[i] = float64(t.number[r])
		}
		b.remember(Batch, which, "the order of the rows")
		b.remember(batchX, x, "these rows of "+Scaled)
		b.remember(batchY, y, "these rows of "+Labels)
		b.tracer.EndLocal(id, Values(t.Party, Batch), Values(t.Party, batchX, batchY))
	}
	return x, y
}

// buffer returns a matrix of m rows, as wide as all, that is used for each batch
// of that size.
func buffer(buffers map[int]*tensor.Dense, m int, all *tensor.Dense) *tensor.Dense {
	b, ok := buffers[m]
	if !ok {
		b = nn.New(m, all.Shape()[1])
		buffers[m] = b
	}
	return b
}

// Gather returns a matrix of the rows of x with these indices.
func Gather(x *tensor.Dense, index []int) *tensor.Dense {
	out := nn.New(len(index), x.Shape()[1])
	copyRows(out, x, index)
	return out
}

func copyRows(to, from *tensor.Dense, index []int) {
	n := from.Shape()[1]
	for i, r := range index {
		copy(to.Float64s()[i*n:(i+1)*n], from.Float64s()[r*n:(r+1)*n])
	}
}

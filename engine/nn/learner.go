package nn

import (
	"slices"
	"strconv"

	"gorgonia.org/tensor"

	"unseen/engine/trace"
)

// Learner runs training steps of a network and tells a tracer what it does.
type Learner[V any] struct {
	Arithmetic[V]
	Tracer *trace.Tracer
	Party  string // in whose name operations are reported
	Loss   Loss
	// Dropout returns the public matrix that a layer's activations are
	// multiplied with: 0 where dropped, 1/(1−rate) where kept. Nil: no dropout.
	Dropout func(layer, rows, columns int) *tensor.Dense
	// Remember is told each named value of a step as it comes about, while
	// somebody watches; origin says how it came about. May be nil.
	Remember func(name string, v V, origin string)
	// Probe is told each named value of a step with the operation it came from,
	// whether somebody watches or not: a twin compares with it. May be nil.
	Probe func(operation, name string, v V)

	// Private replaces the gradient of a batch by one that may be released, a network
	// of slopes. It is given, by layer from 1, the inputs a of m × in and the slopes
	// dz of m × out: of row i alone ∂L/∂w is the product aᵢᵀ·dzᵢ and ∂L/∂b is dzᵢ.
	// Without a row both are nil. Nil: gradients are used as they are.
	Private func(a, dz []V) Network[V]
	// Blind leaves out the value of the loss, which training does not need: on shares
	// it costs more rounds than a layer.
	Blind bool
	// Nominal is what the learning rate is divided by, if not 0: a number that does
	// not depend on how many rows a batch happens to have.
	Nominal int

	where     trace.Scope // the layer under way, for errors of runs that nobody watches
	operation string      // in it
	lazy      []V         // the loss and all weights, to be settled together

	// Values of the step under way, by layer; a[0] is the input.
	a, z, positive, dz, dw, db []V
	masks                      []*tensor.Dense

	// What events of the step under way carry: memory that is used again in the next one.
	old    map[string]trace.Value // weights before their last update, by name
	told   []trace.Value
	labels map[label]string // names of values, written once
}

// label is the name of a value and the layer it belongs to.
type label struct {
	name  string
	layer int
}

// named is a value with the name it has on screens: "w" and 2 are "w2".
type named[V any] struct {
	name  string
	layer int
	v     V
}

// String writes the name with its layer, as formulas do: a0 is x.
func (n named[V]) String() string {
	switch {
	case n.name == "a" && n.layer == 0:
		return "x"
	case n.layer == 0:
		return n.name
	}
	return n.name + strconv.Itoa(n.layer)
}

// Step trains on one batch of m rows, x of m × features and y of m × classes:
// forward, loss, backward, update with rate lr/m. It replaces the weights in net
// and returns the softmax output p (m × classes) and the loss summed over the
// batch (1 × 1; nothing if the learner is blind).
func (n *Learner[V]) Step(net Network[V], x, y V, m int, lr float64) (p, loss V) {
	n.prepare(net.Layers())
	n.told = n.told[:0]
	n.Forward(net, x, m)
	p, loss, dz := n.lossAndGradient(net.Layers(), y)
	n.lazy = n.lazy[:0]
	if !n.Blind {
		n.lazy = append(n.lazy, loss)
	}
	n.backward(net, dz)
	if n.Private != nil {
		n.release(n.Private(n.a[:net.Layers()], n.dz[1:]))
	}
	if n.Nominal > 0 {
		m = n.Nominal
	}
	n.update(net, lr/float64(m))
	return p, loss
}

// Skip is [Learner.Step] for a batch without rows: what moves the weights is noise.
func (n *Learner[V]) Skip(net Network[V], lr float64) {
	n.prepare(net.Layers())
	n.lazy = n.lazy[:0]
	n.release(n.Private(nil, nil))
	n.update(net, lr/float64(n.Nominal))
}

// release takes other slopes for those of the batch.
func (n *Learner[V]) release(slopes Network[V]) {
	copy(n.dw[1:], slopes.W)
	copy(n.db[1:], slopes.B)
}

func (n *Learner[V]) prepare(layers int) {
	if len(n.a) == layers+1 {
		return
	}
	n.a, n.z, n.positive = make([]V, layers+1), make([]V, layers+1), make([]V, layers+1)
	n.dz, n.dw, n.db = make([]V, layers+1), make([]V, layers+1), make([]V, layers+1)
	n.masks = make([]*tensor.Dense, layers+1)
}

// Forward computes the logits of m rows: for each layer z = a·w + b, a = ReLU(z).
func (n *Learner[V]) Forward(net Network[V], x V, m int) V {
	layers := net.Layers()
	n.prepare(layers)
	n.a[0] = x
	for l := 1; l <= layers; l++ {
		n.layer(l, layers, "forward")
		w, b := named[V]{"w", l, net.W[l-1]}, named[V]{"b", l, net.B[l-1]}
		a := named[V]{"a", l - 1, n.a[l-1]}

		n.begin("matmul")
		z := named[V]{"z", l, n.MatMul(a.v, w.v)}
		n.end(z, "·", a, w)

		n.begin("bias")
		product := z
		z.v = n.AddRow(product.v, b.v)
		n.end(z, "+", product, b)
		n.z[l] = z.v

		out := z
		if l < layers {
			n.begin("relu")
			out = named[V]{name: "a", layer: l}
			out.v, n.positive[l] = n.ReLU(z.v)
			n.end(out, "max(0, ·)", z)
			out = n.dropout(out, m, l)
		}
		n.a[l] = out.v
		n.leave(a, out)
	}
	return n.z[layers]
}

func (n *Learner[V]) dropout(a named[V], m, l int) named[V] {
	n.masks[l] = nil
	if n.Dropout == nil {
		return a
	}
	n.begin("dropout")
	n.masks[l] = n.Dropout(l, m, n.columns(a.v))
	kept := a
	kept.v = n.Mask(a.v, n.masks[l])
	n.end(kept, "mask ⊙", a)
	return kept
}

// lossAndGradient computes p = softmax(z), the loss L summed over the batch, and
// dz = ∂L/∂z at the logits.
//
//	nll: L = log Σ exp(z) − z·y     dz = p − y
//	mse: L = Σ (p − y)²             dz = p ⊙ (g − Σ g ⊙ p),  g = 2(p − y)
func (n *Learner[V]) lossAndGradient(layers int, label V) (V, V, named[V]) {
	n.stage(trace.Scope{Level: trace.Layer, Name: "loss"})
	z, y := named[V]{"z", layers, n.z[layers]}, named[V]{"y", 0, label}

	n.begin("softmax")
	p := named[V]{"p", 0, n.Softmax(z.v)}
	n.end(p, "softmax", z)

	var loss V
	if !n.Blind {
		loss = n.loss(z, p, y)
	}

	dz := named[V]{name: "dz", layer: layers}
	n.begin("gradient")
	if n.Loss == NLL {
		dz.v = n.Sub(p.v, y.v)
		n.end(dz, "p − y", p, y)
	} else {
		g := n.Scale(n.Sub(p.v, y.v), 2)
		dz.v = n.Mul(p.v, n.SubColumn(g, n.SumColumns(n.Mul(g, p.v))))
		n.end(dz, "p ⊙ (g − Σ g ⊙ p), g = 2(p − y)", p, y)
	}
	if n.Tracer.Watched() {
		out := []named[V]{p, {"loss", 0, loss}, dz}
		if n.Blind {
			out = []named[V]{p, dz}
		}
		n.Tracer.End(n.values(z, y), n.values(out...))
	}
	return p.v, loss, dz
}

// loss computes the value of the loss.
func (n *Learner[V]) loss(z, p, y named[V]) V {
	loss := named[V]{name: "loss"}
	n.begin(n.Loss.String())
	if n.Loss == NLL {
		loss.v = n.CrossEntropy(z.v, y.v)
		n.end(loss, "log Σ exp z − z·y", z, y)
	} else {
		loss.v = n.SquaredError(p.v, y.v)
		n.end(loss, "Σ (p − y)²", p, y)
	}
	return loss.v
}

// backward computes, from the last layer to the first,
//
//	dw = aᵀ·dz,  db = Σ dz,  da = dz·wᵀ,  dz of the layer before = da where its z > 0.
func (n *Learner[V]) backward(net Network[V], dz named[V]) {
	layers := net.Layers()
	for l := layers; l >= 1; l-- {
		n.layer(l, layers, "backward")
		a, w := named[V]{"a", l - 1, n.a[l-1]}, named[V]{"w", l, net.W[l-1]}
		first := dz
		n.dz[l] = dz.v

		n.begin("matmul")
		dw := named[V]{"dw", l, n.MatMulTN(a.v, dz.v)}
		n.end(dw, "ᵀ·", a, dz)

		n.begin("sum")
		db := named[V]{"db", l, n.SumRows(dz.v)}
		n.end(db, "Σ rows of", dz)

		if l > 1 {
			n.begin("matmul")
			da := named[V]{"da", l - 1, n.MatMulNT(dz.v, w.v)}
			n.end(da, "·ᵀ", dz, w)

			if k := n.masks[l-1]; k != nil {
				n.begin("dropout")
				kept := da
				kept.v = n.Mask(da.v, k)
				n.end(kept, "mask ⊙", da)
				da = kept
			}

			n.begin("relu")
			dz = named[V]{"dz", l - 1, n.Keep(da.v, n.positive[l-1])}
			n.end(dz, "where z > 0:", da, named[V]{"z", l - 1, n.z[l-1]})
		}
		n.dw[l], n.db[l] = dw.v, db.v
		if n.Tracer.Watched() {
			out := []named[V]{dw, db, dz}
			if l == 1 {
				out = out[:2] // rows have no slopes
			}
			n.Tracer.End(n.values(first), n.values(out...))
		}
	}
}

// update takes one step of gradient descent: w ← w − rate·dw, b ← b − rate·db.
func (n *Learner[V]) update(net Network[V], rate float64) {
	n.stage(trace.Scope{Level: trace.Layer, Name: "update"})
	for l := 1; l <= net.Layers(); l++ {
		net.W[l-1] = n.descend(named[V]{"w", l, net.W[l-1]}, named[V]{"dw", l, n.dw[l]}, rate)
		net.B[l-1] = n.descend(named[V]{"b", l, net.B[l-1]}, named[V]{"db", l, n.db[l]}, rate)
	}
	n.lazy = append(append(n.lazy, net.W...), net.B...)
	n.Settle(n.lazy...)
	if n.Tracer.Watched() {
		var out []named[V]
		for l := 1; l <= net.Layers(); l++ {
			out = append(out, named[V]{"w", l, net.W[l-1]}, named[V]{"b", l, net.B[l-1]})
		}
		n.Tracer.End(nil, n.values(out...))
	}
}

// before copies a value that is about to be replaced, for the event that tells of it:
// the arithmetic may reuse its memory. The copy holds until the next one of that name,
// as all that an event carries.
func (n *Learner[V]) before(v trace.Value) trace.Value {
	old, ok := n.old[v.Name]
	if !ok || len(old.Parts) != len(v.Parts) || !slices.Equal(old.Shape(), v.Shape()) {
		if n.old == nil {
			n.old = map[string]trace.Value{}
		}
		n.old[v.Name] = v.Clone()
		return n.old[v.Name]
	}
	for i, p := range v.Parts {
		old.Parts[i].Party = p.Party
		copyInto(old.Parts[i].Data, p.Data)
	}
	v.Parts = old.Parts
	return v
}

// copyInto copies a matrix into one of the same shape.
func copyInto(to, from *tensor.Dense) {
	if from.Dtype() == tensor.Uint64 {
		copy(to.Uint64s(), from.Uint64s())
		return
	}
	copy(to.Float64s(), from.Float64s())
}

// descend replaces one matrix of weights. The event carries the old weights as a
// copy.
func (n *Learner[V]) descend(w, g named[V], rate float64) V {
	n.begin("sgd")
	if !n.Tracer.Watched() {
		w.v = n.Descend(w.v, g.v, rate)
		n.probe(w)
		return w.v
	}
	in := n.values(w, g)
	in[0] = n.before(in[0])
	w.v = n.Descend(w.v, g.v, rate)
	n.report(w, in, w.String()+" − "+strconv.FormatFloat(rate, 'g', 4, 64)+"·"+g.String())
	return w.v
}

// ---- what an observer sees -------------------------------------------------

func (n *Learner[V]) layer(l, layers int, part string) {
	n.stage(trace.Scope{Level: trace.Layer, Name: "layer", Index: l, Of: layers, Part: part})
}

// stage enters a layer, the loss or the update.
func (n *Learner[V]) stage(s trace.Scope) {
	n.where = s
	n.Tracer.Begin(s)
}

// Where names the layer and the operation that the learner was last in.
func (n *Learner[V]) Where() []trace.Scope {
	if n.where.Name == "" {
		return nil
	}
	return []trace.Scope{n.where, {Level: trace.Operation, Name: n.operation}}
}

func (n *Learner[V]) leave(in, out named[V]) {
	if n.Tracer.Watched() {
		n.Tracer.End(n.values(in), n.values(out))
	}
}

func (n *Learner[V]) begin(operation string) {
	n.operation = operation
	n.Tracer.Begin(trace.Scope{Level: trace.Operation, Name: operation})
}

// end reports the operation that computed out from in.
func (n *Learner[V]) end(out named[V], formula string, in ...named[V]) {
	if !n.Tracer.Watched() {
		n.probe(out)
		return
	}
	n.report(out, n.values(in...), origin(formula, in))
}

func (n *Learner[V]) probe(out named[V]) {
	if n.Probe != nil {
		n.Probe(n.operation, out.String(), out.v)
	}
}

func (n *Learner[V]) report(out named[V], in []trace.Value, origin string) {
	n.probe(out)
	if n.Remember != nil {
		n.Remember(n.label(out), out.v, origin)
	}
	n.Tracer.EndLocal(n.Party, in, n.values(out))
}

// values names values for an event. They are lent until the next step begins.
func (n *Learner[V]) values(in ...named[V]) []trace.Value {
	first := len(n.told)
	for _, x := range in {
		n.told = append(n.told, trace.Value{Name: n.label(x), Form: n.Form(x.v), Fraction: n.Fraction(x.v), Parts: n.Parts(x.v)})
	}
	return n.told[first:len(n.told):len(n.told)]
}

// label returns the name of a value, as [named.String] writes it.
func (n *Learner[V]) label(x named[V]) string {
	key := label{x.name, x.layer}
	name, ok := n.labels[key]
	if !ok {
		if n.labels == nil {
			n.labels = map[label]string{}
		}
		name = x.String()
		n.labels[key] = name
	}
	return name
}

// Values names a value for an event. It is lent until the next step begins.
func (n *Learner[V]) Values(name string, v V) []trace.Value {
	return n.values(named[V]{name: name, v: v})
}

func (n *Learner[V]) columns(v V) int { return n.Parts(v)[0].Data.Shape()[1] }

// origin writes how a value came about: "x · w1", "a1ᵀ · dz2", "softmax z5".
func origin[V any](formula string, in []named[V]) string {
	switch formula {
	case "·":
		return in[0].String() + " · " + in[1].String()
	case "+":
		return in[0].String() + " + " + in[1].String()
	case "ᵀ·":
		return in[0].String() + "ᵀ · " + in[1].String()
	case "·ᵀ":
		return in[0].String() + " · " + in[1].String() + "ᵀ"
	case "max(0, ·)":
		return "max(0, " + in[0].String() + ")"
	case "mask ⊙", "softmax", "Σ rows of":
		return formula + " " + in[0].String()
	case "where z > 0:":
		return in[0].String() + " where " + in[1].String() + " > 0"
	}
	return formula
}

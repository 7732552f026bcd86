// Package central trains the plain way: one party, the server, has all rows in
// its memory and runs stochastic gradient descent on them (protocols, section 8).
// It sends nothing, protects nothing, and is the reference for every other way.
package central

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

// Server is the id of the one party.
const Server = "server"

// Names of the objects in the server's memory. Weights are w1, b1, w2, …; the
// values of the batch under way have the names of package nn.
const (
	raw    = "raw"   // training rows as in the file, rows × features
	shift  = "shift" // 1 × features: what is subtracted from each column
	scale  = "scale" // 1 × features: what each column is divided by
	scaled = "X"     // training rows scaled, rows × features
	labels = "Y"     // one-hot labels, rows × classes
	rows   = "rows"  // numbers of the rows of the batch, 1 × rows
	batchX = "x"     // the batch, rows × features
	batchY = "y"     // its labels, rows × classes
	loss   = "loss"  // 1 × 1
)

// Central is central training. It implements mode.Mode.
type Central struct {
	learning mode.Learning
	number   []int // of each row in the data set
	server   *party.Party
	float    *nn.Float
	learner  nn.Learner[*tensor.Dense]
	x, y     map[int]*tensor.Dense // batch buffers by rows
	where    position
}

// position is the next thing to do.
type position struct {
	ready        bool // set up
	epoch, batch int  // counted from 0
	keep         int  // objects that outlive a batch
}

// New gives the server all training rows.
func New(r mode.Rows, l mode.Learning) *Central {
	c := &Central{
		learning: l,
		number:   r.Number,
		server:   party.New(Server, 0, party.Server),
		float:    nn.NewFloat(Server),
		x:        map[int]*tensor.Dense{},
		y:        map[int]*tensor.Dense{},
	}
	store := c.server.Store
	store.Put(raw, trace.Plain, r.Raw, 0, "handed over by the applicants")
	store.Put(labels, trace.Plain, r.Labels, 0, "handed over by the applicants")
	how := "public: nothing is scaled"
	switch r.Scaling.How {
	case "standard":
		how = "mean and deviation of the training rows"
	case "range":
		how = "public ranges of the columns"
	}
	store.Put(shift, trace.Plain, rowOf(r.Scaling.Shift), 0, how)
	store.Put(scale, trace.Plain, rowOf(r.Scaling.Scale), 0, how)
	return c
}

func rowOf(v []float64) *tensor.Dense {
	row := nn.New(1, len(v))
	copy(row.Float64s(), v)
	return row
}

// Parties returns the server.
func (c *Central) Parties() []*party.Party { return []*party.Party{c.server} }

// Units returns the number of batches of the whole run.
func (c *Central) Units() int {
	return c.learning.Epochs * c.learning.Batches(len(c.number))
}

// Steps counts the events of the whole run: it runs one and two batches of zeros
// for one and two epochs, which tells what setting up, a batch and the end of an
// epoch consist of.
func (c *Central) Steps() int {
	count := func(batches, epochs int) int {
		l := c.learning
		l.Epochs, l.Batch = epochs, 1
		l.Initial = nn.Weights{}
		for i, w := range c.learning.Initial.W {
			l.Initial.W = append(l.Initial.W, nn.New(w.Shape()[0], w.Shape()[1]))
			l.Initial.B = append(l.Initial.B, nn.New(1, c.learning.Initial.B[i].Shape()[1]))
		}
		features := l.Initial.W[0].Shape()[0]
		sizes := nn.Widths(l.Initial)
		return mode.Count(New(mode.Rows{
			Raw:     nn.New(batches, features),
			Labels:  nn.New(batches, sizes[len(sizes)-1]),
			Number:  make([]int, batches),
			Scaling: data.None(features),
		}, l))
	}
	one, two, again := count(1, 1), count(2, 1), count(1, 2)
	batch := two - one
	end := again - one - batch
	setup := one - batch - end
	batches := c.learning.Batches(len(c.number))
	return setup + c.learning.Epochs*(batches*batch+end)
}

// Cost is nothing: no message is sent.
func (c *Central) Cost() trace.Cost { return trace.Cost{Sent: map[string]int64{Server: 0}} }

// Weights returns the model in the server's memory, or the initial weights
// before they are there.
func (c *Central) Weights() nn.Weights {
	if !c.where.ready {
		return c.learning.Initial
	}
	return c.network()
}

// network reads the weights from the server's memory.
func (c *Central) network() nn.Weights {
	var net nn.Weights
	for l := range c.learning.Initial.W {
		net.W = append(net.W, c.server.Store.Need(Server, "w"+strconv.Itoa(l+1)))
		net.B = append(net.B, c.server.Store.Need(Server, "b"+strconv.Itoa(l+1)))
	}
	return net
}

// Run trains from the present state to the end.
func (c *Central) Run(t *trace.Tracer, m mode.Monitor) {
	c.learner = nn.Learner[*tensor.Dense]{
		Arithmetic: c.float, Tracer: t, Party: Server, Loss: c.learning.Loss,
		Remember: func(name string, v *tensor.Dense, origin string) { c.put(t, name, v, origin) },
	}
	if c.learning.Dropout > 0 {
		c.learner.Dropout = c.dropout
	}
	if !c.where.ready {
		m.Boundary()
		c.setUp(t)
	}
	batches := c.learning.Batches(len(c.number))
	for ; c.where.epoch < c.learning.Epochs; c.where.epoch++ {
		t.Begin(trace.Scope{Level: trace.Epoch, Name: "epoch", Index: c.where.epoch + 1, Of: c.learning.Epochs})
		order := c.learning.Order(len(c.number), c.where.epoch)
		for ; c.where.batch < batches; c.where.batch++ {
			m.Boundary()
			first := c.where.batch * c.learning.Batch
			last := min(first+c.learning.Batch, len(order))
			t.Begin(trace.Scope{Level: trace.Batch, Name: "batch", Index: c.where.batch + 1, Of: batches})
			m.Batch(c.step(t, order[first:last]))
		}
		m.Epoch(c.network())
		if t.Watched() {
			t.End(nil, c.values(c.weightNames()...))
		}
		c.where.batch = 0
	}
}

// put stores an object of the server.
func (c *Central) put(t *trace.Tracer, name string, v *tensor.Dense, origin string) {
	c.server.Store.Put(name, trace.Plain, v, t.Step()+1, origin)
}

// setUp scales the rows and puts the initial weights into the server's memory.
func (c *Central) setUp(t *trace.Tracer) {
	t.Begin(trace.Scope{Level: trace.Epoch, Name: "setup"})
	need := func(name string) *tensor.Dense { return c.server.Store.Need(Server, name) }

	t.Begin(trace.Scope{Level: trace.Operation, Name: "scale"})
	x := need(raw).Clone().(*tensor.Dense)
	subtract, divide := need(shift).Float64s(), need(scale).Float64s()
	for i := range x.Float64s() {
		j := i % len(subtract)
		x.Float64s()[i] = (x.Float64s()[i] - subtract[j]) / divide[j]
	}
	c.put(t, scaled, x, "("+raw+" − "+shift+") / "+scale)
	c.done(t, []string{raw, shift, scale}, scaled)

	t.Begin(trace.Scope{Level: trace.Operation, Name: "init"})
	for l, w := range nn.Clone(c.learning.Initial).W {
		c.put(t, "w"+strconv.Itoa(l+1), w, "initial weights")
		c.put(t, "b"+strconv.Itoa(l+1), c.learning.Initial.B[l].Clone().(*tensor.Dense), "initial weights")
	}
	c.done(t, nil, c.weightNames()...)

	c.where.ready, c.where.keep = true, c.server.Store.Len()
	if t.Watched() {
		t.End(nil, c.values(append([]string{scaled}, c.weightNames()...)...))
	}
}

// step trains on one batch, the rows with these indices, and returns its mean loss.
func (c *Central) step(t *trace.Tracer, index []int) float64 {
	m := len(index)
	c.server.Store.Truncate(c.where.keep) // the batch before leaves nothing but its update
	c.float.Reset(m)
	x, y := c.gather(t, index)
	net := c.network()
	p, sum := c.learner.Step(net, x, y, m, c.learning.Rate)
	mean := sum.Float64s()[0] / float64(m)
	if math.IsNaN(mean) || math.IsInf(mean, 0) {
		panic(&party.Abort{Party: Server, Cause: fmt.Errorf(
			"the loss is %v: training diverged; try a smaller learning rate, or scaled features", mean)})
	}
	if t.Watched() {
		out := c.learner.Values("p", p)
		out = append(out, c.learner.Values(loss, sum)...)
		t.End(c.values(rows, batchX, batchY), append(out, c.values(c.weightNames()...)...))
	}
	return mean
}

// gather copies the rows of a batch into its two matrices.
func (c *Central) gather(t *trace.Tracer, index []int) (x, y *tensor.Dense) {
	t.Begin(trace.Scope{Level: trace.Operation, Name: "gather"})
	all, allY := c.server.Store.Need(Server, scaled), c.server.Store.Need(Server, labels)
	m := len(index)
	x, y = buffer(c.x, m, all), buffer(c.y, m, allY)
	copyRows(x, all, index)
	copyRows(y, allY, index)
	if t.Watched() {
		which := nn.New(1, m)
		for i, r := range index {
			which.Float64s()[i] = float64(c.number[r])
		}
		c.put(t, rows, which, "the order of epoch "+strconv.Itoa(c.where.epoch+1))
		c.put(t, batchX, x, "these rows of X")
		c.put(t, batchY, y, "these rows of Y")
	}
	c.done(t, []string{rows}, batchX, batchY)
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

func copyRows(to, from *tensor.Dense, index []int) {
	n := from.Shape()[1]
	for i, r := range index {
		copy(to.Float64s()[i*n:(i+1)*n], from.Float64s()[r*n:(r+1)*n])
	}
}

func (c *Central) dropout(layer, m, n int) *tensor.Dense {
	done := c.where.epoch*c.learning.Batches(len(c.number)) + c.where.batch
	return c.learning.DropoutMask(uint64(done*c.learning.Initial.Layers()+layer), m, n)
}

// done reports an operation on objects of the store.
func (c *Central) done(t *trace.Tracer, in []string, out ...string) {
	if t.Watched() {
		t.EndLocal(Server, c.values(in...), c.values(out...))
	}
}

func (c *Central) values(names ...string) []trace.Value {
	var out []trace.Value
	for _, name := range names {
		out = append(out, trace.Value{Name: name, Form: trace.Plain,
			Parts: []trace.Part{{Party: Server, Data: c.server.Store.Need(Server, name)}}})
	}
	return out
}

func (c *Central) weightNames() []string {
	var names []string
	for l := range c.learning.Initial.W {
		names = append(names, "w"+strconv.Itoa(l+1), "b"+strconv.Itoa(l+1))
	}
	return names
}

// state is a place in the run: the position and the server's memory.
type state struct {
	where position
	store *party.Image
}

// Bytes returns the memory the state does not share with the one before it.
func (s state) Bytes() int { return s.store.Bytes() }

// Save returns the state at the boundary where Run is. What the batch before
// left behind is not part of it: nothing that follows depends on it.
func (c *Central) Save(previous mode.State) mode.State {
	if c.where.ready {
		c.server.Store.Truncate(c.where.keep)
	}
	var before *party.Image
	if p, ok := previous.(state); ok {
		before = p.store
	}
	return state{c.where, c.server.Store.Image(before)}
}

// Restore returns to a saved state.
func (c *Central) Restore(s mode.State) {
	saved := s.(state)
	c.where = saved.where
	c.server.Store.Restore(saved.store)
}

// Package central trains the plain way: one party, the server, has all rows in
// its memory and runs stochastic gradient descent on them (protocols, section 8).
// It sends nothing, protects nothing, and is the reference for every other way.
//
// With privacy ("--dp central") it is DP-SGD (Abadi et al. 2016): each batch is a
// Poisson sample, each row's gradient is clipped, and the sum gets noise before it
// moves the weights (section 9). The server still sees everything; what it gives
// away, the weights after any batch, is private.
package central

import (
	"gorgonia.org/tensor"

	"unseen/engine/local"
	"unseen/engine/mode"
	"unseen/engine/nn"
	"unseen/engine/party"
	"unseen/engine/trace"
)

// Server is the id of the one party.
const Server = "server"

// Central is central training. It implements mode.Mode.
type Central struct {
	learning mode.Learning
	server   *local.Trainer
	bench    *local.Bench
	where    position
	sample   func(step uint64) []int // the rows of a private batch
}

// position is the next thing to do.
type position struct {
	ready        bool // set up
	epoch, batch int  // counted from 0
	released     int  // noisy gradients
}

// New gives the server all training rows.
func New(r mode.Rows, l mode.Learning) *Central {
	c := &Central{learning: l, bench: local.NewBench(l)}
	c.server = local.NewTrainer(party.New(Server, 0, party.Server), r, nil)
	how := "nothing is scaled"
	switch r.Scaling.How {
	case "standard":
		how = "mean and deviation of the training rows"
	case "range":
		how = "public ranges of the columns"
	}
	shift, scale := local.Scaling(r.Scaling)
	store := c.server.Party.Store
	store.Put(local.Shift, trace.Plain, shift, 0, how)
	store.Put(local.Scale, trace.Plain, scale, 0, how)
	if l.Privacy != nil {
		c.bench.Private(l.Privacy, func() { c.where.released++ })
		c.sample = func(step uint64) []int { return l.Poisson(Server, r.Len(), step) }
	}
	return c
}

// Parties returns the server.
func (c *Central) Parties() []*party.Party { return []*party.Party{c.server.Party} }

// Units returns the number of batches of the whole run.
func (c *Central) Units() int {
	return c.learning.Privacy.Left(c.learning.Epochs * c.learning.Batches(c.server.Len()))
}

// Releases returns how many noisy gradients have moved the weights.
func (c *Central) Releases() int { return c.where.released }

// Steps counts the events of the whole run: it runs one and two batches of zeros
// for one and two epochs, which tells what setting up, a batch and the end of an
// epoch consist of. The empty batches of a private run are counted apart: which
// they are is known beforehand.
func (c *Central) Steps() int {
	count := func(batches, epochs int) int { return mode.Count(c.zero(batches, epochs)) }
	one, two, again := count(1, 1), count(2, 1), count(1, 2)
	batch := two - one
	end := again - one - batch
	setup := one - batch - end
	units, perEpoch := c.Units(), c.learning.Batches(c.server.Len())
	total := setup + units*batch + (units+perEpoch-1)/perEpoch*end
	if empty := c.empty(units); empty > 0 {
		nobody := c.zero(1, 1)
		nobody.sample = func(uint64) []int { return nil }
		total -= empty * (one - mode.Count(nobody))
	}
	return total
}

// zero makes a run on zeros, to count with.
func (c *Central) zero(batches, epochs int) *Central {
	l := c.learning
	l.Epochs, l.Batch = epochs, 1
	l.Initial = nn.Zeros(nn.Widths(c.learning.Initial))
	l.Privacy = l.Privacy.Endless()
	zero := New(mode.ZeroRows(batches, l.Initial), l)
	zero.sample = func(uint64) []int { return []int{0} }
	return zero
}

// empty counts the batches without rows among the first so many.
func (c *Central) empty(units int) int {
	n := 0
	for step := range units {
		if c.learning.Privacy != nil && c.learning.Nobody(Server, c.server.Len(), uint64(step)) {
			n++
		}
	}
	return n
}

// Cost is nothing: no message is sent.
func (c *Central) Cost() trace.Cost { return trace.Cost{Sent: map[string]int64{Server: 0}} }

// Weights returns the model in the server's memory, or the initial weights
// before they are there.
func (c *Central) Weights() nn.Weights {
	if !c.where.ready {
		return c.learning.Initial
	}
	return local.Network(c.server.Party, c.learning.Initial.Layers())
}

// Run trains from the present state to the end.
func (c *Central) Run(t *trace.Tracer, m mode.Monitor) {
	c.bench.Watch(t)
	n := c.server.Len()
	if !c.where.ready {
		m.Boundary()
		c.setUp(t)
	}
	batches, units := c.learning.Batches(n), c.Units()
	epochs := (units + batches - 1) / batches // the last one may be cut short
	for ; c.where.epoch < epochs; c.where.epoch++ {
		t.Begin(trace.Scope{Level: trace.Epoch, Name: "epoch", Index: c.where.epoch + 1, Of: epochs})
		order := c.learning.Order(Server, n, uint64(c.where.epoch))
		for ; c.where.batch < batches && c.step() < units; c.where.batch++ {
			c.bench.Clear() // here, not when a checkpoint happens to be saved: all ways to a step show the same
			m.Boundary()
			t.Begin(trace.Scope{Level: trace.Batch, Name: "batch", Index: c.where.batch + 1, Of: batches})
			c.train(t, m, order)
		}
		m.Epoch(c.Weights(), nil)
		c.end(t)
		c.where.batch = 0
	}
}

// step returns how many batches came before, in the whole run.
func (c *Central) step() int { return c.where.epoch*c.learning.Batches(c.server.Len()) + c.where.batch }

// train does one batch: the next rows in this order, or, where it has to be
// private, rows drawn for it.
func (c *Central) train(t *trace.Tracer, m mode.Monitor, order []int) {
	first, step := c.where.batch*c.learning.Batch, uint64(c.step())
	var index []int
	if c.learning.Privacy == nil {
		index = order[first:min(first+c.learning.Batch, len(order))]
	} else {
		index = c.sample(step)
	}
	loss, in, out := c.bench.Step(c.server, index, step)
	if len(index) > 0 {
		m.Batch(loss)
	}
	t.End(in, out)
}

// setUp scales the rows and puts the initial weights into the server's memory.
func (c *Central) setUp(t *trace.Tracer) {
	t.Begin(trace.Scope{Level: trace.Epoch, Name: "setup"})
	c.bench.ScaleRows(c.server)
	t.Begin(trace.Scope{Level: trace.Operation, Name: "init"})
	store := c.server.Party.Store
	for _, p := range local.Parcels(c.learning.Initial) {
		store.Put(p.Name, p.Form, p.Data.Clone().(*tensor.Dense), t.Step()+1, "initial weights")
	}
	names := local.Names(c.learning.Initial.Layers())
	if t.Watched() {
		t.EndLocal(Server, nil, local.Values(c.server.Party, names...))
	}
	c.where.ready = true
	c.end(t)
}

// end closes a span that leaves behind a model.
func (c *Central) end(t *trace.Tracer) {
	if t.Watched() {
		t.End(nil, local.Values(c.server.Party, local.Names(c.learning.Initial.Layers())...))
	}
}

// state is a place in the run: the position and the server's memory.
type state struct {
	where position
	store *party.Image
}

// Bytes returns the memory the state does not share with the one before it.
func (s state) Bytes() int { return s.store.Bytes() }

// Tensors calls f for every tensor of the state that an earlier state, which may be
// nil, does not have in the same place.
func (s state) Tensors(earlier mode.State, f func(*tensor.Dense)) {
	last, _ := earlier.(state)
	s.store.Tensors(last.store, f)
}

// Where names epoch and batch.
func (c *Central) Where() []trace.Scope {
	if !c.where.ready {
		return []trace.Scope{{Level: trace.Epoch, Name: "setup"}}
	}
	return []trace.Scope{{Level: trace.Epoch, Name: "epoch", Index: c.where.epoch + 1}, {Level: trace.Batch, Name: "batch", Index: c.where.batch + 1}}
}

// Save returns the state at the boundary where Run is. What the batch before
// left behind is not part of it: nothing that follows depends on it.
func (c *Central) Save(previous mode.State) mode.State {
	c.bench.Clear()
	var before *party.Image
	if p, ok := previous.(state); ok {
		before = p.store
	}
	return state{c.where, c.server.Party.Store.Image(before)}
}

// Restore returns to a saved state.
func (c *Central) Restore(s mode.State) {
	saved := s.(state)
	c.where = saved.where
	c.bench.Clear()
	c.server.Party.Store.Restore(saved.store)
}

var _ mode.Mode = (*Central)(nil)

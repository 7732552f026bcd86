// Package federated trains by sending the model to the rows instead of the rows
// to the model (protocols, section 8): for each worker in turn the server sends
// the model, the worker makes one pass over its own rows, and the server gets the
// model back.
//
// Rows never leave their owners. But the server sees the model before and after
// each visit, and the difference is the worker's gradient: of a worker with one
// row it gives the row away. That is the lesson of this mode, not an oversight.
package federated

import (
	"unseen/engine/local"
	"unseen/engine/mode"
	"unseen/engine/nn"
	"unseen/engine/trace"
)

// Federated is federated training. It implements mode.Mode.
type Federated struct {
	*local.Fleet
	where position
}

// position is the next thing to do.
type position struct {
	ready        bool // set up
	epoch, visit int  // counted from 0
}

// New gives each owner its rows, and the server the initial weights.
func New(r mode.Rows, l mode.Learning) *Federated {
	return &Federated{Fleet: local.NewFleet(r, l)}
}

// Units returns the number of visits of the whole run.
func (f *Federated) Units() int { return f.Learning.Epochs * len(f.Workers) }

// Steps returns the number of events of the whole run.
func (f *Federated) Steps() int {
	return local.Count(f.Visits(1), f.Learning.Epochs, func(workers, steps, epochs int) int {
		l := f.Learning
		l.Epochs, l.Batch, l.Initial = epochs, 1, nn.Zeros(nn.Widths(l.Initial))
		return mode.Count(New(local.ZeroFleet(workers, steps, l.Initial), l))
	})
}

// Where names epoch and visit.
func (f *Federated) Where() []trace.Scope {
	return local.Where(f.where.ready, "epoch", f.where.epoch, "visit", f.where.visit)
}

// Run trains from the present state to the end.
func (f *Federated) Run(t *trace.Tracer, m mode.Monitor) {
	f.Bench.Watch(t)
	if !f.where.ready {
		m.Boundary()
		f.SetUp(t)
		f.where.ready = true
	}
	n := len(f.Workers)
	for ; f.where.epoch < f.Learning.Epochs; f.where.epoch++ {
		t.Begin(trace.Scope{Level: trace.Epoch, Name: "epoch", Index: f.where.epoch + 1, Of: f.Learning.Epochs})
		order := f.Learning.Order(local.Server, n, uint64(f.where.epoch))
		for ; f.where.visit < n; f.where.visit++ {
			f.Bench.Clear() // here, not when a checkpoint happens to be saved: all ways to a step show the same
			m.Boundary()
			f.visit(t, m, f.where.visit, f.Workers[order[f.where.visit]])
		}
		m.Epoch(f.Weights(), nil)
		f.End(t)
		f.where.visit = 0
	}
}

// visit sends the model to a worker, lets it make one pass over its rows, and
// gets the model back.
func (f *Federated) visit(t *trace.Tracer, m mode.Monitor, i int, w *local.Trainer) {
	f.Visit(t, i, w)
	f.SendModel(t, w)
	losses, in, out := f.Train(t, w, uint64(f.where.epoch), 1)
	f.Link.Exchange(t, "get model", func() { // the worker forgets it: what it sends is no longer written to
		f.Link.Send(t, w.Party, f.Server, "get model", local.Parcels(local.Network(w.Party, f.Layers()))...)
	})
	if t.Watched() {
		out = append(out[:2:2], local.Values(f.Server, local.Names(f.Layers())...)...)
	}
	f.ForgetModel(w)
	m.Batch(losses[0])
	t.End(in, out)
}

// Save returns the state at the boundary where Run is.
func (f *Federated) Save(previous mode.State) mode.State {
	return local.Save(f.Fleet, f.where, previous)
}

// Restore returns to a saved state.
func (f *Federated) Restore(s mode.State) { f.where = local.Restore[position](f.Fleet, s) }

var _ mode.Mode = (*Federated)(nil)

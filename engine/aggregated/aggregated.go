// Package aggregated trains by averaging (protocols, section 8; McMahan et al.
// 2017, FederatedAveraging): in each server round every worker trains a copy of
// the model on its own rows and moves it to a trusted aggregator, which averages
// the copies, weighted by rows, and sends the average to the server. The next
// server round starts from that average.
//
// The server sees nothing but averages. The aggregator sees every worker's model:
// it must be trusted, which is why secure aggregation exists.
//
// With privacy (section 9) what is averaged is how each worker's model changed,
// clipped; the aggregator adds noise to the sum ("--dp central"), or each worker
// to its own update before it leaves ("--dp local"). See private.go.
package aggregated

import (
	"fmt"

	"gorgonia.org/tensor"

	"unseen/engine/local"
	"unseen/engine/mode"
	"unseen/engine/nn"
	"unseen/engine/party"
	"unseen/engine/trace"
)

// Aggregator is the id of the party that averages.
const Aggregator = "aggregator"

// average is the object in which aggregator and server hold the average, 1 × weights.
const average = "average"

// Aggregated is training by averaging. It implements mode.Mode.
type Aggregated struct {
	*local.Fleet
	aggregator *party.Party
	where      position
	steps      []int64 // between adding up and adding noise: the sum on the grid of the noise
}

// position is the next thing to do.
type position struct {
	ready        bool // set up
	round, visit int  // counted from 0
	released     int  // private averages
}

// New gives each owner its rows, and the server the initial weights.
func New(r mode.Rows, l mode.Learning) *Aggregated {
	a := party.New(Aggregator, 1, party.Aggregator)
	return &Aggregated{Fleet: local.NewFleet(r, l, a), aggregator: a}
}

// Units returns the number of visits of the whole run.
func (a *Aggregated) Units() int { return a.rounds() * len(a.Workers) }

// rounds returns how many server rounds there are: fewer than planned where they
// would cost more privacy than is allowed.
func (a *Aggregated) rounds() int { return a.Learning.Privacy.Left(a.Learning.Rounds) }

// Releases returns how many private averages there have been.
func (a *Aggregated) Releases() int { return a.where.released }

// Steps returns the number of events of the whole run.
func (a *Aggregated) Steps() int {
	return local.Count(a.Visits(a.Learning.LocalEpochs), a.rounds(), func(workers, steps, rounds int) int {
		l := a.Learning
		l.Rounds, l.LocalEpochs, l.Batch, l.Initial = rounds, 1, 1, nn.Zeros(nn.Widths(l.Initial))
		l.Privacy = l.Privacy.Endless()
		return mode.Count(New(local.ZeroFleet(workers, steps, l.Initial), l))
	})
}

// Where names server round and visit.
func (a *Aggregated) Where() []trace.Scope {
	return local.Where(a.where.ready, "server round", a.where.round, "visit", a.where.visit)
}

// Run trains from the present state to the end.
func (a *Aggregated) Run(t *trace.Tracer, m mode.Monitor) {
	a.Bench.Watch(t)
	if !a.where.ready {
		m.Boundary()
		a.SetUp(t)
		a.where.ready = true
	}
	n := len(a.Workers)
	for ; a.where.round < a.rounds(); a.where.round++ {
		t.Begin(trace.Scope{Level: trace.Epoch, Name: "server round", Index: a.where.round + 1, Of: a.rounds()})
		for ; a.where.visit < n; a.where.visit++ {
			a.Bench.Clear() // here, not when a checkpoint happens to be saved: all ways to a step show the same
			m.Boundary()
			if a.where.visit == 0 {
				a.SendModel(t, a.Workers...)
			}
			w := a.Workers[a.where.visit]
			a.Visit(t, a.where.visit, w)
			if a.private() {
				a.keepStart(t, w)
			}
			_, in, out := a.Train(t, w, uint64(a.where.round), a.Learning.LocalEpochs)
			if a.private() {
				a.release(t, w)
			}
			t.End(in, out)
		}
		if a.private() {
			a.aggregatePrivately(t)
		} else {
			a.aggregate(t)
		}
		m.Epoch(a.Weights(), a.LocalLoss())
		a.End(t)
		a.where.visit = 0
	}
}

// aggregate moves the workers' models to the aggregator, averages them, and sends
// the average to the server, whose model it becomes.
func (a *Aggregated) aggregate(t *trace.Tracer) {
	a.Link.Exchange(t, "move models", func() {
		for _, w := range a.Workers {
			model := nn.Pack(local.Network(w.Party, a.Layers()))
			rows := nn.New(1, 1)
			rows.Float64s()[0] = float64(w.Len())
			a.Link.Send(t, w.Party, a.aggregator, "move model",
				party.Parcel{Name: w.Party.ID, Data: model}, party.Parcel{Name: rowsOf(w), Data: rows})
			a.ForgetModel(w)
		}
	})
	a.average(t)
	a.Link.Exchange(t, "send average", func() {
		mean := a.aggregator.Store.Need(Aggregator, average)
		a.Link.Send(t, a.aggregator, a.Server, "send average", party.Parcel{Name: average, Data: mean})
	})
	t.Begin(trace.Scope{Level: trace.Operation, Name: "replace"})
	mean := a.Server.Store.Need(local.Server, average)
	nn.Unpack(mean, local.Network(a.Server, a.Layers())) // the server's own copies: it sent others
	for _, p := range local.Parcels(local.Network(a.Server, a.Layers())) {
		a.Server.Store.Put(p.Name, p.Form, p.Data, t.Step()+1, "the average")
	}
	if t.Watched() {
		t.EndLocal(local.Server, local.Values(a.Server, average), local.Values(a.Server, local.Names(a.Layers())...))
	}
}

// shown is how many of the models that are averaged the event lists.
const shown = 3

// average computes Σ rows·model / Σ rows over the workers' models, which the
// aggregator then forgets.
func (a *Aggregated) average(t *trace.Tracer) {
	t.Begin(trace.Scope{Level: trace.Operation, Name: "average"})
	store := a.aggregator.Store
	var mean *tensor.Dense
	total := 0.0
	for _, w := range a.Workers {
		model := store.Need(Aggregator, w.Party.ID)
		if mean == nil {
			mean = nn.New(1, model.Size())
		}
		weight, sum := store.Need(Aggregator, rowsOf(w)).Float64s()[0], mean.Float64s()
		total += weight
		for i, x := range model.Float64s() {
			sum[i] += weight * x
		}
	}
	for i := range mean.Size() {
		mean.Float64s()[i] /= total
	}
	store.Put(average, trace.Plain, mean, t.Step()+1,
		fmt.Sprintf("mean of %d models, weighted by rows", len(a.Workers)))
	if t.Watched() {
		var names []string
		for _, w := range a.Workers[:min(shown, len(a.Workers))] {
			names = append(names, w.Party.ID)
		}
		t.EndLocal(Aggregator, local.Values(a.aggregator, names...), local.Values(a.aggregator, average))
	}
	received := make(map[string]bool, 2*len(a.Workers))
	for _, w := range a.Workers {
		received[w.Party.ID], received[rowsOf(w)] = true, true
	}
	store.RemoveFunc(func(name string) bool { return received[name] })
}

// rowsOf names the object that tells how many rows a worker's model stands for.
func rowsOf(w *local.Trainer) string { return w.Party.ID + " rows" }

// Save returns the state at the boundary where Run is.
func (a *Aggregated) Save(previous mode.State) mode.State {
	return local.Save(a.Fleet, a.where, previous)
}

// Restore returns to a saved state.
func (a *Aggregated) Restore(s mode.State) { a.where = local.Restore[position](a.Fleet, s) }

var _ mode.Mode = (*Aggregated)(nil)

package aggregated

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"unseen/engine/local"
	"unseen/engine/mode"
	"unseen/engine/nn"
	"unseen/engine/party"
	"unseen/engine/trace"
)

// Objects of private averaging. A worker's update lies in the aggregator's memory
// under the worker's id.
const (
	start  = "start"  // the model as it was sent, 1 × weights
	update = "update" // how it changed, weighted by rows and clipped, 1 × weights
)

// private reports whether updates are clipped and noise is added.
func (a *Aggregated) private() bool { return a.Learning.Privacy != nil }

// byWorkers reports whether each worker adds noise to its own update.
func (a *Aggregated) byWorkers() bool { return a.Learning.Privacy.Noise == mode.LocalNoise }

// keepStart lets a worker remember the model it was sent.
func (a *Aggregated) keepStart(t *trace.Tracer, w *local.Trainer) {
	w.Party.Store.Put(start, trace.Plain, nn.Pack(local.Network(w.Party, a.Layers())), t.Step(), "the model as it was sent")
}

// release turns a worker's model into what leaves it: the difference to the model
// it was sent, times its rows over the mean number of rows, clipped to norm C. With
// local noise the worker adds noise of its own.
//
//	update = rows·n / Σ rows · (model − start),  update ← update · min(1, C/‖update‖)
func (a *Aggregated) release(t *trace.Tracer, w *local.Trainer) {
	t.Begin(trace.Scope{Level: trace.Operation, Name: "clip"})
	store, id, sum := w.Party.Store, w.Party.ID, a.Learning.Privacy.Sum
	change := nn.Pack(local.Network(w.Party, a.Layers()))
	weight := float64(w.Len()*len(a.Workers)) / float64(a.rows())
	for i, x := range store.Need(id, start).Float64s() {
		change.Float64s()[i] = weight * (change.Float64s()[i] - x)
	}
	steps := make([]int64, change.Size())
	before, after := sum.Add(steps, change.Float64s())
	if !(before <= math.MaxFloat64) {
		panic(&party.Abort{Party: id, Cause: fmt.Errorf("the norm of the update is %v: training diverged; try a smaller learning rate, or scaled features", before)})
	}
	a.ForgetModel(w)
	store.Remove(start)
	clipped := change // its memory is free now
	sum.Values(clipped.Float64s(), steps)
	norms := nn.New(1, 2)
	norms.Float64s()[0], norms.Float64s()[1] = before, after
	store.PutPassing(local.Norms, trace.Plain, norms, t.Step()+1, "of the update, before and after clipping")
	if a.byWorkers() {
		store.PutPassing(update, trace.Plain, clipped, t.Step()+1, "rows · n / Σ rows · (model − start), clipped")
	} else {
		store.Put(update, trace.Plain, clipped, t.Step()+1, "rows · n / Σ rows · (model − start), clipped")
	}
	if t.Watched() {
		t.EndLocal(id, nil, local.Values(w.Party, local.Norms, update))
	}
	if a.byWorkers() {
		a.addNoise(t, w.Party, update, clipped, steps)
	}
}

// rows returns the number of all rows, which is public.
func (a *Aggregated) rows() int {
	n := 0
	for _, w := range a.Workers {
		n += w.Len()
	}
	return n
}

// addNoise lets a party add noise to a vector, given in numbers and in steps.
func (a *Aggregated) addNoise(t *trace.Tracer, who *party.Party, name string, before *tensor.Dense, steps []int64) {
	t.Begin(trace.Scope{Level: trace.Operation, Name: "noise"})
	sum, noisy := a.Learning.Privacy.Sum, nn.New(1, len(steps))
	sum.AddNoise(steps, a.Learning.NoiseStream(who.ID, uint64(a.where.round)))
	sum.Values(noisy.Float64s(), steps)
	who.Store.Put(local.Noisy, trace.Plain, noisy, t.Step()+1, name+" + "+local.Noise)
	if !a.byWorkers() {
		a.where.released++
	}
	if t.Watched() {
		added := nn.New(1, len(steps))
		for i, x := range before.Float64s() {
			added.Float64s()[i] = noisy.Float64s()[i] - x
		}
		who.Store.PutPassing(local.Noise, trace.Plain, added, t.Step()+1, "discrete Gaussian, deviation noise × clip")
		t.EndLocal(who.ID, local.Values(who, name), local.Values(who, local.Noisy, local.Noise))
	}
}

// aggregatePrivately moves the workers' updates to the aggregator, which adds them
// up, adds noise unless the workers did, and divides by their number. The server
// moves its model by that average.
func (a *Aggregated) aggregatePrivately(t *trace.Tracer) {
	released := update
	if a.byWorkers() {
		released = local.Noisy
	}
	a.Link.Exchange(t, "move updates", func() {
		for _, w := range a.Workers {
			a.Link.Send(t, w.Party, a.aggregator, "move update", party.Parcel{Name: w.Party.ID, Data: w.Party.Store.Need(w.Party.ID, released)})
			w.Party.Store.Remove(released)
			a.Bench.Clear() // of the last worker
		}
	})
	store := a.aggregator.Store
	if a.byWorkers() {
		a.where.released++
		a.add(t, local.Noisy)
	} else {
		a.add(t, local.Clipped)
		a.addNoise(t, a.aggregator, local.Clipped, store.Need(Aggregator, local.Clipped), a.steps)
		store.Remove(local.Noise)
	}
	a.divide(t, local.Noisy)
	store.Remove(local.Clipped)
	store.Remove(local.Noisy)
	a.Link.Exchange(t, "send average", func() {
		a.Link.Send(t, a.aggregator, a.Server, "send average", party.Parcel{Name: average, Data: store.Need(Aggregator, average)})
	})
	a.apply(t)
}

// add computes Σ updates under this name, which the aggregator then forgets. Without noise in them
// it adds them in steps of the grid, each clipped once more: a worker that did not
// keep to the limit cannot break the others' privacy.
func (a *Aggregated) add(t *trace.Tracer, name string) {
	t.Begin(trace.Scope{Level: trace.Operation, Name: "add"})
	store, sum := a.aggregator.Store, a.Learning.Privacy.Sum
	n := store.Need(Aggregator, a.Workers[0].Party.ID).Size()
	total := nn.New(1, n)
	a.steps = make([]int64, n)
	for _, w := range a.Workers {
		x := store.Need(Aggregator, w.Party.ID).Float64s()
		if !a.byWorkers() {
			sum.Add(a.steps, x)
			continue
		}
		for i, v := range x {
			total.Float64s()[i] += v
		}
	}
	if !a.byWorkers() {
		sum.Values(total.Float64s(), a.steps)
	}
	store.Put(name, trace.Plain, total, t.Step()+1, fmt.Sprintf("Σ of %d updates", len(a.Workers)))
	if t.Watched() {
		var names []string
		for _, w := range a.Workers[:min(shown, len(a.Workers))] {
			names = append(names, w.Party.ID)
		}
		t.EndLocal(Aggregator, local.Values(a.aggregator, names...), local.Values(a.aggregator, name))
	}
	for _, w := range a.Workers {
		store.Remove(w.Party.ID)
	}
}

// divide computes the average: the sum over the number of workers, which is fixed.
func (a *Aggregated) divide(t *trace.Tracer, total string) {
	t.Begin(trace.Scope{Level: trace.Operation, Name: "mean"})
	store := a.aggregator.Store
	mean := store.Need(Aggregator, total).Clone().(*tensor.Dense)
	for i := range mean.Float64s() {
		mean.Float64s()[i] /= float64(len(a.Workers))
	}
	store.Put(average, trace.Plain, mean, t.Step()+1, fmt.Sprintf("%s / %d", total, len(a.Workers)))
	if t.Watched() {
		t.EndLocal(Aggregator, local.Values(a.aggregator, total), local.Values(a.aggregator, average))
	}
}

// apply moves the server's model by the average update.
func (a *Aggregated) apply(t *trace.Tracer) {
	t.Begin(trace.Scope{Level: trace.Operation, Name: "apply"})
	model := nn.Pack(local.Network(a.Server, a.Layers()))
	for i, x := range a.Server.Store.Need(local.Server, average).Float64s() {
		model.Float64s()[i] += x
	}
	nn.Unpack(model, local.Network(a.Server, a.Layers())) // the server's own copies: it sent others
	for _, p := range local.Parcels(local.Network(a.Server, a.Layers())) {
		a.Server.Store.Put(p.Name, p.Form, p.Data, t.Step()+1, "moved by the average update")
	}
	if t.Watched() {
		t.EndLocal(local.Server, local.Values(a.Server, average), local.Values(a.Server, local.Names(a.Layers())...))
	}
}

package local

import (
	"slices"
	"strconv"

	"gorgonia.org/tensor"

	"unseen/engine/mode"
	"unseen/engine/nn"
	"unseen/engine/party"
	"unseen/engine/trace"
)

// Server is the id of the party that owns the model.
const Server = "server"

// LocalLoss is the object in which a worker keeps the mean losses of its last
// local epochs, 1 × epochs.
const LocalLoss = "local loss"

// Fleet is a server without rows, the workers who have them, and the link between
// them. It is common to the ways in which the model travels and the rows stay.
type Fleet struct {
	Learning mode.Learning
	Server   *party.Party
	Workers  []*Trainer
	Link     party.Link
	Bench    *Bench
	parties  []*party.Party
}

// NewFleet gives each owner its rows. The server knows the public scaling and
// the initial weights. Other parties, such as an aggregator, are listed after the
// server and before the workers.
func NewFleet(r mode.Rows, l mode.Learning, others ...*party.Party) *Fleet {
	f := &Fleet{Learning: l, Server: party.New(Server, 0, party.Server), Bench: NewBench(l)}
	f.parties = append([]*party.Party{f.Server}, others...)
	how := "nothing is scaled"
	switch r.Scaling.How {
	case "standard":
		how = "mean and deviation of all training rows, taken to be public"
	case "range":
		how = "public ranges of the columns"
	}
	shift, scale := Scaling(r.Scaling)
	f.Server.Store.PutFrozen(Shift, trace.Plain, shift, 0, how)
	f.Server.Store.PutFrozen(Scale, trace.Plain, scale, 0, how)
	for i, owner := range r.Owners {
		w := NewTrainer(party.New(owner.ID, len(others)+i+1, party.Worker), r, owner.Index)
		f.Workers = append(f.Workers, w)
		f.parties = append(f.parties, w.Party)
	}
	return f
}

// Parties lists all parties, the server first.
func (f *Fleet) Parties() []*party.Party { return f.parties }

// Layers returns the number of layers of the model.
func (f *Fleet) Layers() int { return f.Learning.Initial.Layers() }

// Cost returns what was sent so far.
func (f *Fleet) Cost() trace.Cost { return f.Link.Cost() }

// Weights returns the model in the server's memory, or the initial weights before
// they are there.
func (f *Fleet) Weights() nn.Weights {
	if _, ok := f.Server.Store.Get("w1"); !ok {
		return f.Learning.Initial
	}
	return Network(f.Server, f.Layers())
}

// SetUp draws the initial weights at the server, and sends shift and scale to the
// workers, who scale their own rows.
func (f *Fleet) SetUp(t *trace.Tracer) {
	t.Begin(trace.Scope{Level: trace.Epoch, Name: "setup"})
	t.Begin(trace.Scope{Level: trace.Operation, Name: "init"})
	for _, p := range Parcels(f.Learning.Initial) {
		f.Server.Store.Put(p.Name, p.Form, p.Data.Clone().(*tensor.Dense), t.Step()+1, "initial weights")
	}
	if t.Watched() {
		t.EndLocal(Server, nil, f.values())
	}
	f.Link.Exchange(t, "send scaling", func() {
		shift, scale := f.Server.Store.Need(Server, Shift), f.Server.Store.Need(Server, Scale)
		for _, w := range f.Workers {
			f.Link.Send(t, f.Server, w.Party, "send scaling",
				party.Parcel{Name: Shift, Data: shift}, party.Parcel{Name: Scale, Data: scale})
		}
	})
	for _, w := range f.Workers {
		f.Bench.ScaleRows(w)
	}
	if t.Watched() {
		t.End(nil, f.values())
	}
}

// values names the model in the server's memory for an event.
func (f *Fleet) values() []trace.Value { return Values(f.Server, Names(f.Layers())...) }

// SendModel sends the server's model, as it is now, to workers: one message each,
// in one round.
func (f *Fleet) SendModel(t *trace.Tracer, workers ...*Trainer) {
	var model []party.Parcel
	for _, name := range Names(f.Layers()) {
		w := party.Parcel{Name: name, Data: f.Server.Store.Need(Server, name)}
		if o, _ := f.Server.Store.Get(name); !o.Frozen { // else it came in a message itself
			w.Data = w.Data.Clone().(*tensor.Dense)
		}
		model = append(model, w)
	}
	f.Link.Exchange(t, "send model", func() {
		for _, w := range workers {
			f.Link.Send(t, f.Server, w.Party, "send model", model...)
		}
	})
}

// ForgetModel removes the model from a worker that has handed it on.
func (f *Fleet) ForgetModel(w *Trainer) {
	names := Names(f.Layers())
	w.Party.Store.RemoveFunc(func(name string) bool { return slices.Contains(names, name) })
}

// Visit opens the span of a visit to the i-th of the workers in this order.
func (f *Fleet) Visit(t *trace.Tracer, i int, w *Trainer) {
	t.Begin(trace.Scope{Level: trace.Batch, Name: "visit", Index: i + 1, Of: len(f.Workers), Part: w.Party.ID})
}

// Visits lists how many steps of gradient descent each worker makes in a visit
// with so many passes over its rows.
func (f *Fleet) Visits(passes int) []int {
	visits := make([]int, len(f.Workers))
	for i, w := range f.Workers {
		visits[i] = passes * f.Learning.Batches(w.Len())
	}
	return visits
}

// Train lets a worker make passes over its rows with the model in its memory, in
// batches. It returns the mean loss of each pass, which the worker keeps too, and
// while watched the values of the last step. visit must be new for each visit.
func (f *Fleet) Train(t *trace.Tracer, w *Trainer, visit uint64, passes int) (losses []float64, in, out []trace.Value) {
	for _, name := range Names(f.Layers()) {
		w.Party.Store.Own(name)
	}
	n, batches := w.Len(), f.Learning.Batches(w.Len())
	steps := passes * batches
	losses = make([]float64, passes)
	for pass := range passes {
		order := f.Learning.Order(w.Party.ID, n, visit*uint64(passes)+uint64(pass))
		for b := range batches {
			step := pass*batches + b
			if steps > 1 {
				t.Begin(trace.Scope{Level: trace.Batch, Name: "local step", Index: step + 1, Of: steps})
			}
			index := order[b*f.Learning.Batch : min((b+1)*f.Learning.Batch, n)]
			var mean float64
			mean, in, out = f.Bench.Step(w, index, visit*uint64(steps)+uint64(step))
			if steps > 1 {
				t.End(in, out)
			}
			losses[pass] += mean * float64(len(index)) / float64(n)
		}
	}
	f.KeepLosses(w, losses, t.Step()+1)
	return losses, in, out
}

// KeepLosses puts the mean loss of each pass of a visit into a worker's memory.
func (f *Fleet) KeepLosses(w *Trainer, losses []float64, step int) {
	kept := nn.New(1, len(losses))
	copy(kept.Float64s(), losses)
	w.Party.Store.PutFrozen(LocalLoss, trace.Plain, kept, step, "mean loss of each pass over own rows")
}

// TrainAlone does what [Fleet.Train] does with a model that the worker was sent, on another
// bench, which may be used at the same time as others: nobody is told, and the worker's
// memory stays as it is. It returns the model that comes of it, which is the bench's until it
// is used again, and the loss of each pass.
func (f *Fleet) TrainAlone(b *Bench, w *Trainer, model nn.Weights, visit uint64, passes int) (nn.Weights, []float64) {
	alone := &Trainer{Party: party.New(w.Party.ID, w.Party.Number, w.Party.Role), number: w.number}
	for _, name := range []string{Scaled, Labels} {
		alone.Party.Store.PutFrozen(name, trace.Plain, w.Party.Store.Need(w.Party.ID, name), 0, "")
	}
	for _, p := range Parcels(b.borrow(model)) {
		alone.Party.Store.Put(p.Name, p.Form, p.Data, 0, "")
	}
	t, g := new(trace.Tracer), *f
	g.Bench = b
	b.Watch(t)
	losses, _, _ := g.Train(t, alone, visit, passes)
	return Network(alone.Party, f.Layers()), losses
}

// LocalLoss is the mean over all rows of the workers' last losses, by local epoch.
func (f *Fleet) LocalLoss() []float64 {
	mean := make([]float64, f.Learning.LocalEpochs)
	total := 0.0
	for _, w := range f.Workers {
		weight := float64(w.Len())
		total += weight
		for i, x := range w.Party.Store.Need(w.Party.ID, LocalLoss).Float64s() {
			mean[i] += weight * x
		}
	}
	for i := range mean {
		mean[i] /= total
	}
	return mean
}

// Where names an epoch or server round, and the visit of so many.
func Where(ready bool, epoch string, e int, visit string, v int) []trace.Scope {
	if !ready {
		return []trace.Scope{{Level: trace.Epoch, Name: "setup"}}
	}
	return []trace.Scope{{Level: trace.Epoch, Name: epoch, Index: e + 1}, {Level: trace.Batch, Name: visit, Index: v + 1}}
}

// End closes a span of the server that leaves behind a model.
func (f *Fleet) End(t *trace.Tracer) {
	if t.Watched() {
		t.End(nil, f.values())
	}
}

// State is a place in the run of a fleet: where its loop is, all parties'
// memories, and the cost so far. It implements mode.State.
type State[Position any] struct {
	where  Position
	stores []*party.Image
	cost   trace.Cost
	bytes  int
}

// Bytes returns the memory the state does not share with the one before it.
func (s *State[Position]) Bytes() int { return s.bytes }

// Tensors calls f for every tensor of the state that an earlier state, which may be
// nil, does not have in the same place.
func (s *State[Position]) Tensors(earlier mode.State, f func(*tensor.Dense)) {
	last, _ := earlier.(*State[Position])
	for i, m := range s.stores {
		var before *party.Image
		if last != nil {
			before = last.stores[i]
		}
		m.Tensors(before, f)
	}
}

// Where returns where the loop was.
func (s *State[Position]) Where() Position { return s.where }

// Memory returns what the i-th party had in its memory, the server being the first.
func (s *State[Position]) Memory(i int) *party.Image { return s.stores[i] }

// Save returns the state of a fleet whose loop is at where. It shares what did
// not change with the previous state of the same fleet, which may be nil.
func Save[Position any](f *Fleet, where Position, previous mode.State) *State[Position] {
	f.Bench.Clear()
	s := &State[Position]{where: where, cost: f.Link.Cost()}
	var before []*party.Image
	if last, _ := previous.(*State[Position]); last != nil {
		before = last.stores
	}
	s.stores, s.bytes = party.Images(f.parties, before)
	return s
}

// Restore returns a fleet to a saved state, and says where its loop was.
func Restore[Position any](f *Fleet, state mode.State) Position {
	s := state.(*State[Position])
	f.Bench.Clear()
	for i, p := range f.parties {
		p.Store.Restore(s.stores[i])
	}
	f.Link.SetCost(s.cost)
	return s.where
}

// Count answers mode.Mode.Steps for a fleet: how many events a run has. visits
// lists the steps of gradient descent of each visit of one epoch or server round.
// run counts the events of a run on zeros with so many workers, each making so
// many steps a visit, for so many epochs.
func Count(visits []int, epochs int, run func(workers, steps, epochs int) int) int {
	one := run(1, 1, 1)
	perWorker := run(2, 1, 1) - one                  // setting one up, and a visit
	visit := run(2, 1, 2) - run(1, 1, 2) - perWorker // a visit of one step
	setup := perWorker - visit                       // of one worker
	end := run(1, 1, 2) - one - visit                // of an epoch, without visits
	begin := one - setup - visit - end
	total := begin + setup*len(visits) + end*epochs
	known := map[int]int{1: visit}
	for _, steps := range visits {
		if _, ok := known[steps]; !ok {
			known[steps] = run(2, steps, 1) - run(1, steps, 1) - setup
		}
		total += known[steps] * epochs
	}
	return total
}

// Events returns how many events setting up has, and each worker's visit with so many
// passes over its rows, up to the end of the visit's span: counted on zeros, for a
// mode that has more to count.
func (f *Fleet) Events(passes int) (setup int, visits []int) {
	l := f.Learning
	l.Initial = nn.Zeros(nn.Widths(l.Initial))
	count := func(workers, steps int) (setup, visit int) {
		l.Batch = 1
		small := NewFleet(ZeroFleet(workers, 1, l.Initial), l)
		t := trace.NewTracer(func(*trace.Event) {}, 0)
		small.Bench.Watch(t)
		small.SetUp(t)
		setup = t.Step()
		small.Bench.Watch(&trace.Tracer{})
		small.SendModel(&trace.Tracer{}, small.Workers...)
		t = trace.NewTracer(func(*trace.Event) {}, 0)
		small.Bench.Watch(t)
		small.Visit(t, 0, small.Workers[0])
		_, in, out := small.Train(t, small.Workers[0], 0, steps)
		t.End(in, out)
		return setup, t.Step()
	}
	one, _ := count(1, 1)
	two, _ := count(2, 1)
	setup = one + (len(f.Workers)-1)*(two-one)
	known := map[int]int{}
	for _, steps := range f.Visits(passes) {
		if _, ok := known[steps]; !ok {
			_, known[steps] = count(1, steps)
		}
		visits = append(visits, known[steps])
	}
	return setup, visits
}

// ZeroFleet returns rows of zeros for [Count]: so many workers with so many rows.
func ZeroFleet(workers, rows int, initial nn.Weights) mode.Rows {
	r := mode.ZeroRows(workers*rows, initial)
	for w := range workers {
		owner := mode.Owner{ID: strconv.Itoa(w)}
		for i := range rows {
			owner.Index = append(owner.Index, w*rows+i)
		}
		r.Owners = append(r.Owners, owner)
	}
	return r
}

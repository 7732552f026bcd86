package secagg

import (
	"math"
	"strconv"

	"gorgonia.org/tensor"

	"unseen/engine/local"
	"unseen/engine/mode"
	"unseen/engine/nn"
	"unseen/engine/trace"
)

// Settings say how updates are aggregated.
type Settings struct {
	Committee bool
	Size      Size
	Drop      float64 // share of the workers that leaves in each server round
	Quantiser Quantiser
	Least     int // with privacy: how many must deliver in each server round
}

// Secagg is training by averaging in which nobody sees a single update. It
// implements mode.Mode.
type Secagg struct {
	*local.Fleet
	Protocol *Protocol
	settings Settings
	byHand   []departure
	branches uint32 // changes by hand that were ever made: no number names two of them
	where    position
	phase    phase
	visits   []int // events of each worker's training in a visit, once they were counted
}

// position is the next thing to do.
type position struct {
	ready        bool // set up
	round, visit int  // counted from 0; after the last visit: aggregating
	released     int  // server rounds that cost privacy

	under aggregation // the aggregation under way; nil: none is
	over  bool        // the aggregation of this server round is over
	ended Stage       // at which the last one ended
	last  mode.ServerRound
}

// New gives each owner its rows, and the server the initial weights. There must be
// at least three owners.
func New(r mode.Rows, l mode.Learning, s Settings) *Secagg {
	a := &Secagg{Fleet: local.NewFleet(r, l), settings: s}
	a.Protocol = &Protocol{
		Size: s.Size, Quantiser: s.Quantiser, Committee: s.Committee,
		Server: a.Server, Link: &a.Link, Root: l.Root, Values: len(nn.Flat(l.Initial)),
		keys: &recall{most: recallKeys}, rounds: &recall{most: recallRounds},
	}
	for _, w := range a.Workers {
		a.Protocol.Workers = append(a.Protocol.Workers, w.Party)
		a.Protocol.Rows = append(a.Protocol.Rows, w.Len())
	}
	if l.Privacy != nil {
		a.private(l.Privacy)
	}
	return a
}

// Units returns the number of visits and aggregations of the whole run.
func (a *Secagg) Units() int { return a.rounds() * (len(a.Workers) + 1) }

// Steps returns the number of events of the whole run.
func (a *Secagg) Steps() int {
	setup, visit := a.Fleet.Events(a.Learning.LocalEpochs)
	const channelKeys, sendModel, end = 1, 1, 1
	const update = 1
	total := setup + channelKeys
	for _, events := range visit {
		total += a.rounds() * (events + update)
	}
	for r := range a.rounds() {
		round := a.round(r)
		events, aborted := a.Protocol.events(round)
		total += sendModel + len(a.Workers) + events + end
		if !aborted {
			total++ // the average is applied
		}
	}
	return total
}

// Where names server round and visit.
func (a *Secagg) Where() []trace.Scope {
	if a.where.ready && a.where.visit == len(a.Workers) {
		return []trace.Scope{{Level: trace.Epoch, Name: "server round", Index: a.where.round + 1}, {Level: trace.Batch, Name: "aggregation"}}
	}
	return local.Where(a.where.ready, "server round", a.where.round, "visit", a.where.visit)
}

// LastRound returns how the aggregation of the last server round went.
func (a *Secagg) LastRound() mode.ServerRound { return a.where.last }

// Run trains from the present state to the end.
func (a *Secagg) Run(t *trace.Tracer, m mode.Monitor) {
	a.Bench.Watch(t)
	if !a.where.ready {
		m.Boundary()
		a.SetUp(t)
		a.Protocol.SetUp(t)
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
			a.visit(t, a.where.visit)
		}
		if !a.where.over {
			a.aggregate(t, m)
		}
		a.phase = aggregated
		m.Within(true)
		m.Epoch(a.Weights(), a.LocalLoss())
		a.End(t)
		a.where.visit, a.where.over, a.phase = 0, false, visiting
	}
}

// visit lets a worker train a copy of the model; of the copy it keeps how far it
// moved, its update.
func (a *Secagg) visit(t *trace.Tracer, i int) {
	w := a.Workers[i]
	a.Visit(t, i, w)
	begin := nn.Pack(local.Network(w.Party, a.Layers()))
	_, in, out := a.Train(t, w, uint64(a.where.round), a.Learning.LocalEpochs)
	t.Begin(trace.Scope{Level: trace.Operation, Name: "update"})
	a.keepUpdate(w, moved(local.Network(w.Party, a.Layers()), begin), t.Step()+1)
	if t.Watched() {
		t.EndLocal(w.Party.ID, nil, local.Values(w.Party, Update))
	}
	a.ForgetModel(w)
	t.End(in, out)
}

// moved is how far training moved a model from where it began, 1 × weights.
func moved(trained nn.Weights, begin *tensor.Dense) *tensor.Dense {
	by := nn.Pack(trained)
	x := by.Float64s()
	for j, before := range begin.Float64s() {
		x[j] -= before
	}
	return by
}

// keepUpdate puts a worker's update into its memory.
func (a *Secagg) keepUpdate(w *local.Trainer, update *tensor.Dense, step int) {
	w.Party.Store.PutFrozen(Update, trace.Plain, update, step, "own copy of the model − the model as it was sent")
}

// aggregate runs secure aggregation, from where it is, and moves the server's model by the
// average. If the round was aborted, the model keeps its last value.
func (a *Secagg) aggregate(t *trace.Tracer, m mode.Monitor) {
	if a.where.under == nil {
		a.Bench.Clear()
		m.Boundary()
		a.phase = aggregating
		a.where.under = a.Protocol.begin(a.round(a.where.round))
	}
	o := finish(t, a.where.under, func() bool {
		m.Within(false)
		return false
	})
	if a.Learning.Privacy != nil {
		a.where.released++
	}
	a.where.last = mode.ServerRound{Workers: len(a.Workers), Delivered: len(o.Delivered), Gone: o.Gone[:], Clipped: o.Clipped, Recovered: o.Took["s"]}
	if o.Aborted != nil {
		a.where.last.Aborted = o.Aborted.Error()
	} else {
		a.apply(t, o.Mean)
	}
	a.Protocol.forget()
	a.where.ended = a.where.under.state().stage
	a.where.under, a.where.over = nil, true
}

// apply moves the model by the mean update.
func (a *Secagg) apply(t *trace.Tracer, mean *tensor.Dense) {
	t.Begin(trace.Scope{Level: trace.Operation, Name: "take step"})
	net := local.Network(a.Server, a.Layers())
	now := nn.Pack(net)
	for i, x := range mean.Float64s() {
		now.Float64s()[i] += x
	}
	nn.Unpack(now, net) // the server's own copies: it sent others
	for _, p := range local.Parcels(net) {
		a.Server.Store.Put(p.Name, p.Form, p.Data, t.Step()+1, "the model + the average update")
	}
	if t.Watched() {
		t.EndLocal(local.Server, local.Values(a.Server, Average), local.Values(a.Server, local.Names(a.Layers())...))
	}
}

// stages is how many stages a round has.
func (a *Secagg) stages() int {
	if a.settings.Committee {
		return HolderStages
	}
	return int(Stays)
}

// Save returns the state where Run is.
func (a *Secagg) Save(previous mode.State) mode.State {
	if b, ok := previous.(*brief); ok {
		previous = b.start
	}
	return local.Save(a.Fleet, a.where.copy(), previous)
}

// Restore returns to a saved state.
func (a *Secagg) Restore(s mode.State) {
	if b, ok := s.(*brief); ok {
		a.Retrace(b, func(*trace.Event) {})
		return
	}
	a.where = local.Restore[position](a.Fleet, s).copy()
	switch {
	case a.where.under != nil:
		a.phase = aggregating
	case a.where.over:
		a.phase = aggregated
	default:
		a.phase = visiting
	}
}

// copy returns a position that does not change with this one.
func (p position) copy() position {
	if p.under != nil {
		p.under = p.under.copy()
	}
	return p
}

var _ mode.Mode = (*Secagg)(nil)

// Deviation is the most by which a weight of the average can differ from the average
// of the updates themselves, where none met the clip: half a step.
func (s Settings) Deviation() float64 { return s.Quantiser.Step() / 2 }

// Probability writes a probability given by its logarithm to base 2.
func Probability(log2 float64) string {
	log2 = min(log2, 0) // a bound may exceed 1; a probability does not
	switch {
	case math.IsInf(log2, -1):
		return "0"
	case log2 > -7:
		return strconv.FormatFloat(math.Exp2(log2), 'g', 2, 64)
	}
	return "2^" + strconv.FormatFloat(log2, 'f', 1, 64)
}

// Package mode is what all ways to train have in common: the contract between a
// way to train and the session that runs it, the settings of learning, and the
// order of rows and batches.
//
// A way to train is a loop that can be entered again at any boundary (a batch, a
// worker visit, a server round). It says where the boundaries are; the session
// saves its state there, and a step back is: restore the state before, run
// forward. Nothing in a loop may depend on anything but its state, its settings
// and its key.
package mode

import (
	"math/rand/v2"

	"gorgonia.org/tensor"

	"unseen/data"
	"unseen/engine/nn"
	"unseen/engine/party"
	"unseen/engine/rng"
	"unseen/engine/trace"
)

// Mode is one way to train. It belongs to one goroutine.
type Mode interface {
	// Parties lists the participants, the coordinating one first.
	Parties() []*party.Party
	// Run trains from the present state to the end.
	Run(*trace.Tracer, Monitor)
	// Save returns the state at the boundary where Run is, or before Run the
	// initial one. previous, which may be nil, is an earlier state, with which
	// the new one shares what did not change.
	Save(previous State) State
	// Restore returns to a saved state; Run goes on from there.
	Restore(State)
	// Cost returns what the protocol has sent so far.
	Cost() trace.Cost
	// Weights returns the model as its owner has it now; borrowed.
	Weights() nn.Weights
	// Where names the spans the run is in at its boundaries, coarse to fine; for
	// errors of runs that nobody watches.
	Where() []trace.Scope
	// Units returns how many boundaries a whole run has, for progress bars.
	Units() int
	// Steps returns how many events a whole run has when it is watched.
	Steps() int
}

// Count runs a mode that was made for the purpose and returns how many events it
// has: how a mode answers Steps without a formula that could be wrong.
func Count(m Mode) int {
	n := 0
	m.Run(trace.NewTracer(func(*trace.Event) { n++ }, 0), nobody{})
	return n
}

// nobody monitors nothing.
type nobody struct{}

// Boundary does nothing.
func (nobody) Boundary() {}

// Within does nothing.
func (nobody) Within(bool) {}

// Batch does nothing with a loss.
func (nobody) Batch(float64) {}

// Epoch does nothing with weights and losses.
func (nobody) Epoch(nn.Weights, []float64) {}

// State is a place in a run at which it can be entered again. It never changes.
type State interface {
	// Bytes returns the memory the state does not share with the one before it.
	Bytes() int
	// Tensors calls f for every tensor the state holds that an earlier state of the
	// same run, which may be nil, does not hold in the same place.
	Tensors(earlier State, f func(*tensor.Dense))
}

// Retracer is a mode whose states are large within an epoch or server round: there it can
// go back to a place also in brief, from the beginning of the round.
type Retracer interface {
	// Brief returns a state that takes little memory and stands for the same place as at,
	// in a round that began in the state start, at a step of the run; nil where there is
	// none that is smaller. It shares what it can with previous, which may be nil, that of
	// an earlier place in the round.
	Brief(at, start State, step int, previous State) State
	// Lighten returns a state that stands for the same place as one that Brief returned, and
	// takes next to no memory: it is longer to retrace.
	Lighten(State) State
	// Retrace goes to a place that Brief returned, as Restore does, and tells of the
	// messages since the last boundary: who sent how much to whom, and not what.
	Retrace(State, trace.Observer)
}

// Monitor is the simulator's side of a run: it hears where the run is and
// measures the model. Nothing it does is part of the protocol.
type Monitor interface {
	// Boundary says that the run can be entered again here.
	Boundary()
	// Within says so of a place between two boundaries, in something long. light is
	// whether the state takes no more memory than at a boundary.
	Within(light bool)
	// Batch reports the mean loss over the rows of a batch, before its update;
	// called before the event of the batch.
	Batch(loss float64)
	// Epoch asks for the model to be measured at the end of an epoch or server
	// round. localLoss lists the mean losses of the workers' local epochs, where
	// there are any; it is borrowed.
	Epoch(w nn.Weights, localLoss []float64)
}

// ServerRound is how the aggregation of a server round went. It is the simulator's
// view: no party knows all of it.
type ServerRound struct {
	Workers   int
	Delivered int    // workers whose update is in the average; 0 if it was aborted
	Gone      []int  // how many left, by stage
	Recovered int    // mask keys of workers that left, which the server recovered
	Clipped   int    // values that met the clip
	Aborted   string // why there is no average; the model kept its last value
}

// Learning is how to learn.
type Learning struct {
	Epochs  int     // passes over the rows
	Batch   int     // rows per update
	Rate    float64 // learning rate
	Loss    nn.Loss
	Dropout float64 // share of hidden activations dropped in training, 0 ≤ d < 1
	Shuffle bool    // draw a new order of rows for each epoch; else file order
	Initial nn.Weights
	Root    rng.Key // from which every party's key derives

	Privacy *Privacy // nil: nothing is clipped and no noise is added

	// Where models are averaged.
	Rounds      int // server rounds
	LocalEpochs int // passes over its own rows that a worker makes in a server round
}

// Rows are training rows.
type Rows struct {
	Raw     *tensor.Dense // rows × features, as in the file
	Labels  *tensor.Dense // rows × classes, one-hot
	Number  []int         // for each row its number in the data set, from 1
	Scaling data.Scaling  // fitted on these rows, or public
	Range   data.Scaling  // by public bounds of the columns, whatever Scaling is
	Owners  []Owner       // whose they are; every row has one owner
}

// Owner is a worker and the rows it owns, as indices into [Rows].
type Owner struct {
	ID    string
	Index []int
}

// ZeroRows returns rows of zeros that fit a network: to count with.
func ZeroRows(n int, w nn.Weights) Rows {
	sizes := nn.Widths(w)
	return Rows{Raw: nn.New(n, sizes[0]), Labels: nn.New(n, sizes[len(sizes)-1]), Number: make([]int, n), Scaling: data.None(sizes[0]), Range: data.None(sizes[0])}
}

// Len returns the number of rows.
func (r Rows) Len() int { return len(r.Number) }

// Batches returns how many batches an epoch over n rows has.
func (l Learning) Batches(n int) int { return (n + l.Batch - 1) / l.Batch }

// Order returns the order in which a party takes n rows (or workers), counted
// from 0. counter must be new for each use by that party.
func (l Learning) Order(party string, n int, counter uint64) []int {
	if l.Shuffle && n > 1 {
		return rand.New(l.Root.Party(party).Stream("order", 0, counter)).Perm(n)
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}

// DropoutMask returns the matrix that drops a party's activations: 0 where
// dropped, 1/(1−d) where kept. counter must be new for each use by that party.
func (l Learning) DropoutMask(party string, counter uint64, rows, columns int) *tensor.Dense {
	r := rand.New(l.Root.Party(party).Stream("dropout", 0, counter))
	mask := nn.New(rows, columns)
	for i := range mask.Float64s() {
		if r.Float64() >= l.Dropout {
			mask.Float64s()[i] = 1 / (1 - l.Dropout)
		}
	}
	return mask
}

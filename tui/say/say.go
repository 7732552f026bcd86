// Package say turns what happened into words: for every event a title, one or
// two short sentences with the real numbers, the formula, one cell of the result
// worked out, and the matrices it happened to. It knows the meaning of
// operations and nothing of the look of a screen.
//
// What is told, by the way to train:
//
//   - say.go: a telling, and which file below tells an event
//   - scene.go: what has to be known for it besides the event
//   - training.go, operation.go, messages.go: training in the clear: its batches, visits and
//     layers, its operations, its messages
//   - secure.go: secure aggregation
//   - privacy.go: clipping, noise and ε
//   - prediction.go: one private answer
//   - shared.go: computing on shares; moment.go finds out where in a protocol an event
//     stands, phrases.go and names.go put that into words
//   - eyes.go: what one party is told of events that are partly or wholly others'
//
// What shares of one cell are:
//
//   - shares.go: the table of what each party holds
//   - summands.go: the shares that memories hold, and who knows their sum
//   - underway.go: what a share in a message is one of
//   - comparison.go: how bits give the sign of a number
//
// What a value is, and who has it:
//
//   - held.go, labels.go, elements.go: the meaning of a name, of rows and columns, of words
//   - fraction.go, noise.go, reading.go: how many bits are after the point, how numbers are
//     distributed, a few of them in writing
//   - knows.go, releases.go, rows.go: who has learnt what, what was released, whose rows
//   - cost.go, flows.go, payload.go: what was sent, by whom, and its bytes
//   - words.go, matrix.go, sign.go: numbers, parties and matrices in sentences
package say

import (
	"gorgonia.org/tensor"

	"unseen/engine/trace"
)

// Cell is the cell of the result that is worked out, counted from 0. Beyond the
// edge it means the last row or column.
type Cell struct{ Row, Col int }

// Telling is what to say about one event.
type Telling struct {
	Title    string
	Sentence string
	Formula  string    // empty where there is none
	Work     []string  // one cell of the result, worked out with its numbers
	Shares   []Sharing // of a cell of each shared value, what each party holds
	Views    []View    // the matrices, the result last
	Cell     Cell      // the cell that was worked out, inside the result
	Measured bool      // it shows metrics: the simulator's view
}

// View is one matrix to show.
type View struct {
	Name             string
	Note             string // beside the name, such as who sees it
	When             string // before or after, where it has the name of another one; else empty
	Data             *tensor.Dense
	Fraction         int              // fraction bits, where Data holds elements of the ring
	Rows, Cols       func(int) string // labels; nil: indices
	MarkRow, MarkCol int              // what took part in the cell; −1: none
	CellRow, CellCol int              // the cell itself; −1: none
}

// Shape writes rows × columns.
func (v View) Shape() string { return shape(v.Data) }

// Tell says what the last event of the scene was. Of what it has before and after, it says
// which is which.
func Tell(s Scene, at Cell) Telling {
	t := tell(s, at)
	if e := s.Snapshot.Event; e != nil {
		t.beforeAndAfter(e)
	}
	return t
}

// beforeAndAfter marks what stands twice under one name, as a weight does that is replaced.
func (t *Telling) beforeAndAfter(e *trace.Event) {
	replaced := func(name string) bool {
		_, in := e.Input(name)
		_, out := e.Output(name)
		return in && out
	}
	first := map[string]*string{} // where to mark the first of a name
	mark := func(name string, when *string) {
		switch before := first[name]; {
		case !replaced(name):
		case before == nil:
			first[name] = when
		default:
			*before, *when = "before", "after"
		}
	}
	for i := range t.Views {
		mark(t.Views[i].Name, &t.Views[i].When)
	}
	clear(first)
	for i := range t.Shares {
		mark(t.Shares[i].Name, &t.Shares[i].When)
	}
}

func tell(s Scene, at Cell) Telling {
	e := s.Snapshot.Event
	switch {
	case s.Snapshot.Unseen:
		return s.elsewhere()
	case e == nil:
		return s.beginning()
	case s.Predicts() && e.Level() == trace.Epoch && e.Name() != "setup":
		return s.answered(e)
	case s.eyed() && e.Level() == trace.Epoch && e.Name() != "setup" && e.Name() != "finish":
		return s.over(e)
	case s.eyed() && partly(e):
		return s.partial(e)
	case e.Level() == trace.Epoch && e.Name() == "finish":
		return s.finished(e)
	case s.shared(e) && (e.Level() != trace.Epoch || e.Name() == "setup"):
		return s.sharing(e, at)
	case e.Level() == trace.Epoch && e.Name() == "setup":
		return s.setup(e)
	case e.Level() == trace.Epoch:
		return s.epoch(e)
	case e.Level() == trace.Batch && securePurposes[e.Name()] != "":
		return s.stageOf(e)
	case e.Level() == trace.Batch:
		return s.batch(e, at)
	case e.Level() == trace.Layer:
		return s.layer(e, at)
	case e.Level() == trace.Round:
		return s.round(e)
	case e.Level() == trace.Message:
		return s.message(e)
	}
	return s.operation(e, at)
}

package encrypted

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"unseen/engine/local"
	"unseen/engine/mode"
	"unseen/engine/nn"
	"unseen/engine/trace"
)

// twin runs the network on plaintext numbers, batch by batch, and compares every
// value with its shared counterpart (protocols, section 7). Each step begins from
// the weights that the shares stand for: so what it finds is the error of a step's
// operations. (Two runs that each go their own way drift apart chaotically where the
// sign of some z near 0 differs; that says nothing of an operation.) Only a
// simulator can have one.
type twin struct {
	e       *Encrypted
	float   *nn.Float
	learner nn.Learner[*tensor.Dense]
	x       *tensor.Dense // all training rows, scaled in plaintext
	values  []twinValue   // of the step under way, in the order in which they come about
	next    int
	largest []mode.Difference
	steps   []float64 // the largest difference of a new weight, by step
	index   map[string]int
}

// twinValue is a plaintext value.
type twinValue struct {
	operation, name string
	data            []float64
}

// WrapError says that a value left its range: the plaintext number, or the update that
// led to it, is beyond what its fraction bits leave room for.
type WrapError struct {
	Operation, Value string
	Row, Column      int // counted from 0
	Plain, Shared    float64
	Bits             int // fraction bits
	Update           bool
}

// Error says it in one line.
func (e *WrapError) Error() string {
	what := "numbers"
	if e.Update {
		what = "updates"
	}
	return fmt.Sprintf("%s: %s[%d,%d] left its range: it is %g in plaintext, the shares stand for %g, and with %d fraction bits there is room for %s below 2^%d",
		e.Operation, e.Value, e.Row, e.Column, e.Plain, e.Shared, e.Bits, what, 62-e.Bits)
}

func newTwin(e *Encrypted) *twin {
	t := &twin{e: e, float: nn.NewFloat("twin"), x: e.rows.Scaling.Apply(e.rows.Raw), index: map[string]int{}}
	t.learner = nn.Learner[*tensor.Dense]{Arithmetic: t.float, Tracer: new(trace.Tracer), Loss: e.learning.Loss, Blind: !e.settings.RevealLoss,
		Probe: func(operation, name string, v *tensor.Dense) {
			t.values = append(t.values, twinValue{operation, name, append([]float64(nil), v.Float64s()...)})
		}}
	return t
}

// step runs the plaintext step on rows with these indices.
func (t *twin) step(index []int) {
	t.float.Reset(len(index))
	t.values, t.next = t.values[:0], 0
	t.steps = append(t.steps, 0)
	t.learner.Dropout = t.e.learner.Dropout
	net := t.e.Weights()
	x, y := local.Gather(t.x, index), local.Gather(t.e.rows.Labels, index)
	t.learner.Step(net, x, y, len(index), t.e.learning.Rate)
}

// compare compares a shared value with the plaintext one that came about in the
// same operation.
func (t *twin) compare(operation, name string, v *Number) {
	want := t.values[t.next]
	t.next++
	decoded, base := t.e.shares.decode(v)
	got := decoded.Float64s()
	at, ok := t.index[operation+" "+name]
	if !ok {
		at = len(t.largest)
		t.index[operation+" "+name] = at
		t.largest = append(t.largest, mode.Difference{Operation: operation, Value: name})
	}
	d := &t.largest[at]
	_, columns := v.Shape()
	bound := math.Ldexp(1, 62-v.bits)
	for i, w := range want.data {
		computed := w // on shares
		if base != nil {
			computed -= base.Float64s()[i]
		}
		if !(math.Abs(computed) < bound) {
			panic(abort(&WrapError{operation, name, i / columns, i % columns, w, got[i], v.bits, base != nil}))
		}
		if difference := math.Abs(w - got[i]); difference > d.Largest {
			d.Largest, d.Plain, d.Shared = difference, w, got[i]
		}
		if operation == "sgd" {
			last := len(t.steps) - 1
			t.steps[last] = max(t.steps[last], math.Abs(w-got[i]))
		}
	}
}

// Twin lists the largest difference of each value to the plaintext network's, by
// operation; nil without a twin.
func (e *Encrypted) Twin() []mode.Difference {
	if e.twin == nil {
		return nil
	}
	return append([]mode.Difference(nil), e.twin.largest...)
}

// TwinSteps lists, for each step so far, how far the new weight that differed most
// was from the plaintext step's; nil without a twin.
func (e *Encrypted) TwinSteps() []float64 {
	if e.twin == nil {
		return nil
	}
	return append([]float64(nil), e.twin.steps...)
}

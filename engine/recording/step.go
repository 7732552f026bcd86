package recording

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sort"

	"gorgonia.org/tensor"

	"unseen/engine"
	"unseen/engine/trace"
)

// stepWriter writes steps as differences to the step before.
type stepWriter struct {
	encoder
	blobs   *blobWriter
	strings map[string]int
	fresh   []string // strings of the frame under way
	last    *engine.Snapshot
	path    []trace.Scope
	numbers map[*engine.Image][]uint32 // of the tensors in the present memories
	leaving bool                       // workers can leave
	rate    float64                    // the learning rate
}

func newStepWriter(b *blobWriter) *stepWriter {
	return &stepWriter{blobs: b, strings: map[string]int{}, numbers: map[*engine.Image][]uint32{}, last: &engine.Snapshot{}}
}

// name writes a string that is likely to come again.
func (w *stepWriter) name(s string) {
	n, ok := w.strings[s]
	if !ok {
		n = len(w.strings)
		w.strings[s] = n
		w.fresh = append(w.fresh, s)
	}
	w.number(n)
}

// step writes one step.
func (w *stepWriter) step(n *engine.Snapshot) error {
	if n.Event == nil {
		w.byte(0)
	} else if err := w.event(n.Event); err != nil {
		return err
	}
	if err := w.memories(n); err != nil {
		return err
	}
	if err := w.history(n.History, n.Privacy != nil); err != nil {
		return err
	}
	if n.Privacy != nil {
		w.number(n.Releases - w.last.Releases)
	}
	if w.leaving {
		w.away(n.Away)
	}
	w.number(len(n.Messages))
	w.cost(n.Cost)
	w.word(uint64(n.Digest))
	w.last = n
	return nil
}

func (w *stepWriter) event(e *trace.Event) error {
	w.byte(1)
	w.byte(byte(e.Kind))
	same := 0
	for same < len(w.path) && same < len(e.Path) && w.path[same] == e.Path[same] {
		same++
	}
	w.number(same)
	w.number(len(e.Path) - same)
	for _, s := range e.Path[same:] {
		w.byte(byte(s.Level))
		w.name(s.Name)
		w.number(s.Index)
		w.number(s.Of)
		w.name(s.Part)
	}
	w.path = append(w.path[:0], e.Path...)
	w.name(e.Party)
	w.name(e.To)
	w.number(e.Bytes)
	w.name(e.Why)
	in, err := w.values(e.Inputs, nil)
	if err != nil {
		return err
	}
	_, err = w.values(e.Outputs, w.derivation(e, in))
	return err
}

// derivation says how the result of an event follows from its inputs, of which the
// first parts have these numbers; nil where nothing is known.
func (w *stepWriter) derivation(e *trace.Event, in []uint32) func(*tensor.Dense) (*derivation, *tensor.Dense, *tensor.Dense) {
	if len(in) != 2 || len(e.Outputs) != 1 || in[0] == 0 || in[1] == 0 {
		return nil
	}
	x, y := e.Inputs[0].Parts[0].Data, e.Inputs[1].Parts[0].Data
	return func(t *tensor.Dense) (*derivation, *tensor.Dense, *tensor.Dense) {
		how := &derivation{formula: outer, a: in[0], b: in[1]}
		switch {
		case e.Name() == "sgd" && t.Dtype() == tensor.Float64 && x.Shape().Eq(t.Shape()) && y.Shape().Eq(t.Shape()):
			how.formula, how.rate = descent, rateOf(w.rate, x.Float64s(), y.Float64s(), t.Float64s())
		case e.Name() != "matmul":
			return nil, nil, nil
		}
		return how, x, y
	}
}

// values writes values and returns the numbers of their first parts. how, which may be
// nil, says how a part can be computed.
func (w *stepWriter) values(list []trace.Value, how func(*tensor.Dense) (*derivation, *tensor.Dense, *tensor.Dense)) ([]uint32, error) {
	var first []uint32
	w.number(len(list))
	for _, v := range list {
		w.name(v.Name)
		w.byte(byte(v.Form))
		w.number(v.Fraction)
		w.number(v.Packed)
		w.number(len(v.Parts))
		for k, p := range v.Parts {
			var d *derivation
			var x, y *tensor.Dense
			if how != nil && p.Data != nil {
				d, x, y = how(p.Data)
			}
			number, err := w.blobs.derive(p.Data, d, x, y)
			if err != nil {
				return nil, fmt.Errorf("value %s: %w", v.Name, err)
			}
			if k == 0 {
				first = append(first, number)
			}
			w.name(p.Party)
			w.number(int(number))
		}
	}
	return first, nil
}

// memories writes the memories that changed: for each the runs of objects that
// stayed, and the objects that are new.
func (w *stepWriter) memories(n *engine.Snapshot) error {
	var changed []int
	for i, p := range n.Parties {
		if i >= len(w.last.Parties) || w.last.Parties[i].Memory != p.Memory {
			changed = append(changed, i)
		}
	}
	w.number(len(changed))
	for _, i := range changed {
		m := n.Parties[i].Memory
		before := &engine.Image{}
		if i < len(w.last.Parties) {
			before = w.last.Parties[i].Memory
		}
		w.number(i)
		if err := w.memory(m, before); err != nil {
			return fmt.Errorf("the memory of %s: %w", n.Parties[i].ID, err)
		}
	}
	return nil
}

func (w *stepWriter) memory(m, before *engine.Image) error {
	old := w.numbers[before]
	numbers := make([]uint32, len(m.Objects))
	place := make(map[string]int, len(before.Objects))
	for i, o := range before.Objects {
		place[o.Name] = i
	}
	next := 0 // objects of before from here on can still stay: their order does
	stays := func(i int) (int, bool) {
		j, ok := place[m.Objects[i].Name]
		if !ok || j < next {
			return 0, false
		}
		a, b := m.Objects[i], before.Objects[j]
		return j, a.Data == b.Data && a.Form == b.Form && a.Fraction == b.Fraction && a.Step == b.Step && a.Origin == b.Origin && a.Passing == b.Passing && a.Frozen == b.Frozen
	}
	w.number(len(m.Objects))
	for i := 0; i < len(m.Objects); {
		j, ok := stays(i)
		if !ok {
			w.number(0)
			if err := w.object(m.Objects[i], &numbers[i]); err != nil {
				return err
			}
			i++
			continue
		}
		run := 0
		for i+run < len(m.Objects) {
			if k, ok := stays(i + run); !ok || k != j+run {
				break
			}
			numbers[i+run] = old[j+run]
			run++
		}
		w.number(run)
		w.number(j)
		i, next = i+run, j+run
	}
	delete(w.numbers, before)
	w.numbers[m] = numbers
	return nil
}

func (w *stepWriter) object(o engine.Object, number *uint32) (err error) {
	if *number, err = w.blobs.put(o.Data); err != nil {
		return fmt.Errorf("object %s: %w", o.Name, err)
	}
	w.name(o.Name)
	w.name(o.Origin)
	w.byte(byte(o.Form))
	w.number(o.Fraction)
	w.number(o.Step)
	flags := byte(0)
	if o.Passing {
		flags |= 1
	}
	if o.Frozen {
		flags |= 2
	}
	w.byte(flags)
	w.number(int(*number))
	return nil
}

func (w *stepWriter) history(h engine.History, private bool) error {
	batches, epochs := len(w.last.History.Batches), len(w.last.History.Epochs)
	if len(h.Batches) < batches || len(h.Epochs) < epochs {
		return fmt.Errorf("the history became shorter")
	}
	w.number(len(h.Batches) - batches)
	for _, b := range h.Batches[batches:] {
		w.number(b.Batch)
		w.float(b.Loss)
		if private {
			w.float(b.Epsilon)
		}
	}
	w.number(len(h.Epochs) - epochs)
	for _, e := range h.Epochs[epochs:] {
		if err := w.tree(reflect.ValueOf(e)); err != nil {
			return err
		}
	}
	return nil
}

// away writes which workers have left, where they are not those of the step before.
func (w *stepWriter) away(now map[string]bool) {
	if maps.Equal(now, w.last.Away) {
		w.byte(0)
		return
	}
	w.byte(1)
	w.number(len(now))
	for _, id := range slices.Sorted(maps.Keys(now)) {
		w.name(id)
	}
}

// cost writes what was sent since the step before, in the order of the names.
func (w *stepWriter) cost(c trace.Cost) {
	last := w.last.Cost
	w.int(c.Rounds - last.Rounds)
	w.int(c.Messages - last.Messages)
	w.int(c.Bytes - last.Bytes)
	var changed []string
	if c.Messages != last.Messages || len(c.Sent) != len(last.Sent) {
		for id, n := range c.Sent {
			if before, ok := last.Sent[id]; !ok || n != before {
				changed = append(changed, id)
			}
		}
		sort.Strings(changed)
	}
	w.number(len(changed))
	for _, id := range changed {
		w.name(id)
		w.int(c.Sent[id] - last.Sent[id])
	}
}

// take returns the frame under way and begins the next one: the new strings, the
// number of steps, the steps.
func (w *stepWriter) take(steps int) []byte {
	var head encoder
	head.number(len(w.fresh))
	for _, s := range w.fresh {
		head.text(s)
	}
	head.number(steps)
	payload := append(head.data, w.data...)
	w.fresh, w.data = w.fresh[:0], w.data[:0]
	return payload
}

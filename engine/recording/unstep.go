package recording

import (
	"reflect"
	"slices"

	"unseen/engine"
	"unseen/engine/trace"
)

// stepReader decodes steps. What it decodes is checked: numbers of strings,
// tensors, parties and objects exist.
type stepReader struct {
	decoder
	strings []string
	blobs   int  // tensors there are
	leaving bool // steps say which workers have left
	private bool // the run has privacy, and steps say how much of it is spent
}

func (r *stepReader) name() string {
	n := r.below(len(r.strings))
	if r.bad {
		return ""
	}
	return r.strings[n]
}

func (r *stepReader) blob() uint32 { return uint32(r.below(r.blobs + 1)) }

// step applies the next step to a state.
func (r *stepReader) step(s *state) error {
	s.step++
	if r.byte() == 1 {
		r.event(&s.event)
		s.event.Step = s.step
		if !r.bad && s.event.Kind == trace.Sent {
			e := &s.event
			s.sent = append(s.sent, engine.Message{Step: s.step, From: e.Party, To: e.To, What: e.path[len(e.path)-1].Name, Bytes: e.Bytes})
		}
	} else if s.step > 0 {
		r.bad = true
	}
	for range r.count(2) {
		i := r.below(len(s.memories))
		if r.bad {
			break
		}
		s.memories[i] = r.memory(s.memories[i])
	}
	r.history(&s.history)
	if !r.bad && s.step > 0 {
		if path := s.event.path; path[len(path)-1].Level == trace.Batch || s.event.Kind == trace.Open {
			s.history.Note(s.event.light())
		}
	}
	if r.private {
		s.releases += r.number()
	}
	if r.leaving && r.byte() == 1 {
		s.away = make(map[string]bool) // a new one: copies of the state share it
		for range r.count(1) {
			s.away[r.name()] = true
		}
	}
	s.recent = r.below(len(s.sent) + 1)
	r.cost(s)
	s.digest = trace.Digest(r.word())
	if r.bad {
		return damaged("step %d makes no sense", s.step)
	}
	return nil
}

func (r *stepReader) event(e *event) {
	e.Kind = trace.Kind(r.below(len(trace.Kinds())))
	e.path = e.path[:r.below(len(e.path)+1)]
	for range r.count(5) {
		e.path = append(e.path, trace.Scope{
			Level: trace.Level(r.below(len(trace.Levels()))), Name: r.name(), Index: r.number(), Of: r.number(), Part: r.name(),
		})
	}
	if len(e.path) == 0 {
		r.bad = true
	}
	e.Party, e.To, e.Bytes, e.Why = r.name(), r.name(), r.number(), r.name()
	e.in, e.out = r.values(), r.values()
}

func (r *stepReader) values() []value {
	list := make([]value, r.count(5))
	for i := range list {
		v := &list[i]
		v.name, v.form, v.fraction, v.packed = r.name(), r.form(), r.number(), r.number()
		v.parts = make([]part, r.count(2))
		for k := range v.parts {
			v.parts[k] = part{r.name(), r.blob()}
			r.bad = r.bad || v.parts[k].blob == 0
		}
	}
	return list
}

func (r *stepReader) form() trace.Form { return trace.Form(r.byte()) }

func (r *stepReader) memory(before *memory) *memory {
	n := r.number()
	m := &memory{}
	next := 0 // what stays, stays in order: no memory grows by more than was written
	for len(m.objects) < n && !r.bad {
		run := r.number()
		if run == 0 {
			o := object{name: r.name(), origin: r.name(), form: r.form(), fraction: r.number(), step: r.number()}
			flags := r.byte()
			o.passing, o.frozen, o.blob = flags&1 != 0, flags&2 != 0, r.blob()
			r.bad = r.bad || o.blob == 0
			m.objects = append(m.objects, o)
			continue
		}
		from := r.below(len(before.objects))
		if from < next || run > len(before.objects)-from || run > n-len(m.objects) {
			r.bad = true
			break
		}
		next = from + run
		m.objects = append(m.objects, before.objects[from:from+run]...)
	}
	m.objects = slices.Clip(m.objects)
	return m
}

func (r *stepReader) history(h *engine.History) {
	for range r.count(9) {
		b := engine.BatchLoss{Batch: r.number(), Loss: r.float()}
		if r.private {
			b.Epsilon = r.float()
		}
		h.Batches = append(h.Batches, b)
	}
	for range r.count(2) {
		var e engine.EpochMetrics
		r.tree(reflect.ValueOf(&e).Elem(), 0)
		h.Epochs = append(h.Epochs, e)
	}
}

func (r *stepReader) cost(s *state) {
	s.cost.Rounds += r.int()
	s.cost.Messages += r.int()
	s.cost.Bytes += r.int()
	for range r.count(2) {
		id, more := r.name(), r.int()
		i := slices.IndexFunc(s.senders, func(x sent) bool { return x.party == id })
		if i < 0 {
			i = len(s.senders)
			s.senders = append(s.senders, sent{party: id})
		}
		s.senders[i].bytes += more
	}
}

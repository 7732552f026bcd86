package recording

import (
	"slices"

	"unseen/engine"
	"unseen/engine/trace"
)

// object is an object of a memory, with the number of its tensor.
type object struct {
	name, origin    string
	form            trace.Form
	fraction        int
	step            int
	passing, frozen bool
	blob            uint32
}

// memory is a party's memory at one moment. It never changes.
type memory struct{ objects []object }

// sent is what a party has sent.
type sent struct {
	party string
	bytes int64
}

// state is everything a snapshot shows, at one step, with numbers in the place
// of tensors. Lists only grow, or are replaced: copies share what they have in
// common.
type state struct {
	step     int
	event    event
	memories []*memory // by party
	history  engine.History
	sent     []engine.Message // all messages so far
	recent   int              // how many of them are since the last boundary
	cost     trace.Cost       // without Sent
	senders  []sent           // in the order of their first message
	digest   trace.Digest
	away     map[string]bool // workers that have left; never changes
	releases int             // noisy sums, in a private run
}

// clone returns a state that going on with s does not change.
func (s *state) clone() *state {
	c := *s
	c.event.path = slices.Clone(s.event.path)
	c.memories = slices.Clone(s.memories)
	c.senders = slices.Clone(s.senders)
	c.sent = s.sent[:len(s.sent):len(s.sent)]
	c.history.Batches = s.history.Batches[:len(s.history.Batches):len(s.history.Batches)]
	c.history.Epochs = s.history.Epochs[:len(s.history.Epochs):len(s.history.Epochs)]
	return &c
}

// event is an event with numbers in the place of tensors.
type event struct {
	trace.Event // without Path, Inputs and Outputs
	path        []trace.Scope
	in, out     []value
}

// value is a value with numbers in the place of tensors.
type value struct {
	name     string
	form     trace.Form
	fraction int
	packed   int
	parts    []part
}

type part struct {
	party string
	blob  uint32
}

// light returns the event without numbers.
func (e *event) light() *trace.Event {
	c := e.Event
	c.Path, c.Inputs, c.Outputs = e.path, light(e.in), light(e.out)
	return &c
}

func light(list []value) []trace.Value {
	out := make([]trace.Value, len(list))
	for i, v := range list {
		out[i] = trace.Value{Name: v.name, Form: v.form, Fraction: v.fraction, Packed: v.packed, Parts: make([]trace.Part, len(v.parts))}
		for k, p := range v.parts {
			out[i].Parts[k].Party = p.party
		}
	}
	return out
}

package attack

import (
	"slices"

	"gorgonia.org/tensor"

	"unseen/engine/trace"
)

// Message is a message as a party at one of its ends knows it.
type Message struct {
	Step     int
	From, To string
	What     string
	Values   []Value
}

// Value is one matrix of a message.
type Value struct {
	Name string
	Form trace.Form
	Data *tensor.Dense // a copy
}

// Value returns the matrix of that name, or nil.
func (m Message) Value(name string) *tensor.Dense {
	for _, v := range m.Values {
		if v.Name == name {
			return v.Data
		}
	}
	return nil
}

// View is what some parties saw of a run: one party, or several that collude.
type View struct {
	Parties  []string
	Messages []Message // that one of them sent or received, in order
	Bytes    int       // of these messages
	Opened   []Message // what was opened to one of them; To says whom
	Own      []Message // what one of them computed, of the names in Keep; From says who
	Keep     []string  // names of own results to keep
	has      map[string]bool
}

// NewView returns the view, empty so far, of these parties.
func NewView(parties ...string) *View {
	v := &View{Parties: parties, has: make(map[string]bool, len(parties))}
	for _, p := range parties {
		v.has[p] = true
	}
	return v
}

// Only returns the view of some of these parties: what they saw, and nothing else.
func (v *View) Only(parties ...string) *View {
	n := NewView(parties...)
	for _, m := range v.Messages {
		if n.Has(m.From) || n.Has(m.To) {
			n.Messages = append(n.Messages, m)
		}
	}
	for _, m := range v.Own {
		if n.Has(m.From) {
			n.Own = append(n.Own, m)
		}
	}
	return n
}

// Has reports whether the party is one of those who look.
func (v *View) Has(party string) bool { return v.has[party] }

// Observe keeps what these parties saw of an event: a message that one of them sent
// or received, and a value that was opened to one of them. Of everything else nothing is kept, whatever the event carries. A
// message between two of them is kept once.
func (v *View) Observe(e *trace.Event) {
	if e.Kind == trace.Local && len(v.Keep) > 0 && v.Has(e.Party) {
		v.keep(e)
	}
	if e.Kind == trace.Open {
		v.open(e)
	}
	if e.Kind != trace.Sent || !v.Has(e.Party) && !v.Has(e.To) {
		return
	}
	if n := len(v.Messages); n > 0 && v.Messages[n-1].Step == e.Step {
		return
	}
	m := Message{Step: e.Step, From: e.Party, To: e.To, What: e.Name()}
	for _, x := range e.Outputs {
		for _, part := range x.Parts {
			if part.Party == e.To { // what the message carried, and no more
				m.Values = append(m.Values, Value{x.Name, x.Form, part.Data.Clone().(*tensor.Dense)})
			}
		}
	}
	v.Messages = append(v.Messages, m)
	v.Bytes += e.Bytes
}

// keep keeps own results of these parties.
func (v *View) keep(e *trace.Event) {
	for _, x := range e.Outputs {
		if !slices.Contains(v.Keep, x.Name) {
			continue
		}
		for _, part := range x.Parts {
			if part.Party == e.Party {
				v.Own = append(v.Own, Message{Step: e.Step, From: e.Party, What: e.Name(), Values: []Value{{x.Name, x.Form, part.Data.Clone().(*tensor.Dense)}}})
			}
		}
	}
}

// open keeps what was opened to these parties.
func (v *View) open(e *trace.Event) {
	for _, x := range e.Outputs {
		for _, part := range x.Parts {
			if v.Has(part.Party) {
				v.Opened = append(v.Opened, Message{Step: e.Step, To: part.Party, What: e.Name(), Values: []Value{{x.Name, x.Form, part.Data.Clone().(*tensor.Dense)}}})
			}
		}
	}
}

// Received counts the messages that came in, and Sent those that went out.
func (v *View) Received() int { return v.count(func(m Message) bool { return v.Has(m.To) }) }

// Sent counts the messages that went out.
func (v *View) Sent() int { return v.count(func(m Message) bool { return v.Has(m.From) }) }

func (v *View) count(which func(Message) bool) int {
	n := 0
	for _, m := range v.Messages {
		if which(m) {
			n++
		}
	}
	return n
}

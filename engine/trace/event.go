package trace

import (
	"fmt"
	"strconv"

	"gorgonia.org/tensor"
)

// Level says how coarse a span is. Smaller is coarser.
type Level uint8

// The ladder of levels, from coarse to fine.
const (
	Epoch     Level = iota // one pass over the data, or one server round
	Batch                  // one batch, or the visit to one worker
	Layer                  // one layer forward or backward, the loss, the update
	Operation              // one matrix product, one ReLU, …
	Round                  // one exchange of messages
	Message                // one message from one party to another
)

var levelNames = [...]string{"epoch", "batch", "layer", "operation", "round", "message"}

// Levels lists the ladder from coarse to fine.
func Levels() []Level { return []Level{Epoch, Batch, Layer, Operation, Round, Message} }

// String names the level as screens and flags do.
func (l Level) String() string {
	if int(l) < len(levelNames) {
		return levelNames[l]
	}
	return "level " + strconv.Itoa(int(l))
}

// Kind says what sort of thing happened.
type Kind uint8

// The kinds of events.
const (
	Span  Kind = iota // a span that held others has ended
	Local             // a party computed something alone
	Sent              // a message went from one party to another
	Open              // a shared value became known to those it was opened to
)

var kindNames = [...]string{"span", "local", "message", "open"}

// String names the kind as the lines and the --only of unseen trace do.
func (k Kind) String() string { return kindNames[k] }

// Kinds lists every kind of event.
func Kinds() []Kind { return []Kind{Span, Local, Sent, Open} }

// Scope names one span: "epoch 1 of 10", "layer 3 forward".
type Scope struct {
	Level Level
	Name  string // "epoch", "batch", "layer", "matmul", …
	Index int    // counted from 1; 0 where there is only one
	Of    int    // how many there are; 0 where nobody counts
	Part  string // "forward", "backward"; may be empty
}

// Label names the span without saying how many there are: "epoch 1".
func (s Scope) Label() string {
	text := s.Name
	if s.Index > 0 {
		text += " " + strconv.Itoa(s.Index)
	}
	if s.Part != "" {
		text += " " + s.Part
	}
	return text
}

// String names the span and says how many there are: "epoch 1/10".
func (s Scope) String() string {
	if s.Of == 0 {
		return s.Label()
	}
	text := fmt.Sprintf("%s %d/%d", s.Name, s.Index, s.Of)
	if s.Part != "" {
		text += " " + s.Part
	}
	return text
}

// Form says in what form a party holds a value.
type Form uint8

// The forms of a value.
const (
	Plain  Form = iota // the number itself
	Share              // one summand of it, uniform on its own
	Opened             // was shared, is known to all holders now
)

var formNames = [...]string{"plain", "share", "opened"}

// String names the form as lists of a memory and traces do.
func (f Form) String() string { return formNames[f] }

// Value is a named value of an event: one part per party that holds one. A
// plain value has one part for each party that knows it; a shared value has one
// share per holder. A party knows its own part and nothing else.
type Value struct {
	Name     string
	Form     Form
	Fraction int // fraction bits of ring elements, where they stand for real numbers; else 0
	Packed   int // of packed bits: how many a row has, 64 to a word; 0 for numbers
	Parts    []Part
}

// Part is what one party holds of a value: a matrix of rows × columns.
type Part struct {
	Party string
	Data  *tensor.Dense
}

// Shape returns rows and columns of the value, or nil if it has no part.
func (v Value) Shape() []int {
	if len(v.Parts) == 0 || v.Parts[0].Data == nil {
		return nil
	}
	return v.Parts[0].Data.Shape()
}

// Clone returns a copy that shares no memory with v.
func (v Value) Clone() Value {
	parts := make([]Part, len(v.Parts))
	for i, p := range v.Parts {
		parts[i] = Part{Party: p.Party, Data: p.Data.Clone().(*tensor.Dense)}
	}
	v.Parts = parts
	return v
}

// Event tells of one span that has ended. Everything it points to is borrowed.
type Event struct {
	Step    int     // position: the number of events up to and including this one
	Kind    Kind    // what sort of thing happened
	Path    []Scope // the enclosing spans, the event's own last
	Party   string  // who did it; empty where it was nobody in particular
	To      string  // the receiver of a message
	Bytes   int     // size of a message on the wire
	Why     string  // of an opening: why it may be opened
	Inputs  []Value // what went in
	Outputs []Value // what came out
}

// Scope returns the event's own span.
func (e *Event) Scope() Scope { return e.Path[len(e.Path)-1] }

// Level returns the level of the event's own span.
func (e *Event) Level() Level { return e.Scope().Level }

// Name returns the name of the event's own span, as "matmul".
func (e *Event) Name() string { return e.Scope().Name }

// Input returns the input of that name, and whether there is one.
func (e *Event) Input(name string) (Value, bool) { return find(e.Inputs, name) }

// Output returns the output of that name, and whether there is one.
func (e *Event) Output(name string) (Value, bool) { return find(e.Outputs, name) }

func find(values []Value, name string) (Value, bool) {
	for _, v := range values {
		if v.Name == name {
			return v, true
		}
	}
	return Value{}, false
}

// Clone returns a copy that shares no memory with e, for observers that keep it.
func (e *Event) Clone() *Event {
	c := *e
	c.Path = append([]Scope(nil), e.Path...)
	c.Inputs = cloneValues(e.Inputs)
	c.Outputs = cloneValues(e.Outputs)
	return &c
}

func cloneValues(values []Value) []Value {
	out := make([]Value, len(values))
	for i, v := range values {
		out[i] = v.Clone()
	}
	return out
}

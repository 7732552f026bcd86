package trace

// Observer is told of every event. The event and all it points to are borrowed:
// valid until the observer returns.
type Observer func(*Event)

// Tracer turns the spans of a run into events. The zero value watches nothing
// and costs nothing. A tracer belongs to one run and one goroutine.
type Tracer struct {
	observer Observer
	breath   func()
	step     int
	path     []Scope
	event    Event
}

// NewTracer returns a tracer whose first event will have number step+1. A nil
// observer makes a tracer that does nothing.
func NewTracer(observer Observer, step int) *Tracer {
	return &Tracer{observer: observer, step: step}
}

// Watched reports whether anybody looks. Work that serves only an observer
// (naming values, keeping intermediate results) belongs behind it.
func (t *Tracer) Watched() bool { return t.observer != nil }

// OnBreath sets what [Tracer.Breathe] calls: it may panic, which ends the run, and must
// bear to be called by several goroutines at once.
func (t *Tracer) OnBreath(f func()) { t.breath = f }

// Breathe is called within long computations, between two events: whoever runs the
// protocol may end it there.
func (t *Tracer) Breathe() {
	if t.breath != nil {
		t.breath()
	}
}

// Begin opens a span inside the one that is open.
func (t *Tracer) Begin(s Scope) {
	if t.observer == nil {
		return
	}
	t.path = append(t.path, s)
}

// End closes the innermost span and reports it as an event of kind [Span].
func (t *Tracer) End(inputs, outputs []Value) {
	if t.observer == nil {
		return
	}
	t.event = Event{Kind: Span, Inputs: inputs, Outputs: outputs}
	t.emit()
}

// EndLocal closes the innermost span, in which party computed alone.
func (t *Tracer) EndLocal(party string, inputs, outputs []Value) {
	if t.observer == nil {
		return
	}
	t.event = Event{Kind: Local, Party: party, Inputs: inputs, Outputs: outputs}
	t.emit()
}

// EndMessage closes the innermost span, a message of so many bytes; values are
// what it carried, as the receiver holds it.
func (t *Tracer) EndMessage(from, to string, bytes int, values []Value) {
	if t.observer == nil {
		return
	}
	t.event = Event{Kind: Sent, Party: from, To: to, Bytes: bytes, Outputs: values}
	t.emit()
}

// EndOpen closes the innermost span, in which shared values became known to those
// named by to; why says why they may.
func (t *Tracer) EndOpen(to, why string, values []Value) {
	if t.observer == nil {
		return
	}
	t.event = Event{Kind: Open, To: to, Why: why, Outputs: values}
	t.emit()
}

// Path returns the open spans, outermost first; it is borrowed.
func (t *Tracer) Path() []Scope { return t.path }

// Step returns the number of events so far.
func (t *Tracer) Step() int { return t.step }

// emit reports t.event as the end of the innermost span, then leaves that span.
func (t *Tracer) emit() {
	t.step++
	t.event.Step = t.step
	t.event.Path = t.path
	t.observer(&t.event)
	t.path = t.path[:len(t.path)-1]
}

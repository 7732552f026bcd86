package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"unseen/engine/encrypted"
	"unseen/engine/local"
	"unseen/engine/mpc"
	"unseen/engine/secagg"
	"unseen/engine/trace"
)

// Source is a value in somebody's memory at some moment, or a part of it: where another
// came from.
type Source struct {
	Party, Name   string
	Form          trace.Form
	Step          int // at which it came about; 0: from the start
	Origin        string
	Rows, Columns int
	Row, Column   int    // of the part, from 1; 0: all of them
	Whose         string // the person whose row it is in, or the worker that sent it; empty: many, or nobody's
	Record        int    // of the data set that this row is, from 1; 0: many, or none
}

// Provenance says how a value came about.
type Provenance struct {
	Of     Source
	Event  *trace.Event // in which it came about; nil: it was there from the start
	Inputs []Source     // what it was made from
	Hidden bool         // it was received: what the sender made it from, the receiver does not know
}

// Peek returns what a run is like at a step, and leaves the run where it is. near,
// which may be nil, is a snapshot to share memory with.
// The error is that of going there, see [Session].
func Peek(ctx context.Context, s Stepper, step int, near *Snapshot) (*Snapshot, error) {
	at, _ := s.Position()
	err := s.Seek(ctx, step)
	var found *Snapshot
	if err == nil {
		found = s.Snapshot(near)
	}
	if back := s.Seek(context.Background(), at); err == nil { // nobody may find the run elsewhere
		err = back
	}
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Trace finds out how a value came about that a party had in memory at the moment
// of a snapshot: it looks at the step that made it and at the memories before that
// step. Of a cell it finds the cells, rows and columns that went into it, and whose
// rows these are. eyes, which may be empty, is the party through whose eyes it looks.
//
// What has no inputs, and is not hidden, was there from the start or was drawn.
// The error is that of going through the run, see [Session].
func Trace(ctx context.Context, s Stepper, at *Snapshot, of Source, eyes string) (*Provenance, error) {
	p, who := &Provenance{Of: of}, newPeople(s, eyes)
	if of.Step == 0 {
		who.name(&p.Of, at.memory(of.Party))
		return p, nil
	}
	made, err := Peek(ctx, s, of.Step, at)
	if err != nil {
		return nil, err
	}
	before, err := Peek(ctx, s, of.Step-1, at)
	if err != nil {
		return nil, err
	}
	if eyes != "" {
		made, before = made.As(eyes), before.As(eyes)
	}
	then := made.memory(of.Party)
	who.name(&p.Of, then)
	p.Event = made.Event // nil through the eyes of who had no part in it
	t := &tracing{Provenance: p, ctx: ctx, run: s, who: who, made: made, before: before}
	if err := t.find(); err != nil {
		return nil, err
	}
	t.unpack()
	for _, in := range t.parts {
		place := func(row int) int { return who.place(in.Source, who.row(of, then, row)) }
		for _, in := range eachRow(narrow(in, of, p.Event, place), of, p.Event, place) {
			who.name(&in, then)
			p.Inputs = append(p.Inputs, in)
		}
	}
	return p, nil
}

// tracing looks for what a value was made from.
type tracing struct {
	*Provenance
	ctx          context.Context
	run          Stepper
	who          people
	made, before *Snapshot // the step that made it, and the one before
	parts        []part
}

// unpack finds of what lies with all weights in one row, as an update does, the cell that
// belongs to a weight, and of a weight that which belongs to a cell of such a row.
func (t *tracing) unpack() {
	of := t.Of
	if of.Row == 0 || of.Column == 0 {
		return
	}
	for _, m := range []*Image{t.made.memory(of.Party), t.before.memory(of.Party), t.sender()} {
		offset, all := weightPlaces(m)
		if all == 0 {
			continue
		}
		long := func(s Source) bool { return s.Rows == 1 && (s.Columns == all || s.Columns == all+1) } // an encoded update counts rows, too
		at, weight := offset[of.Name]
		var parts []part
		for _, in := range t.parts {
			from, other := offset[in.Name]
			switch i := of.Column - 1 - from; {
			case weight && long(in.Source):
				in.Row, in.Column, in.as = 1, at+(of.Row-1)*of.Columns+of.Column, exactly
			case long(of) && other && i >= 0 && i < in.Rows*in.Columns:
				in.Row, in.Column, in.as = 1+i/in.Columns, 1+i%in.Columns, exactly
			case long(of) && other:
				continue // of another weight
			}
			parts = append(parts, in)
		}
		t.parts = parts
		return
	}
}

// sender returns the memory of the sender of a message before it; an empty one if there is
// none.
func (t *tracing) sender() *Image {
	if t.Event == nil || t.Event.Kind != trace.Sent {
		return &Image{}
	}
	return t.before.memory(t.Event.Party)
}

// weightPlaces returns at which place in a row of all weights those of each matrix begin,
// and how many there are: none if a memory has no model.
func weightPlaces(m *Image) (offset map[string]int, all int) {
	offset = map[string]int{}
	for l := 1; ; l++ {
		w, b := local.Weights(l)
		for _, name := range []string{w, b} {
			o, ok := m.Object(name)
			if !ok {
				return offset, all
			}
			offset[name] = all
			all += o.Data.Size()
		}
	}
}

// What has an origin of its own kind.
const (
	dealt    = "dealt for " // expanded from the dealer's key
	drawnFor = "drawn for " // by the dealer, from the keys of all
	byItself = "drawn: "    // from nothing
)

// find finds the parts.
func (t *tracing) find() error {
	of, e := t.Of, t.Event
	own, then := t.before.memory(of.Party), t.made.memory(of.Party)
	if of.Name == secagg.SumShare {
		t.arrivals("share update", secagg.Sealed)
	}
	switch {
	case strings.HasPrefix(of.Origin, dealt):
		t.dealt(then)
	case strings.HasPrefix(of.Origin, drawnFor):
		t.Event = nil // it is computed before the message that is sent of it
		t.add(of.Party, then, dealtFrom(of.Name, e, own, then)...)
	case of.Origin == encrypted.AllRows || of.Origin == encrypted.AllLabels:
		t.rows()
	case of.Origin == encrypted.InitialShare || of.Origin == encrypted.ModelShare:
		t.splitModel(own)
	case strings.HasSuffix(of.Origin, mpc.OnTheWay):
		t.onTheWay(own, then)
	case of.Origin == encrypted.RowShare:
		t.splitRow(own)
	case of.Name == encrypted.Probabilities && of.Form == trace.Plain:
		t.choose(of.Party, own, begins(of.Name+" of ")) // what the holders sent
	case e == nil, strings.HasPrefix(of.Origin, byItself):
	case strings.HasPrefix(of.Origin, receivedFrom):
		return t.received()
	case e.Kind == trace.Open && of.Form == trace.Opened:
		t.opened(own)
	default:
		t.computed(own, then)
	}
	return nil
}

// onTheWay adds what a holder made a value in the middle of an operation from: its origin
// names all of it. It was computed after the event before, whose numbers it is made from,
// and before the next one, which may be of something else.
func (t *tracing) onTheWay(own, then *Image) {
	how := strings.TrimSuffix(t.Of.Origin, mpc.OnTheWay)
	names := mentioned(how, own)
	for _, name := range mentioned(how, then) { // of values that came about one after the other
		if o, _ := own.Object(name); o.Name == "" {
			names = append(names, name)
		}
	}
	t.add(t.Of.Party, own, names...)
	t.add(t.Of.Party, then, names...)
	if t.Event != nil && t.Event.Kind != trace.Local {
		t.Event = nil
	}
}

// computed adds what a party made a value from by itself.
func (t *tracing) computed(own, then *Image) {
	of, e := t.Of, t.Event
	if parts, ok := onShares(of, e, own, then); ok {
		t.parts = parts
		return
	}
	name := operation(e)
	if name == "recover" && len(e.Inputs) > 0 && e.Inputs[0].Name == "s recovered" {
		name += " s" // of one who left: its masks are those it had in common with others
	}
	if from, ok := recipe(ownRecipes, name, of.Name); ok {
		if slices.Contains(moves, name) {
			t.add(of.Party, own, of.Name)
		}
		t.choose(of.Party, own, from)
		var n int
		if _, err := fmt.Sscanf(of.Origin, "interpolated at 0 from %d shares", &n); err == nil {
			t.parts = t.parts[:min(n, len(t.parts))] // those that came first
		}
		for _, o := range then.Objects { // what came about with it
			if o.Step == of.Step && o.Name != of.Name && slices.ContainsFunc(from, func(one func(Object) bool) bool { return one(o) }) {
				t.addObject(of.Party, o, "")
			}
		}
		if of.Name == local.LocalLoss {
			t.Event = nil // it is noted after the last step, before whatever is next
		}
		return
	}
	inputs := e.Inputs
	if replaces(e) {
		i := slices.IndexFunc(inputs, func(v trace.Value) bool { return v.Name == of.Name })
		inputs = inputs[max(i, 0) : i+1]
	}
	all, gathered := strings.CutPrefix(of.Origin, "rows of ")
	if gathered {
		t.add(of.Party, own, all)
	}
	for _, v := range inputs {
		if v.Name != local.Batch {
			t.add(of.Party, own, v.Name)
		}
	}
	for _, o := range own.Objects {
		if !gathered && o.Name != local.Batch && mentions(of.Origin, o.Name) { // their numbers are not meant by "Σ rows of dz2", nor those of the batch before
			t.addObject(of.Party, o, "")
		}
	}
	for _, v := range inputs { // what came about in the same step: the numbers of a batch's rows
		if v.Name != of.Name {
			t.add(of.Party, then, v.Name)
		}
	}
}

// replaces reports whether an event replaces several values, each by what it makes of
// it alone, as truncating all updates does.
func replaces(e *trace.Event) bool {
	return slices.EqualFunc(e.Inputs, e.Outputs, func(a, b trace.Value) bool { return a.Name == b.Name })
}

// dealt adds what a holder has its share of what was dealt from: its key, or for the last
// holder, to whom the dealer sends what the shares of the others lack, the message.
func (t *tracing) dealt(then *Image) {
	of, e := t.Of, t.Event
	if e != nil && e.Kind == trace.Sent && e.To == of.Party && !expanded(of.Name) && strings.HasPrefix(e.Name(), "deal ") {
		dealer := t.made.memory(e.Party)
		if t.Hidden = !t.made.Knows(e.Party); !t.Hidden {
			t.add(e.Party, dealer, of.Name)
			t.choose(e.Party, dealer, ingredients{func(o Object) bool {
				return strings.HasPrefix(o.Name, encrypted.KeyFor) && o.Name != encrypted.KeyFor+of.Party
			}})
		}
		return
	}
	t.Event = nil // nothing happens at the holder: the next event is none of it
	t.add(of.Party, then, encrypted.DealersKey)
}

// opened adds what a holder made its own share of an opened value from, and the shares of
// the others as they came in.
func (t *tracing) opened(own *Image) {
	of := t.Of
	t.add(of.Party, own, ownShare(of.Name, of.Origin, own)...)
	t.choose(of.Party, own, begins(of.Name+" of "))
}

// add adds objects of a memory by their names, as far as it has them.
func (t *tracing) add(party string, memory *Image, names ...string) {
	for _, name := range names {
		if o, ok := memory.Object(name); ok {
			t.addObject(party, o, "")
		}
	}
}

// choose adds the objects of a memory that are ingredients.
func (t *tracing) choose(party string, memory *Image, from ingredients) {
	for _, one := range from {
		for _, o := range memory.Objects {
			if one(o) {
				t.addObject(party, o, "")
			}
		}
	}
}

func (t *tracing) addObject(party string, o Object, as string) {
	if !slices.ContainsFunc(t.parts, func(s part) bool { return s.Party == party && s.Name == o.Name }) {
		t.parts = append(t.parts, part{SourceOf(party, o), as})
	}
}

// SourceOf describes an object in a party's memory.
func SourceOf(party string, o Object) Source {
	s := o.Data.Shape()
	return Source{Party: party, Name: o.Name, Form: o.Form, Step: o.Step, Origin: o.Origin, Rows: s[0], Columns: s[1]}
}

// memory returns a party's memory; an empty one if there is no such party.
func (s *Snapshot) memory(id string) *Image {
	for _, p := range s.Parties {
		if p.ID == id {
			return p.Memory
		}
	}
	return &Image{}
}

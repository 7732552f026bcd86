package engine

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"unseen/engine/encrypted"
	"unseen/engine/local"
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
func Trace(ctx context.Context, s Stepper, at *Snapshot, of Source, eyes string) (*Provenance, error) {
	p, who := &Provenance{Of: of}, newPeople(s.Dataset(), eyes)
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
	if p.Event = made.Event; p.Event == nil {
		return p, nil
	}
	switch e := p.Event; {
	case e.Kind == trace.Sent && e.To == of.Party:
		if p.Hidden = !before.Knows(e.Party); !p.Hidden {
			p.Inputs = sent(before.memory(e.Party), made.memory(e.Party), e.Party, of)
		}
	default:
		p.collect(before.memory(of.Party), then)
	}
	if err := p.arrived(ctx, s, made, who); err != nil {
		return nil, err
	}
	all := p.Inputs
	p.Inputs = nil
	for _, in := range all {
		place := func(row int) int { return who.place(in, who.row(of, then, row)) }
		for _, in := range eachRow(narrow(in, of, p.Event, place), of, p.Event, place) {
			who.name(&in, then)
			p.Inputs = append(p.Inputs, in)
		}
	}
	if raw, ok := who.raw(of, before); ok {
		who.name(&raw, &Image{})
		p.Inputs = append(p.Inputs, raw)
	}
	return p, nil
}

// What has an origin of its own kind: no operation names its inputs.
const (
	dealt = "dealt for " // expanded from the dealer's key
	moved = "own copy of the model − "
)

// collect finds what went into the event's result among what its party had before, and
// what came about with it.
func (p *Provenance) collect(own, then *Image) {
	switch {
	case strings.HasPrefix(p.Of.Origin, dealt):
		p.Event = nil // nothing happens at the holder: the next event is none of it
		if o, ok := then.Object(encrypted.DealersKey); ok {
			p.add(p.Of.Party, o)
		}
		return
	case strings.HasPrefix(p.Of.Origin, moved):
		weights := local.Names(len(own.Objects))
		for _, o := range own.Objects {
			if slices.Contains(weights, o.Name) {
				p.add(p.Of.Party, o)
			}
		}
		return
	}
	inputs := p.Event.Inputs
	if replaces(p.Event) {
		i := slices.IndexFunc(inputs, func(v trace.Value) bool { return v.Name == p.Of.Name })
		inputs = inputs[max(i, 0) : i+1]
	}
	for _, v := range inputs {
		if o, ok := own.Object(v.Name); ok && v.Name != local.Batch {
			p.add(p.Of.Party, o)
		}
	}
	origin := p.Of.Origin
	if p.Event.Kind == trace.Open {
		origin = formula(p.Of, own)
	}
	for _, o := range own.Objects {
		if o.Name == local.Batch {
			continue // "Σ rows of dz2" does not mean their numbers, nor are those before this batch's
		}
		if mentions(origin, o.Name) || p.Event.Kind == trace.Open && opensFrom(p.Of.Name, o.Name) {
			p.add(p.Of.Party, o)
		}
	}
	for _, v := range inputs { // what came about in the same step: the numbers of a batch's rows
		if o, ok := then.Object(v.Name); ok && v.Name != p.Of.Name {
			p.add(p.Of.Party, o)
		}
	}
}

// replaces reports whether an event replaces several values, each by what it makes of
// it alone, as truncating all updates does.
func replaces(e *trace.Event) bool {
	return slices.EqualFunc(e.Inputs, e.Outputs, func(a, b trace.Value) bool { return a.Name == b.Name })
}

// opensFrom reports whether a value that was opened is the sum of what has this name: of
// shares that came in, "d w1 of" their sender; or was opened under it: "r for" one of
// several that are opened together.
func opensFrom(opened, name string) bool {
	return strings.HasPrefix(name, opened+" of ") || name == maskOf(opened)
}

// maskOf names the mask under which a value was opened together with others: "a w1" of
// "d w1", "r w1" of "c w1", "r for c2" of "c2"; empty if it is no such value.
func maskOf(opened string) string {
	for sum, mask := range map[string]string{"c": "r", "d": "a"} {
		if of, ok := strings.CutPrefix(opened, sum+" "); ok {
			return mask + " " + of
		}
		if n, ok := strings.CutPrefix(opened, sum); ok && strings.Trim(n, "0123456789") == "" {
			return mask + " for " + opened
		}
	}
	return ""
}

// formula returns what an opened value is the sum of, without its own name and without
// its mask, whose name has others in it: "r w1" is neither r nor w1.
func formula(of Source, own *Image) string {
	mask := maskOf(of.Name)
	_, sum, ok := strings.Cut(of.Origin, " = ")
	if _, has := own.Object(mask); !ok || !has {
		return of.Origin
	}
	sum, _ = strings.CutSuffix(sum, ", opened")
	sum, _ = strings.CutSuffix(sum, mask)
	return sum
}

// arrived adds what came in messages and was put into the value at once, so that it is in
// no memory any more: an owner's row among the shares of all rows, the shares that a
// committee member adds up.
func (p *Provenance) arrived(ctx context.Context, s Stepper, made *Snapshot, who people) error {
	of := p.Of
	switch {
	case of.Form != trace.Share:
		return nil
	case of.Name == local.Scaled || of.Name == local.Labels:
		if err := p.row(ctx, s, made, who); err != nil {
			return err
		}
		for _, name := range []string{"mean", "1/σ"} { // of standardised rows, which came about with them
			if o, ok := made.memory(of.Party).Object(name); ok && of.Name == local.Scaled && o.Step == of.Step {
				p.add(of.Party, o)
			}
		}
	case of.Name == secagg.SumShare:
		for _, e := range made.Record.round(of.Party, "share update") {
			p.Inputs = append(p.Inputs, Source{Party: of.Party, Name: e.From + secagg.Sealed, Form: trace.Share, Step: e.Step,
				Origin: "received from " + e.From, Rows: of.Rows, Columns: of.Columns})
		}
		if o, ok := made.memory(of.Party).Object(secagg.Encoded); ok { // its share of its own update it has from nobody
			p.add(of.Party, o)
		}
	}
	return nil
}

// row adds the message in which the owner of a row sent its share of it to the holder: the
// seed of the share, or the share in full. A holder keeps its own share of its own row.
func (p *Provenance) row(ctx context.Context, s Stepper, made *Snapshot, who people) error {
	owner, ok := who.owner(p.Of)
	if !ok {
		return nil
	}
	e, ok := made.Record.message(owner, p.Of.Party, "share row")
	if !ok {
		return nil
	}
	at, err := Peek(ctx, s, e.Step, made)
	if err != nil || at.Event == nil {
		return err
	}
	for _, v := range at.Event.Outputs {
		if shape := v.Shape(); shape != nil {
			p.Inputs = append(p.Inputs, Source{Party: p.Of.Party, Name: v.Name, Form: v.Form, Step: e.Step, Origin: "received from " + owner, Rows: shape[0], Columns: shape[1]})
		}
	}
	return nil
}

// SourceOf describes an object in a party's memory.
func SourceOf(party string, o Object) Source {
	s := o.Data.Shape()
	return Source{Party: party, Name: o.Name, Form: o.Form, Step: o.Step, Origin: o.Origin, Rows: s[0], Columns: s[1]}
}

func (p *Provenance) add(party string, o Object) {
	if !slices.ContainsFunc(p.Inputs, func(s Source) bool { return s.Party == party && s.Name == o.Name }) {
		p.Inputs = append(p.Inputs, SourceOf(party, o))
	}
}

// sent finds what a message was made from in the memory of its sender: the object of
// that name, the share that is to be opened, or all it had computed. then is its memory
// after the message: masks are dealt with the first one that needs them.
func sent(memory, then *Image, sender string, of Source) []Source {
	name := of.Name
	opened, _ := strings.CutSuffix(name, " of "+sender)
	for _, name := range []string{name, opened} { // a share of d = w − a is in no memory
		if o, ok := memory.Object(name); ok && (name == of.Name || o.Form == trace.Share) {
			return []Source{SourceOf(sender, o)}
		}
	}
	var out []Source
	switch {
	case name == encrypted.DealersKey:
		if o, ok := memory.Object(encrypted.KeyFor + of.Party); ok {
			return []Source{SourceOf(sender, o)}
		}
	case maskOf(opened) != "" && opened != name: // d w = w − a w, c w = update of w + r w
		_, of, _ := strings.Cut(opened, " ")
		for _, part := range []string{of, maskOf(opened)} {
			if o, ok := then.Object(part); ok {
				out = append(out, SourceOf(sender, o))
			}
		}
		return out
	case strings.HasSuffix(name, " of row of "+sender):
		for _, own := range []string{local.Raw, local.Labels} {
			if o, ok := memory.Object(own); ok {
				out = append(out, SourceOf(sender, o))
			}
		}
		return out
	case name == sender+secagg.Sealed:
		if o, ok := memory.Object(secagg.Update); ok {
			return []Source{SourceOf(sender, o)}
		}
	}
	for _, o := range memory.Objects {
		if !o.Passing && o.Step > 0 && !strings.HasPrefix(o.Origin, "received from ") {
			out = append(out, SourceOf(sender, o))
		}
	}
	return out
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

// mentions reports whether a name stands in a text as a word of its own.
func mentions(text, name string) bool {
	for rest := text; ; {
		i := strings.Index(rest, name)
		if i < 0 {
			return false
		}
		before, after := rest[:i], rest[i+len(name):]
		if !word(before, true) && !word(after, false) {
			return true
		}
		rest = after
	}
}

// word reports whether a text ends, or begins, inside a word.
func word(text string, end bool) bool {
	runes := []rune(text)
	if len(runes) == 0 {
		return false
	}
	r := runes[0]
	if end {
		r = runes[len(runes)-1]
	}
	return unicode.IsDigit(r) || unicode.IsLetter(r) && r != 'ᵀ'
}

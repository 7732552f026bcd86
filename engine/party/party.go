// Package party holds the parties of a protocol: who they are and what each of
// them has in memory.
//
// A [Store] is a party's memory. What a screen shows of a party, and what an
// attack may use, is read from that party's store and from nowhere else; what a
// party must not know is not in it. Parties meet only by messages.
package party

import (
	"fmt"
	"slices"

	"gorgonia.org/tensor"

	"unseen/engine/trace"
)

// Role says what a party does in a protocol.
type Role string

// The roles.
const (
	Server     Role = "server"     // coordinates training and owns the model
	Worker     Role = "worker"     // owns rows and trains on them
	Applicant  Role = "applicant"  // asks for a decision on her row
	Aggregator Role = "aggregator" // trusted to see models of single workers, and averages them
	Holder     Role = "holder"     // holds a share of everything and computes on shares
	Dealer     Role = "dealer"     // trusted to hand out correlated randomness; sees no data
)

// Party is one participant.
type Party struct {
	ID     string // unique name, as it appears in messages
	Number int    // small number, for a key, a colour and a glyph; the server and the dealer are 0
	Role   Role
	Store  *Store
	sent   string // the origin of what others received from it: written once, for many messages
}

// New returns a party with an empty store.
func New(id string, number int, role Role) *Party {
	return &Party{ID: id, Number: number, Role: role, Store: &Store{objects: map[string]*Object{}}, sent: "received from " + id}
}

// Object is something a party has in memory.
type Object struct {
	Name     string
	Form     trace.Form
	Fraction int           // fraction bits of ring elements, where they stand for real numbers; else 0
	Data     *tensor.Dense // rows × columns; belongs to the store
	Step     int           // position at which it got its present value
	Origin   string        // how it came about: the operation and its inputs
	Passing  bool          // of interest while its step runs, then forgotten
	Frozen   bool          // the tensor will never be written: copies of the store share it
	version  uint64        // grows with every change
}

// Store is a party's memory: named objects, listed in the order in which they
// first appeared. The zero value is not ready; use [New].
type Store struct {
	objects map[string]*Object
	order   []*Object
	version uint64 // names the present contents
	clock   uint64 // counts changes and never goes back, so that no version names two contents
}

// Put stores a value under a name, replacing what was there. The tensor is
// stored, not copied: whoever computed it keeps the right to change it, and must
// Put it again when it did.
func (s *Store) Put(name string, form trace.Form, data *tensor.Dense, step int, origin string) {
	s.put(name, form, data, step, origin, false)
}

// PutFrozen is [Store.Put] for a tensor that nobody will ever write to, such as a
// message that many received. Who wants to change it changes a copy ([Store.Own]).
func (s *Store) PutFrozen(name string, form trace.Form, data *tensor.Dense, step int, origin string) {
	s.put(name, form, data, step, origin, false)
	s.objects[name].Frozen = true
}

// PutShare is [Store.PutFrozen] for ring elements with so many fraction bits that
// nobody will ever write to. A passing one is forgotten by [Store.DropPassing].
func (s *Store) PutShare(name string, form trace.Form, fraction int, data *tensor.Dense, step int, origin string, passing bool) {
	s.put(name, form, data, step, origin, passing)
	o := s.objects[name]
	o.Frozen, o.Fraction = true, fraction
}

// Own makes an object that is frozen the store's own, to be written to.
func (s *Store) Own(name string) {
	if o, ok := s.objects[name]; ok && o.Frozen {
		fraction := o.Fraction
		s.put(name, o.Form, o.Data.Clone().(*tensor.Dense), o.Step, o.Origin, o.Passing)
		o.Fraction = fraction
	}
}

// PutPassing is [Store.Put] for a value that [Store.DropPassing] will forget.
func (s *Store) PutPassing(name string, form trace.Form, data *tensor.Dense, step int, origin string) {
	s.put(name, form, data, step, origin, true)
}

func (s *Store) put(name string, form trace.Form, data *tensor.Dense, step int, origin string, passing bool) {
	s.tick()
	o, ok := s.objects[name]
	if !ok {
		o = &Object{Name: name}
		s.objects[name] = o
		s.order = append(s.order, o)
	}
	o.Form, o.Fraction, o.Data, o.Step, o.Origin, o.Passing, o.Frozen, o.version = form, 0, data, step, origin, passing, false, s.version
}

// Get returns the object of that name.
func (s *Store) Get(name string) (*Object, bool) {
	o, ok := s.objects[name]
	return o, ok
}

// Stay makes an object that was of passing interest one that is kept.
func (s *Store) Stay(name string) {
	if o, ok := s.objects[name]; ok && o.Passing {
		s.tick()
		o.Passing, o.version = false, s.version
	}
}

// Need returns the tensor of that name; without it the protocol cannot go on,
// and the run ends with an [Abort] that names the party.
func (s *Store) Need(party, name string) *tensor.Dense {
	o, ok := s.objects[name]
	if !ok {
		panic(&Abort{Party: party, Cause: fmt.Errorf("object %q is not in its memory", name)})
	}
	return o.Data
}

// Remove forgets the object of that name and reports whether there was one.
func (s *Store) Remove(name string) bool {
	if _, ok := s.objects[name]; !ok {
		return false
	}
	s.tick()
	delete(s.objects, name)
	i := slices.IndexFunc(s.order, func(o *Object) bool { return o.Name == name })
	s.order = slices.Delete(slices.Clone(s.order), i, i+1)
	return true
}

// RemoveFunc forgets the objects for whose names f holds, in one go.
func (s *Store) RemoveFunc(f func(name string) bool) {
	if !slices.ContainsFunc(s.order, func(o *Object) bool { return f(o.Name) }) {
		return
	}
	s.tick()
	kept := make([]*Object, 0, len(s.order))
	for _, o := range s.order {
		if f(o.Name) {
			delete(s.objects, o.Name)
		} else {
			kept = append(kept, o)
		}
	}
	s.order = kept
}

// DropPassing forgets what was only of passing interest. Where there is nothing of
// the kind, as in every step that nobody watches, it allocates nothing.
func (s *Store) DropPassing() {
	if !slices.ContainsFunc(s.order, func(o *Object) bool { return o.Passing }) {
		return
	}
	s.tick()
	kept := make([]*Object, 0, len(s.order))
	for _, o := range s.order {
		if o.Passing {
			delete(s.objects, o.Name)
		} else {
			kept = append(kept, o)
		}
	}
	s.order = kept
}

func (s *Store) tick() {
	s.clock++
	s.version = s.clock
}

// Len returns the number of objects.
func (s *Store) Len() int { return len(s.order) }

// Abort ends a protocol from inside: a lost object, a party that is gone, a
// check that failed. It travels as a panic and is recovered at one place, the
// boundary of the session, which adds where in the run it happened.
type Abort struct {
	Party string
	Cause error
}

// Error names the party and says why it stopped.
func (a *Abort) Error() string { return a.Party + ": " + a.Cause.Error() }

// Unwrap returns the cause.
func (a *Abort) Unwrap() error { return a.Cause }

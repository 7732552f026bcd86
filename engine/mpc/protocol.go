package mpc

import (
	"fmt"
	"strconv"
	"strings"

	"gorgonia.org/tensor"

	"unseen/engine/party"
	"unseen/engine/prep"
	"unseen/engine/ring"
	"unseen/engine/trace"
)

// wordBytes is the size of a ring element on the wire.
const wordBytes = 8

// Protocol is a set of holders, all hosted by this process, with their dealer. It
// belongs to one goroutine.
type Protocol struct {
	Ring    ring.Ring
	Dealer  *prep.Dealer
	Crypto  *party.Party   // the dealer as a party: what it deals is in its memory
	Holders []*party.Party // what they see is in their memories, while somebody watches
	Link    *party.Link    // counts what is sent
	Tracer  *trace.Tracer  // is told of operations, rounds, messages and openings
	Watch   Watch          // sees plaintexts; nil in real use

	parties  int
	openings openings
	place    string       // of the operation under way, for errors
	tamper   func(Flight) // changes what is on its way; nil: nobody does
	bits     precision    // of elementary functions
}

// Watch is a debugging eye that exists only where one process hosts all holders:
// it is shown the plaintext of each value before it is truncated or compared. name
// is the operation's. An error ends the run.
type Watch func(name string, plaintext *tensor.Dense) error

// New returns a protocol among n holders, 2 ≤ n ≤ 10, over the dealer's ring,
// watched by nobody; another n is an error. The holders are called holder 0, holder 1, ….
func New(r ring.Ring, n int, dealer *prep.Dealer) (*Protocol, error) {
	holders := make([]*party.Party, max(n, 0))
	for i := range holders {
		holders[i] = party.New(fmt.Sprint("holder ", i), i+1, party.Holder)
	}
	return Among(holders, party.New("dealer", 0, party.Dealer), r, dealer)
}

// Among is [New] for parties that exist: 2 to 10 holders, more or
// fewer are an error, and their dealer.
func Among(holders []*party.Party, crypto *party.Party, r ring.Ring, dealer *prep.Dealer) (*Protocol, error) {
	if n := len(holders); n < 2 || n > 10 {
		return nil, fmt.Errorf("%d holders: protocols run among 2 to 10", n)
	}
	return &Protocol{Ring: r, Dealer: dealer, Crypto: crypto, Holders: holders, Link: new(party.Link), Tracer: new(trace.Tracer),
		parties: len(holders), bits: standard}, nil
}

// Cost returns what was sent so far, the dealer's part included.
func (p *Protocol) Cost() trace.Cost { return p.Link.Cost() }

// Shared is an additive sharing [x] of a matrix: Share[i] is holder i's.
type Shared struct {
	Share    []*tensor.Dense
	Fraction int             // fraction bits of the numbers it stands for: for those who look, no protocol reads it
	Name     string          // what it is called, for those who look; may be empty
	Known    string          // what memories call it where it has no name; may be empty
	Label    string          // what is opened to truncate it is called by: "w1" makes it "c w1"; may be empty
	mask     *prep.Mask      // the mask it was opened under, nil if it never was
	d        []*tensor.Dense // x − a as opened, by holder
}

// called is what a formula calls it; empty if it is but a step on the way.
func (x *Shared) called() string {
	if x.Name != "" {
		return x.Name
	}
	return x.Known
}

// Word is what a formula calls it in any case.
func (x *Shared) Word() string {
	if of := x.called(); of != "" {
		return of
	}
	return "x"
}

// Shape returns rows and columns.
func (x *Shared) Shape() (rows, columns int) {
	s := x.Share[0].Shape()
	return s[0], s[1]
}

// NewShared makes a sharing from one share for each holder. The error says what
// does not fit.
func (p *Protocol) NewShared(shares []*tensor.Dense) (*Shared, error) {
	if len(shares) != p.parties {
		return nil, fmt.Errorf("%d shares for %d holders", len(shares), p.parties)
	}
	for _, s := range shares[1:] {
		if !s.Shape().Eq(shares[0].Shape()) {
			return nil, &ring.ShapeError{Op: "NewShared", A: [2]int(shares[0].Shape()), B: [2]int(s.Shape())}
		}
	}
	return &Shared{Share: shares}, nil
}

// Value names a sharing for an event: a part for each holder.
func (p *Protocol) Value(name string, x *Shared) trace.Value {
	v := trace.Value{Name: name, Form: trace.Share, Fraction: x.Fraction, Parts: make([]trace.Part, p.parties)}
	for i, s := range x.Share {
		v.Parts[i] = trace.Part{Party: p.Holders[i].ID, Data: s}
	}
	return v
}

// OnTheWay ends the origin of a value in the middle of an operation, such as a power of exp:
// before it stands, in the names of the holders' memories, what they made it from.
const OnTheWay = ", on the way to the result"

// Keep puts the holders' shares of a value in the middle of an operation into their
// memories, where somebody watches, and calls it so in what is written of it later. how is
// what it is made from: format and what goes into it.
func (p *Protocol) Keep(called string, x *Shared, how string, args ...any) *Shared {
	if !p.Tracer.Watched() {
		return x
	}
	x.Known = called
	how = fmt.Sprintf(how, args...) + OnTheWay
	for i, h := range p.Holders {
		h.Store.PutShare(called, trace.Share, x.Fraction, x.Share[i], p.Tracer.Step()+1, how, true)
	}
	return x
}

// abort ends the protocol with a cause that names the operation.
func (p *Protocol) abort(err error) {
	panic(&party.Abort{Party: "holders", Cause: fmt.Errorf("%s: %w", p.place, err)})
}

// must aborts on an error.
func (p *Protocol) must(err error) {
	if err != nil {
		p.abort(err)
	}
}

// each computes a result holder by holder: f adds to z, which begins as 0.
func (p *Protocol) each(rows, columns int, f func(i int, z *tensor.Dense)) *Shared {
	z := &Shared{Share: make([]*tensor.Dense, p.parties)}
	for i := range z.Share {
		z.Share[i] = p.Dealer.Buffers.New(rows, columns)
		f(i, z.Share[i])
	}
	return z
}

// first is the holder who adds public numbers: one of them must, and only one.
const first = 0

// operation is an operation under way.
type operation struct {
	p     *Protocol
	outer string // the operation around it
	span  bool   // it opened a span of its own
	in    []*Shared
}

// begin enters an operation on these inputs. It opens a span, unless whoever
// called has announced the operation under the same name.
func (p *Protocol) begin(name string, in ...*Shared) operation {
	o := operation{p: p, outer: p.place}
	p.place = name
	if p.Tracer.Watched() {
		if path := p.Tracer.Path(); len(path) == 0 || path[len(path)-1].Name != name || path[len(path)-1].Level != trace.Operation {
			p.Tracer.Begin(trace.Scope{Level: trace.Operation, Name: name})
			o.span, o.in = true, in
		}
	}
	return o
}

// end leaves the operation, with its result, which may be nil; it is deferred. An
// operation that was aborted, or stopped by whoever watches, tells nothing.
func (o operation) end(z **Shared) {
	o.p.place = o.outer
	if cause := recover(); cause != nil {
		panic(cause)
	}
	if !o.span {
		return
	}
	var out []trace.Value
	if z != nil && *z != nil {
		out = o.p.named("z", *z)
	}
	o.p.Tracer.EndLocal("holders", o.p.named("x", o.in...), out)
}

// part begins a part of an operation, such as the third of ten squares, as a span of
// its own; of 0 is for one that there is only once. Unlike [Protocol.begin] it is no
// place of its own for the dealer's ledger. It ends with done.
func (p *Protocol) part(name string, index, of int, in ...*Shared) operation {
	if !p.Tracer.Watched() {
		return operation{}
	}
	p.Tracer.Begin(trace.Scope{Level: trace.Operation, Name: name, Index: index, Of: of})
	return operation{p: p, span: true, in: in}
}

// done ends a part, with its results.
func (o operation) done(z ...*Shared) {
	if o.span {
		o.p.Tracer.EndLocal("holders", o.p.named("x", o.in...), o.p.named("z", z...))
	}
}

// endAll is end for an operation with a result for each input.
func (o operation) endAll(results *[]*Shared) {
	o.p.place = o.outer
	if cause := recover(); cause != nil {
		panic(cause)
	}
	if o.span {
		o.p.Tracer.EndLocal("holders", o.p.named("x", o.in...), o.p.named("z", *results...))
	}
}

// named names values that have no name of their own: one is x, two are x and y, more of
// them x1, x2, …; results are z.
func (p *Protocol) named(letter string, values ...*Shared) []trace.Value {
	out := make([]trace.Value, len(values))
	for i, x := range values {
		name := letter
		switch {
		case len(values) > 2 || i == 1 && letter == "z":
			name += strconv.Itoa(i + 1)
		case i == 1:
			name = "y"
		}
		if x.Name != "" {
			name = x.Name
		}
		out[i] = p.Value(name, x)
	}
	return out
}

// dealt accounts for material that the dealer has just dealt: its bytes, the
// message that brings them to the last holder, and what each party now has.
func (p *Protocol) dealt(material ...dealtShares) {
	if p.tamper != nil {
		p.tamperDealt(material)
	}
	bytes := int(p.Dealer.Sent())
	last := p.Holders[p.parties-1]
	if bytes > 0 {
		p.Link.Count(p.Crypto, last, bytes)
	}
	if !p.Tracer.Watched() {
		return
	}
	step := p.Tracer.Step() + 1
	var names []string
	var received []trace.Value
	for _, m := range material {
		called := m.called()
		names = append(names, called)
		for i, h := range p.Holders {
			h.Store.PutShare(called, trace.Share, 0, m.share(i), step, "dealt for "+p.place, true)
		}
		p.Crypto.Store.PutShare(called, trace.Plain, 0, m.value(p), step, "drawn for "+p.place, true)
		received = append(received, trace.Value{Name: called, Form: trace.Share, Packed: m.packed, Parts: []trace.Part{{Party: last.ID, Data: m.share(p.parties - 1)}}})
	}
	if bytes > 0 {
		p.Tracer.Begin(trace.Scope{Level: trace.Message, Name: "deal " + strings.Join(names, ", ")})
		p.Tracer.EndMessage(p.Crypto.ID, last.ID, bytes, received)
	}
}

// dealtShares are shares of one thing that was dealt: of a matrix, or of bits.
type dealtShares struct {
	name    string
	matrix  []*tensor.Dense
	bits    prep.Vectors
	packed  int     // how many bits a vector has
	uniform bool    // expanded from keys on both sides: nothing of it is sent
	skip    int     // words of bits that are uniform, before those that are sent
	of      sibling // of several that are dealt for one round: which one
}

// sibling is one of several values that are opened together, the second of two c is called
// c2, or of several comparisons that share a mask. The zero value is one that is alone.
type sibling struct {
	what  string // "c"; empty: a comparison
	at    int    // from 1
	label string // of the value that is hidden, in the place of a number; may be empty
}

// called is the name in memories and messages: each of several masks has its own, such as
// "r for c2", or "r w1" where the value has a label, or "ρ (2)" for a second comparison.
func (m dealtShares) called() string {
	if m.of.label != "" {
		return m.name + " " + m.of.label
	}
	if m.of.at == 0 {
		return m.name
	}
	if m.of.what == "" {
		return m.name + " (" + strconv.Itoa(m.of.at) + ")"
	}
	return m.name + " for " + m.of.what + strconv.Itoa(m.of.at)
}

// share returns a holder's share.
func (m dealtShares) share(i int) *tensor.Dense {
	if m.matrix != nil {
		return m.matrix[i]
	}
	return packed(m.bits.Share[i], m.bits.Words)
}

// value returns what only the dealer knows.
func (m dealtShares) value(p *Protocol) *tensor.Dense {
	if m.matrix != nil {
		return p.Dealer.Sum(m.matrix)
	}
	sum := make([]uint64, len(m.bits.Share[0]))
	for _, s := range m.bits.Share {
		ring.Xor(sum, sum, s)
	}
	return packed(sum, m.bits.Words)
}

// packed returns packed bits as a matrix of words, one row for each vector. It
// shares their memory.
func packed(bits []uint64, words int) *tensor.Dense {
	return ring.From(len(bits)/max(1, words), words, bits)
}

package engine

import (
	"slices"
	"sort"
	"strings"

	"unseen/engine/secagg"
	"unseen/engine/trace"
)

// Entry is one line of the record of a run: a message, an opening, or the end of
// a round.
type Entry struct {
	Step     int
	Kind     trace.Kind // Sent, Open, Local for what To put together out of what it was sent, or Span for the end of a round
	From, To string     // of a message; To of an opening: who it was opened to
	What     string     // the name of the message, of what was opened, or of the round
	Where    []string   // the enclosing spans, coarse to fine, without their numbers
	Bytes    int        // payload of a message
	Form     trace.Form // in which what was sent is known to its receiver
	Why      string     // of an opening: why it may be opened
}

// Record is what was sent and opened in a run up to a position. It is kept once
// for a session, however often one goes back and forth, and shared by its
// snapshots; it never changes under a reader.
type Record struct {
	names []string
	lines []line
	old   []Total // what was sent before the first line, where the record was shortened
}

// Total sums up messages of one kind between two parties.
type Total struct {
	From, To, What   string
	Where            []string
	Messages, Rounds int
	Clear            int // of the messages: those that carried the numbers themselves ([Entry.Release])
	Bytes            int64
}

// line is an entry with its texts as numbers: a run has many of them.
type line struct {
	step, bytes                int32
	from, to, what, where, why uint32
	kind                       trace.Kind
	form                       trace.Form
}

// maxLines bounds the record: 32 MB. When it is met, the older half is summed up.
const maxLines = 1 << 20

// nested separates the spans of a place in the record.
const nested = " › "

// Len returns the number of entries.
func (r Record) Len() int { return len(r.lines) }

// At returns the i-th entry, from 0.
func (r Record) At(i int) Entry {
	l := r.lines[i]
	e := Entry{Step: int(l.step), Kind: l.kind, From: r.names[l.from], To: r.names[l.to], What: r.names[l.what],
		Bytes: int(l.bytes), Form: l.form, Why: r.names[l.why]}
	if where := r.names[l.where]; where != "" {
		e.Where = strings.Split(where, nested)
	}
	return e
}

// Select returns the places of the messages and openings, or of the releases
// ([Entry.Release]), in whose texts the letters occur, whatever their case. What a party
// puts together out of what it was sent is a release, and nothing on the wire.
func (r Record) Select(letters string, releases bool) []int {
	letters = strings.ToLower(letters)
	matching := make([]bool, len(r.names))
	for i, name := range r.names {
		matching[i] = strings.Contains(strings.ToLower(name), letters)
	}
	var out []int
	for i, l := range r.lines {
		if releases && !release(l.kind, l.form, r.names[l.what]) || !releases && !wire(l.kind) {
			continue
		}
		if letters == "" || matching[l.what] || matching[l.from] || matching[l.to] || matching[l.why] {
			out = append(out, i)
		}
	}
	return out
}

// Opened is how often a value of one name was opened to whom, and why.
type Opened struct {
	What, To, Why string
	Times         int
}

// Opened sums up the openings on record by name, receivers and reason, in the order
// in which each came first.
func (r Record) Opened() []Opened {
	type kind struct{ what, to, why uint32 }
	var order []kind
	times := map[kind]int{}
	for i := range r.lines {
		if l := &r.lines[i]; l.kind == trace.Open || l.kind == trace.Local {
			k := kind{l.what, l.to, l.why}
			if times[k]++; times[k] == 1 {
				order = append(order, k)
			}
		}
	}
	out := make([]Opened, len(order))
	for i, k := range order {
		out[i] = Opened{r.names[k.what], r.names[k.to], r.names[k.why], times[k]}
	}
	return out
}

// Release reports whether a party got to know something as the number itself: a
// plain message, an opening, or what it put together out of what it was sent. A share of a value says nothing by itself, nor does
// the seed of a share, a key, or what is sealed for somebody else.
func (e Entry) Release() bool { return release(e.Kind, e.Form, e.What) }

// Wire reports whether it is on the wire: a message, or what was opened by messages.
func (e Entry) Wire() bool { return wire(e.Kind) }

func wire(kind trace.Kind) bool { return kind == trace.Sent || kind == trace.Open }

func release(kind trace.Kind, form trace.Form, what string) bool {
	return kind == trace.Open || kind == trace.Local || kind == trace.Sent && form == trace.Plain && !carriesKeys[what]
}

// carriesKeys names the messages that carry keys, seeds and sealed shares: their form
// is plain, but what they carry is random, or under a key.
var carriesKeys = map[string]bool{
	"send key": true, "share model": true, "share row": true, // encrypted
	"advertise keys": true, "send keys": true, "share keys": true, "forward shares": true, "share update": true, // secure aggregation
}

// Find returns the place of the first entry at this step or a later one.
func (r Record) Find(step int) int {
	return sort.Search(len(r.lines), func(i int) bool { return int(r.lines[i].step) >= step })
}

// round returns the last message of that name from each of its senders to a party, in
// the order in which they were sent.
func (r Record) round(to, what string) []Entry {
	var out []Entry
	seen := map[uint32]bool{}
	for i := len(r.lines) - 1; i >= 0; i-- {
		if !r.is(i, to, what) {
			continue
		}
		if seen[r.lines[i].from] { // the round before
			break
		}
		seen[r.lines[i].from] = true
		out = append(out, r.At(i))
	}
	slices.Reverse(out)
	return out
}

// is reports whether the i-th entry is a message of that name to a party.
func (r Record) is(i int, to, what string) bool {
	l := &r.lines[i]
	return l.kind == trace.Sent && r.names[l.to] == to && r.names[l.what] == what
}

// UnderWay returns the place of the round that has begun and is not over: the last message
// on record is one of it, and its end is not. ok is false where there is none.
func (r Record) UnderWay() (where []string, ok bool) {
	for i := len(r.lines) - 1; i >= 0; i-- {
		switch e := r.At(i); e.Kind {
		case trace.Sent:
			return e.Where, true
		case trace.Open: // inside the round
		default:
			return nil, false
		}
	}
	return nil, false
}

// Forgotten returns how many messages the record only sums up.
func (r Record) Forgotten() int {
	n := 0
	for _, t := range r.old {
		n += t.Messages
	}
	return n
}

// First returns the record up to where so many bytes had been sent. ok is false where the
// record only sums up what came before and after.
func (r Record) First(bytes int64) (first Record, ok bool) {
	for _, t := range r.old {
		bytes -= t.Bytes
	}
	n := 0
	for ; n < len(r.lines) && bytes >= int64(r.lines[n].bytes); n++ {
		bytes -= int64(r.lines[n].bytes)
	}
	first = r
	first.lines = r.lines[:n:n]
	return first, bytes >= 0
}

// Totals sums up the record by sender, receiver, name and place. Rounds stand in
// lines of their own, without sender and receiver.
func (r Record) Totals() []Total {
	type key struct{ from, to, what, where uint32 }
	at := map[key]int{}
	out := slices.Clone(r.old)
	places := map[string]int{}
	for i, t := range out {
		places[t.key()] = i
	}
	for _, l := range r.lines {
		if l.kind == trace.Open || l.kind == trace.Local {
			continue
		}
		k := key{l.from, l.to, l.what, l.where}
		i, ok := at[k]
		if !ok {
			t := Total{From: r.names[l.from], To: r.names[l.to], What: r.names[l.what]}
			if where := r.names[l.where]; where != "" {
				t.Where = strings.Split(where, nested)
			}
			if i, ok = places[t.key()]; !ok {
				i = len(out)
				out = append(out, t)
			}
			at[k] = i
		}
		if l.kind == trace.Sent {
			out[i].Messages++
			out[i].Bytes += int64(l.bytes)
			if release(l.kind, l.form, r.names[l.what]) {
				out[i].Clear++
			}
		} else {
			out[i].Rounds++
		}
	}
	return out
}

func (t Total) key() string {
	return strings.Join(append([]string{t.From, t.To, t.What}, t.Where...), "\x00")
}

// cost sums up what one party took part in.
func (r Record) cost(party string) trace.Cost {
	c := trace.Cost{Sent: map[string]int64{party: 0}}
	for _, t := range r.Totals() {
		c.Messages += int64(t.Messages)
		c.Rounds += int64(t.Rounds)
		c.Bytes += t.Bytes
		if t.From == party {
			c.Sent[party] += t.Bytes
		}
	}
	return c
}

// as keeps what a party took part in: the messages it sent or received, what was
// opened to it, and the rounds with such a message.
func (r Record) as(party string) Record {
	out := Record{names: r.names}
	mine := make(map[uint32]bool, 2)
	for i, name := range r.names {
		if slices.Contains(strings.Split(name, ", "), party) {
			mine[uint32(i)] = true
		}
	}
	took := false
	for _, l := range r.lines {
		switch l.kind {
		case trace.Sent, trace.Open:
			if mine[l.from] || mine[l.to] {
				took = true
				out.lines = append(out.lines, l)
			}
		case trace.Local:
			if mine[l.to] {
				out.lines = append(out.lines, l)
			}
		default:
			if took {
				out.lines = append(out.lines, l)
			}
			took = false
		}
	}
	for _, t := range r.old {
		if t.From == party || t.To == party { // the rounds are not on record any more
			out.old = append(out.old, t)
		}
	}
	return out
}

// book is where a session writes its record, as far as the run ever came. A replay
// writes nothing: it repeats what is there.
type book struct {
	record Record
	ids    map[string]uint32
	place  []byte // of the spans of an event, used again
	known  int    // the last step on record
}

// add takes note of an event.
func (b *book) add(e *trace.Event) {
	if e.Step <= b.known {
		return
	}
	b.known = e.Step
	round := e.Level() == trace.Round && e.Kind == trace.Span
	if what, why, ok := secagg.Opens(e); ok {
		b.write(line{step: int32(e.Step), to: b.id(e.Party), from: b.id(""), what: b.id(what), where: b.where(e.Path), why: b.id(why), kind: e.Kind, form: trace.Opened})
		return
	}
	if e.Kind != trace.Sent && e.Kind != trace.Open && !round {
		return
	}
	l := line{step: int32(e.Step), bytes: int32(e.Bytes), from: b.id(e.Party), to: b.id(e.To), what: b.id(e.Name()),
		where: b.where(e.Path), why: b.id(e.Why), kind: e.Kind}
	for _, v := range e.Outputs {
		l.form = max(l.form, v.Form)
		if e.Kind == trace.Open { // To may name many by one word
			l.to = b.id(recipients(v))
		}
	}
	b.write(l)
}

func (b *book) write(l line) {
	if len(b.record.lines) >= maxLines {
		b.shorten()
	}
	b.record.lines = append(b.record.lines, l)
}

// cut forgets what came after a step: the run will go on in another way. Snapshots
// keep what they have.
func (b *book) cut(step int) {
	n := b.record.Find(step + 1)
	b.record.lines, b.known = b.record.lines[:n:n], min(b.known, step)
}

// recipients lists who knows an opened value.
func recipients(v trace.Value) string {
	who := make([]string, len(v.Parts))
	for i, p := range v.Parts {
		who[i] = p.Party
	}
	return strings.Join(who, ", ")
}

// where names the spans down to the round, without what differs from one batch or
// visit to the next.
func (b *book) where(path []trace.Scope) uint32 {
	b.place = b.place[:0]
	for _, s := range path {
		if s.Level == trace.Message {
			break
		}
		if len(b.place) > 0 {
			b.place = append(b.place, nested...)
		}
		if s.Level <= trace.Batch {
			b.place = append(b.place, s.Name...)
		} else {
			b.place = append(b.place, s.Label()...)
		}
	}
	if id, ok := b.ids[string(b.place)]; ok {
		return id
	}
	return b.id(string(b.place))
}

func (b *book) id(name string) uint32 {
	if id, ok := b.ids[name]; ok {
		return id
	}
	if b.ids == nil {
		b.ids = map[string]uint32{}
	}
	id := uint32(len(b.record.names))
	b.ids[name] = id
	b.record.names = append(b.record.names, name)
	return id
}

// shorten sums up the older half of the lines. Snapshots keep what they have.
func (b *book) shorten() {
	half := len(b.record.lines) / 2
	b.record.old = Record{names: b.record.names, lines: b.record.lines[:half], old: b.record.old}.Totals()
	b.record.lines = slices.Clone(b.record.lines[half:])
}

// upTo returns the record up to a step. Where the record was shortened beyond it,
// the sums are of more than the step has seen.
func (b *book) upTo(step int) Record {
	r := b.record
	n := r.Find(step + 1)
	r.lines, r.names = r.lines[:n:n], r.names[:len(r.names):len(r.names)]
	return r
}

package party

import (
	"gorgonia.org/tensor"

	"unseen/engine/trace"
)

// Parcel is one object of a message.
type Parcel struct {
	Name     string // under which the receiver stores it
	Form     trace.Form
	Fraction int // fraction bits of ring elements; else 0
	Data     *tensor.Dense
	Bits     int // of each number on the wire; 0: all 64
}

// bytes is the size of the parcel on the wire.
func (p Parcel) bytes() int {
	if p.Bits == 0 {
		return numberBytes * p.Data.Size()
	}
	return (p.Bits*p.Data.Size() + 7) / 8
}

// Link carries messages between the parties of one process and counts what it
// carries. What it delivers is frozen: it may lie in many memories, but no party
// can change what another one holds. The zero value is ready.
type Link struct {
	cost trace.Cost
}

// numberBytes is the size of a float64 or a ring element on the wire.
const numberBytes = 8

// Exchange is one round: send is called to send the messages that belong to it.
// what names the round: "send model".
func (l *Link) Exchange(t *trace.Tracer, what string, send func()) {
	t.Begin(trace.Scope{Level: trace.Round, Name: what})
	send()
	l.cost.Rounds++
	t.End(nil, nil)
}

// Send puts the parcels into the receiver's store, as they are now: nobody may
// write to their tensors any more (a receiver that wants to, owns a copy first). A
// sender that goes on changing them sends copies. what names the message.
func (l *Link) Send(t *trace.Tracer, from, to *Party, what string, parcels ...Parcel) {
	t.Begin(trace.Scope{Level: trace.Message, Name: what})
	bytes := 0
	for _, p := range parcels {
		bytes += p.bytes()
		to.Store.PutShare(p.Name, p.Form, p.Fraction, p.Data, t.Step()+1, from.sent, false)
	}
	l.count(from, to, bytes)
	if t.Watched() {
		t.EndMessage(from.ID, to.ID, bytes, Values(to, parcels))
	}
}

// Tell tells of a message that left nothing in the receiver's memory: who sent how many
// bytes to whom, and not what. It counts it, too.
func (l *Link) Tell(t *trace.Tracer, from, to *Party, what string, bytes int) {
	t.Begin(trace.Scope{Level: trace.Message, Name: what})
	l.count(from, to, bytes)
	t.EndMessage(from.ID, to.ID, bytes, nil)
}

// Round counts one exchange whose messages are counted by [Link.Count].
func (l *Link) Round() { l.cost.Rounds++ }

// Count counts a message that was carried elsewhere: exchanges of shares, whose
// values need not pass through stores while nobody watches.
func (l *Link) Count(from, to *Party, bytes int) { l.count(from, to, bytes) }

func (l *Link) count(from, to *Party, bytes int) {
	if l.cost.Sent == nil {
		l.cost.Sent = map[string]int64{}
	}
	l.cost.Messages++
	l.cost.Bytes += int64(bytes)
	l.cost.Sent[from.ID] += int64(bytes)
	l.cost.Sent[to.ID] += 0 // a party that only listens is in the list too
}

// Values names the objects of a message as the receiver now holds them.
func Values(to *Party, parcels []Parcel) []trace.Value {
	out, parts := make([]trace.Value, len(parcels)), make([]trace.Part, len(parcels))
	for i, p := range parcels {
		o, _ := to.Store.Get(p.Name)
		parts[i] = trace.Part{Party: to.ID, Data: o.Data}
		out[i] = trace.Value{Name: p.Name, Form: p.Form, Fraction: p.Fraction, Parts: parts[i : i+1 : i+1]}
	}
	return out
}

// Cost returns a copy of what was counted so far.
func (l *Link) Cost() trace.Cost { return l.cost.Clone() }

// SetCost makes the count what it was at an earlier moment.
func (l *Link) SetCost(c trace.Cost) { l.cost = c.Clone() }

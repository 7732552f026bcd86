package engine

import (
	"gorgonia.org/tensor"

	"unseen/engine/party"
	"unseen/engine/trace"
)

// Object is something a party has in memory.
type Object = party.Object

// Image is a party's memory at one moment.
type Image = party.Image

// Message is one message that was sent.
type Message struct {
	Step     int
	From, To string
	What     string
	Bytes    int
}

// PartyImage is one party at one moment: who it is and all it has in memory.
type PartyImage struct {
	ID     string
	Number int
	Role   string
	Memory *Image
}

// Snapshot is everything a screen can show of a session at one moment. It never
// changes; consecutive snapshots share what did not change between them.
type Snapshot struct {
	Step, Total int
	Event       *trace.Event // the last event, a copy; nil at the beginning
	Parties     []PartyImage
	History     History
	Messages    []Message // sent since the last boundary: in this visit, batch or server round
	Cost        trace.Cost
	Digest      trace.Digest
	Privacy     *Privacy        // nil: none
	Releases    int             // noisy sums released so far: how far the privacy is spent
	Away        map[string]bool // workers that have left in this server round; the simulator's view
	Record      Record          // of what was sent and opened since the beginning
	Schedule    Schedule        // of the events since the beginning
	Err         error           // why the run cannot go on from here; nil if it can

	// Where the snapshot is what one party knows ([Snapshot.As]):
	Eyes   string // the party's id; empty: everything
	Unseen bool   // the last event, which is nil then, was none of its own
}

// Snapshot takes a snapshot. previous, which may be nil, is an earlier snapshot
// of this session.
func (s *Session) Snapshot(previous *Snapshot) *Snapshot {
	n := &Snapshot{
		Step: s.step, Total: s.total, Cost: s.mode.Cost(), Digest: s.digest, Err: s.err,
		History: s.history.sealed(), Messages: s.recent[:len(s.recent):len(s.recent)], Record: s.book.upTo(s.step),
		Privacy: s.privacy, Releases: s.releases(), Schedule: ScheduleOf(s.levels[:min(s.step, len(s.levels))]),
	}
	if m, ok := s.mode.(leaver); ok {
		n.Away = m.Away()
	}
	if s.last != nil {
		n.Event = s.last.Clone()
	}
	if m, ok := s.mode.(interface{ Keep() }); ok {
		m.Keep() // what a step of it leaves behind would be used again
	}
	for i, p := range s.mode.Parties() {
		var before *Image
		if previous != nil && i < len(previous.Parties) {
			before = previous.Parties[i].Memory
		}
		n.Parties = append(n.Parties, PartyImage{p.ID, p.Number, string(p.Role), p.Store.Image(before)})
	}
	return n
}

// Forget removes an object from a party's memory and reports whether it was
// there. The run cannot replay across it: what needs the object will fail, and
// says so.
func (s *Session) Forget(id, object string) bool {
	for _, p := range s.mode.Parties() {
		if p.ID == id && p.Store.Remove(object) {
			s.whole = true
			s.branchOff(s.step) // with the object the run came further, maybe
			return true
		}
	}
	return false
}

// Bytes is about how much memory a snapshot takes that an earlier one of the same run,
// which may be nil, does not share with it: its own tensors, and the lists that are made
// for each.
func (s *Snapshot) Bytes(earlier *Snapshot) int {
	const listed, object = 96, 160 // bytes for a party in the lists of all parties, and for what a party has
	bytes := listed * len(s.Parties)
	seen := map[*tensor.Dense]bool{} // a message lies in many memories
	tensors := func(t *tensor.Dense) {
		if !seen[t] {
			seen[t] = true
			bytes += 8 * t.Size()
		}
	}
	for i, p := range s.Parties {
		var before *Image
		if earlier != nil && i < len(earlier.Parties) {
			before = earlier.Parties[i].Memory
		}
		if p.Memory != before {
			bytes += object * len(p.Memory.Objects)
			p.Memory.Tensors(before, tensors)
		}
	}
	if s.Event != nil {
		for _, list := range [][]trace.Value{s.Event.Inputs, s.Event.Outputs} {
			for _, v := range list {
				for _, part := range v.Parts {
					tensors(part.Data)
				}
			}
		}
	}
	return bytes
}

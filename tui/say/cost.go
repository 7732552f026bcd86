package say

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"unseen/engine"
	"unseen/tui/widget"
)

// Cost is what was sent inside a span, and in the spans inside it, the dearest first.
type Cost struct {
	Name             string
	Bytes            int64
	Messages, Rounds int
	Inside           []*Cost
}

func (c *Cost) child(name string) *Cost {
	for _, inner := range c.Inside {
		if inner.Name == name {
			return inner
		}
	}
	inner := &Cost{Name: name}
	c.Inside = append(c.Inside, inner)
	return inner
}

func (c *Cost) sort() {
	slices.SortStableFunc(c.Inside, func(a, b *Cost) int { return cmp.Compare(b.Bytes, a.Bytes) })
	for _, inner := range c.Inside {
		inner.sort()
	}
}

// Costs says what every span of the run cost so far, those of one name together.
func (s Scene) Costs() *Cost {
	root := &Cost{Name: "the run so far"}
	totals := s.Snapshot.Record.Totals()
	if where, ok := s.Snapshot.Record.UnderWay(); ok {
		totals = append(totals, engine.Total{Where: where, Rounds: 1})
	}
	for _, total := range totals {
		at := root
		for i := -1; i < len(total.Where); i++ {
			if i >= 0 {
				at = at.child(total.Where[i])
			}
			at.Bytes += total.Bytes
			at.Messages += total.Messages
			at.Rounds += total.Rounds
		}
	}
	root.sort()
	return root
}

// Rounds is how many rounds of messages have begun: what they have sent is counted, too,
// of one that is under way.
func (s Scene) Rounds() int {
	n := int(s.Snapshot.Cost.Rounds)
	if _, ok := s.Snapshot.Record.UnderWay(); ok {
		n++
	}
	return n
}

// Busiest names the party that has sent most, and how much that is.
func (s Scene) Busiest() (id string, bytes int64) {
	for party, b := range s.Snapshot.Cost.Sent {
		if b > bytes || b == bytes && (id == "" || party < id) {
			id, bytes = party, b
		}
	}
	return id, bytes
}

// Waited says what the time over a network is made of: for the eyes that see everything
// that of the busiest party, for a party what it takes part in itself.
func (s Scene) Waited() string {
	rounds := plural(s.Rounds(), "round", "rounds")
	who, bytes := s.Busiest()
	switch {
	case bytes == 0 && s.Rounds() == 0:
		return "Nothing was sent so far."
	case s.eyed():
		return fmt.Sprintf("%s × the round-trip time, in which %s took part, and the %s that it sent ÷ the bandwidth: what others send, and so what the whole run takes, it does not know. Computing is not in it.",
			rounds, The(s.Snapshot.Eyes), widget.Bytes(bytes))
	}
	return fmt.Sprintf("%s × the round-trip time, and the %s of %s, which sends most, ÷ the bandwidth. All send at once; computing is not in it.", rounds, widget.Bytes(bytes), who)
}

// Projection is how long messages take over a network. All parties send at once;
// computing is not in it.
type Projection struct {
	Rounds time.Duration // waiting for each other, so far
	Bytes  time.Duration // sending those of the busiest party, so far
	Whole  time.Duration // both, for the whole run; 0 where nothing tells yet
}

// Project says how long the run would take with this round-trip time and so many bits a
// second. The whole run takes setting up, and for every epoch what those so far took; before
// the first one is over, nothing tells what one takes.
func (s Scene) Project(rtt time.Duration, bits float64) Projection {
	_, bytes := s.Busiest()
	over := func(rounds, bytes float64) (waiting, sending time.Duration) {
		return time.Duration(float64(rtt) * rounds), time.Duration(bytes * 8 / bits * float64(time.Second))
	}
	var p Projection
	p.Rounds, p.Bytes = over(float64(s.Rounds()), float64(bytes))
	if times, ok := s.epochsAhead(); ok {
		rounds, bytes := s.inEpochs()
		waiting, sending := over(times*float64(rounds), times*float64(bytes))
		p.Whole = time.Duration(math.Min(float64(p.Rounds+p.Bytes)+float64(waiting+sending), math.MaxInt64/2))
	}
	return p
}

// epochsAhead is how many times as much as all epochs so far those ahead are, of a run that
// sends the same in each: what is sent says how far the one under way is. ok is
// false before the first is over, and through a party's eyes: it does not know what others
// send.
func (s Scene) epochsAhead() (times float64, ok bool) {
	epochs := s.Snapshot.History.Epochs
	over, all := len(epochs)-1, s.Scenario.Learning.Epochs
	if s.Scenario.ServerRounds() {
		all = s.Scenario.Learning.Rounds
	}
	if s.eyed() || over < 1 {
		return 0, false
	}
	last, done := float64(epochs[over].Bytes-epochs[over-1].Bytes), float64(over)
	if last > 0 {
		done += math.Min(1, float64(s.Snapshot.Cost.Bytes-epochs[over].Bytes)/last)
	}
	return math.Max(0, float64(all)-done) / done, true
}

// inEpochs is how many rounds of messages there were in epochs so far, and how many bytes
// the party has sent in them that has sent most in all.
func (s Scene) inEpochs() (rounds int, bytes int64) {
	busiest, _ := s.Busiest()
	for _, t := range s.Snapshot.Record.Totals() {
		if len(t.Where) == 0 || t.Where[0] != "epoch" && t.Where[0] != "server round" {
			continue
		}
		rounds += t.Rounds
		if t.From == busiest {
			bytes += t.Bytes
		}
	}
	return rounds, bytes
}

// mostSenders is how many parties have a line of their own where it is told who sent
// how much to whom.
const mostSenders = 12

// Senders names the lines of who sent how much to whom: every party, or where there are
// many all workers in one. group says which is whose.
func (s Scene) Senders() (names []string, group func(id string) string) {
	parties := s.Snapshot.Parties
	if len(parties) <= mostSenders {
		for _, p := range parties {
			names = append(names, p.ID)
		}
		return names, func(id string) string { return id }
	}
	workers := map[string]bool{}
	for _, p := range parties {
		if p.Role == "worker" {
			workers[p.ID] = true
		} else {
			names = append(names, p.ID)
		}
	}
	many := fmt.Sprintf("%s workers", widget.Count(len(workers)))
	return append(names, many), func(id string) string {
		if workers[id] {
			return many
		}
		return id
	}
}

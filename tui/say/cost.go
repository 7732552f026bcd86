package say

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

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
	for _, total := range s.Snapshot.Record.Totals() {
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

// Busiest names the party that has sent most, and how much that is.
func (s Scene) Busiest() (id string, bytes int64) {
	for party, b := range s.Snapshot.Cost.Sent {
		if b > bytes || b == bytes && (id == "" || party < id) {
			id, bytes = party, b
		}
	}
	return id, bytes
}

// Projection is how long messages take over a network. All parties send at once;
// computing is not in it.
type Projection struct {
	Rounds time.Duration // waiting for each other, so far
	Bytes  time.Duration // sending those of the busiest party, so far
	Whole  time.Duration // both, for the whole run at this pace
}

// Project says how long the run would take with this round-trip time and so many bits a
// second.
func (s Scene) Project(rtt time.Duration, bits float64) Projection {
	_, bytes := s.Busiest()
	p := Projection{
		Rounds: time.Duration(float64(rtt) * float64(s.Snapshot.Cost.Rounds)),
		Bytes:  time.Duration(float64(bytes) * 8 / bits * float64(time.Second)),
	}
	whole := 1.0
	if s.Snapshot.Step > 0 {
		whole = float64(s.Snapshot.Total) / float64(s.Snapshot.Step)
	}
	p.Whole = time.Duration(math.Min(float64(p.Rounds+p.Bytes)*whole, math.MaxInt64/2))
	return p
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

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

// Epochs is how many epochs, or server rounds, the whole run has.
func (s Scene) Epochs() int { return s.Scenario.Epochs(s.Snapshot.Privacy) }

// Losses is how many losses of batches or visits can be known at the end of the run: to a
// worker that is visited, those of its own.
func (s Scene) Losses() int {
	if s.eyed() && s.Scenario.Mode == engine.Federated {
		return s.Scenario.Learning.Epochs
	}
	return s.losses
}

// Ahead says what the projection of the whole run is made of.
func (s Scene) Ahead() string {
	if s.Predicts() {
		return "The whole run is known at its end."
	}
	epoch := "epoch"
	if s.Scenario.ServerRounds() {
		epoch = "server round"
	}
	switch over := s.rounds(); {
	case over < 1:
		return fmt.Sprintf("The whole run can be estimated once the first %s is over.", epoch)
	case over < s.Epochs():
		return fmt.Sprintf("The whole run: an estimate, as if each %s ahead took what those that are over took on average.", epoch)
	case s.Snapshot.Privacy != nil && s.Snapshot.Privacy.Stopped():
		return fmt.Sprintf("The whole run: every %s that the privacy budget allows is over, so nothing of it is estimated.", epoch)
	}
	return fmt.Sprintf("The whole run: every %s is over, so nothing of it is estimated.", epoch)
}

// Projection is how long messages take over a network. All parties send at once;
// computing is not in it.
type Projection struct {
	Rounds time.Duration // waiting for each other, so far
	Bytes  time.Duration // sending those of the busiest party, so far
	Whole  time.Duration // both, for the whole run; 0 where nothing tells yet
}

// Traffic is what the time over a network depends on: how many rounds of messages there are,
// and how many bytes the party sends that sends most.
type Traffic struct {
	Rounds int
	Bytes  int64
	Whole  *Traffic // that of the whole run; nil where nothing tells yet
}

// Over says how long the traffic takes with this round-trip time and so many bits a second.
func (t Traffic) Over(rtt time.Duration, bits float64) Projection {
	p := Projection{Rounds: rounded(float64(rtt) * float64(t.Rounds)), Bytes: rounded(float64(t.Bytes) * 8 / bits * float64(time.Second))}
	if t.Whole != nil {
		whole := t.Whole.Over(rtt, bits)
		p.Whole = rounded(float64(whole.Rounds) + float64(whole.Bytes))
	}
	return p
}

// rounded writes nanoseconds as a duration; what is longer than any takes the longest.
func rounded(ns float64) time.Duration { return time.Duration(math.Min(ns, math.MaxInt64/2)) }

// Traffic says what was sent so far, and what the whole run will send: setting up, the epochs
// that are over, for each of those ahead, the one under way among them, what those took on
// average, and what ends the run. It is the same all through an epoch, and in the end what
// was sent. Before the first one is over nothing tells what one takes, nor through a party's
// eyes: it does not know what others send.
func (s Scene) Traffic() Traffic {
	_, bytes := s.Busiest()
	now := Traffic{Rounds: s.Rounds(), Bytes: bytes}
	over := s.rounds()
	if n := s.Snapshot; n.Step == n.Total && !s.eyed() {
		whole := now
		now.Whole = &whole
		return now
	}
	if s.eyed() || over < 1 {
		return now
	}
	record, ok := s.Snapshot.Record.First(s.Snapshot.History.Epochs[over].Bytes)
	if !ok {
		return now
	}
	times := float64(s.Epochs()-over) / float64(over)
	rounds, sent := 0.0, map[string]float64{}
	for _, t := range record.Totals() {
		weight := 1.0
		if len(t.Where) > 0 && (t.Where[0] == "epoch" || t.Where[0] == "server round") {
			weight += times
		}
		rounds += weight * float64(t.Rounds)
		sent[t.From] += weight * float64(t.Bytes)
	}
	if s.encrypted() { // each holder sends its share of the model, in a last round
		rounds++
		for _, p := range s.Snapshot.Parties {
			if p.Role == "holder" {
				sent[p.ID] += float64(s.weights() * plainBits / 8)
			}
		}
	}
	most := 0.0
	for _, bytes := range sent {
		most = max(most, bytes)
	}
	now.Whole = &Traffic{Rounds: max(now.Rounds, int(math.Round(rounds))), Bytes: max(now.Bytes, int64(math.Round(most)))}
	return now
}

package say

import (
	"fmt"

	"unseen/tui/widget"
)

// Flows is who sent how much to whom: a line and a column for each party, or one for all
// workers together.
type Flows struct {
	Names          []string
	Bytes          [][]int64 // from the party of the line to that of the column
	Sent, Received []int64   // by line
	All, Top       int64     // the sum of all, and the most in one cell
	own            int       // the line of the party whose eyes these are; −1: everything is seen
}

// FewSenders is how many parties have a line of their own in any case.
const FewSenders = 12

// Flows sums up who sent how much to whom. Of more parties than most all workers are one line.
func (s Scene) Flows(most int) Flows {
	names, group := s.senders(most)
	f := Flows{Names: names, Bytes: make([][]int64, len(names)), Sent: make([]int64, len(names)), Received: make([]int64, len(names)), own: -1}
	at := make(map[string]int, len(names))
	for i, name := range names {
		at[name], f.Bytes[i] = i, make([]int64, len(names))
	}
	if s.eyed() {
		f.own = at[group(s.Snapshot.Eyes)]
	}
	for _, t := range s.Snapshot.Record.Totals() {
		if t.Messages == 0 { // the end of rounds
			continue
		}
		from, to := at[group(t.From)], at[group(t.To)]
		f.Bytes[from][to] += t.Bytes
		f.Top = max(f.Top, f.Bytes[from][to])
		f.Sent[from] += t.Bytes
		f.Received[to] += t.Bytes
		f.All += t.Bytes
	}
	return f
}

// Known reports whether it is known what one sent to another: everything is, through a party's
// eyes what it sent or received itself.
func (f Flows) Known(from, to int) bool {
	return f.own < 0 || from == to || from == f.own || to == f.own
}

// Whole reports whether the sums of a party, of what it sent and received, are all that there
// is: through a party's eyes only its own are; those of others are what it saw of them.
func (f Flows) Whole(i int) bool { return f.own < 0 || i == f.own }

// Everything reports whether the sum of all is.
func (f Flows) Everything() bool { return f.own < 0 }

// senders names the lines of who sent how much to whom. group says which is whose.
func (s Scene) senders(most int) (names []string, group func(id string) string) {
	parties := s.Snapshot.Parties
	if len(parties) <= most {
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

package engine

import (
	"errors"
	"math"
	"slices"

	"unseen/engine/nn"
	"unseen/engine/party"
	"unseen/engine/trace"
)

// errElsewhere stands for the reason of an end that another party met.
var errElsewhere = errors.New("the run has ended: another party stopped")

// As returns the snapshot as one party knows it, and nothing else. It holds
//
//   - that party's memory; the memories of the others are empty,
//   - the messages it sent or received, and the values that were opened to it,
//   - the last event if it had a part in it, with its own parts of the values: what
//     others hold of them is not there,
//   - the losses it computed itself or was told.
//
// Metrics, digests and other parties' costs are the simulator's: they are gone. The
// position in the run stays, as the schedule and the settings are public, and with
// them what the run has spent of its privacy; who is visited when is the server's. What an
// adversary may use, and what the screens show through a party's eyes, comes from here.
func (s *Snapshot) As(id string) *Snapshot {
	n := &Snapshot{Step: s.Step, Total: s.Total, Eyes: id, Record: s.Record.as(id), Privacy: s.Privacy, Releases: s.Releases, Schedule: s.Schedule}
	n.Cost = n.Record.cost(id)
	coordinates := false
	for _, p := range s.Parties {
		if p.ID != id {
			p.Memory = &Image{}
		} else {
			coordinates = p.Role == string(party.Server)
		}
		n.Parties = append(n.Parties, p)
	}
	for _, m := range s.Messages {
		if m.From == id || m.To == id {
			n.Messages = append(n.Messages, m)
		}
	}
	n.History = s.History.as(id, coordinates)
	n.Event = s.eventAs(id, coordinates, n.Record)
	n.Unseen = n.Event == nil && s.Step > 0
	var failed *RunError
	if s.Err != nil {
		n.Err = errElsewhere
		if errors.As(s.Err, &failed) && failed.Party == id {
			n.Err = s.Err
		}
	}
	return n
}

// Knows reports whether the snapshot shows what a party knows: all do, but for one
// that was taken through the eyes of another.
func (s *Snapshot) Knows(id string) bool { return s.Eyes == "" || s.Eyes == id }

// eventAs returns the last event as a party knows it, nil if it had no part in it.
func (s *Snapshot) eventAs(id string, coordinates bool, own Record) *trace.Event {
	if s.Event == nil {
		return nil
	}
	e := EventAs(s.Event, id)
	if e == nil && own.Len() > 0 && own.At(own.Len()-1).Step == s.Step { // a round that it took part in
		e, _ = project(s.Event, id)
	}
	if e != nil && !coordinates {
		hideOrder(e.Path)
	}
	return e
}

// hideOrder removes the number of a visit: a worker knows that it is visited, not
// how many were before it.
func hideOrder(path []trace.Scope) {
	for i := range path {
		if path[i].Level == trace.Batch && path[i].Part != "" {
			path[i].Index, path[i].Of = 0, 0
		}
	}
}

// EventAs returns an event as one party knows it: with that party's own parts of
// the values, and for the sender of a message with what it sent. Values of which it
// has no part keep their name and lose everything else. It returns nil if the party
// had no part in the event. The tensors are shared with e.
func EventAs(e *trace.Event, id string) *trace.Event {
	if own, seen := project(e, id); seen {
		return own
	}
	return nil
}

// project returns an event with one party's own parts of the values, and reports whether
// that party had a part in it.
func project(e *trace.Event, id string) (own *trace.Event, seen bool) {
	sent := e.Kind == trace.Sent && e.Party == id
	seen = e.Party == id || e.To == id
	parts := func(values []trace.Value) []trace.Value {
		out := make([]trace.Value, len(values))
		for i, v := range values {
			out[i] = trace.Value{Name: v.Name, Form: v.Form, Fraction: v.Fraction}
			for _, p := range v.Parts {
				if p.Party == id || sent {
					out[i].Parts = append(out[i].Parts, p)
					seen = true
				}
			}
		}
		return out
	}
	c := *e
	c.Inputs, c.Outputs = parts(e.Inputs), parts(e.Outputs)
	c.Path = slices.Clone(e.Path)
	return &c, seen
}

// as keeps the losses that a party knows, numbered as it counts them. Metrics are
// not there; the coordinating party knows how many epochs are over, and which of them
// ended without a sum.
func (h History) as(id string, coordinates bool) History {
	var out History
	for _, b := range h.Batches {
		if slices.Contains(b.Known, id) {
			out.Batches = append(out.Batches, BatchLoss{Batch: len(out.Batches) + 1, Loss: b.Loss, Known: []string{id}})
		}
	}
	for i, e := range h.Epochs {
		if i > 0 && !coordinates {
			break
		}
		out.Epochs = append(out.Epochs, EpochMetrics{Epoch: e.Epoch, Batches: e.Batches, Train: unmeasured, Test: unmeasured,
			Round: ServerRound{Aborted: e.Round.Aborted}})
	}
	return out
}

// unmeasured stands where a party has no metrics.
var unmeasured = nn.Metrics{Loss: math.NaN(), Accuracy: math.NaN(), AUC: math.NaN()}

package engine

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"math"
	"slices"
	"strings"

	"gorgonia.org/tensor"

	"unseen/data"
	"unseen/engine/nn"
	"unseen/engine/party"
	"unseen/engine/trace"
)

// Sight is what one party has seen in the course of a run: taken from its own view,
// step by step ([Snapshot.As], [EventAs]), by what the numbers are and not by what
// they are called.
type Sight struct {
	ID, Role string
	Rows     int // training rows it has seen in the clear, of all there are
	Own      int // how many of them are its own
	All      int // training rows of the run
	Received []Receipt
}

// Receipt sums up the messages of one kind that a party received, and what was
// opened to it.
type Receipt struct {
	What    string
	Form    trace.Form // in which the receiver knows what it carries
	Model   bool       // as many numbers in the clear as the network has weights
	Bytes   bool       // no numbers: keys, ciphertexts
	Senders int        // how many others sent one
	Of      int        // how many parties of the senders' role there are
	Role    string     // of the senders
	Opened  bool       // it was opened, not sent
	Masked  bool       // and is hidden by a mask: it tells nothing
	Joined  bool       // it was opened by the party alone, out of what it had received
	names   []string   // of all that the line sums up
}

// Clear says in one phrase what a party could read of the rows.
func (s Sight) Clear() string {
	switch {
	case s.Rows == 0:
		return "no row"
	case s.Rows == s.All && s.Own < s.All:
		return "every row"
	case s.Rows == s.Own:
		return "own rows"
	case s.Own == 0:
		return fmt.Sprintf("%d of %d rows", s.Rows, s.All)
	}
	return fmt.Sprintf("own rows, %d others", s.Rows-s.Own)
}

// String writes a receipt for people.
func (r Receipt) String() string {
	from := "the " + r.Role
	switch {
	case r.Joined:
		return fmt.Sprintf("“%s”, out of what it received: opened", r.What)
	case r.Masked:
		return "opened under masks, so uniform: " + r.What
	case r.Opened:
		return "opened: " + r.What
	case r.Of > 1 && r.Senders == r.Of:
		from = "each " + r.Role
	case r.Of > 1:
		from = fmt.Sprintf("%d of %d %ss", r.Senders, r.Of, r.Role)
	}
	what := map[trace.Form]string{trace.Plain: "in the clear", trace.Share: "as a share", trace.Opened: "opened"}[r.Form]
	if r.Bytes {
		what = "keys, seeds or ciphertexts"
	}
	if r.Model {
		what = "a whole model, " + what
	}
	return fmt.Sprintf("“%s” from %s: %s", r.What, from, what)
}

// Rehearsal bounds the run whose views are looked at: what a party sees does not
// depend on how many rows there are.
const (
	rehearsalRows    = 60
	rehearsalWorkers = 5
)

// Rehearse runs a scenario with few rows and workers for one epoch or server round,
// watched, and returns what one party of each role has seen. err is why it cannot be
// run so, or ctx's.
func Rehearse(ctx context.Context, s Scenario, set *data.Set) ([]Sight, error) {
	if s.Data.Rows == 0 || s.Data.Rows > rehearsalRows {
		s.Data.Rows = min(rehearsalRows, set.Len())
	}
	if s.Data.Workers == 0 || s.Data.Workers > rehearsalWorkers {
		s.Data.Workers = rehearsalWorkers
	}
	s.Data.Skew = ""
	s.Learning.Epochs, s.Learning.Rounds, s.Learning.Local = 1, 1, 1
	session, err := New(s, set)
	if err != nil {
		return nil, err
	}
	defer session.Close()
	return sights(ctx, session)
}

// sights runs a session to its end and collects what one party of each role sees.
func sights(ctx context.Context, s *Session) ([]Sight, error) {
	w := newOnlooker(s)
	for _, o := range w.watchers {
		for _, x := range o.memory(s) {
			o.see(x)
		}
	}
	err := s.Each(ctx, func(e *trace.Event) bool {
		for _, o := range w.watchers {
			o.event(EventAs(e, o.sight.ID))
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	var out []Sight
	for _, o := range w.watchers {
		o.sight.Rows = len(o.rows)
		for r := range o.rows {
			if w.owner[r] == o.sight.ID {
				o.sight.Own++
			}
		}
		o.sight.Received = summarised(o.sight.Received)
		out = append(out, o.sight)
	}
	return out, nil
}

// summarised puts shares from one role into one line, and all that was opened into
// another; what was opened under masks comes last.
func summarised(list []Receipt) []Receipt {
	var out []Receipt
	for _, r := range list {
		at := -1
		if (r.Opened || r.Form == trace.Share) && !r.Joined {
			at = slices.IndexFunc(out, func(x Receipt) bool {
				return x.Opened == r.Opened && x.Masked == r.Masked && !x.Joined && x.Form == r.Form && x.Role == r.Role && x.Senders == r.Senders
			})
		}
		if at < 0 {
			r.names = []string{r.What}
			out = append(out, r)
			continue
		}
		if !slices.Contains(out[at].names, r.What) {
			out[at].names = append(out[at].names, r.What)
		}
	}
	const most, shareOf = 4, "share of "
	for i, r := range out {
		if len(r.names) > 1 && !slices.ContainsFunc(r.names, func(n string) bool { return !strings.HasPrefix(n, shareOf) }) {
			for k, n := range r.names[1:] {
				r.names[k+1] = strings.TrimPrefix(n, shareOf)
			}
			r.names[0] = "shares of " + strings.TrimPrefix(r.names[0], shareOf)
		}
		if n := len(r.names); n > most {
			r.names = append(r.names[:most:most], fmt.Sprintf("and %d more", n-most))
		}
		out[i].What = strings.Join(r.names, ", ")
	}
	slices.SortStableFunc(out, func(a, b Receipt) int {
		switch {
		case a.Masked == b.Masked:
			return 0
		case a.Masked:
			return 1
		}
		return -1
	})
	return out
}

// onlooker is what watchers need to know of a run.
type onlooker struct {
	seed     maphash.Seed
	row      map[uint64]int // of each training row, raw and scaled, by its contents
	owner    map[int]string
	role     map[string]string
	count    map[string]int // of parties by role
	features int
	weights  int
	watchers []*watcher
}

func newOnlooker(s *Session) *onlooker {
	d := s.Dataset()
	w := &onlooker{seed: maphash.MakeSeed(), row: map[uint64]int{}, owner: map[int]string{}, role: map[string]string{}, count: map[string]int{},
		features: d.Features(), weights: len(nn.Flat(s.mode.Weights()))}
	x, _ := d.take(d.Split.Train)
	scaled := d.Scaling.Apply(x)
	for i, r := range d.Split.Train {
		for _, t := range []*tensor.Dense{x, scaled} {
			w.row[w.key(t.Float64s()[i*w.features:(i+1)*w.features])] = r
		}
	}
	for _, worker := range d.Workers {
		for _, r := range worker.Rows {
			w.owner[r] = worker.ID()
		}
	}
	seen := map[party.Role]bool{}
	for _, p := range s.mode.Parties() {
		w.role[p.ID] = string(p.Role)
		w.count[string(p.Role)]++
		if !seen[p.Role] {
			seen[p.Role] = true
			w.watchers = append(w.watchers, &watcher{onlooker: w, rows: map[int]bool{}, senders: map[string][]string{},
				sight: Sight{ID: p.ID, Role: string(p.Role), All: len(d.Split.Train)}})
		}
	}
	return w
}

// key is a fingerprint of numbers.
func (w *onlooker) key(x []float64) uint64 {
	var h maphash.Hash
	h.SetSeed(w.seed)
	var word [8]byte
	for _, v := range x {
		binary.LittleEndian.PutUint64(word[:], math.Float64bits(v))
		h.Write(word[:])
	}
	return h.Sum64()
}

// watcher collects what one party sees.
type watcher struct {
	*onlooker
	sight   Sight
	rows    map[int]bool
	senders map[string][]string // by kind of receipt
}

// memory lists the party's objects.
func (o *watcher) memory(s *Session) []trace.Value {
	var out []trace.Value
	for _, p := range s.mode.Parties() {
		if p.ID != o.sight.ID {
			continue
		}
		for _, x := range p.Store.Image(nil).Objects {
			out = append(out, trace.Value{Name: x.Name, Form: x.Form, Parts: []trace.Part{{Party: p.ID, Data: x.Data}}})
		}
	}
	return out
}

// see looks for training rows among the numbers that the party can read.
func (o *watcher) see(v trace.Value) {
	if v.Form == trace.Share {
		return
	}
	for _, p := range v.Parts {
		x, ok := p.Data.Data().([]float64)
		if p.Party != o.sight.ID || !ok || len(p.Data.Shape()) != 2 || p.Data.Shape()[1] != o.features {
			continue
		}
		for i := 0; i+o.features <= len(x); i += o.features {
			if r, known := o.row[o.key(x[i:i+o.features])]; known {
				o.rows[r] = true
			}
		}
	}
}

// event takes an event as the party knows it; nil if it had no part in it.
func (o *watcher) event(e *trace.Event) {
	if e == nil {
		return
	}
	for _, v := range append(slices.Clip(e.Inputs), e.Outputs...) {
		if e.Kind != trace.Sent || e.To == o.sight.ID {
			o.see(v)
		}
	}
	switch {
	case e.Kind == trace.Sent && e.To == o.sight.ID && e.Party != e.To:
		r := Receipt{What: e.Name(), Role: o.role[e.Party], Of: o.count[o.role[e.Party]]}
		if o.role[e.Party] == o.sight.Role {
			r.Of-- // not from itself
		}
		numbers, plain := 0, false
		for _, v := range e.Outputs {
			r.Form = max(r.Form, v.Form)
			for _, p := range v.Parts {
				plain = plain || p.Data.Dtype() == tensor.Float64
				if v.Form == trace.Plain && p.Data.Dtype() == tensor.Float64 {
					numbers += p.Data.Size()
				}
			}
		}
		r.Model, r.Bytes = numbers >= o.weights, !plain && r.Form == trace.Plain
		o.receive(r, e.Party)
	case e.Kind == trace.Open:
		for _, v := range e.Outputs {
			if slices.ContainsFunc(v.Parts, func(p trace.Part) bool { return p.Party == o.sight.ID }) {
				o.receive(Receipt{What: e.Name(), Form: trace.Opened, Opened: true, Masked: Masked(Opening{Why: e.Why})}, "")
				break
			}
		}
	case e.Kind == trace.Local && e.Party == o.sight.ID:
		for _, v := range e.Outputs {
			if v.Form == trace.Opened {
				o.receive(Receipt{What: v.Name, Form: trace.Opened, Joined: true}, "")
			}
		}
	}
}

// receive notes a receipt; those of a kind are one.
func (o *watcher) receive(r Receipt, from string) {
	kind := strings.Join([]string{r.What, r.Role, r.Form.String(), fmt.Sprint(r.Model, r.Opened, r.Masked)}, "\x00")
	at := slices.IndexFunc(o.sight.Received, func(x Receipt) bool {
		return x.What == r.What && x.Role == r.Role && x.Form == r.Form && x.Model == r.Model && x.Opened == r.Opened && x.Masked == r.Masked
	})
	if at < 0 {
		at = len(o.sight.Received)
		o.sight.Received = append(o.sight.Received, r)
	}
	if from != "" && !slices.Contains(o.senders[kind], from) {
		o.senders[kind] = append(o.senders[kind], from)
	}
	o.sight.Received[at].Senders = len(o.senders[kind])
}

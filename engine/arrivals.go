package engine

import (
	"slices"
	"strings"

	"unseen/engine/encrypted"
	"unseen/engine/local"
	"unseen/engine/party"
	"unseen/engine/trace"
)

// received adds what a sender made from what it had: nothing, if the receiver does not
// know that.
func (t *tracing) received() error {
	of, e := t.Of, t.Event
	if e.Kind != trace.Sent || e.To != of.Party {
		return nil
	}
	if t.Hidden = !t.before.Knows(e.Party); t.Hidden {
		return nil
	}
	sender, then := t.before.memory(e.Party), t.made.memory(e.Party)
	if own, ok := sender.Object(of.Name); ok {
		t.addObject(e.Party, own, "")
		return nil
	}
	for sent, kept := range map[string]string{"seed of row of ": encrypted.SeedFor, "share of row of ": encrypted.ShareFor} {
		if own, ok := sender.Object(kept + of.Party); ok && of.Name == sent+e.Party {
			t.addObject(e.Party, own, "")
			return nil
		}
	}
	if of.Name == encrypted.DealersKey {
		t.add(e.Party, sender, encrypted.KeyFor+of.Party)
		return nil
	}
	name := of.Name
	for _, cut := range []func() string{
		func() string { return strings.TrimSuffix(name, " of "+e.Party) },
		func() string { return strings.TrimSuffix(name, " "+e.Party) },
		func() string { return strings.TrimSpace(strings.TrimPrefix(name, e.Party)) },
	} {
		if short := cut(); short != name {
			name = short
			break
		}
	}
	switch from, ok := recipe(sentRecipes, e.Name(), name); {
	case ok:
		if t.choose(e.Party, sender, from); len(t.parts) == 0 { // computed after the event before
			t.choose(e.Party, t.made.memory(e.Party), from)
		}
		t.seeds()
	default:
		return t.sharedBy(name, then)
	}
	return nil
}

// seeds adds, to a share that was sent in full, the seeds of the shares of the others: it
// is what these lack.
func (t *tracing) seeds() {
	what, ok := strings.CutPrefix(t.Of.Name, "share of ")
	if !ok {
		return
	}
	for _, p := range t.made.Parties {
		if o, has := p.Memory.Object("seed of " + what); has {
			t.addObject(p.ID, o, "")
		}
	}
}

// sharedBy adds what a holder made its share of an opened value from. What that was is
// written down where it was opened, a few messages later.
func (t *tracing) sharedBy(name string, sender *Image) error {
	opened, err := Peek(t.ctx, t.run, t.opening(name), t.made)
	if err != nil {
		return err
	}
	formula := ""
	if o, ok := opened.memory(t.Of.Party).Object(name); ok && o.Step > t.Of.Step {
		formula = o.Origin
	}
	t.add(t.Event.Party, sender, ownShare(name, formula, sender)...)
	return nil
}

// opening returns the step at which holders have opened what a message carries a share of:
// after each of them has sent one to each other, value by value.
func (t *tracing) opening(name string) int {
	var holders []string
	for _, p := range t.made.Parties {
		if p.Role == string(party.Holder) {
			holders = append(holders, p.ID)
		}
	}
	n, from, to := len(holders), slices.Index(holders, t.Event.Party), slices.Index(holders, t.Of.Party)
	sent := from*(n-1) + to
	if to > from {
		sent--
	}
	value := slices.IndexFunc(t.Event.Outputs, func(v trace.Value) bool { return v.Name == name })
	return min(t.Of.Step-sent+n*(n-1)+max(0, value), t.made.Total)
}

// splitModel adds what a holder's share of the initial weights came from: the message, and
// for who knows it the model that was split.
func (t *tracing) splitModel(own *Image) {
	t.choose(t.Of.Party, own, named("seed of model", "share of model"))
	if t.before.Knows(encrypted.Server) {
		t.add(encrypted.Server, t.before.memory(encrypted.Server), t.Of.Name)
	}
}

// splitRow adds what a holder's share of an applicant's row came from: the message, and for
// who knows it the row that was split.
func (t *tracing) splitRow(own *Image) {
	t.choose(t.Of.Party, own, named("seed of row", "share of row"))
	for _, p := range t.before.Parties {
		if p.Role == string(party.Applicant) {
			t.add(p.ID, p.Memory, local.Scaled)
		}
	}
}

// rows adds the messages in which owners sent their rows: of a cell that of its row's, and
// for who knows it the cell of the file.
func (t *tracing) rows() {
	of := t.Of
	if of.Row == 0 {
		for _, w := range t.who.dataset.Workers {
			t.row(w.ID())
		}
		return
	}
	if owner, ok := t.who.owner(of); ok {
		t.row(owner)
	}
	if raw, ok := t.who.raw(of, t.before); ok {
		t.parts = append(t.parts, part{Source: raw, as: exactly})
	}
}

// row adds the message in which the owner of rows sent its share of them to the holder: the
// seed of the share, or to the last one the share in full. A holder keeps its own share of
// its own rows.
func (t *tracing) row(owner string) {
	own := t.before.memory(t.Of.Party)
	t.add(t.Of.Party, own, "seed of row of "+owner, "share of row of "+owner)
	if owner != t.Of.Party {
		return
	}
	t.add(owner, own, encrypted.SeedFor+owner, encrypted.ShareFor+owner)
	if t.Of.Row == 0 {
		t.add(owner, own, local.Raw)
	}
}

// arrivals adds what came in messages and was used up at once, so that it is in no memory
// any more.
func (t *tracing) arrivals(what, suffix string) {
	for _, e := range t.made.Record.round(t.Of.Party, what) {
		t.parts = append(t.parts, part{Source: Source{Party: t.Of.Party, Name: e.From + suffix, Form: trace.Share, Step: e.Step,
			Origin: receivedFrom + e.From, Rows: t.Of.Rows, Columns: t.Of.Columns}})
	}
}

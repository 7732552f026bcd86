package engine

import (
	"math"
	"slices"
	"strings"
	"testing"

	"unseen/engine/secagg"
	"unseen/engine/trace"
)

// lookFor runs to the first event of an operation whose result has this name, and
// returns the snapshot there and the object in a party's memory.
func lookFor(t *testing.T, session *Session, party, name, operation string) (*Snapshot, Object) {
	t.Helper()
	err := session.Each(background, func(e *trace.Event) bool {
		if e.Level() != trace.Operation || e.Name() != operation {
			return true
		}
		_, ok := e.Output(name)
		return !ok
	})
	if err != nil {
		t.Fatal(err)
	}
	n := session.Snapshot(nil)
	o, ok := n.memory(party).Object(name)
	if !ok {
		t.Fatalf("%s has no %s after %v", party, name, n.Event.Path)
	}
	return n, o
}

// parts writes what a cell was made from.
func parts(t *testing.T, session *Session, n *Snapshot, of Source) (string, *Provenance) {
	t.Helper()
	p, err := Trace(background, session, n, of, "")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, in := range p.Inputs {
		out = append(out, in.Part())
	}
	return strings.Join(out, " "), p
}

// Each operation says which cells went into a cell of its result, in plaintext and on
// shares alike.
func TestACellIsMadeFromCells(t *testing.T) {
	for _, mode := range []string{Central, Encrypted} {
		session := open1(t, fleet(t, mode, 0), table(t, 12))
		who := "server"
		if mode == Encrypted {
			who = holders(session)[1]
		}
		for _, c := range []struct{ operation, name, want string }{
			{"matmul", "z1", "x[1,·] w1[·,0]"},
			{"bias", "z1", "z1[1,0] b1[0]"},
			{"relu", "a1", "z1[1,0]"},
			{"softmax", "p", "z2[1,·]"},
			{"gradient", "dz2", "p[1,0] y[1,0]"},
			{"matmul", "dw2", "a1[·,1] dz2[·,0]"},
			{"sum", "db2", "dz2[·,0]"},
			{"matmul", "da1", "dz2[1,·] w2[0,·]"},
			{"relu", "dz1", "da1[1,0] z1[1,0]"},
			{"sgd", "w1", "w1[1,0] dw1[1,0]"},
		} {
			n, o := lookFor(t, session, who, c.name, c.operation)
			row := min(2, o.Data.Shape()[0])
			if got, _ := parts(t, session, n, CellOf(who, o, row, 1)); got != c.want {
				t.Errorf("%s: %s of %s is made from %q, want %q", mode, c.name, c.operation, got, c.want)
			}
			if got, _ := parts(t, session, n, SourceOf(who, o)); strings.Contains(got, "[") {
				t.Errorf("%s: all of %s is made from %s", mode, c.name, got)
			}
		}
	}
}

// The way back from a cell of the batch ends at the cell of the file, and at the person
// whose row it is: the numbers say so.
func TestTheWayBackEndsAtAPerson(t *testing.T) {
	for _, mode := range []string{Central, Federated, Encrypted} {
		s := fleet(t, mode, 0)
		s.Data.Normalize = "range"
		session := open1(t, s, table(t, 12))
		who := "server"
		switch mode {
		case Encrypted:
			who = holders(session)[0]
		case Federated:
			who = visits(s, session.dataset)[0]
		}
		n, o := lookFor(t, session, who, "x", "gather")
		const column = 3
		row := o.Data.Shape()[0]
		of := CellOf(who, o, row, column)
		var raw Source
		whose := ""
		for range 5 {
			_, p := parts(t, session, n, of)
			if p.Of.Whose == "" || whose != "" && p.Of.Whose != whose {
				t.Fatalf("%s: %s is a row of %q, and before it of %q", mode, p.Of.Part(), p.Of.Whose, whose)
			}
			whose = p.Of.Whose
			if of.Name == "raw" {
				raw = of
				break
			}
			next := of
			for _, in := range p.Inputs {
				if in.Name == "X" || in.Name == "raw" {
					next = in
				}
			}
			if next == of {
				t.Fatalf("%s: the way back from %s stops: %+v", mode, of.Part(), p.Inputs)
			}
			of = next
		}
		if raw.Row == 0 || raw.Column != column {
			t.Fatalf("%s: the way back ends at %s", mode, of.Part())
		}
		file, ok := n.memory(raw.Party).Object("raw")
		d := session.dataset
		scaled, batch := d.Scaling.Apply(file.Data), DecodePart(o.Data, 0)
		if mode == Encrypted {
			v, _ := n.Shared("x")
			batch = Decode(v)
		}
		at := (raw.Row-1)*d.Features() + column - 1
		if got, want := batch.At((row-1)*d.Features()+column-1), scaled.Float64s()[at]; !ok || math.Abs(got-want) > 1e-3 {
			t.Errorf("%s: %v in the batch is not %v in the file of %s", mode, got, want, whose)
		}
		found := false
		for r, p := range d.Set.People() {
			if p.First+" "+p.Last == whose {
				found = d.Set.X.Float64s()[r*d.Features()+column-1] == file.Data.Float64s()[at]
			}
		}
		if !found {
			t.Errorf("%s: %s has no such number", mode, whose)
		}
	}
}

// What a holder has of somebody's row came in a message of the owner: through its eyes
// the way back leads there and ends; through nobody's it goes on to the file. What was
// dealt was expanded from the dealer's key.
func TestTheWayBackOfASharePassesAMessage(t *testing.T) {
	for _, normalize := range []string{"standard", "range"} {
		s := fleet(t, Encrypted, 0)
		s.Data.Normalize = normalize
		session := open1(t, s, table(t, 12))
		who := holders(session)[0]
		n, o := lookFor(t, session, who, "X", "gather")
		labels, _ := n.memory(who).Object("Y")
		for _, eyes := range []string{"", who} {
			for _, shared := range []Object{o, labels} {
				own := 0
				for row := range shared.Data.Shape()[0] {
					p, err := Trace(background, session, n, CellOf(who, shared, row+1, 1), eyes)
					if err != nil {
						t.Fatal(err)
					}
					i := slices.IndexFunc(p.Inputs, func(in Source) bool { return strings.HasPrefix(in.Origin, "received from ") })
					if i < 0 {
						own++ // a holder keeps its own share of its own row
						continue
					}
					came, err := Trace(background, session, n, p.Inputs[i], eyes)
					if err != nil || came.Event == nil || came.Event.To != who || came.Event.Name() != "share row" {
						t.Fatalf("%s through %q: row %d came by %+v, %v", normalize, eyes, row, came, err)
					}
					if came.Hidden != (eyes != "") || (eyes == "") != (len(came.Inputs) == 2 && came.Inputs[0].Party == came.Event.Party) {
						t.Fatalf("%s through %q: the message of row %d was made from %+v", normalize, eyes, row, came.Inputs)
					}
					if outside := slices.ContainsFunc(p.Inputs, func(in Source) bool { return in.Party != who }); outside != (eyes == "") {
						t.Fatalf("%s through %q: row %d was made from %+v", normalize, eyes, row, p.Inputs)
					}
				}
				if own != 1 {
					t.Errorf("%s through %q: %d rows of %s came in no message, want the holder's own", normalize, eyes, own, shared.Name)
				}
			}
		}
		mask, ok := n.memory(who).Object("a w1")
		p, err := Trace(background, session, n, SourceOf(who, mask), who)
		if !ok || err != nil || len(p.Inputs) != 1 || p.Inputs[0].Name != dealersKey {
			t.Errorf("%s: a w1 was made from %+v, %v", normalize, p, err)
		}
	}
}

// A worker's update is made from the model it has trained; what a committee member adds
// up, from a share of each worker, and that from the worker's update.
func TestTheWayBackOfAnUpdate(t *testing.T) {
	for _, how := range []string{Masks, Committee} {
		s := fleet(t, SecureAggregation, 5)
		s.Secure.How, s.Secure.Drop = how, 0
		session := open1(t, s, table(t, 20))
		find := func(name string) (*Snapshot, string, Object) {
			for session.step < session.total {
				if err := session.Step(background); err != nil {
					t.Fatal(err)
				}
				n := session.Snapshot(nil)
				if o, ok := n.memory(n.Event.Party).Object(name); ok && o.Step == n.Step {
					return n, n.Event.Party, o
				}
			}
			t.Fatalf("%s: no %s", how, name)
			return nil, "", Object{}
		}
		n, who, o := find(secagg.Update)
		if got, _ := parts(t, session, n, SourceOf(who, o)); got != "w1 b1 w2 b2" {
			t.Errorf("%s: an update is made from %q", how, got)
		}
		if how == Masks {
			continue
		}
		n, who, o = find(secagg.SumShare)
		_, p := parts(t, session, n, SourceOf(who, o))
		if len(p.Inputs) != 5 {
			t.Errorf("a sum of shares is made from %+v", p.Inputs)
		}
		for _, in := range p.Inputs {
			if _, came := parts(t, session, n, in); came.Event.To != who || len(came.Inputs) != 1 || came.Inputs[0].Name != secagg.Update {
				t.Errorf("%s is made from %+v", in.Name, came.Inputs)
			}
		}
	}
}

package engine

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"unseen/engine/encrypted"
	"unseen/engine/secagg"
	"unseen/engine/trace"
)

// What was split is to be found where it came from: of the model in the message of the
// server, and through the eyes that know it in the server's memory; at the end the server's
// model in the shares of the holders.
func TestTheModelComesFromWhoHadIt(t *testing.T) {
	session := open1(t, fleet(t, Encrypted, 0), table(t, 12))
	all := holders(session)
	for session.last == nil || session.last.Name() != "setup" {
		if err := session.Step(background); err != nil {
			t.Fatal(err)
		}
	}
	n := session.Snapshot(nil)
	for i, who := range all {
		w, _ := n.memory(who).Object("w1")
		came := map[bool]string{false: "seed of model", true: "share of model"}[i == len(all)-1]
		if got, p := parts(t, session, n, CellOf(who, w, 1, 1)); got != came+" w1[0,0]" || p.Inputs[1].Party != "server" {
			t.Errorf("w1 of %s is made from %q", who, got)
		}
		p, err := Trace(background, session, n, CellOf(who, w, 1, 1), who)
		if err != nil || p.Hidden || len(p.Inputs) != 1 || p.Inputs[0].Name != came {
			t.Fatalf("%s sees that its w1 is made from %+v, %v", who, p, err)
		}
		if p, err = Trace(background, session, n, p.Inputs[0], who); err != nil || !p.Hidden || p.Event.Party != "server" || p.Event.Name() != "share model" {
			t.Errorf("%s sees that its %s came by %+v, %v", who, came, p.Event, err)
		}
	}
	if err := session.Seek(background, session.total); err != nil {
		t.Fatal(err)
	}
	n = session.Snapshot(nil)
	final, _ := n.memory("server").Object("w1")
	got, p := parts(t, session, n, CellOf("server", final, 1, 1))
	if want := "model of " + strings.Join(all, "[0] model of ") + "[0]"; got != want {
		t.Fatalf("the final w1 is made from %q, want %q", got, want)
	}
	for i, in := range p.Inputs {
		if got, p := parts(t, session, n, in); got != "w1[0,0]" || p.Inputs[0].Party != all[i] {
			t.Errorf("%s is made from %q of %+v", in.Part(), got, p.Inputs)
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
		if normalize == "standard" { // made from what came, on shares
			made, err := Trace(background, session, n, SourceOf(who, o), who)
			if got := fmt.Sprint(made.Inputs[0].Name, made.Inputs[1].Name, made.Inputs[2].Name); err != nil || len(made.Inputs) != 3 || got != "Xmean1/σ" {
				t.Fatalf("X is made from %+v, %v", made.Inputs, err)
			}
			early, err := Peek(background, session, made.Inputs[0].Step+1, n)
			if err != nil {
				t.Fatal(err)
			}
			o, _ = early.memory(who).Object("X")
		}
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
					if came.Hidden != (eyes != "") || came.Hidden != (len(came.Inputs) == 0) {
						t.Fatalf("%s through %q: the message of row %d was made from %+v", normalize, eyes, row, came.Inputs)
					}
					if !came.Hidden { // the owner's seed for the holder, which it has drawn
						seed, err := Trace(background, session, n, came.Inputs[0], eyes)
						if err != nil || seed.Of.Party != came.Event.Party || seed.Of.Name != encrypted.SeedFor+who || len(seed.Inputs) > 0 {
							t.Fatalf("%s: the message of row %d was made from %+v, %v", normalize, row, seed, err)
						}
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
		if !ok || err != nil || len(p.Inputs) != 1 || p.Inputs[0].Name != encrypted.DealersKey {
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
		if got, want := p.Inputs[len(p.Inputs)-3:], []string{secagg.Encoded, "c secret", "everybody's c"}; len(p.Inputs) != 7 || // its own, and with what it opens those of others
			got[0].Name != want[0] || got[1].Name != want[1] || got[2].Name != want[2] {
			t.Errorf("a sum of shares is made from %+v", p.Inputs)
		}
		for _, in := range p.Inputs[:4] {
			if got, came := parts(t, session, n, in); came.Event.To != who || got != "x_u c secret their c" || came.Inputs[0].Party != came.Event.Party {
				t.Errorf("%s is made from %+v", in.Name, came.Inputs)
			}
		}
	}
}

// The updates are cut by an operation of its own, after which the holders have the
// weights that they keep: from a weight the way back leads through the cut and the update
// to the slopes, the rows of the batch and the file, one row at a time.
func TestTheWayBackOfAWeightOnSharesLeadsToTheFile(t *testing.T) {
	s := fleet(t, Encrypted, 0)
	session := open1(t, s, table(t, 12))
	who := holders(session)[1]
	n, cut := lookFor(t, session, who, "w1", "truncate")
	if cut.Step != n.Step || cut.Fraction != 24 || cut.Origin != "w1, cut to 24 fraction bits" {
		t.Fatalf("after the cut at step %d, w1 is %d bits since step %d: %s", n.Step, cut.Fraction, cut.Step, cut.Origin)
	}
	var names []string
	for _, v := range n.Event.Inputs {
		names = append(names, v.Name)
	}
	if got := strings.Join(names, " "); got != "loss w1 w2 b1 b2" || !replaces(n.Event) {
		t.Errorf("what is cut is called %s", got)
	}
	for range 12 { // to the opening of the loss and beyond
		if err := session.Step(background); err != nil {
			t.Fatal(err)
		}
		later, _ := session.Snapshot(nil).memory(who).Object("w1")
		if later.Step != cut.Step || !slices.Equal(later.Data.Uint64s(), cut.Data.Uint64s()) {
			t.Fatalf("step %d: w1 is another number than at step %d", session.step, cut.Step)
		}
	}

	n = session.Snapshot(nil)
	of := CellOf(who, cut, 1, 1)
	for _, step := range []struct {
		want string
		next int
	}{{"w1[0,0] c w1[0,0] r_mid w1[0,0] r_msb w1[0,0]", 0}, {"w1[0,0] dw1[0,0]", 1}, {"d x[·,0] e[·,0] a x[·,0] b[·,0] c = a·b[0,0]", 0}} {
		got, p := parts(t, session, n, of)
		if got != step.want {
			t.Fatalf("%s is made from %q, want %q", of.Part(), got, step.want)
		}
		of = p.Inputs[step.next]
	}
	_, rows := parts(t, session, n, of)
	whose := map[string]bool{}
	for _, in := range rows.Inputs[:3] { // a batch is of three rows
		if in.Name != "d X" {
			t.Fatalf("%s is made from %+v", of.Part(), rows.Inputs)
		}
		for range 2 { // standardised, and as it came
			_, p := parts(t, session, n, in)
			in = p.Inputs[0]
		}
		_, p := parts(t, session, n, in)
		raw := p.Inputs[len(p.Inputs)-1]
		if in.Name != "X" || in.Row == 0 || in.Column != 1 || in.Record == 0 || raw.Record != in.Record || raw.Form != trace.Plain || raw.Party == who {
			t.Errorf("%s is made from %+v, and that from %+v", of.Part(), in, p.Inputs)
		}
		whose[in.Whose] = true
	}
	if len(whose) != 3 {
		t.Errorf("a column of a batch leads to rows of %v", whose)
	}
}

// A share that comes in was made from what its sender had: of the loss its own share, of
// what is opened under a mask the value and the mask.
func TestASentShareIsMadeFromTheSendersOwn(t *testing.T) {
	session := open1(t, fleet(t, Encrypted, 0), table(t, 12))
	who := holders(session)
	for _, c := range []struct{ opened, share, mask string }{{"d w2", "w2 a w2", "w2 a w2"}, {"c w2", "w2 r w2", "w2 r w2"}, {"loss", "loss", ""}} {
		for session.last == nil || session.last.Kind != trace.Open || session.last.Name() != c.opened {
			if err := session.Step(background); err != nil {
				t.Fatal(err)
			}
		}
		n := session.Snapshot(nil)
		came, ok := n.memory(who[1]).Object(c.opened + " of " + who[0])
		if !ok {
			t.Fatalf("no share of %s has come", c.opened)
		}
		if got, p := parts(t, session, n, SourceOf(who[1], came)); got != c.share || p.Inputs[0].Party != who[0] {
			t.Errorf("the share of %s is made from %q, want %q", c.opened, got, c.share)
		}
		if p, err := Trace(background, session, n, SourceOf(who[1], came), who[1]); err != nil || !p.Hidden || len(p.Inputs) > 0 {
			t.Errorf("%s knows that a share of %s is made from %+v, %v", who[1], c.opened, p.Inputs, err)
		}
		sum, _ := n.memory(who[1]).Object(c.opened)
		if got, _ := parts(t, session, n, SourceOf(who[1], sum)); c.mask != "" && got != c.mask+" "+c.opened+" of "+who[0]+" "+c.opened+" of "+who[2] {
			t.Errorf("%s is made from %q, want %q and shares", c.opened, got, c.mask)
		}
	}
}

// Through the eyes of a holder a row is that of the worker that sent it: who the people in a
// worker's rows are, only that worker knows.
func TestAHolderKnowsTheSenderOfARow(t *testing.T) {
	session := open1(t, fleet(t, Encrypted, 4), table(t, 20))
	who := holders(session)[0]
	n, o := lookFor(t, session, who, "x", "gather")
	workers, people := map[string]bool{}, session.dataset.Set.People()
	for row := 1; row <= o.Data.Shape()[0]; row++ {
		all, err := Trace(background, session, n, CellOf(who, o, row, 1), "")
		if err != nil {
			t.Fatal(err)
		}
		if person := people[all.Of.Record-1]; all.Of.Whose != person.First+" "+person.Last {
			t.Errorf("row %d is that of %q, and should be that of %v", row, all.Of.Whose, person)
		}
		own, err := Trace(background, session, n, CellOf(who, o, row, 1), who)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range session.dataset.Workers {
			if slices.Contains(w.Rows, all.Of.Record-1) && w.ID() != who {
				if workers[w.ID()] = true; own.Of.Whose != w.ID() {
					t.Errorf("to %s row %d is that of %q, and %s sent it", who, row, own.Of.Whose, w.ID())
				}
			} else if w.ID() == who && slices.Contains(w.Rows, all.Of.Record-1) && own.Of.Whose != all.Of.Whose {
				t.Errorf("%s does not know its own row: %q", who, own.Of.Whose)
			}
		}
	}
	if len(workers) == 0 {
		t.Error("all rows are its own: nothing to see")
	}
}

package engine

import (
	"testing"

	"unseen/engine/trace"
)

// The numbers of a stop on the way back, and of what it was made from, are those that were in
// memory when it was made; a party reads its own and nobody else's, and no sum of shares.
func TestReadings(t *testing.T) {
	s := fleet(t, Encrypted, 6)
	session := open1(t, s, table(t, 12))
	for o, ok := (Object{}), false; !ok || o.Form != trace.Share; {
		if err := session.Step(background); err != nil {
			t.Fatal(err)
		}
		if session.last.Level() != trace.Operation || session.last.Name() != "relu" {
			continue
		}
		n := session.Snapshot(nil)
		for _, p := range n.Parties {
			if p.Role == "holder" && !ok {
				o, ok = p.Memory.Object("a1")
			}
		}
	}
	n := session.Snapshot(nil)
	for _, p := range n.Parties {
		if p.Role != "holder" {
			continue
		}
		o, _ := p.Memory.Object("z1")
		for _, eyes := range []string{"", p.ID} {
			way, found := CellOf(p.ID, o, 2, 1), 0
			for range 6 { // back from z1, always by the first of what it was made from
				made, err := Trace(background, session, n, way, eyes)
				if err != nil {
					t.Fatal(err)
				}
				read, err := made.Read(background, session, n, eyes)
				if err != nil {
					t.Fatal(err)
				}
				for of, r := range read {
					found++
					at, err := Peek(background, session, of.Step, n)
					if err != nil {
						t.Fatal(err)
					}
					if then, ok := at.memory(of.Party).Object(of.Name); ok && then.Step == of.Step && DecodePart(then.Data, 0).Word(0) != DecodePart(r.Object.Data, 0).Word(0) {
						t.Errorf("%q reads %s of %s as another value", eyes, of.Name, of.Party)
					}
					if eyes != "" && (of.Party != eyes || len(r.Whole.Parts) > 0) {
						t.Errorf("%s reads %s of %s, %d shares of it", eyes, of.Name, of.Party, len(r.Whole.Parts))
					}
					if eyes == "" && of.Name == "z1" && len(r.Whole.Parts) != 3 {
						t.Errorf("of z1 there are %d shares", len(r.Whole.Parts))
					}
				}
				if _, ok := read[made.Of]; !ok {
					t.Errorf("%q reads nothing of %s of %s, step %d", eyes, made.Of.Name, made.Of.Party, made.Of.Step)
				}
				if len(made.Inputs) == 0 {
					break
				}
				way = made.Inputs[0]
			}
			if found < 4 {
				t.Errorf("%q reads only %d values", eyes, found)
			}
		}
	}
}

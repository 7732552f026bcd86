package engine

import (
	"slices"
	"strings"
	"testing"

	"unseen/engine/encrypted"
	"unseen/engine/trace"
)

// Each operation says which cells went into a cell of its result: in plaintext those of its
// operands, and on shares those of what was opened and dealt for it.
func TestACellIsMadeFromCells(t *testing.T) {
	for _, mode := range []string{Central, Encrypted} {
		session := open1(t, fleet(t, mode, 0), table(t, 12))
		who := "server"
		if mode == Encrypted {
			who = holders(session)[1]
		}
		for _, c := range []struct{ operation, name, plain, shares string }{
			{"matmul", "z1", "x[1,·] w1[·,0]", "d x[1,·] d w1[·,0] a x[1,·] a w1[·,0] c = a·b[1,0]"},
			{"bias", "z1", "z1[1,0] b1[0]", ""},
			{"relu", "a1", "z1[1,0]", "c[1,0] m ρ[1,0] r_mid[1,0] r_msb[1,0] ρ·r_mid[1,0] ρ·r_msb[1,0]"},
			{"matmul", "z2", "a1[1,·] w2[·,0]", "d[1,·] d w2[·,0] a[1,·] a w2[·,0] c = a·b[1,0]"},
			{"softmax", "p", "z2[1,·]", "z2[1,·] quotient[1,·] negative[1,·] quotient where negative[1,·]"},
			{"gradient", "dz2", "p[1,0] y[1,0]", ""},
			{"matmul", "dw2", "a1[·,1] dz2[·,0]", "d[·,1] e[·,0] a[·,1] b[·,0] c = a·b[1,0]"},
			{"sum", "db2", "dz2[·,0]", ""},
			{"matmul", "da1", "dz2[1,·] w2[0,·]", "e[1,·] d w2[0,·] b[1,·] a w2[0,·] c = a·b[1,0]"},
			{"relu", "dz1", "da1[1,0] z1[1,0]", "z1[1,0] c[1,0] r_mid[1,0] r_msb[1,0] ρ·r_mid[1,0] ρ·r_msb[1,0]"},
			{"sgd", "w1", "w1[1,0] dw1[1,0]", ""},
		} {
			want := c.plain
			if mode == Encrypted && c.shares != "" {
				want = c.shares
			}
			n, o := lookFor(t, session, who, c.name, c.operation)
			row := min(2, o.Data.Shape()[0])
			if got, _ := parts(t, session, n, CellOf(who, o, row, 1)); got != want {
				t.Errorf("%s: %s of %s is made from %q, want %q", mode, c.name, c.operation, got, want)
			}
			if got, _ := parts(t, session, n, SourceOf(who, o)); strings.Contains(got, "[") {
				t.Errorf("%s: all of %s is made from %s", mode, c.name, got)
			}
		}
	}
}

// What a product on shares is made from leads on to its factors: through d x = x − a x of
// the rows to the rows themselves, and through d w1 = w1 − a w1 to the weights.
func TestAProductOnSharesLeadsToItsFactors(t *testing.T) {
	session := open1(t, fleet(t, Encrypted, 0), table(t, 12))
	who := holders(session)[0]
	n, o := lookFor(t, session, who, "z1", "matmul")
	for _, trail := range [][]string{{"d x", "d X", "X", "X"}, {"d w1", "w1", "seed of model"}} {
		of := CellOf(who, o, 2, 1)
		for _, name := range trail {
			_, p := parts(t, session, n, of)
			i := slices.IndexFunc(p.Inputs, func(in Source) bool { return in.Name == name && in.Party == who })
			if i < 0 {
				t.Fatalf("%s is made from %+v, not from %s", of.Part(), p.Inputs, name)
			}
			of = p.Inputs[i]
		}
	}
}

// The dealer has the keys from the start and to the end; each holder has its own and
// knows of no other.
func TestTheDealerKeepsItsKeys(t *testing.T) {
	session := open1(t, fleet(t, Encrypted, 0), table(t, 12))
	for _, step := range []int{0, 4, session.total / 2, session.total} {
		if err := session.Seek(background, step); err != nil {
			t.Fatal(err)
		}
		n := session.Snapshot(nil)
		for _, id := range holders(session) {
			kept, ok := n.As("dealer").memory("dealer").Object(encrypted.KeyFor + id)
			if !ok {
				t.Fatalf("step %d: the dealer has no key for %s", step, id)
			}
			for _, p := range n.As(id).Parties {
				for _, o := range p.Memory.Objects {
					if strings.HasPrefix(o.Name, encrypted.KeyFor) {
						t.Errorf("step %d: %s sees the %s", step, id, o.Name)
					}
				}
			}
			own, ok := n.memory(id).Object(encrypted.DealersKey)
			if ok != (step > 0) || ok && !slices.Equal(own.Data.Uint64s(), kept.Data.Uint64s()) {
				t.Errorf("step %d: %s has another key than the dealer has for it", step, id)
			}
			if step == 4 {
				if got, p := parts(t, session, n, SourceOf(id, own)); got != encrypted.KeyFor+id || p.Inputs[0].Party != "dealer" {
					t.Errorf("the key of %s is made from %q", id, got)
				}
			}
		}
	}
}

// A model on shares is nobody's until its owner has put it together.
func TestTheFinalModelIsItsOwners(t *testing.T) {
	session := open1(t, fleet(t, Encrypted, 0), table(t, 12))
	for _, c := range []struct {
		step   int
		holder string
	}{{session.total / 2, ""}, {session.total - 1, ""}, {session.total, "server"}} {
		if err := session.Seek(background, c.step); err != nil {
			t.Fatal(err)
		}
		n := session.Snapshot(nil)
		w, holder, ok := n.Model(2)
		if shared, _ := n.sharedModel([]string{"w1", "b1", "w2", "b2"}); !ok || holder != c.holder || !slices.Equal(w.W[0].Float64s(), shared.W[0].Float64s()) {
			t.Errorf("step %d: the model is that of %q, want %q", c.step, holder, c.holder)
		}
	}
}

// A holder that is a worker, too, knows the labels of its own rows as long as it has the
// rows; shares of all labels do not take their place.
func TestAHolderKeepsItsOwnLabels(t *testing.T) {
	session := open1(t, fleet(t, Encrypted, 4), table(t, 20))
	who := holders(session)[0]
	lookFor(t, session, who, "x", "gather")
	memory := session.Snapshot(nil).As(who).memory(who)
	own, has := memory.Object(encrypted.OwnLabels)
	all, also := memory.Object("Y")
	if !has || !also || own.Form != trace.Plain || all.Form != trace.Share {
		t.Fatalf("%s has own labels: %v, %v; shares of all: %v, %v", who, has, own.Form, also, all.Form)
	}
	for _, w := range session.dataset.Workers {
		if w.ID() != who {
			continue
		}
		for i, row := range w.Rows {
			if class := session.dataset.Set.Y[row]; own.Data.Float64s()[2*i+int(class)] != 1 {
				t.Errorf("row %d is of class %d, and the label says otherwise", row, class)
			}
		}
	}
}

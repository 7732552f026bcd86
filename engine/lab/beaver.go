package lab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"unseen/engine/mpc"
	"unseen/engine/prep"
	"unseen/engine/ring"
	"unseen/engine/rng"
	"unseen/engine/share"
)

func beaver() Plain {
	return Plain{Name: "beaver", Title: "Beaver bench",
		About: "One product of two shared numbers, with every number of it; and what a triple used twice gives away. Predict first, then look.",
		Controls: []Control{
			{Name: "x", Usage: "the first factor", Kind: Whole, Default: "7", Min: -1 << 31, Max: 1 << 31},
			{Name: "y", Usage: "the second factor", Kind: Whole, Default: "5", Min: -1 << 31, Max: 1 << 31},
			{Name: "again", Usage: "x′, opened under the mask of x although it must not be", Kind: Whole, Default: "12", Min: -1 << 31, Max: 1 << 31},
			{Name: "modulus", Usage: "of the ring", Kind: Whole, Default: "256", Min: 2, Max: 1 << 32},
			{Name: "holders", Usage: "how many hold shares", Kind: Whole, Default: "3", Min: 2, Max: 10},
			{Name: "ask", Usage: "what is yours to predict", Kind: Choice, Default: asksNothing, Explore: "d", Choices: questionNames(), Live: true},
			{Name: "predict", Usage: "your answer, a whole number; until then what it asks is hidden", Kind: Answer, Default: "", Min: -1 << 33, Max: 1 << 33},
		},
		Run: multiply,
	}
}

// beaverRun is a product with every number of it, read from the holders' memories.
type beaverRun struct {
	ring                   ring.Ring
	holders                int
	x, y, a, b, c, d, e, z []uint64 // by holder: shares, which add up to the number
	openedD, openedE       uint64
	again                  twice
	reduced                string // what the ring made of factors that it has not
}

// sum adds shares up.
func (b *beaverRun) sum(shares []uint64) (s uint64) {
	for _, x := range shares {
		s = b.ring.Sum(s, x)
	}
	return s
}

// multiply runs the product, and asks or tells about it.
func multiply(_ context.Context, v Values, key rng.Key) (*Report, error) {
	if v["ask"] == asksNothing && v["predict"] != "" {
		return nil, cannot("predict", v, "nothing was asked", "say what with --ask "+either(questionNames()[1:]))
	}
	run, err := multiplied(v, key)
	if err != nil {
		return nil, err
	}
	if v["ask"] == asksNothing {
		return run.report(), nil
	}
	return run.ask(v), nil
}

// multiplied runs the product.
func multiplied(v Values, key rng.Key) (run *beaverRun, err error) {
	defer caught(&err)
	n := v.Whole("holders")
	r, err := ring.Mod(uint64(v.Whole("modulus")))
	if err != nil {
		return nil, because("modulus", v, err, "give one from 2 to 4294967296")
	}
	d, err := prep.NewDealer(r, n, key.Party("dealer"))
	if err != nil {
		return nil, err
	}
	p, err := bench(r, n, d)
	if err != nil {
		return nil, err
	}
	x, err := shared(p, r, int64(v.Whole("x")), n, key.Party("owner of x"))
	if err != nil {
		return nil, err
	}
	y, err := shared(p, r, int64(v.Whole("y")), n, key.Party("owner of y"))
	if err != nil {
		return nil, err
	}
	z := p.Mul(x, y)
	run = &beaverRun{ring: r, holders: n, reduced: reduced(r, v)}
	for i, h := range p.Holders {
		memory := func(name string) uint64 { return h.Store.Need(h.ID, name).Uint64s()[0] }
		run.x, run.y, run.z = append(run.x, x.Share[i].Uint64s()[0]), append(run.y, y.Share[i].Uint64s()[0]), append(run.z, z.Share[i].Uint64s()[0])
		run.a, run.b, run.c = append(run.a, memory("a")), append(run.b, memory("b")), append(run.c, memory("c = a·b"))
		run.d, run.e = append(run.d, r.Difference(run.x[i], run.a[i])), append(run.e, r.Difference(run.y[i], run.b[i]))
		run.openedD, run.openedE = memory("d"), memory("e") // the same at all of them
	}
	run.again, err = reused(p, r, x, v, n, key)
	return run, err
}

// reduced says which of the given numbers the ring has not, and what they are in it;
// empty where it has them all.
func reduced(r ring.Ring, v Values) string {
	var list []string
	for _, x := range []struct{ name, sign string }{{"x", "x"}, {"y", "y"}, {"again", "x′"}} {
		given := int64(v.Whole(x.name))
		if in := r.Element(given); given < 0 || uint64(given) != in {
			list = append(list, fmt.Sprintf("%s = %s is %s", x.sign, count(given), count(in)))
		}
	}
	if list == nil {
		return ""
	}
	return fmt.Sprintf("The ring has the numbers 0 to %s: modulo %s, %s.", count(r.Modulus()-1), count(r.Modulus()), strings.Join(list, ", "))
}

// notes is what there is to say before anything else.
func (b *beaverRun) notes() []Note {
	if b.reduced == "" {
		return nil
	}
	return []Note{{Name: "reduced", Text: b.reduced}}
}

// numbers lists every number of the product by holder, but for those that are hidden.
func (b *beaverRun) numbers(hidden ...string) Table {
	t := Table{Name: "numbers", Title: fmt.Sprintf("x · y among %s, modulo %s", plural(b.holders, "holder"), count(b.ring.Modulus())),
		Columns: []Column{{Name: "number", Head: ""}}}
	for i := range b.holders {
		t.Columns = append(t.Columns, Column{Name: fmt.Sprint("holder_", i+1), Head: fmt.Sprint("holder ", i+1)})
	}
	t.Columns = append(t.Columns, Column{Name: "sum", Head: "sum"}, Column{Name: "known_to", Head: "the sum is known to"})
	known := "everybody: opened"
	if len(hidden) > 0 {
		known = "nobody yet"
	}
	for _, line := range []struct {
		name, known string
		shares      []uint64
	}{{"x", "its owner", b.x}, {"y", "its owner", b.y}, {"a", "the dealer", b.a}, {"b", "the dealer", b.b}, {"c = a·b", "the dealer", b.c},
		{"d = x − a", "everybody: opened", b.d}, {"e = y − b", "everybody: opened", b.e}, {"z", known, b.z}} {
		row, secret := []any{line.name}, slices.Contains(hidden, line.name[:1])
		for _, s := range append(slices.Clone(line.shares), b.sum(line.shares)) {
			if secret {
				row = append(row, covered)
			} else {
				row = append(row, s)
			}
		}
		t.Rows = append(t.Rows, append(row, line.known))
	}
	return t
}

// terms shows how the shares of z come about.
func (b *beaverRun) terms() Table {
	d, e, r := b.openedD, b.openedE, b.ring
	return Table{Name: "terms", Title: "z = c + d·b + a·e + d·e, the last term at holder 1 only",
		Columns: []Column{{Name: "term", Head: "term"}, {Name: "value", Head: "value"}}, Rows: [][]any{
			{"c", b.sum(b.c)}, {"d·b", r.Product(d, b.sum(b.b))}, {"a·e", r.Product(b.sum(b.a), e)}, {"d·e", r.Product(d, e)},
			{"sum", b.sum(b.z)}, {"x·y", r.Product(b.sum(b.x), b.sum(b.y))}}}
}

// report tells everything.
func (b *beaverRun) report() *Report {
	r, z := b.ring, b.sum(b.z)
	return &Report{
		Adversary: everyHolder,
		Saw:       b.saw(),
		Notes:     b.notes(),
		Facts: []Fact{{Name: "product", Label: "z opened", Value: z}, {Name: "correct", Label: "is x·y modulo " + count(r.Modulus()), Value: z == r.Product(b.sum(b.x), b.sum(b.y))},
			{Name: "d_minus_d_again", Label: "d − d′", Value: b.again.difference}, {Name: "x_minus_x_again", Label: "x − x′", Value: r.Difference(b.sum(b.x), b.again.x)},
			{Name: "refused", Label: "what the ledger says to that", Value: b.again.refused}},
		Tables: []Table{b.numbers(), b.terms()},
		Finding: fmt.Sprintf("One triple, one product. Opened under one mask, two values give away their difference: d − d′ = x − x′ = %s, and whoever knows one knows the other.",
			count(b.again.difference)),
	}
}

// everyHolder is who looks.
const everyHolder = "any holder: all of them see d, e and whatever else is opened"

// saw says what every holder saw.
func (b *beaverRun) saw() []string {
	return []string{fmt.Sprintf("d = %s and e = %s, uniform whatever x and y are: a and b are, and nobody but the dealer knows them", count(b.openedD), count(b.openedE)),
		fmt.Sprintf("then d′ = %s, opened under the same a: d − d′ = %s", count(b.again.opened), count(b.again.difference))}
}

// shared splits a number among the holders.
func shared(p *mpc.Protocol, r ring.Ring, x int64, n int, key rng.Key) (*mpc.Shared, error) {
	shares, err := share.Split(r, ring.From(1, 1, []uint64{r.Element(x)}), n, key.Stream("split", 0, 0))
	if err != nil {
		return nil, err
	}
	return p.NewShared(shares)
}

// twice is what opening a second value under a mask gives.
type twice struct {
	x, opened, difference uint64
	refused               string // what the ledger of the dealer says to it
}

// reused opens x′ under the mask that x was opened under: first as a holder that
// asks for it would, which the ledger refuses, then by hand.
func reused(p *mpc.Protocol, r ring.Ring, x *mpc.Shared, v Values, n int, key rng.Key) (out twice, err error) {
	other, err := shared(p, r, int64(v.Whole("again")), n, key.Party("owner of x′"))
	if err != nil {
		return out, err
	}
	mask := p.Dealer.Mask(1, 1)
	refused := errors.Join(mask.Meet(x, "the product of x and y"), mask.Meet(other, "the product of x′ and y"))
	if refused == nil {
		return out, errors.New("the ledger let two values meet one mask")
	}
	out.refused = refused.Error()
	d := p.Holders[0].Store.Need(p.Holders[0].ID, "d").Uint64s()[0]
	for i, h := range p.Holders {
		out.x = r.Sum(out.x, other.Share[i].Uint64s()[0])
		out.opened = r.Sum(out.opened, r.Difference(other.Share[i].Uint64s()[0], h.Store.Need(h.ID, "a").Uint64s()[0]))
	}
	out.difference = r.Difference(d, out.opened)
	return out, nil
}

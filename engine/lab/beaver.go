package lab

import (
	"context"
	"errors"
	"fmt"

	"unseen/engine/mpc"
	"unseen/engine/prep"
	"unseen/engine/ring"
	"unseen/engine/rng"
	"unseen/engine/share"
)

func beaver() Plain {
	return Plain{Name: "beaver", Title: "Beaver bench",
		About: "One product of two shared numbers, with every number of it; and what a triple used twice gives away.",
		Controls: []Control{
			{Name: "x", Usage: "the first factor", Kind: Whole, Default: "7", Min: -1 << 31, Max: 1 << 31},
			{Name: "y", Usage: "the second factor", Kind: Whole, Default: "5", Min: -1 << 31, Max: 1 << 31},
			{Name: "again", Usage: "x′, opened under the mask of x although it must not be", Kind: Whole, Default: "12", Min: -1 << 31, Max: 1 << 31},
			{Name: "modulus", Usage: "of the ring", Kind: Whole, Default: "256", Min: 2, Max: 1 << 32},
			{Name: "holders", Usage: "how many hold shares", Kind: Whole, Default: "3", Min: 2, Max: 10},
		},
		Run: multiply,
	}
}

// multiply runs the product and reads every number from the holders' memories.
func multiply(_ context.Context, v Values, key rng.Key) (report *Report, err error) {
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

	t := Table{Name: "numbers", Title: fmt.Sprintf("x · y among %s, modulo %d", plural(n, "holder"), v.Whole("modulus")),
		Columns: []Column{{Name: "number", Head: ""}}}
	for i := range n {
		t.Columns = append(t.Columns, Column{Name: fmt.Sprint("holder_", i+1), Head: fmt.Sprint("holder ", i+1)})
	}
	t.Columns = append(t.Columns, Column{Name: "sum", Head: "sum"}, Column{Name: "known_to", Head: "the sum is known to"})
	line := func(name, known string, at func(i int) uint64) uint64 {
		row, sum := []any{name}, uint64(0)
		for i := range n {
			row, sum = append(row, at(i)), r.Sum(sum, at(i))
		}
		t.Rows = append(t.Rows, append(row, sum, known))
		return sum
	}
	of := func(s *mpc.Shared) func(int) uint64 { return func(i int) uint64 { return s.Share[i].Uint64s()[0] } }
	memory := func(name string) func(int) uint64 {
		return func(i int) uint64 { return p.Holders[i].Store.Need(p.Holders[i].ID, name).Uint64s()[0] }
	}
	xSum := line("x", "its owner", of(x))
	ySum := line("y", "its owner", of(y))
	a := line("a", "the dealer", memory("a"))
	b := line("b", "the dealer", memory("b"))
	c := line("c = a·b", "the dealer", memory("c"))
	opened := func(name string) uint64 { return p.Holders[0].Store.Need(p.Holders[0].ID, name).Uint64s()[0] }
	dSum := line("d = x − a", "everybody: opened", func(i int) uint64 { return r.Difference(of(x)(i), memory("a")(i)) })
	eSum := line("e = y − b", "everybody: opened", func(i int) uint64 { return r.Difference(of(y)(i), memory("b")(i)) })
	zSum := line("z", "nobody yet", of(z))

	terms := Table{Name: "terms", Title: "z = c + d·b + a·e + d·e, the last term at holder 1 only",
		Columns: []Column{{Name: "term", Head: "term"}, {Name: "value", Head: "value"}}, Rows: [][]any{
			{"c", c}, {"d·b", r.Product(dSum, b)}, {"a·e", r.Product(a, eSum)}, {"d·e", r.Product(dSum, eSum)}, {"sum", zSum}, {"x·y", r.Product(xSum, ySum)}}}

	again, err := reused(p, r, x, v, n, key)
	if err != nil {
		return nil, err
	}
	report = &Report{
		Adversary: "any holder: all of them see d, e and whatever else is opened",
		Saw: []string{fmt.Sprintf("d = %d and e = %d, uniform whatever x and y are: a and b are, and nobody but the dealer knows them", opened("d"), opened("e")),
			fmt.Sprintf("then d′ = %d, opened under the same a: d − d′ = %d", again.opened, again.difference)},
		Facts: []Fact{{Name: "product", Label: "z opened", Value: zSum}, {Name: "correct", Label: "is x·y", Value: zSum == r.Product(xSum, ySum)},
			{Name: "d_minus_d_again", Label: "d − d′", Value: again.difference}, {Name: "x_minus_x_again", Label: "x − x′", Value: r.Difference(xSum, again.x)},
			{Name: "refused", Label: "what the ledger says to that", Value: again.refused}},
		Tables: []Table{t, terms},
		Finding: fmt.Sprintf("One triple, one product. Opened under one mask, two values give away their difference: d − d′ = x − x′ = %d, and whoever knows one knows the other.",
			again.difference),
	}
	return report, nil
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

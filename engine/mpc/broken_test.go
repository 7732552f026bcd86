package mpc

import (
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"unseen/engine/prep"
)

// Broken protocols, of two inputs.

// reusedMask opens two values under one mask.
func reusedMask(p *Protocol, x []*Shared) *Shared {
	a := &Shared{Share: p.Dealer.Mask(x[0].Shape()).Share}
	p.exchange(masked{p.Sub(x[0], a), "d = x − a", "broken", ""}, masked{p.Sub(x[1], a), "e = y − a", "broken", ""})
	return x[0]
}

// narrowMask opens x + r for a truncation where one holder's part of r is drawn from
// half of the ring.
func narrowMask(p *Protocol, x []*Shared) *Shared {
	rows, columns := x[0].Shape()
	pair := p.Dealer.Truncation(rows, columns, 1)
	for j := range pair.R[0].Uint64s() {
		pair.R[0].Uint64s()[j] >>= 1
	}
	p.dealtTruncation(pair, sibling{})
	p.exchange(p.shifted(x[0], pair.R))
	return x[0]
}

// bareSign opens the sign bit without ρ.
func bareSign(p *Protocol, x []*Shared) *Shared {
	mask := p.comparison(x[0], prep.Want{Width: p.Ring.Width() - 1, Count: 1})
	for _, rho := range mask.Signs[0].Bit.XOR {
		clear(rho)
	}
	p.signs(mask, p.exchange(p.plus(x[0], mask.R))[0])
	return x[0]
}

// sharedRho opens the bits x < 1 and x < −1 under one ρ.
func sharedRho(p *Protocol, x []*Shared) *Shared {
	mask := p.comparison(x[0], prep.Want{Width: p.Ring.Width() - 1, Count: 2})
	mask.Signs[1].Bit.XOR = mask.Signs[0].Bit.XOR
	c := p.exchange(p.plus(x[0], mask.R))[0]
	p.signs(mask, p.shift(c, p.Ring.Element(-1)), p.shift(c, 1))
	return x[0]
}

// sharedGroups combines the digits of two comparisons under one set of masks.
func sharedGroups(p *Protocol, x []*Shared) *Shared {
	mask := p.comparison(x[0], prep.Want{Width: p.Ring.Width() - 1, Count: 2})
	mask.Signs[1].Levels = mask.Signs[0].Levels
	c := p.exchange(p.plus(x[0], mask.R))[0]
	p.signs(mask, p.shift(c, 1), p.shift(c, p.Ring.Element(-7)))
	return x[0]
}

// forgottenMask opens x − a, but one holder forgets its part of the mask in runs in which
// so many other draws of a holder, made for nothing else, are all 6.
func forgottenMask(who, whose, draws int) protocolUnderTest {
	return func(p *Protocol, x []*Shared) *Shared {
		rows, columns := x[0].Shape()
		var signs []*tensor.Dense
		for range draws {
			signs = append(signs, p.Dealer.Mask(rows, columns).Share[whose])
		}
		a := p.Dealer.Mask(rows, columns).Share
		for j := range rows {
			if !slices.ContainsFunc(signs, func(m *tensor.Dense) bool { return m.Uint64s()[j] != 6 }) {
				a[who].Uint64s()[j] = 0
			}
		}
		p.exchange(masked{p.Sub(x[0], &Shared{Share: a}), "d = x − a", "broken", ""})
		return x[0]
	}
}

// bareCorrection deals r_mid without the random number that hides it from the last
// holder.
func bareCorrection(p *Protocol, x []*Shared) *Shared {
	rows, columns := x[0].Shape()
	pair := p.Dealer.Truncation(rows, columns, 1)
	last := pair.Mid[p.parties-1]
	for i, share := range pair.Mid[:p.parties-1] {
		p.Ring.Add(last, last, share)
		pair.Mid[i] = p.Dealer.Buffers.New(rows, columns)
	}
	p.dealtTruncation(pair, sibling{})
	p.exchange(p.shifted(x[0], pair.R))
	return x[0]
}

// borrowedShare lets the second last holder send, under its own mask, what the first
// holder holds: none of its business.
func borrowedShare(p *Protocol, x []*Shared) *Shared {
	rows, columns := x[0].Shape()
	a := &Shared{Share: p.Dealer.Mask(rows, columns).Share}
	d := p.Sub(x[0], a)
	p.Ring.Add(d.Share[1], d.Share[1], x[0].Share[0])
	p.exchange(masked{d, "d = x − a", "broken", ""})
	return x[0]
}

// What is broken is caught, by full enumeration and by counting pads alike. A mask that is
// forgotten in one of 512 runs looks like one to those who look for masks, and shows in
// so few runs only.
func TestBrokenViewsDiffer(t *testing.T) {
	r := mustPower(3)
	secrets := encoded(r, [][]int64{{0, 1}, {-2, -2}})
	for _, c := range []struct {
		name    string
		without int // the honest holder
		f       protocolUnderTest
	}{
		{"one mask for two values", 0, reusedMask},
		{"r from half of the ring", 0, narrowMask},
		{"m without ρ", 0, bareSign},
		{"one ρ for two bits", 0, sharedRho},
		{"a correction that nothing hides", 0, bareCorrection},
		{"another's share", 0, borrowedShare},
		{"a mask forgotten at one value of a coalition's draw", 1, forgottenMask(1, 0, 1)},
		{"a mask forgotten at one value of three of its draws", 1, forgottenMask(1, 0, 3)},
		{"a mask forgotten at one value of three honest draws", 0, forgottenMask(0, 0, 3)},
	} {
		for _, holders := range []int{2, 3} {
			for _, most := range []int{allRuns, 0} {
				got := compareViews(t, r, holders, c.without, secrets, c.f, most)
				if got.differ == "" {
					t.Errorf("%s among %d (%d draws, %d runs) is not caught: this test finds nothing", c.name, holders, len(got.draws), got.runs)
				}
				t.Logf("%s among %d, %d draws, %d runs: %s", c.name, holders, len(got.draws), got.runs, got.differ)
			}
		}
	}
	// One value alone under that mask shows nothing.
	alone := func(p *Protocol, x []*Shared) *Shared { return reusedMask(p, []*Shared{x[0], x[0]}) }
	for _, most := range []int{allRuns, 0} {
		if s := compareViews(t, r, 2, 0, encoded(r, [][]int64{{0}, {-1}}), alone, most).differ; s != "" {
			t.Errorf("one value under one mask: %s", s)
		}
	}
}

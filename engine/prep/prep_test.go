package prep

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"unseen/engine/ring"
	"unseen/engine/rng"
)

// dealAll deals some of everything, for n elements.
func dealAll(d *Dealer, n int) []*Comparison {
	a, b := d.Mask(n, 1), d.Mask(n, 1)
	d.Product(Elementwise, a, b)
	d.Product(MatMulNT, a, b)
	d.Truncation(n, 1, 16)
	d.TruncationUnder(d.DaBit(n, 1), 16)
	d.Waves(d.Comparison(n, 1, Want{Width: 63, Count: 2, Select: true}), 21, 10, 28)
	return []*Comparison{
		d.Comparison(n, 1, Want{Width: 63, Count: 2, Select: true}),
		d.Comparison(n, 1, Want{Width: 63, Count: 1, Select: true, Truncation: 16}),
		d.Comparison(n, 1, Want{Width: 64, Count: 1, Equal: true}),
		d.Comparison(n, 1, Want{Width: 16, Count: 1, Truncation: 16}),
	}
}

// No two things share randomness: no stream is drawn from twice.
func TestNoStreamIsDrawnTwice(t *testing.T) {
	type position struct {
		holder  int
		counter uint64
	}
	drawn := map[position]int{}
	d, err := NewDealerFrom(ring.Ring{}, 3, func(holder int, counter uint64) rand.Source {
		drawn[position{holder, counter}]++
		return rand.NewPCG(uint64(holder), counter)
	})
	if err != nil {
		t.Fatal(err)
	}
	dealAll(d, 5)
	dealAll(d, 64)
	for p, times := range drawn {
		if times > 1 {
			t.Errorf("holder %d's stream %d is drawn from %d times", p.holder, p.counter, times)
		}
	}
	if len(drawn) < 100 {
		t.Errorf("%d streams for all that: the count counts nothing", len(drawn))
	}
}

// A holder whose key was changed on its way expands other shares. What the others have,
// and what the dealer has dealt and computes with, stays what it was.
func TestChangedKey(t *testing.T) {
	const n = 3
	for holder := range n {
		honest, changed := sharings(t, func(*Dealer) {}), sharings(t, func(d *Dealer) {
			d.Apart = true
			key := d.Key(holder)
			key[0] ^= 1
			d.Receive(holder, key)
		})
		other := 0
		for s := range honest {
			for i := range n {
				if same := slices.Equal(honest[s].shares[i], changed[s].shares[i]); i != holder && !same {
					t.Errorf("holder %d's key changed, and %s of holder %d, too", holder, honest[s].name, i)
				} else if !same {
					other++
				}
			}
			if len(honest[s].shares) != n || len(changed[s].shares) != n+1 {
				t.Errorf("%s has %d and %d shares", honest[s].name, len(honest[s].shares), len(changed[s].shares))
			}
			if !slices.Equal(honest[s].value(), changed[s].value()) {
				t.Errorf("holder %d's key changed what the dealer counts on as %s", holder, honest[s].name)
			}
		}
		if holder == n-1 { // it is sent its share of the rest
			continue
		}
		if other != len(honest) {
			t.Errorf("holder %d: %d of %d shares are others than before", holder, other, len(honest))
		}
	}
}

// sharing is something dealt: words by holder, that add up to a value or, of bits, whose
// XOR is one.
type sharing struct {
	name   string
	bits   bool
	shares [][]uint64
}

func (s sharing) value() []uint64 {
	sum := make([]uint64, len(s.shares[0]))
	for _, share := range s.shares {
		for i, w := range share {
			if s.bits {
				sum[i] ^= w
			} else {
				sum[i] += w
			}
		}
	}
	return sum
}

// sharings deals one of everything among three.
func sharings(t *testing.T, prepare func(*Dealer)) (all []sharing) {
	t.Helper()
	d, err := NewDealer(ring.Ring{}, 3, rng.Seeded(9))
	if err != nil {
		t.Fatal(err)
	}
	prepare(d)
	words := func(name string, m []*tensor.Dense) {
		s := sharing{name: name}
		for _, x := range m {
			s.shares = append(s.shares, x.Uint64s())
		}
		all = append(all, s)
	}
	bits := func(name string, shares [][]uint64) { all = append(all, sharing{name, true, shares}) }
	const rows = 67 // more than a word of bits
	a, b := d.Mask(rows, 1), d.Mask(rows, 1)
	words("a", a.Share)
	words("a·b", d.Product(Elementwise, a, b).Share)
	words("rows of a·b", d.Product(Elementwise, a.Rows(nil, []int{5, 2}), b.Rows(nil, []int{5, 2})).Share)
	rho := d.DaBit(rows, 1)
	bits("ρ as a bit", rho.XOR)
	words("ρ", rho.Arithmetic)
	cut := d.TruncationUnder(rho, 16)
	words("r", cut.R)
	words("r_mid", cut.Mid)
	words("r_msb", cut.Msb)
	words("ρ·r_mid", cut.Under.Mid)
	words("ρ·r_msb", cut.Under.Msb)
	words("r_mid squared", d.Product(Elementwise, &Mask{Share: cut.Mid}, &Mask{Share: cut.Mid}).Share)
	c := d.Comparison(rows, 1, Want{Width: 63, Count: 1, Select: true})
	words("r to compare", c.R)
	bits("digits", c.Digits.Share)
	bits("top", c.Top.Share)
	bits("masks of bits", c.Signs[0].Levels[0][0].Share)
	words("ρ·r", c.Signs[0].RhoR)
	w := d.Waves(c, 21, 4, 28)
	words("waves", w.Plain)
	words("ρ·waves", w.Under[0])
	return all
}

// Streams of other holders, counters and branches are other streams, and a dealer
// that returns to a position deals the same again.
func TestStreamsAreDistinct(t *testing.T) {
	seen := map[uint64]string{}
	deal := func(root uint64, branch uint32) *Dealer {
		d, err := NewBranch(ring.Ring{}, 3, rng.Seeded(root).Party("dealer"), branch)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	words := 0
	for root := range uint64(2) {
		for branch := range uint32(3) {
			d := deal(root, branch)
			for range 20 {
				for _, share := range d.Mask(1, 2).Share {
					for _, word := range share.Uint64s() {
						seen[word] = ""
						words++
					}
				}
			}
		}
	}
	if len(seen) != words {
		t.Errorf("%d of %d words were seen before", words-len(seen), words)
	}
	d := deal(1, 1)
	d.Mask(1, 1)
	position := d.Position()
	first, ledger := d.DaBit(3, 3), d.Ledger()
	d.Return(position)
	again := d.DaBit(3, 3)
	for i := range first.Arithmetic {
		if !ring.Equal(first.Arithmetic[i], again.Arithmetic[i]) || first.XOR[i][0] != again.XOR[i][0] {
			t.Errorf("holder %d is dealt something else after a return", i)
		}
	}
	if d.Ledger() != ledger {
		t.Errorf("the ledger after a return: %+v, want %+v", d.Ledger(), ledger)
	}
}

// Bits of a last word that stand for no element are 0 in every share: they carry
// nothing.
func TestUnusedBitsAreZero(t *testing.T) {
	const n = 5
	d, err := NewDealer(ring.Ring{}, 3, rng.Seeded(1))
	if err != nil {
		t.Fatal(err)
	}
	check := func(name string, shares [][]uint64) {
		for i, s := range shares {
			for _, word := range s {
				if word>>n != 0 {
					t.Fatalf("%s: holder %d has unused bits: %x", name, i, word)
				}
			}
		}
	}
	for _, c := range dealAll(d, n) {
		check("digits", c.Digits.Share)
		check("top", c.Top.Share)
		for _, s := range c.Signs {
			check("ρ", s.Bit.XOR)
			for _, level := range s.Levels {
				for _, g := range level {
					check("group", g.Share)
				}
			}
		}
	}
}

// A second use is refused wherever the first was, also at a place without a name.
func TestSecondUseIsRefused(t *testing.T) {
	d, err := NewDealer(ring.Ring{}, 2, rng.Seeded(1))
	if err != nil {
		t.Fatal(err)
	}
	for _, place := range []string{"here", ""} {
		a, comparison := d.Mask(1, 1), d.Comparison(1, 1, Want{Width: 63, Count: 1, Select: true})
		for kind, material := range map[string]interface{ Use(place string) error }{
			"truncation pair": d.Truncation(1, 1, 16), "product share": d.Product(Elementwise, a, a), "daBit": comparison.Signs[0].Bit,
			"comparison mask": comparison, "set of waves": d.Waves(comparison, 21, 1, 28),
		} {
			if err := material.Use(place); err != nil {
				t.Fatal(err)
			}
			var reuse *ReuseError
			if err := material.Use("there"); !errors.As(err, &reuse) || !strings.Contains(reuse.What, kind) || reuse.First != place || reuse.Second != "there" {
				t.Errorf("a %s used at %q and again: %v", kind, place, err)
			}
		}
	}
	l := d.Ledger()
	for _, got := range []Count{l.Truncations, l.Products, l.DaBits, l.Comparisons, l.Waves} {
		if want := (Count{2, 2}); got != want {
			t.Errorf("the ledger counts %+v, want %+v: %+v", got, want, l)
		}
	}
}

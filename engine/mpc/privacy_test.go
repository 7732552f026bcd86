package mpc

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"unseen/engine/prep"
	"unseen/engine/ring"
	"unseen/engine/trace"
)

// studied is a protocol whose views are compared, with inputs that the holders must
// not tell apart.
type studied struct {
	name    string
	secrets [][]int64 // each a list of inputs
	f       protocolUnderTest
}

// andOpened is a studied protocol whose result becomes known in the end, too: then the
// secrets are such as have one and the same result.
func andOpened(s studied) studied {
	f := s.f
	s.name += ", opened"
	s.f = func(p *Protocol, x []*Shared) *Shared {
		z := f(p, x)
		p.Open("a test", z)
		return z
	}
	return s
}

// inAnyRing are the protocols that run modulo anything.
func inAnyRing() []studied {
	some := [][]int64{{0, 0}, {1, 3}, {2, 3}}
	mul := func(p *Protocol, x []*Shared) *Shared { return p.Mul(x[0], x[1]) }
	square := func(p *Protocol, x []*Shared) *Shared { return p.Square(x[0]) }
	return []studied{
		{"mul", some, mul},
		{"square", [][]int64{{0}, {1}, {2}}, square},
		{"one mask, two products", some, func(p *Protocol, x []*Shared) *Shared {
			return p.Add(p.Mul(x[0], x[1]), p.Square(x[0]))
		}},
		{"a layer, there and back", [][]int64{{0, 0, 0}, {1, 2, 3}}, func(p *Protocol, x []*Shared) *Shared { // of one weight
			in, weight, gradient := x[0], x[1], x[2]
			product := func(x, y *Shared) *Shared { return p.beaver(prep.Elementwise, x, y) }
			return p.Add(p.Add(product(in, weight), product(gradient, weight)), product(in, gradient))
		}},
		{"reveal", [][]int64{{0}, {1}, {3}}, func(p *Protocol, x []*Shared) *Shared {
			p.RevealTo(somebody(), "x", "a test", x[0])
			return x[0]
		}},
		andOpened(studied{"sum", [][]int64{{1, 2}, {0, 3}, {3, 0}}, func(p *Protocol, x []*Shared) *Shared { return p.Add(x[0], x[1]) }}),
	}
}

// modulo4 are the protocols whose results agree modulo 4 only, and the rows of a
// training: masked once, and multiplied by fresh weights at each step.
func modulo4() []studied {
	return []studied{
		andOpened(studied{"mul", [][]int64{{0, 1}, {3, 0}, {2, 2}}, func(p *Protocol, x []*Shared) *Shared { return p.Mul(x[0], x[1]) }}),
		andOpened(studied{"scale", [][]int64{{1}, {3}}, func(p *Protocol, x []*Shared) *Shared { return p.Scale(2, x[0]) }}),
		andOpened(studied{"square", [][]int64{{1}, {3}}, func(p *Protocol, x []*Shared) *Shared { return p.Square(x[0]) }}),
		{"rows, twice", [][]int64{{0, 0, 0}, {1, 2, 3}}, func(p *Protocol, x []*Shared) *Shared {
			rows, _ := x[0].Shape()
			index := make([]int, rows)
			for i := range index {
				index[i] = i
			}
			p.openUnderMasks(x[0])
			first := p.Mul(p.Rows(x[0], index), x[1])
			return p.Add(first, p.Mul(p.Rows(x[0], index), x[2]))
		}},
	}
}

// withSigns are the protocols that need a sign bit, truncating by f bits.
func withSigns(f int) []studied {
	one, two := [][]int64{{0}, {1}, {-2}}, [][]int64{{0, 0}, {1, -2}, {-1, 1}}
	msb := func(p *Protocol, x []*Shared) *Shared { return p.Msb(x[0]) }
	less := func(p *Protocol, x []*Shared) *Shared { return p.LessThan(x[0], x[1]) }
	equal := func(p *Protocol, x []*Shared) *Shared { return p.Equal(x[0], x[1]) }
	exact := func(p *Protocol, x []*Shared) *Shared { return p.TruncateExact(x[0], f) }
	relu := func(p *Protocol, x []*Shared) *Shared { y, _ := p.ReLU(x[0]); return y }
	maximum := func(p *Protocol, x []*Shared) *Shared { return p.Max(p.Beside(x[0], x[1])) }
	return []studied{
		{"truncate", one, func(p *Protocol, x []*Shared) *Shared { return p.Truncate(x[0], f) }},
		{"sign", one, msb},
		{"less-than", two, less},
		{"less-than, two constants", one, func(p *Protocol, x []*Shared) *Shared {
			z := p.LessThanConstants(x[0], 1, p.Ring.Element(-1))
			return p.Add(z[0], z[1])
		}},
		{"equal", two, equal},
		{"exact truncation", one, exact},
		{"relu", one, relu},
		{"relu and truncation", one, func(p *Protocol, x []*Shared) *Shared { y, _ := p.ReLUTruncate(x[0], f); return y }},
		{"relu there and back", two, func(p *Protocol, x []*Shared) *Shared {
			_, positive := p.ReLU(x[0])
			return p.TruncateKeep(x[1], f, positive)
		}},
		{"relu and truncation, there and back twice", [][]int64{{0, 0, 0}, {1, -2, -1}}, func(p *Protocol, x []*Shared) *Shared {
			_, positive := p.ReLUTruncate(x[0], f)
			return p.Add(p.TruncateKeep(x[1], f, positive), p.TruncateKeep(x[2], f, positive))
		}},
		{"max", two, maximum},
		{"products of truncated values", two, func(p *Protocol, x []*Shared) *Shared {
			open := p.factors(pending{x[0], 1}, pending{x[1], 0})
			square := p.shrink(p.multiply(open[0], open[0]), 1)
			return p.multiply(square, p.affine(3, open[1], 1))
		}},
		{"a bit times a value", two, func(p *Protocol, x []*Shared) *Shared {
			_, below := p.ramps(x[0], 1, 0)
			return p.multiply(p.factorOf(below[1]), p.shrink(x[1], 1))
		}},
	}
}

// encoded encodes secrets.
func encoded(r ring.Ring, secrets [][]int64) [][]uint64 {
	out := make([][]uint64, len(secrets))
	for s, inputs := range secrets {
		for _, v := range inputs {
			out[s] = append(out[s], r.Element(v))
		}
	}
	return out
}

// In small rings, no coalition of all holders but one tells two secrets apart, by
// any part of what it sees: every view occurs exactly as often for one secret as for
// the other. Where there are at most 2^20 combinations of all random numbers, all are tried
// (more where there is time, see [allRunsAtMost]); else pads are counted ([onePadEach]). The rings of 2^5 and 2^6 elements are here for the
// rounds that combine digits, which are bits.
func TestViewsAreEqual(t *testing.T) {
	complete := map[string]bool{}
	for _, c := range []struct {
		ring    ring.Ring
		holders []int
		studied []studied
	}{
		{mustMod(2), []int{3, 2}, inAnyRing()},
		{mustMod(3), []int{2}, only(inAnyRing(), "mul", "square", "one mask, two products", "reveal", "sum, opened")},
		{mustMod(4), []int{2, 3}, append(inAnyRing(), modulo4()...)},
		{mustPower(3), []int{2, 3}, append(inAnyRing(), withSigns(1)...)},
		{mustPower(4), []int{2, 3}, append(inAnyRing(), withSigns(2)...)},
		{mustPower(5), []int{2, 3}, only(withSigns(3), "equal")},
		{mustPower(6), []int{2, 3}, only(withSigns(4), "sign", "relu and truncation")},
	} {
		if halvings > 0 {
			c.holders = c.holders[:1]
		}
		for _, holders := range c.holders {
			for _, s := range c.studied {
				name := fmt.Sprintf("%s among %d in %v", s.name, holders, c.ring)
				t.Run(name, func(t *testing.T) {
					for without := range holders {
						r := compareViews(t, c.ring, holders, without, encoded(c.ring, s.secrets), s.f, allRunsAtMost())
						if r.differ != "" {
							t.Errorf("all but holder %d: %s", without, r.differ)
						}
						complete[name] = r.runs > 0
						if r.runs > 0 {
							t.Logf("all but %d: all %d combinations of %d random numbers", without, r.runs, len(r.draws))
						} else {
							t.Logf("all but %d: %d random numbers with 2^%.0f combinations, pads counted", without, len(r.draws), logCombinations(r.draws))
						}
					}
				})
			}
		}
	}
	for _, name := range []string{"mul among 2 in Z_2^2", "square among 3 in Z_2^2", "truncate among 2 in Z_2^3", "truncate among 2 in Z_2^4", "sign among 2 in Z_2^3"} {
		if halvings == 0 && !complete[name] {
			t.Errorf("%s: not all randomness was enumerated", name)
		}
	}
}

// In Z_2^64 nothing coincides by chance: of 64 runs, two numbers move alike because they are
// made alike. There, in the protocols as they are used, with all digits and all the precision
// of elementary functions, each number that a coalition is sent has a pad of its own.
func TestEveryNumberHasAPad(t *testing.T) {
	const runs, f = 64, 16
	r := mustPower(64)
	for _, c := range Catalogue() {
		if c.Name == "open" || c.Name == "reveal" { // what is meant to be known has none
			continue
		}
		function := c.Domain != nil
		protocol := func(p *Protocol, x []*Shared) *Shared {
			in := x
			if c.Columns > 1 {
				in = nil
				for i := range c.Inputs {
					in = append(in, columnsOf(p, x[i], x[i+c.Inputs]))
				}
			}
			if c.Name == "matmul" { // a column times a row
				in[1] = p.each(1, runs, func(i int, z *tensor.Dense) { copy(z.Uint64s(), x[1].Share[i].Uint64s()) })
			}
			if z := c.Run(p, f, in...); z != nil {
				return z
			}
			return x[0]
		}
		secrets := make([][]uint64, 2)
		for i := range c.Inputs * min(2, c.Columns) {
			secrets[0], secrets[1] = append(secrets[0], uint64(i)<<f), append(secrets[1], uint64(3-i)<<f)
		}
		for _, holders := range []int{2, 3} {
			switch {
			case c.Holders > 0 && holders != c.Holders:
				continue
			case c.Name == "reciprocal" && (holders > 2 || os.Getenv("UNSEEN_LONG") == ""): // thirty comparisons
				continue
			case function && holders > 2 && os.Getenv("UNSEEN_LONG") == "":
				continue
			}
			t.Run(fmt.Sprintf("%s among %d", c.Name, holders), func(t *testing.T) {
				t.Parallel()
				for without := range holders {
					if what := onePadEach(t, r, holders, coalition(holders, without), secrets, protocol, runs); what != "" {
						t.Errorf("all but holder %d: %s", without, what)
					}
				}
			})
		}
	}
}

// A party outside the holders to whom a result is revealed gets a share of it from
// each of them. It learns the result, and nothing of how it came about.
func TestReceiverLearnsTheResultOnly(t *testing.T) {
	one := func(f func(p *Protocol, x *Shared) *Shared) protocolUnderTest {
		return func(p *Protocol, x []*Shared) *Shared { return f(p, x[0]) }
	}
	for _, s := range []studied{
		{"sum", [][]int64{{1, 2}, {0, 3}, {3, 0}}, func(p *Protocol, x []*Shared) *Shared { return p.Add(x[0], x[1]) }},
		{"twice", [][]int64{{1}, {-3}}, one(func(p *Protocol, x *Shared) *Shared { return p.Scale(2, x) })},
		{"mul", [][]int64{{0, 1}, {3, 0}, {2, -4}}, func(p *Protocol, x []*Shared) *Shared { return p.Mul(x[0], x[1]) }},
		{"square", [][]int64{{1}, {3}, {-1}}, one(func(p *Protocol, x *Shared) *Shared { return p.Square(x) })},
		{"sign", [][]int64{{0}, {1}}, one(func(p *Protocol, x *Shared) *Shared { return p.Msb(x) })},
		{"exact truncation", [][]int64{{0}, {1}}, one(func(p *Protocol, x *Shared) *Shared { return p.TruncateExact(x, 1) })},
		{"relu", [][]int64{{0}, {-1}, {-2}}, one(func(p *Protocol, x *Shared) *Shared { y, _ := p.ReLU(x); return y })},
		{"relu with its bit", [][]int64{{0}, {-1}, {-2}}, one(func(p *Protocol, x *Shared) *Shared {
			y, positive := p.ReLU(x)
			return p.Beside(y, p.Arithmetic(positive))
		})},
	} {
		f := s.f
		reveal := func(p *Protocol, x []*Shared) *Shared {
			z := f(p, x)
			p.RevealTo(somebody(), "z", "a test", z)
			return z
		}
		for _, holders := range []int{2, 3} {
			r := mustPower(3)
			if result := compareViews(t, r, holders, alone, encoded(r, s.secrets), reveal, allRuns); result.differ != "" {
				t.Errorf("%s among %d: the receiver tells apart secrets whose results are the same: %s", s.name, holders, result.differ)
			}
		}
	}
	r := mustPower(3) // the test can fail: different results
	reveal := func(p *Protocol, x []*Shared) *Shared { p.RevealTo(somebody(), "x", "a test", x[0]); return x[0] }
	if compareViews(t, r, 2, alone, encoded(r, [][]int64{{0}, {1}}), reveal, allRuns).differ == "" {
		t.Error("the receiver does not see what is revealed to it")
	}
}

// only picks studied protocols by name.
func only(all []studied, names ...string) []studied {
	return slices.DeleteFunc(all, func(s studied) bool { return !slices.Contains(names, s.name) })
}

// naive truncates without a word among three: the first holder shifts its share, the
// others negate, shift and negate.
func naive(p *Protocol, x []*Shared) *Shared {
	return p.like(x[0], func(i int, z *tensor.Dense) {
		for j, s := range x[0].Share[i].Uint64s() {
			if i == first {
				z.Uint64s()[j] = s >> 1
			} else {
				z.Uint64s()[j] = p.Ring.Fold(-(p.Ring.Fold(-s) >> 1))
			}
		}
	})
}

// A truncation is right whatever the randomness: the quotient rounded down or up,
// and exactly where it says so. The naive truncation's view is innocent, since
// nothing is sent, but it is wrong in half of the cases.
func TestTruncationIsRightForAllRandomness(t *testing.T) {
	const f = 1
	for name, c := range map[string]struct {
		holders int
		f       protocolUnderTest
		ulp     int64
		wrong   bool
	}{
		"dealer":        {2, func(p *Protocol, x []*Shared) *Shared { return p.Truncate(x[0], f) }, 1, false},
		"relu":          {2, func(p *Protocol, x []*Shared) *Shared { y, _ := p.ReLUTruncate(p.Neg(x[0]), f); return p.Neg(y) }, 1, false},
		"exact":         {2, func(p *Protocol, x []*Shared) *Shared { return p.TruncateExact(x[0], f) }, 0, false},
		"naive among 3": {3, naive, 1, true},
	} {
		r := mustPower(3)
		low, high := int64(-2), int64(1)
		if name == "relu" {
			high = 0 // max(0, −x) of what is not positive
		}
		w := &world{ring: r, holders: c.holders, rows: enoughRows(0), value: func(draw, row int) uint64 { return 0 }, inputs: func(v, row int) uint64 { return 0 }}
		w.run(t, 0, 1, c.f)
		runs := min(combinations(w.draws), 1<<16>>halvings) // all, or so many that the input's and most of the mask's draws are
		for x := low; x <= high; x++ {
			enumerated := &world{ring: r, holders: c.holders, rows: enoughRows(runs), draws: w.draws, at: w.at}
			enumerated.inputs = func(v, row int) uint64 { return r.Element(x) }
			enumerated.value = func(draw, row int) uint64 {
				rest := uint64(row)
				for _, d := range w.draws[:draw] {
					rest /= d.base
				}
				return rest % w.draws[draw].base
			}
			z, _ := enumerated.run(t, 0, 1, c.f)
			wrong := 0
			for _, got := range z.Uint64s()[:runs] {
				if down := x >> f; r.Signed(got) != down && (r.Signed(got) != down+c.ulp || x&(1<<f-1) == 0) {
					wrong++
				}
			}
			if share := float64(wrong) / float64(runs); share > 0 != c.wrong || c.wrong && share < 0.25 {
				t.Errorf("%s: %d / %d is wrong in %.1f %% of the cases", name, x, 1<<f, 100*share)
			}
		}
	}
	r := mustPower(3)
	for without := range 3 {
		if s := compareViews(t, r, 3, without, encoded(r, [][]int64{{0}, {1}, {-2}}), naive, allRuns).differ; s != "" {
			t.Errorf("naive truncation shows something: %s", s)
		}
	}
}

// Bits of a last word that stand for no element are 0 in every message: they would
// carry what no mask hides.
func TestUnusedBitsOfMessagesAreZero(t *testing.T) {
	const n = 5
	p := protocol(t, ring.Ring{}, 3, 1)
	messages := 0
	p.Tracer = trace.NewTracer(func(e *trace.Event) {
		if e.Kind != trace.Sent || e.Party == p.Crypto.ID {
			return
		}
		for _, v := range e.Outputs {
			if !strings.HasPrefix(v.Name, "m") && !strings.HasPrefix(v.Name, "δ") {
				continue
			}
			messages++
			for _, word := range v.Parts[0].Data.Uint64s() {
				if word>>n != 0 {
					t.Fatalf("%s from %s to %s: %x", v.Name, e.Party, e.To, word)
				}
			}
		}
	}, 0)
	x, y := split(t, p, ring.New(n, 1), 1), split(t, p, ring.New(n, 1), 2)
	p.ReLUTruncate(x, 16)
	p.Equal(x, y)
	p.TruncateExact(x, 16)
	p.LessThanConstants(x, 1, 2, 3)
	if messages < 40 {
		t.Errorf("%d messages of bits were seen", messages)
	}
}

// Whatever is computed, no dealer's stream is drawn from twice, and what is dealt is
// used: masks, products, pairs, bits and waves.
func TestMaterialIsDrawnAndUsedOnce(t *testing.T) {
	for _, n := range []int{2, 3, 5} {
		for _, named := range Catalogue() {
			if named.Holders == 0 || named.Holders == n {
				checkDrawnAndUsedOnce(t, named, n)
			}
		}
	}
}

func checkDrawnAndUsedOnce(t *testing.T, named Named, n int) {
	t.Helper()
	drawn := map[position]bool{}
	dealer, err := prep.NewDealerFrom(ring.Ring{}, n, func(holder int, counter uint64) rand.Source {
		if drawn[position{holder, counter}] {
			t.Errorf("%s among %d: holder %d's stream %d is drawn from twice", named.Name, n, holder, counter)
		}
		drawn[position{holder, counter}] = true
		return rand.NewPCG(uint64(holder), counter)
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(ring.Ring{}, n, dealer)
	if err != nil {
		t.Fatal(err)
	}
	var in []*Shared
	for i := range named.Inputs {
		in = append(in, split(t, p, ring.New(2, max(2, named.Columns)), uint64(i)))
	}
	named.Run(p, 16, in...)
	l := dealer.Ledger()
	for kind, c := range map[string]prep.Count{"masks": l.Masks, "products": l.Products, "truncation pairs": l.Truncations,
		"comparison masks": l.Comparisons, "daBits": l.DaBits, "waves": l.Waves} {
		if c.Left() != 0 {
			t.Errorf("%s among %d: %d of %d %s were not used once", named.Name, n, c.Left(), c.Dealt, kind)
		}
	}
}

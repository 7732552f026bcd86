package mpc

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"unseen/engine/ring"
	"unseen/engine/rng"
)

// What the statistical comparison of views takes.
const (
	samples = 20_480 // runs for each secret
	cells   = 256    // of one test, at most
	leastP  = 1e-4   // of all tests of one comparison together (Bonferroni)
)

// sample is one number that a coalition sees, in every run, below 256.
type sample struct {
	name   string
	base   uint64 // 2 for bits, of which it may have several
	wide   bool   // above 16, so that a pair takes the low and the high half apart
	values []byte
	half   [2][]byte // the low and the high halves of the values; all the same if it is not wide
}

// sampled runs a protocol on one secret many times, as rows of one matrix, whose
// randomness is independent. It returns what all holders but one get as messages,
// with what is opened to them, and their own shares: of the inputs and of what they
// draw, each of theirs and all of theirs together.
func sampled(t *testing.T, r ring.Ring, holders, without int, across bool, seed uint64, secret []uint64, f protocolUnderTest) (messages, own []sample) {
	t.Helper()
	key := rng.Seeded(seed)
	var tables [][]uint64
	w := &world{ring: r, holders: holders, rows: samples, across: across, inputs: func(v, row int) uint64 { return secret[v] }}
	w.value = func(draw, row int) uint64 {
		for len(tables) <= draw {
			table := make([]uint64, samples)
			key.Stream("draw", 0, uint64(len(tables))).Fill(table)
			for i := range table {
				table[i] %= w.draws[len(tables)].base // a power of two: uniform
			}
			tables = append(tables, table)
		}
		return tables[draw][row]
	}
	w.learn(t, len(secret), f)
	members := coalition(holders, without)
	_, sent := w.run(t, members, len(secret), f)
	seen := w.columns(sent)
	drawn := func(c column) bool { // it was not sent, but is expanded from a key
		return c.from == "dealer" && slices.ContainsFunc(tables, func(t []uint64) bool { return slices.Equal(t, c.values) })
	}
	before := column{} // the message that is taken apart
	for _, c := range seen {
		switch {
		case c.from == "" || drawn(c): // own shares: below
			continue
		case c.by&members != 0: // what members say follows from what each of them sees
			continue
		case c.from == "opened" && c.to&(members&-members) == 0: // one of them has it
			continue
		}
		if n := len(messages); c.vector%8 > 0 && before.name == c.name && before.vector/8 == c.vector/8 {
			messages[n-1].append(c.values) // bits that were sent together
		} else {
			messages = append(messages, newSample(fmt.Sprintf("%s %d from %s", c.name, c.vector, c.from), c.base, c.values))
		}
		before = c
	}
	for i, d := range w.draws {
		if d.holder == without {
			continue
		}
		if d.vector%8 > 0 {
			own[len(own)-1].append(tables[i])
			continue
		}
		own = append(own, newSample(fmt.Sprintf("draw %d.%d", d.counter, d.vector), d.base, tables[i]))
	}
	for v := range secret {
		if without != holders-1 { // the last one's share is the first it sees
			own = append(own, newSample(fmt.Sprintf("draw %d.%d", ^uint64(v), -1), r.Modulus(), seen[v].values))
		}
	}
	return messages, append(own, together(own)...)
}

// together adds up shares of the same thing, known by their names, where there are
// several.
func together(own []sample) []sample {
	first, several := map[string]int{}, map[string]bool{}
	var out []sample
	for _, s := range own {
		i, ok := first[s.name]
		if !ok {
			first[s.name] = len(out)
			out = append(out, sample{name: s.name, base: s.base, wide: s.wide, values: slices.Clone(s.values)})
			continue
		}
		several[s.name] = true
		for row, v := range s.values {
			if s.base == 2 {
				out[i].values[row] ^= v
			} else {
				out[i].values[row] = byte((uint64(out[i].values[row]) + uint64(v)) % s.base)
			}
		}
	}
	out = slices.DeleteFunc(out, func(s sample) bool { return !several[s.name] })
	for i := range out {
		out[i].name += ", together"
	}
	return out
}

func newSample(name string, base uint64, values []uint64) sample {
	s := sample{name: name, base: base, wide: base > 16, values: make([]byte, len(values))}
	for i, v := range values {
		s.values[i] = byte(v)
	}
	return s
}

// append adds a bit to each value.
func (s *sample) append(bits []uint64) {
	top := byte(0)
	for i, v := range s.values {
		s.values[i] = v<<1 | byte(bits[i])
		top |= s.values[i]
	}
	s.wide = top > 15
}

// chance is the least p-value among some tests, times their number.
type chance struct {
	p     float64
	tests int
	name  string
}

func (c *chance) note(p float64, name string) {
	if c.tests == 0 || p < c.p {
		c.p, c.name = p, name
	}
	c.tests++
}

// corrected is the p-value after Bonferroni's correction for so many tests.
func (c chance) corrected(tests int) float64 { return min(1, c.p*float64(max(1, tests))) }

// verdict is the outcome of the tests of one comparison, by kind.
type verdict struct {
	single, pair, own chance
}

// tests returns how many tests there were.
func (v verdict) tests() int { return v.single.tests + v.pair.tests + v.own.tests }

// worst returns the least p-value of all, corrected.
func (v verdict) worst() (float64, string) {
	worst := chance{p: 1}
	for _, c := range []chance{v.single, v.pair, v.own} {
		if c.tests > 0 && c.p < worst.p {
			worst = c
		}
	}
	return worst.corrected(v.tests()), worst.name
}

// judge compares what a coalition sees for two secrets: every message, every pair of
// messages, and every message with every own share.
func judge(t *testing.T, r ring.Ring, holders, without int, across bool, secrets [2][]uint64, f protocolUnderTest) (v verdict) {
	t.Helper()
	var messages, own [2][]sample
	for i := range secrets {
		messages[i], own[i] = sampled(t, r, holders, without, across, uint64(1000*holders+10*without+i), secrets[i], f)
		halve(messages[i])
		halve(own[i])
	}
	for i, m := range messages[0] {
		v.single.note(homogeneity(counted(m), counted(messages[1][i])), m.name)
		for j, other := range messages[0][:i] {
			judgePair(&v.pair, m, other, messages[1][i], messages[1][j])
		}
		for j, share := range own[0] {
			judgePair(&v.own, m, share, messages[1][i], own[1][j])
		}
	}
	return v
}

// judgePair tests a pair of numbers, seen for one secret and for the other: their low
// halves, and where they have any, their high halves, in 16 × 16 cells.
func judgePair(c *chance, a, b, a2, b2 sample) {
	c.note(homogeneity(countedPairs(a, b, 0), countedPairs(a2, b2, 0)), a.name+" with "+b.name)
	if a.wide || b.wide {
		c.note(homogeneity(countedPairs(a, b, 1), countedPairs(a2, b2, 1)), a.name+" with "+b.name+", high halves")
	}
}

func counted(s sample) (counts [cells]int) {
	for _, v := range s.values {
		counts[v]++
	}
	return counts
}

// halve takes the halves of numbers apart, once for all pairs.
func halve(samples []sample) {
	for i := range samples {
		s := &samples[i]
		low := make([]byte, len(s.values))
		for j, v := range s.values {
			low[j] = v & 15
		}
		s.half = [2][]byte{low, low}
		if s.wide {
			s.half[1] = make([]byte, len(s.values))
			for j, v := range s.values {
				s.half[1][j] = v >> 4
			}
		}
	}
}

// countedPairs counts pairs of low halves (0) or high halves (1).
func countedPairs(a, b sample, which int) (counts [cells]int) {
	x, y := a.half[which], b.half[which]
	y = y[:len(x)]
	for i, v := range x {
		counts[v|y[i]<<4]++
	}
	return counts
}

// homogeneity is Pearson's chi-square test that two samples of one size come from
// one distribution: its p-value.
func homogeneity(a, b [cells]int) float64 {
	chi, filled := 0.0, 0
	for i := range a {
		if n := a[i] + b[i]; n > 0 {
			d := float64(a[i] - b[i])
			chi += d * d / float64(n)
			filled++
		}
	}
	if filled < 2 {
		return 1
	}
	return distuv.ChiSquared{K: float64(filled - 1)}.Survival(chi)
}

// In Z_2^8, over many runs with fixed seeds, no message, no pair of messages and no
// message with an own share tells two secrets apart. A run is an element of a
// matrix: elements are independent. Of cross-entropy all is looked at but what is opened for
// the sum of all runs: that is one truncation.
func TestViewsLookAlike(t *testing.T) {
	r := mustPower(8)
	all := &verdicts{least: 1}
	study := func(across bool, holders []int, list ...studied) {
		for _, s := range list {
			secrets := [2][]uint64{}
			copy(secrets[:], encoded(r, [][]int64{s.secrets[0], s.secrets[len(s.secrets)-1]}))
			for _, n := range holders {
				for without := range n {
					name := fmt.Sprintf("%s, all of %d but %d", s.name, n, without)
					t.Run(name, func(t *testing.T) {
						t.Parallel()
						v := judge(t, r, n, without, across, secrets, s.f)
						if p, what := v.worst(); p < leastP {
							t.Errorf("%v are told apart by %s: p = %.2g after correction", secrets, what, p)
						}
						all.note(v, name)
					})
				}
			}
		}
	}
	t.Cleanup(func() {
		t.Logf("%d tests of %d runs each; the least p, corrected, is %.2g: %s", all.tests, 2*samples, all.least, all.where)
	})
	basic := append(inAnyRing(), withSigns(5)...)
	if halvings > 0 {
		study(false, []int{2}, only(basic, "mul", "relu there and back")...)
		return
	}
	study(false, []int{2, 3}, basic...)
	if os.Getenv("UNSEEN_LONG") == "" {
		t.Log("UNSEEN_LONG is not set: without the elementary functions")
		return
	}
	study(false, []int{2, 3}, only(functions(tiny(r)), "exp", "reciprocal", "log to 2", "logistic by waves, of a product", "cross-entropy by waves")...)
	study(false, []int{2, 3}, only(functions(short(r)), "cross-entropy", "softmax of 3", "cross-entropy of 3")...)
	study(true, []int{2, 3}, only(functions(tiny(r)), "moments", "mean and variance")...)
}

// verdicts are those of comparisons made side by side.
type verdicts struct {
	sync.Mutex
	tests int
	least float64 // p of all, corrected
	where string
}

func (all *verdicts) note(v verdict, name string) {
	all.Lock()
	defer all.Unlock()
	all.tests += v.tests()
	if p, what := v.worst(); p < all.least {
		all.least, all.where = p, name+", "+what
	}
}

// The same tests find what is broken, and where: one mask for two values shows in
// pairs of messages and nowhere else, a narrow r with one's own share of it, and a
// bit opened without ρ by itself.
func TestBrokenViewsLookDifferent(t *testing.T) {
	r := mustPower(8)
	for name, c := range map[string]struct {
		f                 protocolUnderTest
		single, pair, own bool // what must find it
	}{
		"one mask for two values": {reusedMask, false, true, false},
		"r from half of the ring": {narrowMask, false, false, true},
		"m without ρ":             {bareSign, true, true, true},
		"one ρ for two bits":      {sharedRho, true, true, true},
		"one set of digit masks":  {sharedGroups, true, true, true},
	} {
		secrets := [2][]uint64{}
		copy(secrets[:], encoded(r, [][]int64{{0, 1}, {-50, 20}}))
		v := judge(t, r, 2, 0, false, secrets, c.f)
		all := v.tests()
		for _, k := range []struct {
			kind string
			got  chance
			want bool
		}{{"messages", v.single, c.single}, {"pairs of messages", v.pair, c.pair}, {"messages with own shares", v.own, c.own}} {
			if p := k.got.corrected(all); p < leastP != k.want {
				t.Errorf("%s: %s: the least p, corrected, is %.2g, of %s", name, k.kind, p, k.got.name)
			}
		}
	}
}

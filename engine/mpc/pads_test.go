package mpc

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"unseen/engine/ring"
	"unseen/engine/rng"
)

// # Views too large to try
//
// A softmax takes hundreds of random numbers: nobody tries all their values. But a view is
// made of one-time pads, and pads can be counted.
//
// What a coalition of all holders but one sees is: what its members draw, what the dealer
// and the honest holder send them, and what they send themselves. Say that
//
//   - (a) what the members send follows from the rest, and
//   - (b) each number that they are sent is a one-time pad: ±s ± u, or s ⊕ u for bits, with
//     a random number u of the honest holder, a pad of its own, and an s that has nothing to
//     do with u.
//
// Put the numbers in a row M_1, M_2, … with their pads u_1, u_2, …, so that u_j has nothing
// to do with M_1 … M_(j−1); it need not be the row in which they are sent. Fix the secret
// and all other randomness. Then M_1 and u_1 determine each other; once u_1 is known, so do
// M_2 and u_2; and so on. So there is exactly one (u_1, u_2, …) for each (M_1, M_2, …): every
// view occurs, and each equally often, whatever the secret is.
//
// That is shown in two parts. Numbers are made in few steps, such as opening x − a, and for
// each of them everything is tried: whatever the holders had before, and all randomness of
// the step ([TestStepsHideEverything], and TestDealingHidesEverything of package prep). What
// remains is that protocols are made of such steps only, and use no pad twice. [onePadEach]
// looks for the pads, and for the row, in many runs of the protocol, which differ in one of
// the honest holder's random numbers at a time. What hides what does not depend on the
// numbers: no protocol decides by a share what to do next. So many runs show as much as all:
// in Z_2^3 and Z_2^4 every value meets every pad in them ([TestViewsAreEqual]), and in Z_2^64
// nothing moves alike by chance ([TestEveryNumberHasAPad]).

// allPairs is how many runs it takes, side by side, until every value has met every pad in
// a ring of 2^k elements, 32 times on average.
func allPairs(r ring.Ring) int {
	if r.Width() > 4 {
		return math.MaxInt
	}
	return 32 << (2 * r.Width())
}

// manyRuns is as many, but no more than in Z_2^4.
func manyRuns(r ring.Ring) int { return max(1<<10, min(allPairs(r), allPairs(mustPower(4)))) }

// position is where random words are drawn: by a holder, at a number of the dealer or of
// an input.
type position struct {
	holder  int
	counter uint64
}

// tape holds all random words of some runs, by the position at which they were drawn.
type tape map[position][]uint64

// play returns draws that repeat what is on the tape; what is not on it is drawn from a
// key and written down.
func (p tape) play(key rng.Key) func(holder int, counter uint64) rand.Source {
	return func(holder int, counter uint64) rand.Source {
		return &taped{p, position{holder, counter}, key}
	}
}

// without returns a copy of a tape without some positions.
func (p tape) without(gone func(position) bool) tape {
	out := maps.Clone(p)
	maps.DeleteFunc(out, func(at position, _ []uint64) bool { return gone(at) })
	return out
}

type taped struct {
	tape tape
	at   position
	key  rng.Key
}

// Uint64 is there to make a source; rings of 2^k elements ask for many words at once.
func (s *taped) Uint64() uint64 { panic("one word alone") }

// Fill gives as many words as are asked for.
func (s *taped) Fill(words []uint64) {
	if s.tape[s.at] == nil {
		s.tape[s.at] = make([]uint64, len(words))
		s.key.Stream(fmt.Sprint("holder ", s.at.holder), 0, s.at.counter).Fill(s.tape[s.at])
	}
	copy(words, s.tape[s.at])
}

// padding is the search for pads in what a coalition is sent.
type padding struct {
	ring    ring.Ring
	holders int
	members uint            // of the coalition
	inputs  []*tensor.Dense // secrets, run by run
	runs    int
	f       protocolUnderTest
	memory  ring.Buffers
}

// onePadEach says what is wrong with (a) and (b) for a coalition and a protocol, or
// nothing, by so many runs. The secrets occur side by side.
func onePadEach(t *testing.T, r ring.Ring, holders int, members uint, secrets [][]uint64, f protocolUnderTest, runs int) string {
	t.Helper()
	p := &padding{ring: r, holders: holders, members: members, runs: runs, f: f}
	choice := rand.New(rand.NewPCG(1, 2))
	for range secrets[0] {
		p.inputs = append(p.inputs, ring.New(runs, 1))
	}
	for row := range runs {
		secret := secrets[choice.IntN(len(secrets))]
		for v, x := range p.inputs {
			x.Uint64s()[row] = secret[v]
		}
	}
	if what := p.strange(t); what != "" {
		return what
	}
	return p.bare(t)
}

// honest reports whether a position is not the coalition's.
func (p *padding) honest(at position) bool { return p.members&(1<<at.holder) == 0 }

// # (a) What members send follows from what they know

// strange names a message that a member sends although it does not follow from what the
// coalition draws and is sent. All that is honest is drawn anew, and the secrets with it;
// but what reaches the coalition is replaced by what reached it before. Its members must
// not notice.
func (p *padding) strange(t *testing.T) string {
	t.Helper()
	random := tape{}
	var arrived []*tensor.Dense
	before := p.run(t, random, rng.Seeded(1), p.inputs, func(f Flight) { arrived = append(arrived, f.Data.Clone().(*tensor.Dense)) })
	again := random.without(p.honest)
	p.run(t, again, rng.Seeded(2), p.inputs, nil) // draws what is missing
	other := make([]*tensor.Dense, len(p.inputs))
	for v, x := range p.inputs {
		other[v] = x.Clone().(*tensor.Dense)
		for at := range random {
			if at.counter == ^uint64(v) && p.honest(at) { // the last holder is left the same share
				p.ring.Add(other[v], other[v], ring.From(x.Size(), 1, again[at]))
				p.ring.Sub(other[v], other[v], ring.From(x.Size(), 1, random[at]))
			}
		}
		if p.members&(1<<(p.holders-1)) == 0 { // the last holder is the honest one
			p.ring.AddConstant(other[v], other[v], 1)
		}
	}
	next := 0
	now := p.run(t, again, rng.Seeded(2), other, func(f Flight) {
		if p.member(f.To) && !p.member(f.From) {
			copy(f.Data.Uint64s(), arrived[next].Uint64s())
		}
		next++
	})
	for i, m := range before {
		if m.by&p.members != 0 && !slices.Equal(m.data, now[i].data) {
			return fmt.Sprintf("message %d, %s from %s, does not follow from what those who send it know", i, m.name, m.from)
		}
	}
	return ""
}

// member reports whether a party with this id is in the coalition.
func (p *padding) member(id string) bool {
	for i := range p.holders {
		if id == fmt.Sprint("holder ", i) {
			return p.members&(1<<i) != 0
		}
	}
	return id == somebody().ID && p.members&(1<<outsider) != 0
}

func (p *padding) run(t *testing.T, random tape, key rng.Key, inputs []*tensor.Dense, tamper func(Flight)) []message {
	t.Helper()
	_, seen := run(t, p.ring, p.holders, p.members, random.play(key), inputs, p.f, hooks{tamper: tamper, memory: &p.memory})
	return seen
}

// # (b) Each number that they are sent has a pad of its own

// number is one number of each run that a coalition is sent: a column of ring elements, or
// a vector of packed bits.
type number struct {
	name  string
	words int // of a vector of bits; 0: ring elements
	data  []uint64
}

// columns takes what was drawn or sent in all runs apart: ring elements into columns with
// one for each run, packed bits into vectors of so many words. What is one for all runs
// remains whole.
func (p *padding) columns(data []uint64, words int) [][]uint64 {
	if words > 0 {
		return slices.Collect(slices.Chunk(data, words))
	}
	wide := len(data) / p.runs
	if wide <= 1 || len(data)%p.runs != 0 {
		return [][]uint64{data}
	}
	out := make([][]uint64, wide)
	for i, v := range data {
		out[i%wide] = append(out[i%wide], v)
	}
	return out
}

// received lists what a coalition is sent.
func (p *padding) received(t *testing.T, random tape, key rng.Key) (out []number) {
	t.Helper()
	seen := p.run(t, random, key, p.inputs, nil)
	for i, m := range seen {
		if m.by&p.members != 0 || m.from == "opened" || p.follows(m, seen) {
			continue
		}
		if !m.packed && len(m.data)*p.ring.Width() < 64 {
			t.Fatalf("%s from %s: so few bits, %d elements, may move alike by chance", m.name, m.from, len(m.data))
		}
		words := 0
		if m.packed {
			words = m.shape[1]
		}
		for _, c := range p.columns(m.data, words) {
			out = append(out, number{fmt.Sprintf("message %d, %s from %s", i, m.name, m.from), words, c})
		}
	}
	return out
}

// follows reports whether a message is a share of a result that is opened and always the
// same: then the last of the honest shares follows from the others.
func (p *padding) follows(m message, seen []message) bool {
	last := uint(1) << (p.holders - 1)
	for last&p.members != 0 {
		last >>= 1
	}
	return m.by == last && slices.ContainsFunc(seen, func(o message) bool {
		return o.from == "opened" && o.name == m.name && !o.packed && len(o.data) >= p.runs && !slices.ContainsFunc(p.columns(o.data, 0), varies)
	})
}

// varies reports whether a column has different values.
func varies(column []uint64) bool {
	return slices.ContainsFunc(column, func(v uint64) bool { return v != column[0] })
}

// move is what happens to a number when the random words of a position are drawn anew: it
// changes by as much as one column of these, or in another way.
type move struct {
	column int // other: in another way
	sign   int // of a summand: 1 or −1, or 0 where it is now this, now that
}

const other = -1

// bare names numbers that no pad hides. For each position of the honest holder's draws it
// finds the numbers that change with what is drawn there. A position whose remaining
// numbers all change by as much as it does, each by a column of its own, gives these their
// pads: they come last in the row, and are put aside. If nothing remains, all have pads,
// and the row is that in which they were put aside, from its end.
func (p *padding) bare(t *testing.T) string {
	t.Helper()
	random := tape{}
	before := p.received(t, random, rng.Seeded(1))
	positions := slices.SortedFunc(maps.Keys(random), func(a, b position) int {
		return cmp.Or(cmp.Compare(a.counter, b.counter), cmp.Compare(a.holder, b.holder))
	})
	positions = slices.DeleteFunc(positions, func(at position) bool { return !p.honest(at) })
	moves := make([]map[int]move, len(positions)) // by position: of the numbers that move
	for i, at := range positions {
		redrawn := random.without(func(here position) bool { return here == at })
		moves[i] = map[int]move{}
		for n, now := range p.received(t, redrawn, rng.Seeded(2)) {
			if !slices.Equal(now.data, before[n].data) {
				moves[i][n] = p.moved(before[n], now, random[at], redrawn[at])
			}
		}
	}
	remaining := map[int]bool{}
	for n, m := range before {
		again := slices.ContainsFunc(before[:n], func(earlier number) bool { return slices.Equal(earlier.data, m.data) })
		if !again && !p.drawnByMembers(m, random) {
			remaining[n] = true
		}
	}
	for progress := true; progress; {
		progress = false
		for i, at := range positions {
			hides := p.pads(moves[i], remaining)
			for n, m := range hides {
				if what := p.met(before[n], m, random[at]); what != "" {
					return what
				}
				delete(remaining, n)
				progress = true
			}
		}
	}
	if len(remaining) == 0 {
		return ""
	}
	last := slices.Max(slices.Collect(maps.Keys(remaining)))
	return fmt.Sprintf("of %d numbers, %d have no pad of their own; the last is %s", len(before), len(remaining), before[last].name)
}

// pads returns the remaining numbers that move with a position, if it is a pad for all of
// them, each with a column of its own; else none.
func (p *padding) pads(moves map[int]move, remaining map[int]bool) map[int]move {
	hides, taken := map[int]move{}, map[int]bool{}
	for n, m := range moves {
		if !remaining[n] {
			continue
		}
		if m.column == other || taken[m.column] {
			return nil
		}
		hides[n], taken[m.column] = m, true
	}
	return hides
}

// moved compares how a number changed with how the words of a position did.
func (p *padding) moved(before, now number, key, redrawn []uint64) move {
	new := p.columns(redrawn, before.words)
	for c, old := range p.columns(key, before.words) {
		if len(old) != len(now.data) {
			return move{column: other}
		}
		if before.words > 0 {
			if alike(len(old), func(i int) bool { return now.data[i]^before.data[i] == new[c][i]^old[i] }) {
				return move{column: c, sign: 1}
			}
			continue
		}
		is := func(i int) uint64 { return p.ring.Difference(now.data[i], before.data[i]) }
		by := func(i int) uint64 { return p.ring.Fold(new[c][i] - old[i]) }
		plus := alike(len(old), func(i int) bool { return is(i) == by(i) })
		minus := alike(len(old), func(i int) bool { return is(i) == p.ring.Fold(-by(i)) })
		switch {
		case plus:
			return move{c, 1}
		case minus:
			return move{c, -1}
		case alike(len(old), func(i int) bool { return is(i) == by(i) || is(i) == p.ring.Fold(-by(i)) }):
			return move{c, 0}
		}
	}
	return move{column: other}
}

// alike reports whether something is so for all of n.
func alike(n int, same func(i int) bool) bool {
	for i := range n {
		if !same(i) {
			return false
		}
	}
	return true
}

// met checks that every value that a number hides met every value of its pad. Where the
// pad's sign is now this, now that, there is no telling what it hides.
func (p *padding) met(n number, m move, key []uint64) string {
	if m.sign == 0 || p.runs < allPairs(p.ring) {
		return ""
	}
	pairs, hidden, pads := map[[2]uint64]bool{}, map[uint64]bool{}, int(p.ring.Modulus())
	pair := func(s, u uint64) { pairs[[2]uint64{s, u}], hidden[s] = true, true }
	key = p.columns(key, n.words)[m.column]
	if n.words > 0 {
		pads = 2
	}
	for i, v := range n.data {
		if n.words == 0 {
			u := p.ring.Fold(key[i])
			pair(p.ring.Fold(v-uint64(m.sign)*u), u)
			continue
		}
		for b := range 64 {
			pair((v^key[i])>>b&1, key[i]>>b&1)
		}
	}
	if len(pairs) < len(hidden)*pads {
		return fmt.Sprintf("%s: %d of %d pairs of a value and a pad occur", n.name, len(pairs), len(hidden)*pads)
	}
	return ""
}

// drawnByMembers reports whether a number is what a member of the coalition has drawn
// itself, which the dealer need not send.
func (p *padding) drawnByMembers(n number, random tape) bool {
	for at, words := range random {
		if p.honest(at) {
			continue
		}
		for _, own := range p.columns(words, n.words) {
			if slices.EqualFunc(own, n.data, func(a, b uint64) bool { return a == b || n.words == 0 && p.ring.Fold(a) == b }) {
				return true
			}
		}
	}
	return false
}

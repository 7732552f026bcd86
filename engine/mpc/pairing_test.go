package mpc

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"unseen/engine/ring"
	"unseen/engine/rng"
)

// pairedRuns is how many runs are paired in a ring of 2^k elements.
func pairedRuns(r ring.Ring) int {
	if r.Width() > 4 {
		return 1 << 13 >> halvings
	}
	return 1 << (10 + r.Width()) >> halvings
}

// position is where random words are drawn: by a holder, at a number of the dealer or of
// an input.
type position struct {
	holder  int
	counter uint64
}

// tape holds all random words of a run, by the position at which they were drawn.
type tape map[position][]uint64

func (p tape) clone() tape {
	out := make(tape, len(p))
	for at, words := range p {
		out[at] = slices.Clone(words)
	}
	return out
}

// record returns draws that write down on the tape what is drawn for the first time, from
// a key, and repeat it afterwards.
func (p tape) record(key rng.Key) func(holder int, counter uint64) rand.Source {
	return func(holder int, counter uint64) rand.Source {
		return &taped{p, position{holder, counter}, key}
	}
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
	known, ok := s.tape[s.at]
	if !ok {
		known = make([]uint64, len(words))
		s.key.Stream(fmt.Sprint("holder ", s.at.holder), 0, s.at.counter).Fill(known)
		s.tape[s.at] = known
	}
	copy(words, known)
}

// pad says that some random numbers of a holder, its key, hide some numbers of a message,
// its text: they enter it as a summand, or with a minus sign, or bit by bit modulo 2.
// Key and text are columns of a matrix, or vectors of packed bits.
type pad struct {
	at        position
	key, keys int // which of how many columns were drawn there
	mesg      int // number of the message in the view
	text, all int // which of how many columns it has
	xor       bool
	sign      int // of a summand: 1 or −1, or 0 where it is now this, now that
}

// pairing is a comparison of views by pairs of runs.
type pairing struct {
	t       *testing.T
	ring    ring.Ring
	holders int
	members uint // of the coalition
	secrets [][]uint64
	f       protocolUnderTest
	seed    uint64
	pads    []pad
}

// pairViews compares what a coalition sees of a protocol for different secrets. For each
// of many runs, whose randomness and secret are drawn anew, it looks for its partner: a
// run for another secret in which every message to and from the coalition is the very
// same, and so is all that the coalition draws itself. The partner is found by solving,
// message by message, for the random numbers of the honest holder that hide them.
// Solving from the partner for the first secret must lead back to the first run.
//
// If all runs have partners, then pairing is one-to-one, and each view occurs exactly as
// often for one secret as for the other: no random number is left out, whether it is the
// honest holder's or the coalition's, and nothing is assumed about what hides what: a
// wrong guess finds no partner. Two things are left to chance.
//
//   - Runs are drawn. A difference that shows in at least one of 2^d runs is missed with
//     probability (1 − 2^-d)^pairedRuns: less than e^-32 for Z_2^3 and d = 8, and less
//     than e^-16 for Z_2^4 and d = 10.
//   - No difference is rarer than that, by the form of the protocols. What a holder sends
//     is linear in its shares, with public coefficients, each a function of at most two
//     opened numbers and one bit, of 2k + 1 bits together. A coefficient that is wrong is
//     wrong for at least one value of these, which are uniform, and then so is the sum for
//     at least half of the values of that share: in one of 2^(2k+2) runs. What the dealer
//     sends is a function of at most two masks and one bit, less random numbers.
func pairViews(t *testing.T, r ring.Ring, holders int, members uint, secrets [][]uint64, f protocolUnderTest, runs, matrices int) agreement {
	t.Helper()
	p := &pairing{t: t, ring: r, holders: holders, members: members, secrets: secrets, f: f}
	p.findPads()
	result := agreement{paired: len(p.pads)}
	for p.seed = range uint64(matrices) {
		if result.differ = p.pair(runs / matrices); result.differ != "" {
			break
		}
	}
	return result
}

// pair pairs runs, as many as rows.
func (p *pairing) pair(rows int) (differ string) {
	source := rand.New(rand.NewPCG(p.seed, uint64(p.members)))
	one, other := make([]int, rows), make([]int, rows) // secrets, row by row
	for row := range rows {
		one[row] = source.IntN(len(p.secrets))
		other[row] = (one[row] + 1 + source.IntN(len(p.secrets)-1)) % len(p.secrets)
	}
	first := tape{}
	view := p.view(first, one, nil)
	partner, differ := p.solve(first, other, view)
	if differ != "" {
		return differ
	}
	back, differ := p.solve(partner, one, view)
	if differ == "" && !p.same(first, back) {
		return "the way back: two runs have one partner"
	}
	return differ
}

// view runs the protocol on one secret a row. It returns what the coalition sees, or the
// beginning of it that is enough.
func (p *pairing) view(random tape, secret []int, enough func([]message) bool) []message {
	x := make([]*tensor.Dense, len(p.secrets[0]))
	for v := range x {
		x[v] = ring.New(len(secret), 1)
		for row, s := range secret {
			x[v].Uint64s()[row] = p.secrets[s][v]
		}
	}
	_, seen := run(p.t, p.ring, p.holders, p.members, random.record(rng.Seeded(p.seed)), x, p.f, enough)
	return seen
}

// honest reports whether a position is not the coalition's.
func (p *pairing) honest(at position) bool { return p.members&(1<<at.holder) == 0 }

// few is a number of rows of which one word of bits has as many.
const few = 64

// findPads finds out which random numbers hide what, by changing the honest holder's:
// those of one position at a time, by random amounts. The first numbers that change by the
// same amounts are what they hide, unless others were found to hide these before.
func (p *pairing) findPads() {
	secret := make([]int, few)
	random := tape{}
	before := p.view(random, secret, nil)
	taken := map[[2]int]bool{}
	positions := slices.SortedFunc(maps.Keys(random), func(a, b position) int { // in order of time: those of inputs, ^v, come first
		return cmp.Or(cmp.Compare(int64(a.counter), int64(b.counter)), cmp.Compare(a.holder, b.holder))
	})
	for _, at := range positions {
		if !p.honest(at) {
			continue
		}
		var found, tried []pad
		for trial := range max(1, 16/len(random[at])) { // few elements may look alike by chance
			changed, amounts := random.clone(), make([]uint64, len(random[at]))
			rng.Seeded(at.counter).Stream("change", 0, uint64(trial)).Fill(amounts)
			for i := range amounts {
				changed[at][i] += amounts[i] | 1
			}
			now := p.hidden(at, random[at], changed[at], before, p.view(changed, secret, until(before, true)))
			if trial == 0 {
				found = now
			}
			found = slices.DeleteFunc(found, func(c pad) bool { return !slices.Contains(now, c) })
		}
		for _, c := range found {
			mine := func(q pad) bool { return q.at == c.at && q.key == c.key && q.keys == c.keys }
			if slices.ContainsFunc(tried, mine) {
				continue
			}
			tried = append(tried, c)
			if place := [2]int{c.mesg, c.text}; !taken[place] {
				taken[place] = true
				p.pads = append(p.pads, c)
			}
		}
	}
}

// hidden lists, in the order of messages, what changed by the same amounts as what was
// drawn at a position.
func (p *pairing) hidden(at position, before, after []uint64, old, now []message) (out []pad) {
	for i, m := range old[:len(now)] {
		keys, all := width(len(before), m.packed), width(len(m.data), m.packed)
		if len(before)/keys != len(m.data)/all {
			continue
		}
		for key := range keys {
			for text := range all {
				c := pad{at: at, key: key, keys: keys, mesg: i, text: text, all: all, xor: m.packed}
				if p.moves(&c, before, after, m.data, now[i].data) {
					out = append(out, c)
				}
			}
		}
	}
	return out
}

// width returns how many columns or vectors so many words are, of a matrix with few rows.
func width(words int, bits bool) int {
	if bits {
		return words // one to a vector
	}
	return max(1, words/few)
}

// place returns where number i of the key and of the text lie.
func (c pad) place(i, length int) (key, text int) {
	if c.xor {
		return c.key*length + i, c.text*length + i
	}
	return i*c.keys + c.key, i*c.all + c.text
}

// moves reports whether a text changes by what its key changes, up to signs, and notes
// these.
func (p *pairing) moves(c *pad, key, key2, text, text2 []uint64) bool {
	plus, minus, moved := true, true, false
	length := len(key) / c.keys
	for i := range length {
		k, m := c.place(i, length)
		if c.xor {
			if key[k]^key2[k] != text[m]^text2[m] {
				return false
			}
			moved = moved || key[k] != key2[k]
			continue
		}
		by, is := p.ring.Fold(key2[k]-key[k]), p.ring.Fold(text2[m]-text[m])
		if is != by && is != p.ring.Fold(-by) {
			return false
		}
		plus, minus, moved = plus && is == by, minus && is == p.ring.Fold(-by), moved || by != 0
	}
	switch {
	case c.xor:
	case plus:
		c.sign = 1
	case minus:
		c.sign = -1
	}
	return moved
}

// solve changes random numbers of the honest holder until the coalition sees a given
// view, for other secrets. It returns them, or else what remains different.
func (p *pairing) solve(random tape, secret []int, view []message) (solved tape, differ string) {
	random = random.clone()
	for pass := range 200 {
		now := p.view(random, secret, until(view, false))
		if differ = difference(view, now); differ == "" {
			return random, ""
		}
		if !p.adjust(random, view, now, pass) {
			break
		}
	}
	return nil, differ
}

// until says that a run has gone far enough when a message differs from a given view: what
// is said afterwards follows from it. The dealer may send several things in a row before;
// or, if said, only what holders send counts.
func until(view []message, said bool) func(seen []message) bool {
	next, wrong := 0, false
	return func(seen []message) bool {
		last, dealt := next, false
		for ; next < min(len(seen), len(view)); next++ {
			dealt = seen[next].from == "dealer"
			wrong = wrong || !(said && dealt) && !slices.Equal(seen[next].data, view[next].data)
		}
		return wrong && last < next && !dealt
	}
}

// adjust changes every key by what its text differs. It reports whether it did.
func (p *pairing) adjust(random tape, view, now []message, pass int) (changed bool) {
	for _, c := range p.pads {
		if c.mesg >= len(now) {
			continue
		}
		key, want, is := random[c.at], view[c.mesg].data, now[c.mesg].data
		sign := uint64(c.sign)
		if sign == 0 { // try both: a wrong turn is taken back twice as far
			sign = uint64(1 - 2*(pass%2))
		}
		length := len(key) / c.keys
		for i := range length {
			k, m := c.place(i, length)
			switch {
			case want[m] == is[m]:
				continue
			case c.xor:
				key[k] ^= want[m] ^ is[m]
			default:
				key[k] = p.ring.Fold(key[k] + sign*(want[m]-is[m]))
			}
			changed = true
		}
	}
	return changed
}

// difference names the first message of the beginning of a view that differs, or is
// empty if none does and it is all of it.
func difference(a, b []message) string {
	for i, m := range b {
		wrong := 0
		for j, v := range m.data {
			if v != a[i].data[j] {
				wrong++
			}
		}
		if wrong > 0 {
			return fmt.Sprintf("message %d, %s from %s: %d of %d words have no partner", i, m.name, m.from, wrong, len(m.data))
		}
	}
	if len(a) != len(b) {
		return fmt.Sprintf("%d messages and %d", len(a), len(b))
	}
	return ""
}

// same reports whether two tapes hold the same elements and bits.
func (p *pairing) same(a, b tape) bool {
	elements := map[position]bool{}
	for _, c := range p.pads {
		elements[c.at] = elements[c.at] || !c.xor
	}
	for at, words := range a {
		counts := ^uint64(0) // all bits of a word, or those of an element
		if elements[at] {
			counts = p.ring.Fold(counts)
		}
		for i, v := range words {
			if (v^b[at][i])&counts != 0 {
				return false
			}
		}
	}
	return true
}

// Package double finds, for a run on shares, the randomness of a second run, with other
// secrets, of which some holders have the same view to the last bit. It is for tests.
//
// Secrets of owners are other ones in the second run, and the randomness of one holder, the
// mover, is such that it makes up for them. No message is touched: the second run is one
// that happens, with other randomness. The two have the same probability, as moved uniform
// words are uniform: with streams that are uniform, that is. That AES makes them from keys
// is an assumption about AES.
//
// What makes up for it is found message by message.
//
//   - All that holders send is a share under a mask of their own: x − a, x + r, or bits ⊕
//     bits. Where the mover would send another word in the second run than in the first,
//     the word of its mask is moved by the difference, and the steps are run again.
//   - Of what the dealer computes from masks all holders but the last expand uniform
//     shares from their keys, and the last is sent the correction. Where the mover is not
//     the last, the last would be sent another one: the word that the mover expands is
//     moved by the difference.
//   - The shares of a row, or of a model, are expanded by all holders but the last, which
//     is sent what makes the sum right. Where that is another share in the second run, the
//     word that the mover expands from its seed is moved by the difference.
//
// If the mover is the last holder, all others have the same view. If it is the first, the
// last one has, and those between.
package double

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"unseen/engine/prep"
	"unseen/engine/trace"
)

// Play runs a protocol and tells f of its events, until f returns false or the run ends.
// Nothing up to step from is asked for: it may begin anywhere before that.
type Play func(from int, f func(*trace.Event) bool)

// Find moves the mover's randomness until the second run is the first one to those who
// listen. The second run draws through [Masks.Draw] and [Masks.Split].
func (m *Masks) Find(first, second Play) {
	m.t.Helper()
	said := map[int][][]uint64{} // by step: what the listener was sent
	first(0, func(e *trace.Event) bool {
		if m.hears(e) {
			said[e.Step] = words(e)
		}
		return true
	})
	for turn, again := 0, true; again; turn++ {
		if turn > 4*len(said) {
			m.t.Fatalf("step %d: whatever is moved, it sounds different", m.heard)
		}
		again = false
		second(m.heard, func(e *trace.Event) bool {
			split := e.Name() == "share row" || e.Name() == "share model"
			switch {
			case !m.hears(e) || e.Step <= m.heard:
				return true
			case split: // one owner after the other
				again = m.evens(e, said[e.Step]) || again
			case e.Party == "dealer": // what is dealt does not depend on who holds what of it
				again = m.corrects(e, said[e.Step]) || again
			case !again:
				again = m.hides(e, said[e.Step])
			}
			if !again {
				m.heard = e.Step
			}
			return !again || split || e.Party == "dealer" // a round ends what can be seen before it is run again
		})
	}
	if len(m.moved) == 0 {
		m.t.Fatal("no mask had to be moved: the worlds are the same")
	}
}

// hears reports whether an event is a message to the listener, by the mover or by one that
// is no holder. The others say the same in both runs, as they have the listener's view.
func (m *Masks) hears(e *trace.Event) bool {
	listener := m.holders[m.last]
	if m.mover == m.last {
		listener = m.holders[0]
	}
	return e.Kind == trace.Sent && e.To == listener && (e.Party == m.holders[m.mover] || !slices.Contains(m.holders, e.Party))
}

// words copies what a message carries.
func words(e *trace.Event) [][]uint64 {
	var out [][]uint64
	for _, v := range e.Outputs {
		if v.Form == trace.Share {
			out = append(out, slices.Clone(v.Parts[0].Data.Uint64s()))
		}
	}
	return out
}

// Masks are what the mover draws in the second run.
type Masks struct {
	t           testing.TB
	holders     []string
	mover, last int                 // holders
	moved       map[uint64][]uint64 // by the dealer's counter: what is added to its words, or XORed
	bits        map[uint64]bool
	rows        map[string][]uint64 // by owner: what is added to the shares expanded from its seeds
	heard       int                 // up to this step both worlds sound the same
	drawn       pile                // by the mover
	whole       map[uint64]bool     // drawn by all holders
	open        pile                // of these, those under which nothing was sent yet
	known       map[int][]mask      // those under which a step's message was sent, or that it brings
	turn        int                 // of three, in a comparison
}

// mask is a piece of randomness of the mover.
type mask struct {
	counter uint64
	words   int
	heard   int // the worlds were known to sound the same up to this step when it was drawn
}

// New returns masks that are not moved yet. The mover is the last of the holders or the
// first one.
func New(t testing.TB, holders []string, last bool) *Masks {
	m := &Masks{t: t, holders: holders, last: len(holders) - 1, moved: map[uint64][]uint64{}, bits: map[uint64]bool{}, rows: map[string][]uint64{}, whole: map[uint64]bool{}, known: map[int][]mask{}}
	if last {
		m.mover = m.last
	}
	return m
}

// Draw moves the words that the mover draws.
func (m *Masks) Draw(draw prep.Draw) prep.Draw {
	return func(holder int, counter uint64) rand.Source {
		source := draw(holder, counter)
		if holder != m.mover && holder != m.last {
			return source
		}
		return &moving{source, func(x []uint64) {
			if holder == m.mover {
				m.drawn.note(mask{counter, len(x), m.heard})
				m.shift(counter, x)
			}
			if holder == m.last { // it draws what all holders draw, and nothing else
				m.open.note(mask{counter, len(x), m.heard})
				m.whole[counter] = true
			}
		}}
	}
}

// pile is what was drawn, in order, also when it is drawn again.
type pile struct {
	list   []mask
	latest uint64 // counter
}

func (p *pile) note(k mask) {
	if k.counter > p.latest {
		p.list, p.latest = append(p.list, k), k.counter
	}
}

// Split moves the words that the mover expands from the seed of an owner.
func (m *Masks) Split(owner string, holder int, expanded rand.Source) rand.Source {
	if holder != m.mover {
		return expanded
	}
	return &moving{expanded, func(x []uint64) {
		for i, by := range m.rows[owner] {
			x[i] += by
		}
	}}
}

// shift moves what was drawn with a counter.
func (m *Masks) shift(counter uint64, x []uint64) {
	for i, by := range m.moved[counter] {
		if m.bits[counter] {
			x[i] ^= by
		} else {
			x[i] += by
		}
	}
}

// moving is a stream whose words are moved.
type moving struct {
	rand.Source
	move func([]uint64)
}

// Fill is how everybody draws.
func (s *moving) Fill(x []uint64) {
	for i := range x {
		x[i] = s.Uint64()
	}
	s.move(x)
}

// evens reports whether the shares of a row had to be moved, as the last holder would be
// sent another one.
func (m *Masks) evens(e *trace.Event, want [][]uint64) bool {
	got := words(e)
	if slices.EqualFunc(got, want, slices.Equal[[]uint64]) {
		return false
	}
	if m.mover == m.last || m.rows[e.Party] != nil {
		m.t.Fatalf("step %d: the row of %s is shared in another way", e.Step, e.Party)
	}
	by := make([]uint64, len(got[0]))
	for i := range by {
		by[i] = got[0][i] - want[0][i]
	}
	m.rows[e.Party] = by
	return true
}

// corrects reports whether shares of what was dealt had to be moved, as the last holder
// would be sent another correction. What lies in the message was drawn in the order in
// which it lies there, and last.
func (m *Masks) corrects(e *trace.Event, want [][]uint64) bool {
	got := words(e)
	if m.known[e.Step] == nil {
		m.known[e.Step] = m.latest(e, len(slices.Concat(got...)))
	}
	if slices.EqualFunc(got, want, slices.Equal[[]uint64]) {
		return false
	}
	brings, at := m.known[e.Step], 0 // at: words of the first that were looked at
	for i, v := range shares(e) {
		for k, x := range got[i] {
			for at == brings[0].words {
				brings, at = brings[1:], 0
			}
			if x != want[i][k] {
				m.correct(e, brings[0], at, x, want[i][k], v.Packed > 0)
			}
			at++
		}
	}
	return true
}

// correct moves a word of the mover's share by what is too much at the last holder.
func (m *Masks) correct(e *trace.Event, k mask, at int, got, want uint64, packed bool) {
	if m.whole[k.counter] {
		m.t.Fatalf("step %d: of %s the last holder draws something else", e.Step, e.Name())
	}
	if m.moved[k.counter] == nil {
		m.moved[k.counter], m.bits[k.counter] = make([]uint64, k.words), packed
	}
	if packed {
		m.moved[k.counter][at] ^= got ^ want
	} else {
		m.moved[k.counter][at] += got - want
	}
}

// latest lists the last draws before an event that are so many words.
func (m *Masks) latest(e *trace.Event, words int) []mask {
	at := len(m.drawn.list)
	for ; words > 0 && at > 0; at-- {
		words -= m.drawn.list[at-1].words
	}
	if words != 0 {
		m.t.Fatalf("step %d: %s is not what was drawn last", e.Step, e.Name())
	}
	return m.drawn.list[at:len(m.drawn.list):len(m.drawn.list)]
}

// shares lists the values of a message that are shares.
func shares(e *trace.Event) []trace.Value {
	return slices.DeleteFunc(slices.Clone(e.Outputs), func(v trace.Value) bool { return v.Form != trace.Share })
}

// hides reports whether masks had to be moved, as a message is not the one that was sent
// in the first world.
func (m *Masks) hides(e *trace.Event, want [][]uint64) bool {
	m.t.Helper()
	got := words(e)
	under, again := m.known[e.Step]
	if !again {
		for i, v := range shares(e) {
			under = append(under, m.under(v, len(got[i]))...)
		}
		m.known[e.Step] = under
	}
	if slices.EqualFunc(got, want, slices.Equal[[]uint64]) {
		return false
	}
	if again {
		m.t.Fatalf("step %d: %s is not hidden by the mask that was moved", e.Step, e.Name())
	}
	for i, v := range shares(e) {
		for at := 0; at < len(got[i]); under = under[1:] {
			by := make([]uint64, under[0].words)
			for k := range by {
				switch x, y := want[i][at+k], got[i][at+k]; {
				case v.Packed > 0:
					by[k] = x ^ y
				case strings.HasPrefix(v.Name, "c"): // c = x + r
					by[k] = x - y
				default: // d = x − a
					by[k] = y - x
				}
			}
			m.moved[under[0].counter], m.bits[under[0].counter] = by, v.Packed > 0
			m.heard = min(m.heard, under[0].heard) // what was dealt with the mask may be another now
			at += under[0].words
		}
	}
	return true
}

// comparison lists the bits that hide one comparison of 63 bits, as multiples of the
// packed bits of its elements, by round: the sixteen digits combine to four blocks, of
// which the lowest needs six bits and the others seven, these to one, and the last bit
// is opened under ρ (protocols, section 5).
var comparison = [][]int{{6, 7, 7, 7}, {6}, {1}}

// under takes the masks of a value off the list of open ones: numbers are sent in the
// order in which their masks were drawn; bits in three rounds, each for all comparisons
// that were dealt together.
func (m *Masks) under(v trace.Value, size int) []mask {
	t := m.t
	t.Helper()
	if v.Packed == 0 {
		m.turn = 0
		if len(m.open.list) == 0 || m.open.list[0].words != size {
			t.Fatalf("%s of %d words is under none of the masks %v", v.Name, size, m.open.list)
		}
		under := m.open.list[:1:1]
		m.open.list = m.open.list[1:]
		return under
	}
	left := 0 // pieces of a comparison that are still open
	for _, round := range comparison[m.turn:] {
		left += len(round)
	}
	packed := (v.Packed + 63) / 64
	var under, rest []mask
	for i, k := range m.open.list {
		if at := i % left; at < len(comparison[m.turn]) {
			if k.words != packed*comparison[m.turn][at] {
				t.Fatalf("%s of %d bits: a mask of %d words in round %d of %v", v.Name, v.Packed, k.words, m.turn, m.open.list)
			}
			under, size = append(under, k), size-k.words
		} else {
			rest = append(rest, k)
		}
	}
	if size != 0 || len(m.open.list)%left != 0 {
		t.Fatalf("%s: %d words more than its masks in round %d", v.Name, size, m.turn)
	}
	m.open.list, m.turn = rest, (m.turn+1)%len(comparison)
	return under
}

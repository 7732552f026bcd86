package stage

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"unseen/data"
	"unseen/engine"
	"unseen/engine/trace"
)

// double opens a run on shares on two data sets, so that all holders but the last one
// have the same view of both, to the last bit, at every step: rows of other owners, and
// of the last holder itself, are other ones, and what only that holder and the dealer
// know is such that it makes up for them. No message is touched: the second run is one
// that happens, with other randomness.
//
// What makes up for it is found message by message. All that holders send is a share
// under a mask of their own: x − a, x + r, or bits ⊕ bits. Where the last holder would
// send another word in the second run than in the first, the word of its mask is moved
// by the difference, and the step is run again. (Its masks are uniform, moved ones as
// well: the worlds have the same probability.) Of everything that is dealt, holders but
// the last expand their shares from their own keys, and get nothing that depends on
// masks: the corrections, which do, go to the last one. That one is the holder about
// whom this proves nothing; it is last because it is called so.
func double(t *testing.T, s engine.Scenario, one, other *data.Set) (a, b *engine.Session) {
	t.Helper()
	a, b = opened(t, s, one), opened(t, s, other)
	holders := sharers(a)
	first, last := holders[0], holders[len(holders)-1]
	m := &masks{last: len(holders) - 1, moved: map[uint64][]uint64{}}
	if !b.Redraw(m.draw) {
		t.Fatal("nothing is dealt here")
	}
	said := map[int][][]uint64{} // by step: what the last holder sent to the first
	sends := func(e *trace.Event) bool { return e.Kind == trace.Sent && e.Party == last && e.To == first }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(a.Each(t.Context(), func(e *trace.Event) bool {
		if sends(e) {
			said[e.Step] = words(e)
		}
		return true
	}))
	heard := 0 // up to this step both worlds sound the same
	for at, total := b.Position(); at < total; at, _ = b.Position() {
		again := 0
		must(b.Each(t.Context(), func(e *trace.Event) bool {
			if !sends(e) || e.Step <= heard {
				return true
			}
			if m.hides(t, e, said[e.Step]) {
				heard = e.Step
				return true
			}
			again = e.Step
			return false
		}))
		if again > 0 {
			must(b.Seek(t.Context(), again-1))
		}
	}
	if len(m.moved) == 0 {
		t.Fatal("no mask had to be moved: the worlds are the same")
	}
	return a, b
}

// sharers lists the holders in their order.
func sharers(s *engine.Session) []string {
	var out []string
	for _, p := range s.Snapshot(nil).Parties {
		if p.Role == "holder" {
			out = append(out, p.ID)
		}
	}
	return out
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

// masks are the masks of the last holder in the second world.
type masks struct {
	last  int
	moved map[uint64][]uint64 // by the dealer's counter: what is added to its words, or XORed
	bits  map[uint64]bool
	open  []mask         // drawn, in order; nothing was sent under them yet
	known map[int][]mask // those under which a step's message was sent
	drawn uint64         // up to this counter they were noted
	turn  int            // of three, in a comparison
}

// mask is a piece of randomness of the last holder.
type mask struct {
	counter uint64
	words   int
}

// draw moves the words that the last holder draws.
func (m *masks) draw(draw engine.Draw) engine.Draw {
	m.bits, m.known = map[uint64]bool{}, map[int][]mask{}
	return func(holder int, counter uint64) rand.Source {
		source := draw(holder, counter)
		if holder != m.last {
			return source
		}
		return &moving{source, m, counter}
	}
}

// moving is a stream whose words are moved.
type moving struct {
	rand.Source
	masks   *masks
	counter uint64
}

// Fill is how the dealer draws.
func (s *moving) Fill(x []uint64) {
	for i := range x {
		x[i] = s.Uint64()
	}
	m := s.masks
	if s.counter > m.drawn {
		m.drawn = s.counter
		m.open = append(m.open, mask{s.counter, len(x)})
	}
	for i, by := range m.moved[s.counter] {
		if m.bits[s.counter] {
			x[i] ^= by
		} else {
			x[i] += by
		}
	}
}

// hides reports whether a message is the one that was sent in the first world. If it
// is not, it moves the masks that lie on it.
func (m *masks) hides(t *testing.T, e *trace.Event, want [][]uint64) bool {
	t.Helper()
	got := words(e)
	under, again := m.known[e.Step]
	if !again {
		for i, v := range e.Outputs {
			if v.Form == trace.Share {
				under = append(under, m.under(t, v, len(got[i]))...)
			}
		}
		m.known[e.Step] = under
	}
	if slices.EqualFunc(got, want, slices.Equal[[]uint64]) {
		return true
	}
	if again {
		t.Fatalf("step %d: %s is not hidden by the mask that was moved", e.Step, e.Name())
	}
	for i, v := range e.Outputs {
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
			at += under[0].words
		}
	}
	return false
}

// comparison lists the bits that hide one comparison of 63 bits, as multiples of the
// packed bits of its elements, by round: the sixteen digits combine to four blocks, of
// which the lowest needs six bits and the others seven, these to one, and the last bit
// is opened under ρ (protocols, section 5).
var comparison = [][]int{{6, 7, 7, 7}, {6}, {1}}

// under takes the masks of a value off the list of open ones: numbers are sent in the
// order in which their masks were drawn; bits in three rounds, each for all comparisons
// that were dealt together.
func (m *masks) under(t *testing.T, v trace.Value, size int) []mask {
	t.Helper()
	if v.Packed == 0 {
		m.turn = 0
		if len(m.open) == 0 || m.open[0].words != size {
			t.Fatalf("%s of %d words is under none of the masks %v", v.Name, size, m.open)
		}
		under := m.open[:1:1]
		m.open = m.open[1:]
		return under
	}
	left := 0 // pieces of a comparison that are still open
	for _, round := range comparison[m.turn:] {
		left += len(round)
	}
	packed := (v.Packed + 63) / 64
	var under, rest []mask
	for i, k := range m.open {
		if at := i % left; at < len(comparison[m.turn]) {
			if k.words != packed*comparison[m.turn][at] {
				t.Fatalf("%s of %d bits: a mask of %d words in round %d of %v", v.Name, v.Packed, k.words, m.turn, m.open)
			}
			under, size = append(under, k), size-k.words
		} else {
			rest = append(rest, k)
		}
	}
	if size != 0 || len(m.open)%left != 0 {
		t.Fatalf("%s: %d words more than its masks in round %d", v.Name, size, m.turn)
	}
	m.open, m.turn = rest, (m.turn+1)%len(comparison)
	return under
}

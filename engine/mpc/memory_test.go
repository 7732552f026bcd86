package mpc

import (
	"math/rand/v2"
	"testing"

	"unseen/engine/prep"
	"unseen/engine/ring"
	"unseen/engine/rng"
	"unseen/engine/trace"
)

// recorder keeps what is drawn from a stream in one go.
type recorder struct {
	*rng.Stream
	keep func([]uint64)
}

func (r recorder) Fill(words []uint64) {
	r.Stream.Fill(words)
	r.keep(append([]uint64(nil), words...))
}

// While somebody watches, a holder's memory has everything that it expanded from the
// dealer's key: what a screen or an attack shows of it lacks nothing.
func TestMemoryHoldsAllThatIsDealt(t *testing.T) {
	const n, elements = 3, 64 // whole words of bits
	for name, run := range map[string]func(p *Protocol, x, y *Shared){
		"mul":                 func(p *Protocol, x, y *Shared) { p.Mul(x, y) },
		"truncate":            func(p *Protocol, x, y *Shared) { p.Truncate(x, 16) },
		"exact truncation":    func(p *Protocol, x, y *Shared) { p.TruncateExact(x, 16) },
		"sign":                func(p *Protocol, x, y *Shared) { p.Msb(x) },
		"equal":               func(p *Protocol, x, y *Shared) { p.Equal(x, y) },
		"relu":                func(p *Protocol, x, y *Shared) { p.ReLU(x) },
		"relu and truncation": func(p *Protocol, x, y *Shared) { p.ReLUTruncate(x, 16) },
	} {
		var drawn [n][][]uint64
		dealer, err := prep.NewDealerFrom(ring.Ring{}, n, func(holder int, counter uint64) rand.Source {
			stream := rng.Seeded(uint64(holder)).Stream("test", 0, counter)
			return recorder{stream, func(words []uint64) { drawn[holder] = append(drawn[holder], words) }}
		})
		if err != nil {
			t.Fatal(err)
		}
		p, err := New(ring.Ring{}, n, dealer)
		if err != nil {
			t.Fatal(err)
		}
		p.Tracer = trace.NewTracer(func(*trace.Event) {}, 0)
		run(p, split(t, p, ring.New(elements, 1), 1), split(t, p, ring.New(elements, 1), 2))
		for i, h := range p.Holders {
			memory := h.Store.Image(nil)
			for k, words := range drawn[i] {
				found := false
				for _, o := range memory.Objects {
					found = found || contains(o.Data.Uint64s(), words)
				}
				if !found {
					t.Errorf("%s: draw %d of holder %d, %d words, is not in its memory", name, k, i, len(words))
				}
			}
		}
		if len(drawn[0]) == 0 {
			t.Errorf("%s: nothing was drawn", name)
		}
	}
}

// contains reports whether words lie in all, one after another.
func contains(all, words []uint64) bool {
	for from := range len(all) - len(words) + 1 {
		i := 0
		for i < len(words) && all[from+i] == words[i] {
			i++
		}
		if i == len(words) {
			return true
		}
	}
	return false
}

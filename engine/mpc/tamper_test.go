package mpc

import (
	"slices"
	"testing"

	"unseen/engine/ring"
	"unseen/engine/trace"
)

// What is told of a message, and what its receiver remembers, is what arrived: words,
// bits, and what is revealed to somebody outside.
func TestWhatArrivesIsTold(t *testing.T) {
	p := protocol(t, ring.Ring{}, 3, 1)
	arrived := map[string][]uint64{} // by what and receiver, of one sender
	sender := p.Holders[1].ID
	told := map[string][]uint64{}
	p.Tracer = trace.NewTracer(func(e *trace.Event) {
		if e.Kind != trace.Sent || e.Party != sender {
			return
		}
		for _, v := range e.Outputs {
			for _, part := range v.Parts {
				told[v.Name+" "+e.To] = append([]uint64(nil), part.Data.Uint64s()...)
			}
		}
	}, 0)
	p.Tamper(func(f Flight) {
		if f.From == sender {
			f.Data.Uint64s()[0] ^= 1
			arrived[f.What+" "+f.To] = append([]uint64(nil), f.Data.Uint64s()...)
		}
	})
	x := split(t, p, ring.From(1, 2, []uint64{6, 9}), 1)
	z, _ := p.ReLU(p.Mul(x, x))
	p.RevealTo(somebody(), "answer", "it is hers", z)
	for _, want := range []string{"d holder 0", "d holder 2", "c holder 0", "δ holder 2", "m holder 0", "m holder 2", "answer " + somebody().ID} {
		if arrived[want] == nil {
			t.Errorf("nobody tampered with %s: %v", want, arrived)
		}
	}
	for k, data := range arrived {
		for i, w := range data {
			if told[k] == nil || told[k][i] != w {
				t.Errorf("%s: %v is told, %v arrived", k, told[k], data)
				break
			}
		}
	}
	for _, name := range []string{"d", "m"} {
		for _, to := range []int{0, 2} {
			h := p.Holders[to]
			if got := h.Store.Need(h.ID, name+" of "+sender).Uint64s()[0]; got != arrived[name+" "+h.ID][0] {
				t.Errorf("%s remembers %x of %s, %x arrived", h.ID, got, name, arrived[name+" "+h.ID][0])
			}
		}
	}
}

// A random bit that arrives changed changes what the holders compute with it, and
// nothing that the dealer deals.
func TestChangedRandomBits(t *testing.T) {
	results := map[bool]uint64{}
	for _, change := range []bool{false, true} {
		p := protocol(t, ring.Ring{}, 3, 1)
		changed := 0
		p.Tamper(func(f Flight) {
			if f.What == "ρ" && change {
				f.Data.Uint64s()[0] += 1 << 20
				changed++
			}
		})
		x := split(t, p, ring.From(1, 1, []uint64{6 << 16}), 1)
		bit := p.LessThanConstants(x, 7<<16)[0]
		results[change] = reconstruct(t, p, bit).Uint64s()[0]
		if change && changed != 1 {
			t.Errorf("[ρ] was on its way %d times", changed)
		}
	}
	if results[false] != 1 || results[true] == results[false] {
		t.Errorf("6 < 7 is %d; with a changed bit %d", results[false], results[true])
	}
}

// The dealer computes from keys alone: whatever is changed on its way, to a holder or
// between holders, what the dealer sends afterwards is what it sends in an honest run.
func TestTheDealerComputesFromKeysAlone(t *testing.T) {
	// run returns what the dealer sent, in order, and changes the message with this number.
	run := func(change int) (sent [][]uint64, messages int, result []uint64) {
		p := protocol(t, ring.Ring{}, 2, 1)
		p.Tamper(func(f Flight) {
			if f.From == p.Crypto.ID {
				sent = append(sent, append([]uint64(nil), f.Data.Uint64s()...))
			}
			if messages++; messages != change {
				return
			}
			if f.Packed > 0 {
				f.Data.Uint64s()[0] ^= 1
			} else {
				f.Data.Uint64s()[0] ^= 1 << 40
			}
		})
		x := split(t, p, ring.From(1, 2, []uint64{6 << 16, 1 << 16}), 1)
		y, positive := p.ReLUTruncate(x, 4)
		z := p.TruncateKeep(p.Mul(x, y), 20, positive)
		return sent, messages, reconstruct(t, p, p.Softmax(z, 16, 16, true).Probability).Uint64s()
	}
	honest, messages, truth := run(0)
	turned := 0
	for change := 1; change <= messages; change++ {
		sent, _, result := run(change)
		if !slices.Equal(result, truth) {
			turned++
		}
		if len(sent) != len(honest) {
			t.Fatalf("message %d changed: the dealer sends %d messages, %d in an honest run", change, len(sent), len(honest))
		}
		for i := range sent {
			if !slices.Equal(sent[i], honest[i]) {
				t.Errorf("message %d changed: the dealer's message %d is another one", change, i)
				break
			}
		}
	}
	if len(honest) < 50 || turned < messages/3 {
		t.Errorf("%d of %d messages are the dealer's; %d changed the result", len(honest), messages, turned)
	}
}

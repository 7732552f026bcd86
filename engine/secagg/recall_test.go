package secagg

import (
	"testing"

	"unseen/engine/trace"
)

// watched runs a round while somebody watches and returns the digest of its events, or
// why it ended early.
func (p *Protocol) watched(r Round) (d trace.Digest, aborted bool) {
	o := p.Sum(trace.NewTracer(func(e *trace.Event) { d = d.Next(e) }, 0), r)
	p.forget()
	return d, o.Aborted != nil
}

// Whatever is repeated, in whatever order, and whoever leaves in another future: a
// protocol that remembers what it computed does the same as one that does not. It
// computes nothing twice, and what it remembers stays bounded.
func TestRememberedRoundsAreTheSame(t *testing.T) {
	const n = 8
	leaving := func(u int, s Stage) []Stage {
		leave := make([]Stage, n)
		for u := range leave {
			leave[u] = Stays
		}
		leave[u] = s
		return leave
	}
	type visit struct {
		Round
		updates uint64 // which ones the workers have
		again   bool   // it was made before: all of it is remembered
		little  bool   // it is another one, but nothing in it takes long that was not done before
	}
	visits := []visit{
		{Round: Round{}},
		{Round: Round{}, again: true},
		{Round: Round{Leave: leaving(3, MaskedInput), Branch: 1}}, // another future
		{Round: Round{Leave: leaving(3, MaskedInput)}},            // and one in which nothing is drawn anew
		{Round: Round{Leave: leaving(3, ShareKeys)}},
		{Round: Round{Leave: leaving(3, Unmask)}, little: true},
		{Round: Round{Number: 1}, updates: 1},
		{Round: Round{}, updates: 1}, // the same round with other updates
		{Round: Round{Leave: leaving(3, MaskedInput), Branch: 1}, again: true},
		{Round: Round{Number: 1}, updates: 1, again: true},
		{Round: Round{}, again: true},
	}
	for _, committee := range []bool{false, true} {
		for name, most := range map[string]int{"much": 1 << 20, "little": 3000, "nothing": 0} {
			remembers, digests := group(t, n, 9, committee), map[trace.Digest]bool{}
			remembers.keys, remembers.rounds = &recall{most: most}, &recall{most: most}
			for i, v := range visits {
				plain := group(t, n, 9, committee)
				plain.update(v.updates)
				remembers.update(v.updates)
				entries := len(remembers.keys.results) + len(remembers.rounds.results)
				want, _ := plain.watched(v.Round)
				got, aborted := remembers.watched(v.Round)
				if got != want || aborted {
					t.Errorf("committee %v, room for %s: visit %d differs from the one that remembers nothing", committee, name, i+1)
				}
				if digests[got] != v.again && !committee { // a committee has no stage of unmasking to leave at
					t.Errorf("visit %d is as an earlier one: %v, want %v", i+1, digests[got], v.again)
				}
				digests[got] = true
				if now := len(remembers.keys.results) + len(remembers.rounds.results); most == 1<<20 && (now == entries) != (v.again || v.little) && !committee {
					t.Errorf("visit %d adds %d results to %d, and it was made before: %v", i+1, now-entries, entries, v.again || v.little)
				}
				for _, k := range []*recall{remembers.keys, remembers.rounds} {
					held := 0
					for _, r := range k.results {
						held += entryWords + len(r)
					}
					if held != k.words || held > most || len(k.order) != len(k.results) {
						t.Errorf("room for %s: %d results hold %d words, %d are counted and %d allowed", name, len(k.results), held, k.words, most)
					}
				}
			}
		}
	}
}

// Nothing is remembered where nobody watches.
func TestUnwatchedRoundsAreNotRemembered(t *testing.T) {
	p := group(t, 5, 3, false)
	p.keys, p.rounds = &recall{most: 1 << 20}, &recall{most: 1 << 20}
	p.update(0)
	p.Sum(&trace.Tracer{}, Round{})
	if n := len(p.keys.results) + len(p.rounds.results); n > 0 {
		t.Errorf("%d results are kept of a round that nobody watched", n)
	}
}

// Inputs that differ only in where one list ends and the next begins have other hashes.
func TestInputsAreToldApart(t *testing.T) {
	k, seen := &recall{}, map[digest]int{}
	for i, in := range []*inputs{
		k.of("ab").words([]uint64{1, 2}, []uint64{3}),
		k.of("ab").words([]uint64{1}, []uint64{2, 3}),
		k.of("ab").words([]uint64{1, 2, 3}),
		k.of("ab").numbers(1, 2).numbers(3, 4),
		k.of("a").text("b").words([]uint64{1, 2}, []uint64{3}),
		k.of("b").text("a").words([]uint64{1, 2}, []uint64{3}),
		k.of("ab").seeds(seed{1}, seed{}),
		k.of("ab").seeds(seed{1}).seeds(seed{}),
		k.of("ab"),
	} {
		if before, ok := seen[in.digest()]; ok {
			t.Errorf("inputs %d and %d have the same hash", before+1, i+1)
		}
		seen[in.digest()] = i
	}
}

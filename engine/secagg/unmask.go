package secagg

import (
	"errors"
	"fmt"
	"slices"

	"gorgonia.org/tensor"

	"unseen/engine/party"
	"unseen/engine/ring"
	"unseen/engine/share"
	"unseen/engine/trace"
)

// What the server recovers in the last stage.
const (
	recoveredB = "b recovered"       // of those who delivered, one a row
	recoveredS = "s recovered"       // of those who shared and did not deliver
	offMasks   = "masks to take off" // what all masks in Σ y come to
)

// sendLists begins the last stage: the server tells each worker which of its neighbours
// delivered and which left after sharing.
func (m *masking) sendLists() part {
	return part{exchange: "send lists", turns: len(m.u3), tell: func(i int) {
		u := m.u3[i]
		here, left := m.list(u)
		m.Link.Send(m.t, m.Server, m.Workers[u], "send lists",
			party.Parcel{Name: delivered, Data: row(here), Bits: 1}, party.Parcel{Name: gone, Data: row(left), Bits: 1})
	}}
}

// unmask goes on with it: each worker answers with shares of b of those who delivered and
// of s of those who left. As soon as it has t shares of a secret, the server recovers it,
// and computes the masks that did not cancel.
func (m *masking) unmask() part {
	if m.turn == 0 {
		m.o.Took = map[string]int{"b": 0, "s": 0}
	}
	at, answers, failed := make([]shares, len(m.Workers)), make([][]uint64, len(m.u3)), make([]error, len(m.u3))
	for _, u := range m.u3[:m.turn] { // where the round is entered here
		if m.leaves(u) > Unmask {
			m.arrived(u, at)
		}
	}
	return part{exchange: "unmask", turns: len(m.u3), every: m.every(often),
		compute: []func(int){func(i int) {
			if u := m.u3[i]; m.leaves(u) > Unmask {
				answers[i], failed[i] = m.answer(u)
			}
		}},
		tell: func(i int) {
			u := m.u3[i]
			if m.leaves(u) <= Unmask {
				return
			}
			if failed[i] != nil {
				panic(&party.Abort{Party: m.Workers[u].ID, Cause: failed[i]})
			}
			m.send(u, Unmask, party.Parcel{Name: of(m.Workers[u], "shares"), Form: trace.Share,
				Data: ring.From(len(answers[i])/shareWords, shareWords, answers[i])})
			m.recoverAll(m.arrived(u, at), at)
		},
		end: func() error {
			m.settle()
			who := m.staying(m.u3, Unmask)
			m.enter(Unmask, who)
			if err := m.recoverable(Unmask); err != nil {
				return err
			}
			m.o.Delivered = m.u3
			return nil
		}}
}

// list says which of u's neighbours delivered, and which shared keys and did not.
func (m *masking) list(u int) (here, left []uint64) {
	here, left = make([]uint64, len(m.near[u])), make([]uint64, len(m.near[u]))
	for i, v := range m.near[u] {
		switch {
		case m.in[MaskedInput][v]:
			here[i] = 1
		case m.in[ShareKeys][v]:
			left[i] = 1
		}
	}
	if m.lie != nil {
		m.lie(u, here, left)
	}
	return here, left
}

// answer is what a worker hands out: for each listed neighbour, in order, its share
// of b or of s. It refuses where a peer is in both lists, where it never got shares,
// and where so few delivered that the sum would be one of too few.
func (m *masking) answer(u int) ([]uint64, error) {
	w := m.Workers[u]
	need := func(name string) []uint64 { return w.Store.Need(w.ID, name).Uint64s() }
	here, left, flags, shares := need(delivered), need(gone), need(shared), need(held)
	var out []uint64
	count := 0
	for i, v := range m.near[u] {
		both := shares[2*shareWords*i : 2*shareWords*(i+1)]
		switch {
		case here[i] == 1 && left[i] == 1:
			return nil, &ListsOverlapError{m.Workers[v].ID}
		case here[i]+left[i] > 0 && flags[i] == 0:
			return nil, fmt.Errorf("the server asks for shares of %s, who never shared", m.Workers[v].ID)
		case here[i] == 1:
			out = append(out, both[shareWords:]...)
			count++
		case left[i] == 1:
			out = append(out, both[:shareWords]...)
		}
	}
	if count < m.Size.Threshold {
		return nil, fmt.Errorf("the server lists %d neighbours as having delivered, and %d are needed", count, m.Size.Threshold)
	}
	return out, nil
}

// shares are those of a secret that the server has got so far, with the places of those
// who held them among the neighbours. Where the round is retraced they are only counted.
type shares struct {
	count  int
	places []int
	shares []share.SeedShare
}

// add adds a share from the holder at a place, of whom no more than t are needed.
func (s *shares) add(place int, of []uint64, t int) {
	if s.places == nil {
		s.places, s.shares = make([]int, 0, t), make([]share.SeedShare, 0, t)
	}
	s.places, s.shares = append(s.places, place), append(s.shares, share.SeedShare(of))
}

// arrived adds the answer of a worker to the shares of each secret, and lists those of
// whom there are enough now.
func (m *masking) arrived(u int, at []shares) (enough []int) {
	answer := m.Server.Store.Need(m.Server.ID, of(m.Workers[u], "shares")).Uint64s()
	for _, v := range m.near[u] {
		if !m.in[ShareKeys][v] {
			continue // it was not asked about
		}
		if s := &at[v]; s.count < m.Size.Threshold {
			if m.known == nil {
				place, _ := slices.BinarySearch(m.near[v], u)
				s.add(place, answer[:shareWords], m.Size.Threshold)
			}
			if s.count++; s.count == m.Size.Threshold {
				enough = append(enough, v)
			}
		}
		answer = answer[shareWords:]
	}
	return enough
}

var errWrongKey = errors.New("the recovered mask key does not belong to the public key: some share was wrong")

// recoverAll recovers the secrets of workers of which the server has enough shares.
func (m *masking) recoverAll(who []int, at []shares) {
	if m.known != nil { // the shares are known to be right, and the masks follow all at once
		for _, v := range who {
			m.takeOff(v, m.secretOf(v), nil)
		}
		return
	}
	secret, masks := make([]seed, len(who)), make([][]uint64, len(who))
	m.inTurn(part{turns: len(who),
		compute: []func(int){func(i int) {
			v := who[i]
			secret[i], masks[i] = m.recover(v, at[v]), make([]uint64, m.length())
			m.addMasksOf(masks[i], v, secret[i])
		}},
		tell: func(i int) { m.takeOff(who[i], secret[i], masks[i]) },
	}, new(int), never)
}

// recover reconstructs the secret of a worker.
func (m *masking) recover(v int, from shares) seed {
	secret, err := share.ReconstructSeed(from.places, from.shares)
	if err != nil {
		panic(&party.Abort{Party: m.Server.ID, Cause: fmt.Errorf("the secret of %s: %w", m.Workers[v].ID, err)})
	}
	return secret
}

// takeOff tells that the server has recovered a secret: b of a worker that delivered, s of
// one that shared and did not; and adds the masks that it explains to those that are still
// in the sum.
func (m *masking) takeOff(v int, secret seed, masks []uint64) {
	m.t.Begin(trace.Scope{Level: trace.Operation, Name: toRecover, Part: m.Workers[v].ID})
	name, kind, origin := recoveredB, "b", "from the shares of t neighbours of each who delivered"
	if !m.in[MaskedInput][v] {
		name, kind, origin = recoveredS, "s", "from the shares of t neighbours of each who left after sharing"
	}
	m.o.Took[kind]++
	var all, off *tensor.Dense
	if m.known != nil {
		all, off = m.known.later(name, v)
	} else {
		all, off = m.alsoRecovered(name, secret), m.alsoOff(masks)
	}
	server, step := m.Server.Store, m.t.Step()+1
	server.PutFrozen(name, trace.Opened, all, step, origin)
	server.PutFrozen(offMasks, trace.Plain, off, step, "Σ PRG(b) and the pair masks of those who left")
	if m.t.Watched() {
		m.t.EndLocal(m.Server.ID, values(m.Server, name), values(m.Server, offMasks))
	}
}

// alsoRecovered is what the server has recovered under a name, with one more secret: n × 4.
func (m *masking) alsoRecovered(name string, secret seed) *tensor.Dense {
	var before []uint64
	if o, ok := m.Server.Store.Get(name); ok {
		before = o.Data.Uint64s()
	}
	all := make([]uint64, len(before)+seedWords)
	put(all[copy(all, before):], secret)
	return ring.From(len(all)/seedWords, seedWords, all)
}

// alsoOff is what is to be taken off, with more masks: 1 × length. It takes their place.
func (m *masking) alsoOff(masks []uint64) *tensor.Dense {
	if o, ok := m.Server.Store.Get(offMasks); ok {
		for j, x := range o.Data.Uint64s() {
			masks[j] = (masks[j] + x) & m.Quantiser.mask()
		}
	}
	return row(masks)
}

// addMasksOf adds to off the masks that a recovered secret explains in Σ y: the self-mask
// of a worker that delivered; of one that did not, its pair masks at its neighbours who did.
func (m *masking) addMasksOf(off []uint64, v int, secret seed) {
	e := m.expander()
	defer m.expanders.Put(e)
	if m.in[MaskedInput][v] {
		e.add(off, secret, false)
		return
	}
	w := m.Workers[v]
	if public(secret) != take(m.Server.Store.Need(m.Server.ID, of(w, "s")).Uint64s()) {
		panic(&party.Abort{Party: m.Server.ID, Cause: fmt.Errorf("%s: %w", w.ID, errWrongKey)})
	}
	var theirs []uint64
	var who []int
	for _, u := range m.near[v] {
		if m.in[MaskedInput][u] {
			who = append(who, u)
			theirs = append(theirs, m.Server.Store.Need(m.Server.ID, of(m.Workers[u], "s")).Uint64s()...)
		}
	}
	own := make([]uint64, seedWords)
	put(own, secret)
	common := m.common(m.Server.ID, own, theirs, m.pairMask())
	for i, u := range who {
		m.addPair(e, off, u, v, take(common[seedWords*i:])) // as u put it on
	}
}

// addUp adds up what was delivered and takes the masks off: the sum is open.
func (m *masking) addUp() part { return part{turns: 1, tell: func(int) { m.add() }} }

// add does so.
func (m *masking) add() {
	m.t.Begin(trace.Scope{Level: trace.Operation, Name: toAddUp})
	sum := make([]uint64, m.length())
	var some []string
	for i, u := range m.u3 {
		name := of(m.Workers[u], "y")
		for j, y := range m.Server.Store.Need(m.Server.ID, name).Uint64s() {
			sum[j] += y
		}
		if i < shown {
			some = append(some, name)
		}
	}
	for j, off := range m.Server.Store.Need(m.Server.ID, offMasks).Uint64s() {
		sum[j] = (sum[j] - off) & m.Quantiser.mask()
	}
	m.o.open(m.Protocol, sum)
	m.Server.Store.PutFrozen(Sum, trace.Opened, row(sum), m.t.Step()+1, fmt.Sprintf("Σ y − masks to take off, mod 2^%d", m.Quantiser.Bits))
	if m.t.Watched() {
		m.t.EndLocal(m.Server.ID, values(m.Server, append(some, offMasks)...), values(m.Server, Sum))
	}
}

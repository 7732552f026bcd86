package secagg

import (
	"errors"
	"fmt"

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

// unmask is the last stage: the server tells each worker which of its neighbours
// delivered and which left after sharing; the worker answers with shares of b of the
// former and of s of the latter; with t of them the server recovers each secret,
// computes the masks that did not cancel, and takes them off the sum.
func (m *masking) unmask() error {
	m.Link.Exchange(m.t, "send lists", func() {
		for _, u := range m.u3 {
			here, left := m.list(u)
			m.Link.Send(m.t, m.Server, m.Workers[u], "send lists",
				party.Parcel{Name: delivered, Data: row(here), Bits: 1}, party.Parcel{Name: gone, Data: row(left), Bits: 1})
		}
	})
	who := m.staying(m.u3, Unmask)
	m.Link.Exchange(m.t, "unmask", func() {
		for _, u := range who {
			w := m.Workers[u]
			answer, err := m.answer(u)
			if err != nil {
				panic(&party.Abort{Party: w.ID, Cause: err})
			}
			m.send(u, Unmask,
				party.Parcel{Name: of(w, "shares"), Form: trace.Share, Data: ring.From(len(answer)/shareWords, shareWords, answer)})
		}
	})
	m.enter(Unmask, who)
	if err := m.recoverable(Unmask); err != nil {
		return err
	}
	m.o.Delivered = m.u3
	m.takeOff()
	m.add()
	return nil
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

// holdersOf lists the neighbours of v who answered, with their places among v's
// neighbours and their shares; t of them are enough.
func (m *masking) holdersOf(v int) (places []int, shares []share.SeedShare) {
	for i, u := range m.near[v] {
		if len(places) == m.Size.Threshold {
			break
		}
		if !m.in[Unmask][u] {
			continue
		}
		answer := m.Server.Store.Need(m.Server.ID, of(m.Workers[u], "shares")).Uint64s()
		at := 0 // among the neighbours u was asked about
		for _, other := range m.near[u] {
			if other == v {
				break
			}
			if m.in[ShareKeys][other] {
				at++
			}
		}
		places = append(places, i)
		shares = append(shares, share.SeedShare(answer[shareWords*at:shareWords*(at+1)]))
	}
	return places, shares
}

var errWrongKey = errors.New("the recovered mask key does not belong to the public key: some share was wrong")

// takeOff recovers b of everybody who delivered, and s of everybody who shared and
// did not, and adds up the masks that are still in the sum.
func (m *masking) takeOff() {
	m.t.Begin(trace.Scope{Level: trace.Operation, Name: "recover"})
	memo := m.rounds.while(m.t)
	out := memo.get(m.answers(memo.of("recover")), m.recover)
	secrets, total := out[:seedWords*len(m.u2)], out[seedWords*len(m.u2):]
	var ofB, ofS []uint64
	for i, v := range m.u2 {
		if w := secrets[seedWords*i : seedWords*(i+1)]; m.in[MaskedInput][v] {
			ofB = append(ofB, w...)
		} else {
			ofS = append(ofS, w...)
		}
	}
	m.o.Took = map[string]int{"b": len(ofB) / seedWords, "s": len(ofS) / seedWords}
	server := m.Server.Store
	names := []string{recoveredB}
	server.PutFrozen(recoveredB, trace.Opened, ring.From(len(ofB)/seedWords, seedWords, ofB), m.t.Step()+1, "from the shares of t neighbours of each who delivered")
	if len(ofS) > 0 {
		server.PutFrozen(recoveredS, trace.Opened, ring.From(len(ofS)/seedWords, seedWords, ofS), m.t.Step()+1, "from the shares of t neighbours of each who left after sharing")
		names = append(names, recoveredS)
	}
	server.PutFrozen(offMasks, trace.Plain, row(total), m.t.Step()+1, "Σ PRG(b) and the pair masks of those who left")
	if m.t.Watched() {
		m.t.EndLocal(m.Server.ID, values(m.Server, names...), values(m.Server, offMasks))
	}
}

// answers adds all that the server recovers secrets and masks from to the inputs of
// that: who shared, delivered and answered, the graph, the public mask keys, and the
// answers.
func (m *masking) answers(in *inputs) *inputs {
	if in == nil {
		return nil
	}
	in.text(m.pairMask()).numbers(m.Size.Threshold, m.length()).numbers(m.u2...).numbers(m.u3...)
	for _, u := range m.u2 {
		in.numbers(m.near[u]...).words(m.Server.Store.Need(m.Server.ID, of(m.Workers[u], "s")).Uint64s())
	}
	for _, u := range m.u3 {
		in.numbers(u)
		if m.in[Unmask][u] {
			in.words(m.Server.Store.Need(m.Server.ID, of(m.Workers[u], "shares")).Uint64s())
		}
	}
	return in
}

// recover returns the secret that is needed of everybody who shared, four words each,
// and then the sum of the masks that they explain.
func (m *masking) recover() []uint64 {
	n := seedWords * len(m.u2)
	out := make([]uint64, n+m.length())
	off := make([][]uint64, len(m.u2))
	m.each(m.t, len(m.u2), func(i int) {
		v := m.u2[i]
		places, shares := m.holdersOf(v)
		secret, err := share.ReconstructSeed(places, shares)
		if err != nil {
			panic(&party.Abort{Party: m.Server.ID, Cause: fmt.Errorf("the secret of %s: %w", m.Workers[v].ID, err)})
		}
		put(out[seedWords*i:], secret)
		off[i] = m.masksOf(v, secret)
	})
	total := out[n:]
	for _, masks := range off {
		for j, x := range masks {
			total[j] = (total[j] + x) & m.Quantiser.mask()
		}
	}
	return out
}

// masksOf computes from a recovered secret the masks it explains in Σ y: the
// self-mask of a worker that delivered; of one that did not, its pair masks at its
// neighbours who did.
func (m *masking) masksOf(v int, secret seed) []uint64 {
	off, e := make([]uint64, m.length()), expander{q: m.Quantiser}
	if m.in[MaskedInput][v] {
		e.add(off, secret, false)
		return off
	}
	w := m.Workers[v]
	if public(secret) != take(m.Server.Store.Need(m.Server.ID, of(w, "s")).Uint64s()) {
		panic(&party.Abort{Party: m.Server.ID, Cause: fmt.Errorf("%s: %w", w.ID, errWrongKey)})
	}
	s := private(secret)
	for _, u := range m.near[v] {
		if !m.in[MaskedInput][u] {
			continue
		}
		common, err := agree(s, take(m.Server.Store.Need(m.Server.ID, of(m.Workers[u], "s")).Uint64s()))
		if err != nil {
			panic(&party.Abort{Party: m.Server.ID, Cause: err})
		}
		m.addPair(&e, off, u, v, derive(common, m.pairMask())) // as u put it on
	}
	return off
}

// add adds up what was delivered and takes the masks off: the sum is open.
func (m *masking) add() {
	m.t.Begin(trace.Scope{Level: trace.Operation, Name: "add up"})
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

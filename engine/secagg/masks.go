package secagg

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"unseen/engine/party"
	"unseen/engine/ring"
	"unseen/engine/share"
	"unseen/engine/trace"
)

// masking is one round of aggregation with masks.
type masking struct {
	course

	near       map[int][]int  // N(u) by worker, of those who advertised keys
	u1, u2, u3 []int          // who advertised, who shared, who delivered
	in         [Stays][]bool  // the same as sets, by stage and worker
	channel    map[int][]seed // by worker: the keys of its channels to its neighbours
}

func (m *masking) copy() aggregation {
	n := *m
	n.course = m.clone()
	return &n
}

// plan lists the parts of a round.
func (m *masking) plan() []planned {
	return []planned{
		{Advertise, m.advertise}, {Advertise, m.sendKeys},
		{ShareKeys, m.shareKeys}, {ShareKeys, m.forwardShares},
		{MaskedInput, m.maskedInput},
		{Unmask, m.sendLists}, {Unmask, m.unmask}, {Unmask, m.addUp},
	}
}

func (m *masking) span(s Stage) trace.Scope {
	return trace.Scope{Level: trace.Batch, Name: s.String(), Index: int(s) + 1, Of: int(Stays)}
}

func (m *masking) told(s Stage) []trace.Value { return m.pairs(s) }

// enter notes who took part in a stage.
func (m *masking) enter(s Stage, workers []int) {
	m.in[s] = make([]bool, len(m.Workers))
	for _, u := range workers {
		m.in[s][u] = true
	}
}

// send sends what a worker has to send at a stage, if it is still there.
func (m *masking) send(u int, s Stage, parcels ...party.Parcel) {
	if m.leaves(u) > s {
		m.Link.Send(m.t, m.Workers[u], m.Server, s.String(), parcels...)
		m.sent[u] = s + 1
	}
}

// everybody lists all workers.
func (p *Protocol) everybody() []int {
	all := make([]int, len(p.Workers))
	for u := range all {
		all[u] = u
	}
	return all
}

// advertise is the first stage: every worker draws a mask key and sends both public
// keys to the server, which then draws the graph.
func (m *masking) advertise() part {
	s, pub := make([]seed, len(m.Workers)), make([][2]seed, len(m.Workers))
	return part{exchange: "advertise keys", turns: len(m.Workers),
		compute: []func(int){func(u int) {
			w := m.Workers[u]
			s[u] = m.draw(w, "mask key", m.Round)
			pub[u] = [2]seed{m.public(m.t, take(w.Store.Need(w.ID, channelKey).Uint64s())), m.public(m.t, s[u])}
		}},
		tell: func(u int) {
			w := m.Workers[u]
			m.t.Begin(trace.Scope{Level: trace.Operation, Name: "mask key"})
			w.Store.PutFrozen(maskKey, trace.Plain, word(s[u]), m.t.Step()+1, "drawn: the private half of this round's mask key")
			if m.t.Watched() {
				m.t.EndLocal(w.ID, nil, values(w, maskKey))
			}
			m.send(u, Advertise, party.Parcel{Name: of(w, "c"), Data: word(pub[u][0])}, party.Parcel{Name: of(w, "s"), Data: word(pub[u][1])})
		},
		end: func() error {
			m.u1 = m.staying(m.everybody(), Advertise)
			m.enter(Advertise, m.u1)
			if len(m.u1)-1 < m.Size.Threshold {
				return &ThresholdError{Stage: Advertise.String(), Left: len(m.u1) - 1, Need: m.Size.Threshold}
			}
			m.drawGraph()
			return nil
		}}
}

// drawGraph draws the neighbours of those who advertised keys.
func (m *masking) drawGraph() {
	m.t.Begin(trace.Scope{Level: trace.Operation, Name: "graph"})
	m.near = graph(m.Protocol.circle(m.u1, m.Round), m.Size.Neighbours)
	k := len(m.near[m.u1[0]])
	all := ring.New(len(m.u1), k)
	for i, u := range m.u1 {
		for j, v := range m.near[u] {
			all.Uint64s()[i*k+j] = uint64(m.Workers[v].Number)
		}
	}
	m.Server.Store.PutFrozen(neighbours, trace.Plain, all, m.t.Step()+1, fmt.Sprintf("drawn: a random graph in which each has %d neighbours", k))
	if m.t.Watched() {
		m.t.EndLocal(m.Server.ID, nil, values(m.Server, neighbours))
	}
}

// circle is the order in which those who advertised keys stand in a circle.
func (p *Protocol) circle(u1 []int, r Round) []int {
	return circle(u1, rand.New(p.stream(p.Server, "graph", r)))
}

// received lists by worker what the server holds of so many of them under a name.
func (m *masking) received(what string, workers []int) [][]uint64 {
	out := make([][]uint64, len(m.Workers))
	for _, u := range workers {
		out[u] = m.Server.Store.Need(m.Server.ID, of(m.Workers[u], what)).Uint64s()
	}
	return out
}

// sendKeys sends each worker its neighbours and their public keys.
func (m *masking) sendKeys() part {
	allC, allS := m.received("c", m.u1), m.received("s", m.u1)
	who, c, s := make([][]uint64, len(m.u1)), make([][]uint64, len(m.u1)), make([][]uint64, len(m.u1))
	return part{exchange: "send keys", turns: len(m.u1),
		compute: []func(int){func(i int) {
			near := m.near[m.u1[i]]
			who[i], c[i], s[i] = make([]uint64, len(near)), make([]uint64, seedWords*len(near)), make([]uint64, seedWords*len(near))
			for j, v := range near {
				who[i][j] = uint64(m.Workers[v].Number)
				copy(c[i][seedWords*j:], allC[v])
				copy(s[i][seedWords*j:], allS[v])
			}
		}},
		tell: func(i int) {
			m.Link.Send(m.t, m.Server, m.Workers[m.u1[i]], "send keys", party.Parcel{Name: neighbours, Data: row(who[i])},
				party.Parcel{Name: theirC, Data: ring.From(len(who[i]), seedWords, c[i])}, party.Parcel{Name: theirS, Data: ring.From(len(who[i]), seedWords, s[i])})
		}}
}

// meetAll makes room for what every two neighbours have in common: for the keys of their
// channels, and four words for the masks of each pair.
func (m *masking) meetAll() (pairs map[int][]uint64) {
	m.channel, pairs = make(map[int][]seed, len(m.u1)), make(map[int][]uint64, len(m.u1))
	for _, u := range m.u1 {
		m.channel[u] = make([]seed, len(m.near[u]))
		pairs[u] = make([]uint64, seedWords*len(m.near[u]))
	}
	return pairs
}

// agreeAll finds what a worker and its neighbours have in common, from their channel keys
// and from their mask keys. Both ends of an edge find the same; the simulator, which
// hosts both, computes it once, at the end that comes first: the neighbours before u have
// had their turn, or have it together with u.
func (m *masking) agreeAll(u int, pairs map[int][]uint64) {
	first, _ := slices.BinarySearch(m.near[u], u) // of the neighbours that come later
	later, w := m.near[u][first:], m.Workers[u]
	forMasks := m.agreeOnMasks(u, first)
	forShares := m.meet(u, later, w.Store.Need(w.ID, theirC).Uint64s()[seedWords*first:])
	copy(m.channel[u][first:], forShares)
	copy(pairs[u][seedWords*first:], forMasks)
	for i, v := range later {
		j, _ := slices.BinarySearch(m.near[v], u)
		m.channel[v][j] = forShares[i]
		copy(pairs[v][seedWords*j:], forMasks[seedWords*i:seedWords*(i+1)])
	}
}

// agreeOnMasks finds the seeds of the masks that a worker has in common with its
// neighbours from the first-th on, four words each.
func (m *masking) agreeOnMasks(u, first int) []uint64 {
	w := m.Workers[u]
	return m.common(w.ID, w.Store.Need(w.ID, maskKey).Uint64s(), w.Store.Need(w.ID, theirS).Uint64s()[seedWords*first:], m.pairMask())
}

// sealedWords is how many words a worker seals for a neighbour: a share of s and one of b.
const sealedWords = 2*shareWords + tagWords

// shareKeys is the second stage: every worker draws the seed of its self-mask, and
// sends a share of it and one of its mask key to each neighbour, sealed for it.
func (m *masking) shareKeys() part {
	pairs := m.meetAll()
	points := share.NewPoints(m.Size.Threshold, len(m.near[m.u1[0]])) // everybody has as many neighbours
	b, sealed := make([]seed, len(m.u1)), make([][]uint64, len(m.u1))
	return part{exchange: "share keys", turns: len(m.u1),
		compute: []func(int){
			func(i int) { m.agreeAll(m.u1[i], pairs) },
			func(i int) { b[i], sealed[i] = m.split(m.u1[i], points) },
		},
		tell: func(i int) {
			u := m.u1[i]
			w := m.Workers[u]
			m.t.Begin(trace.Scope{Level: trace.Operation, Name: "share secrets"})
			w.Store.PutFrozen(pairSeeds, trace.Plain, ring.From(len(m.near[u]), seedWords, pairs[u]), m.t.Step()+1,
				"what own s secret and their s have in common")
			w.Store.PutFrozen(selfSeed, trace.Plain, word(b[i]), m.t.Step()+1, "drawn: the seed of the self-mask")
			if m.t.Watched() {
				m.t.EndLocal(w.ID, values(w, maskKey), values(w, selfSeed))
			}
			m.send(u, ShareKeys, party.Parcel{Name: of(w, sealedFrom), Data: ring.From(len(m.near[u]), sealedWords, sealed[i])})
		},
		end: func() error {
			m.u2 = m.staying(m.u1, ShareKeys)
			m.enter(ShareKeys, m.u2)
			if len(m.u2)-1 < m.Size.Threshold {
				return &ThresholdError{Stage: ShareKeys.String(), Left: len(m.u2) - 1, Need: m.Size.Threshold}
			}
			return nil
		}}
}

// forwardShares passes on to each worker what its neighbours sealed for it, and lets it
// open that.
func (m *masking) forwardShares() part {
	all := m.received(sealedFrom, m.u2)
	flags, sealed, shares := make([][]uint64, len(m.u2)), make([][]uint64, len(m.u2)), make([][]uint64, len(m.u2))
	var unopened []uint64 // where the round is retraced it stands for what is opened at once, and kept no longer
	if m.known != nil {
		unopened = make([]uint64, sealedWords*len(m.near[m.u2[0]]))
	}
	return part{exchange: "forward shares", turns: len(m.u2), every: m.every(4 * often),
		compute: []func(int){func(i int) {
			v := m.u2[i]
			flags[i] = m.sharing(v)
			if m.known != nil {
				sealed[i], shares[i] = unopened, m.known.held(m, v, flags[i])
			} else {
				sealed[i] = m.gather(v, flags[i], all)
				shares[i] = m.unseal(v, flags[i], sealed[i])
			}
		}},
		tell: func(i int) {
			v := m.u2[i]
			w, k := m.Workers[v], len(m.near[v])
			m.Link.Send(m.t, m.Server, w, "forward shares",
				party.Parcel{Name: shared, Data: row(flags[i]), Bits: 1}, party.Parcel{Name: sealedFrom, Data: ring.From(k, sealedWords, sealed[i])})
			m.t.Begin(trace.Scope{Level: trace.Operation, Name: "open shares"})
			w.Store.PutFrozen(held, trace.Share, ring.From(k, 2*shareWords, shares[i]), m.t.Step()+1, "unsealed: a share of s and one of b of each neighbour")
			w.Store.Remove(sealedFrom)
			if m.t.Watched() {
				m.t.EndLocal(w.ID, values(w, shared), values(w, held))
			}
		}}
}

// sharing flags those of v's neighbours that sealed something for it.
func (m *masking) sharing(v int) []uint64 {
	flags := make([]uint64, len(m.near[v]))
	for i, u := range m.near[v] {
		if m.in[ShareKeys][u] {
			flags[i] = 1
		}
	}
	return flags
}

// gather collects, from all that workers sealed, what the neighbours of v that are flagged
// sealed for it: k × 12.
func (m *masking) gather(v int, flags []uint64, all [][]uint64) []uint64 {
	sealed := make([]uint64, sealedWords*len(flags))
	for i, u := range m.near[v] {
		if flags[i] == 1 {
			j, _ := slices.BinarySearch(m.near[u], v)
			copy(sealed[sealedWords*i:sealedWords*(i+1)], all[u][sealedWords*j:])
		}
	}
	return sealed
}

// split draws a worker's self-mask seed and makes of it, and of its mask key, a pair
// of shares for each neighbour, sealed: k × 12.
func (m *masking) split(u int, at *share.Points) (b seed, sealed []uint64) {
	w := m.Workers[u]
	b = m.draw(w, "self-mask", m.Round)
	s := take(w.Store.Need(w.ID, maskKey).Uint64s())
	memo := m.memo()
	in := memo.of("split").numbers(u, int(m.Number), int(m.Branch), m.Size.Threshold).numbers(m.near[u]...).seeds(b, s).seeds(m.channel[u]...)
	return b, memo.get(in, func() []uint64 { return m.splitInto(u, b, s, at) })
}

// splitInto makes and seals the shares of a worker's two secrets.
func (m *masking) splitInto(u int, b, s seed, at *share.Points) []uint64 {
	near, source := m.near[u], m.stream(m.Workers[u], "polynomials", m.Round)
	sealed, all := make([]uint64, sealedWords*len(near)), make([]uint64, 2*shareWords*len(near))
	at.SplitSeedInto(all[shareWords:], 2*shareWords, b, source)
	at.SplitSeedInto(all, 2*shareWords, s, source)
	var e envelope
	for i, v := range near {
		e.seal(m.channel[u][i], m.Round, u, v, sealed[sealedWords*i:sealedWords*(i+1)], all[2*shareWords*i:2*shareWords*(i+1)])
	}
	m.known.keep(u, all)
	return sealed
}

// unseal opens what the neighbours of v that are flagged sealed for it: k × 10.
func (m *masking) unseal(v int, flags, sealed []uint64) []uint64 {
	shares := make([]uint64, 2*shareWords*len(m.near[v]))
	var e envelope
	for j, u := range m.near[v] {
		if flags[j] == 0 {
			continue
		}
		if err := e.open(m.channel[v][j], m.Round, u, v, shares[2*shareWords*j:2*shareWords*(j+1)], sealed[sealedWords*j:sealedWords*(j+1)]); err != nil {
			panic(&party.Abort{Party: m.Workers[v].ID, Cause: fmt.Errorf("from %s: %w", m.Workers[u].ID, err)})
		}
	}
	return shares
}

// count returns how many of a list are in a set.
func count(list []int, in []bool) int {
	n := 0
	for _, v := range list {
		if in[v] {
			n++
		}
	}
	return n
}

// maskedInput is the third stage: every worker that may count on enough neighbours
// sends y_u = x_u + PRG(b_u) ± PRG(s_uv) over the neighbours that shared keys.
func (m *masking) maskedInput() part {
	able := m.able()
	x, y := make([][]uint64, len(able)), make([][]uint64, len(able))
	return part{exchange: "masked input", turns: len(able), every: m.every(2 * often),
		compute: []func(int){func(i int) {
			x[i] = m.inSteps(able[i])
			y[i] = m.mask(able[i], x[i])
		}},
		tell: func(i int) {
			u := able[i]
			w := m.Workers[u]
			m.tellEncoded(u, x[i])
			m.t.Begin(trace.Scope{Level: trace.Operation, Name: "mask"})
			w.Store.PutFrozen(masked, trace.Share, row(y[i]), m.t.Step()+1, "x_u + PRG(b) ± the masks of pairs")
			if m.t.Watched() {
				m.t.EndLocal(w.ID, values(w, Encoded), values(w, masked))
			}
			m.send(u, MaskedInput, party.Parcel{Name: of(w, "y"), Form: trace.Share, Data: w.Store.Need(w.ID, masked), Bits: m.Quantiser.Bits})
		},
		end: func() error {
			m.u3 = m.staying(able, MaskedInput)
			m.o.Gone[MaskedInput] = len(m.u2) - len(m.u3)
			m.enter(MaskedInput, m.u3)
			if len(m.u3)-1 < m.needed() {
				return &ThresholdError{Stage: MaskedInput.String(), Left: len(m.u3) - 1, Need: m.needed()}
			}
			return m.recoverable(MaskedInput)
		}}
}

// able lists the workers that shared keys and may count on enough neighbours: t of
// theirs shared keys too. The others refuse to go on.
func (m *masking) able() []int {
	var out []int
	for _, u := range m.u2 {
		if count(m.near[u], m.in[ShareKeys]) >= m.Size.Threshold {
			out = append(out, u)
		}
	}
	return out
}

// recoverable reports a worker too few of whose neighbours are left to recover the
// secret that is needed of it.
func (m *masking) recoverable(s Stage) error {
	for _, v := range m.u2 {
		if left := count(m.near[v], m.in[s]); left < m.Size.Threshold {
			return &ThresholdError{s.String(), m.Workers[v].ID, left, m.Size.Threshold}
		}
	}
	return nil
}

// mask computes y = x + PRG(b) ± PRG(s_uv) for one worker.
func (m *masking) mask(u int, x []uint64) []uint64 {
	w := m.Workers[u]
	need := func(name string) []uint64 { return w.Store.Need(w.ID, name).Uint64s() }
	if y := m.known.input(u); y != nil {
		return y
	}
	b, flags, pairs := need(selfSeed), need(shared), need(pairSeeds)
	memo := m.memo()
	return memo.get(memo.of("mask").numbers(u).numbers(m.near[u]...).words(x, b, flags, pairs), func() []uint64 {
		y, e := slices.Clone(x), m.expander()
		defer m.expanders.Put(e)
		e.add(y, take(b), false)
		for i, v := range m.near[u] {
			if flags[i] == 1 {
				m.addPair(e, y, u, v, take(pairs[seedWords*i:]))
			}
		}
		return y
	})
}

// addPair adds to y the mask that u has in common with v, as u puts it on: the earlier of
// the two adds it, the later takes it off.
func (m *masking) addPair(e *expander, y []uint64, u, v int, s seed) {
	if m.Redraw == nil {
		e.add(y, s, v < u)
		return
	}
	words := make([]uint64, len(y))
	e.add(words, s, false)
	m.Redraw(m.Workers[min(u, v)].ID, m.Workers[max(u, v)].ID, m.Number, words)
	for i, x := range words {
		if v < u {
			x = -x
		}
		y[i] = (y[i] + x) & m.Quantiser.mask()
	}
}

// few is the number of workers up to which all masks are shown at once.
const few = 12

// pairs shows, while there are few workers and somebody watches, the masks that each
// of them put on the first element of its update: one part for each worker, 1 × n + 1,
// the signed pair masks in the order of the workers and the self-mask last.
func (m *masking) pairs(s Stage) []trace.Value {
	if s != MaskedInput || !m.t.Watched() || len(m.Workers) > few {
		return nil
	}
	v := trace.Value{Name: "masks", Form: trace.Plain}
	for _, u := range m.u3 {
		w := m.Workers[u]
		masks := make([]uint64, len(m.Workers)+1)
		e := expander{q: m.Quantiser}
		flags, seeds := w.Store.Need(w.ID, shared).Uint64s(), w.Store.Need(w.ID, pairSeeds).Uint64s()
		for i, other := range m.near[u] {
			if flags[i] == 1 {
				m.addPair(&e, masks[other:other+1], u, other, take(seeds[seedWords*i:]))
			}
		}
		e.add(masks[len(m.Workers):], take(w.Store.Need(w.ID, selfSeed).Uint64s()), false)
		v.Parts = append(v.Parts, trace.Part{Party: w.ID, Data: row(masks)})
	}
	return []trace.Value{v}
}

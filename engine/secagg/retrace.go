package secagg

import (
	"runtime"
	"slices"
	"sync"

	"gorgonia.org/tensor"

	"unseen/engine/local"
	"unseen/engine/mode"
	"unseen/engine/nn"
	"unseen/engine/ring"
	"unseen/engine/share"
	"unseen/engine/trace"
)

// What all parties hold in the middle of a server round takes some 40 MB where there are
// 653 workers: too much to keep of every round of a run. Of a round that is long over a
// place is kept in brief: from where the round began, and so much of what takes long to
// compute that the round is soon retraced to there. All else follows again from the same
// keys, by the same code as the first time; but what was sealed is not opened, and what was
// shared is not reconstructed again.

// brief is such a place. It implements mode.State.
type brief struct {
	start      *local.State[position] // the beginning of the server round
	step       int                    // of the run, there
	where      position               // without the aggregation under way
	under      bool                   // one is under way
	part, turn int                    // of it
	known      *known
	bytes      int // of known that no earlier place has
}

// known is what is remembered of a round, for places up to which it was computed.
type known struct {
	inputs map[int][]uint32 // by worker: its masked input, where a word of the ring has no more than 32 bits
	turns  int              // of a committee's workers: sums are over so many
	sums   [][]uint64       // by holder: the sum of their shares

	// while the round is retraced
	rest      *pool            // the polynomials of those who follow them
	shares    [][]uint64       // by worker: what it seals for its neighbours
	recovered map[string][]int // by name: the workers whose secret the server has got, in order
	unsettled *tensor.Dense    // stands for what follows from that until it is settled
}

// oftenSums is after how many workers the sums of a committee are remembered.
const oftenSums = 128

// Bytes returns about how much memory the place takes that an earlier one does not.
func (b *brief) Bytes() int { return 256 + b.bytes }

// size is how many bytes are remembered.
func (k *known) size() (bytes int) {
	if k != nil {
		for _, y := range k.inputs {
			bytes += 4 * len(y)
		}
		for _, sum := range k.sums {
			bytes += 8 * len(sum)
		}
	}
	return bytes
}

// Tensors calls f for those of the beginning of the round.
func (b *brief) Tensors(earlier mode.State, f func(*tensor.Dense)) {
	if e, ok := earlier.(*brief); ok {
		earlier = e.start
	}
	if earlier != mode.State(b.start) {
		b.start.Tensors(earlier, f)
	}
}

// Brief returns a state that stands for a place within a server round, which began at a
// step in the state start, in little memory; nil where there is none that is smaller.
// previous is that of an earlier place in the same round, or nil: they share what they can.
func (a *Secagg) Brief(at, start mode.State, step int, previous mode.State) mode.State {
	full, ok := at.(*local.State[position])
	if !ok || at == start || full.Where().over || full.Where().visit == 0 {
		return nil
	}
	b := &brief{start: start.(*local.State[position]), step: step, where: full.Where()}
	if from := b.start.Where(); !from.ready || from.visit > 0 || from.round != b.where.round {
		return nil
	}
	before, _ := previous.(*brief)
	if under := b.where.under; under != nil {
		b.where.under, b.under = nil, true
		b.part, b.turn = under.state().part, under.state().turn
		var k *known
		if before != nil {
			k = before.known
		}
		shared := k.size()
		if b.known = under.remember(full, k); b.known != k {
			shared = 0
		}
		b.bytes = b.known.size() - shared
	}
	return b
}

// remember keeps the masked inputs that there are so far, in half of the words.
func (m *masking) remember(full *local.State[position], before *known) *known {
	k := before
	if k == nil {
		k = &known{inputs: map[int][]uint32{}}
	}
	if m.Quantiser.Bits > 32 || m.part < maskedPart {
		return k
	}
	for u := range m.Workers {
		if k.inputs[u] != nil {
			continue
		}
		if o, ok := full.Memory(1 + u).Object(masked); ok {
			y := make([]uint32, o.Data.Size())
			for i, x := range o.Data.Uint64s() {
				y[i] = uint32(x)
			}
			k.inputs[u] = y // the places before this one come by no such worker
		}
	}
	return k
}

// maskedPart is the place of [masking.maskedInput] in the plan.
const maskedPart = 4

// input returns the masked input of a worker if it is remembered, else nil.
func (k *known) input(u int) []uint64 {
	if k == nil || k.inputs[u] == nil {
		return nil
	}
	y := make([]uint64, len(k.inputs[u]))
	for i, x := range k.inputs[u] {
		y[i] = uint64(x)
	}
	return y
}

// keep keeps the shares that a worker seals for its neighbours, k × 10.
func (k *known) keep(u int, shares []uint64) {
	if k != nil {
		k.shares[u] = shares
	}
}

// held returns what v finds in what its neighbours that are flagged sealed for it, without
// opening it again: k × 10.
func (k *known) held(m *masking, v int, flags []uint64) []uint64 {
	shares := make([]uint64, 2*shareWords*len(m.near[v]))
	for i, u := range m.near[v] {
		if flags[i] == 1 {
			j, _ := slices.BinarySearch(m.near[u], v)
			copy(shares[2*shareWords*i:2*shareWords*(i+1)], k.shares[u][2*shareWords*j:])
		}
	}
	return shares
}

// remember keeps what the holders have added up, now and then.
func (c *committee) remember(_ *local.State[position], before *known) *known {
	k := before
	if k == nil {
		k = &known{}
	}
	if c.sums != nil && c.turn >= k.turns+oftenSums {
		k = &known{turns: c.turn}
		for _, sum := range c.sums {
			k.sums = append(k.sums, slices.Clone(sum))
		}
	}
	return k
}

// Lighten returns a place that [Secagg.Brief] returned without what only saves time.
func (a *Secagg) Lighten(s mode.State) mode.State {
	n := *s.(*brief)
	n.known, n.bytes = nil, 0
	return &n
}

// Retrace goes to a place that [Secagg.Brief] returned. told is told the messages of the
// aggregation under way: who sends how much to whom, and not what.
func (a *Secagg) Retrace(s mode.State, told trace.Observer) {
	b := s.(*brief)
	a.Restore(b.start)
	t := trace.NewTracer(func(*trace.Event) {}, b.step)
	a.SendModel(t, a.Workers...)
	step := a.retrain(t.Step(), b.where.visit)
	a.where = b.where
	if !b.under {
		return
	}
	a.phase, a.where.under = aggregating, a.Protocol.begin(a.round(b.where.round))
	c := a.where.under.state()
	c.known = &known{rest: &pool{}, shares: make([][]uint64, len(a.Workers)), recovered: map[string][]int{}, unsettled: row(make([]uint64, 1))}
	if b.known != nil {
		c.known.inputs, c.known.turns, c.known.sums = b.known.inputs, b.known.turns, b.known.sums
	}
	finish(trace.NewTracer(told, step), a.where.under, func() bool { return c.part == b.part && c.turn == b.turn })
	a.where.under.settle()
	c.known = nil
}

// retrain lets the first so many workers train again with the model that all have got, on
// all cores and while nobody watches. It begins behind a step, and returns that at which the
// last visit ends.
func (a *Secagg) retrain(step, visits int) int {
	if a.visits == nil {
		_, a.visits = a.Fleet.Events(a.Learning.LocalEpochs)
	}
	model := local.Network(a.Server, a.Layers())
	begin := nn.Pack(model)
	benches := make(chan *local.Bench, runtime.GOMAXPROCS(0))
	for range cap(benches) {
		benches <- local.NewBench(a.Learning)
	}
	updates, losses := make([]*tensor.Dense, visits), make([][]float64, visits)
	a.Protocol.each(new(trace.Tracer), visits, func(i int) {
		b := <-benches
		trained, loss := a.TrainAlone(b, a.Workers[i], model, uint64(a.where.round), a.Learning.LocalEpochs)
		updates[i], losses[i] = moved(trained, begin), loss
		benches <- b
	})
	for i, w := range a.Workers[:visits] {
		const update = 1
		step += a.visits[i] + update
		a.KeepLosses(w, losses[i], step-1)
		a.keepUpdate(w, updates[i], step-1)
		a.ForgetModel(w)
	}
	return step
}

// pool is of vectors of one length, in each of which one goroutine adds up something at a
// time. Their sum is that of all.
type pool struct {
	mu   sync.Mutex
	all  [][]uint64
	free [][]uint64
}

// Shares of sums are sums of shares: what a committee's holders have added up is the value of
// the sums of polynomials at the holders' points, and nothing has to be sealed and opened
// again to know it.

// add adds the polynomials of the i-th worker that shares its update x, unless its shares
// are in the sums already.
func (k *known) add(c *committee, i int, x []uint64) {
	if i < k.turns {
		return
	}
	source, t := c.stream(c.Workers[c.u1[i]], "shares", c.Round), c.Size.Threshold
	sum, polynomial := k.rest.take(t*len(x)), make([]uint64, t)
	for i, e := range x {
		c.drawPolynomial(polynomial, e, source)
		addElements(sum[t*i:t*(i+1)], polynomial)
	}
	k.rest.give(sum)
}

func (p *pool) take(size int) (sum []uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		sum, p.free = p.free[n-1], p.free[:n-1]
		return sum
	}
	sum = make([]uint64, size)
	p.all = append(p.all, sum)
	return sum
}

func (p *pool) give(sum []uint64) {
	p.mu.Lock()
	p.free = append(p.free, sum)
	p.mu.Unlock()
}

// later notes that the server has recovered the secret of v, and returns what stands for all
// secrets of that kind and for the masks to take off.
func (k *known) later(name string, v int) (all, off *tensor.Dense) {
	k.recovered[name] = append(k.recovered[name], v)
	return k.unsettled, k.unsettled
}

// secretOf is what the shares of v's neighbours reconstruct: it is what v shared.
func (m *masking) secretOf(v int) seed {
	secret := maskKey
	if m.in[MaskedInput][v] {
		secret = selfSeed
	}
	w := m.Workers[v]
	return take(w.Store.Need(w.ID, secret).Uint64s())
}

// settle puts into the server's memory what it has recovered so far, and the masks that
// follow.
func (m *masking) settle() {
	k, server := m.known, m.Server.Store
	if k == nil || len(k.recovered) == 0 {
		return
	}
	into := func(name string, data *tensor.Dense) {
		o, _ := server.Get(name)
		server.PutFrozen(name, o.Form, data, o.Step, o.Origin)
	}
	var who []int
	for _, name := range []string{recoveredB, recoveredS} {
		workers := k.recovered[name]
		if len(workers) == 0 {
			continue
		}
		who = append(who, workers...)
		all := ring.New(len(workers), seedWords)
		for i, v := range workers {
			put(all.Uint64s()[seedWords*i:], m.secretOf(v))
		}
		into(name, all)
	}
	var sums pool
	m.each(new(trace.Tracer), len(who), func(i int) {
		sum := sums.take(m.length())
		m.addMasksOf(sum, who[i], m.secretOf(who[i]))
		sums.give(sum)
	})
	off := sums.all[0]
	for _, more := range sums.all[1:] {
		for j, x := range more {
			off[j] = (off[j] + x) & m.Quantiser.mask()
		}
	}
	into(offMasks, row(off))
	k.recovered = nil
}

// settle makes the holders' sums what they are after the workers so far.
func (c *committee) settle() {
	k := c.known
	if k == nil || k.rest == nil || c.sums == nil {
		return
	}
	for j, sum := range k.sums {
		copy(c.sums[j], sum)
	}
	if len(k.rest.all) > 0 {
		total, t := k.rest.all[0], c.Size.Threshold
		for _, more := range k.rest.all[1:] {
			addElements(total, more)
		}
		points := share.NewPoints(t, len(c.members))
		values := make([]uint64, len(c.members))
		for i := range c.length() {
			points.Evaluate(values, total[t*i:t*(i+1)])
			for j, y := range values {
				c.sums[j][i] = addElement(c.sums[j][i], y)
			}
		}
	}
	k.rest = nil
}

// addElements adds elements of the prime field.
func addElements(sum, x []uint64) {
	for i, y := range x {
		sum[i] = addElement(sum[i], y)
	}
}

func addElement(a, b uint64) uint64 {
	if a += b; a >= share.Prime {
		a -= share.Prime
	}
	return a
}

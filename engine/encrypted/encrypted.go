// Package encrypted trains end to end on secret shares (protocols, section 8): the
// owners of rows split features and labels among a few holders, the owner of the
// model splits its initial weights, and from there on everything is computed on
// shares, with correlated randomness from a dealer. At the end the owner of the
// model, and nobody else, is sent the shares of the final weights.
//
// The holders are the first workers by name; they own rows like the others. They
// are semi-honest, and the dealer does not collude with any of them. What is opened
// is: values under uniform masks; for "--normalize standard" the sums of the columns
// and of their squares; with "--reveal-loss" the loss of each batch; and to its
// owner the final model.
//
// The network is package nn's, line by line; what is different is the arithmetic
// ([Shares]): numbers are truncated lazily, so that a ReLU and the way back through
// it include their truncations, all weights are opened under their masks in one
// round, and all updates, with the loss, are truncated in one round. Softmax takes the
// logits as they come from the last product.
//
// Weights are opened under fresh masks at each step, since they change. The training
// rows do not, nor their labels: each is opened under a mask once, whatever batches it is
// in later.
//
// A step of a network with L layers takes 5·(L−1) + 2·(L−1) rounds for its ReLUs, there
// and back, 2 for the masks of weights and of the last slopes, 1 for truncating the
// updates, 1 for releasing the loss, and 15 for softmax (5 by the Fourier way): 47, or 37,
// for five layers.
//
// With f = 16 a single step is as exact as anyone needs. Ten epochs are not one step: at
// each of 200 updates noise turns the sign of some z near 0, and runs drift apart. So
// what is computed between sharing and releasing has guard bits (see precision), and
// exp is right to 2^-19, not 2^-12 (see mpc.Protocol.Exp): a systematic error does as much
// harm as noise.
//
//   - encrypted.go: the loop over batches
//   - memory.go: what the parties remember of it, for those who look on
//   - setup.go: keys, and the split of rows, labels and the model
//   - arithmetic.go, precision.go: the network's numbers on shares, and their bits
//   - predict.go: one private answer
//   - state.go: what a checkpoint keeps
//   - twin.go: the same network in plaintext beside it, and values that leave their range
//   - tamper.go: what is on its way, changed
package encrypted

import (
	"fmt"
	"math/rand/v2"

	"gorgonia.org/tensor"

	"unseen/engine/local"
	"unseen/engine/mode"
	"unseen/engine/mpc"
	"unseen/engine/nn"
	"unseen/engine/party"
	"unseen/engine/prep"
	"unseen/engine/ring"
	"unseen/engine/trace"
)

// Ids of the parties beside the owners of rows.
const (
	Server = "server" // owns the model
	Dealer = "dealer"
)

// Names of a holder's key: in the holder's memory, and in the dealer's before the holder's id.
const (
	DealersKey = "key of the dealer"
	KeyFor     = "key for "
)

// Names of what an owner splits, and of what it splits it into, before a holder's id.
const (
	OwnRow   = "row"
	SeedFor  = "seed of row for "
	ShareFor = "share of row for "
)

// OwnLabels are at a holder that is a worker, too, the labels of its own rows in plain; its
// shares of all labels have their usual name.
const OwnLabels = "own Y"

// How holders came to their shares of what was split for them.
const (
	AllRows      = "shares of all rows"
	AllLabels    = "shares of all labels"
	InitialShare = "share of the initial weights"
)

// Settings say how shares are computed with.
type Settings struct {
	Holders    int    // 2 to 10
	Fraction   int    // fraction bits, 4 to 24
	Truncation string // dealer, local (2 holders) or exact
	Softmax    string // exp or fourier (2 classes)
	RevealLoss bool   // compute and open the loss of each batch
	Twin       bool   // compare each value with the plaintext network's
	Watch      bool   // stop where a value leaves the range, a debugging eye of the simulator
}

// Encrypted is training on shares. It implements mode.Mode.
type Encrypted struct {
	learning mode.Learning
	settings Settings
	rows     mode.Rows
	server   *party.Party
	dealer   *party.Party
	holders  []*party.Party
	owners   []*owner
	parties  []*party.Party
	link     party.Link
	deal     *prep.Dealer
	protocol *mpc.Protocol
	shares   *Shares
	learner  nn.Learner[*Number]
	tracer   *trace.Tracer
	twin     *twin
	where    position

	x, y     *mpc.Shared         // all training rows and labels, with masks
	net      nn.Network[*Number] // the model
	revealed *tensor.Dense       // the final model, in one row, as its owner has added it up

	redraw Redraw // of shares of owners; nil: nobody does
}

// owner is a party that owns rows.
type owner struct {
	*local.Trainer
	index []int // of its rows among the training rows
}

// position is the next thing to do.
type position struct {
	ready        bool // set up
	epoch, batch int  // counted from 0
}

// New gives each owner its rows and the server the initial weights. There must be
// at least as many owners as holders. The error says what does not fit.
func New(r mode.Rows, l mode.Learning, s Settings) (*Encrypted, error) {
	if len(r.Owners) < s.Holders {
		return nil, fmt.Errorf("%d holders among %d owners of rows", s.Holders, len(r.Owners))
	}
	e := &Encrypted{learning: l, settings: s, rows: r, server: party.New(Server, 0, party.Server), dealer: party.New(Dealer, 0, party.Dealer)}
	e.parties = []*party.Party{e.server, e.dealer}
	for i, o := range r.Owners {
		role := party.Worker
		if i < s.Holders {
			role = party.Holder
		}
		p := party.New(o.ID, i+1, role)
		e.owners = append(e.owners, &owner{local.NewTrainer(p, r, o.Index), o.Index})
		e.parties = append(e.parties, p)
		if i < s.Holders {
			e.holders = append(e.holders, p)
		}
	}
	var err error
	if e.deal, err = prep.NewDealer(ring.Ring{}, s.Holders, l.Root.Party(Dealer)); err != nil {
		return nil, err
	}
	e.keepKeys()
	if e.protocol, err = mpc.Among(e.holders, e.dealer, ring.Ring{}, e.deal); err != nil {
		return nil, err
	}
	e.protocol.Link = &e.link
	if s.Watch {
		e.protocol.Watch = watch
	}
	e.shares = NewShares(e.protocol, s, l)
	if s.Twin {
		e.twin = newTwin(e)
	}
	return e, nil
}

// crossEntropy reports whether the cross-entropy of each batch is computed.
func (s Settings) crossEntropy(l mode.Learning) bool { return s.RevealLoss && l.Loss == nn.NLL }

// watch is the overflow watcher: the first value out of range ends the run.
func watch(_ string, plaintext *tensor.Dense) error { return ring.Ring{}.CheckRange(plaintext) }

// Parties lists the owner of the model, the dealer, the holders, and the other
// owners of rows.
func (e *Encrypted) Parties() []*party.Party { return e.parties }

// Holders lists the ids of those who hold shares.
func (e *Encrypted) Holders() []string {
	ids := make([]string, len(e.holders))
	for i, h := range e.holders {
		ids[i] = h.ID
	}
	return ids
}

// Cost returns what was sent so far.
func (e *Encrypted) Cost() trace.Cost { return e.link.Cost() }

// Openings lists what was opened so far, and why.
func (e *Encrypted) Openings() []mpc.Opening { return e.protocol.Openings() }

// Ledger tells what the dealer has dealt and what of it was used.
func (e *Encrypted) Ledger() prep.Ledger { return e.deal.Ledger() }

// Redraw returns a stream in the place of the one that a holder, counted from 0, expands
// from the seed of its share of what an owner has split.
type Redraw func(owner string, holder int, expanded rand.Source) rand.Source

// Redraw replaces the streams that the dealer and the holders draw from: dealt gets those
// they have for what is dealt, split, which may be nil, those for what owners split.
func (e *Encrypted) Redraw(dealt func(prep.Draw) prep.Draw, split Redraw) {
	e.deal.Redraw(dealt)
	e.redraw = split
}

// Units returns the number of batches of the whole run.
func (e *Encrypted) Units() int { return e.learning.Epochs * e.learning.Batches(e.rows.Len()) }

// Steps counts the events of the whole run: small runs on zeros tell what setting
// up, an owner more, a batch, and the end of an epoch consist of. Of the network only
// the number of layers matters, and the number of classes: layers of one unit do.
func (e *Encrypted) Steps() int {
	sizes := nn.Widths(e.learning.Initial)
	for l := range sizes[:len(sizes)-1] {
		sizes[l] = 1
	}
	count := func(owners, batch, epochs int) int {
		l, s := e.learning, e.settings
		// The rate of a row is that of the run, unless what has room in the run had none here.
		l.Rate = min(l.Rate*float64(batch)/float64(l.Batch), 1)
		l.Epochs, l.Batch, l.Initial = epochs, batch, nn.Zeros(sizes)
		l.Root = l.Root.Party("counting") // zeros are not to meet the masks of the run
		s.Twin, s.Watch = false, false
		r := local.ZeroFleet(owners, 1, l.Initial)
		r.Scaling.How = e.rows.Scaling.How
		zero, err := New(r, l, s)
		if err != nil {
			panic(err) // it is like e, but smaller
		}
		return mode.Count(zero)
	}
	h := e.settings.Holders
	one := count(h, h, 1)
	owner := count(h+1, h+1, 1) - one
	batch := count(h, (h+1)/2, 1) - one
	end := count(h, h, 2) - one - batch
	batches := e.learning.Batches(e.rows.Len())
	return one + (len(e.owners)-h)*owner + (batches-1)*batch + (e.learning.Epochs-1)*(batches*batch+end)
}

// Where names epoch, batch, layer and operation.
func (e *Encrypted) Where() []trace.Scope {
	if !e.where.ready {
		return []trace.Scope{{Level: trace.Epoch, Name: "setup"}}
	}
	return append([]trace.Scope{{Level: trace.Epoch, Name: "epoch", Index: e.where.epoch + 1}, {Level: trace.Batch, Name: "batch", Index: e.where.batch + 1}},
		e.learner.Where()...)
}

// Run trains from the present state to the end.
func (e *Encrypted) Run(t *trace.Tracer, m mode.Monitor) {
	e.attach(t)
	n := e.rows.Len()
	if !e.where.ready {
		m.Boundary()
		e.deal.Buffers = nil // rows and their masks stay
		e.setUp()
		e.where.ready = true
	}
	if e.deal.Buffers == nil { // what a step leaves behind is used again, unless a snapshot shows it
		e.deal.Buffers = new(ring.Buffers)
	}
	batches := e.learning.Batches(n)
	for ; e.where.epoch < e.learning.Epochs; e.where.epoch++ {
		t.Begin(trace.Scope{Level: trace.Epoch, Name: "epoch", Index: e.where.epoch + 1, Of: e.learning.Epochs})
		order := e.learning.Order(Server, n, uint64(e.where.epoch))
		for ; e.where.batch < batches; e.where.batch++ {
			e.forget()
			m.Boundary()
			first := e.where.batch * e.learning.Batch
			t.Begin(trace.Scope{Level: trace.Batch, Name: "batch", Index: e.where.batch + 1, Of: batches})
			e.batch(order[first:min(first+e.learning.Batch, n)], m)
		}
		m.Epoch(e.Weights(), nil)
		e.end()
		e.where.batch = 0
	}
	e.reveal()
}

// Keep says that somebody keeps what the memories hold now.
func (e *Encrypted) Keep() { e.deal.Buffers.Keep() }

// attach says who is told what happens from now on.
func (e *Encrypted) attach(t *trace.Tracer) {
	e.tracer, e.protocol.Tracer, e.shares.settled = t, t, e.settled
	e.learner = nn.Learner[*Number]{Arithmetic: e.shares, Tracer: t, Party: "holders", Loss: e.learning.Loss, Remember: e.remember,
		Blind: !e.settings.RevealLoss}
	if e.learning.Dropout > 0 {
		e.learner.Dropout = func(layer, m, n int) *tensor.Dense {
			step := uint64(e.where.epoch*e.learning.Batches(e.rows.Len()) + e.where.batch)
			return e.learning.DropoutMask(Server, step*uint64(e.learning.Initial.Layers()+1)+uint64(layer), m, n)
		}
	}
	if e.twin != nil {
		e.learner.Probe = e.twin.compare
	}
}

func (e *Encrypted) party(id string) *party.Party {
	for _, h := range e.holders {
		if h.ID == id {
			return h
		}
	}
	return e.server
}

// batch trains on one batch of rows: the network's step on shares.
func (e *Encrypted) batch(index []int, m mode.Monitor) {
	t := e.tracer
	e.need()
	e.deal.Buffers.Reset(len(index))
	x, y := whole(e.protocol.Rows(e.x, index), e.bits().Rows), whole(e.protocol.Rows(e.y, index), e.settings.Fraction)
	e.gather(index, x, y)
	names, w := e.products()
	e.protocol.MaskNamed(names, w...)
	if e.twin != nil {
		e.twin.step(index)
	}
	p, loss := e.learner.Step(e.net, x, y, len(index), e.learning.Rate)
	e.carry()
	e.keep("")
	if e.settings.RevealLoss {
		m.Batch(e.release(loss) / float64(len(index)))
	}
	if t.Watched() {
		t.End(e.learner.Values("x", x), e.learner.Values("p", p))
	}
}

// gather reports which rows the holders take: their numbers are public.
func (e *Encrypted) gather(index []int, x, y *Number) {
	t := e.tracer
	if !t.Watched() {
		return
	}
	t.Begin(trace.Scope{Level: trace.Operation, Name: "gather"})
	e.remember("x", x, "rows of X")
	e.remember("y", y, "rows of Y")
	e.rememberMasks("x", x)
	e.rememberMasks("y", y)
	rows := nn.New(1, len(index))
	for i, r := range index {
		rows.Float64s()[i] = float64(e.rows.Number[r])
	}
	public := trace.Value{Name: "rows", Form: trace.Plain}
	for _, h := range e.holders {
		h.Store.PutPassing("rows", trace.Plain, rows, t.Step()+1, "the order of rows is public")
		public.Parts = append(public.Parts, trace.Part{Party: h.ID, Data: rows})
	}
	t.EndLocal("holders", []trace.Value{public}, append(e.learner.Values("x", x), e.learner.Values("y", y)...))
}

// products lists the weights that the step multiplies with, and their names.
func (e *Encrypted) products() (names []string, w []*mpc.Shared) {
	for l := range e.net.W {
		name, _ := local.Weights(l + 1)
		names, w = append(names, name), append(w, e.net.W[l].Shared)
	}
	return names, w
}

// release opens the loss of a batch, which was truncated with the updates, and returns it.
func (e *Encrypted) release(loss *Number) float64 {
	opened := e.protocol.Release([]string{"loss"}, "--reveal-loss: the loss of the batch, summed over its rows, is released to the holders", loss.Shared)
	return ring.Fixed{Bits: e.settings.Fraction}.Decode(opened[0].Uint64s()[0])
}

// end closes a span that leaves behind a model.
func (e *Encrypted) end() {
	if e.tracer.Watched() {
		e.tracer.End(nil, e.model())
	}
}

// model names the shares of the model for an event.
func (e *Encrypted) model() []trace.Value {
	var out []trace.Value
	for l := range e.net.W {
		w, b := local.Weights(l + 1)
		out = append(append(out, e.learner.Values(w, e.net.W[l])...), e.learner.Values(b, e.net.B[l])...)
	}
	return out
}

// Weights returns the model in plaintext, which only the simulator can: it adds up
// all shares. Before they are there it returns the initial weights.
func (e *Encrypted) Weights() nn.Weights {
	if e.net.W == nil {
		return e.learning.Initial
	}
	var out nn.Weights
	for l := range e.net.W {
		w, _ := e.shares.decode(e.net.W[l])
		b, _ := e.shares.decode(e.net.B[l])
		out.W, out.B = append(out.W, w), append(out.B, b)
	}
	return out
}

var _ mode.Mode = (*Encrypted)(nil)

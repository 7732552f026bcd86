package encrypted

import (
	"gorgonia.org/tensor"

	"unseen/engine/local"
	"unseen/engine/mode"
	"unseen/engine/mpc"
	"unseen/engine/nn"
	"unseen/engine/party"
	"unseen/engine/prep"
	"unseen/engine/ring"
	"unseen/engine/rng"
	"unseen/engine/trace"
)

// Question is one applicant's question to a model that the holders have in shares.
type Question struct {
	Applicant string           // her party id
	X         *tensor.Dense    // her row, scaled: 1 × features
	Model     nn.Weights       // the server's, who splits it among the holders
	Holders   []string         // their ids, 2 to 10
	Tamper    func(mpc.Flight) // may change what is on its way, see [mpc.Protocol.Tamper]; nil: nobody does
	Chance    Chance
	Root      rng.Key // from which the keys of all derive: not that of a training run, whose masks would meet other values
	Settings
}

// Chance lets an experiment look at an answer as it would be had chance gone another way.
// Its zero value changes nothing.
type Chance struct {
	Dealt func(prep.Draw) prep.Draw // see [Encrypted.Redraw]; nil: nobody draws anew
	Split Redraw
	Meet  func([]*party.Party) // is told who takes part, before the first step; nil: nobody is
}

// Answer is what the applicant learns, and how.
type Answer struct {
	P        []float64 // the probability of each class, in her memory alone
	Fixed    []uint64  // her row in fixed point
	Shares   [][]uint64
	Openings []mpc.Opening
	Cost     trace.Cost
}

// Predict answers a question on shares: the server splits the model, the applicant
// her row, the holders compute the network's forward pass and the softmax, and send
// their shares of the probabilities to the applicant, who alone adds them up. t is
// told of every step.
//
// Rounds: 1 for sharing the keys, the model and the row each, 1 for the masks of the
// weights, 5 a hidden layer, and the softmax's.
func Predict(q Question, t *trace.Tracer) (*Answer, error) {
	e, err := newPrediction(q)
	if err != nil {
		return nil, err
	}
	e.attach(t)
	applicant := e.owners[0].Party
	t.Begin(trace.Scope{Level: trace.Epoch, Name: "setup"})
	e.sendKeys()
	e.splitModel()
	a := &Answer{}
	x := e.splitQuestion(applicant, q.X, a)
	e.end()

	t.Begin(trace.Scope{Level: trace.Epoch, Name: "prediction"})
	names, w := e.products()
	e.protocol.MaskNamed(append(names, "x"), append(w, x.Shared)...)
	z := e.learner.Forward(e.net, x, 1)
	p := e.shares.Softmax(z)
	opened := e.protocol.RevealTo(applicant, "probabilities", "the answer belongs to the applicant", p.Shared)
	decoded := nn.New(1, opened.Size())
	ring.Fixed{Bits: p.bits}.DecodeMatrix(decoded, opened)
	a.P = decoded.Float64s()
	if t.Watched() {
		applicant.Store.Put("probabilities", trace.Plain, decoded, t.Step()+1, "the sum of the holders' shares")
		t.End(nil, local.Values(applicant, "probabilities"))
	}
	a.Openings, a.Cost = e.Openings(), e.Cost()
	return a, nil
}

// newPrediction gathers the parties of a question.
func newPrediction(q Question) (*Encrypted, error) {
	n := len(q.Holders)
	applicant := party.New(q.Applicant, n+1, party.Worker)
	rows := mode.Rows{Raw: q.X, Labels: nn.New(1, q.Model.B[q.Model.Layers()-1].Shape()[1]), Number: []int{1}}
	e := &Encrypted{learning: mode.Learning{Initial: q.Model, Root: q.Root, Epochs: 1, Batch: 1}, settings: q.Settings, rows: rows,
		server: party.New(Server, 0, party.Server), dealer: party.New(Dealer, 0, party.Dealer)}
	e.parties = []*party.Party{e.server, e.dealer}
	for i, id := range q.Holders {
		e.holders = append(e.holders, party.New(id, i+1, party.Holder))
	}
	e.owners = []*owner{{local.NewTrainer(applicant, rows, nil), []int{0}}}
	e.parties = append(append(e.parties, e.holders...), applicant)
	var err error
	if e.deal, err = prep.NewDealer(ring.Ring{}, n, q.Root.Party(Dealer)); err != nil {
		return nil, err
	}
	e.keepKeys()
	if e.protocol, err = mpc.Among(e.holders, e.dealer, ring.Ring{}, e.deal); err != nil {
		return nil, err
	}
	if q.Chance.Dealt != nil {
		e.Redraw(q.Chance.Dealt, q.Chance.Split)
	}
	if q.Chance.Meet != nil {
		q.Chance.Meet(e.parties)
	}
	e.protocol.Link = &e.link
	e.protocol.Tamper(q.Tamper)
	if q.Watch {
		e.protocol.Watch = watch
	}
	e.shares = NewShares(e.protocol, q.Settings, e.learning)
	return e, nil
}

// splitQuestion lets the applicant encode and split her scaled row, and sends each
// holder its share, or the seed of it.
func (e *Encrypted) splitQuestion(applicant *party.Party, scaled *tensor.Dense, a *Answer) *Number {
	f := e.settings.Fraction
	var encoded *tensor.Dense
	e.local("encode", applicant, local.Values(applicant, local.Raw), func() []trace.Value {
		encoded = e.encode(scaled, f)
		return []trace.Value{plain(applicant, "row", encoded, f)}
	})
	c := e.split(applicant.ID, "split question", encoded)
	e.local("split", applicant, []trace.Value{plain(applicant, "row", encoded, f)}, func() []trace.Value { return e.splitValues(applicant, "row", c, f) })
	arrived := make([]*tensor.Dense, len(e.holders))
	e.link.Exchange(e.tracer, "share row", func() {
		for i, h := range e.holders {
			arrived[i] = e.arrives("row", applicant, c, i)
			e.link.Send(e.tracer, applicant, h, "share row", parcel("row", c, i, f, arrived[i]))
		}
	})
	x := &mpc.Shared{Share: make([]*tensor.Dense, len(e.holders))}
	for i := range x.Share {
		x.Share[i] = received(c, i, arrived[i])
		a.Shares = append(a.Shares, x.Share[i].Uint64s())
	}
	a.Fixed = encoded.Uint64s()
	return whole(x, f)
}

package encrypted

import (
	"gorgonia.org/tensor"

	"unseen/data"
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

// Names in a prediction.
const (
	Row           = "x"             // the applicant's scaled row, which the holders have in shares
	Probabilities = "probabilities" // the answer, 1 × classes
)

// How parties came to what they have in a prediction.
const (
	TrainedModel = "the trained model"
	ModelShare   = "share of the model"
	RowShare     = "share of the applicant's row"
)

// Question is one applicant's question to a model that the holders have in shares.
type Question struct {
	Applicant string           // her party id
	Raw       *tensor.Dense    // her row, 1 × features
	Scaling   data.Scaling     // public: what she scales it by
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

// Prediction answers a question on shares: the server splits the model, the applicant
// her row, the holders compute the network's forward pass and the softmax, and send
// their shares of the probabilities to the applicant, who alone adds them up.
//
// Rounds: 1 for sharing the keys, the model and the row each, 1 for the masks of the
// weights, 5 a hidden layer, and the softmax's.
//
// It implements mode.Mode with a single boundary, the beginning: it is a few hundred events
// long, and who goes back runs them again.
type Prediction struct {
	*Encrypted
	question  Question
	applicant *party.Party
}

// Predict answers a question. t is told of every step.
func Predict(q Question, t *trace.Tracer) (*Answer, error) {
	p, err := NewPrediction(q)
	if err != nil {
		return nil, err
	}
	p.attach(t)
	return p.answer(), nil
}

// NewPrediction gathers the parties of a question: the server has the model, the applicant
// her row and the public scaling.
func NewPrediction(q Question) (*Prediction, error) {
	n := len(q.Holders)
	applicant := party.New(q.Applicant, n+1, party.Applicant)
	rows := mode.Rows{Raw: q.Raw, Labels: nn.New(1, q.Model.B[q.Model.Layers()-1].Shape()[1]), Number: []int{1}}
	e := &Encrypted{learning: mode.Learning{Initial: q.Model, Root: q.Root, Epochs: 1, Batch: 1}, settings: q.Settings, rows: rows,
		server: party.New(Server, 0, party.Server), dealer: party.New(Dealer, 0, party.Dealer)}
	e.parties = []*party.Party{e.server, e.dealer}
	for i, id := range q.Holders {
		e.holders = append(e.holders, party.New(id, i+1, party.Holder))
	}
	e.parties = append(append(e.parties, e.holders...), applicant)
	var err error
	if e.deal, err = prep.NewDealer(ring.Ring{}, n, q.Root.Party(Dealer)); err != nil {
		return nil, err
	}
	e.keepKeys()
	for _, p := range local.Parcels(q.Model) {
		e.server.Store.PutFrozen(p.Name, trace.Plain, p.Data, 0, TrainedModel)
	}
	shift, scale := local.Scaling(q.Scaling)
	applicant.Store.PutFrozen(local.Raw, trace.Plain, q.Raw, 0, "her own row")
	applicant.Store.PutFrozen(local.Shift, trace.Plain, shift, 0, "public")
	applicant.Store.PutFrozen(local.Scale, trace.Plain, scale, 0, "public")
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
	return &Prediction{e, q, applicant}, nil
}

// Run answers the question, from its beginning.
func (p *Prediction) Run(t *trace.Tracer, m mode.Monitor) {
	p.attach(t)
	m.Boundary()
	p.answer()
}

// Units returns the number of boundaries.
func (p *Prediction) Units() int { return 1 }

// Steps counts the events of the whole prediction: those of another one like it.
func (p *Prediction) Steps() int {
	q := p.question
	q.Tamper, q.Chance, q.Watch = nil, Chance{}, false
	again, err := NewPrediction(q)
	if err != nil {
		panic(err) // it is like p
	}
	return mode.Count(again)
}

// Where names the part of the prediction that is under way.
func (p *Prediction) Where() []trace.Scope { return p.tracer.Path() }

// Weights returns the model as its owner has it; borrowed.
func (p *Prediction) Weights() nn.Weights { return p.question.Model }

// answer runs the protocol.
func (p *Prediction) answer() *Answer {
	t := p.tracer
	t.Begin(trace.Scope{Level: trace.Epoch, Name: "setup"})
	p.sendKeys()
	p.shareModel(ModelShare)
	a := &Answer{}
	x := p.splitQuestion(a)
	p.end()

	t.Begin(trace.Scope{Level: trace.Epoch, Name: "prediction"})
	names, w := p.products()
	p.protocol.MaskNamed(append(names, Row), append(w, x.Shared)...)
	logits := p.learner.Forward(p.net, x, 1)
	named(logits.Shared, logits.Known) // else what tells of softmax calls them x, as the row is called
	probabilities := p.shares.Softmax(logits)
	p.hold("p", probabilities.Shared, probabilities.bits, "softmax of the logits")
	opened := p.protocol.RevealTo(p.applicant, Probabilities, "the answer belongs to the applicant", probabilities.Shared)
	decoded := nn.New(1, opened.Size())
	ring.Fixed{Bits: probabilities.bits}.DecodeMatrix(decoded, opened)
	a.P = decoded.Float64s()
	if t.Watched() {
		p.applicant.Store.Put(Probabilities, trace.Plain, decoded, t.Step()+1, "the sum of the holders' shares")
		t.End(nil, local.Values(p.applicant, Probabilities))
	}
	a.Openings, a.Cost = p.Openings(), p.Cost()
	return a
}

// splitQuestion lets the applicant scale, encode and split her row, and sends each
// holder its share, or the seed of it.
func (p *Prediction) splitQuestion(a *Answer) *Number {
	f, her := p.settings.Fraction, p.applicant
	var scaled, encoded *tensor.Dense
	p.local("scale", her, local.Values(her, local.Raw, local.Shift, local.Scale), func() []trace.Value {
		scaled = p.question.Scaling.Apply(p.question.Raw)
		her.Store.PutFrozen(local.Scaled, trace.Plain, scaled, p.tracer.Step()+1, "("+local.Raw+" − "+local.Shift+") / "+local.Scale)
		return local.Values(her, local.Scaled)
	})
	p.local("encode", her, local.Values(her, local.Scaled), func() []trace.Value {
		encoded = p.encode(scaled, f)
		return []trace.Value{plain(her, "row", encoded, f)}
	})
	c := p.split(her.ID, "split question", encoded)
	p.local("split", her, []trace.Value{plain(her, "row", encoded, f)}, func() []trace.Value { return p.splitValues(her, "row", c, f) })
	arrived := make([]*tensor.Dense, len(p.holders))
	p.link.Exchange(p.tracer, "share row", func() {
		for i, h := range p.holders {
			arrived[i] = p.arrives("row", her, c, i)
			p.link.Send(p.tracer, her, h, "share row", parcel("row", c, i, f, arrived[i]))
		}
	})
	x := &mpc.Shared{Share: make([]*tensor.Dense, len(p.holders))}
	for i, h := range p.holders {
		x.Share[i] = received(c, i, arrived[i])
		a.Shares = append(a.Shares, x.Share[i].Uint64s())
		h.Store.Remove("seed of row")
		h.Store.Remove("share of row")
	}
	p.hold(Row, x, f, RowShare)
	a.Fixed = encoded.Uint64s()
	return whole(x, f)
}

// hold puts the holders' shares of a value that has come about into their memories.
func (p *Prediction) hold(name string, x *mpc.Shared, fraction int, origin string) {
	if !p.tracer.Watched() {
		return
	}
	for i, h := range p.holders {
		h.Store.PutShare(name, trace.Share, fraction, x.Share[i], p.tracer.Step(), origin, false)
	}
}

var _ mode.Mode = (*Prediction)(nil)

package engine

import (
	"context"
	"fmt"
	"math"

	"unseen/engine/encrypted"
	"unseen/engine/lab"
	"unseen/engine/mpc"
	"unseen/engine/nn"
)

func tamperLab() Lab {
	return Lab{Name: "tamper", Attack: true, Title: "Tamper",
		About: "One flipped bit in a share, a message or a tuple: the run accepts whatever arrives.",
		Modes: []string{Encrypted},
		Controls: append(lab.TamperControls(),
			lab.Control{Name: "training-rows", Usage: "of encrypted training, run once for each kind of message", Kind: lab.Whole, Default: "30", Min: 10, Max: 1000}),
		run: tamperWith,
	}
}

// tamperWith tampers with each kind of message of encrypted training, then with each
// kind of a decision, and then with a small network that trains and decides, of which
// every result can be looked at.
func tamperWith(ctx context.Context, q LabRequest) (*lab.Report, error) {
	training, honest, facts, err := tamperTraining(ctx, q)
	if err != nil {
		return nil, err
	}
	decision, more, err := tamperDecision(ctx, q, honest)
	if err != nil {
		return nil, err
	}
	r, err := onRows(lab.Tamper)(ctx, q)
	if err != nil {
		return nil, err
	}
	r.Adversary = "one party that does not follow the protocol, or whoever sits on the wire"
	stopped := "None"
	if n := facts[3].Value.(int) + more[2].Value.(int); n > 0 {
		stopped = fmt.Sprint(n)
	}
	r.Finding = fmt.Sprintf("Of %v kinds of messages of encrypted training, one flipped bit moved the final weights in %v and turned decisions in %v; of %v kinds of messages of one decision it turned the answer in %v. "+
		"%v stopped the run: semi-honest protocols take whatever arrives. Only authenticated shares would notice.",
		facts[0].Value, facts[1].Value, facts[2].Value, more[0].Value, more[1].Value, stopped)
	r.Facts = append(append(facts, more...), r.Facts...)
	r.Tables = append([]lab.Table{*training, *decision}, r.Tables...)
	r.Words = letters()
	return r, nil
}

// letters says what the short names of messages stand for.
func letters() []lab.Note {
	return []lab.Note{
		{Name: "key of the dealer", Text: "from which a holder expands its shares of all that the dealer deals; the dealer counts on what its own key gives"},
		{Name: "seed, share", Text: "what an owner sends of her row, or the server of the model: a share, or the seed it expands from"},
		{Name: "d, e", Text: "a share of a value minus the dealer's mask, about to be opened for a product"},
		{Name: "c", Text: "from the dealer: a share of the product of two masks; from a holder: of a value plus a mask, about to be opened to drop its low bits or to find its sign"},
		{Name: "r_mid, r_msb", Text: "shares of that mask without its low bits, and of its top bit"},
		{Name: "digits of r", Text: "shared bits of the mask, to compare it with c; bit masks hide what is opened meanwhile, as δ"},
		{Name: "ρ, m", Text: "a random bit, and a sign hidden by it, about to be opened; ρ·r and the like are their products"},
	}
}

// kinds lists what is on its way, one of each kind: it is told of everything.
type kinds struct {
	list []mpc.Flight
	seen map[flightKind]bool
}

func (k *kinds) note(f mpc.Flight) {
	if kind := kindOf(f); !k.seen[kind] {
		if k.seen == nil {
			k.seen = map[flightKind]bool{}
		}
		k.seen[kind] = true
		f.Data = nil
		k.list = append(k.list, f)
	}
}

// messageColumns are the columns of a table with a line for each kind of message: what
// became of a run stands before who sent it to whom.
func messageColumns(became ...lab.Column) []lab.Column {
	return append(append([]lab.Column{{Name: "message", Head: "message"}, {Name: "operation", Head: "in"}}, became...),
		lab.Column{Name: "from", Head: "from"}, lab.Column{Name: "to", Head: "to"})
}

// tell adds the line of a kind of message.
func tell(t *lab.Table, kind mpc.Flight, became ...any) {
	t.Rows = append(t.Rows, append(append([]any{kind.What, place(kind)}, became...), kind.From, kind.To))
}

// place names the operation of a flight.
func place(f mpc.Flight) string {
	if f.Place == "" {
		return "setup"
	}
	return f.Place
}

// flipOnce flips one bit of the first message of a kind.
func flipOnce(kind mpc.Flight, bit int) func(mpc.Flight) {
	done := false
	return func(f mpc.Flight) {
		if !done && kindOf(f) == kindOf(kind) {
			flip(f, bit)
			done = true
		}
	}
}

// flightKind is a kind of message: what it carries, in which operation.
type flightKind struct {
	what, place string
	dealt       bool // the dealer sends it
}

func kindOf(f mpc.Flight) flightKind { return flightKind{f.What, f.Place, f.From == encrypted.Dealer} }

// flip flips one bit of the first word of what is on its way: of packed bits one that
// stands for something.
func flip(f mpc.Flight, bit int) {
	if f.Packed > 0 {
		bit %= min(f.Packed, 64)
	}
	f.Data.Uint64s()[0] ^= 1 << bit
}

// tamperedRun is what one run of encrypted training came to.
type tamperedRun struct {
	weights nn.Weights // as their owner has them
	scores  []Score
	loss    float64 // of the last batch, as it was opened
}

// batchesTampered is how many batches the run has: what is changed in the first one
// can spread to the others.
const batchesTampered = 3

// tamperTraining runs encrypted training, one epoch on a few rows, once for each kind
// of message, and flips one bit of the first message of that kind. It returns what came
// of the honest run, too.
func tamperTraining(ctx context.Context, q LabRequest) (*lab.Table, tamperedRun, []lab.Fact, error) {
	s, bit := q.Scenario, q.Values.Whole("bit")
	rows := min(q.Values.Whole("training-rows"), q.Set.Len()/2)
	s.Data.Split, s.Data.Workers = float64(rows)/float64(q.Set.Len()), 0
	s.Learning.Epochs, s.Learning.Batch = 1, (rows+batchesTampered-1)/batchesTampered
	s.Shares.Watch, s.Shares.Twin = false, false // eyes that nobody has outside of a simulator
	var k kinds
	honest, err := trainTampered(ctx, s, q, k.note)
	if err != nil {
		return nil, honest, nil, err
	}
	t := &lab.Table{Name: "training", Title: fmt.Sprintf("Encrypted training on %d rows, bit %d of one message flipped; then %d decisions", rows, bit, len(honest.scores)),
		Lead: 2, Columns: messageColumns(lab.Column{Name: "weights_moved", Head: "weights by"}, lab.Column{Name: "flipped", Head: "flipped"},
			lab.Column{Name: "loss", Head: "last loss"}, lab.Column{Name: "noticed", Head: "noticed"})}
	moved, turned, noticed := 0, 0, 0
	for i, kind := range k.list {
		if err := ctx.Err(); err != nil {
			return nil, honest, nil, err
		}
		if q.Progress != nil {
			q.Progress(Progress{Done: i, Total: len(k.list)})
		}
		o, err := trainTampered(ctx, s, q, flipOnce(kind, bit))
		if err != nil { // the run came to an end of its own
			if ctx.Err() != nil {
				return nil, honest, nil, ctx.Err()
			}
			noticed++
			tell(t, kind, nil, nil, nil, err.Error())
			continue
		}
		by, flipped := furthest(honest.weights, o.weights), 0
		for j := range o.scores {
			flipped += count((o.scores[j].Probability >= 0.5) != (honest.scores[j].Probability >= 0.5))
		}
		moved, turned = moved+count(by > 0), turned+count(flipped > 0)
		tell(t, kind, by, flipped, o.loss, "no")
	}
	return t, honest, []lab.Fact{{Name: "kinds", Label: "kinds of messages in training", Value: len(k.list)},
		{Name: "training_moved", Label: "that changed the final weights", Value: moved},
		{Name: "training_flipped", Label: "that turned a decision of the final model", Value: turned},
		{Name: "training_noticed", Label: "that stopped the run", Value: noticed}}, nil
}

// tamperDecision asks the model that honest training gave about one applicant, once for
// each kind of message, and flips one bit of the first message of that kind.
func tamperDecision(ctx context.Context, q LabRequest, honest tamperedRun) (*lab.Table, []lab.Fact, error) {
	s, bit := q.Scenario, q.Values.Whole("bit")
	s.Shares.Watch, s.Shares.Twin = false, false
	d, err := Prepare(s, q.Set)
	if err != nil {
		return nil, nil, err
	}
	applicant, err := ApplicantOf(d, d.Judged()[0]+1)
	if err != nil {
		return nil, nil, err
	}
	var k kinds
	truth, err := predict(s, d, honest.weights, applicant, nil, k.note, encrypted.Chance{})
	if err != nil {
		return nil, nil, err
	}
	class := func(p *Prediction) string { return d.Set.Classes[p.Class] }
	t := &lab.Table{Name: "decision", Title: fmt.Sprintf("One decision, bit %d of one message flipped; the honest answer is %q, %s sure", bit, class(truth), lab.Percent(truth.Probability)),
		Lead: 2, Columns: messageColumns(lab.Column{Name: "answer", Head: "answer"}, lab.Column{Name: "probability", Head: "sure", Share: true},
			lab.Column{Name: "turned", Head: "turned"}, lab.Column{Name: "noticed", Head: "noticed"})}
	turned, noticed := 0, 0
	for _, kind := range k.list {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		p, err := predict(s, d, honest.weights, applicant, nil, flipOnce(kind, bit), encrypted.Chance{})
		if err != nil {
			noticed++
			tell(t, kind, nil, nil, nil, err.Error())
			continue
		}
		turned += count(p.Class != truth.Class)
		tell(t, kind, class(p), p.Probability, p.Class != truth.Class, "no")
	}
	return t, []lab.Fact{{Name: "decision_kinds", Label: "kinds of messages of one decision", Value: len(k.list)},
		{Name: "decision_turned", Label: "that turned it", Value: turned}, {Name: "decision_noticed", Label: "that stopped it", Value: noticed}}, nil
}

// trainTampered is one run.
func trainTampered(ctx context.Context, s Scenario, q LabRequest, tamper func(mpc.Flight)) (o tamperedRun, err error) {
	session, err := New(s, q.Set)
	if err != nil {
		return o, err
	}
	defer session.Close()
	run := session.mode.(*encrypted.Encrypted) // the lab runs in no other mode
	run.Tamper(tamper)
	result, err := session.Run(ctx, nil)
	if err != nil {
		return o, err
	}
	o.weights, _ = run.Revealed()
	o.scores = session.Dataset().Scores(o.weights, session.Dataset().Judged())
	o.loss = math.NaN() // not opened
	if b := result.History.Batches; len(b) > 0 {
		o.loss = b[len(b)-1].Loss
	}
	return o, nil
}

// furthest returns the largest difference between two weights.
func furthest(a, b nn.Weights) (most float64) {
	x, y := nn.Flat(a), nn.Flat(b)
	for i := range x {
		most = max(most, math.Abs(x[i]-y[i]))
	}
	return most
}

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

// tamperWith tampers with each kind of message of encrypted training, and then with a
// small network that trains and decides, of which every result can be looked at.
func tamperWith(ctx context.Context, q LabRequest) (*lab.Report, error) {
	table, facts, err := tamperTraining(ctx, q)
	if err != nil {
		return nil, err
	}
	r, err := onRows(lab.Tamper)(ctx, q)
	if err != nil {
		return nil, err
	}
	r.Adversary = "one party that does not follow the protocol, or whoever sits on the wire"
	r.Finding = fmt.Sprintf("Of %v kinds of messages of encrypted training, one flipped bit moved the final weights in %v and turned decisions in %v; %v stopped the run: semi-honest protocols take whatever arrives. Only authenticated shares would notice.",
		facts[0].Value, facts[1].Value, facts[2].Value, facts[3].Value)
	r.Facts = append(facts, r.Facts...)
	r.Tables = append([]lab.Table{*table}, r.Tables...)
	return r, nil
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
// of message, and flips one bit of the first message of that kind.
func tamperTraining(ctx context.Context, q LabRequest) (*lab.Table, []lab.Fact, error) {
	s, bit := q.Scenario, q.Values.Whole("bit")
	rows := min(q.Values.Whole("training-rows"), q.Set.Len()/2)
	s.Data.Split, s.Data.Workers = float64(rows)/float64(q.Set.Len()), 0
	s.Learning.Epochs, s.Learning.Batch = 1, (rows+batchesTampered-1)/batchesTampered
	s.Shares.Watch, s.Shares.Twin = false, false // eyes that nobody has outside of a simulator
	var kinds []mpc.Flight
	seen := map[flightKind]bool{}
	honest, err := trainTampered(ctx, s, q, func(f mpc.Flight) {
		if k := kindOf(f); !seen[k] {
			seen[k] = true
			f.Data = nil
			kinds = append(kinds, f)
		}
	})
	if err != nil {
		return nil, nil, err
	}
	t := &lab.Table{Name: "training", Title: fmt.Sprintf("Encrypted training on %d rows, bit %d of one message flipped; then %d decisions", rows, bit, len(honest.scores)),
		Columns: []lab.Column{{Name: "message", Head: "message"}, {Name: "operation", Head: "in"}, {Name: "from", Head: "from"}, {Name: "to", Head: "to"},
			{Name: "weights_moved", Head: "weights by"}, {Name: "flipped", Head: "flipped"}, {Name: "loss", Head: "last loss"}, {Name: "noticed", Head: "noticed"}}}
	moved, turned, noticed := 0, 0, 0
	for i, k := range kinds {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		if q.Progress != nil {
			q.Progress(Progress{Done: i, Total: len(kinds)})
		}
		done := false
		o, err := trainTampered(ctx, s, q, func(f mpc.Flight) {
			if !done && kindOf(f) == kindOf(k) {
				flip(f, bit)
				done = true
			}
		})
		place := k.Place
		if place == "" {
			place = "setup"
		}
		if err != nil { // the run came to an end of its own
			if ctx.Err() != nil {
				return nil, nil, ctx.Err()
			}
			noticed++
			t.Rows = append(t.Rows, []any{k.What, place, k.From, k.To, nil, nil, nil, err.Error()})
			continue
		}
		by, flipped := furthest(honest.weights, o.weights), 0
		for j := range o.scores {
			if (o.scores[j].Probability >= 0.5) != (honest.scores[j].Probability >= 0.5) {
				flipped++
			}
		}
		if by > 0 {
			moved++
		}
		if flipped > 0 {
			turned++
		}
		t.Rows = append(t.Rows, []any{k.What, place, k.From, k.To, by, flipped, o.loss, "no"})
	}
	return t, []lab.Fact{{Name: "kinds", Label: "kinds of messages in training", Value: len(kinds)},
		{Name: "training_moved", Label: "that changed the final weights", Value: moved},
		{Name: "training_flipped", Label: "that turned a decision of the final model", Value: turned},
		{Name: "training_noticed", Label: "that stopped the run", Value: noticed}}, nil
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

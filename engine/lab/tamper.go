package lab

import (
	"context"
	"fmt"
	"math/rand/v2"

	"gorgonia.org/tensor"

	"unseen/engine/mpc"
	"unseen/engine/ring"
	"unseen/engine/rng"
	"unseen/engine/share"
	"unseen/engine/trace"
)

// TamperControls are what can be chosen about tampering.
func TamperControls() []Control {
	return []Control{
		{Name: "bit", Usage: "which bit is flipped, from 0", Kind: Whole, Default: "40", Min: 0, Max: 63},
		{Name: "applicants", Usage: "how many rows are decided about", Kind: Whole, Default: "40", Min: 1, Max: 10_000},
		{Name: "steps", Usage: "of training the output layer on shares, before", Kind: Whole, Default: "5", Min: 0, Max: 100},
		{Name: "spread", Usage: "of which line below it is shown where it spread", Kind: Whole, Default: "3", Min: 1, Max: 99},
	}
}

// tampering is what all runs have in common.
type tampering struct {
	plain          *network
	training, rows Rows
	holders, steps int
	key            rng.Key
}

// trainedOn is how many rows the output layer is trained on.
const trainedOn = 64

// attempt is one place to tamper at: a share at a holder, or a message.
type attempt struct {
	name  string
	after string // the result of which holder 2's share is changed; empty: a message
	call  int    // which message, counted over the run; from holder 1 to holder 2
}

// outcome is what a run gave.
type outcome struct {
	out    []float64
	moved  []float64                // the weights of the output layer
	values map[string]*tensor.Dense // each result, put together by the simulator
}

// Tamper flips one bit in each kind of thing that is sent or held while the
// output layer of a small network is trained on shares and decides about applicants,
// one run for each, and looks what became of the weights and the decisions.
func Tamper(ctx context.Context, v Values, holders int, training, test Rows, key rng.Key) (*Report, error) {
	rows := Rows{test.X[:min(v.Whole("applicants"), len(test.X))], test.Y[:min(v.Whole("applicants"), len(test.Y))]}
	k := min(trainedOn, len(training.X))
	run := &tampering{train(relu, training, []int{8}, 20, 0.02, rand.New(key.Party("owner of the model").Stream("train", 0, 0))),
		Rows{training.X[:k], training.Y[:k]}, rows, holders, v.Whole("steps"), key}
	bit := v.Whole("bit")
	honest, attempts, err := run.rehearse()
	if err != nil {
		return nil, err
	}
	t := Table{Name: "tampered", Title: fmt.Sprintf("Bit %d flipped once, by line; %d decisions each", bit, len(rows.X)),
		Columns: []Column{{Name: "line", Head: ""}, {Name: "what", Head: "what is changed"}, {Name: "weights_moved", Head: "weights by"}, {Name: "outputs", Head: "outputs"}, {Name: "largest_change", Head: "by"},
			{Name: "flipped", Head: "flipped"}, {Name: "noticed", Head: "noticed"}}}
	var spread *outcome
	flippedIn, shown := 0, min(v.Whole("spread"), len(attempts))
	for i, a := range attempts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		o, err := run.once(&a, bit)
		noticed := err != nil
		if noticed {
			t.Rows = append(t.Rows, []any{i + 1, a.name, nil, nil, nil, nil, true})
			continue
		}
		changed, flipped, worst, moved := 0, 0, 0.0, 0.0
		for k := range o.moved {
			moved = max(moved, abs(o.moved[k]-honest.moved[k]))
		}
		for k := range o.out {
			changed += btoi(o.out[k] != honest.out[k])
			flipped += btoi((o.out[k] > 0) != (honest.out[k] > 0))
			worst = max(worst, abs(o.out[k]-honest.out[k]))
		}
		flippedIn += btoi(flipped > 0)
		t.Rows = append(t.Rows, []any{i + 1, a.name, moved, changed, worst, flipped, false})
		if i+1 == shown {
			spread = o
		}
	}
	report := &Report{
		Adversary: "holder 1, which does not follow the protocol; or whoever sits on the wire",
		Saw:       []string{"nothing it needed to see: it flips a bit of what it sends, without knowing what the bit stands for"},
		Facts: []Fact{{Name: "attempts", Label: "in a small network: things tampered with", Value: len(attempts)}, {Name: "flipped", Label: "that flipped a decision", Value: flippedIn},
			{Name: "noticed", Label: "noticed by anybody", Value: countTrue(t)}},
		Tables:  []Table{t},
		Finding: fmt.Sprintf("%d of %d single flipped bits turned a decision, and no party could tell: semi-honest protocols take whatever arrives. Only authenticated shares would notice.", flippedIn, len(attempts)),
	}
	if spread != nil {
		report.Tables = append(report.Tables, spreadTable(honest, spread, attempts[shown-1].name))
	}
	return report, nil
}

func countTrue(t Table) int {
	n := 0
	for _, row := range t.Rows {
		n += btoi(row[6] == true)
	}
	return n
}

// rehearse runs everything untouched, and lists what there is to tamper with: the
// rows, one message of each kind, a product share of the dealer, the output.
func (t *tampering) rehearse() (*outcome, []attempt, error) {
	p, o, err := t.prepare()
	if err != nil {
		return nil, nil, err
	}
	attempts := []attempt{{name: "a share of the training rows", after: "training rows"}, {name: "a share of the applicants' rows", after: "x"}}
	opened, seen := 0, map[string]bool{}
	p.net.p.Tracer = trace.NewTracer(func(e *trace.Event) {
		if e.Kind != trace.Open || e.To != "" {
			return
		}
		place := ""
		for _, s := range e.Path {
			if s.Level == trace.Operation {
				place = s.Name
			}
		}
		if place == "" {
			place = "the update"
		}
		if name := e.Name() + ", a message of " + place; !seen[name] {
			seen[name] = true
			attempts = append(attempts, attempt{name: name, call: opened})
		}
		opened++
	}, 0)
	if err := p.run(o); err != nil {
		return nil, nil, err
	}
	return o, append(attempts, attempt{name: "the dealer's c of x·w1", after: "x·w1"}, attempt{name: "a share of the output", after: "output"}), nil
}

// prediction is a run ready to go.
type prediction struct {
	*tampering
	net               *private
	x, trainX, trainY *mpc.Shared
}

// prepare shares model and rows.
func (t *tampering) prepare() (*prediction, *outcome, error) {
	net, err := newPrivate(t.plain, 16, t.holders, t.key)
	if err != nil {
		return nil, nil, err
	}
	p := &prediction{tampering: t, net: net}
	y := make([][]float64, len(t.training.Y))
	for i, c := range t.training.Y {
		y[i] = []float64{float64(c)}
	}
	for _, m := range []struct {
		to   **mpc.Shared
		x    [][]float64
		name string
	}{{&p.x, t.rows.X, "applicants"}, {&p.trainX, t.training.X, "owners of rows"}, {&p.trainY, y, "owners of labels"}} {
		if *m.to, err = net.split(m.x, t.key.Party(m.name)); err != nil {
			return nil, nil, err
		}
	}
	o := &outcome{values: map[string]*tensor.Dense{}}
	net.after = func(name string, s *mpc.Shared) { // the simulator's eye
		if sum, err := share.Reconstruct(ring.Ring{}, s.Share); err == nil {
			o.values[name] = sum
		}
	}
	return p, o, nil
}

// run trains, then predicts.
func (p *prediction) run(o *outcome) (err error) {
	defer caught(&err)
	p.net.learn(p.trainX, p.trainY, 0.5, p.steps)
	for _, e := range o.values["w2"].Uint64s() {
		o.moved = append(o.moved, p.net.fixed.Decode(e))
	}
	o.out = p.net.predict(p.x)
	return nil
}

// once runs it with one bit flipped. An error means that the protocol noticed.
func (t *tampering) once(a *attempt, bit int) (*outcome, error) {
	p, o, err := t.prepare()
	if err != nil {
		return nil, err
	}
	look := p.net.after
	p.net.after = func(name string, s *mpc.Shared) {
		if name == a.after { // adding to a share of c is adding to the same share of z
			s.Share[1].Uint64s()[0] ^= 1 << bit
		}
		look(name, s)
	}
	if a.after == "" {
		calls := 0
		first, second := p.net.p.Holders[0].ID, p.net.p.Holders[1].ID
		p.net.p.Tamper(func(f mpc.Flight) {
			if f.From == first && f.To == second {
				if calls == a.call {
					f.Data.Uint64s()[0] ^= 1 << bit
				}
				calls++
			}
		})
	}
	return o, p.run(o)
}

// spreadTable shows in how many elements each result of a run differs from the
// honest one.
func spreadTable(honest, tampered *outcome, what string) Table {
	t := Table{Name: "spread", Title: "Where it spread: " + what,
		Columns: []Column{{Name: "result", Head: "result"}, {Name: "elements", Head: "elements"}, {Name: "changed", Head: "changed"}}}
	for _, name := range results {
		a, b, changed := honest.values[name].Uint64s(), tampered.values[name].Uint64s(), 0
		for i := range a {
			changed += btoi(a[i] != b[i])
		}
		t.Rows = append(t.Rows, []any{name, len(a), changed})
	}
	return t
}

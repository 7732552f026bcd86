package lab

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"

	"gorgonia.org/tensor"

	"unseen/engine/mpc"
	"unseen/engine/ring"
	"unseen/engine/rng"
	"unseen/engine/trace"
)

// ActivationControls are what can be chosen about the activation bench.
func ActivationControls() []Control {
	return []Control{
		{Name: "activations", Usage: "which ones, with commas between", Kind: List, Default: "relu,square,hard-sigmoid", Choices: activations},
		{Name: "bits", Usage: "fraction bits to compare, with commas between", Kind: List, Default: "8,12,16,20,24", Choices: []string{"4", "6", "8", "10", "12", "14", "16", "18", "20", "22", "24"}},
		{Name: "units", Usage: "hidden units", Kind: Whole, Default: "12", Min: 1, Max: 64},
		{Name: "passes", Usage: "over the training rows, in plain numbers", Kind: Whole, Default: "30", Min: 1, Max: 1000},
	}
}

// Activation trains a small network with each activation in plain numbers, and then
// decides about the test rows on shares, with more and fewer fraction bits.
func Activation(ctx context.Context, v Values, holders int, training, test Rows, key rng.Key) (*Report, error) {
	t := Table{Name: "runs", Title: fmt.Sprintf("Decisions about %d rows among %s", len(test.X), plural(holders, "holder")),
		Columns: []Column{{Name: "activation", Head: "activation"}, {Name: "fraction_bits", Head: "bits"}, {Name: "plain_accuracy", Head: "plain", Share: true},
			{Name: "accuracy", Head: "shares", Share: true}, {Name: "differ", Head: "differ"}, {Name: "largest_error", Head: "off by"},
			{Name: "rounds", Head: "rounds"}, {Name: "bytes", Head: "B/row"}, {Name: "overflow", Head: "overflow"}}}
	overflows, eyes := 0, &Eyes{}
	for _, name := range v.List("activations") {
		plain := train(name, training, v.Whole("units"), v.Whole("passes"), 0.02, rand.New(key.Party("owner of the model").Stream(name, 0, 0)))
		want := plain.decisions(test.X)
		for _, bits := range v.List("bits") {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			row, overflow, err := decide(plain, want, test, bits, holders, eyes, key.Party(name+bits))
			if err != nil {
				return nil, fmt.Errorf("%s with %s bits: %w", name, bits, err)
			}
			overflows += overflow
			t.Rows = append(t.Rows, row)
		}
	}
	finding := "No value left its room. Fewer bits are cheaper nowhere: a ring element travels whole; they only round more."
	if overflows > 0 {
		finding = fmt.Sprintf("In %s a value left its room, and what came out is noise: more fraction bits leave less room before the point.", plural(overflows, "run"))
	}
	return &Report{Adversary: "any holder of shares, which follows the protocol and keeps all it sees",
		Saw:    []string{"holder 1, over all runs: " + eyes.Text(), "no row, no weight, no decision: those go to the applicants; an overflow only the simulator sees, which puts shares together"},
		Facts:  []Fact{{Name: "rows", Label: "rows decided", Value: len(test.X)}, {Name: "overflows", Label: "runs with an overflow", Value: overflows}},
		Tables: []Table{t}, Finding: finding}, nil
}

// decide runs one setting, before the eyes of holder 1.
func decide(plain *network, want []float64, test Rows, bits string, holders int, eyes *Eyes, key rng.Key) (row []any, overflow int, err error) {
	defer caught(&err)
	f, _ := strconv.Atoi(bits) // one of the choices
	row = []any{plain.act, f, accuracy(want, test.Y), nil, nil, nil, nil, nil}
	n, err := newPrivate(plain, f, holders, key)
	if err == nil {
		x, splitErr := n.split(test.X, key.Party("applicants"))
		if splitErr != nil {
			return append(row, "in the features: "+splitErr.Error()), 1, nil
		}
		eyes.Party = n.p.Holders[0].ID
		n.p.Tracer = trace.NewTracer(eyes.Observe, 0)
		for _, s := range []*mpc.Shared{x, n.w1, n.b1, n.w2, n.b2} {
			eyes.Hold(s.Share[0])
		}
		where := any("none")
		n.p.Watch = func(name string, plaintext *tensor.Dense) error { // the simulator's eye
			for i, e := range plaintext.Uint64s() {
				if !(ring.Ring{}).InRange(e) && where == "none" {
					where, overflow = fmt.Sprintf("before %s, row %d", name, i/plaintext.Shape()[1]+1), 1
				}
			}
			return nil
		}
		got := n.predict(x)
		differ, worst := 0, 0.0
		for i := range got {
			differ += btoi((got[i] > 0) != (want[i] > 0))
			worst = max(worst, abs(got[i]-want[i]))
		}
		cost := n.p.Cost()
		return []any{plain.act, f, accuracy(want, test.Y), accuracy(got, test.Y), differ, worst, cost.Rounds, cost.Bytes / int64(len(got)), where}, overflow, nil
	}
	return append(row, "in the weights: "+err.Error()), 1, nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}

package lab

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
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
		{Name: "activations", Usage: "relu: max(0, z); square: z²; hard-sigmoid: z/4 + ½ in 0 … 1", Kind: List, Default: "relu,square,hard-sigmoid", Explore: relu, Choices: activations, Live: true},
		{Name: "bits", Usage: "after the point; where one is chosen, the others follow", Kind: List, Default: "8,12,16,20,24", Explore: "16", Choices: bitChoices(), Live: true},
		{Name: "magnify", Usage: "the rows to decide about are this many times too large", Kind: Whole, Default: "1", Min: 1, Max: 1e9, Live: true},
		{Name: "network", Usage: "the layers of the run, or one small hidden layer", Kind: Choice, Default: wholeNetwork, Choices: []string{wholeNetwork, smallNetwork}, Live: true},
		{Name: "units", Usage: "hidden units of the small one", Kind: Whole, Default: "12", Min: 1, Max: 64, Live: true},
		{Name: "passes", Usage: "over the training rows, in plain numbers", Kind: Whole, Default: "30", Min: 1, Max: 1000, Live: true},
	}
}

// The networks that decide.
const wholeNetwork, smallNetwork = "run", "small"

// bitChoices lists the precisions that can be asked for.
func bitChoices() []string {
	choices := []string{"4", "6"}
	for b := fewestBits; b <= mostBits; b++ {
		choices = append(choices, strconv.Itoa(b))
	}
	return choices
}

// The precisions of a curve.
const fewestBits, mostBits = 8, 24

// activationBench is the bench under way.
type activationBench struct {
	values         Values
	hidden         []int // layers
	holders        int
	training, test Rows
	key            rng.Key
	plain          map[string]*network // by activation
	eyes           Eyes
	table          Table
	overflows      int
	left           map[string]leaving // by activation
	curve          bool               // of one activation, over all precisions
}

// setting is one run of it.
type setting struct {
	activation, bits string
}

// settings lists what is run: every activation with every precision; of one with one
// that first, and then the other precisions.
func (b *activationBench) settings() (list []setting) {
	for _, name := range b.values.List("activations") {
		for _, bits := range b.values.List("bits") {
			list = append(list, setting{name, bits})
		}
	}
	if b.curve = len(list) == 1; b.curve {
		for bits := fewestBits; bits <= mostBits; bits += 2 {
			if s := (setting{list[0].activation, strconv.Itoa(bits)}); s != list[0] {
				list = append(list, s)
			}
		}
	}
	return list
}

// Activation trains a network with each activation in plain numbers, and then
// decides about the test rows on shares, with more and fewer fraction bits. hidden are
// the layers of the run. show, which
// may be nil, is given the report as it fills.
func Activation(ctx context.Context, v Values, hidden []int, holders int, training, test Rows, key rng.Key, show func(r *Report, done, of int)) (*Report, error) {
	if v["network"] == smallNetwork {
		hidden = []int{v.Whole("units")}
	}
	b := &activationBench{values: v, hidden: hidden, holders: holders, training: training, test: magnified(test, float64(v.Whole("magnify"))), key: key, plain: map[string]*network{}, left: map[string]leaving{},
		table: Table{Name: "runs", Title: fmt.Sprintf("Decisions about %d rows among %s", len(test.X), plural(holders, "holder")),
			Columns: []Column{{Name: "activation", Head: "activation"}, {Name: "fraction_bits", Head: "bits"}, {Name: "plain_accuracy", Head: "plain", Share: true},
				{Name: "accuracy", Head: "shares", Share: true}, {Name: "differ", Head: "differ"}, {Name: "largest_error", Head: "off by"},
				{Name: "rounds", Head: "rounds"}, {Name: "bytes", Head: "B/row"}, {Name: "overflow", Head: "first overflow"}}}}
	list := b.settings()
	if len(list) == 0 {
		return nil, cannot("activations", v, "nothing to run", "choose an activation, and bits")
	}
	for i, s := range list {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := b.run(s); err != nil {
			return nil, fmt.Errorf("%s with %s bits: %w", s.activation, s.bits, err)
		}
		if show != nil {
			show(b.report(), i+1, len(list))
		}
	}
	return b.report(), nil
}

// magnified multiplies rows.
func magnified(rows Rows, by float64) Rows {
	out := Rows{Y: rows.Y}
	for _, x := range rows.X {
		row := make([]float64, len(x))
		for j := range x {
			row[j] = by * x[j]
		}
		out.X = append(out.X, row)
	}
	return out
}

// run runs one setting.
func (b *activationBench) run(s setting) error {
	plain := b.plain[s.activation]
	if plain == nil {
		plain = train(s.activation, b.training, b.hidden, b.values.Whole("passes"), 0.02, rand.New(b.key.Party("owner of the model").Stream(s.activation, 0, 0)))
		b.plain[s.activation] = plain
	}
	row, overflow, err := decide(plain, plain.decisions(b.test.X), b.test, s.bits, b.holders, &b.eyes, b.key.Party(s.activation+s.bits))
	if err != nil {
		return err
	}
	b.overflows += overflow
	was := b.left[s.activation]
	b.left[s.activation] = leaving{was.runs + 1, was.overflows + overflow}
	b.table.Rows = append(b.table.Rows, row)
	return nil
}

// leaving is in how many runs of an activation a value left its room.
type leaving struct{ runs, overflows int }

// because ends the sentence about overflows: where an activation leaves its room with
// every precision that was run, the precision is not to blame.
func (b *activationBench) because() string {
	for _, name := range b.values.List("activations") {
		if n := b.left[name]; n.runs > 1 && n.overflows == n.runs {
			return fmt.Sprintf(", with %s at every number of fraction bits that was run: its numbers grow too large for any of them, in plaintext decisions are as large as %.1e.", name, largest(b.plain[name].decisions(b.test.X)))
		}
	}
	return ": more fraction bits leave less room before the point."
}

// largest is the size of the largest of some numbers.
func largest(x []float64) (size float64) {
	for _, v := range x {
		size = max(size, abs(v))
	}
	return size
}

// report is what is known so far.
func (b *activationBench) report() *Report {
	finding := "No value left its room. Fewer bits are cheaper nowhere: a ring element travels whole; they only round more."
	if b.overflows > 0 {
		finding = fmt.Sprintf("In %s a value left its room, and what came out is noise", plural(b.overflows, "run")) + b.because()
	}
	r := &Report{Adversary: "any holder of shares, which follows the protocol and keeps all it sees",
		Saw:    []string{"holder 1, over all runs: " + b.eyes.Text(), "no row, no weight, no decision: those go to the applicants; an overflow only the simulator sees, which puts shares together"},
		Facts:  []Fact{{Name: "rows", Label: "rows decided", Value: len(b.test.X)}, {Name: "overflows", Label: "runs with an overflow", Value: b.overflows}},
		Tables: []Table{b.table}, Finding: finding}
	if b.curve {
		first := b.table.Rows[0]
		for i, label := range []string{"accuracy in plain numbers", "accuracy on shares", "decisions that differ", "largest error", "rounds", "bytes a row", "first overflow"} {
			r.Facts = append(r.Facts, Fact{Name: b.table.Columns[i+2].Name, Label: label, Value: first[i+2], Share: b.table.Columns[i+2].Share})
		}
		r.Facts = append([]Fact{{Name: "activation", Label: "activation", Value: first[0]}, {Name: "fraction_bits", Label: "bits after the point", Value: first[1]}}, r.Facts...)
		r.Tables[0].Rows = slices.Clone(r.Tables[0].Rows)
		slices.SortFunc(r.Tables[0].Rows, func(x, y []any) int { return x[1].(int) - y[1].(int) })
		r.Bars = []Histogram{errorBars(r.Tables[0])}
	}
	return r
}

// errorBars draws how many bits of a decision are right, by precision.
func errorBars(t Table) Histogram {
	h := Histogram{Name: "right_bits", Title: "Bits after the point that are right in every output, by bits that were carried; none after an overflow"}
	for _, row := range t.Rows {
		right := 0
		if worst, ok := row[5].(float64); ok && row[8] == noOverflow && worst < 1 {
			right = int(-math.Log2(max(worst, math.Exp2(-mostBits))))
		}
		h.Labels, h.Counts = append(h.Labels, Text(row[1])), append(h.Counts, right)
	}
	return h
}

// noOverflow is what a run without one says.
const noOverflow = "none"

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
		for _, s := range append(append([]*mpc.Shared{x}, n.w...), n.b...) {
			eyes.Hold(s.Share[0])
		}
		where := any(noOverflow)
		n.p.Watch = func(name string, plaintext *tensor.Dense) error { // the simulator's eye
			for i, e := range plaintext.Uint64s() {
				if !(ring.Ring{}).InRange(e) && where == noOverflow {
					columns := plaintext.Shape()[1]
					where, overflow = fmt.Sprintf("%s, element [%d,%d]: %s, beyond 2^62", name, i/columns, i%columns, power(ring.Ring{}.Signed(e))), 1
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

// power writes a large number as a power of two.
func power(x int64) string {
	sign := ""
	if x < 0 {
		sign = "−"
	}
	return fmt.Sprintf("%s2^%.1f", sign, math.Log2(math.Abs(float64(x))))
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

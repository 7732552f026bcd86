package lab

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"unseen/engine/ring"
	"unseen/engine/rng"
	"unseen/engine/share"
)

// toyRows are rows of two classes that a line nearly separates.
func toyRows(n, features int, seed uint64) Rows {
	r := rand.New(rand.NewPCG(seed, 0))
	var rows Rows
	for range n {
		x, sum := make([]float64, features), 0.0
		for j := range x {
			x[j] = r.NormFloat64()
			sum += x[j]
		}
		rows.X, rows.Y = append(rows.X, x), append(rows.Y, btoi(sum+0.2*r.NormFloat64() > 0))
	}
	return rows
}

// outputWeights are those of the last of two layers.
func outputWeights(n *network) (w []float64) {
	for _, row := range n.w[1] {
		w = append(w, row[0])
	}
	return w
}

// Gradients are the slopes of the loss, by differences, in every layer.
func TestDeepGradients(t *testing.T) {
	const h, rate = 1e-6, 1e-3
	rows := toyRows(1, 4, 3)
	x, y := rows.X[0], rows.Y[0]
	for _, name := range activations {
		n := train(name, toyRows(50, 4, 1), []int{5, 3}, 2, 0.01, rand.New(rand.NewPCG(3, 0)))
		loss := func() float64 {
			_, _, out := n.forward(x)
			return math.Log1p(math.Exp(out)) - float64(y)*out
		}
		for l := range n.w {
			for i := range n.w[l] {
				w := &n.w[l][i][0]
				before := *w
				*w = before + h
				above := loss()
				*w = before - h
				slope := (above - loss()) / (2 * h)
				*w = before
				saved := n.clone()
				n.step(x, y, rate)
				if got := (before - n.w[l][i][0]) / rate; math.Abs(got-slope) > 1e-5 {
					t.Errorf("%s, layer %d, weight %d: the step says %v, differences %v", name, l+1, i, got, slope)
				}
				*n = *saved
			}
		}
	}
}

func (n *network) clone() *network {
	c := &network{act: n.act}
	for l := range n.w {
		var w [][]float64
		for _, row := range n.w[l] {
			w = append(w, slices.Clone(row))
		}
		c.w, c.b = append(c.w, w), append(c.b, slices.Clone(n.b[l]))
	}
	return c
}

// Every activation learns, and its decisions on shares are those in plain numbers,
// up to rounding, with one hidden layer and with two.
func TestPrivateNetworksDecideAsPlainOnes(t *testing.T) {
	training, test := toyRows(200, 5, 1), toyRows(40, 5, 2)
	for i, name := range append(activations, relu, hardSigmoid) {
		layers := []int{6}
		if i >= len(activations) {
			layers = []int{6, 4}
		}
		n := train(name, training, layers, 30, 0.05, rand.New(rand.NewPCG(3, 0)))
		want := n.decisions(test.X)
		if a := accuracy(want, test.Y); !(a > 0.8) {
			t.Errorf("%s is right about %v of the rows", name, a)
		}
		for _, holders := range []int{2, 3, 5} {
			p, err := newPrivate(n, 16, holders, rng.Seeded(4))
			if err != nil {
				t.Fatal(err)
			}
			x, err := p.split(test.X, rng.Seeded(5))
			if err != nil {
				t.Fatal(err)
			}
			for i, got := range p.predict(x) {
				if e := math.Abs(got - want[i]); e > 0.02*(1+math.Abs(want[i])) {
					t.Errorf("%s among %d, row %d: %v, want %v", name, holders, i, got, want[i])
				}
			}
		}
	}
}

// The slopes are those of the activations, by differences.
func TestSlopes(t *testing.T) {
	const h = 1e-6
	for _, name := range activations {
		for _, z := range []float64{-3, -1.5, -0.4, 0.3, 1.2, 2.5} {
			above, _ := act(name, z+h)
			below, _ := act(name, z-h)
			if _, slope := act(name, z); math.Abs(slope-(above-below)/(2*h)) > 1e-6 {
				t.Errorf("%s at %v: slope %v, differences say %v", name, z, slope, (above-below)/(2*h))
			}
		}
	}
}

func TestActivationBench(t *testing.T) {
	training, test := toyRows(150, 5, 1), toyRows(40, 5, 2)
	v := Defaults(ActivationControls())
	v["bits"], v["passes"] = "8,16", "10"
	r, err := Activation(context.Background(), v, []int{4, 3}, 3, training, test, rng.Seeded(1), nil)
	if err != nil {
		t.Fatal(err)
	}
	rows := r.Tables[0].Rows
	if len(rows) != 6 {
		t.Fatalf("%d runs, want each of three activations with two precisions", len(rows))
	}
	for i := 0; i < len(rows); i += 2 {
		coarse, fine := rows[i], rows[i+1]
		if coarse[1] != 8 || fine[1] != 16 || !(fine[5].(float64) < coarse[5].(float64)/10) {
			t.Errorf("%v: off by %v with 8 bits, by %v with 16", coarse[0], coarse[5], fine[5])
		}
		if coarse[6] != fine[6] || coarse[7] != fine[7] || fine[8] != "none" {
			t.Errorf("%v: rounds %v and %v, bytes %v and %v, overflow %v", coarse[0], coarse[6], fine[6], coarse[7], fine[7], fine[8])
		}
	}
	for i := range test.X { // rows beyond all scale
		for j := range test.X[i] {
			test.X[i][j] *= 1e5
		}
	}
	v["bits"], v["activations"] = "24,16", "square"
	if r, err = Activation(context.Background(), v, []int{4, 3}, 3, training, test, rng.Seeded(1), nil); err != nil {
		t.Fatal(err)
	}
	if factOf(t, r, "overflows") != 2 || !strings.Contains(r.Tables[0].Rows[0][8].(string), "element [0,") || !strings.Contains(r.Tables[0].Rows[0][8].(string), "beyond 2^62") {
		t.Errorf("an overflow is not reported: %v", r.Tables[0].Rows)
	}
	if !strings.Contains(r.Finding, "with square at every number of fraction bits that was run") || strings.Contains(r.Finding, "less room before the point") {
		t.Errorf("the precision is blamed for what happens with each: %s", r.Finding)
	}
}

// Training on shares is training: the output layer ends where it does in plain
// numbers.
func TestTheOutputLayerLearnsOnShares(t *testing.T) {
	rows := toyRows(40, 4, 1)
	plain := train(relu, rows, []int{5}, 1, 0.01, rand.New(rand.NewPCG(3, 0)))
	p, _, err := (&tampering{plain, rows, rows, 3, 0, rng.Seeded(1)}).prepare()
	if err != nil {
		t.Fatal(err)
	}
	const rate, steps = 0.5, 12
	p.net.learn(p.trainX, p.trainY, rate, steps)
	got, err := share.Reconstruct(ring.Ring{}, p.net.w[1].Share)
	if err != nil {
		t.Fatal(err)
	}
	before := outputWeights(plain)
	for range steps {
		dw, db := make([]float64, len(before)), 0.0
		for i, x := range rows.X {
			z, _, out := plain.forward(x)
			d := 1/(1+math.Exp(-out)) - float64(rows.Y[i])
			db += d
			for j := range z[0] {
				a, _ := act(relu, z[0][j])
				dw[j] += d * a
			}
		}
		for j := range dw {
			plain.w[1][j][0] -= rate / 40 * dw[j]
		}
		plain.b[1][0] -= rate / 40 * db
	}
	moved := 0.0
	for j, e := range got.Uint64s() {
		moved = max(moved, math.Abs(plain.w[1][j][0]-before[j]))
		if w := p.net.fixed.Decode(e); math.Abs(w-plain.w[1][j][0]) > 2e-3 {
			t.Errorf("weight %d: %v on shares, %v in plain numbers", j, w, plain.w[1][j][0])
		}
	}
	if moved < 0.05 {
		t.Errorf("no weight moved by more than %v: this test finds nothing", moved)
	}
}

// One flipped bit is never noticed, a run without one is the honest run, and what
// is flipped at the end spreads no further.
func TestTamper(t *testing.T) {
	training, test := toyRows(150, 5, 1), toyRows(20, 5, 2)
	plain := train(relu, training, []int{4}, 5, 0.05, rand.New(rand.NewPCG(3, 0)))
	all := &tampering{plain, Rows{training.X[:20], training.Y[:20]}, test, 3, 2, rng.Seeded(1)}
	honest, attempts, err := all.rehearse()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := all.once(&attempt{call: -1}, 0); err != nil || !equal(again.out, honest.out) || !equal(again.moved, honest.moved) {
		t.Errorf("an untouched run differs from the rehearsal: %v", err)
	}
	v := Defaults(TamperControls())
	v["bit"], v["spread"] = "62", "99"
	r, err := Tamper(context.Background(), v, 3, training, test, rng.Seeded(1))
	if err != nil {
		t.Fatal(err)
	}
	if factOf(t, r, "noticed") != 0 || factOf(t, r, "attempts").(int) < len(attempts) || factOf(t, r, "flipped").(int) < 3 {
		t.Errorf("the facts are %v", r.Facts)
	}
	changed := 0
	for _, row := range r.Tables[0].Rows {
		changed += btoi(row[3].(int) > 0)
	}
	if changed < len(attempts)/2 {
		t.Errorf("only %d of %d flips changed anything", changed, len(attempts))
	}
	for _, row := range r.Tables[1].Rows {
		if want := btoi(row[0] == "output"); row[2] != want {
			t.Errorf("a flipped output share changed %v elements of %v, want %d", row[2], row[0], want)
		}
	}
}

func equal(a, b []float64) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}

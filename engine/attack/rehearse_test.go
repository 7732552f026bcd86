package attack

import (
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/tensor"

	"unseen/engine/nn"
	"unseen/engine/trace"
)

// People who are made up could be people; all rows of a closed network say nothing,
// and of an open one every row comes back as exactly as was to be expected.
func TestRehearse(t *testing.T) {
	s, _ := schema(t)
	r := rand.New(rand.NewPCG(1, 2))
	people := s.Invent(r, 60, 2)
	for i, x := range people.X {
		if !s.Plausible(x.Float64s()) {
			t.Fatalf("person %d could be none", i)
		}
	}
	sizes := nn.Sizes(len(s.Features), []int{12, 6}, 2)
	open := nn.Glorot(r, sizes)
	for _, b := range open.B[:2] {
		for i := range b.Float64s() {
			b.Float64s()[i] = 2 // nearly every unit lets nearly everybody through
		}
	}
	closed := nn.Clone(open)
	for i := range closed.B[1].Float64s() {
		closed.B[1].Float64s()[i] = -50
	}
	if n, off := Rehearse(nn.Clone(open), nn.NLL, 0.01, people, 60); n != 0 || !(off > 0 && off < 1e-9) {
		t.Errorf("open: %d people said nothing, the error to be expected is %v", n, off)
	}
	if n, _ := Rehearse(nn.Clone(closed), nn.NLL, 0.01, people, 60); n != 60 {
		t.Errorf("closed: %d of 60 people said nothing", n)
	}
}

// step trains a copy of a network on one row, and returns the update that the owner of
// the row sends.
func step(net nn.Weights, x, y *tensor.Dense) Update {
	packed := nn.Pack(net).Clone().(*tensor.Dense)
	after := nn.Clone(net)
	float := nn.NewFloat("")
	float.Reset(1)
	learner := nn.Learner[*tensor.Dense]{Arithmetic: float, Tracer: &trace.Tracer{}, Loss: nn.NLL}
	learner.Step(after, x, y, 1, 0.1)
	widths := nn.Widths(net)
	return Update{Of: "Ann", Before: FirstLayer(packed, widths), After: FirstLayer(nn.Pack(after), widths)}
}

// An update says at which layer it stopped. Behind a closed layer it is the same
// whatever the row is: nobody can do better.
func TestClosedLayers(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	row := func() *tensor.Dense {
		x := nn.New(1, 5)
		for j := range x.Float64s() {
			x.Float64s()[j] = r.NormFloat64()
		}
		return x
	}
	y := matrix(1, 2, 1, 0)
	for closed := 0; closed <= 3; closed++ {
		net := nn.Glorot(r, []int{5, 6, 4, 3, 2})
		for l := range 3 {
			for i := range net.B[l].Float64s() {
				net.B[l].Float64s()[i] = 1
				if l+1 == closed {
					net.B[l].Float64s()[i] = -30
				}
			}
		}
		one, other := step(net, row(), y), step(net, row(), y)
		if one.Closed() != closed || other.Closed() != closed {
			t.Errorf("layer %d is closed, the updates say %d and %d", closed, one.Closed(), other.Closed())
		}
		same := true
		for l, b := range one.After.Above {
			same = same && equal(b, other.After.Above[l])
		}
		if same = same && equal(one.After.W, other.After.W) && equal(one.After.B, other.After.B); same != (closed > 0) {
			t.Errorf("layer %d is closed: that two rows give one update is %v", closed, same)
		}
	}
	net := nn.Glorot(r, []int{5, 6, 4, 3, 2})
	if u := (Update{Before: FirstLayer(nn.Pack(net), nn.Widths(net)), After: FirstLayer(nn.Pack(net), nn.Widths(net))}); u.Closed() != 4 {
		t.Errorf("nothing has moved: %d, want the last layer", u.Closed())
	}
}

func equal(a, b *tensor.Dense) bool {
	for i, x := range a.Float64s() {
		if x != b.Float64s()[i] {
			return false
		}
	}
	return true
}

// The error that the adversary expects is about the one it makes, and smaller than
// that of the best single unit; small updates are told less exactly.
func TestTheAdversaryKnowsHowGoodItsClaimIs(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	worse, better := 0, 0
	for n := range 300 {
		const features, units = 8, 12
		w, b, x, delta := nn.New(features, units), nn.New(1, units), make([]float64, features), make([]float64, units)
		for i := range w.Float64s() {
			w.Float64s()[i] = r.NormFloat64()
		}
		for i := range delta {
			b.Float64s()[i] = r.NormFloat64()
			delta[i] = r.NormFloat64() * math.Pow(10, -float64(n%8))
		}
		for j := range x {
			x[j] = r.NormFloat64()
		}
		u := randomUpdate(w, b, [][]float64{x}, [][]float64{delta}, 0.1)
		got, off, ok := Row(u)
		if !ok {
			t.Fatal("nothing found")
		}
		e := Error(x, got)
		if e > 6*off {
			t.Errorf("updates of 1e-%d: off by %v, expected %v", n%8, e, off)
		}
		best, most := 0, 0.0
		for i, d := range delta {
			if math.Abs(d) > most {
				best, most = i, math.Abs(d)
			}
		}
		if e > Error(x, Candidates(u)[best]) {
			worse++
		} else {
			better++
		}
	}
	if better < 5*worse {
		t.Errorf("all units together are better than the best one in %d cases, worse in %d", better, worse)
	}
}

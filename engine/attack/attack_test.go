package attack

import (
	"math"
	"testing"

	"gorgonia.org/tensor"
	"pgregory.net/rapid"

	"unseen/data"
	"unseen/engine/trace"
)

func matrix(rows, columns int, x ...float64) *tensor.Dense {
	return tensor.New(tensor.WithShape(rows, columns), tensor.WithBacking(x))
}

func message(step int, from, to string, x float64) *trace.Event {
	return &trace.Event{Step: step, Kind: trace.Sent, Party: from, To: to, Bytes: 8,
		Path: []trace.Scope{{Level: trace.Message, Name: "move"}},
		Outputs: []trace.Value{{Name: "v", Parts: []trace.Part{
			{Party: to, Data: matrix(1, 1, x)}, {Party: "somebody else", Data: matrix(1, 1, -x)}}}}}
}

// A view holds what its parties sent or received, and nothing else, whatever the
// events carry.
func TestViewsKeepOnlyTheirOwn(t *testing.T) {
	v := NewView("server")
	first := message(1, "server", "Ann", 1)
	v.Observe(first)
	v.Observe(message(2, "Ann", "aggregator", 2))
	v.Observe(message(3, "Ann", "server", 3))
	v.Observe(message(3, "Ann", "server", 3)) // the same one, through other eyes
	local := message(4, "server", "", 4)
	local.Kind = trace.Local
	v.Observe(local)
	first.Outputs[0].Parts[0].Data.Float64s()[0] = 99 // events are borrowed
	if len(v.Messages) != 2 || v.Sent() != 1 || v.Received() != 1 || v.Bytes != 16 {
		t.Fatalf("kept %v, want what the server sent and what it received", v.Messages)
	}
	for i, want := range []float64{1, 3} {
		values := v.Messages[i].Values
		if len(values) != 1 || v.Messages[i].Value("v").Float64s()[0] != want {
			t.Errorf("message %d holds %v, want one value %v", i, values, want)
		}
	}
}

// randomUpdate is what gradient descent does to a first layer when the rows x meet
// the derivatives delta at its units.
func randomUpdate(w, b *tensor.Dense, x, delta [][]float64, rate float64) Update {
	after := Model{W: w.Clone().(*tensor.Dense), B: b.Clone().(*tensor.Dense)}
	units := b.Size()
	for r := range x {
		for i := range units {
			after.B.Float64s()[i] -= rate * delta[r][i]
			for j := range x[r] {
				after.W.Float64s()[j*units+i] -= rate * delta[r][i] * x[r][j]
			}
		}
	}
	return Update{"Ann", Model{W: w, B: b}, after}
}

func TestTheRowComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		features, units := rapid.IntRange(1, 5).Draw(t, "features"), rapid.IntRange(1, 4).Draw(t, "units")
		numbers := func(n int, name string) []float64 {
			return rapid.SliceOfN(rapid.Float64Range(-3, 3), n, n).Draw(t, name)
		}
		x, delta := numbers(features, "x"), numbers(units, "delta")
		largest := 0.0
		for _, d := range delta {
			largest = max(largest, math.Abs(d))
		}
		u := randomUpdate(matrix(features, units, numbers(features*units, "w")...), matrix(1, units, numbers(units, "b")...),
			[][]float64{x}, [][]float64{delta}, 0.1)
		got, _, ok := Row(u)
		switch {
		case largest == 0:
			if ok {
				t.Fatalf("an update of nothing yields %v", got)
			}
		case largest > 1e-3:
			for j := range x { // rounding of weights up to 4 costs 1e-15 / (0.1·largest)
				if e := math.Abs(x[j] - got[j]); e > 1e-13*(1+math.Abs(x[j]))/largest {
					t.Fatalf("feature %d: %v, want %v, error %v", j, got[j], x[j], e)
				}
			}
		}
	})
}

// A unit that only one row of a batch passes yields that row; one that two pass
// yields a mixture.
func TestCandidates(t *testing.T) {
	x := [][]float64{{1, 2, 3}, {4, 5, 6}}
	u := randomUpdate(matrix(3, 4, make([]float64, 12)...), matrix(1, 4, 0, 0, 0, 0), x,
		[][]float64{{1, 0, 0.5, 0}, {0, 2, 0.5, 0}}, 0.5)
	got := Candidates(u)
	if len(got) != 3 {
		t.Fatalf("%d candidates, want one for each unit whose bias changed", len(got))
	}
	for i, want := range [][]float64{{1, 2, 3}, {4, 5, 6}, {2.5, 3.5, 4.5}} {
		if e := Error(want, got[i]); e > 1e-12 {
			t.Errorf("unit %d yields %v, want %v", i, got[i], want)
		}
	}
}

func schema(t testing.TB) (Schema, *data.Set) {
	set, err := data.Twin().Encode()
	if err != nil {
		t.Fatal(err)
	}
	all := make([]int, set.Len())
	for i := range all {
		all[i] = i
	}
	return Schema{set.Table.Columns, set.Features, data.Standard(set.X, all)}, set
}

// Every row is plausible and decodes to what the file says; the middle between two
// rows that differ in a category is not plausible.
func TestRowsDecode(t *testing.T) {
	s, set := schema(t)
	x, n := s.Scaling.Apply(set.X).Float64s(), len(set.Features)
	for r := range set.Len() {
		row := x[r*n : (r+1)*n]
		if !s.Plausible(row) {
			t.Fatalf("row %d is not plausible", r+1)
		}
		for k, cell := range s.Decode(row) {
			field := set.Table.Records[set.Rows[r]].Fields[k]
			if s.Columns[k].Kind != data.Numeric && cell.Value != field {
				t.Fatalf("row %d, %s: %q, want %q", r+1, cell.Column, cell.Value, field)
			}
		}
	}
	middle := make([]float64, n)
	for j := range middle {
		middle[j] = (x[j] + x[n+j]) / 2
	}
	if s.Plausible(middle) {
		t.Error("the middle between two rows passes as a row")
	}
	if cells := s.Decode(x[:n]); cells[1] != (Cell{"A2", set.Table.Records[set.Rows[0]].Fields[1]}) {
		t.Errorf("A2 of row 1 decodes to %v", cells[1])
	}
}

func TestNumbersAreShort(t *testing.T) {
	for _, c := range []struct {
		x, scale float64
		want     string
	}{{30.829999999999998, 12, "30.83"}, {9e-9, 5000, "0"}, {-1e-12, 1, "0"}, {202.00000001, 170, "202"}, {100000, 5000, "100000"}, {0.415, 5, "0.415"}, {-3.25, 1e7, "-3"}} {
		if got := number(c.x, c.scale); got != c.want {
			t.Errorf("%v of a column of scale %v is written %q, want %q", c.x, c.scale, got, c.want)
		}
	}
}

// What is left of an average is what the colluders did not put in.
func TestRest(t *testing.T) {
	average := matrix(1, 2, (1*1.0+2*4+3*10)/6, (1*2.0+2*5+3*20)/6)
	rest := Rest(average, 6, []*tensor.Dense{matrix(1, 2, 1, 2), matrix(1, 2, 4, 5)}, []float64{1, 2})
	if e := Error([]float64{10, 20}, rest.Float64s()); e > 1e-12 {
		t.Errorf("what is left is %v, want 10 and 20", rest.Float64s())
	}
}

// Until the last share every secret is possible, each in as many ways.
func TestSharesSayNothingUntilTheLast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, missing := rapid.Uint64Range(2, 9).Draw(t, "m"), rapid.IntRange(0, 3).Draw(t, "missing")
		known := rapid.Uint64().Draw(t, "known")
		counts := Possible(m, known, missing)
		left, bits := Left(counts)
		if missing == 0 {
			if left != 1 || bits != 0 || counts[known%m] != 1 {
				t.Fatalf("with all shares %v are possible", counts)
			}
			return
		}
		for _, n := range counts {
			if want := int(math.Round(math.Pow(float64(m), float64(missing-1)))); n != want {
				t.Fatalf("%d missing modulo %d: %v ways, want %d each", missing, m, counts, want)
			}
		}
		if left != int(m) {
			t.Fatalf("%d secrets left of %d", left, m)
		}
	})
}

func TestMembershipGuesses(t *testing.T) {
	guesses := func(x ...float64) []Guess {
		out := make([]Guess, len(x))
		for i := range x {
			out[i] = Guess{x[i], i % 2}
		}
		return out
	}
	in, out := guesses(0.1, 0.2, 0.3, 0.9), guesses(0.25, 0.95, 1, 2)
	if got := AUC(in, out); got != 14.0/16 {
		t.Errorf("AUC %v, want 14/16", got)
	}
	if got := AUC(in, in); got != 0.5 {
		t.Errorf("AUC of a list with itself: %v", got)
	}
	if !math.IsNaN(AUC(nil, out)) {
		t.Error("an AUC of nothing")
	}
	s := NewShadow(in, out)
	if !s.Member(Guess{0.1, 0}) || s.Member(Guess{0.5, 0}) || !s.Member(Guess{0.9, 1}) || s.Member(Guess{0.93, 1}) {
		t.Errorf("the limits learnt are %v", s.limit)
	}
	if !Threshold(Guess{Loss: 0.2}, 0.2) || Threshold(Guess{Loss: 0.21}, 0.2) {
		t.Error("the loss threshold is not one")
	}
	if NewShadow(nil, out).Member(Guess{0, 0}) {
		t.Error("a shadow that has seen nothing accuses somebody")
	}
}

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
	after := Model{w.Clone().(*tensor.Dense), b.Clone().(*tensor.Dense)}
	units := b.Size()
	for r := range x {
		for i := range units {
			after.B.Float64s()[i] -= rate * delta[r][i]
			for j := range x[r] {
				after.W.Float64s()[j*units+i] -= rate * delta[r][i] * x[r][j]
			}
		}
	}
	return Update{"Ann", Model{w, b}, after}
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
		got, ok := Row(u)
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
	for x, want := range map[float64]string{30.829999999999998: "30.83", 1e-12: "0", -1e-12: "0", 202.00000001: "202", 100000: "100000", 0.415: "0.415"} {
		if got := number(x); got != want {
			t.Errorf("%v is written %q, want %q", x, got, want)
		}
	}
}

package data

import (
	"math"
	"slices"
	"testing"

	"gorgonia.org/tensor"
)

func TestStandard(t *testing.T) {
	x := matrix([]float64{
		1, 0.1, 5,
		3, 0.1, 5,
		100, 7, 5,
		8, 0.1, 6,
	}, 4, 3)
	sc := Standard(x, []int{0, 1, 3})
	if sc.How != "standard" || !equal(sc.Shift[0], 4) || !equal(sc.Scale[0], math.Sqrt(26.0/3)) {
		t.Errorf("%+v", sc)
	}
	if sc.Shift[1] != 0.1 || sc.Scale[1] != 1 {
		t.Errorf("a constant column: %v, %v", sc.Shift[1], sc.Scale[1])
	}
	before := slices.Clone(values(x))
	scaled := values(sc.Apply(x))
	if !slices.Equal(values(x), before) {
		t.Error("Apply changed its argument")
	}
	if !equal(scaled[6], 96/math.Sqrt(26.0/3)) || scaled[1] != 0 || !equal(scaled[7], 6.9) {
		t.Errorf("%v", scaled)
	}
	if none := Standard(x, nil); !slices.Equal(none.Scale, []float64{1, 1, 1}) || !slices.Equal(none.Shift, []float64{0, 0, 0}) {
		t.Errorf("no rows: %+v", none)
	}
}

// A view that skips columns is not the backing slice it was cut from.
func TestScaleView(t *testing.T) {
	x := matrix([]float64{1, 2, 3, 4, 5, 6}, 2, 3)
	view, err := x.Slice(nil, tensor.S(1, 3))
	if err != nil {
		t.Fatal(err)
	}
	columns := view.(*tensor.Dense)
	if got := values(None(2).Apply(columns)); !slices.Equal(got, []float64{2, 3, 5, 6}) {
		t.Errorf("%v", got)
	}
	if got := Standard(columns, []int{0, 1}).Shift; !slices.Equal(got, []float64{3.5, 4.5}) {
		t.Errorf("%v", got)
	}
}

func TestRange(t *testing.T) {
	set, err := small(t).Encode()
	if err != nil {
		t.Fatal(err)
	}
	sc := set.Range()
	if sc.How != "range" || !slices.Equal(sc.Scale[:11], []float64{1, 128, 32, 32, 1, 1, 128, 1, 2048, 131072, 1}) {
		t.Errorf("%+v", sc)
	}
	for _, v := range values(sc.Apply(set.X)) {
		if math.Abs(v) > 1 {
			t.Errorf("%v is out of range", v)
		}
	}
}

func TestApplyOtherWidth(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	None(3).Apply(matrix([]float64{1, 2}, 1, 2))
}

func TestDescribe(t *testing.T) {
	summaries := mustRead(t, "x,y,z\n4,a,1\n1,b,\n2,a,7\n10,b,7\n3,b,7\n", "y").Describe()
	want := Summary{Name: "x", Count: 4, Mean: 4.75, Std: math.Sqrt(38.75 / 3), Min: 2, Q1: 2.75, Median: 3.5, Q3: 5.5, Max: 10}
	if len(summaries) != 2 || !equal(summaries[0].Std, want.Std) {
		t.Fatalf("%+v", summaries)
	}
	if summaries[0].Std = want.Std; summaries[0] != want {
		t.Errorf("got  %+v\nwant %+v", summaries[0], want)
	}
	one := mustRead(t, "x,y\n4,a\n?,b\n", "y").Describe()[0]
	if (one != Summary{Name: "x", Count: 1, Mean: 4, Min: 4, Q1: 4, Median: 4, Q3: 4, Max: 4}) {
		t.Errorf("%+v", one)
	}
	if none := mustRead(t, "x,z,y\n4,?,a\n1,?,b\n", "y").Describe()[0]; none != (Summary{Name: "x"}) {
		t.Errorf("%+v", none)
	}
}

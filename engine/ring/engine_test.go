package ring

import (
	"testing"

	"gorgonia.org/tensor"
	"pgregory.net/rapid"
)

// TestTensorMatMul multiplies through gorgonia, modulo 2^64.
func TestTensorMatMul(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 6)
		m, k, n := size.Draw(t, "m"), size.Draw(t, "k"), size.Draw(t, "n")
		a, b := draw(t, Ring{}, m, k, "a"), draw(t, Ring{}, k, n, "b")
		want := reference(Ring{}, plain, a, b)
		check := func(what string, got tensor.Tensor, err error) {
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			d, ok := words(got)
			if !ok || !Equal(From(d.rows, d.columns, d.packed().data), want) {
				t.Fatalf("%s: %v, want %v", what, got, want)
			}
		}
		withEngine := func(a *tensor.Dense) *tensor.Dense {
			return tensor.New(tensor.WithShape(a.Shape()...), tensor.WithBacking(append([]uint64{}, a.Uint64s()...)), tensor.WithEngine(Engine{}))
		}
		got, err := tensor.MatMul(withEngine(a), withEngine(b))
		check("of tensors with the engine", got, err)

		reuse := New(m, n)
		got, err = tensor.MatMul(a, b, tensor.WithReuse(reuse))
		check("into a tensor", got, err)
		check("into a tensor", reuse, nil)

		// Transposed and sliced views are read through their strides.
		turned := func(x *tensor.Dense) *tensor.Dense {
			v := view("turned", x)
			out := New(v.columns, v.rows)
			strided{matrix{out.Uint64s(), v.rows, v.columns}, [2]int{1, v.rows}}.scatter(v.data)
			if err := out.T(); err != nil {
				t.Fatal(err)
			}
			return out
		}
		got, err = tensor.MatMul(turned(a), turned(b))
		check("of transposed views", got, err)
		if m > 1 && k > 1 { // a slice of a single row or column is a vector to gorgonia
			wide := random(Ring{}, m, k+2, 1)
			strided{matrix{wide.Uint64s()[1:], m, k}, [2]int{k + 2, 1}}.scatter(a.Uint64s())
			slice, err := wide.Slice(nil, tensor.S(1, k+1))
			if err != nil {
				t.Fatal(err)
			}
			got, err = tensor.MatMul(slice, b)
			check("of a slice", got, err)
		}
		incremented := clone(want)
		got, err = tensor.MatMul(a, b, tensor.WithIncr(incremented))
		Ring{}.Add(want, want, want)
		check("added to a tensor", got, err)
	})
}

func TestTensorMatMulInPlace(t *testing.T) {
	a, b := random(Ring{}, 5, 5, 1), random(Ring{}, 5, 5, 2)
	want := reference(Ring{}, plain, a, b)
	if err := (Engine{}).MatMul(a, b, a); err != nil || !Equal(a, want) {
		t.Errorf("in place: %v", err)
	}
}

func TestTensorErrors(t *testing.T) {
	if _, err := tensor.MatMul(New(2, 3), New(2, 3)); err == nil {
		t.Error("shapes that do not fit are multiplied")
	}
	wantError[*ShapeError](t, "factors", Engine{}.MatMul(New(2, 3), New(2, 3), New(2, 3)))
	wantError[*ShapeError](t, "destination", Engine{}.MatMul(New(2, 3), New(3, 2), New(2, 3)))
}

// TestTensorFloats shows that other types still go to the standard engine.
func TestTensorFloats(t *testing.T) {
	a := tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]float64{1, 2, 3, 4}), tensor.WithEngine(Engine{}))
	got, err := tensor.MatMul(a, a)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{7, 10, 15, 22} {
		if got.Data().([]float64)[i] != want {
			t.Errorf("%v", got)
		}
	}
	ints := tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]int{1, 2, 3, 4}), tensor.WithEngine(Engine{}))
	if _, err := tensor.MatMul(ints, ints); err == nil {
		t.Error("integers are multiplied")
	}
}

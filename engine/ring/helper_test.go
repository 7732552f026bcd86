package ring

import (
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"

	"gorgonia.org/tensor"
	"pgregory.net/rapid"
)

// must returns v, or panics: for constructors in tests.
func must[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}

// rings are Z_2^64 and classroom rings at the edges of every kind; under the race
// detector, which is slow and looks for something else, one of each kind.
func rings() []Ring {
	list := []Ring{{}}
	if race {
		return append(list, must(PowerOfTwo(8)), must(PowerOfTwo(63)), must(Mod(4)), must(Mod(97)), must(Mod(1<<63-1)))
	}
	for _, k := range []int{3, 4, 8, 31, 32, 33, 62, 63} {
		list = append(list, must(PowerOfTwo(k)))
	}
	for _, m := range []uint64{2, 3, 4, 6, 97, 1<<32 - 5, 1<<61 - 1, 1<<63 - 25, 1<<63 - 1} {
		list = append(list, must(Mod(m)))
	}
	return list
}

// signedRings are those of rings with a sign bit.
func signedRings() []Ring {
	var list []Ring
	for _, r := range rings() {
		if r.CheckSign() == nil {
			list = append(list, r)
		}
	}
	return list
}

// words64 draws machine words: half of them within three steps of a power of two
// or of its negative, where carries and signs change.
func words64() *rapid.Generator[uint64] {
	edges := rapid.Custom(func(t *rapid.T) uint64 {
		x := rapid.SampledFrom([]uint64{0, 1 << 8, 1 << 16, 1 << 31, 1 << 32, 1 << 61, 1 << 62, 1 << 63}).Draw(t, "power")
		if rapid.Bool().Draw(t, "negative") {
			x = -x
		}
		return x + uint64(rapid.IntRange(-3, 3).Draw(t, "step"))
	})
	return rapid.OneOf(edges, rapid.Uint64())
}

// elements draws elements of r: half of them near 0, the modulus, and its half
// and quarter.
func elements(r Ring) *rapid.Generator[uint64] {
	m := modulus(r)
	edges := rapid.Custom(func(t *rapid.T) uint64 {
		x := new(big.Int).Rsh(m, rapid.UintRange(0, 2).Draw(t, "half"))
		x.Add(x, big.NewInt(rapid.Int64Range(-2, 2).Draw(t, "step")))
		return x.Mod(x, m).Uint64()
	})
	return rapid.OneOf(edges, rapid.Map(words64(), r.Fold))
}

// draw draws a matrix of elements of r.
func draw(t *rapid.T, r Ring, rows, columns int, label string) *tensor.Dense {
	return From(rows, columns, rapid.SliceOfN(elements(r), rows*columns, rows*columns).Draw(t, label))
}

// random returns a matrix of uniform elements of r.
func random(r Ring, rows, columns int, seed uint64) *tensor.Dense {
	a := New(rows, columns)
	r.Uniform(a, rand.NewPCG(seed, 1))
	return a
}

// clone returns a copy that shares no memory, for empty matrices too.
func clone(a *tensor.Dense) *tensor.Dense {
	v := view("clone", a)
	return From(v.rows, v.columns, append([]uint64{}, v.data...))
}

// modulus returns the number of elements.
func modulus(r Ring) *big.Int {
	if m := r.Modulus(); m != 0 {
		return new(big.Int).SetUint64(m)
	}
	return new(big.Int).Lsh(big.NewInt(1), 64)
}

func number(x uint64) *big.Int { return new(big.Int).SetUint64(x) }

// residue returns x mod m.
func residue(r Ring, x *big.Int) uint64 { return new(big.Int).Mod(x, modulus(r)).Uint64() }

// reference returns op(a)·op(b) by the definition, in integers of any size.
func reference(r Ring, form transposed, a, b *tensor.Dense) *tensor.Dense {
	x, y := view("reference", a), view("reference", b)
	m, k, n := x.rows, x.columns, y.columns
	at := func(i, l int) uint64 { return x.data[i*x.columns+l] }
	bt := func(l, j int) uint64 { return y.data[l*y.columns+j] }
	switch form {
	case firstT:
		m, k = k, m
		at = func(i, l int) uint64 { return x.data[l*x.columns+i] }
	case secondT:
		n = y.rows
		bt = func(l, j int) uint64 { return y.data[j*y.columns+l] }
	}
	out := New(m, n)
	for i := range m {
		for j := range n {
			sum := new(big.Int)
			for l := range k {
				sum.Add(sum, new(big.Int).Mul(number(at(i, l)), number(bt(l, j))))
			}
			out.Uint64s()[i*n+j] = residue(r, sum)
		}
	}
	return out
}

// panicked runs f and returns the error it panics with.
func panicked(f func()) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err, _ = v.(error)
			if err == nil {
				err = fmt.Errorf("not an error: %v", v)
			}
		}
	}()
	f()
	return nil
}

// wantPanic checks that f panics with an error of type E and returns it.
func wantPanic[E error](t *testing.T, what string, f func()) (target E) {
	t.Helper()
	if err := panicked(f); !errors.As(err, &target) {
		t.Errorf("%s: panicked with %v, want %T", what, err, target)
	}
	return target
}

// wantError checks that err has type E and returns it.
func wantError[E error](t *testing.T, what string, err error) (target E) {
	t.Helper()
	if !errors.As(err, &target) {
		t.Errorf("%s: %v, want %T", what, err, target)
	}
	return target
}

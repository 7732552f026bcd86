package ring

import (
	"fmt"
	"runtime"
	"testing"

	"gorgonia.org/tensor"
	"pgregory.net/rapid"
)

var forms = []struct {
	form     transposed
	set, acc func(r Ring, dst, a, b *tensor.Dense)
}{
	{plain, Ring.MatMul, Ring.MatMulAcc},
	{secondT, Ring.MatMulNT, Ring.MatMulNTAcc},
	{firstT, Ring.MatMulTN, Ring.MatMulTNAcc},
}

// factors returns the shapes of a and b for an m × n product with inner
// dimension k.
func factors(form transposed, m, k, n int) (a, b [2]int) {
	a, b = [2]int{m, k}, [2]int{k, n}
	switch form {
	case firstT:
		a = [2]int{k, m}
	case secondT:
		b = [2]int{n, k}
	}
	return a, b
}

func TestMatMul(t *testing.T) {
	for _, r := range rings() {
		t.Run(r.String(), rapid.MakeCheck(func(t *rapid.T) {
			size := rapid.OneOf(rapid.IntRange(0, 2), rapid.IntRange(0, 6))
			m, k, n := size.Draw(t, "m"), size.Draw(t, "k"), size.Draw(t, "n")
			for _, f := range forms {
				shapeA, shapeB := factors(f.form, m, k, n)
				a, b := draw(t, r, shapeA[0], shapeA[1], "a"), draw(t, r, shapeB[0], shapeB[1], "b")
				dst := random(r, m, n, 7)
				sum := clone(dst)
				want := reference(r, f.form, a, b)
				f.set(r, dst, a, b)
				if !Equal(dst, want) {
					t.Fatalf("form %d: %v, want %v", f.form, dst.Uint64s(), want.Uint64s())
				}
				r.Add(want, want, sum)
				f.acc(r, sum, a, b)
				if !Equal(sum, want) {
					t.Fatalf("form %d, accumulated: %v, want %v", f.form, sum.Uint64s(), want.Uint64s())
				}
			}
		}))
	}
}

// TestMatMulSquare shows that the factors may be the same matrix.
func TestMatMulSquare(t *testing.T) {
	var r Ring
	a, dst := random(r, 9, 9, 1), New(9, 9)
	for _, f := range forms {
		f.set(r, dst, a, a)
		if !Equal(dst, reference(r, f.form, a, a)) {
			t.Errorf("form %d", f.form)
		}
	}
}

// naive is the definition of the product modulo 2^64, row by column.
func naive(dst, a, b []uint64, m, k, n int) {
	for i := range m {
		for j := range n {
			var sum uint64
			for l := range k {
				sum += a[i*k+l] * b[l*n+j]
			}
			dst[i*n+j] = sum
		}
	}
}

// TestMatMulShared compares large products, which several goroutines compute,
// with the definition, and with one another for any number of processors.
func TestMatMulShared(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, s := range [][3]int{{67, 65, 63}, {2, 370, 401}, {701, 401, 1}} {
		m, k, n := s[0], s[1], s[2]
		if m*k*n < worthSharing {
			t.Fatalf("%v is too small to be shared", s)
		}
		a, b, want := random(Ring{}, m, k, 1), random(Ring{}, k, n, 2), New(m, n)
		naive(want.Uint64s(), a.Uint64s(), b.Uint64s(), m, k, n)
		at, bt := New(k, m), New(n, k)
		for i := range k {
			for j := range m {
				at.Uint64s()[i*m+j] = a.Uint64s()[j*k+i]
			}
			for j := range n {
				bt.Uint64s()[j*k+i] = b.Uint64s()[i*n+j]
			}
		}
		for _, processors := range []int{1, 2, 5} {
			runtime.GOMAXPROCS(processors)
			for _, r := range []Ring{{}, must(PowerOfTwo(12))} {
				expected, got := clone(want), New(m, n)
				r.Reduce(expected, expected)
				for form, run := range map[string]func(){
					"MatMul":   func() { r.MatMul(got, a, b) },
					"MatMulNT": func() { r.MatMulNT(got, a, bt) },
					"MatMulTN": func() { r.MatMulTN(got, at, b) },
				} {
					run()
					if !Equal(got, expected) {
						t.Errorf("%v %s %v with %d processors", r, form, s, processors)
					}
				}
			}
		}
	}
	r := must(Mod(97))
	a, b, dst := random(r, 64, 65, 1), random(r, 65, 64, 2), New(64, 64)
	runtime.GOMAXPROCS(2)
	r.MatMul(dst, a, b)
	if !Equal(dst, reference(r, plain, a, b)) {
		t.Error("Z_97")
	}
}

// TestAllocations shows that kernels allocate nothing.
func TestAllocations(t *testing.T) {
	if race {
		t.Skip("the race detector allocates")
	}
	fixed := Fixed{Bits: 16}
	real := tensor.New(tensor.WithShape(32, 32), tensor.Of(tensor.Float64))
	decoded := tensor.New(tensor.WithShape(32, 32), tensor.Of(tensor.Float64)) // too large to be encoded again
	packed, slices := make([]uint64, Words(1024)), make([]uint64, 1024)
	for _, r := range []Ring{{}, must(PowerOfTwo(8)), must(Mod(97))} {
		a, b, dst := random(r, 32, 32, 1), random(r, 32, 32, 2), New(32, 32)
		row, column := New(1, 32), New(32, 1)
		for name, f := range map[string]func(){
			"Add": func() { r.Add(dst, a, b) }, "Sub": func() { r.Sub(dst, a, b) }, "Neg": func() { r.Neg(dst, a) },
			"AddConstant": func() { r.AddConstant(dst, a, 1) }, "Scale": func() { r.Scale(dst, 3, a) },
			"AddScaled": func() { r.AddScaled(dst, 3, a) }, "MulElem": func() { r.MulElem(dst, a, b) },
			"MulElemAcc": func() { r.MulElemAcc(dst, a, b) }, "Reduce": func() { r.Reduce(dst, a) },
			"AddRow": func() { r.AddRow(dst, a, row) }, "MulRow": func() { r.MulRow(dst, a, row) },
			"SubColumn": func() { r.SubColumn(dst, a, column) }, "MulColumn": func() { r.MulColumn(dst, a, column) },
			"SumRows": func() { r.SumRows(row, a) }, "SumColumns": func() { r.SumColumns(column, a) },
			"MatMul": func() { r.MatMul(dst, a, b) }, "MatMulNT": func() { r.MatMulNT(dst, a, b) },
			"MatMulTNAcc": func() { r.MatMulTNAcc(dst, a, b) },
		} {
			if n := testing.AllocsPerRun(100, f); n != 0 {
				t.Errorf("%v %s: %v allocations", r, name, n)
			}
		}
	}
	var r Ring
	a, large, dst := random(r, 32, 32, 1), random(r, 128, 128, 2), New(128, 128)
	small := New(32, 32)
	for name, f := range map[string]func(){
		"EncodeMatrix": func() { _ = fixed.EncodeMatrix(a, real) }, "DecodeMatrix": func() { fixed.DecodeMatrix(decoded, a) },
		"Msbs": func() { r.Msbs(small, a) }, "Mids": func() { r.Mids(small, a, 16) }, "ShiftRight": func() { r.ShiftRight(small, a, 16) },
		"CheckRange": func() { _ = r.CheckRange(small) },
		"Xor":        func() { Xor(packed, packed, packed) }, "And": func() { And(packed, packed, packed) },
		"Not": func() { Not(packed, packed, 1024) }, "PackBit": func() { PackBit(packed, a, 63) },
		"Unpack": func() { Unpack(small, packed) }, "BitSlices": func() { BitSlices(slices, a) },
		"FromBitSlices": func() { FromBitSlices(small, slices) },
		"shared":        func() { r.MatMul(dst, large, large) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// BenchmarkMatMul measures multiplications and additions per second: the
// definition and the kernel on one processor, then what callers get.
func BenchmarkMatMul(b *testing.B) {
	var r Ring
	one := func(form transposed) func(dst, x, y *tensor.Dense, m, k, n int) {
		return func(dst, x, y *tensor.Dense, m, k, n int) {
			clear(dst.Uint64s())
			p := product{form: form, dst: dst.Uint64s(), a: x.Uint64s(), b: y.Uint64s(), m: m, k: k, n: n}
			p.rows(0, m)
		}
	}
	method := func(f func(dst, x, y *tensor.Dense)) func(dst, x, y *tensor.Dense, m, k, n int) {
		return func(dst, x, y *tensor.Dense, _, _, _ int) { f(dst, x, y) }
	}
	for _, c := range []struct {
		name    string
		form    transposed
		m, k, n int
		run     func(dst, x, y *tensor.Dense, m, k, n int)
	}{
		{"naive", plain, 128, 128, 128, func(dst, x, y *tensor.Dense, m, k, n int) {
			naive(dst.Uint64s(), x.Uint64s(), y.Uint64s(), m, k, n)
		}},
		{"kernel", plain, 128, 128, 128, one(plain)},
		{"kernelNT", secondT, 128, 128, 128, one(secondT)},
		{"kernelTN", firstT, 128, 128, 128, one(firstT)},
		{"kernel", plain, 512, 512, 512, one(plain)},
		{"shared", plain, 128, 128, 128, method(r.MatMul)},
		{"shared", plain, 512, 512, 512, method(r.MatMul)},
		{"forward", plain, 32, 42, 30, method(r.MatMul)},
		{"forward", plain, 1, 42, 30, method(r.MatMul)},
		{"forward", plain, 32, 30, 2, method(r.MatMul)},
		{"inputs", secondT, 32, 30, 42, method(r.MatMulNT)},
		{"weights", firstT, 42, 32, 30, method(r.MatMulTN)},
		{"weights", firstT, 42, 1, 30, method(r.MatMulTN)},
		{"classroom", plain, 32, 42, 30, method(must(Mod(97)).MatMul)},
	} {
		b.Run(fmt.Sprintf("%s/%dx%dx%d", c.name, c.m, c.k, c.n), func(b *testing.B) {
			shapeX, shapeY := factors(c.form, c.m, c.k, c.n)
			x, y, dst := random(must(Mod(97)), shapeX[0], shapeX[1], 1), random(must(Mod(97)), shapeY[0], shapeY[1], 2), New(c.m, c.n)
			b.ReportAllocs()
			for b.Loop() {
				c.run(dst, x, y, c.m, c.k, c.n)
			}
			b.ReportMetric(float64(b.N)*float64(c.m*c.k*c.n)/b.Elapsed().Seconds()/1e9, "GMAC/s")
		})
	}
}

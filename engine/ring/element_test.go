package ring

import (
	"math/big"
	"strings"
	"testing"

	"gorgonia.org/tensor"
	"pgregory.net/rapid"
)

// binary are the operations of two operands, with their definitions: dst is what
// the destination held before.
var binary = []struct {
	name string
	run  func(r Ring, dst, a, b *tensor.Dense)
	want func(dst, a, b *big.Int) *big.Int
	acc  bool // reads its destination
}{
	{"Add", Ring.Add, func(_, a, b *big.Int) *big.Int { return new(big.Int).Add(a, b) }, false},
	{"Sub", Ring.Sub, func(_, a, b *big.Int) *big.Int { return new(big.Int).Sub(a, b) }, false},
	{"MulElem", Ring.MulElem, func(_, a, b *big.Int) *big.Int { return new(big.Int).Mul(a, b) }, false},
	{"MulElemAcc", Ring.MulElemAcc, func(z, a, b *big.Int) *big.Int {
		return new(big.Int).Add(z, new(big.Int).Mul(a, b))
	}, true},
}

// unary are the operations of one operand and perhaps a constant.
var unary = []struct {
	name string
	run  func(r Ring, dst, a *tensor.Dense, c uint64)
	want func(dst, a, c *big.Int) *big.Int
}{
	{"Neg", func(r Ring, dst, a *tensor.Dense, _ uint64) { r.Neg(dst, a) },
		func(_, a, _ *big.Int) *big.Int { return new(big.Int).Neg(a) }},
	{"AddConstant", Ring.AddConstant, func(_, a, c *big.Int) *big.Int { return new(big.Int).Add(a, c) }},
	{"Scale", func(r Ring, dst, a *tensor.Dense, c uint64) { r.Scale(dst, c, a) },
		func(_, a, c *big.Int) *big.Int { return new(big.Int).Mul(a, c) }},
	{"AddScaled", func(r Ring, dst, a *tensor.Dense, c uint64) { r.AddScaled(dst, c, a) },
		func(z, a, c *big.Int) *big.Int { return new(big.Int).Add(z, new(big.Int).Mul(a, c)) }},
	{"Reduce", func(r Ring, dst, a *tensor.Dense, _ uint64) { r.Reduce(dst, a) },
		func(_, a, _ *big.Int) *big.Int { return a }},
}

// TestElementwise compares with integers of any size, with every way in which the
// destination may be an operand.
func TestElementwise(t *testing.T) {
	for _, r := range rings() {
		t.Run(r.String(), rapid.MakeCheck(func(t *rapid.T) {
			rows, columns := rapid.IntRange(0, 2).Draw(t, "rows"), rapid.IntRange(0, 3).Draw(t, "columns")
			a, b := draw(t, r, rows, columns, "a"), draw(t, r, rows, columns, "b")
			c, old := elements(r).Draw(t, "c"), draw(t, r, rows, columns, "dst")
			for _, op := range binary {
				for alias := range 5 {
					z, x, y := clone(old), clone(a), clone(b)
					switch alias {
					case 1:
						z = x
					case 2:
						z = y
					case 3:
						y = x
					case 4:
						x, y = z, z
					}
					z0, x0, y0 := clone(z).Uint64s(), clone(x).Uint64s(), clone(y).Uint64s()
					op.run(r, z, x, y)
					for i, got := range z.Uint64s() {
						want := residue(r, op.want(number(z0[i]), number(x0[i]), number(y0[i])))
						if got != want {
							t.Fatalf("%s, alias %d: %d, %d, %d → %d, want %d", op.name, alias, z0[i], x0[i], y0[i], got, want)
						}
					}
				}
			}
			for _, op := range unary {
				for _, alias := range []bool{false, true} {
					z, x := clone(old), clone(a)
					if alias {
						z = x
					}
					z0, x0 := clone(z).Uint64s(), clone(x).Uint64s()
					op.run(r, z, x, c)
					for i, got := range z.Uint64s() {
						want := residue(r, op.want(number(z0[i]), number(x0[i]), number(c)))
						if got != want {
							t.Fatalf("%s, alias %v: %d, %d, c = %d → %d, want %d", op.name, alias, z0[i], x0[i], c, got, want)
						}
					}
				}
			}
		}))
	}
}

func TestReduceAnyWord(t *testing.T) {
	for _, r := range rings() {
		t.Run(r.String(), rapid.MakeCheck(func(t *rapid.T) {
			w := rapid.SliceOfN(words64(), 7, 7).Draw(t, "words")
			dst := New(1, 7)
			r.Reduce(dst, From(1, 7, w))
			for i, x := range dst.Uint64s() {
				if x != residue(r, number(w[i])) {
					t.Fatalf("%d mod m = %d", w[i], x)
				}
			}
		}))
	}
}

// TestBroadcast compares rows, columns and sums with single elements.
func TestBroadcast(t *testing.T) {
	for _, r := range rings() {
		t.Run(r.String(), rapid.MakeCheck(func(t *rapid.T) {
			m, n := rapid.IntRange(0, 4).Draw(t, "m"), rapid.IntRange(0, 4).Draw(t, "n")
			a, row, column := draw(t, r, m, n, "a"), draw(t, r, 1, n, "row"), draw(t, r, m, 1, "column")
			cases := []struct {
				name string
				run  func(dst, a, b *tensor.Dense)
				b    *tensor.Dense
				want func(x, y uint64) uint64
			}{
				{"AddRow", r.AddRow, row, r.Sum}, {"SubRow", r.SubRow, row, r.Difference}, {"MulRow", r.MulRow, row, r.Product},
				{"AddColumn", r.AddColumn, column, r.Sum}, {"SubColumn", r.SubColumn, column, r.Difference}, {"MulColumn", r.MulColumn, column, r.Product},
			}
			for _, c := range cases {
				dst, self := random(r, m, n, 1), clone(a)
				c.run(dst, a, c.b)
				c.run(self, self, c.b)
				if !Equal(dst, self) {
					t.Errorf("%s: another result in place", c.name)
				}
				for i := range m {
					for j := range n {
						at := i
						if c.b == row {
							at = j
						}
						y := c.b.Uint64s()[at]
						if got, want := dst.Uint64s()[i*n+j], c.want(a.Uint64s()[i*n+j], y); got != want {
							t.Fatalf("%s at %d, %d: %d, want %d", c.name, i, j, got, want)
						}
					}
				}
			}
			// Sums are products with ones.
			ones := func(rows, columns int) *tensor.Dense {
				o := New(rows, columns)
				r.AddConstant(o, o, 1)
				return o
			}
			down, across := random(r, 1, n, 2), random(r, m, 1, 3)
			r.SumRows(down, a)
			r.SumColumns(across, a)
			if !Equal(down, reference(r, plain, ones(1, m), a)) || !Equal(across, reference(r, plain, a, ones(n, 1))) {
				t.Errorf("sums %v and %v of %v", down.Uint64s(), across.Uint64s(), a.Uint64s())
			}
		}))
	}
}

// TestMisuse shows that shapes, layouts and overlaps that do not fit panic with
// an error that names them.
func TestMisuse(t *testing.T) {
	var r Ring
	a, b := New(2, 3), New(3, 2)
	shapes := map[string]func(){
		"Add":            func() { r.Add(a, a, b) },
		"Add into":       func() { r.Add(b, a, a) },
		"Scale":          func() { r.Scale(a, 2, b) },
		"AddRow":         func() { r.AddRow(a, a, New(1, 2)) },
		"MulColumn":      func() { r.MulColumn(a, a, New(3, 1)) },
		"SumRows":        func() { r.SumRows(New(1, 2), a) },
		"SumColumns":     func() { r.SumColumns(New(3, 1), a) },
		"MatMul":         func() { r.MatMul(New(2, 3), a, New(2, 3)) },
		"MatMul into":    func() { r.MatMul(New(3, 3), a, b) },
		"MatMulNT":       func() { r.MatMulNT(New(2, 2), a, b) },
		"MatMulTN":       func() { r.MatMulTN(New(3, 2), a, b) },
		"From":           func() { From(2, 2, make([]uint64, 3)) },
		"EncodeMatrix":   func() { Fixed{Bits: 16}.EncodeMatrix(a, tensor.New(tensor.WithShape(3, 2), tensor.Of(tensor.Float64))) },
		"Xor":            func() { Xor(make([]uint64, 1), make([]uint64, 1), make([]uint64, 2)) },
		"And":            func() { And(make([]uint64, 2), make([]uint64, 1), make([]uint64, 1)) },
		"PackBit":        func() { PackBit(make([]uint64, 2), a, 0) },
		"BitSlices":      func() { BitSlices(make([]uint64, 63), a) },
		"FromBitSlices":  func() { FromBitSlices(a, make([]uint64, 128)) },
		"Negative sizes": func() { New(-1, -2) },
	}
	for name, f := range shapes {
		wantPanic[*ShapeError](t, name, f)
	}
	e := wantPanic[*ShapeError](t, "MatMul", func() { r.MatMul(New(2, 3), a, New(5, 6)) })
	if msg := e.Error(); !strings.Contains(msg, "2×3") || !strings.Contains(msg, "5×6") || !strings.Contains(msg, "MatMul") {
		t.Errorf("message %q", msg)
	}

	turned := clone(a)
	if err := turned.T(); err != nil {
		t.Fatal(err)
	}
	narrow, err := New(4, 3).Slice(nil, tensor.S(1, 3))
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]*tensor.Dense{
		"transposed": turned,
		"narrow":     narrow.(*tensor.Dense),
		"vector":     tensor.New(tensor.WithShape(3), tensor.Of(tensor.Uint64)),
		"float64":    tensor.New(tensor.WithShape(3, 2), tensor.Of(tensor.Float64)),
	} {
		wantPanic[*LayoutError](t, name, func() { r.Neg(bad, bad) })
	}
	wantPanic[*LayoutError](t, "DecodeMatrix", func() { Fixed{Bits: 16}.DecodeMatrix(a, a) })

	all := New(6, 3)
	for name, f := range map[string]func(){
		"Add":       func() { r.Add(Rows(all, 0, 2), Rows(all, 1, 3), Rows(all, 4, 6)) },
		"Sub":       func() { r.Sub(Rows(all, 0, 2), Rows(all, 4, 6), Rows(all, 1, 3)) },
		"Neg":       func() { r.Neg(Rows(all, 1, 3), Rows(all, 0, 2)) },
		"AddRow":    func() { r.AddRow(all, all, Rows(all, 5, 6)) },
		"SumRows":   func() { r.SumRows(Rows(all, 0, 1), all) },
		"MatMul":    func() { s := New(3, 3); r.MatMul(s, s, New(3, 3)) },
		"MatMulAcc": func() { s := New(3, 3); r.MatMulAcc(s, New(3, 3), s) },
		"Xor":       func() { s := make([]uint64, 3); Xor(s[1:], s[:2], s[1:]) },
	} {
		wantPanic[*OverlapError](t, name, f)
	}
	if err := panicked(func() { r.Add(Rows(all, 0, 2), Rows(all, 2, 4), Rows(all, 4, 6)) }); err != nil {
		t.Errorf("neighbouring rows: %v", err)
	}
}

func TestRowsShareMemory(t *testing.T) {
	a := From(3, 2, []uint64{1, 2, 3, 4, 5, 6})
	if v := Rows(a, 1, 3); !Equal(v, From(2, 2, []uint64{3, 4, 5, 6})) {
		t.Errorf("rows %v", v.Uint64s())
	} else if v.Uint64s()[0] = 7; a.Uint64s()[2] != 7 {
		t.Error("a copy")
	}
	if Equal(New(2, 3), New(3, 2)) {
		t.Error("shapes are not compared")
	}
}

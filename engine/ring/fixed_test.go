package ring

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"gorgonia.org/tensor"
	"pgregory.net/rapid"
)

func TestPrecision(t *testing.T) {
	for _, f := range []int{-1, 0, 3, 25, 64} {
		_, err := NewFixed(f)
		wantError[*PrecisionError](t, "Z_2^64", err)
		_, err = NewFixedIn(Ring{}, f)
		wantError[*PrecisionError](t, "Z_2^64", err)
	}
	for _, f := range []int{MinBits, 16, MaxBits} {
		if x := must(NewFixed(f)); x.Bits != f || x.Headroom() != 62-2*f {
			t.Errorf("%+v", x)
		}
	}
	small := must(PowerOfTwo(8))
	for _, f := range []int{0, 7} {
		_, err := NewFixedIn(small, f)
		wantError[*PrecisionError](t, "Z_2^8", err)
	}
	if x := must(NewFixedIn(small, 6)); x.Ring != small || x.Bits != 6 {
		t.Errorf("%+v", x)
	}
	_, err := NewFixedIn(must(Mod(97)), 2)
	wantError[*SignError](t, "Z_97", err)
}

// fixeds draws fixed-point representations in all rings with a sign bit.
func fixeds() *rapid.Generator[Fixed] {
	return rapid.Custom(func(t *rapid.T) Fixed {
		r := rapid.SampledFrom(signedRings()).Draw(t, "ring")
		if r == (Ring{}) {
			return must(NewFixed(rapid.IntRange(MinBits, MaxBits).Draw(t, "f")))
		}
		return must(NewFixedIn(r, rapid.IntRange(1, r.Width()-2).Draw(t, "f")))
	})
}

// reals64 draws real numbers: whole ulps and halves, the ends of the range and
// their neighbours, and any others.
func reals64(x Fixed) *rapid.Generator[float64] {
	end := math.Ldexp(1, x.limit()-x.Bits)
	return rapid.OneOf(
		rapid.Map(rapid.IntRange(-9, 9), func(i int) float64 { return math.Ldexp(float64(i), -x.Bits-2) }),
		rapid.Map(rapid.IntRange(-9, 9), func(i int) float64 { return end + math.Ldexp(float64(i), -x.Bits-2) }),
		rapid.Map(rapid.IntRange(-9, 9), func(i int) float64 { return -end + math.Ldexp(float64(i), -x.Bits-2) }),
		rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64, math.Copysign(0, -1),
			math.Nextafter(end, 0), math.Nextafter(-end, 0), end, -end}),
		rapid.Float64Range(-1, 1), rapid.Float64Range(-end, end), rapid.Float64())
}

// TestEncode compares with rounding of rational numbers, checks the error of a
// round trip and what is refused.
func TestEncode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := fixeds().Draw(t, "fixed")
		v := reals64(x).Draw(t, "v")
		e, err := x.Encode(v)
		finite := !math.IsNaN(v) && !math.IsInf(v, 0)
		var nearest *big.Int
		if finite {
			nearest = roundEven(v, x.Bits)
		}
		fits := finite && new(big.Int).Abs(nearest).Cmp(number(x.Ring.Quarter())) < 0
		if (err == nil) != fits {
			t.Fatalf("Encode(%v): %v", v, err)
		}
		if err != nil {
			if _, ok := err.(*RangeError); !ok {
				t.Fatalf("%T", err)
			}
			return
		}
		if e != residue(x.Ring, nearest) {
			t.Fatalf("Encode(%v) = %d, want %d", v, e, nearest)
		}
		if diff := math.Abs(x.Decode(e) - v); diff > math.Ldexp(0.5, -x.Bits) {
			t.Errorf("%v comes back as %v: more than half an ulp", v, x.Decode(e))
		}
	})
}

// roundEven returns v·2^f rounded to the nearest integer, halves to the even one.
func roundEven(v float64, f int) *big.Int {
	q := new(big.Rat).SetFloat64(v)
	q.Mul(q, new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(f))))
	two := big.NewInt(2)
	floor, rest := new(big.Int).DivMod(new(big.Int).Mul(q.Num(), two), new(big.Int).Mul(q.Denom(), two), new(big.Int))
	if c := rest.Cmp(q.Denom()); c > 0 || c == 0 && floor.Bit(0) == 1 {
		floor.Add(floor, big.NewInt(1))
	}
	return floor
}

func TestDecodeAnyElement(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := fixeds().Draw(t, "fixed")
		e := draw(t, x.Ring, 1, 5, "e")
		out := tensor.New(tensor.WithShape(1, 5), tensor.Of(tensor.Float64))
		x.DecodeMatrix(out, e)
		for i, got := range out.Float64s() {
			want := math.Ldexp(float64(x.Ring.Signed(e.Uint64s()[i])), -x.Bits)
			if got != want || x.Decode(e.Uint64s()[i]) != want {
				t.Fatalf("%d decodes to %v, want %v", e.Uint64s()[i], got, want)
			}
		}
	})
}

func TestEncodeMatrix(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := fixeds().Draw(t, "fixed")
		rows, columns := rapid.IntRange(0, 3).Draw(t, "rows"), rapid.IntRange(0, 3).Draw(t, "columns")
		v := rapid.SliceOfN(reals64(x), rows*columns, rows*columns).Draw(t, "v")
		src := tensor.New(tensor.WithShape(rows, columns), tensor.WithBacking(append([]float64{}, v...)))
		dst := New(rows, columns)
		err := x.EncodeMatrix(dst, src)
		for i := range v {
			want, one := x.Encode(v[i])
			if one != nil { // the first of them is the one reported
				r, ok := err.(*RangeError)
				if !ok || r.Row != i/columns || r.Column != i%columns || math.Float64bits(r.Value) != math.Float64bits(v[i]) {
					t.Fatalf("element %d: %v, want %v", i, err, one)
				}
				return
			}
			if dst.Uint64s()[i] != want {
				t.Fatalf("element %d: %d, want %d", i, dst.Uint64s()[i], want)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestRangeErrorNamesThePlace(t *testing.T) {
	src := tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]float64{1, 2, 3, 4, 5, 1e15}))
	err := Fixed{Bits: 16}.EncodeMatrix(New(2, 3), src)
	e := wantError[*RangeError](t, "1e15", err)
	if e.Value != 1e15 || e.Row != 1 || e.Column != 2 {
		t.Errorf("%+v", e)
	}
	for _, part := range []string{"1e+15", "row 1", "column 2", "2^46", "16 fraction bits"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
}

// TestConstant checks that products have headroom, that no further bit had, and
// that what was rounded away is at most half a step.
func TestConstant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := fixeds().Draw(t, "fixed")
		end := math.Ldexp(1, x.limit()-x.Bits)
		c := rapid.OneOf(rapid.Float64Range(-2, 2), rapid.Float64(), rapid.SampledFrom([]float64{0.001, 0, 1, -0.5, 3, math.NaN(), math.Inf(1)})).Draw(t, "c")
		bound := rapid.OneOf(rapid.Float64Range(0, 1), rapid.Float64Range(0, 2*end), rapid.SampledFrom([]float64{0, 1, end, math.NaN(), math.Inf(1)})).Draw(t, "bound")
		e, g, err := x.Constant(c, bound)
		// room reports whether c at g bits times the largest encoded value stays below 2^(k−2).
		room := func(g int) bool {
			if math.IsNaN(c) || math.IsInf(c, 0) || math.IsNaN(bound) || math.IsInf(bound, 0) {
				return false
			}
			largest, _ := new(big.Float).SetFloat64(math.Ceil(math.Ldexp(bound, x.Bits))).Int(nil)
			scaled := roundEven(math.Abs(c), g)
			quarter := number(x.Ring.Quarter())
			return largest.Cmp(quarter) < 0 && scaled.Cmp(quarter) < 0 && scaled.Mul(scaled, largest).Cmp(quarter) < 0
		}
		if (err == nil) != room(0) {
			t.Fatalf("Constant(%v, %v): %v", c, bound, err)
		}
		if err != nil {
			if _, ok := err.(*HeadroomError); !ok {
				t.Fatalf("%T", err)
			}
			return
		}
		got := new(big.Rat).SetInt64(x.Ring.Signed(e))
		got.Quo(got, new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(g))))
		exact := got.Cmp(new(big.Rat).SetFloat64(c)) == 0
		if g < 0 || g > x.limit() || !room(g) {
			t.Fatalf("Constant(%v, %v) = %d at %d bits: no headroom", c, bound, x.Ring.Signed(e), g)
		}
		if !exact {
			best := x.limit()
			for !room(best) {
				best--
			}
			diff, _ := got.Sub(got, new(big.Rat).SetFloat64(c)).Float64()
			if math.Abs(diff) > math.Ldexp(0.5, -best) {
				t.Errorf("Constant(%v, %v) = %d at %d bits, where %d would do", c, bound, x.Ring.Signed(e), g, best)
			}
		}
		if g > 0 && e&1 == 0 {
			t.Errorf("Constant(%v, %v) = %d at %d bits: one too many", c, bound, x.Ring.Signed(e), g)
		}
	})
}

func TestConstantExamples(t *testing.T) {
	x := Fixed{Bits: 16}
	e, g, err := x.Constant(0.001, 1024)
	if err != nil {
		t.Fatal(err)
	}
	if rel := math.Abs(math.Ldexp(float64(e), -g)/0.001 - 1); rel > 1e-10 {
		t.Errorf("0.001 is %g off at %d bits", rel, g)
	}
	for c, want := range map[float64]struct {
		e int64
		g int
	}{0.5: {1, 1}, 3: {3, 0}, -0.75: {-3, 2}, 0: {0, 0}} {
		if e, g, err := x.Constant(c, 100); err != nil || int64(e) != want.e || g != want.g {
			t.Errorf("Constant(%v) = %d, %d, %v", c, int64(e), g, err)
		}
	}
	_, _, err = x.Constant(1<<20, 1<<30)
	if e := wantError[*HeadroomError](t, "too large", err); !strings.Contains(e.Error(), "2^46") {
		t.Errorf("%q", e)
	}
}

func BenchmarkEncode(b *testing.B) {
	x := Fixed{Bits: 16}
	src := tensor.New(tensor.WithShape(128, 128), tensor.Of(tensor.Float64))
	for i := range src.Float64s() {
		src.Float64s()[i] = math.Sin(float64(i))
	}
	dst := New(128, 128)
	for name, f := range map[string]func(){
		"encode": func() { _ = x.EncodeMatrix(dst, src) },
		"decode": func() { x.DecodeMatrix(src, dst) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(8 * 128 * 128)
			b.ReportAllocs()
			for b.Loop() {
				f()
			}
		})
	}
}

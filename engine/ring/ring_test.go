package ring

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func TestConstructors(t *testing.T) {
	for _, m := range []uint64{0, 1, 1<<63 + 1, math.MaxUint64} {
		_, err := Mod(m)
		wantError[*ModulusError](t, "modulus", err)
	}
	for _, k := range []int{-1, 0, 2, 65} {
		_, err := PowerOfTwo(k)
		wantError[*WidthError](t, "width", err)
	}
	if must(PowerOfTwo(64)) != (Ring{}) {
		t.Error("2^64 is not the zero Ring")
	}
	if must(PowerOfTwo(63)) != must(Mod(1<<63)) || must(Mod(8)) != must(PowerOfTwo(3)) {
		t.Error("a power of two depends on how it was made")
	}
	for r, want := range map[Ring]string{{}: "Z_2^64", must(Mod(97)): "Z_97", must(Mod(256)): "Z_2^8"} {
		if r.String() != want {
			t.Errorf("name %v, want %s", r, want)
		}
	}
	for _, m := range []uint64{2, 4, 97} {
		r := must(Mod(m))
		wantError[*SignError](t, "sign", r.CheckSign())
		wantPanic[*SignError](t, "Msb", func() { r.Msb(1) })
	}
	if (Ring{}).Width() != 64 || must(Mod(97)).Width() != 0 || must(Mod(4)).Width() != 2 {
		t.Error("width")
	}
}

func TestSingleElements(t *testing.T) {
	for _, r := range rings() {
		t.Run(r.String(), rapid.MakeCheck(func(t *rapid.T) {
			x, y := elements(r).Draw(t, "x"), elements(r).Draw(t, "y")
			w := words64().Draw(t, "w")
			X, Y := number(x), number(y)
			check := func(what string, got uint64, want *big.Int) {
				if got != residue(r, want) {
					t.Errorf("%s(%d, %d) = %d, want %d", what, x, y, got, residue(r, want))
				}
			}
			check("Sum", r.Sum(x, y), new(big.Int).Add(X, Y))
			check("Difference", r.Difference(x, y), new(big.Int).Sub(X, Y))
			check("Product", r.Product(x, y), new(big.Int).Mul(X, Y))
			check("Fold", r.Fold(w), number(w))
			check("Element", r.Element(int64(w)), big.NewInt(int64(w)))

			inverse, ok := r.Inverse(x)
			unit := new(big.Int).GCD(nil, nil, X, modulus(r)).Cmp(big.NewInt(1)) == 0
			if ok != unit || ok && (r.Product(x, inverse) != 1 || inverse != r.Fold(inverse)) {
				t.Errorf("Inverse(%d) = %d, %v", x, inverse, ok)
			}
		}))
	}
}

func TestSigned(t *testing.T) {
	for _, r := range rings() {
		t.Run(r.String(), rapid.MakeCheck(func(t *rapid.T) {
			x := elements(r).Draw(t, "x")
			want, m := number(x), modulus(r)
			if new(big.Int).Lsh(want, 1).Cmp(m) >= 0 {
				want.Sub(want, m)
			}
			if got := r.Signed(x); got != want.Int64() {
				t.Fatalf("Signed(%d) = %d, want %d", x, got, want)
			}
			if r.Element(r.Signed(x)) != x {
				t.Fatalf("Element(Signed(%d)) = %d", x, r.Element(r.Signed(x)))
			}
			if r.CheckSign() != nil {
				return
			}
			if (r.Msb(x) == 1) != (want.Sign() < 0) {
				t.Errorf("Msb(%d) = %d", x, r.Msb(x))
			}
			quarter := number(r.Quarter())
			inside := want.Cmp(quarter) < 0 && want.Cmp(new(big.Int).Neg(quarter)) >= 0
			if r.InRange(x) != inside {
				t.Errorf("InRange(%d) = %v", x, r.InRange(x))
			}
		}))
	}
}

// TestDrawUniform counts how often each element of small rings is drawn:
// chi-square with 20,000 draws and a fixed seed.
func TestDrawUniform(t *testing.T) {
	for _, m := range []uint64{2, 3, 7, 8, 10} {
		r, src, counts := must(Mod(m)), rand.NewPCG(m, 5), make([]float64, m)
		const draws = 20000
		for range draws {
			counts[r.Draw(src)]++
		}
		chi, expected := 0.0, draws/float64(m)
		for _, c := range counts {
			chi += (c - expected) * (c - expected) / expected
		}
		if chi > 35 { // 9 degrees of freedom: p < 6e-5
			t.Errorf("%v: chi-square %.1f, counts %v", r, chi, counts)
		}
	}
}

// source replays words.
type source []uint64

func (s *source) Uint64() uint64 {
	x := (*s)[0]
	*s = (*s)[1:]
	return x
}

// TestDrawRefuses shows that words beyond the last whole stretch are not used.
func TestDrawRefuses(t *testing.T) {
	r := must(Mod(10)) // 2^64 mod 10 = 6
	s := source{math.MaxUint64, math.MaxUint64 - 5, math.MaxUint64 - 6}
	if x := r.Draw(&s); x != 9 || len(s) != 0 {
		t.Errorf("drew %d, %d words left", x, len(s))
	}
	s = source{math.MaxUint64, 1}
	if x := must(Mod(8)).Draw(&s); x != 7 || len(s) != 1 {
		t.Errorf("drew %d, %d words left", x, len(s))
	}
}

package ring

import (
	"math/big"
	"testing"

	"gorgonia.org/tensor"
	"pgregory.net/rapid"
)

func TestSignKernels(t *testing.T) {
	for _, r := range signedRings() {
		t.Run(r.String(), rapid.MakeCheck(func(t *rapid.T) {
			a := draw(t, r, 2, 3, "a")
			k := r.Width()
			f := rapid.IntRange(0, k-1).Draw(t, "f")
			half := new(big.Int).Lsh(big.NewInt(1), uint(k-1))
			for _, c := range []struct {
				name string
				run  func(dst, a *tensor.Dense)
				want func(x uint64) *big.Int
			}{
				{"Msbs", r.Msbs, func(x uint64) *big.Int { return new(big.Int).Div(number(x), half) }},
				{"Mids", func(dst, a *tensor.Dense) { r.Mids(dst, a, f) }, func(x uint64) *big.Int {
					low := new(big.Int).Mod(number(x), half)
					return low.Rsh(low, uint(f))
				}},
				{"ShiftRight", func(dst, a *tensor.Dense) { r.ShiftRight(dst, a, f) }, func(x uint64) *big.Int {
					return new(big.Int).Rsh(big.NewInt(r.Signed(x)), uint(f)) // rounds downwards
				}},
			} {
				dst, self := New(2, 3), clone(a)
				c.run(dst, a)
				c.run(self, self)
				if !Equal(dst, self) {
					t.Errorf("%s: another result in place", c.name)
				}
				for i, got := range dst.Uint64s() {
					if want := residue(r, c.want(a.Uint64s()[i])); got != want {
						t.Fatalf("%s of %d with f = %d: %d, want %d", c.name, a.Uint64s()[i], f, got, want)
					}
				}
			}
		}))
	}
}

// TestDigits puts the bits below the sign together again from their digits.
func TestDigits(t *testing.T) {
	if n := (Ring{}).Digits(); n != 16 {
		t.Errorf("%d digits in Z_2^64", n)
	}
	for _, r := range signedRings() {
		t.Run(r.String(), rapid.MakeCheck(func(t *rapid.T) {
			x := elements(r).Draw(t, "x")
			var sum uint64
			for i := range r.Digits() {
				d := r.Digit(x, i)
				if d > 15 {
					t.Fatalf("digit %d", d)
				}
				sum += d << (4 * i)
			}
			if sum != x-r.Msb(x)<<(r.Width()-1) {
				t.Errorf("digits of %#x make %#x", x, sum)
			}
			if r.Digit(x, r.Digits()-1)>>((r.Width()-2)%4+1) != 0 || 4*(r.Digits()-1) >= r.Width()-1 {
				t.Error("a digit beyond the bits")
			}
		}))
	}
}

func TestCheckRange(t *testing.T) {
	for _, r := range signedRings() {
		q := r.Quarter()
		ends := From(2, 2, []uint64{0, q - 1, r.Fold(-q), r.Element(-1)})
		if err := r.CheckRange(ends); err != nil {
			t.Errorf("%v: %v", r, err)
		}
		for _, x := range []uint64{q, r.Fold(-q - 1)} {
			ends.Uint64s()[2] = x
			e := wantError[*OverflowError](t, r.String(), r.CheckRange(ends))
			if e != nil && (e.Value != r.Signed(x) || e.Row != 1 || e.Column != 0 || e.Limit != r.Width()-2) {
				t.Errorf("%v: %+v", r, e)
			}
		}
	}
	wantError[*SignError](t, "Z_97", must(Mod(97)).CheckRange(New(1, 1)))
}

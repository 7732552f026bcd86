package ring

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// packedBits draws n packed bits, with unused bits 0, and the same as booleans.
func packedBits(t *rapid.T, n int, label string) (words []uint64, single []bool) {
	words = rapid.SliceOfN(words64(), Words(n), Words(n)).Draw(t, label)
	trim(words, n)
	for i := range n {
		single = append(single, words[i/64]>>(i%64)&1 == 1)
	}
	return words, single
}

func TestPackedLogic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.SampledFrom([]int{0, 1, 63, 64, 65, 128}), rapid.IntRange(0, 200)).Draw(t, "n")
		a, as := packedBits(t, n, "a")
		b, bs := packedBits(t, n, "b")
		old, os := packedBits(t, n, "dst")
		for _, op := range []struct {
			name string
			run  func(dst, a, b []uint64)
			want func(old, a, b bool) bool
		}{
			{"And", And, func(_, a, b bool) bool { return a && b }},
			{"Xor", Xor, func(_, a, b bool) bool { return a != b }},
			{"XorAnd", XorAnd, func(old, a, b bool) bool { return old != (a && b) }},
			{"Not", func(dst, a, _ []uint64) { Not(dst, a, n) }, func(_, a, _ bool) bool { return !a }},
		} {
			for alias := range 3 {
				dst, x, y, held := slices.Clone(old), slices.Clone(a), slices.Clone(b), os
				switch alias {
				case 1:
					dst, held = x, as
				case 2:
					if op.name == "Not" {
						continue
					}
					dst, held = y, bs
				}
				op.run(dst, x, y)
				want := make([]uint64, Words(n))
				for i := range n {
					if op.want(held[i], as[i], bs[i]) {
						want[i/64] |= 1 << (i % 64)
					}
				}
				if !slices.Equal(dst, want) {
					t.Fatalf("%s, alias %d, of %x and %x: %x, want %x", op.name, alias, a, b, dst, want)
				}
			}
		}
	})
}

func TestPackAndUnpack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, columns := rapid.IntRange(0, 5).Draw(t, "rows"), rapid.SampledFrom([]int{0, 1, 7, 32, 64}).Draw(t, "columns")
		n := rows * columns
		a := draw(t, Ring{}, rows, columns, "a")
		i := rapid.IntRange(0, 63).Draw(t, "i")
		packed, bit := make([]uint64, Words(n)), New(rows, columns)
		for w := range packed {
			packed[w] = 0xdead // must not survive
		}
		PackBit(packed, a, i)
		Unpack(bit, packed)
		for j, x := range a.Uint64s() {
			if bit.Uint64s()[j] != x>>i&1 {
				t.Fatalf("bit %d of %#x came out as %d", i, x, bit.Uint64s()[j])
			}
		}
		rest := slices.Clone(packed)
		trim(rest, n)
		if !slices.Equal(rest, packed) {
			t.Error("unused bits are not 0")
		}
	})
}

// TestBitSlices compares the slices of all bits with one bit at a time.
func TestBitSlices(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom([]int{0, 1, 63, 64, 65, 130}).Draw(t, "n")
		a, back := draw(t, Ring{}, 1, n, "a"), New(1, n)
		w := Words(n)
		all, one := make([]uint64, 64*w), make([]uint64, w)
		BitSlices(all, a)
		for i := range 64 {
			PackBit(one, a, i)
			if !slices.Equal(one, all[i*w:(i+1)*w]) {
				t.Fatalf("bit %d: %x, want %x", i, all[i*w:(i+1)*w], one)
			}
		}
		FromBitSlices(back, all)
		if !Equal(back, a) {
			t.Errorf("%x came back as %x", a.Uint64s(), back.Uint64s())
		}
	})
}

func BenchmarkBits(b *testing.B) {
	a := random(Ring{}, 64, 64, 1)
	all, one := make([]uint64, 64*64), make([]uint64, 64)
	for name, f := range map[string]func(){
		"BitSlices": func() { BitSlices(all, a) },
		"PackBit":   func() { PackBit(one, a, 63) },
		"XorAnd":    func() { XorAnd(all, all, all) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(8 * 64 * 64)
			b.ReportAllocs()
			for b.Loop() {
				f()
			}
		})
	}
}

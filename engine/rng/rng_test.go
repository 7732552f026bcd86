package rng

import (
	"encoding/hex"
	"io"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func TestStreamIsAFunctionOfItsName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		label := rapid.String().Draw(t, "label")
		branch := rapid.Uint32().Draw(t, "branch")
		counter := rapid.OneOf(rapid.Just(uint64(0)), rapid.Just(uint64(math.MaxUint64)), rapid.Uint64()).Draw(t, "counter")
		a, b := Seeded(seed).Stream(label, branch, counter), Seeded(seed).Stream(label, branch, counter)
		for range 100 {
			if x, y := a.Uint64(), b.Uint64(); x != y {
				t.Fatalf("the same stream gave %x and %x", x, y)
			}
		}
		others := []*Stream{
			Seeded(seed^1).Stream(label, branch, counter),
			Seeded(seed).Stream(label+"x", branch, counter),
			Seeded(seed).Stream(label, branch+1, counter),
			Seeded(seed).Stream(label, branch, counter+1),
			Seeded(seed).Party("a").Stream(label, branch, counter),
		}
		first := Seeded(seed).Stream(label, branch, counter).Uint64()
		for i, o := range others {
			if o.Uint64() == first {
				t.Fatalf("stream %d with another name begins alike", i)
			}
		}
	})
}

// The key schedule is part of what a seed means: if this changes, every seed
// somebody wrote down means another run.
func TestStreamIsStable(t *testing.T) {
	var got [16]byte
	if _, err := io.ReadFull(Seeded(42).Party("server").Stream("shuffle", 0, 1), got[:]); err != nil {
		t.Fatal(err)
	}
	const want = "1e6f540352de10d85a07dca61650638f"
	if hex.EncodeToString(got[:]) != want {
		t.Errorf("seed 42, server, shuffle 1 begins %x, want %s", got, want)
	}
}

func TestReadAndUint64AreOneStream(t *testing.T) {
	a, b := Seeded(1).Stream("x", 0, 0), Seeded(1).Stream("x", 0, 0)
	a.Uint64()
	rest := make([]byte, 2000)
	if _, err := a.Read(rest); err != nil {
		t.Fatal(err)
	}
	all := make([]byte, 2008)
	if _, err := b.Read(all); err != nil {
		t.Fatal(err)
	}
	if string(all[8:]) != string(rest) {
		t.Error("reading after Uint64 does not continue the stream")
	}
}

func TestFillAndUint64AreOneStream(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := Seeded(1).Stream("x", 0, 0), Seeded(1).Stream("x", 0, 0)
		for range rapid.IntRange(1, 5).Draw(t, "parts") {
			for range rapid.IntRange(0, 70).Draw(t, "skip") {
				a.Uint64()
				b.Uint64()
			}
			x := make([]uint64, rapid.IntRange(0, 200).Draw(t, "n"))
			a.Fill(x)
			for i := range x {
				if want := b.Uint64(); x[i] != want {
					t.Fatalf("word %d is %x, want %x", i, x[i], want)
				}
			}
		}
	})
}

func TestUniform(t *testing.T) {
	r := rand.New(Seeded(7).Stream("uniform", 0, 0))
	const n, cells = 100_000, 64
	var count [cells]int
	for range n {
		count[r.IntN(cells)]++
	}
	chi := 0.0
	for _, c := range count {
		d := float64(c) - n/cells
		chi += d * d / (n / cells)
	}
	if chi > 120 { // 63 degrees of freedom: p < 1e-5
		t.Errorf("chi-square %.1f over %d cells", chi, cells)
	}
}

func TestSeedFitsJSON(t *testing.T) {
	for range 1000 {
		if s := Seed(); s >= 1<<53 {
			t.Fatalf("seed %d needs more than 53 bits", s)
		}
	}
}

func BenchmarkUint64(b *testing.B) {
	s := Seeded(1).Stream("bench", 0, 0)
	b.SetBytes(8)
	for b.Loop() {
		s.Uint64()
	}
}

func BenchmarkFill(b *testing.B) {
	s := Seeded(1).Stream("bench", 0, 0)
	x := make([]uint64, 8192)
	b.SetBytes(int64(8 * len(x)))
	b.ReportAllocs()
	for b.Loop() {
		s.Fill(x)
	}
}

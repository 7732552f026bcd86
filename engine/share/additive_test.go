package share

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/tensor"
	"pgregory.net/rapid"

	"unseen/engine/ring"
	"unseen/engine/rng"
)

// rings lists the kinds of rings a protocol may run in.
func rings(t *rapid.T) ring.Ring {
	switch rapid.IntRange(0, 2).Draw(t, "kind") {
	case 0:
		return ring.Ring{}
	case 1:
		r, err := ring.PowerOfTwo(rapid.IntRange(3, 64).Draw(t, "k"))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r, err := ring.Mod(rapid.OneOf(rapid.Uint64Range(2, 20), rapid.Uint64Range(2, 1<<63)).Draw(t, "m"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// matrix draws a matrix of ring elements, often at the edges.
func matrix(t *rapid.T, r ring.Ring) *tensor.Dense {
	rows, columns := rapid.IntRange(1, 4).Draw(t, "rows"), rapid.IntRange(1, 4).Draw(t, "columns")
	x := ring.New(rows, columns)
	for i := range x.Uint64s() {
		x.Uint64s()[i] = r.Fold(rapid.OneOf(
			rapid.SampledFrom([]uint64{0, 1, math.MaxUint64, 1 << 62, 1 << 63, 1<<63 - 1}), rapid.Uint64()).Draw(t, "x"))
	}
	return x
}

func TestAdditiveSharesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rings(t)
		x, n := matrix(t, r), rapid.IntRange(2, 10).Draw(t, "n")
		shares, err := Split(r, x, n, source(t))
		if err != nil {
			t.Fatal(err)
		}
		back, err := Reconstruct(r, shares)
		if err != nil || !ring.Equal(back, x) {
			t.Fatalf("%d shares in %v: got %v (%v), want %v", n, r, back, err, x)
		}
		compressed, err := SplitCompressed(r, x, n, source(t))
		if err != nil {
			t.Fatal(err)
		}
		for i := range shares {
			shares[i] = compressed.Share(i)
			if again := compressed.Share(i); !ring.Equal(again, shares[i]) {
				t.Fatalf("party %d expands its seed to two shares", i)
			}
		}
		if back, err = Reconstruct(r, shares); err != nil || !ring.Equal(back, x) {
			t.Fatalf("%d compressed shares in %v: got %v (%v), want %v", n, r, back, err, x)
		}
		bytes := 0
		for i := range n {
			bytes += compressed.Bytes(i)
		}
		if want := 32*(n-1) + 8*x.Size(); bytes != want {
			t.Errorf("%d bytes are sent, want %d", bytes, want)
		}
	})
}

func TestXORSharesXORUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOf(rapid.Uint64()).Draw(t, "b")
		shares, err := SplitBits(b, rapid.IntRange(2, 10).Draw(t, "n"), source(t))
		if err != nil {
			t.Fatal(err)
		}
		if back, err := ReconstructBits(shares); err != nil || !slices.Equal(back, b) {
			t.Fatalf("got %x (%v), want %x", back, err, b)
		}
	})
}

// listed is a source that gives prescribed words, then fails.
type listed []uint64

func (l *listed) Uint64() uint64 {
	w := (*l)[0]
	*l = (*l)[1:]
	return w
}

// In a ring of 8 elements all randomness can be listed: any n − 1 shares look
// exactly alike whatever the secret, and n shares do not.
func TestAllButOneShareSayNothing(t *testing.T) {
	r, err := ring.PowerOfTwo(3)
	if err != nil {
		t.Fatal(err)
	}
	const n = 3
	views := func(secret uint64, who []int) string {
		seen := map[string]int{}
		for a := range uint64(8) {
			for b := range uint64(8) {
				shares, err := Split(r, ring.From(1, 1, []uint64{secret}), n, &listed{a, b, 0, 0, 0, 0})
				if err != nil {
					t.Fatal(err)
				}
				var view []uint64
				for _, i := range who {
					view = append(view, shares[i].Uint64s()[0])
				}
				seen[fmt.Sprint(view)]++
			}
		}
		return fmt.Sprint(seen)
	}
	for _, who := range [][]int{{0, 1}, {0, 2}, {1, 2}} {
		for secret := range uint64(8) {
			if views(secret, who) != views(0, who) {
				t.Errorf("parties %v tell %d from 0", who, secret)
			}
		}
	}
	if views(1, []int{0, 1, 2}) == views(0, []int{0, 1, 2}) {
		t.Error("all parties together do not tell 1 from 0: this test finds nothing")
	}
}

func TestTooFewParties(t *testing.T) {
	x, src := ring.New(1, 1), rand.NewPCG(1, 2)
	for _, n := range []int{-1, 0, 1} {
		var parties *PartiesError
		if _, err := Split(ring.Ring{}, x, n, src); !errors.As(err, &parties) || parties.Parties != n {
			t.Errorf("Split among %d: %v", n, err)
		}
		if _, err := SplitCompressed(ring.Ring{}, x, n, src); !errors.As(err, &parties) {
			t.Errorf("SplitCompressed among %d: %v", n, err)
		}
		if _, err := SplitBits(nil, n, src); !errors.As(err, &parties) {
			t.Errorf("SplitBits among %d: %v", n, err)
		}
	}
	if _, err := Reconstruct(ring.Ring{}, []*tensor.Dense{x}); err == nil {
		t.Error("one share reconstructs")
	}
	if _, err := ReconstructBits(nil); err == nil {
		t.Error("no shares reconstruct")
	}
}

// Shares per second of the one who splits: expanding seeds and correcting.
func BenchmarkSplitCompressed(b *testing.B) {
	x, src := ring.New(256, 256), rng.Seeded(1).Stream("bench", 0, 0)
	b.SetBytes(3 * 8 * 256 * 256)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := SplitCompressed(ring.Ring{}, x, 3, src); err != nil {
			b.Fatal(err)
		}
	}
}

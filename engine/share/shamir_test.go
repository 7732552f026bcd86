package share

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func source(t *rapid.T) rand.Source {
	return rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)
}

// element draws an element of the field, often one at an edge.
func element(t *rapid.T, p uint64, name string) uint64 {
	return rapid.OneOf(rapid.SampledFrom([]uint64{0, 1, p - 1, p / 2}), rapid.Uint64Range(0, p-1)).Draw(t, name)
}

// some draws k distinct parties of n, in any order.
func some(t *rapid.T, k, n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return rapid.Permutation(all).Draw(t, "parties")[:k]
}

func TestFieldArithmetic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom([]uint64{3, 5, 97, 65537, 1<<31 - 1, Prime}).Draw(t, "p")
		s, err := NewShamir(p)
		if err != nil {
			t.Fatal(err)
		}
		a, b := element(t, p, "a"), element(t, p, "b")
		exact := func(op func(z, x, y *big.Int) *big.Int) uint64 {
			z := op(new(big.Int), new(big.Int).SetUint64(a), new(big.Int).SetUint64(b))
			return z.Mod(z, new(big.Int).SetUint64(p)).Uint64()
		}
		if got, want := s.add(a, b), exact((*big.Int).Add); got != want {
			t.Errorf("%d + %d = %d mod %d, want %d", a, b, got, p, want)
		}
		if got, want := s.sub(a, b), exact((*big.Int).Sub); got != want {
			t.Errorf("%d − %d = %d mod %d, want %d", a, b, got, p, want)
		}
		if got, want := s.mul(a, b), exact((*big.Int).Mul); got != want {
			t.Errorf("%d · %d = %d mod %d, want %d", a, b, got, p, want)
		}
		if a != 0 && s.mul(a, s.inverse(a)) != 1 {
			t.Errorf("%d · %d⁻¹ ≠ 1 mod %d", a, a, p)
		}
	})
}

func TestAnyThresholdSharesReconstruct(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom([]uint64{13, 65537, Prime}).Draw(t, "p")
		s, err := NewShamir(p)
		if err != nil {
			t.Fatal(err)
		}
		n := rapid.IntRange(1, 12).Draw(t, "n")
		threshold := rapid.IntRange(1, n).Draw(t, "t")
		secret := element(t, p, "secret")
		shares, err := s.Split(secret, threshold, n, source(t))
		if err != nil {
			t.Fatal(err)
		}
		who := some(t, rapid.IntRange(threshold, n).Draw(t, "k"), n)
		var given []uint64
		for _, i := range who {
			given = append(given, shares[i])
		}
		if got, err := s.Reconstruct(who, given); err != nil || got != secret {
			t.Errorf("parties %v reconstruct %d (%v), want %d", who, got, err, secret)
		}
	})
}

// counted lists what a set of parties sees over all polynomials.
func counted(t *testing.T, s Shamir, secret uint64, threshold int, who []int) map[string]int {
	t.Helper()
	views := map[string]int{}
	polynomial := make([]uint64, threshold)
	polynomial[0] = secret
	var all func(k int)
	all = func(k int) {
		if k == threshold {
			var view []uint64
			for _, i := range who {
				view = append(view, s.evaluate(polynomial, uint64(i)+1))
			}
			views[fmt.Sprint(view)]++
			return
		}
		for a := range s.p {
			polynomial[k] = a
			all(k + 1)
		}
	}
	all(1)
	return views
}

// Over a small prime all randomness can be listed: any t − 1 shares look exactly
// alike whatever the secret; t shares do not.
func TestFewerSharesSayNothing(t *testing.T) {
	s, err := NewShamir(7)
	if err != nil {
		t.Fatal(err)
	}
	const threshold, n = 3, 4
	for i := range n {
		for j := range i {
			zero := counted(t, s, 0, threshold, []int{i, j})
			for secret := range s.p {
				if got := counted(t, s, secret, threshold, []int{i, j}); fmt.Sprint(got) != fmt.Sprint(zero) {
					t.Errorf("parties %d and %d tell 0 from %d", i, j, secret)
				}
			}
		}
	}
	if fmt.Sprint(counted(t, s, 0, threshold, []int{0, 1, 2})) == fmt.Sprint(counted(t, s, 1, threshold, []int{0, 1, 2})) {
		t.Error("three parties do not tell 0 from 1: this test finds nothing")
	}
}

func TestSeeds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var secret [32]byte
		copy(secret[:], rapid.OneOf(
			rapid.SliceOfN(rapid.Byte(), 32, 32),
			rapid.SliceOfN(rapid.SampledFrom([]byte{0, 255}), 32, 32),
		).Draw(t, "secret"))
		n := rapid.IntRange(1, 9).Draw(t, "n")
		threshold := rapid.IntRange(1, n).Draw(t, "t")
		shares, err := SplitSeed(secret, threshold, n, source(t))
		if err != nil {
			t.Fatal(err)
		}
		who := some(t, threshold, n)
		var given []SeedShare
		for _, i := range who {
			given = append(given, shares[i])
		}
		if got, err := ReconstructSeed(who, given); err != nil || got != secret {
			t.Errorf("got %x (%v), want %x", got, err, secret)
		}
		if threshold > 1 {
			got, err := ReconstructSeed(who[1:], given[1:])
			if err == nil && got == secret {
				t.Error("one share too few gave the secret")
			}
		}
	})
}

func TestShamirRefuses(t *testing.T) {
	for _, p := range []uint64{0, 1, 2, 4, 9, 561, Prime + 2, 1<<63 + 29} {
		if _, err := NewShamir(p); err == nil {
			t.Errorf("%d passes for a prime up to 2^61 − 1", p)
		}
	}
	s := Default()
	r := rand.NewPCG(1, 2)
	for name, call := range map[string]func() error{
		"a secret of p":      func() error { _, err := s.Split(Prime, 1, 2, r); return err },
		"a threshold of 0":   func() error { _, err := s.Split(1, 0, 2, r); return err },
		"t above n":          func() error { _, err := s.Split(1, 3, 2, r); return err },
		"negative n":         func() error { _, err := SplitSeed([32]byte{}, 1, -1, r); return err },
		"no shares":          func() error { _, err := s.Reconstruct(nil, nil); return err },
		"a party twice":      func() error { _, err := s.Reconstruct([]int{1, 1}, []uint64{1, 1}); return err },
		"a negative party":   func() error { _, err := s.Reconstruct([]int{-1}, []uint64{1}); return err },
		"a missing share":    func() error { _, err := s.Reconstruct([]int{0, 1}, []uint64{1}); return err },
		"a share of p":       func() error { _, err := s.Reconstruct([]int{0}, []uint64{Prime}); return err },
		"a missing seed":     func() error { _, err := ReconstructSeed([]int{0, 1}, make([]SeedShare, 1)); return err },
		"a seed share of p":  func() error { _, err := ReconstructSeed([]int{0}, []SeedShare{{Prime}}); return err },
		"a chunk too large":  func() error { _, err := ReconstructSeed([]int{0}, []SeedShare{{1 << 56}}); return err },
		"a last chunk large": func() error { _, err := ReconstructSeed([]int{0}, []SeedShare{{0, 0, 0, 0, 1 << 32}}); return err },
		"more than p shares": func() error { _, err := Shamir{5}.Split(1, 2, 5, r); return err },
	} {
		if call() == nil {
			t.Errorf("%s is not refused", name)
		}
	}
}

func TestLagrangeServesManySecrets(t *testing.T) {
	s := Default()
	who := []int{4, 0, 2}
	lagrange, err := s.Lagrange(who)
	if err != nil {
		t.Fatal(err)
	}
	for secret := range uint64(20) {
		shares, err := s.Split(secret, 3, 5, rand.NewPCG(secret, 0))
		if err != nil {
			t.Fatal(err)
		}
		sum := uint64(0)
		for k, i := range who {
			sum = s.add(sum, s.mul(lagrange[k], shares[i]))
		}
		if sum != secret {
			t.Errorf("got %d, want %d", sum, secret)
		}
	}
}

func BenchmarkSplitSeed(b *testing.B) {
	r := rand.NewPCG(1, 2)
	for b.Loop() {
		if _, err := SplitSeed([32]byte{1}, 40, 62, r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReconstructSeed(b *testing.B) {
	shares, _ := SplitSeed([32]byte{1}, 40, 62, rand.NewPCG(1, 2))
	who := make([]int, 40)
	for i := range who {
		who[i] = i
	}
	for b.Loop() {
		if _, err := ReconstructSeed(who, shares[:40]); err != nil {
			b.Fatal(err)
		}
	}
}

package mpc

import (
	"math"
	"testing"

	"gorgonia.org/tensor"
	"pgregory.net/rapid"

	"unseen/engine/ring"
)

// signedMatrix draws signed integers of k bits, weighted to the edges.
func signedMatrix(t *rapid.T, r ring.Ring, low, high int64, rows, columns int) (*tensor.Dense, []int64) {
	values := make([]int64, rows*columns)
	x := ring.New(rows, columns)
	for i := range values {
		values[i] = rapid.OneOf(rapid.SampledFrom([]int64{0, low, high, min(high, 1), max(low, -1)}), rapid.Int64Range(low, high)).Draw(t, "v")
		x.Uint64s()[i] = r.Element(values[i])
	}
	return x, values
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Signs, comparisons, equality, ReLU and maximum equal plaintext, in every ring
// with a sign, for every element.
func TestComparisonsEqualPlaintext(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		k := rapid.SampledFrom([]int{3, 4, 5, 8, 17, 18, 32, 64}).Draw(rt, "k")
		r, n := mustPower(k), rapid.IntRange(2, 5).Draw(rt, "n")
		p := protocol(rt, r, n, rapid.Uint64().Draw(rt, "seed"))
		rows, columns := rapid.IntRange(1, 3).Draw(rt, "rows"), rapid.SampledFrom([]int{1, 2, 3, 5, 40}).Draw(rt, "columns")
		quarter := int64(1) << (k - 2)
		x, xs := signedMatrix(rt, r, -quarter, quarter-1, rows, columns)
		y, ys := signedMatrix(rt, r, -quarter, quarter-1, rows, columns)
		if rapid.Bool().Draw(rt, "equal") {
			y.Uint64s()[0], ys[0] = x.Uint64s()[0], xs[0]
		}
		all, alls := signedMatrix(rt, r, math.MinInt64>>(64-k)+1, math.MaxInt64>>(64-k), rows, columns)
		X, Y, All := split(rt, p, x, 1), split(rt, p, y, 2), split(rt, p, all, 3)
		f := rapid.IntRange(1, k-2).Draw(rt, "f")
		relu, positive := p.ReLU(X)
		reluF, _ := p.ReLUTruncate(X, f)
		kept := p.TruncateKeep(Y, f, positive)
		below := p.LessThanConstants(X, 0, r.Element(quarter-1), y.Uint64s()[0])
		got := func(s *Shared) []uint64 { return reconstruct(rt, p, s).Uint64s() }
		check := func(name string, got []uint64, want func(i int) int64) {
			for i, g := range got {
				if r.Signed(g) != want(i) {
					rt.Fatalf("%s among %d in %v, x = %d, y = %d, all = %d: %d, want %d", name, n, r, xs[i], ys[i], alls[i], r.Signed(g), want(i))
				}
			}
		}
		check("sign", got(p.Msb(All)), func(i int) int64 { return truth(alls[i] < 0) })
		check("less-than", got(p.LessThan(X, Y)), func(i int) int64 { return truth(xs[i] < ys[i]) })
		check("less than 0", got(below[0]), func(i int) int64 { return truth(xs[i] < 0) })
		check("less than the largest", got(below[1]), func(i int) int64 { return truth(xs[i] < quarter-1) })
		check("less than y", got(below[2]), func(i int) int64 { return truth(xs[i] < ys[0]) })
		check("equal", got(p.Equal(X, Y)), func(i int) int64 { return truth(xs[i] == ys[i]) })
		check("relu", got(relu), func(i int) int64 { return max(0, xs[i]) })
		check("positive", got(p.Arithmetic(positive)), func(i int) int64 { return truth(xs[i] > 0) })
		check("exact", got(p.TruncateExact(X, f)), func(i int) int64 { return xs[i] >> f })
		near := func(name string, got []uint64, want func(i int) int64) {
			for i, g := range got {
				exact, v := want(i), r.Signed(g)
				if v != exact>>f && (v != exact>>f+1 || exact&(1<<f-1) == 0) {
					rt.Fatalf("%s by %d among %d in %v, x = %d, y = %d: %d, want %d or more by one", name, f, n, r, xs[i], ys[i], v, exact>>f)
				}
			}
		}
		near("relu and truncation", got(reluF), func(i int) int64 { return max(0, xs[i]) })
		near("kept and truncated", got(kept), func(i int) int64 { return ys[i] * truth(xs[i] > 0) })
		largest := got(p.Max(X))
		for i := range rows {
			want := xs[i*columns]
			for _, v := range xs[i*columns : (i+1)*columns] {
				want = max(want, v)
			}
			if r.Signed(largest[i]) != want {
				rt.Fatalf("max of %v in %v: %d, want %d", xs[i*columns:(i+1)*columns], r, r.Signed(largest[i]), want)
			}
		}
	})
}

// What comparing costs is what is declared.
func TestCostsOfComparisons(t *testing.T) {
	const rows, columns = 8, 8
	const words, bit = int64(8 * rows * columns), int64(rows * columns / 8) // one ring element, one bit for each element
	for _, n := range []int{2, 3, 5} {
		peers := int64(n - 1)
		for name, c := range map[string]struct {
			run           func(p *Protocol, x, y *Shared)
			rounds, bytes int64
		}{
			"sign":           {func(p *Protocol, x, y *Shared) { p.Msb(x) }, 4, peers * (words + 34*bit)},
			"less-than":      {func(p *Protocol, x, y *Shared) { p.LessThan(x, y) }, 4, peers * (words + 34*bit)},
			"three":          {func(p *Protocol, x, y *Shared) { p.LessThanConstants(x, 1, 2, 3) }, 4, peers * (words + 3*34*bit)},
			"equal":          {func(p *Protocol, x, y *Shared) { p.Equal(x, y) }, 4, peers * (words + 21*bit)},
			"relu":           {func(p *Protocol, x, y *Shared) { p.ReLU(x) }, 4, peers * (words + 34*bit)},
			"relu, truncate": {func(p *Protocol, x, y *Shared) { p.ReLUTruncate(x, 16) }, 4, peers * (words + 34*bit)},
			"exact":          {func(p *Protocol, x, y *Shared) { p.TruncateExact(x, 16) }, 3, peers * (words + 7*bit)},
			"max":            {func(p *Protocol, x, y *Shared) { p.Max(x) }, 12, peers * 7 * (words + 34*bit) / 8},
			"keep": {func(p *Protocol, x, y *Shared) {
				_, where := p.ReLU(x)
				p.TruncateKeep(y, 16, where)
			}, 5, peers * (2*words + 34*bit)},
		} {
			p := protocol(t, ring.Ring{}, n, 1)
			x := split(t, p, ring.New(rows, columns), 1)
			c.run(p, x, split(t, p, ring.New(rows, columns), 2))
			cost := p.Cost()
			if cost.Rounds != c.rounds || cost.Sent["holder 0"] != c.bytes {
				t.Errorf("%s among %d: %d rounds, %d bytes a holder, want %d and %d", name, n, cost.Rounds, cost.Sent["holder 0"], c.rounds, c.bytes)
			}
			for kind, count := range map[string]int{"masks": p.Dealer.Ledger().Masks.Left(), "comparisons": p.Dealer.Ledger().Comparisons.Left(), "daBits": p.Dealer.Ledger().DaBits.Left()} {
				if count != 0 {
					t.Errorf("%s among %d leaves %d %s unused", name, n, count, kind)
				}
			}
		}
	}
}

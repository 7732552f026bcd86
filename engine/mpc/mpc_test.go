package mpc

import (
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"gorgonia.org/tensor"
	"pgregory.net/rapid"

	"unseen/engine/party"
	"unseen/engine/prep"
	"unseen/engine/ring"
	"unseen/engine/rng"
	"unseen/engine/share"
)

func protocol(t fatal, r ring.Ring, n int, seed uint64) *Protocol {
	t.Helper()
	dealer, err := prep.NewDealer(r, n, rng.Seeded(seed).Party("dealer"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(r, n, dealer)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// fatal is what a rapid test and an ordinary one have in common.
type fatal interface {
	Helper()
	Fatal(...any)
}

// somebody is a party outside the holders.
func somebody() *party.Party { return party.New("owner", 0, party.Server) }

func split(t fatal, p *Protocol, x *tensor.Dense, seed uint64) *Shared {
	t.Helper()
	shares, err := share.Split(p.Ring, x, p.parties, rand.NewPCG(seed, 0))
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.NewShared(shares)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func reconstruct(t fatal, p *Protocol, x *Shared) *tensor.Dense {
	t.Helper()
	value, err := share.Reconstruct(p.Ring, x.Share)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func someRing(t *rapid.T) ring.Ring {
	return rapid.SampledFrom([]ring.Ring{{}, mustPower(8), mustPower(3), mustMod(97), mustMod(1<<62 + 3)}).Draw(t, "ring")
}

func mustPower(k int) ring.Ring {
	r, err := ring.PowerOfTwo(k)
	if err != nil {
		panic(err)
	}
	return r
}

func mustMod(m uint64) ring.Ring {
	r, err := ring.Mod(m)
	if err != nil {
		panic(err)
	}
	return r
}

func matrix(t *rapid.T, r ring.Ring, rows, columns int) *tensor.Dense {
	x := ring.New(rows, columns)
	for i := range x.Uint64s() {
		x.Uint64s()[i] = r.Fold(rapid.OneOf(rapid.SampledFrom([]uint64{0, 1, math.MaxUint64, 1 << 62, 1 << 63}), rapid.Uint64()).Draw(t, "x"))
	}
	return x
}

// product computes on plaintext, with big integers.
func product(r ring.Ring, k prep.Kind, a, b *tensor.Dense) *tensor.Dense {
	at := func(x *tensor.Dense, i, j int) *big.Int { return new(big.Int).SetUint64(x.Uint64s()[i*x.Shape()[1]+j]) }
	modulus := new(big.Int).Lsh(big.NewInt(1), 64)
	if m := r.Modulus(); m != 0 {
		modulus.SetUint64(m)
	}
	rows, columns := k.Shape(a.Shape(), b.Shape())
	z := ring.New(rows, columns)
	for i := range rows {
		for j := range columns {
			sum := new(big.Int)
			add := func(x, y *big.Int) { sum.Add(sum, x.Mul(x, y)) }
			switch k {
			case prep.Elementwise:
				add(at(a, i, j), at(b, i, j))
			case prep.MatMul:
				for l := range a.Shape()[1] {
					add(at(a, i, l), at(b, l, j))
				}
			case prep.MatMulNT:
				for l := range a.Shape()[1] {
					add(at(a, i, l), at(b, j, l))
				}
			case prep.MatMulTN:
				for l := range a.Shape()[0] {
					add(at(a, l, i), at(b, l, j))
				}
			}
			z.Uint64s()[i*columns+j] = sum.Mod(sum, modulus).Uint64()
		}
	}
	return z
}

func TestProductsEqualPlaintext(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r, n := someRing(rt), rapid.IntRange(2, 5).Draw(rt, "n")
		p := protocol(t, r, n, rapid.Uint64().Draw(rt, "seed"))
		m, l, k := rapid.IntRange(1, 3).Draw(rt, "m"), rapid.IntRange(1, 3).Draw(rt, "l"), rapid.IntRange(1, 3).Draw(rt, "k")
		x, y, yt := matrix(rt, r, m, l), matrix(rt, r, l, k), matrix(rt, r, k, l)
		xt, same := matrix(rt, r, l, m), matrix(rt, r, m, l)
		xs := split(rt, p, x, 1)
		for name, c := range map[string]struct{ got, want *tensor.Dense }{
			"mul":       {reconstruct(rt, p, p.Mul(xs, split(rt, p, same, 2))), product(r, prep.Elementwise, x, same)},
			"square":    {reconstruct(rt, p, p.Square(xs)), product(r, prep.Elementwise, x, x)},
			"matmul":    {reconstruct(rt, p, p.MatMul(xs, split(rt, p, y, 3))), product(r, prep.MatMul, x, y)},
			"matmul NT": {reconstruct(rt, p, p.MatMulNT(xs, split(rt, p, yt, 4))), product(r, prep.MatMulNT, x, yt)},
			"matmul TN": {reconstruct(rt, p, p.MatMulTN(split(rt, p, xt, 5), split(rt, p, y, 6))), product(r, prep.MatMulTN, xt, y)},
			"open":      {p.Open("a test", xs)[0], x},
			"reveal":    {p.RevealTo(somebody(), "x", "a test", xs), x},
		} {
			if !ring.Equal(c.got, c.want) {
				rt.Fatalf("%s among %d in %v: %v, want %v", name, n, r, c.got, c.want)
			}
		}
		sum := reconstruct(rt, p, p.Sub(p.Add(xs, xs), p.AddConstant(p.Scale(3, xs), 5)))
		for i, v := range x.Uint64s() {
			if want := r.Difference(r.Sum(v, v), r.Sum(r.Product(3, v), r.Fold(5))); sum.Uint64s()[i] != want {
				rt.Fatalf("x + x − (3x + 5) = %d at %d, want %d", sum.Uint64s()[i], v, want)
			}
		}
	})
}

// What is declared is what is sent.
func TestCosts(t *testing.T) {
	for _, n := range []int{2, 3, 5} {
		const rows, columns = 4, 6
		each := int64(8 * (n - 1) * rows * columns) // sent by a holder for opening one matrix
		for name, c := range map[string]struct {
			run           func(*Protocol, *Shared, *Shared)
			rounds, bytes int64 // bytes a holder
			dealer        int64
		}{
			"add":       {func(p *Protocol, x, y *Shared) { p.Add(x, y) }, 0, 0, 0},
			"open two":  {func(p *Protocol, x, y *Shared) { p.Open("", x, y) }, 1, 2 * each, 0},
			"mul":       {func(p *Protocol, x, y *Shared) { p.Mul(x, y) }, 1, 2 * each, 8 * rows * columns},
			"square":    {func(p *Protocol, x, y *Shared) { p.Square(x) }, 1, each, 8 * rows * columns},
			"matmul NT": {func(p *Protocol, x, y *Shared) { p.MatMulNT(x, y) }, 1, 2 * each, 8 * rows * rows},
			"mul twice": {func(p *Protocol, x, y *Shared) { p.Mul(x, y); p.MatMulTN(x, y) }, 1, 2 * each, 8 * (rows*columns + columns*columns)},
			"truncate":  {func(p *Protocol, x, y *Shared) { p.Truncate(x, 16) }, 1, each, 16 * rows * columns},
			"reveal":    {func(p *Protocol, x, y *Shared) { p.RevealTo(somebody(), "x", "", x) }, 1, each / int64(n-1), 0},
			"truncate own": {func(p *Protocol, x, y *Shared) {
				if n == 2 {
					p.TruncateLocal(x, 16)
				}
			}, 0, 0, 0},
		} {
			p := protocol(t, ring.Ring{}, n, 1)
			x := split(t, p, ring.New(rows, columns), 1)
			c.run(p, x, split(t, p, ring.New(rows, columns), 2))
			cost, ledger := p.Cost(), p.Dealer.Ledger()
			if cost.Rounds != c.rounds || cost.Sent["holder 0"] != c.bytes || cost.Bytes != int64(n)*c.bytes+c.dealer ||
				ledger.Bytes != c.dealer || cost.Sent["dealer"] != c.dealer {
				t.Errorf("%s among %d: %d rounds, %d bytes a holder, %d in all, %d by the dealer; want %+v", name, n,
					cost.Rounds, cost.Sent["holder 0"], cost.Bytes, ledger.Bytes, c)
			}
		}
	}
}

func TestTruncation(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		k := rapid.SampledFrom([]int{3, 8, 32, 64}).Draw(rt, "k")
		r, f := mustPower(k), rapid.IntRange(1, k-2).Draw(rt, "f")
		p := protocol(t, r, rapid.IntRange(2, 5).Draw(rt, "n"), rapid.Uint64().Draw(rt, "seed"))
		quarter := int64(1) << (k - 2)
		v := rapid.OneOf(rapid.SampledFrom([]int64{0, 1, -1, quarter - 1, -quarter}), rapid.Int64Range(-quarter, quarter-1)).Draw(rt, "v")
		got := r.Signed(reconstruct(rt, p, p.Truncate(split(rt, p, ring.From(1, 1, []uint64{r.Element(v)}), 3), f)).Uint64s()[0])
		if down := v >> f; got != down && got != down+1 || got != down && v&(1<<f-1) == 0 {
			rt.Fatalf("%d / 2^%d = %d in %v, want %d or %d", v, f, got, r, down, down+1)
		}
	})
}

// Rounding up as often as the fraction says: a mean over many is exact.
func TestTruncationIsUnbiased(t *testing.T) {
	p := protocol(t, ring.Ring{}, 3, 5)
	const many, f = 40_000, 4
	x := ring.New(1, many)
	for i := range x.Uint64s() {
		x.Uint64s()[i] = 16*7 + 5 // 7 and 5/16
	}
	ups := 0.0
	for _, v := range reconstruct(t, p, p.Truncate(split(t, p, x, 1), f)).Uint64s() {
		ups += float64(v) - 7
	}
	if mean := ups / many; math.Abs(mean-5.0/16) > 5*math.Sqrt(5.0/16*11/16/many) {
		t.Errorf("7 5/16 is rounded up in %.4f of the cases, want 0.3125", mean)
	}
}

// The local truncation is off by 1 ulp at most, but for its rare catastrophe,
// whose rate is |x|/2^k.
func TestLocalTruncation(t *testing.T) {
	r := mustPower(16)
	p := protocol(t, r, 2, 1)
	const many, f, v = 60_000, 4, 1000
	x := ring.New(1, many)
	for i := range x.Uint64s() {
		x.Uint64s()[i] = v
	}
	wrong := 0
	for _, got := range reconstruct(t, p, p.TruncateLocal(split(t, p, x, 1), f)).Uint64s() {
		if d := r.Signed(got) - v>>f; d < -1 || d > 1 {
			wrong++
		}
	}
	want := float64(v) / (1 << 16)
	if rate := float64(wrong) / many; math.Abs(rate-want) > 5*math.Sqrt(want/many) {
		t.Errorf("wrong in %.5f of the cases, want |x|/2^k = %.5f", rate, want)
	}
}

// catch returns the cause with which f aborts, nil if it does not.
func catch(f func()) (cause error) {
	defer func() {
		if abort, ok := recover().(*party.Abort); ok {
			cause = abort
		}
	}()
	f()
	return nil
}

// Bad input is a typed error, before anything is sent.
func TestBadInput(t *testing.T) {
	p := protocol(t, ring.Ring{}, 3, 1)
	x, y := split(t, p, ring.New(2, 3), 1), split(t, p, ring.New(2, 2), 2)
	var shape *ring.ShapeError
	var truncation *TruncationError
	var sign *ring.SignError
	for name, c := range map[string]struct {
		run    func()
		target any
	}{
		"mul":            {func() { p.Mul(x, y) }, &shape},
		"matmul":         {func() { p.MatMul(x, y) }, &shape},
		"matmul NT":      {func() { p.MatMulNT(x, y) }, &shape},
		"by 0 bits":      {func() { p.Truncate(x, 0) }, &truncation},
		"by 63 bits":     {func() { p.Truncate(x, 63) }, &truncation},
		"local with 3":   {func() { p.TruncateLocal(x, 16) }, &truncation},
		"an odd modulus": {func() { q := protocol(t, mustMod(97), 2, 1); q.Truncate(split(t, q, ring.New(1, 1), 1), 2) }, &sign},
	} {
		if err := catch(c.run); err == nil || !errors.As(err, c.target) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if p.Cost().Bytes != 0 {
		t.Errorf("%d bytes were sent", p.Cost().Bytes)
	}
	for _, n := range []int{-1, 0, 1, 11} {
		if _, err := New(ring.Ring{}, n, nil); err == nil {
			t.Errorf("%d holders pass", n)
		}
	}
	if _, err := prep.NewDealer(ring.Ring{}, 1, rng.Key{}); err == nil {
		t.Error("a dealer for one holder passes")
	}
	if _, err := p.NewShared([]*tensor.Dense{ring.New(1, 1)}); err == nil {
		t.Error("one share for three holders passes")
	}
	if _, err := p.NewShared([]*tensor.Dense{ring.New(1, 1), ring.New(1, 1), ring.New(1, 2)}); !errors.As(err, &shape) {
		t.Errorf("shares of two shapes: %v", err)
	}
}

// One mask, one value; one product share, one use.
func TestNothingIsUsedTwice(t *testing.T) {
	p := protocol(t, ring.Ring{}, 2, 1)
	m := p.Dealer.Mask(1, 1)
	x, y := new(Shared), new(Shared)
	if err := m.Meet(x, "here"); err != nil {
		t.Fatal(err)
	}
	if err := m.Meet(x, "again"); err != nil {
		t.Errorf("the same value may meet its mask again: %v", err)
	}
	var reuse *prep.ReuseError
	if err := m.Meet(y, "there"); !errors.As(err, &reuse) || !strings.Contains(err.Error(), "again") || !strings.Contains(err.Error(), "there") {
		t.Errorf("another value under one mask: %v", err)
	}
	c := p.Dealer.Product(prep.Elementwise, m, m)
	if err := c.Use("here"); err != nil {
		t.Fatal(err)
	}
	if err := c.Use("there"); !errors.As(err, &reuse) || reuse.First != "here" || reuse.Second != "there" {
		t.Errorf("a product share used twice: %v", err)
	}
}

// Every opening is written down, with what and why.
func TestOpeningsAreRecorded(t *testing.T) {
	p := protocol(t, ring.Ring{}, 2, 1)
	x, y := split(t, p, ring.New(2, 3), 1), split(t, p, ring.New(2, 3), 2)
	p.Truncate(p.Mul(x, y), 16)
	p.RevealTo(somebody(), "x", "the result is hers", x)
	var what []string
	for _, o := range p.Openings() {
		if o.Why == "" || o.Rows != 2 || o.Columns != 3 {
			t.Errorf("an opening is incomplete: %+v", o)
		}
		what = append(what, o.What+" to "+o.To)
	}
	if got, want := strings.Join(what, "; "), "d = x − a to holders; e = y − b to holders; c = x + 2^(k−2) + r to holders; x to owner"; got != want {
		t.Errorf("opened: %s, want %s", got, want)
	}
}

// A holder that changes what it sends changes the result, and nobody notices:
// that is what semi-honest means.
func TestTamperingIsNotNoticed(t *testing.T) {
	p := protocol(t, ring.Ring{}, 3, 1)
	x, y := ring.From(1, 1, []uint64{6}), ring.From(1, 1, []uint64{7})
	p.Tamper(func(f Flight) {
		if f.From == p.Holders[1].ID {
			f.Data.Uint64s()[0]++
		}
	})
	if got := reconstruct(t, p, p.Mul(split(t, p, x, 1), split(t, p, y, 2))).Uint64s()[0]; got == 42 {
		t.Error("a changed message changed nothing: the hook does not reach the protocol")
	}
}

// views counts what all holders but one see of a protocol in many runs, as the
// elements of one matrix: the messages, and their shares of the input.
func views(t *testing.T, secret uint64, without int, run func(p *Protocol, x *Shared) []*tensor.Dense) map[string]int {
	t.Helper()
	const runs = 100_000
	p := protocol(t, mustPower(3), 3, secret)
	values := ring.New(1, runs)
	for i := range values.Uint64s() {
		values.Uint64s()[i] = secret
	}
	x := split(t, p, values, 100+secret)
	view := run(p, x)
	for i, s := range x.Share {
		if i != without {
			view = append(view, s)
		}
	}
	seen := map[string]int{}
	for r := range runs {
		one := make([]byte, len(view))
		for i, v := range view {
			one[i] = '0' + byte(v.Uint64s()[r])
		}
		seen[string(one)]++
	}
	return seen
}

// chiSquare compares two samples of one size.
func chiSquare(a, b map[string]int) (chi float64, cells int) {
	all := map[string]bool{}
	for k := range a {
		all[k] = true
	}
	for k := range b {
		all[k] = true
	}
	for k := range all {
		d := float64(a[k] - b[k])
		chi += d * d / float64(a[k]+b[k])
	}
	return chi, len(all)
}

// differ reports whether the chi-square of two samples is beyond all chance: five
// standard deviations above its mean.
func differ(a, b map[string]int) bool {
	chi, cells := chiSquare(a, b)
	return chi > float64(cells-1)+5*math.Sqrt(2*float64(cells-1))
}

// Two of three holders, with what is opened in a square and in a truncation, do
// not tell one secret from another. A mask used for two values is caught, in the
// pair of messages.
func TestTwoOfThreeLearnNothing(t *testing.T) {
	opened := func(p *Protocol, x *Shared) []*tensor.Dense {
		p.Square(x)
		return []*tensor.Dense{x.d[0]}
	}
	truncated := func(p *Protocol, x *Shared) []*tensor.Dense {
		sum := ring.New(x.Shape())
		p.Tamper(func(f Flight) {
			if f.To == p.Holders[0].ID {
				p.Ring.Add(sum, sum, f.Data)
			}
		})
		p.Truncate(x, 1)
		return []*tensor.Dense{sum}
	}
	reused := func(p *Protocol, x *Shared) []*tensor.Dense { // broken: [x] and [2x] under one mask
		a := &Shared{Share: p.Dealer.Mask(x.Shape()).Share}
		return p.Open("broken", p.Sub(x, a), p.Sub(p.Scale(2, x), a))
	}
	for without := range 3 {
		for name, run := range map[string]func(*Protocol, *Shared) []*tensor.Dense{"square": opened, "truncate": truncated} {
			if differ(views(t, 1, without, run), views(t, 2, without, run)) {
				t.Errorf("%s: all but holder %d tell 1 from 2", name, without)
			}
		}
	}
	if !differ(views(t, 1, 0, reused), views(t, 2, 0, reused)) {
		t.Error("one mask for two values is not caught: this test finds nothing")
	}
}

func BenchmarkMatMul(b *testing.B) {
	p := protocol(b, ring.Ring{}, 3, 1)
	x, y := split(b, p, ring.New(32, 42), 1), split(b, p, ring.New(42, 30), 2)
	b.ReportAllocs()
	for b.Loop() {
		p.MatMul(&Shared{Share: x.Share}, &Shared{Share: y.Share})
	}
}

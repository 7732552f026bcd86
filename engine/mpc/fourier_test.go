package mpc

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"unseen/engine/ring"
)

// The Fourier way is as exact as it says, inside, at the clamp, beyond it and far
// away, for single and for double precision.
func TestLogisticFourier(t *testing.T) {
	for _, c := range []struct{ bits, f, n int }{{4, 4, 2}, {16, 16, 3}, {32, 16, 2}, {40, 24, 3}, {48, 24, 5}} {
		p := protocol(t, ring.Ring{}, c.n, 1)
		xs := sweep(c.bits, 13, 0.0123)
		for _, edge := range []float64{-10, 10, -16, 16, 32} {
			e := fixed(edge, c.bits)
			xs = append(xs, e-1, e, e+1)
		}
		x := split(t, p, ring.From(len(xs), 1, xs), 2)
		got := reals(t, p, p.LogisticFourier(x, c.bits, c.f), c.f)
		for i, g := range got {
			v := math.Ldexp(float64(int64(xs[i])), -c.bits)
			if want := 1 / (1 + math.Exp(-v)); math.Abs(g-want) > 2.4e-4+math.Ldexp(1, -c.f) {
				t.Errorf("of %v with %d and %d bits: %v, want %v", v, c.bits, c.f, g, want)
				break
			}
		}
		if rounds := p.Cost().Rounds; rounds != 5 {
			t.Errorf("%d rounds, want 5", rounds)
		}
	}
}

// Probabilities and loss of two classes by the Fourier way, and what both cost.
func TestSoftmaxFourier(t *testing.T) {
	source := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct{ bits, f, n int }{{16, 16, 2}, {16, 16, 3}, {16, 16, 5}, {32, 16, 2}, {32, 16, 3}, {32, 16, 5}, {44, 18, 3}, {48, 24, 5}} {
		const rows = 80
		p := protocol(t, ring.Ring{}, c.n, 7)
		zs, ys, want, loss := softmaxCase(source, rows, 2, c.bits)
		for i := range ys {
			ys[i] >>= c.bits - c.f
		}
		z, y := split(t, p, ring.From(rows, 2, zs), 2), split(t, p, ring.From(rows, 2, ys), 3)
		d := p.SoftmaxFourier(z, c.bits, c.f, true)
		for i, got := range reals(t, p, d.Probability, c.f) {
			if math.Abs(got-want[i]) > 2.4e-4+math.Ldexp(1, -c.f) {
				t.Errorf("probability %d with %d and %d bits: %v, want %v", i, c.bits, c.f, got, want[i])
			}
		}
		got := reals(t, p, p.CrossEntropy(d, y, c.f), 2*c.f)[0]
		if math.Abs(got-loss) > rows*(8e-5+3*math.Ldexp(1, -c.f)) {
			t.Errorf("loss with %d and %d bits: %v, want %v", c.bits, c.f, got, loss)
		}
		words, cost := int64(5), p.Cost()
		if c.bits == c.f {
			words = 4
		}
		if want := int64(c.n-1) * (8*rows*(words+2) + rows*68/8); cost.Rounds != 6 || cost.Sent["holder 0"] != want {
			t.Errorf("%d rounds and %d bytes a holder, want 6 and %d", cost.Rounds, cost.Sent["holder 0"], want)
		}
		if left := p.Dealer.Ledger().Waves.Left(); left != 0 {
			t.Errorf("%d sets of waves were left", left)
		}
	}
}

func TestBadInputOfFourier(t *testing.T) {
	p := protocol(t, ring.Ring{}, 3, 1)
	x, three := split(t, p, ring.New(2, 2), 1), split(t, p, ring.New(2, 3), 2)
	small := protocol(t, mustPower(40), 2, 1)
	var function *FunctionError
	var precision *ring.PrecisionError
	for name, c := range map[string]struct {
		run    func()
		target any
	}{
		"fewer bits than the result": {func() { p.LogisticFourier(x, 15, 16) }, &function},
		"logits with 49 bits":        {func() { p.SoftmaxFourier(x, 49, 16, false) }, &function},
		"25 bits":                    {func() { p.LogisticFourier(x, 25, 25) }, &precision},
		"three classes":              {func() { p.SoftmaxFourier(three, 16, 16, false) }, &function},
		"a small ring":               {func() { small.LogisticFourier(split(t, small, ring.New(1, 1), 1), 16, 16) }, &function},
	} {
		if err := catch(c.run); err == nil || !errors.As(err, c.target) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if p.Cost().Bytes != 0 || small.Cost().Bytes != 0 {
		t.Errorf("%d and %d bytes were sent", p.Cost().Bytes, small.Cost().Bytes)
	}
}

// What a softmax of a batch and its loss take, the dealer's work included.
func BenchmarkSoftmax(b *testing.B) {
	p := protocol(b, ring.Ring{}, 3, 1)
	z, y := split(b, p, ring.New(32, 2), 1), split(b, p, ring.New(32, 2), 2)
	for name, softmax := range map[string]func() *Distribution{
		"exp":     func() *Distribution { return p.Softmax(z, 16, 16, true) },
		"fourier": func() *Distribution { return p.SoftmaxFourier(z, 16, 16, true) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.CrossEntropy(softmax(), &Shared{Share: y.Share}, 16)
			}
		})
	}
}

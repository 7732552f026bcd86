package mpc

import (
	"fmt"

	"gorgonia.org/tensor"

	"unseen/engine/prep"
	"unseen/engine/ring"
)

// fourierSines are the coefficients of sin(2πk·d/32), k = 1, 2, …, of the logistic
// function less ½; fourierCosines, after the constant, those of cos(2πk·d/32) of
// log(2·cosh(d/2)). Both are best uniform approximations on |d| ≤ 10, to 2.3e-4 and
// 6.9e-5: least squares on 600 points, weighted anew by the errors until the largest
// no longer fell (Lawson's algorithm).
var (
	fourierSines = [...]float64{0.17833050288626873, 0.7314822333289039, -0.7423690121491281, 0.8284944790325584, -0.6264917297568412,
		0.44861387268889086, -0.24439827508813228, 0.11805463540063864, -0.03887127065892895, 0.009869969736292974}
	fourierConstant = 2.1525778915485763
	fourierCosines  = [...]float64{0.4783786510526985, -3.0530210372424684, 2.179273562924438, -1.688488836340576, 1.0238639310656037,
		-0.5844661922546976, 0.268462234538821, -0.10752147565372974, 0.030400844623489853, -0.0062444295539755565}
)

// LogisticFourier returns [1/(1 + exp(−x))], element by element, in few rounds; x has
// bits fraction bits, f ≤ bits ≤ 48, and the result f: a product need not be
// truncated before.
//
// Formula: ½ + Σ b_k·sin(ω_k·x) with ω_k = 2πk/32, k = 1 … 10, for |x| < 10, and 0 or
// 1 beyond. With c = x + r opened,
//
//	[sin(ω_k·x)] = sin(ω_k·c)·[cos(ω_k·r)] − cos(ω_k·c)·[sin(ω_k·r)],
//
// with shares of cosines and sines of r from the dealer. The period is a power of
// two, so the wrap-around of c modulo 2^64 vanishes. Both comparisons, with −10 and
// 10, use the same c, and the dealer's ρ·cos and ρ·sin make the product of their bits
// with the sum local.
//
// Rounds: 5 = 1 for c, 2 for combining digits, 1 for the bits, 1 for truncating. Each
// holder sends, to each other one, 16 bytes and 68 bits an element; values for the loss
// take the same rounds and 24 bytes (16 for bits = f). It reveals c, masked bits and
// truncations, all uniform. Error: at most 2.4e-4 and 1 ulp. Range:
// |x| < 2^61 units of 2^-bits; far away the result is 0 or 1. Source: Zheng,
// Zhang, Chow, Peng, Tan, Li and Yin 2023, Secure Softmax/Sigmoid for Machine-learning
// Computation (ACSAC), for a logistic function in one round by a Fourier series whose
// sines are masked; coefficients, clamps and loss are made here.
func (p *Protocol) LogisticFourier(x *Shared, bits, f int) (z *Shared) {
	defer p.begin("logistic-fourier", x).end(&z)
	p.checkLogits(bits, f)
	z, _ = p.logisticFourier(x, bits, f, false)
	return z
}

// SoftmaxFourier is [Protocol.Softmax] for two classes by [Protocol.LogisticFourier]
// of z_0 − z_1. Rounds, bytes, error and range are those.
func (p *Protocol) SoftmaxFourier(z *Shared, bits, f int, loss bool) *Distribution {
	d := &Distribution{Bits: f, classes: 2}
	defer p.begin("logistic-fourier", z).end(&d.Probability)
	p.checkLogits(bits, f)
	if _, classes := z.Shape(); classes != 2 {
		p.abort(&FunctionError{fmt.Sprintf("%d classes: the Fourier way is for 2", classes)})
	}
	first, parts := p.logisticFourier(p.margin(z), bits, f, loss)
	d.Probability, d.loss = p.Beside(first, p.AddConstant(p.Neg(first), 1<<f)), parts
	return d
}

// logisticFourier returns the logistic function of x and, if asked to, what the
// cross-entropy takes: log(1 + exp(x)) = log(2·cosh(x/2)) + x/2.
func (p *Protocol) logisticFourier(x *Shared, bits, f int, loss bool) (probability *Shared, parts *lossParts) {
	x = numbers(x, bits)
	p.watch(x)
	w := p.openWaves(x, bits)
	both := 2 * p.bits.wave // fraction bits of a wave of r times one of c
	inside := p.Sub(p.Arithmetic(w.under), p.Arithmetic(w.below))
	above := p.AddConstant(p.Neg(p.Arithmetic(w.under)), 1)
	sines := p.inside(w, func(k int, cos, sin float64) (ofCos, ofSin float64) {
		return fourierSines[k] * sin, -fourierSines[k] * cos
	})
	by := "margin by c, m, cos r, sin r, ρ (1), ρ (2), ρ·cos r, ρ·sin r (1) and ρ·cos r, ρ·sin r (2)"
	value := p.Add(p.Add(sines, p.Scale(fixed(0.5, both), inside)), p.Scale(1<<both, above))
	list := []pending{{p.Keep("probability", p.scaled(value, both), "½ + sines of %s", by), both - f}}
	if !loss {
		return p.factors(list...)[0].Shared, nil
	}
	even, far := p.logCosh(w, x, inside)
	p.Keep("cosines", even, "cosines of %s", by)
	p.Keep("beyond", far, "half of |margin| beyond 10 by c, m, ρ (1), ρ·r (1), ρ (2) and ρ·r (2)")
	list = append(list, pending{even, both - f}, pending{far, bits + 1 - f})
	score := &factor{x, w.c, []term{{a: &prep.Mask{Share: w.r}, scale: p.Ring.Element(-1)}}}
	if bits > f {
		list = append(list, pending{x, bits - f})
	}
	open := p.factors(list...)
	if bits > f {
		score = open[3]
	}
	rest := p.Add(p.finer(p.Add(open[1].Shared, open[2].Shared), 1), score.Shared)
	return open[0].Shared, &lossParts{p.scaled(rest, f+1), score}
}

// logCosh returns log(2·cosh(x/2)) in two parts: a cosine series inside the clamp, and
// |x|/2 beyond, which is x/2 above and −x/2 below; that with one fraction bit more than x.
func (p *Protocol) logCosh(w wavesOpened, x, inside *Shared) (even, far *Shared) {
	both := 2 * p.bits.wave
	cosines := p.inside(w, func(k int, cos, sin float64) (ofCos, ofSin float64) {
		return fourierCosines[k] * cos, fourierCosines[k] * sin
	})
	even = p.Add(cosines, p.Scale(fixed(fourierConstant, both), inside))
	far = p.Sub(p.Sub(x, p.timesOpened(w.under, w.c, x)), p.timesOpened(w.below, w.c, x))
	return p.scaled(even, both), p.scaled(far, x.Fraction+1)
}

// wavesOpened is x opened as c = x + r, with the waves of r and the bits of the clamp.
type wavesOpened struct {
	c            []*tensor.Dense // by holder
	r            []*tensor.Dense // [r] by holder
	period       int
	waves        *prep.Waves
	below, under *Bit // x < −10, x < 10
}

// openWaves opens x, with so many fraction bits, and compares it with −10 and 10.
func (p *Protocol) openWaves(x *Shared, bits int) wavesOpened {
	mask := p.comparison(x, prep.Want{Width: p.Ring.Width() - 1, Count: 2, Select: true})
	w := wavesOpened{r: mask.R, period: bits + p.bits.period}
	w.waves = p.Dealer.Waves(mask, w.period, p.bits.waves, p.bits.wave)
	p.must(w.waves.Use(p.place))
	p.dealt(dealtShares{name: "cos r, sin r", matrix: w.waves.Plain},
		dealtShares{name: "ρ·cos r, ρ·sin r", matrix: w.waves.Under[0], of: among("", 1, 2)},
		dealtShares{name: "ρ·cos r, ρ·sin r", matrix: w.waves.Under[1], of: among("", 2, 2)})
	w.c = p.exchange(p.plus(x, mask.R))[0]
	clamp := fixed(p.bits.clamp, bits)
	signs := p.signs(mask, p.shift(w.c, clamp), p.shift(w.c, -clamp))
	w.below, w.under = signs[0], signs[1]
	return w
}

// inside returns Σ_k u_k·cos(ω_k·r) + v_k·sin(ω_k·r) where −10 ≤ x < 10 and 0
// elsewhere, with twice a wave's fraction bits. weight gives the public u_k and v_k, k
// from 0, for the cosine and sine of ω_k·c.
func (p *Protocol) inside(w wavesOpened, weight func(k int, cos, sin float64) (ofCos, ofSin float64)) *Shared {
	count := p.bits.waves
	weights := atEach(w.c, func(c *tensor.Dense) *tensor.Dense {
		z := ring.New(c.Size(), 2*count)
		for e, v := range c.Uint64s() {
			row := z.Uint64s()[e*2*count:][:2*count]
			for k := range count {
				cos, sin := prep.Wave(v, k+1, w.period)
				u, v := weight(k, cos, sin)
				row[k], row[count+k] = fixed(u, p.bits.wave), fixed(v, p.bits.wave)
			}
		}
		return z
	})
	sum := func(waves []*tensor.Dense) *Shared {
		return p.like(&Shared{Share: w.c}, func(i int, z *tensor.Dense) {
			for e := range z.Uint64s() {
				share := uint64(0)
				for j, v := range waves[i].Uint64s()[e*2*count:][:2*count] {
					share += weights[i].Uint64s()[e*2*count+j] * v
				}
				z.Uint64s()[e] = p.Ring.Fold(share)
			}
		})
	}
	all := sum(w.waves.Plain)
	return p.Sub(p.times(w.under, all, sum(w.waves.Under[1])), p.times(w.below, all, sum(w.waves.Under[0])))
}

// timesOpened returns [b·x] for x opened as c = x + r by the comparison of b:
// [ρ·x] = c·[ρ] − [ρ·r].
func (p *Protocol) timesOpened(b *Bit, c []*tensor.Dense, x *Shared) *Shared {
	return p.times(b, x, p.like(x, func(i int, z *tensor.Dense) {
		p.Ring.MulElem(z, c[i], b.rho.Arithmetic[i])
		p.Ring.Sub(z, z, b.rhoR[i])
	}))
}

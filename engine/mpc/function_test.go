package mpc

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/tensor"
	"pgregory.net/rapid"

	"unseen/engine/prep"
	"unseen/engine/ring"
)

// reals decodes a sharing with f fraction bits.
func reals(t fatal, p *Protocol, x *Shared, f int) []float64 {
	out := make([]float64, 0, x.Share[0].Size())
	for _, e := range reconstruct(t, p, x).Uint64s() {
		out = append(out, math.Ldexp(float64(int64(e)), -f))
	}
	return out
}

// sweep returns numbers with f fraction bits, in units: those from low to high in
// steps, the powers of two up to 2^61 and their neighbours, and the negatives of all.
func sweep(f int, high, step float64) []uint64 {
	var out []uint64
	add := func(v uint64) { out = append(out, v, -v) }
	for v := 0.0; v <= high; v += step {
		add(fixed(v, f))
	}
	for i := range 62 {
		add(1 << i)
		add(1<<i - 1)
		if i < 61 {
			add(1<<i + 1)
		}
	}
	return out
}

// clamp returns v, or the nearer end of low … high.
func clamp(v, low, high float64) float64 { return max(low, min(high, v)) }

// Inside their ranges the functions are as exact as they say; at the ends, beyond
// them and far away they saturate.
func TestElementaryFunctions(t *testing.T) {
	type function struct {
		run    func(p *Protocol, x *Shared, f int) *Shared
		want   func(x float64, f int) float64
		error  func(want float64) float64 // beside units of the last place
		ulps   float64
		values func(f int) []uint64
	}
	constant := func(e float64) func(float64) float64 { return func(float64) float64 { return e } }
	functions := map[string]function{
		"exp": {(*Protocol).Exp, func(x float64, _ int) float64 { return math.Exp(min(x, 0)) }, constant(math.Exp2(-19)), 1,
			func(f int) []uint64 { return sweep(f, 20, 0.0517) }},
		"reciprocal": {(*Protocol).Reciprocal, func(x float64, f int) float64 { return 1 / clamp(x, max(1.0/256, math.Ldexp(1, -f)), 1<<20) },
			func(y float64) float64 { return math.Ldexp(y, -25) }, 2, func(f int) []uint64 { return sweep(f, 3, 0.0071) }},
		"logistic": {(*Protocol).Logistic, func(x float64, _ int) float64 { return 1 / (1 + math.Exp(-x)) }, constant(math.Exp2(-19)), 1,
			func(f int) []uint64 { return sweep(f, 20, 0.0517) }},
	}
	for top := 2; top <= maxClasses; top++ {
		functions[fmt.Sprint("log up to ", top)] = function{
			func(p *Protocol, x *Shared, f int) *Shared { return p.Log(x, top, f) },
			func(x float64, _ int) float64 { return math.Log(clamp(x, 1, float64(top))) }, constant(map[bool]float64{true: 1.5e-6, false: 7.2e-6}[top == 2]), 1,
			func(f int) []uint64 { return sweep(f, float64(top)+1, 0.0617) }}
	}
	for name, c := range functions {
		for f, n := range map[int]int{4: 2, 16: 3, 24: 5} {
			p := protocol(t, ring.Ring{}, n, 1)
			xs := c.values(f)
			shared := split(t, p, ring.From(len(xs), 1, xs), 2)
			worst := 0.0
			for i, got := range reals(t, p, c.run(p, shared, f), f) {
				x := math.Ldexp(float64(int64(xs[i])), -f)
				want := c.want(x, f)
				off := math.Abs(got-want) - math.Ldexp(c.ulps, -f)
				if worst = max(worst, off); off > c.error(want) {
					t.Errorf("%s of %v with %d bits among %d: %v, want %v: off by %.3g and %v ulp", name, x, f, n, got, want, off, c.ulps)
					break
				}
			}
		}
	}
}

// softmaxCase draws logits with a spread, and labels, and computes in plaintext.
func softmaxCase(source *rand.Rand, rows, classes, f int) (z, y []uint64, want []float64, loss float64) {
	for range rows {
		spread := math.Exp2(source.Float64()*13 - 3)
		row, sum := make([]float64, classes), 0.0
		for j := range row {
			e := fixed((source.Float64()*2-1)*spread, f)
			if source.IntN(20) == 0 && j > 0 { // equal logits
				e = z[len(z)-1]
			}
			z = append(z, e)
			row[j] = math.Ldexp(float64(int64(e)), -f)
			y = append(y, 0)
		}
		largest := row[0]
		for _, v := range row {
			largest = max(largest, v)
		}
		for _, v := range row {
			sum += math.Exp(v - largest)
		}
		for _, v := range row {
			want = append(want, math.Exp(v-largest)/sum)
		}
		label := source.IntN(classes)
		y[len(y)-classes+label] = 1 << f
		loss += largest + math.Log(sum) - row[label]
	}
	return z, y, want, loss
}

func TestSoftmaxAndCrossEntropy(t *testing.T) {
	source := rand.New(rand.NewPCG(1, 2))
	for classes := 2; classes <= maxClasses; classes++ {
		for f, n := range map[int]int{6: 2, 16: 3, 24: 5} {
			const rows = 60
			p := protocol(t, ring.Ring{}, n, uint64(classes))
			zs, ys, want, loss := softmaxCase(source, rows, classes, f)
			z, y := split(t, p, ring.From(rows, classes, zs), 2), split(t, p, ring.From(rows, classes, ys), 3)
			d := p.Softmax(z, f, f, true)
			bound := math.Ldexp(1, -18)
			if classes == 2 {
				bound = math.Ldexp(1, -19)
			}
			ulp := math.Ldexp(1, -f)
			for i, got := range reals(t, p, d.Probability, f) {
				if e := math.Abs(got - want[i]); e > bound+ulp {
					t.Errorf("probability %d of %d classes with %d bits: %v, want %v", i, classes, f, got, want[i])
				}
			}
			got := reals(t, p, p.CrossEntropy(d, y, f), 2*f)[0]
			if e := math.Abs(got - loss); e > rows*(2e-5+2*ulp) {
				t.Errorf("cross-entropy of %d classes with %d bits: %v, want %v", classes, f, got, loss)
			}
		}
	}
}

// Two classes are right whatever the gap, up to the end of the range.
func TestSoftmaxOfAnyGap(t *testing.T) {
	const f = 16
	p := protocol(t, ring.Ring{}, 3, 1)
	var zs []uint64
	for _, gap := range sweep(f, 4, 0.013) {
		zs = append(zs, uint64(int64(gap)/2), -uint64(int64(gap)/2))
	}
	rows := len(zs) / 2
	got := reals(t, p, p.Softmax(split(t, p, ring.From(rows, 2, zs), 2), f, f, false).Probability, f)
	for r := range rows {
		gap := math.Ldexp(float64(int64(zs[2*r]))-float64(int64(zs[2*r+1])), -f)
		if want := 1 / (1 + math.Exp(-gap)); math.Abs(got[2*r]-want) > math.Exp2(-19)+math.Exp2(-f) {
			t.Errorf("a gap of %v: %v, want %v", gap, got[2*r], want)
		}
	}
}

func TestMoments(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f, n := rapid.SampledFrom([]int{4, 16, 24}).Draw(rt, "f"), rapid.IntRange(2, 5).Draw(rt, "n")
		rows, columns := rapid.IntRange(1, 40).Draw(rt, "rows"), rapid.IntRange(1, 3).Draw(rt, "columns")
		p := protocol(rt, ring.Ring{}, n, rapid.Uint64().Draw(rt, "seed"))
		x := ring.New(rows, columns)
		for i := range x.Uint64s() {
			x.Uint64s()[i] = fixed(rapid.OneOf(rapid.SampledFrom([]float64{0, 1, -1, 8, -8}), rapid.Float64Range(-8, 8)).Draw(rt, "x"), f)
		}
		shared := split(rt, p, x, 1)
		moments := p.Moments(shared, f)
		mean, variance := p.MeanVariance(shared, f)
		sums, squares := reals(rt, p, moments.Sum, f), reals(rt, p, moments.Squares, f)
		means, variances := reals(rt, p, mean, f), reals(rt, p, variance, f)
		ulp := math.Ldexp(1, -f)
		for j := range columns {
			sum, square := 0.0, 0.0
			for i := range rows {
				v := math.Ldexp(float64(int64(x.Uint64s()[i*columns+j])), -f)
				sum += v
				square += v * v
			}
			m := sum / float64(rows)
			v := square/float64(rows) - m*m
			tolerance := 2*ulp + math.Exp2(-20)*(1+square/float64(rows))
			if sums[j] != sum || math.Abs(squares[j]-square) > ulp || math.Abs(means[j]-m) > tolerance || math.Abs(variances[j]-v) > tolerance+2*ulp*math.Abs(m) {
				rt.Fatalf("column %d with %d bits: %v, %v, %v, %v; want %v, %v, %v, %v", j, f, sums[j], squares[j], means[j], variances[j], sum, square, m, v)
			}
		}
		if cost := p.Cost(); cost.Rounds != 2+2 {
			rt.Fatalf("%d rounds: the second of the two does not open x again", cost.Rounds)
		}
	})
}

// Products of factors are those of the ring, whatever they were made of.
func TestFactorsMultiply(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		k := rapid.SampledFrom([]int{3, 8, 33, 64}).Draw(rt, "k")
		r := mustPower(k)
		p := protocol(rt, r, rapid.IntRange(2, 5).Draw(rt, "n"), rapid.Uint64().Draw(rt, "seed"))
		rows, columns := rapid.IntRange(1, 3).Draw(rt, "rows"), rapid.IntRange(1, 3).Draw(rt, "columns")
		quarter := int64(1) << (k - 2)
		x, _ := signedMatrix(rt, r, -quarter, quarter-1, rows, columns)
		y, _ := signedMatrix(rt, r, -quarter, quarter-1, rows, 1)
		f := rapid.IntRange(1, k-2).Draw(rt, "f")
		bits := p.signBits(split(rt, p, x, 3), 0)
		made := p.factors(pending{split(rt, p, x, 1), 0}, pending{split(rt, p, x, 1), f}, pending{split(rt, p, y, 2), f})
		scale := rapid.Uint64().Draw(rt, "scale")
		made = append(made, p.factorOf(bits[0]), p.affine(scale, made[1], 5), p.affine(scale, made[2], 7))
		rounds := p.Cost().Rounds
		for i, a := range made {
			for j, b := range made {
				got := reconstruct(rt, p, p.multiply(a, b))
				u, v := reconstruct(rt, p, a.Shared), reconstruct(rt, p, b.Shared)
				wide := max(u.Shape()[1], v.Shape()[1])
				for e := range got.Uint64s() {
					at := func(m *tensor.Dense) uint64 { return m.Uint64s()[e/(wide/m.Shape()[1])] }
					if got.Uint64s()[e] != r.Product(at(u), at(v)) {
						rt.Fatalf("factors %d and %d in %v: %d · %d = %d", i, j, r, at(u), at(v), got.Uint64s()[e])
					}
				}
			}
		}
		if p.Cost().Rounds != rounds {
			rt.Fatalf("multiplying factors took %d rounds", p.Cost().Rounds-rounds)
		}
	})
}

// What elementary functions cost is what is declared.
func TestCostsOfFunctions(t *testing.T) {
	const rows, f = 16, 16
	for _, n := range []int{2, 3, 5} {
		type declared struct {
			run         func(p *Protocol, z, y *Shared)
			columns     int
			rounds      int64
			words, bits int64 // a row, to each other holder; a comparison is 34 bits
			more        int64 // words beside those of rows
		}
		cross := func(p *Protocol, z, y *Shared) {
			p.CrossEntropy(p.Softmax(z, f, f, true), y, f)
		}
		for name, c := range map[string]declared{
			"exp":           {func(p *Protocol, z, y *Shared) { p.Exp(z, f) }, 1, 11, 8, 2 * 34, 0},
			"reciprocal":    {func(p *Protocol, z, y *Shared) { p.Reciprocal(z, f) }, 1, 11, 12, 29 * 34, 0},
			"exp, 24 bits":  {func(p *Protocol, z, y *Shared) { p.Exp(z, 24) }, 1, 11, 8, 2 * 34, 0},
			"log to 2":      {func(p *Protocol, z, y *Shared) { p.Log(z, 2, f) }, 1, 9, 7, 2 * 34, 0},
			"log to 10":     {func(p *Protocol, z, y *Shared) { p.Log(z, 10, f) }, 1, 11, 9, 2 * 34, 0},
			"logistic":      {func(p *Protocol, z, y *Shared) { p.Logistic(z, f) }, 1, 15, 15, 3 * 34, 0},
			"and of 13":     {func(p *Protocol, z, y *Shared) { p.Logistic(z, 13) }, 1, 15, 15, 3 * 34, 0},
			"and of 24":     {func(p *Protocol, z, y *Shared) { p.Logistic(z, 24) }, 1, 15, 15, 3 * 34, 0},
			"by waves":      {func(p *Protocol, z, y *Shared) { p.LogisticFourier(z, f, f) }, 1, 5, 1 + 1, 2 * 34, 0},
			"of a product":  {func(p *Protocol, z, y *Shared) { p.LogisticFourier(z, 2*f, f) }, 1, 5, 1 + 1, 2 * 34, 0},
			"softmax of 2":  {func(p *Protocol, z, y *Shared) { p.Softmax(z, f, f, false) }, 2, 15, 15, 3 * 34, 0},
			"softmax of 3":  {func(p *Protocol, z, y *Shared) { p.Softmax(z, f, f, false) }, 3, 24, 2 + 3 + 3*7 + 1 + 3*4 + 3, 5 * 34, 0},
			"softmax of 10": {func(p *Protocol, z, y *Shared) { p.Softmax(z, f, f, false) }, 10, 34, 9 + 10 + 10*7 + 1 + 5*11 + 10, 19 * 34, 0},
			"and loss of 2": {cross, 2, 15 + 1, 15 + 7 + 2, 3 * 34, 0},
			"and loss of 3": {cross, 3, 24 + 2, 2 + 3 + 3*7 + 1 + 3*4 + 3 + 9 + 3, 5 * 34, 0},
			"and of 10":     {cross, 10, 34 + 2, 9 + 10 + 10*7 + 1 + 5*11 + 10 + 18 + 10, 19 * 34, 0},
			"moments":       {func(p *Protocol, z, y *Shared) { p.Moments(z, f) }, 3, 2, 3, 0, 3},
			"mean-variance": {func(p *Protocol, z, y *Shared) { p.MeanVariance(z, f) }, 3, 3, 3, 0, 9},
		} {
			p := protocol(t, ring.Ring{}, n, 1)
			z, y := split(t, p, ring.New(rows, c.columns), 1), split(t, p, ring.New(rows, c.columns), 2)
			c.run(p, z, y)
			cost := p.Cost()
			if want := int64(n-1) * (rows*(8*c.words) + rows*c.bits/8 + 8*c.more); cost.Rounds != c.rounds || cost.Sent["holder 0"] != want {
				t.Errorf("%s among %d: %d rounds, %d bytes a holder, want %d and %d", name, n, cost.Rounds, cost.Sent["holder 0"], c.rounds, want)
			}
			ledger := p.Dealer.Ledger()
			for kind, count := range map[string]prep.Count{"masks": ledger.Masks, "products": ledger.Products, "truncation pairs": ledger.Truncations,
				"comparison masks": ledger.Comparisons, "daBits": ledger.DaBits, "waves": ledger.Waves} {
				if count.Left() != 0 {
					t.Errorf("%s among %d leaves %d %s unused", name, n, count.Left(), kind)
				}
			}
		}
	}
}

// Bad input is a typed error, before anything is sent.
func TestBadInputOfFunctions(t *testing.T) {
	p := protocol(t, ring.Ring{}, 3, 1)
	x, two, wide := split(t, p, ring.New(2, 1), 1), split(t, p, ring.New(2, 2), 2), split(t, p, ring.New(2, 11), 3)
	small := protocol(t, mustPower(32), 2, 1)
	y := split(t, small, ring.New(2, 2), 1)
	var function *FunctionError
	var precision *ring.PrecisionError
	var shape *ring.ShapeError
	other := protocol(t, ring.Ring{}, 3, 1)
	d, bare := other.Softmax(two, 16, 16, true), other.Softmax(two, 16, 16, false)
	for name, c := range map[string]struct {
		run    func()
		target any
	}{
		"exp in a small ring":         {func() { small.Exp(y, 16) }, &function},
		"moments in a small ring":     {func() { small.Moments(y, 16) }, &function},
		"3 bits":                      {func() { p.Exp(x, 3) }, &precision},
		"25 bits":                     {func() { p.Reciprocal(x, 25) }, &precision},
		"softmax with 25 bits":        {func() { p.Softmax(two, 25, 25, false) }, &precision},
		"logistic with 0 bits":        {func() { p.Logistic(x, 0) }, &precision},
		"one class":                   {func() { p.Softmax(x, 16, 16, false) }, &function},
		"eleven classes":              {func() { p.Softmax(wide, 16, 16, false) }, &function},
		"log up to 1":                 {func() { p.Log(x, 1, 16) }, &function},
		"log up to 11":                {func() { p.Log(x, 11, 16) }, &function},
		"more bits than logits":       {func() { p.Softmax(two, 16, 17, false) }, &function},
		"logits with 49 bits":         {func() { p.Softmax(two, 49, 16, false) }, &function},
		"labels of another shape":     {func() { p.CrossEntropy(d, x, 16) }, &shape},
		"a loss not asked for":        {func() { p.CrossEntropy(bare, two, 16) }, &function},
		"moments with 30 bits":        {func() { p.Moments(two, 30) }, &precision},
		"the mean of no rows":         {func() { p.MeanVariance(split(t, p, ring.New(0, 1), 1), 16) }, &function},
		"the mean of 2^20 + 1 rows":   {func() { p.MeanVariance(split(t, p, ring.New(1<<20+1, 1), 1), 16) }, &function},
		"mean-variance with one bit":  {func() { p.MeanVariance(two, 1) }, &precision},
		"cross-entropy in a bad ring": {func() { small.CrossEntropy(d, y, 16) }, &function},
	} {
		if err := catch(c.run); err == nil || !errors.As(err, c.target) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if p.Cost().Bytes != 0 || small.Cost().Bytes != 0 {
		t.Errorf("%d and %d bytes were sent", p.Cost().Bytes, small.Cost().Bytes)
	}
}

// Two of three holders, with all that is opened in a chain of truncations and
// products that open nothing of their own, do not tell one secret from another. A
// chain whose second truncation uses the first one's mask is caught.
func TestTwoOfThreeLearnNothingFromChains(t *testing.T) {
	chain := func(reuse bool) func(p *Protocol, x *Shared) []*tensor.Dense {
		return func(p *Protocol, x *Shared) []*tensor.Dense {
			pair := p.Dealer.Truncation(1, x.Share[0].Size(), 1)
			c := p.exchange(p.shifted(x, pair.R))[0]
			y := p.opened(c, pair.Parts, 1)
			second := p.Dealer.Truncation(1, x.Share[0].Size(), 1)
			if reuse {
				second = pair
			}
			return []*tensor.Dense{c[0], p.exchange(p.shifted(p.multiply(y, y), second.R))[0][0]}
		}
	}
	for without := range 3 {
		if differ(views(t, 1, without, chain(false)), views(t, 2, without, chain(false))) {
			t.Errorf("all but holder %d tell 1 from 2", without)
		}
	}
	if !differ(views(t, 1, 0, chain(true)), views(t, 2, 0, chain(true))) {
		t.Error("one mask for two truncations is not caught: this test finds nothing")
	}
}

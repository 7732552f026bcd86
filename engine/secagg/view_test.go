package secagg

import (
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"gorgonia.org/tensor"

	"unseen/engine/nn"
	"unseen/engine/ring"
	"unseen/engine/share"
	"unseen/engine/trace"
)

// What the server receives and computes in a run, by event: everything it sees.
func serverSees(p *Protocol, r Round) (view map[string][]*tensor.Dense, o *Outcome) {
	view = map[string][]*tensor.Dense{}
	o = p.Sum(trace.NewTracer(func(e *trace.Event) {
		if e.To != "server" && e.Party != "server" {
			return
		}
		for _, v := range e.Outputs {
			for _, part := range v.Parts {
				if part.Party == "server" || e.Party == "server" {
					view[e.Name()] = append(view[e.Name()], part.Data.Clone().(*tensor.Dense))
				}
			}
		}
	}, 0), r)
	return view, o
}

// Two worlds in which two workers that deliver have other updates and the sum is the
// same: with the same randomness all the server sees is the same, but for the masked
// inputs of those two. (That those say nothing is the next test.)
func TestTheServerSeesOnlyTheSum(t *testing.T) {
	leave := []Stage{Stays, Stays, Stays, MaskedInput, Stays, Unmask, Stays, Stays}
	world := func(move float64) (map[string][]*tensor.Dense, *Outcome) {
		p := group(t, 8, 6, false)
		p.Rows = []int{1, 1, 1, 1, 1, 1, 1, 1}
		for _, w := range p.Workers {
			w.Store.Put(Update, trace.Plain, nn.New(1, 6), 0, "test")
		}
		for i := range 6 {
			p.Workers[1].Store.Need("w1", Update).Float64s()[i] = move * float64(i+1)
			p.Workers[6].Store.Need("w6", Update).Float64s()[i] = 1 - move*float64(i+1)
		}
		return serverSees(p, Round{Leave: leave})
	}
	a, first := world(0.25)
	b, second := world(-1)
	for i := range first.Sum {
		if first.Sum[i] != second.Sum[i] {
			t.Fatalf("the sums differ: %v and %v", first.Sum, second.Sum)
		}
	}
	if len(a) < 9 {
		t.Fatalf("the server sees only %d kinds of things", len(a))
	}
	for what, values := range a {
		differ := 0
		if len(values) != len(b[what]) {
			t.Fatalf("%s: %d values in one world, %d in the other", what, len(values), len(b[what]))
		}
		for i, v := range values {
			if !v.Eq(b[what][i]) {
				differ++
			}
		}
		if want := map[string]int{"masked input": 2}[what]; differ != want {
			t.Errorf("%s: %d of %d values differ between the worlds, want %d", what, differ, len(values), want)
		}
	}
}

// chiSquare returns the probability of counts at least as uneven as these if all
// cells are equally likely.
func chiSquare(counts []int) float64 {
	total := 0
	for _, n := range counts {
		total += n
	}
	want, x := float64(total)/float64(len(counts)), 0.0
	for _, n := range counts {
		x += (float64(n) - want) * (float64(n) - want) / want
	}
	return distuv.ChiSquared{K: float64(len(counts) - 1)}.Survival(x)
}

// The masked inputs themselves, in a ring of 4 elements: workers 0, 1 and 2 deliver,
// 3 left after sharing, so that the server takes off the self-masks of the three and
// their masks with 3. What remains, z_u = x_u ± the masks among the three, is uniform
// over all triples with the right sum, whatever the updates; and so are y_0, y_1 and
// y_2 without any condition. Where worker 0 has no secret mask in common with the others
// who deliver, the test fails.
func TestMaskedInputsLookUniform(t *testing.T) {
	const n, bits = 4, 2
	runs := 20_000
	if racing {
		runs /= 4
	}
	q := Quantiser{Clip: 1, Fraction: 0, Bits: bits}
	r := rand.New(rand.NewPCG(7, 8))
	random := func() (s seed) {
		for i := range s {
			s[i] = byte(r.Uint32())
		}
		return s
	}
	p := group(t, n, 1, false)
	p.Quantiser = q
	m := &masking{course: course{Protocol: p}, near: map[int][]int{0: {1, 2, 3}, 1: {0, 2, 3}, 2: {0, 1, 3}, 3: {0, 1, 2}}}
	run := func(x [3]uint64, broken bool) (seen, after []int) {
		seen, after = make([]int, 64), make([]int, 16)
		for range runs {
			var pair [n][n]seed
			for u := range n {
				for v := range u {
					pair[u][v] = random()
					pair[v][u] = pair[u][v]
				}
			}
			if broken {
				pair[0][1], pair[1][0], pair[0][2], pair[2][0] = seed{}, seed{}, seed{}, seed{}
			}
			var y, z [3]uint64
			for u := range 3 {
				b, pairs := random(), ring.New(3, seedWords)
				for i, v := range m.near[u] {
					put(pairs.Uint64s()[seedWords*i:], pair[u][v])
				}
				store := p.Workers[u].Store
				store.PutFrozen(selfSeed, trace.Plain, word(b), 0, "")
				store.PutFrozen(shared, trace.Plain, row([]uint64{1, 1, 1}), 0, "")
				store.PutFrozen(pairSeeds, trace.Plain, pairs, 0, "")
				out := m.mask(u, []uint64{x[u]})
				y[u] = out[0]
				e := expander{q: q}
				e.add(out, b, true)
				e.add(out, pair[u][3], true) // 3 comes later: u had added it
				z[u] = out[0]
			}
			if (z[0]+z[1]+z[2]-x[0]-x[1]-x[2])%4 != 0 {
				t.Fatalf("the masks do not cancel: %v of %v", z, x)
			}
			seen[y[0]*16+y[1]*4+y[2]]++
			after[z[0]*4+z[1]]++ // z_2 follows from the sum
		}
		return seen, after
	}
	const least = 1e-4 / 4                                // two worlds, two views each
	for _, x := range [][3]uint64{{1, 2, 3}, {3, 0, 3}} { // the same sum
		seen, after := run(x, false)
		if a, b := chiSquare(seen), chiSquare(after); a < least || b < least {
			t.Errorf("x = %v: p = %v for what is sent, %v for what remains under the masks among those who deliver", x, a, b)
		}
	}
	if _, after := run([3]uint64{1, 2, 3}, true); chiSquare(after) > least {
		t.Error("the test does not notice that the masks of worker 0 are always the same")
	}
}

// Of a committee the server sees shares of the sum: t − 1 of any worker's shares are
// uniform. In a small field all polynomials are listed.
func TestSharesOfAnUpdateLookUniform(t *testing.T) {
	const prime, threshold = 5, 3
	seen := map[uint64]map[[2]uint64]int{}
	for secret := range uint64(prime) {
		seen[secret] = map[[2]uint64]int{}
		for a := range uint64(prime) {
			for b := range uint64(prime) {
				var share [2]uint64
				for i := range share {
					x := uint64(i) + 1
					share[i] = (secret + a*x + b*x*x) % prime
				}
				seen[secret][share]++
			}
		}
	}
	for secret, views := range seen {
		if len(views) != prime*prime {
			t.Errorf("of the secret %d two shares take %d values, want %d: they say something", secret, len(views), prime*prime)
		}
	}
	// evaluate is that polynomial, mod 2^61 − 1.
	if got := evaluate([]uint64{4, 3, 2}, 5); got != 4+3*5+2*25 {
		t.Errorf("f(5) = %d", got)
	}
	r, polynomial, all := rand.New(rand.NewPCG(9, 9)), make([]uint64, 30), make([]uint64, 60)
	for range 20 {
		for d := range polynomial {
			polynomial[d] = share.Prime - 1 - r.Uint64N(1<<r.IntN(61))
		}
		share.NewPoints(len(polynomial), len(all)).Evaluate(all, polynomial)
		for j, got := range all {
			if want := evaluate(polynomial, uint64(j)+1); got != want {
				t.Fatalf("f(%d) = %d among others, alone %d", j+1, got, want)
			}
		}
	}
}

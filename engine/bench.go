package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"gorgonia.org/tensor"

	"unseen/engine/mpc"
	"unseen/engine/prep"
	"unseen/engine/ring"
	"unseen/engine/rng"
	"unseen/engine/share"
	"unseen/engine/trace"
)

// Benchmark is something whose cost is measured, under a name.
type Benchmark struct {
	Name  string
	Says  string
	Cases []BenchmarkCase
}

// BenchmarkCase is one shape of it, among so many holders.
type BenchmarkCase struct {
	Name    string // of the row, if it differs from the benchmark's
	Shape   []int
	Holders int  // how many it is for; 0: as many as are asked for; 1: nobody holds shares
	Once    bool // prepare anew for each run
	// Prepare makes ready, outside the measured time, and returns what is measured.
	Prepare func(holders int) (run func() Expense, err error)
}

// Expense is what one run sends.
type Expense struct {
	Rounds int64
	Holder int64 // bytes sent by the busiest party that is not the dealer
	Dealer int64 // bytes sent by the dealer
}

// expense is what was spent between two counts.
func expense(before, after trace.Cost) Expense {
	e := Expense{Rounds: after.Rounds - before.Rounds}
	for id, bytes := range after.Sent {
		if bytes -= before.Sent[id]; id == "dealer" {
			e.Dealer = bytes
		} else {
			e.Holder = max(e.Holder, bytes)
		}
	}
	return e
}

// Measurement is what one case of a benchmark costs.
type Measurement struct {
	Protocol string
	Shape    []int
	Holders  int
	Seconds  float64 // the median
	Runs     int
	Expense
}

// Benchmarks lists what can be measured.
func Benchmarks() []Benchmark {
	return append(protocolBenchmarks(), trainingBenchmark(), secaggBenchmark(), ringBenchmark())
}

// How long a case is measured: as many runs as fit, but so many at least and most. A
// slow one is not repeated any more when its patience ends.
const (
	benchmarkTime     = 100 * time.Millisecond
	benchmarkPatience = 2 * time.Second
	fewestRuns        = 5
	mostRuns          = 200
)

// Measure runs benchmarks one after the other, for each number of holders, and
// tells of each row as it is done: how many of how many. It ends early, with the
// context's error, when the context does.
func Measure(ctx context.Context, list []Benchmark, holders []int, each func(m Measurement, done, total int)) error {
	type job struct {
		name    string
		c       BenchmarkCase
		holders int
	}
	var jobs []job
	for _, b := range list {
		for _, c := range b.Cases {
			counts := holders
			if c.Holders == 1 {
				counts = []int{1}
			}
			for _, n := range counts {
				if c.Holders == 0 || c.Holders == n {
					jobs = append(jobs, job{cmp.Or(c.Name, b.Name), c, n})
				}
			}
		}
	}
	for i, j := range jobs {
		m := Measurement{Protocol: j.name, Shape: j.c.Shape, Holders: j.holders}
		if err := m.measure(ctx, j.c); err != nil {
			return err
		}
		each(m, i+1, len(jobs))
	}
	return nil
}

// measure fills in time and expense.
func (m *Measurement) measure(ctx context.Context, c BenchmarkCase) (err error) {
	defer func() {
		if aborted := recovered(recover(), nil); aborted != nil {
			err = fmt.Errorf("%s: %w", m.Protocol, aborted)
		}
	}()
	run, err := c.Prepare(m.Holders)
	if err != nil {
		return fmt.Errorf("%s: %w", m.Protocol, err)
	}
	if !c.Once {
		run() // the first one warms caches and memory
	}
	var times []time.Duration
	for began := time.Now(); len(times) == 0 || len(times) < mostRuns && time.Since(began) < benchmarkPatience &&
		(len(times) < fewestRuns || time.Since(began) < benchmarkTime); {
		if err := ctx.Err(); err != nil {
			return err
		}
		if c.Once && len(times) > 0 {
			if run, err = c.Prepare(m.Holders); err != nil {
				return fmt.Errorf("%s: %w", m.Protocol, err)
			}
		}
		start := time.Now()
		m.Expense = run()
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	m.Seconds, m.Runs = times[len(times)/2].Seconds(), len(times)
	return nil
}

// protocolBenchmarks measure every protocol in the catalogue.
func protocolBenchmarks() []Benchmark {
	var list []Benchmark
	for _, n := range mpc.Catalogue() {
		b := Benchmark{Name: n.Name, Says: n.Says}
		for _, size := range n.Shapes {
			b.Cases = append(b.Cases, BenchmarkCase{Shape: benchmarkShape(n, size), Holders: n.Holders, Prepare: func(holders int) (func() Expense, error) {
				return prepareProtocol(n, size, holders)
			}})
		}
		list = append(list, b)
	}
	return list
}

// benchmarkShape is m×k×n for a matrix product, else that of the first input.
func benchmarkShape(n mpc.Named, size mpc.Size) []int {
	if n.Name == "matmul" {
		return []int{size.X[0], size.X[1], size.Y[1]}
	}
	return size.X[:]
}

// prepareProtocol shares inputs of 0, which cost what any numbers cost.
func prepareProtocol(n mpc.Named, size mpc.Size, holders int) (func() Expense, error) {
	root := rng.Seeded(rng.Seed())
	dealer, err := prep.NewDealer(ring.Ring{}, holders, root.Party("dealer"))
	if err != nil {
		return nil, err
	}
	p, err := mpc.New(ring.Ring{}, holders, dealer)
	if err != nil {
		return nil, err
	}
	var shares [][]*tensor.Dense
	for i, shape := range [][2]int{size.X, size.Y}[:n.Inputs] {
		split, err := share.Split(ring.Ring{}, ring.New(shape[0], shape[1]), holders, root.Party("owner").Stream("split", 0, uint64(i)))
		if err != nil {
			return nil, err
		}
		shares = append(shares, split)
	}
	return func() Expense {
		in := make([]*mpc.Shared, n.Inputs)
		for i := range in {
			in[i] = &mpc.Shared{Share: shares[i]} // anew: what was opened once is open
		}
		before := p.Cost()
		n.Run(p, size.Bits, in...)
		return expense(before, p.Cost())
	}, nil
}

// ringBenchmark measures the kernel under all products against the definition.
func ringBenchmark() Benchmark {
	const m, k, n = 128, 128, 128
	shape := []int{m, k, n}
	factors := func() (x, y, z *tensor.Dense) {
		x, y, z = ring.New(m, k), ring.New(k, n), ring.New(m, n)
		random := rng.Seeded(rng.Seed()).Stream("benchmark", 0, 0)
		ring.Ring{}.Uniform(x, random)
		ring.Ring{}.Uniform(y, random)
		return x, y, z
	}
	return Benchmark{Name: "ring", Says: "a product of matrices in Z_2^64, and the same row by column", Cases: []BenchmarkCase{
		{Name: "ring-matmul", Shape: shape, Holders: 1, Prepare: func(int) (func() Expense, error) {
			x, y, z := factors()
			return func() Expense {
				ring.Ring{}.MatMul(z, x, y)
				return Expense{}
			}, nil
		}},
		{Name: "ring-naive", Shape: shape, Holders: 1, Prepare: func(int) (func() Expense, error) {
			x, y, z := factors()
			return func() Expense {
				naiveProduct(z.Uint64s(), x.Uint64s(), y.Uint64s(), m, k, n)
				return Expense{}
			}, nil
		}},
	}}
}

// naiveProduct is the definition of z = x·y modulo 2^64.
func naiveProduct(z, x, y []uint64, m, k, n int) {
	for i := range m {
		for j := range n {
			var sum uint64
			for l := range k {
				sum += x[i*k+l] * y[l*n+j]
			}
			z[i*n+j] = sum
		}
	}
}

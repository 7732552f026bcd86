package engine

import (
	"fmt"

	"unseen/engine/nn"
	"unseen/engine/party"
	"unseen/engine/rng"
	"unseen/engine/secagg"
	"unseen/engine/trace"
)

// secaggWorkers are how many workers a measured round of secure aggregation has: the
// cost of all together grows as n log n, since each has a logarithmic number of
// neighbours.
var secaggWorkers = []int{100, 653, 1500}

// What a measured round of secure aggregation is like: a model of the usual size, and
// how many collude and leave.
const (
	secaggWeights   = 2187
	secaggColluding = 0.2
	secaggLeaving   = 0.1
)

// secaggBenchmark measures a server round with masks. What a holder sends is here what
// the busiest worker sends.
func secaggBenchmark() Benchmark {
	b := Benchmark{Name: "secagg", Says: "a server round of secure aggregation, a tenth of the workers leaving"}
	for _, n := range secaggWorkers {
		b.Cases = append(b.Cases, BenchmarkCase{Shape: []int{n, secaggWeights}, Holders: 1, Once: true, Prepare: func(int) (func() Expense, error) {
			return prepareSecagg(n, secaggWeights)
		}})
	}
	return b
}

// prepareSecagg gathers workers with updates of 0, which cost what any updates cost.
func prepareSecagg(n, weights int) (func() Expense, error) {
	p := &secagg.Protocol{Server: party.New("server", 0, party.Server), Values: weights, Link: new(party.Link),
		Root: rng.Seeded(rng.Seed()), Size: secagg.Dimension(n, secaggColluding, secaggLeaving)}
	var err error
	if p.Quantiser, err = secagg.NewQuantiser(secagg.DefaultClip, n, 1); err != nil {
		return nil, err
	}
	update := nn.New(1, weights)
	for u := range n {
		w := party.New(fmt.Sprint("worker ", u), u+1, party.Worker)
		w.Store.PutFrozen(secagg.Update, trace.Plain, update, 0, "nothing was learnt")
		p.Workers, p.Rows = append(p.Workers, w), append(p.Rows, 1)
	}
	p.SetUp(new(trace.Tracer))
	leave := secagg.Departures(p.Root, n, secaggLeaving, 0, int(secagg.Stays))
	return func() Expense {
		if o := p.Sum(new(trace.Tracer), secagg.Round{Leave: leave}); o.Aborted != nil {
			panic(&party.Abort{Party: p.Server.ID, Cause: o.Aborted})
		}
		cost := p.Link.Cost()
		e := Expense{Rounds: cost.Rounds}
		for _, w := range p.Workers {
			e.Holder = max(e.Holder, cost.Sent[w.ID])
		}
		return e
	}, nil
}

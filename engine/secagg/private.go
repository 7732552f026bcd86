package secagg

import (
	"gorgonia.org/tensor"

	"unseen/engine/local"
	"unseen/engine/mode"
	"unseen/engine/nn"
	"unseen/engine/trace"
)

// Differential privacy without anybody who has to be trusted (section 9): each worker
// clips its update and adds a share of noise before it masks it. What is opened is the
// sum with all shares of noise; no share is ever known to anybody but its worker.
//
// The update is weighted by rows·n / Σ rows, clipped to L2 norm C, and rounded towards
// 0 to the steps of the ring, where its length is checked in whole numbers: rounding
// adds nothing to it. The average divides by n, whoever delivered.

// released is what a worker made of its update, for those who look on.
type released struct {
	norms, noise *tensor.Dense // 1 × 2: before clipping and after; 1 × values
}

// private makes the aggregation private. Both hooks may be called for several workers
// at once.
func (a *Secagg) private(p *mode.Privacy) {
	n, all := len(a.Workers), 0
	place := map[string]int{}
	for i, w := range a.Workers {
		all += w.Len()
		place[w.Party.ID] = i
	}
	a.Protocol.Divisor, a.Protocol.Least = float64(n), a.settings.Least
	a.Protocol.released = make([]released, n)
	a.Protocol.Shape = func(worker string, _ Round, v []float64) {
		for i := range v {
			v[i] *= float64(n) / float64(all)
		}
		steps := make([]int64, len(v))
		norms := nn.New(1, 2)
		norms.Float64s()[0], norms.Float64s()[1] = p.Sum.Add(steps, v)
		if norms.Float64s()[0] == norms.Float64s()[0] {
			p.Sum.Values(v, steps) // else what is not a number is refused where it is encoded
		}
		a.Protocol.released[place[worker]].norms = norms
	}
	a.Protocol.Noise = func(worker string, r Round, x []int64) {
		before := append([]int64(nil), x...)
		p.Sum.AddNoise(x, a.Learning.Root.Party(worker).Stream("noise", r.Branch, r.Number))
		noise := nn.New(1, len(x))
		for i := range x {
			noise.Float64s()[i] = float64(x[i]-before[i]) * p.Sum.Step
		}
		a.Protocol.released[place[worker]].noise = noise
	}
}

// rounds returns how many server rounds there are: fewer than planned where they
// would cost more privacy than is allowed.
func (a *Secagg) rounds() int { return a.Learning.Privacy.Left(a.Learning.Rounds) }

// Releases returns how many server rounds have been paid for with privacy. Those that
// were aborted count too, although nothing was opened.
func (a *Secagg) Releases() int { return a.where.released }

// revealed lists what a worker's event shows of clipping and noise, and keeps it in
// the worker's memory until the round is over.
func (p *Protocol) revealed(u int, step int) []trace.Value {
	if p.released == nil {
		return nil
	}
	w, r := p.Workers[u], p.released[u]
	w.Store.PutFrozen(local.Norms, trace.Plain, r.norms, step, "of the update, before and after clipping")
	w.Store.PutFrozen(local.Noise, trace.Plain, r.noise, step, "own share of the noise: discrete Gaussian")
	return values(w, local.Norms, local.Noise)
}

// needed is how many others must have delivered: enough to recover secrets, and
// enough for the noise of all to hide each one.
func (p *Protocol) needed() int { return max(p.Size.Threshold, p.Least-1) }

package secagg

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"

	"gorgonia.org/tensor"

	"unseen/engine/party"
	"unseen/engine/ring"
	"unseen/engine/share"
	"unseen/engine/trace"
)

// Names of objects of aggregation by a committee.
const (
	holders  = "share holders" // their numbers, 1 × k
	sumShare = "sum of shares" // at a holder: of every element of Σ x, 1 × length
)

// The stages of aggregation by a committee. A worker that leaves at a stage sends
// nothing from there on, as with masks.
const (
	ShareUpdate  Stage = 1 // second: each worker sends the holders shares of its update
	OpenSum      Stage = 2 // last: the holders send the server their shares of the sum
	HolderStages       = 3
)

// committee is one round of aggregation by a committee.
type committee struct {
	*Protocol
	Round
	t *trace.Tracer
	o *Outcome

	u1, u2  []int // who advertised, who shared
	members []int // the share holders
	field   share.Shamir
}

var committeeStages = [...]string{"advertise keys", "share update", "open sum"}

// sumByCommittee runs one round: every worker splits each element of x among k share
// holders, drawn from the workers; they add up what they got, and t of them open only
// the sum, by interpolation at 0. Shares of sums are sums of shares.
func (p *Protocol) sumByCommittee(t *trace.Tracer, r Round, o *Outcome) {
	c := &committee{Protocol: p, Round: r, t: t, o: o, field: share.Default()}
	for s, run := range []func() error{c.advertise, c.shareUpdate, c.openSum} {
		p.stage = Stage(s)
		t.Begin(trace.Scope{Level: trace.Batch, Name: committeeStages[s], Index: s + 1, Of: HolderStages})
		if o.Aborted = run(); o.Aborted != nil {
			p.abort(t, o)
		}
		t.End(nil, nil)
		if o.Aborted != nil {
			return
		}
	}
}

func (c *committee) staying(workers []int, s Stage) []int {
	m := masking{Round: c.Round, o: c.o}
	return m.staying(workers, s)
}

// advertise sends the public channel keys to the server, which draws the holders, and
// sends everybody their keys, and them everybody's.
func (c *committee) advertise() error {
	c.u1 = c.staying(c.everybody(), Advertise)
	pub := make([]seed, len(c.u1))
	c.each(c.t, len(c.u1), func(i int) {
		w := c.Workers[c.u1[i]]
		pub[i] = c.public(c.t, take(w.Store.Need(w.ID, channelKey).Uint64s()))
	})
	c.Link.Exchange(c.t, "advertise keys", func() {
		for i, u := range c.u1 {
			c.Link.Send(c.t, c.Workers[u], c.Server, "advertise keys", party.Parcel{Name: of(c.Workers[u], "c"), Data: word(pub[i])})
			c.sent[u] = Advertise + 1
		}
	})
	if len(c.u1) < c.Size.Threshold {
		return &ThresholdError{Stage: Advertise.String(), Left: len(c.u1), Need: c.Size.Threshold}
	}
	c.t.Begin(trace.Scope{Level: trace.Operation, Name: "draw holders"})
	c.members = c.drawHolders(c.u1, c.Round)
	numbers := make([]uint64, len(c.members))
	for i, v := range c.members {
		numbers[i] = uint64(c.Workers[v].Number)
	}
	c.Server.Store.PutFrozen(holders, trace.Plain, row(numbers), c.t.Step()+1, "drawn from those who advertised keys")
	if c.t.Watched() {
		c.t.EndLocal(c.Server.ID, nil, values(c.Server, holders))
	}
	c.Link.Exchange(c.t, "send keys", func() {
		all, theirs := c.keys(c.u1), c.keys(c.members)
		for _, u := range c.u1 {
			parcels := []party.Parcel{{Name: holders, Data: row(numbers)}, {Name: theirC, Data: theirs}}
			if slices.Contains(c.members, u) {
				parcels = append(parcels, party.Parcel{Name: everyC, Data: all})
			}
			c.Link.Send(c.t, c.Server, c.Workers[u], "send keys", parcels...)
		}
	})
	return nil
}

// everyC is what a holder knows of all workers: their public channel keys, n × 4.
const everyC = "everybody's c"

// keys lists the public channel keys that workers sent, n × 4.
func (c *committee) keys(workers []int) *tensor.Dense {
	out := ring.New(len(workers), seedWords)
	for i, u := range workers {
		copy(out.Uint64s()[seedWords*i:], c.Server.Store.Need(c.Server.ID, of(c.Workers[u], "c")).Uint64s())
	}
	return out
}

// drawHolders draws the share holders of a round, in ascending order.
func (p *Protocol) drawHolders(u1 []int, r Round) []int {
	members := slices.Clone(u1)
	rand.New(p.stream(p.Server, "committee", r)).Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	members = members[:min(p.Size.Neighbours, len(members))]
	slices.Sort(members)
	return members
}

// shareUpdate lets every worker split its update among the holders. Each share is
// sealed for its holder, who opens it, adds it to its sum, and forgets it.
func (c *committee) shareUpdate() error {
	c.encodeAll(c.t, c.Round, c.u1)
	c.u2 = c.staying(c.u1, ShareUpdate)
	sums := make([][]uint64, len(c.members))
	for i := range sums {
		sums[i] = make([]uint64, c.length())
	}
	const together = 2 * atOnce // workers whose shares are in memory at once: they are large
	c.Link.Exchange(c.t, "share update", func() {
		for from := 0; from < len(c.u2); from += together {
			some := c.u2[from:min(from+together, len(c.u2))]
			sealed, agreed := make([][][]uint64, len(some)), make([][]seed, len(some))
			c.each(c.t, len(some), func(i int) { sealed[i], agreed[i] = c.split(some[i]) })
			for i, u := range some {
				c.sent[u] = ShareUpdate + 1
				for j, v := range c.members {
					name := c.Workers[u].ID + " sealed"
					c.Link.Send(c.t, c.Workers[u], c.Workers[v], "share update", party.Parcel{Name: name, Form: trace.Share, Data: row(sealed[i][j])})
					c.Workers[v].Store.Remove(name) // it is opened and added at once
				}
			}
			c.each(c.t, len(c.members), func(j int) {
				for i, u := range some {
					c.collect(sums[j], derive(agreed[i][j], c.inTransit(u, c.members[j])), sealed[i][j], j)
				}
			})
		}
	})
	for j, v := range c.members {
		w := c.Workers[v]
		c.t.Begin(trace.Scope{Level: trace.Operation, Name: "add shares"})
		w.Store.PutFrozen(sumShare, trace.Share, row(sums[j]), c.t.Step()+1, fmt.Sprintf("the sum of %d shares, one from each worker, mod 2^61 − 1", len(c.u2)))
		if c.t.Watched() {
			c.t.EndLocal(w.ID, nil, values(w, sumShare))
		}
	}
	if len(c.u2) < c.Least {
		return &ThresholdError{Stage: committeeStages[ShareUpdate], Left: len(c.u2) - 1, Need: c.Least - 1}
	}
	return nil
}

// collect opens a sealed vector of shares and adds it to the holder's sum.
func (c *committee) collect(sum []uint64, key seed, sealed []uint64, j int) {
	plain := make([]uint64, len(sum))
	if err := open(key, plain, sealed); err != nil {
		panic(&party.Abort{Party: c.Workers[c.members[j]].ID, Cause: err})
	}
	for i, x := range plain {
		if sum[i] += x; sum[i] >= share.Prime {
			sum[i] -= share.Prime
		}
	}
}

// split shares each element of a worker's x among the holders, and seals each
// holder's vector of shares for it.
func (c *committee) split(u int) (sealed [][]uint64, agreed []seed) {
	w := c.Workers[u]
	source := rand.New(c.stream(w, "shares", c.Round))
	x := w.Store.Need(w.ID, encoded).Uint64s()
	k, t := len(c.members), c.Size.Threshold
	plain := make([][]uint64, k)
	for j := range plain {
		plain[j] = make([]uint64, len(x))
	}
	polynomial := make([]uint64, t)
	for i, e := range x {
		polynomial[0] = signedElement(c.Quantiser.lift(e))
		for d := 1; d < t; d++ {
			polynomial[d] = source.Uint64N(share.Prime)
		}
		for j := range plain {
			plain[j][i] = evaluate(polynomial, uint64(j)+1)
		}
	}
	own := private(take(w.Store.Need(w.ID, channelKey).Uint64s()))
	theirs := w.Store.Need(w.ID, theirC).Uint64s()
	for j, v := range c.members {
		common, err := agree(own, take(theirs[seedWords*j:]))
		if err != nil {
			panic(&party.Abort{Party: w.ID, Cause: err})
		}
		out := make([]uint64, len(x)+tagWords)
		seal(derive(common, c.inTransit(u, v)), out, plain[j])
		sealed, agreed = append(sealed, out), append(agreed, common)
	}
	return sealed, agreed
}

// signedElement writes a signed number as an element of the prime field.
func signedElement(x int64) uint64 {
	if x < 0 {
		return share.Prime - uint64(-x)
	}
	return uint64(x)
}

// evaluate computes a polynomial at a small x by Horner's rule, mod 2^61 − 1: the sum
// is kept below 2^62 and reduced fully at the end.
func evaluate(polynomial []uint64, x uint64) uint64 {
	y := uint64(0)
	for d := len(polynomial) - 1; d >= 0; d-- {
		hi, lo := bits.Mul64(y, x)
		y = lo&share.Prime + (hi<<3 | lo>>61) + polynomial[d]
		y = y&share.Prime + y>>61
	}
	if y >= share.Prime {
		y -= share.Prime
	}
	return y
}

// openSum lets the holders that are left send their shares of the sum to the server.
func (c *committee) openSum() error {
	left := c.staying(c.u2, OpenSum)
	c.o.Gone[OpenSum] = len(c.u2) - len(left)
	var who []int // places among the holders
	for j, v := range c.members {
		if c.leaves(v) > OpenSum {
			who = append(who, j)
		}
	}
	c.Link.Exchange(c.t, "open sum", func() {
		for _, j := range who {
			w := c.Workers[c.members[j]]
			c.Link.Send(c.t, w, c.Server, "open sum", party.Parcel{Name: of(w, "sum share"), Form: trace.Share, Data: w.Store.Need(w.ID, sumShare)})
			c.sent[c.members[j]] = OpenSum + 1
		}
	})
	if len(who) < c.Size.Threshold {
		return &ThresholdError{Stage: committeeStages[OpenSum], Left: len(who), Need: c.Size.Threshold}
	}
	c.o.Delivered = c.u2
	c.t.Begin(trace.Scope{Level: trace.Operation, Name: "interpolate"})
	some := who[:c.Size.Threshold]
	lagrange, err := c.field.Lagrange(some)
	if err != nil {
		panic(&party.Abort{Party: c.Server.ID, Cause: err})
	}
	sum := make([]uint64, c.length())
	for i, j := range some {
		for k, x := range c.Server.Store.Need(c.Server.ID, of(c.Workers[c.members[j]], "sum share")).Uint64s() {
			sum[k] = evaluate([]uint64{sum[k], x}, lagrange[i])
		}
	}
	signed := make([]int64, len(sum))
	for i, x := range sum {
		if signed[i] = int64(x); x > share.Prime/2 {
			signed[i] = -int64(share.Prime - x)
		}
	}
	c.Quantiser.reduce(sum, signed)
	c.o.open(c.Protocol, sum)
	c.Server.Store.PutFrozen(Sum, trace.Opened, row(sum), c.t.Step()+1, fmt.Sprintf("interpolated at 0 from %d shares of the sum", len(some)))
	if c.t.Watched() {
		var names []string
		for _, j := range some[:min(shown, len(some))] {
			names = append(names, of(c.Workers[c.members[j]], "sum share"))
		}
		c.t.EndLocal(c.Server.ID, values(c.Server, names...), values(c.Server, Sum))
	}
	return nil
}

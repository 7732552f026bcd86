package secagg

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"

	"gorgonia.org/tensor"

	"unseen/engine/party"
	"unseen/engine/ring"
	"unseen/engine/rng"
	"unseen/engine/share"
	"unseen/engine/trace"
)

// Names of objects of aggregation by a committee.
const (
	holders  = "share holders" // their numbers, 1 × k
	SumShare = "sum of shares" // at a holder: of every element of Σ x, 1 × length
	Sealed   = " sealed"       // after a worker’s name: its share of its update for a holder
)

// The stages of aggregation by a committee. A worker that leaves at a stage sends
// nothing from there on, as with masks.
const (
	ShareUpdate  Stage = 1 // second: each worker sends the holders shares of its update
	OpenSum      Stage = 2 // last: the holders send the server their shares of the sum
	HolderStages       = 3
)

// committee is one round of aggregation by a committee: every worker splits each element
// of x among k share holders, drawn from the workers; they add up what they got, and t of
// them open only the sum, by interpolation at 0. Shares of sums are sums of shares.
type committee struct {
	course

	u1, u2  []int // who advertised, who shared
	members []int // the share holders
	field   share.Shamir
	sums    [][]uint64 // by holder: the sum of the shares it got so far
}

var committeeStages = [...]string{"advertise keys", "share update", "open sum"}

func (c *committee) copy() aggregation {
	n := *c
	n.course = c.clone()
	n.sums = make([][]uint64, len(c.sums))
	for j, sum := range c.sums {
		n.sums[j] = slices.Clone(sum)
	}
	return &n
}

// plan lists the parts of a round.
func (c *committee) plan() []planned {
	return []planned{
		{Advertise, c.advertise}, {Advertise, c.sendKeys},
		{ShareUpdate, c.shareUpdate}, {ShareUpdate, c.addShares},
		{OpenSum, c.openSum}, {OpenSum, c.interpolate},
	}
}

func (c *committee) span(s Stage) trace.Scope {
	return trace.Scope{Level: trace.Batch, Name: committeeStages[s], Index: int(s) + 1, Of: HolderStages}
}

func (c *committee) told(Stage) []trace.Value { return nil }

// advertise sends the public channel keys to the server, which draws the holders.
func (c *committee) advertise() part {
	c.u1 = c.staying(c.everybody(), Advertise)
	pub := make([]seed, len(c.u1))
	return part{exchange: "advertise keys", turns: len(c.u1),
		compute: []func(int){func(i int) {
			w := c.Workers[c.u1[i]]
			pub[i] = c.public(c.t, take(w.Store.Need(w.ID, channelKey).Uint64s()))
		}},
		tell: func(i int) {
			u := c.u1[i]
			c.Link.Send(c.t, c.Workers[u], c.Server, "advertise keys", party.Parcel{Name: of(c.Workers[u], "c"), Data: word(pub[i])})
			c.sent[u] = Advertise + 1
		},
		end: func() error {
			if len(c.u1) < c.Size.Threshold {
				return &ThresholdError{Stage: Advertise.String(), Left: len(c.u1), Need: c.Size.Threshold}
			}
			c.members = c.drawHolders(c.u1, c.Round)
			c.t.Begin(trace.Scope{Level: trace.Operation, Name: "draw holders"})
			c.Server.Store.PutFrozen(holders, trace.Plain, row(c.numbers()), c.t.Step()+1, "drawn from those who advertised keys")
			if c.t.Watched() {
				c.t.EndLocal(c.Server.ID, nil, values(c.Server, holders))
			}
			return nil
		}}
}

// numbers lists the numbers of the share holders.
func (c *committee) numbers() []uint64 {
	out := make([]uint64, len(c.members))
	for i, v := range c.members {
		out[i] = uint64(c.Workers[v].Number)
	}
	return out
}

// sendKeys sends everybody the keys of the holders, and them everybody's.
func (c *committee) sendKeys() part {
	numbers, all, theirs := c.numbers(), c.keys(c.u1), c.keys(c.members)
	return part{exchange: "send keys", turns: len(c.u1), tell: func(i int) {
		u := c.u1[i]
		parcels := []party.Parcel{{Name: holders, Data: row(numbers)}, {Name: theirC, Data: theirs}}
		if slices.Contains(c.members, u) {
			parcels = append(parcels, party.Parcel{Name: everyC, Data: all})
		}
		c.Link.Send(c.t, c.Server, c.Workers[u], "send keys", parcels...)
	}}
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
func (c *committee) shareUpdate() part {
	if c.turn == 0 {
		c.u2 = c.staying(c.u1, ShareUpdate)
		c.sums = make([][]uint64, len(c.members))
		for j := range c.sums {
			c.sums[j] = make([]uint64, c.length())
		}
	}
	type sending struct {
		x      []uint64
		sealed [][]uint64
		keys   []seed
	}
	all := make([]sending, len(c.u1))
	return part{exchange: "share update", turns: len(c.u1), every: c.every(8),
		together: 16, // what they send is large
		compute: []func(int){func(i int) {
			u, s := c.u1[i], &all[i]
			s.x = c.inSteps(u)
			switch {
			case c.leaves(u) <= ShareUpdate:
			case c.known != nil:
				c.known.add(c, i, s.x)
			default:
				s.sealed, s.keys = c.split(u, s.x)
			}
		}},
		tell: func(i int) {
			u, s := c.u1[i], all[i]
			all[i] = sending{}
			c.tellEncoded(u, s.x)
			if c.leaves(u) <= ShareUpdate {
				return
			}
			for j, v := range c.members {
				c.sent[u] = ShareUpdate + 1
				if u == v { // what a holder has for itself it does not send
					continue
				}
				from, to := c.Workers[u], c.Workers[v]
				if c.known != nil {
					c.Link.Tell(c.t, from, to, "share update", 8*(c.length()+tagWords))
					continue
				}
				name := from.ID + Sealed
				c.Link.Send(c.t, from, to, "share update", party.Parcel{Name: name, Form: trace.Share, Data: row(s.sealed[j])})
				to.Store.Remove(name) // it is opened and added at once
			}
			if c.known != nil {
				return // the sums follow from the polynomials, all at once
			}
			c.each(c.t, len(c.members), func(j int) {
				c.collect(u, j, s.keys[j], s.sealed[j])
			})
		}}
}

// addShares tells what the holders have added up.
func (c *committee) addShares() part {
	c.settle()
	return part{turns: len(c.members),
		tell: func(j int) {
			w := c.Workers[c.members[j]]
			c.t.Begin(trace.Scope{Level: trace.Operation, Name: "add shares"})
			w.Store.PutFrozen(SumShare, trace.Share, row(c.sums[j]), c.t.Step()+1, fmt.Sprintf("the sum of %d shares, one from each worker, mod 2^61 − 1", len(c.u2)))
			if c.t.Watched() {
				c.t.EndLocal(w.ID, nil, values(w, SumShare))
			}
		},
		end: func() error {
			c.sums = nil // the holders have them
			if len(c.u2) < c.Least {
				return &ThresholdError{Stage: committeeStages[ShareUpdate], Left: len(c.u2) - 1, Need: c.Least - 1}
			}
			return nil
		}}
}

// collect lets the j-th holder open the vector of shares that u sealed for it, and add it to
// its sum.
func (c *committee) collect(u, j int, key seed, sealed []uint64) {
	plain, v := make([]uint64, len(c.sums[j])), c.members[j]
	if err := new(envelope).open(key, c.Round, u, v, plain, sealed); err != nil {
		panic(&party.Abort{Party: c.Workers[v].ID, Cause: err})
	}
	addElements(c.sums[j], plain)
}

// split shares each element of a worker's x among the holders, and seals each
// holder's vector of shares for it, under the key of their channel.
func (c *committee) split(u int, x []uint64) (sealed [][]uint64, keys []seed) {
	w := c.Workers[u]
	source := c.stream(w, "shares", c.Round)
	k, t := len(c.members), c.Size.Threshold
	plain := make([][]uint64, k)
	for j := range plain {
		plain[j] = make([]uint64, len(x))
	}
	polynomial, values, points := make([]uint64, t), make([]uint64, k), share.NewPoints(t, k)
	for i, e := range x {
		c.drawPolynomial(polynomial, e, source)
		points.Evaluate(values, polynomial)
		for j := range plain {
			plain[j][i] = values[j]
		}
	}
	keys = c.meet(u, c.members, w.Store.Need(w.ID, theirC).Uint64s())
	var e envelope
	for j, v := range c.members {
		out := make([]uint64, len(x)+tagWords)
		e.seal(keys[j], c.Round, u, v, out, plain[j])
		sealed = append(sealed, out)
	}
	return sealed, keys
}

// drawPolynomial draws the polynomial that has an element of x at 0. A coefficient is 61
// uniform bits, drawn again where they are the prime itself.
func (c *committee) drawPolynomial(polynomial []uint64, x uint64, source *rng.Stream) {
	polynomial[0] = signedElement(c.Quantiser.lift(x))
	source.Fill(polynomial[1:])
	for d := 1; d < len(polynomial); d++ {
		for polynomial[d] &= share.Prime; polynomial[d] == share.Prime; {
			polynomial[d] = source.Uint64() & share.Prime
		}
	}
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

// left lists the places among the holders of those who are still there at the end.
func (c *committee) left() (places []int) {
	for j, v := range c.members {
		if c.leaves(v) > OpenSum {
			places = append(places, j)
		}
	}
	return places
}

// openSum lets the holders that are left send their shares of the sum to the server.
func (c *committee) openSum() part {
	c.staying(c.u2, OpenSum) // counts those who are gone
	who := c.left()
	return part{exchange: "open sum", turns: len(who),
		tell: func(i int) {
			v := c.members[who[i]]
			w := c.Workers[v]
			c.Link.Send(c.t, w, c.Server, "open sum", party.Parcel{Name: of(w, "sum share"), Form: trace.Share, Data: w.Store.Need(w.ID, SumShare)})
			c.sent[v] = OpenSum + 1
		},
		end: func() error {
			if len(who) < c.Size.Threshold {
				return &ThresholdError{Stage: committeeStages[OpenSum], Left: len(who), Need: c.Size.Threshold}
			}
			c.o.Delivered = c.u2
			return nil
		}}
}

// interpolate lets the server open the sum from t shares.
func (c *committee) interpolate() part { return part{turns: 1, tell: func(int) { c.open() }} }

// open does so.
func (c *committee) open() {
	c.t.Begin(trace.Scope{Level: trace.Operation, Name: toOpen})
	some := c.left()[:c.Size.Threshold]
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
}

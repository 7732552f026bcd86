// Package prep is the preprocessing: correlated randomness that holders need
// before they compute, dealt by a trusted dealer (the crypto provider), and the
// ledger that watches over its use (protocols, sections 3 to 5).
//
// Masks (mask.go) hide what is opened. Products (product.go) are the shares
// c = a·b that turn two opened differences into a product. Truncation pairs
// (truncation.go) divide by a power of two, comparison masks (comparison.go) find
// signs, daBits (dabit.go) carry a bit from XOR to additive sharing, and waves (waves.go)
// are the cosines and sines of a mask, for the Fourier way to the logistic function.
//
// The dealer and holder i share a key. What is uniform is expanded from it on both
// sides and never sent; of what depends on masks, all shares but one are expanded
// too, and only the last holder is sent a correction. The dealer sees no data,
// ever: it computes from keys alone.
//
// A mask may meet only one value: two values opened under one mask reveal their
// difference. Everything else may be used only once. The package keeps a ledger of
// what was dealt, used and left, and refuses both mistakes ([ReuseError]).
package prep

import (
	"fmt"
	"math/rand/v2"

	"gorgonia.org/tensor"

	"unseen/engine/ring"
	"unseen/engine/rng"
)

// Draw returns the stream that the dealer and a holder, counted from 0, share for
// what is dealt with this counter.
type Draw func(holder int, counter uint64) rand.Source

// Dealer is the trusted dealer and the holders' expansion of what it deals, in
// one process that hosts all holders.
type Dealer struct {
	// Buffers, if not nil, are where material and the results of protocols lie: they
	// are used again at each step. Whoever keeps results leaves it nil.
	Buffers *ring.Buffers
	// Apart keeps apart what the dealer has dealt and what the holders have, for
	// experiments that change keys or corrections on their way. Each sharing then has one
	// share more than there are holders, which nobody holds: what went astray. All of them
	// add up to what the dealer has dealt, with which alone it computes on; the holders'
	// add up to what they have.
	Apart bool

	ring    ring.Ring
	holders int
	draw    Draw
	keys    []rng.Key // shared by the dealer and each holder; none if draw is given
	branch  uint32
	changed map[int]rng.Streams // of holders whose key is another than the dealer's
	counter uint64              // of what was dealt: no two things share randomness
	ledger  Ledger
	sent    int64 // bytes of corrections since the last call of Sent
}

// NewDealer returns a dealer for n holders, whose keys derive from root. n is at
// least 2; less is an error.
func NewDealer(r ring.Ring, n int, root rng.Key) (*Dealer, error) {
	return NewBranch(r, n, root, 0)
}

// NewBranch is [NewDealer] for a run that departed from its past: with another
// branch number everything that is dealt is new, so no mask meets two values.
func NewBranch(r ring.Ring, n int, root rng.Key, branch uint32) (*Dealer, error) {
	keys, streams := make([]rng.Key, max(n, 0)), make([]rng.Streams, max(n, 0))
	for i := range keys {
		keys[i] = root.Party(fmt.Sprint("holder ", i))
		streams[i] = streamsOf(keys[i], branch)
	}
	d, err := NewDealerFrom(r, n, func(holder int, counter uint64) rand.Source { return streams[holder].At(counter) })
	if err == nil {
		d.keys, d.branch = keys, branch
	}
	return d, err
}

// Key returns the key that the dealer and a holder share, which the dealer sends
// before anything is dealt.
func (d *Dealer) Key(holder int) rng.Key { return d.keys[holder] }

// Receive gives a holder the key that arrived. From one that was changed on its way it
// expands other shares than the dealer counts on, which takes [Dealer.Apart].
func (d *Dealer) Receive(holder int, key rng.Key) {
	if key == d.keys[holder] {
		delete(d.changed, holder)
		return
	}
	if d.changed == nil {
		d.changed = map[int]rng.Streams{}
	}
	d.changed[holder] = streamsOf(key, d.branch)
}

// streamsOf returns the streams that a key expands to.
func streamsOf(k rng.Key, branch uint32) rng.Streams { return k.Streams("prep", branch) }

// NewDealerFrom returns a dealer that draws from the given streams. What it deals
// is only as secret as they are: it is for tests that enumerate all randomness and
// for experiments with randomness that is not uniform.
func NewDealerFrom(r ring.Ring, n int, draw Draw) (*Dealer, error) {
	if n < 2 {
		return nil, fmt.Errorf("%d holders: sharing takes at least 2", n)
	}
	return &Dealer{ring: r, holders: n, draw: draw}, nil
}

// Redraw replaces the streams: f gets those the dealer has. What [NewDealerFrom] says
// holds from there on.
func (d *Dealer) Redraw(f func(Draw) Draw) { d.draw = f(d.draw) }

// Position is where a dealer stands: what it deals from there on is the same
// whenever it returns to it.
type Position struct {
	counter uint64
	ledger  Ledger
}

// Position returns where the dealer stands.
func (d *Dealer) Position() Position { return Position{d.counter, d.ledger} }

// Return goes back to a position.
func (d *Dealer) Return(p Position) { d.counter, d.ledger, d.sent = p.counter, p.ledger, 0 }

// Count is how much of one kind of material was dealt and used.
type Count struct {
	Dealt, Used int
}

// Left returns how much was dealt and not used.
func (c Count) Left() int { return c.Dealt - c.Used }

// Ledger counts what was dealt and used, by kind: matrices, whatever their size.
type Ledger struct {
	Masks       Count // uniform matrices; used when a value has met them
	Products    Count // product shares
	Truncations Count // truncation pairs
	Comparisons Count // comparison masks
	DaBits      Count // random bits in both sharings
	Waves       Count // sines and cosines of masks
	Bytes       int64 // sent by the dealer: the corrections
	Messages    int64
}

// Ledger returns what was dealt and used so far.
func (d *Dealer) Ledger() Ledger { return d.ledger }

// Sent returns how many bytes of corrections the dealer has sent to the last
// holder since it was asked before.
func (d *Dealer) Sent() int64 {
	n := d.sent
	d.sent = 0
	return n
}

// ReuseError says that something was used twice that may be used once.
type ReuseError struct {
	What          string
	First, Second string // the places
}

// Error names both places.
func (e *ReuseError) Error() string {
	return fmt.Sprintf("%s was used at %s and cannot be used again at %s", e.What, e.First, e.Second)
}

// once is what may be used once.
type once struct {
	what  string
	used  bool
	place string // of its use
	count *Count
}

// deal notes that something was dealt.
func (c *Count) deal(what string) once {
	c.Dealt++
	return once{what: what, count: c}
}

// Use notes the one use; a second one is a *[ReuseError].
func (o *once) Use(place string) error {
	if o.used {
		return &ReuseError{o.what, o.place, place}
	}
	o.used, o.place = true, place
	o.count.Used++
	return nil
}

// shares is how many shares a sharing has; see [Dealer.Apart].
func (d *Dealer) shares() int {
	if d.Apart {
		return d.holders + 1
	}
	return d.holders
}

// uniform expands one share for each of the first n holders; the others' are 0.
func (d *Dealer) uniform(rows, columns, n int) []*tensor.Dense {
	d.counter++
	shares := make([]*tensor.Dense, d.shares())
	for i := range shares {
		shares[i] = d.Buffers.New(rows, columns)
		if i < n {
			d.ring.Uniform(shares[i], d.draw(i, d.counter))
		}
	}
	for i, own := range d.changed {
		if i < n {
			held := d.Buffers.New(rows, columns)
			d.ring.Uniform(held, own.At(d.counter))
			d.Astray(shares, shares[i], held)
			shares[i] = held
		}
	}
	return shares
}

// Astray notes that one of the shares was dealt and that its holder has another one in
// its place; see [Dealer.Apart].
func (d *Dealer) Astray(shares []*tensor.Dense, dealt, held *tensor.Dense) {
	astray := shares[d.holders]
	d.ring.Add(astray, astray, dealt)
	d.ring.Sub(astray, astray, held)
}

// correct shares a value that the dealer has computed: all holders but the last
// expand uniform shares, the last is sent what makes the sum right.
func (d *Dealer) correct(value *tensor.Dense) []*tensor.Dense {
	n := d.holders
	shares := d.uniform(value.Shape()[0], value.Shape()[1], n-1)
	last := shares[n-1]
	copy(last.Uint64s(), value.Uint64s())
	for i, s := range shares {
		if i != n-1 {
			d.ring.Sub(last, last, s)
		}
	}
	d.send(int64(8 * value.Size()))
	return shares
}

// send counts a correction.
func (d *Dealer) send(bytes int64) {
	d.ledger.Bytes += bytes
	d.ledger.Messages++
	d.sent += bytes
}

// Sum returns the value that the dealer has dealt: only it knows.
func (d *Dealer) Sum(shares []*tensor.Dense) *tensor.Dense {
	s := shares[0].Shape()
	value := d.Buffers.New(s[0], s[1])
	for _, x := range shares {
		d.ring.Add(value, value, x)
	}
	return value
}

package share

import (
	"fmt"
	"math/rand/v2"

	"gorgonia.org/tensor"

	"unseen/engine/ring"
	"unseen/engine/rng"
)

// PartiesError says that a secret cannot be shared among so many parties.
type PartiesError struct {
	Parties int
}

// Error names how many there are and how many it takes.
func (e *PartiesError) Error() string {
	return fmt.Sprintf("a secret cannot be shared among %d parties; it takes at least 2", e.Parties)
}

// Split returns n shares of a matrix of elements of r, each of its shape: n − 1
// uniform ones, and the one that makes the sum right,
//
//	x_n = x − x_1 − … − x_{n−1}.
//
// The error is a *[PartiesError] for n < 2.
func Split(r ring.Ring, x *tensor.Dense, n int, source rand.Source) ([]*tensor.Dense, error) {
	if n < 2 {
		return nil, &PartiesError{n}
	}
	shares := make([]*tensor.Dense, n)
	last := ring.New(x.Shape()[0], x.Shape()[1])
	copy(last.Uint64s(), x.Uint64s())
	for i := range n - 1 {
		shares[i] = ring.New(x.Shape()[0], x.Shape()[1])
		r.Uniform(shares[i], source)
		r.Sub(last, last, shares[i])
	}
	shares[n-1] = last
	return shares, nil
}

// Reconstruct adds up all shares of a matrix, which must have one shape. Fewer than two are a
// *[PartiesError].
func Reconstruct(r ring.Ring, shares []*tensor.Dense) (*tensor.Dense, error) {
	if len(shares) < 2 {
		return nil, &PartiesError{len(shares)}
	}
	sum := ring.New(shares[0].Shape()[0], shares[0].Shape()[1])
	for _, s := range shares {
		r.Add(sum, sum, s)
	}
	return sum, nil
}

// Compressed is a sharing as it is sent: parties 0 to n − 2 get a seed of 32
// bytes each, from which they expand their uniform shares; the last one gets its
// share in full.
type Compressed struct {
	Ring          ring.Ring
	Rows, Columns int
	Seeds         []rng.Key     // of parties 0 … n − 2
	Last          *tensor.Dense // of party n − 1, rows × columns

	expanded []*tensor.Dense // from the seeds
	redraw   Redraw
}

// SplitCompressed is [Split] with seeds drawn from source.
// The error is a *[PartiesError] for n < 2.
func SplitCompressed(r ring.Ring, x *tensor.Dense, n int, source rand.Source) (*Compressed, error) {
	return SplitRedrawn(r, x, n, source, nil)
}

// Redraw returns a stream in the place of the one that a party, counted from 0, expands
// from its seed.
type Redraw func(party int, expanded rand.Source) rand.Source

// SplitRedrawn is [SplitCompressed] with other streams in the place of those that are
// expanded from the seeds, unless redraw is nil. The shares are only as secret as what it
// returns: it is for experiments that ask what a party would have seen had chance gone
// another way.
// The error is a *[PartiesError] for n < 2.
func SplitRedrawn(r ring.Ring, x *tensor.Dense, n int, source rand.Source, redraw Redraw) (*Compressed, error) {
	if n < 2 {
		return nil, &PartiesError{n}
	}
	c := &Compressed{Ring: r, Rows: x.Shape()[0], Columns: x.Shape()[1], Seeds: make([]rng.Key, n-1), redraw: redraw}
	c.Last = ring.New(c.Rows, c.Columns)
	copy(c.Last.Uint64s(), x.Uint64s())
	for i := range c.Seeds {
		c.Seeds[i] = seed(source)
		c.expanded = append(c.expanded, c.expand(i))
		r.Sub(c.Last, c.Last, c.expanded[i])
	}
	return c, nil
}

func seed(source rand.Source) rng.Key {
	var k rng.Key
	for i := 0; i < len(k); i += 8 {
		w := source.Uint64()
		for j := range 8 {
			k[i+j] = byte(w >> (8 * j))
		}
	}
	return k
}

// Share returns the share of a party, counted from 0: what it expands from its
// seed, or what was sent in full. It must not be changed: who split, and who was
// sent a share, live in one process and have it once.
func (c *Compressed) Share(party int) *tensor.Dense {
	switch {
	case party == len(c.Seeds):
		return c.Last
	case party < len(c.expanded):
		return c.expanded[party]
	}
	return c.expand(party)
}

func (c *Compressed) expand(party int) *tensor.Dense {
	share := ring.New(c.Rows, c.Columns)
	var stream rand.Source = c.Seeds[party].Stream("share", 0, 0)
	if c.redraw != nil {
		stream = c.redraw(party, stream)
	}
	c.Ring.Uniform(share, stream)
	return share
}

// Bytes returns what a party is sent: 32 bytes, or 8 bytes an element.
func (c *Compressed) Bytes(party int) int {
	if party == len(c.Seeds) {
		return 8 * c.Last.Size()
	}
	return len(rng.Key{})
}

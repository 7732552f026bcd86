package mpc

import (
	"fmt"

	"gorgonia.org/tensor"

	"unseen/engine/party"
	"unseen/engine/prep"
	"unseen/engine/ring"
	"unseen/engine/trace"
)

// wordBytes is the size of a ring element on the wire.
const wordBytes = 8

// Protocol is a set of holders, all hosted by this process, with their dealer. It
// belongs to one goroutine.
type Protocol struct {
	Ring   ring.Ring
	Dealer *prep.Dealer

	parties  int
	cost     trace.Cost
	openings []Opening
	place    string                                 // of the operation under way, for errors
	tamper   func(from, to int, sent *tensor.Dense) // tests change messages in flight with it; nil: none
}

// Opening is one value that holders got to know.
type Opening struct {
	What          string // "x − a"
	Rows, Columns int
	To            string // "holders", or the one it was revealed to
	Why           string // why it may be known
}

// New returns a protocol among n holders, 2 ≤ n ≤ 10, over the dealer's ring.
func New(r ring.Ring, n int, dealer *prep.Dealer) (*Protocol, error) {
	if n < 2 || n > 10 {
		return nil, fmt.Errorf("%d holders: protocols run among 2 to 10", n)
	}
	return &Protocol{Ring: r, Dealer: dealer, parties: n, cost: trace.Cost{Sent: map[string]int64{}}}, nil
}

// Cost returns what the holders have sent so far, without the dealer's part.
func (p *Protocol) Cost() trace.Cost { return p.cost.Clone() }

// Openings lists every opening so far.
func (p *Protocol) Openings() []Opening { return p.openings }

// Shared is an additive sharing [x] of a matrix: Share[i] is holder i's.
type Shared struct {
	Share []*tensor.Dense
	mask  *prep.Mask      // the mask it was opened under, nil if it never was
	d     []*tensor.Dense // x − a as opened, by holder
}

// Shape returns rows and columns.
func (x *Shared) Shape() (rows, columns int) {
	s := x.Share[0].Shape()
	return s[0], s[1]
}

// NewShared makes a sharing from one share for each holder. The error says what
// does not fit.
func (p *Protocol) NewShared(shares []*tensor.Dense) (*Shared, error) {
	if len(shares) != p.parties {
		return nil, fmt.Errorf("%d shares for %d holders", len(shares), p.parties)
	}
	for _, s := range shares[1:] {
		if !s.Shape().Eq(shares[0].Shape()) {
			return nil, &ring.ShapeError{Op: "NewShared", A: [2]int(shares[0].Shape()), B: [2]int(s.Shape())}
		}
	}
	return &Shared{Share: shares}, nil
}

// abort ends the protocol with a cause that names the operation.
func (p *Protocol) abort(err error) {
	panic(&party.Abort{Party: "holders", Cause: fmt.Errorf("%s: %w", p.place, err)})
}

// each computes a result holder by holder: f adds to z, which begins as 0.
func (p *Protocol) each(rows, columns int, f func(i int, z *tensor.Dense)) *Shared {
	z := &Shared{Share: make([]*tensor.Dense, p.parties)}
	for i := range z.Share {
		z.Share[i] = ring.New(rows, columns)
		f(i, z.Share[i])
	}
	return z
}

// first is the holder who adds public numbers: one of them must, and only one.
const first = 0

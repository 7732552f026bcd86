// Package prep is correlated randomness: what a trusted dealer hands out before it
// is needed, so that the holders of shares can multiply and truncate with one
// opening each (Beaver 1991; protocols, sections 3 and 4).
//
// The dealer shares a key with every holder. What is uniform need not be sent:
// holder and dealer expand it from the key, and a [Mask], which is uniform in all
// its shares, costs nothing at all. Of what depends on masks, all shares but one
// are expanded too, and only the last holder is sent a correction. The dealer
// sees no data, ever: it computes from keys alone.
//
// A mask may meet only one value: two values opened under one mask reveal their
// difference. A product share may be used only once. The package keeps a ledger of
// what was dealt and used, and refuses both ([ReuseError]).
package prep

import (
	"fmt"

	"gorgonia.org/tensor"

	"unseen/engine/ring"
	"unseen/engine/rng"
)

// Dealer is the trusted dealer and the holders' expansion of what it deals, in
// one process that hosts all holders.
type Dealer struct {
	ring    ring.Ring
	keys    []rng.Streams // shared by the dealer and each holder
	counter uint64        // of what was dealt: no two things share randomness
	ledger  Ledger
}

// Ledger counts what was dealt.
type Ledger struct {
	Masks       int   // uniform matrices
	Products    int   // product shares
	Truncations int   // truncation pairs
	Bytes       int64 // sent by the dealer: the corrections
	Messages    int64
}

// NewDealer returns a dealer for n holders, whose keys derive from root. n is at
// least 2.
func NewDealer(r ring.Ring, n int, root rng.Key) (*Dealer, error) {
	if n < 2 {
		return nil, fmt.Errorf("%d holders: sharing takes at least 2", n)
	}
	d := &Dealer{ring: r}
	for i := range n {
		d.keys = append(d.keys, root.Party(fmt.Sprint("holder ", i)).Streams("prep", 0))
	}
	return d, nil
}

// Ledger returns what was dealt so far.
func (d *Dealer) Ledger() Ledger { return d.ledger }

// uniform expands one share for each of the first n holders; the others' are 0.
func (d *Dealer) uniform(rows, columns, n int) []*tensor.Dense {
	d.counter++
	shares := make([]*tensor.Dense, len(d.keys))
	for i := range shares {
		shares[i] = ring.New(rows, columns)
		if i < n {
			d.ring.Uniform(shares[i], d.keys[i].At(d.counter))
		}
	}
	return shares
}

// correct shares a value that the dealer has computed: all holders but the last
// expand uniform shares, the last is sent what makes the sum right.
func (d *Dealer) correct(value *tensor.Dense) []*tensor.Dense {
	n := len(d.keys)
	shares := d.uniform(value.Shape()[0], value.Shape()[1], n-1)
	last := shares[n-1]
	copy(last.Uint64s(), value.Uint64s())
	for _, s := range shares[:n-1] {
		d.ring.Sub(last, last, s)
	}
	d.ledger.Bytes += int64(8 * value.Size())
	d.ledger.Messages++
	return shares
}

// sum is the value of a sharing, which only the dealer knows.
func (d *Dealer) sum(shares []*tensor.Dense) *tensor.Dense {
	s := shares[0].Shape()
	value := ring.New(s[0], s[1])
	for _, x := range shares {
		d.ring.Add(value, value, x)
	}
	return value
}

// Mask is a uniform matrix [a] of which nobody knows the sum.
type Mask struct {
	Share []*tensor.Dense // by holder
	value any             // what was opened under it
	place string          // where
}

// Mask deals a mask.
func (d *Dealer) Mask(rows, columns int) *Mask {
	d.ledger.Masks++
	return &Mask{Share: d.uniform(rows, columns, len(d.keys))}
}

// ReuseError says that something was used twice that may be used once.
type ReuseError struct {
	What          string
	First, Second string // the places
}

func (e *ReuseError) Error() string {
	return fmt.Sprintf("%s was used at %s and cannot be used again at %s", e.What, e.First, e.Second)
}

// Meet notes that a value is opened under the mask. The same value may meet it
// again; another one is a *[ReuseError].
func (m *Mask) Meet(value any, place string) error {
	if m.value != nil && m.value != value {
		return &ReuseError{"a mask", m.place, place}
	}
	m.value, m.place = value, place
	return nil
}

// Product is the share [c] of a product of two masks.
type Product struct {
	share []*tensor.Dense
	used  string // the place of its one use
}

// Kind is one of the products of matrices.
type Kind uint8

// The products.
const (
	Elementwise Kind = iota // a ⊙ b
	MatMul                  // a·b
	MatMulNT                // a·bᵀ
	MatMulTN                // aᵀ·b
)

// Shape returns rows and columns of the product of an a × b pair of shapes.
func (k Kind) Shape(a, b []int) (rows, columns int) {
	switch k {
	case MatMul:
		return a[0], b[1]
	case MatMulNT:
		return a[0], b[0]
	case MatMulTN:
		return a[1], b[1]
	}
	return a[0], a[1]
}

// Accumulate adds the product of a and b to dst.
func (k Kind) Accumulate(r ring.Ring, dst, a, b *tensor.Dense) {
	switch k {
	case MatMul:
		r.MatMulAcc(dst, a, b)
	case MatMulNT:
		r.MatMulNTAcc(dst, a, b)
	case MatMulTN:
		r.MatMulTNAcc(dst, a, b)
	default:
		r.MulElemAcc(dst, a, b)
	}
}

// Product deals a share of the product of two masks, which may be one and the
// same: then it is a square.
func (d *Dealer) Product(k Kind, a, b *Mask) *Product {
	d.ledger.Products++
	c := ring.New(k.Shape(a.Share[0].Shape(), b.Share[0].Shape()))
	k.Accumulate(d.ring, c, d.sum(a.Share), d.sum(b.Share))
	return &Product{share: d.correct(c)}
}

// Use takes the product share for its one use; a second one is a *[ReuseError].
func (p *Product) Use(place string) ([]*tensor.Dense, error) {
	if p.used != "" {
		return nil, &ReuseError{"a product share", p.used, place}
	}
	p.used = place
	return p.share, nil
}

// Truncation is what truncating by f bits takes: r uniform in the ring of 2^k
// elements, its bits f … k−2 as a number, and its top bit.
type Truncation struct {
	R, Mid, Msb []*tensor.Dense // by holder
}

// Truncation deals a truncation pair for a matrix. The ring must have a sign bit.
func (d *Dealer) Truncation(rows, columns, f int) *Truncation {
	d.ledger.Truncations++
	t := &Truncation{R: d.uniform(rows, columns, len(d.keys))}
	r := d.sum(t.R)
	mid, msb := ring.New(rows, columns), ring.New(rows, columns)
	d.ring.Mids(mid, r, f)
	d.ring.Msbs(msb, r)
	t.Mid, t.Msb = d.correct(mid), d.correct(msb)
	return t
}

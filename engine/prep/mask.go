package prep

import (
	"gorgonia.org/tensor"

	"unseen/engine/ring"
)

// Mask is a uniform matrix [a] of which nobody but the dealer knows the sum.
type Mask struct {
	Share []*tensor.Dense // by holder
	met   *meeting        // shared with the masks of its rows
	count *Count
}

// meeting is what was opened under a mask, and where.
type meeting struct {
	value any
	place string
}

// Mask deals a mask.
func (d *Dealer) Mask(rows, columns int) *Mask {
	d.ledger.Masks.Dealt++
	return &Mask{Share: d.uniform(rows, columns, d.holders), met: new(meeting), count: &d.ledger.Masks}
}

// Meet notes that a value is opened under the mask. The same value may meet it
// again; another one is a *[ReuseError].
func (m *Mask) Meet(value any, place string) error {
	if m.met.value != nil && m.met.value != value {
		return &ReuseError{"a mask", m.met.place, place}
	}
	if m.met.value == nil {
		m.count.Used++
	}
	m.met.value, m.met.place = value, place
	return nil
}

// Rows returns the mask of some rows of the value that a mask has met: what was
// opened row by row stays opened, whatever batch a row is in. Its rows are those
// of m with these indices.
func (m *Mask) Rows(b *ring.Buffers, index []int) *Mask {
	rows := &Mask{Share: make([]*tensor.Dense, len(m.Share)), met: m.met, count: m.count}
	for i, s := range m.Share {
		rows.Share[i] = GatherRows(b, s, index)
	}
	return rows
}

// GatherRows returns, in a buffer, a matrix of the rows of x with these indices.
func GatherRows(b *ring.Buffers, x *tensor.Dense, index []int) *tensor.Dense {
	columns := x.Shape()[1]
	out := b.New(len(index), columns)
	for i, r := range index {
		copy(out.Uint64s()[i*columns:(i+1)*columns], x.Uint64s()[r*columns:(r+1)*columns])
	}
	return out
}

package prep

import (
	"gorgonia.org/tensor"

	"unseen/engine/ring"
)

// Mask is a uniform matrix [a] of which nobody but the dealer knows the sum.
type Mask struct {
	Share []*tensor.Dense // by holder
	value any             // what was opened under it
	place string          // where
	count *Count
}

// Mask deals a mask.
func (d *Dealer) Mask(rows, columns int) *Mask {
	d.ledger.Masks.Dealt++
	return &Mask{Share: d.uniform(rows, columns, d.holders), count: &d.ledger.Masks}
}

// Meet notes that a value is opened under the mask. The same value may meet it
// again; another one is a *[ReuseError].
func (m *Mask) Meet(value any, place string) error {
	if m.value != nil && m.value != value {
		return &ReuseError{"a mask", m.place, place}
	}
	if m.value == nil {
		m.count.Used++
	}
	m.value, m.place = value, place
	return nil
}

// Rows returns the mask of some rows of the value that a mask has met: what was
// opened row by row stays opened, whatever batch a row is in. Its rows are those
// of m with these indices.
func (m *Mask) Rows(b *ring.Buffers, index []int) *Mask {
	rows := &Mask{Share: make([]*tensor.Dense, len(m.Share)), value: m.value, place: m.place, count: m.count}
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

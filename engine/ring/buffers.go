package ring

import "gorgonia.org/tensor"

// Buffers hand out matrices and packed bits for results that are needed only until the next step,
// and then use them again: a step that asks for the same shapes in the same order
// as the one before allocates nothing. A nil *Buffers makes new matrices, which is
// what whoever keeps results wants. Buffers belong to one goroutine.
type Buffers struct {
	pools map[int]*bufferPool
	pool  *bufferPool
}

type bufferPool struct {
	list     []*tensor.Dense
	next     int
	words    [][]uint64
	nextWord int
	kept     bool
}

// Reset begins a step: all matrices that were handed out in steps of this kind may
// be used again. Steps of one kind ask for the same shapes; batches of another
// number of rows are another kind.
func (b *Buffers) Reset(kind int) {
	if b == nil {
		return
	}
	if b.pools == nil {
		b.pools = map[int]*bufferPool{}
	}
	if b.pools[kind] == nil || b.pools[kind].kept {
		b.pools[kind] = &bufferPool{}
	}
	b.pool = b.pools[kind]
	b.pool.next, b.pool.nextWord = 0, 0
}

// Keep says that somebody keeps what the step under way has made and will make: it is
// not used again.
func (b *Buffers) Keep() {
	if b != nil && b.pool != nil {
		b.pool.kept = true
	}
}

// New returns a matrix of zeros, as [New] does.
func (b *Buffers) New(rows, columns int) *tensor.Dense {
	if b == nil || b.pool == nil {
		return New(rows, columns)
	}
	p := b.pool
	if p.next < len(p.list) {
		t := p.list[p.next]
		if s := t.Shape(); s[0] == rows && s[1] == columns {
			p.next++
			clear(t.Uint64s())
			return t
		}
		p.list = p.list[:p.next] // another sequence of shapes: forget the rest
	}
	t := New(rows, columns)
	p.list = append(p.list, t)
	p.next++
	return t
}

// Words returns n words of zeros, for packed bits. As a matrix does, they have no room
// to grow into.
func (b *Buffers) Words(n int) []uint64 {
	if b == nil || b.pool == nil {
		return make([]uint64, n)
	}
	p := b.pool
	if p.nextWord < len(p.words) {
		if w := p.words[p.nextWord]; len(w) == n {
			p.nextWord++
			clear(w)
			return w
		}
		p.words = p.words[:p.nextWord]
	}
	w := make([]uint64, n)
	p.words = append(p.words, w)
	p.nextWord++
	return w
}

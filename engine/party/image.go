package party

import (
	"slices"

	"gorgonia.org/tensor"
)

// Image is a store as it was at one moment. It never changes, and consecutive
// images share the tensors that did not change between them.
type Image struct {
	Objects []Object // in the store's order; the tensors must not be written
	version uint64
	bytes   int
}

// Bytes returns the size of the tensors that the image does not share with the
// image before it.
func (m *Image) Bytes() int { return m.bytes }

// Tensors calls f for every tensor of the image that an earlier image of the same
// store, which may be nil, does not have in the same place.
func (m *Image) Tensors(earlier *Image, f func(*tensor.Dense)) {
	if m == earlier {
		return
	}
	before := places{of: earlier}
	for i, o := range m.Objects {
		if old, ok := before.at(i, o.Name); !ok || old.Data != o.Data {
			f(o.Data)
		}
	}
}

// Object returns the object of that name.
func (m *Image) Object(name string) (Object, bool) {
	for _, o := range m.Objects {
		if o.Name == name {
			return o, true
		}
	}
	return Object{}, false
}

// Image copies the store. previous, which may be nil, is an earlier image of the
// same store: what did not change since is shared with it.
func (s *Store) Image(previous *Image) *Image {
	if previous != nil && previous.version == s.version {
		return previous
	}
	m, before := &Image{Objects: make([]Object, len(s.order)), version: s.version}, places{of: previous}
	for i, o := range s.order {
		m.Objects[i] = *o
		if old, ok := before.at(i, o.Name); ok && old.version == o.version {
			m.Objects[i].Data = old.Data
			continue
		}
		if o.Frozen {
			continue // nobody will write to it
		}
		m.Objects[i].Data = o.Data.Clone().(*tensor.Dense)
		m.bytes += 8 * o.Data.Size()
	}
	return m
}

// Images copies the stores of all parties. before, which may be nil, are earlier images of the
// same parties in the same order: what did not change since is shared with them. bytes is what
// the new images hold beside that.
func Images(parties []*Party, before []*Image) (now []*Image, bytes int) {
	const pointer = 8
	now = make([]*Image, len(parties))
	for i, p := range parties {
		var last *Image
		if before != nil {
			last = before[i]
		}
		now[i] = p.Store.Image(last)
		bytes += pointer
		if now[i] != last {
			bytes += now[i].Bytes()
		}
	}
	return now, bytes
}

// places finds the objects of an image, which may be nil, again.
type places struct {
	of    *Image
	index map[string]int // once it is needed: a server has thousands of objects
}

// at finds the object of that name, looking at place i first: order rarely changes.
func (p *places) at(i int, name string) (*Object, bool) {
	if p.of == nil {
		return nil, false
	}
	all := p.of.Objects
	if i < len(all) && all[i].Name == name {
		return &all[i], true
	}
	if p.index == nil {
		p.index = make(map[string]int, len(all))
		for j := range all {
			p.index[all[j].Name] = j
		}
	}
	i, ok := p.index[name]
	if !ok {
		return nil, false
	}
	return &all[i], true
}

// Restore makes the store what it was when the image was taken. The image stays
// as it is: the store gets copies.
func (s *Store) Restore(m *Image) {
	if s.version == m.version {
		return // it still is
	}
	s.objects = make(map[string]*Object, len(m.Objects))
	s.order = make([]*Object, len(m.Objects))
	objects := slices.Clone(m.Objects) // all in one piece
	for i := range objects {
		o := &objects[i]
		if !o.Frozen {
			o.Data = o.Data.Clone().(*tensor.Dense)
		}
		s.order[i], s.objects[o.Name] = o, o
	}
	s.version = m.version
}

package mpc

// Opening is a kind of value that somebody got to know.
type Opening struct {
	What          string // "d = x − a"
	Rows, Columns int
	To            string // "holders", or the one it was revealed to
	Why           string // why it may be known
	Place         string // the operation in which it was first opened
	Times         int    // how often such a value was opened
}

// openings are a protocol's openings, in the order in which each kind first
// appeared.
type openings struct {
	list  []Opening
	index map[Opening]int // of each kind, with Place empty and Times 0
}

// note takes note of an opening.
func (o *openings) note(kind Opening, place string) {
	i, ok := o.index[kind]
	if !ok {
		if o.index == nil {
			o.index = map[Opening]int{}
		}
		i = len(o.list)
		o.index[kind] = i
		kind.Place = place
		o.list = append(o.list, kind)
	}
	o.list[i].Times++
}

// Openings lists what was opened so far: each kind of value, with how often. It is
// a copy.
func (p *Protocol) Openings() []Opening { return append([]Opening(nil), p.openings.list...) }

// SetOpenings makes the list what it was at an earlier moment.
func (p *Protocol) SetOpenings(list []Opening) {
	p.openings = openings{list: append([]Opening(nil), list...), index: map[Opening]int{}}
	for i, o := range list {
		o.Place, o.Times = "", 0
		p.openings.index[o] = i
	}
}

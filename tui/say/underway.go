package say

import (
	"strings"

	"gorgonia.org/tensor"

	"unseen/engine"
	"unseen/engine/trace"
)

// underway finds, for the eyes that see everything, what the share that a message brings is
// one of. No memory has that yet: of a value that is being opened it is what the holders’
// shares of it, less or plus those of its mask, add up to. Which value that is, the first
// holder’s share tells, which is on its way before all others: it comes out exactly. Of
// values that are in no memory, such as an update of weights, nothing is found.
func (s Scene) underway(v trace.Value) (whole *tensor.Dense, ok bool) {
	e := s.Snapshot.Event
	if s.eyed() || e == nil || e.Kind != trace.Sent || v.Form != trace.Share || packedBits(v.Name) {
		return nil, false
	}
	var sender, first engine.PartyImage
	for _, p := range s.Snapshot.Parties {
		if p.ID == e.Party {
			sender = p
		}
		if p.Role == "holder" && first.ID == "" {
			first = p
		}
	}
	data := v.Parts[0].Data
	fits := func(o engine.Object, form trace.Form) bool {
		return o.Form == form && o.Data.Dtype() == tensor.Uint64 && o.Data.Shape().Eq(data.Shape())
	}
	if row, has := sender.Memory.Object("row"); has && strings.HasPrefix(v.Name, "share of row") { // its owner splits it
		return row.Data, fits(row, trace.Plain)
	}
	if sender.Role != "holder" {
		return nil, false
	}
	if sender.ID != first.ID {
		sent, has := s.cameIn(v.Name + " of " + first.ID)
		if !has || !fits(sent, trace.Share) {
			return nil, false
		}
		data = sent.Data
	}
	mask, masked := first.Memory.Object(maskOf(v.Name))
	if !masked { // a comparison's mask has no label
		short, _, _ := strings.Cut(maskOf(v.Name), " ")
		mask, masked = first.Memory.Object(short)
	}
	masked = masked && fits(mask, trace.Share)
	r := make([]uint64, data.Size()) // no mask
	if masked {
		r = mask.Data.Uint64s()
	}
	for _, o := range first.Memory.Objects {
		if !fits(o, trace.Share) || o.Name == mask.Name || strings.HasPrefix(o.Origin, "received from ") {
			continue
		}
		for _, h := range ways {
			if (h.mask != 0) != masked || !h.makes(data.Uint64s(), o.Data.Uint64s(), r) {
				continue
			}
			x, r := s.total(o.Name, data), make([]uint64, data.Size())
			if masked {
				r = s.total(mask.Name, data)
			}
			for i := range x {
				x[i] = h.of(x[i], r[i])
			}
			return tensor.New(tensor.WithShape(data.Shape()...), tensor.WithBacking(x)), true
		}
	}
	return nil, false
}

// cameIn finds what came to somebody under a name: to a holder, or to the party that is sent
// all shares of what belongs to it.
func (s Scene) cameIn(name string) (engine.Object, bool) {
	for _, p := range s.Snapshot.Parties {
		if o, has := p.Memory.Object(name); has && Received(o) {
			return o, true
		}
	}
	return engine.Object{}, false
}

// hiding is a way to hide a value x before it is opened: value·x + mask·r + public.
type hiding struct{ value, mask, public uint64 }

// ways are how holders hide: not at all, x − a, x + r, x + 2^62 + r, and, to find the sign of
// −x, r − x and r − x + 2^62.
var ways = []hiding{{1, 0, 0}, {1, minusOne, 0}, {1, 1, 0}, {1, 1, 1 << 62}, {minusOne, 1, 0}, {minusOne, 1, 1 << 62}}

func (h hiding) of(x, r uint64) uint64 { return h.value*x + h.mask*r + h.public }

// makes reports whether values come of x and r so.
func (h hiding) makes(values, x, r []uint64) bool {
	for i, v := range values {
		if h.of(x[i], r[i]) != v {
			return false
		}
	}
	return true
}

const minusOne = ^uint64(0)

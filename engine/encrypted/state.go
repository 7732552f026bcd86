package encrypted

import (
	"gorgonia.org/tensor"

	"unseen/engine/mode"
	"unseen/engine/mpc"
	"unseen/engine/nn"
	"unseen/engine/party"
	"unseen/engine/prep"
	"unseen/engine/trace"
)

// state is a place in the run: the loop's position, what the holders compute with,
// all memories, and the counters of link and dealer.
type state struct {
	where    position
	x, y     *mpc.Shared
	net      nn.Network[*Number]
	stores   []*party.Image
	cost     trace.Cost
	openings []mpc.Opening
	dealer   prep.Position
	bytes    int
}

// Bytes returns the memory the state does not share with the one before it.
func (s *state) Bytes() int { return s.bytes }

// Tensors calls f for every tensor of the state that an earlier state, which may be
// nil, does not have in the same place.
func (s *state) Tensors(earlier mode.State, f func(*tensor.Dense)) {
	last, _ := earlier.(*state)
	for i, m := range s.stores {
		var before *party.Image
		if last != nil {
			before = last.stores[i]
		}
		m.Tensors(before, f)
	}
	each := func(x *mpc.Shared) {
		for _, t := range x.Share {
			f(t)
		}
	}
	for l := range s.net.W {
		each(s.net.W[l].Shared)
		each(s.net.B[l].Shared)
	}
}

// Save returns the state at the boundary where Run is. Shares are never written to:
// the state keeps them as they are, without the masks that a step to come will open
// the weights under.
func (e *Encrypted) Save(previous mode.State) mode.State {
	e.drop()
	s := &state{where: e.where, x: e.x, y: e.y, net: unmasked(e.net), cost: e.link.Cost(),
		openings: e.protocol.Openings(), dealer: e.deal.Position()}
	var before []*party.Image
	if last, _ := previous.(*state); last != nil {
		before = last.stores
	}
	s.stores, s.bytes = party.Images(e.parties, before)
	for l := range s.net.W {
		s.bytes += 8 * len(e.holders) * (s.net.W[l].Share[0].Size() + s.net.B[l].Share[0].Size())
	}
	return s
}

// unmasked returns a network of the same shares.
func unmasked(net nn.Network[*Number]) nn.Network[*Number] {
	var out nn.Network[*Number]
	for l := range net.W {
		out.W = append(out.W, whole(&mpc.Shared{Name: net.W[l].Name, Share: net.W[l].Share}, net.W[l].bits))
		out.B = append(out.B, whole(&mpc.Shared{Name: net.B[l].Name, Share: net.B[l].Share}, net.B[l].bits))
	}
	return out
}

// drop forgets passing values in all memories.
func (e *Encrypted) drop() {
	for _, p := range e.parties {
		p.Store.DropPassing()
	}
}

// Restore returns to a saved state.
func (e *Encrypted) Restore(saved mode.State) {
	s := saved.(*state)
	e.where, e.x, e.y, e.net = s.where, s.x, s.y, unmasked(s.net)
	for i, p := range e.parties {
		p.Store.Restore(s.stores[i])
	}
	e.link.SetCost(s.cost)
	e.protocol.SetOpenings(s.openings)
	e.deal.Return(s.dealer)
}

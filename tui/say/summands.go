package say

import (
	"math"
	"slices"
	"strings"

	"gorgonia.org/tensor"

	"unseen/engine"
	"unseen/engine/trace"
)

// held collects what the holders have in memory under a name.
func (s Scene) held(name string) (v trace.Value, ok bool) {
	if name == "" {
		return v, false
	}
	v.Name = name
	for _, p := range s.Snapshot.Parties {
		if p.Role != "holder" {
			continue
		}
		o, has := p.Memory.Object(name)
		if !has || o.Form == trace.Plain || o.Data.Dtype() != tensor.Uint64 {
			continue
		}
		v.Form, v.Fraction = o.Form, o.Fraction
		v.Parts = append(v.Parts, trace.Part{Party: p.ID, Data: o.Data})
	}
	return v, len(v.Parts) > 0
}

// summands finds the shares of an opened value: each holder remembers those that it
// received, and its own is what is missing to the sum.
func (s Scene) summands(v trace.Value) []trace.Part {
	var holders []string
	for _, p := range s.Snapshot.Parties {
		if p.Role == "holder" {
			holders = append(holders, p.ID)
		}
	}
	found := map[string]*tensor.Dense{}
	for _, p := range s.Snapshot.Parties {
		for _, of := range holders {
			if o, ok := p.Memory.Object(v.Name + " of " + of); ok && o.Data.Dtype() == tensor.Uint64 && o.Data.Shape().Eq(v.Parts[0].Data.Shape()) {
				found[of] = o.Data
			}
		}
	}
	var parts []trace.Part
	missing := -1
	for _, id := range holders {
		if found[id] == nil {
			if missing >= 0 {
				return nil
			}
			missing = len(parts)
		}
		parts = append(parts, trace.Part{Party: id, Data: found[id]})
	}
	if missing >= 0 {
		parts[missing].Data = rest(v, parts)
	}
	return parts
}

// rest is what the other parts lack to an opened value.
func rest(v trace.Value, parts []trace.Part) *tensor.Dense {
	sum := append([]uint64(nil), v.Parts[0].Data.Uint64s()...)
	for _, p := range parts {
		if p.Data == nil {
			continue
		}
		for i, x := range p.Data.Uint64s() {
			if packedBits(v.Name) {
				sum[i] ^= x
			} else {
				sum[i] -= x
			}
		}
	}
	return tensor.New(tensor.WithShape(v.Parts[0].Data.Shape()...), tensor.WithBacking(sum))
}

// packedBits reports whether a name is one of vectors of bits, 64 to a word.
func packedBits(name string) bool { return name == "δ" || name == "m" }

// uncovered works out what is hidden in an opening where no memory names it: each
// holder’s share of it is that of what was opened, less that of the mask. Of several
// values opened together only the last one’s mask is still in memory.
func (s Scene) uncovered(m moment) (x trace.Value, ok bool) {
	what := m.opens()
	if m.Level() < trace.Round || m.Kind == trace.Sent || packedBits(what) || m.formula == "" {
		return x, false
	}
	if _, named := s.held(m.hides()); named {
		return x, false
	}
	name := "x"
	if hidden := m.named(); hidden != "" {
		name = hidden
	}
	opened, _ := s.held(what)
	mask, has := s.held(maskOf(what))
	if !has || mask.Form != trace.Share || len(opened.Parts) == 0 || !mask.Parts[0].Data.Shape().Eq(opened.Parts[0].Data.Shape()) {
		return x, false
	}
	x = trace.Value{Name: name, Form: trace.Share, Fraction: opened.Fraction}
	shares := s.summands(opened)
	for i, p := range shares {
		for _, q := range mask.Parts {
			if q.Party == p.Party {
				x.Parts = append(x.Parts, trace.Part{Party: p.Party, Data: m.lessMask(p.Data, q.Data, i == 0)})
			}
		}
	}
	return x, len(x.Parts) > 0
}

// lessMask takes a mask off a holder’s share of what was opened; the first holder’s
// share has the public number in it.
func (m moment) lessMask(opened, mask *tensor.Dense, first bool) *tensor.Dense {
	out := append([]uint64(nil), opened.Uint64s()...)
	for i, r := range mask.Uint64s() {
		switch {
		case letter(m.opens()) != "c":
			out[i] += r
		case first && m.cuts():
			out[i] -= r + 1<<62
		default:
			out[i] -= r
		}
	}
	return tensor.New(tensor.WithShape(opened.Shape()...), tensor.WithBacking(out))
}

// What [Scene.knower] says of the rows of a batch: where holders scale them, by what is opened
// to them only, their owners know them as they were.
const (
	ownerKnows       = "the owner of the row knows"
	ownerKnowsUnless = "the owner of the row, but for mean and deviation, knows"
)

// knower says who knows, as in "the dealer knows", what shares add up to without having them all: the dealer what it
// deals, an owner its own rows, who is sent all shares what they come to. It is empty where
// nobody does.
func (s Scene) knower(v trace.Value) string {
	if v.Form != trace.Share {
		return ""
	}
	e := s.Snapshot.Event
	if e != nil && e.Kind == trace.Sent {
		for _, p := range s.Snapshot.Parties {
			switch {
			case p.ID == e.To && p.Role != "holder" && strings.HasPrefix(e.Name(), "share of "):
				return The(p.ID) + " comes to know"
			case p.ID == e.Party && strings.HasPrefix(v.Name, "share of "): // of what it has split
				return The(p.ID) + " knows"
			}
		}
	}
	if _, ok := s.dealt(v); ok {
		return "the dealer knows"
	}
	if e != nil && e.Level() == trace.Operation && e.Name() == "open" {
		return s.openedTo(e) + " know"
	}
	if !s.Predicts() && s.perOwner(v) {
		if s.standardised(v) {
			return ownerKnowsUnless
		}
		return ownerKnows
	}
	for _, p := range s.Snapshot.Parties {
		for _, o := range p.Memory.Objects {
			if o.Form == trace.Plain && strings.EqualFold(o.Name, v.Name) && standsFor(v, o.Data) {
				return The(p.ID) + " knows"
			}
		}
	}
	return ""
}

// standardised reports whether rows are scaled already, by mean and deviation.
func (s Scene) standardised(v trace.Value) bool {
	if e := s.Snapshot.Event; e != nil && e.Name() == "standardise" && len(e.Inputs) > 0 && e.Inputs[0].Parts[0].Data == v.Parts[0].Data {
		return false // it is about to be
	}
	scaled := func(p engine.PartyImage) bool {
		_, has := p.Memory.Object("mean")
		return has
	}
	return strings.EqualFold(v.Name, "x") && slices.ContainsFunc(s.Snapshot.Parties, scaled)
}

// perOwner reports whether a value has rows of the data set: in the middle of an operation
// other things are called x and y.
func (s Scene) perOwner(v trace.Value) bool {
	_, columns := engine.Decode(v).Shape()
	switch v.Name {
	case "raw", "X", "x":
		return columns == len(s.Features)
	case "Y", "y":
		return columns == len(s.Classes)
	}
	return false
}

// standsFor reports whether shares add up to numbers, as exactly as fixed point can write
// them.
func standsFor(v trace.Value, numbers *tensor.Dense) bool {
	if numbers.Dtype() != tensor.Float64 || !numbers.Shape().Eq(v.Parts[0].Data.Shape()) {
		return false
	}
	sum := engine.Decode(v)
	for i, x := range numbers.Float64s() {
		if math.Abs(sum.At(i)-x) > math.Ldexp(1, -v.Fraction) {
			return false
		}
	}
	return true
}

// total adds up the holders’ shares of a value in their memories.
func (s Scene) total(name string, like *tensor.Dense) []uint64 {
	sum := make([]uint64, like.Size())
	v, _ := s.held(name)
	for _, p := range v.Parts {
		if p.Data.Shape().Eq(like.Shape()) {
			for i, x := range p.Data.Uint64s() {
				sum[i] += x
			}
		}
	}
	return sum
}

// dealt finds what the dealer drew, where these eyes see it. Shares that are on their
// way to be put together are of something else, whatever its name.
func (s Scene) dealt(v trace.Value) (*tensor.Dense, bool) {
	if e := s.Snapshot.Event; e != nil && e.Kind == trace.Sent && strings.HasPrefix(e.Name(), "share of ") {
		return nil, false
	}
	for _, p := range s.Snapshot.Parties {
		if o, ok := p.Memory.Object(v.Name); ok && p.Role == "dealer" && o.Data.Dtype() == tensor.Uint64 && o.Data.Shape().Eq(v.Parts[0].Data.Shape()) {
			return o.Data, true
		}
	}
	return nil, false
}

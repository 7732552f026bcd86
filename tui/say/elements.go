package say

import (
	"slices"
	"strings"

	"unseen/engine"
	"unseen/engine/trace"
)

// Nature is what the words of a value are.
type Nature int

// The natures of words.
const (
	Residue Nature = iota // elements of a ring or a field
	Key                   // words of keys, of seeds and of what is sealed: no numbers
	Count                 // whole numbers: how many there are, or who
)

// The values of secure aggregation, by how their words are read; those that begin with a
// space have a worker's name before them.
var (
	inSteps = []string{"x_u", "sum"}
	inMasks = []string{"y_u", "masks to take off", " y"}
	byField = []string{"shares held", "sum of shares", " shares", " sum share"}
	ofKeys  = []string{"c secret", "s secret", "their c", "their s", "everybody's c", "s recovered", " c", " s"}
	ofSeeds = []string{"b", "s pairs", "b recovered"}
	sealed  = []string{"sealed", " sealed"}
	counted = []string{"neighbours", "share holders", "shared", "delivered", "gone", "left and needed"}
)

// among reports whether a name is one of a list.
func among(list []string, name string) bool {
	return slices.ContainsFunc(list, func(of string) bool { return name == of || of[0] == ' ' && strings.HasSuffix(name, of) })
}

// Nature says what the words of a value are.
func (s Scene) Nature(name string) Nature {
	switch aggregates := s.Scenario.Mode == engine.SecureAggregation; {
	case aggregates && among(counted, name):
		return Count
	case aggregates && (among(ofKeys, name) || among(ofSeeds, name) || among(sealed, name)), !aggregates && expands(name):
		return Key
	}
	return Residue
}

// Kind says in one word in what form somebody has a value: as its form says, or that it is a
// key, a seed from which more is expanded, or sealed for somebody else.
func (s Scene) Kind(name string, form trace.Form) string {
	switch aggregates := s.Scenario.Mode == engine.SecureAggregation; {
	case aggregates && among(sealed, name):
		return "sealed"
	case form != trace.Plain || s.Nature(name) != Key:
		return form.String()
	case aggregates && among(ofSeeds, name), strings.HasPrefix(name, "seed of "):
		return "seed"
	}
	return "key"
}

// Modulus returns what the elements of a value are counted modulo: updates are masked and
// added up in a ring just large enough, secrets are shared in a field, and all that is
// trained on in shares is in the ring of 2^64.
func (s Scene) Modulus(name string) engine.Modulus {
	if s.Scenario.Mode == engine.SecureAggregation {
		switch {
		case among(inSteps, name), among(inMasks, name):
			return engine.Modulus{Bits: s.Secure.Quantiser.Bits}
		case among(byField, name):
			return engine.Modulus{Bits: 61, Prime: true}
		}
	}
	return engine.Modulus{Bits: 64}
}

// Decode reads the numbers of an object.
func (s Scene) Decode(o engine.Object) engine.Numbers {
	return engine.DecodePart(o.Data, o.Fraction).In(s.Modulus(o.Name))
}

// InSteps reports whether the elements of a value are those of updates, or of their sum, with
// no mask on them.
func (s Scene) InSteps(name string) bool {
	return s.Scenario.Mode == engine.SecureAggregation && among(inSteps, name)
}

// Masked reports whether an object stands for no number to who holds it: a share, what was
// opened under a mask, a key.
func (s Scene) Masked(o engine.Object) bool {
	switch {
	case o.Form == trace.Share, s.Nature(o.Name) == Key:
		return true
	case s.Scenario.Mode == engine.SecureAggregation:
		return among(inMasks, o.Name)
	}
	return o.Form == trace.Opened && Uniform(o.Name)
}

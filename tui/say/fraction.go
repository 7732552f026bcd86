package say

import (
	"fmt"
	"strings"

	"unseen/engine"
)

// numberKind is what a number of training is for.
type numberKind int

const (
	otherNumber numberKind = iota
	chosenNumber
	sharedRow
	scaledRow
	activation
	slope
	weight
	outputProduct // activations · weights
	weightSlope   // activations · slopes
	inputSlope    // slopes · weights
	squareSum     // of rows as they are shared
)

// kindOf tells what a value is for by its name, as training on shares names it.
func kindOf(name string) numberKind {
	switch name {
	case "y", "Y", "loss":
		return chosenNumber
	case "Σx", "row":
		return sharedRow
	case "Σx²":
		return squareSum
	case "x", "X":
		return scaledRow
	case "p":
		return slope
	case "model":
		return weight
	}
	kinds := map[string]numberKind{"w": weight, "b": weight, "a": activation, "z": outputProduct, "dw": weightSlope, "da": inputSlope, "db": slope, "dz": slope}
	stem := strings.TrimRight(name, "0123456789")
	if stem == name {
		return otherNumber
	}
	return kinds[stem]
}

// PlainFraction is how many fraction bits a number would have in the ring that is no element
// of it.
func (s Scene) PlainFraction() int {
	if s.encrypted() {
		return s.Scenario.Shares.Fraction
	}
	return FractionBits
}

// FractionSum writes of what the fraction bits of an element of the ring consist: "24
// fraction bits = 16 + 8 guard"; empty where they stand for no number.
func (s Scene) FractionSum(o engine.Object) string {
	if !s.encrypted() || o.Fraction == 0 || Uniform(o.Name) {
		return ""
	}
	text := fmt.Sprintf("%d fraction bits", o.Fraction)
	if left, right, ok := s.factors(o); ok {
		return fmt.Sprintf("%s = %d + %d", text, left, right)
	}
	if guard := o.Fraction - s.Scenario.Shares.Fraction; guard > 0 && s.guarded(o) != "" {
		return fmt.Sprintf("%s = %d + %d guard", text, s.Scenario.Shares.Fraction, guard)
	}
	return text
}

// Fraction says in a sentence why an element of the ring has as many fraction bits as it
// has; empty where they stand for no number.
func (s Scene) Fraction(o engine.Object) string {
	if s.FractionSum(o) == "" {
		return ""
	}
	bits := s.bits()
	if left, right, ok := s.factors(o); ok {
		return fmt.Sprintf("%d fraction bits: a product has those of both its factors, %d and %d, until it is truncated.", o.Fraction, left, right)
	}
	why := s.guarded(o)
	switch guard := o.Fraction - bits.Chosen; {
	case guard > 0 && why != "":
		return fmt.Sprintf("%d fraction bits are the %d of --fraction-bits and %d guard bits%s.", o.Fraction, bits.Chosen, guard, why)
	case guard == 0 && s.Scenario.Shares.Truncation == "local":
		return fmt.Sprintf("%d fraction bits, as --fraction-bits says: who truncates locally has no room for guard bits.", o.Fraction)
	case guard == 0:
		return fmt.Sprintf("%d fraction bits, as --fraction-bits says.", o.Fraction)
	}
	return fmt.Sprintf("%d fraction bits: those that this step of a computation has.", o.Fraction)
}

// Precision says how many fraction bits numbers have in this run, and why.
func (s Scene) Precision() string {
	if s.Scenario.Mode == engine.SecureAggregation {
		q := s.Secure.Quantiser
		return fmt.Sprintf("bits after the point; updates are encoded with %d, as many as leave room for the sum over all workers in the ring of 2^%d; everything else is in floating point", q.Fraction, q.Bits)
	}
	if !s.encrypted() {
		return fmt.Sprintf("bits after the point of a number as it would be in the ring of 2^64, here %d; this way to train computes in floating point", s.PlainFraction())
	}
	b := s.bits()
	text := fmt.Sprintf("bits after the point of a number in the ring; %d, as --fraction-bits says", b.Chosen)
	if s.Predicts() && b.Weight > b.Chosen {
		text += fmt.Sprintf(", and guard bits, as in training: activations have %d, probabilities %d, weights %d", b.Value, b.Slope, b.Weight)
	} else if b.Weight > b.Chosen {
		text += fmt.Sprintf(", and guard bits where rounding would add up: activations have %d, slopes %d, weights %d", b.Value, b.Slope, b.Weight)
	}
	return text + "; a product has those of both its factors until it is truncated"
}

func (s Scene) bits() engine.FractionBits { return s.Scenario.FractionBits(s.Train) }

// factors returns how many fraction bits the factors of a product have that is not yet
// truncated.
func (s Scene) factors(o engine.Object) (left, right int, ok bool) {
	b := s.bits()
	switch kindOf(o.Name) {
	case outputProduct:
		left, right = b.Value, b.Weight
		if strings.TrimPrefix(o.Name, "z") == "1" {
			left = b.Rows
		}
	case weightSlope:
		left, right = b.Value, b.Slope
		if strings.TrimPrefix(o.Name, "dw") == "1" {
			left = b.Rows
		}
	case inputSlope:
		left, right = b.Slope, b.Weight
	case squareSum:
		left, right = b.Shared, b.Shared
	case chosenNumber:
		left, right = b.Slope, b.Chosen
	}
	return left, right, left+right == o.Fraction
}

// Truncated returns how many fraction bits a product has once it is truncated; ok is false
// for what is no product, or goes into another one first.
func (s Scene) Truncated(o engine.Object) (fraction int, ok bool) {
	if !s.encrypted() {
		return 0, false
	}
	b := s.bits()
	switch kindOf(o.Name) {
	case outputProduct:
		fraction = b.Value
	case inputSlope:
		fraction = b.Slope
	case chosenNumber:
		fraction = b.Chosen
	}
	_, _, product := s.factors(o)
	return fraction, product && fraction > 0
}

// Product reports whether an object is a product that is not yet truncated.
func (s Scene) Product(o engine.Object) bool {
	if !s.encrypted() {
		return false
	}
	_, _, ok := s.factors(o)
	return ok
}

// guarded says why a number has guard bits; empty if that is not why it has as many bits.
func (s Scene) guarded(o engine.Object) string {
	b := s.bits()
	has, why := 0, ""
	kind := kindOf(o.Name)
	if o.Name == "X" && o.Fraction == b.Shared { // not yet standardised
		kind = sharedRow
	}
	switch kind {
	case sharedRow:
		has, why = b.Shared, ", as many as leave room for the sum of squares of a column, from which the holders scale it"
	case scaledRow, activation:
		has, why = b.Value, ": what rounding adds may turn the sign of a z near 0, and with it the slope"
	case slope:
		has, why = b.Slope, "; more would leave too little room for the learning rate, which multiplies a slope"
	case weight:
		has, why = b.Weight, ", the most: a weight keeps what is rounded off at each step"
	}
	if has != o.Fraction {
		return ""
	}
	if s.Predicts() {
		return ", as in training"
	}
	return why
}

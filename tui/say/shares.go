package say

import (
	"fmt"
	"strconv"
	"strings"

	"gorgonia.org/tensor"

	"unseen/engine"
	"unseen/engine/trace"
)

// expands reports whether a value is a key or a seed, from which others are expanded: it is
// no summand, and stands for no number.
func expands(name string) bool {
	return strings.HasPrefix(name, "key ") || strings.HasPrefix(name, "seed of ")
}

// row is what is told of one value: what each party holds of one of its cells, and
// what that adds up to.
func (s Scene) row(v trace.Value, at Cell, lane int) (Sharing, bool) {
	if len(v.Parts) == 0 || v.Parts[0].Data.Dtype() != tensor.Uint64 {
		return Sharing{}, false
	}
	line := Sharing{Name: v.Name, Form: v.Form}
	parts := v.Parts
	if v.Form == trace.Opened {
		if list := s.summands(v); list != nil {
			parts = list
		}
	}
	var word func(t *tensor.Dense) uint64
	whole := false
	if packedBits(v.Name) {
		if lane < 0 {
			return Sharing{}, false
		}
		line.Bits = min(v.Parts[0].Data.Shape()[0], 64)
		if lane/64 >= v.Parts[0].Data.Shape()[1] {
			return Sharing{}, false
		}
		word = func(t *tensor.Dense) uint64 { return laneOf(t, lane, line.Bits) }
	} else {
		c := inside(at, v.Parts[0].Data)
		line.Row, line.Col = c.Row, c.Col
		cols := v.Parts[0].Data.Shape()[1]
		whole = v.Parts[0].Data.Size() == 1
		word = func(t *tensor.Dense) uint64 { return t.Uint64s()[c.Row*cols+c.Col] }
		line.Value = engine.DecodePart(v.Parts[0].Data, v.Fraction).At(c.Row*cols + c.Col)
		if v.Form == trace.Share {
			line.Value = engine.Decode(v).At(c.Row*cols + c.Col)
		}
	}
	line.Scalar = whole || line.Bits > 0
	for _, p := range parts {
		line.Parts = append(line.Parts, Summand{p.Party, word(p.Data)})
	}
	line.Known = v.Form != trace.Share || !s.eyed() && len(parts) > 1
	line.Knows = s.knower(v)
	if line.Known {
		line.Sum = written(v, line, word(v.Parts[0].Data))
	} else if whole, ok := s.dealt(v); ok {
		line.Known, line.Sum = true, Short(word(whole))
	} else if whole, ok := s.underway(v); ok && line.Bits == 0 {
		line.Known, line.Value = true, engine.DecodePart(whole, v.Fraction).At(line.Row*whole.Shape()[1]+line.Col)
		line.Form = trace.Share
		if line.Sum = "→ " + number(line.Value); Uniform(v.Name) {
			line.Sum = Short(word(whole))
		}
	}
	return line, true
}

// written writes what a row adds up to: a number where it is one, else the word or bits.
func written(v trace.Value, line Sharing, word uint64) string {
	if v.Form == trace.Share {
		word = 0
		for _, p := range line.Parts {
			word += p.Word
		}
	}
	switch {
	case line.Bits > 0:
		return binary(word, line.Bits)
	case letter(v.Name) == "ρ":
		return strconv.FormatUint(word, 10)
	case Uniform(v.Name):
		return Short(word)
	}
	return "→ " + number(line.Value)
}

// Short writes the ends of an element of the ring.
func Short(word uint64) string {
	hex := fmt.Sprintf("%016x", word)
	return hex[:4] + "…" + hex[14:]
}

// Uniform reports whether a value is a mask or hidden under one: it stands for no
// number.
func Uniform(name string) bool {
	switch letter(name) {
	case "c", "d", "e", "δ", "m": // of the last two every bit has a mask of its own
		return true
	case "a", "b", "r":
		short, _, _ := strings.Cut(name, " ")
		return letter(name) == short
	}
	return false
}

// binary writes n bits, the first first; of many the first ones.
func binary(word uint64, n int) string {
	const most = 8
	var b strings.Builder
	for i := range min(n, most) {
		b.WriteByte('0' + byte(word>>i&1))
	}
	if n > most {
		b.WriteString("…")
	}
	return b.String()
}

// Written writes a word of bits.
func (s Sharing) Written(word uint64) string { return binary(word, s.Bits) }

// laneOf takes one element's bit of each vector.
func laneOf(t *tensor.Dense, lane, n int) uint64 {
	words, data := t.Shape()[1], t.Uint64s()
	var out uint64
	for i := range n {
		out |= data[i*words+lane/64] >> (lane % 64) & 1 << i
	}
	return out
}

// table fills in what the event and the memories around it hold of one cell.
func (s Scene) table(t *Telling, m moment, values []trace.Value, at Cell) {
	before, after := m.around()
	if m.Kind == trace.Sent { // it carries what it carries
		before, after = nil, nil
	}
	var list []trace.Value
	add := func(names []string) {
		for _, name := range names {
			if v, ok := s.held(name); ok {
				list = append(list, v)
			}
		}
	}
	add(before)
	if x, ok := s.uncovered(m); ok {
		list = append([]trace.Value{x}, list...)
	}
	if len(before) > 0 {
		if v, ok := s.held(m.opens()); ok {
			list = append(list, v)
		} else if m.Kind == trace.Open { // to one that holds no shares
			list = append(list, values...)
		}
	} else if m.inner == "truncate" && len(m.Inputs) > 1 && len(m.Inputs) == len(m.Outputs) {
		for i := range m.Inputs[:min(3, len(m.Inputs))] {
			list = append(list, m.Inputs[i], m.Outputs[i])
		}
	} else {
		own := values[:min(len(values), len(m.Inputs))]
		list = append(list, own...)
		add(after)
		list = append(list, values[len(own):]...)
	}
	lane := -1
	for _, name := range []string{"r", m.opens()} { // has the shape of what is compared
		if v, ok := s.held(name); ok && lane < 0 && !packedBits(name) {
			c := inside(at, v.Parts[0].Data)
			lane = c.Row*v.Parts[0].Data.Shape()[1] + c.Col
			at = c
		}
	}
	const most = 8
	if len(list) > most {
		list = list[len(list)-most:]
	}
	for _, v := range list {
		if expands(v.Name) {
			continue
		}
		line, ok := s.row(v, at, lane)
		if !ok {
			continue
		}
		if m.Kind == trace.Sent && strings.HasPrefix(m.Name(), "share of ") { // a holder sends its own share
			for i := range line.Parts {
				line.Parts[i].Party = m.Party
			}
		}
		t.Shares = append(t.Shares, line)
	}
	s.comparison(t, m, at)
}

// parcels is the table of a value that its owner split: one column a holder.
func (s Scene) parcels(t *Telling, e *trace.Event, at Cell) bool {
	if e.Name() != "split" || len(e.Outputs) == 0 {
		return false
	}
	whole := e.Inputs[0]
	if line, ok := s.row(whole, at, -1); ok {
		line.Parts, line.Known, line.Form = nil, true, trace.Share
		cols := whole.Parts[0].Data.Shape()[1]
		for _, v := range e.Outputs {
			_, holder, _ := strings.Cut(v.Name, " for ")
			line.Parts = append(line.Parts, Summand{holder, v.Parts[0].Data.Uint64s()[line.Row*cols+line.Col]})
		}
		line.Sum = "→ " + number(line.Value)
		line.Knows = The(e.Party) + " knows" // it has drawn them all
		t.Shares = append(t.Shares, line)
	}
	return true
}

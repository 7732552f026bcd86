package say

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"gorgonia.org/tensor"

	"unseen/engine"
	"unseen/engine/trace"
)

// moment is where in a protocol on shares an event stands.
type moment struct {
	*trace.Event
	layer        int    // 0 outside
	part         string // forward, backward; empty elsewhere
	outer, inner string // the outermost and the innermost operation; empty outside
	round        string // of a round or what is in it: what it opens; empty elsewhere
}

func momentOf(e *trace.Event) moment {
	m := moment{Event: e}
	for _, s := range e.Path {
		switch s.Level {
		case trace.Layer:
			m.layer, m.part = s.Index, s.Part
		case trace.Operation:
			if m.inner = s.Name; m.outer == "" {
				m.outer = s.Name
			}
		case trace.Round:
			m.round = s.Name
		}
	}
	return m
}

// opens names what a round opens: "d" of "open d", "δ" where digits are combined.
func (m moment) opens() string {
	switch {
	case m.Kind == trace.Open:
		return m.Name()
	case m.round == "combine digits":
		return "δ"
	}
	what, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(m.round, "open "), "reveal "), ", ")
	return what
}

// letter is a name without what tells it from others of its kind: "d" of "d w1", "c"
// of "c2". A mask has no number: "a1" and "b1" are of layer 1.
func letter(name string) string {
	short, _, _ := strings.Cut(name, " ")
	if stem := strings.TrimRight(short, "0123456789"); stem == "c" || stem == "d" || stem == "e" {
		return stem
	}
	return short
}

// opening tells of what a round opened, or of the opening itself.
func (m moment) opening() phrase {
	hidden := m.hides()
	of := hidden
	if of == "" {
		of = "x"
	}
	switch what := m.opens(); letter(what) {
	case "d", "e":
		mask := maskOf(what)
		if mask == "" {
			mask = "a"
		}
		return phrase{fmt.Sprintf("%s is known, %s is not", what, of),
			fmt.Sprintf("Every holder knows %s now. The mask %s is uniform and nobody among them has it: %s can still be any number.", what, mask, of),
			fmt.Sprintf("%s = %s − %s", what, of, mask)}
	case "c":
		if m.compares() {
			return phrase{"First step of comparing: c is known",
				fmt.Sprintf("The dealer’s r hides %s. Of c the holders know every bit, of r they have shares of every bit: from both comes the sign, and no holder learns it.", of),
				"c = r − " + of + " + 2^62"}
		}
		return phrase{"First step of cutting: c is known",
			fmt.Sprintf("The dealer’s r hides %s. c is cut in public, and shares of the cut r are taken off again, each holder by itself.", of),
			"c = " + of + " + 2^62 + r"}
	case "δ":
		return phrase{"Comparing digits, bit by masked bit",
			"Is c less than r? Blocks of digits are compared and joined four at a time; every bit is opened under a random bit of its own, so none says anything.",
			"(lt, eq) ∘ (lt’, eq’) = (lt ⊕ eq∧lt’, eq∧eq’)"}
	case "m":
		return phrase{"The sign, under a random bit",
			"The holders know m. Nobody knows ρ, so nobody knows the sign; yet from m and shares of ρ each computes its share of it.",
			"m = sign ⊕ ρ"}
	case "loss":
		return phrase{"The loss is released",
			"Every holder knows this one number of the batch, and the ledger says so. It was put together on purpose: --reveal-loss=false keeps it hidden.",
			"loss = Σ [loss]"}
	case "Σx", "Σx²":
		return phrase{"Two sums of each column are released",
			"The holders know the sum and the sum of squares of each column over all training rows, and nothing of a single row. Mean and deviation follow.",
			"mean = Σx / n,  σ² = Σx² / n − mean²"}
	case "model":
		return phrase{"The model is revealed to its owner",
			"All holders sent their shares to the server: it alone adds them up, and it alone knows the model.", "model = Σ [model]"}
	}
	return phrase{}
}

// compares reports whether c is opened to find a sign: truncations have a span of
// their own, but in a ReLU, whose truncation is free.
func (m moment) compares() bool {
	return m.inner == "relu" || m.inner == "less-than" || m.inner == "sign" || m.inner == "max"
}

// hides names what is hidden under the mask of a round; empty where the place does
// not tell.
func (m moment) hides() string {
	what := m.opens()
	if _, of, ok := strings.Cut(what, " "); ok && (letter(what) == "d" || letter(what) == "e") {
		return of
	}
	l := strconv.Itoa(m.layer)
	switch {
	case m.outer == "matmul" && m.part == "forward" && what == "d":
		if m.layer == 1 {
			return "x"
		}
		return "a" + strconv.Itoa(m.layer-1)
	case m.outer == "matmul" && m.part == "backward" && what == "e":
		return "dz" + l
	case m.outer == "relu" && m.part == "forward":
		return "z" + l
	case m.outer == "relu" && m.part == "backward":
		return "da" + strconv.Itoa(m.layer-1)
	}
	return ""
}

// maskOf names the mask of what is opened: a of d, b of e, r of c.
func maskOf(what string) string {
	short := letter(what)
	if rest := strings.TrimPrefix(what, short); rest != "" && rest[0] != ' ' {
		return "" // one of several masks of one name
	}
	mask := map[string]string{"d": "a", "e": "b", "c": "r"}[short]
	if mask == "" {
		return ""
	}
	return mask + strings.TrimPrefix(what, short)
}

// around lists the values in the holders' memories that an event is told with, beside
// its own: what is hidden, its mask, what was opened.
func (m moment) around() (before, after []string) {
	switch {
	case m.opens() != "" && m.Level() >= trace.Round:
		return []string{m.hides(), maskOf(m.opens())}, nil
	case m.Level() != trace.Operation || m.inner != m.outer:
		if m.inner == "truncate" {
			return nil, []string{"r", "c"}
		}
		return nil, nil
	}
	switch m.inner {
	case "matmul":
		return nil, m.factors()
	case "square", "mul":
		return nil, []string{"a", "d", "b", "e", "c"}
	case "truncate":
		return nil, []string{"r", "c"}
	case "relu":
		if m.part == "forward" {
			return nil, []string{"r", "c", "m", "ρ"}
		}
		return nil, []string{"r", "c"}
	case "mask":
		return nil, nil
	}
	return nil, nil
}

// factors names the masks of a product's two factors and what was opened under them.
func (m moment) factors() []string {
	if len(m.Inputs) < 2 {
		return nil
	}
	x, y := m.Inputs[0].Name, m.Inputs[1].Name
	switch {
	case m.part == "forward" && m.layer == 1:
		return []string{"a " + y, "d " + y, "c"} // the rows were masked once for all epochs
	case m.part == "forward":
		return []string{"a", "d", "a " + y, "d " + y, "c"}
	case strings.HasPrefix(x, "dz"):
		return []string{"b", "e", "a " + y, "d " + y, "c"}
	}
	return []string{"b", "e", "c"}
}

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
	if line.Known {
		line.Sum = written(v, line, word(v.Parts[0].Data))
	} else if whole, ok := s.dealt(v); ok {
		line.Known, line.Sum = true, Short(word(whole))
	}
	return line, true
}

// dealt finds what the dealer drew, where these eyes see it.
func (s Scene) dealt(v trace.Value) (*tensor.Dense, bool) {
	for _, p := range s.Snapshot.Parties {
		if o, ok := p.Memory.Object(v.Name); ok && p.Role == "dealer" && o.Data.Dtype() == tensor.Uint64 && o.Data.Shape().Eq(v.Parts[0].Data.Shape()) {
			return o.Data, true
		}
	}
	return nil, false
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
	case uniformName(v.Name):
		return Short(word)
	}
	return "→ " + number(line.Value)
}

// Short writes the ends of an element of the ring.
func Short(word uint64) string {
	hex := fmt.Sprintf("%016x", word)
	return hex[:4] + "…" + hex[14:]
}

// uniformName reports whether a value is a mask or hidden under one: it stands for no
// number.
func uniformName(name string) bool {
	switch letter(name) {
	case "c", "d", "e":
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
		if line, ok := s.row(v, at, lane); ok {
			t.Shares = append(t.Shares, line)
		}
	}
	s.comparison(t, m, at)
}

// comparison works out how the bits of c and r give the sign of one number, for the
// eyes that see everything: no party knows r.
func (s Scene) comparison(t *Telling, m moment, at Cell) {
	if m.inner != "relu" || m.part != "forward" || m.Kind == trace.Sent || s.eyed() {
		return
	}
	cv, okC := s.held("c")
	rv, okR := s.held("r")
	if !okC || !okR || cv.Form != trace.Opened || !cv.Parts[0].Data.Shape().Eq(rv.Parts[0].Data.Shape()) {
		return
	}
	i := inside(at, cv.Parts[0].Data)
	k := i.Row*cv.Parts[0].Data.Shape()[1] + i.Col
	c, r := engine.Decode(cv).Word(k), engine.Decode(rv).Word(k)
	c -= 1 << 62 // the same opening serves the truncation
	low := uint64(1)<<63 - 1
	differ := (c ^ r) & low
	t.Work = append(t.Work, "c  "+digits(c)+"  without the 2^62", "r  "+digits(r)+"  the dealer’s")
	less, word := c&low < r&low, "no digit differs"
	if differ != 0 {
		digit := (bits.LeadingZeros64(differ)) / 4
		sign := ">"
		if less {
			sign = "<"
		}
		word = fmt.Sprintf("first different digit: the %s, %s %s %s", nth(digit+1), hexDigit(c&low, digit), sign, hexDigit(r&low, digit))
	}
	borrow := uint64(0)
	if less {
		borrow = 1
	}
	sign := c>>63 ^ r>>63 ^ borrow
	what := "so c − r"
	if of := m.hides(); of != "" {
		what = "so −" + of
	}
	t.Work = append(t.Work, word, fmt.Sprintf("top bits %d ⊕ %d, c < r below them: %d; %s %s", c>>63, r>>63, borrow, what, [2]string{"is not negative", "is negative"}[sign]))
}

func hexDigit(x uint64, i int) string { return fmt.Sprintf("%x", x>>(60-4*i)&15) }

// digits writes an element of the ring in groups of four digits of four bits.
func digits(x uint64) string {
	hex := fmt.Sprintf("%016x", x)
	return hex[:4] + " " + hex[4:8] + " " + hex[8:12] + " " + hex[12:]
}

func nth(n int) string {
	switch {
	case n%10 == 1 && n != 11:
		return strconv.Itoa(n) + "st"
	case n%10 == 2 && n != 12:
		return strconv.Itoa(n) + "nd"
	case n%10 == 3 && n != 13:
		return strconv.Itoa(n) + "rd"
	}
	return strconv.Itoa(n) + "th"
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
		t.Shares = append(t.Shares, line)
	}
	return true
}

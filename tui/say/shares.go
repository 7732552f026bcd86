package say

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"
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

// knower says who knows, as in "the dealer knows", what shares add up to without having them all: the dealer what it
// deals, an owner its own rows, who is sent all shares what they come to. It is empty where
// nobody does.
func (s Scene) knower(v trace.Value) string {
	if v.Form != trace.Share {
		return ""
	}
	if e := s.Snapshot.Event; e != nil && e.Kind == trace.Sent {
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
	if !s.Predicts() && slices.Contains([]string{"raw", "X", "x", "Y", "y"}, v.Name) {
		return "the owner of the row knows"
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
		line.Knows = The(e.Party) + " knows" // it has drawn them all
		t.Shares = append(t.Shares, line)
	}
	return true
}

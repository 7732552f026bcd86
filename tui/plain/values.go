package plain

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/say"
	"unseen/tui/widget"
)

// object is something in a party's memory, and a cell of it.
type object struct {
	engine.Object
	party    engine.PartyImage
	row, col int
	cell     bool // a cell was asked for
}

// cellAt is a cell after a name, as in w1[2,0].
var cellAt = regexp.MustCompile(`^(.*\S)\s*\[(\d+),\s*(\d+)\]$`)

// object returns the object that words name: a party, then what is in its memory, and maybe
// a cell of it.
func (p *plain) object(usage string, args []string) (object, error) {
	if len(args) < 2 {
		return object{}, errors.New(usage)
	}
	party, err := p.reach(args[0])
	if err != nil {
		return object{}, err
	}
	o, name := object{party: party}, strings.Join(args[1:], " ")
	whole, found := party.Memory.Object(name)
	if m := cellAt.FindStringSubmatch(name); !found && m != nil {
		if whole, found = party.Memory.Object(m[1]); found {
			o.row, _ = strconv.Atoi(m[2]) // what is too large for a number is outside
			o.col, _ = strconv.Atoi(m[3])
			o.cell = true
			if s := whole.Data.Shape(); o.row >= s[0] || o.col >= s[1] || len(m[2]) > 9 || len(m[3]) > 9 {
				return object{}, fmt.Errorf("%s is %s: cells go from [0,0] to [%d,%d]", whole.Name, shape(whole.Data), s[0]-1, s[1]-1)
			}
		}
	}
	if !found {
		return object{}, fmt.Errorf("%s has no %q; memory %s lists what it has", party.ID, name, args[0])
	}
	o.Object = whole
	return o, nil
}

// reach returns a party whose memory the eyes know.
func (p *plain) reach(name string) (engine.PartyImage, error) {
	party, err := p.find(name)
	if err == nil && !p.scene.Snapshot.Knows(party.ID) {
		err = fmt.Errorf("%s cannot look into the memory of %s; eyes 0 looks at everything", say.Subject(p.eyes), say.The(party.ID))
	}
	return party, err
}

// index is the place of the cell among the numbers of the object.
func (o object) index() int { return o.row*o.Data.Shape()[1] + o.col }

// fraction is how many bits after the point the object has, or would have in the ring.
func (p *plain) fraction(o object, n engine.Numbers) int {
	if n.Ring() {
		return o.Fraction
	}
	return p.scene.PlainFraction()
}

// value reads one cell in every way it can be written, with what each party holds of it
// and the bits it takes.
func value(p *plain, _ context.Context, args []string) error {
	o, err := p.object("value takes a party, an object and a cell: value server w1[2,0]", args)
	if err != nil {
		return err
	}
	n := p.scene.Decode(o.Object)
	word, fraction, fits, ring := n.Word(o.index()), p.fraction(o, n), true, n.Modulus()
	if !n.Ring() {
		word, fits = engine.Fixed(n.At(o.index()), fraction)
	}
	p.line("%s[%d,%d] of %s, %s: %s.", o.Name, o.row, o.col, say.The(o.party.ID), p.scene.Kind(o.Name, o.Form), p.kind(o, n))
	if why := p.scene.Fraction(o.Object); why != "" {
		p.paragraph(why)
	}
	switch {
	case p.scene.Masked(o.Object):
	case n.Ring() && fraction == 0:
		p.line("decoded: %d", ring.Signed(word))
	default:
		p.line("decoded: %s", strconv.FormatFloat(n.At(o.index()), 'g', -1, 64))
	}
	if fits {
		if p.scene.Nature(o.Name) == say.Residue {
			p.line("signed: %d", ring.Signed(word))
		}
		p.line("unsigned: %d", word)
		p.line("hex: %s", ring.Hex(word))
		p.line("bits: %s", ring.Binary(word))
	} else {
		p.line("It does not fit into the ring.")
	}
	p.held(o)
	switch {
	case p.scene.Nature(o.Name) == say.Key:
	case p.scene.Masked(o.Object) && o.Form != trace.Share:
		p.line("It is hidden under a mask, and uniform: it stands for no number.")
	default:
		p.ruler(o, n)
	}
	return nil
}

// kind says what a cell of an object is.
func (p *plain) kind(o object, n engine.Numbers) string {
	ring := n.Modulus()
	switch nature := p.scene.Nature(o.Name); {
	case !n.Ring():
		return fmt.Sprintf("a number; in the ring it would have %d bits after the point", p.fraction(o, n))
	case nature == say.Key:
		return "a word of a key, or of what is sealed: it stands for no number"
	case nature == say.Count:
		return "a whole number"
	case ring.Prime:
		return fmt.Sprintf("an element of the field of %v", ring)
	case p.scene.InSteps(o.Name):
		return fmt.Sprintf("an element of the ring of %v, in steps of 2^−%d", ring, p.scene.Secure.Quantiser.Fraction)
	case p.scene.Masked(o.Object) && o.Form != trace.Share, ring.Bits < 64:
		return fmt.Sprintf("an element of the ring of %v", ring)
	}
	return fmt.Sprintf("an element of the ring of %v, %s after the point", ring, count(p.fraction(o, n), "bit", "bits"))
}

// held reads what each party holds of a cell.
func (p *plain) held(o object) {
	if o.Form != trace.Share {
		var others []string
		for _, party := range p.scene.Snapshot.Parties {
			if _, ok := party.Memory.Object(o.Name); ok && party.ID != o.party.ID {
				others = append(others, party.ID)
			}
		}
		switch {
		case p.eyes != "":
			p.line("Who else has %s, %s does not know.", o.Name, p.eyes)
		case len(others) == 0:
			p.line("Nobody else has %s in memory.", o.Name)
		default:
			p.line("A %s is in the memory of %s, too.", o.Name, say.Few(strings.Join(others, ", ")))
		}
		return
	}
	v, whole := p.scene.Whole(o.Object)
	switch apart := say.Apart(o.Object); {
	case apart != "":
		p.line("%s of %s: %s", o.Name, o.party.ID, apart)
		return
	case !whole && (p.eyes == "" || !p.scene.Scenario.OnShares()):
		p.line("Alone it says nothing, and each party has its own.")
		return
	}
	for _, part := range v.Parts {
		word := engine.DecodePart(part.Data, 0).Word(o.index())
		p.line("share of %s: %016x, unsigned %d, signed %d, bits %064b", part.Party, word, word, int64(word), word)
	}
	if p.eyes != "" {
		p.line("What the others hold, and what all shares add up to, %s does not know.", p.eyes)
		return
	}
	sum := engine.Decode(v)
	word := sum.Word(o.index())
	means := "stands for " + strconv.FormatFloat(sum.At(o.index()), 'g', -1, 64)
	if say.Uniform(o.Name) {
		means = "is uniform, too: it stands for no number"
	}
	p.line("They add up to %016x modulo 2^64, unsigned %d, signed %d, which %s. Nobody sees this sum.", word, word, int64(word), means)
}

// ruler reads how the 64 bits of the largest number of an object are used.
func (p *plain) ruler(o object, n engine.Numbers) {
	if o.Form == trace.Share {
		if p.eyes != "" {
			return // a share fills all 64 bits, and says nothing of the value
		}
		v, whole := p.scene.Whole(o.Object)
		if !whole {
			return
		}
		n = engine.Decode(v)
	}
	largest := 0.0
	for i := range n.Len() {
		largest = max(largest, math.Abs(n.At(i)))
	}
	fraction, whole, bits := p.fraction(o, n), engine.IntegerBits(largest), n.Modulus().Bits
	tell := func(of string, whole, fraction int) {
		if room := bits - 1 - whole - fraction; room >= 0 {
			p.line("%s: of %d bits 1 is the sign, %d before the point, %d after it, %d free.", of, bits, whole, fraction, room)
		} else {
			p.line("%s: overflows, 1 and %d and %d bits do not fit into %d.", of, whole, fraction, bits)
		}
	}
	tell(fmt.Sprintf("The largest number of %s is %.6g in size", o.Name, largest), whole, fraction)
	if bits < 64 || p.scene.Nature(o.Name) != say.Residue {
		return // such numbers are never multiplied
	}
	tell("A product of two of them, not yet truncated", 2*whole, 2*fraction)
}

// distribution reads how the numbers of an object are distributed.
func distribution(p *plain, _ context.Context, args []string) error {
	o, err := p.object("distribution takes a party and an object: distribution 1 X", args)
	if err != nil {
		return err
	}
	n := p.scene.Decode(o.Object)
	if n.Ring() && p.scene.Nature(o.Name) != say.Count {
		p.uniformity(o, n)
		return nil
	}
	e := say.ExtentOf(n)
	p.line("%s: %s, %s of them 0; least %.6g, mean %.6g, largest %.6g.", o.Name, count(n.Len(), "number", "numbers"), widget.Count(e.Zeros), e.Low, e.Mean, e.High)
	if !e.Wide() {
		return nil
	}
	const bins = engine.Cells / 2
	for i, c := range e.Histogram(n, bins) {
		p.line("from %.4g to %.4g: %s", e.Edge(i, bins), e.Edge(i+1, bins), widget.Count(c))
	}
	return nil
}

// uniformity says where in the ring elements lie, and whether that looks like noise.
func (p *plain) uniformity(o object, n engine.Numbers) {
	by := "their first hex digit"
	if ring := n.Modulus(); ring.Bits%4 != 0 {
		by = fmt.Sprintf("sixteenths of %v", ring)
	}
	spread := say.SpreadOf(n)
	p.line("%s: %s, %s. By %s:", o.Name, count(n.Len(), "element", "elements"), p.scene.Kind(o.Name, o.Form), by)
	for i, c := range spread.Counts {
		p.line("%x: %s", i, widget.Count(c))
	}
	p.line("%s: %s: %s.", o.Name, spread.Verdict, spread.Why)
}

// origin says where a value came from, one operation at a time.
func origin(p *plain, ctx context.Context, args []string) error {
	switch {
	case len(args) == 0 && len(p.way) == 0:
		return errors.New("origin takes a party, an object and maybe a cell: origin server w1[2,0]")
	case len(args) == 0:
	case len(args) == 1 && args[0] == "back" && len(p.way) > 1:
		p.way = p.way[:len(p.way)-1]
	case len(args) == 1 && args[0] == "more" && len(p.inputs) > mostInputs:
		p.listInputs(mostInputs, len(p.inputs))
		return nil
	case len(args) == 1:
		n, err := strconv.Atoi(args[0])
		if len(p.way) == 0 || err != nil || n < 1 || n > len(p.inputs) {
			return errors.New("origin goes on with the number of one of those that the last value was made from; origin back returns")
		}
		p.way = append(p.way, p.inputs[n-1])
	default:
		o, err := p.object("", args)
		if err != nil {
			return err
		}
		of := engine.SourceOf(o.party.ID, o.Object)
		if o.cell {
			of = engine.CellOf(o.party.ID, o.Object, o.row+1, o.col+1)
		}
		p.way, p.from = []engine.Source{of}, p.all
	}
	return p.trace(ctx)
}

// trace reads what the last value on the way back was made from.
func (p *plain) trace(ctx context.Context) error {
	of := p.way[len(p.way)-1]
	made, err := engine.Trace(ctx, p.run, p.from, of, p.eyes)
	if err != nil {
		return err
	}
	read, err := made.Read(ctx, p.run, p.from, p.eyes)
	if err != nil {
		return err
	}
	p.inputs, p.read, of = made.Inputs, read, made.Of
	p.way[len(p.way)-1] = of // it knows whose row that is
	var names []string
	for _, s := range p.way {
		names = append(names, part(s))
	}
	if len(names) > 1 {
		p.line("The way back: %s.", strings.Join(names, ", made from "))
	}
	p.line("%s, %s, in %s memory, %s: %s.", part(of), of.Form, say.Whose(of.Party), since(of.Step), of.Origin)
	p.numbers(read, of)
	if e := made.Event; e != nil {
		var where []string
		for _, s := range e.Path {
			where = append(where, strings.ReplaceAll(s.String(), "/", " of "))
		}
		p.line("By: %s.", widget.Plain(strings.Join(where, ", ")))
	}
	if of.Whose != "" {
		p.line("Its row %d (%d in cells, which count from 0) is row %d of the data: that of %s.", of.Row, of.Row-1, of.Record, of.Whose)
	}
	if where, columns, at, ok := p.scene.InFile(p.run.Dataset(), of); ok {
		if at >= 0 {
			p.line("It was made of column %s.", columns[at])
		}
		p.paragraph(where + ": " + strings.Join(columns, "; ") + ".")
	}
	switch {
	case made.Hidden:
		p.line("It came in the message “%s” from %s. What that made it from, %s does not know.", made.Event.Name(), made.Event.Party, of.Party)
	case of.Step == 0:
		p.line("It was there before the first step: the way back ends here.")
	case len(made.Inputs) == 0 && made.Event != nil && made.Event.Kind == trace.Sent:
		p.line("It came in the message “%s” from %s, which had drawn it: it is random, and the way back ends here.", made.Event.Name(), made.Event.Party)
	case len(made.Inputs) == 0:
		p.line("It was drawn at this step, from nothing that was in memory: the way back ends here.")
	default:
		p.line("Made from these; origin and a number goes on with one of them:")
	}
	p.listInputs(0, min(mostInputs, len(p.inputs)))
	if more := len(p.inputs) - mostInputs; more > 0 {
		p.line("and %s more, which origin more lists.", widget.Count(more))
	}
	return nil
}

// mostInputs is how many of those that a value was made from are listed at once.
const mostInputs = 24

// listInputs lists what the last value on the way back was made from, from one place to
// before another.
func (p *plain) listInputs(from, to int) {
	of := p.way[len(p.way)-1]
	for i, in := range p.inputs[from:to] {
		text := fmt.Sprintf("%d: %s", from+i+1, part(in))
		if in.Party != of.Party {
			text += " of " + in.Party
		}
		if in.Whose != "" && in.Whose != of.Whose {
			text += ", the row of " + in.Whose
		}
		if r, ok := p.read[in]; ok {
			text += ": " + p.scene.Cells(r, in, 1)
		}
		p.line("%s, %d by %d, %s, %s", text, in.Rows, in.Columns, since(in.Step), in.Origin)
	}
}

// numbers reads the numbers of a stop on the way back, as these eyes know them.
func (p *plain) numbers(read map[engine.Source]engine.Reading, of engine.Source) {
	const most = 8
	r, ok := read[of]
	if !ok && p.eyes != "" {
		p.line("Its numbers %s does not know.", p.eyes)
	}
	if !ok {
		return
	}
	together := ""
	if sum, ok := p.scene.Together(r, of); ok {
		together = ", a share of " + sum
	}
	p.paragraph(fmt.Sprintf("It is %s%s.", strings.ReplaceAll(p.scene.Cells(r, of, most), " ", ", "), together))
}

// part names the part of a value: a cell, a row, a column, or all of it.
func part(s engine.Source) string {
	switch {
	case s.Rows == 1 && s.Columns == 1 || s.Row == 0 && s.Column == 0:
		return s.Name
	case s.Column == 0:
		return fmt.Sprintf("row %d of %s", s.Row, s.Name)
	case s.Row == 0:
		return fmt.Sprintf("column %d of %s", s.Column, s.Name)
	}
	return fmt.Sprintf("%s[%d,%d]", s.Name, s.Row-1, s.Column-1)
}

func since(step int) string {
	if step == 0 {
		return "from the start"
	}
	return "since step " + widget.Count(step)
}

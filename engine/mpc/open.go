package mpc

import (
	"strconv"
	"strings"

	"gorgonia.org/tensor"

	"unseen/engine/prep"
	"unseen/engine/ring"
	"unseen/engine/trace"
)

// masked is a value about to be opened, and what is written down about it.
type masked struct {
	x         *Shared
	what, why string // "d = x − a"; d is its name
	formula   string // what, with the names of this value: "d = a1 − a"; empty: it is what
}

// name returns the part of what before the equals sign.
func name(what string) string {
	before, _, _ := strings.Cut(what, " = ")
	return before
}

// told is what holders remember of how a value of this name was made: of one of several
// that are opened together, the second c is c2 and its mask "r for c2".
func (m masked) told(called string) string {
	text := m.formula
	if text == "" {
		text = m.what
	}
	short := name(m.what)
	if called == short {
		return text
	}
	words := strings.Split(text, " ")
	words[0] = called
	for i, word := range words {
		if word == "r" || word == "a" {
			words[i] = word + " for " + called
		}
	}
	return strings.Join(words, " ")
}

// kind is the name of a value on its way to those who may change it: all that is opened to
// truncate is of one kind, whatever it is called by.
func kind(what string) string {
	if strings.HasPrefix(what, "c ") {
		return "c"
	}
	return name(what)
}

// distinct lists the names of values that are opened together; of several with one
// name each gets a number.
func distinct(values []masked) []string {
	count := map[string]int{}
	for _, m := range values {
		count[name(m.what)]++
	}
	names, seen := make([]string, len(values)), map[string]int{}
	for v, m := range values {
		names[v] = name(m.what)
		if seen[names[v]]++; count[names[v]] > 1 {
			names[v] += strconv.Itoa(seen[names[v]])
		}
	}
	return names
}

// exchange sends every holder's shares of all values to every other holder, in one
// round, and returns the values as each holder adds them up: sums[v][i] is value v
// at holder i.
//
// One round; each holder sends 8·(n−1) bytes an element.
func (p *Protocol) exchange(values ...masked) [][]*tensor.Dense {
	sums := make([][]*tensor.Dense, len(values))
	arrived := p.arrivals(len(values))
	elements := 0
	for v, m := range values {
		rows, columns := m.x.Shape()
		elements += rows * columns
		sums[v] = make([]*tensor.Dense, p.parties)
		for to := range sums[v] {
			if to > 0 && p.tamper == nil { // all get the same messages, and so the same sum
				sums[v][to] = sums[v][0]
				continue
			}
			sum := p.Dealer.Buffers.New(rows, columns)
			for from, share := range m.x.Share {
				share = p.Arrives(kind(m.what), p.Holders[from], p.Holders[to], share)
				arrived.note(v, from, to, share)
				p.Ring.Add(sum, sum, share)
			}
			sums[v][to] = sum
		}
		p.openings.note(Opening{What: m.what, Rows: rows, Columns: columns, To: "holders", Why: m.why}, p.place)
	}
	if p.Tracer.Watched() {
		p.tellExchange(values, sums, arrived, wordBytes*elements)
	} else {
		p.count(wordBytes * elements)
	}
	return sums
}

// count counts one round in which each holder sends so many bytes to every other. Where
// somebody watches, each message is counted as it is told.
func (p *Protocol) count(bytes int) {
	for _, from := range p.Holders {
		for _, to := range p.Holders {
			if from != to {
				p.Link.Count(from, to, bytes)
			}
		}
	}
	p.Link.Round()
}

// tellExchange reports a round: its messages, and what was opened. The holders
// remember what they received and what it adds up to.
func (p *Protocol) tellExchange(values []masked, sums [][]*tensor.Dense, arrived arrivals, bytes int) {
	names := distinct(values)
	what := strings.Join(names, ", ")
	p.Tracer.Begin(trace.Scope{Level: trace.Round, Name: "open " + what})
	for from, sender := range p.Holders {
		for to, receiver := range p.Holders {
			if from == to {
				continue
			}
			p.Tracer.Begin(trace.Scope{Level: trace.Message, Name: "share of " + what})
			parts := make([]trace.Value, len(values))
			for v, m := range values {
				share := arrived.of(v, from, to, m.x.Share[from])
				parts[v] = trace.Value{Name: names[v], Form: trace.Share, Fraction: m.x.Fraction, Parts: []trace.Part{{Party: receiver.ID, Data: share}}}
				receiver.Store.PutShare(names[v]+" of "+sender.ID, trace.Share, m.x.Fraction, share, p.Tracer.Step()+1, "received from "+sender.ID, true)
			}
			p.Link.Count(sender, receiver, bytes)
			p.Tracer.EndMessage(sender.ID, receiver.ID, bytes, parts)
		}
	}
	for v, m := range values {
		p.tellOpening(m, names[v], sums[v])
	}
	p.Link.Round()
	p.Tracer.End(nil, nil)
}

// tellOpening reports that all holders know a value now.
func (p *Protocol) tellOpening(m masked, name string, sums []*tensor.Dense) {
	p.Tracer.Begin(trace.Scope{Level: trace.Message, Name: name})
	opened := trace.Value{Name: name, Form: trace.Opened, Fraction: m.x.Fraction}
	for i, h := range p.Holders {
		h.Store.PutShare(name, trace.Opened, m.x.Fraction, sums[i], p.Tracer.Step()+1, m.told(name)+", opened", true)
		opened.Parts = append(opened.Parts, trace.Part{Party: h.ID, Data: sums[i]})
	}
	p.Tracer.EndOpen("", m.why, []trace.Value{opened})
}

// Open makes values known to all holders, all of them in one round, and returns
// them as the first holder sees them. why says why they may be known.
//
// Rounds: 1. Each holder sends 8·(n−1) bytes an element. It reveals the values,
// and nothing else.
func (p *Protocol) Open(why string, values ...*Shared) []*tensor.Dense {
	return p.Release(nil, why, values...)
}

// Release is [Protocol.Open] for values with names, such as "loss": what is opened
// because it is meant to be known.
func (p *Protocol) Release(names []string, why string, values ...*Shared) []*tensor.Dense {
	defer p.begin("open", values...).end(nil)
	list := make([]masked, len(values))
	for i, x := range values {
		list[i] = masked{x: x, what: "x", why: why}
		if i < len(names) {
			list[i].what = names[i]
		}
	}
	out := make([]*tensor.Dense, len(values))
	for v, sums := range p.exchange(list...) {
		out[v] = sums[0]
	}
	return out
}

// openUnderMasks opens x − a and y − b for the values that were not opened under
// a mask yet, in one round. A mask belongs to the first value it is opened with:
// opening the same value again costs nothing and says nothing new.
func (p *Protocol) openUnderMasks(values ...*Shared) {
	p.openUnder([][2]string{{"d = x − a", "a"}, {"e = y − b", "b"}}, values)
}

// openUnder is openUnderMasks with names for the differences and the masks.
func (p *Protocol) openUnder(letters [][2]string, values []*Shared) {
	var list []masked
	var fresh []*Shared
	for i, x := range values {
		if x.mask != nil {
			continue
		}
		letter := letters[i]
		rows, columns := x.Shape()
		x.mask = p.Dealer.Mask(rows, columns)
		p.must(x.mask.Meet(x, p.place))
		p.dealt(dealtShares{name: letter[1], matrix: x.mask.Share, uniform: true})
		fresh = append(fresh, x)
		list = append(list, p.hidden(x, letter[0], letter[1]))
	}
	if len(fresh) == 0 {
		return
	}
	for v, sums := range p.exchange(list...) {
		fresh[v].d = sums
	}
}

// hidden is a value under its mask, about to be opened: what is "d = x − a", and mask the
// name of a.
func (p *Protocol) hidden(x *Shared, what, mask string) masked {
	m := masked{x: p.Sub(x, &Shared{Share: x.mask.Share, Fraction: x.Fraction}), what: what,
		why: "the mask is uniform and meets only this value: the difference is uniform whatever the value is"}
	if of := x.called(); of != "" && p.Tracer.Watched() {
		m.formula = name(what) + " = " + of + " − " + mask
	}
	return m
}

// Mask opens values under masks ahead of the products that need them, all in one
// round: what is opened once serves every product of the value.
//
// Rounds: 1, or none if all were opened before. Each holder sends 8·(n−1) bytes an
// element. It reveals differences to uniform masks.
func (p *Protocol) Mask(values ...*Shared) { p.MaskNamed(nil, values...) }

// MaskNamed is [Protocol.Mask] for values with names, such as "w1".
func (p *Protocol) MaskNamed(names []string, values ...*Shared) {
	for i, x := range values[:min(len(names), len(values))] {
		if x.Name == "" {
			x.Name = names[i]
		}
	}
	defer p.begin("mask", values...).end(nil)
	letters := make([][2]string, len(values))
	for i := range values {
		x, suffix := "x", ""
		switch {
		case i < len(names):
			x, suffix = names[i], " "+names[i]
		case len(values) > 1:
			suffix = strconv.Itoa(i + 1)
			x += suffix
		}
		letters[i] = [2]string{"d" + suffix + " = " + x + " − a", "a" + suffix}
		if i < len(names) {
			letters[i][0] += suffix // each value has a mask of its own
		}
		if len(names) == 0 && suffix != "" {
			letters[i][1] = "a for d" + suffix
		}
	}
	p.openUnder(letters, values)
}

// Rows returns the rows of [x] with these indices. If x was opened under a mask,
// so were they: rows that stay the same are masked once, whatever batch they are
// in. No rounds.
func (p *Protocol) Rows(x *Shared, index []int) *Shared {
	z := &Shared{Share: p.gather(x.Share, index), Fraction: x.Fraction}
	if x.mask != nil {
		z.mask, z.d = x.mask.Rows(p.Dealer.Buffers, index), p.gather(x.d, index)
	}
	return z
}

func (p *Protocol) gather(shares []*tensor.Dense, index []int) []*tensor.Dense {
	return atEach(shares, func(m *tensor.Dense) *tensor.Dense { return prep.GatherRows(p.Dealer.Buffers, m, index) })
}

// Masks returns what the holders remember of a value that was opened under a mask: their
// shares of the mask, and the difference to it as each of them opened it; ok is false of any
// other.
func (x *Shared) Masks() (mask, opened []*tensor.Dense, ok bool) {
	if x.mask == nil || x.d == nil {
		return nil, nil, false
	}
	return x.mask.Share, x.d, true
}

// RevealTo makes a value known to one party outside the holders, such as the
// owner of a model, and returns it.
//
// Rounds: 1. Each holder sends it 8 bytes an element.
func (p *Protocol) RevealTo(to Receiver, what, why string, x *Shared) *tensor.Dense {
	defer p.begin("reveal", x).end(nil)
	rows, columns := x.Shape()
	sum := ring.New(rows, columns)
	watched := p.Tracer.Watched()
	if watched {
		p.Tracer.Begin(trace.Scope{Level: trace.Round, Name: "reveal " + what})
	}
	for from, share := range x.Share {
		sender := p.Holders[from]
		share = p.Arrives(what, sender, to, share)
		p.Ring.Add(sum, sum, share)
		p.Link.Count(sender, to, wordBytes*rows*columns)
		if watched {
			p.Tracer.Begin(trace.Scope{Level: trace.Message, Name: "share of " + what})
			to.Store.PutShare(what+" of "+sender.ID, trace.Share, x.Fraction, share, p.Tracer.Step()+1, "received from "+sender.ID, true)
			p.Tracer.EndMessage(sender.ID, to.ID, wordBytes*rows*columns, []trace.Value{{Name: what, Form: trace.Share, Fraction: x.Fraction, Parts: []trace.Part{{Party: to.ID, Data: share}}}})
		}
	}
	p.openings.note(Opening{What: what, Rows: rows, Columns: columns, To: to.ID, Why: why}, p.place)
	if watched {
		p.Tracer.Begin(trace.Scope{Level: trace.Message, Name: what})
		p.Tracer.EndOpen(to.ID, why, []trace.Value{{Name: what, Form: trace.Opened, Fraction: x.Fraction, Parts: []trace.Part{{Party: to.ID, Data: sum}}}})
	}
	p.Link.Round()
	if watched {
		p.Tracer.End(nil, nil)
	}
	return sum
}

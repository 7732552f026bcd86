package engine

import (
	"slices"
	"strings"

	"unseen/engine/encrypted"
	"unseen/engine/local"
	"unseen/engine/trace"
)

// Names of the keys from which uniform shares of what is dealt are expanded: in the dealer's
// memory, before the name of the holder, and in that holder's.
const (
	KeyFor     = encrypted.KeyFor
	DealersKey = encrypted.DealersKey
)

// ShareFor begins, before the name of the last holder, the name of what each owner of rows
// splits its own into, and keeps until it is sent.
const ShareFor = encrypted.ShareFor

// What holders make of shares: from what was opened, and from what the dealer dealt. It is
// what they compute with that counts: in a product no holder multiplies x by w, but
// z = c + d·b + a·e + d·e, and the way to x leads on through d = x − a.

// productName is what memories call the dealt product of two masks.
const productName = "c = a·b"

// part is what a value was made from, and how it stands to it.
type part struct {
	Source
	as string // the input of the operation for which it stands; empty: itself; or exactly
}

// exactly marks a part that is known to the cell already.
const exactly = "exactly this cell"

// gathered are the parts that a value was made from, in the memory before the operation's
// end and, of what came about last within it, the one after.
type gathered struct {
	of        Source
	own, then *Image
	parts     []part
}

// add takes the objects with some names, those that there are, for the input of the
// operation that they stand for; empty: themselves.
func (g *gathered) add(as string, names ...string) {
	for _, name := range names {
		o, has := g.own.Object(name)
		if !has {
			o, has = g.then.Object(name)
			has = has && o.Step == g.of.Step
		}
		if has {
			g.parts = append(g.parts, part{SourceOf(g.of.Party, o), as})
		}
	}
}

// onShares finds what the holders made a value from, in the memory before the operation's
// end and, of what came about last within it, the one after. ok is false of operations that
// use nothing but what the event lists.
func onShares(of Source, e *trace.Event, own, then *Image) (parts []part, ok bool) {
	if of.Form != trace.Share || e.Kind != trace.Local || len(e.Inputs) == 0 {
		return nil, false
	}
	g := &gathered{of: of, own: own, then: then}
	switch operation(e) {
	case "softmax", "logistic-fourier": // what it made of the scores, and these themselves
		g.add("", e.Inputs[0].Name, "probability", "quotient", "negative", "quotient where negative")
		return g.parts, true
	case "nll":
		for _, v := range e.Inputs {
			g.add("", v.Name)
		}
		g.add("", "scores", "ramp 2", "largest", "logarithm", "cosines", "beyond", "scores of the labels")
		return g.parts, true
	case "matmul":
		g.matmul(e)
		return g.parts, len(g.parts) > 0
	case "relu":
		ok = g.relu(e)
		return g.parts, ok
	}
	if strings.HasSuffix(of.Origin, " fraction bits") { // "w1, cut to 24 fraction bits"
		ok = g.cut(e)
		return g.parts, ok
	}
	return nil, false
}

// matmul gathers what a product of matrices was made from: the factors as they were opened,
// their masks, and the product of these.
func (g *gathered) matmul(e *trace.Event) {
	first, second := e.Inputs[0].Name, e.Inputs[1].Name
	d, a, hidesX := openingOf(g.own, first)
	f, b, hidesY := openingOf(g.own, second) // of the second factor e
	if !hidesX {
		d, a = first, ""
	}
	if !hidesY {
		f, b = second, ""
	}
	g.add(first, d)
	g.add(second, f)
	g.add(first, a)
	g.add(second, b)
	g.add(g.of.Name, productName) // cell by cell
}

// relu gathers what a ReLU, or the way back through it, was made from: what was opened and
// dealt to compare the operand with 0. ok is false where the operand is gone.
func (g *gathered) relu(e *trace.Event) (ok bool) {
	first := e.Inputs[0].Name
	operand, has := g.own.Object(first)
	if !has {
		return false
	}
	since := operand.Step
	c, opened := sumOf(g.own, first, since)
	if !opened || !strings.Contains(c.Origin, " + 2^") || len(e.Inputs) > 1 { // the way back needs the sign of z, too
		for _, v := range e.Inputs {
			if v.Name != first || !opened {
				g.add("", v.Name)
			}
		}
		if opened && !strings.Contains(c.Origin, " + 2^") {
			g.add("", first)
		}
	}
	for _, name := range []string{"c", "m", "ρ", "r_mid", "r_msb", "ρ·r", "ρ·r_mid", "ρ·r_msb", "d", "b", "a", "e", productName} {
		if o, has := g.own.Object(name); has && o.Step > since && !(opened && slices.Contains([]string{"d", "e", "a", "b"}, name)) {
			g.add("", name)
		}
	}
	return true
}

// cut gathers what a value with fewer fraction bits was made from: the sum that was opened,
// and what was dealt to cut it. ok is false where the value before is gone.
func (g *gathered) cut(e *trace.Event) (ok bool) {
	before, has := g.own.Object(g.of.Name)
	if !has {
		return false
	}
	c, opened := sumOf(g.own, g.of.Name, before.Step)
	if !opened || strings.Contains(c.Origin, "the update of") {
		g.add("", g.of.Name)
	}
	if opened {
		label := strings.TrimPrefix(c.Name, "c")
		g.add("", c.Name, "r_mid"+label, "r_msb"+label)
		if _, cut := g.own.Object("m"); cut && strings.HasPrefix(c.Origin, "c ") && e.Name() == "truncate exactly" {
			g.add("", "m", "ρ")
		}
	}
	return true
}

// openingOf finds what was opened of a value under a mask, and the mask: "d w1" and "a w1"
// of w1, "d" and "a" where that is what they are of. Others may have the same names later.
func openingOf(m *Image, name string) (opened, mask string, ok bool) {
	for _, o := range m.Objects {
		if o.Form != trace.Opened {
			continue
		}
		if o.Name == "d "+name && strings.HasPrefix(o.Origin, "rows of ") {
			return o.Name, "a " + name, true
		}
		of, hidden := strings.CutPrefix(o.Origin, o.Name+" = "+name+" − ")
		if !hidden {
			continue
		}
		mask := strings.TrimSuffix(of, ", opened")
		if dealt, has := m.Object(mask); has && dealt.Step < o.Step {
			return o.Name, mask, true
		}
	}
	return "", "", false
}

// sumOf finds c, under which a value was opened after a step to be cut or compared.
func sumOf(m *Image, name string, after int) (Object, bool) {
	for _, o := range m.Objects {
		if o.Form == trace.Opened && o.Step > after && strings.HasPrefix(o.Name, "c") && mentions(strings.TrimPrefix(o.Origin, o.Name), name) {
			return o, true
		}
	}
	return Object{}, false
}

// ownShare finds what a holder made its share of a value from that is opened: by the
// formula, "c = r − z1 + 2^62", if it is known; else by what is opened of it. memory is that
// at the opening.
func ownShare(name, formula string, memory *Image) (names []string) {
	has := func(list ...string) {
		for _, n := range list {
			if _, ok := memory.Object(n); ok && !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	switch name {
	case "δ", "m": // bits of a comparison, under bits of their own
		has("c")
		digits, _ := memory.Object("digits of r")
		for _, o := range memory.Objects {
			bits := name == "δ" && (o.Name == digits.Name || strings.HasPrefix(o.Name, "bit masks")) ||
				name == "m" && (o.Name == "r_msb bit" || strings.HasPrefix(o.Name, "ρ as a bit"))
			if bits && o.Step == digits.Step { // those of this comparison, which are dealt together
				has(o.Name)
			}
		}
		if name == "m" {
			has("δ")
		}
		return names
	case "Σx":
		has("X")
		return names
	case "Σx²":
		has("X", productName, "d", "a")
		return names
	}
	_, right, ok := strings.Cut(strings.TrimSuffix(formula, ", opened"), " = ")
	if !ok {
		has(name)
		return names
	}
	mask := maskOf(name, right)
	rest := strings.TrimSuffix(right, mask)
	if mask != "" && strings.HasPrefix(right, mask+" − ") {
		rest = strings.TrimPrefix(right, mask)
	}
	for _, n := range mentioned(rest, memory) {
		if n != name && !strings.HasPrefix(n, name+" of ") {
			has(n)
		}
	}
	has(mask)
	return names
}

// maskOf names the mask in the right side of a formula: of "w1 − a w1" it is "a w1", of
// "r − z1 + 2^62" r, of "x + 2^62 + r for c2" "r for c2".
func maskOf(opened, right string) string {
	letter := map[byte]string{'c': "r", 'd': "a", 'e': "b"}[opened[0]]
	if letter == "" {
		return ""
	}
	if strings.HasPrefix(right, letter+" ") { // a ReLU's c = r − z
		before, _, _ := strings.Cut(right, " − ")
		return before
	}
	i := max(strings.LastIndex(right, " + "+letter), strings.LastIndex(right, " − "+letter))
	if i < 0 {
		return ""
	}
	_, mask, _ := strings.Cut(right[i+1:], " ")
	return mask
}

// dealtFrom finds what the dealer's part in a value is made from, in its memory before and
// after it has dealt: it expands what is uniform from the keys, and computes the rest from that.
func dealtFrom(name string, e *trace.Event, before, dealer *Image) (names []string) {
	has := func(list ...string) {
		for _, n := range list {
			if _, ok := dealer.Object(n); ok && n != name {
				names = append(names, n)
			}
		}
	}
	switch what, label := dealtName(name); {
	case name == productName:
		has(maskedFactors(e, before)...)
	case strings.HasPrefix(what, "ρ·cos"):
		has("ρ"+strings.TrimPrefix(label, " r, ρ·sin r"), "cos r, sin r")
	case what == "cos":
		has("r")
	case what == "ρ":
		has("ρ as a bit" + label)
	case strings.HasPrefix(what, "ρ·"):
		has("ρ"+label, strings.TrimPrefix(what, "ρ·"))
	case slices.Contains([]string{"r_mid", "r_msb", "digits of r", "r_msb bit"}, what):
		has("r" + label)
	}
	if len(names) > 0 {
		return names
	}
	for _, o := range dealer.Objects {
		if strings.HasPrefix(o.Name, encrypted.KeyFor) {
			names = append(names, o.Name)
		}
	}
	return names
}

// dealtName divides the name of what is dealt from what tells it from others of its kind:
// "r_mid" and " w1", "r" and " for c2", "ρ as a bit" and " (2)".
func dealtName(name string) (what, label string) {
	for _, long := range []string{"ρ as a bit", "digits of r", "r_msb bit"} {
		if strings.HasPrefix(name, long) {
			return long, strings.TrimPrefix(name, long)
		}
	}
	what, _, _ = strings.Cut(name, " ")
	return what, strings.TrimPrefix(name, what)
}

// maskedFactors names the masks whose product the dealer deals for a matrix product of a
// layer: those of rows and weights have their names, of what is between them the one that
// was drawn last. Elsewhere it is not known which they are.
func maskedFactors(e *trace.Event, dealer *Image) []string {
	if e == nil {
		return nil
	}
	layer, part, operation := 0, "", ""
	for _, s := range e.Path {
		switch s.Level {
		case trace.Layer:
			layer, part = s.Index, s.Part
		case trace.Operation:
			operation = s.Name
		}
	}
	left, weights := "a", "a "+weightName(layer)
	if layer == 1 {
		left = "a " + local.Scaled
	}
	switch {
	case operation == "square":
		return []string{"a"}
	case operation != "matmul":
		return nil
	case part == "forward":
		return []string{left, weights}
	}
	slope, _ := dealer.Object("b")
	if earlier, ok := dealer.Object(productName); ok && earlier.Step > slope.Step { // no new slope was masked since the last product
		return []string{"b", weights}
	}
	return []string{left, "b"}
}

func weightName(layer int) string {
	w, _ := local.Weights(layer)
	return w
}

// expanded reports whether what is dealt under a name is uniform: all holders expand it
// from their keys, and nothing of it is sent.
func expanded(name string) bool {
	letter, _, _ := strings.Cut(name, " ")
	return name != productName && slices.Contains([]string{"a", "b", "r"}, letter) || strings.HasPrefix(name, "ρ as a bit")
}

package stage

import (
	"fmt"
	"slices"
	"strings"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/say"
	"unseen/tui/theme"
	"unseen/tui/widget"
)

// mostHolders is how many parties the table of shares has room for.
const mostHolders = 10

// shares lists cell by cell what every party holds of a value, with the sum of the
// shares modulo 2^64 and the number it stands for; where there is no room for that beside
// each other, of the chosen cell what each party holds, one below the other. Nobody in the
// run sees this: through a party's eyes, what others hold is ▒.
func (p *inspector) shares(v *view, o engine.Object, w, h int) []string {
	t := v.theme
	s := o.Data.Shape()
	row, col := min(p.row, s[0]-1), min(p.col, s[1]-1)
	all := v.scene.Snapshot.Eyes == ""
	value, whole := v.scene.Whole(o)
	if !isShare(o) || !whole && (all || !v.encrypted() || say.Apart(o) != "") {
		return p.copies(v, o, row, col, w, h)
	}
	at, room := row*s[1]+col, max(1, h-3)
	cells := shareCells{inspector: p, v: v, value: value, columns: s[1], at: at, rows: room, masked: say.Uniform(o.Name)}
	cells.top = min(max(0, at-room/2), max(0, o.Data.Size()-room))
	tb := cells.table(len(value.Parts), false)
	if tb.Width() > w {
		tb = cells.table(len(value.Parts), true)
	}
	if tb.Width() > w {
		if lines := cells.list(o.Name, w); len(lines) <= h {
			return append(lines, cells.note(w, h-len(lines))...)
		}
		cells.low = true
	}
	for n := len(value.Parts); n > 0 && tb.Width() > w; n-- {
		tb, cells.shown = cells.table(n, true), n
	}
	if tb.Width() > w { // what the sum stands for always has its column
		sum := len(tb.Head) - 2
		tb.Head, tb.Right = slices.Delete(tb.Head, sum, sum+1), slices.Delete(tb.Right, sum, sum+1)
		for i, row := range tb.Rows {
			tb.Rows[i] = slices.Delete(row, sum, sum+1)
		}
	}
	lines := tb.Render(t, w, min(h-1, len(tb.Rows)+1))
	return append(lines, cells.note(w, h-len(lines))...)
}

// note says what the shares are, as long as there is room for.
func (c shareCells) note(w, h int) []string {
	notes := []string{"One share says nothing: every value is as likely as every other."}
	if c.v.scene.Snapshot.Eyes == "" {
		notes = []string{
			fmt.Sprintf("Shares of %s; only their sum, read with %d fraction bits, is the value.", plural(len(c.value.Parts), "holder"), c.value.Fraction),
			fmt.Sprintf("= is the sum with %d fraction bits.", c.value.Fraction),
		}
		if c.masked {
			notes = []string{fmt.Sprintf("Shares of %s of a mask: their sum is uniform, too.", plural(len(c.value.Parts), "holder"))}
		}
	}
	if c.shown > 0 && !c.v.full {
		notes = []string{fmt.Sprintf("%d of %s: z makes room for all.", c.shown, plural(len(c.value.Parts), "holder"))}
	} else if c.low && c.inspector.format != decoded {
		notes = []string{"In hex: z makes room for " + formatNames[c.inspector.format] + "."}
	}
	for _, text := range notes {
		if lines := widget.Wrap(text, w); len(lines) <= h {
			return paint(c.v.theme.Dim.Render, lines)
		}
	}
	return nil
}

// shareCells are cells of a value with what each party holds of them.
type shareCells struct {
	*inspector
	v         *view
	value     trace.Value
	columns   int  // of the value
	at        int  // the chosen cell
	top, rows int  // the first shown, and how many
	low       bool // there is no room for whole words
	shown     int  // how many parties there is room for; 0: for all
	masked    bool // the value is a mask, or hidden under one: it stands for no number
}

// format is how shares are written; decoded, they would look like numbers.
func (c shareCells) format() format {
	if f := c.inspector.format; f != decoded && !c.low {
		return f
	}
	return hex
}

// stands writes what the sum of a cell stands for.
func (c shareCells) stands(sum engine.Numbers, i int) string {
	if c.masked {
		return "uniform"
	}
	return strings.TrimSpace(widget.Num(sum.At(i), 12))
}

// list writes the chosen cell: below each other what each party holds of it, all that they
// add up to, and the number that this stands for. A word that is too long for a line goes on
// in the next one.
func (c shareCells) list(name string, w int) []string {
	t, f := c.v.theme, c.format()
	lines := []string{t.Strong.Render(fmt.Sprintf("%s[%d,%d]", name, c.at/c.columns, c.at%c.columns)) + t.Dim.Render(" of all parties, "+formatNames[f])}
	gap := 0 // for who has it
	for _, part := range c.value.Parts {
		gap = max(gap, widget.Width(c.v.sign(part.Party))+1)
	}
	add := func(who, text string) { lines = append(lines, beside(who, gap, text, w)...) }
	for _, part := range c.value.Parts {
		add(c.v.sign(part.Party), f.grouped(f.text(engine.DecodePart(part.Data, 0), 0, c.at), w-gap))
	}
	if c.v.scene.Snapshot.Eyes != "" {
		lines = append(lines, t.Dim.Render("what the others hold"), hidden(t, 8))
		return append(lines, t.Dim.Render("Σ, and what it stands for"), hidden(t, 8))
	}
	sum := engine.Decode(c.value)
	add("Σ", f.grouped(f.text(sum, 0, c.at), w-gap))
	add("=", c.stands(sum, c.at))
	return lines
}

// table lists the cells with the shares of so many parties, all that they add up to, and
// the number that this stands for; in short words, if asked for.
func (c shareCells) table(parties int, short bool) widget.Table {
	t, all, sum := c.v.theme, c.v.scene.Snapshot.Eyes == "", engine.Decode(c.value)
	tb := widget.Table{Head: []string{"cell"}, Right: []bool{false}}
	add := func(head string) { tb.Head, tb.Right = append(tb.Head, head), append(tb.Right, true) }
	for _, part := range c.value.Parts[:parties] {
		if short {
			add(c.v.sign(part.Party))
		} else {
			add(c.v.mark(part.Party) + " " + part.Party)
		}
	}
	more := len(c.value.Parts) - parties
	if more > 0 {
		add(fmt.Sprintf("+%d", more))
	}
	if !all {
		add("the others")
	}
	add("Σ mod 2⁶⁴")
	add("= ")
	f := c.format()
	text := func(n engine.Numbers, i int) string {
		if word := f.text(n, 0, i); f != hex || !short {
			return word
		}
		return say.Short(n.Word(i))
	}
	for i := c.top; i < min(sum.Len(), c.top+c.rows); i++ {
		if i == c.at {
			tb.Selected = i - c.top
		}
		cells := []string{fmt.Sprintf("[%d,%d]", i/c.columns, i%c.columns)}
		for _, part := range c.value.Parts[:parties] {
			cells = append(cells, text(engine.DecodePart(part.Data, 0), i))
		}
		if more > 0 {
			cells = append(cells, "…")
		}
		if all {
			cells = append(cells, text(sum, i), c.stands(sum, i))
		} else {
			cells = append(cells, hidden(t, 8), hidden(t, 8), hidden(t, 6))
		}
		tb.Rows = append(tb.Rows, cells)
	}
	return tb
}

// beside writes who has something and beside it what, on as many lines as that takes.
func beside(who string, gap int, what string, w int) []string {
	lines := widget.Wrap(what, w-gap)
	for i, line := range lines {
		lines[i] = widget.Fit(who, gap) + line
		who = ""
	}
	return lines
}

// sign is a party's letter or number, and its glyph.
func (v *view) sign(id string) string {
	for _, p := range v.scene.Snapshot.Parties {
		if p.ID == id {
			return say.Sign(p) + " " + theme.Glyph(say.Mark(p))
		}
	}
	return "·"
}

// mark is the glyph of a party by its id.
func (v *view) mark(id string) string {
	for _, p := range v.scene.Snapshot.Parties {
		if p.ID == id {
			return theme.Glyph(say.Mark(p))
		}
	}
	return "·"
}

// copies lists which parties have a plain value of that name, with the chosen cell.
func (p *inspector) copies(v *view, o engine.Object, row, col, w, h int) []string {
	t := v.theme
	s := o.Data.Shape()
	at := row*s[1] + col
	means, f := "whoever has it knows it.", p.format
	if isShare(o) {
		means = "alone it says nothing, and each party has its own."
		if apart := say.Apart(o); apart != "" {
			means = apart
		}
	} else if v.scene.Masked(o) {
		means = "it is hidden under a mask, and says nothing of what it hides."
	}
	lines := widget.Wrap(fmt.Sprintf("%s[%d,%d] is %s: %s", t.Strong.Render(o.Name), row, col, v.scene.Kind(o.Name, o.Form), means), w)
	const gap = 16 // beside a name, where there is little room
	tb := widget.Table{Head: []string{"party", "its " + o.Name, "since"}, Right: []bool{false, true, true}, Selected: -1}
	own := v.party()
	parties := []engine.PartyImage{own}
	for _, party := range v.scene.Snapshot.Parties {
		if party.ID != own.ID {
			parties = append(parties, party)
		}
	}
	without, more, room := 0, 0, max(1, min(mostHolders, h-2-len(lines)))
	for _, party := range parties {
		other, ok := party.Memory.Object(o.Name)
		if !ok {
			without++
			continue
		}
		if len(tb.Rows) >= room {
			more++
			continue
		}
		cell := "of another shape"
		if other.Data.Shape().Eq(o.Data.Shape()) {
			cell = v.cell(f, other, at)
		}
		since := "the start"
		if other.Step > 0 {
			since = "step " + widget.Count(other.Step)
		}
		tb.Rows = append(tb.Rows, []string{glyph(v, say.Mark(party)) + " " + party.ID, cell, since})
	}
	if tb.Width() <= w {
		lines = append(lines, tb.Render(t, w, len(tb.Rows)+1)...)
	} else {
		for _, row := range tb.Rows { // the cell matters more than since when it is there
			lines = append(lines, beside(strings.TrimSpace(widget.Fit(row[0], min(gap-1, widget.Width(row[0])))), gap, f.grouped(row[1], w-gap), w)...)
		}
	}
	note := widget.Count(without) + " other parties do not have it."
	switch without {
	case 0:
		note = "Nobody is without it."
	case 1:
		note = "1 other party does not have it."
	}
	if more > 0 {
		note = fmt.Sprintf("%s more have one. ", widget.Count(more)) + note
	}
	if v.scene.Snapshot.Eyes != "" {
		note = "Who else has it, " + say.The(v.scene.Snapshot.Eyes) + " does not know."
	}
	return append(lines, paint(t.Dim.Render, widget.Wrap(note, w))...)
}

// distribution draws how the numbers of an object are distributed: elements of the
// ring over the ring, with a verdict on whether they look like noise; others between
// the least and the largest.
func distribution(v *view, o engine.Object, w, h int) []string {
	n := v.scene.Decode(o)
	if n.Ring() && v.scene.Nature(o.Name) != say.Count {
		return uniformity(v, o, n, w, h)
	}
	t := v.theme
	e := say.ExtentOf(n)
	lines := []string{
		t.Strong.Render(o.Name) + t.Dim.Render(fmt.Sprintf("  %s numbers, %s of them 0", widget.Count(n.Len()), widget.Count(e.Zeros))),
		fmt.Sprintf("least %s   mean %s   largest %s", number(e.Low), number(e.Mean), number(e.High)),
	}
	if !e.Wide() {
		return append(lines, t.Dim.Render("All are the same."))
	}
	bins := min(engine.Cells, max(4, h-len(lines)-1))
	return append(lines, histogram(v, e.Histogram(n, bins), w, func(i int) string { return number(e.Edge(i, bins)) })...)
}

func number(x float64) string { return strings.TrimSpace(widget.Num(x, 10)) }

// histogram draws counts as bars, one line each.
func histogram(v *view, counts []int, w int, name func(int) string) []string {
	t := v.theme
	most := 1
	for _, c := range counts {
		most = max(most, c)
	}
	lines := make([]string, len(counts))
	for i, c := range counts {
		bar := max(4, w-22)
		filled := c * bar / most
		lines[i] = t.Dim.Render(widget.FitLeft(name(i), 10)) + " " + t.Series(0).Render(strings.Repeat("█", filled)) + widget.FitLeft(widget.Count(c), bar-filled+9)
	}
	return lines
}

// uniformity draws where in the ring elements lie, and whether they look uniform.
func uniformity(v *view, o engine.Object, n engine.Numbers, w, h int) []string {
	t := v.theme
	bits := n.Modulus().Bits
	spread := say.SpreadOf(n)
	ink := t.Dim
	switch {
	case spread.Tested && spread.Noise:
		ink = t.Good
	case spread.Tested:
		ink = t.Bad
	}
	lines := []string{t.Strong.Render(o.Name) + t.Dim.Render(fmt.Sprintf("  %s elements, %s", widget.Count(n.Len()), v.scene.Kind(o.Name, o.Form)))}
	verdict := widget.Wrap(ink.Render(spread.Verdict)+t.Dim.Render(": "+spread.Why), w)
	if lines = append(lines, verdict...); h-len(lines) < engine.Cells/2 && len(verdict) > 1 { // ? says what is tested
		lines = append(lines[:1], ink.Render(spread.Verdict))
	}
	counts := spread.Counts
	list := counts[:]
	if h-len(lines) < engine.Cells {
		list = make([]int, engine.Cells/2)
		for i := range list {
			list[i] = counts[2*i] + counts[2*i+1]
		}
	}
	return append(lines, histogram(v, list, w, func(i int) string {
		first := i * engine.Cells / len(list)
		if bits%4 != 0 { // it is no digit
			return fmt.Sprintf("%d/%d", first, engine.Cells)
		}
		return fmt.Sprintf("%x…", first)
	})...)
}

package stage

import (
	"fmt"
	"math"
	"strconv"
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
// shares modulo 2^64 and the number it stands for. Nobody in the run sees this table:
// through a party's eyes, what others hold is ▒.
func (p *inspector) shares(v *view, o engine.Object, w, h int) []string {
	t := v.theme
	s := o.Data.Shape()
	row, col := min(p.row, s[0]-1), min(p.col, s[1]-1)
	all := v.scene.Snapshot.Eyes == ""
	value, whole := v.scene.Whole(o)
	if !isShare(o) || !whole && (all || !v.encrypted() || say.Received(o)) {
		return p.copies(v, o, row, col, w, h)
	}
	at, room := row*s[1]+col, max(1, h-3)
	cells := shareCells{inspector: p, v: v, value: value, columns: s[1], at: at, rows: room}
	cells.top = min(max(0, at-room/2), max(0, o.Data.Size()-room))
	tb := cells.table(len(value.Parts), false)
	if tb.Width() > w { // first shorter words, then fewer parties: the sum always has its column
		tb = cells.table(len(value.Parts), true)
	}
	for n := len(value.Parts) - 1; n > 0 && tb.Width() > w; n-- {
		tb = cells.table(n, true)
	}
	lines := tb.Render(t, w, min(h-1, len(tb.Rows)+1))
	note := fmt.Sprintf("Shares of %s; only their sum, read with %d fraction bits, is the value.", plural(len(value.Parts), "holder"), value.Fraction)
	if !all {
		note = "One share says nothing: every value is as likely as every other."
	}
	return append(lines, t.Dim.Render(widget.Fit(note, min(w, widget.Width(note)))))
}

// shareCells are cells of a value with what each party holds of them.
type shareCells struct {
	*inspector
	v         *view
	value     trace.Value
	columns   int // of the value
	at        int // the chosen cell
	top, rows int // the first shown, and how many
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
	f := c.format
	if f == decoded || f == bitwise {
		f = hex
	}
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
			cells = append(cells, text(sum, i), strings.TrimSpace(widget.Num(sum.At(i), 12)))
		} else {
			cells = append(cells, hidden(t, 8), hidden(t, 8), hidden(t, 6))
		}
		tb.Rows = append(tb.Rows, cells)
	}
	return tb
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
		if say.Received(o) {
			means = "it was sent, and all who got it have the same one."
		}
		if f == decoded {
			f = hex
		}
	}
	lines := widget.Wrap(fmt.Sprintf("%s[%d,%d] is %s: %s", t.Strong.Render(o.Name), row, col, o.Form, means), w)
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
			cell = f.text(engine.DecodePart(other.Data, other.Fraction), say.FractionBits, at)
		}
		since := "the start"
		if other.Step > 0 {
			since = "step " + widget.Count(other.Step)
		}
		tb.Rows = append(tb.Rows, []string{glyph(v, say.Mark(party)) + " " + party.ID, cell, since})
	}
	lines = append(lines, tb.Render(t, w, len(tb.Rows)+1)...)
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
	n := engine.DecodePart(o.Data, o.Fraction)
	if n.Ring() {
		return uniformity(v, o, n, w, h)
	}
	t := v.theme
	low, high, sum, zeros := math.Inf(1), math.Inf(-1), 0.0, 0
	for i := range n.Len() {
		x := n.At(i)
		low, high, sum = min(low, x), max(high, x), sum+x
		if x == 0 {
			zeros++
		}
	}
	lines := []string{
		t.Strong.Render(o.Name) + t.Dim.Render(fmt.Sprintf("  %s numbers, %s of them 0", widget.Count(n.Len()), widget.Count(zeros))),
		fmt.Sprintf("least %s   mean %s   largest %s", number(low), number(sum/float64(n.Len())), number(high)),
	}
	if !(high > low) || math.IsInf(high-low, 0) {
		return append(lines, t.Dim.Render("All are the same."))
	}
	bins := min(engine.Cells, max(4, h-len(lines)-1))
	counts := make([]int, bins)
	for i := range n.Len() {
		if k := int((n.At(i) - low) / (high - low) * float64(bins)); k >= 0 {
			counts[min(k, bins-1)]++
		}
	}
	return append(lines, histogram(v, counts, w, func(i int) string { return number(low + (high-low)*float64(i)/float64(bins)) })...)
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
	bits := v.scene.RingBits(n)
	counts, chi, p := engine.UniformityIn(n, bits)
	verdict := t.Dim.Render(fmt.Sprintf("%d elements are too few to tell; %d are enough.", n.Len(), engine.Enough))
	if n.Len() >= engine.Enough {
		verdict = t.Good.Render("looks like noise") + t.Dim.Render(fmt.Sprintf(": χ² = %.1f, p = %s", chi, strconv.FormatFloat(p, 'g', 2, 64)))
		if p < 1e-4 {
			verdict = t.Bad.Render("is not noise") + t.Dim.Render(fmt.Sprintf(": χ² = %.1f, p = %s", chi, strconv.FormatFloat(p, 'g', 2, 64)))
		}
	}
	lines := []string{t.Strong.Render(o.Name) + t.Dim.Render(fmt.Sprintf("  %s elements, %s", widget.Count(n.Len()), o.Form)), verdict}
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

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

// drawingH is how many lines the drawing of the holders has.
const drawingH = 6

// canvas is lines of cells, each drawn already.
type canvas [][]string

func newCanvas(w, h int) canvas {
	c := make(canvas, h)
	for y := range c {
		c[y] = slices.Repeat([]string{" "}, w)
	}
	return c
}

// write puts text, drawn by a style, so that it begins at a column; what does not fit
// is left out.
func (c canvas) write(x, y int, text string, style func(...string) string) {
	for _, r := range text {
		if x >= 0 && x < len(c[y]) {
			c[y][x] = style(string(r))
		}
		x++
	}
}

func (c canvas) lines() []string {
	out := make([]string, len(c))
	for y := range c {
		out[y] = strings.Join(c[y], "")
	}
	return out
}

// live lists the messages that are under way just now: the one that was sent, or all
// of the round that is over.
func live(v *view) []engine.Message {
	e, list := v.scene.Snapshot.Event, v.scene.Snapshot.Messages
	if e == nil || len(list) == 0 {
		return nil
	}
	last := list[len(list)-1]
	switch {
	case e.Kind == trace.Sent && last.Step == e.Step:
		return list[len(list)-1:]
	case e.Kind == trace.Open, e.Kind == trace.Span && e.Level() == trace.Round:
		return v.scene.Exchange()
	}
	return nil
}

// drawing is the picture of a run on shares: dealer and server above the parties that
// hold shares, and the messages of the moment on the edges.
type drawing struct {
	canvas
	v               *view
	now             []engine.Message
	sends, receives map[string]bool
	at              map[string]int // the column of each party
	row             []engine.PartyImage
	each            int  // columns a holder has
	crowded         bool // there is no room between holders: all messages take the bus
}

// holders draws dealer and server above the parties that hold shares, with the
// messages of the moment on the edges.
func holders(v *view, w int) []string {
	d := drawing{canvas: newCanvas(w, drawingH), v: v, now: live(v), sends: map[string]bool{}, receives: map[string]bool{}, at: map[string]int{}}
	for _, m := range d.now {
		d.sends[m.From], d.receives[m.To] = true, true
	}
	for _, p := range v.scene.Snapshot.Parties {
		if p.Role == "holder" {
			d.row = append(d.row, p)
		}
	}
	if len(d.row) == 0 {
		return nil
	}
	d.each = max(2, w/len(d.row))
	d.crowded = d.each < 6
	d.above(w)
	for i, p := range d.row {
		d.at[p.ID] = i*d.each + d.each/2
	}
	d.bus()
	for _, p := range d.row {
		d.holder(p)
	}
	if !d.crowded {
		d.between()
	}
	lines := d.lines()
	lines[drawingH-1] = widget.Fit(exchanged(v, d.now), w)
	return lines
}

// name is how a party's name is drawn: one that takes part just now, or is looked at,
// stands out.
func (d *drawing) name(p engine.PartyImage) func(...string) string {
	t := d.v.theme
	switch who, _ := active(d.v); {
	case d.sends[p.ID] || d.receives[p.ID] || p.ID == who || who == "holders" && p.Role == "holder":
		return t.Good.Render
	case p.ID == d.v.party().ID:
		return t.Strong.Render
	}
	return func(s ...string) string { return strings.Join(s, "") }
}

// above draws server and dealer side by side, in the quarters of the width.
func (d *drawing) above(w int) {
	for _, p := range d.v.scene.Snapshot.Parties {
		middle := w / 4
		if p.Role == "dealer" {
			middle = 3 * w / 4
		} else if p.Role != "server" {
			continue
		}
		label := say.Sign(p) + " " + theme.Glyph(say.Mark(p)) + " " + p.ID
		x := middle - len(p.ID)/2 - 2
		d.at[p.ID] = x + 2
		d.write(x, 0, label, d.name(p))
		d.write(x+2, 0, theme.Glyph(say.Mark(p)), d.v.theme.Party(say.Mark(p)).Render)
	}
}

// edge draws a piece of a line, which stands out where a message is on it.
func (d *drawing) edge(x, y int, text string, on bool) {
	style := d.v.theme.Faint.Render
	if on {
		style = d.v.theme.Accent.Render
	}
	d.write(x, y, text, style)
}

// bus draws the line between those above and the holders.
func (d *drawing) bus() {
	left, right := d.at[d.row[0].ID], d.at[d.row[len(d.row)-1].ID]
	for _, id := range []string{"server", "dealer"} {
		left, right = min(left, d.at[id]), max(right, d.at[id])
	}
	for x := left; x <= right; x++ {
		d.edge(x, 1, "─", false)
	}
	for _, id := range []string{"server", "dealer"} {
		d.edge(d.at[id], 1, "┴", d.sends[id] || d.receives[id])
	}
}

// holder draws one holder and its way to the bus.
func (d *drawing) holder(p engine.PartyImage) {
	down := slices.ContainsFunc(d.now, func(m engine.Message) bool { return m.To == p.ID && (d.crowded || !holding(d.row, m.From)) })
	up := slices.ContainsFunc(d.now, func(m engine.Message) bool { return m.From == p.ID && (d.crowded || !holding(d.row, m.To)) })
	x := d.at[p.ID]
	d.edge(x, 1, "┬", down || up)
	switch {
	case down && up:
		d.edge(x, 2, "┃", true)
	case down:
		d.edge(x, 2, "▼", true)
	case up:
		d.edge(x, 2, "▲", true)
	default:
		d.edge(x, 2, "│", false)
	}
	d.write(x, 3, theme.Glyph(p.Number), d.v.theme.Party(p.Number).Render)
	if d.crowded {
		d.write(x, 4, say.Sign(p), d.name(p))
		return
	}
	d.write(x-2, 3, say.Sign(p), d.name(p))
	short := strings.TrimSpace(widget.Fit(p.ID, min(widget.Width(p.ID), d.each-1)))
	d.write(x-widget.Width(short)/2, 4, short, d.name(p))
}

// between draws the edges between neighbours, which carry all that holders exchange.
func (d *drawing) between() {
	for i, p := range d.row[1:] {
		from, to := d.at[d.row[i].ID]+2, d.at[p.ID]-4
		there := slices.ContainsFunc(d.now, func(m engine.Message) bool { return between(d.row, m, i, +1) })
		back := slices.ContainsFunc(d.now, func(m engine.Message) bool { return between(d.row, m, i, -1) })
		for x := from; x <= to; x++ {
			d.edge(x, 3, "─", there || back)
		}
		if there {
			d.edge(to, 3, "▶", true)
		}
		if back {
			d.edge(from, 3, "◀", true)
		}
	}
}

// holding reports whether a party is among those that hold shares.
func holding(row []engine.PartyImage, id string) bool {
	return slices.ContainsFunc(row, func(p engine.PartyImage) bool { return p.ID == id })
}

// between reports whether a message of one holder to another passes the edge after
// the i-th holder, to the right (+1) or to the left (−1).
func between(row []engine.PartyImage, m engine.Message, i, way int) bool {
	from := slices.IndexFunc(row, func(p engine.PartyImage) bool { return p.ID == m.From })
	to := slices.IndexFunc(row, func(p engine.PartyImage) bool { return p.ID == m.To })
	if from < 0 || to < 0 {
		return false
	}
	if way > 0 {
		return from <= i && to > i
	}
	return to <= i && from > i
}

// exchanged says what is under way on the edges.
func exchanged(v *view, now []engine.Message) string {
	t := v.theme
	if len(now) == 0 {
		return ""
	}
	bytes := 0
	for _, m := range now {
		bytes += m.Bytes
	}
	what := carried(now[0].What)
	who := fmt.Sprintf("%d ×", len(now))
	if len(now) == 1 {
		who = v.mark(now[0].From) + "→" + v.mark(now[0].To)
	}
	return t.Accent.Render(who+"  ") + what + t.Dim.Render("  "+widget.Bytes(int64(bytes)))
}

// carried names what a message carries: "d w1 +4" of "share of d w1, d w2, …".
func carried(what string) string {
	for _, prefix := range []string{"share of ", "deal ", "share ", "send "} {
		what = strings.TrimPrefix(what, prefix)
	}
	return listed(what)
}

// listed writes the first of a list of names, and how many follow: "share of d w1 +4".
func listed(names string) string {
	if first, more, many := strings.Cut(names, ", "); many {
		return fmt.Sprintf("%s +%d", first, strings.Count(more, ", ")+1)
	}
	return names
}

// short is a party's number and glyph, or its name where it has none or is one of
// many.
func (v *view) short(id string) string {
	for _, p := range v.scene.Snapshot.Parties {
		if p.ID == id && p.Role == "holder" {
			return say.Sign(p) + " " + glyph(v, p.Number)
		}
	}
	return id
}

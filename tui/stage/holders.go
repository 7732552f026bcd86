package stage

import (
	"fmt"
	"slices"
	"strings"

	"unseen/engine"
	"unseen/engine/trace"
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

// holders draws dealer and server above the parties that hold shares, with the
// messages of the moment on the edges.
func holders(v *view, w int) []string {
	t := v.theme
	c := newCanvas(w, drawingH)
	now := live(v)
	sends, receives := map[string]bool{}, map[string]bool{}
	for _, m := range now {
		sends[m.From], receives[m.To] = true, true
	}
	who, _ := active(v)
	at := map[string]int{}
	var row []engine.PartyImage
	name := func(p engine.PartyImage) func(...string) string {
		switch {
		case sends[p.ID] || receives[p.ID] || p.ID == who || who == "holders" && p.Role == "holder":
			return t.Good.Render
		case p.ID == v.party().ID:
			return t.Strong.Render
		}
		return func(s ...string) string { return strings.Join(s, "") }
	}
	x := 1
	for _, p := range v.scene.Snapshot.Parties {
		switch p.Role {
		case "dealer", "server":
			// side by side, in the quarters of the width
		case "holder":
			row = append(row, p)
			continue
		default:
			continue
		}
		label := theme.Glyph(p.Number) + " " + p.ID
		x = w/4 - len(p.ID)/2 - 1
		if p.Role == "dealer" {
			x = 3*w/4 - len(p.ID)/2 - 1
		}
		at[p.ID] = x
		c.write(x, 0, label, name(p))
		c.write(x, 0, theme.Glyph(p.Number), t.Party(p.Number).Render)
	}
	if len(row) == 0 {
		return nil
	}
	each := max(2, w/len(row))
	for i, p := range row {
		at[p.ID] = i*each + each/2
	}
	// The bus between those above and the holders.
	left, right := at[row[0].ID], at[row[len(row)-1].ID]
	for _, id := range []string{"server", "dealer"} {
		left, right = min(left, at[id]), max(right, at[id])
	}
	for x := left; x <= right; x++ {
		c.write(x, 1, "─", t.Faint.Render)
	}
	edge := func(x, y int, text string, on bool) {
		style := t.Faint.Render
		if on {
			style = t.Accent.Render
		}
		c.write(x, y, text, style)
	}
	for _, id := range []string{"server", "dealer"} {
		edge(at[id], 1, "┴", sends[id] || receives[id])
	}
	crowded := each < 6 // no room between holders: all messages take the bus
	for _, p := range row {
		down := slices.ContainsFunc(now, func(m engine.Message) bool { return m.To == p.ID && (crowded || !holding(row, m.From)) })
		up := slices.ContainsFunc(now, func(m engine.Message) bool { return m.From == p.ID && (crowded || !holding(row, m.To)) })
		x := at[p.ID]
		edge(x, 1, "┬", down || up)
		switch {
		case down && up:
			edge(x, 2, "┃", true)
		case down:
			edge(x, 2, "▼", true)
		case up:
			edge(x, 2, "▲", true)
		default:
			edge(x, 2, "│", false)
		}
		c.write(x, 3, theme.Glyph(p.Number), t.Party(p.Number).Render)
		if !crowded {
			c.write(x-2, 3, fmt.Sprint(p.Number), name(p))
			short := strings.TrimSpace(widget.Fit(p.ID, min(widget.Width(p.ID), each-1)))
			c.write(x-widget.Width(short)/2, 4, short, name(p))
		} else {
			c.write(x, 4, fmt.Sprint(p.Number), name(p))
		}
	}
	if crowded {
		row = row[:1]
	}
	for i, p := range row[1:] { // the edges between neighbours carry all that holders exchange
		from, to := at[row[i].ID]+2, at[p.ID]-4
		there := slices.ContainsFunc(now, func(m engine.Message) bool { return between(row, m, i, +1) })
		back := slices.ContainsFunc(now, func(m engine.Message) bool { return between(row, m, i, -1) })
		for x := from; x <= to; x++ {
			edge(x, 3, "─", there || back)
		}
		if there {
			edge(to, 3, "▶", true)
		}
		if back {
			edge(from, 3, "◀", true)
		}
	}
	lines := c.lines()
	lines[drawingH-1] = widget.Fit(exchanged(v, now), w)
	return lines
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
	if first, more, many := strings.Cut(what, ", "); many {
		return fmt.Sprintf("%s +%d", first, strings.Count(more, ", ")+1)
	}
	return what
}

// short is a party's number and glyph, or its name where it has none or is one of
// many.
func (v *view) short(id string) string {
	for _, p := range v.scene.Snapshot.Parties {
		if p.ID == id && p.Role == "holder" {
			return fmt.Sprintf("%d %s", p.Number, glyph(v, p.Number))
		}
	}
	return id
}

package stage

import (
	"encoding/binary"
	"fmt"
	"strings"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/widget"
)

// packets draws the list of messages, and of the selected one its structure and its
// bytes: beside the list where there is room, else below it.
func (p *wire) packets(v *view, w, h int) []string {
	e, ok := p.selected(v)
	if !ok {
		return widget.Wrap("No message has these letters; / changes them, esc clears.", w)
	}
	if w < 110 {
		top := max(5, h*2/5)
		lines := widget.Block(p.messages(v, w, top), w, top)
		lines = append(lines, v.theme.Faint.Render(strings.Repeat("─", w)))
		return append(lines, p.contents(v, e, w, h-top-1)...)
	}
	left := w * 2 / 5
	return widget.JoinH(2, widget.Block(p.messages(v, left, h), left, h), widget.Block(p.contents(v, e, w-left-2, h), w-left-2, h))
}

// messages is the list, scrolled so that the selected one can be seen.
func (p *wire) messages(v *view, w, h int) []string {
	list := p.list(v)
	tb := widget.Table{Head: []string{"step", "from → to", "bytes", "what"}, Right: []bool{true, false, true, false}}
	room := max(1, h-1)
	top := min(max(0, p.at-room/2), max(0, len(list)-room))
	for k, i := range list[top:min(len(list), top+room)] {
		if top+k == p.at {
			tb.Selected = k
		}
		e := v.scene.Snapshot.Record.At(i)
		size := widget.Bytes(int64(e.Bytes))
		from := e.From + " → " + e.To
		if e.Kind == trace.Open {
			from, size = e.What+", opened", ""
		}
		tb.Rows = append(tb.Rows, []string{widget.Count(e.Step), from, size, e.What})
	}
	return tb.Render(v.theme, w, h)
}

// contents shows what a message consists of and its bytes.
func (p *wire) contents(v *view, e engine.Entry, w, h int) []string {
	t := v.theme
	head := fmt.Sprintf("%s → %s  %s", e.From, e.To, e.What)
	if e.Kind == trace.Open {
		head = fmt.Sprintf("%s, opened to %s", e.What, e.To)
	}
	lines := []string{t.Strong.Render(head)}
	if words := v.scene.Carries(e.What); words != "" {
		lines = append(lines, widget.Wrap(words, w)...)
	} else if e.Kind == trace.Open && v.scene.Label(e.What) != e.What {
		lines = append(lines, widget.Wrap(v.scene.Label(e.What), w)...)
	}
	if len(e.Where) > 0 {
		lines = append(lines, t.Dim.Render("in "+strings.Join(e.Where, " › ")))
	}
	if p.packet.step != e.Step || p.packet.eyes != v.scene.Snapshot.Eyes || p.packet.event == nil {
		return append(lines, t.Dim.Render("looking it up …"))
	}
	lines = append(lines, structure(v, p.packet.event, w)...)
	if h-len(lines) < 3 {
		keep := max(2, h-3)
		lines = append(lines[:min(len(lines), keep)], t.Dim.Render("…"))
	}
	bytes, n := hexLines(v, p.packet.event, w, p.top, max(0, h-len(lines)))
	p.lines = n
	p.top = min(p.top, max(0, n-1))
	return append(lines, bytes...)
}

// structure lists the values of a message with their place among its bytes.
func structure(v *view, e *trace.Event, w int) []string {
	tb := widget.Table{Head: []string{"at byte", "value", "form", "shape", "of"}, Right: []bool{true, false, false, true, false}, Selected: -1}
	at := 0
	for _, value := range e.Outputs {
		shape := "▒"
		size := 0
		if s := value.Shape(); s != nil {
			shape = fmt.Sprintf("%d×%d", s[0], s[1])
			size = 8 * s[0] * s[1]
		}
		unit := "float64"
		if n := engine.Decode(value); n.Ring() {
			unit = fmt.Sprintf("Z mod 2⁶⁴, %d fraction bits", value.Fraction)
		}
		tb.Rows = append(tb.Rows, []string{widget.Count(at), value.Name, value.Form.String(), shape, unit})
		at += size
	}
	return tb.Render(v.theme, w, len(tb.Rows)+1)
}

// hexLines writes the payload of a message, some numbers a line: where they are,
// their bytes, and the numbers they are read as. It returns the lines from top on, as
// many as there is room for, and says how many there are in all.
func hexLines(v *view, e *trace.Event, w, top, room int) (lines []string, all int) {
	t := v.theme
	per := 1
	if w >= 84 {
		per = 2
	}
	at := 0
	shown := func(line string) {
		if all > top && len(lines) < room {
			lines = append(lines, line)
		}
	}
	for _, value := range e.Outputs {
		if value.Shape() == nil {
			all++
			shown(t.Dim.Render(fmt.Sprintf("%06x  ", at)) + hidden(t, min(24, w-10)) + t.Dim.Render("  "+value.Name))
			continue
		}
		n := engine.DecodePart(value.Parts[0].Data, value.Fraction)
		share := value.Form == trace.Share
		for i := 0; i < n.Len(); i += per {
			if all++; all <= top || len(lines) >= room {
				at += 8 * min(per, n.Len()-i)
				continue
			}
			var hex, read strings.Builder
			for k := i; k < min(i+per, n.Len()); k++ {
				var word [8]byte
				binary.LittleEndian.PutUint64(word[:], n.Word(k))
				hex.WriteString(fmt.Sprintf("% x  ", word[:]))
				if share {
					read.WriteString(widget.FitLeft("noise", 11))
				} else {
					read.WriteString(widget.FitLeft(strings.TrimSpace(widget.Num(n.At(k), 10)), 11))
				}
			}
			name := ""
			if i == 0 {
				name = "  " + value.Name
			}
			shown(t.Dim.Render(fmt.Sprintf("%06x  ", at)) + widget.Fit(hex.String(), 25*per) + read.String() + t.Accent.Render(name))
			at += 8 * min(per, n.Len()-i)
		}
	}
	return lines, all
}

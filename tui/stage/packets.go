package stage

import (
	"fmt"
	"strings"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/say"
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

// listRest is what the columns beside sender and receiver need in the list of messages.
const listRest = 20

// In a list of withWhat cells or more there are whatW of them for the name of the message.
const withWhat, whatW = 70, 16

// sizeW is how wide a number of bytes is written.
const sizeW = 7

// fromTo names sender and receiver in so many cells; of long names the beginnings.
func fromTo(from, to string, w int) string {
	const arrow = " → "
	if over := widget.Width(from+arrow+to) - w; over > 0 {
		half := max(4, (w-widget.Width(arrow))/2)
		from = strings.TrimSpace(widget.Fit(from, min(widget.Width(from), max(half, w-widget.Width(arrow+to)))))
		to = strings.TrimSpace(widget.Fit(to, min(widget.Width(to), max(half, w-widget.Width(from+arrow)))))
	}
	return from + arrow + to
}

// messages is the list, scrolled so that the selected one can be seen.
func (p *wire) messages(v *view, w, h int) []string {
	list := p.list(v)
	tb := widget.Table{Head: []string{"step", "from → to", "bytes", "what"}, Right: []bool{true, false, true, false}}
	room, namesW := max(1, h-1), w-listRest // the same for all lines, so that nothing jumps
	if w >= withWhat {
		namesW = min(w-listRest-whatW, 44)
	}
	top := min(max(0, p.at-room/2), max(0, len(list)-room))
	for k, i := range list[top:min(len(list), top+room)] {
		if top+k == p.at {
			tb.Selected = k
		}
		e := v.scene.Snapshot.Record.At(i)
		size := widget.Bytes(int64(e.Bytes))
		from := fromTo(e.From, e.To, namesW)
		if e.Kind == trace.Open {
			from, size = e.What+", opened", ""
		}
		tb.Rows = append(tb.Rows, []string{widget.Count(e.Step), widget.Fit(from, namesW), widget.FitLeft(size, sizeW), e.What})
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
	fields := say.Payload(p.packet.event, e.Bytes)
	lines = append(lines, structure(v, fields, w)...)
	if h-len(lines) < 3 {
		keep := max(2, h-3)
		lines = append(lines[:min(len(lines), keep)], t.Dim.Render("…"))
	}
	bytes, n := hexLines(v, fields, w, p.top, max(0, h-len(lines)))
	p.lines = n
	p.top = min(p.top, max(0, n-1))
	return append(lines, bytes...)
}

// structure lists the values of a message with their place among its bytes.
func structure(v *view, fields []say.Field, w int) []string {
	tb := widget.Table{Head: []string{"at byte", "value", "form", "shape", "of"}, Right: []bool{true, false, false, true, false}, Selected: -1}
	for _, f := range fields {
		shape := "▒"
		if f.Known {
			shape = fmt.Sprintf("%d×%d", f.Value.Shape()[0], f.Value.Shape()[1])
		}
		tb.Rows = append(tb.Rows, []string{widget.Count(f.At), f.Value.Name, v.scene.Kind(f.Value.Name, f.Value.Form), shape, f.Kind(v.scene.Scenario.Mode)})
	}
	return tb.Render(v.theme, w, len(tb.Rows)+1)
}

// Widths of eight bytes in hexadecimal, and of a number they are read as.
const (
	hexW  = 25
	readW = 11
)

// hexLines writes the payload of a message, some bytes a line: where they are, the
// bytes, and the numbers they are read as. It returns the lines from top on, as many as
// there is room for, and says how many there are in all.
func hexLines(v *view, fields []say.Field, w, top, room int) (lines []string, all int) {
	t := v.theme
	per := 1
	if w >= 84 {
		per = 2
	}
	line := func(draw func() string) {
		if all++; all > top && len(lines) < room {
			lines = append(lines, draw())
		}
	}
	place := func(at int) string { return t.Dim.Render(fmt.Sprintf("%06x  ", at)) }
	for _, f := range fields {
		if !f.Known {
			line(func() string {
				return place(f.At) + hidden(t, min(24, w-10)) + t.Dim.Render("  "+f.Value.Name)
			})
			continue
		}
		for from := 0; from < f.Size(); from += 8 * per {
			line(func() string {
				to := min(from+8*per, f.Size())
				var hex strings.Builder
				for i := from; i < to; i++ {
					fmt.Fprintf(&hex, "%02x ", f.Byte(i))
					if i%8 == 7 {
						hex.WriteByte(' ')
					}
				}
				name := ""
				if from == 0 {
					name = "  " + f.Value.Name
				}
				read := f.Read(from, to, readW)
				return place(f.At+from) + widget.Fit(hex.String(), hexW*per) + widget.Fit(read, max(readW*per, widget.Width(read))) + t.Accent.Render(name)
			})
		}
	}
	return lines, all
}

package stage

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"unseen/tui/key"
	"unseen/tui/say"
	"unseen/tui/theme"
	"unseen/tui/widget"
)

// flows draws the matrix of who sent how much to whom.
func (p *wire) flows(v *view, w, h int) []string {
	tb := p.matrix(v, w)
	room := h - 3
	p.scroll = min(p.scroll, max(0, len(tb.Rows)+1-room))
	tb.Top = p.scroll
	lines := tb.Render(v.theme, w, min(room, len(tb.Rows)+1))
	note := "Each cell is all that the party of its row sent to the party of its column, since the beginning."
	if eyes := v.scene.Snapshot.Eyes; eyes != "" {
		note = "Only what " + say.The(eyes) + " sent or received: it does not know what others send each other. ≥: that much, and what it does not know."
	}
	if n := v.scene.Snapshot.Record.Forgotten(); n > 0 {
		note += fmt.Sprintf(" %s are only summed up.", plural(n, "early message"))
	}
	return append(append(lines, ""), paint(v.theme.Dim.Render, widget.Wrap(note, w))...)
}

// matrix is the table of who sent how much to whom, in w cells: of every party, where that
// many have room; else, of many, all workers are one line, or some receivers are shown.
func (p *wire) matrix(v *view, w int) widget.Table {
	const narrowest = 7 // the cells of a column
	p.part = ""
	if n := len(v.scene.Snapshot.Parties); n <= say.FewSenders || n*narrowest <= w {
		if tb, ok := whole(v, v.scene.Flows(n), w); ok {
			p.left = 0
			return tb
		}
	}
	f := v.scene.Flows(say.FewSenders)
	tb, ok := whole(v, f, w)
	if ok {
		p.left = 0
		return tb
	}
	return p.receivers(v, f, w)
}

// whole is the table of all receivers, and whether it has room: the columns under the names
// of the parties, or under their signs, or with numbers as narrowly as can be.
func whole(v *view, f say.Flows, w int) (tb widget.Table, ok bool) {
	for _, style := range []style{underNames, underSigns, narrowly} {
		if tb = table(v, f, 0, len(f.Names), style); tb.Width() <= w {
			return tb, true
		}
	}
	return tb, false
}

// receivers is the table of as many receivers as have room, from the one on that it was
// moved to, and no further than to the last one.
func (p *wire) receivers(v *view, f say.Flows, w int) widget.Table {
	n := len(f.Names)
	p.left = min(p.left, n-1)
	for p.left > 0 && table(v, f, p.left-1, n, underSigns).Width() <= w {
		p.left--
	}
	end := n
	tb := table(v, f, p.left, end, underSigns)
	for ; end > p.left+1 && tb.Width() > w; tb = table(v, f, p.left, end, underSigns) {
		end--
	}
	p.part = fmt.Sprintf("receivers %d–%d of %d: %s … %s", p.left+1, end, n, v.receiver(f.Names[p.left], underSigns), v.receiver(f.Names[end-1], underSigns))
	return tb
}

// style is how the table of who sent how much to whom is written.
type style int

const (
	underNames style = iota // receivers by their names
	underSigns              // by their signs, which stand before the names of the senders, too
	narrowly                // so, and with no blank between a number and its unit
)

// bytes writes a number of bytes.
func (s style) bytes(n int64) string {
	if s == narrowly {
		return strings.ReplaceAll(widget.Bytes(n), " ", "")
	}
	return widget.Bytes(n)
}

// table is the table of the receivers first…end−1. The sums come first: they are seen
// however many parties there are.
func table(v *view, f say.Flows, first, end int, style style) widget.Table {
	t := v.theme
	tb := widget.Table{Head: []string{"from \\ to", "all"}, Right: []bool{false, true}, Selected: -1}
	sums := []string{t.Dim.Render("all"), t.Strong.Render(sum(t, f.All, f.Everything(), style))}
	for i, to := range f.Names[first:end] {
		tb.Head, tb.Right = append(tb.Head, v.receiver(to, style)), append(tb.Right, true)
		sums = append(sums, sum(t, f.Received[first+i], f.Whole(first+i), style))
	}
	tb.Rows = append(tb.Rows, sums)
	widest := 0
	for _, from := range f.Names {
		widest = max(widest, widget.Width(v.sign(from)))
	}
	for i, from := range f.Names {
		row := []string{t.Strong.Render(from), sum(t, f.Sent[i], f.Whole(i), style)}
		if sign := v.sign(from); style != underNames && sign != "·" {
			row[0] = widget.FitLeft(sign, widest) + " " + row[0]
		}
		for j := first; j < end; j++ {
			row = append(row, flow(t, f, i, j, style))
		}
		tb.Rows = append(tb.Rows, row)
	}
	return tb
}

// sum writes a sum of bytes: where it is not the whole, that there may be more, or nothing
// of it, where none is known.
func sum(t theme.Theme, b int64, whole bool, style style) string {
	switch {
	case whole:
		return style.bytes(b)
	case b == 0:
		return hidden(t, 3)
	case style == narrowly:
		return "≥" + style.bytes(b)
	}
	return "≥ " + style.bytes(b)
}

// flow writes what one party sent to another: the more, the darker.
func flow(t theme.Theme, f say.Flows, from, to int, style style) string {
	switch b := f.Bytes[from][to]; {
	case b > 0:
		return t.Heat(float64(b) / float64(f.Top)).Render(style.bytes(b))
	case !f.Known(from, to):
		return hidden(t, 3) // they may have sent each other anything
	}
	return t.Faint.Render("·")
}

// receiver names a party over its column: by its sign, where there is little room.
func (v *view) receiver(to string, style style) string {
	if sign := v.sign(to); style != underNames && sign != "·" {
		return sign
	}
	return to
}

// cost draws what every span cost, the dearest first.
func (p *wire) cost(v *view, w, h int) []string {
	t := v.theme
	root := v.scene.Costs()
	tb := widget.Table{Head: []string{"span", "bytes", "", "share", "messages", "rounds"}, Right: []bool{false, true, false, true, true, true}, Selected: -1}
	longest := 0
	var measure func(*say.Cost, int)
	measure = func(c *say.Cost, depth int) {
		longest = max(longest, 2*depth+widget.Width(c.Name))
		for _, inner := range c.Inside {
			measure(inner, depth+1)
		}
	}
	measure(root, 0)
	const numbers, least = 45, 14 // what the other columns take, and the bars beside long names
	names := min(longest, max(30, w-numbers-least))
	bar := max(6, min(60, w-numbers-names))
	var walk func(*say.Cost, int)
	walk = func(c *say.Cost, depth int) {
		share := 0.0
		if root.Bytes > 0 {
			share = float64(c.Bytes) / float64(root.Bytes)
		}
		name := strings.Repeat("  ", depth) + c.Name
		name = widget.Fit(name, min(names, widget.Width(name)))
		if depth == 0 {
			name = t.Strong.Render(c.Name)
		}
		tb.Rows = append(tb.Rows, []string{name, widget.Bytes(c.Bytes), widget.Gauge(t, share, bar), widget.Percent(share), widget.Count(c.Messages), widget.Count(c.Rounds)})
		for _, inner := range c.Inside {
			walk(inner, depth+1)
		}
	}
	walk(root, 0)
	room := h - 2
	p.scroll = min(p.scroll, max(0, len(tb.Rows)+1-room))
	tb.Top = p.scroll
	lines := tb.Render(t, w, min(room, len(tb.Rows)+1))
	return append(append(lines, ""), t.Dim.Render("Batches and visits are summed up by name; computing costs no bytes."))
}

// imagined is a network to imagine: a round-trip time and a bandwidth, as places in
// the lists below.
type imagined struct{ rtt, rate, row int }

var (
	rtts = []time.Duration{0, 50 * time.Microsecond, 100 * time.Microsecond, 500 * time.Microsecond, time.Millisecond, 5 * time.Millisecond,
		20 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond}
	rates = []float64{1e6, 5e6, 20e6, 100e6, 1e9, 10e9, 100e9} // bits a second
)

func (n *imagined) handle(i key.Intent) bool {
	at, last := &n.rtt, len(rtts)-1
	if n.row == 1 {
		at, last = &n.rate, len(rates)-1
	}
	switch i {
	case key.Left:
		*at = max(0, *at-1)
	case key.Right:
		*at = min(last, *at+1)
	default:
		return pageIntent(i, &n.row, 1, 1)
	}
	return true
}

func rate(bits float64) string {
	if bits >= 1e9 {
		return strconv.FormatFloat(bits/1e9, 'f', 0, 64) + " Gbit/s"
	}
	return strconv.FormatFloat(bits/1e6, 'f', 0, 64) + " Mbit/s"
}

func delay(d time.Duration) string {
	if d == 0 {
		return "0 ms"
	}
	return strconv.FormatFloat(d.Seconds()*1000, 'f', -1, 64) + " ms"
}

// slider draws a choice among so many as a line with a knob.
func slider(t theme.Theme, at, of, w int, on bool) string {
	knob := at * (w - 1) / max(1, of-1)
	line := t.Faint.Render(strings.Repeat("─", knob)) + t.Strong.Render("●") + t.Faint.Render(strings.Repeat("─", w-1-knob))
	if on {
		line = t.Accent.Render(strings.Repeat("━", knob)+"●") + t.Faint.Render(strings.Repeat("─", w-1-knob))
	}
	return line
}

// draw projects the run to the network.
func (n *imagined) draw(v *view, w, h int) []string {
	t := v.theme
	mark := func(row int) string {
		if row == n.row {
			return t.Accent.Render("▸ ")
		}
		return "  "
	}
	bar := max(10, min(40, w-40))
	lines := []string{
		mark(0) + widget.Fit("round-trip time", 17) + slider(t, n.rtt, len(rtts), bar, n.row == 0) + widget.FitLeft(delay(rtts[n.rtt]), 12),
		mark(1) + widget.Fit("bandwidth", 17) + slider(t, n.rate, len(rates), bar, n.row == 1) + widget.FitLeft(rate(rates[n.rate]), 12),
		"",
	}
	tb := widget.Table{Head: []string{"", "rounds", "bytes", "together", "whole run"}, Right: []bool{false, true, true, true, true}, Selected: 0}
	traffic := v.scene.Traffic()
	row := func(name string, rtt time.Duration, bits float64) {
		p := traffic.Over(rtt, bits)
		whole := "—"
		if p.Whole > 0 {
			whole = widget.Duration(p.Whole)
		}
		tb.Rows = append(tb.Rows, []string{name, widget.Duration(p.Rounds), widget.Duration(p.Bytes), widget.Duration(p.Rounds + p.Bytes), whole})
	}
	row("as set above", rtts[n.rtt], rates[n.rate])
	row("one building", 500*time.Microsecond, 1e9)
	row("one country", 20*time.Millisecond, 1e9)
	row("two continents", 100*time.Millisecond, 100e6)
	row("telephones", 50*time.Millisecond, 20e6)
	lines = append(lines, tb.Render(t, w, min(len(tb.Rows)+1, max(2, h-len(lines)-4)))...)
	note := v.scene.Waited()
	if v.scene.Snapshot.Eyes == "" && v.scene.Rounds() > 0 {
		note += " " + v.scene.Ahead()
	}
	return append(append(lines, ""), paint(t.Dim.Render, widget.Wrap(note, w))...)
}

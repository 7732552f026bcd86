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
	t := v.theme
	names, group := v.scene.Senders()
	eyes := v.scene.Snapshot.Eyes
	bytes := map[[2]string]int64{}
	var top int64
	for _, total := range v.scene.Snapshot.Record.Totals() {
		if total.Messages == 0 {
			continue
		}
		k := [2]string{group(total.From), group(total.To)}
		bytes[k] += total.Bytes
		top = max(top, bytes[k])
	}
	sent, received := make([]int64, len(names)), make([]int64, len(names))
	var all int64
	for i, from := range names {
		for j, to := range names {
			b := bytes[[2]string{from, to}]
			sent[i], received[j], all = sent[i]+b, received[j]+b, all+b
		}
	}
	table := func(first, end int, short bool) widget.Table { // of these receivers
		// The sums come first: they are seen however many parties there are.
		tb := widget.Table{Head: []string{"from \\ to", "all"}, Right: []bool{false, true}, Selected: -1}
		sums := []string{t.Dim.Render("all"), t.Strong.Render(widget.Bytes(all))}
		for i, to := range names[first:end] {
			tb.Head, tb.Right = append(tb.Head, v.receiver(to, short)), append(tb.Right, true)
			sums = append(sums, widget.Bytes(received[first+i]))
		}
		tb.Rows = append(tb.Rows, sums)
		for i, from := range names {
			row := []string{t.Strong.Render(from), widget.Bytes(sent[i])}
			if sign := v.sign(from); short && sign != "·" {
				row[0] = sign + " " + row[0]
			}
			for _, to := range names[first:end] {
				cell := t.Faint.Render("·")
				if eyes != "" && from != to && from != group(eyes) && to != group(eyes) {
					cell = hidden(t, 3) // they may have sent each other anything
				}
				if b := bytes[[2]string{from, to}]; b > 0 {
					cell = t.Heat(float64(b) / float64(top)).Render(widget.Bytes(b))
				}
				row = append(row, cell)
			}
			tb.Rows = append(tb.Rows, row)
		}
		return tb
	}
	n := len(names)
	tb := table(0, n, false)
	if p.part = ""; tb.Width() > w {
		tb = table(0, n, true) // columns by the signs of the parties
	}
	if tb.Width() > w {
		p.left = min(p.left, n-1)
		for p.left > 0 && table(p.left-1, n, true).Width() <= w { // no further than to the last one
			p.left--
		}
		end := n
		for tb = table(p.left, end, true); end > p.left+1 && tb.Width() > w; tb = table(p.left, end, true) {
			end--
		}
		p.part = fmt.Sprintf("receivers %d–%d of %d: %s … %s", p.left+1, end, n, v.receiver(names[p.left], true), v.receiver(names[end-1], true))
	} else {
		p.left = 0
	}
	room := h - 3
	p.scroll = min(p.scroll, max(0, len(tb.Rows)+1-room))
	tb.Top = p.scroll
	lines := tb.Render(t, w, min(room, len(tb.Rows)+1))
	note := "Each cell is all that the party of its row sent to the party of its column, since the beginning."
	if eyes != "" {
		note = "Only what " + say.The(eyes) + " sent or received: it does not know what others send each other."
	}
	if n := v.scene.Snapshot.Record.Forgotten(); n > 0 {
		note += fmt.Sprintf(" %s are only summed up.", plural(n, "early message"))
	}
	return append(append(lines, ""), paint(t.Dim.Render, widget.Wrap(note, w))...)
}

// receiver names a party over its column: by its sign, where there is little room.
func (v *view) receiver(to string, short bool) string {
	if sign := v.sign(to); short && sign != "·" {
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

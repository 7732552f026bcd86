package widget

import (
	"strings"

	"unseen/tui/theme"
)

// Pane is a framed part of the screen. The title sits in the top border on the
// left, what belongs to it (a count, a size) on the right.
type Pane struct {
	// Title names the pane; Right is a remark at the right end of the top
	// border, dropped first when there is no room. Both may be styled.
	Title, Right string
	// Number is a key or a number shown before the title.
	Number string
	// Focused draws the frame in the accent colour and a ▸ before the title.
	Focused bool
	// Flush lets the body touch the frame; otherwise one blank column is kept
	// on each side.
	Flush bool
	// W and H are the outer size.
	W, H int
	// Offset and Total describe a scrolled body: its first visible line and
	// how many lines there are. A mark appears in the right border when not
	// all of them are visible.
	Offset, Total int

	unmarked bool // no ▸ before the title although it is focused
}

// Inner returns the width and height left for the body.
func (p Pane) Inner() (w, h int) {
	if p.W < 2 || p.H < 2 {
		return max(p.W, 0), max(p.H, 0)
	}
	return p.W - 2 - 2*p.margin(), p.H - 2
}

func (p Pane) margin() int {
	if p.Flush || p.W < 8 {
		return 0
	}
	return 1
}

// Render returns H lines of W cells: the frame and, in it, the first lines of
// body, cut or padded. The body is already scrolled: its first line is shown
// first.
func (p Pane) Render(t theme.Theme, body []string) []string {
	w, h := p.Inner()
	if p.W < 2 || p.H < 2 {
		return Block(body, p.W, p.H)
	}
	line, title := inkOf(t.Border), inkOf(t.Dim)
	if p.Focused {
		line, title = inkOf(t.BorderFocus), inkOf(t.Title)
	}
	out := make([]string, p.H)
	out[0] = p.top(t, line, title)
	from, to := p.thumb(h)
	margin := blanks(p.margin())
	left, right := line.on("│")+margin, margin+line.on("│")
	thumb := margin + line.on("┃")
	blank := left + blanks(w) + right
	for i := range h {
		end := right
		if i >= from && i < to {
			end = thumb
		}
		switch {
		case i < len(body):
			out[i+1] = left + Fit(body[i], w) + end
		case i >= from && i < to:
			out[i+1] = left + blanks(w) + end
		default:
			out[i+1] = blank
		}
	}
	out[p.H-1] = line.on("╰" + strings.Repeat("─", p.W-2) + "╯")
	return out
}

// top draws the upper border with what is written in it.
func (p Pane) top(t theme.Theme, line, title ink) string {
	room := p.W - 2
	lead := " "
	if p.Focused && !p.unmarked {
		lead = "▸"
	}
	label := title.on(p.Title)
	if p.Number != "" {
		label = inkOf(t.Faint).on(p.Number) + " " + label
	}
	label, n := fit(label, room-2)
	if n <= 0 {
		return line.on("╭" + strings.Repeat("─", room) + "╮")
	}
	right, m := fit(inkOf(t.Dim).on(p.Right), room-n-5)
	if m > 0 && m == Width(p.Right) {
		return line.on("╭"+lead) + label + line.on(" "+strings.Repeat("─", room-n-m-4)) + " " + right + line.on(" ╮")
	}
	return line.on("╭"+lead) + label + line.on(" "+strings.Repeat("─", room-n-2)+"╮")
}

// thumb returns the lines of the body beside which the scroll mark is drawn.
func (p Pane) thumb(h int) (from, to int) {
	if p.Total <= h || h <= 0 {
		return 0, 0
	}
	size := max(h*h/p.Total, 1)
	span, room := p.Total-h, h-size
	from = min(max(p.Offset, 0), span) * room / span
	if from == 0 && p.Offset > 0 && room > 0 {
		from = 1
	}
	return from, from + size
}

// Box returns a dialog of width w around the body, to be laid over a screen. It
// has two lines more than the body.
func Box(t theme.Theme, title string, w int, body []string) []string {
	p := Pane{Title: title, Focused: true, unmarked: true, W: w, H: len(body) + 2}
	return p.Render(t, body)
}

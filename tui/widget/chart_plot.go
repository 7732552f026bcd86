package widget

import (
	"math"

	"github.com/NimbleMarkets/ntcharts/v2/canvas"
	"github.com/NimbleMarkets/ntcharts/v2/canvas/graph"

	"unseen/tui/theme"
)

// plot draws the lines of all series, and the marker behind them.
func (c Chart) plot(t theme.Theme, inks []ink, f frame, w, h int) []string {
	cells := make([]plotCell, w*h)
	for i := len(c.Series) - 1; i >= 0; i-- {
		grid := graph.NewBrailleGrid(w, h, f.x0, f.x1, f.y0, f.y1)
		c.Series[i].draw(grid, f, w*2, h*4)
		for y, row := range grid.BraillePatterns() {
			for x, r := range row {
				if r <= brailleBlank || x >= w || y >= h {
					continue
				}
				cell := &cells[y*w+x]
				if cell.r > brailleBlank {
					r |= cell.r
				}
				*cell = plotCell{r, i + 1}
			}
		}
	}
	if x, ok := c.markerCell(f, w); ok {
		for y := range h {
			if cell := &cells[y*w+x]; cell.r == 0 {
				*cell = plotCell{'┆', -1}
			}
		}
	}
	accent := inkOf(t.Accent)
	lines := make([]string, h)
	var line writer
	for y := range lines {
		for _, cell := range cells[y*w : (y+1)*w] {
			switch {
			case cell.r == 0:
				line.char(ink{}, ' ')
			case cell.series < 0:
				line.char(accent, cell.r)
			default:
				line.char(inks[cell.series-1], cell.r)
			}
		}
		lines[y] = line.line()
	}
	return lines
}

// brailleBlank is the braille pattern without dots.
const brailleBlank = '\u2800'

// plotCell is one cell of the plot: its character, and the series it belongs
// to, counted from 1; -1 is the marker.
type plotCell struct {
	r      rune
	series int
}

// markerCell returns the column of the marker.
func (c Chart) markerCell(f frame, w int) (int, bool) {
	if c.Marker == nil || !(*c.Marker >= f.x0 && *c.Marker <= f.x1) {
		return 0, false
	}
	return f.column(*c.Marker, w), true
}

// column returns the cell, of w, in which x lies.
func (f frame) column(x float64, w int) int {
	return int(math.Round((x-f.x0)/(f.x1-f.x0)*float64(2*w-1))) / 2
}

// row returns the cell, of h counted from the top, in which y lies.
func (f frame) row(y float64, h int) int {
	return (4*h - 1 - int(math.Round((y-f.y0)/(f.y1-f.y0)*float64(4*h-1)))) / 4
}

// span of pixels of one pixel column: the smallest and largest, and the first
// and last in the order of the points.
type pixels struct {
	used                 bool
	lo, hi, first, final int
}

// draw sets the dots of the line in a grid of w by h pixels: each pixel column
// from its smallest to its largest value, and straight lines between columns.
func (s *Series) draw(grid *graph.BrailleGrid, f frame, w, h int) {
	cols := make([]pixels, w)
	far := f.y1 - f.y0
	any := 0
	for i := range s.Y {
		x, y, ok := s.point(i)
		if !ok {
			continue
		}
		y = min(max(y, f.y0-far), f.y1+far)
		p := grid.GridPoint(canvas.Float64Point{X: x, Y: y})
		if p.X < 0 || p.X >= w {
			continue
		}
		col := &cols[p.X]
		if !col.used {
			any++
			*col = pixels{true, p.Y, p.Y, p.Y, p.Y}
			continue
		}
		col.lo, col.hi, col.final = min(col.lo, p.Y), max(col.hi, p.Y), p.Y
	}
	pen := pen{grid: grid, dashed: s.Dashed, dotted: s.Dotted}
	before := -1
	for x, col := range cols {
		if !col.used {
			continue
		}
		for y := col.lo; y <= col.hi; y++ {
			pen.dot(x, y, col.hi-col.lo > 2)
		}
		if before >= 0 {
			pen.stroke(before, cols[before].final, x, col.first)
		}
		before = x
	}
	if any == 1 { // one point alone is made big enough to be seen
		y := cols[before].final
		for _, d := range [...]canvas.Point{{X: 1}, {X: -1}, {Y: 1}, {Y: -1}} {
			grid.Set(canvas.Point{X: before + d.X, Y: y + d.Y})
		}
		grid.Set(canvas.Point{X: before, Y: y})
	}
}

// pen draws with gaps or without.
type pen struct {
	grid           *graph.BrailleGrid
	dashed, dotted bool
}

// dot sets one dot unless it falls into a gap; steep parts have their gaps along
// y.
func (p pen) dot(x, y int, steep bool) {
	at := x
	if steep {
		at = y
	}
	switch {
	case p.dotted && at%3 != 0, p.dashed && at%6 >= 4:
		return
	}
	p.grid.Set(canvas.Point{X: x, Y: y})
}

// stroke draws a straight line without its first dot.
func (p pen) stroke(x0, y0, x1, y1 int) {
	dx, dy := x1-x0, y1-y0
	n := max(dx, dy, -dy)
	steep := dx < max(dy, -dy)
	for i := 1; i <= n; i++ {
		x := x0 + int(math.Round(float64(dx*i)/float64(n)))
		y := y0 + int(math.Round(float64(dy*i)/float64(n)))
		p.dot(x, y, steep)
	}
}

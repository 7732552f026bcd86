package widget

import (
	"math"

	"charm.land/lipgloss/v2"

	"unseen/tui/theme"
)

// Series is one line of a chart.
type Series struct {
	// Name stands in the legend.
	Name string
	// Note stands in the legend behind the value; may be empty.
	Note string
	// X and Y are the points, X ascending; a nil X means 0, 1, 2, … Points
	// that are not finite are skipped.
	X, Y []float64
	// Style colours the line; the zero Style means the next series colour.
	Style lipgloss.Style
	// Dashed and Dotted tell lines apart without colour.
	Dashed, Dotted bool
}

// Chart is a line chart in braille with axes and a legend.
type Chart struct {
	// Series are drawn so that the first lies on top.
	Series []Series
	// XLabel and YLabel name the axes.
	XLabel, YLabel string
	// YMin and YMax are where the y axis ends, or the next tick beyond; nil means from
	// the data.
	YMin, YMax *float64
	// Grows ends the x axis at a round number, so that the lines stand still for a while
	// when points are added.
	Grows bool
	// XEnd is where the x axis ends at most, however it grows; 0 means anywhere.
	XEnd float64
	// Marker draws a vertical line at this x, the current position.
	Marker *float64
	// FormatX and FormatY write axis labels and values; nil means plain
	// numbers.
	FormatX, FormatY func(float64) string
	// NamesOnly leaves the values out of the legend.
	NamesOnly bool
	// At is where the legend reads the values: of each line at its last point that
	// is not behind this x. nil means at its end.
	At *float64
	// LegendLines is how many lines the legend may have; 0 means one, and two in
	// high boxes.
	LegendLines int
}

// frame is the part of the plane a chart shows.
type frame struct{ x0, x1, y0, y1 float64 }

// Render returns h lines of w cells. Each pixel column of a line keeps the
// smallest and the largest value that falls into it, so spikes stay visible
// however many points there are. In small boxes first the axes go, then the
// line becomes a strip of bars; without points it says so.
func (c Chart) Render(t theme.Theme, w, h int) []string {
	if w <= 0 || h <= 0 {
		return Block(nil, w, h)
	}
	f, ok := c.frame()
	if !ok {
		return c.empty(t, w, h)
	}
	if h < 3 || w < 14 {
		return c.small(t, w, h)
	}
	inks := c.inks(t)
	lines := make([]string, 0, h)
	most := c.LegendLines
	if most == 0 && h >= 12 {
		most = 2
	}
	lines = append(lines, c.legend(t, inks, w, max(most, 1))...)
	plotH, axis := h-len(lines), false
	if h >= 7 {
		plotH, axis = plotH-2, true
	}
	f, ticks := c.level(f, plotH)
	gutter := 0
	for _, tk := range ticks {
		gutter = max(gutter, Width(tk.text))
	}
	gutter = min(gutter, 10)
	if w < 24 || w-gutter-1 < 12 {
		gutter, ticks = -1, nil
	}
	plotW := w - gutter - 1
	if c.Grows {
		f = c.grown(f, plotW)
	}
	plot := c.plot(t, inks, f, plotW, plotH)
	if gutter >= 0 {
		plot = withYAxis(t, plot, ticks, gutter)
	}
	lines = append(lines, plot...)
	if axis {
		lines = append(lines, c.xAxis(t, f, gutter, plotW)...)
	}
	return Block(lines, w, h)
}

// frame finds what to show, in one pass over all points.
func (c Chart) frame() (f frame, ok bool) {
	f = frame{math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)}
	for n := range c.Series {
		s := &c.Series[n]
		for i := range s.Y {
			x, y, good := s.point(i)
			if !good {
				continue
			}
			ok = true
			f.x0, f.x1 = min(f.x0, x), max(f.x1, x)
			f.y0, f.y1 = min(f.y0, y), max(f.y1, y)
		}
	}
	if !ok {
		return f, false
	}
	if f.x0 == f.x1 {
		f.x0, f.x1 = f.x0-halfUnit(f.x0), f.x1+halfUnit(f.x1)
	}
	if f.y0 == f.y1 {
		f.y0, f.y1 = f.y0-halfUnit(f.y0), f.y1+halfUnit(f.y1)
	}
	if c.YMin != nil && usable(*c.YMin) {
		f.y0 = *c.YMin
	}
	if c.YMax != nil && usable(*c.YMax) {
		f.y1 = *c.YMax
	}
	if f.y1 <= f.y0 {
		f.y1 = f.y0 + halfUnit(f.y0)
	}
	return f, true
}

// halfUnit is a margin around a single value that does not vanish beside it.
func halfUnit(v float64) float64 { return max(0.5, math.Abs(v)*0.05) }

// usable tells whether v can be drawn: finite, and so small that differences
// cannot overflow.
func usable(v float64) bool { return math.Abs(v) <= 1e300 }

// point returns point number i and whether it can be drawn.
func (s *Series) point(i int) (x, y float64, ok bool) {
	y = s.Y[i]
	switch {
	case s.X == nil:
		x = float64(i)
	case i < len(s.X):
		x = s.X[i]
	default:
		return 0, 0, false
	}
	return x, y, usable(x) && usable(y)
}

// read returns the value of a line that the legend says: of the last point that can be
// drawn and is not behind c.At.
func (c Chart) read(s *Series) (float64, bool) {
	for i := len(s.Y) - 1; i >= 0; i-- {
		if x, y, ok := s.point(i); ok && (c.At == nil || x <= *c.At) {
			return y, true
		}
	}
	return 0, false
}

func (c Chart) inks(t theme.Theme) []ink {
	inks := make([]ink, len(c.Series))
	for i := range c.Series {
		if inks[i] = inkOf(c.Series[i].Style); inks[i].pre == "" {
			inks[i] = inkOf(t.Series(i))
		}
	}
	return inks
}

func (c Chart) empty(t theme.Theme, w, h int) []string {
	lines := make([]string, h)
	lines[(h-1)/2] = Center(inkOf(t.Faint).on("no points yet"), w)
	return Block(lines, w, h)
}

// small is what is drawn where a chart has no room: each series as its name,
// its value and a strip of bars.
func (c Chart) small(t theme.Theme, w, h int) []string {
	inks := c.inks(t)
	var lines []string
	for i := range c.Series {
		s := &c.Series[i]
		v, ok := c.read(s)
		if !ok {
			continue
		}
		name, value := Plain(s.Name), c.value(v)
		text := inks[i].on(name) + " " + value
		if name == "" || Width(text) > w {
			text = inks[i].on(value)
		}
		if room := w - Width(text) - 1; room >= 4 {
			text += " " + bars(inks[i], s.Y, room)
		}
		lines = append(lines, text)
	}
	return Block(lines, w, h)
}

// value writes a value of the y axis for the legend.
func (c Chart) value(v float64) string {
	if c.FormatY != nil {
		return Plain(c.FormatY(v))
	}
	return num(v, 9)
}

// legend names the lines, with a piece of each and its value, in up to most lines.
// Values go first when there is no room, then the series at the end.
func (c Chart) legend(t theme.Theme, inks []ink, w, most int) []string {
	var lines []string
	for _, values := range []bool{!c.NamesOnly, false} {
		var whole bool
		if lines, whole = c.legendOf(t, inks, w, most, values); whole {
			break
		}
	}
	return lines
}

func (c Chart) legendOf(t theme.Theme, inks []ink, w, most int, values bool) (lines []string, whole bool) {
	line, used := "", 0
	if c.YLabel != "" {
		line = inkOf(t.Dim).on(Plain(c.YLabel))
		used = Width(line)
	}
	strong := inkOf(t.Strong)
	for i := range c.Series {
		s := &c.Series[i]
		entry := inks[i].on(s.stroke()) + " " + Plain(s.Name)
		if v, ok := c.read(s); ok && values {
			entry += " " + strong.on(c.value(v))
			if s.Note != "" {
				entry += " " + inkOf(t.Dim).on(Plain(s.Note))
			}
		}
		gap := 3
		if used == 0 {
			gap = 0
		}
		n := gap + Width(entry)
		if used > 0 && used+n > w {
			if len(lines) == most-1 {
				return append(lines, Fit(line, w)), false
			}
			lines = append(lines, Fit(line, w))
			line, used, gap = "", 0, 0
			n = Width(entry)
		}
		line += blanks(gap) + entry
		used += n
	}
	return append(lines, Fit(line, w)), used <= w
}

// stroke is a piece of the line as it stands in the legend.
func (s *Series) stroke() string {
	switch {
	case s.Dotted:
		return "┈┈"
	case s.Dashed:
		return "╌╌"
	}
	return "──"
}

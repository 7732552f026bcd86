package widget

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"unseen/tui/theme"
)

// tick is a labelled place on an axis, in cells.
type tick struct {
	at   int
	text string
}

// niceTicks returns round numbers between lo and hi, about n of them, and how
// many decimals they need.
func niceTicks(lo, hi float64, n int) (values []float64, decimals int) {
	raw := (hi - lo) / float64(max(n, 1))
	if !(raw > 0) || math.IsInf(raw, 0) {
		return nil, 0
	}
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	if power == 0 || math.IsInf(power, 0) {
		return nil, 0
	}
	step := power * 10
	for _, f := range [...]float64{1, 2, 5} {
		if raw <= f*power*1.0000001 {
			step = f * power
			break
		}
	}
	decimals = min(max(-int(math.Floor(math.Log10(step)+1e-9)), 0), 12)
	first := math.Ceil(lo/step - 1e-9)
	for i := 0; i <= 2*n+2; i++ {
		v := (first + float64(i)) * step
		if v > hi+step*1e-9 {
			break
		}
		if math.Abs(v) < step/2 {
			v = 0
		}
		values = append(values, v)
	}
	return values, decimals
}

// axisNumber writes a tick.
func axisNumber(v float64, decimals int) string {
	abs := math.Abs(v)
	switch {
	case abs >= 1e6 || v != 0 && abs < 1e-4:
		return strconv.FormatFloat(v, 'g', 3, 64)
	case decimals == 0:
		return Count(int(math.Round(v)))
	}
	return strconv.FormatFloat(v, 'f', decimals, 64)
}

// yTicks returns the ticks of the y axis, counted from the top.
func (c Chart) yTicks(f frame, h int) []tick {
	values, dec := niceTicks(f.y0, f.y1, min(max(h/3, 2), 8))
	var ticks []tick
	last := -1
	for i := len(values) - 1; i >= 0; i-- {
		row := min(max(f.row(values[i], h), 0), h-1)
		if row == last {
			continue
		}
		last = row
		text := axisNumber(values[i], dec)
		if c.FormatY != nil {
			text = Plain(c.FormatY(values[i]))
		}
		ticks = append(ticks, tick{row, text})
	}
	return ticks
}

// withYAxis puts labels and the axis before the lines of the plot.
func withYAxis(t theme.Theme, plot []string, ticks []tick, gutter int) []string {
	dim, line := inkOf(t.Dim), inkOf(t.Border)
	out := make([]string, len(plot))
	for y, p := range plot {
		text, mark := blanks(gutter), "│"
		if len(ticks) > 0 && ticks[0].at == y {
			text, mark = dim.on(FitLeft(ticks[0].text, gutter)), "┤"
			ticks = ticks[1:]
		}
		out[y] = text + line.on(mark) + p
	}
	return out
}

// label is a text at a place on the line under the x axis.
type label struct {
	at, width int
	text      string
}

// xAxis returns the two lines under the plot: the axis, and its labels with the
// name of the axis in the last gap between them.
func (c Chart) xAxis(t theme.Theme, f frame, gutter, w int) []string {
	axis := []rune(strings.Repeat("─", w))
	var labels []label
	values, dec := niceTicks(f.x0, f.x1, max(w/14, 2))
	used := 0
	for _, v := range values {
		col := min(max(f.column(v, w), 0), w-1)
		text := axisNumber(v, dec)
		if c.FormatX != nil {
			text = Plain(c.FormatX(v))
		}
		n := Width(text)
		from := max(min(col-n/2, w-n), 0)
		if from < used || n > w {
			continue
		}
		axis[col] = '┬'
		labels = append(labels, label{from, n, text})
		used = from + n + 2
	}
	line := inkOf(t.Border)
	drawn := line.on(string(axis))
	if x, ok := c.markerCell(f, w); ok {
		drawn = line.on(string(axis[:x])) + inkOf(t.Accent).on("▲") + line.on(string(axis[x+1:]))
	}
	corner, margin := "", ""
	if gutter >= 0 {
		corner, margin = blanks(gutter)+line.on("└"), blanks(gutter+1)
	}
	text := labelLine(named(labels, Plain(c.XLabel), w), w)
	return []string{corner + drawn, margin + inkOf(t.Dim).on(text)}
}

// named adds the name of the axis to its labels: in the last gap that is wide
// enough, or, when there is none, instead of the labels at the end.
func named(labels []label, name string, w int) []label {
	n := Width(name)
	if n == 0 || n+4 > w {
		return labels
	}
	end := w
	for i := len(labels) - 1; i >= 0; i-- {
		start := labels[i].at + labels[i].width + 2
		if end-start >= n {
			at := end - n
			if i < len(labels)-1 {
				at = start + (end-start-n)/2
			}
			return slices.Insert(labels, i+1, label{at, n, name})
		}
		end = labels[i].at - 2
	}
	for len(labels) > 0 && labels[len(labels)-1].at+labels[len(labels)-1].width+2 > w-n {
		labels = labels[:len(labels)-1]
	}
	return append(labels, label{w - n, n, name})
}

// labelLine writes labels, ordered and apart, into w cells.
func labelLine(labels []label, w int) string {
	var b strings.Builder
	used := 0
	for _, l := range labels {
		b.WriteString(blanks(l.at-used) + l.text)
		used = l.at + l.width
	}
	return b.String() + blanks(w-used)
}

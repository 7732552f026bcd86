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
	step := roundUp(raw)
	if step == 0 || math.IsInf(step, 0) {
		return nil, 0
	}
	decimals = decimalsOf(step)
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

// labelled is a round number on an axis, as it is written there.
type labelled struct {
	value float64
	text  string
}

// roundNumbers returns round numbers between lo and hi, about n of them: never fewer
// than three if there is room for more, and no two that are written alike.
func roundNumbers(lo, hi float64, n int, format func(float64) string) []labelled {
	values, decimals := niceTicks(lo, hi, n)
	for more := n + 1; len(values) < min(n, 3) && more <= 4*n; more++ {
		values, decimals = niceTicks(lo, hi, more)
	}
	for fewer := n; ; fewer-- {
		out := make([]labelled, len(values))
		alike := false
		for i, v := range values {
			out[i] = labelled{v, axisNumber(v, decimals)}
			if format != nil {
				out[i].text = Plain(format(v))
			}
			alike = alike || i > 0 && out[i].text == out[i-1].text
		}
		if n := len(values); n > 1 && format != nil { // a step that is written as none or as two
			alike = alike || Plain(format(2*values[n-1]-values[n-2])) == out[n-1].text
		}
		if !alike || fewer <= 1 {
			return slices.CompactFunc(out, func(a, b labelled) bool { return a.text == b.text })
		}
		values, decimals = niceTicks(lo, hi, fewer-1)
	}
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
// name of the axis in the last gap between them. The labels are so far apart that
// there is such a gap, if that can be.
func (c Chart) xAxis(t theme.Theme, f frame, gutter, w int) []string {
	name := Plain(c.XLabel)
	var labels []label
	var columns []int
	for n := xLabelsIn(w); n > 0; n-- {
		var all bool
		labels, columns, all = c.xLabels(f, w, n)
		if with, whole := named(labels, name, w); all && whole || n == 1 {
			labels = with
			break
		}
	}
	axis := []rune(strings.Repeat("─", w))
	for _, col := range columns {
		axis[col] = '┬'
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
	return []string{corner + drawn, margin + inkOf(t.Dim).on(labelLine(labels, w))}
}

// xLabels returns about n labels of the x axis, the columns that they stand for, and
// whether all of them have room.
func (c Chart) xLabels(f frame, w, n int) (labels []label, columns []int, all bool) {
	used := 0
	all = true
	for _, number := range roundNumbers(f.x0, f.x1, n, c.FormatX) {
		col, n := min(max(f.column(number.value, w), 0), w-1), Width(number.text)
		from := max(min(col-n/2, w-n), 0)
		if from < used || n > w {
			all = false
			continue
		}
		labels, columns = append(labels, label{from, n, number.text}), append(columns, col)
		used = from + n + 2
	}
	return labels, columns, all
}

// grown returns a frame whose x axis ends at a round number, less than the way between two
// of them behind the last point, or before, where no more points can come.
func (c Chart) grown(f frame, w int) frame {
	values := roundNumbers(f.x0, f.x1, xLabelsIn(w), c.FormatX)
	if n := len(values); n > 1 && values[n-1].value < f.x1 {
		f.x1 = 2*values[n-1].value - values[n-2].value
	}
	if c.XEnd > f.x0 {
		f.x1 = min(f.x1, c.XEnd)
	}
	return f
}

// xLabelsIn is about how many labels there are under w cells.
func xLabelsIn(w int) int { return max(w/14, 2) }

// named adds the name of the axis to its labels: in the last gap that is wide
// enough, or, when there is none, which it says, instead of the labels at the end.
func named(labels []label, name string, w int) (with []label, whole bool) {
	n := Width(name)
	if n == 0 || n+4 > w {
		return labels, true
	}
	end := w
	for i := len(labels) - 1; i >= 0; i-- {
		start := labels[i].at + labels[i].width + 2
		if end-start >= n {
			at := end - n
			if i < len(labels)-1 {
				at = start + (end-start-n)/2
			}
			return slices.Insert(slices.Clone(labels), i+1, label{at, n, name}), true
		}
		end = labels[i].at - 2
	}
	for len(labels) > 0 && labels[len(labels)-1].at+labels[len(labels)-1].width+2 > w-n {
		labels = labels[:len(labels)-1]
	}
	return append(slices.Clone(labels), label{w - n, n, name}), false
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

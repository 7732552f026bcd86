package labs

import (
	"slices"
	"strings"

	"unseen/engine"
	"unseen/tui/theme"
	"unseen/tui/widget"
)

// body is what a lab's lower pane says, in lines of at most w cells.
func (l *Labs) body(b *bench, w int) []string {
	t := l.theme
	switch {
	case b.err != nil:
		return widget.Wrap(t.Bad.Render(widget.Plain(b.err.Error())), w)
	case b.report == nil:
		return append(widget.Wrap(b.About, w), "", t.Dim.Render("enter runs it."))
	}
	return reportLines(t, b.report, w)
}

// reportLines draws a report: first what was found, then who looked at what, then
// the numbers.
func reportLines(t theme.Theme, r *engine.LabReport, w int) []string {
	var lines []string
	if r.Finding != "" {
		lines = widget.Wrap(t.Strong.Render(widget.Plain(r.Finding)), w)
	}
	if len(r.Notes) > 0 && len(lines) > 0 {
		lines = append(lines, "")
	}
	for _, n := range r.Notes {
		lines = append(lines, hanging(t, n.Name, []string{n.Text}, w)...)
	}
	if r.Adversary != "" {
		lines = append(lines, "")
		lines = append(lines, hanging(t, "adversary", []string{r.Adversary}, w)...)
		lines = append(lines, hanging(t, "saw", r.Saw, w)...)
	}
	if len(r.Bars) == 2 { // to be compared: the numbers are about them
		lines = append(lines, bars(t, r.Bars, w)...)
	}
	if len(r.Facts) > 0 {
		lines = append(lines, "")
	}
	lines = append(lines, facts(t, r.Facts, w)...)
	for _, tb := range r.Tables {
		lines = append(lines, "")
		lines = append(lines, table(t, tb, w)...)
	}
	if len(r.Bars) != 2 {
		lines = append(lines, bars(t, r.Bars, w)...)
	}
	if len(r.Words) > 0 {
		lines = append(lines, "")
	}
	for _, n := range r.Words {
		lines = append(lines, hanging(t, n.Name, []string{n.Text}, w)...)
	}
	return lines
}

// labelWidth is the width of what stands before hanging text.
const labelWidth = 11

// hanging writes paragraphs beside a label.
func hanging(t theme.Theme, label string, paragraphs []string, w int) []string {
	var lines []string
	for _, p := range paragraphs {
		for _, line := range widget.Wrap(widget.Plain(p), w-labelWidth) {
			lines = append(lines, t.Dim.Render(widget.Fit(label, labelWidth))+line)
			label = ""
		}
	}
	return lines
}

// facts writes a line a fact.
func facts(t theme.Theme, list []engine.LabFact, w int) []string {
	width := 0
	for _, f := range list {
		width = max(width, widget.Width(f.Label))
	}
	var lines []string
	for _, f := range list {
		lines = append(lines, widget.Fit(t.Dim.Render(widget.Fit(widget.Plain(f.Label), width))+"  "+t.Strong.Render(widget.Plain(f.Text())), w))
	}
	return lines
}

// table draws a table under its title. What does not fit beside each other comes
// below, with the columns again that say what a line is about.
func table(t theme.Theme, tb engine.LabTable, w int) []string {
	lines := widget.Wrap(t.Accent.Render(widget.Plain(tb.Title)), w)
	for i, columns := range blocks(tb, w) {
		if i > 0 {
			lines = append(lines, "")
		}
		drawn := widget.Table{Selected: -1}
		for _, k := range columns {
			drawn.Head, drawn.Right = append(drawn.Head, tb.Columns[k].Head), append(drawn.Right, tb.Right(k))
		}
		for r := range tb.Rows {
			row := make([]string, len(columns))
			for c, k := range columns {
				row[c] = widget.Plain(tb.Cell(r, k))
			}
			drawn.Rows = append(drawn.Rows, row)
		}
		lines = append(lines, drawn.Render(t, w, len(tb.Rows)+1)...)
	}
	return lines
}

// gap is what a table leaves between columns.
const gap = 2

// blocks divides the columns of a table so that each block fits in w cells.
func blocks(tb engine.LabTable, w int) [][]int {
	width := func(k int) int {
		n := widget.Width(tb.Columns[k].Head)
		for r := range tb.Rows {
			n = max(n, widget.Width(tb.Cell(r, k)))
		}
		return n
	}
	if len(tb.Columns) == 0 {
		return nil
	}
	first, lead := []int{0}, 1+width(0)
	for k := 1; k < tb.Lead; k++ {
		first, lead = append(first, k), lead+gap+width(k)
	}
	list, used := [][]int{slices.Clone(first)}, lead
	for k := len(first); k < len(tb.Columns); k++ {
		n := gap + width(k)
		if last := len(list) - 1; used+n > w && len(list[last]) > len(first) {
			list, used = append(list, slices.Clone(first)), lead
		}
		last := len(list) - 1
		list[last], used = append(list[last], k), used+n
	}
	return list
}

// bars draws histograms, two beside each other where there are two of one kind.
func bars(t theme.Theme, list []engine.LabHistogram, w int) []string {
	if len(list) == 2 {
		half := (w - 2) / 2
		left, right := histogram(t, list[0], half, 0), histogram(t, list[1], w-2-half, 1)
		n := max(len(left), len(right))
		return append([]string{""}, widget.JoinH(2, widget.Block(left, half, n), widget.Block(right, w-2-half, n))...)
	}
	var lines []string
	for i, h := range list {
		lines = append(append(lines, ""), histogram(t, h, w, i)...)
	}
	return lines
}

// histogram draws a bar a value.
func histogram(t theme.Theme, h engine.LabHistogram, w, series int) []string {
	lines := widget.Wrap(t.Accent.Render(widget.Plain(h.Title)), w)
	most, labels, numbers := 1, 0, 0
	for i, n := range h.Counts {
		most = max(most, n)
		labels, numbers = max(labels, widget.Width(h.Labels[i])), max(numbers, len(widget.Count(n)))
	}
	room := max(1, w-labels-numbers-3)
	for i, n := range h.Counts {
		bar := strings.Repeat("━", (n*room+most/2)/most)
		lines = append(lines, t.Dim.Render(widget.FitLeft(h.Labels[i], labels))+" "+
			widget.Fit(t.Series(series).Render(bar), room)+" "+widget.FitLeft(widget.Count(n), numbers))
	}
	return lines
}

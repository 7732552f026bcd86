package charts

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"unseen/engine"
	"unseen/tui/widget"
)

// confusionAt counts the decisions of the selected run at a threshold.
func (c *Charts) confusionAt(threshold int) [2][2]int {
	return engine.Decide(c.run().scores, float64(threshold)/100)
}

// flip is a person whose answer differs from the one at 50 %.
type flip struct {
	name     string
	score    engine.Score
	approved bool // now
}

// flips lists them, those nearest to the threshold first.
func (r *Run) flips(threshold int) []flip {
	at := float64(threshold) / 100
	var out []flip
	for _, s := range r.scores {
		if now, then := s.Probability >= at, s.Probability >= 0.5; now != then {
			p := r.people[s.Row]
			out = append(out, flip{p.First + " " + p.Last, s, now})
		}
	}
	slices.SortStableFunc(out, func(a, b flip) int {
		switch x, y := math.Abs(a.score.Probability-at), math.Abs(b.score.Probability-at); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	return out
}

// decisions shows the slider, the confusion, and the people whose answer flips.
func (c *Charts) decisions(w, h int) []string {
	t, r := c.theme, c.run()
	m := c.confusionAt(c.threshold)
	tall := 1
	if h >= 20 {
		tall = 5
	}
	lines := c.slider(w, tall)
	classes := r.Dataset.Set.Classes
	confusion := widget.Confusion{TP: m[0][0], FN: m[0][1], FP: m[1][0], TN: m[1][1],
		Positive: "“" + widget.Plain(classes[0]) + "”", Negative: "“" + widget.Plain(classes[1]) + "”"}
	lines = append(lines, "")
	lines = append(lines, confusion.Render(t, w, 3)...)
	all := max(1, len(r.scores))
	lines = append(lines, t.Dim.Render(fmt.Sprintf("%d of %d get a yes; %s of the answers are right", m[0][0]+m[1][0], len(r.scores),
		widget.Percent(float64(m[0][0]+m[1][1])/float64(all)))), "")
	flips := r.flips(c.threshold)
	if len(flips) == 0 {
		text := "Nobody’s answer flips: ← and → move the threshold away from 50 %."
		if c.threshold != 50 {
			text = "Nobody’s answer is another one than at 50 %."
		}
		return append(lines, t.Dim.Render(text))
	}
	yes := 0
	for _, f := range flips {
		if f.approved {
			yes++
		}
	}
	lines = append(lines, fmt.Sprintf("%s another answer than at 50 %%: %d now yes, %d now no.", plural(len(flips), "person gets", "people get"), yes, len(flips)-yes))
	tb := widget.Table{Head: []string{"", "probability", "now", "the file says", ""}, Right: []bool{false, true, false, false, false}, Selected: -1}
	for _, f := range flips {
		now, label, verdict := "no", classes[1], t.Bad.Render("wrong now")
		if f.approved {
			now = "yes"
		}
		if f.score.First {
			label = classes[0]
		}
		if f.approved == f.score.First {
			verdict = t.Good.Render("right now")
		}
		tb.Rows = append(tb.Rows, []string{f.name, widget.Percent(f.score.Probability), now, "“" + widget.Plain(label) + "”", verdict})
	}
	room := max(2, h-len(lines))
	c.top = min(c.top, max(0, len(tb.Rows)-room+1))
	tb.Rows = tb.Rows[c.top:]
	return append(lines, tb.Render(t, w, room)...)
}

// bars are blocks of 0 to 8 eighths of a line.
var bars = []rune(" ▁▂▃▄▅▆▇█")

// slider draws the threshold under the scores, in so many lines: how many rows have
// which probability.
func (c *Charts) slider(w, h int) []string {
	t := c.theme
	cells := min(max(10, w-20), 101)
	counts, most := make([]int, cells), 1
	for _, s := range c.run().scores {
		if math.IsNaN(s.Probability) {
			continue
		}
		i := min(cells-1, int(s.Probability*float64(cells)))
		counts[i]++
		most = max(most, counts[i])
	}
	at := c.threshold * (cells - 1) / 100
	lines := make([]string, h)
	for y := range lines {
		var b strings.Builder
		for i, n := range counts {
			eighths := (n*8*h + most - 1) / most
			bar := string(bars[min(max(eighths-8*(h-1-y), 0), 8)])
			switch {
			case i == at:
				b.WriteString(t.Cursor.Render("┃"))
			case i < at:
				b.WriteString(t.Series(1).Render(bar))
			default:
				b.WriteString(t.Series(0).Render(bar))
			}
		}
		left, right := "       ", ""
		if y == h-1 {
			left, right = t.Dim.Render("no 0 % "), t.Dim.Render(" 100 % yes")
		}
		lines[y] = left + b.String() + right
	}
	return lines
}

// workers draws a grid, one cell a worker, by the loss on its own rows.
func (c *Charts) workers(w, h int) []string {
	t, r := c.theme, c.run()
	if len(r.workers) == 0 {
		return []string{t.Dim.Render("Nobody owns rows.")}
	}
	sorted := slices.Clone(r.workers)
	slices.SortStableFunc(sorted, func(a, b engine.WorkerLoss) int {
		switch {
		case a.Loss > b.Loss:
			return -1
		case a.Loss < b.Loss:
			return 1
		}
		return strings.Compare(a.ID, b.ID)
	})
	guess := r.guess.Loss
	worse := 0
	for _, l := range r.workers {
		if !(l.Loss < guess) {
			worse++
		}
	}
	head := fmt.Sprintf("%s, %s of them served no better than by the guess (loss %s)", plural(len(r.workers), "worker", "workers"), widget.Count(worse), number(guess))
	lines := append(widget.Wrap(head, w), paint(t.Dim.Render, widget.Wrap("A bar a worker; higher is worse; the line at half the height is the guess.", w))...)
	const list = 34
	if w < 100 {
		lines = append(append(lines, ""), c.grid(w, h-len(lines)-2, guess)...)
		if len(lines) < h {
			lines = append(lines, worstServed(sorted, w))
		}
		return lines
	}
	lines = append(lines, "")
	left, h := w-list-3, h-len(lines)
	worst := []string{t.Strong.Render("worst served")}
	for _, l := range sorted[:min(len(sorted), max(1, h-1))] {
		worst = append(worst, fmt.Sprintf("%s %s", widget.Fit(l.ID, list-9), widget.FitLeft(number(l.Loss), 8)))
	}
	return append(lines, widget.JoinH(3, widget.Block(c.grid(left, h, guess), left, h), widget.Block(worst, list, h))...)
}

// tallest is how many lines a bar of the grid of workers has at most, broadest how many cells
// it takes with the gap to the next one, where workers are few.
const tallest, broadest = 6, 4

// grid draws a bar a worker, side by side, in so many lines at most if there is room
// for all: half of the height stands for the loss of the guess.
func (c *Charts) grid(w, h int, guess float64) []string {
	t, workers := c.theme, c.run().workers
	broad := min(max(1, w/len(workers)), broadest)
	across := max(1, w/broad) // workers side by side
	rows := (len(workers) + across - 1) / across
	tall, gap := min(max(1, (h+1)/rows-1), tallest), 1
	if tall == 1 {
		gap = 0
	}
	var lines []string
	for from := 0; from < len(workers); from += across {
		row := workers[from:min(from+across, len(workers))]
		if from > 0 && gap > 0 {
			lines = append(lines, "")
		}
		for y := range tall {
			var b strings.Builder
			for _, l := range row {
				style, eighths := t.Bad, 8*tall
				if l.Loss < guess {
					style = t.Good
				}
				if x := l.Loss / (2 * guess); x < 1 {
					eighths = 1 + int(x*float64(8*tall))
				}
				bar := string(bars[min(max(eighths-8*(tall-1-y), 0), 8)])
				if eighths <= 8*(tall-1-y) { // nothing of the bar is so high
					style, bar = t.Faint, level(y, tall)
				}
				b.WriteString(style.Render(strings.Repeat(bar, max(1, broad-1))) + strings.Repeat(" ", min(1, broad-1)))
			}
			lines = append(lines, b.String())
		}
	}
	return lines
}

// level draws the line at half of a height of so many lines, where it is in line y from
// the top: at its lower edge, or in its middle.
func level(y, tall int) string {
	switch {
	case tall%2 == 0 && y == tall/2-1:
		return "_"
	case tall%2 == 1 && tall > 1 && y == tall/2:
		return "╌"
	}
	return " "
}

// worstServed names, in one line, as many as fit of those with the largest loss.
func worstServed(sorted []engine.WorkerLoss, w int) string {
	line := "worst served:"
	for i, l := range sorted {
		more := fmt.Sprintf(" %s %s", l.ID, number(l.Loss))
		if i > 0 {
			more = " ·" + more
		}
		if widget.Width(line+more) > w {
			break
		}
		line += more
	}
	return line
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return widget.Count(n) + " " + many
}

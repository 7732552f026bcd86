package widget

import (
	"strings"

	"unseen/tui/theme"
)

// Confusion counts the answers of a classifier of two classes: true and false
// positives and negatives.
type Confusion struct {
	TP, FP, FN, TN int
	// Positive and Negative name the classes.
	Positive, Negative string
}

// Render returns h lines of w cells: what was true in rows, what was predicted
// in columns, counts and shares of the row; right answers in the colour of
// good, wrong ones in that of bad, and marked ✓ and ✗.
func (c Confusion) Render(t theme.Theme, w, h int) []string {
	pos, neg := Plain(c.Positive), Plain(c.Negative)
	if pos == "" {
		pos = "yes"
	}
	if neg == "" {
		neg = "no"
	}
	dim, good, bad := inkOf(t.Dim), inkOf(t.Good), inkOf(t.Bad)
	label := len("was ") + max(Width(pos), Width(neg)) + 1
	cell := max(Width("predicted "+pos+"  "), Width("predicted "+neg+"  "), len("12,345  100.0 % x")) + 1
	line := func(name string, a, b int, inkA, inkB ink, markA, markB string) string {
		total := a + b
		return dim.on(Fit("was "+name, label)) + inkA.on(FitLeft(share(a, total)+" "+markA, cell)) +
			inkB.on(FitLeft(share(b, total)+" "+markB, cell))
	}
	lines := []string{
		blanks(label) + dim.on(FitLeft("predicted "+pos+"  ", cell)+FitLeft("predicted "+neg+"  ", cell)),
		line(pos, c.TP, c.FN, good, bad, "✓", "✗"),
		line(neg, c.FP, c.TN, bad, good, "✗", "✓"),
	}
	if label+2*cell > w { // counts only
		label = max(Width(pos), Width(neg), len("was")) + 1
		counts := func(name string, a, b int, inkA, inkB ink, markA, markB string) string {
			return dim.on(Fit(name, label)) + inkA.on(FitLeft(Count(a)+" "+markA, 10)) +
				inkB.on(FitLeft(Count(b)+" "+markB, 10))
		}
		lines = []string{
			dim.on(blanks(label) + FitLeft("predicted", 10)),
			dim.on(Fit("was", label) + FitLeft(pos+"  ", 10) + FitLeft(neg+"  ", 10)),
			counts(pos, c.TP, c.FN, good, bad, "✓", "✗"),
			counts(neg, c.FP, c.TN, bad, good, "✗", "✓"),
		}
	}
	if total := c.TP + c.FP + c.FN + c.TN; total > 0 && h > 4 {
		text := Percent(float64(c.TP+c.TN)/float64(total)) + " of " + Count(total) + " right"
		lines = append(lines, "", strings.TrimSpace(text))
	}
	return Block(lines, w, h)
}

// share writes a count and what part of the total it is.
func share(n, total int) string {
	if total <= 0 {
		return Count(n)
	}
	return Count(n) + "  " + FitLeft(Percent(float64(n)/float64(total)), 7)
}

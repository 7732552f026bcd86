package plain

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"gorgonia.org/tensor"

	"unseen/tui/widget"
)

// speech writes symbols that not every screen reader knows as words.
var speech = strings.NewReplacer(
	" → ", " to ", "→", " to ", " › ", ", ", "−", "-", " × ", " times ", "×", " by ", "Σ of ", "sum of ", "Σ over ", "sum over ", "Σ mod ", "sum mod ", "Σ ", "sum of ", "Σ", "sum of ", " ⊕ ", " exclusive or ", " ← ", " becomes ", " ≈ ", " is about ", "….", "...", " ÷ ", " divided by ", " · ", " times ", "[·", "[all", ",·", ",all", "·", " times ",
	"“", `"`, "”", `"`, "’", "'", "…", "...", "ᵀ", " transposed", "≥", "at least ", "≤", "at most ", "⊙", "times, cell by cell,", "√", "square root of ", "²", " squared", "³", " cubed", "⁴", " to the power of 4", "⁶⁴", " to the power of 64", "⁻¹", " inverse", "χ", "chi",
)

// covered is what eyes do not see, however wide it is drawn.
var covered = regexp.MustCompile("▒+")

func spoken(text string) string {
	return speech.Replace(covered.ReplaceAllLiteralString(text, "unknown"))
}

// count writes a number with its noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return widget.Count(n) + " " + many
}

func shape(t *tensor.Dense) string {
	s := t.Shape()
	if len(s) != 2 {
		return fmt.Sprint(s)
	}
	return fmt.Sprintf("%d by %d", s[0], s[1])
}

// cell writes one number of a tensor: shares as the ring elements they are.
func cell(t *tensor.Dense, i int) string {
	switch data := t.Data().(type) {
	case []float64:
		return strconv.FormatFloat(data[i], 'g', 6, 64)
	case []uint64:
		return fmt.Sprintf("%#x", data[i])
	}
	return fmt.Sprint(t.Data())
}

// longest bounds the rows and columns that are read at once.
const longest = 12

// matrix reads a tensor row by row, from a row and a column on.
func (p *plain) matrix(name string, t *tensor.Dense, row, col int, rows, cols func(int) string) {
	s := t.Shape()
	if len(s) != 2 {
		p.line("%s: %v", name, t.Data())
		return
	}
	p.line("%s, %s%s:", name, shape(t), map[bool]string{true: fmt.Sprintf(", from [%d,%d] on", row, col)}[row+col > 0])
	last := min(s[1], col+longest)
	if cols != nil {
		var names []string
		for j := col; j < last; j++ {
			names = append(names, cols(j))
		}
		p.line("columns: %s%s", strings.Join(names, ", "), more(s[1]-last, "column"))
	}
	for i := row; i < min(s[0], row+longest); i++ {
		label := "[" + strconv.Itoa(i) + "]"
		if rows != nil {
			label = rows(i)
		}
		var numbers []string
		for j := col; j < last; j++ {
			numbers = append(numbers, cell(t, i*s[1]+j))
		}
		p.line("%s: %s%s", label, strings.Join(numbers, ", "), more(s[1]-last, "column"))
	}
	if left := s[0] - row - longest; left > 0 {
		p.line("and %s.", count(left, "more row", "more rows"))
	}
}

// more says how many are left out.
func more(n int, noun string) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf(", and %s", count(n, "more "+noun, "more "+noun+"s"))
}

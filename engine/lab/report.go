package lab

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Report is what an experiment answers.
type Report struct {
	Adversary string   // who tries to learn something, in half a sentence
	Saw       []string // what it saw of the run
	Notes     []Note   // paragraphs before the numbers
	Facts     []Fact
	Tables    []Table
	Bars      []Histogram
	Words     []Note // what words in the tables mean, after the numbers
	Finding   string // what was found, in a sentence or two; empty if that is left to find out
}

// Note is a paragraph with a label.
type Note struct {
	Name string // for programs and people: "question"
	Text string
}

// Fact is one number or word of a report.
type Fact struct {
	Name  string // for programs: "max_relative_error"
	Label string // for people: "largest relative error"
	Value any    // int, float64, string, bool or nil
	Share bool   // the value is a share of 1, for people a percentage
}

// Text writes the value for people.
func (f Fact) Text() string {
	if x, ok := f.Value.(float64); ok && f.Share && !math.IsNaN(x) {
		return Percent(x)
	}
	return Text(f.Value)
}

// Table is a table of a report.
type Table struct {
	Name    string // for programs: "attempts"
	Title   string // for people
	Columns []Column
	Lead    int // columns that say what a line is about, and come again where a table is cut for its width; 0: one
	Rows    [][]any
}

// Column is a column of a table.
type Column struct {
	Name  string // for programs
	Head  string // for people
	Share bool   // the values are shares of 1, for people percentages
}

// Cell writes a cell for people.
func (t Table) Cell(row, column int) string {
	return Fact{Value: t.Rows[row][column], Share: t.Columns[column].Share}.Text()
}

// Right reports whether a column is one of numbers, which stand at the right: also where
// some of them are covered.
func (t Table) Right(column int) bool {
	for _, row := range t.Rows {
		if words, ok := row[column].(string); ok && words != covered {
			return false
		}
	}
	return true
}

// Histogram counts how often each value was seen.
type Histogram struct {
	Name   string // for programs
	Title  string
	Labels []string
	Counts []int
}

// Text writes a value for people: floats with four significant digits, commas between
// thousands, what there is not as a dash.
func Text(v any) string {
	switch v := v.(type) {
	case nil:
		return "—"
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case float64:
		if math.IsNaN(v) {
			return "—"
		}
		if size := math.Abs(v); size >= 1e4 && size < 1e6 {
			return thousands(strconv.FormatFloat(v, 'f', 1, 64))
		}
		return strconv.FormatFloat(v, 'g', 4, 64)
	case int, int64, uint64:
		return count(v)
	}
	return fmt.Sprint(v)
}

// count writes a whole number for people.
func count[N any](n N) string { return thousands(fmt.Sprint(n)) }

// worded puts numbers, as they are written for people, where a format has %s.
func worded(format string, values ...any) string {
	texts := make([]any, len(values))
	for i, v := range values {
		texts[i] = Text(v)
	}
	return fmt.Sprintf(format, texts...)
}

// thousands puts commas between the thousands of a decimal number.
func thousands(number string) string {
	whole, rest, broken := strings.Cut(number, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	for at := len(whole) - 3; at > 0; at -= 3 {
		whole = whole[:at] + "," + whole[at:]
	}
	if broken {
		whole += "." + rest
	}
	return sign + whole
}

// Percent writes a share: with as many decimals as it takes not to call little
// nothing.
func Percent(x float64) string {
	switch {
	case x == 0 || x == 1:
		return fmt.Sprintf("%.0f %%", 100*x)
	case math.Abs(x) < 0.0005:
		return fmt.Sprintf("%.2g %%", 100*x)
	}
	return fmt.Sprintf("%.1f %%", 100*x)
}

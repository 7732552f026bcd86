package data

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Error says what is wrong with the input, where, and how to mend it.
type Error struct {
	File   string // as it was given; empty when no file is concerned
	Line   int    // from 1; 0 where it does not apply
	Column int    // number of the field in its row, from 1; 0 where it does not apply
	What   string // what is wrong
	Mend   string // what to do about it
	Err    error  // the cause, if another package reported one
}

// Error returns one line, such as
//
//	crx.data:12:3: "abc" in A3 is not a number; write a decimal number or ?
//
// Whatever the input held, the line has no control characters in it, so that it
// can go to a terminal or a log as it is.
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File)
		if e.Line > 0 {
			fmt.Fprintf(&b, ":%d", e.Line)
			if e.Column > 0 {
				fmt.Fprintf(&b, ":%d", e.Column)
			}
		}
		b.WriteString(": ")
	}
	b.WriteString(e.What)
	if e.Mend != "" {
		b.WriteString("; ")
		b.WriteString(e.Mend)
	}
	return printable(b.String())
}

// Unwrap returns the cause, or nil.
func (e *Error) Unwrap() error { return e.Err }

// printable returns s with everything that is not a printable character written
// as a Go escape.
func printable(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strconv.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRune(r)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}

// shown is the most characters of a value that an error repeats.
const shown = 40

// quote returns a value from the file for use in an error: quoted, with control
// characters escaped, and cut when it is long.
func quote(s string) string {
	if len(s) > shown { // at most this many bytes is at most this many characters
		if runes := []rune(s); len(runes) > shown {
			s = string(runes[:shown]) + "…"
		}
	}
	return strconv.Quote(s)
}

// plain is quote for column names, which read better without the quotes when
// there is nothing odd about them.
func plain(name string) string {
	odd := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-.%", r)
	}
	if name == "" || len(name) > shown || strings.ContainsFunc(name, odd) {
		return quote(name)
	}
	return name
}

// list joins column names for an error, the first few of many.
func list(names []string) string {
	const most = 30
	rest := 0
	if len(names) > most {
		names, rest = names[:most], len(names)-most
	}
	words := make([]string, len(names))
	for i, name := range names {
		words[i] = plain(name)
	}
	text := strings.Join(words, ", ")
	if rest > 0 {
		text += fmt.Sprintf(" and %d more", rest)
	}
	return text
}

// suggest says what to write instead of a word that names no column.
func suggest(word string, columns []string) string {
	if name := nearest(word, columns); name != "" {
		return fmt.Sprintf("did you mean %s? the columns are %s", plain(name), list(columns))
	}
	return "choose one of " + list(columns)
}

// nearest returns the name that word was probably meant to be, or "": the one
// that takes the fewest changed letters, and no more than half of them.
func nearest(word string, names []string) string {
	const longest = 64 // the work grows with the product of the lengths
	if len(word) > longest {
		return ""
	}
	best, fewest := "", len(word)/2+1
	for _, name := range names {
		if len(name) > longest {
			continue
		}
		if d := distance(strings.ToLower(word), strings.ToLower(name)); d < fewest {
			best, fewest = name, d
		}
	}
	return best
}

// distance counts the letters to insert, delete or change to get from a to b.
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range to {
			change := diagonal
			if x != y {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(to)]
}

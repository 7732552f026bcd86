package say

import (
	"strconv"
	"strings"

	"unseen/engine"
)

// Cells writes the numbers of a part of a value: a cell, or the first ones of a row, a column
// or all of it. What stands for no number is written in hex, of several the ends.
func (s Scene) Cells(r engine.Reading, of engine.Source, most int) string {
	n := s.Decode(r.Object)
	masked := s.Masked(r.Object)
	places := cellsOf(of, n)
	var words []string
	for _, i := range places[:min(most, len(places))] {
		switch hex := n.Modulus().Hex(n.Word(i)); {
		case masked && len(places) > 1 && len(hex) > 8:
			words = append(words, hex[:4]+"…"+hex[len(hex)-2:])
		case masked:
			words = append(words, hex)
		case n.Ring() && r.Object.Fraction == 0:
			words = append(words, strconv.FormatInt(n.Modulus().Signed(n.Word(i)), 10))
		default:
			words = append(words, strconv.FormatFloat(n.At(i), 'g', 5, 64))
		}
	}
	if len(words) < len(places) {
		words = append(words, "…")
	}
	return strings.Join(words, " ")
}

// Together writes what the shares of a cell add up to, where the eyes see all of them and the
// sum stands for a number; ok says so.
func (s Scene) Together(r engine.Reading, of engine.Source) (text string, ok bool) {
	n := engine.Decode(r.Whole)
	places := cellsOf(of, n)
	if len(r.Whole.Parts) < 2 || !s.encrypted() || Received(r.Object) || Uniform(of.Name) || len(places) != 1 {
		return "", false
	}
	return strconv.FormatFloat(n.At(places[0]), 'g', 5, 64), true
}

// cellsOf lists the places of the cells of a part of a value, row by row.
func cellsOf(of engine.Source, n engine.Numbers) []int {
	var places []int
	rows, columns := n.Shape()
	for r := range rows {
		for c := range columns {
			if (of.Row == 0 || of.Row == r+1) && (of.Column == 0 || of.Column == c+1) {
				places = append(places, r*columns+c)
			}
		}
	}
	return places
}

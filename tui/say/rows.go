package say

import (
	"fmt"
	"slices"
	"strings"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/widget"
)

// Rows lists the rows of the data that the eyes have in memory: a worker its own, the
// server of central training those that are trained on, everything all of them.
func (s Scene) Rows(d *engine.Dataset) []int {
	var rows []int
	switch eyes := s.Snapshot.Eyes; {
	case eyes == "":
		for i := range d.Set.Len() {
			rows = append(rows, i)
		}
	case s.Predicts():
		if row, ok := d.RowOf(eyes); ok && eyes == s.Applicant().ID {
			rows = []int{row}
		}
	case s.Scenario.Mode == engine.Central:
		rows = slices.Clone(d.Split.Train)
	default:
		for _, w := range d.Workers {
			if w.ID() == eyes {
				rows = append(rows, w.Rows...)
			}
		}
	}
	return rows
}

// RowShares returns what each holder has of all training rows, where they are shared,
// and the place of a row among them.
func (s Scene) RowShares(d *engine.Dataset, row int) (trace.Value, int) {
	train := d.Split.Train
	if s.Predicts() {
		at, ok := d.RowOf(s.Applicant().ID)
		if value, shared := s.Snapshot.Shared("x"); ok && shared && at == row {
			return value, 0
		}
		return trace.Value{}, 0
	}
	place := slices.Index(train, row)
	if place < 0 {
		return trace.Value{}, 0
	}
	for _, name := range []string{"X", "raw"} {
		value, ok := s.Snapshot.Shared(name)
		if ok && value.Shape()[0] == len(train) && value.Shape()[1] == d.Features() {
			return value, place
		}
	}
	return trace.Value{}, 0
}

// FractionBits is how many bits after the point numbers would have in the ring where nobody
// computes in it.
const FractionBits = 16

// RowFraction returns how many fraction bits scaled rows have in the ring, as they are
// shared, or would be.
func (s Scene) RowFraction(shares trace.Value) int {
	if len(shares.Parts) > 0 {
		return shares.Fraction
	}
	return s.PlainFraction()
}

// InRing returns a scaled number as an element of the ring: where everything is seen what
// its shares add up to, else what it comes to in fixed point; ok is false where that does
// not fit. i is its place in the shares.
func (s Scene) InRing(shares trace.Value, i int, scaled float64) (word uint64, ok bool) {
	if len(shares.Parts) == 0 || s.eyed() {
		return engine.Fixed(scaled, s.RowFraction(shares))
	}
	for _, part := range shares.Parts {
		word += engine.DecodePart(part.Data, 0).Word(i)
	}
	return word, true
}

// InFile says what the file has in the row that a value of somebody's rows came from:
// where it is, the text of every column, and which of them the value itself was made of,
// from 0; −1 where that is all of them. ok is false for what is no such row, and for
// shares: who has one does not know the row.
func (s Scene) InFile(d *engine.Dataset, of engine.Source) (where string, columns []string, at int, ok bool) {
	if of.Record == 0 || of.Form != trace.Plain || !slices.Contains([]string{"raw", "X", "x", "Y", "own Y", "y"}, of.Name) {
		return "", nil, -1, false
	}
	record := d.Set.Table.Records[d.Set.Rows[of.Record-1]]
	at = -1
	label := strings.EqualFold(of.Name, "y") || of.Name == "own Y"
	if of.Column > 0 && of.Column <= d.Features() && !label {
		at = d.Set.Features[of.Column-1].Column
	}
	for i, c := range d.Set.Table.Columns {
		if label && c.Label {
			at = i
		}
		text := widget.Plain(record.Fields[i])
		if c.Label && s.Predicts() && s.eyed() { // who asks for a decision has no label
			text = "▒"
		}
		columns = append(columns, widget.Plain(c.Name)+" "+text)
	}
	return fmt.Sprintf("in the file, line %d", record.Line), columns, at, true
}

// Whole returns what all holders have of a value, where that adds up to it. ok is false for
// other shares: those that stand [Apart], and those of secure aggregation, which do not add
// up as elements of the ring do.
func (s Scene) Whole(o engine.Object) (v trace.Value, ok bool) {
	if !s.encrypted() || Apart(o) != "" {
		return v, false
	}
	v, _ = s.Snapshot.Shared(o.Name)
	return v, len(v.Parts) > 1
}

// Apart says why a share does not add up with those that other parties have under its name;
// empty for one that does.
func Apart(o engine.Object) string {
	switch {
	case Received(o):
		return "it was sent, and all who got it have the same one."
	case strings.HasPrefix(o.Name, engine.ShareFor):
		return "each owner has one of its own row, which it knows: no two of them add up to anything."
	}
	return ""
}

// Received reports whether an object came in a message.
func Received(o engine.Object) bool { return strings.HasPrefix(o.Origin, "received from ") }

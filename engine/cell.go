package engine

import (
	"slices"
	"strconv"
	"strings"

	"unseen/data"
	"unseen/engine/encrypted"
	"unseen/engine/local"
	"unseen/engine/trace"
)

// CellOf describes one cell of an object in a party's memory, by row and column from 1.
func CellOf(party string, o Object, row, column int) Source {
	s := SourceOf(party, o)
	s.Row, s.Column = row, column
	return s
}

// Part writes which part of the value it is, counted from 0 as matrices on the screen
// are: "z1[3,2]" is a cell, "x[3,·]" a row, "w1[·,2]" a column, "b1[2]" a cell of a
// single row; the name alone is all of it.
func (s Source) Part() string {
	if s.Row == 0 && s.Column == 0 || s.Rows == 1 && s.Columns == 1 {
		return s.Name
	}
	number := func(n int) string {
		if n == 0 {
			return "·"
		}
		return strconv.Itoa(n - 1)
	}
	if s.Rows == 1 && s.Column > 0 {
		return s.Name + "[" + number(s.Column) + "]"
	}
	return s.Name + "[" + number(s.Row) + "," + number(s.Column) + "]"
}

// narrow keeps of an input what cell (i,j), row i or column j of a result was made from,
// as the operation has it:
//
//	matmul   row i of the left, column j of the right; of aᵀ·b column i of a, and of
//	         a·bᵀ row j of b
//	sum      column j
//	softmax  row i, and so for the slope of mse, which goes through it
//	gather   the row of that number
//
// Everything else goes element by element: the same cell of what has the same shape,
// the same column of a row that was used for all, the same row of a column, all of a
// value of another shape.
func narrow(p part, of Source, event *trace.Event, index func(row int) int) Source {
	in, as := p.Source, p.as
	if as == exactly {
		return in
	}
	if as == "" {
		as = in.Name
	}
	in.Row, in.Column = 0, 0
	if of.Row == 0 && of.Column == 0 {
		return in
	}
	switch operation(event) {
	case "matmul":
		if as == of.Name {
			break // the dealt product of the masks has its shape
		}
		left := len(event.Inputs) > 0 && as == event.Inputs[0].Name
		switch {
		case left && strings.Contains(of.Origin, "ᵀ · "):
			in.Column = of.Row
		case left:
			in.Row = of.Row
		case strings.HasSuffix(of.Origin, "ᵀ"):
			in.Row = of.Column
		default:
			in.Column = of.Column
		}
		return in
	case "sum":
		in.Column = of.Column
		return in
	case "softmax", "gradient":
		if of.Origin != "p − y" && event.Kind == trace.Local {
			in.Row = of.Row
			return in
		}
	case "gather":
		if in.Name == local.Batch { // the numbers of the rows stand side by side
			in.Column = of.Row
			return in
		}
		if of.Row > 0 {
			in.Row = index(of.Row)
		}
		in.Column = of.Column
		return in
	}
	switch {
	case in.Rows == of.Rows && in.Columns == of.Columns:
		in.Row, in.Column = of.Row, of.Column
	case in.Rows == 1 && in.Columns == of.Columns:
		in.Column = of.Column
	case in.Rows == of.Rows && (in.Columns == 1 || of.Columns == 1): // of a row's scores one number, or the other way round
		in.Row = of.Row
	}
	return in
}

// eachRow takes rows out one by one where all rows of a batch were gathered: those that
// a weight was made from are each somebody's.
func eachRow(in, of Source, event *trace.Event, index func(row int) int) []Source {
	if operation(event) != "gather" || in.Row > 0 || of.Row > 0 || in.Name == local.Batch {
		return []Source{in}
	}
	rows := make([]Source, of.Rows)
	for i := range rows {
		rows[i] = in
		if rows[i].Row = index(i + 1); rows[i].Row == 0 { // nobody knows which row that is
			return []Source{in}
		}
	}
	return rows
}

// operation names the operation that an event is, or is in.
func operation(e *trace.Event) string {
	if e == nil {
		return ""
	}
	return e.Name()
}

// people knows whose the rows of values are.
type people struct {
	dataset *Dataset
	all     []data.Person
	eyes    string // of whom; empty: of nobody in particular
	asks    bool   // it is a private prediction: its parties have no rows but the applicant's
}

func newPeople(s Stepper, eyes string) people {
	d := s.Dataset()
	return people{d, d.Set.People(), eyes, s.Scenario().Mode == PrivatePrediction}
}

// perRow lists the names of values that have a row for each row of the batch; a1, z1,
// dz1, da1, … do so, too.
func perRow(name string) bool {
	switch name {
	case "x", "y", "p", "a x", "d x", "a y", "d y":
		return true
	}
	kind := strings.TrimRight(name, "0123456789")
	return kind != name && slices.Contains([]string{"a", "z", "da", "dz"}, kind)
}

// row returns which row of the data set, from 0, a row of a value is; −1 where it is
// none. memory is that in which the value is: of a batch, it has the numbers.
func (p people) row(s Source, memory *Image, row int) int {
	switch s.Name {
	case local.Raw, local.Scaled, local.Labels, encrypted.OwnLabels, "a X", "d X", "a Y", "d Y":
		if own := p.own(s.Party); len(own) == s.Rows {
			return own[row-1]
		} else if train := p.dataset.Split.Train; len(train) == s.Rows {
			return train[row-1]
		}
		return -1
	}
	numbers, ok := memory.Object(local.Batch)
	if !perRow(s.Name) || !ok || numbers.Data.Size() != s.Rows {
		return -1
	}
	return int(numbers.Data.Float64s()[row-1]) - 1
}

// own lists the rows of a worker, or that of an applicant; none of anybody else.
func (p people) own(id string) []int {
	if p.asks {
		if row, ok := p.dataset.RowOf(id); ok {
			return []int{row}
		}
		return nil
	}
	for _, w := range p.dataset.Workers {
		if w.ID() == id {
			return w.Rows
		}
	}
	return nil
}

// place returns the row, from 1, in which a matrix of rows has a row of the data set; 0
// if it has not.
func (p people) place(s Source, row int) int {
	for _, list := range [][]int{p.own(s.Party), p.dataset.Split.Train} {
		if len(list) == s.Rows {
			if at := slices.Index(list, row); at >= 0 {
				return at + 1
			}
		}
	}
	return 0
}

// name says which row it is that a source is, or is in, and whose.
func (p people) name(s *Source, memory *Image) {
	if s.Row == 0 {
		return
	}
	if r := p.row(*s, memory, s.Row); r >= 0 && r < len(p.all) {
		s.Whose, s.Record = p.whose(r), r+1
	}
}

// whose names the person that a row is about; through the eyes of a party that never had
// the row it names the worker that sent it, which is all that the party knows of it.
func (p people) whose(row int) string {
	for _, w := range p.dataset.Workers {
		if p.eyes != "" && p.eyes != w.ID() && slices.Contains(w.Rows, row) {
			return w.ID()
		}
	}
	return p.all[row].First + " " + p.all[row].Last
}

// owner returns who had the row that a cell of the shared rows, or labels, is in.
func (p people) owner(of Source) (id string, ok bool) {
	if of.Row == 0 {
		return "", false
	}
	row := p.row(of, &Image{}, of.Row)
	for _, w := range p.dataset.Workers {
		if slices.Contains(w.Rows, row) {
			return w.ID(), true
		}
	}
	return "", false
}

// raw finds the cell of the file in its owner's memory that a cell of the shared rows,
// or labels, was split from.
func (p people) raw(of Source, before *Snapshot) (Source, bool) {
	name := map[string]string{local.Scaled: local.Raw, local.Labels: local.Labels}[of.Name]
	if name == "" || of.Form != trace.Share {
		return Source{}, false
	}
	id, ok := p.owner(of)
	if !ok || !before.Knows(id) {
		return Source{}, false
	}
	o, ok := before.memory(id).Object(name)
	if !ok || o.Form != trace.Plain {
		return Source{}, false
	}
	at := slices.Index(p.own(id), p.row(of, &Image{}, of.Row))
	return CellOf(id, o, at+1, of.Column), true
}

package data

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Options say how a file is to be read.
type Options struct {
	// Label names the column to predict. A file with a header needs it; in the
	// format of crx.data the label is the last column, and Label is "" or "label".
	Label string
}

// Open reads a file as [Read] does. A file that does not exist, is a folder or
// cannot be read is an *[Error] too, one that wraps what the system said.
func Open(path string, o Options) (*Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, cannotOpen(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, cannotOpen(path, err)
	}
	if info.IsDir() {
		return nil, &Error{File: path, What: "this is a folder", Mend: "name a file in it"}
	}
	if info.Size() > MaxBytes {
		return nil, tooLarge(path, MaxBytes)
	}
	return Read(f, path, o)
}

// cannotOpen is unreadable without the path that errors of package os repeat.
func cannotOpen(path string, err error) *Error {
	switch {
	case path == "":
		return &Error{What: "the name of the data file is empty", Mend: "name a file", Err: err}
	case errors.Is(err, fs.ErrNotExist):
		return &Error{File: path, What: "there is no such file", Mend: "check the path", Err: err}
	}
	e := unreadable(path, err)
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		e.What = fmt.Sprintf("the file cannot be read: %v", cause.Err)
	}
	return e
}

// Read reads comma-separated text in UTF-8 of at most [MaxBytes]; name stands
// for the file in errors and in the table.
//
// A file whose first record has 16 fields of which the last is + or - is in the
// format of crx.data and has no header. Any other file starts with a header line
// and needs [Options.Label]; there a column is numeric when more than half of
// its values are decimal numbers, else binary when it has two distinct values,
// else categorical. A ? stands for a missing value, and so does nothing at all
// in a file with a header. Blanks around fields and blank lines do not count.
//
// Every error is an *[Error], with line and field number where there is one.
func Read(r io.Reader, name string, o Options) (*Table, error) {
	return read(newSource(r, name, MaxBytes), o)
}

func read(s *source, o Options) (*Table, error) {
	raw, err := readRecords(s)
	if err != nil {
		return nil, err
	}
	columns, err := raw.infer(o)
	if err != nil {
		return nil, err
	}
	t := &Table{
		Source:  filepath.Base(s.file),
		Path:    s.file,
		SHA256:  s.digest(),
		Columns: columns,
		Records: raw.records,
	}
	if t.SHA256 == CRXDigest {
		t.Source = "crx"
	}
	t.findValues()
	return t, nil
}

// rawTable is a file cut into fields whose meaning is not known yet.
type rawTable struct {
	file    string
	records []Record // at least one; all with the same number of fields, two or more

	// lines holds the line of every field, for the rare records that extend over
	// several lines because a quoted field has line breaks in it.
	lines map[int][]int // by line of the record
}

// at returns an error that points to a field.
func (raw *rawTable) at(record Record, field int, what, mend string) *Error {
	line := record.Line
	if lines := raw.lines[line]; lines != nil {
		line = lines[field]
	}
	return &Error{File: raw.file, Line: line, Column: field + 1, What: what, Mend: mend}
}

// readRecords cuts the text into records and fields.
func readRecords(s *source) (*rawTable, error) {
	raw := &rawTable{file: s.file, lines: map[int][]int{}}
	in := csv.NewReader(s.text())
	in.FieldsPerRecord = -1 // counted here, for an error that says more
	in.TrimLeadingSpace = true
	for {
		fields, err := in.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, malformed(s, fields, err)
		}
		for i, field := range fields {
			fields[i] = strings.TrimSpace(field)
		}
		if len(fields) == 1 && fields[0] == "" {
			continue // a line of blanks
		}
		line, _ := in.FieldPos(0)
		record := Record{Line: line, Fields: fields}
		if err := raw.checkCount(record); err != nil {
			return nil, err
		}
		if last, _ := in.FieldPos(len(fields) - 1); last != line {
			lines := make([]int, len(fields))
			for i := range fields {
				lines[i], _ = in.FieldPos(i)
			}
			raw.lines[line] = lines
		}
		raw.records = append(raw.records, record)
	}
	if len(raw.records) == 0 {
		return nil, &Error{File: s.file, What: "the file is empty",
			Mend: "it should hold comma-separated values"}
	}
	return raw, nil
}

// checkCount compares the number of fields with the first record's.
func (raw *rawTable) checkCount(record Record) error {
	n := len(record.Fields)
	if len(raw.records) > 0 {
		first := raw.records[0]
		want, whose := len(first.Fields), "the first one"
		if n == want {
			return nil
		}
		if len(raw.records) == 1 && looksLikeCRX(record.Fields) {
			// Here it is the first row that lacks a column or has one too many.
			n, want, whose = want, n, "the next one"
			record = first
		}
		return &Error{File: raw.file, Line: record.Line,
			What: fmt.Sprintf("this row has %s, not %d as %s", count(n, "column"), want, whose),
			Mend: "write one value or ? for every column, with commas between them"}
	}
	if n > 1 {
		return nil
	}
	mend := "a table needs a label and at least one other column"
	if strings.ContainsAny(record.Fields[0], ";\t|") {
		mend = "separate the columns with commas"
	}
	return &Error{File: raw.file, Line: record.Line, What: "this row has a single column", Mend: mend}
}

// malformed turns what package csv reports into an *Error. The fields are those
// before the one at fault.
func malformed(s *source, fields []string, err error) error {
	if e, ok := errors.AsType[*Error](s.err); ok {
		return e // the bytes were refused before the csv reader saw them
	}
	parse, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		return unreadable(s.file, err)
	}
	e := &Error{File: s.file, Line: parse.Line, Column: len(fields) + 1, Err: err,
		What: `a quote (") in the middle of a value`,
		Mend: `put the whole value between quotes and double the quotes in it`}
	if errors.Is(err, csv.ErrQuote) {
		// Where a quote stays open the reader runs on and stumbles lines later:
		// the record's own line is where to look.
		e.Line = parse.StartLine
		e.What = `a quoted value does not end where its column ends`
		e.Mend = `put a quote (") directly before the next comma and double the quotes in the value`
	}
	return e
}

// count returns "1 column", "2 columns" and so on.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

package data

// Kind says how the values of a column are read.
type Kind int

// The kinds of column.
const (
	Numeric     Kind = iota // decimal numbers, used as they are
	Binary                  // two values, numbered 0 and 1
	Categorical             // a few values, each of which becomes a 0/1 column
)

// String returns "numeric", "binary" or "categorical".
func (k Kind) String() string {
	switch k {
	case Numeric:
		return "numeric"
	case Binary:
		return "binary"
	default:
		return "categorical"
	}
}

// Column is what is known about one column of a [Table].
type Column struct {
	Name string
	Kind Kind

	// Values are the distinct values in the complete rows: of a binary column in
	// order of first appearance, so that Values[0] is numbered 0; of a
	// categorical column sorted; of a numeric column nil.
	Values []string

	Missing int  // records of the file without a value here
	Label   bool // whether this column holds the classes to predict

	// Bound is, for a numeric column, a power of two that no value exceeds in
	// size. See [Set.Range].
	Bound float64
}

// Record is one row of the file as text.
type Record struct {
	Line   int      // line of the file on which the record starts, from 1
	Fields []string // one per column, blanks around the text removed
}

// Table is a file that was read: text, with the kind of every column known and
// every field checked against it.
type Table struct {
	Source  string   // "crx" for the UCI file itself, "twin" for [Twin], else the file's base name
	Path    string   // where it was read from, as given
	SHA256  string   // of the file's bytes, in lower-case hexadecimal
	Columns []Column // in file order
	Records []Record // every row, also those with missing values
}

// Missing reports whether a field stands for a missing value: "?" or nothing.
func Missing(field string) bool { return field == "" || field == "?" }

// Complete returns the indices of the records without a missing value,
// ascending.
func (t *Table) Complete() []int {
	rows := make([]int, 0, len(t.Records))
	for i, record := range t.Records {
		if !anyMissing(record.Fields) {
			rows = append(rows, i)
		}
	}
	return rows
}

// Label returns the index of the column that holds the classes, or -1.
func (t *Table) Label() int {
	for i, column := range t.Columns {
		if column.Label {
			return i
		}
	}
	return -1
}

func anyMissing(fields []string) bool {
	for _, field := range fields {
		if Missing(field) {
			return true
		}
	}
	return false
}

// CRXDigest is the SHA-256 of the UCI credit approval file, crx.data. The file
// with these bytes, whatever its name, has the Source "crx".
const CRXDigest = "fff49bc186cbddb3ace7371d40d9fbbb3af4f126019c13ff3f562249b1454f4d"

// crxColumns returns the public schema of crx.data: A1 to A15 and the label.
// The bounds are part of the schema, not computed from the rows, so that
// dividing by them tells nobody anything about a row.
func crxColumns() []Column {
	return []Column{
		{Name: "A1", Kind: Binary},
		{Name: "A2", Kind: Numeric, Bound: 128},
		{Name: "A3", Kind: Numeric, Bound: 32},
		{Name: "A4", Kind: Categorical},
		{Name: "A5", Kind: Categorical},
		{Name: "A6", Kind: Categorical},
		{Name: "A7", Kind: Categorical},
		{Name: "A8", Kind: Numeric, Bound: 32},
		{Name: "A9", Kind: Binary},
		{Name: "A10", Kind: Binary},
		{Name: "A11", Kind: Numeric, Bound: 128},
		{Name: "A12", Kind: Binary},
		{Name: "A13", Kind: Categorical},
		{Name: "A14", Kind: Numeric, Bound: 2048},
		{Name: "A15", Kind: Numeric, Bound: 131072},
		{Name: "label", Kind: Binary, Label: true},
	}
}

// looksLikeCRX reports whether a file whose first record has these fields is in
// the format of crx.data: no header, 16 fields, the last one the decision. A
// decision may be missing like any other value.
func looksLikeCRX(fields []string) bool {
	if len(fields) != len(crxColumns()) {
		return false
	}
	switch fields[len(fields)-1] {
	case "+", "-", "?":
		return true
	}
	return false
}

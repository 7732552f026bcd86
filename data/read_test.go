package data

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestOpenSmall(t *testing.T) {
	table := small(t)
	if table.Source != "small.data" || table.Path != "testdata/small.data" {
		t.Errorf("source %q, path %q", table.Source, table.Path)
	}
	text, err := os.ReadFile("testdata/small.data")
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(text); table.SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("digest %s", table.SHA256)
	}
	if len(table.Records) != 10 || table.Records[9].Line != 10 {
		t.Errorf("records %v", table.Records)
	}
	if got, want := table.Complete(), []int{0, 1, 3, 4, 6, 8, 9}; !slices.Equal(got, want) {
		t.Errorf("complete %v, want %v", got, want)
	}
	for j, missing := range map[int]int{0: 1, 1: 1, 2: 0, 13: 1, 15: 0} {
		if got := table.Columns[j].Missing; got != missing {
			t.Errorf("%s: %d missing, want %d", table.Columns[j].Name, got, missing)
		}
	}
	if got := table.Columns[table.Label()]; got.Name != "label" || !slices.Equal(got.Values, []string{"+", "-"}) {
		t.Errorf("label %+v", got)
	}
}

// However the text is dressed, the fields are the same.
func TestReadDress(t *testing.T) {
	plain := mustRead(t, row("+")+row("-", 1, "a", 2, "?"), "")
	line := strings.Split(strings.TrimSpace(row("+")), ",")
	dressed := map[string]string{
		"byte order mark":       "\ufeff" + row("+") + row("-", 1, "a", 2, "?"),
		"CRLF":                  strings.ReplaceAll(row("+")+row("-", 1, "a", 2, "?"), "\n", "\r\n"),
		"no last newline":       row("+") + strings.TrimSpace(row("-", 1, "a", 2, "?")),
		"blank lines":           "\n \t\n" + row("+") + "\n\n" + row("-", 1, "a", 2, "?") + "\n  \n\t\n\n ",
		"trailing blanks":       strings.ReplaceAll(row("+")+row("-", 1, "a", 2, "?"), "\n", " \t\n"),
		"padding":               strings.ReplaceAll(row("+")+row("-", 1, "a", 2, "?"), ",", "\t , "),
		"quotes":                `"` + strings.Join(line, `","`) + "\"\r\n" + row("-", 1, `"a"`, 2, `"?"`),
		"quotes after padding":  `"` + strings.Join(line, `", "`) + "\"\n" + row("-", 1, "a", 2, "?"),
		"mark, quotes and CRLF": "\ufeff\"" + strings.Join(line, `","`) + "\"\r\n" + row("-", 1, "a", 2, " ? "),
	}
	for name, text := range dressed {
		t.Run(name, func(t *testing.T) {
			got := mustRead(t, text, "")
			if len(got.Records) != len(plain.Records) {
				t.Fatalf("%d records", len(got.Records))
			}
			for i := range plain.Records {
				if !slices.Equal(got.Records[i].Fields, plain.Records[i].Fields) {
					t.Errorf("record %d: %q", i, got.Records[i].Fields)
				}
			}
		})
	}
}

func TestRecordLines(t *testing.T) {
	table := mustRead(t, "\nx,y\n\n1,a\n\"2\n\",b\n3,b\n", "y")
	for i, line := range []int{4, 5, 7} {
		if got := table.Records[i].Line; got != line {
			t.Errorf("record %d on line %d, want %d", i, got, line)
		}
	}
}

// The line and field of an error are those of the field at fault, also behind a
// quoted field with line breaks in it.
func TestErrorPosition(t *testing.T) {
	for name, c := range map[string]struct{ text, prefix string }{
		"crx":              {row("+") + row("-") + row("+", 3, "abc"), `test.csv:3:3: "abc" in A3 is not a number; write a decimal number or ?`},
		"first line":       {row("+", 15, "x"), `test.csv:1:15: "x" in A15`},
		"after blank line": {row("+") + "\n\n" + row("-", 2, "x"), `test.csv:4:2: `},
		"CRLF":             {strings.ReplaceAll(row("+")+row("-", 2, "x"), "\n", "\r\n"), `test.csv:2:2: `},
		"same line":        {row("+", 4, "\"u\n \"", 8, "x"), `test.csv:2:8: `},
		"two line breaks":  {row("+") + row("-", 4, "\"u\n\"", 7, "\"v\r\n\"", 8, "x"), `test.csv:4:8: `},
		"before the break": {row("+") + row("-", 2, "x", 4, "\"u\n\""), `test.csv:2:2: `},
		"no last newline":  {row("+") + strings.TrimSpace(row("-", 14, "x")), `test.csv:2:14: `},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(strings.NewReader(c.text), "test.csv", Options{})
			wantError(t, err, c.prefix)
		})
	}
}

func TestReadErrors(t *testing.T) {
	for name, c := range map[string]struct {
		text, label, prefix string
		words               []string
	}{
		"empty":             {"", "", "test.csv: the file is empty", nil},
		"blank":             {" \n\t\n\n", "", "test.csv: the file is empty", nil},
		"mark only":         {"\ufeff", "", "test.csv: the file is empty", nil},
		"too few columns":   {row("+") + "a,b,c\n", "", "test.csv:2: this row has 3 columns, not 16", nil},
		"first too short":   {"\n" + row("+")[2:] + row("-"), "", "test.csv:2: this row has 15 columns, not 16", nil},
		"first too long":    {row("+,+") + row("-"), "", "test.csv:1: this row has 17 columns, not 16", nil},
		"cut off":           {row("+") + "a", "", "test.csv:2: this row has 1 column, not 16", nil},
		"too many columns":  {row("+") + row("-,-"), "", "test.csv:2: this row has 17 columns, not 16", nil},
		"ragged header":     {"x,y\n1,a\n1,a,b\n", "y", "test.csv:3: this row has 3 columns, not 2", nil},
		"single column":     {"x\n1\n", "x", "test.csv:1: this row has a single column", nil},
		"semicolons":        {"x;y\n1;a\n", "y", "test.csv:1: this row has a single column", []string{"commas"}},
		"NUL":               {row("+") + row("-", 4, "u\x00"), "", "test.csv:2: this is not text", []string{"UTF-8"}},
		"invalid UTF-8":     {row("+") + "caf\xe9,", "", "test.csv:2: this is not text", nil},
		"UTF-8 cut off":     {"x,y\n1,\xe2\x82", "", "test.csv:2: this is not text", nil},
		"UTF-16":            {"\xff\xfex\x00,\x00y\x00", "", "test.csv:1: this is not text", nil},
		"open quote":        {row("+") + row("-", 3, `"1`) + row("-"), "", "test.csv:2:3: a quoted value does not end", nil},
		"quote closed late": {row("+") + row("-", 3, `"1`) + row("-", 3, `1"x`), "", "test.csv:2:3: a quoted value does not end", nil},
		"quote inside":      {row("+") + row("-", 5, `g"g`), "", `test.csv:2:5: a quote (") in the middle`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(strings.NewReader(c.text), "test.csv", Options{Label: c.label})
			wantError(t, err, c.prefix, c.words...)
		})
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	absent := filepath.Join(dir, "absent.data")
	_, err := Open(absent, Options{})
	e := wantError(t, err, absent+": there is no such file; ")
	if !errors.Is(e, fs.ErrNotExist) {
		t.Errorf("%v does not wrap fs.ErrNotExist", err)
	}
	_, err = Open(dir, Options{})
	wantError(t, err, dir+": this is a folder; ")
	_, err = Open("testdata/small.data/rows", Options{})
	wantError(t, err, "testdata/small.data/rows: the file cannot be read: ", "check the path")
	_, err = Open("", Options{})
	wantError(t, err, "the name of the data file is empty")
	_, err = Open(filepath.Join(dir, "a\x1b[2J\nb"), Options{})
	wantError(t, err, dir, `a\x1b[2J\nb: there is no such file`)

	locked := filepath.Join(dir, "locked.data")
	if err := os.WriteFile(locked, []byte(row("+")), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadFile(locked); err == nil {
		t.Skip("this user may read every file")
	}
	_, err = Open(locked, Options{})
	if e := wantError(t, err, locked+": the file cannot be read: permission denied"); !errors.Is(e, fs.ErrPermission) {
		t.Errorf("%v does not wrap fs.ErrPermission", err)
	}
}

func TestTooLarge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "large.data")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(MaxBytes + 1); err != nil { // a hole: takes no space
		t.Fatal(err)
	}
	_, err = Open(path, Options{})
	wantError(t, err, path+": the file is larger than 100 MB; ")

	text := row("+") + row("-")
	if _, err := read(newSource(strings.NewReader(text), "x", int64(len(text))), Options{}); err != nil {
		t.Errorf("a file of the largest size: %v", err)
	}
	_, err = read(newSource(strings.NewReader(text), "x", int64(len(text))-1), Options{})
	wantError(t, err, "x: the file is larger")

	endless := &repeat{text: row("+")}
	_, err = read(newSource(endless, "x", 100_000), Options{})
	wantError(t, err, "x: the file is larger")
	if endless.given > 200_000 {
		t.Errorf("%d bytes were read to find that out", endless.given)
	}
	_, err = read(newSource(&repeat{text: "\""}, "x", 100_000), Options{})
	wantError(t, err, "x: the file is larger")
}

// repeat is a stream without an end.
type repeat struct {
	text  string
	given int
}

func (r *repeat) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = r.text[(r.given+i)%len(r.text)]
	}
	r.given += len(p)
	return len(p), nil
}

func TestReadFromOddReaders(t *testing.T) {
	text := "naïve €,y\n1,α\n2,β\n3,𝛾\n"
	text = strings.ReplaceAll(text, "𝛾", "β")
	want := mustRead(t, text, "y")
	for name, wrap := range map[string]func(*strings.Reader) (*Table, error){
		"one byte": func(r *strings.Reader) (*Table, error) {
			return Read(iotest.OneByteReader(r), "x", Options{Label: "y"})
		},
		"end with data": func(r *strings.Reader) (*Table, error) {
			return Read(iotest.DataErrReader(r), "x", Options{Label: "y"})
		},
	} {
		got, err := wrap(strings.NewReader(text))
		if err != nil || got.SHA256 != want.SHA256 || len(got.Records) != 3 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	cause := errors.New("cable\ncut")
	_, err := Read(iotest.ErrReader(cause), "x", Options{})
	if e := wantError(t, err, `x: the file cannot be read: cable\ncut`); !errors.Is(e, cause) {
		t.Errorf("%v does not wrap its cause", err)
	}
	_, err = Read(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader(text))), "x", Options{})
	wantError(t, err, "x: the file cannot be read: timeout")
}

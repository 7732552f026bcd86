package data

import (
	"errors"
	"io"
	"log"
	"math/rand/v2"
	"strings"
	"testing"
)

// mustRead reads text that is expected to be a table.
func mustRead(t *testing.T, text, label string) *Table {
	t.Helper()
	table, err := Read(strings.NewReader(text), "test.csv", Options{Label: label})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// mustEncode reads and encodes text that is expected to be a set.
func mustEncode(t *testing.T, text, label string) *Set {
	t.Helper()
	set, err := mustRead(t, text, label).Encode()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// small opens the made-up file in the format of crx.data.
func small(t *testing.T) *Table {
	t.Helper()
	table, err := Open("testdata/small.data", Options{})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// wantError checks that err is an *Error of one printable line that starts
// with prefix and has the words in it.
func wantError(t *testing.T, err error, prefix string, words ...string) *Error {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("got %v (%T), want an *Error", err, err)
	}
	line := e.Error()
	if !strings.HasPrefix(line, prefix) {
		t.Errorf("got  %s\nwant %s…", line, prefix)
	}
	for _, word := range words {
		if !strings.Contains(line, word) {
			t.Errorf("%s\nlacks %q", line, word)
		}
	}
	if line != printable(line) {
		t.Errorf("%q is not one printable line", line)
	}
	if e.What == "" || e.Mend == "" {
		t.Errorf("%#v does not say what is wrong and how to mend it", e)
	}
	return e
}

// row is a valid row in the format of crx.data, with some fields (by their
// numbers from 1) set to other values.
func row(label string, changes ...any) string {
	fields := strings.Split("b,30.5,1.5,u,g,c,v,0.5,t,t,02,f,g,00120,300,"+label, ",")
	for i := 0; i < len(changes); i += 2 {
		fields[changes[i].(int)-1] = changes[i+1].(string)
	}
	return strings.Join(fields, ",") + "\n"
}

// equal compares within a relative 1e-9.
func equal(a, b float64) bool {
	return a == b || max(a-b, b-a) <= 1e-9*max(a, -a, b, -b)
}

// newRand returns a generator that draws the same numbers each time.
func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 2)) }

func abs(x float64) float64 { return max(x, -x) }

var errFull = errors.New("disk full")

// fullDisk takes no byte.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

// quiet returns a log that nobody reads.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

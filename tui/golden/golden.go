// Package golden keeps screens and sessions as text files, for tests only: one that changed
// is seen as a diff, and -update writes it anew.
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden screens and sessions anew")

// Screen compares a screen, without its colours, with the file of that name in
// testdata, and checks that it is h lines of w cells.
func Screen(t testing.TB, name string, lines []string, w, h int) {
	t.Helper()
	Text(t, name, ansi.Strip(strings.Join(lines, "\n")))
	if len(lines) != h {
		t.Errorf("%d lines, not %d", len(lines), h)
	}
	for i, l := range lines {
		if n := ansi.StringWidth(l); n != w {
			t.Errorf("line %d has %d cells, not %d: %q", i, n, w, ansi.Strip(l))
		}
	}
}

// Text compares a text with the file of that name in testdata.
func Text(t testing.TB, name, text string) {
	t.Helper()
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("%s changed (run with -update if it should have):\n%s", name, diff)
	}
}

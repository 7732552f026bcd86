// Package golden keeps screens as text files, for tests only: a screen that changed
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

var update = flag.Bool("update", false, "write the golden screens anew")

// Screen compares a screen, without its colours, with the file of that name in
// testdata, and checks that it is h lines of w cells.
func Screen(t testing.TB, name string, lines []string, w, h int) {
	t.Helper()
	file, text := filepath.Join("testdata", name+".txt"), ansi.Strip(strings.Join(lines, "\n"))
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
		t.Errorf("the screen changed (run with -update if it should have):\n%s", diff)
	}
	if len(lines) != h {
		t.Errorf("%d lines, not %d", len(lines), h)
	}
	for i, l := range lines {
		if n := ansi.StringWidth(l); n != w {
			t.Errorf("line %d has %d cells, not %d: %q", i, n, w, ansi.Strip(l))
		}
	}
}

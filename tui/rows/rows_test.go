package rows

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"unseen/data"
	"unseen/engine"
	"unseen/tui/key"
	"unseen/tui/screen"
	"unseen/tui/theme"
)

func open(t *testing.T, w, h int) *Rows {
	t.Helper()
	set, err := data.Twin().Encode()
	if err != nil {
		t.Fatal(err)
	}
	s, err := engine.Default(engine.Central, "default")
	if err != nil {
		t.Fatal(err)
	}
	s.Seed, s.Fixed = 7, true
	d, err := engine.Prepare(s, set)
	if err != nil {
		t.Fatal(err)
	}
	r := New(theme.New(true), d)
	r.Resize(w, h)
	return r
}

func text(r *Rows) string { return ansi.Strip(strings.Join(r.Lines(), "\n")) }

// Whatever is shown fills the screen exactly, and help and the way out are named.
func TestScreensAreExact(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 36}, {200, 60}} {
		r := open(t, size[0], size[1])
		for range tabNames {
			if len(r.Lines()) != size[1] {
				t.Errorf("%v: %d lines", size, len(r.Lines()))
			}
			for i, l := range r.Lines() {
				if n := ansi.StringWidth(l); n != size[0] {
					t.Errorf("%v: line %d has %d cells: %q", size, i, n, ansi.Strip(l))
				}
			}
			if footer := ansi.Strip(r.Lines()[size[1]-1]); !strings.Contains(footer, "? help") || !strings.Contains(footer, "q back") {
				t.Errorf("%v: the footer is %q", size, footer)
			}
			r.Update(key.NextPane)
		}
	}
}

// What has no room can be scrolled to, and the screen says that there is more: columns
// of the file, features of a person, lines of the summary.
func TestEverythingCanBeScrolledTo(t *testing.T) {
	r := open(t, 80, 24)
	seen := func(what string) {
		t.Helper()
		if !strings.Contains(text(r), what) {
			t.Errorf("nothing of %q in\n%s", what, text(r))
		}
	}
	seen("columns from A1 of 16")
	for range 20 {
		r.Update(key.Right)
	}
	seen("columns from label of 16")
	r.Update(key.NextPane)
	seen("┃")
	seen("A1 ")
	r.Update(key.End)
	seen("A13_s")
	r.Update(key.NextPane)
	seen("A2 ")
	seen("┃")
	r.Update(key.End)
	seen("label ")
	r.Update(key.Up)
	r.Update(key.Home)
	seen("A2 ")
}

// Rows are counted from 1, and the person of a row is the one that the command line
// answers for that number.
func TestRowsAreCountedFromOne(t *testing.T) {
	r := open(t, 120, 36)
	r.Update(key.Down)
	r.Update(key.Choose)
	who, err := engine.ApplicantOf(r.dataset, 2)
	if err != nil {
		t.Fatal(err)
	}
	if shown := text(r); !strings.Contains(shown, "is row 2 of the complete ones") || !strings.Contains(strings.ReplaceAll(shown, " ", ""), who.Name) {
		t.Errorf("%s is not\n%s", who.Name, shown)
	}
}

// A filter names its keys while letters are typed, and where nobody has them, a sentence says
// so, and then how to go on.
func TestNobodyHasTheLetters(t *testing.T) {
	r := open(t, 80, 24)
	r.Update(key.Filter)
	if shown := text(r); !strings.Contains(shown, "enter go · esc cancel") || strings.Contains(shown, "Nobody") {
		t.Errorf("before a letter is typed:\n%s", shown)
	}
	r.Update(screen.Typed{Text: "xyzzy"})
	if shown := text(r); !strings.Contains(shown, "Nobody here has a name with these letters.") {
		t.Errorf("of letters that nobody has nothing is said:\n%s", shown)
	}
	r.Update(screen.Typed{Key: "enter"})
	if shown := text(r); !strings.Contains(shown, "; / changes them, esc clears.") {
		t.Errorf("it is not said how to go on:\n%s", shown)
	}
	r.Update(key.Cancel)
	if shown := text(r); strings.Contains(shown, "Nobody") || !strings.Contains(shown, " rows · columns from A1 of 16") {
		t.Errorf("esc does not show all:\n%s", shown)
	}
}

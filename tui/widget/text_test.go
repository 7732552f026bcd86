package widget

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

// texts generates what may come to a renderer: words, wide characters, emoji,
// combining marks, styles (also unclosed), control characters, broken bytes.
func texts() *rapid.Generator[string] {
	pieces := rapid.SampledFrom([]string{
		"", " ", "a", "word", "0.1234", "-1.5", "é", "e\u0301", "漢字", "日", "👩‍👩‍👧", "🇩🇪", "❤️", "★", "▒", "╭─", "⠓", "↔", "→", "×",
		"\x1b[1m", "\x1b[m", "\x1b[0m", "\x1b[38;2;1;2;3m", "\x1b[48;5;7mx\x1b[m", "\x1b[2J", "\x1b]0;title\x07", "\x1b", "\x1b[", "\x1b[3",
		"\t", "\n", "\r", "\x00", "\x7f", "\xff", "\x9b", "\u0085", "\u200b", "\u200d", "\ufe0f", "\u202e", "\u2028", "ᄀ", "각", "نص", "\u0600", "\u0e33", "\u0d4e", "\U0001f3fb", "\uff9e", "\u0903", "\u0301",
	})
	return rapid.Custom(func(t *rapid.T) string {
		if rapid.IntRange(0, 9).Draw(t, "kind") == 0 {
			return rapid.String().Draw(t, "any")
		}
		return strings.Join(rapid.SliceOfN(pieces, 0, 12).Draw(t, "pieces"), "")
	})
}

func sizes() *rapid.Generator[int] { return rapid.IntRange(-1, 90) }

// checkLine fails unless s is one printable line of exactly w cells with no
// style left open.
func checkLine(t *rapid.T, s string, w int) {
	t.Helper()
	if got := ansi.StringWidth(s); got != max(w, 0) {
		t.Fatalf("width %d, want %d: %q", got, w, s)
	}
	if strings.ContainsAny(s, "\n\r\t") || !utf8.ValidString(s) {
		t.Fatalf("not one clean line: %q", s)
	}
	if endsOpen(s) {
		t.Fatalf("style left open: %q", s)
	}
	for rest := s; ; {
		i := strings.IndexByte(rest, 0x1b)
		if i < 0 {
			break
		}
		if styleLen(rest[i:]) == 0 {
			t.Fatalf("escape sequence that is no style: %q", s)
		}
		rest = rest[i+1:]
	}
}

// checkBox fails unless lines are exactly h lines of w cells.
func checkBox(t *rapid.T, lines []string, w, h int) {
	t.Helper()
	if len(lines) != max(h, 0) {
		t.Fatalf("%d lines, want %d", len(lines), h)
	}
	for _, l := range lines {
		checkLine(t, l, w)
	}
}

func TestWidthIsDisplayWidth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := clean(texts().Draw(t, "s"))
		if got, want := Width(s), ansi.StringWidth(s); got != want {
			t.Fatalf("Width(%q) = %d, want %d", s, got, want)
		}
	})
}

func TestNarrowRunesAreNarrow(t *testing.T) {
	for r := rune(0xa0); r < 0x2c00; r++ {
		if narrow(r) && ansi.StringWidth(string(r)) != 1 {
			t.Errorf("%U is %d cells wide", r, ansi.StringWidth(string(r)))
		}
	}
}

func TestFitIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, w := texts().Draw(t, "s"), sizes().Draw(t, "w")
		checkLine(t, Fit(s, w), w)
		checkLine(t, FitLeft(s, w), w)
		checkLine(t, Center(s, w), w)
		if once := Fit(s, w); Fit(once, w) != once {
			t.Fatalf("Fit is not stable: %q, then %q", once, Fit(once, w))
		}
	})
}

func TestFit(t *testing.T) {
	for _, c := range []struct {
		s    string
		w    int
		want string
	}{
		{"abc", 5, "abc  "}, {"abcdef", 4, "abc…"}, {"漢字", 3, "漢…"}, {"漢字", 2, "… "}, {"漢", 1, "…"},
		{"a\tb\nc", 5, "a b c"}, {"\x1b[1mab", 3, "\x1b[1mab\x1b[m "}, {"\x1b[2Jab", 2, "ab"}, {"ab", 0, ""},
	} {
		if got := Fit(c.s, c.w); got != c.want {
			t.Errorf("Fit(%q, %d) = %q, want %q", c.s, c.w, got, c.want)
		}
	}
	if got := FitLeft("1.5", 6); got != "   1.5" {
		t.Errorf("FitLeft = %q", got)
	}
	if got := Center("ab", 5); got != " ab  " {
		t.Errorf("Center = %q", got)
	}
}

func TestBlockAndJoinH(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(texts(), 0, 6).Draw(t, "lines")
		w, h, gap := sizes().Draw(t, "w"), rapid.IntRange(-1, 8).Draw(t, "h"), rapid.IntRange(0, 3).Draw(t, "gap")
		b := Block(lines, w, h)
		checkBox(t, b, w, h)
		checkBox(t, JoinH(gap, b, b, b), 3*max(w, 0)+2*gap, h)
		if h > 0 {
			checkBox(t, JoinH(gap, b, b[:1]), 2*max(w, 0)+gap, h)
		}
	})
}

// Characters that would melt into the block beside them do not reach it.
func TestBlocksDoNotMelt(t *testing.T) {
	for _, c := range [][2]string{{"ᄀ", "ᄀ"}, {"가", "ᅡ"}, {"각", "ᆨ"}, {"🇩", "🇪"}, {"a", "\u0301"}, {"\u0d4e", "a"}} {
		a, b := Fit(c[0], Width(c[0])), Fit(c[1], Width(c[1]))
		if got, want := ansi.StringWidth(a+b), Width(c[0])+Width(c[1]); got != want {
			t.Errorf("%q beside %q takes %d cells, not %d", c[0], c[1], got, want)
		}
	}
}

func TestWrapKeepsWordsAndWidth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, w := texts().Draw(t, "s"), rapid.IntRange(1, 40).Draw(t, "w")
		for _, l := range Wrap(s, w) {
			if ansi.StringWidth(l) > w {
				t.Fatalf("line %q is wider than %d", l, w)
			}
			checkLine(t, Fit(l, w), w)
			if endsOpen(l) {
				t.Fatalf("style left open: %q", l)
			}
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringMatching(`[a-z0-9.-]{1,8}`), 0, 20).Draw(t, "words")
		text := strings.Join(words, " ")
		if got := strings.Join(Wrap(text, rapid.IntRange(8, 40).Draw(t, "w")), " "); got != text {
			t.Fatalf("%q came back as %q", text, got)
		}
	})
}

func TestWrapExamples(t *testing.T) {
	got := strings.Join(Wrap("one \x1b[1mtwo three\x1b[m four\nabcdefghij -1.5", 9), "|")
	want := "one \x1b[1mtwo\x1b[m|\x1b[1mthree\x1b[m|four|abcdefghi|j -1.5"
	if ansi.Strip(got) != ansi.Strip(want) {
		t.Errorf("Wrap = %q, want %q", got, want)
	}
	if Wrap("a", 0) != nil {
		t.Error("no width, but lines")
	}
}

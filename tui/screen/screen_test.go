package screen

import "testing"

// A line is edited letter by letter, and does not grow beyond its longest.
func TestEdit(t *testing.T) {
	for _, c := range []struct {
		line string
		key  Typed
		want string
	}{
		{"a", Typed{Key: "b", Text: "b"}, "ab"},
		{"aé", Typed{Key: "backspace"}, "a"},
		{"", Typed{Key: "backspace"}, ""},
		{"abc", Typed{Key: "ctrl+u"}, ""},
		{"abc", Typed{Key: "f5"}, "abc"},
		{"abcd", Typed{Key: "e", Text: "e"}, "abcde"},
		{"abcd", Typed{Key: "é", Text: "é"}, "abcd"},
		{"a", Typed{Key: "paste", Text: "\x1b[31mb"}, "ab"},
	} {
		if got := c.key.Edit(c.line, 5); got != c.want {
			t.Errorf("%q and %+v: %q, want %q", c.line, c.key, got, c.want)
		}
	}
}

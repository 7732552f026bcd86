package charts

import (
	"strings"
	"testing"
)

// The line of the guess is at half of every height, and there is one.
func TestTheGuessIsAtHalfTheHeight(t *testing.T) {
	for tall, want := range map[int]string{1: " ", 2: "_ ", 3: " ╌ ", 4: " _  ", 6: "  _   "} {
		var got strings.Builder
		for y := range tall {
			got.WriteString(level(y, tall))
		}
		if got.String() != want {
			t.Errorf("in %d lines, from the top, it is %q, want %q", tall, got.String(), want)
		}
	}
}

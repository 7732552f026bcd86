package say

import (
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestGrouped: a grouped number is the number itself without its commas, and has three
// digits after each, one to three before the first, whatever its sign is.
func TestGrouped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int().Draw(t, "n") >> rapid.IntRange(0, 62).Draw(t, "shorter by")
		text := grouped(n)
		if got, err := strconv.Atoi(strings.ReplaceAll(text, ",", "")); err != nil || got != n {
			t.Fatalf("%d: %q reads as %d, %v", n, text, got, err)
		}
		for i, digits := range strings.Split(strings.TrimPrefix(text, "-"), ",") {
			if len(digits) > 3 || len(digits) == 0 || i > 0 && len(digits) != 3 {
				t.Fatalf("%d: %q", n, text)
			}
		}
	})
}

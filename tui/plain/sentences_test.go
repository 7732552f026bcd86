package plain

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"unseen/engine"
)

// What is said of a run is so: who takes part, what was sent by now, whose loss is known.
func TestWhatIsSaidIsSo(t *testing.T) {
	for name, c := range map[string]struct {
		mode      string
		said      []string
		want, not string
	}{
		"owners are counted by heads, not by rows": {engine.Encrypted, []string{"g 11"}, "4 owners have their own rows.", "32 owners"},
		"what nobody has split is no share":        {engine.Encrypted, []string{"break operation encode", "end"}, "row[0,0], in the ring: EmmyFlores has 00000000000", "row[0,0], shares: E"},
		"losses of passes are losses":              {engine.SecureAggregation, []string{"break operation mask", "end", "eyes 1", "loss"}, "the mean loss of its last pass", "has no loss in memory"},
		"a mean during a pass is not that before":  {engine.Aggregated, []string{"goto e1"}, " in the first pass and ", "went from"},
		"who is offline comes back":                {engine.SecureAggregation, []string{"offline 2"}, "for the rest of server round 1", "server round 1 on"},
		"what is no cell is not called one":        {engine.SecureAggregation, nil, "In numbers: 3 neighbours", "One cell"},
		"what is not scaled has no fixed point":    {engine.Encrypted, []string{"break operation matmul", "end", "eyes 4", "follow"}, "does not know mean and deviation", "In fixed point"},
		"letters find a party":                     {engine.Federated, []string{"parties emmy"}, "EmmyFlores, worker", "more"},
		"letters that nobody has":                  {engine.Federated, []string{"parties zzz"}, `nobody here has a name with "zzz"`, "more"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.ReplaceAll(talk(t, session(t, c.mode), Options{}, c.said...), "\n", " ")
			if !strings.Contains(text, c.want) || strings.Contains(text, c.not) {
				t.Errorf("it has to say %q, and not %q:\n%s", c.want, c.not, text)
			}
		})
	}
}

// A message is counted with its round, also while that is under way.
func TestARoundIsCountedWithItsMessage(t *testing.T) {
	run := session(t, engine.Federated)
	before := ""
	for range 12 {
		at, _ := run.Position()
		text := talk(t, run, Options{}, "zoom message", "step", "cost")
		m := regexp.MustCompile(`(\d+) messages? in (\d+) rounds?`).FindStringSubmatch(text)
		if m == nil {
			t.Fatal(text)
		}
		messages, _ := strconv.Atoi(m[1])
		rounds, _ := strconv.Atoi(m[2])
		// four workers are told how to scale in one round; then each model goes alone
		if want := 1 + max(0, messages-4); rounds != want {
			t.Errorf("from step %d: %s, want %d, before it %s", at, m[0], want, before)
		}
		before = m[0]
	}
}

// Every flipped decision is told, or how many more there are.
func TestFlipsAddUp(t *testing.T) {
	text := talk(t, session(t, engine.Central), Options{}, "end", "threshold 100")
	flips := strings.Count(text, "gets a no now")
	if m := regexp.MustCompile(`(?m)^and (\d+) more\.$`).FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1])
		flips += n
	}
	m := regexp.MustCompile(`(?m)^(\d+) (?:people get|person gets) another`).FindStringSubmatch(text)
	if m == nil || m[1] != strconv.Itoa(flips) {
		t.Errorf("%d are told of %v:\n%s", flips, m, text)
	}
}

// A sign in front of its preposition is read without another one.
func TestASumIsReadOnce(t *testing.T) {
	if got := spoken("Σ of the clipped gradients, Σ x, Σy"); got != "sum of the clipped gradients, sum of x, sum of y" {
		t.Errorf("it reads %q", got)
	}
}

// Signs are read as what they mean where they stand.
func TestSignsAreReadAsTheyAreMeant(t *testing.T) {
	for text, want := range map[string]string{
		"z5[·,0] − z5[·,1]": "z5[all,0] - z5[all,1]", "x[3,·]": "x[3,all]",
		"y·(2 − x·y)": "y times (2 - x times y)", "a · b": "a times b",
		"▒▒▒▒▒▒": "unknown", "▒": "unknown", "▒▒ ▒▒▒": "unknown unknown",
		"exponent² + 2·exponent³": "exponent squared + 2 times exponent cubed",
		"exponent⁴":               "exponent to the power of 4", "Σ mod 2⁶⁴": "sum mod 2 to the power of 64",
		"loss = Σ over rows of (x)": "loss = sum over rows of (x)",
	} {
		if got := spoken(text); got != want {
			t.Errorf("%q is read as %q, want %q", text, got, want)
		}
	}
}

// Rows are counted from 1, as everywhere; in brackets from 0.
func TestRowsAreCountedFromOne(t *testing.T) {
	text := talk(t, session(t, engine.Central), Options{}, "break operation gather", "end", "step", "origin server x[0,5]")
	whose := regexp.MustCompile(`Its row (\d+) \((\d+) in cells, which count from 0\) is row \d+ of the data: that of`).FindStringSubmatch(text)
	if whose == nil || whose[1] != "1" || whose[2] != "0" {
		t.Errorf("x[0,5] is in row %v:\n%s", whose, text)
	}
}

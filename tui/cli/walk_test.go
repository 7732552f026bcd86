package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"

	"unseen/engine"
)

// walkWords are the words that trace a protocol.
func walkWords(p engine.ProtocolInfo) []string {
	values := map[string]string{"exp": "-1.25,-2,-12345.678,-7", "reciprocal": "1.25,2,12345.678,7", "log": "1.25,2,9.678,7", "mean-variance": "-1.25,2,1234.678,-7"}
	args := []string{"trace", "--protocol", p.Name, "--value", cmp.Or(values[p.Name], "-1.25,2,12345.678,-7"), "--seed", "3"}
	if p.Inputs == 2 {
		args = append(args, "--value2", "3,-2.5,0,1")
	}
	holders := 3
	if p.Holders > 0 {
		holders = p.Holders
	}
	return append(args, "--holders", fmt.Sprint(holders))
}

// Every protocol can be traced, for people in 80 columns, and for programs.
func TestEveryProtocolCanBeTraced(t *testing.T) {
	for _, p := range engine.Protocols() {
		text := must(t, append(walkWords(p), "--explain")...)
		for _, l := range strings.Split(text, "\n") {
			if lipgloss.Width(l) > 80 {
				t.Errorf("%s: wider than 80 columns: %q", p.Name, l)
			}
		}
		for _, want := range []string{p.Says, "◇ marks", "cost\n", "How it works"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: nothing about %q", p.Name, want)
			}
		}
		lines := strings.Split(strings.TrimSpace(must(t, append(walkWords(p), "--format", "json")...)), "\n")
		for i, l := range lines {
			var event struct {
				Step *int
				Kind string
				Cost *struct{ Rounds int }
			}
			if err := json.Unmarshal([]byte(l), &event); err != nil {
				t.Fatalf("%s: %v in %s", p.Name, err, l)
			}
			if last := i == len(lines)-1; last != (event.Cost != nil) || !last && (event.Step == nil || *event.Step != i || event.Kind == "") {
				t.Errorf("%s: line %d is %s", p.Name, i, l)
			}
		}
	}
}

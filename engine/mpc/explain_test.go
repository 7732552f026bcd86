package mpc

import (
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"unseen/engine/ring"
	"unseen/engine/trace"
)

// announced collects the names of all operations that protocols announce.
func announced(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, c := range Catalogue() {
		n := 3
		if c.Holders > 0 {
			n = c.Holders
		}
		p := protocol(t, ring.Ring{}, n, 1)
		p.Tracer = trace.NewTracer(func(e *trace.Event) {
			for _, s := range e.Path {
				if s.Level == trace.Operation {
					names[s.Name] = true
				}
			}
		}, 0)
		in := []*Shared{split(t, p, ring.New(2, 2), 1), split(t, p, ring.New(2, 2), 2)}
		c.Run(p, 16, in[:c.Inputs]...)
		if !names[c.Operation] {
			t.Errorf("%s does not announce %q", c.Name, c.Operation)
		}
	}
	return names
}

// Every operation that a protocol announces has an explanation, and every
// explanation belongs to one.
func TestEveryOperationIsExplained(t *testing.T) {
	names := announced(t)
	for name := range names {
		if _, ok := Explain(name); !ok {
			t.Errorf("explain/%s.md is missing", fileName(name))
		}
	}
	for _, file := range Explained() {
		known := false
		for name := range names {
			known = known || fileName(name) == file
		}
		if !known {
			t.Errorf("explain/%s.md explains an operation that nobody announces", file)
		}
	}
}

// Explanations have one form, fit a terminal, and their examples are right.
func TestExplanationsHold(t *testing.T) {
	for _, name := range Explained() {
		text, _ := Explain(name)
		var heads []string
		checked := 0
		for i, line := range strings.Split(text, "\n") {
			if utf8.RuneCountInString(line) > 80 {
				t.Errorf("%s.md:%d is longer than 80 characters", name, i+1)
			}
			if strings.HasPrefix(line, "#") {
				heads = append(heads, line)
			}
			if code, ok := strings.CutPrefix(line, "    "); ok && heads[len(heads)-1] == "## Example" {
				checked += example(t, name, code)
			}
		}
		want := []string{"# " + name, "## How it works", "## What is opened", "## Cost", "## Range and error", "## Example"}
		heads[0] = "# " + fileName(strings.TrimPrefix(heads[0], "# "))
		if !slices.Equal(heads, want) {
			t.Errorf("%s.md has the heads %q, want %q", name, heads, want)
		}
		if checked == 0 {
			t.Errorf("%s.md has no example that can be checked", name)
		}
	}
}

// example checks one line of an example, [name =] expression [mod m] = value, and
// returns how many it has checked: 0 for a line that says nothing of the kind, such
// as one with ≈.
func example(t *testing.T, name, line string) int {
	t.Helper()
	parts := strings.Split(line, " = ")
	if len(parts) < 2 {
		return 0
	}
	left, mod, _ := strings.Cut(parts[len(parts)-2], " mod ")
	got, want := value(left), value(parts[len(parts)-1])
	if got == nil || want == nil {
		t.Errorf("%s.md: %q cannot be checked", name, line)
		return 0
	}
	if m := value(mod); m != nil { // mod of a negative number, too
		got = constant.BinaryOp(constant.BinaryOp(constant.BinaryOp(got, token.REM, m), token.ADD, m), token.REM, m)
	}
	if !constant.Compare(got, token.EQL, want) {
		t.Errorf("%s.md: %q: it is %v", name, line, got)
	}
	return 1
}

// value evaluates an expression; nil if it is none.
func value(text string) constant.Value {
	text = strings.NewReplacer("−", "-", "·", "*").Replace(text)
	v, err := types.Eval(token.NewFileSet(), nil, token.NoPos, text)
	if err != nil || v.Value == nil {
		return nil
	}
	return v.Value
}

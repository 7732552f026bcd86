package cli

import (
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"unseen/tui"
)

// parsed is what the words of an explore command ask for.
func parsed(t testing.TB, args ...string) (*run, start) {
	t.Helper()
	a := &app{Streams: Streams{Out: io.Discard, Err: io.Discard}}
	c := a.explore()
	var at start
	c.ResetFlags()
	at.flags(c)
	request := a.runFlags(c)
	if err := c.ParseFlags(args); err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	r, err := request.resolve()
	if err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	return r, at
}

// The command of a run, read by a shell, asks for the same run.
func TestCommandsRoundTrip(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no shell")
	}
	for _, args := range [][]string{
		{"--seed", "1"},
		{"--mode", "federated", "--workers", "7", "--skew", "A9", "--seed", "2"},
		{"--mode", "aggregated", "--recipe", "notebook", "--rounds", "3", "--lr", "1e-5", "--hidden", "", "--seed", "18446744073709551615"},
		{"--data", small(t), "--split", "1", "--normalize", "range", "--dropout", "0.25", "--loss", "mse", "--hidden", "3, 2", "--order", "file"},
		{"--data", "twin", "--label", "label", "--rows", "60", "--batch", "5", "--init", "torch"},
	} {
		r, _ := parsed(t, args...)
		text := r.command(r.scenario) + " --step 17 --zoom batch"
		words, err := exec.Command(sh, "-c", `unseen() { printf '%s\n' "$@"; }; `+text).Output()
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		list := strings.Split(strings.TrimSuffix(string(words), "\n"), "\n")
		if list[0] != "explore" {
			t.Fatalf("%s: the command is %q", text, list[0])
		}
		again, at := parsed(t, list[1:]...)
		want := r.scenario
		want.Fixed = true // the command names the seed
		if diff := cmp.Diff(want, again.scenario, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s asks for another run:\n%s", text, diff)
		}
		if again.set.Table.SHA256 != r.set.Table.SHA256 || at.step != 17 || at.zoomed != "batch" {
			t.Errorf("%s asks for other rows or another place", text)
		}
		if strings.Count(text, "--") > len(args)/2+6 {
			t.Errorf("the command names what is a default anyway: %s", text)
		}
	}
}

// Any word comes back from a shell as it was.
func TestShellWords(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no shell")
	}
	var words, want []string
	gen := rapid.StringMatching(`[a-z '"$\\*;&|~#!()<>{}\[\]?äπ-]{0,12}`)
	for i := range 60 {
		w := gen.Example(i)
		want, words = append(want, w), append(words, tui.ShellWord(w))
	}
	out, err := exec.Command(sh, "-c", `printf '%s\n' `+strings.Join(words, " ")).Output()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Join(want, "\n")+"\n", string(out)); diff != "" {
		t.Errorf("the shell reads other words:\n%s", diff)
	}
}

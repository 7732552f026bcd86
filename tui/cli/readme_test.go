package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"unseen/data"
)

// readme is the README, which is two folders up.
func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// fenced are the fenced blocks of a Markdown text, each a list of lines.
func fenced(text string) (blocks [][]string) {
	var block []string
	inside := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case strings.HasPrefix(line, "```"):
			if inside {
				blocks = append(blocks, block)
			}
			inside, block = !inside, nil
		case inside:
			block = append(block, line)
		}
	}
	return blocks
}

// commands are the words of the commands of this program in a block.
func commands(block []string) (list [][]string) {
	for _, line := range block {
		line, _, _ = strings.Cut(line, " #")
		line = strings.NewReplacer("$s", "1", "$e", "4").Replace(line) // the loop over seeds and ε
		words := strings.Fields(strings.TrimPrefix(line, "$ "))
		if len(words) > 0 && words[0] == "unseen" {
			list = append(list, words[1:])
		}
	}
	return list
}

// loans is a file with a header, as somebody may have one.
func loans() string {
	text := "age,income,approved\n"
	for i := range 80 {
		text += []string{"31,2000,yes\n", "45,1800,no\n", "27,2500,yes\n"}[i%3]
	}
	return text
}

// Every command of the README is understood. Its run is cancelled before it begins: what
// is wrong with the words is said before that, with status 2.
func TestCommandsOfTheReadmeAreUnderstood(t *testing.T) {
	text := readme(t)
	dir := t.TempDir()
	t.Chdir(dir)
	var here Streams
	home(dir)(&here)
	fetched, err := data.UserFile(here.lookup)
	if err != nil {
		t.Fatal(err)
	}
	var twin bytes.Buffer
	if err := data.Synthesize(&twin); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{fetched: twin.String(), "loans.csv": loans()} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(text), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	if a := world(context.Background(), home(dir), "trace", "--mode", "federated", "--epochs", "1", "--seed", "42", "--steps", "8000", "--out", "run.unseen"); a.status != 0 {
		t.Fatal(a.err)
	}
	over, cancel := context.WithCancel(context.Background())
	cancel()
	found := 0
	for _, block := range fenced(text) {
		for _, words := range commands(block) {
			found++
			a := world(over, home(dir), words...)
			if a.status == statusWords && strings.Contains(a.err, "needs a terminal") {
				continue // said when all else is right
			}
			if a.status != statusInterrupted && a.status != statusDone {
				t.Errorf("unseen %s: status %d, %s", strings.Join(words, " "), a.status, a.err)
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d commands were found", found)
	}
}

// What the README shows of a command’s output is in its output: the lines between two
// ellipses one after the other.
func TestOutputsInTheReadmeAreReal(t *testing.T) {
	found := 0
	for _, block := range fenced(readme(t)) {
		if len(block) == 0 || !strings.HasPrefix(block[0], "$ unseen ") {
			continue
		}
		found++
		out := must(t, commands(block[:1])[0]...)
		for _, part := range strings.Split(strings.Join(block[1:], "\n"), "…\n") {
			if _, after, ok := strings.Cut("\n"+out, "\n"+part); ok {
				out = after
			} else {
				t.Errorf("%s\ndoes not print\n%s", block[0], part)
			}
		}
	}
	if found == 0 {
		t.Error("no output was found")
	}
}

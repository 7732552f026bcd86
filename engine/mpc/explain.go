package mpc

import (
	"embed"
	"io/fs"
	"slices"
	"strings"
)

// explanations are the texts for newcomers, one for each operation that protocols
// announce: explain/<name>.md, with hyphens for blanks.
//
//go:embed explain/*.md
var explanations embed.FS

// Explain returns the explanation of an operation, by the name its span has: what
// it computes, how, what is opened and why that says nothing, what it costs, and an
// example small enough to follow by hand. It is Markdown of lines up to 80
// characters. ok is false for a name without one.
func Explain(name string) (text string, ok bool) {
	data, err := explanations.ReadFile("explain/" + fileName(name) + ".md")
	return string(data), err == nil
}

// Explained lists the names of all operations that have an explanation, with
// hyphens for blanks, in alphabetical order.
func Explained() []string {
	files, err := fs.Glob(explanations, "explain/*.md")
	if err != nil {
		panic(err) // only a malformed pattern
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(strings.TrimPrefix(f, "explain/"), ".md")
	}
	slices.Sort(files)
	return files
}

func fileName(name string) string { return strings.ReplaceAll(name, " ", "-") }

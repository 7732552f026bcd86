package cli

import (
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/x/term"
)

// Streams is the world outside a command.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	Env      []string // "NAME=value"

	// Width is how many columns wide the terminal of Out is now; nil or 0: unknown.
	Width func() int

	// Whether the streams are terminals.
	InTerminal, OutTerminal, ErrTerminal bool
}

// System returns the streams of the process.
func System() Streams {
	return Streams{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.Environ(),
		InTerminal:  term.IsTerminal(os.Stdin.Fd()),
		OutTerminal: term.IsTerminal(os.Stdout.Fd()),
		ErrTerminal: term.IsTerminal(os.Stderr.Fd()),
		Width:       columns,
	}
}

// columns is how wide the terminal on standard output is; 0 where there is none.
func columns() int {
	w, _, err := term.GetSize(os.Stdout.Fd())
	if err != nil {
		return 0
	}
	return w
}

// styled reports whether text for people may carry bold and faint letters.
func (s Streams) styled() bool {
	return s.OutTerminal && s.lookup("NO_COLOR") == "" && s.lookup("TERM") != "dumb"
}

func (s Streams) lookup(name string) string {
	value := ""
	for _, pair := range s.Env {
		if n, v, ok := strings.Cut(pair, "="); ok && n == name {
			value = v
		}
	}
	return value
}

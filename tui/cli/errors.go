package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"unseen/data"
	"unseen/engine"
)

// The exit statuses.
const (
	statusDone        = 0
	statusFailed      = 1
	statusWords       = 2
	statusInterrupted = 130
)

// wordsError says that the words of a command line were wrong, and how to mend them.
type wordsError struct{ line string }

// Error is the one line on standard error, without the name of the program.
func (e *wordsError) Error() string { return e.line }

func words(format string, values ...any) error {
	return &wordsError{fmt.Sprintf(format, values...)}
}

// outputError says that standard output could not be written.
type outputError struct{ err error }

// Error names the stream and, without the path of the operation, what was wrong.
func (e *outputError) Error() string { return "standard output: " + cause(e.err) }

// Unwrap returns what writing returned: a closed pipe is told by it, and is no failure.
func (e *outputError) Unwrap() error { return e.err }

// failure says that the work failed, although its cause, looked at alone, would be
// wrong input.
type failure struct{ err error }

// Error is the text of the cause: the line on standard error.
func (e *failure) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *failure) Unwrap() error { return e.err }

// outcome returns the exit status of a command that ended with err, and the line
// to say about it, which may be empty.
func outcome(ctx context.Context, err error) (status int, line string) {
	var wrong *wordsError
	var setting *engine.SettingError
	var input *data.Error
	switch {
	case err == nil:
		return statusDone, ""
	case closedPipe(err):
		return statusDone, "" // the reader has seen enough
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return statusInterrupted, "stopped"
	case errors.As(err, new(*failure)):
		return statusFailed, oneLine(err.Error())
	case errors.As(err, &wrong), errors.As(err, &setting), errors.As(err, &input):
		return statusWords, oneLine(err.Error())
	}
	return statusFailed, oneLine(err.Error())
}

// closedPipe reports whether nobody reads standard output any more.
func closedPipe(err error) bool {
	var out *outputError
	if !errors.As(err, &out) {
		return false
	}
	if errors.Is(err, syscall.EPIPE) {
		return true
	}
	const brokenPipe, noData = syscall.Errno(109), syscall.Errno(232) // what Windows says
	return runtime.GOOS == "windows" && (errors.Is(err, brokenPipe) || errors.Is(err, noData))
}

// cause returns what the system said, without the name of the file, which the
// line names already.
func cause(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

// oneLine returns the text as one line that is safe on a terminal: the lines after
// the first are dropped and what cannot be printed is written as a Go escape.
func oneLine(text string) string {
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	return printable(text)
}

// printable writes what is not a printable character as a Go escape.
func printable(text string) string {
	if strings.IndexFunc(text, func(r rune) bool { return !strconv.IsPrint(r) || r == '\uFFFD' }) < 0 {
		return text
	}
	quoted := strconv.Quote(text)
	return strings.ReplaceAll(strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`), `\\`, `\`)
}

// shown is the most characters of a word that an error repeats.
const shown = 60

// quote returns a word from the command line for use in an error.
func quote(word string) string {
	if runes := []rune(word); len(runes) > shown {
		word = string(runes[:shown]) + "…"
	}
	return strconv.Quote(word)
}

// flagError says in our words what is wrong with the flags of a command.
func flagError(c *cobra.Command, err error) error {
	if args := c.Flags().Args(); len(args) > 0 && c.HasSubCommands() {
		return unknownCommand(c, args[0])
	}
	var unknown *pflag.NotExistError
	var missing *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		return unknownFlag(c, unknown)
	case errors.As(err, &missing):
		name := missing.GetFlag().Name
		return words("--%s: a value is missing; write it as in %s", name, example(missing.GetFlag()))
	case errors.As(err, &invalid):
		if inner := invalid.Unwrap(); errors.As(inner, new(*engine.SettingError)) || errors.As(inner, new(*wordsError)) {
			return inner
		}
		return words("--%s %s: not understood; see %s --help", invalid.GetFlag().Name, quote(invalid.GetValue()), c.CommandPath())
	}
	return words("%v; see %s --help", err, c.CommandPath())
}

// example shows how a flag is written.
func example(f *pflag.Flag) string {
	value := f.DefValue
	if typical := map[string]string{
		"data": twin, "label": "approved", "rows": "100", "workers": "10", "skew": "A9", "neighbours": "62", "threshold": "40", "seed": "42",
		"clip": "1", "noise": "1.1", "epsilon": "4", "budget": "3", "rate": "32/653", "steps": "100", "row": "7",
		"protocol": "relu", "value": "-1.25", "value2": "2", "plot": "curves.png",
	}[f.Name]; value == "" && typical != "" {
		value = typical
	}
	if value == "" {
		value = f.Value.Type()
	}
	return "--" + f.Name + " " + value
}

func unknownFlag(c *cobra.Command, unknown *pflag.NotExistError) error {
	name, written := unknown.GetSpecifiedName(), "--"+unknown.GetSpecifiedName()
	if short := unknown.GetSpecifiedShortnames(); short != "" {
		name, written = short, "-"+short
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if near := engine.Nearest(name, names); near != "" {
		return words("unknown flag %s; did you mean --%s?", quoteOdd(written), near)
	}
	return words("unknown flag %s; see %s --help", quoteOdd(written), c.CommandPath())
}

func unknownCommand(c *cobra.Command, word string) error {
	var names []string
	for _, sub := range c.Commands() {
		names = append(names, sub.Name())
	}
	if near := engine.Nearest(word, names); near != "" {
		return words("unknown command %s; did you mean %s %s?", quote(word), c.CommandPath(), near)
	}
	return words("unknown command %s; see %s --help", quote(word), c.CommandPath())
}

// quoteOdd quotes a word only if it is long or has something odd in it.
func quoteOdd(word string) string {
	if quoted := quote(word); quoted != `"`+word+`"` || strings.ContainsAny(word, " '") {
		return quoted
	}
	return word
}

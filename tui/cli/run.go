package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"charm.land/fang/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Run runs the command that args, without the program's name, ask for, and
// returns the exit status. When ctx ends, so does the command.
func Run(ctx context.Context, args []string, s Streams) (status int) {
	defer func() {
		if r := recover(); r != nil {
			s.say("a mistake in unseen itself, %s; please report it with the words you typed", quote(fmt.Sprint(r)))
			status = statusFailed
		}
	}()
	a := &app{Streams: s}
	root := a.root()
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	root.SetArgs(append([]string{}, args...)) // never nil: cobra would take the process's
	err := fang.Execute(ctx, root,
		fang.WithVersion(build().Version),
		fang.WithErrorHandler(func(io.Writer, fang.Styles, error) {}), // said below, in one line
	)
	if err != nil {
		err = words("%s; see unseen --help", oneLine(err.Error())) // cobra's own; ours are in a.err
	}
	status, line := outcome(ctx, errors.Join(err, a.err))
	if line != "" {
		s.say("%s", line)
	}
	return status
}

// say writes one line to standard error.
func (s Streams) say(format string, values ...any) {
	fmt.Fprintf(s.Err, "unseen: "+format+"\n", values...)
}

// app is one invocation of the program.
type app struct {
	Streams
	err error // how the command ended
}

// root returns the tree of commands. Without a command the program explores.
func (a *app) root() *cobra.Command {
	root := a.explore()
	root.Use = "unseen"
	root.Short = "Step through private machine learning in the terminal"
	root.Long = "Step through private machine learning in the terminal.\n\nWithout a command, unseen opens the explorer.\n\n" +
		"Exit status: 0 done, 1 the run failed, 2 the words or the input were wrong, 130 interrupted. " +
		"Environment: NO_COLOR, if it is not empty, takes colours and bold letters away; XDG_DATA_HOME is where unseen data fetch keeps the data, ~/.local/share without it."
	root.Example = "unseen\nunseen train --epochs 20\nunseen compare"
	root.Annotations = map[string]string{cobra.CommandDisplayNameAnnotation: "unseen"}
	hide(root.Flags(), hiddenOnRoot(root.Flags())...)
	root.AddCommand(a.explore(), a.train(), a.compare(), a.predict(), a.trace(), a.bench(), a.labs(true), a.labs(false), a.data(), a.privacy(), a.version())
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		a.err = flagError(c, err)
		return nil
	})
	root.SetHelpCommand(a.help(root))
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil && completion != root {
		completion.Short = "Write the completion script of a shell"
		a.group(completion)
	}
	return root
}

// action is what a command does once its flags are read.
type action func(c *cobra.Command) error

// act makes a command do something. The error is kept, not returned: cobra's way
// with errors would look at the terminal before we could answer. A word that is
// left over is a command nobody knows, or one too many.
func (a *app) act(c *cobra.Command, do action) {
	c.Args = cobra.ArbitraryArgs
	c.RunE = func(c *cobra.Command, args []string) error {
		switch {
		case len(args) > 0 && c.HasSubCommands():
			a.err = unknownCommand(c, args[0])
		case len(args) > 0:
			a.err = words("unexpected word %s; %s takes flags only, see %s --help", quote(args[0]), c.CommandPath(), c.CommandPath())
		default:
			a.err = do(c)
		}
		return nil
	}
}

// group makes a command that only holds others say so.
func (a *app) group(c *cobra.Command) {
	a.act(c, func(c *cobra.Command) error {
		var names []string
		for _, sub := range c.Commands() {
			names = append(names, sub.Name())
		}
		return words("%s needs one more word: %s", c.CommandPath(), list(names))
	})
}

// help explains a command.
func (a *app) help(root *cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use:     "help [command]",
		Short:   "Explain a command",
		Example: "unseen help train",
	}
	a.act(c, nil)
	c.RunE = func(_ *cobra.Command, args []string) error {
		target, rest, err := root.Find(args)
		if err != nil || len(rest) > 0 {
			if target == nil {
				target = root
			}
			a.err = unknownCommand(target, append(rest, args...)[0])
			return nil
		}
		target.InitDefaultHelpFlag()
		return target.Help()
	}
	return c
}

// hiddenOnRoot names the flags that the help of the program leaves to the help of
// its commands.
func hiddenOnRoot(f *pflag.FlagSet) []string {
	var names []string
	f.VisitAll(func(f *pflag.Flag) {
		if f.Name != "data" && f.Name != "label" {
			names = append(names, f.Name)
		}
	})
	return names
}

package cli

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui"
	"unseen/tui/plain"
	"unseen/tui/screen"
)

// explore opens the explorer.
func (a *app) explore() *cobra.Command {
	c := &cobra.Command{
		Use:     "explore",
		Short:   "Open the explorer: step through a run on the screen",
		Long:    "Open the explorer and step through a run on the screen. Every flag of training preselects.",
		Example: "unseen explore --recipe notebook\nunseen explore --mode federated --workers 5\nunseen explore --replay run.unseen",
	}
	var start start
	start.flags(c)
	request := a.runFlags(c)
	a.act(c, func(c *cobra.Command) error {
		if start.replay != "" {
			return a.replay(c, start)
		}
		r, err := request.resolve()
		if err != nil {
			return err
		}
		session, err := r.open() // what is wrong is said before the screen opens
		if err != nil {
			return err
		}
		defer session.Close()
		if err := start.check(session); err != nil {
			return err
		}
		if !start.plain {
			if err := a.needsTerminal(); err != nil {
				return err
			}
		}
		a.note(c, "weights", "format", "plot")
		a.noteModes(c.Flags(), r.scenario)
		if start.plain {
			return a.plain(c, session, start, r.command(r.scenario))
		}
		return tui.Explore(c.Context(), tui.Options{Scenario: r.scenario, Set: r.set, For: r.another, Direct: r.direct(),
			Start: start.place(), Command: r.command, Present: start.crowd})
	})
	hide(c.Flags(), "weights", "format", "plot")
	return c
}

// needsTerminal says that there is no screen to explore on.
func (a *app) needsTerminal() error {
	if a.InTerminal && a.OutTerminal {
		return nil
	}
	return words("the explorer needs a terminal for its keys and its screen; without one use unseen explore --plain, unseen train or unseen trace")
}

// start is where the explorer opens, and on what.
type start struct {
	replay string
	step   int
	zoom   *trace.Level
	eyes   string
	screen string
	plain  bool
	crowd  bool // there is an audience
}

func (s *start) flags(c *cobra.Command) {
	f := c.Flags()
	f.SortFlags = false
	f.Var(&value{kind: "FILE", check: fileName("--replay", &s.replay)}, "replay", "step through the recording in FILE, as unseen trace --out writes it")
	f.Var(&value{kind: "N", check: s.setStep}, "step", "open at step N of the run")
	var names []string
	for _, l := range trace.Levels() {
		names = append(names, l.String())
	}
	known := choice("--zoom", names...)
	f.Var(&value{kind: "LEVEL", check: func(text string) error {
		if err := known(text); err != nil {
			return err
		}
		level := trace.Levels()[slices.Index(names, text)]
		s.zoom = &level
		return nil
	}}, "zoom", "how big a step is: "+list(names))
	complete(c, "zoom", names)
	f.Var(&value{kind: "PARTY", check: func(text string) error { s.eyes = text; return nil }}, "eyes", "look through the eyes of PARTY, by its name")
	shown := choice("--screen", screen.Names()...)
	f.Var(&value{kind: "NAME", check: func(text string) error { s.screen = text; return shown(text) }}, "screen", "open this screen instead of the run: "+list(screen.Names()))
	complete(c, "screen", screen.Names())
	f.BoolVar(&s.plain, "plain", false, "as lines of text with prompts: for screen readers, and for scripts")
	f.BoolVar(&s.crowd, "present", false, "for a projector: one large sentence a step, its numbers when you press enter, and the keys you pressed")
}

func (s *start) setStep(text string) (err error) {
	if s.step, err = whole("--step", text, "100"); err == nil && s.step < 0 {
		err = &engine.SettingError{Setting: "--step", Value: text, What: "out of range", Mend: "give a whole number from 0"}
	}
	return err
}

// check reports a step that the run does not have.
func (s *start) check(run engine.Stepper) error {
	if _, total := run.Position(); s.step > total {
		return &engine.SettingError{Setting: "--step", Value: fmt.Sprint(s.step), What: fmt.Sprintf("the run has %d steps", total),
			Mend: fmt.Sprintf("give a whole number from 0 to %d", total)}
	}
	if s.eyes != "" {
		f := filter{party: s.eyes}
		if err := f.check(run); err != nil {
			wrong := *err.(*engine.SettingError)
			wrong.Setting = "--eyes"
			return &wrong
		}
		if screen.Everything(s.screen) {
			return &engine.SettingError{Setting: "--screen", Value: s.screen, What: "shows everything, and no party sees that", Mend: "leave out --eyes or --screen"}
		}
	}
	return nil
}

func (s *start) place() tui.Start {
	return tui.Start{Step: s.step, Zoom: s.zoom, Eyes: s.eyes, Screen: s.screen}
}

// replay opens the explorer on a recording.
func (a *app) replay(c *cobra.Command, start start) error {
	replay, err := openRecording(start.replay)
	if err != nil {
		return err
	}
	defer replay.Close()
	if err := start.check(replay); err != nil {
		return err
	}
	if !start.plain {
		if err := a.needsTerminal(); err != nil {
			return err
		}
	}
	c.Flags().Visit(func(f *pflag.Flag) {
		if !slices.Contains([]string{"replay", "step", "zoom", "eyes", "screen", "plain", "present"}, f.Name) {
			a.say("note: %s --replay does not use --%s", c.CommandPath(), f.Name)
		}
	})
	command := invocation{"unseen", "explore"}
	command.flag("replay", start.replay)
	if start.plain {
		return a.plain(c, replay, start, command.String())
	}
	return tui.Explore(c.Context(), tui.Options{
		Scenario: replay.Scenario(), Set: replay.Dataset().Set, Direct: true, Replay: replay, Start: start.place(), Present: start.crowd,
		Command: func(s engine.Scenario) string {
			if s.Mode == replay.Scenario().Mode {
				return command.String()
			}
			return ""
		},
	})
}

// plain explores a run at a prompt.
func (a *app) plain(c *cobra.Command, run engine.Stepper, start start, command string) error {
	err := plain.Explore(c.Context(), run, a.In, a.Out, plain.Options{Step: start.step, Zoom: start.zoom, Command: command})
	if err != nil && c.Context().Err() == nil {
		return &outputError{err}
	}
	return err
}

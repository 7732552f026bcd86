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
	"unseen/tui/say"
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
		if start.plain {
			a.note(c, "weights", "format", "plot")
			a.noteModes(c.Flags(), r.scenario)
			return a.plain(c, session, start, r.command(r.scenario))
		}
		return a.show(c, tui.Options{Scenario: r.scenario, Set: r.set, For: r.another, Direct: r.direct(),
			Start: start.place(), Command: r.command, Present: start.crowd}, func() {
			a.note(c, "weights", "format", "plot")
			a.noteModes(c.Flags(), r.scenario)
		})
	})
	hide(c.Flags(), "weights", "format", "plot")
	return c
}

// show opens the explorer on the terminal, after what there is to note.
func (a *app) show(c *cobra.Command, o tui.Options, note func()) error {
	x, err := tui.New(o)
	if err != nil {
		return err
	}
	defer x.Close()
	if err := a.needsTerminal(); err != nil {
		return err
	}
	note()
	return x.Run(c.Context())
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
	zoomed string       // as it was asked for
	zoom   *trace.Level // what that is in the run; nil: nothing was asked for
	eyes   string
	breaks []string
	screen string
	open   screen.State
	plain  bool
	crowd  bool // there is an audience
}

func (s *start) flags(c *cobra.Command) {
	c.Flags().SortFlags = false
	c.Flags().Var(&value{kind: "FILE", check: fileName("--replay", &s.replay)}, "replay", "step through the recording in FILE, as unseen trace --out writes it")
	s.placeFlags(c)
}

// placeFlags adds the flags that say where the explorer opens.
func (s *start) placeFlags(c *cobra.Command) {
	f := c.Flags()
	f.Var(&value{kind: "N", check: s.setStep}, "step", "open at step N of the run")
	var names []string
	for _, l := range trace.Levels() {
		names = append(names, l.String())
	}
	f.Var(&value{kind: "LEVEL", check: func(text string) error { s.zoomed = text; return nil }}, "zoom",
		"how big a step is: "+list(names)+"; or as the way to train calls it: visit, stage, server-round")
	complete(c, "zoom", names)
	f.Var(&value{kind: "PARTY", check: func(text string) error { s.eyes = text; return nil }}, "eyes", "look through the eyes of PARTY, by its name")
	f.Var(&value{kind: "WHERE", check: s.addBreak}, "break", "stop there: "+engine.HowToBreak()+"; may be given several times")
	shown := choice("--screen", screen.Names()...)
	f.Var(&value{kind: "NAME", check: func(text string) error { s.screen = text; return shown(text) }}, "screen", "open this screen instead of the run: "+list(screen.Names()))
	complete(c, "screen", screen.Names())
	f.Var(&value{kind: "WORDS", check: func(text string) (err error) { s.open, err = screen.ParseState(text); return err }}, "open",
		"what is open and selected on the screen, as the key y writes it: pane=memory,full,object=w1 or wire=cost")
	f.BoolVar(&s.plain, "plain", false, "as lines of text with prompts: for screen readers, and for scripts")
	f.BoolVar(&s.crowd, "present", false, "for a projector: one large sentence a step, its numbers when you press enter, and the keys you pressed")
}

// placeNames lists the flags that say where the explorer opens, and how.
var placeNames = []string{"step", "zoom", "eyes", "break", "screen", "open", "plain", "present"}

func (s *start) setStep(text string) (err error) {
	if s.step, err = whole("--step", text, "100"); err == nil && s.step < 0 {
		err = &engine.SettingError{Setting: "--step", Value: text, What: "out of range", Mend: "give a whole number from 0"}
	}
	return err
}

// addBreak takes a breakpoint over.
func (s *start) addBreak(text string) error {
	if err := tui.CheckBreak(text); err != nil {
		return ofBreak(err)
	}
	s.breaks = append(s.breaks, text)
	return nil
}

// ofBreak names the flag in what is wrong with a breakpoint.
func ofBreak(err error) error {
	if wrong, ok := err.(*engine.SettingError); ok {
		named := *wrong
		named.Setting = "--break"
		return &named
	}
	return err
}

// onStage names the first flag that says how the stage of a run looks; empty: none.
func (s *start) onStage() string {
	switch {
	case s.step > 0:
		return "--step"
	case s.zoomed != "":
		return "--zoom"
	case s.eyes != "":
		return "--eyes"
	case len(s.breaks) > 0:
		return "--break"
	}
	return ""
}

// onScreen reports a flag that says how a screen looks, where there is none.
func (s *start) onScreen() error {
	flag, value, instead := "", "", ""
	switch {
	case !s.plain:
		return nil
	case s.screen != "":
		flag, value, instead = "--screen", s.screen, map[string]string{
			screen.Charts: ", or take unseen train --plot, or the word threshold at the prompt", screen.Compare: ", or take unseen compare",
			screen.Labs: ", or take unseen attack or unseen lab", screen.Data: ", or take unseen data head or unseen data describe"}[s.screen]
	case s.open != nil:
		flag, value = "--open", s.open.String()
	case s.crowd:
		flag, value, instead = "--present", "with --plain", ": --plain tells one step at a time, too"
	default:
		return nil
	}
	return &engine.SettingError{Setting: flag, Value: value, What: "--plain has no screen", Mend: "leave out " + flag + " or --plain" + instead}
}

// check reports a step that the run does not have, and flags that exclude each other.
func (s *start) check(run engine.Stepper) error {
	if err := s.onScreen(); err != nil {
		return err
	}
	if s.eyes != "" && screen.Everything(s.screen) {
		return &engine.SettingError{Setting: "--screen", Value: s.screen, What: "shows everything, and no party sees that", Mend: "leave out --eyes or --screen"}
	}
	if flag := s.onStage(); s.screen != "" && flag != "" {
		return &engine.SettingError{Setting: "--screen", Value: s.screen, What: "opens no run, and " + flag + " says how one is looked at", Mend: "leave out --screen or " + flag}
	}
	if scene := (say.Scene{Scenario: run.Scenario()}); s.zoomed != "" {
		level, ok := scene.Level(s.zoomed)
		if !ok {
			return &engine.SettingError{Setting: "--zoom", Value: quote(s.zoomed), What: "not known", Mend: "choose " + list(scene.LevelWords())}
		}
		s.zoom = &level
	}
	if _, total := run.Position(); s.step > total {
		return &engine.SettingError{Setting: "--step", Value: fmt.Sprint(s.step), What: fmt.Sprintf("the run has %d steps", total),
			Mend: fmt.Sprintf("give a whole number from 0 to %d", total)}
	}
	for _, text := range s.breaks {
		if err := tui.PossibleBreak(text, run); err != nil {
			return ofBreak(err)
		}
	}
	if s.eyes != "" {
		f := filter{party: s.eyes}
		if err := f.check(run); err != nil {
			wrong := *err.(*engine.SettingError)
			wrong.Setting = "--eyes"
			return &wrong
		}
	}
	return nil
}

func (s *start) place() tui.Start {
	return tui.Start{Step: s.step, Zoom: s.zoom, Eyes: s.eyes, Breaks: s.breaks, Screen: s.screen, Open: s.open}
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
	c.Flags().Visit(func(f *pflag.Flag) {
		if f.Name != "replay" && !slices.Contains(placeNames, f.Name) {
			a.say("note: %s --replay does not use --%s", c.CommandPath(), f.Name)
		}
	})
	command := invocation{"unseen", "explore"}
	command.flag("replay", start.replay)
	if start.plain {
		return a.plain(c, replay, start, command.String())
	}
	return a.show(c, tui.Options{
		Scenario: replay.Scenario(), Set: replay.Dataset().Set, Direct: true, Opened: replay, Start: start.place(), Present: start.crowd,
		Command: func(s engine.Scenario) string {
			if s.Mode == replay.Scenario().Mode {
				return command.String()
			}
			return ""
		},
	}, func() {})
}

// plain explores a run at a prompt.
func (a *app) plain(c *cobra.Command, run engine.Stepper, start start, command string) error {
	err := plain.Explore(c.Context(), run, a.In, a.Out, plain.Options{Step: start.step, Zoom: start.zoom, Eyes: start.eyes, Breaks: start.breaks, Command: command, Width: a.Width})
	if err != nil && c.Context().Err() == nil {
		return &outputError{err}
	}
	return err
}

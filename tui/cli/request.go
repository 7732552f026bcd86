package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"unseen/data"
	"unseen/engine"
)

// value is a flag that is checked as it is read.
type value struct {
	text  string
	kind  string
	check func(text string) error
}

// String is the value as it was given, or the default: help shows it.
func (v *value) String() string { return v.text }

// Type names what kind of value the flag takes, in help.
func (v *value) Type() string { return v.kind }

// Set takes a new value over if it passes the check.
func (v *value) Set(text string) error {
	if v.check != nil {
		if err := v.check(text); err != nil {
			return err
		}
	}
	v.text = text
	return nil
}

// choice returns a check that a word is one of those known.
func choice(flag string, known ...string) func(string) error {
	return func(text string) error {
		if slices.Contains(known, text) {
			return nil
		}
		mend := "choose " + list(known)
		if near := engine.Nearest(text, known); near != "" {
			mend = "did you mean " + near + "? the choice is " + list(known)
		}
		return &engine.SettingError{Setting: flag, Value: quote(text), What: "not known", Mend: mend}
	}
}

// list joins words as people do: "text, json or csv".
func list(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// formatFlag adds --format and returns the chosen format.
func formatFlag(f *pflag.FlagSet) *value {
	formats := []string{"text", "json", "csv"}
	format := &value{text: "text", kind: "FORMAT", check: choice("--format", formats...)}
	f.Var(format, "format", "how to print the result: "+list(formats))
	return format
}

// request is a run as the flags ask for it.
type request struct {
	*source
	flags                      *pflag.FlagSet
	mode, recipe               *value
	initWeights, weights, plot string
	given                      []*value // one per setting, in the order of settings()
	settings                   []setting
	format                     *value
	preset                     func(*engine.Scenario) // other defaults than the recipe's; may be nil
}

// runFlags adds the flags of a run to a command.
func (a *app) runFlags(c *cobra.Command) *request {
	f := c.Flags()
	f.SortFlags = false
	r := &request{flags: f, settings: settings(), mode: &value{text: engine.Central, kind: "MODE"}, recipe: &value{text: "default", kind: "NAME"}}
	r.mode.check, r.recipe.check = choice("--mode", engine.Modes()...), choice("--recipe", engine.Recipes()...)
	f.Var(r.mode, "mode", "the way to train: "+list(engine.Modes()))
	f.Var(r.recipe, "recipe", "where the other flags begin: "+list(engine.Recipes()))
	complete(c, "mode", engine.Modes())
	complete(c, "recipe", engine.Recipes())
	r.source = a.newSource(f)
	defaults, _ := engine.Default(r.mode.text, r.recipe.text) // both known
	for _, s := range r.settings {
		v := &value{kind: s.kind}
		if s.name != "seed" {
			v.text = defaultText(s.get(defaults))
		}
		if s.choices != nil {
			v.check = choice("--"+s.name, s.choices...)
		} else {
			v.check = func(text string) error { return s.set(new(engine.Scenario), text) }
		}
		f.Var(v, s.name, s.usage)
		if s.kind == boolKind {
			f.Lookup(s.name).NoOptDefVal = "true"
		}
		if s.choices != nil {
			complete(c, s.name, s.choices)
		}
		r.given = append(r.given, v)
		if s.name == "init" {
			f.Var(&value{kind: "FILE", check: fileName("--init-weights", &r.initWeights)}, "init-weights", "begin with the weights in FILE, a JSON list of layers")
			f.Var(&value{kind: "FILE", check: fileName("--weights", &r.weights)}, "weights", "write the final weights to FILE")
		}
	}
	r.format = formatFlag(f)
	f.Var(&value{kind: "FILE", check: plotName(&r.plot)}, "plot", "draw the curves of learning into FILE.png or FILE.svg")
	return r
}

// complete offers words for the value of a flag to the shell.
func complete(c *cobra.Command, flag string, choices []string) {
	_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(choices, cobra.ShellCompDirectiveNoFileComp)) // the flag exists
}

// defaultsText says which defaults other ways to train have than the one whose
// defaults help shows.
func defaultsText() string {
	text := "Defaults in brackets are those of --mode central with --recipe default"
	first, _ := engine.Default(engine.Central, "default") // known, like those below
	for _, mode := range engine.Modes()[1:] {
		other, _ := engine.Default(mode, "default")
		differ := ""
		for _, s := range settings() {
			if a, b := s.get(first), s.get(other); a != b && s.name != "seed" {
				differ += fmt.Sprintf(" --%s %v", s.name, b)
			}
		}
		if differ != "" {
			text += "; " + mode + " has" + differ
		}
	}
	return text + "."
}

func defaultText(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// fileName returns a check that takes the name of a file over.
func fileName(flag string, to *string) func(string) error {
	return func(text string) error {
		if text == "" {
			return &engine.SettingError{Setting: flag, Value: `""`, What: "not a file", Mend: "name a file, or leave the flag out"}
		}
		*to = text
		return nil
	}
}

// run is a request with its data at hand, checked.
type run struct {
	*request
	scenario engine.Scenario
	set      *data.Set
}

// resolve checks the flags, then files and data, and returns what is to be run.
func (r *request) resolve() (*run, error) {
	s, err := r.scenario(r.mode.text)
	if err != nil {
		return nil, err
	}
	return r.with(s)
}

// with checks files and data.
func (r *request) with(s engine.Scenario) (*run, error) {
	for _, file := range []struct{ flag, name string }{{"--weights", r.weights}, {"--plot", r.plot}} {
		if file.name == "" {
			continue
		}
		if err := checkTarget(file.flag, file.name); err != nil {
			return nil, err
		}
	}
	if r.initWeights != "" {
		var err error
		if s.Network.Initial, err = readWeights("--init-weights", r.initWeights); err != nil {
			return nil, err
		}
	}
	table, err := r.source.open()
	if err != nil {
		return nil, err
	}
	set, err := table.Encode()
	if err != nil {
		return nil, err
	}
	return &run{r, s, set}, nil
}

// scenario is the recipe for a way to train with the given flags on top.
func (r *request) scenario(mode string) (engine.Scenario, error) {
	s, err := engine.Default(mode, r.recipe.text)
	if err != nil {
		return s, err
	}
	if r.preset != nil {
		r.preset(&s)
	}
	for i, setting := range r.settings {
		if r.flags.Changed(setting.name) {
			if err := setting.set(&s, r.given[i].text); err != nil {
				return s, err
			}
		}
	}
	return s, s.Check()
}

// direct reports whether a flag that says what to run was given.
func (r *request) direct() bool {
	given := false
	r.flags.Visit(func(f *pflag.Flag) {
		switch f.Name {
		case "weights", "plot", "format":
		default:
			given = true
		}
	})
	return given
}

// open opens the session.
func (r *run) open() (*engine.Session, error) {
	session, err := engine.New(r.scenario, r.set)
	var wrong *engine.SettingError
	if errors.As(err, &wrong) && wrong.Setting == "--init-weights" {
		return nil, &engine.SettingError{Setting: wrong.Setting, Value: quote(r.initWeights), What: wrong.What + " (" + wrong.Value + ")", Mend: wrong.Mend}
	}
	return session, err
}

// another is the scenario of another way to train with the same flags, seed and
// initial weights.
func (r *run) another(mode string) (engine.Scenario, error) {
	s, err := r.request.scenario(mode)
	s.Seed, s.Network.Initial = r.scenario.Seed, r.scenario.Network.Initial
	s.Data.Rows = r.scenario.Data.Rows // a recipe may have fewer for one way to train
	return s, err
}

// inForce lists every flag with the value it has in a run.
func (r *request) inForce(run engine.Run) object {
	table, s := run.Dataset.Set.Table, run.Scenario
	s.Data.Workers = len(run.Dataset.Workers)
	flags := object{
		{"mode", s.Mode}, {"recipe", s.Recipe},
		{"data", r.name}, {"label", table.Columns[table.Label()].Name},
	}
	for _, setting := range r.settings {
		flags = append(flags, member{setting.name, setting.get(s)})
		if setting.name == "init" {
			flags = append(flags, member{"init-weights", orNull(r.initWeights)}, member{"weights", orNull(r.weights)})
		}
	}
	return append(flags, member{"format", r.format.text}, member{"plot", orNull(r.plot)})
}

// orNull returns nil for no text.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// readWeights reads weights from the file that a flag names.
func readWeights(flag, path string) (*engine.Weights, error) {
	wrong := func(err error) error {
		return &engine.SettingError{Setting: flag, Value: quote(path), What: cause(err),
			Mend: "name a file as --weights writes it"}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, wrong(err)
	}
	defer f.Close()
	w, err := engine.ReadWeights(f)
	if err != nil {
		return nil, wrong(err)
	}
	return &w, nil
}

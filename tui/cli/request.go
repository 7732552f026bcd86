package cli

import (
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

func (v *value) String() string { return v.text }
func (v *value) Type() string   { return v.kind }

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
		return &engine.SettingError{Setting: flag, Value: quote(text), What: "not known", Mend: "choose " + list(known)}
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

// source is which file to read.
type source struct{ path, label string }

func (s *source) flags(f *pflag.FlagSet) {
	f.Var(&value{kind: "PATH", check: func(text string) error { s.path = text; return nil }}, "data", "the credit data: crx.data, or a CSV file with a header")
	f.Var(&value{kind: "COLUMN", check: func(text string) error { s.label = text; return nil }}, "label", "the column to predict, in a file with a header")
}

// open reads the table. Which file is read when none is named is decided here.
func (s *source) open(c *cobra.Command) (*data.Table, error) {
	if s.path == "" {
		return nil, words("no data to read; name a file, as in %s --data crx.data", c.CommandPath())
	}
	return data.Open(s.path, data.Options{Label: s.label})
}

// formatFlag adds --format and returns the chosen format.
func formatFlag(f *pflag.FlagSet) *value {
	formats := []string{"text", "json", "csv"}
	format := &value{text: "text", kind: "FORMAT", check: choice("--format", formats...)}
	f.Var(format, "format", "how to print the result: "+list(formats))
	return format
}

// unusedSeed accepts --seed in a command that draws nothing.
func unusedSeed(f *pflag.FlagSet) {
	f.Var(&value{kind: "N", check: func(text string) error { _, err := parseSeed(text); return err }}, "seed", "")
	f.Lookup("seed").Hidden = true
}

// note says which of the given flags a command has no use for.
func (a *app) note(c *cobra.Command, unused ...string) {
	for _, name := range unused {
		if c.Flags().Changed(name) {
			a.say("note: %s does not use --%s", c.CommandPath(), name)
		}
	}
}

// request is a run as the flags ask for it.
type request struct {
	source
	mode, recipe         *value
	initWeights, weights string
	given                []*value // one per setting, in the order of settings()
	settings             []setting
	format               *value
}

// runFlags adds the flags of a run to a command.
func runFlags(c *cobra.Command) *request {
	f := c.Flags()
	f.SortFlags = false
	r := &request{settings: settings(), mode: &value{text: engine.Central, kind: "MODE"}, recipe: &value{text: "default", kind: "NAME"}}
	r.mode.check, r.recipe.check = choice("--mode", engine.Modes()...), choice("--recipe", engine.Recipes()...)
	f.Var(r.mode, "mode", "the way to train: "+list(engine.Modes()))
	f.Var(r.recipe, "recipe", "where the other flags begin: "+list(engine.Recipes()))
	r.source.flags(f)
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
		r.given = append(r.given, v)
		if s.name == "init" {
			f.Var(&value{kind: "FILE", check: fileName("--init-weights", &r.initWeights)}, "init-weights", "begin with the weights in FILE, a JSON list of layers")
			f.Var(&value{kind: "FILE", check: fileName("--weights", &r.weights)}, "weights", "write the final weights to FILE")
		}
		if s.choices != nil {
			_ = c.RegisterFlagCompletionFunc(s.name, cobra.FixedCompletions(s.choices, cobra.ShellCompDirectiveNoFileComp)) // the flag exists
		}
	}
	r.format = formatFlag(f)
	return r
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

// resolve checks the flags, then the data, and returns what is to be run.
func (r *request) resolve(c *cobra.Command) (*run, error) {
	s, err := r.scenario(c)
	if err != nil {
		return nil, err
	}
	if r.weights != "" {
		if err := checkTarget("--weights", r.weights); err != nil {
			return nil, err
		}
	}
	if r.initWeights != "" {
		if s.Network.Initial, err = readWeights(r.initWeights); err != nil {
			return nil, err
		}
	}
	table, err := r.open(c)
	if err != nil {
		return nil, err
	}
	set, err := table.Encode()
	if err != nil {
		return nil, err
	}
	return &run{r, s, set}, nil
}

// scenario is the recipe with the given flags on top.
func (r *request) scenario(c *cobra.Command) (engine.Scenario, error) {
	s, err := engine.Default(r.mode.text, r.recipe.text)
	if err != nil {
		return s, err
	}
	for i, setting := range r.settings {
		if c.Flags().Changed(setting.name) {
			if err := setting.set(&s, r.given[i].text); err != nil {
				return s, err
			}
		}
	}
	return s, s.Check()
}

// open opens the session.
func (r *run) open() (*engine.Session, error) { return engine.New(r.scenario, r.set) }

// inForce lists every flag with the value it has in this run.
func (r *run) inForce() object {
	flags := object{
		{"mode", r.scenario.Mode}, {"recipe", r.scenario.Recipe},
		{"data", r.path}, {"label", r.set.Table.Columns[r.set.Table.Label()].Name},
	}
	for _, s := range r.settings {
		flags = append(flags, member{s.name, s.get(r.scenario)})
		if s.name == "init" {
			flags = append(flags, member{"init-weights", orNull(r.initWeights)}, member{"weights", orNull(r.weights)})
		}
	}
	return append(flags, member{"format", r.format.text})
}

// orNull returns nil for no text.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// readWeights reads the initial weights.
func readWeights(path string) (*engine.Weights, error) {
	wrong := func(err error) error {
		return &engine.SettingError{Setting: "--init-weights", Value: quote(path), What: cause(err),
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

package cli

import (
	"fmt"
	"strings"

	"unseen/engine"
	"unseen/tui"
)

// command writes the command that explores a run: the mode, the data, the seed,
// and every flag whose value differs from the mode's default. It can be pasted
// into a shell.
func (r *run) command(s engine.Scenario) string {
	c := invocation{"unseen", "explore"}
	r.words(&c, s)
	return c.String()
}

// words appends the flags of a run.
func (r *run) words(c *invocation, s engine.Scenario) {
	c.flag("mode", s.Mode)
	if s.Recipe != "default" {
		c.flag("recipe", s.Recipe)
	}
	r.chosen(c, s, func(string) bool { return true })
}

// chosen appends the data, the seed, and those of the settings that are asked for and
// differ from the defaults of the mode.
func (r *run) chosen(c *invocation, s engine.Scenario, asked func(name string) bool) {
	c.flag("data", r.name)
	if r.label != "" {
		c.flag("label", r.label)
	}
	defaults, _ := engine.Default(s.Mode, s.Recipe) // both known: the scenario was checked
	for _, setting := range r.settings {
		if setting.name == "seed" || !asked(setting.name) {
			continue
		}
		value := setting.get(s)
		if value == nil || value == setting.get(defaults) {
			continue
		}
		if f := r.flags.Lookup(setting.name); f != nil && f.NoOptDefVal != "" {
			*c = append(*c, fmt.Sprintf("--%s=%v", setting.name, value))
			continue
		}
		c.flag(setting.name, fmt.Sprint(value))
	}
	if r.initWeights != "" && asked("init-weights") {
		c.flag("init-weights", r.initWeights)
	}
	c.flag("seed", fmt.Sprint(s.Seed))
}

// invocation is the words of a command.
type invocation []string

// flag appends a flag with its value.
func (c *invocation) flag(name, value string) { *c = append(*c, "--"+name, tui.ShellWord(value)) }

// String joins the words with blanks, each quoted where a shell needs it: the line that people paste.
func (c invocation) String() string { return strings.Join(c, " ") }

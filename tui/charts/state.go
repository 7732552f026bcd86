package charts

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"unseen/engine"
	"unseen/tui/screen"
)

var viewWords = []string{"loss", "accuracy", "roc", "decisions", "workers", "cost", "privacy"}

// First is the scenario that is trained first.
func (c *Charts) First() engine.Scenario { return c.scenarios[0] }

// State says which view is shown, of which runs, and at which threshold.
func (c *Charts) State() screen.State { return c.fields().State() }

// Restore shows what a state says. Runs that it names are trained when the screen
// opens, one after the other.
func (c *Charts) Restore(s screen.State) error { return c.fields().Restore(s) }

func (c *Charts) fields() screen.Fields {
	view := screen.Choice("view", viewWords[:len(c.views())], &c.view)
	runs := screen.Field{Name: "runs",
		Get: func() []string {
			if len(c.shelf.runs) < 2 {
				return nil
			}
			var modes []string
			for _, r := range c.shelf.runs {
				modes = append(modes, r.Scenario.Mode)
			}
			return []string{strings.Join(modes, "+")}
		},
		Set: func(value string) error {
			c.wanted.runs = nil
			for _, mode := range strings.Split(value, "+") {
				i := slices.IndexFunc(c.scenarios, func(s engine.Scenario) bool { return s.Mode == mode })
				if i < 0 {
					return screen.Wrong(screen.Detail{Name: "runs", Value: value}, "cannot be trained here", "join ways to train with +, as in runs="+engine.Central+"+"+engine.Federated)
				}
				c.wanted.runs = append(c.wanted.runs, c.scenarios[i])
			}
			return nil
		}}
	run := screen.Field{Name: "run",
		Get: func() []string {
			if len(c.shelf.runs) < 2 {
				return nil
			}
			return []string{c.run().Scenario.Mode}
		},
		Set: func(value string) error {
			if !slices.ContainsFunc(c.scenarios, func(s engine.Scenario) bool { return s.Mode == value }) {
				return screen.Wrong(screen.Detail{Name: "run", Value: value}, "cannot be trained here", "name a way to train")
			}
			c.wanted.run = value
			return nil
		}}
	from := c.threshold - 50
	threshold, top := screen.Number("threshold", &c.threshold), screen.Number("top", &c.top)
	return screen.Fields{view, runs, run, {Name: threshold.Name, Set: func(value string) error {
		n, err := screen.Whole(screen.Detail{Name: "threshold", Value: value}, 0, 100)
		c.threshold = n
		return err
	}, Get: func() []string {
		if from == 0 {
			return nil
		}
		return threshold.Get()
	}}, {Name: "top", Get: top.Get, Set: func(value string) error {
		err := top.Set(value)
		c.wanted.top = c.top
		return err
	}}}
}

// wanted is what was asked for before the runs were there.
type wanted struct {
	runs []engine.Scenario
	run  string // the one to select, by its mode
	top  int
}

// more trains the next run that was asked for before any was there; when all are, it
// selects the one that was asked for.
func (c *Charts) more() tea.Cmd {
	for len(c.wanted.runs) > 0 {
		next := c.wanted.runs[0]
		c.wanted.runs = c.wanted.runs[1:]
		if c.shelf.find(next) < 0 {
			return c.train(next)
		}
	}
	for i, r := range c.shelf.runs {
		if r.Scenario.Mode == c.wanted.run {
			c.selected = i
		}
	}
	if c.wanted.top > 0 {
		c.top = c.wanted.top
	}
	c.wanted = wanted{}
	return nil
}

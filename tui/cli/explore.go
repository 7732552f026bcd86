package cli

import (
	"github.com/spf13/cobra"

	"unseen/tui"
)

// explore opens the explorer.
func (a *app) explore() *cobra.Command {
	c := &cobra.Command{
		Use:     "explore",
		Short:   "Open the explorer: step through a run on the screen",
		Long:    "Open the explorer and step through a run on the screen. Every flag of training preselects.",
		Example: "unseen explore --recipe notebook\nunseen explore --mode federated --workers 5",
	}
	request := a.runFlags(c)
	a.act(c, func(c *cobra.Command) error {
		r, err := request.resolve()
		if err != nil {
			return err
		}
		session, err := r.open() // what is wrong is said before the screen opens
		if err != nil {
			return err
		}
		session.Close()
		if !a.InTerminal || !a.OutTerminal {
			return words("the explorer needs a terminal for its keys and its screen; without one use unseen train or unseen trace")
		}
		a.note(c, "weights", "format", "plot")
		a.noteModes(c.Flags(), r.scenario)
		return tui.Explore(c.Context(), tui.Options{Scenario: r.scenario, Set: r.set, For: r.another, Direct: r.direct()})
	})
	hide(c.Flags(), "weights", "format", "plot")
	return c
}

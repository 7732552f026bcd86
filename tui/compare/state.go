package compare

import (
	"strconv"

	"unseen/tui/screen"
)

var viewWords = []string{"accuracy", "loss", "lanes", "sight"}

// State says which view of the comparison is shown, after how many passes, and how
// far its list is scrolled.
func (c *Compare) State() screen.State { return c.fields().State() }

// Restore shows what a state says, when the comparison is there.
func (c *Compare) Restore(s screen.State) error { return c.fields().Restore(s) }

func (c *Compare) fields() screen.Fields {
	pass := screen.Field{Name: "pass",
		Get: func() []string {
			if c.pass == c.longest() {
				return nil
			}
			return []string{strconv.Itoa(c.pass)}
		},
		Set: func(value string) error {
			n, err := screen.Whole(screen.Detail{Name: "pass", Value: value}, 0, 1<<30)
			c.pass = min(n, c.longest())
			return err
		}}
	return screen.Fields{screen.Choice("view", viewWords, &c.view), pass, screen.Number("top", &c.top)}
}

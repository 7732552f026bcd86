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
			if c.result == nil || c.pass == c.longest() {
				return nil
			}
			return []string{strconv.Itoa(c.pass)}
		},
		Set: func(value string) error {
			n, err := screen.Whole(screen.Detail{Name: "pass", Value: value}, 0, 1<<30)
			c.wanted.pass, c.wanted.set = n, true
			return err
		}}
	top := screen.Number("top", &c.top)
	return screen.Fields{screen.Choice("view", viewWords, &c.view), pass, {Name: "top", Get: top.Get, Set: func(value string) error {
		err := top.Set(value)
		c.wanted.top = c.top
		return err
	}}}
}

// wanted is what was asked for before the runs were there.
type wanted struct {
	pass int
	set  bool // pass is; else it is the last one
	top  int
}

// arrive shows what was asked for before the runs were there.
func (c *Compare) arrive() {
	c.pass = c.longest()
	if c.wanted.set {
		c.pass = min(c.wanted.pass, c.pass)
	}
	if c.wanted.top > 0 {
		c.top = c.wanted.top
	}
	c.wanted = wanted{}
}

package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"unseen/tui/widget"
)

// remembered is how many keys an audience sees.
const remembered = 6

// written says how keys are written for people.
var written = map[string]string{
	"right": "→", "left": "←", "up": "↑", "down": "↓", "space": "space", "enter": "enter", "pgup": "PgUp", "pgdown": "PgDn",
	"shift+left": "⇧←", "shift+right": "⇧→", "shift+tab": "⇧tab", "backspace": "⌫",
}

// press notes a key for the audience, if there is one.
func (r *root) press(k tea.KeyPressMsg) {
	if r.pressed == nil {
		return
	}
	name := k.String()
	if w, ok := written[name]; ok {
		name = w
	}
	r.pressed = append(r.pressed, widget.Plain(name))
	if n := len(r.pressed); n > remembered {
		r.pressed = r.pressed[n-remembered:]
	}
}

// showKeys writes the last keys at the right end of the last line.
func (r *root) showKeys(view string) string {
	lines := strings.Split(view, "\n")
	var caps []string
	for i, k := range r.pressed {
		cap := " " + k + " "
		if i == len(r.pressed)-1 {
			caps = append(caps, r.theme.Cursor.Render(cap))
		} else {
			caps = append(caps, r.theme.Selected.Render(cap))
		}
	}
	keys := strings.Join(caps, " ") + " "
	last, room := len(lines)-1, max(0, r.w-widget.Width(keys))
	lines[last] = widget.Fit(ansi.Truncate(lines[last], room, ""), room) + keys
	return strings.Join(lines, "\n")
}

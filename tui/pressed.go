package tui

import (
	"slices"
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

// leastKeys is how many of them are shown even where they take the place of entries of
// the footer.
const leastKeys = 3

// showKeys writes the last keys at the right end of the last line: as many as fit
// beside what stands there; if those are few, entries of the footer give way, whole.
func (r *root) showKeys(view string) string {
	lines := strings.Split(view, "\n")
	last := len(lines) - 1
	text := strings.TrimRight(ansi.Strip(lines[last]), " ")
	used, keys := widget.Width(text), ""
	for i, k := range slices.Backward(r.pressed) {
		style := r.theme.Selected
		if i == len(r.pressed)-1 {
			style = r.theme.Cursor
		}
		more := style.Render(" "+k+" ") + " " + keys
		if len(r.pressed)-i > leastKeys && used+2+widget.Width(more) > r.w {
			break
		}
		keys = more
	}
	room := max(0, r.w-widget.Width(keys))
	lines[last] = widget.Fit(ansi.Truncate(lines[last], entries(text, room-1), ""), room) + keys
	return strings.Join(lines, "\n")
}

// entries is how much of a line is left where only whole entries, which have three
// blanks between them, may be in so many cells.
func entries(line string, room int) int {
	if widget.Width(line) <= room {
		return room
	}
	fits := ansi.Truncate(line, room, "")
	if i := strings.LastIndex(fits, "   "); i > 0 {
		return widget.Width(fits[:i])
	}
	return room
}

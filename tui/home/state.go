package home

import (
	"unseen/tui/screen"
)

// State says which entry is selected. The runs of this program, listed below the
// entries, are its own: another one has not begun them.
func (h *Home) State() screen.State { return h.fields().State() }

// Restore selects an entry.
func (h *Home) Restore(s screen.State) error { return h.fields().Restore(s) }

func (h *Home) fields() screen.Fields {
	var names []string
	for _, e := range h.entries {
		names = append(names, e.Name)
	}
	entry := screen.Choice("entry", names, &h.at)
	return screen.Fields{{Name: entry.Name, Set: entry.Set, Get: func() []string {
		if h.at >= len(h.entries) {
			return nil // a run
		}
		return entry.Get()
	}}}
}

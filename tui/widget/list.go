package widget

import (
	"slices"
	"strings"

	"unseen/tui/theme"
)

// ListItem is one line of a List.
type ListItem struct {
	// Title names the item.
	Title string
	// Detail explains it, shown in the second rank.
	Detail string
	// Key is the key that does the same, shown at the right end.
	Key string
}

// List is a filterable choice: a palette of commands, the parties, the runs.
type List struct {
	// Items are all items, before filtering.
	Items []ListItem
	// Selected and Top count the items that pass the filter. The list moves
	// on by itself as far as needed to show the selected one.
	Selected, Top int
	// Filter is what was typed.
	Filter string
}

// Filtered returns the indices of the items in whose title, detail or key every
// word of the filter occurs, in any order and case. An item whose title is the
// filter comes first.
func (l List) Filtered() []int {
	words := strings.Fields(strings.ToLower(l.Filter))
	found := make([]int, 0, len(l.Items))
items:
	for i, it := range l.Items {
		if len(words) > 0 {
			text := strings.ToLower(it.Title + "\n" + it.Detail + "\n" + it.Key)
			for _, word := range words {
				if !strings.Contains(text, word) {
					continue items
				}
			}
		}
		if strings.EqualFold(it.Title, l.Filter) && len(words) > 0 {
			found = slices.Insert(found, 0, i)
			continue
		}
		found = append(found, i)
	}
	return found
}

// Render returns h lines of w cells with the items that pass the filter.
func (l List) Render(t theme.Theme, w, h int) []string {
	found := l.Filtered()
	dim := inkOf(t.Dim)
	if len(found) == 0 {
		text := "nothing here"
		if l.Filter != "" {
			text = "nothing matches “" + Plain(l.Filter) + "”"
		}
		return Block([]string{" " + dim.on(text)}, w, h)
	}
	titles, keys := 0, 0
	for _, it := range l.Items {
		titles, keys = max(titles, Width(it.Title)), max(keys, Width(it.Key))
	}
	room := w - 1 // after the mark
	if keys > 0 && room > 2*keys+4 {
		room -= keys + 2
	} else {
		keys = 0
	}
	titles = min(titles, room)
	details := room - titles - 2
	if details < 8 {
		titles, details = room, -2
	}
	key, selected := inkOf(t.Key), inkOf(t.Selected)
	n := min(max(h, 0), len(found))
	top := scrolled(l.Top, l.Selected, n, len(found))
	lines := make([]string, n)
	for i := range lines {
		it := l.Items[found[top+i]]
		mark := " "
		if top+i == l.Selected {
			mark = "▸"
		}
		line := mark + Fit(it.Title, titles)
		if details > 0 {
			line += "  " + dim.on(Fit(it.Detail, details))
		}
		if keys > 0 {
			line += "  " + key.on(FitLeft(it.Key, keys))
		}
		if top+i == l.Selected {
			line = selected.on(Fit(line, w))
		}
		lines[i] = line
	}
	return Block(lines, w, h)
}

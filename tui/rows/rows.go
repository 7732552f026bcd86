// Package rows is the data screen: the rows as they are in the file, a summary of
// the numeric columns, and one person's way into the network: what is in the
// file, the number it becomes, and the number after scaling.
package rows

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"unseen/data"
	"unseen/engine"
	"unseen/tui/key"
	"unseen/tui/screen"
	"unseen/tui/theme"
	"unseen/tui/widget"
)

// Rows is the screen. It implements screen.Screen.
type Rows struct {
	theme   theme.Theme
	dataset *engine.Dataset
	people  []data.Person
	scaled  []float64 // all rows, scaled, rows × features
	use     []string  // of each row: train or test
	worker  []string  // of each row: who trains on it, where that is not its owner
	summary []data.Summary

	tab     int
	row     int // selected, of the set
	left    int // first column shown
	feature int // first line shown of the person’s way or of the summary
	filter  string
	typing  bool
	w, h    int
	tabs    []int // columns at which the tabs begin
	lines   []string
}

// The tabs.
const (
	headTab = iota
	personTab
	summaryTab
)

var tabNames = [...]string{"Rows", "One person", "Summary"}

// New shows a data set as a scenario divides it.
func New(t theme.Theme, d *engine.Dataset) *Rows {
	r := &Rows{theme: t, dataset: d, people: d.Set.People(), summary: d.Set.Table.Describe()}
	r.scaled = d.Scaling.Apply(d.Set.X).Float64s()
	r.use = make([]string, d.Set.Len())
	for _, i := range d.Split.Train {
		r.use[i] = "train"
	}
	for _, i := range d.Split.Test {
		r.use[i] = "test"
	}
	if len(d.Workers) < len(d.Split.Train) {
		r.worker = make([]string, d.Set.Len())
		for _, w := range d.Workers {
			for _, i := range w.Rows {
				r.worker[i] = w.First + " " + w.Last
			}
		}
	}
	return r
}

// Init has nothing to start.
func (r *Rows) Init() tea.Cmd { return nil }

// Update handles intents, clicks and typed letters.
func (r *Rows) Update(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case key.Intent:
		cmd = r.intent(msg)
	case screen.Typed:
		r.typed(msg)
	case screen.Pointer:
		r.point(msg)
	}
	r.draw()
	return cmd
}

func (r *Rows) intent(i key.Intent) tea.Cmd {
	found := r.found()
	switch i {
	case key.NextPane:
		r.tab, r.feature = (r.tab+1)%len(tabNames), 0
	case key.PrevPane:
		r.tab, r.feature = (r.tab+len(tabNames)-1)%len(tabNames), 0
	case key.Choose:
		if r.tab == headTab {
			r.tab, r.feature = personTab, 0
		}
	case key.Filter:
		r.typing, r.tab = true, headTab
	case key.Cancel:
		switch {
		case r.filter != "":
			r.filter = ""
		case r.tab != headTab:
			r.tab = headTab
		default:
			return func() tea.Msg { return screen.Leave{} }
		}
	case key.Leave:
		return func() tea.Msg { return screen.Leave{} }
	case key.Left:
		r.left = max(0, r.left-1)
	case key.Right:
		r.left = min(len(r.dataset.Set.Table.Columns)-1, r.left+1)
	case key.Forward, key.Backward: // the next person, whatever is shown of her
		r.moveIn(found, map[key.Intent]int{key.Forward: 1, key.Backward: -1}[i])
	default:
		r.scroll(i, found)
	}
	return nil
}

// scroll moves the selection, or in a person's way the first feature shown.
func (r *Rows) scroll(i key.Intent, found []int) {
	by := map[key.Intent]int{key.Up: -1, key.Down: 1, key.PageUp: -10, key.PageDown: 10, key.Home: -1 << 30, key.End: 1 << 30}[i]
	switch r.tab {
	case summaryTab:
		r.feature = max(r.feature+by, 0) // its end is known when it is drawn
		return
	case personTab:
		r.feature = min(max(r.feature+by, 0), max(0, r.dataset.Features()-r.features()))
		return
	}
	r.moveIn(found, by)
}

// features is how many features of a person are shown at once.
func (r *Rows) features() int { return r.h - 10 }

// moveIn moves the selection by so many of the rows that pass the filter.
func (r *Rows) moveIn(found []int, by int) {
	if len(found) == 0 {
		return
	}
	at := 0
	for k, i := range found {
		if i == r.row {
			at = k
		}
	}
	r.row = found[min(max(at+by, 0), len(found)-1)]
}

func (r *Rows) typed(t screen.Typed) {
	switch t.Key {
	case "enter":
		r.typing = false
	case "esc":
		r.typing, r.filter = false, ""
	default:
		const longest = 60
		r.filter = t.Edit(r.filter, longest)
	}
	if found := r.found(); len(found) > 0 && !slices.Contains(found, r.row) {
		r.row = found[0]
	}
}

// found lists the rows whose owner's name has the letters of the filter.
func (r *Rows) found() []int {
	var out []int
	letters := strings.ToLower(r.filter)
	for i, p := range r.people {
		if letters == "" || strings.Contains(strings.ToLower(p.First+" "+p.Last), letters) {
			out = append(out, i)
		}
	}
	return out
}

func (r *Rows) point(p screen.Pointer) {
	switch {
	case p.Wheel < 0:
		r.scroll(key.Up, r.found())
	case p.Wheel > 0:
		r.scroll(key.Down, r.found())
	case p.Y == 1:
		for i := len(r.tabs) - 1; i >= 0; i-- {
			if p.X >= r.tabs[i] {
				r.tab = i
				return
			}
		}
	}
}

// Resize draws for another size.
func (r *Rows) Resize(w, h int) {
	r.w, r.h = w, h
	r.draw()
}

// Restyle draws in another look.
func (r *Rows) Restyle(t theme.Theme) {
	r.theme = t
	r.draw()
}

// Lines returns what was drawn last.
func (r *Rows) Lines() []string { return r.lines }

// Scopes says which keys hold.
func (r *Rows) Scopes() []key.Scope {
	if r.typing {
		return []key.Scope{key.Typing}
	}
	return []key.Scope{key.Browsing, key.Pane, key.Everywhere}
}

// Help explains the words on the screen.
func (r *Rows) Help() screen.Help {
	return screen.Help{Title: "The data", Words: []screen.Word{
		{Term: "owner", Meaning: "a made-up name for the person whose row it is: the worker of that name trains on it"},
		{Term: "A1 … A15", Meaning: "the columns; what they mean was never published, to protect the applicants"},
		{Term: "train, test", Meaning: "whether the model trains on the row, or is only measured on it"},
		{Term: "number", Meaning: "two-valued columns become 0 and 1; one of many values becomes a column of its own, 1 where it holds"},
		{Term: "scaled", Meaning: "less the shift, divided by the scale: what the network sees"},
		{Term: "→ ←", Meaning: "the next person, and the one before"},
	}}
}

// Close has nothing to end.
func (r *Rows) Close() {}

func (r *Rows) draw() {
	if r.w == 0 {
		return
	}
	t, table := r.theme, r.dataset.Set.Table
	left := " " + t.Accent.Bold(true).Render("unseen") + "   data"
	right := fmt.Sprintf("%s: %s rows in the file, %s complete, %s features ", widget.Plain(filepath.Base(table.Source)),
		widget.Count(len(table.Records)), widget.Count(r.dataset.Set.Len()), widget.Count(r.dataset.Features()))
	title := widget.Fit(left, r.w-widget.Width(right)) + t.Dim.Render(right)
	r.tabs = nil
	x := 1
	for _, name := range tabNames {
		r.tabs = append(r.tabs, x)
		x += widget.Width(name) + 3
	}
	pane := widget.Pane{W: r.w, H: r.h - 3, Focused: true}
	w, h := pane.Inner()
	var body []string
	switch r.tab {
	case headTab:
		pane.Title, pane.Right, body = r.head(w, h)
	case personTab:
		pane.Title, pane.Right, body = r.person(w, h)
		if n := r.dataset.Features(); r.features() < n {
			pane.Offset, pane.Total = r.feature, n
		}
	default:
		pane.Title, body = "The columns, complete rows", r.describe(w)
		r.feature = min(r.feature, max(0, len(body)-h))
		if len(body) > h {
			pane.Offset, pane.Total, body = r.feature, len(body), body[r.feature:]
		}
	}
	lines := append([]string{title, widget.Tabs(t, r.w, tabNames[:], r.tab)}, pane.Render(t, body)...)
	r.lines = append(lines, r.footer())
}

func (r *Rows) footer() string {
	t := r.theme
	if r.typing {
		line, hint := " "+t.Accent.Render("show people with: ")+r.filter+t.Cursor.Render(" "), t.Dim.Render("enter go · esc cancel ")
		if widget.Width(line)+widget.Width(hint) > r.w { // what is typed comes first
			hint = ""
		}
		return widget.Fit(line, r.w-widget.Width(hint)) + hint
	}
	switch r.tab {
	case summaryTab:
		return widget.Footer(t, r.w, [][2]string{{"↑↓", "scroll"}, {"tab", "next view"}, {"?", "help"}, {"q", "back"}})
	case personTab:
		return widget.Footer(t, r.w, [][2]string{{"←/→", "person"}, {"↑↓", "features"}, {"tab", "next view"}, {"/", "find a name"}, {"?", "help"}, {"q", "back"}})
	}
	return widget.Footer(t, r.w, [][2]string{{"↑↓", "row"}, {"⇧←/⇧→", "columns"}, {"enter", "one person"}, {"/", "find a name"}, {"tab", "next view"}, {"?", "help"}, {"q", "back"}})
}

// head lists the rows as they are in the file.
func (r *Rows) head(w, h int) (title, right string, body []string) {
	set := r.dataset.Set
	found := r.found()
	columns := set.Table.Columns
	first := min(r.left, len(columns)-1)
	tb := widget.Table{Head: []string{"line", "owner", "use"}, Right: []bool{true, false, false}, Selected: -1}
	if r.worker != nil {
		tb.Head, tb.Right = append(tb.Head, "worker"), append(tb.Right, false)
	}
	for _, c := range columns[first:] {
		tb.Head = append(tb.Head, widget.Plain(c.Name))
		tb.Right = append(tb.Right, c.Kind == data.Numeric)
	}
	// Only the rows that can be seen are written out: a file may have many.
	at := max(0, slices.Index(found, r.row))
	visible := max(1, h-1) // under the head
	top := min(max(0, at-visible/2), max(0, len(found)-visible))
	for k, i := range found[top:min(len(found), top+visible)] {
		if top+k == at {
			tb.Selected = k
		}
		record := set.Table.Records[set.Rows[i]]
		row := []string{strconv.Itoa(record.Line), r.people[i].First + " " + r.people[i].Last, r.use[i]}
		if r.worker != nil {
			row = append(row, r.worker[i])
		}
		for _, f := range record.Fields[first:] {
			row = append(row, widget.Plain(f))
		}
		tb.Rows = append(tb.Rows, row)
	}
	body = tb.Render(r.theme, w, h)
	if len(found) == 0 {
		nobody := "Nobody here has a name with these letters."
		if !r.typing {
			nobody = "Nobody here has a name with these letters; / changes them, esc clears."
		}
		body = widget.Wrap(nobody, w)
	}
	right = fmt.Sprintf("%s of %s rows", widget.Count(at+1), widget.Count(len(found)))
	if r.filter != "" {
		right = fmt.Sprintf("%d of %d with “%s”", len(found), set.Len(), r.filter)
	}
	if len(found) > 0 && (first > 0 || tb.Width() > w) {
		right += fmt.Sprintf(" · columns from %s of %d", widget.Plain(columns[first].Name), len(columns))
	}
	return "As in the file", right, body
}

// person follows one row: in the file → as a number → scaled.
func (r *Rows) person(w, h int) (title, right string, body []string) {
	t, set := r.theme, r.dataset.Set
	p := r.people[r.row]
	record := set.Table.Records[set.Rows[r.row]]
	n := r.dataset.Features()
	x, scaled := set.X.Float64s()[r.row*n:(r.row+1)*n], r.scaled[r.row*n:(r.row+1)*n]
	sentence := fmt.Sprintf("%s %s is row %d of the complete ones, line %d of the file; the label is “%s”, and the model %s.",
		p.First, p.Last, r.row+1, record.Line, widget.Plain(set.Classes[set.Y[r.row]]),
		map[string]string{"train": "trains on the row", "test": "is only tested on it"}[r.use[r.row]])
	if r.worker != nil && r.worker[r.row] != "" {
		sentence += " Its worker is " + r.worker[r.row] + "."
	}
	body = append(widget.Wrap(sentence, w), "")
	tb := widget.Table{Head: []string{"feature", "in the file", "number", "− shift", "÷ scale", "= scaled", ""},
		Right: []bool{false, false, true, true, true, true, false}, Selected: -1, Top: r.feature}
	for j, f := range set.Features {
		field := widget.Plain(record.Fields[f.Column])
		if c := set.Table.Columns[f.Column]; c.Kind == data.Binary && len(c.Values) == 2 {
			field += t.Dim.Render("  of " + widget.Plain(c.Values[0]) + "=0 " + widget.Plain(c.Values[1]) + "=1")
		}
		value := t.Heat(scaled[j] / 3).Render(widget.Num(scaled[j], 10))
		tb.Rows = append(tb.Rows, []string{widget.Plain(f.Name), field, widget.Num(x[j], 11), widget.Num(r.dataset.Scaling.Shift[j], 11),
			widget.Num(r.dataset.Scaling.Scale[j], 11), value, bar(scaled[j])})
	}
	body = append(body, tb.Render(t, w, h-len(body))...)
	return p.First + " " + p.Last, "scaling: " + r.dataset.Scaling.How, body
}

// bar shows a scaled number as a position between −3 and 3 deviations.
func bar(x float64) string {
	const half = 6
	cells := []rune(strings.Repeat("·", half) + "│" + strings.Repeat("·", half))
	at := half + int(x*half/3+0.5)
	if x < 0 {
		at = half + int(x*half/3-0.5)
	}
	cells[min(max(at, 0), len(cells)-1)] = '●'
	return string(cells)
}

// describe shows the summary of the numeric columns.
func (r *Rows) describe(w int) []string {
	tb := widget.Table{Head: []string{"", "count", "mean", "std", "min", "25%", "50%", "75%", "max"},
		Right: []bool{false, true, true, true, true, true, true, true, true}, Selected: -1}
	for _, s := range r.summary {
		row := []string{widget.Plain(s.Name), widget.Count(s.Count)}
		for _, v := range []float64{s.Mean, s.Std, s.Min, s.Q1, s.Median, s.Q3, s.Max} {
			row = append(row, strconv.FormatFloat(v, 'f', 3, 64))
		}
		tb.Rows = append(tb.Rows, row)
	}
	lines := tb.Render(r.theme, w, len(tb.Rows)+1)
	note := fmt.Sprintf("%s of %s rows miss a value and are left out. std has ddof 1, quartiles are interpolated.",
		widget.Count(len(r.dataset.Set.Table.Records)-len(r.dataset.Set.Table.Complete())), widget.Count(len(r.dataset.Set.Table.Records)))
	lines = append(append(lines, ""), widget.Wrap(r.theme.Dim.Render(note), w)...)
	lines = append(lines, "")
	for _, c := range r.dataset.Set.Table.Columns {
		if c.Kind == data.Numeric {
			continue
		}
		values := make([]string, len(c.Values))
		for i, v := range c.Values {
			values[i] = widget.Plain(v)
			if c.Kind == data.Binary {
				values[i] += "=" + strconv.Itoa(i)
			}
		}
		lines = append(lines, widget.Fit(r.theme.Strong.Render(widget.Plain(c.Name)), 8)+" "+strings.Join(values, " "))
	}
	return lines
}

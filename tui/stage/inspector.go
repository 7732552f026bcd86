package stage

import (
	"fmt"
	"strconv"
	"strings"

	"unseen/engine"
	"unseen/tui/key"
	"unseen/tui/say"
	"unseen/tui/screen"
	"unseen/tui/widget"
)

// inspector shows what a party has in memory: the list of objects, and the
// numbers of the selected one. It reads the party's store, as of the snapshot.
type inspector struct {
	object   string // selected, by name, so that it stays selected when it changes; empty: what the last step made
	inside   bool   // the arrows move the cell, not the selection
	row, col int
	filter   string
	visible  int // lines of the list when it was drawn last
}

func (*inspector) name() string { return "Memory" }

func (p *inspector) head(v *view) (title, right string) {
	who := v.party()
	right = plural(len(who.Memory.Objects), "object")
	if p.filter != "" {
		right = fmt.Sprintf("%d of %d with “%s”", len(p.objects(v)), len(who.Memory.Objects), p.filter)
	}
	if p.object == "" && p.filter == "" {
		right = "follows · " + right
	}
	return glyph(v, who.Number) + " " + owner(who.ID) + " memory", right
}

// owner writes whose memory it is.
func owner(id string) string {
	if strings.HasSuffix(id, "s") {
		return id + "’"
	}
	return id + "’s"
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return widget.Count(n) + " " + noun + "s"
}

// objects lists what passes the filter, in the store's order.
func (p *inspector) objects(v *view) []engine.Object {
	var out []engine.Object
	for _, o := range v.party().Memory.Objects {
		if strings.Contains(strings.ToLower(o.Name), strings.ToLower(p.filter)) || strings.Contains(o.Form.String(), p.filter) {
			out = append(out, o)
		}
	}
	return out
}

// selected finds the selected object in a list; the first one if it is not there.
func (p *inspector) selected(v *view, list []engine.Object) int {
	name := p.object
	if e := v.scene.Snapshot.Event; name == "" && e != nil && len(e.Outputs) > 0 {
		name = e.Outputs[0].Name
	}
	for i, o := range list {
		if o.Name == name {
			return i
		}
	}
	return 0
}

func (p *inspector) body(v *view, w, h int) ([]string, int) {
	t := v.theme
	list := p.objects(v)
	if len(v.party().Memory.Objects) == 0 {
		return []string{t.Dim.Render("Nothing is in this memory.")}, 0
	}
	if len(list) == 0 {
		return widget.Wrap(t.Dim.Render("Nothing in memory with these letters; / changes them, esc clears."), w), 0
	}
	at := p.selected(v, list)
	p.visible = p.listHeight(len(list), h)
	rows := make([][]string, len(list))
	for i, o := range list {
		mark := " "
		if v.changed(o) {
			mark = t.Changed.Render("•")
		}
		s := o.Data.Shape()
		rows[i] = []string{mark + o.Name, o.Form.String(), fmt.Sprintf("%d×%d", s[0], s[1])}
		if w >= 50 {
			rows[i] = append(rows[i], t.Dim.Render(o.Origin))
		}
	}
	lines := widget.Table{Rows: rows, Right: []bool{false, false, true, false}, Selected: at}.Render(t, w, p.visible)
	lines = append(lines, t.Faint.Render(strings.Repeat("─", w)))
	return append(lines, p.numbers(v, list[at], w, h-len(lines))...), 0
}

func (p *inspector) listHeight(n, h int) int {
	if p.inside {
		return min(n, 1)
	}
	return min(n, max(1, h*2/5))
}

// numbers draws the matrix of an object, where it came from, and the chosen cell
// in full.
func (p *inspector) numbers(v *view, o engine.Object, w, h int) []string {
	t := v.theme
	s := o.Data.Shape()
	row, col := min(p.row, s[0]-1), min(p.col, s[1]-1)
	rowName, colName := v.scene.Labels(o.Name, v.party().Memory)
	born := "from the start"
	if o.Step > 0 {
		born = "since step " + widget.Count(o.Step)
	}
	lines := []string{t.Strong.Render(o.Name) + t.Dim.Render(" = "+o.Origin)}
	if h > 6 {
		lines = append(lines, t.Dim.Render(born))
	}
	x := say.Numbers(o.Data)
	matrix := widget.Matrix{
		Rows: s[0], Cols: s[1], At: func(r, c int) float64 { return x[r*s[1]+c] },
		RowLabel: rowName, ColLabel: colName, CursorR: row, CursorC: col, MarkRow: -1, MarkCol: -1, Heat: true, Cell: written(o.Name, o.Data, x),
	}
	lines = append(lines, matrix.Render(t, w, max(0, h-len(lines)-1))...)
	full := fmt.Sprintf("[%s, %s] = %s", label(rowName, row), label(colName, col), inFull(o.Data, row*s[1]+col))
	return append(lines, t.Dim.Render(full))
}

func label(name func(int) string, i int) string {
	if name == nil {
		return strconv.Itoa(i)
	}
	return name(i)
}

func (p *inspector) handle(v *view, i key.Intent) bool {
	list := p.objects(v)
	if len(list) == 0 {
		if i == key.Cancel && p.filter != "" {
			p.filter = ""
			return true
		}
		return false
	}
	at := p.selected(v, list)
	s := list[at].Data.Shape()
	p.row, p.col = min(p.row, s[0]-1), min(p.col, s[1]-1)
	switch i {
	case key.Choose:
		p.inside, p.object = !p.inside, list[at].Name
		return true
	case key.Cancel:
		switch {
		case p.inside:
			p.inside = false
		case p.filter != "":
			p.filter = ""
		case p.object != "":
			p.object = ""
		default:
			return false
		}
		return true
	case key.Left:
		p.col = max(0, p.col-1)
		return true
	case key.Right:
		p.col = min(s[1]-1, p.col+1)
		return true
	}
	if p.inside {
		return pageIntent(i, &p.row, s[0]-1, 10)
	}
	moved := pageIntent(i, &at, len(list)-1, 5)
	if list[at].Name != p.object && moved {
		p.row, p.col = 0, 0
	}
	p.object = list[at].Name
	return moved
}

// click selects the object at a line of the list, which is scrolled just so far
// that the selected one can be seen.
func (p *inspector) click(v *view, _, y int) bool {
	list := p.objects(v)
	if p.inside || y < 0 || y >= len(list) {
		return false
	}
	at := p.selected(v, list)
	top := max(0, at-p.visible+1)
	if i := top + y; i < len(list) && y < p.visible {
		p.object, p.row, p.col = list[i].Name, 0, 0
		return true
	}
	return false
}

func (*inspector) words() []screen.Word {
	return []screen.Word{
		{Term: "object", Meaning: "something this party has in memory; what is not listed it does not have"},
		{Term: "plain", Meaning: "the party knows the numbers themselves"},
		{Term: "•", Meaning: "got its value in the last step"},
		{Term: "raw, X", Meaning: "the training rows as in the file, and scaled"},
		{Term: "shift, scale", Meaning: "what scaling subtracts from a column and divides it by"},
		{Term: "Y", Meaning: "the labels, one-hot"},
		{Term: "w1, b1, …", Meaning: "the model: weights and biases, layer by layer"},
		{Term: "x, y, z1, a1, …", Meaning: "the batch under way and what the layers make of it"},
		{Term: "follows", Meaning: "shows what the last step made; choosing an object stays with it, esc follows again"},
		{Term: "enter", Meaning: "look into the matrix: the arrows then move the cell; esc goes back to the list"},
	}
}

package stage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/key"
	"unseen/tui/say"
	"unseen/tui/screen"
	"unseen/tui/widget"
)

// inspector shows what a party has in memory: the list of objects, and of the
// selected one its numbers, all parties' shares, their distribution, its bits, or
// where it came from. It reads the party's store, as of the snapshot.
type inspector struct {
	object   string // selected, by name, so that it stays selected when it changes; empty: what the last step made
	inside   bool   // the arrows move the cell, not the selection
	row, col int
	filter   string
	visible  int // lines of the list when it was drawn last
	look     look
	format   format
	sort     sorting
	origin   origin

	scene  say.Scene       // that was drawn last
	named  []engine.Object // in its list, which help explains; none of a memory that the eyes do not know
	chosen int             // in it
}

// look is how the selected object is looked at.
type look int

const (
	lookNumbers look = iota
	lookShares
	lookDistribution
	lookBits
	lookOrigin
	looks
)

var lookNames = [looks]string{"numbers", "all parties", "distribution", "bits", "origin"}

// sorting is the order of the list.
type sorting int

const (
	byPlace sorting = iota
	byAge
	byName
	byForm
	bySize
	sortings
)

var sortingNames = [sortings]string{"in the order of memory", "newest first", "by name", "by form", "largest first"}

func (*inspector) name() string { return "Memory" }

func (p *inspector) head(v *view) (title, right string) {
	who := v.party()
	title = glyph(v, say.Mark(who)) + " " + say.Possessive(who.ID) + " memory"
	if !v.scene.Snapshot.Knows(who.ID) {
		return title, "unknown to " + say.The(v.scene.Snapshot.Eyes)
	}
	right = plural(len(who.Memory.Objects), "object")
	if p.filter != "" {
		right = fmt.Sprintf("%d of %d with “%s”", len(p.objects(v)), len(who.Memory.Objects), p.filter)
	}
	if p.object == "" && p.filter == "" {
		right = "follows · " + right
	}
	if p.sort != byPlace {
		right = sortingNames[p.sort] + " · " + right
	}
	return title, right
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return widget.Count(n) + " " + noun + "s"
}

// objects lists what passes the filter, sorted.
func (p *inspector) objects(v *view) []engine.Object {
	var out []engine.Object
	filter := strings.ToLower(p.filter)
	for _, o := range v.party().Memory.Objects {
		if filter == "" || strings.Contains(strings.ToLower(o.Name), filter) || strings.Contains(v.scene.Kind(o.Name, o.Form), filter) {
			out = append(out, o)
		}
	}
	switch p.sort {
	case byAge:
		slices.SortStableFunc(out, func(a, b engine.Object) int { return cmp.Compare(b.Step, a.Step) })
	case byName:
		slices.SortStableFunc(out, func(a, b engine.Object) int { return cmp.Compare(a.Name, b.Name) })
	case byForm:
		slices.SortStableFunc(out, func(a, b engine.Object) int {
			return cmp.Or(cmp.Compare(a.Form, b.Form), cmp.Compare(v.scene.Kind(a.Name, a.Form), v.scene.Kind(b.Name, b.Form)))
		})
	case bySize:
		slices.SortStableFunc(out, func(a, b engine.Object) int { return cmp.Compare(b.Data.Size(), a.Data.Size()) })
	}
	return out
}

// selected finds the selected object in a list. While the list follows the run that is
// what the last step made, or, after a whole round of messages, the last of the newest ones:
// what was opened, or came. Where the step made nothing here, and where the object that was
// chosen is not here, it is the first of the newest: what was looked at before the step.
func (p *inspector) selected(v *view, list []engine.Object) int {
	name, since := p.object, 0
	if e := v.scene.Snapshot.Event; name == "" && e != nil && len(e.Outputs) > 0 {
		name = e.Outputs[0].Name
		if e.Kind == trace.Local {
			since = e.Step
		}
	}
	for i, o := range list {
		if o.Name == name && (o.Step >= since || !isShare(o)) { // a part of softmax has values of its own, called z1 as well
			return i
		}
	}
	newest, e := 0, v.scene.Snapshot.Event
	round := p.object == "" && e != nil && e.Level() == trace.Round
	for i, o := range list {
		if o.Step > list[newest].Step || round && o.Step > 0 && o.Step == list[newest].Step {
			newest = i
		}
	}
	return newest
}

// withOrigin is from how many cells on the list of objects says where they came from.
const withOrigin = 50

func (p *inspector) body(v *view, w, h int) ([]string, int) {
	t := v.theme
	who := v.party()
	p.named = nil
	if !v.scene.Snapshot.Knows(who.ID) {
		lines := widget.Wrap(fmt.Sprintf("%s cannot look into this memory.", say.Subject(v.scene.Snapshot.Eyes)), w)
		for range max(0, min(6, h-len(lines)-1)) {
			lines = append(lines, hidden(t, w))
		}
		return lines, 0
	}
	list := p.objects(v)
	if len(who.Memory.Objects) == 0 {
		return []string{t.Dim.Render("Nothing is in this memory.")}, 0
	}
	if len(list) == 0 {
		return widget.Wrap(t.Dim.Render("Nothing in memory with these letters; / changes them, esc clears."), w), 0
	}
	at := p.selected(v, list)
	p.scene, p.named, p.chosen = v.scene, list, at
	p.visible = p.listHeight(v, len(list), h)
	lines := p.list(v, list, w, at)
	lines = append(lines, p.rule(v, w, at, len(list)))
	return v.cut(append(lines, p.looked(v, list[at], w, h-len(lines))...), w, h), 0
}

// list draws those of the objects that can be seen, around the selected one. There may be
// thousands of others, which only count for how wide the columns are.
func (p *inspector) list(v *view, list []engine.Object, w, at int) []string {
	t := v.theme
	nameW, columns := w-20, 3 // what form and shape leave
	if w >= withOrigin {
		nameW, columns = max(w-withOrigin, 24), 4
	}
	top, changed, least := p.top(at), t.Changed.Render("•"), make([]int, columns)
	table := widget.Table{Rows: make([][]string, len(list)), Right: []bool{false, false, true, false}, Least: least, Selected: at}
	for i, o := range list {
		kind, s := v.scene.Kind(o.Name, o.Form), o.Data.Shape()
		if i < top || i >= top+p.visible {
			least[0] = max(least[0], min(1+widget.Width(o.Name), nameW))
			least[1] = max(least[1], widget.Width(kind))
			least[2] = max(least[2], digits(s[0])+1+digits(s[1]))
			if columns > 3 {
				least[3] = max(least[3], widget.Width(o.Origin))
			}
			continue
		}
		name := " " + o.Name
		if v.changed(o) {
			name = changed + o.Name
		}
		if widget.Width(name) > nameW {
			name = strings.TrimRight(widget.Fit(name, nameW), " ")
		}
		table.Rows[i] = append(make([]string, 0, columns), name, kind, fmt.Sprintf("%d×%d", s[0], s[1]))
		if columns > 3 {
			table.Rows[i] = append(table.Rows[i], t.Dim.Render(o.Origin))
		}
	}
	return table.Render(t, w, p.visible)
}

// digits is how many a number from 0 has.
func digits(n int) int {
	d := 1
	for ; n > 9; n /= 10 {
		d++
	}
	return d
}

// cut drops lines for which there is no room, and says which key makes some.
func (v *view) cut(lines []string, w, h int) []string {
	if len(lines) <= h || h < 1 {
		return lines
	}
	rest := fmt.Sprintf("… %s more", plural(len(lines)-h+1, "line"))
	if !v.full {
		rest += ": z makes room"
	}
	return append(lines[:h-1:h-1], v.theme.Dim.Render(strings.TrimRight(widget.Fit(rest, w), " ")))
}

// top is the first object of the list that can be seen: it is scrolled just so far that
// the selected one can.
func (p *inspector) top(selected int) int { return max(0, selected-p.visible+1) }

// rule separates the list from the object, and names the look and the format; where the
// list is longer than what is shown of it, it says which part that is.
func (p *inspector) rule(v *view, w, at, n int) string {
	t := v.theme
	name := " " + lookNames[p.look] + " "
	if (p.look == lookNumbers || p.look == lookShares) && p.format != decoded {
		name = " " + lookNames[p.look] + ", " + formatNames[p.format] + " "
	}
	part := ""
	if first := p.top(at); p.visible < n && p.visible > 1 {
		part = fmt.Sprintf(" %d–%d of %d ", first+1, first+p.visible, n)
	}
	if p.look == lookNumbers && p.format == decoded || widget.Width(name+part) > w-4 {
		name = ""
	}
	rest := w - 4 - widget.Width(name+part)
	if rest < 0 {
		return t.Faint.Render(strings.Repeat("─", w))
	}
	return t.Faint.Render("──") + t.Accent.Render(name) + t.Faint.Render(strings.Repeat("─", rest)) + t.Dim.Render(part) + t.Faint.Render("──")
}

func (p *inspector) listHeight(v *view, n, h int) int {
	const low, medium = 10, 30 // where there is little room, a look has it
	switch {
	case p.inside || p.look == lookOrigin || p.look != lookNumbers && h < low:
		return min(n, 1)
	case (p.look == lookBits || p.look == lookShares && v.encrypted()) && h < medium:
		return min(n, 3)
	}
	return min(n, max(1, h*2/5))
}

// looked draws the selected object as it is looked at.
func (p *inspector) looked(v *view, o engine.Object, w, h int) []string {
	switch p.look {
	case lookShares:
		return p.shares(v, o, w, h)
	case lookDistribution:
		return distribution(v, o, w, h)
	case lookBits:
		return p.bits(v, o, w, h)
	case lookOrigin:
		return p.origin.draw(v, w, h)
	}
	return p.numbers(v, o, w, h)
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
	if p.look == lookOrigin && p.origin.handle(i) {
		return true
	}
	switch i {
	case key.Look:
		p.look = (p.look + 1) % lookOrigin
		return true
	case key.Numbers:
		p.rewrite(v, list[at])
		return true
	case key.Sort:
		p.sort, p.object = (p.sort+1)%sortings, list[at].Name
		return true
	case key.Origin:
		p.object, p.look, p.origin = list[at].Name, lookOrigin, origin{} // wants begins it
		return true
	case key.Choose:
		p.inside, p.object = !p.inside, list[at].Name
		return true
	case key.Cancel:
		return p.cancel()
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

// rewrite writes the numbers of an object in the next format, and those of all parties
// where these are looked at: these are in hex while others are decoded, and not twice.
func (p *inspector) rewrite(v *view, o engine.Object) {
	p.format = (p.format + 1) % formats
	if p.format == hex && v.scene.Masked(o) && p.look == lookShares {
		p.format++
	}
	if p.look != lookShares {
		p.look = lookNumbers
	}
}

// cancel goes back by one of: the origin, the other looks, the cell, the filter, the
// selection.
func (p *inspector) cancel() bool {
	switch {
	case p.look != lookNumbers:
		p.look = lookNumbers
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
}

// click selects the object at a line of the list.
func (p *inspector) click(v *view, _, y int) bool {
	list := p.objects(v)
	if p.inside || y < 0 || y >= len(list) {
		return false
	}
	at := p.selected(v, list)
	if i := p.top(at) + y; i < len(list) && y < p.visible {
		p.object, p.row, p.col = list[i].Name, 0, 0
		return true
	}
	return false
}

func (p *inspector) words() []screen.Word {
	return append(p.meanings(), []screen.Word{
		{Term: "object", Meaning: "something this party has in memory; what is not listed it does not have"},
		{Term: "plain", Meaning: "the party knows the numbers themselves"},
		{Term: "share", Meaning: "one summand of a value: by itself it is as good as noise"},
		{Term: "opened", Meaning: "was shared, is known to all holders now"},
		{Term: "key, seed, sealed", Meaning: "random words: a key, what shares or masks are expanded from, or something under a key"},
		{Term: "•", Meaning: "got its value in the last step"},
		{Term: "raw, X", Meaning: "the training rows as in the file, and scaled"},
		{Term: "shift, scale", Meaning: "what scaling subtracts from a column and divides it by"},
		{Term: "Y", Meaning: "the labels, one-hot"},
		{Term: "w1, b1, …", Meaning: "the model: weights and biases, layer by layer"},
		{Term: "x, y, z1, a1, …", Meaning: "the batch under way and what the layers make of it"},
		{Term: "follows", Meaning: "shows what the last step made; choosing an object stays with it, esc follows again"},
		{Term: "v", Meaning: "another look: the numbers, all parties’ shares with their sum, the distribution, the bits"},
		{Term: "looks like noise", Meaning: "as many of the elements lie in each sixteenth of the ring as of uniform numbers: a test by χ², which calls noise wrongly no noise once in 10,000 times; that it finds nothing is no proof"},
		{Term: "p", Meaning: "provenance: the operation that made this value and what it was made from, up to the rows of the file"},
		{Term: "enter", Meaning: "look into the matrix: the arrows then move the cell; esc goes back to the list"},
	}...)
}

// meanings explains the names in sight where holders compute on shares, the chosen one first:
// what others have is explained in general.
func (p *inspector) meanings() (words []screen.Word) {
	if len(p.named) == 0 {
		return nil
	}
	at, top := p.chosen, p.top(p.chosen)
	seen := map[string]bool{}
	for _, o := range append(p.named[at:at+1:at+1], p.named[top:min(top+p.visible, len(p.named))]...) {
		meaning := p.scene.Meaning(o.Name)
		if meaning != "" && !seen[meaning] {
			seen[meaning] = true
			words = append(words, screen.Word{Term: o.Name, Meaning: meaning})
		}
	}
	return words
}

// formatWord explains what the key f does here and now.
func (p *inspector) formatWord(v *view, focused bool) screen.Word {
	next := (p.format + 1) % formats
	text := fmt.Sprintf("writes the numbers of the memory in another way: decoded, signed, unsigned, hex, bits, and decoded again; now they are %s, then %s. Decoded is the number that an element stands for; the others write the element itself, or the one that a number would be. What stands for no number, as a share, is in hex instead of decoded", formatNames[p.format], formatNames[next])
	switch {
	case !focused:
		text += "; from here it goes to the memory"
	case p.look == lookShares:
		text += "; here it writes what all parties hold, and the sum"
	case p.look != lookNumbers:
		text += "; from here it goes back to the numbers"
	}
	return screen.Word{Term: "f", Meaning: text}
}

// isShare reports whether an object is one summand of a value.
func isShare(o engine.Object) bool { return o.Form == trace.Share }

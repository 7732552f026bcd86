package stage

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"unseen/data"
	"unseen/engine"
	"unseen/tui/key"
	"unseen/tui/say"
	"unseen/tui/screen"
	"unseen/tui/widget"
)

// person is the page that follows one person: the row in the file, its numbers,
// scaled, in fixed point, the shares at each holder, layer by layer, the decision.
type person struct {
	row    int
	top    int
	filter string
	people []data.Person
	lines  int // of the way, when it was drawn last
	room   int
	narrow bool // without the number before scaling, when it was drawn last
}

func newPerson(v *view) *person {
	p := &person{people: v.dataset.Set.People()}
	if n := v.dataset.Split.Train; len(n) > 0 {
		p.row = n[0]
	}
	if row, ok := v.dataset.RowOf(v.scene.Applicant().ID); ok {
		p.row = row
	}
	return p
}

// shown moves to a person whose row the eyes may see.
func (p *person) shown(v *view) {
	if found := p.found(v); len(found) > 0 && !slices.Contains(found, p.row) {
		p.row = found[0]
	}
}

func (p *person) wants(*Stage) *job       { return nil }
func (p *person) tabs() ([]string, int)   { return nil, 0 }
func (p *person) name() string            { return p.people[p.row].First + " " + p.people[p.row].Last }
func (p *person) fullName(row int) string { return p.people[row].First + " " + p.people[row].Last }

// found lists the rows that the eyes have in memory and whose owners' names have
// the letters: a worker its own, everything all of them.
func (p *person) found(v *view) []int {
	rows := v.scene.Rows(v.dataset)
	letters := strings.ToLower(p.filter)
	return slices.DeleteFunc(rows, func(i int) bool { return !strings.Contains(strings.ToLower(p.fullName(i)), letters) })
}

func (p *person) head(v *view) (title, right string) {
	found := p.found(v)
	if !slices.Contains(found, p.row) {
		return "One person", ""
	}
	right = fmt.Sprintf("person %s of %s", widget.Count(slices.Index(found, p.row)+1), widget.Count(len(found)))
	if p.filter != "" {
		right += " with “" + p.filter + "”"
	}
	return "From the file to the decision: " + p.name(), right
}

func (p *person) body(v *view, w, h int) []string {
	t := v.theme
	found := p.found(v)
	if len(found) == 0 {
		if p.filter != "" {
			return widget.Wrap("Nobody here has a name with these letters; / changes them, esc clears.", w)
		}
		return append(widget.Wrap(v.scene.NoRow(), w), hidden(t, min(w, 40)))
	}
	if !slices.Contains(found, p.row) {
		p.row = found[0]
	}
	lines := p.way(v, w)
	p.lines, p.room = len(lines), h
	p.top = min(p.top, max(0, len(lines)-h))
	return lines[p.top:]
}

// way is the whole way, top to bottom.
func (p *person) way(v *view, w int) []string {
	t, d := v.theme, v.dataset
	model, holder, learnt := v.scene.Snapshot.Model(len(v.scene.Scenario.Network.Hidden) + 1)
	scaling, scaled := v.scene.Snapshot.Scaling(d)
	walk := engine.Follow(d, p.row, scaling, model)
	lines := widget.Wrap(v.scene.Use(d, p.row), w)
	if !scaled {
		lines = append(lines, widget.Wrap(say.Subject(v.scene.Snapshot.Eyes)+" does not know mean and deviation of the columns, and so not what the row is scaled: ▒.", w)...)
	}
	steps := "1  In the file, as a number, scaled, in fixed point"
	if p.narrow = p.crowded(v, w); p.narrow {
		steps = "1  In the file, scaled, in fixed point"
	}
	lines = append(lines, "", t.Title.Render(steps))
	lines = append(lines, p.features(v, walk, w)...)
	lines = append(lines, "", t.Title.Render("2  Through the network"))
	if !scaled {
		return append(lines, widget.Wrap("Where the row leads, "+say.The(v.scene.Snapshot.Eyes)+" cannot tell.", w)...)
	}
	if !learnt {
		text := "There is no model yet: the run has not begun."
		if v.scene.Snapshot.Eyes != "" {
			text = v.scene.NoModel()
		}
		return append(lines, widget.Wrap(text, w)...)
	}
	of := "the model in " + say.Whose(holder) + " memory at this step"
	if holder == "" {
		of = "the sum of all shares of the model: nobody has it"
	}
	lines = append(lines, t.Dim.Render("with "+of))
	for l, layer := range walk.Layers {
		values, what := layer.A, "activations"
		if values == nil {
			values, what = layer.Z, "logits"
		}
		strip := widget.HeatStrip(t, values, min(len(values), max(8, w-40)))
		lines = append(lines, widget.Fit(fmt.Sprintf("  layer %d", l+1), 12)+widget.Fit(fmt.Sprintf("%d %s, %d not 0", len(values), what, notZero(values)), 28)+strip)
	}
	last := walk.Layers[len(walk.Layers)-1].Z
	classW := 0
	for _, class := range v.scene.Classes {
		classW = max(classW, widget.Width("logit of “"+class+"”"))
	}
	for k, class := range v.scene.Classes {
		lines = append(lines, "  "+widget.Fit("logit of “"+class+"”", classW)+widget.Num(last[k], 10)+"   probability "+widget.FitLeft(widget.Percent(walk.P[k]), 7))
	}
	lines = append(lines, "", t.Title.Render("3  The decision"))
	decided := 0
	if walk.P[1] > walk.P[0] {
		decided = 1
	}
	verdict := t.Good.Render("✓ as in the file")
	if decided != d.Set.Y[p.row] {
		verdict = t.Bad.Render("✗ the file says “" + v.scene.Classes[d.Set.Y[p.row]] + "”")
	}
	return append(lines, fmt.Sprintf("  “%s” with probability %s   %s", v.scene.Classes[decided], widget.Percent(walk.P[decided]), verdict))
}

func notZero(x []float64) int {
	n := 0
	for _, v := range x {
		if v != 0 {
			n++
		}
	}
	return n
}

// crowded reports whether the number before scaling gives way to the shares, which are worth
// more.
func (p *person) crowded(v *view, w int) bool {
	shares, _ := v.scene.RowShares(v.dataset, p.row)
	return len(shares.Parts) > 0 && w < 100
}

// features is the table of the row's features.
func (p *person) features(v *view, walk engine.Journey, w int) []string {
	t, d := v.theme, v.dataset
	record := d.Set.Table.Records[d.Set.Rows[p.row]]
	shares, place := v.scene.RowShares(v.dataset, p.row)
	fraction := v.scene.RowFraction(shares)
	tb := widget.Table{Head: []string{"feature", "in the file", "number", "scaled", fmt.Sprintf("fixed, f = %d", fraction)},
		Right: []bool{false, false, true, true, true}, Selected: -1}
	if p.narrow {
		tb.Head, tb.Right = append(tb.Head[:2:2], tb.Head[3:]...), tb.Right[1:]
		tb.Right[0], tb.Right[1] = false, false
		tb.Head[1] = "file"
	}
	for _, part := range shares.Parts {
		tb.Head, tb.Right = append(tb.Head, "share "+v.sign(part.Party)), append(tb.Right, true)
	}
	if len(shares.Parts) == 0 && w >= 100 {
		tb.Head, tb.Right = append(tb.Head, "in hex"), append(tb.Right, false)
	}
	n := d.Features()
	for j, f := range d.Set.Features {
		scaled, fixed, inHex := hidden(t, 6), hidden(t, 6), hidden(t, 16)
		if walk.Scaled != nil {
			scaled, fixed = t.Heat(walk.Scaled[j]/3).Render(widget.Num(walk.Scaled[j], 10)), "does not fit"
			word, ok := v.scene.InRing(shares, place*n+j, walk.Scaled[j])
			if ok {
				fixed = widget.Count(int(int64(word)))
			}
			inHex = fmt.Sprintf("%016x", word)
		}
		row := []string{widget.Plain(f.Name), widget.Plain(record.Fields[f.Column]), widget.Num(walk.Raw[j], 11), scaled, fixed}
		if p.narrow {
			row = append(row[:2:2], row[3:]...)
		}
		for _, part := range shares.Parts {
			word := fmt.Sprintf("%016x", engine.DecodePart(part.Data, 0).Word(place*n+j))
			if w < 66+20*len(shares.Parts) {
				word = word[:4] + "…" + word[14:]
			}
			row = append(row, word)
		}
		if len(shares.Parts) == 0 && w >= 100 {
			row = append(row, t.Dim.Render(inHex))
		}
		tb.Rows = append(tb.Rows, row)
	}
	more := 0 // shares for which there is no room
	for ; more < len(shares.Parts) && tb.Width() > w; more++ {
		last := len(tb.Head) - 1
		tb.Head, tb.Right = tb.Head[:last], tb.Right[:last]
		for i, row := range tb.Rows {
			tb.Rows[i] = row[:last]
		}
	}
	lines := tb.Render(t, w, len(tb.Rows)+1)
	if p.narrow {
		lines = append(lines, widget.Wrap(t.Dim.Render("As a number before it is scaled: a wider screen shows it."), w)...)
	}
	if more > 0 {
		lines = append(lines, widget.Wrap(t.Dim.Render(fmt.Sprintf("The shares of %s have no room here; a wider screen shows them.", plural(more, "more holder"))), w)...)
	}
	return lines
}

func (p *person) handle(s *Stage, i key.Intent) (tea.Cmd, bool) {
	found := p.found(&s.view)
	switch i {
	case key.Person:
		s.page = nil
	case key.Left:
		p.move(found, -1)
	case key.Right:
		p.move(found, +1)
	case key.Filter:
		s.asking = newFilter("show people with: ", &p.filter)
	case key.Choose:
	case key.Cancel:
		if p.filter == "" {
			return nil, false
		}
		p.filter = ""
	default:
		return nil, pageIntent(i, &p.top, max(0, p.lines-p.room), 10)
	}
	return nil, true
}

func (p *person) move(found []int, by int) {
	if len(found) == 0 {
		return
	}
	at := slices.Index(found, p.row)
	p.row = found[min(max(at+by, 0), len(found)-1)]
}

func (p *person) keys() [][2]string {
	return [][2]string{{"⇧←→", "person"}, {"↑↓", "scroll"}, {"/", "find a name"}, {"←/→", "step"}, {"e", "eyes"}, {"?", "help"}, {"q", "back"}}
}

func (p *person) words() []screen.Word {
	number := "number"
	if p.narrow { // it has no column of its own here
		number = "file"
	}
	return []screen.Word{
		{Term: number, Meaning: "two-valued columns become 0 and 1; one of many values becomes a column of its own, 1 where it holds"},
		{Term: "scaled", Meaning: "less the shift, divided by the scale: what the network sees"},
		{Term: "fixed point", Meaning: "the scaled number × 2^f, rounded to a whole one: how it is written in a ring; negative ones begin with f in hex"},
		{Term: "share", Meaning: "one summand of that element: all of them add up to it, fewer say nothing"},
		{Term: "logit", Meaning: "what the last layer adds up to for a class; softmax turns logits into probabilities"},
		{Term: "step", Meaning: "→ and ← go on training while you look: watch the decision change"},
	}
}

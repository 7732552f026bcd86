package stage

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/key"
	"unseen/tui/say"
	"unseen/tui/screen"
	"unseen/tui/widget"
)

// origin follows a value back to what it was made from, one operation at a time, up
// to the rows of the file.
type origin struct {
	chain []engine.Source // the value asked for, and what was chosen on the way back
	at    int             // the chosen one of what the last of the chain was made from
	made  *engine.Provenance
	read  map[engine.Source]engine.Reading // the numbers of all that was looked up, as the eyes know them
	jump  int                              // a step to go to, 0: none
	eyes  string                           // who asks
	ways  []int                            // what was chosen on the way back, by its place
	ahead []int                            // what is still to be chosen so
}

// begin asks where a value came from.
func (o *origin) begin(of engine.Source) { *o = origin{chain: []engine.Source{of}, ahead: o.ahead} }

// choose goes into the chosen input.
func (o *origin) choose() {
	if o.made == nil || len(o.made.Inputs) == 0 {
		return
	}
	at := min(o.at, len(o.made.Inputs)-1)
	o.chain, o.ways = append(o.chain, o.made.Inputs[at]), append(o.ways, at)
	o.made, o.at = nil, 0
}

// way writes what was chosen on the way back, and what would be next: "2.0.1".
func (o *origin) way() string {
	next := o.ahead
	if len(next) == 0 {
		next = []int{o.at}
	}
	var words []string
	for _, at := range append(slices.Clone(o.ways), next...) {
		words = append(words, strconv.Itoa(at))
	}
	return strings.Join(words, ".")
}

// readWay reads what [origin.way] has written.
func readWay(text string) ([]int, error) {
	var way []int
	for _, word := range strings.Split(text, ".") {
		at, err := strconv.Atoi(word)
		if err != nil || at < 0 {
			return nil, screen.Wrong(screen.Detail{Name: "origin", Value: text}, "not understood", "write the places of what was chosen on the way back, as in origin=0.2.1")
		}
		way = append(way, at)
	}
	return way, nil
}

// handle goes back further, or returns; enter goes into the chosen input.
func (o *origin) handle(i key.Intent) bool {
	if len(o.chain) == 0 {
		return false
	}
	switch i {
	case key.Choose, key.Right:
		o.choose()
	case key.Cancel, key.Left:
		if len(o.chain) == 1 {
			return false
		}
		o.chain, o.ways = o.chain[:len(o.chain)-1], o.ways[:len(o.ways)-1]
		o.made, o.at = nil, 0
	case key.Origin:
		o.jump = o.chain[len(o.chain)-1].Step
	default:
		n := 0
		if o.made != nil {
			n = len(o.made.Inputs)
		}
		return pageIntent(i, &o.at, n-1, 5)
	}
	return true
}

// wants finds out how the value at the end of the chain came about.
func (p *inspector) wants(s *Stage) *job {
	o := &p.origin
	if p.look != lookOrigin {
		return nil
	}
	p.follow(s)
	if len(o.chain) == 0 {
		return nil
	}
	if o.jump > 0 {
		step := o.jump
		o.jump = 0
		p.look = lookNumbers
		j := seek(step, "going to step "+widget.Count(step))
		return &j
	}
	if o.made != nil {
		return nil
	}
	of, at, eyes := o.chain[len(o.chain)-1], s.all, s.eyes
	var made *engine.Provenance
	var read map[engine.Source]engine.Reading
	return &job{label: "looking where " + of.Name + " came from",
		run: func(ctx context.Context, st engine.Stepper) (err error) {
			if made, err = engine.Trace(ctx, st, at, of, eyes); err != nil {
				return err
			}
			read, err = made.Read(ctx, st, at, eyes)
			return err
		},
		found: func(s *Stage) {
			if n := len(o.chain); made != nil && read != nil && n > 0 && o.chain[n-1] == of && o.eyes == eyes {
				if o.made = made; o.read == nil {
					o.read = map[engine.Source]engine.Reading{}
				}
				maps.Copy(o.read, read)
				if r, ok := read[made.Of]; ok { // under the name by which it was asked for, too
					o.read[of] = r
				}
				o.along()
			}
		}}
}

// follow begins the way back anew where the object is another one than it began with:
// the run went on, or other eyes look.
func (p *inspector) follow(s *Stage) {
	list, o := p.objects(&s.view), &p.origin
	if len(list) == 0 || !s.view.scene.Snapshot.Knows(s.view.party().ID) {
		p.look = lookNumbers
		return
	}
	object := list[p.selected(&s.view, list)]
	shape := object.Data.Shape()
	now := engine.CellOf(s.view.party().ID, object, min(p.row, shape[0]-1)+1, min(p.col, shape[1]-1)+1)
	if len(o.chain) == 0 || o.chain[0] != now || o.eyes != s.eyes {
		o.begin(now)
		o.eyes = s.eyes
	}
}

// along goes on as far as was asked for when the stage opened.
func (o *origin) along() {
	if len(o.ahead) == 0 {
		return
	}
	o.at, o.ahead = o.ahead[0], o.ahead[1:]
	if len(o.ahead) > 0 {
		o.choose()
	}
}

// draw shows the way back so far, and what the last value was made from.
func (o *origin) draw(v *view, w, h int) []string {
	t := v.theme
	if len(o.chain) == 0 || o.eyes != v.scene.Snapshot.Eyes { // what other eyes have found is not for these
		return []string{t.Dim.Render("looking it up …")}
	}
	last := len(o.chain) - 1
	way, of := "", o.chain[last]
	for _, s := range o.chain[:last] {
		way += t.Dim.Render(s.Part()+" "+o.beside(v, s)) + t.Dim.Render(" ← ")
	}
	way += t.Strong.Render(of.Part())
	if o.made != nil {
		way += " = " + o.value(v, of, w)
		of = o.made.Of // it knows whose row that is
	}
	stops := widget.Wrap(way, w)
	var lines []string
	lines = append(lines, widget.Wrap(t.Dim.Render(fmt.Sprintf("%s in %s memory, %d×%d, %s", of.Form, say.Whose(of.Party), of.Rows, of.Columns, since(of.Step))), w)...)
	lines = append(lines, widget.Wrap(of.Name+t.Accent.Render(" = "+howMade(of.Name, of.Origin)), w)...)
	if of.Whose != "" {
		text := fmt.Sprintf("row %d (%d in cells, which count from 0) is row %d of the data: that of ", of.Row, of.Row-1, of.Record)
		lines = append(lines, widget.Wrap(text+t.Strong.Render(of.Whose)+v.column(of), w)...)
	}
	lines = append(lines, v.inFile(of, w)...)
	if o.made == nil {
		return append(append(stops, lines...), t.Dim.Render("looking it up …"))
	}
	if e := o.made.Event; e != nil {
		where := make([]string, len(e.Path))
		for i, s := range e.Path {
			where[i] = s.Label()
		}
		lines = append(lines, widget.Wrap(t.Dim.Render("by "+strings.Join(where, " › ")), w)...)
	}
	const low = 6 // lines: there only the stop and what it was made from have room
	if lines = append(lines, ""); h < low {
		lines = nil
	}
	lines = append(stops, lines...)
	switch {
	case o.made.Hidden:
		text := fmt.Sprintf("It came in the message “%s” from %s. What that made it from, %s does not know.", o.made.Event.Name(), say.The(o.made.Event.Party), say.The(of.Party))
		return append(append(lines, widget.Wrap(text, w)...), hidden(t, min(w, 40)))
	case of.Step == 0:
		end := "It was there before the first step: the way back ends here."
		if of.Record > 0 {
			end = "The file was read before the first step: the way back ends here."
		}
		return append(lines, widget.Wrap(end, w)...)
	case len(o.made.Inputs) == 0 && o.made.Event != nil && o.made.Event.Kind == trace.Sent:
		text := fmt.Sprintf("It came in the message “%s” from %s, which had drawn it: it is random, and the way back ends here.", o.made.Event.Name(), say.The(o.made.Event.Party))
		return append(lines, widget.Wrap(text, w)...)
	case len(o.made.Inputs) == 0:
		return append(lines, widget.Wrap("It was drawn at this step, from nothing that was in memory: the way back ends here.", w)...)
	}
	o.at = min(o.at, len(o.made.Inputs)-1)
	tb := widget.Table{Selected: o.at, Right: []bool{false, false, true, true, false}}
	for _, in := range o.made.Inputs {
		name := in.Part()
		if in.Party != of.Party {
			name = v.mark(in.Party) + " " + in.Party + ": " + name
		}
		if in.Whose != "" && in.Whose != of.Whose {
			name += t.Dim.Render(" of " + in.Whose)
		}
		row := []string{name, o.beside(v, in), fmt.Sprintf("%d×%d", in.Rows, in.Columns), since(in.Step)}
		if w >= 56 {
			row = append(row, t.Dim.Render(in.Origin))
		}
		tb.Rows = append(tb.Rows, row)
	}
	if h >= low {
		lines = append(lines, t.Dim.Render(madeFrom(len(tb.Rows), h-len(lines)-2)))
	}
	lines = append(lines, tb.Render(t, w, max(1, min(len(tb.Rows), h-len(lines)-1)))...)
	return append(lines, t.Dim.Render(widget.Fit("enter on · esc back · p its step", w)))
}

// value writes the numbers of a stop on the way back, and of a cell of a share what all shares
// add up to: ▒ to those who do not know it.
func (o *origin) value(v *view, of engine.Source, w int) string {
	t := v.theme
	r, ok := o.read[of]
	if !ok {
		return o.missing(v, 8)
	}
	text := t.Strong.Render(v.scene.Cells(r, of, max(1, w/14)))
	if r.Object.Form != trace.Share || !v.encrypted() || say.Apart(r.Object) != "" || say.Uniform(of.Name) || of.Row == 0 && of.Rows > 1 || of.Column == 0 && of.Columns > 1 {
		return text
	}
	sum, ok := v.scene.Together(r, of)
	if !ok {
		sum = hidden(t, 6)
	}
	return text + t.Dim.Render(", of ") + sum
}

// missing stands for numbers that are not at hand: the eyes do not know them, or nobody has
// kept them.
func (o *origin) missing(v *view, w int) string {
	if o.eyes == "" {
		return v.theme.Faint.Render("·")
	}
	return hidden(v.theme, w)
}

// beside writes the number of what a value was made from, or the first ones.
func (o *origin) beside(v *view, in engine.Source) string {
	r, ok := o.read[in]
	if !ok {
		return o.missing(v, 6)
	}
	text := v.scene.Cells(r, in, 1)
	if sum, ok := v.scene.Together(r, in); ok {
		text = "→ " + sum
	} else if len(text) > 12 && v.scene.Masked(r.Object) && !strings.Contains(text, "…") {
		text = text[:4] + "…" + text[len(text)-2:]
	}
	return text
}

// madeFrom heads the list of what a value was made from: of a long one it says how many
// there are.
func madeFrom(n, room int) string {
	if n <= room {
		return "made from"
	}
	return fmt.Sprintf("made from %s, which ↑ ↓ go through", widget.Count(n))
}

// column names the feature that a cell of the rows is of: ", column A3".
func (v *view) column(s engine.Source) string {
	features := v.scene.Features
	if at := s.Column; at > 0 && at <= len(features) && len(features) == s.Columns {
		return ", column " + features[at-1]
	}
	return ""
}

// inFile writes the row of the file that a value came from, as the file has it. The
// column that it is made of stands out.
func (v *view) inFile(of engine.Source, w int) []string {
	t := v.theme
	where, columns, at, ok := v.scene.InFile(v.dataset, of)
	if column := v.column(of); !ok && of.Row == 0 && column != "" {
		return widget.Wrap(strings.TrimPrefix(column, ", ")+t.Dim.Render(", in every row; a cell of one row leads to that row of the file"), w)
	} else if !ok {
		return nil
	}
	for i, c := range columns {
		columns[i] = t.Dim.Render(c)
		if i == at {
			columns[i] = t.Strong.Render(c)
		}
	}
	return widget.Wrap(t.Dim.Render(where+": ")+strings.Join(columns, t.Dim.Render(" · ")), w)
}

func since(step int) string {
	if step == 0 {
		return "from the start"
	}
	return "step " + widget.Count(step)
}

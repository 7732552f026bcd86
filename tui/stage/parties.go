package stage

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gorgonia.org/tensor"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/key"
	"unseen/tui/say"
	"unseen/tui/screen"
	"unseen/tui/theme"
	"unseen/tui/widget"
)

// parties shows who takes part and who is active: a few as a list, many as a grid
// with one cell each; below, where in the network the run is.
type parties struct {
	filter string
	cursor int // into what passes the filter
	across int // cells of a row of the grid when it was drawn last
	first  int // line of the body on which the grid begins
}

func (*parties) name() string { return "Parties" }

func (p *parties) head(v *view) (title, right string) {
	n := len(v.scene.Snapshot.Parties)
	if p.filter != "" {
		return "Parties", fmt.Sprintf("%d of %d", len(p.found(v)), n)
	}
	if n == 1 {
		return "Parties", "1 party has it all"
	}
	if eyes := v.scene.Snapshot.Eyes; eyes != "" {
		return "Parties", "eyes of " + eyes
	}
	return "Parties", widget.Count(n)
}

// glyph draws a party's mark in its colour.
func glyph(v *view, number int) string {
	return v.theme.Party(number).Render(theme.Glyph(number))
}

// active returns the ids of the party that did the last step and of the one it
// did it with.
func active(v *view) (who, with string) {
	e := v.scene.Snapshot.Event
	if e == nil {
		return "", ""
	}
	for _, s := range e.Path {
		if s.Name == "visit" {
			who = s.Part
		}
	}
	if e.Party != "" {
		who = e.Party
	}
	return who, e.To
}

// found lists the parties that pass the filter.
func (p *parties) found(v *view) []int {
	out := make([]int, 0, len(v.scene.Snapshot.Parties))
	if p.filter == "" {
		for i, party := range v.scene.Snapshot.Parties {
			if party.Role == "worker" || !v.fleet() {
				out = append(out, i)
			}
		}
		return out
	}
	for i, party := range v.scene.Snapshot.Parties {
		if strings.Contains(strings.ToLower(party.ID), strings.ToLower(p.filter)) {
			out = append(out, i)
		}
	}
	return out
}

func (p *parties) body(v *view, w, h int) ([]string, int) {
	if !v.fleet() {
		lines, top := p.few(v, w, h), 0
		if len(lines) > h { // the one that is looked at stays in sight
			top = min(max(0, p.first+v.inspected()-h+1), len(lines)-h)
			p.first -= top
		}
		return lines, top
	}
	return p.many(v, w, h), 0
}

// line draws one party with what it is doing.
func (p *parties) line(v *view, i, w int) string {
	t := v.theme
	party := v.scene.Snapshot.Parties[i]
	who, with := active(v)
	state := ""
	switch {
	case v.scene.Snapshot.Away[party.ID]:
		state = t.Bad.Render(" left")
	case party.ID == who:
		state = t.Good.Render(" active")
	case party.ID == with:
		state = t.Good.Render(" receives")
	default:
		if !v.scene.Snapshot.Knows(party.ID) {
			state = " " + hidden(t, 4)
		} else if o, ok := party.Memory.Object("local loss"); ok {
			state = t.Dim.Render(" loss " + strings.TrimSpace(widget.Num(last(o.Data.Float64s()), 8)))
		}
	}
	mark, id := " ", party.ID
	if i == v.inspected() {
		mark, id = t.Accent.Render("▸"), t.Strong.Render(party.ID)
	}
	return spread(fmt.Sprintf("%s%s %s %s", mark, say.Sign(party), glyph(v, say.Mark(party)), id), state, w)
}

func last(x []float64) float64 { return x[len(x)-1] }

// few lists the parties.
func (p *parties) few(v *view, w, h int) []string {
	t := v.theme
	var lines []string
	if v.encrypted() && h >= drawingH+len(v.scene.Snapshot.Parties)+4 {
		lines = append(holders(v, w), "")
	}
	p.first = len(lines)
	for i := range v.scene.Snapshot.Parties {
		lines = append(lines, p.line(v, i, w))
	}
	note := widget.Wrap(rowsNote(v), w)
	if p.first == 0 || h-len(lines)-len(note)-1 > len(v.scene.Scenario.Network.Hidden)+2 { // the drawing says much of it
		lines = append(lines, paint(t.Dim.Render, note)...)
	}
	lines = append(lines, "")
	return append(lines, network(v, w, h-len(lines))...)
}

// rowsNote says where the rows are.
func rowsNote(v *view) string {
	if v.scene.Predicts() {
		return v.scene.Asked()
	}
	note := fmt.Sprintf("%s applicants handed over their rows and labels: the server has everything in the clear.", widget.Count(v.scene.Train))
	if v.encrypted() {
		note = fmt.Sprintf("%s split their rows among the holders: nobody sees one but its owner.", plural(v.scene.Workers(), "owner"))
	} else if v.scene.Scenario.Mode != engine.Central {
		note = fmt.Sprintf("%s training rows stay with their owners.", widget.Count(v.scene.Train))
	}
	if v.scene.Test > 0 {
		note += fmt.Sprintf(" %s more rows are kept for testing.", widget.Count(v.scene.Test))
	}
	return note
}

// many draws those without rows as lines and the workers as a grid.
func (p *parties) many(v *view, w, h int) []string {
	t := v.theme
	var lines []string
	found := p.found(v)
	p.cursor = min(p.cursor, max(0, len(found)-1))
	drawn := v.encrypted() && h >= drawingH+6
	if drawn && p.filter == "" {
		lines = holders(v, w)
	}
	if p.filter == "" && !drawn {
		for i, party := range v.scene.Snapshot.Parties {
			if party.Role != "worker" {
				lines = append(lines, p.line(v, i, w))
			}
		}
	}
	if p.filter != "" {
		return p.names(v, found, w, h)
	}
	lines = append(lines, p.line(v, v.inspectedWorker(), w))
	p.across, p.first = w, len(lines)
	layers := len(v.scene.Scenario.Network.Hidden) + 3
	room := h - len(lines) - 1
	if room > layers+8 {
		room -= layers + 1
	}
	lines = append(lines, p.grid(v, found, w, max(1, room))...)
	legend := "· new  ▂▅█ loss  ◆ now"
	if len(v.scene.Snapshot.Away) > 0 {
		legend = "▂▅█ loss  ◆ now  × left"
	}
	if v.encrypted() {
		legend = fmt.Sprintf("· %s  ◆ now", plural(v.scene.Workers(), "owner"))
	}
	lines = append(lines, t.Dim.Render(legend))
	if rest := h - len(lines) - 1; rest >= layers {
		lines = append(append(lines, ""), network(v, w, rest)...)
	}
	return lines
}

// names lists those that pass the filter, so far as they fit; the selected one is
// among them.
func (p *parties) names(v *view, found []int, w, h int) []string {
	p.across, p.first = 1, 0
	if len(found) == 0 {
		return []string{v.theme.Dim.Render("No name has these letters.")}
	}
	top := min(max(0, slices.Index(found, v.inspected())-h+1), max(0, len(found)-h))
	p.first -= top
	var lines []string
	for _, i := range found[top:min(len(found), top+h)] {
		lines = append(lines, p.line(v, i, w))
	}
	return lines
}

// inspectedWorker is the worker to show above the grid: the inspected one, or the
// one that is active.
func (v *view) inspectedWorker() int {
	parties := v.scene.Snapshot.Parties
	at := v.inspected()
	if v.selected < 0 && parties[at].Role != "worker" {
		who, with := active(v)
		for i, p := range parties {
			if p.Role == "worker" && (p.ID == who || p.ID == with) {
				return i
			}
		}
	}
	if parties[at].Role == "worker" {
		return at
	}
	for i, p := range parties {
		if p.Role == "worker" {
			return i
		}
	}
	return at
}

// grid draws one cell for each party: how high its local loss is, who is active,
// which one is selected. It scrolls so far that the one of interest is seen.
func (p *parties) grid(v *view, found []int, w, h int) []string {
	t := v.theme
	who, with := active(v)
	inspected := v.inspected()
	interest := 0
	ink := newInk(t)
	cells := make([]string, 0, len(found))
	for k, i := range found {
		party := &v.scene.Snapshot.Parties[i]
		cell := ink.untrained
		if !v.scene.Snapshot.Knows(party.ID) {
			cell = ink.hidden
		} else if o, ok := party.Memory.Object("local loss"); ok {
			cell = ink.loss(last(o.Data.Float64s()), v.scene.Baseline.Loss)
		}
		away := v.scene.Snapshot.Away[party.ID]
		if away {
			cell = ink.away
		}
		switch {
		case !away && (party.ID == who || party.ID == with):
			cell, interest = ink.active, k
		case i == inspected:
			cell, interest = t.Cursor.Render(widget.Plain(cell)), k
		}
		cells = append(cells, cell)
	}
	rows := (len(cells) + w - 1) / w
	top := min(max(0, interest/w-h/2), max(0, rows-h))
	p.first -= top
	var lines []string
	for r := top; r < min(rows, top+h); r++ {
		lines = append(lines, strings.Join(cells[r*w:min((r+1)*w, len(cells))], ""))
	}
	return lines
}

// ink holds the few different cells of a grid, drawn once for all of it.
type ink struct {
	untrained, active string
	away              string            // of a worker that has left
	hidden            string            // of a party of which the eyes know nothing
	low, high         [len(bars)]string // by height of the bar
}

// bars are the heights of a cell.
var bars = [...]string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}

func newInk(t theme.Theme) *ink {
	k := &ink{untrained: t.Faint.Render("·"), active: t.Good.Render("◆"), hidden: hidden(t, 1), away: t.Bad.Render("×")}
	for i, b := range bars {
		k.low[i], k.high[i] = t.Series(0).Render(b), t.Warn.Render(b)
	}
	return k
}

// loss draws a loss as a bar: half as high as the cell at the loss of a constant
// guess, in another colour above it.
func (k *ink) loss(loss, guess float64) string {
	if !(guess > 0) {
		return k.low[len(bars)/2] // there is nothing to measure it by
	}
	i := min(max(int(loss/(2*guess)*float64(len(bars))), 0), len(bars)-1)
	if loss > guess {
		return k.high[i]
	}
	return k.low[i]
}

// network lists the layers: which one the run is in, which way it goes, and how
// many of its activations are not 0.
func network(v *view, w, h int) []string {
	t := v.theme
	n := v.scene.Snapshot
	active, part := 0, ""
	inLoss, inUpdate := false, false
	if n.Event != nil {
		for _, s := range n.Event.Path {
			if s.Level == trace.Layer {
				active, part = s.Index, s.Part
				inLoss, inUpdate = s.Name == "loss", s.Name == "update"
			}
		}
	}
	sizes := append([]int{len(v.scene.Features)}, append(append([]int(nil), v.scene.Scenario.Network.Hidden...), len(v.scene.Classes))...)
	memory := v.party().Memory
	const nameW, activeW = 6, 8
	lines := []string{t.Dim.Render(widget.Fit("  layer   size", w-activeW) + widget.FitLeft("active", activeW))}
	strips := h >= 2*len(sizes)+2
	for l := 1; l < len(sizes); l++ {
		mark, name := "  ", strconv.Itoa(l)
		if l == active {
			mark = t.Accent.Render("▸ ")
			if part == "backward" {
				mark = t.Accent.Render("◂ ")
			}
			name = t.Strong.Render(name)
		} else if inUpdate {
			mark = t.Accent.Render("± ")
		}
		size := fmt.Sprintf("%3d → %d", sizes[l-1], sizes[l])
		lines = append(lines, widget.Fit(mark+widget.Fit(name, nameW)+size, w-activeW)+widget.FitLeft(activity(memory, l), activeW))
		if strips {
			lines = append(lines, "  "+strip(v, memory, l, w-2))
		}
	}
	if v.scene.Predicts() {
		return lines[:max(0, min(len(lines), h))]
	}
	mark := "  "
	if inLoss {
		mark = t.Accent.Render("▸ ")
	}
	value := ""
	if o, ok := memory.Object("loss"); ok && isShare(o) {
		value = "share"
	} else if ok && o.Data.Dtype() == tensor.Float64 {
		m := 1
		if y, ok := memory.Object("y"); ok {
			m = y.Data.Shape()[0]
		}
		value = widget.Num(o.Data.Float64s()[0]/float64(m), 8)
	}
	lines = append(lines, widget.Fit(mark+"loss, mean", w-activeW)+widget.FitLeft(value, activeW))
	return lines[:max(0, min(len(lines), h))]
}

// activity is the share of a layer's activations that are not 0, while the batch
// is in memory.
func activity(memory *engine.Image, l int) string {
	o, ok := memory.Object("a" + strconv.Itoa(l))
	if !ok {
		return ""
	}
	if isShare(o) {
		return "share"
	}
	on := 0
	for _, x := range o.Data.Float64s() {
		if x != 0 {
			on++
		}
	}
	return widget.Percent(float64(on) / float64(o.Data.Size()))
}

// strip draws the activations of a layer, or in the last layer the logits, for
// the first row of the batch.
func strip(v *view, memory *engine.Image, l, w int) string {
	o, ok := memory.Object("a" + strconv.Itoa(l))
	if !ok {
		o, ok = memory.Object("z" + strconv.Itoa(l))
	}
	if !ok || isShare(o) {
		return ""
	}
	n := o.Data.Shape()[1]
	return widget.HeatStrip(v.theme, o.Data.Float64s()[:n], min(n, w))
}

func (p *parties) handle(v *view, i key.Intent) bool {
	if i == key.Cancel {
		was := p.filter != "" || v.selected >= 0
		p.filter, v.selected = "", -1
		return was
	}
	found := p.found(v)
	if len(found) == 0 {
		return false
	}
	p.cursor = max(0, slices.Index(found, v.inspected()))
	step := 1
	if v.fleet() {
		step = max(1, p.across) // a row of the grid
	}
	switch i {
	case key.Up:
		p.cursor -= step
	case key.Down:
		p.cursor += step
	case key.Left:
		p.cursor--
	case key.Right:
		p.cursor++
	case key.PageUp:
		p.cursor -= 5 * step
	case key.PageDown:
		p.cursor += 5 * step
	case key.Home:
		p.cursor = 0
	case key.End:
		p.cursor = len(found) - 1
	case key.Choose:
	default:
		return false
	}
	p.cursor = min(max(p.cursor, 0), len(found)-1)
	v.selected = found[p.cursor]
	return true
}

func (p *parties) click(v *view, x, y int) bool {
	found := p.found(v)
	if y -= p.first; !v.fleet() && y < 0 {
		return false
	}
	if v.fleet() {
		if y < 0 || x < 0 || p.across > 1 && x >= p.across {
			return false
		}
		if p.across > 1 {
			y = y*p.across + x
		}
	}
	if y < 0 || y >= len(found) {
		return false
	}
	v.selected = found[y]
	return true
}

func (*parties) words() []screen.Word {
	return []screen.Word{
		{Term: "party", Meaning: "a participant with a memory of its own; parties meet only by messages"},
		{Term: "server", Meaning: "coordinates training and owns the model; in central training it has the data too"},
		{Term: "aggregator", Meaning: "averages the workers' models; it sees every single one, so it must be trusted"},
		{Term: "worker", Meaning: "the owner of some rows, who trains on them and never hands them out"},
		{Term: "holder", Meaning: "of a run on shares: has a share of every value and computes on shares, beside being the owner of a row"},
		{Term: "applicant", Meaning: "of a private prediction: asks for the decision on her own row, and is the only one who learns it"},
		{Term: "dealer", Meaning: "of a run on shares: hands out shares of random numbers, and sees no data"},
		{Term: "▼ ▲ ◀ ▶", Meaning: "messages of this moment, on the edge from sender to receiver"},
		{Term: "× left", Meaning: "in secure aggregation: a worker that sends nothing more in this server round; x takes the selected one offline, or brings it back"},
		{Term: "grid", Meaning: "one cell a worker, the higher the bar the higher its loss on its own rows, in another colour where it is above the constant guess; the arrows choose one, / finds names, esc follows the active one again"},
		{Term: "active", Meaning: "of a party: it did the last step; of a layer: the share of its activations that are not 0"},
		{Term: "▂▅█", Meaning: "the activations of a layer for the first row of the batch, in the last layer its logits"},
		{Term: "▸ ◂ ±", Meaning: "the run is in this layer on the way forward, on the way back, or updates it"},
	}
}

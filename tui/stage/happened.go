package stage

import (
	"fmt"
	"strconv"
	"strings"

	"gorgonia.org/tensor"

	"unseen/engine"
	"unseen/tui/key"
	"unseen/tui/say"
	"unseen/tui/screen"
	"unseen/tui/widget"
)

// happened tells what just happened, with the numbers it happened to.
type happened struct {
	cell  say.Cell
	last  say.Telling
	scene say.Scene // that it tells of
	top   int       // first line shown, where there are more than fit
	over  int       // how far it can be scrolled
	step  int       // at which it was scrolled so: another one begins at the top
}

func (*happened) name() string { return "What happened" }

func (p *happened) head(v *view) (title, right string) {
	if v.scene.Snapshot.Err != nil {
		return "The run cannot go on", ""
	}
	right = "zoom: " + v.scene.LevelName(v.level)
	if len(v.scene.Snapshot.History.Batches) > 0 && v.compact {
		right = "last batch " + strings.TrimSpace(widget.Num(lastLoss(v), 8)) + " · " + right
	}
	return p.tell(v).Title, right
}

// zoomed is the scene, told in steps of the zoom.
func (v *view) zoomed() say.Scene {
	s := v.scene
	s.Zoom = v.level
	return s
}

// lastLoss is the mean loss of the last batch.
func lastLoss(v *view) float64 {
	b := v.scene.Snapshot.History.Batches
	return b[len(b)-1].Loss
}

func (p *happened) tell(v *view) say.Telling {
	p.scene = v.scene
	p.last = say.Tell(v.zoomed(), p.cell)
	return p.last
}

func (p *happened) body(v *view, w, h int) ([]string, int) {
	t := v.theme
	if err := v.scene.Snapshot.Err; err != nil {
		return append(paint(t.Bad.Render, widget.Wrap(err.Error(), w)),
			"", t.Dim.Render("← goes back to where it was still well.")), 0
	}
	told := p.tell(v)
	if p.over = 0; v.scene.Snapshot.Unseen {
		return unseen(v, told, w, h), 0
	}
	if now := v.scene.Snapshot.Step; p.step != now {
		p.top, p.step = 0, now
	}
	lines := p.lines(v, told, w, h)
	p.over = max(0, len(lines)-h)
	p.top = min(p.top, p.over)
	return lines, p.top
}

// lines draws the telling; what is worked out may take more lines than there are, the
// matrices take what is left.
func (p *happened) lines(v *view, told say.Telling, w, h int) []string {
	t := v.theme
	lines := widget.Wrap(told.Sentence, w)
	roomy := h >= 16
	gap := func() {
		if roomy {
			lines = append(lines, "")
		}
	}
	if told.Formula != "" {
		gap()
		lines = append(lines, t.Accent.Render(told.Formula))
	}
	if len(told.Shares) > 0 {
		gap()
		lines = append(lines, sharingTable(v, told.Shares, w, max(h-len(lines), len(told.Shares)+1))...)
	}
	for _, work := range told.Work {
		lines = append(lines, widget.Wrap(work, w)...)
	}
	if told.Measured {
		gap()
		return append(lines, p.metrics(v, w, h-len(lines))...)
	}
	if len(lines) < h {
		gap()
	}
	return append(lines, v.matrices(told.Views, w, h-len(lines))...)
}

func paint(render func(...string) string, lines []string) []string {
	for i, l := range lines {
		lines[i] = render(l)
	}
	return lines
}

// metrics shows how the model does: the simulator's view.
func (p *happened) metrics(v *view, w, h int) []string {
	t := v.theme
	epochs := v.scene.Snapshot.History.Epochs
	if len(epochs) == 0 || h < 4 {
		return nil
	}
	last := epochs[len(epochs)-1]
	head := []string{"", "train"}
	rows := [][]string{
		{"loss", widget.Num(last.Train.Loss, 8)},
		{"accuracy", widget.Percent(last.Train.Accuracy)},
		{"AUC", widget.Num(last.Train.AUC, 8)},
	}
	confusion, of := last.Train.Confusion, "training"
	if v.scene.Test > 0 {
		confusion, of = last.Test.Confusion, "test"
		head = append(head, "test", "constant guess")
		rows[0] = append(rows[0], widget.Num(last.Test.Loss, 8), widget.Num(v.scene.Baseline.Loss, 8))
		rows[1] = append(rows[1], widget.Percent(last.Test.Accuracy), widget.Percent(v.scene.Baseline.Test))
		rows[2] = append(rows[2], widget.Num(last.Test.AUC, 8), widget.Num(0.5, 8))
	}
	table := widget.Table{Head: head, Rows: rows, Right: []bool{false, true, true, true}, Selected: -1}
	decisions := widget.Confusion{
		TP: confusion[0][0], FN: confusion[0][1], FP: confusion[1][0], TN: confusion[1][1],
		Positive: "“" + v.scene.Classes[0] + "”", Negative: "“" + v.scene.Classes[1] + "”",
	}
	const tableH, beside = 4, 74 // from this width the two stand side by side
	var lines []string
	switch room := h - tableH - 4; {
	case w >= beside && room < tableH:
		lines = widget.JoinH(2, table.Render(t, w-34, tableH), decisions.Render(t, 32, tableH))
	case room >= tableH:
		lines = append(table.Render(t, w, tableH), "", t.Dim.Render("decisions on the "+of+" rows"))
		lines = append(lines, trimBlank(decisions.Render(t, w, min(room, 6)))...)
	default:
		lines = table.Render(t, w, tableH)
	}
	return append(lines, paint(t.Dim.Render, widget.Wrap("Measured by the simulator, outside the protocol: no party sees it.", w))...)
}

// matrices stacks matrices, each under a line with its name and shape. Where they do
// not all fit, the result and what precedes it stay, and the first line says what is left
// out. The result is there even where it has to be scrolled to.
func (v *view) matrices(list []say.View, w, h int) []string {
	const least = 3 // name, labels, one row
	if len(list) == 0 {
		return nil
	}
	if h < least-1 { // not even for a row without labels
		h = least
	}
	var out []say.View
	if h/len(list) < least {
		shown := min(len(list), max(1, h/least))
		out, list = list[:len(list)-shown], list[len(list)-shown:]
	}
	var lines []string
	t := v.theme
	for i, m := range list {
		room := (h - len(lines)) / (len(list) - i)
		rows, cols := m.Data.Shape()[0], m.Data.Shape()[1]
		need := min(room, rows+3)
		title := t.Strong.Render(m.Name) + "  " + t.Dim.Render(m.Shape())
		if m.When != "" {
			title += "  " + t.Dim.Render(m.When)
		}
		if m.Note != "" {
			title = widget.Fit(title+"  "+t.Dim.Render(m.Note), w)
		}
		if i == 0 && len(out) > 0 {
			title = v.leftOut(strings.TrimRight(title, " "), out, w)
		}
		lines = append(lines, title)
		n, cell := engine.DecodePart(m.Data, m.Fraction).In(v.scene.Modulus(m.Name)), v.written(m.Name, m.Data)
		if m.Fraction > 0 {
			cell = nil
		}
		lines = append(lines, trimBlank(widget.Matrix{
			Rows: rows, Cols: cols, At: func(r, c int) float64 { return n.At(r*cols + c) },
			RowLabel: m.Rows, ColLabel: m.Cols, CursorR: m.CellRow, CursorC: m.CellCol,
			MarkRow: m.MarkRow, MarkCol: m.MarkCol, Top: before(m.MarkRow), Left: before(m.MarkCol), Heat: cell == nil || m.Data.Dtype() != tensor.Uint64, Cell: cell,
		}.Render(t, w, need-1))...)
	}
	return lines
}

// leftOut says beside a title which matrices there is no room for above it, or how many, and
// which key makes some.
func (v *view) leftOut(title string, list []say.View, w int) string {
	names := make([]string, len(list))
	for i, m := range list {
		names[i] = m.Name + " " + m.Shape()
		if m.When != "" {
			names[i] += " " + m.When
		}
	}
	rest := ""
	if !v.full {
		rest = "; z makes room"
	}
	room := w - widget.Width(title) - 3
	text := "above: " + strings.Join(names, ", ") + rest
	if widget.Width(text) > room {
		text = fmt.Sprintf("%d more above%s", len(list), rest)
	}
	for _, short := range []string{"%d more above", "%d more"} {
		if widget.Width(text) > room {
			text = fmt.Sprintf(short, len(list))
		}
	}
	if widget.Width(text) > room {
		title = widget.Fit(title, w-widget.Width(text)-3)
	}
	return title + v.theme.Dim.Render("   "+text)
}

// whole writes numbers that count, such as those of rows, without decimals.
func (v *view) whole(name string, cols int, x []float64) func(r, c int) string {
	if name != "rows" && !strings.HasSuffix(name, " rows") && v.scene.Nature(name) != say.Count {
		return nil
	}
	return func(r, c int) string { return strconv.Itoa(int(x[r*cols+c])) }
}

// before leaves a little of what precedes a marked row or column in sight.
func before(mark int) int { return max(0, mark-1) }

// trimBlank drops blank lines at the end.
func trimBlank(lines []string) []string {
	for len(lines) > 0 && strings.TrimSpace(widget.Plain(lines[len(lines)-1])) == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func (p *happened) handle(v *view, i key.Intent) bool {
	if page := map[key.Intent]int{key.PageUp: -5, key.PageDown: 5}[i]; page != 0 && p.over > 0 {
		p.top = min(max(p.top+page, 0), p.over)
		return true
	}
	if len(p.last.Views) == 0 {
		return false
	}
	p.cell = p.last.Cell // where it really was: the edge, at most
	shape := p.last.Views[len(p.last.Views)-1].Data.Shape()
	switch i {
	case key.Left:
		p.cell.Col = max(0, p.cell.Col-1)
		return true
	case key.Right:
		p.cell.Col = min(shape[1]-1, p.cell.Col+1)
		return true
	}
	return pageIntent(i, &p.cell.Row, shape[0]-1, 8)
}

func (*happened) click(*view, int, int) bool { return false }

func (p *happened) words() []screen.Word {
	var words []screen.Word
	if len(p.last.Shares) > 0 {
		words = sharingWords()
	}
	seen := map[string]bool{}
	if strings.Contains(p.last.Formula, "PRG(") {
		words = append(words, screen.Word{Term: "PRG(b)", Meaning: "what the pseudo-random generator makes of the seed b, a ring element for each weight: who has not got b cannot tell it from noise"})
	}
	for _, m := range p.last.Views {
		if meaning := p.scene.Meaning(m.Name); meaning != "" && !seen[m.Name] {
			seen[m.Name] = true
			words = append(words, screen.Word{Term: m.Name, Meaning: meaning})
		}
	}
	words = append(words,
		screen.Word{Term: "PgUp, PgDn", Meaning: "scroll what does not fit; where all of it fits they move the cell by 8 rows"},
		screen.Word{Term: "highlighted cell", Meaning: "the one worked out above; ↑ ↓ and ⇧← ⇧→ choose another"},
		screen.Word{Term: "blue, orange", Meaning: "negative and positive numbers, the stronger the larger"},
	)
	if p.scene.Predicts() { // nothing is trained, nor measured
		return append(words, levelWords(p.scene)...)
	}
	words = append(words,
		screen.Word{Term: "loss", Meaning: "how wrong the model is: small is good, the constant guess is the mark to beat"},
		screen.Word{Term: "AUC", Meaning: "how often a row of one class gets a higher score than one of the other: 0.5 is chance, 1 perfect"},
	)
	return append(words, levelWords(p.scene)...)
}

// Package say turns what happened into words: for every event a title, one or
// two short sentences with the real numbers, the formula, one cell of the result
// worked out, and the matrices it happened to. It knows the meaning of
// operations and nothing of the look of a screen.
package say

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"gorgonia.org/tensor"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/widget"
)

// Scene is what sentences need to know besides the event.
type Scene struct {
	Snapshot    *engine.Snapshot
	Scenario    engine.Scenario
	Baseline    engine.Baseline
	Features    []string // names of the columns of x
	Classes     []string // names of the two classes, in the order of the outputs
	Train, Test int      // rows
	Secure      engine.SecureAggregationPlan
	Zoom        trace.Level // how much a step is that a party is told its part of
}

// Cell is the cell of the result that is worked out, counted from 0. Beyond the
// edge it means the last row or column.
type Cell struct{ Row, Col int }

// Telling is what to say about one event.
type Telling struct {
	Title    string
	Sentence string
	Formula  string    // empty where there is none
	Work     []string  // one cell of the result, worked out with its numbers
	Shares   []Sharing // of a cell of each shared value, what each party holds
	Views    []View    // the matrices, the result last
	Cell     Cell      // the cell that was worked out, inside the result
	Measured bool      // it shows metrics: the simulator's view
}

// View is one matrix to show.
type View struct {
	Name             string
	Note             string // beside the name, such as who sees it
	When             string // before or after, where it has the name of another one; else empty
	Data             *tensor.Dense
	Fraction         int              // fraction bits, where Data holds elements of the ring
	Rows, Cols       func(int) string // labels; nil: indices
	MarkRow, MarkCol int              // what took part in the cell; −1: none
	CellRow, CellCol int              // the cell itself; −1: none
}

// Shape writes rows × columns.
func (v View) Shape() string { return shape(v.Data) }

func shape(t *tensor.Dense) string {
	s := t.Shape()
	return fmt.Sprintf("%d×%d", s[0], s[1])
}

// Tell says what the last event of the scene was. Of what it has before and after, it says
// which is which.
func Tell(s Scene, at Cell) Telling {
	t := tell(s, at)
	if e := s.Snapshot.Event; e != nil {
		t.beforeAndAfter(e)
	}
	return t
}

// beforeAndAfter marks what stands twice under one name, as a weight does that is replaced.
func (t *Telling) beforeAndAfter(e *trace.Event) {
	replaced := func(name string) bool {
		_, in := e.Input(name)
		_, out := e.Output(name)
		return in && out
	}
	first := map[string]*string{} // where to mark the first of a name
	mark := func(name string, when *string) {
		switch before := first[name]; {
		case !replaced(name):
		case before == nil:
			first[name] = when
		default:
			*before, *when = "before", "after"
		}
	}
	for i := range t.Views {
		mark(t.Views[i].Name, &t.Views[i].When)
	}
	clear(first)
	for i := range t.Shares {
		mark(t.Shares[i].Name, &t.Shares[i].When)
	}
}

func tell(s Scene, at Cell) Telling {
	e := s.Snapshot.Event
	switch {
	case s.Snapshot.Unseen:
		return s.elsewhere()
	case e == nil:
		return s.beginning()
	case s.Predicts() && e.Level() == trace.Epoch && e.Name() != "setup":
		return s.answered(e)
	case s.eyed() && e.Level() == trace.Epoch && e.Name() != "setup" && e.Name() != "finish":
		return s.over(e)
	case s.eyed() && partly(e):
		return s.partial(e)
	case e.Level() == trace.Epoch && e.Name() == "finish":
		return s.finished(e)
	case s.shared(e) && (e.Level() != trace.Epoch || e.Name() == "setup"):
		return s.sharing(e, at)
	case e.Level() == trace.Epoch && e.Name() == "setup":
		return s.setup(e)
	case e.Level() == trace.Epoch:
		return s.epoch(e)
	case e.Level() == trace.Batch && securePurposes[e.Name()] != "":
		return s.stageOf(e)
	case e.Level() == trace.Batch:
		return s.batch(e, at)
	case e.Level() == trace.Layer:
		return s.layer(e, at)
	case e.Level() == trace.Round:
		return s.round(e)
	case e.Level() == trace.Message:
		return s.message(e)
	}
	return s.operation(e, at)
}

// weights is how many numbers the model has.
func (s Scene) weights() (n int) {
	in := len(s.Features)
	for _, out := range append(append([]int(nil), s.Scenario.Network.Hidden...), len(s.Classes)) {
		n += in*out + out
		in = out
	}
	return n
}

func (s Scene) beginning() Telling {
	weights := s.weights()
	l := s.Scenario.Learning
	t := Telling{Title: "Nothing has happened yet"}
	if s.Predicts() {
		return s.beginsPrediction(weights)
	}
	if s.encrypted() {
		return s.beginsEncrypted(weights)
	}
	switch s.Scenario.Mode {
	case engine.Federated:
		t.Sentence = fmt.Sprintf("%s their own rows, and keep them. The server will send a network of %s weights from one to the next, %s over all of them.",
			plural(s.Workers(), "worker has", "workers have"), grouped(weights), plural(l.Epochs, "pass", "passes"))
		t.Views = s.memory("raw", "shift", "scale")
	case engine.SecureAggregation:
		return s.beginsSecurely(weights)
	case engine.Aggregated:
		t.Sentence = fmt.Sprintf("%s their own rows, and keep them. In each of %s all train copies of a network of %s weights, and a trusted aggregator averages the copies.",
			plural(s.Workers(), "worker has", "workers have"), plural(l.Rounds, "server round", "server rounds"), grouped(weights))
		t.Views = s.memory("raw", "shift", "scale")
	default:
		t.Sentence = fmt.Sprintf("The server holds %d rows of %d numbers and their labels, as the applicants handed them over. "+
			"It will train a network of %s weights on them: %s in batches of %d.",
			s.Train, len(s.Features), grouped(weights), plural(l.Epochs, "pass", "passes"), min(l.Batch, s.Train))
		t.Views = s.memory("raw", "Y")
	}
	return t
}

// Workers returns the number of parties that own rows: on shares the holders are among
// them.
func (s Scene) Workers() int {
	n := 0
	for _, p := range s.Snapshot.Parties {
		if p.Role == "worker" || p.Role == "holder" {
			n++
		}
	}
	return n
}

func (s Scene) setup(e *trace.Event) Telling {
	if s.Scenario.Mode != engine.Central {
		return Telling{
			Title: "Ready to train",
			Sentence: fmt.Sprintf("The server has drawn the initial weights. %s their own rows%s. No row has left its owner.",
				plural(s.Workers(), "worker has scaled", "workers have scaled"), map[string]string{
					"standard": " with means and deviations that count as public here", "range": " by public ranges of the columns",
					"none": " by 1: the numbers stay as they are"}[s.Scenario.Data.Normalize]),
			Views: s.all(e.Outputs),
		}
	}
	return Telling{
		Title:    "Ready to train",
		Sentence: "The server has scaled its rows and drawn the initial weights. Nothing has left it, and nobody else can see anything.",
		Views:    s.all(e.Outputs),
	}
}

func (s Scene) epoch(e *trace.Event) Telling {
	h := s.Snapshot.History.Epochs
	last := h[len(h)-1]
	t := Telling{Title: capital(e.Name()) + " " + of(e.Scope()) + " is over", Measured: true}
	verdict, guess := fmt.Sprintf("The model is right about %s of the training rows", percent(last.Train.Accuracy)), s.Baseline.Accuracy
	if s.Test > 0 {
		verdict, guess = fmt.Sprintf("The model is right about %s of the %d test rows", percent(last.Test.Accuracy), s.Test), s.Baseline.Test
	}
	t.Sentence = fmt.Sprintf("%s; always saying “%s” would be right about %s. Training loss %s, before it %s.", verdict, s.majority(),
		percent(guess), number(last.Train.Loss), number(h[len(h)-2].Train.Loss))
	if l := last.LocalLoss; len(l) > 0 {
		course := "were " + number(l[0]) + " in their only pass"
		if len(l) > 1 {
			course = "were " + number(l[0]) + " in the first pass and " + number(l[len(l)-1]) + " in the last"
		}
		if r := last.Round; r.Aborted != "" {
			t.Sentence = fmt.Sprintf("The round was aborted: %s. The model keeps its last value.", r.Aborted)
			return t
		}
		t.Sentence = fmt.Sprintf("The workers’ mean losses on their own rows, each batch before its step, %s; the average of their models has %s on all. %s; always saying “%s” about %s.",
			course, number(last.Train.Loss), verdict, s.majority(), percent(guess))
	}
	t.Sentence += s.spentText()
	return t
}

// majority names the more frequent class, which the baseline always decides for.
func (s Scene) majority() string {
	h := s.Snapshot.History.Epochs[0]
	if c := h.Train.Confusion; c[0][0]+c[0][1] > c[1][0]+c[1][1] {
		return s.Classes[0]
	}
	return s.Classes[1]
}

// Right counts the rows whose more probable class is their label.
func Right(p, y []float64) int {
	right := 0
	for i := 0; i+1 < len(p); i += 2 {
		if (p[i] >= p[i+1]) == (y[i] == 1) {
			right++
		}
	}
	return right
}

func (s Scene) batch(e *trace.Event, at Cell) Telling {
	if len(e.Inputs) == 0 {
		return s.nobody(e)
	}
	p, y, rows := output(e, "p"), input(e, "y"), input(e, "rows")
	m := y.Shape()[0]
	total := output(e, "loss").Float64s()[0]
	t := Telling{
		Title: fmt.Sprintf("Batch %s is done", of(e.Scope())),
		Sentence: fmt.Sprintf("%s: mean loss %s, %d decided right. Then all weights moved a little against their slope.",
			capital(plural(m, "row", "rows")), number(total/float64(m)), Right(p.Float64s(), y.Float64s())),
	}
	switch e.Name() {
	case "visit":
		s.visit(e, &t)
	case "local step":
		t.Title = fmt.Sprintf("Local step %s is done", of(e.Scope()))
	}
	if e.Name() == "batch" {
		t.Sentence = strings.Replace(t.Sentence, "mean loss ", fmt.Sprintf("mean loss %s/%d = ", number(total), m), 1)
	}
	at = inside(at, p)
	i := at.Row
	given := p.Float64s()[2*i]
	label := 1
	if y.Float64s()[2*i] == 1 {
		label = 0
	}
	t.Cell = at
	t.Work = []string{fmt.Sprintf("row %d of the data: “%s” with probability %s; its label is “%s”",
		int(rows.Float64s()[i]), s.Classes[0], percent(given), s.Classes[label])}
	name := func(i int) string { return "row " + strconv.Itoa(int(rows.Float64s()[i])) }
	t.Views = []View{
		{Name: "x", Data: input(e, "x"), Rows: name, Cols: s.feature, MarkRow: i, MarkCol: -1, CellRow: -1, CellCol: -1},
		{Name: "y", Data: y, Rows: name, Cols: s.class, MarkRow: i, MarkCol: -1, CellRow: -1, CellCol: -1},
		{Name: "p", Data: p, Rows: name, Cols: s.class, MarkRow: -1, MarkCol: -1, CellRow: i, CellCol: at.Col},
	}
	return t
}

// visit tells of a worker that has trained. Its losses are what it keeps in its
// memory: the mean over its rows in each pass.
func (s Scene) visit(e *trace.Event, t *Telling) {
	who := e.Scope().Part
	t.Title = fmt.Sprintf("Visit %s: %s", of(e.Scope()), who)
	losses, rows := []float64{math.NaN()}, 1
	for _, p := range s.Snapshot.Parties {
		if p.ID != who {
			continue
		}
		if o, ok := p.Memory.Object("local loss"); ok {
			losses = o.Data.Float64s()
		}
		if o, ok := p.Memory.Object("Y"); ok {
			rows = o.Data.Shape()[0]
		}
	}
	last := losses[len(losses)-1]
	if s.Scenario.Mode == engine.Federated {
		t.Sentence = fmt.Sprintf("%s trained on %s that nobody else has: loss %s. The server has the model back; what changed in it is this worker’s gradient, and the server can see it.",
			who, plural(rows, "row", "rows"), number(last))
		return
	}
	course := number(last)
	if len(losses) > 1 {
		course = "from " + number(losses[0]) + " to " + number(last)
	}
	t.Sentence = fmt.Sprintf("%s trained a copy for %s on %s: loss %s. %s",
		who, plural(len(losses), "local epoch", "local epochs"), plural(rows, "own row", "own rows"), course, s.waiting())
}

func (s Scene) layer(e *trace.Event, at Cell) Telling {
	scope := e.Scope()
	switch {
	case scope.Name == "loss":
		p, y, sum := output(e, "p"), input(e, "y"), output(e, "loss").Float64s()[0]
		m := y.Shape()[0]
		return Telling{
			Title: "How wrong is it?",
			Sentence: fmt.Sprintf("Mean loss %s over %s, %d decided right%s. The slope at the logits starts the way back.",
				number(sum/float64(m)), plural(m, "row", "rows"), Right(p.Float64s(), y.Float64s()), s.guess()),
			Views: s.all([]trace.Value{e.Inputs[1], e.Outputs[0], e.Outputs[2]}),
		}
	case scope.Name == "privacy":
		return s.private(e)
	case scope.Name == "update":
		n := 0
		for _, v := range e.Outputs {
			n += v.Parts[0].Data.Size()
		}
		return Telling{
			Title: "The network has learnt from this batch",
			Sentence: fmt.Sprintf("All %s weights and biases moved against their slope: learning rate %s, divided by %s.",
				grouped(n), number(s.Scenario.Learning.Rate), s.divisor()),
			Views: s.all(e.Outputs),
		}
	case scope.Part == "backward":
		dw := e.Outputs[0]
		i, j, v := largest(dw.Parts[0].Data)
		return Telling{
			Title:    fmt.Sprintf("Layer %s, on the way back", of(scope)),
			Sentence: fmt.Sprintf("It now knows how the loss moves with each of its weights: most with %s[%d,%d], slope %s.", dw.Name[1:], i, j, number(v)),
			Views:    s.all(append(append([]trace.Value(nil), e.Inputs...), e.Outputs...)),
		}
	}
	in, out := e.Inputs[0], e.Outputs[0]
	text := fmt.Sprintf("It turned %s per row into %s", plural(in.Shape()[1], "number", "numbers"), strconv.Itoa(out.Shape()[1]))
	if scope.Index < scope.Of {
		by := "ReLU"
		if s.Scenario.Learning.Dropout > 0 {
			by = "ReLU and dropout"
		}
		text += fmt.Sprintf("; %s left %s of them at 0.", by, percent(zeros(out.Parts[0].Data)))
	} else {
		text += ", the logits: the larger one decides."
	}
	return Telling{Title: fmt.Sprintf("Layer %s, forward", of(scope)), Sentence: text, Views: s.all([]trace.Value{in, out})}
}

// memory shows objects of the first party by name, those that are there.
func (s Scene) memory(names ...string) []View {
	var views []View
	for _, name := range names {
		if o, ok := s.own().Object(name); ok {
			views = append(views, s.view(name, o.Data))
		}
	}
	return views
}

func (s Scene) all(values []trace.Value) []View {
	var views []View
	for _, v := range values {
		if len(v.Parts) == 0 {
			continue // unknown to these eyes
		}
		w := s.view(v.Name, v.Parts[0].Data)
		w.Fraction = v.Fraction
		views = append(views, w)
	}
	return views
}

// view labels a matrix by what its rows and columns are.
func (s Scene) view(name string, t *tensor.Dense) View {
	var memory *engine.Image
	if e := s.Snapshot.Event; e != nil {
		for i, p := range s.Snapshot.Parties {
			if p.ID == e.Party {
				memory = s.Snapshot.Parties[i].Memory
			}
		}
	}
	rows, cols := s.Labels(name, memory)
	return View{Name: name, Data: t, Rows: rows, Cols: cols, MarkRow: -1, MarkCol: -1, CellRow: -1, CellCol: -1}
}

func output(e *trace.Event, name string) *tensor.Dense { return named(e.Outputs, name) }
func input(e *trace.Event, name string) *tensor.Dense  { return named(e.Inputs, name) }

func named(values []trace.Value, name string) *tensor.Dense {
	for _, v := range values {
		if v.Name == name {
			return v.Parts[0].Data
		}
	}
	return tensor.New(tensor.WithShape(1, 2), tensor.WithBacking([]float64{math.NaN(), math.NaN()}))
}

// inside moves a cell into a matrix.
func inside(c Cell, t *tensor.Dense) Cell {
	s := t.Shape()
	return Cell{min(max(c.Row, 0), s[0]-1), min(max(c.Col, 0), s[1]-1)}
}

func at(t *tensor.Dense, i, j int) float64 {
	k := i*t.Shape()[1] + j
	if t.Dtype() == tensor.Uint64 {
		return float64(t.Uint64s()[k])
	}
	return t.Float64s()[k]
}

// Numbers returns the elements of a matrix, those of a ring as unsigned numbers.
func Numbers(t *tensor.Dense) []float64 {
	if t.Dtype() != tensor.Uint64 {
		return t.Float64s()
	}
	out := make([]float64, t.Size())
	for i, x := range t.Uint64s() {
		out[i] = float64(x)
	}
	return out
}

func zeros(t *tensor.Dense) float64 {
	n := 0
	for _, x := range t.Float64s() {
		if x == 0 {
			n++
		}
	}
	return float64(n) / float64(t.Size())
}

// largest finds the number farthest from zero.
func largest(t *tensor.Dense) (row, col int, value float64) {
	for k, x := range t.Float64s() {
		if math.Abs(x) > math.Abs(value) {
			row, col, value = k/t.Shape()[1], k%t.Shape()[1], x
		}
	}
	return row, col, value
}

// number writes a number with four significant digits.
func number(x float64) string {
	switch a := math.Abs(x); {
	case a == 0:
		return "0.0000" // never -0
	case math.IsNaN(x):
		return "not a number"
	case a < 1e-4 || a >= 1e6:
		return strconv.FormatFloat(x, 'e', 3, 64)
	case a >= 1000:
		return strconv.FormatFloat(x, 'f', 0, 64)
	case a >= 1:
		return strconv.FormatFloat(x, 'f', max(0, 3-int(math.Log10(a))), 64)
	}
	return strconv.FormatFloat(x, 'f', 4, 64)
}

func percent(x float64) string { return strconv.FormatFloat(100*x, 'f', 1, 64) + " %" }

func grouped(n int) string { return widget.Count(n) }

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(n) + " " + many
}

// The writes a party inside a sentence: the server, the dealer and the aggregator have no
// names of their own.
func The(id string) string {
	switch id {
	case "server", "dealer", "aggregator", "applicant":
		return "the " + id
	}
	return id
}

// Whose writes a party that something belongs to: "the server’s", "JulieDiaz’s".
func Whose(id string) string { return Possessive(The(id)) }

// Possessive writes whose something is by a name: "server’s", "Agnes’".
func Possessive(name string) string {
	if strings.HasSuffix(name, "s") {
		return name + "’"
	}
	return name + "’s"
}

// Subject writes a party that begins a sentence.
func Subject(id string) string { return capital(The(id)) }

// capital makes the first letter a capital.
func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}

func of(s trace.Scope) string {
	if s.Of == 0 {
		return strconv.Itoa(s.Index)
	}
	return fmt.Sprintf("%d of %d", s.Index, s.Of)
}

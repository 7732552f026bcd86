package say

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"

	"gorgonia.org/tensor"

	"unseen/engine"
	"unseen/engine/trace"
)

// operation tells of one operation: its result is the last view.
func (s Scene) operation(e *trace.Event, at Cell) Telling {
	if len(e.Outputs) == 0 {
		return Telling{Title: e.Name(), Sentence: "The run reported no values for this operation."}
	}
	out := e.Outputs[0]
	at = inside(at, out.Parts[0].Data)
	var t Telling
	switch tell := operations[e.Name()]; {
	case tell != nil:
		t = tell(s, e, at)
	case secureOperations[e.Name()] != nil:
		t = secureOperations[e.Name()](s, e, at)
	default:
		t = Telling{Title: e.Name(), Views: s.all(append(append([]trace.Value(nil), e.Inputs...), e.Outputs...))}
	}
	t.Cell = at
	return t
}

// operations knows how to tell each operation by its name.
var operations = map[string]func(Scene, *trace.Event, Cell) Telling{
	"scale": Scene.scale, "init": Scene.initial, "gather": Scene.gather,
	"matmul": Scene.matmul, "bias": Scene.bias, "relu": Scene.relu, "dropout": Scene.dropout,
	"softmax": Scene.softmax, "nll": Scene.nll, "mse": Scene.mse, "gradient": Scene.gradient,
	"sum": Scene.sum, "sgd": Scene.sgd, "average": Scene.average, "replace": Scene.replace,
	"clip": Scene.clip, "noise": Scene.noise, "add": Scene.add, "mean": Scene.mean, "apply": Scene.apply,
}

func layerOf(e *trace.Event) int {
	for _, s := range e.Path {
		if s.Level == trace.Layer {
			return s.Index
		}
	}
	return 0
}

// elementwise views inputs and result with the same cell marked in all of them.
func (s Scene) elementwise(e *trace.Event, c Cell) []View {
	views := s.all(append(append([]trace.Value(nil), e.Inputs...), e.Outputs[0]))
	for i := range views {
		at := inside(c, views[i].Data)
		views[i].CellRow, views[i].CellCol = at.Row, at.Col
	}
	return views
}

// index writes a cell: z1[0,3].
func index(name string, i, j int) string { return fmt.Sprintf("%s[%d,%d]", name, i, j) }

func (s Scene) scale(e *trace.Event, c Cell) Telling {
	t := Telling{Title: "Scale the columns", Formula: "X = (raw − shift) / scale", Views: s.elementwise(e, c)}
	switch s.Scenario.Data.Normalize {
	case "standard":
		t.Sentence = fmt.Sprintf("Each column loses its mean and is divided by its deviation, both taken over all %d training rows: now they weigh alike.", s.Train)
	case "range":
		t.Sentence = "Each column is divided by a public bound of its range, a power of two: nobody has to look at the rows for it."
	default:
		t.Sentence = "Nothing is scaled: the columns stay as they are in the file, whether 0 or 100,000."
	}
	switch {
	case s.Predicts():
		t.Title, t.Sentence = "Scale the row", s.scalesHerRow()
	case s.Scenario.Mode != engine.Central && e.Party != "": // one worker after the other, hundreds of them
		t.Title = e.Party + " scales its columns"
	}
	raw, shift, scale := input(e, "raw"), input(e, "shift"), input(e, "scale")
	x := output(e, "X")
	t.Work = []string{fmt.Sprintf("%s[%d, %s] = (%s − %s) / %s = %s", e.Outputs[len(e.Outputs)-1].Name, c.Row, s.feature(c.Col),
		number(at(raw, c.Row, c.Col)), number(at(shift, 0, c.Col)), number(at(scale, 0, c.Col)), number(at(x, c.Row, c.Col)))}
	return t
}

func (s Scene) initial(e *trace.Event, c Cell) Telling {
	how := "by Glorot's rule: uniform, the wider the layer the smaller; biases are 0"
	switch {
	case s.Scenario.Network.Initial != nil:
		how = "read from a file"
	case s.Scenario.Network.Init == "torch":
		how = "exactly as torch draws them from this seed"
	}
	n := 0
	for _, v := range e.Outputs {
		n += v.Parts[0].Data.Size()
	}
	views := s.all(e.Outputs)
	return Telling{
		Title:    "Draw the first weights",
		Sentence: fmt.Sprintf("%s weights and biases, %s. The network knows nothing yet.", grouped(n), how),
		Views:    views[:min(4, len(views))],
	}
}

func (s Scene) gather(e *trace.Event, c Cell) Telling {
	rows := input(e, "rows").Float64s()
	var list []string
	for _, r := range rows[:min(len(rows), 6)] {
		list = append(list, strconv.Itoa(int(r)))
	}
	text := strings.Join(list, ", ")
	if len(rows) > 6 {
		text += ", …"
	}
	order := "in file order"
	if s.Snapshot.Privacy != nil && s.Scenario.Mode == engine.Central {
		order = fmt.Sprintf("drawn by chance, each with probability %s", percent(s.Snapshot.Privacy.Rate))
	} else if s.Scenario.Data.Order == "shuffle" {
		order = "in this epoch's shuffled order"
	}
	views := s.all(append([]trace.Value{e.Inputs[0]}, e.Outputs...))
	name := func(i int) string {
		if i < len(rows) {
			return "row " + strconv.Itoa(int(rows[i]))
		}
		return ""
	}
	views[1].Rows, views[2].Rows = name, name
	views[1].CellRow, views[1].CellCol = c.Row, c.Col
	return Telling{
		Title:    "Take the next rows",
		Sentence: fmt.Sprintf("%s, %s: %s.", capital(plural(len(rows), "row", "rows")), order, text),
		Formula:  "x = these rows of X,  y = their labels",
		Views:    views,
	}
}

// matmul is one of three products: a·w forward, aᵀ·dz for the weights' slope,
// dz·wᵀ for the slope of the layer before.
func (s Scene) matmul(e *trace.Event, c Cell) Telling {
	a, b, z := e.Inputs[0], e.Inputs[1], e.Outputs[0]
	x, y := a.Parts[0].Data, b.Parts[0].Data
	l := layerOf(e)
	views := s.all([]trace.Value{a, b, z})
	views[2].CellRow, views[2].CellCol = c.Row, c.Col
	t := Telling{Views: views}
	var terms []term
	switch {
	case strings.HasPrefix(z.Name, "dw"):
		t.Title = fmt.Sprintf("Which way should w%d move?", l)
		t.Sentence = "The slope of each weight: the input it saw times the slope of the unit it fed, added up over the rows."
		t.Formula = fmt.Sprintf("%s = %sᵀ · %s", z.Name, a.Name, b.Name)
		for k := range x.Shape()[0] {
			terms = append(terms, term{s.rowOf(e, k), at(x, k, c.Row), at(y, k, c.Col)})
		}
		views[0].MarkCol, views[1].MarkCol = c.Row, c.Col
	case strings.HasPrefix(z.Name, "da"):
		t.Title = fmt.Sprintf("Pass the blame from layer %d to layer %d", l, l-1)
		t.Sentence = fmt.Sprintf("The slopes go back along the same weights: each unit of layer %d answers for what it fed into layer %d.", l-1, l)
		t.Formula = fmt.Sprintf("%s = %s · %sᵀ", z.Name, a.Name, b.Name)
		for k := range x.Shape()[1] {
			terms = append(terms, term{"unit " + strconv.Itoa(k), at(x, c.Row, k), at(y, c.Col, k)})
		}
		views[0].MarkRow, views[1].MarkRow = c.Row, c.Col
	default:
		t.Title = fmt.Sprintf("Layer %d weighs its inputs", l)
		t.Sentence = fmt.Sprintf("Each of its %s multiplies the %s of a row by weights of its own and adds them up.",
			plural(y.Shape()[1], "unit", "units"), plural(x.Shape()[1], "input", "inputs"))
		t.Formula = fmt.Sprintf("%s = %s · %s", z.Name, a.Name, b.Name)
		for k := range x.Shape()[1] {
			name := "input " + strconv.Itoa(k)
			if a.Name == "x" {
				name = s.feature(k)
			}
			terms = append(terms, term{name, at(x, c.Row, k), at(y, k, c.Col)})
		}
		views[0].MarkRow, views[1].MarkCol = c.Row, c.Col
	}
	t.Formula += fmt.Sprintf("     %s = %s · %s", shape(z.Parts[0].Data), oriented(a, t.Formula, x), oriented(b, t.Formula, y))
	t.Work = workedSum(index(z.Name, c.Row, c.Col), at(z.Parts[0].Data, c.Row, c.Col), terms)
	return t
}

// oriented writes a shape as it enters the product: turned where the formula
// transposes it.
func oriented(v trace.Value, formula string, t *tensor.Dense) string {
	s := t.Shape()
	if strings.Contains(formula, v.Name+"ᵀ") {
		return fmt.Sprintf("%d×%d", s[1], s[0])
	}
	return shape(t)
}

// term is one product of a sum.
type term struct {
	name string
	a, b float64
}

// workedSum writes a sum of products with its largest terms.
func workedSum(result string, value float64, terms []term) []string {
	sort.SliceStable(terms, func(i, j int) bool { return math.Abs(terms[i].a*terms[i].b) > math.Abs(terms[j].a*terms[j].b) })
	lines := []string{fmt.Sprintf("%s = %s, the sum of %s", result, number(value), plural(len(terms), "product", "products"))}
	var parts []string
	for _, t := range terms[:min(3, len(terms))] {
		parts = append(parts, fmt.Sprintf("%s %s·%s", t.name, number(t.a), bracket(t.b)))
	}
	if len(terms) > 3 {
		lines = append(lines, "largest: "+strings.Join(parts, "   "))
	} else {
		lines = append(lines, strings.Join(parts, " + "))
	}
	return lines
}

func bracket(x float64) string {
	if x < 0 {
		return "(" + number(x) + ")"
	}
	return number(x)
}

func (s Scene) bias(e *trace.Event, c Cell) Telling {
	z, b, out := e.Inputs[0].Parts[0].Data, e.Inputs[1].Parts[0].Data, e.Outputs[0].Parts[0].Data
	views := s.elementwise(e, c)
	return Telling{
		Title:    "Each unit adds its bias",
		Sentence: "The bias is what the unit says when all its inputs are 0; the same for every row.",
		Formula:  fmt.Sprintf("%s ← %s + %s", e.Outputs[0].Name, e.Inputs[0].Name, e.Inputs[1].Name),
		Work: []string{fmt.Sprintf("%s = %s + %s = %s", index(e.Outputs[0].Name, c.Row, c.Col),
			number(at(z, c.Row, c.Col)), bracket(at(b, 0, c.Col)), number(at(out, c.Row, c.Col)))},
		Views: views,
	}
}

func (s Scene) relu(e *trace.Event, c Cell) Telling {
	in, out := e.Inputs[0], e.Outputs[0]
	v := at(out.Parts[0].Data, c.Row, c.Col)
	if strings.HasPrefix(out.Name, "d") {
		z := e.Inputs[1]
		return Telling{
			Title:    "Blame stops where the unit was silent",
			Sentence: fmt.Sprintf("A unit that ReLU set to 0 had no part in the result: %s of the slopes are 0 now.", percent(zeros(out.Parts[0].Data))),
			Formula:  fmt.Sprintf("%s = %s where %s > 0, else 0", out.Name, in.Name, z.Name),
			Work: []string{fmt.Sprintf("%s = %s, because %s = %s", index(out.Name, c.Row, c.Col), number(v),
				index(z.Name, c.Row, c.Col), number(at(z.Parts[0].Data, c.Row, c.Col)))},
			Views: s.elementwise(e, c),
		}
	}
	return Telling{
		Title:    "ReLU: what is negative becomes 0",
		Sentence: fmt.Sprintf("Without this bend all layers would be one. %s of the activations are 0.", capital(percent(zeros(out.Parts[0].Data)))),
		Formula:  fmt.Sprintf("%s = max(0, %s)", out.Name, in.Name),
		Work: []string{fmt.Sprintf("%s = max(0, %s) = %s", index(out.Name, c.Row, c.Col),
			number(at(in.Parts[0].Data, c.Row, c.Col)), number(v))},
		Views: s.elementwise(e, c),
	}
}

func (s Scene) dropout(e *trace.Event, c Cell) Telling {
	if strings.HasPrefix(e.Outputs[0].Name, "d") {
		return Telling{
			Title:    "Blame stops where dropout struck",
			Sentence: "What sat out on the way forward had no part in the result: the same mask is laid over the slopes.",
			Formula:  fmt.Sprintf("%s ← mask ⊙ %s", e.Outputs[0].Name, e.Inputs[0].Name),
			Work: []string{fmt.Sprintf("%s: %s → %s", index(e.Outputs[0].Name, c.Row, c.Col),
				number(at(e.Inputs[0].Parts[0].Data, c.Row, c.Col)), number(at(e.Outputs[0].Parts[0].Data, c.Row, c.Col)))},
			Views: s.elementwise(e, c),
		}
	}
	return Telling{
		Title:    "Dropout: some activations sit out",
		Sentence: fmt.Sprintf("Each is dropped with probability %s, the others grow to make up for it: no unit can rely on one other.", percent(s.Scenario.Learning.Dropout)),
		Formula:  fmt.Sprintf("%s ← mask ⊙ %s", e.Outputs[0].Name, e.Inputs[0].Name),
		Work: []string{fmt.Sprintf("%s: %s → %s", index(e.Outputs[0].Name, c.Row, c.Col),
			number(at(e.Inputs[0].Parts[0].Data, c.Row, c.Col)), number(at(e.Outputs[0].Parts[0].Data, c.Row, c.Col)))},
		Views: s.elementwise(e, c),
	}
}

func (s Scene) softmax(e *trace.Event, c Cell) Telling {
	z, p := e.Inputs[0].Parts[0].Data, e.Outputs[0].Parts[0].Data
	zi, pi := z.Float64s()[2*c.Row:2*c.Row+2], p.Float64s()[2*c.Row:2*c.Row+2]
	views := s.elementwise(e, c)
	views[0].MarkRow = c.Row
	return Telling{
		Title:    "Softmax: logits become probabilities",
		Sentence: fmt.Sprintf("Two numbers per row that add up to 1: how sure the network is of “%s” and of “%s”.", s.Classes[0], s.Classes[1]),
		Formula:  "p = exp(z) / Σ exp(z), row by row",
		Work: []string{fmt.Sprintf("%s: exp(%s) : exp(%s)  →  %s “%s”, %s “%s”", s.rowOf(e, c.Row), number(zi[0]), number(zi[1]),
			percent(pi[0]), s.Classes[0], percent(pi[1]), s.Classes[1])},
		Views: views,
	}
}

// lossTelling is common to the two losses.
func (s Scene) lossTelling(e *trace.Event, t Telling) Telling {
	y := input(e, "y")
	m := y.Shape()[0]
	total := output(e, "loss").Float64s()[0]
	mean := total / float64(m)
	t.Work = append(t.Work, fmt.Sprintf("all %s: %s / %d = %s", plural(m, "row", "rows"), number(total), m, number(mean)))
	t.Sentence = fmt.Sprintf("Mean over %s: %s%s. %s", plural(m, "row", "rows"), number(mean), s.guess(), t.Sentence)
	t.Views = s.all(append(append([]trace.Value(nil), e.Inputs...), e.Outputs[0]))
	t.Views[1].MarkRow = 0 // the row that is worked out
	return t
}

// firstRow works out the loss of the batch's first row from its output and label.
func (s Scene) firstRow(e *trace.Event, of func(output, label []float64) float64) []string {
	output, label := e.Inputs[0].Parts[0].Data, e.Inputs[1].Parts[0].Data
	return []string{fmt.Sprintf("%s: %s(%s, %s), label “%s”, costs %s", s.rowOf(e, 0), e.Inputs[0].Name, number(at(output, 0, 0)), number(at(output, 0, 1)),
		s.Classes[map[bool]int{true: 0, false: 1}[at(label, 0, 0) == 1]], number(of(output.Float64s()[:2], label.Float64s()[:2])))}
}

func (s Scene) nll(e *trace.Event, c Cell) Telling {
	return s.lossTelling(e, Telling{
		Title:    "The loss: surprise at the right answer",
		Sentence: "A row costs −log of the probability its own class was given.",
		Formula:  "loss = Σ over rows of (log Σ exp z − z·y)",
		Work:     s.firstRow(e, func(z, y []float64) float64 { return math.Log(math.Exp(z[0]-z[1])+1) + z[1] - z[0]*y[0] - z[1]*y[1] }),
	})
}

func (s Scene) mse(e *trace.Event, c Cell) Telling {
	return s.lossTelling(e, Telling{
		Title:    "The loss: squared distance",
		Sentence: "A row costs the squared distance between its probabilities and its one-hot label.",
		Formula:  "loss = Σ (p − y)²",
		Work:     s.firstRow(e, func(p, y []float64) float64 { return (p[0]-y[0])*(p[0]-y[0]) + (p[1]-y[1])*(p[1]-y[1]) }),
	})
}

func (s Scene) gradient(e *trace.Event, c Cell) Telling {
	p, y, dz := input(e, "p"), input(e, "y"), e.Outputs[0].Parts[0].Data
	t := Telling{
		Title:    "Where the way back begins",
		Sentence: "The slope of the loss at each logit: positive where the network said too much, negative where too little.",
		Formula:  e.Outputs[0].Name + " = p − y",
		Work: []string{fmt.Sprintf("%s = %s − %s = %s", index(e.Outputs[0].Name, c.Row, c.Col),
			number(at(p, c.Row, c.Col)), number(at(y, c.Row, c.Col)), number(at(dz, c.Row, c.Col)))},
		Views: s.elementwise(e, c),
	}
	if s.Scenario.Learning.Loss == "mse" {
		g := func(k int) float64 { return 2 * (at(p, c.Row, k) - at(y, c.Row, k)) }
		sum := g(0)*at(p, c.Row, 0) + g(1)*at(p, c.Row, 1)
		t.Formula = e.Outputs[0].Name + " = p ⊙ (g − Σ g ⊙ p),  g = 2(p − y)"
		t.Work = []string{fmt.Sprintf("%s = %s · (%s − %s) = %s", index(e.Outputs[0].Name, c.Row, c.Col), number(at(p, c.Row, c.Col)),
			number(g(c.Col)), bracket(sum), number(at(dz, c.Row, c.Col)))}
	}
	return t
}

func (s Scene) sum(e *trace.Event, c Cell) Telling {
	dz, db := e.Inputs[0], e.Outputs[0]
	views := s.all([]trace.Value{dz, db})
	views[0].MarkCol, views[1].CellRow, views[1].CellCol = c.Col, 0, c.Col
	return Telling{
		Title:    fmt.Sprintf("Which way should b%d move?", layerOf(e)),
		Sentence: "A bias adds to every row, so its slope is the sum of the unit's slopes over the rows.",
		Formula:  db.Name + " = Σ rows of " + dz.Name,
		Work: []string{fmt.Sprintf("%s = the sum of %s = %s", index(db.Name, 0, c.Col),
			plural(dz.Shape()[0], "slope", "slopes"), number(at(db.Parts[0].Data, 0, c.Col)))},
		Views: views,
	}
}

func (s Scene) sgd(e *trace.Event, c Cell) Telling {
	old, slope, now := e.Inputs[0], e.Inputs[1], e.Outputs[0]
	x, y := old.Parts[0].Data.Float64s(), now.Parts[0].Data.Float64s()
	most := 0.0
	for i := range x {
		most = max(most, math.Abs(y[i]-x[i]))
	}
	return Telling{
		Title:    fmt.Sprintf("%s moves", now.Name),
		Sentence: fmt.Sprintf("Every number goes a little way against its slope; the largest change is %s.", number(most)),
		Formula:  fmt.Sprintf("%s ← %s − lr/rows · %s", now.Name, now.Name, slope.Name),
		Work: []string{fmt.Sprintf("%s = %s − %s/%d · %s = %s", index(now.Name, c.Row, c.Col), number(at(old.Parts[0].Data, c.Row, c.Col)),
			rate(s.Scenario.Learning.Rate), s.batchRows(), bracket(at(slope.Parts[0].Data, c.Row, c.Col)), number(at(now.Parts[0].Data, c.Row, c.Col)))},
		Views: s.elementwise(e, c),
	}
}

// rate writes a learning rate with all its digits.
func rate(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// nominal is the number of rows that the learning rate is divided by in private
// central training, whatever a batch happens to have; 0 elsewhere.
func (s Scene) nominal() int {
	if s.Snapshot.Privacy == nil || s.Scenario.Mode != engine.Central {
		return 0
	}
	return min(s.Scenario.Learning.Batch, s.Train)
}

// divisor says what the learning rate is divided by.
func (s Scene) divisor() string {
	if n := s.nominal(); n > 0 {
		return fmt.Sprintf("%d, the size of a usual batch", n)
	}
	return "the rows of the batch"
}

// batchRows is the number of rows that the learning rate is divided by: of the
// labels in the memory of whoever did the last step.
func (s Scene) batchRows() int {
	if n := s.nominal(); n > 0 {
		return n
	}
	for _, p := range s.Snapshot.Parties {
		if o, ok := p.Memory.Object("y"); ok && p.ID == s.Snapshot.Event.Party {
			return o.Data.Shape()[0]
		}
	}
	return 1
}

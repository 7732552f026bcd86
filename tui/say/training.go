package say

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"unseen/engine"
	"unseen/engine/trace"
)

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

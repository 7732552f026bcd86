package say

import (
	"fmt"
	"strings"

	"gorgonia.org/tensor"

	"unseen/engine"
	"unseen/engine/trace"
)

// Sharing is one cell of a shared or opened value: what each party holds of it.
type Sharing struct {
	Name     string
	Form     trace.Form
	Row, Col int
	Parts    []Summand
	Value    float64 // what the shares add up to, or what was opened
	Known    bool    // whether all shares are there to add up
}

// Summand is what one party holds of a cell.
type Summand struct {
	Party string
	Word  uint64
}

// encrypted reports whether the run computes on shares.
func (s Scene) encrypted() bool { return s.Scenario.Mode == engine.Encrypted }

// shared reports whether an event is about values that are shared or were opened, or
// holders that compute on them.
func (s Scene) shared(e *trace.Event) bool {
	if s.Scenario.Mode == engine.SecureAggregation {
		return false // it has words of its own
	}
	if e.Kind == trace.Open || e.Party == "holders" {
		return true
	}
	for _, v := range append(append([]trace.Value(nil), e.Inputs...), e.Outputs...) {
		if v.Form != trace.Plain || engine.Decode(v).Ring() {
			return true
		}
	}
	return false
}

// phrase is how an operation on shares is told.
type phrase struct{ title, sentence, formula string }

// onShares tells operations on shares by name. What an explanation file says about
// each at length, this says in a sentence.
var onShares = map[string]phrase{
	"matmul":        {"Multiply without looking", "d = x − a and e = y − b are opened: a and b are uniform, so d and e say nothing of x and y. The rest each holder computes alone.", "z = c + d·b + a·e + d·e"},
	"mul":           {"Multiply without looking", "d = x − a and e = y − b are opened: a and b are uniform, so d and e say nothing of x and y.", "z = c + d ⊙ b + a ⊙ e + d ⊙ e"},
	"square":        {"Square without looking", "d = x − a is opened; a is uniform, so d says nothing of x.", "z = c + 2·d·a + d²"},
	"bias":          {"Add the biases", "A sum of shares is a share of the sum: every holder adds its own, and nothing is sent.", "[z + b] = [z] + [b]"},
	"sum":           {"Add up the rows", "Every holder adds up its own shares, and nothing is sent.", "[Σ x] = Σ [x]"},
	"gradient":      {"The slope at the logits", "Every holder subtracts its own shares, and nothing is sent.", "[dz] = [p] − [y]"},
	"sgd":           {"Step down the slope", "The learning rate is public: every holder scales and subtracts its own shares; what is too fine is cut off together, later.", "[w] ← [w] − rate·[dw]"},
	"gather":        {"Take the next rows", "Which rows is public; every holder takes its own shares of them.", "[x] = these rows of [X]"},
	"mask":          {"Mask once for all products", "A value that takes part in many products is opened under one mask, once: x − a.", "d = x − a"},
	"truncate":      {"Cut the fraction", "After a product the fraction has twice its bits. The sum with a mask of the dealer’s is opened, shifted in public, and the mask taken off again.", "c = x + r opened;  x / 2^f = c / 2^f − r / 2^f"},
	"relu":          {"ReLU without looking", "The sign is found by comparing, bit by masked bit, with a mask of the dealer’s; no holder learns it. The bit is kept for the way back.", "[a] = [z > 0] · [z]"},
	"softmax":       {"Softmax without looking", "The largest logit is taken off, exp and a reciprocal are computed by products and comparisons on shares.", "[p] = exp [z] / Σ exp [z]"},
	"cross-entropy": {"What the decisions cost", "The logarithm is a polynomial, computed by products on shares.", "[L] = log Σ exp [z] − [z]·[y]"},
	"nll":           {"The loss, on shares", "No holder knows it, unless it is opened as a release of its own.", "[L] = log Σ exp [z] − [z]·[y]"},
	"mse":           {"The loss, on shares", "No holder knows it, unless it is opened as a release of its own.", "[L] = Σ ([p] − [y])²"},
	"open":          {"Put shares together", "Every holder sends its share to every other: all of them know the value now, and the ledger has a line more.", "x = Σ [x]"},
	"reveal":        {"Hand the result over", "All holders send their shares to one party: it alone learns the value.", "x = Σ [x]"},
	"encode":        {"From numbers to the ring", "An owner writes its row as whole numbers: times 2^f, rounded.", "round(x · 2^f) mod 2^64"},
	"split":         {"Split into shares", "All shares but one are random; the last is what is missing to the value. The random ones are sent as seeds.", "x = Σ [x]"},
	"standardise":   {"Scale the rows, on shares", "Only the sums of each column were opened; mean and deviation follow, and every holder scales its shares.", "[X] = ([X] − mean) / σ"},
}

// sharing tells of an event about shared values.
func (s Scene) sharing(e *trace.Event, at Cell) Telling {
	t := Telling{}
	values := append(append([]trace.Value(nil), e.Inputs...), e.Outputs...)
	scope := e.Scope()
	name := scope.Name
	switch p := onShares[name]; {
	case e.Kind == trace.Open:
		t.Title = "Opened: " + name
		t.Sentence = fmt.Sprintf("%s know %s now. Why that may be: %s.", capital(s.openedTo(e)), name, strings.TrimSuffix(e.Why, "."))
		if e.To != "" && e.To != "holders" {
			t.Sentence = fmt.Sprintf("%s knows %s now, and nobody else. Why that may be: %s.", capital(e.To), name, strings.TrimSuffix(e.Why, "."))
		}
	case e.Kind == trace.Sent:
		t = s.message(e)
		t.Sentence = strings.TrimSpace(t.Sentence + " " + sharePurpose(name))
		t.Views = nil
	case e.Level() == trace.Epoch && name == "setup":
		t.Title = "Ready to train, on shares"
		t.Sentence = fmt.Sprintf("%s split their rows among the holders, the server its model. Every holder has a share of everything, and knows none of it.", plural(s.Train, "owner has", "owners have"))
		values = e.Outputs
	case e.Level() == trace.Batch:
		t.Title = "Batch " + of(scope) + " is done"
		t.Sentence = "All of it was computed on shares: the model has moved, and no party knows it, a row or a decision."
	case e.Level() == trace.Layer && scope.Name == "loss":
		t.Title, t.Sentence = "How wrong is it?", "The loss and its slope, on shares: nobody knows the decisions."
	case e.Level() == trace.Layer && scope.Name == "update":
		t.Title, t.Sentence = "The network has learnt from this batch", "Every holder’s shares of the weights have moved; no holder knows how."
	case e.Level() == trace.Layer && scope.Part == "backward":
		t.Title, t.Sentence = fmt.Sprintf("Layer %s, on the way back", of(scope)), "Shares of how the loss moves with each weight."
	case e.Level() == trace.Layer:
		t.Title, t.Sentence = fmt.Sprintf("Layer %s, forward", of(scope)), "From shares of what went in, shares of what comes out."
	case p.title != "":
		t.Title, t.Sentence, t.Formula = p.title, p.sentence, p.formula
	default:
		t.Title = capital(name)
		t.Sentence = "The holders compute on their shares."
		if text, ok := engine.Explain(name); ok {
			t.Sentence = firstSentence(text)
		}
	}
	s.shares(&t, values, at)
	return t
}

// openedTo names those who know an opened value.
func (s Scene) openedTo(e *trace.Event) string {
	if s.eyed() {
		return s.Snapshot.Eyes + " and the other holders"
	}
	return "all holders"
}

// sharePurpose says what a message of shares is for.
func sharePurpose(what string) string {
	switch {
	case strings.HasPrefix(what, "share of "):
		return "One summand: with those of the other holders it opens what is masked or released."
	case strings.HasPrefix(what, "deal "):
		return "What the dealer adds for the last holder: the others expand theirs from their keys."
	case what == "send key":
		return "From this key holder and dealer expand the same randomness, and need not send it."
	case what == "share model":
		return "A share of the model, or the seed of one: by itself it says nothing."
	case what == "share row":
		return "A share of one owner’s row, or the seed of one: by itself it says nothing."
	}
	return ""
}

// firstSentence returns the first sentence of an explanation, without its heading.
func firstSentence(markdown string) string {
	var words []string
	for _, l := range strings.Split(markdown, "\n") {
		if strings.HasPrefix(l, "#") || strings.TrimSpace(l) == "" && len(words) == 0 {
			continue
		}
		if strings.TrimSpace(l) == "" {
			break
		}
		words = append(words, strings.TrimSpace(l))
	}
	text := strings.Join(words, " ")
	if i := strings.Index(text, ". "); i >= 0 {
		text = text[:i+1]
	}
	return text
}

// shares fills in, for the values of an event, what each party holds of one cell, and
// what the results are: numbers that nobody in the run knows, and that are there for
// those eyes only that see everything.
func (s Scene) shares(t *Telling, values []trace.Value, at Cell) {
	const most = 6
	for i, v := range values {
		if len(v.Parts) == 0 || len(values) > most && i < len(values)-most {
			continue
		}
		n := engine.Decode(v)
		if !n.Ring() {
			continue
		}
		_, cols := n.Shape()
		c := inside(at, v.Parts[0].Data)
		line := Sharing{Name: v.Name, Form: v.Form, Row: c.Row, Col: c.Col, Value: n.At(c.Row*cols + c.Col)}
		for _, p := range v.Parts {
			line.Parts = append(line.Parts, Summand{p.Party, engine.DecodePart(p.Data, 0).Word(c.Row*cols + c.Col)})
		}
		line.Known = v.Form != trace.Share || !s.eyed() && len(v.Parts) > 1
		t.Shares = append(t.Shares, line)
		t.Cell = c
	}
	views := values
	if len(views) > 3 {
		views = views[len(views)-3:]
	}
	for _, v := range views {
		n := engine.Decode(v)
		if len(v.Parts) == 0 || v.Form == trace.Share && (s.eyed() || len(v.Parts) < 2) {
			continue
		}
		rows, cols := n.Shape()
		numbers := make([]float64, n.Len())
		for i := range numbers {
			numbers[i] = n.At(i)
		}
		w := s.view(v.Name, tensor.New(tensor.WithShape(rows, cols), tensor.WithBacking(numbers)))
		if v.Form == trace.Share {
			w.Note = "nobody sees this sum"
		}
		c := inside(at, w.Data)
		w.CellRow, w.CellCol = c.Row, c.Col
		t.Views = append(t.Views, w)
	}
}

// beginsEncrypted tells of the beginning of training on shares.
func (s Scene) beginsEncrypted(weights int) Telling {
	return Telling{
		Title: "Nothing has happened yet",
		Sentence: fmt.Sprintf("%s their own rows. They will split them into shares among the holders, the server its network of %s weights; a dealer hands out masks. The holders train for %s, and none of them sees a row, a weight or a decision.",
			plural(s.Train, "owner has", "owners have"), grouped(weights), plural(s.Scenario.Learning.Epochs, "pass", "passes")),
		Views: s.memory("raw"),
	}
}

// finished tells that the model was handed to its owner.
func (s Scene) finished(e *trace.Event) Telling {
	return Telling{
		Title:    "The model goes to its owner",
		Sentence: "The holders sent the server their shares of the final model: it alone puts them together. Nothing else was ever opened but what the ledger lists.",
		Views:    s.all(e.Outputs),
	}
}

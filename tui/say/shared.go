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
	When     string // before or after, where it has the name of another one; else empty
	Form     trace.Form
	Row, Col int
	Scalar   bool // it has no cells to choose from
	Bits     int  // of words that are bits side by side: how many; else 0
	Parts    []Summand
	Value    float64 // what the shares add up to, or what was opened
	Known    bool    // whether all shares are there to add up
	Sum      string  // what they add up to, in writing; empty where it is not known
	Knows    string  // of shares, who knows what they add up to: "the dealer knows"; empty where nobody does
}

// Summand is what one party holds of a cell.
type Summand struct {
	Party string
	Word  uint64
}

// encrypted reports whether the run computes on shares.
func (s Scene) encrypted() bool { return s.Scenario.OnShares() }

// shared reports whether an event is about values that are shared or were opened, or
// holders that compute on them.
func (s Scene) shared(e *trace.Event) bool {
	if s.Scenario.Mode == engine.SecureAggregation {
		return false // it has words of its own
	}
	if e.Kind == trace.Open || e.Party == "holders" || e.Level() == trace.Round && s.momentOf(e).outer != "" {
		return true
	}
	for _, v := range append(append([]trace.Value(nil), e.Inputs...), e.Outputs...) {
		if v.Form != trace.Plain || engine.Decode(v).Ring() {
			return true
		}
	}
	return false
}

// sharing tells of an event about shared values.
func (s Scene) sharing(e *trace.Event, at Cell) Telling {
	t := Telling{}
	values := append(append([]trace.Value(nil), e.Inputs...), e.Outputs...)
	scope := e.Scope()
	name := scope.Name
	m := s.momentOf(e)
	p := m.phrase()
	switch {
	case e.Kind == trace.Open && p.title != "":
		t.Title, t.Sentence, t.Formula = p.title, p.sentence, p.formula
	case e.Level() == trace.Round && p.title != "":
		t.Title, t.Formula = p.title, p.formula
		t.Sentence = p.sentence + s.exchanged()
	case e.Level() == trace.Round:
		t.Title, t.Sentence = capital(name), "Every holder sent its share to every other."+s.exchanged()
	case e.Kind == trace.Open:
		t.Title = "Opened: " + name
		t.Sentence = fmt.Sprintf("%s know %s now. Why that may be: %s.", capital(s.openedTo(e)), name, strings.TrimSuffix(e.Why, "."))
		if e.To != "" && e.To != "holders" {
			t.Sentence = fmt.Sprintf("%s knows %s now, and nobody else. Why that may be: %s.", capital(e.To), name, strings.TrimSuffix(e.Why, "."))
		}
	case e.Kind == trace.Sent:
		t = s.message(e)
		if n := e.Outputs[0].Packed; n > 0 && packedBits(e.Outputs[0].Name) {
			t.Sentence = fmt.Sprintf("%s sends masked bits of %s, %s bytes.", Subject(e.Party), plural(n, "comparison", "comparisons"), grouped(e.Bytes))
		}
		t.Sentence = strings.TrimSpace(strings.TrimSpace(t.Sentence) + " " + sharePurpose(name))
		t.Views = nil
	case e.Level() == trace.Epoch && name == "setup":
		t.Title = "Ready to train, on shares"
		if s.Predicts() {
			t.Title, t.Sentence = "Ready to answer, on shares", "The applicant has split her row among the holders, the server its model. Every holder has a share of everything, and knows none of it."
			values = e.Outputs
			break
		}
		t.Sentence = fmt.Sprintf("%s split their rows among the holders, the server its model. Every holder has a share of everything, and knows nothing but its own rows.", plural(s.Workers(), "owner has", "owners have"))
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
	if m.within != "" && e.Kind != trace.Sent {
		if m.Level() >= trace.Round {
			t.Sentence = t.Title + ". " + t.Sentence
		}
		t.Title = m.within
	}
	if !s.parcels(&t, e, at) {
		s.table(&t, m, values, at)
	}
	s.matrices(&t, m, values, at)
	return t
}

// exchanged counts the messages of the round that is over.
func (s Scene) exchanged() string {
	bytes, list := 0, s.Exchange()
	for _, m := range list {
		bytes += m.Bytes
	}
	return fmt.Sprintf(" (%s, %s bytes.)", plural(len(list), "message", "messages"), grouped(bytes))
}

// Exchange lists the messages of the exchange among holders that the last event ends,
// or opens something in: before it there were at most one message for each pair of
// holders and the openings. Through a party's eyes they are those of its own.
func (s Scene) Exchange() []engine.Message {
	list, e := s.Snapshot.Messages, s.Snapshot.Event
	if len(list) == 0 || e == nil {
		return nil
	}
	last, holders := list[len(list)-1], 0
	for _, p := range s.Snapshot.Parties {
		if p.Role == "holder" {
			holders++
		}
	}
	begin := e.Step - holders*(holders-1) - strings.Count(last.What, ", ") - 1
	first := len(list)
	for first > 0 && list[first-1].What == last.What && list[first-1].Step >= begin {
		first--
	}
	return list[first:]
}

// openedTo names those who know an opened value.
func (s Scene) openedTo(e *trace.Event) string {
	if s.eyed() {
		return The(s.Snapshot.Eyes) + " and the other holders"
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
		return "A share of somebody’s row, or the seed of one: by itself it says nothing."
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

// matrices shows the values of an event whole: what shares add up to for the eyes that
// see everything, for a party its own words.
func (s Scene) matrices(t *Telling, m moment, values []trace.Value, at Cell) {
	if m.Level() == trace.Round || m.Kind == trace.Open && packedBits(m.opens()) {
		values = nil
		for _, name := range []string{m.opens(), m.hides(), "c"} { // of bits, what they are about
			if v, ok := s.held(name); ok && !packedBits(name) {
				values = []trace.Value{v}
				break
			}
		}
	}
	if m.Level() == trace.Operation && m.inner == "truncate" && len(m.Inputs) > 1 {
		values = m.Outputs[:min(1, len(m.Outputs))]
	}
	if len(values) > 3 {
		values = values[len(values)-3:]
	}
	uncut := 0
	for _, v := range values {
		if len(v.Parts) == 0 {
			continue
		}
		n := engine.Decode(v)
		w := s.view(v.Name, v.Parts[0].Data)
		w.Fraction = v.Fraction
		whole := v.Form == trace.Share && !s.eyed() && len(v.Parts) > 1
		switch {
		case whole && !Uniform(v.Name):
			rows, cols := n.Shape()
			numbers := make([]float64, n.Len())
			for i := range numbers {
				numbers[i] = n.At(i)
			}
			w = s.view(v.Name, tensor.New(tensor.WithShape(rows, cols), tensor.WithBacking(numbers)))
			w.Note = s.seesSum(v)
			if v.Fraction > tight {
				w.Note += ", not yet cut"
				uncut = v.Fraction
			}
		case v.Form == trace.Share:
			w.Fraction, w.Note = 0, "a share: it says nothing"
		case v.Form == trace.Opened && (Uniform(v.Name) || packedBits(v.Name)):
			w.Fraction, w.Note = 0, "opened, and uniform"
		case v.Form == trace.Opened:
			w.Note = "opened"
		}
		if m.inner == "truncate" || m.within != "" { // x and z are no rows of the batch there
			w.Rows, w.Cols = nil, nil
		}
		c := inside(at, w.Data)
		w.CellRow, w.CellCol = c.Row, c.Col
		t.Views, t.Cell = append(t.Views, w), c
	}
	if uncut > 0 {
		t.Sentence += wraps(uncut)
	}
}

// seesSum says who knows what the shares of a whole value add up to.
func (s Scene) seesSum(v trace.Value) string {
	switch knows := s.knower(v); knows {
	case "":
		return "nobody sees this sum"
	case ownerKnows:
		return "each row is known to its owner alone"
	case ownerKnowsUnless:
		return "its owner knows each row, but not mean and deviation"
	default:
		return knows + " this sum"
	}
}

// tight is up to how many fraction bits there is room for any weight that training leads
// to: an update that is not truncated yet has more.
const tight = 56

// wraps says what a number with so many fraction bits, in which the ring has little room
// for the rest, is shown as when it is larger: a multiple of the room away, which the cut
// takes off again.
func wraps(fraction int) string {
	room := 1 << (63 - fraction)
	return fmt.Sprintf(" Until then %d of 64 bits are fraction, and there is room for numbers within ±%d: a larger weight is shown %d off, and is right again after the cut.", fraction, room, 2*room)
}

// beginsEncrypted tells of the beginning of training on shares.
func (s Scene) beginsEncrypted(weights int) Telling {
	return Telling{
		Title: "Nothing has happened yet",
		Sentence: fmt.Sprintf("%s their own rows. They will split them into shares among the holders, the server its network of %s weights; a dealer hands out masks. The holders train for %s, and none of them sees another’s row, a weight or a decision.",
			plural(s.Workers(), "owner has", "owners have"), grouped(weights), plural(s.Scenario.Learning.Epochs, "pass", "passes")),
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

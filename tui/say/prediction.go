package say

import (
	"fmt"
	"math"

	"unseen/engine"
	"unseen/engine/trace"
)

// Predicts reports whether the run is a private prediction, in which nothing is trained.
func (s Scene) Predicts() bool { return s.Scenario.Mode == engine.PrivatePrediction }

// Applicant returns who asks for a decision in a private prediction.
func (s Scene) Applicant() engine.PartyImage {
	for _, p := range s.Snapshot.Parties {
		if p.Role == "applicant" {
			return p
		}
	}
	return engine.PartyImage{}
}

// Answer returns the probability of each class, where it is in a memory that the eyes see;
// nil where it is not.
func (s Scene) Answer() []float64 {
	o, ok := s.Applicant().Memory.Object("probabilities")
	if !ok || o.Form != trace.Plain {
		return nil
	}
	p := make([]float64, o.Data.Size())
	for i, x := range o.Data.Float64s() {
		p[i] = math.Min(1, math.Max(0, x)) // computed on shares, it may be off by a little
	}
	return p
}

// Decision returns the more probable class of an answer.
func Decision(p []float64) int {
	class := 0
	for k, x := range p {
		if x > p[class] {
			class = k
		}
	}
	return class
}

// Asked says in a sentence who asks, and whom.
func (s Scene) Asked() string {
	return fmt.Sprintf("%s asks for a decision and shows the row to nobody; the server shows nobody its model.", Subject(s.Applicant().ID))
}

// beginsPrediction tells of the beginning of a private prediction.
func (s Scene) beginsPrediction(weights int) Telling {
	t := Telling{
		Title: "Nothing has happened yet",
		Sentence: fmt.Sprintf("%s has a row, the server a trained model of %s weights. Both will be split into shares among %d holders; a dealer hands out masks. The holders compute the decision and see neither row nor model nor decision: the applicant alone puts that together.",
			Subject(s.Applicant().ID), grouped(weights), s.Scenario.Shares.Holders),
	}
	if o, ok := s.Applicant().Memory.Object("raw"); ok {
		t.Views = []View{s.view("raw", o.Data)}
	}
	return t
}

// scalesHerRow says by what an applicant scales her row.
func (s Scene) scalesHerRow() string {
	switch s.Scenario.Data.Normalize {
	case "standard":
		return "The applicant scales her own row: mean and deviation of the columns count as public here, like those the model was trained with. The row is still hers alone."
	case "range":
		return "The applicant divides each column of her own row by a public bound of its range, a power of two. The row is still hers alone."
	}
	return "Nothing is scaled: the row stays as it is, and hers alone."
}

// answered tells that a private prediction is over.
func (s Scene) answered(e *trace.Event) Telling {
	who := Subject(s.Applicant().ID)
	p := s.Answer()
	if p == nil {
		return Telling{Title: "The prediction is over", Sentence: fmt.Sprintf("%s has the answer now. %s knows that, and nothing of the answer: ▒.", who, Subject(s.Snapshot.Eyes))}
	}
	class := Decision(p)
	return Telling{
		Title:    fmt.Sprintf("The decision is “%s”", s.Classes[class]),
		Sentence: fmt.Sprintf("“%s” with probability %s. %s put it together out of the holders’ shares, and is the only one who knows it: not the server, whose model it was, nor any holder.", s.Classes[class], percent(p[class]), who),
		Formula:  "p = Σ [p]",
		Views:    s.all(e.Outputs),
	}
}

// knownOfPrediction says who has learnt what in a private prediction.
func (s Scene) knownOfPrediction() (parties []Known, moral string) {
	holders := Known{Who: "holders", Role: "holder", Number: 1, Sum: "shares only"}
	dealer := Known{Who: "dealer", Role: "dealer", Number: dealerMark, Sum: "its own masks only"}
	server := Known{Who: "server", Role: "server", Sum: "its own model only"}
	applicant := Known{Who: "applicant", Role: "applicant", Number: s.Applicant().Number, Sum: "her own row only"}
	masked := 0
	for _, k := range s.Snapshot.Record.Opened() {
		if k.To == s.Applicant().ID {
			applicant.Sum = "her row, the answer"
		} else {
			masked += k.Times
		}
	}
	if masked > 0 {
		holders.Sum = "shares, and these:"
		holders.Items = mute(openedMasked(masked))
	}
	return []Known{applicant, server, holders, dealer},
		"Only the applicant learns the answer. The server never sees her row; holders see uniform shares of row and model. They are taken to follow the protocol, and the dealer to help none of them."
}

// NoRow says that the eyes have no row of the data.
func (s Scene) NoRow() string {
	eyes := s.Snapshot.Eyes
	if s.Predicts() && eyes == s.Applicant().ID {
		return Subject(eyes) + " is not in the data, whose people are followed here; her own row is in her memory, as raw."
	}
	return Subject(eyes) + " has no row in its memory and sees nobody’s way."
}

// NoModel says that the eyes have no model to lead a row through.
func (s Scene) NoModel() string {
	if s.Predicts() {
		text := Subject(s.Snapshot.Eyes) + " has no model: where the row leads, the holders compute without seeing it."
		if p := s.Answer(); p != nil {
			class := Decision(p)
			text += fmt.Sprintf(" The answer came back in shares: “%s” with probability %s.", s.Classes[class], percent(p[class]))
		}
		return text
	}
	return Subject(s.Snapshot.Eyes) + " has no model in its memory now: where the row leads, it cannot tell."
}

// Use says what the run does with a row of the data, and what its label is where the eyes
// may know that: an applicant has no label.
func (s Scene) Use(d *engine.Dataset, row int) string {
	label := fmt.Sprintf("The label is “%s”.", s.Classes[d.Set.Y[row]])
	use := "the model trains on it"
	for _, r := range d.Split.Test {
		if r == row {
			use = "it is kept for testing"
		}
	}
	if s.Predicts() {
		use = "nobody asks about it here"
		if at, ok := d.RowOf(s.Applicant().ID); ok && at == row {
			use = "this person asks for a decision"
		}
		if label = "In the file the label is “" + s.Classes[d.Set.Y[row]] + "”."; s.eyed() {
			label = ""
		}
	}
	text := fmt.Sprintf("Row %d of the data, line %d of the file; %s.", row+1, d.Set.Table.Records[d.Set.Rows[row]].Line, use)
	if label != "" {
		text += " " + label
	}
	return text
}

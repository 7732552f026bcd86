package say

import (
	"fmt"

	"unseen/engine/trace"
)

// purposes says why parties send each kind of message.
var purposes = map[string]string{
	"send scaling": "Means and deviations of the columns: with them each worker scales its own rows.",
	"send model":   "The model goes to where the rows are.",
	"get model":    "The model comes back changed by the worker's rows; the worker keeps no copy.",
	"move model":   "The worker's copy leaves it for the aggregator, all weights in one row.",
	"move update":  "How its model changed leaves the worker, clipped; the model itself and the rows stay.",
	"send average": "Of all the models the server gets to see only the average.",
}

// Purpose says why parties send messages of this name; empty if nobody knows.
func Purpose(what string) string {
	if purpose := purposes[what]; purpose != "" {
		return purpose
	}
	return securePurposes[what]
}

func (s Scene) message(e *trace.Event) Telling {
	purpose, numbers := Purpose(e.Name()), 0
	for _, v := range e.Outputs {
		numbers += v.Parts[0].Data.Size()
	}
	return Telling{
		Title:    fmt.Sprintf("%s → %s", e.Party, e.To),
		Sentence: fmt.Sprintf("%s sends %s numbers, %s bytes. %s", Subject(e.Party), grouped(numbers), grouped(e.Bytes), purpose),
		Views:    s.all(e.Outputs),
	}
}

func (s Scene) round(e *trace.Event) Telling {
	messages, bytes := 0, 0
	for i := len(s.Snapshot.Messages) - 1; i >= 0; i-- {
		m := s.Snapshot.Messages[i]
		if m.Step != e.Step-1-messages { // the messages of a round are its own events, one after the other
			break
		}
		messages++
		bytes += m.Bytes
	}
	t := Telling{Title: capital(e.Name()), Sentence: fmt.Sprintf("One round: %s, %s bytes in all.", plural(messages, "message", "messages"), grouped(bytes))}
	if s.eyed() {
		t.Sentence = fmt.Sprintf("One round is over; %s sent or received %s, %s bytes.", The(s.Snapshot.Eyes), plural(messages, "message", "messages"), grouped(bytes))
		return t
	}
	if e.Name() == "send model" && messages > 1 {
		t.Sentence += " Every worker has a copy of the same model now."
	}
	if e.Name() == "move models" {
		t.Sentence += " The aggregator now sees every single model: that is why it has to be trusted."
	}
	if e.Name() == "move updates" {
		t.Sentence += s.movedUpdates()
	}
	if e.Name() == "send scaling" {
		t.Sentence += " Means and deviations count as public here; finding them without showing rows is a protocol of its own."
	}
	switch purpose := securePurposes[e.Name()]; {
	case s.encrypted() && e.Name() == "send keys":
		t.Sentence += " From its key a holder expands its side of everything uniform that the dealer deals, and is not sent it."
	case purpose != "":
		t.Sentence += " " + purpose
	}
	return t
}

func (s Scene) average(e *trace.Event, c Cell) Telling {
	out := e.Outputs[0].Parts[0].Data
	views := s.elementwise(e, c)
	t := Telling{
		Title:    "The aggregator averages",
		Sentence: fmt.Sprintf("Each weight of the new model is the mean of that weight over %s, weighted by their rows. Then the models are forgotten.", plural(s.Workers(), "model", "models")),
		Formula:  "average = Σ rows·model / Σ rows",
		Views:    views,
	}
	for _, v := range e.Inputs {
		t.Work = append(t.Work, fmt.Sprintf("%s: %s", v.Name, number(at(v.Parts[0].Data, 0, c.Col))))
	}
	if more := s.Workers() - len(e.Inputs); more > 0 {
		t.Work = append(t.Work, fmt.Sprintf("and %s more", grouped(more)))
	}
	t.Work = append(t.Work, fmt.Sprintf("average: %s", number(at(out, 0, c.Col))))
	return t
}

func (s Scene) replace(e *trace.Event, c Cell) Telling {
	return Telling{
		Title:    "The average is the new model",
		Sentence: "The server unpacks it into its layers; the next server round starts from here. (The notebook started each round from the first model again, and so threw every average away.)",
		Views:    s.all(e.Outputs[:min(4, len(e.Outputs))]),
	}
}

package say

import (
	"fmt"
	"math"
	"strings"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/widget"
)

// eyed reports whether the scene is what one party knows.
func (s Scene) eyed() bool { return s.Snapshot.Eyes != "" }

// OwnLoss says what a party that knows the loss of no batch that is over has of one: what
// is in its memory while it trains, or the means that it keeps of its own passes, or nothing.
func (s Scene) OwnLoss() string {
	who := s.Snapshot.Eyes
	own := s.own()
	if o, ok := own.Object("loss"); ok && o.Form != trace.Share {
		value := engine.DecodePart(o.Data, o.Fraction).At(0)
		return fmt.Sprintf("In the memory of %s: loss = %s, since step %s, of the batch under way. Of batches that are over it knows no loss.", The(who), number(value), widget.Count(o.Step))
	}
	if kept, ok := own.Object("local loss"); ok {
		last := engine.DecodePart(kept.Data, kept.Fraction).At(kept.Data.Size() - 1)
		return fmt.Sprintf("In the memory of %s: the mean loss of its last pass over its own rows was %s, since step %s. Of others it knows no loss.", The(who), number(last), widget.Count(kept.Step))
	}
	return fmt.Sprintf("%s has no loss in memory, and of batches that are over it knows none.", Subject(who))
}

// elsewhere tells of a step whose last event was none of the party’s whose eyes these are:
// what the party sent and received in it, and what came about in its own memory.
func (s Scene) elsewhere() Telling {
	who := The(s.Snapshot.Eyes)
	own := s.ownPart(s.Snapshot.Schedule.Began(s.Zoom))
	if len(own) == 0 {
		return Telling{Title: "▒▒▒", Sentence: fmt.Sprintf("Something happens in which %s has no part: nothing of it is in this memory, no message came.", who)}
	}
	return Telling{Title: "Its own part, and ▒▒▒", Sentence: fmt.Sprintf("Of what happened %s knows its own part: %s.", who, strings.Join(own, "; "))}
}

// ownPart says what a party received, sent and put together after a step, and what is new in
// its memory since then.
func (s Scene) ownPart(began int) (parts []string) {
	id, record := s.Snapshot.Eyes, s.Snapshot.Record
	times := map[string]map[string]int{}
	var got, sent, opened []string
	note := func(did string, names *[]string, what string) {
		if times[did] == nil {
			times[did] = map[string]int{}
		}
		if times[did][what]++; times[did][what] == 1 {
			*names = append(*names, what)
		}
	}
	first := record.Len()
	for first > 0 && record.At(first-1).Step > began {
		first--
	}
	for i := first; i < record.Len(); i++ {
		switch e := record.At(i); {
		case e.Kind == trace.Sent && e.To == id:
			note("got", &got, e.What)
		case e.Kind == trace.Sent:
			note("sent", &sent, e.What)
		case e.Kind == trace.Open || e.Kind == trace.Local:
			note("put together", &opened, e.What)
		}
	}
	say := func(did string, names []string) {
		if len(names) == 0 {
			return
		}
		for i, name := range names {
			short := name
			if first, _, more := strings.Cut(name, ", "); more { // many at once, as masks are dealt
				short = first + ", …"
			}
			if names[i] = "“" + short + "”"; times[did][name] > 1 {
				names[i] = grouped(times[did][name]) + " × " + names[i]
			}
		}
		parts = append(parts, "it "+did+" "+list(names))
	}
	say("got", got)
	say("sent", sent)
	say("put together", opened)
	var fresh []string
	for _, o := range s.own().Objects {
		if o.Step > began {
			fresh = append(fresh, o.Name)
		}
	}
	if len(fresh) > 0 {
		parts = append(parts, "new in its memory: "+list(fresh))
	}
	return parts
}

// partly reports whether the party whose eyes these are knows only some of what an
// event was about.
func partly(e *trace.Event) bool {
	for _, v := range append(append([]trace.Value(nil), e.Inputs...), e.Outputs...) {
		if len(v.Parts) == 0 {
			return true
		}
	}
	return false
}

// partial tells of an event as far as one party knows it.
func (s Scene) partial(e *trace.Event) Telling {
	var known, unknown []string
	values := append(append([]trace.Value(nil), e.Inputs...), e.Outputs...)
	for _, v := range values {
		if len(v.Parts) > 0 {
			known = append(known, v.Name)
		} else {
			unknown = append(unknown, v.Name)
		}
	}
	who := s.Snapshot.Eyes
	t := Telling{Title: capital(e.Scope().Label()), Views: s.all(values)}
	switch {
	case len(known) == 0:
		t.Sentence = fmt.Sprintf("%s knows that this is over, and nothing of %s.", Subject(who), list(unknown))
	case len(unknown) == 0:
		t.Sentence = fmt.Sprintf("%s has its own part of %s.", Subject(who), list(known))
	default:
		t.Sentence = fmt.Sprintf("%s has %s; of %s it knows nothing: ▒.", Subject(who), list(known), list(unknown))
	}
	return t
}

// over tells that an epoch or server round is over, to a party that measures nothing.
func (s Scene) over(e *trace.Event) Telling {
	if s.shared(e) {
		t := Telling{Title: capital(e.Name()) + " " + of(e.Scope()) + " is over",
			Sentence: fmt.Sprintf("%s has a share of every weight of the model, and knows none of them.", Subject(s.Snapshot.Eyes))}
		s.table(&t, s.momentOf(e), e.Outputs, Cell{})
		return t
	}
	epochs := s.Snapshot.History.Epochs
	if why := epochs[len(epochs)-1].Round.Aborted; why != "" {
		return Telling{
			Title:    capital(e.Name()) + " " + of(e.Scope()) + " is over, without a sum",
			Sentence: fmt.Sprintf("It was aborted: %s. Nothing was opened, and the model keeps its last value.", why),
			Views:    s.all(e.Outputs),
		}
	}
	return Telling{
		Title:    capital(e.Name()) + " " + of(e.Scope()) + " is over",
		Sentence: fmt.Sprintf("%s has the model as it is now. How good it is on all rows, no party measures: that is the simulator’s view.", Subject(s.Snapshot.Eyes)),
		Views:    s.all(e.Outputs),
	}
}

// list writes at most a few names: "x, y, p and 7 more".
func list(names []string) string {
	const most = 5
	if len(names) > most+1 {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// guess compares with the best constant guess, which a party does not know.
func (s Scene) guess() string {
	if math.IsNaN(s.Baseline.Loss) {
		return ""
	}
	return "; the best constant guess costs " + number(s.Baseline.Loss)
}

// own returns the memory whose objects a scene begins with: that of the party whose
// eyes these are, else of the first one.
func (s Scene) own() *engine.Image {
	for _, p := range s.Snapshot.Parties {
		if p.ID == s.Snapshot.Eyes {
			return p.Memory
		}
	}
	return s.Snapshot.Parties[0].Memory
}

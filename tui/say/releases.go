package say

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"unseen/engine"
	"unseen/engine/trace"
)

// Release sums up what was released under one name to one kind of party.
type Release struct {
	What, To, Why string
	Times         int
	First, Last   int // steps
}

// Releases sums up entries of the record: by name and kind of receiver; first what is
// known as the number itself, then what is masked.
func (s Scene) Releases(list []int) []Release {
	var out []Release
	place, kind := map[string]int{}, s.Kinds()
	for _, i := range list {
		e := s.Snapshot.Record.At(i)
		to := kind(e.To)
		k, ok := place[e.What+"\x00"+to]
		if !ok {
			k = len(out)
			place[e.What+"\x00"+to] = k
			out = append(out, Release{What: e.What, To: to, Why: Why(e), First: e.Step})
		}
		out[k].Times++
		out[k].Last = e.Step
	}
	slices.SortStableFunc(out, func(a, b Release) int { return cmp.Compare(a.masked(), b.masked()) })
	return out
}

// Released counts entries of the record: what is known as the number itself, and apart from
// it what was opened under masks, which tells nothing.
func (s Scene) Released(list []int) string {
	masked := 0
	for _, i := range list {
		if engine.Masked(engine.Opening{Why: s.Snapshot.Record.At(i).Why}) {
			masked++
		}
	}
	text := plural(len(list)-masked, "release", "releases")
	if masked > 0 {
		text += " · " + plural(masked, "opening", "openings") + " under masks"
	}
	return text
}

// masked is 1 where a release is of values under masks.
func (r Release) masked() int {
	if engine.Masked(engine.Opening{Why: r.Why}) {
		return 1
	}
	return 0
}

// Why says what makes a release harmless, or what it is the price of.
func Why(e engine.Entry) string {
	if e.Why != "" {
		return e.Why
	}
	if why := Purpose(e.What); why != "" {
		return why
	}
	return "the protocol sends it in the clear"
}

// Told says who told a release to whom.
func Told(e engine.Entry) string {
	switch e.Kind {
	case trace.Open:
		return "opened to " + The(e.To)
	case trace.Local:
		return The(e.To) + " put it together out of what it was sent"
	}
	return The(e.From) + " sent it as the number itself to " + The(e.To)
}

// Unreleased says what it means that nothing was released.
func (s Scene) Unreleased() string {
	if s.eyed() {
		return fmt.Sprintf("Nothing was released by %s or to it so far.", The(s.Snapshot.Eyes))
	}
	text := "Nothing was released so far: no party got to know a number that was not its own."
	if s.Scenario.Mode == engine.Central {
		text += " In central training there is nothing left to release: the server was given all rows before the first step. Metrics are measured by the simulator, outside the protocol."
	}
	return text
}

// many is how many parties a few are less than.
const many = 10

// Kinds returns what names a receiver: by its role where there are many of the kind.
func (s Scene) Kinds() func(id string) string {
	worker := map[string]bool{}
	var holders []string
	for _, p := range s.Snapshot.Parties {
		worker[p.ID] = p.Role == "worker" && len(s.Snapshot.Parties) >= many
		if p.Role == "holder" {
			holders = append(holders, p.ID)
		}
	}
	all := strings.Join(holders, ", ")
	return func(id string) string {
		switch {
		case worker[id]:
			return "a worker"
		case id == all && len(holders) > 1:
			return fmt.Sprintf("all %d holders", len(holders))
		}
		return Few(id)
	}
}

// Few writes a list of names in a few words.
func Few(ids string) string {
	list := strings.Split(ids, ", ")
	if len(list) > 2 {
		return fmt.Sprintf("%d parties", len(list))
	}
	return strings.Join(list, " and ")
}

// LevelName calls a level what the way to train calls it.
func (s Scene) LevelName(l trace.Level) string {
	switch mode := s.Scenario.Mode; {
	case s.Predicts() && l == trace.Epoch:
		return "part"
	case s.Scenario.ServerRounds() && l == trace.Epoch:
		return "server round"
	case mode == engine.SecureAggregation && l == trace.Batch:
		return "visit or stage"
	case mode != engine.Central && !s.encrypted() && l == trace.Batch:
		return "visit"
	}
	return l.String()
}

// Levels lists those that a run of this way to train can be stepped through at.
func (s Scene) Levels() []trace.Level {
	if !s.Predicts() {
		return trace.Levels()
	}
	return slices.DeleteFunc(slices.Clone(trace.Levels()), func(l trace.Level) bool { return l == trace.Batch }) // of one row there are none
}

// Level reads the name of a level: as it is called everywhere, or as this way to train
// calls it.
func (s Scene) Level(name string) (trace.Level, bool) {
	for _, l := range s.Levels() {
		if name == l.String() {
			return l, true
		}
		for _, word := range strings.Split(s.LevelName(l), " or ") {
			if name == word || name == strings.ReplaceAll(word, " ", "-") {
				return l, true
			}
		}
	}
	return 0, false
}

// LevelWords lists the names that [Scene.Level] reads.
func (s Scene) LevelWords() []string {
	var out []string
	for _, l := range s.Levels() {
		out = append(out, l.String())
		for _, word := range strings.Split(s.LevelName(l), " or ") {
			if word != l.String() {
				out = append(out, strings.ReplaceAll(word, " ", "-"))
			}
		}
	}
	return out
}

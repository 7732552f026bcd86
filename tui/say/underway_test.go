package say

import (
	"slices"
	"strings"
	"testing"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/worlds"
)

// Who sees everything sees at each message between holders what the share in it is one of,
// before anybody has added it up: it is what is opened a few messages later. No party sees
// that then, not even the one that sends.
func TestWhatAShareIsOneOf(t *testing.T) {
	for name, change := range map[string]func(*engine.Scenario){
		"dealer": func(*engine.Scenario) {},
		"exact":  func(s *engine.Scenario) { s.Shares.Truncation = "exact" },
		"two":    func(s *engine.Scenario) { s.Shares.Holders = 2 },
	} {
		t.Run(name, func(t *testing.T) {
			session := small(t, engine.Encrypted, func(s *engine.Scenario) {
				s.Data.Rows, s.Learning.Epochs, s.Learning.Batch = 14, 1, 6
				change(s)
			})
			scene, waiting, checked := NewScene(session), map[string][]string{}, 0
			for step, total := session.Position(); step < min(total, 900); step, _ = session.Position() {
				if err := session.Next(t.Context(), trace.Message); err != nil {
					t.Fatal(err)
				}
				scene.Snapshot = session.Snapshot(scene.Snapshot)
				switch e := scene.Snapshot.Event; {
				case e.Kind == trace.Sent && strings.HasPrefix(e.Name(), "share of ") && e.To != "server" && e.Party != "server":
					for _, line := range Tell(scene, Cell{}).Shares {
						if line.Bits > 0 {
							continue
						}
						update := strings.HasPrefix(line.Name, "c w") || strings.HasPrefix(line.Name, "c b") || strings.HasPrefix(line.Name, "Σ") || within(e, "standardise")
						if line.Sum == "" && !update { // these are in no memory
							t.Errorf("step %d: nobody says what %s is one of", e.Step, line.Name)
						} else if line.Sum != "" {
							waiting[line.Name] = append(waiting[line.Name], line.Sum)
						}
					}
					eyed := scene
					eyed.Snapshot = scene.Snapshot.As(e.Party)
					for _, line := range Tell(eyed, Cell{}).Shares {
						if line.Sum != "" {
							t.Errorf("step %d: %s sees that %s is %s", e.Step, e.Party, line.Name, line.Sum)
						}
					}
				case e.Kind == trace.Open:
					for _, line := range Tell(scene, Cell{}).Shares {
						if line.Form != trace.Opened || line.Name != e.Name() {
							continue
						}
						for _, said := range waiting[line.Name] {
							if checked++; said != line.Sum {
								t.Errorf("step %d: %s was said to be %s and is %s", e.Step, line.Name, said, line.Sum)
							}
						}
						delete(waiting, line.Name)
					}
				}
			}
			if checked < 50 {
				t.Errorf("only %d were opened", checked)
			}
		})
	}
}

// In a private prediction the applicant is sent all shares of the answer. At each of these
// messages it is told what the share is one of, the same at all, and never that nobody sees
// it: she does, at the last; and no holder's eyes see it.
func TestWhatAShareOfTheAnswerIsOneOf(t *testing.T) {
	session := worlds.Prediction(t)
	scene, sums := NewScene(session), []string{}
	for step, total := session.Position(); step < total; step, _ = session.Position() {
		if err := session.Next(t.Context(), trace.Message); err != nil {
			t.Fatal(err)
		}
		scene.Snapshot = session.Snapshot(scene.Snapshot)
		e := scene.Snapshot.Event
		if e.Kind != trace.Sent || e.To != scene.Applicant().ID || !strings.HasPrefix(e.Name(), "share of ") {
			continue
		}
		for _, line := range Tell(scene, Cell{}).Shares {
			sums = append(sums, line.Sum)
			if line.Knows == "" {
				t.Errorf("step %d: nobody is said to know %s", e.Step, line.Name)
			}
		}
		eyed := scene
		eyed.Snapshot = scene.Snapshot.As(e.Party)
		for _, line := range Tell(eyed, Cell{}).Shares {
			if line.Sum != "" {
				t.Errorf("step %d: %s sees that %s is %s", e.Step, e.Party, line.Name, line.Sum)
			}
		}
	}
	if len(sums) < 2 || sums[0] == "" || len(slices.Compact(sums)) != 1 {
		t.Errorf("the shares are of %q", sums)
	}
}

// within reports whether an event is in an operation of that name.
func within(e *trace.Event, operation string) bool {
	return slices.ContainsFunc(e.Path, func(s trace.Scope) bool { return s.Name == operation })
}

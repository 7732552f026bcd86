package stage

import (
	"slices"
	"strings"
	"testing"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/key"
	"unseen/tui/theme"
	"unseen/tui/worlds"
)

// predictor opens a private prediction on a stage of a size.
func predictor(t *testing.T, w, h int) driver {
	t.Helper()
	d := driver{t, New(worlds.Prediction(t), key.Default(), theme.New(true))}
	t.Cleanup(d.Close)
	d.Resize(w, h)
	return d
}

// secondHolder stands for the name of the second one.
const secondHolder = "second holder"

// asker names the applicant.
func (d driver) asker() string { return d.view.scene.Applicant().ID }

// The screens of a private prediction, for the eyes that see everything and those of every
// party.
func TestPredictionScreens(t *testing.T) {
	steps := map[string]int{} // of the first event of each name
	total := 0
	session := worlds.Prediction(t)
	if err := session.Each(t.Context(), func(e *trace.Event) bool {
		name := e.Kind.String() + " " + e.Name() + " " + e.Party
		if _, ok := steps[name]; !ok {
			steps[name] = e.Step
		}
		total = e.Step
		return true
	}); err != nil {
		t.Fatal(err)
	}
	asker := predictor(t, 80, 24).asker()
	at := func(name string) int {
		t.Helper()
		if steps[name] == 0 {
			t.Fatalf("nothing is called %q", name)
		}
		return steps[name]
	}
	for _, c := range []struct {
		name string
		step int
		eyes string // the party's id; empty: everything
		do   []key.Intent
	}{
		{"prediction-beginning", 0, "", nil},
		{"prediction-scale", at("local scale " + asker), asker, nil},
		{"prediction-split", at("local split " + asker), "", nil},
		{"prediction-message", at("message share row " + asker), "", nil},
		{"prediction-holder", at("local relu holders"), secondHolder, nil},
		{"prediction-dealer", at("local relu holders"), "dealer", nil},
		{"prediction-reveal", at("open probabilities "), "", nil},
		{"prediction-answer", total, "", nil},
		{"prediction-applicant", total, asker, nil},
		{"prediction-server", total, "server", nil},
		{"prediction-person", total, asker, []key.Intent{key.Person}},
		{"prediction-ledger", total, "", []key.Intent{key.Ledger}},
		{"prediction-network", total, "", []key.Intent{key.Wire, key.PrevPane}},
	} {
		inBoxes(t, c.name, func(w, h int) driver {
			d := predictor(t, w, h)
			if c.eyes == secondHolder {
				d.look(d.all.Parties[3].ID)
			} else if c.eyes != "" {
				d.look(c.eyes)
			}
			d.drain(d.start(seek(c.step, "")))
			for _, i := range c.do {
				d.send(i)
			}
			d.draw()
			return d
		})
	}
}

// The pane of the answer shows it where it is in a memory that the eyes see, and to nobody
// else: after the last step to the applicant, and to who sees everything.
func TestOnlyTheApplicantSeesTheAnswer(t *testing.T) {
	d := predictor(t, 120, 36)
	d.drain(d.start(seek(d.all.Total, "")))
	const word = "with probability"
	for _, p := range append(slices.Clone(d.all.Parties), engine.PartyImage{}) {
		d.look(p.ID)
		body, _ := d.panes[lossPane].body(&d.view, 60, 10)
		sees := false
		for _, l := range append(body, d.Lines()...) {
			sees = sees || strings.Contains(l, word)
		}
		if want := p.ID == "" || p.ID == d.asker(); sees != want {
			t.Errorf("%q sees the answer: %v", p.ID, sees)
		}
	}
	d.look("")
	d.drain(d.start(seek(d.all.Total-1, "")))
	if body, _ := d.panes[lossPane].body(&d.view, 60, 10); strings.Contains(body[0], word) {
		t.Error("there is an answer before it was put together")
	}
}

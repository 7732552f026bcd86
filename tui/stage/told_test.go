package stage

import (
	"slices"
	"strings"
	"testing"

	"unseen/engine/trace"
	"unseen/tui/key"
	"unseen/tui/say"
	"unseen/tui/screen"
)

// Of what shares add up to it is said by name who knows it.
func TestWhoKnowsASum(t *testing.T) {
	shares := func(name, knows string) say.Sharing {
		return say.Sharing{Name: name, Form: trace.Share, Known: true, Knows: knows}
	}
	opened := say.Sharing{Name: "c", Form: trace.Opened, Known: true}
	const dealer, owner = "the dealer knows", "the owner of the row knows"
	for want, list := range map[string][]say.Sharing{
		"":                       {shares("z1", ""), opened},
		"Σ: the dealer knows it": {shares("m", dealer), shares("ρ", dealer)},
		"Σ: the owner of the row knows x; the dealer knows a; nobody knows z1": {shares("x", owner), shares("z1", ""), shares("a", dealer)},
		"Σ: all holders know c; the dealer knows m, ρ":                         {opened, shares("m", dealer), shares("ρ", dealer)},
	} {
		if got := toldSums(list); got != want {
			t.Errorf("%q instead of %q", got, want)
		}
	}
}

// An owner that sends a share of its row knows what the shares add up to, and is told so;
// another owner's eyes see nothing of it.
func TestAnOwnerKnowsItsRow(t *testing.T) {
	d := predictor(t, 120, 36)
	asker := d.asker()
	d.send(key.Finer, key.Finer)
	for e := d.view.scene.Snapshot.Event; e == nil || e.Kind != trace.Sent || !strings.HasPrefix(e.Outputs[0].Name, "share of row"); e = d.view.scene.Snapshot.Event {
		if d.send(key.Forward); d.step() == d.all.Total || d.step() > 40 {
			t.Fatal("no share of the row is sent in full")
		}
	}
	d.look(asker)
	if text := d.text(); strings.Contains(text, "not known here") || !strings.Contains(text, "and so knows") {
		t.Errorf("the applicant is told of her own row:\n%s", text)
	}
	d.look("dealer")
	if text := d.text(); strings.Contains(text, "and so knows") {
		t.Errorf("the dealer is told of a row:\n%s", text)
	}
}

// Help on the answer of a private prediction explains no word of training.
func TestHelpOfAPrediction(t *testing.T) {
	d := predictor(t, 120, 36)
	d.send(key.Last)
	for pane := range d.panes {
		d.focus = pane
		words := d.Help().Words
		for _, term := range []string{"loss", "AUC", "epoch", "batch"} {
			if slices.ContainsFunc(words, func(w screen.Word) bool { return w.Term == term }) {
				t.Errorf("help on %s explains %s", d.panes[pane].name(), term)
			}
		}
	}
	d.focus = happenedPane
	if !slices.ContainsFunc(d.Help().Words, func(w screen.Word) bool { return w.Term == "part" }) {
		t.Error("help does not explain the coarsest zoom")
	}
}

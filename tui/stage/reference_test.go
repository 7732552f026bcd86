package stage

import (
	"math"
	"strings"
	"testing"

	"unseen/engine"
	"unseen/tui/golden"
	"unseen/tui/key"
)

// Beside the loss of a run on shares stands that of central training: close to it,
// since rows, order and first weights are the same, and for no party's eyes.
func TestReference(t *testing.T) {
	d := newDriver(t, onFewShares(t), 120, 36)
	d.drain(d.Init())
	d.send(key.GoTo).typing("e2")
	batches := d.view.scene.Snapshot.History.Batches
	line := d.view.reference.line(&d.view)
	if len(batches) != 4 || len(line.Y) != 4 {
		t.Fatalf("%d batches, %d beside them", len(batches), len(line.Y))
	}
	for i, b := range batches {
		if math.Abs(b.Loss-line.Y[i]) > 0.005 {
			t.Errorf("batch %d costs %g on shares and %g in the clear", i+1, b.Loss, line.Y[i])
		}
	}
	golden.Text(t, "sharing-reference", d.text()+"\n")
	if d.send(key.EyesOf + "2"); strings.Contains(d.text(), "── central") {
		t.Errorf("a holder sees central training:\n%s", d.text())
	}
	d.send(key.Everything, key.First)
	if line := d.view.reference.line(&d.view); len(line.Y) != 0 {
		t.Errorf("the future shows: %v", line.Y)
	}
}

// A stage that is closed, or told to cancel, gives the reference up; other ways to
// train have none.
func TestReferenceGivenUp(t *testing.T) {
	d := newDriver(t, onFewShares(t), 120, 36)
	run := d.Init()
	if run == nil || d.Init() != nil {
		t.Fatal("it does not begin, or begins twice")
	}
	d.send(key.Cancel)
	if m := run().(referred); m.losses != nil {
		t.Errorf("it ran on to %d batches", len(m.losses))
	}
	s := scenario(t)
	if other := newDriver(t, s, 120, 36); s.Mode != engine.Central || other.Init() != nil {
		t.Error("central training is measured by itself")
	}
}

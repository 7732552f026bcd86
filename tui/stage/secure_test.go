package stage

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/golden"
	"unseen/tui/key"
)

// secure is a small scenario of secure aggregation.
func secure(t testing.TB, workers int) engine.Scenario {
	s := fleetScenario(t, engine.SecureAggregation)
	s.Data.Workers, s.Learning.Rounds, s.Learning.Local, s.Learning.Batch = workers, 2, 1, 100
	s.Secure.Drop = 0
	return s
}

// stepOf finds the n-th event of that name and kind in a run.
func stepOf(t testing.TB, s engine.Scenario, kind trace.Kind, name string, n int) int {
	t.Helper()
	session, err := engine.New(s, rows(t, 60))
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	step := 0
	err = session.Each(context.Background(), func(e *trace.Event) bool {
		if e.Kind == kind && e.Name() == name {
			n--
		}
		step = e.Step
		return n > 0
	})
	if err != nil || n > 0 {
		t.Fatalf("there is no event %s: %v", name, err)
	}
	return step
}

// The screens of secure aggregation: the four stages, who is missing, and how the sum
// is recovered.
func TestSecureScreens(t *testing.T) {
	few := secure(t, 6)
	dropping := few
	dropping.Secure.Drop, dropping.Seed = 0.34, 1 // one of the two leaves after sharing
	committee := few
	committee.Secure.How = engine.Committee
	lost := few
	lost.Secure.Drop = 0.9
	for _, c := range []struct {
		name  string
		s     engine.Scenario
		kind  trace.Kind
		event string
		n     int
	}{
		{"secure-beginning", few, 0, "", 0},
		{"secure-update", few, trace.Local, "update", 2},
		{"secure-graph", few, trace.Local, "graph", 1},
		{"secure-shares", few, trace.Local, "share secrets", 3},
		{"secure-encode", few, trace.Local, "encode", 1},
		{"secure-mask", few, trace.Local, "mask", 2},
		{"secure-message", few, trace.Sent, "masked input", 4},
		{"secure-masks", few, trace.Span, "masked input", 2},
		{"secure-masks-missing", dropping, trace.Span, "masked input", 2},
		{"secure-recover", dropping, trace.Local, "recover", 1},
		{"secure-sum", few, trace.Local, "add up", 1},
		{"secure-average", few, trace.Local, "decode", 1},
		{"secure-abort", lost, trace.Local, "abort", 1},
		{"secure-fleet", secure(t, 40), trace.Span, "masked input", 2},
		{"secure-committee", committee, trace.Local, "interpolate", 1},
	} {
		step := 0
		if c.event != "" {
			step = stepOf(t, c.s, c.kind, c.event, c.n)
		}
		inBoxes(t, c.name, func(w, h int) driver {
			d := newDriver(t, c.s, w, h)
			if step > 0 {
				d.send(key.GoTo).typing(strconv.Itoa(step))
			}
			return d
		})
	}
}

// x takes the selected worker offline and brings it back; the place stays, and what
// comes is another future.
func TestTakingAWorkerOffline(t *testing.T) {
	s := secure(t, 6)
	d := newDriver(t, s, 120, 36)
	step := stepOf(t, s, trace.Sent, "share keys", 2)
	d.send(key.GoTo).typing(strconv.Itoa(step))
	d.send(key.NextPane, key.NextPane, key.Home, key.Offline)
	if !strings.Contains(d.text(), "only workers leave") {
		t.Errorf("the server left:\n%s", d.text())
	}
	d.send(key.End, key.Offline)
	golden.Text(t, "secure-offline", d.text()+"\n")
	n := d.view.scene.Snapshot
	if who := d.view.party().ID; n.Step != step || !n.Away[who] {
		t.Errorf("at step %d of %s, who is away: %v", n.Step, who, n.Away)
	}
	d.send(key.Last)
	if r := d.view.scene.Snapshot.History.Epochs; r[1].Round.Delivered != 5 || r[2].Round.Delivered != 6 {
		t.Errorf("%d and %d workers delivered, want 5 and 6", r[1].Round.Delivered, r[2].Round.Delivered)
	}
	d.send(key.GoTo).typing(strconv.Itoa(step))
	d.send(key.Offline)
	if !strings.Contains(d.text(), "is back") || len(d.view.scene.Snapshot.Away) != 0 {
		t.Errorf("the worker is not back:\n%s", d.text())
	}
	d.send(key.Last)
	if r := d.view.scene.Snapshot.History.Epochs; r[1].Round.Delivered != 6 {
		t.Errorf("%d workers delivered, want 6", r[1].Round.Delivered)
	}
	other := newDriver(t, fleetScenario(t, engine.Aggregated), 120, 36)
	if other.send(key.Offline); !strings.Contains(other.text(), "secure aggregation only") {
		t.Errorf("a worker left aggregated training:\n%s", other.text())
	}
}

// Every step of a run of secure aggregation can be told and drawn, in both ways, also
// where rounds are aborted.
func TestEverySecureStepIsTold(t *testing.T) {
	for _, how := range engine.Aggregations() {
		s := secure(t, 5)
		s.Secure.How, s.Secure.Drop = how, 0.4
		d := newDriver(t, s, 120, 36)
		d.send(key.Finer, key.Finer)
		for d.view.scene.Snapshot.Step < d.view.scene.Snapshot.Total {
			before := d.view.scene.Snapshot.Step
			d.send(key.Forward)
			told := d.text()
			if d.view.scene.Snapshot.Step == before {
				t.Fatalf("%s stands still at step %d:\n%s", how, before, told)
			}
			if strings.Contains(told, "NaN") || strings.Contains(told, "%!") || strings.Contains(told, "not a number") {
				t.Fatalf("%s, step %d:\n%s", how, before+1, told)
			}
		}
	}
}

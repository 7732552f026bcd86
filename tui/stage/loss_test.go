package stage

import (
	"math"
	"testing"

	"unseen/engine"
	"unseen/tui/key"
)

// The axis of the losses ends where the run does, or where its privacy budget ends it, at
// the beginning as at the end.
func TestTheAxisOfLossesEndsWithTheRun(t *testing.T) {
	end := func(d driver) (axis, data float64) {
		c := chart(&d.view)
		for _, s := range c.Series {
			for _, x := range s.X {
				data = math.Max(data, x)
			}
		}
		return c.XEnd, data
	}
	for name, s := range map[string]engine.Scenario{
		"central":         scenario(t),
		"private":         func() engine.Scenario { s := scenario(t); s.Privacy = private(6); return s }(),
		"federated":       fleetScenario(t, engine.Federated),
		"aggregated":      fleetScenario(t, engine.Aggregated),
		"secure":          fleetScenario(t, engine.SecureAggregation),
		"private average": func() engine.Scenario { s := fleetScenario(t, engine.Aggregated); s.Privacy = private(9); return s }(),
	} {
		t.Run(name, func(t *testing.T) {
			d := newDriver(t, s, 120, 36)
			if p := d.view.scene.Snapshot.Privacy; p != nil && !p.Stopped() {
				t.Fatalf("no budget ends the run: %d of %d", p.Releases, p.Planned)
			}
			before, guess := end(d)
			d.send(key.Last)
			if after, last := end(d); before != after || after != last || guess > after {
				t.Errorf("the axis ends at %v, and at the end of the run at %v; the data end at %v", before, after, last)
			}
		})
	}
	d := newDriver(t, fleetScenario(t, engine.Federated), 120, 36)
	d.send(key.Last)
	d.view.scene.Snapshot = d.view.scene.Snapshot.As(d.view.scene.Snapshot.Parties[1].ID)
	if axis, last := end(d); axis != last || axis != 2 {
		t.Errorf("to a worker the axis ends at %v, its %v visits", axis, last)
	}
}

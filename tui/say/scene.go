package say

import (
	"unseen/engine"
	"unseen/tui/widget"
)

// NewScene returns the scene of a run where it stands now.
func NewScene(run engine.Stepper) Scene {
	d := run.Dataset()
	s := Scene{
		Snapshot: run.Snapshot(nil), Scenario: run.Scenario(), Baseline: run.Baseline(),
		Train: len(d.Split.Train), Test: len(d.Split.Test),
	}
	if s.Scenario.Mode == engine.SecureAggregation {
		s.Secure, _ = engine.PlanAggregation(s.Scenario, d) // the session is made of it
	}
	for _, c := range d.Set.Classes {
		s.Classes = append(s.Classes, widget.Plain(c))
	}
	for _, f := range d.Set.Features {
		s.Features = append(s.Features, widget.Plain(f.Name))
	}
	return s
}

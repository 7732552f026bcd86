package say

import (
	"gorgonia.org/tensor"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/widget"
)

// Scene is what sentences need to know besides the event.
type Scene struct {
	Snapshot    *engine.Snapshot
	Scenario    engine.Scenario
	Baseline    engine.Baseline
	Features    []string // names of the columns of x
	Classes     []string // names of the two classes, in the order of the outputs
	Train, Test int      // rows
	Secure      engine.SecureAggregationPlan
	losses      int         // of batches or visits, in the whole run
	Zoom        trace.Level // how much a step is that a party is told its part of
}

// NewScene returns the scene of a run where it stands now.
func NewScene(run engine.Stepper) Scene {
	d := run.Dataset()
	s := Scene{
		Snapshot: run.Snapshot(nil), Scenario: run.Scenario(), Baseline: run.Baseline(),
		Train: len(d.Split.Train), Test: len(d.Split.Test),
	}
	s.losses = s.Scenario.Losses(d, s.Snapshot.Privacy)
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

// weights is how many numbers the model has.
func (s Scene) weights() (n int) {
	in := len(s.Features)
	for _, out := range append(append([]int(nil), s.Scenario.Network.Hidden...), len(s.Classes)) {
		n += in*out + out
		in = out
	}
	return n
}

// Workers returns the number of parties that own rows: on shares the holders are among
// them.
func (s Scene) Workers() int {
	n := 0
	for _, p := range s.Snapshot.Parties {
		if p.Role == "worker" || p.Role == "holder" {
			n++
		}
	}
	return n
}

// majority names the more frequent class, which the baseline always decides for.
func (s Scene) majority() string {
	h := s.Snapshot.History.Epochs[0]
	if c := h.Train.Confusion; c[0][0]+c[0][1] > c[1][0]+c[1][1] {
		return s.Classes[0]
	}
	return s.Classes[1]
}

// memory shows objects of the first party by name, those that are there.
func (s Scene) memory(names ...string) []View {
	var views []View
	for _, name := range names {
		if o, ok := s.own().Object(name); ok {
			views = append(views, s.view(name, o.Data))
		}
	}
	return views
}

func (s Scene) all(values []trace.Value) []View {
	var views []View
	for _, v := range values {
		if len(v.Parts) == 0 {
			continue // unknown to these eyes
		}
		w := s.view(v.Name, v.Parts[0].Data)
		w.Fraction = v.Fraction
		views = append(views, w)
	}
	return views
}

// view labels a matrix by what its rows and columns are.
func (s Scene) view(name string, t *tensor.Dense) View {
	var memory *engine.Image
	if e := s.Snapshot.Event; e != nil {
		for i, p := range s.Snapshot.Parties {
			if p.ID == e.Party {
				memory = s.Snapshot.Parties[i].Memory
			}
		}
	}
	rows, cols := s.Labels(name, memory)
	return View{Name: name, Data: t, Rows: rows, Cols: cols, MarkRow: -1, MarkCol: -1, CellRow: -1, CellCol: -1}
}

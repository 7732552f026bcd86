package charts

import (
	"context"
	"math"
	"reflect"

	"unseen/data"
	"unseen/engine"
)

// Run is a finished run and what can be said of its model.
type Run struct {
	engine.Run
	scores    []engine.Score // on the rows it is judged on
	fpr, tpr  []float64
	area      float64
	workers   []engine.WorkerLoss
	guess     engine.Baseline
	people    []data.Person // owners of the rows of the set
	judgement string        // "test rows", "training rows"
}

// Judge measures the model of a run.
func Judge(run engine.Run) (*Run, error) {
	d := run.Dataset
	r := &Run{Run: run, guess: run.Baseline, people: d.Set.People(), judgement: "test rows"}
	if len(d.Split.Test) == 0 {
		r.judgement = "training rows"
	}
	r.scores = d.Scores(run.Result.Weights, d.Judged())
	r.fpr, r.tpr, r.area = engine.ROC(r.scores)
	var err error
	r.workers, err = d.WorkerLosses(run.Scenario, run.Result.Weights)
	return r, err
}

// trained trains a scenario and measures its model.
func trained(ctx context.Context, s engine.Scenario, set *data.Set, progress func(engine.Progress)) (*Run, error) {
	session, err := engine.New(s, set)
	if err != nil {
		return nil, err
	}
	defer session.Close()
	result, err := session.Run(ctx, progress)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Canceled
		}
		return nil, err
	}
	return Judge(engine.Run{Scenario: s, Dataset: session.Dataset(), Baseline: session.Baseline(), Result: result})
}

// passes returns the passes over the rows at the end of each epoch.
func (r *Run) passes() []float64 {
	h := r.Result.History
	each := float64(r.Passes()) / float64(max(1, len(h.Epochs)-1))
	x := make([]float64, len(h.Epochs))
	for i := range x {
		x[i] = float64(i) * each
	}
	return x
}

// metrics returns those of an epoch on the rows the run is judged on.
func (r *Run) metrics(e engine.EpochMetrics) engine.Metrics {
	if math.IsNaN(e.Test.Accuracy) {
		return e.Train
	}
	return e.Test
}

// Shelf holds the runs of this program, in the order in which they were made.
type Shelf struct{ runs []*Run }

// Add puts a run on the shelf, in the place of one of the same scenario, and
// returns its place.
func (s *Shelf) Add(r *Run) int {
	if i := s.find(r.Scenario); i >= 0 {
		s.runs[i] = r
		return i
	}
	s.runs = append(s.runs, r)
	return len(s.runs) - 1
}

// find returns the place of the run of a scenario, −1 without one.
func (s *Shelf) find(scenario engine.Scenario) int {
	for i, r := range s.runs {
		if reflect.DeepEqual(r.Scenario, scenario) {
			return i
		}
	}
	return -1
}

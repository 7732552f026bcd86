package engine

import (
	"context"
	"fmt"
	"math"

	"unseen/engine/aggregated"
	"unseen/engine/lab"
	"unseen/engine/local"
	"unseen/engine/nn"
)

// against is one line of the survey: a way to train, and who looks.
type against struct {
	mode, adversary string
	rows            int // of each worker
	batch           int
	passes          int // of a worker over its rows
	privacy         string
}

// steps is how many local steps of gradient descent a visit has.
func (a against) steps() int { return a.passes * ((a.rows + a.batch - 1) / a.batch) } // where workers train

// surveyed lists what the survey runs: first larger batches, then more local steps,
// then the other ways to train.
func surveyed() []against {
	var list []against
	for _, rows := range []int{1, 2, 4, 8, 16, 32} {
		list = append(list, against{Federated, local.Server, rows, rows, 1, NoNoise})
	}
	for _, rows := range []int{2, 8} { // as many steps as rows
		list = append(list, against{Federated, local.Server, rows, 1, 1, NoNoise})
	}
	for _, passes := range []int{1, 5} {
		list = append(list, against{Aggregated, aggregated.Aggregator, 1, 1, passes, NoNoise})
	}
	return append(list, against{Aggregated, aggregated.Aggregator, 8, 8, 5, NoNoise},
		against{Aggregated, aggregated.Aggregator, 1, 1, 1, CentralNoise}, against{Aggregated, aggregated.Aggregator, 1, 1, 1, LocalNoise},
		against{Aggregated, local.Server, 1, 1, 1, NoNoise}, against{SecureAggregation, local.Server, 1, 1, 1, NoNoise},
		against{Encrypted, local.Server, 1, 32, 1, NoNoise}, against{Encrypted, holder, 1, 32, 1, NoNoise})
}

// surveyNoise is the noise multiplier where the survey adds noise: little enough for
// training to get somewhere.
const surveyNoise = 1

// survey runs the attack against one setting after the other.
func survey(ctx context.Context, q LabRequest) (*lab.Table, error) {
	t := &lab.Table{Name: "survey", Title: "What fails where, each once, with the same weights to begin with",
		Columns: []lab.Column{{Name: "mode", Head: "way to train"}, {Name: "adversary", Head: "who looks"},
			{Name: "rows_per_owner", Head: "rows an owner"}, {Name: "batch", Head: "batch"}, {Name: "local_steps", Head: "local steps"}, {Name: "noise", Head: "noise"},
			{Name: "isolated", Head: "rows found", Share: true}, {Name: "claims", Head: "claims"}, {Name: "median_relative_error", Head: "median error"}}}
	first, err := surveyWeights(ctx, q)
	if err != nil {
		return nil, err
	}
	for _, a := range surveyed() {
		s := q.Scenario
		s.Network.Initial = first
		s.Mode = a.mode
		s.Learning.Batch, s.Learning.Local = a.batch, a.passes
		s.Privacy = PrivacySettings{DP: a.privacy, Delta: q.Scenario.Privacy.Delta}
		if s.Privacy.private() {
			s.Privacy.Clip, s.Privacy.Noise = 1, surveyNoise
		}
		d, err := Prepare(s, q.Set)
		if err != nil {
			return nil, err
		}
		s.Data.Workers = (len(d.Split.Train) + a.rows - 1) / a.rows
		l, err := raid{Scenario: s, set: q.Set, adversary: a.adversary, attempts: 1, progress: q.Progress}.steal(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s with %d rows an owner: %w", a.mode, a.rows, err)
		}
		spoke := len(l.rows) - len(l.silent)
		found := math.NaN()
		if spoke > 0 {
			found = float64(l.recovered()) / float64(len(l.rows))
		}
		t.Rows = append(t.Rows, []any{a.mode, a.adversary, a.rows, a.batch, a.steps(), a.privacy, found, l.claims, quantile(l.exact(), 0.5)})
	}
	return t, nil
}

// surveyWeights are those that every line of the survey begins with: chosen, so that
// the table tells of batches, averages, masks and noise, and not of closed ReLUs.
func surveyWeights(ctx context.Context, q LabRequest) (*nn.Weights, error) {
	if q.Scenario.Network.Initial != nil {
		return q.Scenario.Network.Initial, nil
	}
	d, err := Prepare(q.Scenario, q.Set)
	if err != nil {
		return nil, err
	}
	w, _, err := chooseWeights(ctx, q.Scenario, d, 0)
	return &w, err
}

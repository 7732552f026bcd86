package engine

// Epochs is how many epochs, or server rounds, a run has: as many as the settings ask
// for, or fewer where the budget of its privacy, nil without any, ends it. The last epoch
// may be cut short.
func (s Scenario) Epochs(p *Privacy) int {
	all := s.Learning.Epochs
	if s.ServerRounds() {
		all = s.Learning.Rounds
	}
	if p == nil || !p.Stopped() {
		return all
	}
	each := p.Planned / all // releases of an epoch
	return (p.Releases + each - 1) / each
}

// Losses is how many losses [History.Batches] has at most at the end of a run on a data
// set: one a batch that is not empty, or one a visit of federated training.
func (s Scenario) Losses(d *Dataset, p *Privacy) int {
	switch {
	case s.Mode == PrivatePrediction, s.ServerRounds():
		return 0
	case p != nil && s.Mode == Central:
		return p.Releases
	case s.Mode == Federated:
		return s.Learning.Epochs * len(d.Workers)
	}
	n := len(d.Split.Train)
	return s.Learning.Epochs * ((n + s.Learning.Batch - 1) / s.Learning.Batch)
}

// Spent is what a run has cost of its privacy after so many passes over the rows.
type Spent struct{ Passes, Epsilon float64 }

// Spent lists ε from the beginning on, after every step where each is a release, also
// one on an empty batch, and after every server round where those are. It is nil
// without privacy.
func (r Run) Spent() []Spent {
	p := r.Result.Privacy
	if p == nil {
		return nil
	}
	passes := float64(r.Scenario.Learning.Epochs) // of the whole run, had the budget not ended it
	if r.Scenario.ServerRounds() {
		passes = float64(r.Scenario.Learning.Rounds * r.Scenario.Learning.Local)
	}
	out := make([]Spent, p.Releases+1)
	for i := 1; i < len(out); i++ {
		out[i] = Spent{passes * float64(i) / float64(p.Planned), p.After(i).Epsilon}
	}
	return out
}

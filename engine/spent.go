package engine

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

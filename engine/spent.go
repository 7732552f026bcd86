package engine

// Spent is what a run has cost of its privacy after so many passes over the rows.
type Spent struct{ Passes, Epsilon float64 }

// Spent lists ε from the beginning on, after every step where each is a release and
// after every server round where those are. It is nil without privacy.
func (r Run) Spent() []Spent {
	h := r.Result.History
	if r.Result.Privacy == nil || len(h.Epochs) < 2 {
		return nil
	}
	out := []Spent{{}}
	if r.Scenario.ServerRounds() {
		for _, e := range h.Epochs[1:] {
			out = append(out, Spent{float64(e.Epoch * r.Scenario.Learning.Local), e.Epsilon})
		}
		return out
	}
	perEpoch := float64(r.Result.Privacy.Planned) / float64(r.Scenario.Learning.Epochs) // the budget may cut one short
	for _, b := range h.Batches {
		out = append(out, Spent{float64(b.Batch) / perEpoch, b.Epsilon})
	}
	return out
}

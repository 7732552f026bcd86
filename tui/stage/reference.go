package stage

import (
	"context"
	"math"

	tea "charm.land/bubbletea/v2"

	"unseen/engine"
	"unseen/tui/widget"
)

// reference is central training on the same rows, in the same order, from the same
// weights: what computing on shares is measured by. It runs once for a stage, beside
// the update loop, with nobody watching. The view belongs to nobody in the run.
type reference struct {
	stop   context.CancelFunc // nil before it begins
	losses []engine.BatchLoss // of the whole run; nil until it is done
}

// referred brings the reference.
type referred struct {
	of     *reference
	losses []engine.BatchLoss
}

// refer begins the reference where there is one: in a live run on shares.
func (s *Stage) refer() tea.Cmd {
	r := &s.view.reference
	if _, live := s.session.(*engine.Session); !live || s.view.scene.Scenario.Mode != engine.Encrypted || r.stop != nil {
		return nil
	}
	scenario, set := s.view.scene.Scenario, s.view.dataset.Set
	scenario.Mode = engine.Central
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	return func() tea.Msg {
		defer stop()
		session, err := engine.New(scenario, set)
		if err != nil {
			return referred{of: r} // settings that central training has not: no line
		}
		defer session.Close()
		result, err := session.Run(ctx, nil)
		if err != nil {
			return referred{of: r}
		}
		return referred{r, result.History.Batches}
	}
}

// giveUp stops the reference if it is under way, and reports whether it was.
func (r *reference) giveUp() bool {
	if r.stop == nil || r.losses != nil {
		return false
	}
	r.stop()
	return true
}

// line is the reference as far as the run has come.
func (r *reference) line(v *view) widget.Series {
	line := widget.Series{Name: engine.Central, Style: v.theme.Faint}
	for _, b := range r.losses[:min(len(r.losses), len(v.scene.Snapshot.History.Batches))] {
		line.X, line.Y = append(line.X, float64(b.Batch)), append(line.Y, b.Loss)
	}
	return line
}

// off is how far the loss of the last batch is from that of central training.
func (r *reference) off(v *view) (float64, bool) {
	batches := v.scene.Snapshot.History.Batches
	if n := len(batches); n > 0 && n <= len(r.losses) && v.scene.Test > 0 {
		return math.Abs(batches[n-1].Loss - r.losses[n-1].Loss), true
	}
	return 0, false
}

package stage

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"gorgonia.org/tensor"

	"unseen/engine"
)

// leaver is a run in which workers can be taken offline.
type leaver interface {
	CanLeave() bool
	TakeOffline(ctx context.Context, id string) (done string, err error)
}

// offline takes the selected worker offline, or brings it back.
func (s *Stage) offline() tea.Cmd {
	run, ok := s.session.(leaver)
	who := s.view.party()
	switch {
	case !ok && s.view.scene.Scenario.Mode == engine.SecureAggregation:
		s.notice = "a recording has one future only: nobody can be taken offline in it"
		return nil
	case !ok || !run.CanLeave():
		s.notice = "workers leave in secure aggregation only: m changes to it"
		return nil
	case s.eyes != "":
		s.notice = "0 first: " + s.eyes + " takes nobody offline"
		return nil
	case who.Role != "worker":
		s.notice = "only workers leave: choose one in the parties pane, then press x"
		return nil
	}
	s.play.on = false
	said, done := new(string), ""
	note := func(s *Stage) {
		if done != "" {
			s.left = append(s.left, leaving{who.ID, s.all.Step})
		}
	}
	return s.start(job{label: "another future, from here", said: said, found: note, run: func(ctx context.Context, _ engine.Stepper) error {
		var err error
		done, err = run.TakeOffline(ctx, who.ID)
		if *said = done; done == "" && err != nil {
			*said = err.Error()
		}
		return err
	}})
}

// written returns how the cells of a matrix are written where they are no measured
// numbers; nil where they are.
func written(name string, t *tensor.Dense, x []float64) func(r, c int) string {
	cols := t.Shape()[1]
	if t.Dtype() != tensor.Uint64 {
		return whole(name, cols, x)
	}
	words, most := t.Uint64s(), uint64(0)
	for _, w := range words {
		most = max(most, w)
	}
	return func(r, c int) string { return element(words[r*cols+c], most) }
}

// element writes an element of a ring: as a number where the largest of its matrix is
// small, else in hexadecimal; of a long one the ends.
func element(x, most uint64) string {
	switch {
	case most < 10_000_000:
		return strconv.FormatUint(x, 10)
	case most < 1<<32:
		return fmt.Sprintf("%08x", x)
	}
	hex := fmt.Sprintf("%016x", x)
	return hex[:4] + "…" + hex[14:]
}

// inFull writes a number with all its digits; an element of a ring as [element] does, but
// whole.
func inFull(t *tensor.Dense, i int) string {
	if t.Dtype() != tensor.Uint64 {
		return strconv.FormatFloat(t.Float64s()[i], 'g', -1, 64)
	}
	x, most := t.Uint64s()[i], slices.Max(t.Uint64s())
	if text := element(x, most); !strings.Contains(text, "…") {
		return text
	}
	return fmt.Sprintf("%016x", x)
}

package stage

import (
	"context"
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"
	"gorgonia.org/tensor"

	"unseen/engine"
	"unseen/tui/say"
	"unseen/tui/widget"
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
func (v *view) written(name string, data *tensor.Dense) func(r, c int) string {
	cols := data.Shape()[1]
	if data.Dtype() != tensor.Uint64 {
		return v.whole(name, cols, data.Float64s())
	}
	words, modulus, write := data.Uint64s(), v.modulus(name, data), ends
	if v.legible(name, data) {
		modulus, write = v.scene.Modulus(name), inSteps
	}
	return func(r, c int) string { return write(modulus, words[r*cols+c]) }
}

// legible reports whether elements without fraction bits are written as whole numbers: they
// count something, or are small.
func (v *view) legible(name string, data *tensor.Dense) bool {
	const small = 10_000_000
	return v.scene.InSteps(name) || v.scene.Nature(name) == say.Count || slices.Max(data.Uint64s()) < small
}

// modulus is what elements are counted modulo, or, of words that are half empty, what they
// would fit into: they are written with as few digits.
func (v *view) modulus(name string, data *tensor.Dense) engine.Modulus {
	const half = word / 2
	if slices.Max(data.Uint64s())>>half == 0 {
		return engine.Modulus{Bits: half}
	}
	return v.scene.Modulus(name)
}

// ends writes an element in hexadecimal; of a long one the ends.
func ends(m engine.Modulus, x uint64) string {
	const most = 8
	hex := m.Hex(x)
	if len(hex) <= most {
		return hex
	}
	return hex[:4] + "…" + hex[len(hex)-2:]
}

// inSteps writes which number an element stands for, with all digits where there is room.
func inSteps(m engine.Modulus, x uint64) string {
	const most = 8
	if text := strconv.FormatInt(m.Signed(x), 10); len(text) <= most {
		return text
	}
	return widget.Num(float64(m.Signed(x)), most)
}

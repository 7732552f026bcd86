package stage

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"unseen/data"
	"unseen/engine"
	"unseen/tui/golden"
	"unseen/tui/key"
	"unseen/tui/screen"
	"unseen/tui/theme"
)

// rows returns the first rows of the built-in data set.
func rows(t testing.TB, n int) *data.Set {
	t.Helper()
	set, err := data.Twin().Encode()
	if err == nil {
		set, err = set.First(n)
	}
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func scenario(t testing.TB) engine.Scenario {
	t.Helper()
	s, err := engine.Default(engine.Central, "default")
	if err != nil {
		t.Fatal(err)
	}
	s.Seed, s.Fixed = 7, true
	s.Network.Hidden = []int{4, 3}
	s.Learning.Epochs, s.Learning.Batch = 3, 8
	return s
}

// driver plays a person: it hands intents to a stage and runs the commands that
// come back until none is left.
type driver struct {
	t testing.TB
	*Stage
}

func newDriver(t testing.TB, s engine.Scenario, w, h int) driver {
	t.Helper()
	session, err := engine.New(s, rows(t, 60))
	if err != nil {
		t.Fatal(err)
	}
	return staged(t, session, w, h)
}

// staged puts a run on the stage.
func staged(t testing.TB, session engine.Stepper, w, h int) driver {
	d := driver{t, New(session, key.Default(), theme.New(true))}
	t.Cleanup(d.Close)
	d.Resize(w, h)
	return d
}

func (d driver) send(msgs ...tea.Msg) driver {
	d.t.Helper()
	for _, m := range msgs {
		d.drain(d.Update(m))
	}
	return d
}

func (d driver) drain(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch m := cmd().(type) {
	case tea.BatchMsg:
		for _, c := range m {
			d.drain(c)
		}
	case nil, tick, screen.Leave: // time passes only where a test says so
	default:
		d.drain(d.Update(m))
	}
}

func (d driver) typing(text string) driver {
	for _, r := range text {
		d.send(screen.Typed{Key: string(r), Text: string(r)})
	}
	return d.send(screen.Typed{Key: "enter"})
}

func (d driver) text() string { return ansi.Strip(strings.Join(d.Lines(), "\n")) }

func (d driver) step() int { return d.view.scene.Snapshot.Step }

func times(n int, m tea.Msg) []tea.Msg {
	out := make([]tea.Msg, n)
	for i := range out {
		out[i] = m
	}
	return out
}

// inBoxes draws a screen on terminals of three sizes and compares it.
func inBoxes(t *testing.T, name string, screen func(w, h int) driver) {
	t.Helper()
	for _, size := range [][2]int{{80, 24}, {120, 36}, {200, 60}} {
		box := fmt.Sprintf("%dx%d", size[0], size[1])
		t.Run(name+"/"+box, func(t *testing.T) {
			d := screen(size[0], size[1])
			unbroken(t, d)
			golden.Text(t, name+"-"+box, d.text()+"\n")
		})
	}
}

func fleetScenario(t testing.TB, mode string) engine.Scenario {
	t.Helper()
	s, err := engine.Default(mode, "default")
	if err != nil {
		t.Fatal(err)
	}
	s.Seed, s.Fixed = 7, true
	s.Network.Hidden = []int{4, 3}
	s.Learning.Epochs, s.Learning.Rounds, s.Learning.Local = 2, 3, 2
	return s
}

// private asks for noise by the server or the aggregator.
func private(budget float64) engine.PrivacySettings {
	return engine.PrivacySettings{DP: engine.CentralNoise, Clip: 1, Noise: 1, Delta: 1e-5, Budget: budget}
}

// fleetDriver opens the stage of a mode on the built-in data: 653 workers of one
// row each.
func fleetDriver(t testing.TB, mode string, w, h int) driver {
	t.Helper()
	s, err := engine.Default(mode, "default")
	if err != nil {
		t.Fatal(err)
	}
	s.Seed, s.Fixed, s.Data.Split = 7, true, 1
	session, err := engine.New(s, rows(t, 653))
	if err != nil {
		t.Fatal(err)
	}
	return staged(t, session, w, h)
}

package tui

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"unseen/data"
	"unseen/engine"
	"unseen/tui/worlds"
)

// explorer plays a person at the whole explorer, on the built-in data with a
// small network.
type explorer struct {
	t testing.TB
	*root
	quit bool
}

func newExplorer(t testing.TB, direct bool, w, h int) *explorer {
	t.Helper()
	set, err := data.Twin().Encode()
	if err != nil {
		t.Fatal(err)
	}
	scenario := func(mode string) (engine.Scenario, error) {
		s, err := engine.Default(mode, "default")
		s.Seed, s.Fixed = 7, true
		s.Network.Hidden = []int{4}
		s.Data.Rows, s.Data.Workers = 120, 12
		s.Learning.Epochs, s.Learning.Rounds = 3, 4
		return s, err
	}
	first, err := scenario(engine.Central)
	if err != nil {
		t.Fatal(err)
	}
	r, err := open(Options{Scenario: first, Set: set, For: scenario, Direct: direct})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.closeAll)
	e := &explorer{t: t, root: r}
	e.send(tea.WindowSizeMsg{Width: w, Height: h})
	return e
}

// newPrediction opens the explorer on a private prediction.
func newPrediction(t testing.TB, w, h int) *explorer {
	t.Helper()
	e := newExplorer(t, false, w, h)
	o := e.desk.options
	session := worlds.Prediction(t)
	o.Scenario, o.Opened, o.Direct = session.Scenario(), session, true
	normal := o.For
	o.For = func(mode string) (engine.Scenario, error) { // on as few rows
		s, err := normal(mode)
		s.Data.Rows, s.Data.Workers = session.Scenario().Data.Rows, 0
		return s, err
	}
	r, err := open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.closeAll)
	e = &explorer{t: t, root: r}
	e.send(tea.WindowSizeMsg{Width: w, Height: h})
	return e
}

func (e *explorer) send(msgs ...tea.Msg) {
	e.t.Helper()
	for _, m := range msgs {
		_, cmd := e.Update(m)
		e.drain(cmd)
	}
}

func (e *explorer) drain(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch m := cmd().(type) {
	case tea.BatchMsg:
		for _, c := range m {
			e.drain(c)
		}
	case tea.QuitMsg:
		e.quit = true
	case nil:
	default:
		if strings.HasSuffix(typeName(m), ".tick") {
			return // time passes only where a test says so
		}
		e.send(m)
	}
}

// typeName names the type of a message: "stage.tick".
func typeName(m tea.Msg) string { return fmt.Sprintf("%T", m) }

func (e *explorer) press(keys ...string) {
	e.t.Helper()
	for _, k := range keys {
		e.send(press(k))
	}
}

func (e *explorer) shows(want ...string) {
	e.t.Helper()
	for _, w := range want {
		if !strings.Contains(text(e.root), w) {
			e.t.Errorf("the screen lacks %q:\n%s", w, text(e.root))
		}
	}
}

func TestHomeOpensEverything(t *testing.T) {
	e := newExplorer(t, false, 100, 30)
	e.shows("unseen", "twin: made-up rows", "120 complete rows", "seed 7, fixed", "central", "federated", "aggregated", "compare", "data")
	e.press("enter")
	e.shows("[central]", "Nothing has happened yet", "twin 96+24")
	e.press("right", "right", "q")
	e.shows("Recent runs", "step 2 of", "▸ central")
	e.press("down", "enter")
	e.shows("[federated]", "12 workers have their own rows")
	e.press("q", "down", "enter")
	e.shows("[aggregated]", "trusted aggregator")
	e.press("q", "q")
	if !e.quit {
		t.Error("q on Home does not quit")
	}
}

// Each mode keeps its place, wherever one goes in between.
func TestModesKeepTheirPlaces(t *testing.T) {
	e := newExplorer(t, true, 100, 30)
	e.press("right", "right", "right", "m")
	e.shows("Ways to train", "step 3 of")
	e.press("down", "enter")
	e.shows("[federated]", "beginning")
	e.press("right", "m", "enter")
	e.shows("[central]", "step   3 of")
	e.press("d")
	e.shows("As in the file")
	e.press("q")
	e.shows("[central]", "step   3 of")
	e.press("q")
	e.shows("▸ central", "Recent runs", "step 3 of", "step 1 of")
	e.press("end", "enter") // the last of the recent runs
	e.shows("[federated]")
	e.press("q")
	if len(e.screens) != 1 {
		t.Errorf("%d screens are open on Home", len(e.screens))
	}
}

// What a stage computes while another screen is shown still reaches it.
func TestWorkGoesOnBehindOtherScreens(t *testing.T) {
	e := newExplorer(t, true, 100, 30)
	_, job := e.Update(press(">"))
	e.press("d")
	e.drain(job)
	e.press("q")
	e.shows("epoch 3/3")
}

func TestDataScreen(t *testing.T) {
	e := newExplorer(t, false, 120, 36)
	e.press("d")
	e.shows("690 rows in the file", "owner", "worker", "A12", "train")
	name := ""
	for _, line := range strings.Split(text(e.root), "\n") {
		if strings.Contains(line, "▸  ") {
			name = strings.Join(strings.Fields(line)[3:5], " ")
		}
	}
	e.press("enter")
	e.shows("in the file", "number", "− shift", "= scaled", "A4_u", name)
	e.press("tab")
	e.shows("mean", "50%", "miss a value")
	e.press("tab", "/", "e", "s", "t", "h", "enter")
	e.shows("with “esth”")
	e.press("esc")
	e.shows("120 rows")
	e.press("esc")
	e.shows("▸ central")
}

func TestCompareScreen(t *testing.T) {
	e := newExplorer(t, false, 120, 36)
	e.press("c")
	e.shows("central", "federated", "aggregated", "guess", "time per pass", "largest weight difference", "12 ", "Accuracy on the test rows")
	e.press("tab")
	e.shows("Loss on the training rows")
	e.press("c", "d", "c", "d") // each is one screen, shown again
	if len(e.screens) != 3 {
		t.Errorf("%d screens are open, want home, compare and data", len(e.screens))
	}
	e.press("q", "q")
	e.shows("▸ central")
}

// Without test rows, and with two losses, compare says so.
func TestCompareTheNotebook(t *testing.T) {
	e := newExplorer(t, false, 120, 36)
	good := e.desk.options.For
	e.desk.options.For = func(mode string) (engine.Scenario, error) {
		s, err := good(mode)
		s.Data.Split, s.Learning.Rate = 1, 0.01
		if mode == engine.Aggregated {
			s.Learning.Loss = "mse"
		}
		return s, err
	}
	e.desk.options.Scenario.Data.Split = 1
	e.press("c")
	e.shows("Accuracy on the training rows", "accuracy, training rows", "mse", "nll")
	e.press("tab")
	e.shows("aggregated (mse)")
	if strings.Contains(text(e.root), "guess") {
		t.Error("one guess is drawn for two losses")
	}
}

// Nothing plays where it is not seen.
func TestPlayStopsBehindOtherScreens(t *testing.T) {
	e := newExplorer(t, true, 100, 30)
	e.press("space")
	e.shows("stop (")
	e.press("d", "q")
	if strings.Contains(text(e.root), "stop (") {
		t.Error("it plays on behind the data screen")
	}
}

// A scenario that cannot run says so on the screen where it was asked for.
func TestWhatCannotBeOpened(t *testing.T) {
	e := newExplorer(t, false, 100, 30)
	good := e.desk.options.For
	e.desk.options.For = func(mode string) (engine.Scenario, error) {
		s, err := good(mode)
		s.Data.Workers = 1000
		return s, err
	}
	e.press("down", "enter")
	e.shows("--workers 1000", "▸ federated")
	e.press("up")
	if strings.Contains(text(e.root), "--workers 1000") {
		t.Error("the notice stays")
	}
}

// With privacy, the ways to train are compared that can add noise in that way.
func TestCompareWithPrivacy(t *testing.T) {
	e := newExplorer(t, false, 120, 36)
	good := e.desk.options.For
	private := func(mode string) (engine.Scenario, error) {
		s, err := good(mode)
		s.Privacy = engine.PrivacySettings{DP: engine.CentralNoise, Clip: 1, Noise: 1, Delta: 1e-5}
		return s, errors.Join(err, s.Check())
	}
	first, err := private(engine.Central)
	if err != nil {
		t.Fatal(err)
	}
	e.desk.options.For, e.desk.options.Scenario = private, first
	list, err := e.desk.all()
	if err != nil || len(list) != 2 || list[0].Mode != engine.Central || list[1].Mode != engine.Aggregated {
		t.Errorf("%d ways to train: %v", len(list), err)
	}
	e.press("c")
	e.shows("central", "aggregated")
}

// Whatever is pressed, every screen is as large as the terminal and nothing
// breaks.
func TestEveryScreenFits(t *testing.T) {
	names := []string{"right", "left", "up", "down", "tab", "enter", "esc", "space", "q", "m", "d", "[", "]", "z", "g", "/", "?", ":", "1", "x", "y"}
	rapid.Check(t, func(rt *rapid.T) {
		e := newExplorer(t, rapid.Bool().Draw(rt, "direct"), 80, 24)
		if rapid.Bool().Draw(rt, "audience") {
			e.desk.options.Present, e.pressed = true, []string{}
		}
		for range rapid.IntRange(1, 25).Draw(rt, "acts") {
			if rapid.IntRange(0, 6).Draw(rt, "kind") == 0 {
				e.send(tea.WindowSizeMsg{Width: rapid.IntRange(60, 210).Draw(rt, "w"), Height: rapid.IntRange(20, 70).Draw(rt, "h")})
			} else {
				e.press(rapid.SampledFrom(names).Draw(rt, "key"))
			}
			if e.quit || !e.fits() {
				continue
			}
			lines := strings.Split(e.View().Content, "\n")
			if len(lines) != e.h {
				rt.Fatalf("%d lines in a terminal of %d", len(lines), e.h)
			}
			for i, l := range lines {
				if w := ansi.StringWidth(l); w != e.w {
					rt.Fatalf("line %d of %T has %d cells in a terminal of %d: %q", i, e.top(), w, e.w, ansi.Strip(l))
				}
			}
		}
	})
}

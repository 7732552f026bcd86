package compare

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"unseen/data"
	"unseen/engine"
	"unseen/tui/golden"
	"unseen/tui/key"
	"unseen/tui/theme"
)

type driver struct{ *Compare }

func newDriver(t testing.TB, w, h int) driver {
	t.Helper()
	set, err := data.Twin().Encode()
	if err != nil {
		t.Fatal(err)
	}
	var scenarios []engine.Scenario
	for _, mode := range []string{engine.Central, engine.Federated, engine.Aggregated} {
		s, err := engine.Default(mode, "default")
		if err != nil {
			t.Fatal(err)
		}
		s.Seed, s.Fixed = 7, true
		s.Network.Hidden, s.Data.Rows, s.Data.Workers = []int{4}, 120, 12
		s.Learning.Epochs, s.Learning.Rounds, s.Learning.Local = 6, 4, 2
		scenarios = append(scenarios, s)
	}
	d := driver{New(theme.New(true), scenarios, set)}
	t.Cleanup(d.Close)
	d.Resize(w, h)
	d.drain(d.Init())
	return d
}

func (d driver) send(msgs ...tea.Msg) driver {
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
	case tick:
	case done:
		if m.result != nil {
			for i := range m.result.Runs {
				m.result.Runs[i].Result.Seconds = 0.001 // no timing on a golden screen
			}
		}
		d.send(m)
	default:
		d.send(m)
	}
}

func (d driver) text() string { return ansi.Strip(strings.Join(d.Lines(), "\n")) }

func TestScreens(t *testing.T) {
	for _, size := range []struct {
		name string
		w, h int
	}{{"80x24", 80, 24}, {"120x36", 120, 36}} {
		d := newDriver(t, size.w, size.h)
		d.send(key.Backward, key.Backward, key.Backward)
		for i, view := range viewNames {
			if i > 0 {
				d.send(key.NextPane)
			}
			t.Run(size.name+"/"+view, func(t *testing.T) {
				golden.Screen(t, strings.ReplaceAll(strings.ToLower(view), " ", "-")+"-"+size.name, d.Lines(), size.w, size.h)
			})
		}
	}
}

// Where there is little room every way to train still has its column and its lane, and
// what a party is shown of the rest of a list can be scrolled to.
func TestEveryWayHasItsColumn(t *testing.T) {
	for _, w := range []int{80, 90, 100, 110, 120, 140} {
		d := newDriver(t, w, 24)
		for len(d.result.Runs) < len(engine.Modes()) { // more columns, the widest there are
			run := d.result.Runs[2]
			run.Scenario.Mode = engine.Modes()[len(d.result.Runs)]
			run.Result.Seconds, run.Result.Cost.Rounds, run.Result.Cost.Bytes = 1234, 12_345_678, 123_456_789_012
			d.result.Runs = append(d.result.Runs, run)
		}
		d.Resize(w, 24)
		table := strings.Join(d.Lines()[10:], "\n")
		for _, r := range d.result.Runs {
			if name := d.called(r.Scenario); !strings.Contains(ansi.Strip(table), name) {
				t.Errorf("%d columns: nothing of %s in\n%s", w, name, ansi.Strip(table))
			}
		}
		d.send(key.NextPane, key.NextPane)
		for _, r := range d.result.Runs {
			if name := d.called(r.Scenario); !strings.Contains(d.text(), name+" ") {
				t.Errorf("%d columns: no lane of %s", w, name)
			}
		}
	}
}

// In lockstep every run stands at the last epoch that was over after so many passes.
func TestLockstep(t *testing.T) {
	d := newDriver(t, 120, 36)
	if d.pass != 8 || d.longest() != 8 {
		t.Fatalf("the cursor is at %d of %d", d.pass, d.longest())
	}
	for pass, want := range map[int][3]int{0: {0, 0, 0}, 1: {1, 1, 0}, 3: {3, 3, 1}, 6: {6, 6, 3}, 8: {6, 6, 4}} {
		for i, r := range d.result.Runs {
			if epoch := r.After(pass); epoch != want[i] || r.Result.History.Epochs[epoch].Epoch != epoch {
				t.Errorf("after %d passes %s is at epoch %d, not %d", pass, r.Scenario.Mode, epoch, want[i])
			}
		}
	}
	for d.view != laneView {
		d.send(key.NextPane)
	}
	end := d.text()
	d.send(key.Home, key.Backward)
	if d.pass != 0 {
		t.Error("the cursor leaves the beginning")
	}
	if !strings.Contains(d.text(), "largest weight difference to central: federated 0.0000") || strings.Contains(end, "federated 0.0000") {
		t.Errorf("the line about the weights does not follow the cursor:\n%s", d.text())
	}
	last := d.result.Runs[2].Result
	if e := last.Final(); e.Bytes != last.Cost.Bytes || e.Bytes == 0 {
		t.Errorf("the last epoch says %d bytes were sent, the cost %d", e.Bytes, last.Cost.Bytes)
	}
}

// Curves are drawn as they come, of runs that are over and of the one under way.
func TestCurvesAreDrawnAsTheyCome(t *testing.T) {
	d := newDriver(t, 120, 36)
	r, runs := &running{cancel: func() {}}, d.result.Runs
	d.running = r
	d.draw()
	if text := d.text(); !strings.Contains(text, "no points yet") {
		t.Errorf("before anything is there it shows\n%s", text)
	}
	r.note(d.scenarios, 0, runs[0].Result.History.Epochs)
	r.note(d.scenarios, 1, runs[1].Result.History.Epochs[:3])
	d.draw()
	first := *r.courses.Load()
	text := d.text()
	if !strings.Contains(text, "central") || !strings.Contains(text, "federated") || strings.Contains(text, "aggregated ") || strings.Contains(text, "no points yet") {
		t.Errorf("half way it shows\n%s", text)
	}
	r.note(d.scenarios, 1, runs[1].Result.History.Epochs[:4])
	if len(first[1].epochs) != 3 || len((*r.courses.Load())[1].epochs) != 4 {
		t.Error("what the screen reads was changed under it")
	}
}

// A curve that lies on another one is said to, with how far they are apart, and shows
// between the dashes of the upper one.
func TestCurvesOnEachOther(t *testing.T) {
	d := newDriver(t, 120, 36)
	twin := d.result.Runs[0]
	twin.Scenario.Mode = engine.Encrypted
	history := twin.Result.History
	history.Epochs = append([]engine.EpochMetrics(nil), history.Epochs...)
	history.Epochs[2].Test.Accuracy += 0.001
	result := *twin.Result
	result.History, twin.Result = history, &result
	d.result.Runs = append(d.result.Runs, twin)
	d.draw()
	if text := d.text(); !strings.Contains(text, "encrypted lies on central: at no pass are they more than 0.1 % apart") {
		t.Errorf("it shows\n%s", text)
	}
	ch, _ := d.chart()
	if !ch.Series[0].Dashed || ch.Series[3].Dashed {
		t.Error("the upper one hides the other")
	}
	d.send(key.NextPane)
	if text := d.text(); !strings.Contains(text, "encrypted lies on central: at no pass is there a difference") {
		t.Errorf("of the losses it shows\n%s", text)
	}
}

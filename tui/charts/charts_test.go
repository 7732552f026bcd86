package charts

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
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

// driver plays a person at the screen.
type driver struct {
	t testing.TB
	*Charts
}

func newDriver(t testing.TB, w, h int) driver { return newDriverOf(t, w, h, nil) }

// newDriverOf may change the scenarios.
func newDriverOf(t testing.TB, w, h int, change func(*engine.Scenario)) driver {
	t.Helper()
	set, err := data.Twin().Encode()
	if err != nil {
		t.Fatal(err)
	}
	var scenarios []engine.Scenario
	for _, mode := range []string{engine.Central, engine.Aggregated} {
		s, err := engine.Default(mode, "default")
		if err != nil {
			t.Fatal(err)
		}
		s.Seed, s.Fixed = 7, true
		s.Network.Hidden, s.Data.Rows, s.Data.Workers = []int{4}, 150, 30
		s.Learning.Epochs, s.Learning.Rounds = 6, 8
		if change != nil {
			change(&s)
		}
		scenarios = append(scenarios, s)
	}
	d := driver{t, New(theme.New(true), scenarios, set, &Shelf{})}
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
		if m.run != nil {
			m.run.Result.Seconds = 0 // no timing on a golden screen
		}
		d.send(m)
	default:
		d.send(m)
	}
}

func (d driver) text() string { return ansi.Strip(strings.Join(d.Lines(), "\n")) }

func times(n int, m tea.Msg) []tea.Msg {
	list := make([]tea.Msg, n)
	for i := range list {
		list[i] = m
	}
	return list
}

func TestScreens(t *testing.T) {
	for _, size := range []struct {
		name string
		w, h int
	}{{"80x24", 80, 24}, {"120x36", 120, 36}} {
		d := newDriver(t, size.w, size.h)
		d.send(key.Choose) // the second way to train beside the first
		for i, view := range d.views() {
			if i > 0 {
				d.send(key.NextPane)
			}
			if i == decisionsView {
				d.send(times(2, key.Right)...)
			}
			t.Run(size.name+"/"+view, func(t *testing.T) {
				golden.Screen(t, strings.ToLower(view)+"-"+size.name, d.Lines(), size.w, size.h)
			})
		}
	}
}

// The threshold flips exactly those whose probability lies between it and a half.
func TestFlips(t *testing.T) {
	d := newDriver(t, 120, 36)
	d.send(times(decisionsView, key.NextPane)...)
	if !strings.Contains(d.text(), "Nobody’s answer flips") {
		t.Errorf("somebody flips at 50 %%:\n%s", d.text())
	}
	for _, threshold := range []int{0, 20, 50, 77, 100} {
		want := 0
		for _, s := range d.run().scores {
			if at := float64(threshold) / 100; (s.Probability >= at) != (s.Probability >= 0.5) {
				want++
			}
		}
		d.threshold = threshold
		flips := d.run().flips(threshold)
		if len(flips) != want {
			t.Errorf("at %d %% %d people flip, not %d", threshold, len(flips), want)
		}
		d.send(key.Home)
		for _, f := range flips[:min(len(flips), 3)] {
			if !strings.Contains(d.text(), f.name) {
				t.Errorf("%s flips at %d %% and is not on the screen:\n%s", f.name, threshold, d.text())
			}
		}
	}
	if d.send(times(300, key.Forward)...).threshold != 100 {
		t.Error("the threshold leaves its scale")
	}
}

// What is exported are pictures and tables of all runs.
func TestExport(t *testing.T) {
	t.Chdir(t.TempDir())
	d := newDriver(t, 80, 24)
	d.send(key.Choose, key.Export)
	if !strings.Contains(d.text(), "written: unseen-charts-7 (9 files)") {
		t.Fatalf("nothing was written:\n%s", d.text())
	}
	for _, name := range []string{"curves.png", "roc.png", "curves.svg", "roc.svg"} {
		text, err := os.ReadFile(filepath.Join("unseen-charts-7", name))
		if err != nil || !bytes.HasPrefix(text, []byte("\x89PNG")) && !bytes.Contains(text, []byte("<svg")) {
			t.Errorf("%s is no picture: %v", name, err)
		}
	}
	for name, rows := range map[string]int{"curves.csv": 7 + 9, "decisions.csv": 2 * len(d.run().scores), "workers.csv": 60, "cost.csv": 2, "roc.csv": -1} {
		f, err := os.Open(filepath.Join("unseen-charts-7", name))
		if err != nil {
			t.Fatal(err)
		}
		list, err := csv.NewReader(f).ReadAll()
		f.Close()
		if err != nil || rows >= 0 && len(list) != rows+1 || len(list) < 3 {
			t.Errorf("%s has %d lines: %v", name, len(list), err)
		}
	}
}

// A run that is there is not trained again, and training can be stopped.
func TestShelf(t *testing.T) {
	d := newDriver(t, 80, 24)
	again := driver{t, New(theme.New(false), d.scenarios, d.set, d.shelf)}
	again.Resize(80, 24)
	if again.Init() != nil {
		t.Error("what is on the shelf is trained again")
	}
	cmd := d.Update(key.Choose)
	d.Update(key.Cancel)
	d.drain(cmd)
	if len(d.shelf.runs) != 1 || d.err != nil {
		t.Errorf("%d runs after one was stopped, %v", len(d.shelf.runs), d.err)
	}
}

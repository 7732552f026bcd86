package compare

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"unseen/data"
	"unseen/engine"
	"unseen/tui/golden"
	"unseen/tui/key"
	"unseen/tui/screen"
	"unseen/tui/theme"
	"unseen/tui/widget"
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
			d.result.Runs, d.scenarios = append(d.result.Runs, run), append(d.scenarios, run.Scenario)
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

// Times are written with the digits that another run would bring again, and said to be
// those of one run.
func TestTimesAreRough(t *testing.T) {
	for x, want := range map[float64]string{0.04: "0.0", 0.83: "0.8", 0.96: "1", 1.06: "1", 1.8: "2", 23.5: "24", 45.8: "46", 411.67: "410"} {
		if got := roughly(x); got != want {
			t.Errorf("%v is written %s, not %s", x, got, want)
		}
	}
	d := newDriver(t, 120, 36)
	for i, seconds := range []float64{0.012, 0.0216, 1.232} { // 2, 3.6 and 154 ms a pass
		d.result.Runs[i].Result.Seconds = seconds
	}
	d.draw()
	for _, want := range []string{" 2 ms (1×) ", " 4 ms (≈ 2×) ", " 150 ms (≈ 77×) ", "times are of one run: the next may take half or twice"} {
		if !strings.Contains(d.text(), want) {
			t.Errorf("no %q in\n%s", want, d.text())
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

// The legend says the values at the cursor and at which pass that is, also where there is
// little room, and while the runs are under way; at the end it says the last ones.
func TestTheLegendFollowsTheCursor(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 36}, {200, 60}} {
		d := newDriver(t, size[0], size[1])
		runs := d.result.Runs
		for _, view := range []int{accuracyView, lossView, laneView} {
			for d.view != view {
				d.send(key.NextPane)
			}
			d.send(key.Home)
			for pass := range d.longest() {
				for _, r := range runs {
					e := r.Result.History.Epochs[r.After(pass)]
					want := " " + d.called(r.Scenario) + " " + percent(e.Test.Accuracy)
					if view == lossView {
						want = " " + d.called(r.Scenario) + " " + d.written(e.Train.Loss)
					}
					if size[1] >= 36 || view != laneView { // else there is no room for curves in the lanes
						if !strings.Contains(d.text(), want) || !strings.Contains(d.text(), fmt.Sprintf("at pass %d ", pass)) {
							t.Fatalf("%v, %s, pass %d: the legend does not say%s:\n%s", size, viewNames[view], pass, want, d.text())
						}
					}
				}
				d.send(key.Forward)
			}
			if strings.Contains(d.text(), "at pass") {
				t.Errorf("at the end of the runs the legend speaks of a pass:\n%s", d.text())
			}
		}
		for d.view != accuracyView {
			d.send(key.NextPane)
		}
		d.halfWay()
		d.send(key.Home, key.Forward)
		if e := runs[1].Result.History.Epochs[1]; !strings.Contains(d.text(), " federated "+percent(e.Test.Accuracy)) {
			t.Errorf("while the runs are under way the legend says at pass 1\n%s", d.text())
		}
	}
}

// halfWay makes of a finished comparison one that is under way: the first run is done,
// the second has two epochs, the third waits.
func (d driver) halfWay() *engine.Comparison {
	all := d.result.Runs
	under, result := all[1], *all[1].Result
	result.History.Epochs = result.History.Epochs[:3]
	result.Cost.Bytes, result.Seconds = 0, 0
	under.Result, under.Going, under.Sights = &result, true, nil
	waits, none := all[2], *all[2].Result
	none.History.Epochs = none.History.Epochs[:1]
	waits.Result, waits.Going, waits.Sights = &none, true, nil
	so := &engine.Comparison{Runs: []engine.Run{all[0], under, waits}}
	d.running = &running{cancel: func() {}}
	d.running.progress.Store(&progress{so, engine.Course{Now: 1, Over: 1, Parts: []float64{1, 0.43, 0},
		Progress: engine.Progress{Done: 430, Total: 1000, Elapsed: 31 * time.Second, Expected: 72 * time.Second}}})
	d.pass = d.planned()
	d.draw()
	return so
}

// Curves, lanes, table and who sees what fill as the runs go: what is done is there, what
// is under way as far as it is, what waits says so.
func TestTheComparisonFills(t *testing.T) {
	for _, size := range []struct {
		name string
		w, h int
	}{{"80x24", 80, 24}, {"120x36", 120, 36}} {
		d := newDriver(t, size.w, size.h)
		d.halfWay()
		for _, view := range viewNames {
			golden.Screen(t, "under-way-"+strings.ReplaceAll(strings.ToLower(view), " ", "-")+"-"+size.name, d.Lines(), size.w, size.h)
			d.send(key.NextPane)
		}
	}
	d := newDriver(t, 120, 36)
	all := d.result.Runs
	d.halfWay()
	d.send(key.NextPane, key.NextPane)
	lane := func(name string) string {
		for _, l := range strings.Split(d.text(), "\n") {
			if strings.HasPrefix(l, "│ "+name) {
				return l
			}
		}
		return ""
	}
	e := all[1].Result.History.Epochs[2]
	for _, want := range []string{" 2 ", number(e.Train.Loss), percent(e.Test.Accuracy), widget.Bytes(e.Bytes)} {
		if l := lane("federated"); !strings.Contains(l, want) {
			t.Errorf("the lane under way has no %q: %s", want, l)
		}
	}
	if l := lane("aggregated"); !strings.Contains(l, "waits") || strings.Contains(l, "━") {
		t.Errorf("the lane that waits is %s", l)
	}
	d.send(key.Home, key.Forward) // the cursor moves while they run
	if l := lane("federated"); !strings.Contains(l, widget.Bytes(all[1].Result.History.Epochs[1].Bytes)) {
		t.Errorf("after one pass the lane is %s", l)
	}
}

// esc stops the comparison and leaves what is done; the next one leaves the screen.
func TestStopKeepsWhatIsDone(t *testing.T) {
	d := newDriver(t, 120, 36)
	so := d.halfWay()
	stopped := false
	d.running.cancel = func() { stopped = true }
	d.send(key.Cancel)
	if !stopped {
		t.Fatal("esc does not stop the runs")
	}
	d.send(done{of: d.running, err: context.Canceled})
	text := d.text()
	if d.result != so || !strings.Contains(text, "stopped at 2") || !strings.Contains(text, "stopped at 0") || !strings.Contains(text, "enter run ") {
		t.Errorf("after esc it shows\n%s", text)
	}
	e := so.Runs[1].Result.Final()
	if want := [...]string{"stopped at 2", percent(e.Test.Accuracy), number(e.Test.Loss), number(e.Test.AUC), "—", "—", "—", widget.Bytes(e.Bytes), distance(so.WeightDifferenceAt(1, 2))}; d.stopped(1) != want || !strings.Contains(text, want[8]) || want[8] == "—" {
		t.Errorf("of the run that was stopped it says %q, want %q:\n%s", d.stopped(1), want, text)
	}
	d.pass = 5 // the cursor is behind where the run stopped
	for d.view != accuracyView {
		d.send(key.NextPane)
	}
	d.draw()
	if want := "federated " + percent(e.Test.Accuracy) + " (at 2)"; !strings.Contains(d.text(), want) || strings.Contains(d.text(), "(at 5)") {
		t.Errorf("the legend at pass 5 does not say %s:\n%s", want, d.text())
	}
	if _, leaves := d.Update(key.Cancel)().(screen.Leave); !leaves {
		t.Error("a second esc does not leave")
	}
}

// What the lane of a run says at its end is what the table says of it, on shares as well,
// where the model is sent after the last epoch.
func TestLanesAndTableAgree(t *testing.T) {
	d := newDriver(t, 120, 36)
	run, result := d.result.Runs[1], *d.result.Runs[1].Result
	result.Cost.Bytes += 700_000
	run.Result = &result
	d.result.Runs[1] = run
	d.send(key.NextPane, key.NextPane)
	if n := strings.Count(d.text(), " "+widget.Bytes(result.Cost.Bytes)+" "); n != 2 {
		t.Errorf("%d times %s in\n%s", n, widget.Bytes(result.Cost.Bytes), d.text())
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
	d.result.Runs, d.scenarios = append(d.result.Runs, twin), append(d.scenarios, twin.Scenario)
	d.draw()
	if text := d.text(); !strings.Contains(text, "encrypted lies on central: accuracies at no pass more than 0.1 % apart") {
		t.Errorf("it shows\n%s", text)
	}
	ch, _ := d.chart()
	if !ch.Series[0].Dashed || ch.Series[3].Dashed {
		t.Error("the upper one hides the other")
	}
	d.send(key.NextPane)
	if text := d.text(); !strings.Contains(text, "encrypted lies on central: the same loss at every pass") {
		t.Errorf("of the losses it shows\n%s", text)
	}
	again := twin
	again.Scenario.Mode = engine.Federated
	d.result.Runs, d.scenarios = append(d.result.Runs, again), append(d.scenarios, again.Scenario)
	d.send(key.PrevPane)
	for _, note := range []string{"│  encrypted lies on central: accuracies at no pass more than 0.1 % apart  ", "│  federated lies on central: accuracies at no pass more than 0.1 % apart  "} {
		if !strings.Contains(d.text(), note) {
			t.Errorf("two do not fit in a line, and %q has none of its own:\n%s", note, d.text())
		}
	}
}

// At every place of the cursor a lane says what its run was at the last epoch, or server
// round, that was over by then: counted here from the passes that each of them makes.
func TestLanesSayTheRunsAtTheCursor(t *testing.T) {
	d := newDriver(t, 120, 36)
	passes := map[string]int{engine.Central: 1, engine.Federated: 1, engine.Aggregated: 2}
	first := d.result.Runs[0]
	d.send(key.NextPane, key.NextPane, key.Home)
	for pass := range d.longest() + 1 {
		for i, r := range d.result.Runs {
			mode := r.Scenario.Mode
			k := min(pass/passes[mode], len(r.Result.History.Epochs)-1)
			e := r.Result.History.Epochs[k]
			sent, apart := e.Bytes, "—"
			if k == len(r.Result.History.Epochs)-1 {
				sent = r.Result.Cost.Bytes
			}
			if i > 0 && pass >= max(len(first.Result.History.Epochs)-1, passes[mode]*(len(r.Result.History.Epochs)-1)) { // both are over
				apart = distance(d.result.WeightDifference(i))
			} else if i > 0 {
				apart = distance(d.result.WeightDifferenceAt(i, pass))
			}
			want := []string{strconv.Itoa(k * passes[mode]), number(e.Train.Loss), percent(e.Test.Accuracy), widget.Bytes(sent), apart}
			for _, line := range strings.Split(d.text(), "\n") {
				if strings.HasPrefix(line, "│ "+mode+" ") && strings.ContainsAny(line, "●") {
					_, said, _ := strings.Cut(strings.TrimRight(line, " │"), "●")
					said = strings.Join(strings.Fields(strings.Trim(said, "─")), " ")
					if said != strings.Join(want, " ") {
						t.Errorf("after %d passes the lane of %s says %q, its run %q", pass, mode, said, strings.Join(want, " "))
					}
					want = nil
				}
			}
			if want != nil {
				t.Fatalf("%s has no lane:\n%s", mode, d.text())
			}
		}
		d.send(key.Forward)
	}
}

package stage

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/key"
	"unseen/tui/say"
	"unseen/tui/screen"
)

// The screens, as text in fixed boxes.
func TestScreens(t *testing.T) {
	for _, s := range []struct {
		name string
		do   func(driver)
	}{
		{"beginning", func(driver) {}},
		{"scale", func(d driver) { d.send(key.Forward) }},
		{"product", func(d driver) { d.send(times(5, key.Forward)...) }},
		{"product-other-cell", func(d driver) { d.send(times(5, key.Forward)...).send(key.Down, key.Down, key.Right) }},
		{"layer", func(d driver) { d.send(key.Coarser).send(times(2, key.Forward)...) }},
		{"loss", func(d driver) { d.send(key.Coarser).send(times(5, key.Forward)...) }},
		{"batch", func(d driver) { d.send(key.Coarser, key.Coarser).send(times(4, key.Forward)...) }},
		{"epoch", func(d driver) { d.send(key.GoTo).typing("e2") }},
		{"later", func(d driver) { d.send(key.GoTo).typing("100") }},
		{"inspector-inside", func(d driver) {
			d.send(times(6, key.Forward)...).send(key.NextPane, key.Up, key.Choose, key.Down, key.Right)
		}},
		{"inspector-filter", func(d driver) { d.send(times(40, key.Forward)...).send(key.NextPane, key.Filter).typing("w") }},
		{"zoomed-pane", func(d driver) { d.send(times(9, key.Forward)...).send(key.PrevPane, key.ZoomPane) }},
		{"parties", func(d driver) { d.send(times(60, key.Forward)...).send(key.NextPane, key.NextPane) }},
		{"asking", func(d driver) {
			d.send(key.GoTo, screen.Typed{Key: "e", Text: "e"}, screen.Typed{Key: "9", Text: "9"}, screen.Typed{Key: "enter"})
		}},
	} {
		inBoxes(t, s.name, func(w, h int) driver {
			d := newDriver(t, scenario(t), w, h)
			s.do(d)
			return d
		})
	}
}

// The screens of the ways to train with many parties.
func TestFleetScreens(t *testing.T) {
	for _, c := range []struct {
		name, mode string
		do         func(driver)
	}{
		{"federated-beginning", engine.Federated, func(driver) {}},
		{"federated-visit", engine.Federated, func(d driver) { d.send(key.Coarser, key.Coarser).send(times(9, key.Forward)...) }},
		{"federated-message", engine.Federated, func(d driver) {
			d.send(key.Coarser, key.Coarser).send(times(4, key.Forward)...).send(key.Finer, key.Finer, key.Finer, key.Finer, key.Forward)
		}},
		{"federated-worker", engine.Federated, func(d driver) {
			d.send(key.Coarser, key.Coarser).send(times(5, key.Forward)...).send(key.NextPane, key.NextPane, key.Right, key.Right, key.ZoomPane)
		}},
		{"aggregated-average", engine.Aggregated, func(d driver) {
			d.send(key.GoTo).typing("e1").send(times(2, key.Backward)...)
		}},
		{"aggregated-round", engine.Aggregated, func(d driver) { d.send(key.GoTo).typing("e3") }},
	} {
		inBoxes(t, c.name, func(w, h int) driver {
			d := newDriver(t, fleetScenario(t, c.mode), w, h)
			c.do(d)
			return d
		})
	}
}

// The screens of private training.
func TestPrivateScreens(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(driver)
	}{
		{"private-beginning", func(driver) {}},
		{"private-clip", func(d driver) { d.send(times(33, key.Forward)...) }},
		{"private-noise", func(d driver) { d.send(times(34, key.Forward)...) }},
		{"private-stop", func(d driver) { d.send(key.Last) }},
	} {
		inBoxes(t, c.name, func(w, h int) driver {
			s := scenario(t)
			s.Privacy = private(6)
			d := newDriver(t, s, w, h)
			c.do(d)
			return d
		})
	}
	for _, c := range []struct {
		name, noise string
		back        int // from the end of the first server round
	}{
		{"averages-noise", engine.CentralNoise, 3},
		{"averages-clip", engine.CentralNoise, 6},
		{"local-noise", engine.LocalNoise, 5},
		{"local-round", engine.LocalNoise, 0},
		{"shares-decode", engine.DistributedNoise, 2},
		{"shares-encode", engine.DistributedNoise, 0},
	} {
		inBoxes(t, c.name, func(w, h int) driver {
			s := fleetScenario(t, engine.Aggregated)
			if c.noise == engine.DistributedNoise {
				s = fleetScenario(t, engine.SecureAggregation)
			}
			s.Privacy = private(0)
			s.Privacy.DP = c.noise
			d := newDriver(t, s, w, h)
			d.send(key.GoTo).typing("e1").send(times(c.back, key.Backward)...)
			for e := d.view.scene.Snapshot.Event; c.name == "shares-encode" && e.Name() != "encode"; e = d.view.scene.Snapshot.Event {
				d.send(key.Backward)
			}
			return d
		})
	}
}

// Before anything is released an observer can only toss a coin: δ is a part of what a
// release costs, and none has been paid for.
func TestNothingReleasedTellsNothing(t *testing.T) {
	const coin = "right in ≤ 50 of 100 guesses"
	s := fleetScenario(t, engine.Aggregated)
	s.Privacy = private(0)
	d := newDriver(t, s, 120, 36)
	if n := d.view.scene.Snapshot.Releases; n != 0 || !strings.Contains(d.text(), coin) {
		t.Errorf("after %d releases the gauge does not say %s:\n%s", n, coin, d.text())
	}
	d.send(key.GoTo).typing("e1")
	if n := d.view.scene.Snapshot.Releases; n == 0 || strings.Contains(d.text(), coin) {
		t.Errorf("after %d releases the gauge says\n%s", n, d.text())
	}
}

// A worker found by name is the one that is inspected, until esc.
func TestFindingAWorker(t *testing.T) {
	d := newDriver(t, fleetScenario(t, engine.Federated), 120, 36)
	name := d.view.scene.Snapshot.Parties[9].ID
	d.send(key.NextPane, key.NextPane, key.Filter).typing(strings.ToLower(name[:len(name)-2]))
	d.send(key.Choose)
	if got := d.view.party().ID; got != name {
		t.Errorf("looking for %q inspects %q", name, got)
	}
	if !strings.Contains(d.text(), name+"’") {
		t.Errorf("the inspector does not show %s’s memory:\n%s", name, d.text())
	}
	d.send(key.Cancel, key.Coarser, key.Coarser, key.Forward, key.Forward)
	if d.view.selected != -1 || d.panes[partiesPane].(*parties).filter != "" {
		t.Error("esc does not follow the active party again")
	}
	for y := range 20 { // somewhere in the grid
		d.send(screen.Pointer{X: 5, Y: headerH + 1 + y})
	}
	if d.view.selected < 0 {
		t.Error("clicks into the grid select nobody")
	}
}

// Whatever a person does, in a terminal of whatever size, the screen is exactly
// as large as the terminal.
func TestScreensFitTheTerminal(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.SampledFrom([]engine.Scenario{scenario(t), fleetScenario(t, engine.Federated), fleetScenario(t, engine.Aggregated)}).Draw(rt, "scenario")
		d := newDriver(t, s, 80, 24)
		intents := []key.Intent{key.Forward, key.Backward, key.Coarser, key.Finer, key.NextPane, key.PrevPane, key.ZoomPane,
			key.Up, key.Down, key.Left, key.Right, key.PageDown, key.PageUp, key.Home, key.End, key.Choose, key.Cancel, key.Last, key.First}
		for range rapid.IntRange(1, 30).Draw(rt, "acts") {
			switch rapid.IntRange(0, 5).Draw(rt, "kind") {
			case 0:
				d.Resize(rapid.IntRange(80, 220).Draw(rt, "w"), rapid.IntRange(24, 70).Draw(rt, "h"))
			case 1:
				d.send(screen.Pointer{X: rapid.IntRange(0, 220).Draw(rt, "x"), Y: rapid.IntRange(0, 70).Draw(rt, "y"), Wheel: rapid.IntRange(-1, 1).Draw(rt, "wheel")})
			default:
				d.send(rapid.SampledFrom(intents).Draw(rt, "intent"))
			}
			if len(d.Lines()) != d.h {
				rt.Fatalf("%d lines in a terminal of %d", len(d.Lines()), d.h)
			}
			for i, l := range d.Lines() {
				if w := ansi.StringWidth(l); w != d.w {
					rt.Fatalf("line %d has %d cells in a terminal of %d: %q", i, w, d.w, ansi.Strip(l))
				}
			}
		}
	})
}

// Going forth and back shows the same screens, number by number.
func TestBackShowsWhatWasThere(t *testing.T) {
	for _, s := range []engine.Scenario{scenario(t), fleetScenario(t, engine.Federated), fleetScenario(t, engine.Aggregated)} {
		back(t, s)
	}
}

func back(t *testing.T, s engine.Scenario) {
	for _, level := range trace.Levels() {
		d := newDriver(t, s, 120, 36)
		if !slices.Contains(d.view.levels, level) {
			continue // there are no messages
		}
		d.view.level = level
		d.draw()
		var shown []string
		n := map[trace.Level]int{trace.Operation: 45, trace.Layer: 20, trace.Batch: 9, trace.Epoch: 3, trace.Round: 70, trace.Message: 70}[level]
		plain := func() string { return strings.ReplaceAll(d.text(), "•", " ") } // what changed depends on where one comes from
		for range n {
			shown = append(shown, plain())
			d.send(key.Forward)
		}
		for i := n - 1; i >= 0; i-- {
			d.send(key.Backward)
			if diff := cmp.Diff(shown[i], plain()); diff != "" {
				t.Fatalf("stepping by %v, screen %d looks different on the way back:\n%s", level, i, diff)
			}
		}
	}
}

// The inspector reads the party's memory: what is taken out of it is gone from
// the screen, and the run cannot go on without it.
func TestTheInspectorReadsTheStore(t *testing.T) {
	d := newDriver(t, scenario(t), 120, 36)
	d.send(times(8, key.Forward)...).send(key.NextPane, key.ZoomPane)
	if !strings.Contains(d.text(), " w3 ") {
		t.Fatalf("w3 is not on the screen:\n%s", d.text())
	}
	if !d.session.(*engine.Session).Forget("server", "w3") {
		t.Fatal("the server does not have w3")
	}
	d.view.scene.Snapshot = d.session.Snapshot(d.view.scene.Snapshot)
	d.Resize(120, 36)
	if strings.Contains(d.text(), " w3 ") {
		t.Errorf("the screen shows what the store does not hold:\n%s", d.text())
	}
	d.send(key.ZoomPane, key.Coarser, key.Coarser, key.Forward, key.Forward)
	if text := d.text(); !strings.Contains(text, "cannot go on") || !strings.Contains(text, `"w3"`) {
		t.Errorf("the run went on without w3:\n%s", text)
	}
	d.send(key.Backward)
	if _, there := d.view.party().Memory.Object("w3"); !there || strings.Contains(d.text(), "cannot go on") {
		t.Errorf("going back did not mend it:\n%s", d.text())
	}
}

func TestGoTo(t *testing.T) {
	d := newDriver(t, scenario(t), 80, 24)
	total := d.view.scene.Snapshot.Total
	for _, c := range []struct {
		text    string
		step    int
		problem string
	}{
		{"100", 100, ""},
		{"1,0", 10, ""},
		{"0", 0, ""},
		{fmt.Sprint(total), total, ""},
		{fmt.Sprint(total + 1), -1, "steps go from 0 to"},
		{"-1", -1, "steps go from 0 to"},
		{"e4", -1, "epochs go from e0"},
		{"x", -1, "a number, as 8412"},
		{"", -1, "a number, as 8412"},
	} {
		before := d.step()
		d.send(key.GoTo).typing(c.text)
		if c.problem != "" {
			if !strings.Contains(d.text(), c.problem) || d.step() != before {
				t.Errorf("%q: step %d, screen:\n%s", c.text, d.step(), d.text())
			}
			d.send(screen.Typed{Key: "esc"})
			continue
		}
		if d.step() != c.step || d.asking != nil {
			t.Errorf("%q led to step %d, want %d", c.text, d.step(), c.step)
		}
	}
	for n := range 4 {
		d.send(key.GoTo).typing(fmt.Sprintf("E%d", n))
		want := "epoch"
		if n == 0 {
			want = "setup"
		}
		if s := d.view.scene.Snapshot.Event.Scope(); s.Name != want || s.Index != n {
			t.Errorf("e%d led to %v", n, s)
		}
	}
}

func TestPlayStepsUntilTheEnd(t *testing.T) {
	d := newDriver(t, scenario(t), 80, 24)
	d.send(key.Coarser, key.Coarser, key.Coarser, key.Play)
	if !d.play.on {
		t.Fatal("it does not play")
	}
	for i := 0; i < 10 && d.play.on; i++ {
		d.send(tick{d.Stage, d.play.run})
	}
	if d.play.on || d.step() != d.view.scene.Snapshot.Total {
		t.Errorf("playing: %v, at step %d of %d", d.play.on, d.step(), d.view.scene.Snapshot.Total)
	}
	d.send(key.First, key.Play)
	old := d.play.run
	d.send(key.Play, tick{d.Stage, old})
	if d.step() != 0 {
		t.Error("a tick of a play that was stopped made a step")
	}
}

// A key during a long job waits for it; esc ends it where it is.
func TestOneJobAtATime(t *testing.T) {
	d := newDriver(t, scenario(t), 80, 24)
	first := d.Update(key.Last)
	if cmd := d.Update(key.Backward); cmd != nil {
		t.Error("two jobs run at once")
	}
	d.drain(first)
	if want := d.view.scene.Snapshot.Total - 1; d.step() != want {
		t.Errorf("after running to the end and one step back: step %d, want %d", d.step(), want)
	}
	d.send(key.First)
	job := d.Update(key.Last)
	d.Update(key.Cancel)
	d.drain(job)
	if d.work.job != nil || d.step() == d.view.scene.Snapshot.Total {
		t.Errorf("a cancelled job went on to step %d", d.step())
	}
	d.send(key.Forward)
	if d.view.scene.Snapshot.Err != nil {
		t.Error(d.view.scene.Snapshot.Err)
	}
}

func TestTheMouse(t *testing.T) {
	d := newDriver(t, scenario(t), 120, 36)
	d.send(times(8, key.Forward)...)
	for _, p := range d.places {
		d.send(screen.Pointer{X: p.x + 2, Y: p.y + 2})
		if d.focus != p.pane {
			t.Errorf("a click into pane %d focused %d", p.pane, d.focus)
		}
	}
	inspect := d.panes[inspectorPane].(*inspector)
	d.send(key.Intent(key.Home), key.Up)
	at := d.places[5]
	d.send(screen.Pointer{X: at.x + 4, Y: at.y + 3})
	if list := inspect.objects(&d.view); inspect.object != list[2].Name {
		t.Errorf("a click on the third object selected %q, want %q", inspect.object, list[2].Name)
	}
	d.send(screen.Pointer{X: at.x + 4, Y: at.y + 3, Wheel: 1})
	if list := inspect.objects(&d.view); inspect.object != list[3].Name {
		t.Errorf("the wheel selected %q", inspect.object)
	}
	small := newDriver(t, scenario(t), 80, 24)
	for i, x := range small.places[1].tabs {
		small.send(screen.Pointer{X: x + 1, Y: small.places[1].y})
		if small.focus != i+1 {
			t.Errorf("a click on tab %d focused pane %d", i+1, small.focus)
		}
	}
}

// Every operation the engine reports has words of its own, and the help of every
// pane explains something.
func TestEveryOperationIsTold(t *testing.T) {
	averaging := func(noise string) func(*engine.Scenario) {
		return func(s *engine.Scenario) {
			*s = fleetScenario(t, engine.Aggregated)
			if noise == engine.DistributedNoise {
				*s = fleetScenario(t, engine.SecureAggregation)
			}
			s.Data.Workers, s.Learning.Rounds, s.Privacy = 3, 1, private(0)
			s.Privacy.DP = noise
		}
	}
	for _, change := range []func(*engine.Scenario){
		func(*engine.Scenario) {},
		func(s *engine.Scenario) { s.Learning.Loss, s.Learning.Dropout, s.Data.Normalize = "mse", 0.2, "none" },
		func(s *engine.Scenario) {
			s.Data.Split, s.Data.Order, s.Data.Normalize, s.Network.Init = 1, "file", "range", "torch"
		},
		func(s *engine.Scenario) { s.Learning.Batch, s.Privacy = 1, private(2) }, // some batches are empty
		averaging(engine.CentralNoise),
		averaging(engine.LocalNoise),
		averaging(engine.DistributedNoise),
	} {
		s := scenario(t)
		s.Learning.Epochs = 1
		change(&s)
		d := newDriver(t, s, 120, 36)
		h := d.panes[happenedPane].(*happened)
		for d.step() < d.view.scene.Snapshot.Total {
			d.send(key.Forward)
			e := d.view.scene.Snapshot.Event
			told := h.tell(&d.view)
			if told.Title == "" || told.Title == e.Name() || told.Sentence == "" {
				t.Fatalf("nothing is said about %v", e.Path)
			}
			if bad := "not a number"; strings.Contains(told.Sentence, bad) || strings.Contains(strings.Join(told.Work, ""), bad) {
				t.Fatalf("%v: %+v", e.Path, told)
			}
		}
		for i := range d.panes {
			d.focusOn(i)
			if help := d.Help(); help.Title == "" || len(help.Words) == 0 {
				t.Errorf("pane %d explains nothing", i)
			}
		}
	}
}

// What a pane draws is in its arguments: drawing twice gives the same.
func TestDrawingChangesNothing(t *testing.T) {
	d := newDriver(t, scenario(t), 200, 60)
	d.send(times(30, key.Forward)...)
	before := d.Lines()
	d.draw()
	if !reflect.DeepEqual(before, d.Lines()) {
		t.Error("drawing again gave another screen")
	}
}

// Where matrices have no room a line says which, and the result is there in any case: in
// sight, or to be scrolled to.
func TestMatricesThatHaveNoRoomAreNamed(t *testing.T) {
	d := newDriver(t, scenario(t), 120, 36)
	d.send(times(5, key.Forward)...)
	list := say.Tell(d.view.scene, say.Cell{}).Views
	if len(list) != 3 {
		t.Fatalf("%d matrices", len(list))
	}
	shape := func(i int) string { return list[i].Name + "  " + list[i].Shape() }
	for _, c := range []struct {
		h    int
		full bool
		want string // the first line
	}{
		{30, false, shape(0)}, {9, false, shape(0)},
		{8, false, shape(1) + "   above: " + list[0].Name + " " + list[0].Shape() + "; z makes room"},
		{5, true, shape(2) + "   above: " + list[0].Name + " " + list[0].Shape() + ", " + list[1].Name + " " + list[1].Shape()},
		{1, false, shape(2) + "   "}, {-3, false, shape(2) + "   "},
	} {
		d.view.full = c.full
		lines := d.view.matrices(list, 60, c.h)
		text := ansi.Strip(strings.Join(lines, "\n"))
		if !strings.HasPrefix(text, c.want) || !strings.Contains(text, shape(2)) || len(lines) > max(c.h, 3) {
			t.Errorf("with %d lines: %d lines,\n%s", c.h, len(lines), text)
		}
	}
	for w, want := range map[int]string{40: "2 more above; z makes room", 24: "2 more above", 20: "2 more", 12: "2 more"} {
		d.view.full = false
		line := ansi.Strip(d.view.matrices(list, w, 5)[0])
		if !strings.HasSuffix(line, "   "+want) || ansi.StringWidth(line) > w {
			t.Errorf("with %d columns: %q", w, line)
		}
	}
}

// Under a list that is open the footer shows no keys: they do nothing there, and the list
// says which do.
func TestKeysUnderAListAreNotShown(t *testing.T) {
	d := newDriver(t, scenario(t), 80, 24)
	for _, open := range [][]tea.Msg{{key.Breakpoints}, {key.Breakpoints, key.Add}, {key.Eyes}} {
		d.send(open...)
		lines := strings.Split(d.text(), "\n")
		if foot := strings.TrimSpace(lines[len(lines)-1]); foot != "" {
			t.Errorf("%v: the footer is %q", open, foot)
		}
		for d.Stage.sheet != nil {
			d.send(key.Cancel)
		}
	}
	d.send(key.Breakpoints)
	if strings.Contains(d.text(), "Del removes") {
		t.Error("an empty list offers to remove")
	}
}

// Of a weight that is replaced both are there, and it is said which is which; the way of one
// person speaks of the columns that it shows.
func TestNothingIsPromisedThatIsNotThere(t *testing.T) {
	s := scenario(t)
	step := stepOf(t, s, trace.Local, "sgd", 1)
	d := newDriver(t, s, 120, 36)
	d.send(key.GoTo).typing(strconv.Itoa(step))
	views := say.Tell(d.view.scene, say.Cell{}).Views
	if n := len(views); n != 3 || views[0].When != "before" || views[1].When != "" || views[2].When != "after" {
		t.Errorf("of an update: %+v", views)
	}
	for _, w := range []int{80, 120, 200} {
		d := newDriver(t, onFewShares(t), w, 60)
		d.send(key.GoTo).typing("e1").send(key.Person)
		head, _, _ := strings.Cut(d.text(), "2  Through the network")
		column := regexp.MustCompile(`feature .*\bnumber\b`).MatchString(head)
		if promised := strings.Contains(head, "as a number, "); promised != column {
			t.Errorf("%d columns wide: as a number is said: %v, shown: %v", w, promised, column)
		}
		if hint := strings.Contains(head, "As a number before it is scaled"); hint == column {
			t.Errorf("%d columns wide: that a wider screen shows the number is said: %v", w, hint)
		}
	}
}

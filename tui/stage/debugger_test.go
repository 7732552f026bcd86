package stage

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/key"
	"unseen/tui/screen"
)

var (
	intents = flag.Int("intents", 0, "how many intents the random walk in each mode sends; 0: 200, or 10,000 where UNSEEN_LONG is set")
	seed    = flag.Uint64("seed", 10_000, "of the random walks")
)

// steps is how many intents a random walk sends.
func steps() int {
	switch {
	case *intents > 0:
		return *intents
	case os.Getenv("UNSEEN_LONG") != "":
		return 10_000
	}
	return 200
}

// workshop is a scenario of a mode with a few workers.
func workshop(t testing.TB, mode string) engine.Scenario {
	t.Helper()
	if mode == engine.Central {
		return scenario(t)
	}
	s := fleetScenario(t, mode)
	s.Data.Workers = 5
	return s
}

// The screens of the debugger, as text in a fixed box.
func TestDebuggerScreens(t *testing.T) {
	visit := []tea.Msg{key.Coarser, key.Coarser, key.Forward, key.Forward, key.Forward, key.Forward}
	memory := append(slices.Clone(visit), key.NextPane, key.ZoomPane)
	screens := []struct {
		name, mode string
		do         func(driver)
	}{
		{"visit", engine.Federated, func(d driver) { d.send(visit...) }},
		{"averages", engine.Aggregated, func(d driver) { d.send(key.GoTo).typing("e1").send(key.Backward, key.Backward) }},
		{"sums", engine.SecureAggregation, func(d driver) { d.send(key.GoTo).typing("e1").send(key.Backward, key.Backward) }},
		{"relu", engine.Encrypted, func(d driver) {
			d.send(key.Breakpoints, key.Add).typing("operation relu")
			d.send(key.Cancel, key.Last, key.PageDown)
		}},
		{"eyes-list", engine.Federated, func(d driver) { d.send(visit...).send(key.Eyes) }},
		{"eyes-server", engine.Federated, func(d driver) { d.send(visit...).look("server") }},
		{"eyes-worker", engine.Federated, func(d driver) { d.send(visit...).send(key.EyesOf + "3") }},
		{"eyes-aggregator", engine.Aggregated, func(d driver) { d.send(key.GoTo).typing("e1").send(key.EyesOf + "1") }},
		{"breaks-add", engine.Federated, func(d driver) { d.send(visit...).send(key.Breakpoints, key.Add) }},
		{"breaks", engine.Federated, func(d driver) {
			d.send(key.Breakpoints, key.Add).typing("loss rises").send(key.Add).typing("sends server").send(key.Up, key.Choose, key.Cancel, key.Forward, key.Forward, key.Breakpoints)
		}},
		{"ledger", engine.Federated, func(d driver) { d.send(key.GoTo).typing("e1").send(key.Ledger) }},
		{"ledger-sum", engine.SecureAggregation, func(d driver) { d.send(key.GoTo).typing("e1").send(key.Ledger, key.End) }},
		{"messages-pane", engine.Federated, func(d driver) { d.send(visit...); d.focusOn(messagesPane); d.send(key.ZoomPane) }},
		{"knows-pane", engine.SecureAggregation, func(d driver) {
			d.send(key.GoTo).typing("e1")
			d.focusOn(revealedPane)
			d.send(key.ZoomPane)
		}},
		{"loss-eyes", engine.Encrypted, func(d driver) {
			d.send(key.GoTo).typing("e1").send(key.EyesOf + "2")
			d.focusOn(lossPane)
			d.send(key.ZoomPane)
		}},
		{"ledger-each", engine.Aggregated, func(d driver) { d.send(key.GoTo).typing("e2").send(key.Ledger, key.NextPane, key.Up) }},
		{"wire", engine.Federated, func(d driver) { d.send(visit...).send(key.Wire) }},
		{"wire-flows", engine.Aggregated, func(d driver) { d.send(key.GoTo).typing("e2").send(key.Wire, key.NextPane) }},
		{"wire-cost", engine.Aggregated, func(d driver) { d.send(key.GoTo).typing("e2").send(key.Wire, key.NextPane, key.NextPane) }},
		{"wire-network", engine.Federated, func(d driver) {
			d.send(key.GoTo).typing("e2").send(key.Wire, key.PrevPane, key.Right, key.Down, key.Left)
		}},
		{"person", engine.Central, func(d driver) { d.send(key.GoTo).typing("e1").send(key.Person, key.Right) }},
		{"memory-hex", engine.Federated, func(d driver) { d.send(memory...).send(key.Numbers, key.Numbers, key.Numbers, key.Sort) }},
		{"memory-parties", engine.Federated, func(d driver) { d.send(memory...).send(key.End, key.Look) }},
		{"memory-distribution", engine.Federated, func(d driver) { d.send(memory...).send(key.End, key.Look, key.Look) }},
		{"memory-bits", engine.Federated, func(d driver) { d.send(memory...).send(key.Look, key.Look, key.Look) }},
		{"memory-origin", engine.Central, func(d driver) {
			d.send(times(5, key.Forward)...).send(key.NextPane, key.ZoomPane, key.Origin, key.Choose, key.Choose)
		}},
		{"shares-product", engine.Encrypted, product},
		{"shares-eyes", engine.Encrypted, func(d driver) { product(d); d.send(key.EyesOf + "2") }},
		{"shares-dealer", engine.Encrypted, func(d driver) { product(d); d.look("dealer") }},
		{"shares-ledger", engine.Encrypted, func(d driver) { d.send(key.GoTo).typing("e1").send(key.Ledger) }},
		{"shares-wire", engine.Encrypted, func(d driver) { product(d); d.send(key.Wire, key.Up, key.Up, key.Up) }},
		{"shares-cost", engine.Encrypted, func(d driver) { d.send(key.GoTo).typing("e1").send(key.Wire, key.NextPane, key.NextPane) }},
		{"shares-person", engine.Encrypted, func(d driver) { d.send(key.GoTo).typing("e1").send(key.Person) }},
		{"shares-parties", engine.Encrypted, func(d driver) { product(d); d.send(key.NextPane, key.ZoomPane, key.Look) }},
		{"shares-noise", engine.Encrypted, func(d driver) {
			product(d)
			d.panes[inspectorPane].(*inspector).object = "w1"
			d.send(key.NextPane, key.ZoomPane, key.Look, key.Look)
		}},
		{"shares-bits", engine.Encrypted, func(d driver) { product(d); d.send(key.NextPane, key.ZoomPane, key.Look, key.Look, key.Look) }},
	}
	for _, s := range screens {
		inBoxes(t, s.name, func(w, h int) driver {
			d := newDriver(t, workshop(t, s.mode), w, h)
			s.do(d)
			return d
		})
	}
}

// product goes to the first product of an encrypted run.
func product(d driver) {
	d.send(key.Breakpoints, key.Add).typing("operation matmul")
	d.send(key.Cancel, key.Last)
}

// unbroken checks that every line is exactly as wide as the screen.
func unbroken(t testing.TB, d driver) {
	t.Helper()
	if len(d.Lines()) != d.h {
		t.Fatalf("%d lines in a terminal of %d", len(d.Lines()), d.h)
	}
	for i, l := range d.Lines() {
		if w := ansi.StringWidth(l); w != d.w {
			t.Fatalf("line %d has %d cells in a terminal of %d: %q", i, w, d.w, ansi.Strip(l))
		}
	}
}

func (d driver) look(id string) {
	d.Stage.look(id)
	d.draw()
}

// A breakpoint stops → at a coarse zoom, counts, and can be switched off and removed.
func TestBreakpoints(t *testing.T) {
	d := newDriver(t, workshop(t, engine.Federated), 120, 36)
	server := "server"
	d.send(key.Coarser, key.Coarser, key.Coarser) // steps of whole epochs
	d.send(key.Breakpoints, key.Add).typing("sends " + server)
	d.send(key.Cancel, key.Forward)
	e := d.all.Event
	if e.Kind != trace.Sent || e.Party != server || d.marks.list[0].hits[""] != 1 {
		t.Fatalf("stopped at %v %v with %+v", e.Kind, e.Path, d.marks.list)
	}
	if !strings.Contains(d.text(), "stopped by the breakpoint: sends server") {
		t.Errorf("nothing says why it stopped:\n%s", d.text())
	}
	d.send(key.Breakpoints, key.Choose, key.Cancel, key.Forward)
	if d.all.Event.Level() != trace.Epoch {
		t.Errorf("a breakpoint that is off stopped at %v", d.all.Event.Path)
	}
	d.send(key.Breakpoints, key.Erase, key.Add).typing("operation relu")
	d.send(key.Cancel, key.Play)
	d.send(tick{d.Stage, d.play.run})
	if d.all.Event.Name() != "relu" || d.play.on {
		t.Errorf("playing stopped at %v, playing %v", d.all.Event.Path, d.play.on)
	}
	at := d.step()
	d.send(key.Backward)
	if d.step() >= at || d.marks.list[0].hits[""] != 1 {
		t.Errorf("going back met the breakpoint: %+v", d.marks.list)
	}
	d.send(key.Breakpoints, key.Add).typing("nonsense 5")
	if len(d.marks.list) != 1 || !strings.Contains(d.text(), "not known") {
		t.Errorf("%+v\n%s", d.marks.list, d.text())
	}
}

// From a slope back to the row of the file.
func TestProvenanceLeadsToTheFile(t *testing.T) {
	d := newDriver(t, scenario(t), 120, 36)
	d.send(key.Coarser, key.Coarser).send(times(3, key.Forward)...)
	inspect := d.panes[inspectorPane].(*inspector)
	d.focusOn(inspectorPane)
	inspect.object = "dw1"
	at := d.step()
	d.send(key.Origin)
	var way []string
	for range 12 {
		if inspect.origin.made == nil {
			t.Fatalf("nothing is known of %v:\n%s", inspect.origin.chain, d.text())
		}
		way = append(way, inspect.origin.chain[len(inspect.origin.chain)-1].Name)
		if len(inspect.origin.made.Inputs) == 0 {
			break
		}
		for i, in := range inspect.origin.made.Inputs { // the way of the data, not of labels and weights
			if slices.Contains([]string{"x", "X", "raw"}, in.Name) {
				inspect.origin.at = i
			}
		}
		d.send(key.Choose)
	}
	if got := strings.Join(way, " ← "); got != "dw1 ← x ← X ← raw" {
		t.Errorf("the way back is %s", got)
	}
	if d.step() != at {
		t.Errorf("looking back moved the run to step %d", d.step())
	}
	d.send(key.Cancel, key.Cancel, key.Origin)
	if d.all.Event.Name() != "gather" {
		t.Errorf("x came about at %v", d.all.Event.Path)
	}
}

// From a cell of the first layer back to the row of the file: its columns A1 … A15 as
// they are written there.
func TestProvenanceLeadsToTheRow(t *testing.T) {
	for _, mode := range []string{engine.Central, engine.Federated, engine.Encrypted} {
		s := workshop(t, mode)
		s.Data.Normalize = "range"
		d := newDriver(t, s, 120, 36)
		d.send(key.Breakpoints, key.Add).typing("operation gather")
		d.send(key.Cancel, key.Last)
		d.focusOn(inspectorPane)
		inspect := d.panes[inspectorPane].(*inspector)
		inspect.object, inspect.row, inspect.col = "x", 1, 1
		for i, p := range d.all.Parties {
			if _, ok := p.Memory.Object("x"); ok {
				d.view.selected = i
				break
			}
		}
		d.send(key.ZoomPane, key.Origin)
		for range 6 {
			inputs := inspect.origin.made.Inputs
			if len(inputs) == 0 {
				break
			}
			for i, in := range inputs {
				if slices.Contains([]string{"X", "raw"}, in.Name) {
					inspect.origin.at = i
				}
			}
			d.send(key.Choose)
		}
		of := inspect.origin.made.Of
		if of.Name != "raw" || of.Record == 0 {
			t.Fatalf("%s: the way back ends at %+v\n%s", mode, of, d.text())
		}
		set := d.view.dataset.Set
		want := fmt.Sprintf("line %d: ", set.Table.Records[set.Rows[of.Record-1]].Line)
		for i, field := range set.Table.Records[set.Rows[of.Record-1]].Fields {
			if want += set.Table.Columns[i].Name + " " + field; i < 15 {
				want += " · "
			}
		}
		if told := strings.Join(strings.Fields(strings.ReplaceAll(d.text(), "│", "")), " "); !strings.Contains(told, want) {
			t.Errorf("%s: it does not say %q:\n%s", mode, want, d.text())
		}
	}
}

// Jumping from the ledger and the wire goes to the step of the entry.
func TestPagesJump(t *testing.T) {
	for _, page := range []key.Intent{key.Ledger, key.Wire} {
		d := newDriver(t, workshop(t, engine.Federated), 120, 36)
		d.send(key.GoTo).typing("e1").send(page)
		if page == key.Ledger {
			d.send(key.NextPane)
		}
		d.send(key.Home, key.Down, key.Down, key.Choose)
		if e := d.all.Event; e.Kind != trace.Sent || e.Name() != "send scaling" || d.page == nil {
			t.Errorf("%s: jumped to %v", page, e.Path)
		}
		d.send(key.Leave)
		if d.page != nil {
			t.Errorf("%s does not close", page)
		}
	}
}

// Every key, in every screen, focus and page, draws a whole screen.
func TestEveryKeyEverywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // where nobody waits for a beat
		openings := [][]tea.Msg{{}, {key.NextPane}, {key.NextPane, key.NextPane}, {key.Eyes}, {key.Breakpoints}, {key.Breakpoints, key.Add},
			{key.Ledger}, {key.Ledger, key.NextPane}, {key.Wire}, {key.Wire, key.NextPane}, {key.Wire, key.NextPane, key.NextPane}, {key.Wire, key.PrevPane},
			{key.Person}, {key.GoTo}, {key.EyesOf + "2"}, {key.NextPane, key.Origin}, {key.ZoomPane}}
		table := key.Default()
		for k, mode := range append([]string{engine.Federated}, engine.Modes()...) {
			s := workshop(t, mode)
			s.Learning.Epochs, s.Learning.Rounds, s.Learning.Local = 1, 1, 1
			d := newDriver(t, s, 80, 24)
			d.send(key.Coarser, key.Coarser).send(times(3, key.Forward)...)
			for o, open := range openings {
				var opened string
				for i, b := range table {
					if k > 0 && (i+o)%12 != 0 {
						continue // one mode walks all of them, the others a sample
					}
					if opened == "" || d.state() != opened { // the last key led elsewhere
						d.page, d.sheet, d.asking, d.full, d.play.on = nil, nil, nil, false, false
						d.focusOn(happenedPane)
						d.look("")
						d.send(open...)
						opened = d.state()
					}
					d.press(table, b.Keys[0])
					unbroken(t, d)
				}
			}
		}
	})
}

// state tells what is open.
func (d driver) state() string {
	return fmt.Sprintf("%T %T %v %d %v %s", d.page, d.sheet, d.asking != nil, d.focus, d.full, d.eyes)
}

// press translates a key as the root does.
func (d driver) press(table key.Table, name string) {
	scopes := d.Scopes()
	if slices.Contains(scopes, key.Typing) {
		text := name
		if len([]rune(name)) > 1 {
			text = ""
		}
		d.send(screen.Typed{Key: name, Text: text})
		return
	}
	if i, ok := table.Find(name, scopes...); ok {
		d.send(i)
	}
}

// Whatever is pressed, in whatever order, in a terminal that changes its size: no
// panic, no torn frame. The suite walks a little; UNSEEN_LONG=1 walks 10,000 intents in
// every mode.
func TestRandomWalks(t *testing.T) {
	table := key.Default()
	modes := engine.Modes()
	for k, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			s := workshop(t, mode)
			s.Learning.Epochs, s.Learning.Rounds, s.Learning.Local = 1, 1, 1
			d := newDriver(t, s, 80, 24)
			r := rand.New(rand.NewPCG(uint64(k), *seed))
			for i := range steps() {
				if i%40 == 0 {
					d.Resize(80+r.IntN(140), 24+r.IntN(46))
				}
				if i%7 == 0 {
					d.send(screen.Pointer{X: r.IntN(d.w), Y: r.IntN(d.h), Wheel: r.IntN(3) - 1})
				}
				b := table[r.IntN(len(table))]
				d.press(table, b.Keys[r.IntN(len(b.Keys))])
				unbroken(t, d)
			}
		})
	}
}

// With 653 workers, late in a run: a step and the screen, through everything's eyes
// and through a worker's, and each page that sums up the record.
func BenchmarkDebugger(b *testing.B) {
	for _, c := range []struct {
		name string
		eyes bool
		page key.Intent
	}{{"everything", false, ""}, {"eyes", true, ""}, {"ledger", false, key.Ledger}, {"wire", false, key.Wire}, {"wire/eyes", true, key.Wire}} {
		b.Run(c.name, func(b *testing.B) {
			d := fleetDriver(b, engine.Aggregated, 200, 60)
			d.send(key.GoTo).typing("e8")
			if c.eyes {
				d.look(d.all.Parties[5].ID)
			}
			if c.page != "" {
				d.send(c.page)
			}
			b.ReportAllocs()
			for b.Loop() {
				d.send(key.Forward)
			}
		})
	}
}

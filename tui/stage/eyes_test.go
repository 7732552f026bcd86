package stage

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gorgonia.org/tensor"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/key"
	"unseen/tui/screen"
	"unseen/tui/worlds"
)

// everyPage opens what can be open while one looks through a party's eyes.
var everyPage = []func(driver){
	func(d driver) { d.focusOn(happenedPane) },
	func(d driver) { d.send(key.Ledger) },
	func(d driver) { d.send(key.Wire) },
	func(d driver) { d.send(key.Wire, key.NextPane) },
	func(d driver) { d.send(key.Wire, key.NextPane, key.NextPane) },
	func(d driver) { d.send(key.Wire, key.PrevPane) },
	func(d driver) { d.send(key.Ledger, key.NextPane) },
	func(d driver) { d.send(key.Breakpoints, key.Add) },
	func(d driver) { d.focusOn(partiesPane) },
	func(d driver) { d.focusOn(messagesPane) },
	func(d driver) { d.Present() },
	func(d driver) { d.send(key.Person) },
	func(d driver) { d.send(key.Eyes) },
	func(d driver) { d.focusOn(inspectorPane); d.send(key.Look) },                     // all parties
	func(d driver) { d.focusOn(inspectorPane); d.send(key.Look, key.Look) },           // distribution
	func(d driver) { d.focusOn(inspectorPane); d.send(key.Look, key.Look, key.Look) }, // bits
	func(d driver) { d.focusOn(inspectorPane); d.send(key.Origin) },
	func(d driver) { d.focusOn(inspectorPane); d.send(key.Origin, key.Choose) },
	func(d driver) { d.focusOn(lossPane) },
	func(d driver) { d.focusOn(revealedPane) },
}

// contents writes what a view holds of memories, the last event, and the losses.
func contents(n *engine.Snapshot) string {
	var b strings.Builder
	value := func(v trace.Value) {
		fmt.Fprintf(&b, "  %s %v", v.Name, v.Form)
		for _, p := range v.Parts {
			fmt.Fprintf(&b, " %s %v %v", p.Party, p.Data.Shape(), p.Data.Data())
		}
		b.WriteString("\n")
	}
	for _, p := range n.Parties {
		fmt.Fprintln(&b, p.ID)
		for _, o := range p.Memory.Objects {
			fmt.Fprintf(&b, " from step %d, %s:", o.Step, o.Origin)
			value(trace.Value{Name: o.Name, Form: o.Form, Parts: []trace.Part{{Data: o.Data}}})
		}
	}
	if n.Event != nil {
		fmt.Fprintln(&b, n.Event.Path)
		for _, v := range append(slices.Clone(n.Event.Inputs), n.Event.Outputs...) {
			value(v)
		}
	}
	fmt.Fprintln(&b, n.History.Batches, n.Messages, n.Cost)
	return b.String()
}

// The screen of a party is the same in two worlds that the party cannot tell apart,
// whatever is looked at; it is not when one object is copied from another memory.
func TestEyesSeeOnlyTheirOwn(t *testing.T) {
	long := os.Getenv("UNSEEN_LONG") != ""
	pairs := worlds.All(long)
	sizes := [][2]int{{120, 36}, {80, 24}, {200, 60}}
	looked := map[string]bool{} // through whose eyes, by mode
	told := map[string]bool{}   // by mode: breakpoints tell worlds apart, to eyes that see everything
	for i, w := range pairs {
		steps := worlds.Steps(pairs, i, long)
		t.Run(w.String(), func(t *testing.T) {
			one, two, alike := w.Open(t)
			a, b := staged(t, one, 120, 36), staged(t, two, 120, 36)
			r := rand.New(rand.NewPCG(5, 6))
			differed, caught, caughtEvent := false, false, w.Mode == engine.Central // which has one party
			for i := range steps {
				step := r.IntN(a.all.Total + 1)
				for _, d := range []driver{a, b} {
					d.page, d.sheet, d.present, d.panes[inspectorPane] = nil, nil, nil, &inspector{}
					d.Resize(sizes[i%len(sizes)][0], sizes[i%len(sizes)][1])
					d.look("")
					d.drain(d.start(seek(step, "")))
					d.focusOn(inspectorPane)
					for i, p := range d.all.Parties { // everything shows one who knows the difference
						if !slices.Contains(alike, p.ID) {
							d.view.selected = i
						}
					}
					d.draw()
				}
				differed = differed || a.text() != b.text()
				who, page := alike[i%len(alike)], r.IntN(len(everyPage))
				looked[w.Mode+kind(a, who)] = true
				early := r.IntN(2) == 0 // other eyes have opened the page
				for _, d := range []driver{a, b} {
					if early {
						everyPage[page](d)
					}
					d.look(who)
					if !early {
						d.focusOn(inspectorPane)
						everyPage[page](d)
					}
					d.drain(d.fetch())
					d.draw()
				}
				if diff := cmp.Diff(a.text(), b.text()); diff != "" {
					t.Fatalf("step %d, %s tells one world from the other:\n%s", step, who, diff)
				}
				if diff := cmp.Diff(contents(a.all.As(who)), contents(b.all.As(who))); diff != "" {
					t.Fatalf("step %d, the view of %s differs:\n%s", step, who, diff)
				}
				if strings.Contains(a.text(), "AUC") {
					t.Fatalf("%s sees metrics:\n%s", who, a.text())
				}
				caught = caught || leaking(a, alike) != leaking(b, alike)
				caughtEvent = caughtEvent || leakingEvent(a) != leakingEvent(b)
			}
			for try := 0; try < 200 && !caughtEvent; try++ { // few events are of what differs
				step := r.IntN(a.all.Total + 1)
				for _, d := range []driver{a, b} {
					d.drain(d.start(seek(step, "")))
				}
				caughtEvent = leakingEvent(a) != leakingEvent(b)
			}
			stopped := [2]string{stops(a, b, ""), stops(a, b, alike[r.IntN(len(alike))])}
			if stopped[1] != "" {
				t.Error(stopped[1])
			}
			told[w.Mode] = told[w.Mode] || stopped[0] != ""
			if !differed {
				t.Error("the two worlds look the same to everybody: this test finds nothing")
			}
			if !caught {
				t.Error("a memory copied into another’s view goes unnoticed: this test finds nothing")
			}
			if !caughtEvent {
				t.Error("an event that is shown with the parts of others goes unnoticed: this test finds nothing")
			}
		})
	}
	for _, mode := range engine.Modes()[1:] { // in central training nobody knows what differs
		if !told[mode] {
			t.Errorf("in %s training breakpoints never tell one world from the other: this test finds nothing", mode)
		}
	}
	if len(looked) != len(everyKind) || slices.ContainsFunc(everyKind, func(k string) bool { return !looked[k] }) {
		t.Errorf("somebody’s eyes were not looked through: %v", looked)
	}
}

// stops runs both worlds from their beginning to the end through somebody's eyes, with
// breakpoints on the way, and says how that differs.
func stops(a, b driver, eyes string) string {
	a.t.Helper()
	for _, d := range []driver{a, b} {
		d.page, d.sheet, d.present, d.marks = nil, nil, nil, breaks{}
		for _, text := range []string{"loss rises", "overflow 4", "round 9", "epoch 1"} {
			p, err := engine.ParseBreakpoint(text)
			if err != nil {
				d.t.Fatal(err)
			}
			d.marks.add(p)
		}
		d.view.marks = d.marks.list
		d.look(eyes)
		d.drain(d.start(seek(0, "")))
	}
	for range 12 {
		for _, d := range []driver{a, b} {
			d.send(key.Last)
			d.send(key.Breakpoints)
		}
		if a.step() != b.step() {
			return fmt.Sprintf("%q stops at step %d or at %d", eyes, a.step(), b.step())
		}
		if diff := cmp.Diff(a.text(), b.text()); diff != "" && eyes != "" {
			return fmt.Sprintf("%q stops at step %d, and sees\n%s", eyes, a.step(), diff)
		}
		a.send(key.Cancel)
		b.send(key.Cancel)
	}
	return ""
}

// everyKind lists whose eyes there are.
var everyKind = []string{
	"central server", "federated server", "federated worker", "aggregated server", "aggregated worker", "aggregated aggregator",
	"secure-aggregation server", "secure-aggregation worker",
	"encrypted server", "encrypted dealer", "encrypted worker", "encrypted holder", "encrypted last holder",
	"private-prediction server", "private-prediction dealer", "private-prediction applicant", "private-prediction holder", "private-prediction last holder",
}

// kind is a party's role; of holders the last one is of a kind of its own, as it is sent
// what the dealer corrects.
func kind(d driver, id string) string {
	var last engine.PartyImage
	for _, p := range d.all.Parties {
		if p.Role == "holder" {
			last = p
		}
	}
	for _, p := range d.all.Parties {
		switch {
		case p.ID == id && id == last.ID:
			return " last holder"
		case p.ID == id:
			return " " + p.Role
		}
	}
	return ""
}

// leaking draws the memory of the eyes after one field of another's was copied into it: of
// a party's that they cannot tell; where no party has what differs, of the rows that are
// kept for testing.
func leaking(d driver, alike []string) string {
	shown := d.view.scene.Snapshot
	defer func() { d.view.scene.Snapshot, d.view.selected, d.full = shown, -1, false }()
	leak, ok := worlds.Secret(d.all, alike)
	if set := d.view.dataset; !ok {
		n, r := set.Features(), set.Split.Test[0]
		row := slices.Clone(set.Set.X.Float64s()[r*n : (r+1)*n])
		leak = engine.Object{Name: "raw", Data: tensor.New(tensor.WithShape(1, n), tensor.WithBacking(row))}
	}
	broken := *shown
	broken.Parties = slices.Clone(broken.Parties)
	for k, q := range broken.Parties {
		if q.ID == shown.Eyes {
			mine := *q.Memory
			mine.Objects = []engine.Object{leak}
			broken.Parties[k].Memory = &mine
		}
	}
	d.view.scene.Snapshot = &broken
	d.page, d.sheet, d.focus, d.full = nil, nil, inspectorPane, true
	*d.panes[inspectorPane].(*inspector) = inspector{object: leak.Name}
	d.draw()
	return d.text()
}

// leakingEvent draws what happened with the parts that others have of it.
func leakingEvent(d driver) string {
	shown := d.view.scene.Snapshot
	defer func() { d.view.scene.Snapshot, d.full = shown, false }()
	broken := *shown
	broken.Event, broken.Unseen = d.all.Event, false
	d.view.scene.Snapshot = &broken
	d.page, d.sheet, d.focus, d.full = nil, nil, happenedPane, true
	d.draw()
	return d.text()
}

// What was found out for eyes that see everything is not shown to others: neither at once,
// nor where it comes when other eyes look already.
func TestOriginsAreOfTheEyesThatAsked(t *testing.T) {
	d := newDriver(t, workshop(t, engine.Encrypted), 120, 36)
	d.send(key.GoTo).typing("e1")
	who := sharers(d)
	inspect := d.panes[inspectorPane].(*inspector)
	d.focusOn(inspectorPane)
	inspect.object = "w1"
	d.look(who[1])
	d.look("")
	d.view.selected = slices.IndexFunc(d.all.Parties, func(p engine.PartyImage) bool { return p.ID == who[1] })
	d.send(key.Origin)
	if inspect.origin.made == nil || !strings.Contains(d.text(), "made from") {
		t.Fatalf("no origin is shown:\n%s", d.text())
	}
	d.Update(key.Eyes)
	d.sheet.(*choice).list.Filter = who[1]
	d.Update(screen.Typed{Key: "enter"}) // what is wanted now is not looked up yet
	if text := d.text(); strings.Contains(text, "made from") || !strings.Contains(text, "looking it up") {
		t.Errorf("%s sees what everything has found:\n%s", d.eyes, text)
	}

	d = newDriver(t, workshop(t, engine.Encrypted), 120, 36)
	d.send(key.GoTo).typing("e1")
	inspect = d.panes[inspectorPane].(*inspector)
	d.focusOn(inspectorPane)
	d.view.selected = slices.IndexFunc(d.all.Parties, func(p engine.PartyImage) bool { return p.ID == who[1] })
	inspect.object, inspect.look = "w1", lookOrigin
	slow := inspect.wants(d.Stage)
	if err := slow.run(t.Context(), d.session); err != nil {
		t.Fatal(err)
	}
	d.look(who[1])
	inspect.wants(d.Stage)
	if slow.found(d.Stage); d.eyes == "" || inspect.origin.made != nil {
		t.Errorf("%s sees what everything has found: %+v", d.eyes, inspect.origin.made)
	}
}

// sharers lists the holders in their order.
func sharers(d driver) (list []string) {
	for _, p := range d.all.Parties {
		if p.Role == "holder" {
			list = append(list, p.ID)
		}
	}
	return list
}

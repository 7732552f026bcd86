package stage

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/key"
	"unseen/tui/screen"
)

// late is a driver that may leave the step that runs ahead where it is: begun, but not
// done when the next key comes.
type late struct {
	driver
	waiting []tea.Cmd
}

// send delivers a message and all that follows from it; what runs ahead is left
// waiting after so many of its pieces.
func (d *late) send(m tea.Msg, pieces int) {
	d.t.Helper()
	queue := append(d.waiting, d.Update(m))
	d.waiting = nil
	for len(queue) > 0 {
		cmd := queue[0]
		queue = queue[1:]
		if cmd == nil {
			continue
		}
		if d.work.job == nil && d.work.next == nil {
			if pieces == 0 {
				d.waiting = append(d.waiting, cmd)
				continue
			}
			pieces--
		}
		switch m := cmd().(type) {
		case tea.BatchMsg:
			queue = append(queue, m...)
		case nil, tick, screen.Leave:
		default:
			queue = append(queue, d.Update(m))
		}
	}
}

// Whatever keys come, and however far the step that runs ahead is when they do, the
// screens are those of a stage on which nothing runs ahead.
func TestLookingAheadChangesNothing(t *testing.T) {
	intents := []key.Intent{key.Forward, key.Forward, key.Forward, key.Forward, key.Backward, key.Coarser, key.Finer, key.First, key.Last,
		key.Offline, key.EyesOf + "1", key.Everything, key.Cancel, key.Ledger, key.Leave, key.Person, key.Leave, key.Play}
	points := []engine.Breakpoint{{On: engine.AtOpening}, {On: engine.AtRise}, {On: engine.AtOperation, Name: "relu"}, {On: engine.AtSending, Name: "server"}}
	for _, mode := range engine.Modes() {
		t.Run(mode, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // where nobody waits for a beat
				s := fleetScenario(t, mode)
				s.Data.Rows = 16
				plain, other := newDriver(t, s, 120, 36), &late{driver: newDriver(t, s, 120, 36)}
				other.LookAhead()
				r := rand.New(rand.NewPCG(8, 9))
				ran := 0
				for n := range 80 {
					intent := intents[r.IntN(len(intents))]
					if n%30 == 10 {
						p := points[r.IntN(len(points))]
						plain.marks.add(p)
						other.marks.add(p)
					} else if n%30 == 29 {
						plain.marks, other.marks = breaks{}, breaks{}
					}
					if intent == key.Play && plain.play.on { // a beat
						plain.send(tick{plain.Stage, plain.play.run})
						other.send(tick{other.Stage, other.play.run}, r.IntN(3))
					} else {
						plain.send(intent)
						other.send(intent, r.IntN(3))
					}
					if other.work.ahead.job != nil {
						ran++
					}
					if diff := cmp.Diff(plain.text(), other.text()); diff != "" {
						t.Fatalf("after %d keys, the last of them %s:\n%s", n+1, intent, diff)
					}
				}
				if ran == 0 {
					t.Error("nothing ever ran ahead: this test finds nothing")
				}
			})
		})
	}
}

// A step that was run ahead is shown at once: nothing is left to do but to run the one
// after it.
func TestAStepRunAheadIsShownAtOnce(t *testing.T) {
	d := &late{driver: newDriver(t, onFewShares(t), 120, 36)}
	d.LookAhead()
	d.view.level = trace.Epoch
	d.send(key.Forward, 0)
	if d.work.ahead.job == nil || len(d.waiting) != 1 {
		t.Fatal("no step runs ahead")
	}
	at := d.step()
	for len(d.work.ahead.done) == 0 { // time passes
		d.send(nil, 1)
	}
	if d.step() != at {
		t.Fatal("a step was taken that nobody asked for")
	}
	d.Update(key.Forward)
	if d.step() <= at || d.work.job != nil {
		t.Errorf("the screen shows step %d, and before it %d", d.step(), at)
	}
	d.Rest()
	if at, _ := d.session.Position(); at < d.step() {
		t.Errorf("the session is at step %d, the screen shows %d", at, d.step())
	}
}

// After a pause as many keys as steps are run ahead are answered at once, one after the
// other; then the stage is at rest. Another zoom has steps of its own.
func TestSeveralKeysAreAnsweredAtOnce(t *testing.T) {
	d, plain := newDriver(t, onFewShares(t), 120, 36), newDriver(t, onFewShares(t), 120, 36)
	d.LookAhead()
	for _, level := range []trace.Level{trace.Operation, trace.Layer, trace.Batch} {
		for _, s := range []driver{d, plain} {
			for s.view.level != level {
				s.send(key.Coarser)
			}
			s.send(key.Forward)
		}
		if n := len(d.work.ahead.done); n != depth || d.work.ahead.job != nil {
			t.Fatalf("%s: %d steps are ready, and one is under way: %v", level, n, d.work.ahead.job != nil)
		}
		for n := range depth {
			d.Update(key.Forward) // what follows does not come about: the keys come one after the other
			plain.send(key.Forward)
			if d.work.job != nil || d.step() != plain.step() {
				t.Fatalf("%s: key %d leads to step %d, and a step to %d", level, n+1, d.step(), plain.step())
			}
		}
		j := d.work.ahead.job // begun after the first of the keys
		d.drain(d.piece(j))
		d.send(key.Backward)
		plain.send(key.Backward)
		if diff := cmp.Diff(plain.text(), d.text()); diff != "" {
			t.Errorf("%s: a step back from there:\n%s", level, diff)
		}
		if len(d.work.ahead.done) > 0 || d.work.ahead.job != nil {
			t.Errorf("%s: steps forth are run ahead after one back", level)
		}
	}
}

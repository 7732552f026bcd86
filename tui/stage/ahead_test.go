package stage

import (
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

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
				other.send(settled{stage: other.Stage}, 2)
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
						other.send(tick{other.Stage, other.play.run}, r.IntN(5))
					} else {
						plain.send(intent)
						other.send(intent, r.IntN(5))
					}
					if other.work.ahead.job != nil {
						ran++
					}
					if diff := cmp.Diff(plain.text(), other.text()); diff != "" {
						t.Fatalf("after %d keys, the last of them %s:\n%s", n+1, intent, diff)
					}
				}
				other.Rest()
				other.send(nil, 1) // what is under way ends
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
		a := &d.work.ahead
		n := len(a.done)
		if last := a.done[n-1].snapshot; n != mostReady && last.Step < last.Total || n > mostReady || a.job != nil {
			t.Fatalf("%s: %d steps are ready up to step %d of %d, and one is under way: %v", level, n, last.Step, last.Total, a.job != nil)
		}
		for range n {
			d.Update(key.Forward) // what follows does not come about: the keys come one after the other
			plain.send(key.Forward)
			if d.work.job != nil || d.step() != plain.step() {
				t.Fatalf("%s: a key leads to step %d, and a step to %d", level, d.step(), plain.step())
			}
		}
		if j := a.job; j != nil { // begun after the first of the keys
			d.drain(d.piece(j))
		}
		for range 2 {
			d.send(key.Backward)
			plain.send(key.Backward)
			if diff := cmp.Diff(plain.text(), d.text()); diff != "" {
				t.Errorf("%s: a step back from there:\n%s", level, diff)
			}
			if len(a.done) > 0 || a.job != nil {
				t.Errorf("%s: steps forth are run ahead after one back", level)
			}
		}
	}
}

// When the first frame is drawn, the first steps are run ahead, unless the stage was left
// by then; where nobody is there, nothing is.
func TestTheFirstStepIsRunAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDriver(t, scenario(t), 120, 36)
		d.drain(d.Init())
		d.send(key.Coarser, key.Forward, key.First)
		if a := &d.work.ahead; len(a.done) > 0 || a.job != nil {
			t.Error("steps are run ahead for nobody")
		}
		d.LookAhead()
		first := d.Init()
		d.Rest()
		d.drain(first)
		if a := &d.work.ahead; len(a.done) > 0 || a.job != nil {
			t.Error("steps are run ahead on a stage that was left")
		}
		d.drain(d.Init())
		if n := len(d.work.ahead.done); n != mostReady || d.step() != 0 {
			t.Errorf("at step %d, %d steps are ready", d.step(), n)
		}
		d.Rest()
		if n := len(d.work.ahead.done); n > 0 {
			t.Errorf("%d steps wait on a stage that was left", n)
		}
	})
}

// Steps that wait are bounded in number, in the time they took and in memory.
func TestWhatRunsAheadIsBounded(t *testing.T) {
	step := func(took time.Duration, bytes int) ready {
		return ready{moved: moved{took: took, bytes: bytes}}
	}
	for _, c := range []struct {
		name string
		each ready
		want int
	}{
		{"small ones", step(time.Millisecond, 1<<10), mostReady},
		{"long ones", step(1300*time.Millisecond, 1<<10), 4},
		{"one that is too long", step(time.Minute, 1<<10), 1},
		{"large ones", step(time.Millisecond, 10<<20), 7},
	} {
		var a ahead
		for !a.full() {
			a.done = append(a.done, c.each)
		}
		if len(a.done) != c.want {
			t.Errorf("%s: %d wait, want %d", c.name, len(a.done), c.want)
		}
	}
	d := newDriver(t, onFewShares(t), 120, 36)
	d.LookAhead()
	d.send(key.Forward)
	before := d.all
	for i, r := range d.work.ahead.done {
		if r.took <= 0 || r.bytes <= 0 || r.bytes > 1<<20 {
			t.Errorf("step %d ahead took %v and holds %d bytes", i+1, r.took, r.bytes)
		}
		if got := r.snapshot.Bytes(before); got != r.bytes {
			t.Errorf("step %d ahead holds %d bytes that the one before does not, and %d are counted", i+1, got, r.bytes)
		}
		before = r.snapshot
	}
}

// What does not move the run leaves the steps that wait as they are, also where the
// session has to look something up elsewhere.
func TestWhatDoesNotMoveLeavesStepsWaiting(t *testing.T) {
	d, plain := newDriver(t, onFewShares(t), 120, 36), newDriver(t, onFewShares(t), 120, 36)
	d.LookAhead()
	for _, s := range []driver{d, plain} {
		s.send(times(40, key.Forward)...)
	}
	waiting := d.work.ahead.done[0].snapshot
	for _, i := range []key.Intent{key.Ledger, key.Leave, key.EyesOf + "1", key.Everything, key.NextPane, key.Origin, key.Cancel, key.ZoomPane, key.Wire, key.Up, key.Up, key.Up} {
		d.send(i)
		plain.send(i)
		if a := &d.work.ahead; len(a.done) != mostReady || a.done[0].snapshot != waiting {
			t.Fatalf("after %s %d steps wait", i, len(a.done))
		}
	}
	if at, _ := d.session.Position(); at == d.work.ahead.done[mostReady-1].snapshot.Step {
		t.Error("the session looked nothing up: this test finds nothing")
	}
	for range mostReady + 2 {
		d.send(key.Forward)
		plain.send(key.Forward)
		if diff := cmp.Diff(plain.text(), d.text()); diff != "" {
			t.Fatalf("a step forth after that:\n%s", diff)
		}
	}
}

// What was left over is collected once, while the screen rests: not while steps wait to be
// run ahead, nor during a play, nor where nobody is there.
func TestWhatIsLeftOverIsCollectedWhileTheScreenRests(t *testing.T) {
	var waste []byte
	litters := func() {
		waste = make([]byte, 2*litter)
		waste[0] = 1
	}
	collected := func(d driver) bool {
		var before, after runtime.MemStats
		cmd := d.lookAhead()
		if cmd == nil || d.work.ahead.job != nil {
			return false
		}
		runtime.ReadMemStats(&before)
		cmd()
		runtime.ReadMemStats(&after)
		return after.NumForcedGC == before.NumForcedGC+1
	}
	d := newDriver(t, onFewShares(t), 120, 36)
	d.send(key.Last)
	litters()
	if collected(d) {
		t.Error("garbage is collected for nobody")
	}
	d.LookAhead()
	d.work.ahead.swept = allocated()
	if collected(d) {
		t.Error("garbage is collected where there is little")
	}
	litters()
	d.play.on = true
	if collected(d) {
		t.Error("garbage is collected during a play")
	}
	d.play.on = false
	if !collected(d) {
		t.Error("garbage is not collected while the screen rests")
	}
	if collected(d) {
		t.Error("garbage is collected twice")
	}
	d.send(key.First)
	d.work.ahead.drop()
	d.work.ahead.eager = true
	litters()
	if collected(d) {
		t.Error("garbage is collected where a step can be run ahead")
	}
	_ = waste[0]
}

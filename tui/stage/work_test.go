package stage

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/key"
)

// busy is a run in which the next event is far away: it computes until it is cancelled,
// whenever its time is up.
type busy struct{ engine.Stepper }

func (busy) Next(ctx context.Context, _ trace.Level) error {
	for !errors.Is(ctx.Err(), context.Canceled) {
		time.Sleep(time.Millisecond)
	}
	return ctx.Err()
}

// While a computation goes on and no event comes, the screen says what is being done and
// how to end it, and esc ends it at once. Then nothing is left to do.
func TestALongComputationCanBeEnded(t *testing.T) {
	d := newDriver(t, onFewShares(t), 120, 36)
	d.send(key.Forward) // History begins
	d.session = busy{d.session}
	d.view.level = trace.Epoch
	at := d.step()
	next := func(cmd tea.Cmd, within time.Duration) tea.Msg {
		t.Helper()
		began := time.Now()
		msg := cmd()
		if took := time.Since(began); took > within {
			t.Errorf("the screen hears nothing for %v", took)
		}
		return msg
	}
	cmd := d.Update(key.Forward)
	for range 3 {
		msg, ok := next(cmd, 10*patience).(still)
		if !ok {
			t.Fatal("a piece of the job is over")
		}
		if cmd = d.Update(msg); cmd == nil {
			t.Fatal("nobody waits for the job")
		}
		if text := d.text(); !strings.Contains(text, "one epoch on") || !strings.Contains(text, "esc cancels") {
			t.Fatalf("the screen does not tell what is under way:\n%s", text)
		}
	}
	d.Update(key.Cancel)
	msg, ok := next(cmd, 10*patience).(moved)
	if !ok || !errors.Is(msg.err, context.Canceled) {
		t.Fatalf("esc brought %v", msg)
	}
	d.send(msg)
	if d.work.job != nil || d.step() != at || strings.Contains(d.text(), "esc cancels") {
		t.Errorf("after esc the stage still works at step %d:\n%s", d.step(), d.text())
	}
}

// The end of an epoch is foretold well enough for a progress bar.
func TestTheEndOfAnEpochIsForetold(t *testing.T) {
	for _, mode := range engine.Modes() {
		s := fleetScenario(t, mode)
		d := newDriver(t, s, 80, 24)
		d.view.level = trace.Epoch
		d.send(key.Forward) // setting up
		for d.all.Step < d.all.Total {
			begin, foretold := d.all.Step, d.forward(d.all).target
			d.send(key.Forward)
			if off := foretold - d.all.Step; max(off, -off)*4 > d.all.Step-begin && d.all.Step < d.all.Total {
				t.Errorf("%s: the epoch from step %d on ends at %d, and %d is foretold", mode, begin, d.all.Step, foretold)
			}
		}
	}
}

// A beat that comes while the step before it runs costs no step: its own begins as soon
// as that is done. A play that is far behind does not race to catch up.
func TestALateBeatCostsNoStep(t *testing.T) {
	d := newDriver(t, onFewShares(t), 120, 36)
	d.Update(key.Play)
	beat := tick{d.Stage, d.play.run}
	run := d.Update(beat)().(tea.BatchMsg)[0] // the step, before it runs
	if d.work.job == nil {
		t.Fatal("no step has begun")
	}
	if cmd := d.Update(beat); cmd != nil {
		t.Error("a beat that has to wait asks for another one")
	}
	at := d.step()
	if d.Update(run()); d.step() <= at || d.work.job == nil {
		t.Errorf("at step %d, after step %d; at work: %v", d.step(), at, d.work.job != nil)
	}
	d.play.beat = time.Now().Add(-time.Hour)
	d.due()
	if behind := time.Since(d.play.beat); behind < debt || behind > 2*debt+time.Second {
		t.Errorf("the play is %v behind", behind)
	}
}

// A step forth is said to take as long as the last one of its size, where the events that
// are over tell of less; what is as good as done is not told.
func TestTheTimeLeftIsThatOfTheStepBefore(t *testing.T) {
	d := newDriver(t, onFewShares(t), 120, 36)
	d.send(times(2, key.Forward)...)
	if d.work.usual[trace.Operation] <= 0 || d.work.usual[trace.Epoch] > 0 {
		t.Fatalf("steps forth took %v", d.work.usual)
	}
	d.view.level = trace.Epoch
	j := d.forward(d.all)
	j.take(d.all)
	d.work.job = &j
	for _, c := range []struct {
		since, usual time.Duration // it began, the last one took
		done         int           // of 100 events
		left         time.Duration // 0: not told
		percent      int
	}{
		{2 * time.Second, 0, 50, 2 * time.Second, 50},
		{2 * time.Second, 10 * time.Second, 96, 8 * time.Second, 20},
		{2 * time.Second, 3 * time.Second, 20, 8 * time.Second, 20},
		{2 * time.Second, 2200 * time.Millisecond, 99, 0, 90},
		{8 * time.Second, 2 * time.Second, 99, 0, 99},
	} {
		d.work.usual[trace.Epoch] = c.usual
		j.first, j.target = time.Now().Add(-c.since), j.from.Step+100
		now := *d.all
		now.Step += c.done
		d.all = &now
		_, done, total, left, ok := d.progress()
		d.all = j.from
		if !ok || 100*done/total != c.percent || (left-c.left).Abs() > 50*time.Millisecond {
			t.Errorf("%+v: %d of %d, %v left; shown: %v", c, done, total, left, ok)
		}
	}
	d.work.job = nil
}

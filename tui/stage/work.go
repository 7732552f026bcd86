package stage

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"unseen/engine"
	"unseen/engine/trace"
)

// job is something for the session to do.
type job struct {
	label string
	run   func(context.Context, engine.Stepper) error
	// pieces: run may be interrupted and called again, and then goes on. A long
	// way forward runs in pieces, so that the screen shows it on its way.
	pieces bool
	target int     // the step it goes to, 0 where that is not known beforehand
	said   *string // what to tell when it is done; nil: nothing

	watch  *engine.Watch // stops it at breakpoints; may be nil
	points []int         // identities of the breakpoints watched for
	found  func(*Stage)  // called with what it looked for, when it is done; may be nil

	ctx    context.Context
	stop   context.CancelFunc
	from   *engine.Snapshot // what was shown when it began
	began  time.Time        // when somebody first waited for it
	first  time.Time        // when it began, maybe ahead
	spent  time.Duration    // on its pieces so far
	placed bool             // the session stands there, or went on from there
	again  bool             // another piece is to come
	asked  *atomic.Bool     // somebody waits for it, and it runs in pieces; else it runs ahead, in one
	aim    aim              // of one step forth: which one
	back   bool             // it is one step back, of this level
	level  trace.Level
	free   bool // it goes to the same place from wherever the session is
	aside  bool // it looks something up, and the run stays where it is
}

// running reports whether another piece is to come.
func (j *job) running() bool { return j.again }

// piece is how long one piece of a job runs: the screen's pulse in long work.
const piece = 33 * time.Millisecond

// frame is how long a job runs before the screen shows its progress: most are done in
// that time, and are not to flicker.
const frame = 12 * time.Millisecond

// patience is how long a piece of a job runs before the screen is drawn anew although
// nothing came of it yet: a piece ends with an event, and within a round of secure
// aggregation the next one may be a second away.
const patience = 100 * time.Millisecond

func forward(l trace.Level) job {
	return job{label: "one " + l.String() + " on", pieces: true,
		run: func(ctx context.Context, s engine.Stepper) error { return engine.StepOn(ctx, s, l) }}
}

// backward goes one step back, of a level with this name.
func backward(l trace.Level, name string) job {
	return job{label: "one " + name + " back", back: true, level: l, free: true}
}

func seek(step int, label string) job {
	return job{label: label, pieces: true, target: step, free: true,
		run: func(ctx context.Context, s engine.Stepper) error { return s.Seek(ctx, step) }}
}

// toEpoch goes to the end of the n-th epoch; 0 is the end of setting up.
func toEpoch(n int) job {
	return job{label: "going to the end of epoch " + strconv.Itoa(n), pieces: true, free: true,
		run: func(ctx context.Context, s engine.Stepper) error { return s.SeekEpoch(ctx, n) }}
}

// work runs jobs one at a time. While one runs, the session is its alone.
type work struct {
	job   *job
	next  *job // to do after it; a newer wish replaces an older one
	ahead ahead
	usual map[trace.Level]time.Duration // how long the last step forth of each size took
}

// learn takes note of how long a step forth took, when the last piece of it arrives.
func (w *work) learn(m moved) {
	j := m.job
	if j == nil || j != w.job && j != w.ahead.job {
		return // of another stage
	}
	if j.spent += m.took; j.again || j.ctx.Err() != nil || j.aim.from == nil {
		return
	}
	if w.usual == nil {
		w.usual = map[trace.Level]time.Duration{}
	}
	w.usual[j.aim.level] = j.spent
}

// moved brings the place a job, or a piece of it, has reached.
type moved struct {
	job      *job
	snapshot *engine.Snapshot
	err      error
	took     time.Duration // the piece
	bytes    int           // of a step that waits: what its snapshot takes
}

// still says that a piece of a job goes on for long, and where what it brings will come;
// nil: somebody waits for that already.
type still struct {
	job  *job
	done <-chan outcome
}

// outcome is what came of a piece: where the session is, or the panic that ended it.
type outcome struct {
	moved
	panicked any
}

// start begins a job, or notes it for when the present one is done.
func (s *Stage) start(j job) tea.Cmd {
	stop := s.work.ahead.drop
	if j.aside {
		stop = s.work.ahead.stop // the steps that wait are the next ones also afterwards
	}
	if stop() || s.work.job != nil {
		s.work.next = &j
		return nil
	}
	j.take(s.all)
	j.ask()
	s.work.job = &j
	return s.piece(&j)
}

// take makes a job ready to run from a place.
func (j *job) take(from *engine.Snapshot) {
	j.ctx, j.stop = context.WithCancel(context.Background())
	j.from, j.asked, j.first = from, new(atomic.Bool), time.Now()
}

// ask says that somebody waits for the job from now on: it shows itself on its way.
func (j *job) ask() {
	j.began = time.Now()
	j.asked.Store(true)
}

// piece runs a job, or a piece of it, outside the update loop.
func (s *Stage) piece(j *job) tea.Cmd {
	session, previous := s.session, s.all
	ahead := j == s.work.ahead.job
	if ahead {
		previous = j.from
	}
	return func() tea.Msg {
		done, began := make(chan outcome, 1), time.Now()
		go func() {
			var o outcome
			defer func() {
				o.panicked = recover()
				done <- o
			}()
			err := j.piece(session)
			o.moved = moved{j, session.Snapshot(previous), err, time.Since(began), 0}
			if ahead {
				o.bytes = o.snapshot.Bytes(previous)
			}
		}()
		return wait(j, done)
	}
}

// wait waits for what a piece brings, but no longer than patience, or than the job has
// until it shows its progress.
func wait(j *job, done <-chan outcome) tea.Msg {
	late := time.NewTimer(patience)
	if j.asked.Load() && time.Since(j.began) < frame {
		late.Reset(frame)
	}
	defer late.Stop()
	select {
	case o := <-done:
		if o.panicked != nil {
			panic(o.panicked) // here the terminal is put back in order
		}
		return o.moved
	case <-late.C:
		return still{j, done}
	}
}

// goesOn goes on waiting for a piece of one of the stage's jobs.
func (s *Stage) goesOn(m still) tea.Cmd {
	if m.done == nil {
		return nil
	}
	return func() tea.Msg { return wait(m.job, m.done) }
}

// slice is a context that also ends when its time is up, if somebody waits for what it
// brings, for work that asks whether it is over. Its time begins when it is asked first:
// work that goes back to an old place does so once it is there, and what is left from there
// is done in the same piece. Unlike a context with a deadline, which says why it ended
// first, it says that it was cancelled also after that.
type slice struct {
	context.Context
	asked *atomic.Bool
	end   func() time.Time // several cores may ask at once
}

// slice makes one of a piece of the job.
func (j *job) slice() slice {
	return slice{j.ctx, j.asked, sync.OnceValue(func() time.Time { return time.Now().Add(piece) })}
}

// Err says why the work is to end.
func (s slice) Err() error {
	end := s.end()
	if err := s.Context.Err(); err != nil || !s.asked.Load() || time.Now().Before(end) {
		return err
	}
	return context.DeadlineExceeded
}

// piece runs a job, or a piece of it.
func (j *job) piece(session engine.Stepper) error {
	err := j.place(session)
	if err == nil {
		ctx := j.ctx
		if j.pieces {
			ctx = j.slice()
		}
		if j.back {
			err = engine.StepBack(ctx, session, j.level, j.from)
		} else {
			err = j.run(ctx, session)
		}
	}
	j.again = errors.Is(err, context.DeadlineExceeded) && j.ctx.Err() == nil
	return err
}

// place takes the session to where the job begins, if that matters: a step that was run
// ahead, and is not wanted now, has left it elsewhere. That is soon done, and is not
// interrupted: a job that is stopped leaves the session where the screen has been, or on
// its way.
func (j *job) place(session engine.Stepper) error {
	free := j.free && j.ctx.Err() == nil
	if at, _ := session.Position(); !j.placed && !free && at != j.from.Step {
		if err := session.Seek(context.Background(), j.from.Step); err != nil {
			return err
		}
	}
	j.placed = true
	return nil
}

// finish follows up on what a job brought: its next piece, or the next job.
func (s *Stage) finish(m moved) tea.Cmd {
	j, w := m.job, &s.work
	if j.again && j.ctx.Err() == nil {
		return s.piece(j)
	}
	if !j.aside {
		w.ahead.eager = !j.back && j.ctx.Err() == nil
	}
	j.stop()
	w.job = nil
	if m.snapshot.Err != nil {
		w.next = nil
	}
	return s.following()
}

// following begins the job that waits, if one does.
func (s *Stage) following() tea.Cmd {
	next := s.work.next
	if s.work.next = nil; next == nil {
		return nil
	}
	if a := s.aim(s.all); next.aim.level == a.level && next.aim.points == a.points && next.aim.from != nil {
		return s.advance()
	}
	return s.start(*next)
}

// cancel stops the job under way, drops the one that waits, and reports whether there
// was one.
func (w *work) cancel() bool {
	waited := w.next != nil
	w.next = nil
	if w.job == nil {
		return waited
	}
	w.job.stop()
	return true
}

// soon is how little time left is not worth telling: what is done by then was done before
// anybody has read it.
const soon = 500 * time.Millisecond

// progress says how far the job under way is and how long it will take, both 0
// where nobody knows beforehand; ok is false while it is too young to show. A step forth
// takes as long as the last one of its size at least: of a server round of secure
// aggregation nearly all events are over long before its cryptography is.
func (s *Stage) progress() (label string, done, total int, left time.Duration, ok bool) {
	j := s.work.job
	if j == nil || time.Since(j.began) < frame {
		return "", 0, 0, 0, false
	}
	now := s.all.Step
	if j.target > 0 {
		from := 0
		if j.from.Step < j.target {
			from = j.from.Step
		}
		done, total = now-from, j.target-from
	}
	took, whole := time.Since(j.first), time.Duration(0)
	if done > 0 && done < total {
		whole = time.Duration(float64(took) / float64(done) * float64(total))
	}
	if usual, ok := s.work.usual[j.aim.level]; ok && j.aim.from != nil && usual > max(whole, took) {
		whole, done, total = usual, int(took/time.Millisecond), int(usual/time.Millisecond)
	}
	if left = whole - took; left < soon {
		left = 0
	}
	return j.label, done, total, left, true
}

package recording

import (
	"context"
	"errors"
	"io"

	"unseen/engine"
	"unseen/engine/trace"
)

// Replay is a recording that is stepped through. It computes nothing, and shows
// what the session showed that was recorded. Like a session it belongs to one
// goroutine at a time; its snapshots may be kept.
type Replay struct {
	file     io.Closer // nil: nothing to close
	header   *header
	dataset  *engine.Dataset
	baseline engine.Baseline
	privacy  *engine.Privacy
	tape     tape
	book     engine.Book
	blobs    *blobReader
	at       *state
	err      error

	images []*engine.Image // of the memories in of, by party
	of     []*memory
}

var _ engine.Stepper = (*Replay)(nil)

// Command returns the command that makes the same run; empty if it is not known.
func (r *Replay) Command() string { return r.header.Command }

// Recorded reports whether the recording ends before the run did, and how many
// events the whole run has.
func (r *Replay) Recorded() (whole bool, total int) {
	return r.last() >= r.header.Total, r.header.Total
}

// Scenario returns what was run.
func (r *Replay) Scenario() engine.Scenario { return r.header.Scenario }

// Dataset returns the rows it was run on; they must not be changed.
func (r *Replay) Dataset() *engine.Dataset { return r.dataset }

// Baseline returns how the best constant guess does.
func (r *Replay) Baseline() engine.Baseline { return r.baseline }

// Levels returns the levels at which the run can stop.
func (r *Replay) Levels() []trace.Level { return r.header.levels() }

// Position returns the number of events so far and of the recording.
func (r *Replay) Position() (step, total int) { return r.at.step, r.last() }

func (r *Replay) last() int { return len(r.tape.places) - 1 }

// Next goes to the next end of a span of this level or a coarser one.
func (r *Replay) Next(ctx context.Context, level trace.Level) error {
	to := r.at.step + 1
	for to < r.last() && r.tape.levels[to] > level {
		to++
	}
	return r.Seek(ctx, to)
}

// Back goes to the last place before a step at which Next with this level would have
// stopped, or to the beginning.
func (r *Replay) Back(ctx context.Context, from int, level trace.Level) error {
	to := max(0, min(from, r.last())-1)
	for to > 0 && r.tape.levels[to] > level {
		to--
	}
	return r.Seek(ctx, to)
}

// SeekEpoch goes to the end of the n-th epoch or server round; 0 is the end of
// setting up, and beyond the last one is the end.
func (r *Replay) SeekEpoch(ctx context.Context, n int) error {
	to, ends := 0, -1
	for to < r.last() && ends < max(n, 0) {
		to++
		if r.tape.levels[to] == trace.Epoch {
			ends++
		}
	}
	return r.Seek(ctx, to)
}

// Seek goes to a step, forth or back; beyond the ends it goes to the end.
func (r *Replay) Seek(ctx context.Context, step int) error {
	if r.err != nil {
		return r.err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	step = min(max(step, 0), r.last())
	if key := r.tape.keys[step/keyDistance]; step < r.at.step || key.step > r.at.step {
		r.at = key.clone()
	}
	for r.at.step < step {
		r.err = r.step()
		if r.err != nil {
			return r.err
		}
	}
	return nil
}

// step decodes the next step. It was decoded before, when the file was opened.
func (r *Replay) step() error {
	p := r.tape.places[r.at.step+1]
	d := stepReader{decoder: decoder{data: r.tape.chunks[p.chunk], at: int(p.at)}, strings: r.tape.strings, blobs: len(r.blobs.list), private: r.header.private(), leaving: r.header.Away}
	return d.step(r.at)
}

// Each goes on and calls f after every event, until f returns false or the
// recording ends. The event is borrowed.
func (r *Replay) Each(ctx context.Context, f func(*trace.Event) bool) error {
	for r.at.step < r.last() {
		if err := r.Seek(ctx, r.at.step+1); err != nil {
			return err
		}
		e, err := r.event()
		if err != nil {
			return err
		}
		if !f(e) {
			return nil
		}
	}
	return nil
}

// Snapshot takes a snapshot. Numbers that cannot be read from the file any more
// end the replay: the snapshot says why.
func (r *Replay) Snapshot(*engine.Snapshot) *engine.Snapshot {
	s := r.at
	n := &engine.Snapshot{
		Step: s.step, Total: r.last(), Digest: s.digest, Cost: s.cost, Record: r.book.UpTo(s.step),
		Privacy: r.privacy, Releases: s.releases, Away: s.away, Schedule: engine.ScheduleOf(r.tape.levels[1 : s.step+1]),
		History:  engine.History{Batches: s.history.Batches[:len(s.history.Batches):len(s.history.Batches)], Epochs: s.history.Epochs[:len(s.history.Epochs):len(s.history.Epochs)]},
		Messages: s.sent[len(s.sent)-s.recent : len(s.sent) : len(s.sent)],
	}
	n.Cost.Sent = make(map[string]int64, len(s.senders))
	for _, p := range s.senders {
		n.Cost.Sent[p.party] = p.bytes
	}
	if s.step > 0 {
		e, err := r.event()
		if err != nil && r.err == nil {
			r.err = err
		}
		n.Event = e
	}
	for i, p := range r.header.Parties {
		image, err := r.image(i)
		if err != nil && r.err == nil {
			r.err = err
		}
		n.Parties = append(n.Parties, engine.PartyImage{ID: p.ID, Number: p.Number, Role: p.Role, Memory: image})
	}
	n.Err = r.err
	return n
}

// event returns the present event with its numbers; nil if they cannot be read.
func (r *Replay) event() (*trace.Event, error) {
	e := r.at.event.Event
	e.Path = append([]trace.Scope(nil), r.at.event.path...)
	var err error
	if e.Inputs, err = r.values(r.at.event.in); err != nil {
		return nil, err
	}
	if e.Outputs, err = r.values(r.at.event.out); err != nil {
		return nil, err
	}
	return &e, nil
}

func (r *Replay) values(list []value) ([]trace.Value, error) {
	out := make([]trace.Value, len(list))
	for i, v := range list {
		out[i] = trace.Value{Name: v.name, Form: v.form, Fraction: v.fraction, Packed: v.packed, Parts: make([]trace.Part, len(v.parts))}
		for k, p := range v.parts {
			t, err := r.blobs.get(p.blob)
			if err != nil {
				return nil, err
			}
			out[i].Parts[k] = trace.Part{Party: p.party, Data: t}
		}
	}
	return out, nil
}

// image returns a party's memory. Consecutive images share what did not change.
func (r *Replay) image(party int) (*engine.Image, error) {
	m := r.at.memories[party]
	if r.images[party] != nil && r.of[party] == m {
		return r.images[party], nil
	}
	image := &engine.Image{Objects: make([]engine.Object, len(m.objects))}
	for i, o := range m.objects {
		t, err := r.blobs.get(o.blob)
		if err != nil {
			return &engine.Image{}, err
		}
		image.Objects[i] = engine.Object{Name: o.name, Form: o.form, Fraction: o.fraction, Data: t, Step: o.step, Origin: o.origin, Passing: o.passing, Frozen: o.frozen}
	}
	r.images[party], r.of[party] = image, m
	return image, nil
}

// Close closes the file. A closed replay cannot go on.
func (r *Replay) Close() {
	if r.file != nil {
		r.file.Close() // it was only read
		r.file = nil
	}
	if r.err == nil {
		r.err = errClosed
	}
}

var errClosed = errors.New("the recording is closed")

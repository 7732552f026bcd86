package recording

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"unseen/engine"
	"unseen/engine/trace"
)

// Options say what to record, and how.
type Options struct {
	Command  string                // that makes the same run; kept in the header
	Steps    int                   // record the first so many events; 0 means all
	Progress func(step, total int) // told now and then; may be nil
}

// Summary says what was recorded.
type Summary struct {
	Steps   int   // events
	Tensors int   // distinct ones
	Bytes   int64 // of those, before compression
}

// frameSteps is how many bytes of steps fill a frame.
const frameSteps = 1 << 18

// Write runs a session from its beginning and writes its recording. What was
// written before an error is no recording: the last frame is missing.
func Write(ctx context.Context, w io.Writer, s engine.Stepper, o Options) (Summary, error) {
	if at, _ := s.Position(); at != 0 {
		return Summary{}, errors.New("a recording begins at the beginning of a run")
	}
	r := &recorder{w: w, blobs: newBlobWriter(w)}
	r.steps = newStepWriter(r.blobs)
	n := s.Snapshot(nil)
	r.steps.rate = s.Scenario().Learning.Rate
	r.steps.leaving = s.Scenario().Mode == engine.SecureAggregation
	if err := r.begin(s, n, o.Command); err != nil {
		return Summary{}, err
	}
	last := n.Total
	if o.Steps > 0 {
		last = min(last, o.Steps)
	}
	for {
		if err := r.add(n); err != nil {
			return Summary{}, err
		}
		if n.Step >= last {
			break
		}
		if o.Progress != nil && n.Step%glance == 0 {
			o.Progress(n.Step, last)
		}
		at := n.Step
		if err := s.Next(ctx, trace.Message); err != nil {
			return Summary{}, err
		}
		if n = s.Snapshot(n); n.Step != at+1 {
			return Summary{}, fmt.Errorf("after step %d comes step %d", at, n.Step)
		}
	}
	return r.finish(n)
}

// glance is how many events pass between two reports of progress.
const glance = 256

type recorder struct {
	w     io.Writer
	blobs *blobWriter
	steps *stepWriter
	count int // steps of the frame under way
}

func (r *recorder) begin(s engine.Stepper, first *engine.Snapshot, command string) error {
	if _, err := fmt.Fprintf(r.w, "%s%d\n", magic, Version); err != nil {
		return err
	}
	h, err := describe(s, first, command)
	if err != nil {
		return err
	}
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if err := writeFrame(r.w, headerFrame, text); err != nil {
		return err
	}
	table, err := encodeTable(s.Dataset().Set.Table)
	if err != nil {
		return err
	}
	return writeFrame(r.w, dataFrame, table)
}

func (r *recorder) add(n *engine.Snapshot) error {
	if err := r.steps.step(n); err != nil {
		return fmt.Errorf("step %d: %w", n.Step, err)
	}
	if r.count++; len(r.steps.data) < frameSteps {
		return nil
	}
	return r.flush()
}

// flush writes the frames under way, the tensors before the steps that show them.
func (r *recorder) flush() error {
	if err := r.blobs.flush(); err != nil || r.count == 0 {
		return err
	}
	packed, err := deflate(r.steps.take(r.count))
	if err != nil {
		return err
	}
	r.count = 0
	return writeFrame(r.w, stepFrame, packed)
}

func (r *recorder) finish(n *engine.Snapshot) (Summary, error) {
	if err := r.flush(); err != nil {
		return Summary{}, err
	}
	text, err := json.Marshal(end{n.Step, int(r.blobs.total), uint64(n.Digest)})
	if err != nil {
		return Summary{}, err
	}
	return Summary{n.Step, int(r.blobs.total), r.blobs.bytes}, writeFrame(r.w, endFrame, text)
}

package recording

import (
	"encoding/json"
	"errors"
	"io"
	"os"

	"unseen/data"
	"unseen/engine"
	"unseen/engine/trace"
)

// keyDistance is how many steps lie between two states that a replay remembers.
const keyDistance = 256

// reader collects what the frames of a file hold.
type reader struct {
	header *header
	set    *data.Set
	blobs  []blob
	tape   tape
	state  *state // after the last step
	book   engine.Book
	ended  *end
}

// tape is all steps of a recording.
type tape struct {
	strings []string
	chunks  [][]byte
	places  []place // of each step, the first being step 0
	levels  []trace.Level
	keys    []*state // every keyDistance steps
}

// place is where a step begins.
type place struct{ chunk, at int32 }

// Open opens a recording; the file stays open until the replay is closed. An
// *[Error] says why a file is none, or cannot be read.
func Open(name string) (*Replay, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, unreadable(err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a regular file")
	}
	if err != nil {
		f.Close()
		return nil, unreadable(err)
	}
	r, err := Read(f, info.Size())
	if err != nil {
		f.Close()
		return nil, err
	}
	r.file = f
	return r, nil
}

// Read reads a recording of so many bytes. It checks all of it but the numbers of
// the tensors, which it fetches from r when they are shown.
func Read(r io.ReaderAt, size int64) (*Replay, error) {
	f, err := newFrames(io.NewSectionReader(r, 0, size), size)
	if err != nil {
		return nil, err
	}
	in := &reader{}
	for {
		payload, err := f.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = in.frame(f, payload)
		}
		if err != nil {
			return nil, err
		}
	}
	if in.ended == nil {
		return nil, cutOff()
	}
	return in.replay(r)
}

// frame takes the present frame of f.
func (in *reader) frame(f *frames, payload []byte) (err error) {
	if in.ended != nil {
		return damaged("something follows its end")
	}
	if (in.header == nil) != (f.kind == headerFrame) || in.header != nil && (in.set == nil) != (f.kind == dataFrame) {
		return damaged("its parts are not in order")
	}
	switch f.kind {
	case headerFrame:
		in.header, err = decodeHeader(payload)
		if err == nil {
			in.state = &state{step: -1, memories: make([]*memory, len(in.header.Parties))}
			for i := range in.state.memories {
				in.state.memories[i] = &memory{}
			}
		}
	case dataFrame:
		in.set, err = decodeTable(payload)
	case blobFrame:
		in.blobs, err = readBlobs(in.blobs, payload, f.off)
	case stepFrame:
		var plain []byte
		if plain, err = inflate(payload); err == nil {
			err = in.steps(plain)
		}
	case endFrame:
		in.ended = &end{}
		if json.Unmarshal(payload, in.ended) != nil {
			return damaged("its end is no JSON")
		}
	}
	return err
}

// steps decodes a frame of steps.
func (in *reader) steps(plain []byte) error {
	t := &in.tape
	r := stepReader{decoder: decoder{data: plain}, blobs: len(in.blobs), private: in.header.private(), leaving: in.header.Away}
	for range r.count(1) {
		t.strings = append(t.strings, r.text())
	}
	r.strings = t.strings
	n := r.count(1)
	t.chunks = append(t.chunks, plain)
	for range n {
		t.places = append(t.places, place{int32(len(t.chunks) - 1), int32(r.at)})
		if err := r.step(in.state); err != nil {
			return err
		}
		level := trace.Epoch
		if e := &in.state.event; len(e.path) > 0 {
			level = e.path[len(e.path)-1].Level
			in.book.Add(e.light())
		}
		t.levels = append(t.levels, level)
		if in.state.step%keyDistance == 0 {
			t.keys = append(t.keys, in.state.clone())
		}
	}
	if r.bad || r.at != len(plain) {
		return damaged("a part of its steps does not fit")
	}
	return nil
}

// replay checks the whole and makes the replay.
func (in *reader) replay(file io.ReaderAt) (*Replay, error) {
	if in.state == nil || in.state.step != in.ended.Steps || len(in.blobs) != in.ended.Tensors || uint64(in.state.digest) != in.ended.Digest ||
		len(in.tape.keys) == 0 || len(in.tape.keys[0].history.Epochs) == 0 {
		return nil, damaged("it does not hold what its end says")
	}
	dataset, err := engine.Prepare(in.header.Scenario, in.set)
	if err != nil {
		return nil, damaged("its rows do not fit its settings: %v", err)
	}
	baseline, err := dataset.Baseline(in.header.Scenario)
	if err != nil {
		return nil, damaged("its settings: %v", err)
	}
	privacy, err := engine.PlanPrivacy(in.header.Scenario, dataset)
	if err != nil {
		return nil, damaged("its settings: %v", err)
	}
	p := &Replay{
		privacy: privacy,
		header:  in.header, dataset: dataset, baseline: baseline, tape: in.tape, book: in.book,
		blobs: newBlobReader(file, in.blobs), at: in.tape.keys[0].clone(),
		images: make([]*engine.Image, len(in.header.Parties)), of: make([]*memory, len(in.header.Parties)),
	}
	return p, nil
}

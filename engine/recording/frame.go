package recording

import (
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"strings"
)

// Version is the version of the format that this package writes. It reads those before,
// too.
const Version = 2

// magic begins the first line of a recording; the version follows.
const magic = "unseen recording "

// The kinds of frames.
const (
	headerFrame = 'h'
	dataFrame   = 'd'
	blobFrame   = 'b'
	stepFrame   = 's'
	endFrame    = 'e'
)

// Bounds on what a reader believes.
const (
	maxFrame = 1 << 28 // bytes of a payload as it is stored
	maxPlain = 1 << 29 // bytes of a payload after decompression
)

// Error says why a file cannot be read as a recording.
type Error struct {
	What string
	Mend string
	Err  error // what the system said; may be nil
}

// Error says what is wrong with the file, and how to mend it.
func (e *Error) Error() string { return e.What + "; " + e.Mend }

// Unwrap returns what the system said.
func (e *Error) Unwrap() error { return e.Err }

func damaged(format string, values ...any) error {
	return &Error{What: "the recording is damaged: " + fmt.Sprintf(format, values...), Mend: "record the run again with unseen trace --out"}
}

func cutOff() error {
	return &Error{What: "the recording is cut off: its end is missing", Mend: "copy the whole file, or record the run again with unseen trace --out"}
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// frameHead is the size of what precedes a payload: kind and length.
const frameHead = 5

// writeFrame writes one frame.
func writeFrame(w io.Writer, kind byte, payload []byte) error {
	if len(payload) > maxFrame {
		return fmt.Errorf("a frame of %d bytes is too large", len(payload))
	}
	head := binary.LittleEndian.AppendUint32([]byte{kind}, uint32(len(payload)))
	sum := crc32.Update(crc32.Checksum(head, castagnoli), castagnoli, payload)
	for _, part := range [][]byte{head, payload, binary.LittleEndian.AppendUint32(nil, sum)} {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// frames reads the frames of a file one after the other.
type frames struct {
	r    *bufio.Reader
	at   int64 // offset of the next frame
	left int64 // bytes of the file from there
	kind byte
	off  int64 // offset of the payload of the present frame
	buf  []byte
}

// newFrames checks the first line.
func newFrames(r io.Reader, size int64) (*frames, error) {
	f := &frames{r: bufio.NewReaderSize(r, 1<<16)}
	foreign := &Error{What: "this is no recording of unseen", Mend: "name a file that unseen trace --out has written"}
	line, err := f.r.Peek(int(min(size, int64(len(magic)+8))))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, unreadable(err)
	}
	if !bytes.HasPrefix(line, []byte(magic)) {
		if len(line) > 0 && strings.HasPrefix(magic, string(line)) {
			return nil, cutOff()
		}
		return nil, foreign
	}
	number, _, ended := bytes.Cut(line[len(magic):], []byte("\n"))
	version, err := strconv.Atoi(string(number))
	switch {
	case !ended && len(line) < len(magic)+8:
		return nil, cutOff()
	case !ended || err != nil || version < 1:
		return nil, foreign
	case version > Version:
		return nil, &Error{What: fmt.Sprintf("the recording has format %d, and this unseen reads up to %d", version, Version), Mend: "open it with a newer unseen"}
	}
	f.at = int64(len(magic) + len(number) + 1)
	f.left = size - f.at
	_, err = f.r.Discard(int(f.at))
	return f, err
}

// next reads a frame and checks its sum. The payload is borrowed until the next
// call. At the end of the file it returns io.EOF.
func (f *frames) next() ([]byte, error) {
	if f.left == 0 {
		return nil, io.EOF
	}
	var head [frameHead]byte
	if err := f.read(head[:]); err != nil {
		return nil, err
	}
	n := int64(binary.LittleEndian.Uint32(head[1:]))
	if n > maxFrame || !strings.ContainsRune("hdbse", rune(head[0])) {
		return nil, damaged("at byte %d no part of it begins", f.at-frameHead)
	}
	if f.left < n+4 {
		return nil, cutOff()
	}
	f.kind, f.off = head[0], f.at
	if int64(cap(f.buf)) < n {
		f.buf = make([]byte, n)
	}
	payload := f.buf[:n]
	if err := f.read(payload); err != nil {
		return nil, err
	}
	var sum [4]byte
	if err := f.read(sum[:]); err != nil {
		return nil, err
	}
	want := crc32.Update(crc32.Checksum(head[:], castagnoli), castagnoli, payload)
	if binary.LittleEndian.Uint32(sum[:]) != want {
		return nil, damaged("the checksum of the part at byte %d does not fit", f.off-frameHead)
	}
	return payload, nil
}

func (f *frames) read(to []byte) error {
	n, err := io.ReadFull(f.r, to)
	f.at += int64(n)
	f.left -= int64(n)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return cutOff()
	case err != nil:
		return unreadable(err)
	}
	return nil
}

func unreadable(err error) error {
	return &Error{What: "the file cannot be read: " + err.Error(), Mend: "check the file and its permissions", Err: err}
}

// deflate compresses; the result belongs to the caller.
func deflate(plain []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.DefaultCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// inflate undoes deflate, up to maxPlain bytes.
func inflate(packed []byte) ([]byte, error) {
	plain, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), maxPlain+1))
	switch {
	case err != nil:
		return nil, damaged("a part does not decompress")
	case len(plain) > maxPlain:
		return nil, damaged("a part is larger than any that was ever written")
	}
	return plain, nil
}

package data

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"unicode/utf8"
)

// MaxBytes is the size of the largest file that is read.
const MaxBytes = 100_000_000

// source passes the bytes of a file on while it counts, hashes and checks them,
// so that a file that is too long or no text at all is refused at the first
// such byte, however long the rest may be.
type source struct {
	in    io.Reader
	file  string
	limit int64 // the most bytes to pass on
	read  int64
	line  int // of the next byte
	part  []byte
	sum   hash.Hash
	err   error // what Read answered last, when that was not nil
}

func newSource(r io.Reader, file string, limit int64) *source {
	return &source{in: r, file: file, limit: limit, line: 1, sum: sha256.New()}
}

// Read implements io.Reader. Other than io.EOF it returns only *Error.
func (s *source) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.in.Read(p)
	s.read += int64(n)
	s.sum.Write(p[:n])
	switch end := errors.Is(err, io.EOF); {
	case s.read > s.limit:
		s.err = tooLarge(s.file, s.limit)
	case !s.isText(p[:n], end):
		s.err = &Error{File: s.file, Line: s.line, What: "this is not text in UTF-8",
			Mend: "save the table as CSV in UTF-8"}
	case end:
		s.err = io.EOF
	case err != nil:
		s.err = unreadable(s.file, err)
	}
	if s.err != nil && s.err != io.EOF {
		n = 0
	}
	return n, s.err
}

// isText checks the next bytes of the file, of which the last may be the start
// of a character that the following call completes.
func (s *source) isText(p []byte, end bool) bool {
	if len(s.part) > 0 {
		p = append(s.part, p...)
	}
	for len(p) > 0 && (end || utf8.FullRune(p)) {
		r, size := utf8.DecodeRune(p)
		if r == 0 || r == utf8.RuneError && size == 1 {
			return false
		}
		if r == '\n' {
			s.line++
		}
		p = p[size:]
	}
	s.part = slices.Clone(p) // the caller may reuse p
	return true
}

// text returns the file without the byte order mark that some programs put
// before the first character.
func (s *source) text() *bufio.Reader {
	const mark = "\ufeff"
	b := bufio.NewReader(s)
	if start, _ := b.Peek(len(mark)); string(start) == mark {
		_, _ = b.Discard(len(mark)) // cannot fail: these bytes are in the buffer
	}
	return b
}

// digest returns the SHA-256 of what was read, in hexadecimal.
func (s *source) digest() string { return hex.EncodeToString(s.sum.Sum(nil)) }

func tooLarge(file string, limit int64) *Error {
	return &Error{File: file,
		What: fmt.Sprintf("the file is larger than %d MB", limit/1_000_000),
		Mend: "use fewer rows"}
}

func unreadable(file string, err error) *Error {
	return &Error{File: file, What: fmt.Sprintf("the file cannot be read: %v", err),
		Mend: "check the path and its permissions", Err: err}
}

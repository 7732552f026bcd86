package cli

import (
	"bufio"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"unseen/engine"
)

// target is a file that is being written. A regular file is written beside its
// place and put there by commit, so that nobody ever sees half of it; devices and
// pipes are written as they are.
type target struct {
	*bufio.Writer
	file  *os.File
	flag  string // that named the file
	name  string // as given
	place string // where the file goes; empty when it is there already
}

// checkTarget reports whether a file could be written, and leaves no trace.
func checkTarget(flag, name string) error {
	if info, err := os.Stat(name); err == nil && !info.IsDir() && !info.Mode().IsRegular() {
		return nil // looking would already be writing
	}
	t, err := create(flag, name)
	if err != nil {
		return err
	}
	t.abort()
	return nil
}

// create begins to write a file. It must be followed by commit or abort.
func create(flag, name string) (*target, error) {
	t := &target{flag: flag, name: name, place: name}
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		return nil, t.fail(errors.New("is a folder"))
	case err == nil && !info.Mode().IsRegular():
		t.place = ""
		t.file, err = os.OpenFile(name, os.O_WRONLY, 0)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, t.fail(err)
	default:
		if real, err := filepath.EvalSymlinks(name); err == nil {
			t.place = real
		}
		t.file, err = os.OpenFile(t.beside(), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	}
	if err != nil {
		return nil, t.fail(err)
	}
	t.Writer = bufio.NewWriterSize(t.file, 1<<16)
	return t, nil
}

// beside names a new file in the folder of the place.
func (t *target) beside() string {
	var b [6]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program if the system has no randomness
	return filepath.Join(filepath.Dir(t.place), ".unseen-"+hex.EncodeToString(b[:])+".part")
}

// commit puts the file in its place.
func (t *target) commit() error {
	err := errors.Join(t.Flush(), t.file.Close())
	if err == nil && t.place != "" {
		err = os.Rename(t.file.Name(), t.place)
	}
	if err != nil {
		t.abort()
		return t.fail(err)
	}
	t.file = nil
	return nil
}

// wrote says that a file is there of which the result says nothing, what it holds, and how
// large it is. What went to a device or a pipe is not spoken of.
func (a *app) wrote(name string, holds ...string) {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return
	}
	a.say("note: %s is written: %s", printable(name), strings.Join(append(holds, inUnits(info.Size())), ", "))
}

// named says which files a command wrote beside its result, unless it failed: for CSV,
// since text and JSON name them.
func (a *app) named(r *request, err error, files ...string) error {
	if err != nil || r.format.text != "csv" {
		return err
	}
	for _, name := range files {
		if name != "" {
			a.wrote(name)
		}
	}
	return nil
}

// abort leaves nothing of the file behind. After commit it does nothing.
func (t *target) abort() {
	if t.file == nil {
		return
	}
	_ = t.file.Close() // what was written is not wanted
	if t.place != "" {
		_ = os.Remove(t.file.Name())
	}
	t.file = nil
}

// fail says why the file cannot be written.
func (t *target) fail(err error) error {
	var link *os.LinkError
	what := cause(err)
	if errors.As(err, &link) {
		what = link.Err.Error()
	}
	mend := "name a file in a folder where you may write"
	if errors.Is(err, fs.ErrNotExist) {
		what, mend = "there is no such folder", "make the folder, or name another file"
	}
	return &engine.SettingError{Setting: t.flag, Value: quote(t.name), What: what, Mend: mend}
}

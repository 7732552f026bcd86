package data

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
)

// ArchiveURL is where the UCI Machine Learning Repository publishes the data set
// Credit Approval, number 27.
const ArchiveURL = "https://archive.ics.uci.edu/static/public/27/credit+approval.zip"

// maxArchive is the size in bytes of the largest archive that is downloaded. The
// published one has 32,000.
const maxArchive = 10_000_000

// byHand is how to do without [Fetch].
const byHand = "download https://archive.ics.uci.edu/dataset/27 by hand and give the path of the crx.data in it"

// FetchOptions say from where and to where.
type FetchOptions struct {
	URL      string                  // of the archive; "" means [ArchiveURL]
	Dir      string                  // folder for crx.data, made where there is none
	Client   *http.Client            // nil means one that does as the environment says about proxies
	Progress func(done, total int64) // called as bytes arrive; total is -1 where the server does not say; may be nil
}

// Result says what [Fetch] stored.
type Result struct {
	Path   string // of crx.data
	Bytes  int    // its size
	SHA256 string // of the file, in lower-case hexadecimal
	Note   string // what is unusual about it; "" if it is the file known as [CRXDigest]
}

// Fetch downloads the archive with crx.data, checks that the file has the rows,
// columns, classes and missing values of the published one, and stores it as
// crx.data in the folder. A file that was there before is replaced. The context
// bounds the time it may take.
//
// Every error is an *[Error], and then nothing is stored and what was there
// before is untouched: the server cannot be reached, answers with an error, or
// breaks off; it sends the request on from https to http; the download is larger
// than 10 MB, no archive, or one without crx.data; the file in it is larger than
// 1 MB or fails the checks; the folder cannot be written to.
func Fetch(ctx context.Context, o FetchOptions) (Result, error) {
	if o.URL == "" {
		o.URL = ArchiveURL
	}
	if o.Dir == "" {
		return Result{}, &Error{What: "no folder is chosen for crx.data", Mend: "name a folder"}
	}
	from, err := url.Parse(o.URL)
	if err != nil || from.Host == "" || from.Scheme != "https" && from.Scheme != "http" {
		return Result{}, &Error{What: quote(o.URL) + " is not the address of a download", Err: err,
			Mend: "give one that begins with https://"}
	}
	archive, err := download(ctx, from, o)
	if err != nil {
		return Result{}, err
	}
	text, err := unpack(archive, from.Redacted())
	if err != nil {
		return Result{}, err
	}
	table, err := checkCRX(text, from.Redacted())
	if err != nil {
		return Result{}, err
	}
	r := Result{Path: filepath.Join(o.Dir, crxName), Bytes: len(text), SHA256: table.SHA256}
	if table.SHA256 != CRXDigest {
		r.Note = fmt.Sprintf("this is not the crx.data known before (SHA-256 %s…, not %s…), but has its rows, columns and classes",
			table.SHA256[:12], CRXDigest[:12])
	}
	if err := store(r.Path, text); err != nil {
		return Result{}, err
	}
	return r, nil
}

// download returns what the server sends.
func download(ctx context.Context, from *url.URL, o FetchOptions) ([]byte, error) {
	address := from.Redacted() // as errors show it, without a password
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, from.String(), nil)
	if err != nil {
		return nil, unreachable(ctx, address, err)
	}
	client := http.Client{}
	if o.Client != nil {
		client = *o.Client
	}
	client.CheckRedirect = stayEncrypted(client.CheckRedirect)
	response, err := client.Do(request)
	if err != nil {
		return nil, unreachable(ctx, address, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, &Error{File: address, What: "the server answered " + response.Status,
			Mend: "try again later, or " + byHand}
	}
	if response.ContentLength > maxArchive {
		return nil, longArchive(address)
	}
	body := &counted{in: response.Body, total: response.ContentLength, progress: o.Progress}
	archive, err := io.ReadAll(io.LimitReader(body, maxArchive+1))
	switch {
	case err != nil:
		return nil, unreachable(ctx, address, err)
	case len(archive) > maxArchive:
		return nil, longArchive(address)
	}
	return archive, nil
}

// errDowngrade is reported by an http.Client within a *url.Error.
var errDowngrade = errors.New("the server sends the request on from https to an address without encryption")

// stayEncrypted returns a rule for redirects that adds to another, which may be
// nil: what began with https does not go on without.
func stayEncrypted(other func(*http.Request, []*http.Request) error) func(*http.Request, []*http.Request) error {
	const most = 10
	return func(next *http.Request, before []*http.Request) error {
		switch {
		case before[0].URL.Scheme == "https" && next.URL.Scheme != "https":
			return errDowngrade
		case other != nil:
			return other(next, before)
		case len(before) >= most:
			return fmt.Errorf("the server sends the request on more than %d times", most)
		}
		return nil
	}
}

// unreachable turns an error of package http or of the connection into an
// *Error.
func unreachable(ctx context.Context, address string, err error) *Error {
	e := &Error{File: address, Err: err, Mend: "check the connection and try again, or " + byHand}
	switch cause, ok := errors.AsType[*url.Error](err); {
	case errors.Is(ctx.Err(), context.Canceled):
		e.What, e.Mend = "the download was stopped", "start it again"
	case errors.Is(err, context.DeadlineExceeded), os.IsTimeout(err):
		e.What = "the server takes too long to answer"
	case errors.Is(err, io.ErrUnexpectedEOF):
		e.What = "the download broke off"
	case errors.Is(err, errDowngrade):
		e.What, e.Mend = errDowngrade.Error(), byHand
	case ok: // without the address, which the error repeats
		e.What = fmt.Sprintf("the download failed: %v", cause.Err)
	default:
		e.What = fmt.Sprintf("the download failed: %v", err)
	}
	return e
}

func longArchive(address string) *Error {
	return &Error{File: address, What: fmt.Sprintf("the download is larger than %d MB", maxArchive/1_000_000), Mend: byHand}
}

// counted reports how many bytes it passed on.
type counted struct {
	in          io.Reader
	done, total int64
	progress    func(done, total int64)
}

// Read reads on and tells how far it is.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.done += int64(n)
	if c.progress != nil && n > 0 {
		c.progress(c.done, c.total)
	}
	return n, err
}

// store writes a file so that there is never a part of it under its name:
// beside it first, safely on the disk, then renamed.
func store(path string, text []byte) (err error) {
	defer func() {
		if err != nil {
			err = &Error{File: path, What: fmt.Sprintf("the file cannot be stored: %v", causeOf(err)),
				Mend: "make the folder writable and see that the disk has room, or choose another", Err: err}
		}
	}()
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".crx-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close() // the first error is the one to report
			_ = os.Remove(f.Name())
		}
	}()
	if _, err := io.Copy(f, bytes.NewReader(text)); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil { // others on the machine may read public data
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// causeOf strips the path, which the message has already, from an error of
// package os.
func causeOf(err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err
	}
	return err
}

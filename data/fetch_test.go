package data

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"unseen/data/reference"
)

// zipped returns an archive with the files, given by name and content in turn.
func zipped(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// serve starts a server on this machine that runs as long as the test.
func serve(t *testing.T, answer http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return server
}

// sending answers every request with these bytes.
func sending(body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		_, _ = w.Write(body) // the client may hang up
	}
}

// wantNothing checks that a folder, if it is there, holds no file.
func wantNothing(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, entry := range entries {
		t.Errorf("%s was left behind", entry.Name())
	}
}

// The twin passes for the real file but for the checksum.
func TestFetch(t *testing.T) {
	archive := zipped(t, "Index", "about", "credit/", "", "credit/crx.data", twinText, "crx.data", "another")
	server := serve(t, sending(archive))
	dir := filepath.Join(t.TempDir(), "share", "unseen")
	for range 2 { // a second time over what is there
		var done, total int64
		got, err := Fetch(t.Context(), FetchOptions{URL: server.URL, Dir: dir, Progress: func(d, n int64) {
			if d <= done {
				t.Errorf("%d bytes after %d", d, done)
			}
			done, total = d, n
		}})
		if err != nil {
			t.Fatal(err)
		}
		want := Result{Path: filepath.Join(dir, "crx.data"), Bytes: len(twinText), SHA256: Twin().SHA256, Note: got.Note}
		if got != want || !strings.Contains(got.Note, "SHA-256") {
			t.Errorf("%+v", got)
		}
		if done != int64(len(archive)) || total != done {
			t.Errorf("%d of %d bytes, want %d", done, total, len(archive))
		}
	}
	stored, err := os.ReadFile(filepath.Join(dir, "crx.data"))
	if err != nil || string(stored) != twinText {
		t.Errorf("%d bytes were stored, %v", len(stored), err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("%v", entries)
	}
}

func TestReferenceFetch(t *testing.T) {
	text, err := os.ReadFile(reference.CRX(t))
	if err != nil {
		t.Fatal(err)
	}
	server := serve(t, sending(zipped(t, "crx.names", "", "crx.data", string(text))))
	got, err := Fetch(t.Context(), FetchOptions{URL: server.URL, Dir: t.TempDir()})
	if err != nil || got.Note != "" || got.SHA256 != CRXDigest {
		t.Errorf("%+v, %v", got, err)
	}
	table, err := Open(got.Path, Options{})
	if err != nil || table.Source != "crx" {
		t.Errorf("%v", err)
	}
}

// Whatever the server sends, a bad download is one clear line and no file.
func TestFetchRefuses(t *testing.T) {
	good := zipped(t, "crx.data", twinText)
	lines := strings.SplitAfter(twinText, "\n")
	changed := func(old, new string) []byte { return zipped(t, "crx.data", strings.Replace(twinText, old, new, 1)) }
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		word   string
	}{
		"no such page": {http.NotFound, "404"},
		"server error": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, "503"},
		"no content":   {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, "204"},
		"broken off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(good)))
			_, _ = w.Write(good[:len(good)/2])
		}, "broke off"},
		"broken off in a chunk": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(good[:len(good)/2])
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, "broke off"},
		"half an archive":  {sending(good[:len(good)/2]), "not a complete zip"},
		"a page":           {sending([]byte("<html>sign in")), "not a complete zip"},
		"nothing":          {sending(nil), "not a complete zip"},
		"another archive":  {sending(zipped(t, "crx.names", "", "notcrx.data", "")), "holds no crx.data"},
		"folder only":      {sending(zipped(t, "crx.data/", "")), "holds no crx.data"},
		"damaged":          {sending(damaged(good)), "is damaged"},
		"too long":         {sending(make([]byte, maxArchive+1)), "larger than 10 MB"},
		"says it is long":  {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "10000001") }, "larger than 10 MB"},
		"bomb":             {sending(zipped(t, "crx.data", strings.Repeat("0", 3*maxFile))), "larger than 1 MB"},
		"not a table":      {sending(zipped(t, "crx.data", "\x00\x01")), "not the published crx.data"},
		"too few rows":     {sending(zipped(t, "crx.data", strings.Join(lines[1:], ""))), "689 rows"},
		"a table":          {sending(zipped(t, "crx.data", "x,y\n1,2\n")), "not the published crx.data"},
		"another class":    {sending(changed(",+\n", ",-\n")), "306 rows of class +"},
		"another missing":  {sending(changed(",00160,", ",?,")), "68 missing"},
		"wrong row":        {sending(changed("34.42", "abc")), `crx.data:1:2: this is not the published crx.data: "abc" in A2`},
		"redirect, no end": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) }, "more than 10"},
	} {
		t.Run(name, func(t *testing.T) {
			server := serve(t, c.answer)
			dir := filepath.Join(t.TempDir(), "unseen")
			_, err := Fetch(t.Context(), FetchOptions{URL: server.URL, Dir: dir})
			wantError(t, err, server.URL, c.word)
			wantNothing(t, dir)
		})
	}
}

// damaged returns the archive with another byte in the middle of its data.
func damaged(archive []byte) []byte {
	changed := bytes.Clone(archive)
	changed[len(changed)/2] ^= 1
	return changed
}

func TestFetchKeepsTheOldFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "crx.data")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	server := serve(t, http.NotFound)
	_, err := Fetch(t.Context(), FetchOptions{URL: server.URL, Dir: dir})
	wantError(t, err, server.URL)
	if text, err := os.ReadFile(path); string(text) != "old" {
		t.Errorf("%q, %v", text, err)
	}
}

func TestFetchOffline(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close() // nobody listens any more
	dir := t.TempDir()
	_, err := Fetch(t.Context(), FetchOptions{URL: server.URL, Dir: dir})
	wantError(t, err, server.URL+": the download failed: ", "check the connection", "archive.ics.uci.edu")
	wantNothing(t, dir)
}

func TestFetchSlowServer(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"silent": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"stuck": func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte("PK"))
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := serve(t, answer)
			dir := t.TempDir()
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			_, err := Fetch(ctx, FetchOptions{URL: server.URL, Dir: dir})
			e := wantError(t, err, server.URL, "takes too long")
			if !errors.Is(e, context.DeadlineExceeded) {
				t.Errorf("%v", e.Err)
			}
			ctx, cancel = context.WithCancel(t.Context())
			time.AfterFunc(20*time.Millisecond, cancel)
			_, err = Fetch(ctx, FetchOptions{URL: server.URL, Dir: dir})
			wantError(t, err, server.URL, "was stopped")
			wantNothing(t, dir)
		})
	}
}

// From https the request must not go on without; elsewhere it may.
func TestFetchRedirects(t *testing.T) {
	plain := serve(t, sending(zipped(t, "crx.data", twinText)))
	onward := func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, plain.URL, http.StatusFound) }
	secure := httptest.NewTLSServer(http.HandlerFunc(onward))
	t.Cleanup(secure.Close)
	dir := t.TempDir()
	_, err := Fetch(t.Context(), FetchOptions{URL: secure.URL, Dir: dir, Client: secure.Client()})
	wantError(t, err, secure.URL, "without encryption")
	wantNothing(t, dir)

	// A client's own rule holds as well, and the client stays as it was.
	own := secure.Client()
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return errors.New("not with me") }
	from := serve(t, onward)
	_, err = Fetch(t.Context(), FetchOptions{URL: from.URL, Dir: dir, Client: own})
	wantError(t, err, from.URL, "not with me")
	if _, err := Fetch(t.Context(), FetchOptions{URL: from.URL, Dir: dir}); err != nil {
		t.Error(err)
	}
}

func TestFetchUnknownCertificate(t *testing.T) {
	secure := httptest.NewUnstartedServer(sending(zipped(t, "crx.data", twinText)))
	secure.Config.ErrorLog = quiet()
	secure.StartTLS()
	t.Cleanup(secure.Close)
	_, err := Fetch(t.Context(), FetchOptions{URL: secure.URL, Dir: t.TempDir()})
	wantError(t, err, secure.URL, "certificate")
}

func TestFetchAddresses(t *testing.T) {
	for _, address := range []string{"crx.zip", "file:///crx.zip", "https://", "ftp://host/crx.zip", "http://a b/", "\x1b"} {
		_, err := Fetch(t.Context(), FetchOptions{URL: address, Dir: t.TempDir()})
		wantError(t, err, "", "not the address")
	}
	_, err := Fetch(t.Context(), FetchOptions{})
	wantError(t, err, "no folder")
	server := serve(t, http.NotFound)
	secret := strings.Replace(server.URL, "http://", "http://me:secret@", 1)
	_, err = Fetch(t.Context(), FetchOptions{URL: secret, Dir: t.TempDir()})
	if wantError(t, err, "http://me:"); strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
}

// Where the file cannot be stored, nothing is left.
func TestFetchStores(t *testing.T) {
	server := serve(t, sending(zipped(t, "crx.data", twinText)))
	t.Run("file in the way", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(file, "unseen")
		_, err := Fetch(t.Context(), FetchOptions{URL: server.URL, Dir: dir})
		wantError(t, err, dir, "cannot be stored", "writable")
	})
	t.Run("folder in the way", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(dir, "crx.data", "full"), 0o755); err != nil {
			t.Fatal(err)
		}
		_, err := Fetch(t.Context(), FetchOptions{URL: server.URL, Dir: dir})
		wantError(t, err, filepath.Join(dir, "crx.data"), "cannot be stored")
		if entries, _ := os.ReadDir(dir); len(entries) != 1 {
			t.Errorf("%v", entries)
		}
	})
	t.Run("read-only", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.Chmod(dir, 0o555); err != nil {
			t.Fatal(err)
		}
		if os.WriteFile(filepath.Join(dir, "probe"), nil, 0o644) == nil {
			t.Skip("this user may write to any folder")
		}
		_, err := Fetch(t.Context(), FetchOptions{URL: server.URL, Dir: dir})
		wantError(t, err, filepath.Join(dir, "crx.data"), "cannot be stored", "permission denied")
		wantNothing(t, dir)
	})
}

// FuzzUnpack: any bytes are either refused with one line or hold a file that is
// not too large.
func FuzzUnpack(f *testing.F) {
	good := zipped(f, "a/crx.data", "b,30.83,0\n")
	for _, archive := range [][]byte{good, good[:len(good)/2], damaged(good), zipped(f), zipped(f, "crx.data", strings.Repeat("0", maxFile+1)), nil} {
		f.Add(archive)
	}
	f.Fuzz(func(t *testing.T, archive []byte) {
		text, err := unpack(archive, "test.zip")
		if err != nil {
			wantError(t, err, "test.zip: ")
			return
		}
		if len(text) > maxFile {
			t.Fatalf("%d bytes", len(text))
		}
		if _, err := checkCRX(text, "test.zip"); err != nil {
			wantError(t, err, "test.zip ▸ crx.data")
		}
	})
}

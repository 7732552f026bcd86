package cli

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"unseen/data/reference"
)

// home is an environment in which the user's data are in this folder.
func home(dir string) func(*Streams) {
	return func(s *Streams) {
		s.Env = []string{"XDG_DATA_HOME=" + dir, "HOME=" + dir, "LocalAppData=" + dir}
	}
}

func TestFetchJSON(t *testing.T) {
	server := archiveServer("good")
	defer server.Close()
	a := world(context.Background(), home(t.TempDir()), "data", "fetch", "--url", server.URL, "--format", "json")
	if a.status != 0 || a.err != "" {
		t.Fatalf("status %d, %s", a.status, a.err)
	}
	wantShape(t, a.out, `{path:string rows:number complete:number classes:{+:number -:number} bytes:number sha256:string note:string}`)
}

func TestDataAreThoseThatWereFetched(t *testing.T) {
	dir, real := t.TempDir(), reference.CRX(t)
	server := archiveServer("good")
	defer server.Close()
	a := world(context.Background(), home(dir), "data", "fetch", "--url", server.URL, "--format", "csv")
	path, _, found := strings.Cut(strings.TrimPrefix(a.out, "path,rows,complete,bytes,sha256,note\n"), ",")
	if a.status != 0 || !found {
		t.Fatalf("status %d, %q, %s", a.status, a.out, a.err)
	}
	text, err := os.ReadFile(real)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, words := range [][]string{nil, {"--data", "crx"}} {
		a = world(context.Background(), home(dir), append([]string{"train", "--epochs", "1"}, words...)...)
		if a.status != 0 || !strings.Contains(a.out, "\ndata      crx ("+path+"): 653 rows") {
			t.Errorf("%v: status %d, %s%s", words, a.status, a.out, a.err)
		}
	}
}

func TestAFolderIsNoFetchedFile(t *testing.T) {
	dir := t.TempDir()
	for _, below := range []string{"unseen", filepath.Join("Library", "Application Support", "unseen")} {
		if err := os.MkdirAll(filepath.Join(dir, below, "crx.data"), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	a := world(context.Background(), home(dir), "train", "--epochs", "1")
	if a.status != 0 || !strings.Contains(a.out, "data      twin, built in") {
		t.Errorf("status %d, %s%s", a.status, a.out, a.err)
	}
}

// A server that sends slowly what it says is 1000 bytes.
func slowServer(began func()) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		for range 10 {
			_, _ = w.Write(make([]byte, 50)) // the client may be gone
			w.(http.Flusher).Flush()
			began()
			select {
			case <-r.Context().Done():
				return
			case <-time.After(80 * time.Millisecond):
			}
		}
	}))
}

func TestFetchShowsABar(t *testing.T) {
	server := slowServer(func() {})
	defer server.Close()
	a := world(context.Background(), func(s *Streams) { home(t.TempDir())(s); s.ErrTerminal = true }, "data", "fetch", "--url", server.URL)
	bars, line, _ := strings.Cut(a.err, "unseen: ")
	if a.status != 1 || !strings.HasPrefix(bars, "\rdownloading ━") || !strings.HasSuffix(bars, "\r\x1b[K") || !oneSafeLine("unseen: "+line) {
		t.Errorf("status %d, %q", a.status, a.err)
	}
}

func TestInterruptedFetch(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	server := slowServer(cancel)
	defer server.Close()
	dir := t.TempDir()
	a := world(ctx, home(dir), "data", "fetch", "--url", server.URL)
	if a.status != 130 || a.err != "unseen: stopped\n" {
		t.Errorf("status %d, %q", a.status, a.err)
	}
	empty(t, dir)
}

package cli

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"unseen/data"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"unseen": func() {
			ctx, _ := Interruptible(context.Background())
			os.Exit(Run(ctx, os.Args[1:], System()))
		},
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UNSEEN_UPDATE") != "", // then look at what changed
		Setup: func(e *testscript.Env) error {
			e.Setenv("GORACE", "atexit_sleep_ms=0") // else each command waits a second under the race detector
			for _, name := range []string{"XDG_DATA_HOME", "HOME", "LocalAppData"} {
				e.Setenv(name, filepath.Join(e.WorkDir, "share"))
			}
			return os.WriteFile(filepath.Join(e.WorkDir, "small.data"), []byte(sample(80)), 0o666)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "serve": serve},
	})
}

// exits runs unseen and checks its status: exits 2 train --lr 0. Where the status
// is not 0, standard error must be one line that is safe on a terminal.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: exits status word…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var ended *exec.ExitError
	if err := ts.Exec("unseen", args[1:]...); errors.As(err, &ended) {
		got = ended.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
	if said := ts.ReadFile("stderr"); want != 0 && !oneSafeLine(said) {
		ts.Fatalf("standard error is not one line: %q", said)
	}
}

// serve starts a server and sets $URL to its address: serve good|wrong|text|missing|closed.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: serve what")
	}
	server := archiveServer(args[0])
	if args[0] == "closed" {
		server.Close()
	}
	ts.Defer(server.Close)
	ts.Setenv("URL", server.URL)
}

// archiveServer serves an archive with the twin as crx.data, which passes for it,
// or what else it is told to: under its own address, or under /good the twin.
func archiveServer(what string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		what := cmp.Or(strings.TrimPrefix(r.URL.Path, "/"), what)
		switch what {
		case "missing":
			http.NotFound(w, r)
			return
		case "text":
			io.WriteString(w, "nothing to see here")
			return
		}
		archive := zip.NewWriter(w)
		file, err := archive.Create("crx.data")
		if err == nil && what == "good" {
			err = data.Synthesize(file)
		} else if err == nil {
			_, err = io.WriteString(file, sample(80))
		}
		if err != nil || archive.Close() != nil {
			panic(http.ErrAbortHandler)
		}
	}))
}

var safeLine = regexp.MustCompile(`^unseen: [^\p{C}]+\n$`)

func oneSafeLine(text string) bool { return safeLine.MatchString(text) }

// sample makes rows in the format of crx.data. A line separates the classes;
// every tenth row misses a value.
func sample(rows int) string {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	var b strings.Builder
	for i := range rows {
		x, y := r.Float64()*10, r.Float64()*20
		class := "-"
		if x+y/2+r.NormFloat64() > 10 {
			class = "+"
		}
		first := pick("a", "b")
		if i%10 == 9 {
			first = "?"
		}
		fmt.Fprintf(&b, "%s,%.2f,%.3f,%s,g,%s,%s,%.2f,%s,%s,%d,%s,%s,%05d,%d,%s\n", first, 20+3*x, y,
			pick("u", "y"), pick("c", "q", "w"), pick("v", "h"), r.Float64()*5, pick("t", "f"), pick("t", "f"),
			r.IntN(10), pick("t", "f"), pick("g", "s"), r.IntN(400), r.IntN(1000), class)
	}
	return b.String()
}

// small writes a sample into a folder of the test and returns its path.
func small(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "small.data")
	if err := os.WriteFile(path, []byte(sample(80)), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// answer is what a command did.
type answer struct {
	status   int
	out, err string
}

// do runs a command in process, without a terminal.
func do(args ...string) answer {
	var out, err bytes.Buffer
	status := Run(context.Background(), args, Streams{In: strings.NewReader(""), Out: &out, Err: &err})
	return answer{status, out.String(), err.String()}
}

// drawn is the note on a seed that nobody gave.
var drawn = regexp.MustCompile(`^unseen: note: seed ([0-9]+) was drawn; --seed ([0-9]+) repeats this run\n`)

// must runs a command that has to succeed without a word of complaint.
func must(t testing.TB, args ...string) string {
	t.Helper()
	a := do(args...)
	if a.status != 0 || drawn.ReplaceAllString(a.err, "") != "" {
		t.Fatalf("unseen %s: status %d, %s", strings.Join(args, " "), a.status, a.err)
	}
	return a.out
}

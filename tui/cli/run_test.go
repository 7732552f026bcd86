package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// hook is a writer that does something when it is first written to.
type hook func() error

func (h hook) Write(p []byte) (int, error) {
	if err := h(); err != nil {
		return 0, err
	}
	return len(p), nil
}

// world runs a command in a world of its own.
func world(ctx context.Context, change func(*Streams), args ...string) answer {
	var out, err bytes.Buffer
	s := Streams{In: strings.NewReader(""), Out: &out, Err: &err}
	change(&s)
	status := Run(ctx, args, s)
	return answer{status, out.String(), err.String()}
}

func TestInterruptedTraining(t *testing.T) {
	path := small(t)
	weights := filepath.Join(t.TempDir(), "w.json")
	ctx, cancel := context.WithCancel(context.Background())
	a := world(ctx, func(s *Streams) { s.Out = hook(func() error { cancel(); return nil }) },
		"train", "--data", path, "--epochs", "100000", "--weights", weights)
	if a.status != 130 || a.err != "unseen: stopped\n" {
		t.Errorf("status %d, %q", a.status, a.err)
	}
	empty(t, filepath.Dir(weights))
}

func TestInterruptedTraceLeavesNoFile(t *testing.T) {
	path, dir := small(t), t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer cancel()
		for range 1000 {
			if list, err := os.ReadDir(dir); err != nil || len(list) > 0 {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		time.Sleep(5 * time.Millisecond)
	}()
	a := world(ctx, func(*Streams) {}, "trace", "--data", path, "--epochs", "100000", "--seed", "1", "--out", filepath.Join(dir, "trace.txt"))
	if a.status != 130 || a.err != "unseen: stopped\n" || a.out != "" {
		t.Errorf("status %d, %q", a.status, a.err)
	}
	empty(t, dir)
}

// A signal that comes twice, as timeout(1) sends it, is one interruption: the program
// says that it stopped.
func TestInterruptedTwice(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no interrupt that a test could send to one process")
	}
	path := small(t)
	for range 5 {
		c := exec.Command("unseen", "trace", "--data", path, "--epochs", "100000", "--seed", "1")
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		var said bytes.Buffer
		c.Stderr = &said
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(out, make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := c.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Millisecond)
		}
		if _, err := io.Copy(io.Discard, out); err != nil {
			t.Fatal(err)
		}
		var ended *exec.ExitError
		if err := c.Wait(); !errors.As(err, &ended) || ended.ExitCode() != 130 || said.String() != "unseen: stopped\n" {
			t.Fatalf("%v, %q", err, said.String())
		}
	}
}

func empty(t *testing.T, dir string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil || len(list) > 0 {
		t.Errorf("%s holds %v: %v", dir, list, err)
	}
}

func TestNobodyReads(t *testing.T) {
	path := small(t)
	for _, args := range [][]string{
		{"train", "--epochs", "100000"}, {"trace", "--epochs", "100000", "--seed", "1"}, {"trace", "--format", "json", "--seed", "1"}, {"train", "--format", "json", "--seed", "1"},
		{"data", "head"}, {"data", "columns"}, {"data", "describe", "--format", "csv"},
		{"compare", "--modes", "central"}, {"compare", "--modes", "central", "--format", "json", "--seed", "1"},
	} {
		a := world(context.Background(), func(s *Streams) { s.Out = hook(func() error { return syscall.EPIPE }) }, append(args, "--data", path)...)
		if a.status != 0 || a.err != "" {
			t.Errorf("%v: status %d, %q", args, a.status, a.err)
		}
	}
}

func TestFullDisk(t *testing.T) {
	path := small(t)
	for _, args := range [][]string{{"train"}, {"trace", "--seed", "1"}, {"data", "head"}, {"train", "--format", "csv", "--seed", "1"}, {"compare", "--modes", "central"}} {
		a := world(context.Background(), func(s *Streams) { s.Out = hook(func() error { return syscall.ENOSPC }) }, append(args, "--data", path)...)
		if a.status != 1 || !oneSafeLine(a.err) || !strings.Contains(a.err, "standard output") {
			t.Errorf("%v: status %d, %q", args, a.status, a.err)
		}
	}
}

func TestOurOwnMistake(t *testing.T) {
	a := world(context.Background(), func(s *Streams) { s.Out = hook(func() error { panic("two\nlines \x1b[31m") }) }, "version")
	if a.status != 1 || !oneSafeLine(a.err) || !strings.Contains(a.err, "please report it") {
		t.Errorf("status %d, %q", a.status, a.err)
	}
}

func TestExploreNeedsATerminal(t *testing.T) {
	path := small(t)
	for _, args := range [][]string{{"--data", path}, {"explore", "--data", path}} {
		for _, change := range []func(*Streams){
			func(*Streams) {}, func(s *Streams) { s.InTerminal = true }, func(s *Streams) { s.OutTerminal = true },
		} {
			a := world(context.Background(), change, args...)
			if a.status != 2 || !oneSafeLine(a.err) || !strings.Contains(a.err, "needs a terminal") {
				t.Errorf("%v: status %d, %q", args, a.status, a.err)
			}
		}
	}
}

func TestEscapesInTheFileDoNotReachTheTerminal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "odd.csv")
	if err := os.WriteFile(path, []byte("x\x1b[2J,z,y\n1,p\x1b[31m,a\n2,q,b\n3,r,a\n4,q,b\x1b[0m\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"data", "head"}, {"data", "columns"}, {"data", "describe"}, {"train", "--split", "1", "--epochs", "1"}} {
		a := do(append(args, "--data", path, "--label", "y")...)
		if strings.Contains(a.out+a.err, "\x1b") || a.status != 0 && !oneSafeLine(a.err) {
			t.Errorf("%v: %q %q", args, a.out, a.err)
		}
	}
}

func TestStyle(t *testing.T) {
	path := small(t)
	for name, c := range map[string]struct {
		terminal bool
		env      []string
		styled   bool
	}{
		"file":     {false, []string{"TERM=xterm"}, false},
		"terminal": {true, []string{"TERM=xterm"}, true},
		"no color": {true, []string{"TERM=xterm", "NO_COLOR=yes"}, false},
		"dumb":     {true, []string{"TERM=dumb"}, false},
	} {
		a := world(context.Background(), func(s *Streams) { s.OutTerminal, s.Env = c.terminal, c.env }, "train", "--data", path, "--epochs", "1")
		if got := strings.Contains(a.out, "\x1b["); a.status != 0 || got != c.styled {
			t.Errorf("%s: status %d, styled %v", name, a.status, got)
		}
	}
}

func TestBar(t *testing.T) {
	var screen bytes.Buffer
	at := time.Unix(0, 0)
	b := &bar{w: &screen, now: func() time.Time { return at }, began: at}
	at = at.Add(400 * time.Millisecond)
	b.update("epoch 1 of 4", 1, 10)
	b.clear()
	if screen.Len() > 0 {
		t.Errorf("the bar came after 0.4 s: %q", screen.String())
	}
	at = at.Add(600 * time.Millisecond)
	b.update("epoch 1 of 4", 2, 10)
	if want := "\repoch 1 of 4 ━━━━━━┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄  20 % · 4.0 s left\x1b[K"; screen.String() != want {
		t.Errorf("the bar is %q, want %q", screen.String(), want)
	}
	screen.Reset()
	at = at.Add(40 * time.Millisecond)
	b.update("epoch 1 of 4", 3, 10)
	if screen.Len() > 0 {
		t.Error("the bar was drawn twice within 50 ms")
	}
	b.clear()
	if screen.String() != "\r\x1b[K" {
		t.Errorf("the bar was cleared by %q", screen.String())
	}
	var none *bar
	none.update("nothing", 1, 2)
	none.clear()
}

func TestDurations(t *testing.T) {
	for d, want := range map[time.Duration]string{
		1500 * time.Millisecond: "1.5 s", 42 * time.Second: "42 s", 90 * time.Second: "1 min 30 s", 150 * time.Minute: "2 h 30 min",
	} {
		if got := duration(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

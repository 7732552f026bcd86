//go:build unix

package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// terminal is the whole program in a real terminal: a pseudoterminal of the system
// with an emulator behind it that draws what the program writes and answers what it
// asks.
type terminal struct {
	t    testing.TB
	file *os.File
	cmd  *exec.Cmd

	mu      sync.Mutex
	screen  *vt.Emulator
	written time.Time // when the program wrote last
}

// inTerminal starts the program with these words.
func inTerminal(t testing.TB, w, h int, dir string, args ...string) *terminal {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "unseen") // by this name the tests' binary is the program, see TestMain
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=truecolor", "HOME="+dir, "XDG_DATA_HOME="+dir)
	file, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: uint16(w), Rows: uint16(h)})
	if err != nil {
		t.Skipf("there is no pseudoterminal: %v", err)
	}
	x := &terminal{t: t, file: file, cmd: cmd, screen: vt.NewEmulator(w, h)}
	go x.draw()
	go x.answer()
	t.Cleanup(func() {
		cmd.Process.Kill() // it has ended, or the test has failed
		file.Close()
	})
	return x
}

// draw lets the emulator draw what the program writes.
func (x *terminal) draw() {
	buf := make([]byte, 1<<16)
	for {
		n, err := x.file.Read(buf)
		x.mu.Lock()
		x.written = time.Now()
		x.screen.Write(buf[:n])
		x.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// answer hands the emulator's answers to the program.
func (x *terminal) answer() {
	buf := make([]byte, 256)
	for {
		n, err := x.screen.Read(buf)
		if err != nil {
			return
		}
		x.file.Write(buf[:n])
	}
}

func (x *terminal) text() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.screen.String()
}

func (x *terminal) press(keys ...string) {
	x.t.Helper()
	for _, k := range keys {
		if _, err := x.file.WriteString(k); err != nil {
			x.t.Fatalf("key %q: %v", k, err)
		}
	}
}

// shows waits until all of this is on the screen.
func (x *terminal) shows(want ...string) {
	x.t.Helper()
	text := ""
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		text = x.text()
		missing := false
		for _, w := range want {
			missing = missing || !strings.Contains(text, w)
		}
		if !missing {
			return
		}
	}
	x.t.Fatalf("the screen lacks one of %q:\n%s", want, text)
}

// lacks waits until this is no longer on the screen.
func (x *terminal) lacks(text string) {
	x.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if !strings.Contains(x.text(), text) {
			return
		}
	}
	x.t.Fatalf("%q stays on the screen:\n%s", text, x.text())
}

func (x *terminal) resize(w, h int) {
	x.t.Helper()
	x.mu.Lock()
	x.screen.Resize(w, h)
	x.mu.Unlock()
	if err := pty.Setsize(x.file, &pty.Winsize{Cols: uint16(w), Rows: uint16(h)}); err != nil {
		x.t.Fatal(err)
	}
}

// ends waits for the program to end well.
func (x *terminal) ends() {
	x.t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- x.cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			x.t.Errorf("the program ended with %v:\n%s", err, x.text())
		}
	case <-time.After(20 * time.Second):
		x.t.Fatalf("the program does not end:\n%s", x.text())
	}
}

const (
	right = "\x1b[C"
	left  = "\x1b[D"
	down  = "\x1b[B"
	enter = "\r"
	esc   = "\x1b"
	ctrlC = "\x03"
)

// A lesson in a terminal: step, zoom, go to an epoch, change the mode, and leave.
func TestTerminalSteps(t *testing.T) {
	x := inTerminal(t, 100, 30, t.TempDir(), "explore", "--data", small(t), "--seed", "42", "--epochs", "2")
	x.shows("Nothing has happened yet", "seed 42 (fixed)")
	x.press(right)
	x.shows("Scale the columns", " 1 of ")
	for _, step := range []string{" 2 of", " 3 of", " 4 of"} { // a wish replaces one that still waits: one at a time
		x.press(right)
		x.shows(step)
	}
	x.shows("Take the next rows")
	x.press(left)
	x.shows("Ready to train", " 3 of ")
	x.press("[", "[", "[")
	x.shows("zoom: epoch")
	x.press(right)
	x.shows("Epoch 1 of 2 is over")
	x.press("g", "12", enter)
	x.shows(" 12 of ")
	x.press("?")
	x.shows("What you see")
	x.press(esc)
	x.lacks("What you see")
	x.press("m")
	x.shows("each keeps its place")
	x.press(down, enter)
	x.shows("[federated]", "Nothing has happened yet")
	x.press("q")
	x.shows("Recent runs", "step 12 of")
	x.press("q")
	x.ends()
}

// A recording in a terminal opens at its step, and interrupting ends it at once.
func TestTerminalReplays(t *testing.T) {
	dir, rows := t.TempDir(), small(t)
	file := filepath.Join(dir, "run.unseen")
	if a := do("trace", "--data", rows, "--mode", "federated", "--workers", "4", "--epochs", "1", "--seed", "1", "--out", file); a.status != 0 || a.out != "" || !strings.HasPrefix(a.err, "unseen: note: "+file+" is written: 264 steps, ") {
		t.Fatalf("status %d, %s%s", a.status, a.out, a.err)
	}
	x := inTerminal(t, 120, 36, dir, "explore", "--replay", "run.unseen", "--step", "12", "--zoom", "message")
	x.shows("recording of small.data", " 12 of ", "zoom: message")
	x.press(right)
	x.shows(" 72 of ") // the next message
	x.press(left)
	x.shows(" 12 of ")
	x.press(left)
	x.shows(" 5 of ")
	x.press("y")
	x.shows("unseen explore --replay run.unseen --step 5 --zoom message")
	x.press(esc)
	x.lacks("The command for this place")
	x.press(">")
	x.shows("Epoch 1 of 1 is over")
	x.press(ctrlC)
	x.ends()
}

// A projector in a terminal: the numbers wait for enter, and nothing is lost by a
// window that was too small for a while.
func TestTerminalPresents(t *testing.T) {
	x := inTerminal(t, 80, 24, t.TempDir(), "explore", "--present", "--data", small(t), "--seed", "42")
	x.shows("seed 42 (fixed)")
	x.press(right)
	x.shows(" 1 of ", "enter shows the numbers", "          →")
	x.press(enter)
	x.shows("(0.0000")
	x.resize(60, 20)
	x.shows("needs a terminal of 80×24", "this one has 60×20")
	x.resize(120, 36)
	x.shows(" 1 of ")
	x.press("z")
	x.shows("╭")
	x.press("C")
	x.shows("charts of what runs have come to", "accuracy")
	x.press("q")
	x.lacks("charts of what")
	x.press("q")
	x.shows("Recent runs")
	x.press("q")
	x.ends()
}

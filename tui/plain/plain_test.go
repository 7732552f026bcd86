package plain

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode"

	"unseen/data"
	"unseen/engine"
	"unseen/engine/recording"
	"unseen/engine/trace"
	"unseen/tui/golden"
	"unseen/tui/say"
)

func session(t testing.TB, mode string) *engine.Session {
	t.Helper()
	s, err := engine.Default(mode, "default")
	if err != nil {
		t.Fatal(err)
	}
	s.Data.Rows, s.Data.Workers, s.Network.Hidden = 40, 4, []int{3}
	s.Learning.Epochs, s.Learning.Rounds = 2, 2
	s.Seed, s.Fixed = 3, true
	set, err := data.Twin().Encode()
	if err != nil {
		t.Fatal(err)
	}
	run, err := engine.New(s, set)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(run.Close)
	return run
}

func talk(t testing.TB, run engine.Stepper, o Options, said ...string) string {
	t.Helper()
	var out bytes.Buffer
	if err := Explore(context.Background(), run, strings.NewReader(strings.Join(said, "\n")), &out, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// readable reports the first character that a screen reader stumbles over.
func readable(t *testing.T, text string) {
	t.Helper()
	for _, r := range text {
		if r == '\x1b' || r >= 0x2500 && r <= 0x28ff || r != '\n' && unicode.IsControl(r) {
			t.Fatalf("%q is in the text", r)
		}
	}
}

// Every command works in every mode, on a live run and on a recording of it, and
// says the same.
func TestEveryCommand(t *testing.T) {
	said := []string{"", "step 5", "g 6", "where", "show", "show x", "parties", "memory server", "memory S w1", "m 1", "memory nobody", "memory server nothing",
		"zoom", "zoom batch", "s", "s 2", "b", "messages", "cost", "loss", "zoom out", "zoom out", "s", "zoom in", "zoom sideways", "g 12", "goto e1",
		"goto 1,0", "goto x", "goto", "g 100000000", "end", "s", "command", "step x", "back 100000", "b", "dance", "help", "quit", "step"}
	for _, mode := range engine.Modes() {
		t.Run(mode, func(t *testing.T) {
			live := talk(t, session(t, mode), Options{Command: "unseen explore --mode " + mode}, said...)
			readable(t, live)
			scene := say.Scene{Scenario: engine.Scenario{Mode: mode}}
			epoch, batch := scene.LevelName(trace.Epoch), scene.LevelName(trace.Batch)
			for _, want := range []string{
				"Step 0 of ", "Step 6 of ", "S: server, server", "nobody\" takes no part", "A step is one " + batch + " now.", "the levels here are " + epoch + ", " + batch + ", layer",
				"Step 12 of ", "Measured by the simulator", "goto takes a step", "This is the end.", "This is the beginning.",
				"unseen explore --mode " + mode + " --plain --step ", "steps go from 0 to ", `"x" is not a number of steps`, `"dance" is not a command`, "quit, short q: leave",
			} {
				if !strings.Contains(live, want) {
					t.Errorf("it does not say %q:\n%s", want, live)
				}
			}
			if strings.HasSuffix(live, "> > \n") {
				t.Error("quit does not quit")
			}
			var file bytes.Buffer
			if _, err := recording.Write(context.Background(), &file, session(t, mode), recording.Options{}); err != nil {
				t.Fatal(err)
			}
			replay, err := recording.Read(bytes.NewReader(file.Bytes()), int64(file.Len()))
			if err != nil {
				t.Fatal(err)
			}
			if again := talk(t, replay, Options{Command: "unseen explore --mode " + mode}, said...); again != live {
				t.Errorf("the recording says otherwise:\n%s\n\nand live:\n%s", again, live)
			}
		})
	}
}

// sessions at the prompt that go through what a mode has to show: what happened, the
// numbers, who knows what, through whose eyes.
var sessions = map[string][]string{
	engine.Central: {"", "", "", "", "", "show z1", "knows", "ledger", "break loss rises", "zoom batch", "", "", "break", "break remove 1", "back", "zoom epoch", "",
		"loss", "parties", "memory server w1", "eyes server", "loss", "command"},
	engine.Federated: {"", "zoom visit", "", "", "", "break sends server", "", "break", "parties", "eyes 2", "", "parties", "memory server", "knows", "ledger", "loss", "cost",
		"break remove 1", "break remove 1", "zoom message", "", "back", "eyes server", "knows", "eyes 0", "zoom server round", "ledger send", "command"},
	engine.Aggregated: {"goto e1", "knows", "ledger", "zoom message", "back", "back", "eyes aggregator", "memory aggregator", "knows", "eyes nobody", "eyes", "eyes 0", "end", "loss"},
	engine.SecureAggregation: {"zoom stage", "", "", "", "", "", "zoom message", "", "eyes server", "knows", "eyes 0", "zoom server-round", "", "knows", "ledger", "loss",
		"parties", "memory server sum"},
	engine.Encrypted: {"break operation matmul", "end", "show z1", "eyes 3", "memory 3 a", "knows", "eyes dealer", "knows", "eyes 0", "break opening", "", "break operation relu",
		"break remove 1", "break remove 1", "end", "zoom batch", "break remove 1", "", "ledger", "knows", "messages", "zoom epoch", "", "end", "knows", "loss", "ledger loss", "command"},
}

// Whole sessions, as a screen reader reads them.
func TestSessions(t *testing.T) {
	for _, mode := range engine.Modes() {
		t.Run(mode, func(t *testing.T) {
			said := sessions[mode]
			parts := strings.Split(talk(t, session(t, mode), Options{Command: "unseen explore --mode " + mode}, said...), "\n> ")
			readable(t, strings.Join(parts, "\n"))
			if len(parts) < len(said)+1 {
				t.Fatalf("%d answers to %d commands", len(parts)-1, len(said))
			}
			text := parts[0]
			for i, line := range said {
				text += "\n> " + line + "\n" + parts[i+1]
			}
			golden.Text(t, mode, text)
		})
	}
}

// The step it opens at is the first thing said, and the end of the input ends it.
func TestOpensAtAStep(t *testing.T) {
	text := talk(t, session(t, engine.Central), Options{Step: 9})
	if !strings.Contains(text, "\nStep 9 of ") || strings.Contains(text, "Step 0 of") {
		t.Errorf("it opens elsewhere:\n%s", text)
	}
}

// Interrupting ends the session with the reason.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out bytes.Buffer
	silent, w := newPipe()
	defer w()
	if err := Explore(ctx, session(t, engine.Central), silent, &out, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

// newPipe returns an input in which nothing ever comes.
func newPipe() (r *io.PipeReader, end func()) {
	r, w := io.Pipe()
	return r, func() { w.Close() }
}

package plain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"unseen/data"
	"unseen/engine"
	"unseen/engine/recording"
	"unseen/engine/trace"
	"unseen/tui/golden"
	"unseen/tui/say"
	"unseen/tui/widget"
	"unseen/tui/worlds"
)

func session(t testing.TB, mode string) *engine.Session {
	t.Helper()
	if mode == engine.PrivatePrediction {
		return worlds.Prediction(t)
	}
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
		"value server w1[0,0]", "value S w1[999,0]", "value server", "distribution server w1", "origin", "origin server w1[0,0]", "origin 1", "origin back", "origin x",
		"memory server w1[1,1]", "follow", "follow 3", "follow nobody there", "wire", "wire send", "packet 1", "packet x", "flows", "project", "project 20 100", "project 1", "threshold", "threshold 70", "threshold x",
		"workers", "goto 1,0", "goto x", "goto", "g 100000000", "end", "s", "command", "step x", "back 100000", "b", "dance", "help", "quit", "step"}
	for _, mode := range append(engine.Modes(), engine.PrivatePrediction) {
		t.Run(mode, func(t *testing.T) {
			live := talk(t, session(t, mode), Options{Command: "unseen explore --mode " + mode}, said...)
			readable(t, live)
			scene := say.Scene{Scenario: engine.Scenario{Mode: mode}}
			epoch, batch := scene.LevelName(trace.Epoch), scene.LevelName(trace.Batch)
			told := []string{"A step is one " + batch + " now.", "the levels here are " + epoch + ", " + batch + ", layer", "Measured by the simulator"}
			if scene.Predicts() { // without batches, and nothing is measured
				told = []string{"the levels here are " + epoch + ", layer", "nothing is trained in a prediction, so there is no loss"}
			}
			for _, want := range append(told,
				"Step 0 of ", "Step 6 of ", "S: server, server", "nobody\" takes no part",
				"Step 12 of ", "goto takes a step", "This is the end.", "This is the beginning.",
				"unseen explore --mode "+mode+" --plain --step ", "steps go from 0 to ", `"x" is not a number of steps`, `"dance" is not a command`, "quit, short q: leave",
			) {
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
		"loss", "parties", "memory server w1", "value server w1[0,1]", "distribution server w1", "threshold", "threshold 35",
		"break operation matmul", "back", "step", "origin server z1[0,0]", "origin 1", "origin 1", "origin 1", "follow 7", "eyes server", "loss", "command"},
	engine.Federated: {"", "zoom visit", "", "", "", "break sends server", "", "break", "parties", "eyes 2", "", "parties", "memory server", "knows", "ledger", "loss", "cost",
		"break remove 1", "break remove 1", "zoom message", "", "back", "wire", "packet 3", "flows", "project", "workers", "eyes server", "threshold", "workers", "follow", "packet 3", "knows", "eyes 0", "zoom server round", "ledger send", "command"},
	engine.Aggregated: {"goto e1", "knows", "ledger", "zoom message", "back", "back", "eyes aggregator", "memory aggregator", "knows", "eyes nobody", "eyes", "eyes 0", "end", "loss"},
	engine.SecureAggregation: {"zoom stage", "", "", "", "", "", "zoom message", "", "eyes server", "knows", "eyes 0", "zoom server-round", "", "knows", "ledger", "loss",
		"parties", "memory server sum", "zoom stage", "back", "back", "offline 2", "offline server", "command",
		"break operation add up", "end", "value server sum[0,0]", "value 2 b[0,0]", "value 2 shares held[0,1]", "distribution 2 neighbours", "wire masked", "packet 375", "wire unmask", "packet 392"},
	engine.PrivatePrediction: {"", "", "", "", "show row", "zoom part", "", "zoom operation", "break operation relu", "end", "value 1 z1[0,0]", "origin 1 x[0,3]", "origin 1", "eyes 1", "knows", "follow", "ledger", "eyes server", "knows", "where",
		"eyes 4", "knows", "break remove 1", "end", "origin 4 probabilities[0,0]", "follow", "ledger", "eyes 0", "knows", "loss", "follow", "break loss rises", "break epoch 1", "cost", "command"},
	engine.Encrypted: {"break operation matmul", "end", "show z1", "value 1 x[2,5]", "distribution 2 x", "origin 3 z1[1,0]", "origin 1", "origin 1", "origin 1", "origin 1", "origin 1", "origin back", "memory 3 x[2,38]",
		"cost", "project 5 1000", "eyes 3", "value 3 x[2,5]", "origin 3 z1[1,0]", "origin 1", "origin 1", "value 1 x[2,5]", "memory 3 a", "knows", "eyes dealer", "knows", "eyes 0", "break opening", "", "break operation relu",
		"break remove 1", "break remove 1", "end", "zoom batch", "break remove 1", "", "ledger", "knows", "messages", "zoom epoch", "", "end", "knows", "loss", "ledger loss", "command"},
}

// Whole sessions, as a screen reader reads them.
func TestSessions(t *testing.T) {
	for _, mode := range append(engine.Modes(), engine.PrivatePrediction) {
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

// unbroken is how wide a terminal is on which every sentence has a line.
func unbroken() int { return 1 << 20 }

// No line is longer than the terminal is wide, or than 80 characters where nobody knows how
// wide it is, but that of a command, which is copied as it is. However wide it is, the same
// is said.
func TestNoLineIsTooLong(t *testing.T) {
	for _, mode := range engine.Modes() {
		words := func(text string) string { return strings.Join(strings.Fields(text), "") } // a word may be longer than a line
		said := append(sessions[mode], "help")
		whole := talk(t, session(t, mode), Options{Command: "unseen explore", Width: unbroken}, said...)
		for _, w := range []int{0, 40, 132} {
			text := talk(t, session(t, mode), Options{Command: "unseen explore", Width: func() int { return w }}, said...)
			if words(text) != words(whole) {
				t.Errorf("%s: at %d characters something else is said", mode, w)
			}
			if w == 0 {
				w = 80
			}
			for line := range strings.SplitSeq(text, "\n") {
				if n := widget.Width(strings.TrimPrefix(line, "> ")); n > w && !strings.Contains(line, "unseen explore ") {
					t.Errorf("%s: %d of %d characters: %s", mode, n, w, line)
				}
			}
		}
	}
}

// What help says of a command can be typed as it stands there.
func TestHelpIsTyped(t *testing.T) {
	text := talk(t, session(t, engine.Central), Options{Width: unbroken}, "help", "break operation matmul", "break remove 1", "break", "zoom out", "zoom in", "eyes server", "eyes 0")
	for _, want := range []string{"break remove N removes", "zoom in and zoom out change", "eyes 0 looks at everything", "Removed: ", "There is no breakpoint."} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "is not a command") {
		t.Error(text)
	}
}

// A cell is written in five ways, all of one number, and the shares add up to it.
func TestValuesAreOneNumber(t *testing.T) {
	text := talk(t, session(t, engine.Encrypted), Options{Width: unbroken}, "break operation matmul", "end", "value 2 x[1,3]")
	read := func(pattern string, base int) (out []uint64) {
		for _, m := range regexp.MustCompile("(?m)^"+pattern+"$").FindAllStringSubmatch(text, -1) {
			n, err := strconv.ParseUint(m[1], base, 64)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, n)
		}
		if len(out) == 0 {
			t.Fatalf("nothing is like %q:\n%s", pattern, text)
		}
		return out
	}
	words := []uint64{read(`unsigned: (\d+)`, 10)[0], read(`hex: ([0-9a-f]{16})`, 16)[0], read(`bits: ([01]{64})`, 2)[0], read(`share of \w+: ([0-9a-f]{16}), .*`, 16)[1],
		read(`share of \w+: .*, unsigned (\d+), .*`, 10)[1], read(`share of \w+: .*, bits ([01]{64})`, 2)[1]}
	if m := regexp.MustCompile(`signed: (-?\d+)`).FindStringSubmatch(text); m == nil {
		t.Error("no signed number")
	} else if n, err := strconv.ParseInt(m[1], 10, 64); err != nil || uint64(n) != words[0] {
		t.Errorf("signed it is %s", m[1])
	}
	for _, w := range words {
		if w != words[0] {
			t.Errorf("it is %v", words)
		}
	}
	sum := uint64(0)
	for _, w := range read(`share of \w+: ([0-9a-f]{16}), .*`, 16) {
		sum += w
	}
	if m := regexp.MustCompile(`They add up to ([0-9a-f]{16}) modulo 2\^64, unsigned \d+, signed -?\d+, which stands for ([-0-9.e]+)\.`).FindStringSubmatch(text); m == nil {
		t.Errorf("they add up to nothing:\n%s", text)
	} else if m[1] != fmt.Sprintf("%016x", sum) || m[2] != strconv.FormatFloat(float64(int64(sum))/(1<<20), 'g', -1, 64) {
		t.Errorf("they add up to %s = %s, want %016x", m[1], m[2], sum)
	}
}

// What is hidden under a mask is no number, and is not read as one.
func TestMaskedIsNoNumber(t *testing.T) {
	text := talk(t, session(t, engine.Encrypted), Options{}, "break opening", "end", "end", "end", "end", "end", "end", "break remove 1", "break operation matmul", "end", "value 1 d w1", "value 1 w1")
	masked, number, _ := strings.Cut(text[strings.Index(text, "d w1[0,0] of"):], "w1[0,0] of EmmyFlores, share")
	if strings.Contains(masked, "decoded") || strings.Contains(masked, "bits 1 is the sign") || !strings.Contains(masked, "it stands for no number") {
		t.Errorf("d w1 is read as\n%s", masked)
	}
	if !strings.Contains(number, "which stands for") {
		t.Errorf("w1 is read as\n%s", number)
	}
}

// What is opened bit by masked bit is no number either: a cell of it is in hex, as its table.
func TestMaskedBitsAreNoNumber(t *testing.T) {
	text := talk(t, session(t, engine.Encrypted), Options{Width: unbroken}, "break operation relu", "end", "memory 1 δ", "value 1 δ[0,0]")
	table := regexp.MustCompile(`\[0\]: 0x([0-9a-f]+)`).FindStringSubmatch(text)
	cell := regexp.MustCompile(`hex: 0*([0-9a-f]+)\n`).FindStringSubmatch(text)
	if table == nil || cell == nil || table[1] != cell[1] || !strings.Contains(text, "it stands for no number") || strings.Contains(text, "decoded: ") {
		t.Errorf("δ is read as %v in its table, and as %v:\n%s", table, cell, text)
	}
}

// A worker that has a loss in memory is not told that it has none.
func TestALossInMemory(t *testing.T) {
	text := talk(t, session(t, engine.Federated), Options{}, "break operation nll", "end", "eyes EmmyFlores", "loss", "memory EmmyFlores loss")
	if !strings.Contains(text, "In the memory of EmmyFlores: loss = 5.295, since step 23") || !strings.Contains(text, "[0]: 5.29474") {
		t.Errorf("the loss in memory is told as\n%s", text)
	}
}

// Through a party's eyes nothing is said of others' memories, rows and metrics, by
// whatever command.
func TestEyesAreKept(t *testing.T) {
	for _, c := range []struct{ mode, eyes, said string }{
		{engine.Federated, "2", "memory 1"}, {engine.Federated, "2", "memory 1 raw"}, {engine.Federated, "2", "value 1 raw[0,0]"}, {engine.Federated, "2", "distribution 1 raw"},
		{engine.Federated, "2", "origin 1 raw[0,0]"}, {engine.Federated, "server", "follow"}, {engine.Federated, "server", "follow 1"}, {engine.Federated, "server", "threshold"},
		{engine.Central, "server", "threshold"}, {engine.Central, "server", "workers"}, {engine.Encrypted, "1", "value 2 x[0,0]"}, {engine.Encrypted, "dealer", "follow"},
		{engine.SecureAggregation, "1", "offline 2"},
	} {
		text := talk(t, session(t, c.mode), Options{Width: unbroken}, "goto e1", "eyes "+c.eyes, c.said)
		_, text, _ = strings.Cut(text, "Through the eyes of ")
		_, text, _ = strings.Cut(text, "> ")
		if answer := strings.TrimSpace(strings.TrimSuffix(text, "> \n")); strings.Count(answer, "\n") > 0 || !strings.Contains(answer, "eyes 0") && !strings.Contains(answer, "sees nobody's way") && !strings.Contains(answer, "not for these eyes") {
			t.Errorf("%s, eyes %s, %s: %s", c.mode, c.eyes, c.said, answer)
		}
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

// An input that ends with the interruption does not make it an end like any other.
func TestInterruptAtTheEndOfInput(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	run := session(t, engine.Central)
	for range 50 {
		if err := Explore(ctx, run, strings.NewReader(""), io.Discard, Options{}); !errors.Is(err, context.Canceled) {
			t.Fatalf("the error is %v", err)
		}
	}
}

// newPipe returns an input in which nothing ever comes.
func newPipe() (r *io.PipeReader, end func()) {
	r, w := io.Pipe()
	return r, func() { w.Close() }
}

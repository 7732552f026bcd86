package labs

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"unseen/data"
	"unseen/engine"
	"unseen/tui/golden"
	"unseen/tui/key"
	"unseen/tui/screen"
	"unseen/tui/theme"
	"unseen/tui/widget"
)

// fatal is what a test and a rapid test have in common.
type fatal interface {
	Helper()
	Fatal(...any)
}

// newScreen opens the labs on the first rows of the built-in data.
func newScreen(t fatal, w, h int) *Labs { return screenOn(t, w, h, 60, 8, 4) }

// screenOn opens the labs on so many rows, and with so many hidden units.
func screenOn(t fatal, w, h, rows int, hidden ...int) *Labs {
	t.Helper()
	set, err := data.Twin().Encode()
	if err == nil {
		set, err = set.First(rows)
	}
	if err != nil {
		t.Fatal(err)
	}
	l := New(theme.New(true), Options{Set: set, Seed: 42, Fixed: true, For: func(mode string) (engine.Scenario, error) {
		s, err := engine.Default(mode, "default")
		s.Seed, s.Fixed = 42, true
		s.Network.Hidden = hidden
		return s, err
	}})
	l.Resize(w, h)
	return l
}

// send hands messages to the screen and runs what comes back.
func send(t fatal, l *Labs, msgs ...tea.Msg) {
	t.Helper()
	for _, m := range msgs {
		drain(t, l, l.Update(m))
	}
	whole(t, l)
}

// whole checks that all lines are there, each as wide as the screen.
func whole(t fatal, l *Labs) {
	t.Helper()
	for i, line := range l.Lines() {
		if widget.Width(line) != l.w {
			t.Fatal("line", i, "is", widget.Width(line), "cells wide, want", l.w)
		}
	}
	if len(l.Lines()) != l.h {
		t.Fatal("the screen has", len(l.Lines()), "lines, want", l.h)
	}
}

func drain(t fatal, l *Labs, cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch m := cmd().(type) {
	case tea.BatchMsg:
		for _, c := range m {
			drain(t, l, c)
		}
	case tick: // time passes only where a test says so
	case nil:
	default:
		drain(t, l, l.Update(m))
	}
}

func text(l *Labs) string {
	var lines []string
	for _, line := range l.Lines() {
		lines = append(lines, strings.TrimRight(ansi.Strip(line), " "))
	}
	return strings.Join(lines, "\n") + "\n"
}

// to moves the list to a lab.
func to(t fatal, l *Labs, name string) {
	t.Helper()
	send(t, l, key.Home)
	for l.now().Name != name {
		before := l.at
		if send(t, l, key.Down); l.at == before {
			t.Fatal("no lab", name)
		}
	}
}

// beaverAsks goes to the form of the Beaver bench and turns to a question.
func beaverAsks(name string) []tea.Msg {
	msgs := []tea.Msg{key.NextPane}
	for range 5 {
		msgs = append(msgs, key.Down)
	}
	for _, q := range []string{"share", "z", "possible", "reuse"} {
		if msgs = append(msgs, key.Forward); q == name {
			break
		}
	}
	return msgs
}

func TestScreens(t *testing.T) {
	for _, c := range []struct {
		name, lab string
		w, h      int
		do        []tea.Msg
	}{
		{"beginning", "gradient", 80, 24, nil},
		{"gradient", "gradient", 120, 36, []tea.Msg{key.Choose}},
		{"gradient-small", "gradient", 80, 24, []tea.Msg{key.Choose, key.PageDown}},
		{"beaver", "beaver", 120, 36, []tea.Msg{key.Choose}},
		{"beaver-small", "beaver", 80, 24, []tea.Msg{key.NextPane, key.Forward, key.End, key.Choose}},
		{"beaver-question", "beaver", 120, 36, beaverAsks("z")},
		{"beaver-right", "beaver", 120, 36, append(beaverAsks("z"), key.Down, key.Choose, screen.Typed{Text: "35"}, screen.Typed{Key: "enter"})},
		{"beaver-wrong-small", "beaver", 80, 24, append(beaverAsks("possible"), key.Down, key.Choose, screen.Typed{Text: "1"}, screen.Typed{Key: "enter"})},
		{"truncation", "truncation", 120, 36, []tea.Msg{key.Choose}},
		{"randomness", "randomness", 120, 36, []tea.Msg{key.NextPane, key.Forward, key.Forward, key.Forward, key.Forward, key.PrevPane, key.Choose, key.NextPane, key.NextPane, key.End}},
		{"collude", "collude", 120, 36, []tea.Msg{key.Choose}},
		{"fault-question", "faults", 80, 24, []tea.Msg{key.Choose}},
		{"fault-fix", "faults", 120, 36, []tea.Msg{key.NextPane, key.Backward, key.Down, key.Backward, key.End, key.Choose}},
		{"tamper", "tamper", 120, 36, []tea.Msg{key.Choose}},
		{"activation", "activation", 120, 36, []tea.Msg{key.Choose}},
		{"activation-live", "activation", 200, 60, []tea.Msg{key.NextPane, key.Forward, key.Down, key.Backward}},
		{"ticking", "collude", 80, 24, []tea.Msg{key.NextPane, key.Choose, screen.Typed{Key: "right"}, screen.Typed{Key: "space", Text: " "}}},
		{"ticking-many", "activation", 80, 24, []tea.Msg{key.NextPane, key.Down, key.Choose, screen.Typed{Key: "end"}, screen.Typed{Key: "space", Text: " "}}},
		{"typing", "truncation", 80, 24, []tea.Msg{key.NextPane, key.Choose, screen.Typed{Text: "9"}}},
		{"wrong", "truncation", 80, 24, []tea.Msg{key.NextPane, key.Choose, screen.Typed{Text: "9"}, screen.Typed{Key: "enter"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newScreen(t, c.w, c.h)
			to(t, l, c.lab)
			send(t, l, c.do...)
			golden.Text(t, c.name, text(l))
			for _, size := range [][2]int{{80, 24}, {120, 36}} { // and in both boxes
				if size[0] != c.w {
					l.Resize(size[0], size[1])
					whole(t, l)
					golden.Text(t, fmt.Sprintf("%s-%dx%d", c.name, size[0], size[1]), text(l))
				}
			}
		})
	}
}

// smaller makes a lab run quickly: it is about the screen.
func smaller(b *bench) {
	for k := range b.form {
		switch b.form[k].Name {
		case "models", "shadows", "private-epochs":
			b.form[k].value = "1"
		case "epsilons":
			b.form[k].value = ""
		}
	}
}

// Every lab runs from its form as it stands (with one quick exception), says who
// looks, and what was found.
func TestEveryLabRuns(t *testing.T) {
	l := newScreen(t, 120, 36)
	for i, b := range l.labs {
		l.at = i
		smaller(b)
		send(t, l, key.Choose)
		if b.err != nil || b.report == nil {
			t.Fatalf("%s: %v", b.Name, b.err)
		}
		if b.report.Finding != "" && !strings.Contains(text(l), strings.Fields(b.report.Finding)[0]) {
			t.Errorf("%s does not say what was found:\n%s", b.Name, text(l))
		}
		if b.report.Adversary == "" || len(b.report.Saw) == 0 {
			t.Errorf("%s does not say who the adversary is and what it saw", b.Name)
		}
	}
}

// An answer is an answer to one question: a new question, or other numbers, empty it.
func TestAnswersBelongToTheirQuestion(t *testing.T) {
	l := newScreen(t, 120, 36)
	to(t, l, "beaver")
	send(t, l, beaverAsks("z")...)
	send(t, l, key.Down, key.Choose, screen.Typed{Text: "35"}, screen.Typed{Key: "enter"})
	b := l.now()
	answer := &b.form[b.at]
	if !strings.Contains(text(l), "Right: 35.") || answer.value != "35" {
		t.Fatalf("35 is not taken for x·y:\n%s", text(l))
	}
	if send(t, l, key.Up, key.Forward); answer.value != "" || strings.Contains(text(l), "Right") || !strings.Contains(text(l), "How many are possible?") {
		t.Errorf("after another question:\n%s", text(l))
	}
	send(t, l, key.Down, key.Choose, screen.Typed{Text: "256"}, screen.Typed{Key: "enter"})
	if b.at = 0; !strings.Contains(text(l), "Right: 256.") {
		t.Errorf("256 values are not possible:\n%s", text(l))
	}
	if send(t, l, key.Forward); answer.value != "" {
		t.Error("another x, and the old answer stays")
	}
}

// A value that cannot be used is refused where it is typed, or said where the
// report would be.
func TestWrongValues(t *testing.T) {
	l := newScreen(t, 100, 30)
	to(t, l, "truncation")
	send(t, l, key.NextPane, key.Choose, screen.Typed{Text: "x"}, screen.Typed{Key: "enter"})
	if l.asking == nil || !strings.Contains(text(l), "give one from 2 to 10") {
		t.Errorf("a wrong number was taken:\n%s", text(l))
	}
	send(t, l, screen.Typed{Key: "backspace"}, screen.Typed{Key: "backspace"}, screen.Typed{Text: "5"}, screen.Typed{Key: "enter"})
	if l.asking != nil || l.now().form[0].value != "5" {
		t.Errorf("5 was not taken: %q", l.now().form[0].value)
	}
	send(t, l, key.Backward, key.Backward, key.Backward, key.Backward)
	if got := l.now().form[0].value; got != "2" {
		t.Errorf("turned below its least value: %s", got)
	}
	form := l.now().form
	for k := range form {
		switch form[k].Name {
		case "value":
			form[k].value = "1e9"
		case "fraction-bits":
			form[k].value = "24"
		}
	}
	send(t, l, key.PrevPane, key.Choose)
	if l.now().err == nil || !strings.Contains(text(l), "--value 1e9") {
		t.Errorf("a value without room in the ring:\n%s", text(l))
	}
}

func TestEscCancels(t *testing.T) {
	l := newScreen(t, 100, 30)
	cmd := l.Update(key.Choose)
	if l.running == nil || cmd == nil {
		t.Fatal("nothing runs")
	}
	if !strings.Contains(text(l), "esc stops it") {
		t.Errorf("the screen does not say that something runs:\n%s", text(l))
	}
	l.Update(key.Cancel)
	drain(t, l, cmd)
	if l.running != nil || l.now().report != nil || l.now().err != nil {
		t.Error("a cancelled lab left something behind")
	}
}

// Parties are ticked: what is ticked is what colludes, in their order.
func TestTicks(t *testing.T) {
	l := newScreen(t, 120, 36)
	to(t, l, "collude")
	space := screen.Typed{Key: "space", Text: " "}
	send(t, l, key.NextPane, key.Choose, space, screen.Typed{Key: "x", Text: "x"}, screen.Typed{Key: "end"}, space, screen.Typed{Key: "enter"})
	f := l.now().form[0]
	if l.asking != nil || f.value != "2,dealer" {
		t.Fatalf("1 and 2 were ticked, 1 is taken off and the dealer ticked: %q", f.value)
	}
	send(t, l, key.End, key.Choose)
	if !strings.Contains(text(l), "One secret is left") {
		t.Errorf("holder 2 and the dealer do not know the secret:\n%s", text(l))
	}
	send(t, l, key.Home, key.Choose, screen.Typed{Key: "ctrl+u"}, screen.Typed{Key: "esc"})
	if got := l.now().form[0].value; got != "2,dealer" {
		t.Errorf("esc does not leave them: %q", got)
	}
}

// A live lab runs at once when something is changed, in the place of the run under way,
// and shows what it has found so far.
func TestLiveLabs(t *testing.T) {
	l := newScreen(t, 120, 36)
	to(t, l, "activation")
	send(t, l, key.NextPane, key.Down) // the bits
	b := l.now()
	if b.form[b.at].value != "16" {
		t.Fatalf("the form begins with %q", b.form[b.at].value)
	}
	l.Update(key.Forward)
	first := l.running
	if first == nil || b.form[b.at].value != "17" {
		t.Fatalf("nothing runs, or not with 17 bits: %q", b.form[b.at].value)
	}
	cmd := l.Update(key.Forward)
	if l.running == nil || l.running == first {
		t.Fatal("the first run goes on")
	}
	partial := &engine.LabReport{Finding: "So far."}
	l.running.partial.Store(partial)
	l.Update(tick{l.running})
	if !strings.Contains(text(l), "So far.") {
		t.Errorf("what is known so far does not show:\n%s", text(l))
	}
	drain(t, l, cmd)
	if l.running != nil || b.report == nil || b.report == partial {
		t.Fatal("the second run brought nothing")
	}
	if got := b.report.Facts[1].Value; got != 18 || len(b.report.Tables[0].Rows) < 9 {
		t.Errorf("the report is about %v bits, with %d precisions", got, len(b.report.Tables[0].Rows))
	}
	send(t, l, key.Up, key.Forward)
	if got := b.report.Facts[0].Value; got != "square" {
		t.Errorf("after relu comes %v", got)
	}
	cmd = l.Update(key.Forward)
	l.Update(key.Cancel)
	if drain(t, l, cmd); l.running != nil || b.report.Facts[0].Value != "square" {
		t.Error("esc does not leave what was there")
	}
}

// Whatever is pressed or clicked, whatever the size, also while a lab is under way: no
// panic, no torn line. 100 walks are 1,300 intents; UNSEEN_LONG=1 walks eight times as many.
func TestRandomWalks(t *testing.T) {
	execute, turns := remembering(engine.Lab.Run), 1
	if os.Getenv("UNSEEN_LONG") != "" {
		turns = 8
	}
	for range turns {
		rapid.Check(t, func(t *rapid.T) { walk(t, execute, rapid.IntRange(1, 25).Draw(t, "steps")) })
	}
}

// walk takes so many random steps on a screen whose labs are run by execute.
func walk(t *rapid.T, execute execution, steps int) {
	l := screenOn(t, 80, 24, 20, 3) // all labs, also those that train
	l.execute = execute
	for _, b := range l.labs {
		smaller(b)
		for k := range b.form {
			switch b.form[k].Name {
			case "training-rows":
				b.form[k].value = "10"
			case "steps", "applicants":
				b.form[k].value = "1"
			}
		}
	}
	intents := []key.Intent{key.Up, key.Down, key.PageUp, key.PageDown, key.Home, key.End, key.NextPane, key.PrevPane, key.Forward, key.Backward, key.Choose, key.Cancel}
	var underWay []tea.Cmd
	do := func(m tea.Msg) {
		if cmd := l.Update(m); cmd != nil {
			underWay = append(underWay, cmd)
		}
		whole(t, l)
	}
	for range steps {
		if len(underWay) > 0 && rapid.IntRange(0, 2).Draw(t, "wait") == 0 {
			for _, cmd := range underWay {
				drain(t, l, cmd)
				whole(t, l)
			}
			underWay = nil
		}
		if l.asking != nil {
			do(screen.Typed{Key: rapid.SampledFrom([]string{"x", "enter", "esc", "backspace"}).Draw(t, "key"), Text: rapid.StringN(0, 3, 9).Draw(t, "text")})
			continue
		}
		switch rapid.IntRange(0, 5).Draw(t, "what") {
		case 0:
			l.Resize(rapid.IntRange(80, 200).Draw(t, "w"), rapid.IntRange(24, 60).Draw(t, "h"))
			whole(t, l)
		case 1:
			do(screen.Pointer{X: rapid.IntRange(0, l.w-1).Draw(t, "x"), Y: rapid.IntRange(0, l.h-1).Draw(t, "y"), Wheel: rapid.IntRange(-1, 1).Draw(t, "wheel")})
		default:
			do(rapid.SampledFrom(intents).Draw(t, "intent"))
		}
	}
}

// execution is how a lab is run.
type execution func(engine.Lab, context.Context, engine.LabRequest) (*engine.LabReport, error)

// remembering runs each lab once for all that it is asked alike: it would answer the same,
// and a walk is about the screen.
func remembering(run execution) execution {
	type answer struct {
		report *engine.LabReport
		err    error
	}
	known := map[string]answer{}
	return func(lab engine.Lab, ctx context.Context, q engine.LabRequest) (*engine.LabReport, error) {
		question := fmt.Sprint(lab.Name, q.Scenario.Mode, q.Values)
		a, ok := known[question]
		if !ok {
			a.report, a.err = run(lab, ctx, q)
			if ctx.Err() == nil {
				known[question] = a
			}
		}
		return a.report, cmp.Or(ctx.Err(), a.err)
	}
}

// While a lab runs its bar says how long it takes yet.
func TestTheBarSaysTheTimeLeft(t *testing.T) {
	for _, w := range []int{80, 120, 200} {
		d := newScreen(t, w, 36)
		r := &running{of: d.now(), cancel: func() {}}
		r.progress.Store(&engine.Progress{Done: 1, Total: 4, Elapsed: 20 * time.Second})
		d.running = r
		if got := ansi.Strip(d.footer()); !strings.Contains(got, "25 %") || !strings.Contains(got, "1 min 00 s left") {
			t.Errorf("%d cells: the bar is %q", w, got)
		}
	}
}

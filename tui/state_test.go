package tui

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/key"
	"unseen/tui/screen"
	"unseen/tui/worlds"
)

// words splits a command as a shell does.
func words(t testing.TB, command string) []string {
	t.Helper()
	var out []string
	word, inside, some := "", false, false
	for i := 0; i < len(command); i++ {
		switch c := command[i]; {
		case c == '\'':
			inside, some = !inside, true
		case c == '\\' && !inside:
			i++
			word += command[i : i+1]
		case c == ' ' && !inside:
			if some {
				out = append(out, word)
			}
			word, some = "", false
		default:
			word, some = word+string(c), true
		}
	}
	if inside {
		t.Fatalf("a quote is open in %s", command)
	}
	return append(out, word)
}

// another starts a program anew with a command, as the command line would.
func (e *explorer) another(command string) *explorer {
	e.t.Helper()
	o, list := e.desk.options, words(e.t, command)
	o.Direct, o.Present, o.Start = true, false, Start{}
	for i := 2; i < len(list); i++ {
		name, value := list[i], ""
		if name == "--present" {
			o.Present = true
			continue
		}
		if i++; i == len(list) {
			e.t.Fatalf("%s has no value in %s", name, command)
		}
		value = list[i]
		var err error
		switch name {
		case "--mode":
			o.Scenario, err = e.desk.scenario(value)
			if o.Opened = nil; value == engine.PrivatePrediction {
				o.Opened = worlds.Prediction(e.t)
			}
		case "--screen":
			o.Start.Screen = value
		case "--step":
			o.Start.Step, err = strconv.Atoi(value)
		case "--zoom":
			for _, l := range trace.Levels() {
				if l.String() == value {
					o.Start.Zoom = &l
				}
			}
		case "--eyes":
			o.Start.Eyes = value
		case "--break":
			o.Start.Breaks = append(o.Start.Breaks, value)
		case "--open":
			o.Start.Open, err = screen.ParseState(value)
		default:
			e.t.Fatalf("%s in %s", name, command)
		}
		if err != nil {
			e.t.Fatalf("%s %s: %v", name, value, err)
		}
	}
	r, err := open(o)
	if err != nil {
		e.t.Fatalf("%s: %v", command, err)
	}
	again := &explorer{t: e.t, root: r}
	e.t.Cleanup(r.closeAll)
	again.send(tea.WindowSizeMsg{Width: e.w, Height: e.h})
	again.drain(r.Init())
	return again
}

// times of computing, which no two runs share.
var times = regexp.MustCompile(`\d[\d.,]* (µs|ms|s)\b( \((≈ )?[\d.]+×\))?|(≈ )?\b\d[\d.]*×`)

// bars are what a number is drawn as.
var bars = regexp.MustCompile(`[█▏▎▍▌▋▊▉]+`)

// ran marks the labs that have run.
var ran = regexp.MustCompile(`│ · ([A-Z])`)

// hits are how often a breakpoint was met.
var hits = regexp.MustCompile(`([●○] (?: operation| sends| opening| overflow| loss rises| round| epoch).*?) +\d+ +│`)

// lasting is the text of a screen without what passes: which objects the last move
// changed, how often a breakpoint was met, which labs have run, how long something took.
func lasting(r *root) string {
	all := ran.ReplaceAllString(strings.ReplaceAll(text(r), "•", " "), "│   $1")
	all = hits.ReplaceAllString(all, "$1 N│")
	if !times.MatchString(all) {
		return all
	}
	lines := strings.Split(all, "\n")
	for i, l := range lines { // how wide columns are depends on the times in them, and how long their bars are
		if times.MatchString(l) {
			l = bars.ReplaceAllString(times.ReplaceAllString(l, "T"), " ")
		}
		lines[i] = strings.Join(strings.Fields(l), " ")
	}
	return strings.Join(lines, "\n")
}

// restored checks that the command of the present place opens it again.
func (e *explorer) restored(context string) {
	e.t.Helper()
	e.overlay, e.notice, e.remark = nil, "", ""
	if s := e.top().Scopes(); len(s) == 1 && s[0] == key.Typing && !strings.Contains(text(e.root), "type to filter") {
		e.press("enter")
		if s := e.top().Scopes(); len(s) == 1 && s[0] == key.Typing {
			e.press("esc")
		}
	}
	e.send(key.Intent("")) // a remark stays until the next intent
	if strings.Contains(text(e.root), "Recent runs") {
		return // of this program
	}
	command := e.desk.command(e.top())
	again := e.another(command)
	if diff := cmp.Diff(lasting(e.root), lasting(again.root)); diff != "" {
		e.t.Fatalf("%s: %s opens another screen:\n%s", context, command, diff)
	}
	if more := again.desk.command(again.top()); more != command {
		e.t.Fatalf("%s: %s opens with the command %s", context, command, more)
	}
}

// Wherever one goes, the command of the place opens it again in a program of its own.
func TestCommandsOpenEveryPlace(t *testing.T) {
	everywhere := []string{"up", "down", "right", "left", "tab", "shift+tab", "enter", "z", "esc", "pgdown", "home", "end", "shift+right", "shift+left", "]", "["}
	stages := append([]string{"e", "b", "n", "L", "W", "F", "v", "f", "p", "s", "x", "0", "1", "2", "3", "g", "/", "a", "w", "5", "backspace", "delete", "q", "right", "tab"}, everywhere...)
	for k, mode := range append(engine.Modes(), engine.PrivatePrediction) {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			e := newExplorer(t, true, 120, 36)
			if mode == engine.PrivatePrediction {
				e = newPrediction(t, 120, 36)
			}
			e.desk.options.Command = func(s engine.Scenario) string { return "unseen explore --mode " + s.Mode }
			e.send(screen.Open{Name: mode})
			r := rand.New(rand.NewPCG(uint64(k), 8))
			e.press("right", "right", "right")
			for i := range *walked {
				if i%23 == 0 {
					e.send(tea.WindowSizeMsg{Width: 80 + r.IntN(140), Height: 24 + r.IntN(46)})
				}
				name := stages[r.IntN(len(stages))]
				if name == "q" && r.IntN(4) > 0 {
					continue
				}
				e.press(name)
				if len(e.screens) < 2 || e.quit {
					e.quit = false
					e.send(screen.Open{Name: mode})
				}
				if i%8 == 7 {
					e.restored(fmt.Sprintf("after %d keys", i))
				}
			}
		})
	}
	for _, name := range screen.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newExplorer(t, false, 120, 36)
			e.desk.options.Command = func(s engine.Scenario) string { return "unseen explore --mode " + s.Mode }
			r := rand.New(rand.NewPCG(9, 9))
			keys := append([]string{"/", "a", "o"}, everywhere...)
			for i := range *walked / 4 {
				if e.quit || len(e.screens) > 2 || e.desk.place(e.top()).Screen != name {
					e.quit, e.screens, e.overlay = false, e.screens[:1], nil
					if name != screen.Home {
						e.send(screen.Open{Name: name})
					}
				}
				k := keys[r.IntN(len(keys))]
				if k == "enter" && (name == screen.Home || name == screen.Labs || name == screen.Compare) || k == "a" && name != screen.Data {
					continue // opens a run, or takes long; see below
				}
				e.press(k)
				if i%8 == 7 && e.desk.place(e.top()).Screen == name && len(e.screens) < 3 {
					e.restored(fmt.Sprintf("after %d keys", i))
				}
			}
		})
	}
}

var walked = flag.Int("keys", 160, "how many keys are pressed before commands are tried")

// Places that a walk seldom comes to.
func TestCommandsOpenThesePlaces(t *testing.T) {
	for _, c := range []struct {
		name, mode string
		keys       []string
		want       string // in the command
	}{
		{"offline", engine.SecureAggregation, []string{"right", "right", "tab", "tab", "right", "down", "down", "x", "right", "right"}, "offline="},
		{"offline and back", engine.SecureAggregation, []string{"right", "right", "tab", "tab", "down", "down", "x", "right", "x", "left", "down", "x"}, "offline="},
		{"where a number came from", engine.Central, []string{"right", "right", "right", "right", "right", "tab", "p", "enter", "enter"}, "origin=0.0."},
		{"stops", engine.Federated, []string{"b", "n", "s", "e", "n", "d", "s", " ", "s", "e", "enter", "enter", "n", "enter", "esc", ">"}, "--break 'off sends server' --break 'loss rises'"},
		{"the wire", engine.Encrypted, []string{"[", "[", "right", "W", "up", "up", "shift+right", "]"}, "wire,wire.at="},
		{"a network", engine.Aggregated, []string{">", "W", "shift+tab", "shift+right", "down", "shift+left"}, "wire=network,wire.network=5:2:1"},
		{"a person", engine.Central, []string{"right", "right", "right", "F", "shift+right", "shift+right", "down", "/", "a", "enter"}, "person.find=a"},
		{"a lab that has run", "labs", []string{"tab", "tab", "enter", "down", "shift+tab", "right"}, "gradient.ran"},
		{"charts of two runs", "charts", []string{"enter", "tab", "tab", "tab", "right", "right", "up"}, "runs=central+federated"},
		{"compare, half way", "compare", []string{"tab", "tab", "left", "left"}, "view=lanes,pass="},
		{"a row of the data", "data", []string{"down", "down", "tab", "down"}, "tab=person,row=3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := newExplorer(t, true, 100, 30)
			e.desk.options.Command = func(s engine.Scenario) string { return "unseen explore --mode " + s.Mode }
			e.send(screen.Open{Name: c.mode})
			e.press(c.keys...)
			e.restored("there")
			if command := e.desk.command(e.top()); !strings.Contains(command, c.want) {
				t.Errorf("%q is not in %s:\n%s", c.want, command, text(e.root))
			}
		})
	}
}

// A projector's command says whether the numbers are shown.
func TestCommandOfAProjector(t *testing.T) {
	e := newExplorer(t, true, 80, 24)
	e.desk.options.Command = func(s engine.Scenario) string { return "unseen explore --mode " + s.Mode }
	e = e.another("unseen explore --mode central --present --step 3")
	e.restored("hidden")
	e.press("enter")
	e.pressed = []string{}
	e.restored("shown")
	if command := e.desk.command(e.top()); command != "unseen explore --mode central --present --step 3 --open told" {
		t.Errorf("the command is %s", command)
	}
}

// What is wrong with a place is said before anything is shown.
func TestPlacesThatDoNotExist(t *testing.T) {
	e := newExplorer(t, true, 80, 24)
	for text, want := range map[string]string{
		"pane=memry":         "--open pane=memry: not known; choose happened, memory, parties, messages, loss or knows",
		"memory":             "--open memory: not known on this screen; the words here are pane, full, ",
		"full=yes":           "--open full=yes: takes no value; write full alone",
		"party=Nobody":       "--open party=Nobody: takes no part in this run; ",
		"cell=3":             "--open cell=3: not a cell; write its row and column, as in cell=2:0",
		"wire.at=x":          "--open wire.at=x: out of range; give a whole number from 0 to ",
		"wire.network=99":    "--open wire.network=99: not known; ",
		"person=5000":        "--open person=5000: out of range; give a whole number from 1 to 120",
		"origin=a":           "--open origin=a: not understood; ",
		"offline=Nobody@3":   "--open offline=Nobody@3: workers leave in a live run of secure aggregation only; ",
		"screen:labs.top=1":  "--open labs.top=1: not known on this screen; ",
		"screen:lab=none":    "--open lab=none: not known; choose ",
		"gradient.workers=x": "--open gradient.workers=x: not known on this screen",
	} {
		o := e.desk.options
		if rest, ok := strings.CutPrefix(text, "screen:"); ok {
			text, o.Start.Screen = rest, screen.Labs
		}
		var err error
		if o.Start.Open, err = screen.ParseState(text); err == nil {
			_, err = New(o)
		}
		var wrong *engine.SettingError
		if !errors.As(err, &wrong) || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := screen.ParseState("object=%zz"); err == nil {
		t.Error("%zz is understood")
	}
}

// Whatever is pressed on whatever screen, in a terminal that changes its size: no
// panic, no torn frame. The suite walks a third of what UNSEEN_LONG=1 does: 10,000 keys.
func TestWalksOverEveryScreen(t *testing.T) {
	var names []string
	for _, b := range key.Default() {
		for _, k := range b.Keys {
			if k != "ctrl+c" && k != "ctrl+p" {
				names = append(names, k)
			}
		}
	}
	starts := append(append(engine.Modes(), screen.Names()...), "tamper", engine.PrivatePrediction)
	for n, start := range starts {
		t.Run(start, func(t *testing.T) {
			t.Parallel()
			e := newExplorer(t, true, 80, 24)
			if start == engine.PrivatePrediction {
				e = newPrediction(t, 80, 24)
			}
			e.desk.options.Command = func(s engine.Scenario) string { return "unseen explore --mode " + s.Mode }
			r := rand.New(rand.NewPCG(uint64(n), *seed))
			open := func() {
				e.quit, e.overlay = false, nil
				e.screens = e.screens[:1] // eyes keep some screens shut
				if start == "tamper" {
					e.send(screen.Open{Name: screen.Labs})
					if s, ok := e.top().(screen.Stateful); ok {
						if err := s.Restore(screen.State{{Name: "lab", Value: "tamper"}}); err != nil {
							t.Fatal(err)
						}
					}
					return
				}
				e.send(screen.Open{Name: start})
			}
			open()
			for i := range presses() / len(starts) {
				if i%29 == 0 {
					e.send(tea.WindowSizeMsg{Width: 80 + r.IntN(140), Height: 24 + r.IntN(46)})
				}
				if i%17 == 0 {
					e.send(tea.MouseWheelMsg{X: r.IntN(e.w), Y: r.IntN(e.h), Button: tea.MouseWheelDown})
				}
				if e.quit || i%60 == 59 {
					open()
				}
				name := names[r.IntN(len(names))]
				_, byName := e.overlay.(*palette)
				if s := e.desk.place(e.top()).Screen; s == screen.Labs && name == "enter" || s == screen.Charts && (name == "E" || byName && name == "enter") {
					continue // a lab takes its time, and is walked in a package of its own; files are not for a test to leave
				}
				e.press(name)
				lines := strings.Split(e.View().Content, "\n")
				if len(lines) != e.h {
					t.Fatalf("after %d keys, %s last: %d lines in a terminal of %d", i, name, len(lines), e.h)
				}
				for k, l := range lines {
					if w := ansi.StringWidth(l); w != e.w {
						t.Fatalf("after %d keys, %s last: line %d of %T has %d cells in a terminal of %d: %q", i, name, k, e.top(), w, e.w, ansi.Strip(l))
					}
				}
			}
		})
	}
}

var (
	walks = flag.Int("walks", 0, "how many keys the walks over all screens press; 0: 3,300, or 10,000 where UNSEEN_LONG is set")
	seed  = flag.Uint64("seed", 77, "of the walks over all screens")
)

// presses is how many keys the walks over all screens press, all together.
func presses() int {
	switch {
	case *walks > 0:
		return *walks
	case os.Getenv("UNSEEN_LONG") != "":
		return 10_000
	}
	return 3_300
}

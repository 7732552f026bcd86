// Package labs is the screen of attacks and experiments: on the left what there is,
// on the right what can be chosen about it and what came out.
//
// The screen knows no experiment: it makes a form of a lab's controls and draws its
// report.
//
//   - labs.go: the screen, its keys, and running a lab
//   - form.go: the controls and how they are changed
//   - draw.go: the panes
//   - report.go: a report as lines
//   - state.go: what the command that opens the same place keeps
package labs

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"unseen/data"
	"unseen/engine"
	"unseen/tui/key"
	"unseen/tui/screen"
	"unseen/tui/theme"
)

// pane is a part of the screen.
type pane int

// The panes, in the order of the tab key.
const (
	listPane pane = iota
	formPane
	reportPane
	panes
)

// Options say what the labs run on.
type Options struct {
	Set *data.Set
	// For returns the scenario of a way to train, as everywhere in the explorer.
	For func(mode string) (engine.Scenario, error)
	// Seed is that of the explorer, and Fixed whether it was chosen.
	Seed  uint64
	Fixed bool
}

// Labs is the screen. It implements screen.Screen.
type Labs struct {
	options Options
	theme   theme.Theme
	labs    []*bench
	at      int // the lab that is looked at
	focus   pane
	running *running                                                                        // nil when nothing runs
	asking  *typing                                                                         // nil when nothing is typed
	opens   *opening                                                                        // a lab to run when the screen opens; nil: none
	execute func(engine.Lab, context.Context, engine.LabRequest) (*engine.LabReport, error) // [engine.Lab.Run]
	w, h    int
	lines   []string
}

// bench is a lab on the screen: its form, and what came out last.
type bench struct {
	engine.Lab
	form   []field
	at     int // the field that is looked at; len(form) is the line that runs it
	report *engine.LabReport
	asked  []string // what the form said when it ran
	err    error
	body   []string // the report as lines
	width  int      // for which they were made
	offset int      // first line shown
}

// running is a lab under way. The goroutine that computes writes only progress and
// partial.
type running struct {
	of       *bench
	cancel   context.CancelFunc
	progress atomic.Pointer[engine.Progress]
	partial  atomic.Pointer[engine.LabReport] // what is known so far and was not shown yet
	shown    bool                             // some of it was
}

// done brings a report.
type done struct {
	of     *running
	report *engine.LabReport
	err    error
}

// tick asks to draw the progress.
type tick struct{ of *running }

// pulse is the time between two looks at the progress.
const pulse = 50 * time.Millisecond

// New makes the screen.
func New(t theme.Theme, o Options) *Labs {
	l := &Labs{options: o, theme: t, execute: engine.Lab.Run}
	for _, lab := range engine.Labs() {
		l.labs = append(l.labs, &bench{Lab: lab, form: newForm(lab)})
	}
	slices.SortStableFunc(l.labs, func(a, b *bench) int { // the attacks first
		if a.Attack == b.Attack {
			return 0
		}
		if a.Attack {
			return -1
		}
		return +1
	})
	return l
}

// Update handles intents, typed keys, clicks and what a lab brings.
func (l *Labs) Update(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case key.Intent:
		cmd = l.intent(msg)
	case screen.Typed:
		cmd = l.typed(msg)
	case screen.Pointer:
		cmd = l.pointer(msg)
	case done:
		if msg.of != l.running {
			return nil
		}
		b := l.running.of
		l.running = nil
		if !errors.Is(msg.err, context.Canceled) {
			b.report, b.err, b.width, b.offset = msg.report, msg.err, 0, 0
			l.arrived(b)
		}
	case tick:
		if msg.of != l.running || l.running == nil {
			return nil
		}
		l.showPartial()
		cmd = l.running.tick()
	default:
		return nil
	}
	l.draw()
	return cmd
}

// showPartial shows what the lab under way has found so far.
func (l *Labs) showPartial() {
	if report := l.running.partial.Swap(nil); report != nil {
		b := l.running.of
		b.report, b.err, b.width, l.running.shown = report, nil, 0, true
	}
}

func (l *Labs) now() *bench { return l.labs[l.at] }

func (l *Labs) intent(i key.Intent) tea.Cmd {
	switch i {
	case key.NextPane:
		l.focus = (l.focus + 1) % panes
	case key.PrevPane:
		l.focus = (l.focus + panes - 1) % panes
	case key.Cancel:
		if l.running != nil {
			l.running.cancel()
			return nil
		}
		return leave
	case key.Leave:
		return leave
	case key.Choose:
		return l.choose()
	case key.Forward, key.Backward:
		return l.turn(i)
	case key.Up, key.Down, key.PageUp, key.PageDown, key.Home, key.End:
		l.move(i)
	}
	return nil
}

func leave() tea.Msg { return screen.Leave{} }

// choose runs the lab, or asks for the value of the field that is looked at.
func (l *Labs) choose() tea.Cmd {
	b := l.now()
	if l.focus == formPane && b.at < len(b.form) {
		if f := &b.form[b.at]; len(f.Choices) > 0 && !f.many() {
			return l.turnField(f, +1)
		} else {
			l.asking = &typing{field: f, text: f.value}
		}
		return nil
	}
	return l.run()
}

// turn changes the field that is looked at, or else goes to another lab.
func (l *Labs) turn(i key.Intent) tea.Cmd {
	by := +1
	if i == key.Backward {
		by = -1
	}
	switch b := l.now(); {
	case l.focus == formPane && b.at < len(b.form):
		return l.turnField(&b.form[b.at], by)
	case l.focus == listPane:
		l.at = min(max(l.at+by, 0), len(l.labs)-1)
	}
	return nil
}

// turnField changes a field, and looks what follows from that.
func (l *Labs) turnField(f *field, by int) tea.Cmd {
	before := f.value
	if f.turn(by); f.value == before {
		return nil
	}
	return l.changed(f)
}

// changed is what follows from a new value in a field: what was answered, was answered
// to another question; and an experiment that is live runs at once, instead of the run
// that is under way.
func (l *Labs) changed(f *field) tea.Cmd {
	b := l.now()
	for k := range b.form {
		if other := &b.form[k]; other != f && other.Kind == engine.LabAnswer {
			other.value = ""
		}
	}
	if !f.Live && f.Kind != engine.LabAnswer {
		return nil
	}
	if l.running != nil && l.running.of == b {
		l.running.cancel()
		l.running = nil
	}
	return l.run()
}

// move moves in the focused pane.
func (l *Labs) move(i key.Intent) {
	b, page := l.now(), max(1, l.reportHeight()-1)
	by := map[key.Intent]int{key.Up: -1, key.Down: +1, key.PageUp: -page, key.PageDown: page, key.Home: -1 << 20, key.End: 1 << 20}[i]
	switch {
	case l.focus == listPane && i != key.PageUp && i != key.PageDown:
		l.at = min(max(l.at+by, 0), len(l.labs)-1)
	case l.focus == formPane && i != key.PageUp && i != key.PageDown:
		b.at = min(max(b.at+by, 0), len(b.form))
	default:
		b.offset = min(max(b.offset+by, 0), max(0, len(b.body)-l.reportHeight()))
	}
}

// run starts the lab that is looked at, unless one runs already.
func (l *Labs) run() tea.Cmd {
	if l.running != nil {
		return nil
	}
	b := l.now()
	request, err := l.request(b)
	if err != nil {
		b.report, b.err, b.width = nil, err, 0
		return nil
	}
	return l.launch(b, request, formValues(b.form))
}

// launch runs a lab as it was asked for.
func (l *Labs) launch(b *bench, request engine.LabRequest, asked []string) tea.Cmd {
	b.asked = asked
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{of: b, cancel: cancel}
	l.running = r
	request.Progress = func(p engine.Progress) {
		p.History = engine.History{} // borrowed
		r.progress.Store(&p)
	}
	request.Partial = func(report *engine.LabReport) { r.partial.Store(report) }
	lab := b.Lab
	return tea.Batch(func() tea.Msg {
		report, err := l.execute(lab, ctx, request)
		return done{r, report, err}
	}, r.tick())
}

// request is what a lab's form asks for.
func (l *Labs) request(b *bench) (engine.LabRequest, error) {
	values, mode := values(b.form)
	q := engine.LabRequest{Values: values, Set: l.options.Set}
	if b.Modes == nil {
		s, err := engine.Default(engine.Central, "default")
		s.Seed, s.Fixed = l.options.Seed, l.options.Fixed
		q.Scenario = s
		return q, err
	}
	if mode == "" {
		mode = b.Modes[0]
	}
	s, err := l.options.For(mode)
	if err != nil {
		return q, err
	}
	if b.Preset != nil {
		b.Preset(&s)
	}
	q.Scenario = s
	return q, nil
}

func (r *running) tick() tea.Cmd {
	return tea.Tick(pulse, func(time.Time) tea.Msg { return tick{r} })
}

// pointer handles clicks and the wheel.
func (l *Labs) pointer(p screen.Pointer) tea.Cmd {
	in := l.paneAt(p.X, p.Y)
	if p.Wheel != 0 {
		l.focus = in
		l.move(map[int]key.Intent{-1: key.Up, +1: key.Down}[p.Wheel])
		return nil
	}
	l.focus = in
	switch in {
	case listPane:
		if i, ok := l.labAt(p.Y); ok {
			l.at = i
		}
	case formPane:
		if i := p.Y - headerLines - 1; i >= 0 && i <= len(l.now().form) {
			l.now().at = i
			return l.choose()
		}
	}
	return nil
}

// Resize draws for another size.
func (l *Labs) Resize(w, h int) {
	l.w, l.h = w, h
	l.draw()
}

// Restyle draws in another look.
func (l *Labs) Restyle(t theme.Theme) {
	l.theme = t
	for _, b := range l.labs {
		b.width = 0
	}
	l.draw()
}

// Lines returns what was drawn last.
func (l *Labs) Lines() []string { return l.lines }

// Scopes says which keys hold.
func (l *Labs) Scopes() []key.Scope {
	if l.asking != nil {
		return []key.Scope{key.Typing}
	}
	return []key.Scope{key.Browsing, key.Pane, key.Everywhere}
}

// Help explains the words on the screen.
func (l *Labs) Help() screen.Help {
	return screen.Help{Title: "Labs", Words: []screen.Word{
		{Term: "adversary", Meaning: "who tries to learn something here; it is given what it saw of the run, and nothing else"},
		{Term: "saw", Meaning: "what the adversary had: messages, shares, models that came to it by the protocol"},
		{Term: "relative error", Meaning: "the largest difference to the true row, measured by its largest entry; only the simulator can tell"},
		{Term: "the form", Meaning: "←→ changes a value, enter types one or ticks some; the last line runs the lab, and so does enter elsewhere; some values run it at once"},
		{Term: "tab", Meaning: "the list, the form, the report"},
	}}
}

// Close cancels what runs.
func (l *Labs) Close() {
	if l.running != nil {
		l.running.cancel()
	}
}

// Package charts is the screen of what runs have come to: their losses and
// accuracies, the ROC curve, the decisions at a threshold and whom another one
// would answer differently, the loss of each worker, the cost, and of private runs
// what they have cost of their privacy. Runs of this program lie over each other.
//
// charts.go holds the model and its intents, run.go what is known of a run,
// draw.go, decisions.go and privacy.go the views, export.go the files, state.go what the
// command that opens the same place keeps.
package charts

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"unseen/data"
	"unseen/engine"
	"unseen/tui/key"
	"unseen/tui/screen"
	"unseen/tui/theme"
	"unseen/tui/widget"
)

// The views in the order of the tab key.
const (
	lossView = iota
	accuracyView
	rocView
	decisionsView
	workersView
	costView
	privacyView // only where a run is private
)

var viewNames = []string{"Loss", "Accuracy", "ROC", "Decisions", "Workers", "Cost", "Privacy"}

// views lists the views there are.
func (c *Charts) views() []string {
	if c.private() {
		return viewNames
	}
	return viewNames[:privacyView]
}

// Charts is the screen. It implements screen.Screen.
type Charts struct {
	theme     theme.Theme
	scenarios []engine.Scenario // that can be trained, the one to begin with first
	set       *data.Set
	shelf     *Shelf

	view      int
	selected  int // of the runs
	threshold int // in hundredths
	top       int // first line of a list
	wanted    wanted
	running   *running
	err       error
	notice    string
	w, h      int
	lines     []string
}

// running is a training under way. The goroutine that computes writes only
// progress, the screen reads it on every tick.
type running struct {
	scenario engine.Scenario
	cancel   context.CancelFunc
	progress atomic.Pointer[engine.Progress]
}

// done brings a run.
type done struct {
	of  *running
	run *Run
	err error
}

// tick asks to draw the progress.
type tick struct{ of *running }

// exported says where files were written.
type exported struct {
	of     *Charts
	folder string
	files  int
	err    error
}

// pulse is the time between two looks at the progress.
const pulse = 50 * time.Millisecond

// New shows the runs on a shelf. Where there is none of the first scenario, it is
// trained when the screen opens.
func New(t theme.Theme, scenarios []engine.Scenario, set *data.Set, shelf *Shelf) *Charts {
	return &Charts{theme: t, scenarios: scenarios, set: set, shelf: shelf, threshold: 50}
}

// Init trains the first scenario if nobody did.
func (c *Charts) Init() tea.Cmd {
	if len(c.wanted.runs) > 0 {
		return c.more()
	}
	if i := c.shelf.find(c.scenarios[0]); i >= 0 {
		c.selected = i
		return nil
	}
	return c.train(c.scenarios[0])
}

func (c *Charts) train(s engine.Scenario) tea.Cmd {
	if c.running != nil {
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{scenario: s, cancel: cancel}
	c.running, c.err = r, nil
	set := c.set
	compute := func() tea.Msg {
		run, err := trained(ctx, s, set, func(p engine.Progress) { r.progress.Store(&p) })
		return done{r, run, err}
	}
	return tea.Batch(compute, r.tick())
}

func (r *running) tick() tea.Cmd {
	return tea.Tick(pulse, func(time.Time) tea.Msg { return tick{r} })
}

// next is a scenario that was not trained yet.
func (c *Charts) next() (engine.Scenario, bool) {
	for _, s := range c.scenarios {
		if c.shelf.find(s) < 0 {
			return s, true
		}
	}
	return engine.Scenario{}, false
}

// Update handles intents and what training brings.
func (c *Charts) Update(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case key.Intent:
		c.notice = ""
		cmd = c.intent(msg)
	case screen.Pointer:
		if msg.Wheel != 0 {
			c.top = max(0, c.top+msg.Wheel)
		}
	case done:
		if msg.of != c.running {
			return nil
		}
		c.running = nil
		switch {
		case msg.err == nil:
			c.selected = c.shelf.Add(msg.run)
			cmd = c.more()
		case msg.err != context.Canceled:
			c.err = msg.err
		}
	case exported:
		if msg.of != c {
			return nil
		}
		c.notice = fmt.Sprintf("written: %s (%d files)", msg.folder, msg.files)
		if msg.err != nil {
			c.notice = "not written: " + msg.err.Error()
		}
	case tick:
		if msg.of != c.running || c.running == nil {
			return nil
		}
		cmd = c.running.tick()
	default:
		return nil
	}
	c.draw()
	return cmd
}

func (c *Charts) intent(i key.Intent) tea.Cmd {
	switch i {
	case key.NextPane:
		c.turn(+1)
	case key.PrevPane:
		c.turn(-1)
	case key.Forward:
		c.slide(+1)
	case key.Backward:
		c.slide(-1)
	case key.Right:
		c.slide(+10)
	case key.Left:
		c.slide(-10)
	case key.Up:
		c.selected = max(0, c.selected-1)
	case key.Down:
		c.selected = max(0, min(len(c.shelf.runs)-1, c.selected+1))
	case key.PageUp:
		c.top = max(0, c.top-5)
	case key.PageDown:
		c.top += 5
	case key.Home:
		c.top = 0
	case key.Choose:
		if s, ok := c.next(); ok {
			return c.train(s)
		}
		c.notice = "all ways to train are there already"
	case key.Export:
		return c.export()
	case key.Cancel:
		if c.running != nil {
			c.running.cancel()
			return nil
		}
		return func() tea.Msg { return screen.Leave{} }
	case key.Leave:
		return func() tea.Msg { return screen.Leave{} }
	}
	return nil
}

func (c *Charts) turn(by int) {
	n := len(c.views())
	c.view = (c.view + by + n) % n
	c.top = 0
}

// slide moves the threshold.
func (c *Charts) slide(by int) {
	if c.view == decisionsView || c.view == rocView {
		c.threshold = min(max(c.threshold+by, 0), 100)
		c.top = 0
	}
}

// run is the selected run; nil where there is none.
func (c *Charts) run() *Run {
	if len(c.shelf.runs) == 0 {
		return nil
	}
	return c.shelf.runs[min(c.selected, len(c.shelf.runs)-1)]
}

// Shown draws again: other screens may have added runs.
func (c *Charts) Shown() { c.draw() }

// Resize draws for another size.
func (c *Charts) Resize(w, h int) {
	c.w, c.h = w, h
	c.draw()
}

// Restyle draws in another look.
func (c *Charts) Restyle(t theme.Theme) {
	c.theme = t
	c.draw()
}

// Lines returns what was drawn last.
func (c *Charts) Lines() []string { return c.lines }

// Scopes says which keys hold.
func (c *Charts) Scopes() []key.Scope {
	return []key.Scope{key.Charting, key.Browsing, key.Pane, key.Everywhere}
}

// Help explains the words on the screen.
func (c *Charts) Help() screen.Help {
	return screen.Help{Title: "Charts", Words: append([]screen.Word{
		{Term: "runs", Meaning: "those of this program since it started; ↑ ↓ choose one, enter trains the next way to train and lays it over the others"},
		{Term: "ROC", Meaning: "of all who deserve a yes, how many get one (up), against how many get one who do not deserve it (right), for every threshold"},
		{Term: "AUC", Meaning: "the area under that curve: how often a row of one class gets a higher score than one of the other; 0.5 is chance, 1 perfect"},
		{Term: "threshold", Meaning: "the probability from which on the answer is yes; ← → move it by 1 %, ⇧← ⇧→ by 10 %; training knows nothing of it"},
		{Term: "flip", Meaning: "a person whose answer differs from the one at 50 %"},
		{Term: "loss of a worker", Meaning: "of the trained model on that worker’s own rows: who is served badly by the model of all"},
		{Term: "measured", Meaning: "everything here is the simulator’s view, outside the protocol: no party sees it"},
	}, c.privacyWords()...)}
}

// Close cancels what runs.
func (c *Charts) Close() {
	if c.running != nil {
		c.running.cancel()
	}
}

func (c *Charts) draw() {
	if c.w == 0 {
		return
	}
	t := c.theme
	s := c.scenarios[0]
	seed := fmt.Sprintf("%s · seed %d ", widget.Plain(c.set.Table.Source), s.Seed)
	left := " " + t.Accent.Bold(true).Render("unseen") + "   charts of what runs have come to"
	lines := []string{widget.Fit(left, c.w-widget.Width(seed)) + t.Dim.Render(seed), widget.Tabs(t, c.w, c.views(), c.view)}
	table := min(len(c.shelf.runs)+1, 6) + 2
	main := widget.Pane{Title: c.title(), Right: c.remark(), Focused: true, W: c.w, H: c.h - 3 - table}
	w, h := main.Inner()
	lines = append(lines, main.Render(t, widget.Block(c.body(w, h), w, h))...)
	runs := widget.Pane{Title: "Runs", Right: "accuracy and AUC on the " + c.judged() + ", measured by the simulator", W: c.w, H: table}
	w, h = runs.Inner()
	lines = append(lines, runs.Render(t, c.table(w, h))...)
	c.lines = append(lines, c.footer())
}

func (c *Charts) footer() string {
	t := c.theme
	if r := c.running; r != nil {
		label := " training " + r.scenario.Mode
		if p := r.progress.Load(); p != nil {
			return widget.Progress{Label: label, Done: p.Done, Total: p.Total, Left: p.Left(), W: c.w}.Render(t)
		}
		return widget.Progress{Label: label, W: c.w}.Render(t)
	}
	if c.notice != "" {
		return widget.Fit(" "+t.Accent.Render(widget.Plain(c.notice)), c.w)
	}
	keys := [][2]string{{"tab", "view"}}
	if c.view == decisionsView || c.view == rocView {
		keys = append(keys, [2]string{"←/→", "threshold"})
	}
	keys = append(keys, [2]string{"↑↓", "run"}, [2]string{"E", "export"})
	if s, ok := c.next(); ok {
		keys = append(keys, [2]string{"enter", "add " + s.Mode})
	}
	return widget.Footer(t, c.w, append(keys, [2]string{"?", "help"}, [2]string{"q", "back"}))
}

// Package compare is the screen that sets the ways to train side by side: the
// same rows, seed and initial weights through each of them, as curves and as a
// table.
package compare

import (
	"context"
	"fmt"
	"slices"
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

// Compare is the screen. It implements screen.Screen. The comparison starts when
// the screen opens, and again with enter; esc stops it.
type Compare struct {
	theme     theme.Theme
	scenarios []engine.Scenario
	set       *data.Set

	result  *engine.Comparison // of a comparison that was stopped: as far as it came
	err     error
	running *running // nil when nothing runs
	view    int      // accuracyView, …
	pass    int      // the cursor: all runs after so many passes
	top     int      // first line of the list that is shown
	w, h    int
	lines   []string
}

// running is a comparison under way. The goroutine that computes writes only
// progress, the screen reads it on every tick.
type running struct {
	cancel   context.CancelFunc
	progress atomic.Pointer[progress]
}

// progress is how far a comparison is, and what there is of its runs.
type progress struct {
	so *engine.Comparison
	engine.Course
}

// done brings the result.
type done struct {
	of     *running
	result *engine.Comparison
	err    error
}

// tick asks to draw the progress.
type tick struct{ of *running }

// pulse is the time between two looks at the progress.
const pulse = 50 * time.Millisecond

// New prepares a comparison of scenarios that agree in rows and seed.
func New(t theme.Theme, scenarios []engine.Scenario, set *data.Set) *Compare {
	c := &Compare{theme: t, scenarios: scenarios, set: set}
	c.pass = c.planned()
	return c
}

// Init starts the comparison: opening the screen is asking for it.
func (c *Compare) Init() tea.Cmd { return c.start() }

func (c *Compare) start() tea.Cmd {
	if c.running != nil {
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{cancel: cancel}
	c.running, c.err = r, nil
	scenarios, set := c.scenarios, c.set
	compute := func() tea.Msg {
		result, err := engine.Compare(ctx, scenarios, set, func(so *engine.Comparison, course engine.Course) {
			r.progress.Store(&progress{so, course})
		})
		return done{r, result, err}
	}
	return tea.Batch(compute, r.tick())
}

func (r *running) tick() tea.Cmd {
	return tea.Tick(pulse, func(time.Time) tea.Msg { return tick{r} })
}

// Update handles intents and what the comparison brings.
func (c *Compare) Update(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case key.Intent:
		cmd = c.intent(msg)
	case done:
		if msg.of != c.running {
			return nil
		}
		if c.err = msg.err; msg.err == nil {
			c.result = msg.result
		} else {
			c.result = c.shown() // what is done stays
		}
		c.running = nil
		c.pass = min(c.pass, c.longest())
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

func (c *Compare) intent(i key.Intent) tea.Cmd {
	switch i {
	case key.Choose:
		return c.start()
	case key.NextPane:
		c.view, c.top = (c.view+1)%len(viewNames), 0
	case key.PrevPane:
		c.view, c.top = (c.view+len(viewNames)-1)%len(viewNames), 0
	case key.Forward:
		c.pass = min(c.pass+1, c.longest())
	case key.Backward:
		c.pass = max(c.pass-1, 0)
	case key.PageDown, key.Right:
		c.pass, c.top = min(c.pass+10, c.longest()), c.top+5
	case key.PageUp, key.Left:
		c.pass, c.top = max(c.pass-10, 0), max(0, c.top-5)
	case key.Home:
		c.pass, c.top = 0, 0
	case key.End:
		c.pass = c.longest()
	case key.Up:
		c.top = max(0, c.top-1)
	case key.Down:
		c.top++
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

// Resize draws for another size.
func (c *Compare) Resize(w, h int) {
	c.w, c.h = w, h
	c.draw()
}

// Restyle draws in another look.
func (c *Compare) Restyle(t theme.Theme) {
	c.theme = t
	c.draw()
}

// Lines returns what was drawn last.
func (c *Compare) Lines() []string { return c.lines }

// Scopes says which keys hold.
func (c *Compare) Scopes() []key.Scope {
	return []key.Scope{key.Browsing, key.Pane, key.Everywhere}
}

// Help explains the words on the screen.
func (c *Compare) Help() screen.Help {
	return screen.Help{Title: "Compare", Words: []screen.Word{
		{Term: "pass", Meaning: "training on every training row once; federated training of one epoch and one local epoch of all workers are one pass each"},
		{Term: "time per pass", Meaning: "the ways make different numbers of passes: only this can be compared; × is over that of the first column"},
		{Term: "bytes sent", Meaning: "bytes of all messages of the run"},
		{Term: "apart", Meaning: "in Lanes: the largest weight difference at the line of the lockstep"},
		{Term: "largest weight difference", Meaning: "between a weight of the model and the same weight in the first column’s model: of the trained models in the table, at the line of the lockstep in Lanes; on shares, of what the shares stand for"},
		{Term: "nll, mse", Meaning: "two losses, the notebook’s recipe uses both; their numbers cannot be compared with each other"},
		{Term: "the times", Meaning: "of computing on this machine, where one run computes at a time, parties take turns and messages take no time; a pass takes the longer the more updates it has. They are of one short run and rounded: the next may take half or twice as long"},
		{Term: "tab", Meaning: "curves of the accuracy on the test rows or of the loss on the training rows, the runs in lockstep, or who sees what"},
		{Term: "← →", Meaning: "all runs one pass on or back: the line in the curves, and the numbers in the lanes"},
		{Term: "who sees what", Meaning: "taken from the views of a small run of each way: what was in a party’s memory, what it received, what was opened to it"},
	}}
}

// Close cancels what runs.
func (c *Compare) Close() {
	if c.running != nil {
		c.running.cancel()
	}
}

func (c *Compare) draw() {
	if c.w == 0 {
		return
	}
	t := c.theme
	first := c.scenarios[0]
	seed := fmt.Sprintf("%s · seed %d ", widget.Plain(c.set.Table.Source), first.Seed)
	if first.Fixed {
		seed = fmt.Sprintf("%s · seed %d (fixed) ", widget.Plain(c.set.Table.Source), first.Seed)
	}
	left := " " + t.Accent.Bold(true).Render("unseen") + "   compare the ways to train"
	lines := []string{widget.Fit(left, c.w-widget.Width(seed)) + t.Dim.Render(seed)}

	tableH := tableLines + 3 // head and frame
	lines = append(lines, widget.Tabs(t, c.w, viewNames, c.view))
	if c.view == sightView {
		c.lines = append(append(lines, c.sightPane(c.h-3)...), c.footer())
		return
	}
	chart := widget.Pane{Title: c.chartTitle(), Right: c.cursor(), Focused: true, W: c.w, H: c.h - 3 - tableH}
	w, h := chart.Inner()
	if c.view == laneView {
		lines = append(lines, chart.Render(t, widget.Block(c.lanes(w, h), w, h))...)
	} else {
		lines = append(lines, chart.Render(t, c.curves(w, h))...)
	}
	table := widget.Pane{Title: "Same rows, seed and first weights: at the end of the runs", Right: "times are of one run: the next may take half or twice", W: c.w, H: tableH}
	w, h = table.Inner()
	lines = append(lines, table.Render(t, c.table(w, h))...)
	c.lines = append(lines, c.footer())
}

func (c *Compare) chartTitle() string {
	switch {
	case c.view == laneView:
		return "In lockstep"
	case c.view == lossView:
		return "Loss on the training rows"
	case c.tested():
		return "Accuracy on the test rows"
	}
	return "Accuracy on the training rows"
}

// shown is the comparison as far as it is; nil before there is anything of it.
func (c *Compare) shown() *engine.Comparison {
	if c.running == nil {
		return c.result
	}
	if p := c.running.progress.Load(); p != nil {
		return p.so
	}
	return nil
}

// runs are all of them, as far as they are; none before the first begins.
func (c *Compare) runs() []engine.Run {
	if so := c.shown(); so != nil {
		return so.Runs
	}
	return nil
}

// complete reports whether all runs are done.
func (c *Compare) complete() bool {
	runs := c.runs()
	return len(runs) > 0 && !slices.ContainsFunc(runs, func(r engine.Run) bool { return r.Going })
}

// tested reports whether there are rows to test on.
func (c *Compare) tested() bool { return c.scenarios[0].Data.Split < 1 }

// oneLoss reports whether all runs make the same loss small: else their losses
// cannot be compared.
func (c *Compare) oneLoss() bool {
	for _, s := range c.scenarios {
		if s.Learning.Loss != c.scenarios[0].Learning.Loss {
			return false
		}
	}
	return true
}

func (c *Compare) footer() string {
	t := c.theme
	if r := c.running; r != nil {
		p := r.progress.Load()
		if p == nil {
			return widget.Progress{Label: " preparing", W: c.w}.Render(t)
		}
		label := fmt.Sprintf(" %d of %d done · %s", p.Over, len(c.scenarios), widget.Fit(c.called(c.scenarios[p.Now]), c.nameWidth()))
		return widget.Progress{Label: label, Done: p.Done, Total: p.Total, Left: p.Left(), W: c.w}.Render(t)
	}
	again := "run"
	if c.complete() {
		again = "run again"
	}
	if c.view == sightView {
		return widget.Footer(t, c.w, [][2]string{{"tab", "next view"}, {"↑↓", "scroll"}, {"enter", again}, {"?", "help"}, {"q", "back"}})
	}
	return widget.Footer(t, c.w, [][2]string{{"tab", "next view"}, {"←/→", "one pass"}, {"⇧←/⇧→", "ten"}, {"enter", again}, {"?", "help"}, {"q", "back"}})
}

package stage

import (
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/key"
	"unseen/tui/say"
	"unseen/tui/screen"
	"unseen/tui/theme"
	"unseen/tui/widget"
)

// Stage is the screen. It implements screen.Screen.
type Stage struct {
	keys    key.Table
	session engine.Stepper
	work    work
	play    play
	asking  *question // what is being typed, nil when nothing is
	begin   *Start    // where to go at first; nil: nowhere
	left    []leaving // who was taken offline by hand
	present *present  // for the projector; nil: as usual
	sheet   sheet     // a list over the screen, nil when none is open
	page    page      // what fills the screen instead of the panes, nil when they are shown

	eyes     string           // through whose eyes we look; empty: everything
	all      *engine.Snapshot // everything; the view holds what the eyes see of it
	baseline engine.Baseline
	marks    breaks // the breakpoints

	view   view
	panes  []pane
	focus  int
	full   bool // the focused pane fills the screen
	w, h   int
	places []place // where each visible pane is
	notice string  // a remark for the footer until the next intent
	lines  []string
}

// pane is one part of the screen.
type pane interface {
	// name is short, for the title and the tabs.
	name() string
	// head returns the title and a remark for the right end of the frame.
	head(*view) (title, right string)
	// body draws exactly into w × h, or scrolls: then it returns more lines and
	// the first one to show.
	body(v *view, w, h int) (lines []string, top int)
	// handle acts on an intent and reports whether it meant something here.
	handle(*view, key.Intent) bool
	// click selects what is at column x and line y of the body and reports whether
	// there is something.
	click(v *view, x, y int) bool
	// words explains what can be seen.
	words() []screen.Word
}

// The panes in the order of the tab key.
const (
	happenedPane = iota
	inspectorPane
	partiesPane
	messagesPane
	lossPane // in a private prediction the answer
	revealedPane
)

// New opens the stage on a session that nobody else uses.
func New(session engine.Stepper, keys key.Table, t theme.Theme) *Stage {
	d, scene := session.Dataset(), say.NewScene(session)
	s := &Stage{
		keys: keys, session: session, play: play{speed: 2},
		all: scene.Snapshot, baseline: scene.Baseline,
		view: view{theme: t, scene: scene, source: widget.Plain(filepath.Base(d.Set.Table.Source)), dataset: d, before: -1,
			levels: session.Levels(), level: trace.Operation, selected: -1},
		panes: []pane{&happened{}, &inspector{}, &parties{}, &messages{}, &loss{}, &revealed{}},
	}
	if scene.Predicts() {
		s.panes[lossPane] = &answer{}
	}
	if _, live := session.(*engine.Session); !live {
		s.view.source = "recording of " + s.view.source
	}
	return s
}

// Init goes to where the stage opens.
func (s *Stage) Init() tea.Cmd {
	refer, at := s.refer(), s.begin
	s.begin = nil
	switch {
	case at == nil:
		return tea.Batch(refer, s.opening())
	case at.Step == 0 && len(s.left) == 0:
		return tea.Batch(refer, s.fetch(), s.opening())
	}
	return tea.Batch(refer, s.start(s.open(*at)))
}

// Place says where the stage stands: its step, its zoom, and through whose eyes one
// looks (empty: everything).
func (s *Stage) Place() (step int, zoom trace.Level, eyes string) {
	return s.view.scene.Snapshot.Step, s.view.level, s.eyes
}

// Resize lays the panes out anew.
func (s *Stage) Resize(w, h int) {
	s.w, s.h = w, h
	s.draw()
}

// Restyle draws everything in another look.
func (s *Stage) Restyle(t theme.Theme) {
	s.view.theme = t
	s.draw()
}

// Progress says how far the run is.
func (s *Stage) Progress() string {
	if s.all.Step == 0 {
		return "at the beginning"
	}
	return "step " + widget.Count(s.all.Step) + " of " + widget.Count(s.all.Total)
}

// Status says in a few words how far the run is and how well it goes, for the list of
// modes.
func (s *Stage) Status() string {
	n := s.all
	switch {
	case n.Step == 0:
		return s.Progress()
	case s.eyes != "":
		return s.Progress() + ", through the eyes of " + s.eyes
	case s.view.scene.Predicts():
		return s.Progress()
	}
	last := n.History.Epochs[len(n.History.Epochs)-1]
	accuracy := last.Train.Accuracy
	if s.view.scene.Test > 0 {
		accuracy = last.Test.Accuracy
	}
	return s.Progress() + ", accuracy " + widget.Percent(accuracy)
}

// Eyed reports whether the stage is looked at through somebody's eyes.
func (s *Stage) Eyed() bool { return s.eyes != "" }

// Rest stops playing, and what runs ahead: the stage is no longer seen.
func (s *Stage) Rest() {
	s.work.ahead.drop()
	s.work.ahead.eager = false
	s.work.ahead.rests++
	if s.play.on {
		s.play.on = false
		s.draw()
	}
}

// Lines returns what was drawn last.
func (s *Stage) Lines() []string { return s.lines }

// Scopes says which keys hold.
func (s *Stage) Scopes() []key.Scope {
	switch {
	case s.asking != nil || s.sheet != nil && s.sheet.typing():
		return []key.Scope{key.Typing}
	case s.sheet != nil:
		return []key.Scope{key.Listing, key.Pane, key.Everywhere}
	case s.page == nil && s.focus == inspectorPane:
		return []key.Scope{key.Memory, key.Stepping, key.Pane, key.Everywhere}
	case s.page == nil: // the keys of the memory go there
		return []key.Scope{key.Stepping, key.Pane, key.Memory, key.Everywhere}
	}
	return []key.Scope{key.Stepping, key.Pane, key.Everywhere}
}

// Help explains the words of the focused pane.
func (s *Stage) Help() screen.Help {
	if sheet, ok := s.sheet.(*breakList); ok {
		return screen.Help{Title: sheet.title(), Words: sheet.words()}
	}
	if s.page != nil {
		title, _ := s.page.head(&s.view)
		words := s.page.words()
		if s.view.encrypted() {
			words = append(append(words, sharingWords()...), s.view.precision())
		}
		return screen.Help{Title: title, Words: append(words, eyesWords()...)}
	}
	title, _ := s.panes[s.focus].head(&s.view)
	words := s.panes[s.focus].words()
	if p, ok := s.panes[inspectorPane].(*inspector); ok {
		words = append(words, p.formatWord(&s.view, s.focus == inspectorPane))
	}
	if s.focus == inspectorPane || s.view.encrypted() {
		words = append(words, s.view.precision())
	}
	return screen.Help{Title: title, Words: append(words, eyesWords()...), About: explanation(s.view.scene.Snapshot)}
}

// precision explains how many fraction bits numbers have in this run.
func (v *view) precision() screen.Word {
	return screen.Word{Term: "fraction bits", Meaning: v.scene.Precision()}
}

// Close stops what runs. The session is closed unless it is still at work, which
// then ends with the program.
func (s *Stage) Close() {
	s.play.on = false
	s.view.reference.giveUp()
	if ahead := s.work.ahead.drop(); s.work.cancel() || ahead {
		return
	}
	s.session.Close()
}

// Update handles intents and messages, then draws.
func (s *Stage) Update(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	begun := func(busy bool) bool { return cmd != nil && s.work.job != nil && !busy } // a job has: what it brings will be drawn
	switch msg := msg.(type) {
	case key.Intent:
		s.notice = ""
		busy := s.work.job != nil
		if cmd = s.intent(msg); begun(busy) {
			return cmd
		}
	case screen.Typed:
		busy := s.work.job != nil
		if s.sheet != nil && s.asking == nil {
			cmd = s.sheetTyped(msg)
		} else if cmd = s.typed(msg); begun(busy) {
			return cmd
		}
	case screen.Pointer:
		s.point(msg)
	case shown:
		if msg.on != s {
			return nil
		}
		s.notice = ""
		s.showObject(msg.object)
		cmd = s.fetch()
	case moved:
		s.work.learn(msg)
		if msg.job == s.work.ahead.job && msg.job != nil {
			return s.work.ahead.arrived(s, msg)
		}
		cmd = s.moved(msg)
	case still:
		switch msg.job {
		case s.work.ahead.job:
			return s.goesOn(msg)
		case s.work.job:
			cmd = s.goesOn(msg)
		default:
			return nil // of another stage
		}
	case settled:
		return s.opened(msg)
	case referred:
		if msg.of != &s.view.reference {
			return nil // of another stage
		}
		msg.of.losses = msg.losses
	case tick:
		before := s.all
		if cmd = s.tick(msg); s.all == before {
			return cmd
		}
	default:
		return nil
	}
	s.draw()
	return tea.Batch(cmd, s.lookAhead())
}

func (s *Stage) intent(i key.Intent) tea.Cmd {
	if s.sheet != nil {
		return s.toSheet(i)
	}
	if s.page != nil {
		if cmd, done := s.toPage(i); done {
			return cmd
		}
	}
	if cmd, done := s.travel(i); done {
		return cmd
	}
	if number, ok := strings.CutPrefix(string(i), string(key.EyesOf)); ok {
		s.lookNumber(number)
		return s.fetch()
	}
	switch i {
	case key.Everything:
		s.look("")
	case key.Eyes:
		s.sheet = newEyes(s)
	case key.Breakpoints:
		s.sheet = newBreakList(s)
	case key.Ledger:
		return s.turn(newLedger())
	case key.Wire:
		return s.turn(newWire())
	case key.Person:
		return s.turn(newPerson(&s.view))
	case key.Coarser:
		s.zoom(-1)
	case key.Finer:
		s.zoom(+1)
	case key.GoTo:
		s.play.on = false
		s.asking = newGoTo()
	case key.NextPane:
		s.focusOn((s.focus + 1) % len(s.panes))
	case key.PrevPane:
		s.focusOn((s.focus + len(s.panes) - 1) % len(s.panes))
	case key.ZoomPane:
		s.full = !s.full
	case key.Choose:
		if !s.reveal() {
			s.panes[s.focus].handle(&s.view, i)
		}
	case key.Filter:
		switch p := s.panes[s.focus].(type) {
		case *inspector:
			s.asking = newFilter("show objects with: ", &p.filter)
		case *parties:
			if s.view.fleet() {
				s.asking = newFilter("show parties with: ", &p.filter)
			}
		}
	case key.Cancel:
		s.cancel()
	case key.Leave:
		return func() tea.Msg { return screen.Leave{} }
	case key.Look, key.Numbers, key.Sort, key.Origin:
		s.focusOn(inspectorPane)
		s.panes[s.focus].handle(&s.view, i)
	default:
		s.panes[s.focus].handle(&s.view, i)
	}
	return s.fetch()
}

// travel acts on an intent that moves the run.
func (s *Stage) travel(i key.Intent) (cmd tea.Cmd, done bool) {
	switch i {
	case key.Play:
		return s.togglePlay(), true
	case key.Faster:
		return s.faster(+1), true
	case key.Slower:
		return s.faster(-1), true
	case key.Offline:
		return s.offline(), true
	case key.Forward, key.Backward, key.First, key.Last:
		s.play.on = false
	}
	switch i {
	case key.Forward:
		return s.advance(), true
	case key.Backward:
		return s.start(backward(s.view.level, s.view.scene.LevelName(s.view.level))), true
	case key.First:
		return s.start(seek(0, "back to the beginning")), true
	case key.Last:
		return s.start(s.toEnd()), true
	}
	return nil, false
}

// cancel does the first of these that applies: stop the work under way, stop
// playing, leave what the pane is in, undo the pane's zoom.
func (s *Stage) cancel() {
	switch {
	case s.work.cancel():
		s.play.on = false
	case s.play.on:
		s.play.on = false
	case s.panes[s.focus].handle(&s.view, key.Cancel):
	case s.full:
		s.full = false
	default:
		s.view.reference.giveUp()
	}
}

func (s *Stage) focusOn(i int) { s.focus = i }

// zoom changes the size of a step by so many levels.
func (s *Stage) zoom(by int) {
	for i, l := range s.view.levels {
		if l == s.view.level {
			to := min(max(i+by, 0), len(s.view.levels)-1)
			if to == i && by > 0 {
				s.notice = "nothing is finer than a message"
				if l != trace.Message {
					s.notice = "nothing is finer than an operation here: no message is sent"
				}
			} else if to == i {
				s.notice = "nothing is coarser than " + s.view.scene.LevelName(l)
			}
			s.view.level = s.view.levels[to]
			s.work.ahead.eager = true
			return
		}
	}
}

// moved takes the place the session has reached.
func (s *Stage) moved(m moved) tea.Cmd {
	if m.job != s.work.job {
		return nil // of another stage
	}
	if m.job.said != nil || m.snapshot.Step != s.all.Step || m.snapshot.Err != s.all.Err {
		if !m.job.running() {
			s.view.before = m.job.from.Step
		}
		s.show(m.snapshot)
	}
	s.hit(m.job)
	if !m.job.running() && m.job.found != nil {
		m.job.found(s)
	}
	if m.job.said != nil && *m.job.said != "" {
		s.notice = *m.job.said
	}
	cmd := s.finish(m)
	if cmd == nil {
		cmd = s.fetch()
	}
	if m.snapshot.Err != nil || m.snapshot.Step >= m.snapshot.Total {
		s.play.on = false
	}
	return tea.Batch(cmd, s.resume())
}

// point handles the mouse: a click focuses a pane and selects in it, the wheel
// scrolls the pane under the pointer.
func (s *Stage) point(p screen.Pointer) {
	if s.sheet != nil || s.page != nil {
		i := map[int]key.Intent{-1: key.Up, 1: key.Down}[p.Wheel]
		if i != "" {
			s.intent(i)
		}
		return
	}
	for _, at := range s.places {
		if p.X < at.x || p.X >= at.x+at.w || p.Y < at.y || p.Y >= at.y+at.h {
			continue
		}
		if at.pane < 0 { // the tabs
			if i, ok := at.tab(p.X); ok {
				s.focusOn(i)
			}
			return
		}
		switch {
		case p.Wheel < 0:
			s.panes[at.pane].handle(&s.view, key.Up)
		case p.Wheel > 0:
			s.panes[at.pane].handle(&s.view, key.Down)
		default:
			s.focusOn(at.pane)
			s.panes[at.pane].click(&s.view, p.X-at.x-2, p.Y-at.y-1)
		}
		return
	}
}

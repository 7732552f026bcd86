package stage

import (
	tea "charm.land/bubbletea/v2"

	"unseen/tui/key"
	"unseen/tui/screen"
	"unseen/tui/widget"
)

// page fills the screen between header and footer in the place of the panes. Steps
// go on while it is shown.
type page interface {
	// head returns the title and a remark for the right end of the frame.
	head(*view) (title, right string)
	// tabs names the views of the page and says which one is shown; none, if there
	// is only one.
	tabs() (names []string, at int)
	// body draws into w × h.
	body(v *view, w, h int) []string
	// handle acts on an intent and reports whether it meant something here.
	handle(s *Stage, i key.Intent) (cmd tea.Cmd, handled bool)
	// wants returns a job that fetches what the page lacks, nil if nothing.
	wants(s *Stage) *job
	// shown says that the page is opened, or that other eyes look at it.
	shown(*view)
	// keys are the keys that matter here, for the footer.
	keys() [][2]string
	// words explains what can be seen.
	words() []screen.Word
}

// toPage hands an intent to the page; done is false for those that mean the same
// everywhere.
func (s *Stage) toPage(i key.Intent) (cmd tea.Cmd, done bool) {
	if cmd, handled := s.page.handle(s, i); handled {
		if cmd == nil {
			cmd = s.fetch()
		}
		return cmd, true
	}
	switch i {
	case key.Leave:
		s.page = nil
		return nil, true
	case key.Cancel:
		if !s.work.cancel() && !s.play.on {
			s.page = nil
		}
		s.play.on = false
		return nil, true
	case key.NextPane, key.PrevPane, key.ZoomPane:
		return nil, true
	}
	return nil, false
}

// turn opens a page.
func (s *Stage) turn(p page) tea.Cmd {
	s.page = p
	p.shown(&s.view)
	return s.fetch()
}

// fetch starts the job that brings what the page, or the memory, lacks.
func (s *Stage) fetch() tea.Cmd {
	var j *job
	if s.page != nil {
		j = s.page.wants(s)
	} else {
		j = s.panes[inspectorPane].(*inspector).wants(s)
	}
	if j == nil {
		return nil
	}
	j.aside = true
	return s.start(*j)
}

// drawPage draws the page between header and footer.
func (s *Stage) drawPage(h int) []string {
	t := s.view.theme
	var lines []string
	names, at := s.page.tabs()
	s.places = nil
	if len(names) > 0 {
		lines = append(lines, widget.Tabs(t, s.w, names, at))
		h--
	}
	frame := widget.Pane{Focused: true, W: s.w, H: h}
	w, inner := frame.Inner()
	body := s.page.body(&s.view, w, inner)
	frame.Title, frame.Right = s.page.head(&s.view)
	return append(lines, frame.Render(t, widget.Block(body, w, inner))...)
}

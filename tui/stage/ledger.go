package stage

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/key"
	"unseen/tui/say"
	"unseen/tui/screen"
	"unseen/tui/widget"
)

// ledger is the page of releases: what somebody got to know as the number itself,
// what, to whom and why.
type ledger struct {
	each   bool // one by one, else summed up by kind
	at     int
	last   bool // stays at the newest one
	filter string
	kinds  []say.Release
	found  found
}

// found caches which entries of a record pass a filter.
type found struct {
	record  int
	step    int
	eyes    string
	letters string
	list    []int
	said    string // how many there are
	valid   bool
}

// of returns the entries of the snapshot's record that pass.
func (f *found) of(v *view, letters string, releases bool) []int {
	n := v.scene.Snapshot
	if f.valid && f.record == n.Record.Len() && f.step == n.Step && f.eyes == n.Eyes && f.letters == letters {
		return f.list
	}
	list, said := n.Record.Select(letters, releases), ""
	if releases {
		said = v.scene.Released(list)
	}
	*f = found{n.Record.Len(), n.Step, n.Eyes, letters, list, said, true}
	return f.list
}

func newLedger() *ledger { return &ledger{last: true} }

func (p *ledger) head(v *view) (title, right string) {
	p.found.of(v, p.filter, true)
	right = p.found.said
	if p.filter != "" {
		right += " with “" + p.filter + "”"
	}
	return "Ledger of releases", right
}

func (p *ledger) tabs() ([]string, int) {
	at := 0
	if p.each {
		at = 1
	}
	return []string{"By kind", "One by one"}, at
}

func (p *ledger) shown(*view)       {}
func (p *ledger) wants(*Stage) *job { return nil }

func (p *ledger) body(v *view, w, h int) []string {
	t := v.theme
	list := p.found.of(v, p.filter, true)
	if len(list) == 0 {
		return p.nothing(v, w)
	}
	if !p.each {
		return p.byKind(v, list, w, h)
	}
	if p.last {
		p.at = len(list) - 1
	}
	p.at = min(p.at, len(list)-1)
	detail := p.detail(v, v.scene.Snapshot.Record.At(list[p.at]), w)
	room := max(3, h-len(detail)-2)
	tb := widget.Table{Head: []string{"step", "what", "from", "to", "bytes"}, Right: []bool{true, false, false, false, true}}
	opened := v.encrypted() // all of them: what was sent for it are shares, which the wire lists
	if opened {
		tb.Head, tb.Right = tb.Head[:4], tb.Right[:4]
	}
	top := min(max(0, p.at-room/2), max(0, len(list)-room+1))
	for k, i := range list[top:min(len(list), top+room-1)] {
		e := v.scene.Snapshot.Record.At(i)
		if top+k == p.at {
			tb.Selected = k
		}
		from, size := e.From, widget.Bytes(int64(e.Bytes))
		switch e.Kind {
		case trace.Open:
			from, size = "shares of all", ""
		case trace.Local:
			from, size = "what it was sent", ""
		}
		tb.Rows = append(tb.Rows, []string{widget.Count(e.Step), v.scene.Label(e.What), from, say.Few(e.To), size}[:len(tb.Head)])
	}
	lines := tb.Render(t, w, room)
	lines = append(lines, t.Faint.Render(strings.Repeat("─", w)))
	return append(lines, detail...)
}

// nothing says what it means that nothing was released.
func (p *ledger) nothing(v *view, w int) []string {
	if p.filter != "" {
		return widget.Wrap("No release has these letters; / changes them, esc clears.", w)
	}
	text, more, _ := strings.Cut(v.scene.Unreleased(), ". ")
	if more == "" {
		return widget.Wrap(text, w)
	}
	return append(append(widget.Wrap(text+".", w), ""), paint(v.theme.Dim.Render, widget.Wrap(more, w))...)
}

// detail tells of one release.
func (p *ledger) detail(v *view, e engine.Entry, w int) []string {
	t := v.theme
	lines := widget.Wrap(t.Strong.Render(v.scene.Label(e.What))+"  "+say.Told(e)+", in "+strings.Join(e.Where, " › ")+".", w)
	return append(lines, paint(t.Dim.Render, widget.Wrap("Why it may be known: "+say.Why(e), w))...)
}

// byKind lists what was released by name and kind of receiver.
func (p *ledger) byKind(v *view, list []int, w, h int) []string {
	t := v.theme
	p.kinds = v.scene.Releases(list)
	at := min(p.at, len(p.kinds)-1)
	tb := widget.Table{Head: []string{"what", "to", "times", "last step"}, Right: []bool{false, false, true, true}, Selected: at}
	for _, k := range p.kinds {
		tb.Rows = append(tb.Rows, []string{v.scene.Label(k.What), k.To, widget.Count(k.Times), widget.Count(k.Last)})
	}
	lines := tb.Render(t, w, min(len(p.kinds)+1, max(3, h-6)))
	lines = append(lines, t.Faint.Render(strings.Repeat("─", w)))
	k := p.kinds[at]
	lines = append(lines, widget.Wrap(t.Strong.Render(v.scene.Label(k.What))+"  "+k.Why, w)...)
	return append(lines, t.Dim.Render(fmt.Sprintf("first at step %s, last at step %s · enter lists them one by one", widget.Count(k.First), widget.Count(k.Last))))
}

func (p *ledger) handle(s *Stage, i key.Intent) (tea.Cmd, bool) {
	list := p.found.of(&s.view, p.filter, true)
	n := len(list)
	if !p.each {
		n = len(p.kinds)
	}
	switch i {
	case key.Ledger:
		s.page = nil
	case key.NextPane, key.PrevPane:
		p.each, p.at, p.last = !p.each, 0, true
	case key.Filter:
		s.asking = newFilter("show releases with: ", &p.filter)
	case key.Choose:
		if n == 0 {
			return nil, true
		}
		if !p.each {
			p.filter = p.kinds[min(p.at, n-1)].What
			p.each, p.last = true, true
			return nil, true
		}
		step := s.view.scene.Snapshot.Record.At(list[p.at]).Step
		return s.start(seek(step, "going to step "+widget.Count(step))), true
	case key.Cancel:
		if p.filter == "" {
			return nil, false
		}
		p.filter = ""
	default:
		if !pageIntent(i, &p.at, n-1, 10) {
			return nil, false
		}
		p.last = p.at >= n-1
	}
	return nil, true
}

func (p *ledger) keys() [][2]string {
	enter := "jump to it"
	if !p.each {
		enter = "one by one"
	}
	return [][2]string{{"↑↓", "select"}, {"enter", enter}, {"tab", "view"}, {"/", "filter"}, {"←/→", "step"}, {"e", "eyes"}, {"?", "help"}, {"q", "back"}}
}

func (p *ledger) words() []screen.Word {
	return []screen.Word{
		{Term: "release", Meaning: "a party got to know something as the number itself that was not its own: a message in the clear, or an opening. What is opened under a mask used once tells nothing: it is listed below, and counted apart"},
		{Term: "opening", Meaning: "shares of a value were put together: those named in the list know it now"},
		{Term: "why", Meaning: "what makes this release harmless, or what it is the price of"},
		{Term: "shares", Meaning: "are not in the ledger: a share says nothing by itself; the wire (W) lists them"},
	}
}

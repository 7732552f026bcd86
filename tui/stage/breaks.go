package stage

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/key"
	"unseen/tui/screen"
	"unseen/tui/widget"
)

// breaks are the breakpoints of a stage.
type breaks struct {
	list []mark
	next int // identity of the next one
}

// mark is one breakpoint.
type mark struct {
	engine.Breakpoint
	id   int
	off  bool
	hits map[string]int // by the eyes through which it was met
	told string         // what it stopped at last, where that is more than its name
}

// forward goes one step on from a place, or as far as a breakpoint.
func (s *Stage) forward(from *engine.Snapshot) job {
	l := s.view.level
	target := 0
	if l == trace.Epoch {
		target = s.epochEnd(from)
	}
	j := s.watched(from, "one "+s.view.scene.LevelName(l)+" on", target, forward(l).run, func(w *engine.Watch) func(context.Context, engine.Stepper) error {
		return func(ctx context.Context, st engine.Stepper) error { return w.Next(ctx, st, l) }
	})
	j.aim = s.aim(from)
	return j
}

// epochEnd is about the step at which the epoch, or server round, under way ends: all are
// about as long. 0 while setting up, which is short.
func (s *Stage) epochEnd(from *engine.Snapshot) int {
	if s.view.scene.Predicts() {
		return 0 // it is short
	}
	all := s.view.scene.Epochs()
	left := all - len(from.History.Epochs) // behind this one; History begins before the first
	if from.Step == 0 || left < 0 {
		return 0
	}
	return from.Total - from.Total/all*left
}

// toEnd runs to the end, or to a breakpoint.
func (s *Stage) toEnd() job {
	total := s.all.Total
	return s.watched(s.all, "running to the end", total, seek(total, "").run, func(w *engine.Watch) func(context.Context, engine.Stepper) error {
		return w.Run
	})
}

// watched makes a job that stops at the breakpoints on the way from a place; without any
// it is free.
func (s *Stage) watched(from *engine.Snapshot, label string, target int, free func(context.Context, engine.Stepper) error,
	with func(*engine.Watch) func(context.Context, engine.Stepper) error) job {
	var points []engine.Breakpoint
	var ids []int
	for _, m := range s.marks.list {
		if !m.off {
			points, ids = append(points, m.Breakpoint), append(ids, m.id)
		}
	}
	if len(points) == 0 {
		return job{label: label, pieces: true, target: target, run: free}
	}
	if s.eyes != "" {
		from = from.As(s.eyes) // where it stops tells no more than that
	}
	w := engine.NewWatch(points, from)
	return job{label: label, pieces: true, target: target, run: with(w), watch: w, points: ids}
}

// hit counts what a piece of a job met, and stops playing where it stopped.
func (s *Stage) hit(j *job) {
	if j.watch == nil {
		return
	}
	for i, id := range j.points {
		for k := range s.marks.list {
			if s.marks.list[k].id == id {
				s.marks.list[k].hits[j.watch.Eyes] += j.watch.Hits[i]
			}
		}
		j.watch.Hits[i] = 0
	}
	if at := j.watch.Hit; at >= 0 && j.watch.Eyes == s.eyes {
		s.play.on = false
		s.notice = "stopped by the breakpoint: " + j.watch.Points[at].String()
		if o := j.watch.Overflow; o != nil {
			s.tell(j.points[at], o.String())
			if s.eyes == "" { // both numbers are the simulator's
				s.notice = "overflow at " + o.String()
			}
		}
	}
}

// tell notes what a breakpoint stopped at.
func (s *Stage) tell(id int, what string) {
	for k := range s.marks.list {
		if s.marks.list[k].id == id {
			s.marks.list[k].told = what
		}
	}
}

// breakList is the sheet of breakpoints.
type breakList struct {
	at    int
	empty bool // when it was drawn last
}

func newBreakList(*Stage) sheet { return &breakList{} }

func (*breakList) title() string { return "Breakpoints" }
func (b *breakList) foot() string {
	if b.empty {
		return "n adds one · ? explains · esc closes"
	}
	return "n adds · enter on, off · Del removes · ? explains · esc closes"
}
func (*breakList) typing() bool                               { return false }
func (*breakList) typed(*Stage, screen.Typed) (tea.Cmd, bool) { return nil, false }
func (b *breakList) lines(v *view, w, h int) []string         { return b.draw(v, v.marks, w, h) }

func (b *breakList) draw(v *view, list []mark, w, h int) []string {
	t := v.theme
	if b.empty = len(list) == 0; b.empty {
		return append(widget.Wrap("→, play and > stop where a breakpoint is met, however coarse the zoom. There is none yet: n adds one.", w), "")
	}
	b.at = min(b.at, len(list)-1)
	tb := widget.Table{Head: []string{"", "stops at", "hits", "that is"}, Right: []bool{false, false, true, false}, Selected: b.at}
	for _, m := range list {
		state := t.Good.Render("●")
		if m.off {
			state = t.Faint.Render("○")
		}
		tb.Rows = append(tb.Rows, []string{state, m.String(), strconv.Itoa(m.hits[v.scene.Snapshot.Eyes]), t.Dim.Render(meaning(m.Breakpoint))})
	}
	lines := append(tb.Render(t, w, min(len(list)+1, max(2, h-2))), "")
	if told := list[b.at].told; told != "" && v.scene.Snapshot.Eyes == "" {
		lines = append(append(lines, widget.Wrap("It stopped at "+told+".", w)...), "")
	}
	return lines
}

// words explains each kind of breakpoint, as it is written.
func (*breakList) words() []screen.Word {
	var words []screen.Word
	for _, b := range engine.Examples() {
		words = append(words, screen.Word{Term: b.String(), Meaning: meaning(b)})
	}
	return append(words,
		screen.Word{Term: "n", Meaning: "asks where to stop: choose in the list, or type it as above, with another name or number"},
		screen.Word{Term: "● ○", Meaning: "switched on, and off"},
		screen.Word{Term: "hits", Meaning: "how often it was met, through the eyes that look now: they meet only what that party has a part in"},
	)
}

// meaning explains a breakpoint.
func meaning(b engine.Breakpoint) string {
	switch b.On {
	case engine.AtOperation:
		return "after each operation of that name"
	case engine.AtSending:
		return "after each message it sends"
	case engine.AtOpening:
		return "whenever a shared value becomes known"
	case engine.AtOverflow:
		if b.N == 0 {
			return "a value leaves its range, wraps, or is no number"
		}
		return fmt.Sprintf("a value of 2^%d or more, or that is no number", b.N)
	case engine.AtRise:
		return "a batch costs more than the one before"
	case engine.AtRound:
		return fmt.Sprintf("when %s of messages are over, counted from the beginning", plural(b.N, "round"))
	case engine.AtEpoch:
		return "when this epoch, or server round, is over"
	}
	return ""
}

func (b *breakList) handle(s *Stage, i key.Intent) (tea.Cmd, bool) {
	list := s.marks.list
	b.at = min(b.at, max(0, len(list)-1))
	switch i {
	case key.Cancel, key.Leave, key.Breakpoints:
		return nil, true
	case key.Add:
		s.sheet = newBreakpoint(s)
	case key.Choose:
		if len(list) > 0 {
			list[b.at].off = !list[b.at].off
		}
	case key.Erase:
		if len(list) > 0 {
			s.marks.list = append(list[:b.at:b.at], list[b.at+1:]...)
		}
	default:
		pageIntent(i, &b.at, len(list)-1, 10)
	}
	s.view.marks = s.marks.list
	return nil, false
}

// newBreakpoint asks what to stop at: one of those that make sense here, or any
// that is typed.
func newBreakpoint(s *Stage) sheet {
	c := &choice{word: stopWord, name: "Stop where?"}
	add := func(b engine.Breakpoint) {
		if b.Possible(s.view.scene.Scenario, s.all) != nil {
			return
		}
		c.list.Items = append(c.list.Items, widget.ListItem{Title: b.String(), Detail: meaning(b)})
	}
	add(engine.Breakpoint{On: engine.AtRise})
	add(engine.Breakpoint{On: engine.AtOpening})
	add(engine.Breakpoint{On: engine.AtOverflow})
	add(engine.Breakpoint{On: engine.AtRound, N: int(s.view.scene.Snapshot.Cost.Rounds) + 10})
	add(engine.Breakpoint{On: engine.AtEpoch, N: 1})
	for _, name := range s.view.operations() {
		add(engine.Breakpoint{On: engine.AtOperation, Name: name})
	}
	for _, p := range s.all.Parties {
		add(engine.Breakpoint{On: engine.AtSending, Name: p.ID})
	}
	c.done = func(s *Stage, i int, typed string) (tea.Cmd, error) {
		text := typed
		if b, err := engine.ParseBreakpoint(text); err == nil && b.Name == "" || i < 0 {
			i = -1 // what was typed is complete
		} else {
			text = c.list.Items[i].Title
		}
		b, err := engine.ParseBreakpoint(text)
		if err == nil {
			err = b.Possible(s.view.scene.Scenario, s.all)
		}
		if err != nil {
			return nil, err
		}
		s.marks.add(b)
		s.view.marks = s.marks.list
		s.sheet = &breakList{at: len(s.marks.list) - 1}
		return nil, nil
	}
	return c
}

func (b *breaks) add(p engine.Breakpoint) {
	for i, m := range b.list {
		if m.Breakpoint == p {
			b.list[i].off = false
			return
		}
	}
	b.next++
	b.list = append(b.list, mark{Breakpoint: p, id: b.next, hits: map[string]int{}})
}

// operations lists names of operations to stop at: that of the last event first.
func (v *view) operations() []string {
	names := engine.Operations(v.scene.Scenario)
	if e := v.scene.Snapshot.Event; e != nil && e.Level() == trace.Operation && slices.Contains(names, e.Name()) {
		names = append([]string{e.Name()}, slices.DeleteFunc(names, func(n string) bool { return n == e.Name() })...)
	}
	return names
}

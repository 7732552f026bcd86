package stage

import (
	"context"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/key"
	"unseen/tui/screen"
	"unseen/tui/widget"
)

// wire is the page of messages: each of them, with structure and bytes; who sent
// how much to whom; what layers and operations cost; and how long all of it would
// take over a network.
type wire struct {
	tab    int
	at     int
	last   bool // stays at the newest message
	filter string
	found  found
	packet packet // the contents of the selected message
	top    int    // first line of bytes shown
	lines  int    // of bytes, when they were drawn last
	scroll int    // of the other views
	left   int    // first receiver shown of who to whom
	part   string // which receivers these are; empty: all
	net    imagined
}

// The views of the wire.
const (
	packetsTab = iota
	flowsTab
	costTab
	projectionTab
)

var wireTabs = []string{"Packets", "Who to whom", "Cost by layer", "Over a network"}

// packet is a message that was looked up: its event, as the eyes see it.
type packet struct {
	step  int
	eyes  string
	event *trace.Event
}

func newWire() *wire { return &wire{last: true, net: imagined{rtt: 4, rate: 3}} }

func (p *wire) head(v *view) (title, right string) {
	c := v.scene.Snapshot.Cost
	right = fmt.Sprintf("%s · %s · %s", plural(int(c.Messages), "message"), plural(v.scene.Rounds(), "round"), widget.Bytes(c.Bytes))
	if p.tab == packetsTab && p.filter != "" {
		right = fmt.Sprintf("%s with “%s”", plural(len(p.list(v)), "message"), p.filter)
	}
	if p.tab == flowsTab && p.part != "" {
		right = p.part
	}
	return wireTabs[p.tab], right
}

func (p *wire) tabs() ([]string, int) { return wireTabs, p.tab }
func (p *wire) shown(*view)           {}

func (p *wire) list(v *view) []int { return p.found.of(v, p.filter, false) }

// selected returns the selected entry.
func (p *wire) selected(v *view) (engine.Entry, bool) {
	list := p.list(v)
	if len(list) == 0 {
		return engine.Entry{}, false
	}
	if p.last {
		p.at = len(list) - 1
	}
	p.at = min(max(p.at, 0), len(list)-1)
	return v.scene.Snapshot.Record.At(list[p.at]), true
}

// wants looks the selected message up: the record keeps no contents.
func (p *wire) wants(s *Stage) *job {
	if p.tab != packetsTab {
		return nil
	}
	e, ok := p.selected(&s.view)
	if !ok || p.packet.event != nil && p.packet.step == e.Step && p.packet.eyes == s.eyes {
		return nil
	}
	if here := s.view.scene.Snapshot; here.Step == e.Step && here.Event != nil {
		p.packet = packet{e.Step, s.eyes, here.Event}
		return nil
	}
	step, eyes, near := e.Step, s.eyes, s.all
	var at *engine.Snapshot
	return &job{label: "looking up the message",
		run: func(ctx context.Context, st engine.Stepper) (err error) {
			at, err = engine.Peek(ctx, st, step, near)
			return err
		},
		found: func(s *Stage) {
			if at == nil {
				return
			}
			event := at.Event
			if eyes != "" {
				event = at.As(eyes).Event
			}
			p.packet = packet{step, eyes, event}
		}}
}

func (p *wire) body(v *view, w, h int) []string {
	if v.scene.Snapshot.Record.Len() == 0 {
		lines := widget.Wrap("No message was sent so far.", w)
		if v.scene.Scenario.Mode == engine.Central {
			lines = append(append(lines, ""), paint(v.theme.Dim.Render, widget.Wrap("One party has all rows and computes alone: there is nothing to send, and nothing to hide it from.", w))...)
		}
		return lines
	}
	switch p.tab {
	case flowsTab:
		return p.flows(v, w, h)
	case costTab:
		return p.cost(v, w, h)
	case projectionTab:
		return p.net.draw(v, w, h)
	}
	return p.packets(v, w, h)
}

func (p *wire) handle(s *Stage, i key.Intent) (tea.Cmd, bool) {
	v := &s.view
	switch i {
	case key.Wire:
		s.page = nil
		return nil, true
	case key.NextPane:
		p.tab = (p.tab + 1) % len(wireTabs)
		return nil, true
	case key.PrevPane:
		p.tab = (p.tab + len(wireTabs) - 1) % len(wireTabs)
		return nil, true
	case key.Cancel:
		if p.filter == "" {
			return nil, false
		}
		p.filter = ""
		return nil, true
	case key.Filter:
		p.tab = packetsTab
		s.asking = newFilter("show messages with: ", &p.filter)
		return nil, true
	}
	switch p.tab {
	case projectionTab:
		return nil, p.net.handle(i)
	case packetsTab:
		return p.pick(s, v, i)
	}
	if p.tab == flowsTab && (i == key.Left || i == key.Right) {
		p.left = max(0, p.left+map[key.Intent]int{key.Left: -1, key.Right: 1}[i])
		return nil, true
	}
	return nil, pageIntent(i, &p.scroll, 1<<20, 10)
}

// pick moves in the list of messages, or in the bytes of one.
func (p *wire) pick(s *Stage, v *view, i key.Intent) (tea.Cmd, bool) {
	e, ok := p.selected(v)
	if !ok {
		return nil, false
	}
	switch i {
	case key.Choose:
		return s.start(seek(e.Step, "going to step "+widget.Count(e.Step))), true
	case key.Left:
		p.top = max(0, p.top-1)
		return nil, true
	case key.Right:
		p.top = min(p.top+1, max(0, p.lines-1))
		return nil, true
	}
	n := len(p.list(v))
	if !pageIntent(i, &p.at, n-1, 10) {
		return nil, false
	}
	p.last, p.top = p.at >= n-1, 0
	return nil, true
}

func (p *wire) keys() [][2]string {
	switch p.tab {
	case packetsTab:
		return [][2]string{{"↑↓", "message"}, {"⇧←→", "its bytes"}, {"enter", "jump to it"}, {"tab", "view"}, {"/", "filter"}, {"←/→", "step"}, {"?", "help"}, {"q", "back"}}
	case projectionTab:
		return [][2]string{{"↑↓", "choose"}, {"⇧←→", "slide"}, {"tab", "view"}, {"←/→", "step"}, {"?", "help"}, {"q", "back"}}
	}
	if p.tab == flowsTab && p.part != "" {
		return [][2]string{{"⇧←→", "columns"}, {"↑↓", "scroll"}, {"tab", "view"}, {"←/→", "step"}, {"e", "eyes"}, {"?", "help"}, {"q", "back"}}
	}
	return [][2]string{{"↑↓", "scroll"}, {"tab", "view"}, {"←/→", "step"}, {"e", "eyes"}, {"?", "help"}, {"q", "back"}}
}

func (p *wire) words() []screen.Word {
	return []screen.Word{
		{Term: "message", Meaning: "what one party sends to another; its bytes are the payload: numbers of 8 bytes, the lowest byte first; small ones are packed, the lowest bit first"},
		{Term: "round", Meaning: "one exchange in which parties wait for each other: it costs one round-trip time, however little is sent"},
		{Term: "plain", Meaning: "the numbers themselves: the receiver can read them"},
		{Term: "share", Meaning: "one summand of a value: it looks like noise, and without the others it is"},
		{Term: "noise, masked", Meaning: "uniform, whatever it hides: read as a number it would mean nothing, so none is shown"},
		{Term: "key, seed, sealed", Meaning: "random words: a key, what shares are expanded from, or something under a key that the receiver or a neighbour has"},
		{Term: "who to whom", Meaning: "bytes from the party of the row to the party of the column; more workers than have room are one line"},
		{Term: "cost by layer", Meaning: "what was sent inside each span of the run, the dearest first; a bar is the share of all bytes"},
		{Term: "over a network", Meaning: "rounds × round-trip time, and the bytes of the party that sends most ÷ bandwidth; computing is not in it"},
	}
}

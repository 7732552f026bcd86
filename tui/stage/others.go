package stage

import (
	"fmt"

	"unseen/engine"
	"unseen/tui/key"
	"unseen/tui/screen"
	"unseen/tui/widget"
)

// messages shows what parties sent to each other.
type messages struct{}

func (*messages) name() string { return "Messages" }

func (*messages) head(v *view) (title, right string) {
	return "Messages", widget.Count(int(v.scene.Snapshot.Cost.Messages)) + " sent"
}

func (*messages) body(v *view, w, h int) ([]string, int) {
	t := v.theme
	n := v.scene.Snapshot
	if v.scene.Scenario.Mode == engine.Central {
		lines := widget.Wrap("None: one party has all rows and computes alone.", w)
		lines = append(lines, "")
		return append(lines, paint(t.Dim.Render, widget.Wrap(
			"The price was paid before the first step: every applicant handed over a complete row and its label.", w))...), 0
	}
	summary := fmt.Sprintf("%s in %s", widget.Bytes(n.Cost.Bytes), plural(v.scene.Rounds(), "round"))
	lines := []string{t.Dim.Render(summary)}
	room := h - len(lines)
	switch {
	case len(n.Messages) == 0:
		lines = append(lines, "", t.Dim.Render("None just now."))
	case v.encrypted():
		lines = append(lines, latest(v, n.Messages, room, func(m, _ engine.Message) []string {
			return []string{spread(v.short(m.From)+"→"+v.short(m.To)+" "+t.Strong.Render(carried(m.What)), t.Dim.Render(" "+widget.Bytes(int64(m.Bytes))), w)}
		})...)
	default:
		lines = append(lines, latest(v, n.Messages, room, named(v, n.Messages, w))...)
	}
	return lines, 0
}

// named writes a message with its name: before its size where every one of the list has room
// for it, else on a line of its own above those of one name.
func named(v *view, list []engine.Message, w int) func(m, before engine.Message) []string {
	t := v.theme
	size := func(m engine.Message) string { return " " + widget.Bytes(int64(m.Bytes)) }
	parties := func(m engine.Message) string { return m.From + " → " + m.To }
	who, rest := 0, 0
	sized, last := 0, -1 // thousands of the same size follow each other
	for _, m := range list {
		if m.Bytes != last {
			sized, last = widget.Width(size(m)), m.Bytes
		}
		who, rest = max(who, widget.Width(m.From)+widget.Width(" → ")+widget.Width(m.To)), max(rest, widget.Width(m.What)+sized)
	}
	const gap = 2
	return func(m, before engine.Message) []string {
		if who+gap+rest <= w {
			return []string{spread(widget.Fit(parties(m), who+gap)+t.Strong.Render(m.What), t.Dim.Render(size(m)), w)}
		}
		line := spread(fromTo(m.From, m.To, w-widget.Width(size(m))), t.Dim.Render(size(m)), w)
		if m.What == before.What {
			return []string{line}
		}
		return []string{t.Strong.Render(m.What), line}
	}
}

// latest writes as many of the last messages as have room, and how many came before them.
// write draws one message, after the one before it; the first one comes after none.
func latest(v *view, list []engine.Message, room int, write func(m, before engine.Message) []string) []string {
	lines := func(first int) (out []string) {
		var before engine.Message
		if first > 0 {
			out = append(out, v.theme.Dim.Render(fmt.Sprintf("… %s before these", widget.Count(first))))
		}
		for _, m := range list[first:] {
			out = append(out, write(m, before)...)
			before = m
		}
		return out
	}
	first := max(0, len(list)-room)
	for first < len(list)-1 && len(lines(first)) > room {
		first++
	}
	return lines(first)
}

func (*messages) handle(*view, key.Intent) bool { return false }
func (*messages) click(*view, int, int) bool    { return false }

func (*messages) words() []screen.Word {
	return []screen.Word{
		{Term: "message", Meaning: "what one party sends to another; each has a sender, a receiver and a size"},
		{Term: "send model, …", Meaning: "the name of the message: what it is sent for; W lists all of them with what they carry"},
		{Term: "the list", Meaning: "what was sent in this visit or server round; the line above counts everything since the beginning"},
		{Term: "round", Meaning: "one exchange in which parties wait for each other's messages"},
	}
}

// revealed says what each party has learnt that it did not have.
type revealed struct {
	top, last int // first line shown, and the last one that can be
}

func (*revealed) name() string { return "Who knows what" }

func (*revealed) head(*view) (title, right string) { return "Who knows what", "" }

func (p *revealed) body(v *view, w, h int) ([]string, int) {
	t := v.theme
	parties, moral := v.scene.Knowledge()
	lines := widget.Wrap(moral, w)
	if h > len(lines)+6 {
		lines = append(lines, "")
	}
	for _, k := range parties {
		sum := t.Good.Render(k.Sum)
		if k.Bad {
			sum = t.Bad.Render(k.Sum)
		}
		who := glyph(v, k.Number) + " " + t.Strong.Render(k.Who)
		if one := who + "  " + sum; widget.Width(one) <= w {
			lines = append(lines, one)
		} else { // on lines of its own
			lines = append(lines, who)
			for _, l := range widget.Wrap(sum, w-2) {
				lines = append(lines, "  "+l)
			}
		}
		for _, item := range k.Items {
			for i, l := range widget.Wrap(item.Text, w-4) {
				mark := "  " + item.Sign() + " "
				if i > 0 {
					mark = "    "
				}
				lines = append(lines, mark+t.Dim.Render(l))
			}
		}
	}
	p.last = max(0, len(lines)-h)
	p.top = min(p.top, p.last)
	return lines, p.top
}

func (p *revealed) handle(_ *view, i key.Intent) bool { return pageIntent(i, &p.top, p.last, 5) }
func (*revealed) click(*view, int, int) bool          { return false }

func (*revealed) words() []screen.Word {
	return []screen.Word{
		{Term: "✓", Meaning: "it can read this: the numbers are known to it"},
		{Term: "·", Meaning: "this alone tells it nothing: a share, what is under a mask or sealed, a key; or it is not sent it"},
		{Term: "in the clear", Meaning: "as the number itself, readable by whoever holds it"},
		{Term: "update", Meaning: "how the model changed at a worker: its gradient, times the learning rate"},
		{Term: "applicant", Meaning: "the person whose row it is"},
	}
}

package stage

import (
	"fmt"

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
	text := "None: one party has all rows and computes alone."
	lines := widget.Wrap(text, w)
	lines = append(lines, "")
	lines = append(lines, paint(v.theme.Dim.Render, widget.Wrap(
		"The price was paid before the first step: every applicant handed over a complete row and its label.", w))...)
	return lines, 0
}

func (*messages) handle(*view, key.Intent) bool { return false }
func (*messages) click(*view, int) bool         { return false }

func (*messages) words() []screen.Word {
	return []screen.Word{
		{Term: "message", Meaning: "what one party sends to another; each has a sender, a receiver and a size"},
		{Term: "round", Meaning: "one exchange in which parties wait for each other's messages"},
	}
}

// revealed says what each party has learnt that it did not have.
type revealed struct{}

func (*revealed) name() string { return "Revealed" }

func (*revealed) head(*view) (title, right string) { return "Who knows what", "" }

func (*revealed) body(v *view, w, h int) ([]string, int) {
	t := v.theme
	n := v.scene.Snapshot
	model := "untrained weights"
	if n.Event == nil {
		model = "no weights yet"
	} else if b := len(n.History.Batches); b > 0 {
		model = fmt.Sprintf("weights after %s", plural(b, "update"))
	}
	lines := []string{glyph(v, 0) + " " + t.Strong.Render("server") + "  " + t.Bad.Render("everything")}
	for _, item := range []string{
		fmt.Sprintf("%s with %d numbers each", plural(v.scene.Train, "row"), len(v.scene.Features)),
		fmt.Sprintf("%s", plural(v.scene.Train, "label")),
		model + ", every loss and slope",
	} {
		for i, l := range widget.Wrap(item, w-4) {
			mark := "  ✓ "
			if i > 0 {
				mark = "    "
			}
			lines = append(lines, mark+l)
		}
	}
	lines = append(lines, t.Dim.Render("applicants")+"  nothing comes back")
	if h > len(lines)+2 {
		lines = append(lines, "")
		lines = append(lines, paint(t.Dim.Render, widget.Wrap("Central training protects nothing. It is what the private ways are measured against.", w))...)
	}
	return lines, 0
}

func (*revealed) handle(*view, key.Intent) bool { return false }
func (*revealed) click(*view, int) bool         { return false }

func (*revealed) words() []screen.Word {
	return []screen.Word{
		{Term: "in the clear", Meaning: "as the number itself, readable by whoever holds it"},
		{Term: "applicant", Meaning: "the person whose row it is"},
	}
}

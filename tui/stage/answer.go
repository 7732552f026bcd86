package stage

import (
	"strings"

	"unseen/tui/key"
	"unseen/tui/say"
	"unseen/tui/screen"
	"unseen/tui/widget"
)

// answer shows what comes of a private prediction, in the place of the loss: it is drawn
// from the applicant's memory, as far as the eyes see that.
type answer struct{}

func (*answer) name() string { return "Answer" }

func (*answer) head(v *view) (title, right string) {
	if v.scene.Answer() != nil {
		return "Answer", "only " + say.The(v.scene.Applicant().ID) + " knows it"
	}
	return "Answer", ""
}

func (*answer) body(v *view, w, h int) ([]string, int) {
	t, id := v.theme, v.scene.Applicant().ID
	p, who := v.scene.Answer(), say.The(id)
	if !v.scene.Snapshot.Knows(id) {
		lines := widget.Wrap("The answer is "+say.Whose(id)+": it comes together in that memory and in no other.", w)
		for range max(0, min(2, h-len(lines)-1)) {
			lines = append(lines, hidden(t, min(w, 40)))
		}
		return lines, 0
	}
	if _, come := v.scene.Applicant().Memory.Object("probabilities of " + v.lastHolder()); come && p == nil {
		return widget.Wrap("The holders’ shares of it have come to "+who+", who adds them up next.", w), 0
	}
	if p == nil {
		return append(widget.Wrap("There is none yet.", w), paint(t.Dim.Render, widget.Wrap(v.scene.Asked(), w))...), 0
	}
	class := say.Decision(p)
	lines := widget.Wrap("“"+v.scene.Classes[class]+"” with probability "+widget.Percent(p[class]), w)
	lines[0] = t.Strong.Render(lines[0])
	nameW := 0
	for _, name := range v.scene.Classes {
		nameW = max(nameW, widget.Width(name)+2)
	}
	nameW = min(nameW, w/3)
	bar := max(1, w-nameW-9)
	for k, x := range p {
		n := int(x*float64(bar) + 0.5)
		lines = append(lines, widget.Fit("“"+v.scene.Classes[k]+"”", nameW)+" "+widget.FitLeft(widget.Percent(x), 7)+" "+
			t.Series(k).Render(strings.Repeat("█", n))+t.Faint.Render(strings.Repeat("·", bar-n)))
	}
	return append(lines, paint(t.Dim.Render, widget.Wrap("In the memory of "+who+", and nowhere else.", w))...), 0
}

// lastHolder names the last of those who hold shares.
func (v *view) lastHolder() (id string) {
	for _, p := range v.scene.Snapshot.Parties {
		if p.Role == "holder" {
			id = p.ID
		}
	}
	return id
}

func (*answer) handle(*view, key.Intent) bool { return false }
func (*answer) click(*view, int, int) bool    { return false }

func (*answer) words() []screen.Word {
	return []screen.Word{
		{Term: "answer", Meaning: "the probability of each class; the more probable one is the decision"},
		{Term: "applicant", Meaning: "the person whose row it is: she alone puts the holders' shares of the answer together"},
		{Term: "trained model", Meaning: "the server's: it is split among the holders, too, and nobody else sees it"},
	}
}

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
	summary := fmt.Sprintf("%s in %s", widget.Bytes(n.Cost.Bytes), plural(int(n.Cost.Rounds), "round"))
	lines := []string{t.Dim.Render(summary)}
	room := h - len(lines)
	list := n.Messages
	if len(list) > room {
		lines = append(lines, t.Dim.Render(fmt.Sprintf("… %s before these", plural(len(list)-room+1, "message"))))
		list = list[len(list)-room+1:]
	}
	for _, m := range list {
		size := t.Dim.Render(" " + widget.Bytes(int64(m.Bytes)))
		text := m.From + " → " + m.To
		if v.encrypted() {
			text = v.short(m.From) + "→" + v.short(m.To) + " " + t.Strong.Render(carried(m.What))
		}
		lines = append(lines, spread(text, size, w))
	}
	if len(list) == 0 {
		lines = append(lines, "", t.Dim.Render("None just now."))
	}
	return lines, 0
}

func (*messages) handle(*view, key.Intent) bool { return false }
func (*messages) click(*view, int, int) bool    { return false }

func (*messages) words() []screen.Word {
	return []screen.Word{
		{Term: "message", Meaning: "what one party sends to another; each has a sender, a receiver and a size"},
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

// known is what one kind of party has learnt.
type known struct {
	who    string
	number int    // of the party whose glyph it has
	sum    string // in a word
	bad    bool   // more than it should be trusted with
	items  []string
}

func (p *revealed) body(v *view, w, h int) ([]string, int) {
	t := v.theme
	parties, moral := knowledge(v)
	lines := widget.Wrap(moral, w)
	if h > len(lines)+6 {
		lines = append(lines, "")
	}
	for _, k := range parties {
		sum := t.Good.Render(k.sum)
		if k.bad {
			sum = t.Bad.Render(k.sum)
		}
		lines = append(lines, glyph(v, k.number)+" "+t.Strong.Render(k.who)+"  "+sum)
		for _, item := range k.items {
			for i, l := range widget.Wrap(item, w-4) {
				mark := "  ✓ "
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

// knowledge says who has learnt what by now, and what follows.
func knowledge(v *view) (parties []known, moral string) {
	n := v.scene.Snapshot
	if n.Eyes != "" {
		return ownKnowledge(v)
	}
	updates := len(n.History.Batches)
	rounds := len(n.History.Epochs) - 1
	if v.encrypted() {
		return onShares(v)
	}
	switch v.scene.Scenario.Mode {
	case engine.Federated:
		server := known{who: "server", sum: "the model, no rows"}
		workers := known{who: "workers", number: 1, sum: "own rows only"}
		if updates > 0 {
			server.sum, server.bad = "every update", true
			server.items = []string{fmt.Sprintf("the model before and after each of %s", plural(updates, "visit"))}
			workers.items = []string{"the model as it was at their visits"}
		}
		return []known{server, workers},
			"Rows stay home, but what changes in the model at a visit is the worker’s gradient, times the learning rate: of a single row it gives the row away."
	case engine.Aggregated:
		server := known{who: "server", sum: "averages only"}
		aggregator := known{who: "aggregator", number: 1, sum: "nothing yet"}
		workers := known{who: "workers", number: 2, sum: "own rows only"}
		if rounds > 0 {
			server.items = []string{fmt.Sprintf("the average model of %s", plural(rounds, "server round"))}
			aggregator.sum, aggregator.bad = "every single model", true
			aggregator.items = []string{fmt.Sprintf("each worker’s model in each of %s", plural(rounds, "server round"))}
			workers.items = []string{"the averages they start from"}
		}
		if p := n.Privacy; p != nil && p.DP == engine.LocalNoise {
			if rounds > 0 {
				aggregator.sum, aggregator.bad = "noisy updates only", false
				aggregator.items = []string{fmt.Sprintf("each worker’s noisy update in each of %s", plural(rounds, "server round"))}
			}
			return []known{server, aggregator, workers},
				"Nobody has to be trusted: each worker adds noise before anything leaves it. The price is the noise of all of them in the average."
		} else if p != nil {
			if rounds > 0 {
				aggregator.sum = "every single update"
				aggregator.items = []string{fmt.Sprintf("each worker’s clipped update in each of %s", plural(rounds, "server round"))}
			}
			return []known{server, aggregator, workers},
				"The averages are private: they tell little about whether one worker took part. The aggregator must be trusted still, with every update."
		}
		return []known{server, aggregator, workers},
			"The aggregator must be trusted: it could do to each model what the server of federated training can."
	}
	if v.scene.Scenario.Mode == engine.SecureAggregation {
		return secretly(v)
	}
	items := []string{
		fmt.Sprintf("%s with %d numbers each", plural(v.scene.Train, "row"), len(v.scene.Features)),
		plural(v.scene.Train, "label"),
	}
	if _, ok := n.Parties[0].Memory.Object("w1"); ok {
		items = append(items, fmt.Sprintf("the model after %s, every loss and slope", plural(updates, "update")))
	}
	if n.Privacy != nil {
		return []known{{who: "server", sum: "everything", bad: true, items: items}},
			"The server must be trusted with every row. What it gives away, the model after any step, is private: it tells little about whether one row was there."
	}
	return []known{{who: "server", sum: "everything", bad: true, items: items}},
		"Central training protects nothing: it is what the private ways are measured against."
}

func (p *revealed) handle(_ *view, i key.Intent) bool { return pageIntent(i, &p.top, p.last, 5) }
func (*revealed) click(*view, int, int) bool          { return false }

func (*revealed) words() []screen.Word {
	return []screen.Word{
		{Term: "in the clear", Meaning: "as the number itself, readable by whoever holds it"},
		{Term: "update", Meaning: "how the model changed at a worker: its gradient, times the learning rate"},
		{Term: "applicant", Meaning: "the person whose row it is"},
	}
}

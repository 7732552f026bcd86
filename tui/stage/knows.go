package stage

import (
	"fmt"
	"strings"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/widget"
)

// ownKnowledge says what the party whose eyes these are has learnt: what is in its
// memory, and what it received.
func ownKnowledge(v *view) (parties []known, moral string) {
	n := v.scene.Snapshot
	who := v.party()
	for _, p := range n.Parties {
		if p.ID == n.Eyes {
			who = p
		}
	}
	k := known{who: who.ID, number: who.Number, sum: "nothing but what is listed"}
	forms := map[trace.Form]int{}
	for _, o := range who.Memory.Objects {
		forms[o.Form]++
	}
	for _, f := range []trace.Form{trace.Plain, trace.Share, trace.Opened} {
		if forms[f] > 0 {
			k.items = append(k.items, fmt.Sprintf("in memory: %s, %s", plural(forms[f], "object"), f))
		}
	}
	received, sort := map[string]int{}, v.sorter()
	var order []string
	var bytes int64
	for _, t := range n.Record.Totals() {
		if t.To != who.ID || t.Messages == 0 {
			continue
		}
		text := fmt.Sprintf("“%s” from %s", t.What, sort(t.From))
		if received[text] == 0 {
			order = append(order, text)
		}
		received[text] += t.Messages
		bytes += t.Bytes
	}
	for _, text := range order {
		k.items = append(k.items, fmt.Sprintf("received %s × %s", widget.Count(received[text]), text))
	}
	if bytes > 0 {
		k.items = append(k.items, widget.Bytes(bytes)+" received in all")
	}
	return []known{k}, fmt.Sprintf("All that %s can compute from is in its memory and in the messages it received.", who.ID)
}

// encrypted reports whether the run computes on shares.
func (v *view) encrypted() bool { return v.scene.Scenario.Mode == engine.Encrypted }

// onShares says who has learnt what when holders train on shares.
func onShares(v *view) (parties []known, moral string) {
	n := v.scene.Snapshot
	holders := known{who: "holders", number: 1, sum: "shares only"}
	server := known{who: "server", sum: "its first model"}
	dealer := known{who: "dealer", sum: "its own masks only"}
	owners := known{who: "owners", number: 4, sum: "own rows only"}
	masked, why := 0, ""
	for _, k := range n.Record.Opened() {
		switch {
		case k.To == "server":
			server.sum = "the final model"
		case engine.Masked(engine.Opening{Why: k.Why}):
			masked += k.Times
		default:
			holders.sum = "shares, and these:"
			if last := len(holders.items) - 1; k.Why == why && last >= 0 { // opened together
				what, rest, _ := strings.Cut(holders.items[last], ": ")
				holders.items[last] = what + " and " + k.What + ": " + rest
				continue
			}
			why = k.Why
			times := ""
			if k.Times > 1 {
				times = fmt.Sprintf(", %s times", widget.Count(k.Times))
			}
			holders.items = append(holders.items, fmt.Sprintf("%s%s: %s", k.What, times, k.Why))
		}
	}
	if masked > 0 {
		holders.sum = "shares, and these:"
		holders.items = append(holders.items, fmt.Sprintf("%s opened under masks used once: uniform, they say nothing", plural(masked, "value")))
	}
	return []known{holders, dealer, server, owners},
		"No holder sees a row, a weight or a decision. They are taken to follow the protocol, and the dealer to help none of them: together they would see everything."
}

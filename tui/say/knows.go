package say

import (
	"fmt"
	"strings"

	"unseen/engine"
	"unseen/tui/widget"
)

// Known is what one kind of party has learnt that it did not have.
type Known struct {
	Who    string
	Role   string // of the parties it is said of
	Number int    // of the party whose glyph it has
	Sum    string // in a word
	Bad    bool   // more than it should be trusted with
	Items  []Item
}

// Item is something that a party has.
type Item struct {
	Text string
	Mute bool // it tells who has it nothing: a share, what is masked or sealed, a key
}

// Sign is the mark before an item: ✓ where it can be read, · where it alone tells nothing.
// It is not ▒, which stands for what a party does not have.
func (i Item) Sign() string {
	if i.Mute {
		return "·"
	}
	return "✓"
}

// readable lists what who has it can read.
func readable(texts ...string) []Item { return items(texts, false) }

// mute lists what tells nothing to who has it.
func mute(texts ...string) []Item { return items(texts, true) }

func items(texts []string, mute bool) []Item {
	out := make([]Item, len(texts))
	for i, text := range texts {
		out[i] = Item{Text: text, Mute: mute}
	}
	return out
}

// Line is what is known, in one line: what tells nothing comes last, and is called so.
func (k Known) Line() string {
	var read, mute []string
	for _, item := range k.Items {
		if item.Mute {
			mute = append(mute, item.Text)
		} else {
			read = append(read, item.Text)
		}
	}
	line := strings.TrimSuffix(k.Sum, ", and these:")
	if len(read) > 0 {
		line += ": " + strings.Join(read, "; ")
	}
	if len(mute) > 0 {
		line += "; and what alone tells nothing: " + strings.Join(mute, "; ")
	}
	return line
}

// Knowledge says who has learnt what by now, and what follows. Through a party's eyes
// it is what that party has learnt.
func (s Scene) Knowledge() (parties []Known, moral string) {
	switch {
	case s.eyed():
		return s.ownKnowledge()
	case s.Predicts():
		return s.knownOfPrediction()
	case s.encrypted():
		return s.knownOfShares()
	}
	switch s.Scenario.Mode {
	case engine.Federated:
		return s.knownOfVisits()
	case engine.Aggregated:
		return s.knownOfAverages()
	case engine.SecureAggregation:
		return s.knownOfSums()
	}
	return s.knownCentrally()
}

// Glance says in one line what a party has learnt by now, by its role.
func (s Scene) Glance(p engine.PartyImage) string {
	all := s
	n := *s.Snapshot
	n.Eyes, all.Snapshot = "", &n
	parties, _ := all.Knowledge()
	for _, k := range parties {
		if k.Role == p.Role {
			return k.Line()
		}
	}
	return ""
}

func (s Scene) knownCentrally() (parties []Known, moral string) {
	n := s.Snapshot
	server := Known{Who: "server", Role: "server", Sum: "everything", Bad: true, Items: readable(
		fmt.Sprintf("%s with %d numbers each", plural(s.Train, "row", "rows"), len(s.Features)),
		plural(s.Train, "label", "labels"),
	)}
	if _, ok := n.Parties[0].Memory.Object("w1"); ok {
		server.Items = append(server.Items, readable(fmt.Sprintf("the model after %s, every loss and slope", plural(len(n.History.Batches), "update", "updates")))...)
	}
	moral = "Central training protects nothing: it is what the private ways are measured against."
	if n.Privacy != nil {
		moral = "The server must be trusted with every row. What it gives away, the model after any step, is private: it tells little about whether one row was there."
	}
	return []Known{server}, moral
}

func (s Scene) knownOfVisits() (parties []Known, moral string) {
	server := Known{Who: "server", Role: "server", Sum: "the model, no rows"}
	workers := Known{Who: "workers", Role: "worker", Number: 1, Sum: "own rows only"}
	if updates := s.received("get model"); updates > 0 {
		server.Sum, server.Bad = "every update", true
		visits := "the only visit so far"
		if updates > 1 {
			visits = "each of " + plural(updates, "visit", "visits")
		}
		server.Items = readable("the model before and after " + visits)
		workers.Items = readable("the model as it was at their visits")
	}
	return []Known{server, workers},
		"Rows stay home, but what changes in the model at a visit is the worker’s gradient, times the learning rate: of a single row it gives the row away."
}

// received counts the messages of a kind that were received so far.
func (s Scene) received(what string) (n int) {
	for _, t := range s.Snapshot.Record.Totals() {
		if t.What == what {
			n += t.Messages
		}
	}
	return n
}

// rounds is how many server rounds are over.
func (s Scene) rounds() int { return len(s.Snapshot.History.Epochs) - 1 }

func (s Scene) knownOfAverages() (parties []Known, moral string) {
	server := Known{Who: "server", Role: "server", Sum: "averages only"}
	aggregator := Known{Who: "aggregator", Role: "aggregator", Number: 1, Sum: "nothing yet"}
	workers := Known{Who: "workers", Role: "worker", Number: 2, Sum: "own rows only"}
	rounds, p := s.rounds(), s.Snapshot.Privacy
	each := plural(rounds, "server round", "server rounds")
	moral = "The aggregator must be trusted: it could do to each model what the server of federated training can."
	if p != nil {
		moral = "The averages are private: they tell little about whether one worker took part. The aggregator must be trusted still, with every update."
	}
	if p != nil && p.DP == engine.LocalNoise {
		moral = "Nobody has to be trusted: each worker adds noise before anything leaves it. The price is the noise of all of them in the average."
	}
	if rounds > 0 {
		server.Items = readable("the average model of " + each)
		workers.Items = readable("the averages they start from")
	}
	models, updates := s.received("move model"), s.received("move update")
	switch {
	case models > 0:
		aggregator.Sum, aggregator.Bad, aggregator.Items = "every single model", true, readable(plural(models, "model, of a single worker", "models, each of a single worker"))
	case updates > 0 && p.DP == engine.LocalNoise:
		aggregator.Sum, aggregator.Items = "noisy updates only", readable(plural(updates, "noisy update, of a single worker", "noisy updates, each of a single worker"))
	case updates > 0:
		aggregator.Sum, aggregator.Bad, aggregator.Items = "every single update", true, readable(plural(updates, "clipped update, of a single worker", "clipped updates, each of a single worker"))
	}
	return []Known{server, aggregator, workers}, moral
}

// knownOfSums is what is known in secure aggregation.
func (s Scene) knownOfSums() (parties []Known, moral string) {
	opened, aborted := 0, 0
	for _, e := range s.Snapshot.History.Epochs[1:] {
		if e.Round.Aborted != "" {
			aborted++
		} else {
			opened++
		}
	}
	server := Known{Who: "server", Role: "server", Sum: "sums only"}
	workers := Known{Who: "workers", Role: "worker", Number: 1, Sum: "own rows only"}
	if opened > 0 {
		sums := fmt.Sprintf("opens the sum over those who delivered, in %s", plural(opened, "server round", "server rounds"))
		single, secrets := "single updates, under masks", "shares of others’ secrets, too few to use"
		if s.Scenario.Secure.How == engine.Committee {
			single, secrets = "single updates, in shares it is not sent", "as share holders: shares of updates, and their sums"
		}
		server.Items = append(readable(sums), mute(single)...)
		workers.Items = append(readable("the model they start from"), mute(secrets)...)
	}
	if aborted > 0 {
		server.Items = append(server.Items, mute(fmt.Sprintf("what it was sent in %s without a sum", plural(aborted, "round", "rounds")))...)
	}
	if s.Snapshot.Privacy != nil {
		return []Known{server, workers}, "Nobody need be trusted alone, and the sums are private: each worker put a share of noise into them, and nobody knows the noise of all."
	}
	holders := "neighbours"
	if s.Scenario.Secure.How == engine.Committee {
		holders = "share holders"
	}
	size := s.Secure.Size
	return []Known{server, workers}, fmt.Sprintf("Nobody need be trusted alone: to see one update, the server and %d of a worker’s %d %s must collude.", size.Threshold, size.Neighbours, holders)
}

// ownKnowledge says what the party whose eyes these are has learnt: what is in its
// memory, and what it received.
func (s Scene) ownKnowledge() (parties []Known, moral string) {
	n := s.Snapshot
	var who engine.PartyImage
	for _, p := range n.Parties {
		if p.ID == n.Eyes {
			who = p
		}
	}
	k := Known{Who: who.ID, Role: who.Role, Number: Mark(who), Sum: "nothing but what is listed"}
	k.Items = append(s.kept(who.Memory), s.arrived(who.ID)...)
	moral = fmt.Sprintf("All that %s can compute from is in its memory and in the messages it received", The(who.ID))
	if bytes := s.arrivedBytes(who.ID); bytes > 0 {
		moral += ", " + widget.Bytes(bytes) + " in all"
	}
	return []Known{k}, moral + "."
}

// kept counts the objects of a memory by what they are to who has them.
func (s Scene) kept(memory *engine.Image) (list []Item) {
	type sort struct {
		kind string
		mute bool
	}
	kinds := map[sort]int{}
	for _, o := range memory.Objects {
		kinds[sort{s.Kind(o.Name, o.Form), s.Masked(o)}]++
	}
	for _, of := range []sort{{"plain", false}, {"plain", true}, {"share", true}, {"opened", false}, {"opened", true}, {"key", true}, {"seed", true}, {"sealed", true}} {
		if kinds[of] == 0 {
			continue
		}
		what := of.kind
		switch of {
		case sort{"plain", true}:
			what = "masked"
		case sort{"opened", true}:
			what = "opened under a mask"
		}
		list = append(list, Item{fmt.Sprintf("in memory: %s, %s", plural(kinds[of], "object", "objects"), what), of.mute})
	}
	return list
}

// arrived counts the messages that a party received, by name and sender.
func (s Scene) arrived(id string) (list []Item) {
	kind, times, mute := s.Kinds(), map[string]int{}, map[string]bool{}
	var order []string
	for _, t := range s.Snapshot.Record.Totals() {
		if t.To != id || t.Messages == 0 {
			continue
		}
		text := fmt.Sprintf("“%s” from %s", t.What, kind(t.From))
		if times[text] == 0 {
			order = append(order, text)
		}
		times[text] += t.Messages
		mute[text] = mute[text] || t.Clear < t.Messages
	}
	for _, text := range order {
		so := ""
		if n := times[text]; n > 1 {
			so = grouped(n) + " × "
		}
		list = append(list, Item{"received " + so + text, mute[text]})
	}
	return list
}

// arrivedBytes is how much a party received.
func (s Scene) arrivedBytes(id string) (bytes int64) {
	for _, t := range s.Snapshot.Record.Totals() {
		if t.To == id {
			bytes += t.Bytes
		}
	}
	return bytes
}

// openedMasked counts the openings of values under masks.
func openedMasked(openings int) string {
	return plural(openings, "opening", "openings") + " under masks used once: uniform"
}

// knownOfShares says who has learnt what when holders train on shares.
func (s Scene) knownOfShares() (parties []Known, moral string) {
	holders := Known{Who: "holders", Role: "holder", Number: 1, Sum: "shares only"}
	server := Known{Who: "server", Role: "server", Sum: "its first model"}
	dealer := Known{Who: "dealer", Role: "dealer", Number: dealerMark, Sum: "its own masks only"}
	owners := Known{Who: "owners", Role: "worker", Number: 4, Sum: "own rows only"}
	masked, why := 0, ""
	for _, k := range s.Snapshot.Record.Opened() {
		switch {
		case k.To == "server":
			server.Sum = "the final model"
		case engine.Masked(engine.Opening{Why: k.Why}):
			masked += k.Times
		default:
			holders.Sum = "shares, and these:"
			if last := len(holders.Items) - 1; k.Why == why && last >= 0 { // opened together
				what, rest, _ := strings.Cut(holders.Items[last].Text, ": ")
				holders.Items[last].Text = what + " and " + k.What + ": " + rest
				continue
			}
			why = k.Why
			times := ""
			if k.Times > 1 {
				times = fmt.Sprintf(", %s times", grouped(k.Times))
			}
			holders.Items = append(holders.Items, readable(fmt.Sprintf("%s%s: %s", k.What, times, k.Why))...)
		}
	}
	if masked > 0 {
		holders.Sum = "shares, and these:"
		holders.Items = append(holders.Items, mute(openedMasked(masked))...)
	}
	return []Known{holders, dealer, server, owners},
		"No holder sees another’s row, a weight or a decision. They are taken to follow the protocol, and the dealer to help none of them: together they would see everything."
}

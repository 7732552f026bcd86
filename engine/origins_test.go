package engine

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"unseen/engine/trace"
)

// origins are runs in which every kind of value comes about that a party may have in memory.
func origins(t *testing.T) map[string]Scenario {
	list := map[string]Scenario{}
	add := func(name, mode string, change func(*Scenario)) {
		s := fleet(t, mode, 5)
		s.Learning.Local, s.Learning.Epochs, s.Learning.Batch = 1, 1, 6
		change(&s)
		list[name] = s
	}
	add("central", Central, func(s *Scenario) { s.Data.Workers, s.Learning.Dropout, s.Learning.Loss = 0, 0.3, "mse" })
	add("federated", Federated, func(*Scenario) {})
	add("aggregated", Aggregated, func(*Scenario) {})
	add("masks", SecureAggregation, func(s *Scenario) { s.Secure.How, s.Secure.Drop = Masks, 0.2 })
	add("committee", SecureAggregation, func(s *Scenario) { s.Secure.How, s.Secure.Drop = Committee, 0.2 })
	add("three holders", Encrypted, func(*Scenario) {})
	add("two holders", Encrypted, func(s *Scenario) { s.Shares.Holders, s.Data.Normalize, s.Network.Hidden = 2, "range", []int{3, 2} })
	if os.Getenv("UNSEEN_LONG") != "" { // other ways to compute, in the same words
		add("exact", Encrypted, func(s *Scenario) {
			s.Shares.Truncation, s.Shares.RevealLoss, s.Data.Normalize, s.Learning.Loss = "exact", false, "range", "mse"
		})
		add("local", Encrypted, func(s *Scenario) {
			s.Shares.Truncation, s.Shares.Holders, s.Shares.Softmax, s.Learning.Dropout = "local", 2, "fourier", 0.2
		})
	}
	for _, s := range privateFleets(t) {
		s.Learning.Local, s.Learning.Epochs, s.Learning.Rounds = 1, 1, 1
		list["private, "+s.Mode+" "+s.Privacy.DP] = s
	}
	return list
}

// drawnValues are what parties draw: such a value is made from nothing.
var drawnValues = regexp.MustCompile(`^(initial weights|the order of (the )?rows( is public)?|drawn( by the dealer|:.*| from those who .*)|discrete Gaussian.*|own share of the noise.*)$`)

// Of every value of every party it is known what it was made from: of what is computed and
// of what was received; only what is drawn is made from nothing. All of it was in the memory
// of who made it when it was made, or came in a message. Through the eyes of a party the way
// back leads through its own memory only, and ends at a message.
func TestEveryValueHasAnOrigin(t *testing.T) {
	for name, s := range origins(t) {
		t.Run(name, func(t *testing.T) {
			session := open1(t, s, table(t, 14))
			digits, seen := regexp.MustCompile(`\d+`), map[string]bool{}
			var last *Snapshot
			for session.step < session.total {
				if err := session.Step(background); err != nil {
					t.Fatal(err)
				}
				n := session.Snapshot(last)
				for i, p := range n.Parties {
					if last != nil && p.Memory == last.Parties[i].Memory {
						continue
					}
					for _, o := range p.Memory.Objects {
						how := o.Origin
						if before, _, ok := strings.Cut(how, " for "); ok {
							how = before // dealt for one operation or another
						}
						kind := fmt.Sprint(p.Role, o.Form, o.Name, how)
						for _, q := range n.Parties {
							kind = strings.ReplaceAll(kind, q.ID, q.Role)
						}
						if kind = digits.ReplaceAllString(kind, ""); !seen[kind] || p.Role == "holder" && p.Number == s.Shares.Holders && !seen[kind+"last"] {
							seen[kind], seen[kind+"last"] = true, p.Role == "holder" && p.Number == s.Shares.Holders
							checkOrigin(t, session, n, SourceOf(p.ID, o))
						}
					}
				}
				last = n
			}
			if len(seen) < 10 {
				t.Errorf("only %d kinds of values", len(seen))
			}
		})
	}
}

// checkOrigin looks where a value came from, through the eyes of all and of its party.
func checkOrigin(t *testing.T, session *Session, n *Snapshot, of Source) {
	t.Helper()
	then := map[int]*Snapshot{} // by step
	for _, eyes := range []string{"", of.Party} {
		p, err := Trace(background, session, n, of, eyes)
		if err != nil {
			t.Fatal(err)
		}
		message := p.Event != nil && p.Event.Kind == trace.Sent && p.Event.To == of.Party
		drawn := drawnValues.MatchString(of.Origin) || message && strings.HasPrefix(of.Name, "seed of ")
		if none := of.Step == 0 || drawn || p.Hidden; none != (len(p.Inputs) == 0) && !(p.Hidden && eyes == "") {
			t.Errorf("through the eyes of %q %s of %s since step %d, %s, hidden: %v, is made from %+v", eyes, of.Name, of.Party, of.Step, of.Origin, p.Hidden, p.Inputs)
			continue
		}
		if p.Hidden && (eyes == "" || !message) {
			t.Errorf("%s of %s is hidden from %q: %+v", of.Name, of.Party, eyes, p.Event)
		}
		for _, in := range p.Inputs {
			if eyes != "" && in.Party != eyes {
				t.Errorf("%s sees in the memory of %s what %s was made from", eyes, in.Party, of.Name)
			}
			if !existed(t, session, n, then, in, of.Step) {
				t.Errorf("%s of %s since step %d was made from %s of %s since step %d, which it had not", of.Name, of.Party, of.Step, in.Name, in.Party, in.Step)
			}
		}
	}
}

// existed reports whether a value was in a memory before or at a step, or came to it in a
// message.
func existed(t *testing.T, session *Session, n *Snapshot, snapshots map[int]*Snapshot, s Source, step int) bool {
	t.Helper()
	for _, at := range []int{step - 1, step, s.Step} {
		then, ok := snapshots[at]
		if !ok {
			var err error
			if then, err = Peek(background, session, max(0, at), n); err != nil {
				t.Fatal(err)
			}
			snapshots[at] = then
		}
		if o, ok := then.memory(s.Party).Object(s.Name); ok && o.Step == s.Step && o.Step <= step {
			return true
		}
		if at != s.Step || then.Event == nil {
			continue
		}
		if e := then.Event; e.Kind == trace.Sent && e.To == s.Party && slices.ContainsFunc(e.Outputs, func(v trace.Value) bool { return v.Name == s.Name }) {
			return true
		}
	}
	return false
}

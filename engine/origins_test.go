package engine

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"unseen/engine/encrypted"
	"unseen/engine/local"
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
	if long() { // other ways to compute, in the same words
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
		drawn := drawnValues.MatchString(of.Origin) || message && of.Name == "seed of model"
		if none := of.Step == 0 || drawn || p.Hidden; none != (len(p.Inputs) == 0) && !(p.Hidden && eyes == "") {
			t.Errorf("through the eyes of %q %s of %s since step %d, %s, hidden: %v, is made from %+v", eyes, of.Name, of.Party, of.Step, of.Origin, p.Hidden, p.Inputs)
			continue
		}
		if p.Hidden && (eyes == "" || !message) {
			t.Errorf("%s of %s is hidden from %q: %+v", of.Name, of.Party, eyes, p.Event)
		}
		if of.Form == trace.Opened && strings.HasSuffix(of.Origin, ", opened") {
			checkOpened(t, p)
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

// checkOpened: what was opened leads back to what it is of, not to its mask and to the
// shares of others alone, and its formula says what that is.
func checkOpened(t *testing.T, p *Provenance) {
	t.Helper()
	if !slices.ContainsFunc(p.Inputs, func(in Source) bool {
		return !strings.HasPrefix(in.Origin, dealt) && !strings.HasPrefix(in.Origin, receivedFrom)
	}) {
		t.Errorf("%s of %s, %s, is made from masks alone: %+v", p.Of.Name, p.Of.Party, p.Of.Origin, p.Inputs)
	}
	if regexp.MustCompile(` = [xy] | − x[ ,]`).MatchString(p.Of.Origin) {
		t.Errorf("the formula of %s does not say what it is of: %s", p.Of.Name, p.Of.Origin)
	}
}

// From the probabilities, the loss and the slope of the last layer the way back leads through
// all that softmax and cross-entropy opened to the scores and the labels, and on to the rows.
func TestTheWayBackLeadsThroughSoftmax(t *testing.T) {
	list := origins(t)
	names := []string{"three holders", "fourier"}
	if long() {
		names = append(names, "two holders")
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			s := list[strings.Replace(name, "fourier", "three holders", 1)]
			power := []string{"margin", "ramp 1", "hat", "exponent", "power", "sum", "error 1", "quotient", "negative"}
			logarithm := []string{"scores", "argument", "argument⁴", "logarithm"}
			if name == "fourier" {
				s.Shares.Softmax = "fourier"
				power, logarithm = []string{"margin", "probability"}, []string{"cosines", "beyond", "y"}
			}
			last := fmt.Sprint(len(s.Network.Hidden) + 1)
			session := open1(t, s, table(t, 14))
			var n *Snapshot
			for n = session.Snapshot(nil); !isOf(n.Event, "loss"); n = session.Snapshot(n) {
				if err := session.Step(background); err != nil {
					t.Fatal(err)
				}
			}
			holder := session.shares().Holders[0]
			for value, through := range map[string][]string{
				"p":         append(power, "z"+last, "X", "w1"),
				"loss":      slices.Concat(power[:1], logarithm, []string{"z" + last, "y", "X", "Y", "w1"}),
				"dz" + last: append(power, "p", "y", "z"+last, "X", "Y"),
			} {
				o, ok := n.memory(holder).Object(value)
				if !ok {
					t.Fatalf("no %s in the memory of %s", value, holder)
				}
				seen := map[string]bool{}
				back(t, session, n, SourceOf(holder, o), seen)
				for _, name := range through {
					if !seen[name] {
						t.Errorf("the way back from %s does not lead to %s", value, name)
					}
				}
			}
		})
	}
}

// The applicant's answer leads back through the holders' softmax to the scores, the model and
// her own row, and of a cell to the same cell of the holders' shares.
func TestTheWayBackLeadsFromTheAnswerToTheRow(t *testing.T) {
	session, _, _, _, who := predicted(t, 3)
	if err := session.Seek(background, session.total); err != nil {
		t.Fatal(err)
	}
	n := session.Snapshot(nil)
	answer, ok := n.memory(who.Name).Object(encrypted.Probabilities)
	if !ok {
		t.Fatal("the applicant has no answer")
	}
	of := SourceOf(who.Name, answer)
	of.Row, of.Column = 1, 2
	shares, err := Trace(background, session, n, of, "")
	if err != nil {
		t.Fatal(err)
	}
	if holders := len(session.Shares().Holders); len(shares.Inputs) != holders {
		t.Fatalf("the answer is made from %+v, not from the shares of %d holders", shares.Inputs, holders)
	}
	for _, share := range shares.Inputs {
		sent, err := Trace(background, session, n, share, "")
		if err != nil {
			t.Fatal(err)
		}
		sender := strings.TrimPrefix(share.Name, encrypted.Probabilities+" of ")
		if len(sent.Inputs) != 1 || sent.Inputs[0].Name != "p" || sent.Inputs[0].Party != sender || sent.Inputs[0].Row != 1 || sent.Inputs[0].Column != 2 {
			t.Errorf("%s[0,1] was made from %+v", share.Name, sent.Inputs)
		}
		if own, err := Trace(background, session, n, share, who.Name); err != nil || !own.Hidden || len(own.Inputs) > 0 {
			t.Errorf("to the applicant %s was made from %+v: %v", share.Name, own, err)
		}
	}
	holder := session.Shares().Holders[0]
	p, err := Trace(background, session, n, CellOf(holder, object(t, n.memory(holder), "p"), 1, 2), "")
	if err != nil {
		t.Fatal(err)
	}
	if names := strings.Join(names(p.Inputs), ", "); names != "z3, quotient, negative, quotient where negative" {
		t.Errorf("softmax was computed from %s", names)
	}
	seen := map[string]bool{}
	wayBack(t, session, n, of, seen)
	for _, name := range []string{"p", "quotient", "sum", "exponent", "hat", "margin", "z3", "a2", "z1", "w1", encrypted.Row, local.Scaled, local.Raw} {
		if !seen[name] {
			t.Errorf("the way back from the answer does not lead to %s", name)
		}
	}
}

// wayBack notes the names of all that a value was made from, in whosever memory: what is
// random ends it, and of what all holders have one of them is enough.
func wayBack(t *testing.T, session *Session, n *Snapshot, of Source, seen map[string]bool) {
	t.Helper()
	key := fmt.Sprint(of.Name, " since ", of.Step)
	if seen[key] || strings.HasPrefix(of.Origin, dealt) || strings.HasPrefix(of.Origin, drawnFor) {
		return
	}
	seen[key], seen[of.Name] = true, true
	p, err := Trace(background, session, n, of, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range p.Inputs {
		wayBack(t, session, n, in, seen)
	}
}

// isOf reports whether an event closes a layer of that name, such as the loss.
func isOf(e *trace.Event, layer string) bool {
	return e != nil && e.Level() == trace.Layer && e.Name() == layer
}

// back notes the names of all that a value was made from, through the eyes of its party.
func back(t *testing.T, session *Session, n *Snapshot, of Source, seen map[string]bool) {
	t.Helper()
	key := fmt.Sprint(of.Name, of.Step)
	if seen[key] || strings.HasPrefix(of.Origin, dealt) || strings.HasPrefix(of.Origin, receivedFrom) {
		return
	}
	seen[key], seen[of.Name] = true, true
	p, err := Trace(background, session, n, of, of.Party)
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range p.Inputs {
		back(t, session, n, in, seen)
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

// object returns what a memory has under a name.
func object(t *testing.T, m *Image, name string) Object {
	t.Helper()
	o, ok := m.Object(name)
	if !ok {
		t.Fatalf("there is no %s", name)
	}
	return o
}

// names lists what sources are called.
func names(list []Source) (out []string) {
	for _, s := range list {
		out = append(out, s.Name)
	}
	return out
}

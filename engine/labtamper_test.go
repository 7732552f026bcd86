package engine

import (
	"math"
	"slices"
	"strings"
	"testing"

	"unseen/engine/encrypted"
	"unseen/engine/mpc"
	"unseen/engine/trace"
)

// One bit of each kind of message of encrypted training: nobody notices, what is
// flipped on the way to the owner moves one weight by what the bit is worth, and what
// is flipped at the beginning spreads.
func TestTamperTraining(t *testing.T) {
	s, set := stealing(t, Encrypted), table(t, 60)
	s.Network.Hidden = []int{6, 4}
	r := runLab(t, "tamper", true, s, set, LabValues{"bit": "38", "applicants": "5", "steps": "1"})
	rows := map[string][]any{}
	for _, row := range tableNamed(t, r, "training").Rows {
		rows[row[0].(string)+" in "+row[1].(string)] = row
		if row[5] != "no" {
			t.Errorf("%v was noticed", row)
		}
	}
	for _, kind := range []string{"key of the dealer in setup", "seed of row in setup", "share of row in setup", "seed of model in setup", "share of model in setup",
		"d X in mask", "d w1 in mask", "e in matmul", "c in matmul", "c in relu", "δ in relu", "m in relu", "r_mid in relu", "loss in open", "model in reveal"} {
		if rows[kind] == nil {
			t.Errorf("nobody tampered with %s", kind)
		}
	}
	for kind, moved := range map[string]float64{"model in reveal": math.Exp2(38 - 24), "loss in open": 0} {
		if got := rows[kind][2].(float64); math.Abs(got-moved) > 1e-9*moved {
			t.Errorf("%s: the weights moved by %v, want %v", kind, got, moved)
		}
	}
	for _, kind := range []string{"key of the dealer in setup", "share of row in setup", "seed of model in setup", "d w1 in mask", "c in matmul"} {
		if !(rows[kind][2].(float64) > 0) {
			t.Errorf("%s changed no weight", kind)
		}
	}
	decision := tableNamed(t, r, "decision").Rows
	answers := map[string][]any{}
	for _, row := range decision {
		answers[row[0].(string)+" in "+row[1].(string)] = row
		if row[5] != "no" {
			t.Errorf("%v was noticed", row)
		}
	}
	for _, kind := range []string{"key of the dealer in setup", "seed of row in setup", "share of row in setup", "d x in mask", "ρ in relu", "m in relu", "c in softmax", "probabilities in reveal"} {
		if answers[kind] == nil {
			t.Errorf("nobody tampered with %s of a decision", kind)
		}
	}
	if n := fact(t, r, "decision_turned"); n < 1 || fact(t, r, "decision_noticed") != 0 {
		t.Errorf("%v kinds turned the decision", n)
	}
	if n := fact(t, r, "training_flipped"); n < 3 || fact(t, r, "training_noticed") != 0 {
		t.Errorf("%v kinds turned a decision", n)
	}
}

// What was tampered with is every kind of message that a run sends and a decision takes,
// and nothing else; what is expanded from keys is not sent.
func TestEveryKindOfMessageIsTamperedWith(t *testing.T) {
	s, set := stealing(t, Encrypted), table(t, 24)
	s.Network.Hidden, s.Learning.Epochs, s.Shares.Watch = []int{4}, 1, false
	var training, decision kinds
	if _, err := trainTampered(background, s, LabRequest{Set: set}, training.note); err != nil {
		t.Fatal(err)
	}
	told := messages{}
	session, err := New(s, set)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	if err := session.Each(background, func(e *trace.Event) bool { told.observe(e); return true }); err != nil {
		t.Fatal(err)
	}
	told.compare(t, "training", training)

	d, err := Prepare(s, set)
	if err != nil {
		t.Fatal(err)
	}
	applicant, err := ApplicantOf(d, 1)
	if err != nil {
		t.Fatal(err)
	}
	told = messages{}
	if _, err := predict(s, d, session.mode.Weights(), applicant, told.observe, nil, encrypted.Chance{}); err != nil {
		t.Fatal(err)
	}
	if _, err := predict(s, d, session.mode.Weights(), applicant, nil, decision.note, encrypted.Chance{}); err != nil {
		t.Fatal(err)
	}
	told.compare(t, "a decision", decision)
}

// messages are the kinds of messages that events tell of.
type messages map[flightKind]bool

func (m messages) observe(e *trace.Event) {
	if e.Kind != trace.Sent {
		return
	}
	where := ""
	for _, scope := range e.Path {
		part := where != "" && (scope.Index > 0 || slices.Contains([]string{"exp", "polynomial", "ramps"}, scope.Name)) // no place of its own
		if scope.Level == trace.Operation && !part {
			where = scope.Name
		}
	}
	dealt := e.Party == encrypted.Dealer
	for _, v := range e.Outputs {
		v.Name, _, _ = strings.Cut(v.Name, " for ")                    // which of several it is
		for _, cut := range []string{"c ", "r ", "r_mid ", "r_msb "} { // of "c w1" what it hides, but not in "c = a·b"
			if of, ok := strings.CutPrefix(v.Name, cut); ok && where == "truncate" && !strings.HasPrefix(of, "=") {
				v.Name = strings.TrimSpace(cut)
			}
		}
		v.Name, _, _ = strings.Cut(v.Name, " (")
		expanded := dealt && (v.Name == "r" || v.Name == "ρ as a bit" || strings.HasPrefix(v.Name, "a"))
		v.Name, _, _ = strings.Cut(v.Name, " = ") // with a formula in memories
		if v.Name = strings.TrimSuffix(v.Name, " of "+e.Party); !expanded {
			m[flightKind{v.Name, where, dealt}] = true
		}
	}
}

// compare compares them with what was tampered with. Of values that are opened together
// the events number those with one name.
func (m messages) compare(t *testing.T, what string, tampered kinds) {
	t.Helper()
	found := map[flightKind]bool{}
	for k := range m {
		if !tampered.seen[k] {
			k.what = strings.TrimRight(k.what, "0123456789")
		}
		if !tampered.seen[k] {
			t.Errorf("%s: nobody tampers with %+v", what, k)
		}
		found[k] = true
	}
	for k := range tampered.seen {
		if !found[k] {
			t.Errorf("%s: %+v is tampered with, and no message", what, k)
		}
	}
	if len(found) < 20 {
		t.Errorf("%s has %d kinds of messages only", what, len(found))
	}
}

// Of seeds and shares of the set up, too, events tell what arrived.
func TestEventsTellWhatArrivedInTheSetUp(t *testing.T) {
	s, set := stealing(t, Encrypted), table(t, 20)
	s.Network.Hidden, s.Learning.Epochs, s.Shares.Watch, s.Shares.Twin = []int{4}, 1, false, false
	session, err := New(s, set)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	arrived, compared := map[string][]uint64{}, 0
	session.mode.(*encrypted.Encrypted).Tamper(func(f mpc.Flight) {
		if f.Place == "" {
			flip(f, 0)
			arrived[f.What+f.From+f.To] = append([]uint64(nil), f.Data.Uint64s()...)
		}
	})
	if err := session.Each(background, func(e *trace.Event) bool {
		if e.Kind != trace.Sent {
			return true
		}
		for _, v := range e.Outputs {
			want := arrived[strings.TrimSuffix(v.Name, " of "+e.Party)+e.Party+e.To]
			if want == nil {
				continue
			}
			compared++
			if got := v.Parts[0].Data.Uint64s(); !slices.Equal(got, want) {
				t.Errorf("%s to %s: %x… is told, %x… arrived", v.Name, e.To, got[0], want[0])
			}
		}
		return true
	}); err != nil {
		t.Fatal(err)
	}
	if compared < len(arrived) || len(arrived) < 6 {
		t.Errorf("%d messages compared, %d tampered with", compared, len(arrived))
	}
}

// A hook that changes nothing changes nothing.
func TestTamperNothing(t *testing.T) {
	s, set := stealing(t, Encrypted), table(t, 20)
	s.Network.Hidden, s.Learning.Epochs = []int{4}, 1
	q := LabRequest{Set: set}
	a, err := trainTampered(background, s, q, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	b, err := trainTampered(background, s, q, func(mpc.Flight) { n++ })
	if err != nil {
		t.Fatal(err)
	}
	if off := furthest(a.weights, b.weights); off != 0 || a.loss != b.loss || n == 0 {
		t.Errorf("after %d messages the weights are off by %v", n, off)
	}
}

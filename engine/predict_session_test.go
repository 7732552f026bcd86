package engine

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"unseen/engine/encrypted"
	"unseen/engine/trace"
)

// predicted opens a prediction for a row of made-up rows, with what [Predict] needs.
func predicted(t *testing.T, row int) (session *Session, s Scenario, d *Dataset, model Weights, who *Applicant) {
	t.Helper()
	set := table(t, 20)
	s = shares(t, 0)
	s.Network.Hidden = []int{4, 3}
	trained := open1(t, s, set)
	d, model = trained.Dataset(), trained.mode.Weights()
	who, err := ApplicantOf(d, row)
	if err != nil {
		t.Fatal(err)
	}
	session, err = NewPrediction(s, d, model, who)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	return session, s, d, model, who
}

// A prediction that is stepped through comes to what Predict comes to: the answer in the
// applicant's memory, what was sent, what was opened and why.
func TestPredictionStepByStep(t *testing.T) {
	for _, row := range []int{3, 11} {
		session, s, d, model, who := predicted(t, row)
		var events []*trace.Event
		want, err := Predict(s, d, model, who, func(e *trace.Event) { events = append(events, e.Clone()) })
		if err != nil {
			t.Fatal(err)
		}
		if _, total := session.Position(); total != len(events) {
			t.Fatalf("%d steps are announced, there are %d", total, len(events))
		}
		for i, e := range events {
			if err := session.Step(background); err != nil {
				t.Fatal(err)
			}
			if got := session.Snapshot(nil).Event; got.Name() != e.Name() || got.Party != e.Party || !slices.Equal(got.Path, e.Path) {
				t.Fatalf("step %d is %v, want %v", i+1, got.Path, e.Path)
			}
		}
		end := session.Snapshot(nil)
		p, ok := end.memory(who.Name).Object(encrypted.Probabilities)
		if !ok {
			t.Fatal("the applicant has no answer")
		}
		if got := p.Data.Float64s()[want.Class]; min(1, max(0, got)) != want.Probability {
			t.Errorf("the probability is %v, want %v", got, want.Probability)
		}
		if diff := cmp.Diff(want.Cost, end.Cost); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(want.Openings, session.Shares().Openings); diff != "" {
			t.Error(diff)
		}
		for _, other := range end.Parties {
			if _, knows := other.Memory.Object(encrypted.Probabilities); knows != (other.ID == who.Name) {
				t.Errorf("%s has the answer: %v", other.ID, knows)
			}
		}
		if n := len(end.History.Batches); n > 0 || len(end.History.Epochs) != 1 {
			t.Errorf("the history has %d batches and %d epochs", n, len(end.History.Epochs))
		}
	}
}

// Going back in a prediction runs it again from its beginning, to the same place.
func TestPredictionGoesBack(t *testing.T) {
	session, _, _, _, _ := predicted(t, 3)
	_, total := session.Position()
	digests := map[int]trace.Digest{0: session.Digest()}
	for range total {
		if err := session.Step(background); err != nil {
			t.Fatal(err)
		}
		at, _ := session.Position()
		digests[at] = session.Digest()
	}
	for _, step := range []int{total - 1, 1, total / 2, total / 3, 0, total} {
		if err := session.Seek(background, step); err != nil {
			t.Fatal(err)
		}
		if at, _ := session.Position(); at != step || session.Digest() != digests[at] {
			t.Errorf("at step %d, want %d, with another digest: %v", at, step, session.Digest() != digests[at])
		}
	}
	if err := session.SeekEpoch(background, 0); err != nil {
		t.Fatal(err)
	}
	if e := session.Snapshot(nil).Event; e.Name() != "setup" {
		t.Errorf("setting up ends with %v", e.Path)
	}
}

// A prediction cannot be opened as a way to train.
func TestPredictionTrainsNothing(t *testing.T) {
	_, s, d, _, _ := predicted(t, 3)
	s.Mode = PrivatePrediction
	_, err := New(s, d.Set)
	var wrong *SettingError
	if !errors.As(err, &wrong) || wrong.Setting != "--mode" || wrong.What != "it trains nothing" {
		t.Errorf("a prediction without an applicant: %v", err)
	}
}

// The operations that breakpoints can name are those that a prediction has, however it
// computes.
func TestOperationsOfAPrediction(t *testing.T) {
	for _, truncation := range Truncations() {
		for _, softmax := range Softmaxes() {
			for _, hidden := range [][]int{nil, {4, 3}} {
				s := shares(t, 0)
				s.Network.Hidden, s.Shares.Truncation, s.Shares.Softmax = hidden, truncation, softmax
				if truncation == "local" {
					s.Shares.Holders = 2
				}
				trained := open1(t, s, table(t, 20))
				who, err := ApplicantOf(trained.Dataset(), 3)
				if err != nil {
					t.Fatal(err)
				}
				session, err := NewPrediction(s, trained.Dataset(), trained.mode.Weights(), who)
				if err != nil {
					t.Fatal(err)
				}
				var names []string
				if err := session.Each(background, func(e *trace.Event) bool {
					if e.Level() == trace.Operation && !slices.Contains(names, e.Name()) {
						names = append(names, e.Name())
					}
					return true
				}); err != nil {
					t.Fatal(err)
				}
				slices.Sort(names)
				if diff := cmp.Diff(names, Operations(session.Scenario())); diff != "" {
					t.Errorf("%s, %s, hidden %v: %s", truncation, softmax, hidden, diff)
				}
				session.Close()
			}
		}
	}
}

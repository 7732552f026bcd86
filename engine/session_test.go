package engine

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"unseen/engine/nn"
	"unseen/engine/trace"
)

func TestTotalIsTheNumberOfSteps(t *testing.T) {
	for _, change := range []func(*Scenario){
		func(*Scenario) {},
		func(s *Scenario) { s.Network.Hidden = nil },
		func(s *Scenario) { s.Learning.Dropout, s.Learning.Loss = 0.5, "mse" },
		func(s *Scenario) { s.Learning.Batch, s.Data.Split = 1, 1 },
		func(s *Scenario) { s.Learning.Batch = 1000 },
	} {
		s := small(t)
		change(&s)
		session := open1(t, s, table(t, 30))
		digests, _ := straight(t, session)
		if _, total := session.Position(); total != len(digests)-1 {
			t.Errorf("%+v: announced %d steps, had %d", s, total, len(digests)-1)
		}
	}
}

// A snapshot at a position is the same however one came there, and it stays what
// it was while the session goes on.
func TestSnapshots(t *testing.T) {
	set := table(t, 40)
	one, two := open1(t, small(t), set), open1(t, small(t), set)
	var kept []*Snapshot
	var previous *Snapshot
	for one.step < one.total {
		if err := one.Next(background, trace.Layer); err != nil {
			t.Fatal(err)
		}
		previous = one.Snapshot(previous)
		kept = append(kept, previous)
	}
	for i := len(kept) - 1; i >= 0; i -= 7 {
		if err := two.Seek(background, kept[i].Step); err != nil {
			t.Fatal(err)
		}
		if a, b := describe(kept[i]), describe(two.Snapshot(nil)); a != b {
			t.Fatalf("step %d looks different after seeking back:\n%s", kept[i].Step, cmp.Diff(a, b))
		}
	}
}

func TestWatchedAndUnwatchedRunsAgree(t *testing.T) {
	set := table(t, 40)
	for _, dropout := range []float64{0, 0.3} {
		s := small(t)
		s.Learning.Dropout = dropout
		watched := open1(t, s, set)
		straight(t, watched)
		result, err := open1(t, s, set).Run(background, nil)
		if err != nil {
			t.Fatal(err)
		}
		if nn.SHA256(watched.mode.Weights()) != result.SHA256 {
			t.Errorf("dropout %v: the watched run ended with other weights", dropout)
		}
		if len(result.History.Epochs) != 4 || result.Final().Train != watched.history.Epochs[3].Train {
			t.Errorf("dropout %v: the metrics differ", dropout)
		}
	}
}

func TestSameSeedSameRun(t *testing.T) {
	set := table(t, 40)
	a, _ := straight(t, open1(t, small(t), set))
	b, _ := straight(t, open1(t, small(t), set))
	if a[len(a)-1] != b[len(b)-1] {
		t.Error("the same seed gave another run")
	}
	s := small(t)
	s.Seed++
	if c, _ := straight(t, open1(t, s, set)); c[len(c)-1] == a[len(a)-1] {
		t.Error("another seed gave the same run")
	}
}

func TestItLearns(t *testing.T) {
	s := small(t)
	s.Learning.Epochs = 10
	result, err := open1(t, s, table(t, 653)).Run(background, nil)
	if err != nil {
		t.Fatal(err)
	}
	if a := result.Final().Test.Accuracy; a < 0.8 {
		t.Errorf("test accuracy %.2f", a)
	}
}

func TestCancelledStepsLeaveAValidPlace(t *testing.T) {
	set := table(t, 40)
	digests, _ := straight(t, open1(t, small(t), set))
	session := open1(t, small(t), set)
	ctx, cancel := context.WithCancel(background)
	seen := 0
	session.until = nil
	err := session.Each(ctx, func(*trace.Event) bool {
		if seen++; seen == 100 {
			cancel()
		}
		return true
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want a cancelled run", err)
	}
	if session.step < 100 || session.step > 100+patience || session.digest != digests[session.step] {
		t.Errorf("the cancelled run stands at step %d", session.step)
	}
	if err := session.Seek(background, 50); err != nil || session.digest != digests[50] {
		t.Errorf("after cancelling, seeking gave %v", err)
	}
}

func TestCancelledRun(t *testing.T) {
	ctx, cancel := context.WithCancel(background)
	_, err := open1(t, small(t), table(t, 40)).Run(ctx, func(p Progress) {
		if p.Done == 5 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want a cancelled run", err)
	}
}

// The run reads what it needs from the party's memory: without a weight it
// cannot go on, and says who lacks what where. Going back mends it.
func TestAForgottenObjectIsMissed(t *testing.T) {
	session := open1(t, small(t), table(t, 40))
	if err := session.Seek(background, 60); err != nil {
		t.Fatal(err)
	}
	if !session.Forget("server", "w2") || session.Forget("server", "w2") || session.Forget("nobody", "w2") {
		t.Error("Forget does not say what it did")
	}
	if _, there := session.Snapshot(nil).Parties[0].Memory.Object("w2"); there {
		t.Error("the snapshot shows an object that is gone")
	}
	err := session.Next(background, trace.Epoch)
	var failed *RunError
	if !errors.As(err, &failed) || failed.Party != "server" || !strings.Contains(err.Error(), `"w2"`) || !strings.Contains(err.Error(), "epoch 1 › batch") {
		t.Fatalf("got %v, want an error that names server, w2 and the place", err)
	}
	if again := session.Step(background); again == nil {
		t.Error("the failed session went on")
	}
	if err := session.Seek(background, 10); err != nil {
		t.Fatal(err)
	}
	if err := session.Next(background, trace.Epoch); err != nil {
		t.Errorf("after going back: %v", err)
	}
}

func TestDivergedTrainingIsAnError(t *testing.T) {
	s := small(t)
	s.Network.Hidden, s.Data.Normalize, s.Learning.Rate = nil, "none", 1e307
	for name, run := range map[string]func(*Session) error{
		"watched":   func(s *Session) error { return s.Seek(background, 1<<30) },
		"unwatched": func(s *Session) error { _, err := s.Run(background, nil); return err },
	} {
		err := run(open1(t, s, table(t, 40)))
		var failed *RunError
		if !errors.As(err, &failed) || !strings.HasPrefix(err.Error(), "epoch 1 › batch ") || !strings.Contains(err.Error(), "diverged") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestSettingsAreChecked(t *testing.T) {
	set := table(t, 30)
	for want, change := range map[string]func(*Scenario){
		`--mode "magic": not known; choose central or federated or aggregated or secure-aggregation or encrypted`: func(s *Scenario) { s.Mode = "magic" },
		`--lr 0: not a learning rate; give a finite number above 0`:                                               func(s *Scenario) { s.Learning.Rate = 0 },
		`--rows 31: twin has only 30 complete rows; give a number up to 30`:                                       func(s *Scenario) { s.Data.Rows = 31 },
		`--hidden 4,0: a layer of 0 units; give widths from 1 to 4096`:                                            func(s *Scenario) { s.Network.Hidden = []int{4, 0} },
		`--split 1.5: not a share; give a number above 0, up to 1 (all rows train)`:                               func(s *Scenario) { s.Data.Split = 1.5 },
		`--dropout 1: not a share; give a number from 0 to below 1`:                                               func(s *Scenario) { s.Learning.Dropout = 1 },
		`--workers 25: there are only 24 training rows; give a number from 1 to 24`:                               func(s *Scenario) { s.Data.Workers = 25 },
		`--epochs 0: out of range; give a whole number from 1 to 100000`:                                          func(s *Scenario) { s.Learning.Epochs = 0 },
	} {
		s := small(t)
		change(&s)
		if _, err := New(s, set); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	s := small(t)
	s.Data.Skew = "A99"
	if _, err := New(s, set); err == nil || !strings.HasPrefix(err.Error(), "--skew: ") || !strings.Contains(err.Error(), "A99") {
		t.Errorf("an unknown column: %v", err)
	}
	s = small(t)
	w := nn.Glorot(rand.New(rand.NewPCG(1, 1)), []int{3, 2})
	s.Network.Initial = &w
	if _, err := New(s, set); err == nil || !strings.Contains(err.Error(), "--init-weights 3,2") {
		t.Errorf("weights of another shape: %v", err)
	}
}

func TestClosedSessions(t *testing.T) {
	session := open1(t, small(t), table(t, 30))
	if err := session.Step(background); err != nil {
		t.Fatal(err)
	}
	if _, err := session.Run(background, nil); err == nil {
		t.Error("a session that has stepped ran")
	}
	session.Close()
	for name, err := range map[string]error{
		"Step": session.Step(background), "Seek": session.Seek(background, 0), "Back": session.Back(background, session.step, trace.Epoch),
	} {
		if err == nil {
			t.Errorf("%s on a closed session did something", name)
		}
	}
}

package engine

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"unseen/data"
	"unseen/data/reference"
	"unseen/engine/nn"
	"unseen/engine/trace"
)

// standardised returns the reference's training rows and a scenario for them.
func standardised(t *testing.T, mode string) (Scenario, *Dataset) {
	t.Helper()
	set := crx(t)
	var split struct {
		Split data.Split `json:"split"`
	}
	reference.Load(t, "crx_columns_and_split.json", &split)
	s, err := Default(mode, "notebook")
	if err != nil {
		t.Fatal(err)
	}
	s.Seed, s.Fixed, s.Data.Order = 42, true, "file"
	owners, err := workers(s, set, split.Split.Train)
	if err != nil {
		t.Fatal(err)
	}
	return s, &Dataset{Set: set, Split: split.Split, Scaling: data.Standard(set.X, split.Split.Train), Workers: owners}
}

func TestAggregatedEqualsTorch(t *testing.T) {
	s, dataset := standardised(t, Aggregated)
	var g struct {
		Runs []struct {
			LR     float64 `json:"lr"`
			Rounds []struct {
				Local    []float64 `json:"mean_loss_per_local_epoch"`
				Loss     float64   `json:"avg_model_mean_loss_over_workers"`
				Accuracy float64   `json:"avg_model_acc_workers"`
				Test     float64   `json:"avg_model_acc_test"`
			} `json:"rounds"`
			Weights [][]float64 `json:"flat_weights_after_round"`
		} `json:"runs"`
	}
	reference.Load(t, "fedavg.json", &g)
	run := g.Runs[0]
	s.Learning.Rate, s.Learning.Loss = run.LR, "mse"
	for rounds := 1; rounds <= len(run.Weights); rounds++ {
		s.Learning.Rounds = rounds
		session, err := open(s, dataset)
		if err != nil {
			t.Fatal(err)
		}
		result, err := session.Run(background, nil)
		if err != nil {
			t.Fatal(err)
		}
		want, got := run.Rounds[rounds-1], result.Final()
		within(t, "weights", nn.Flat(result.Weights), run.Weights[rounds-1])
		within(t, "local losses", got.LocalLoss, want.Local)
		within(t, "loss and accuracies", []float64{got.Train.Loss, got.Train.Accuracy, got.Test.Accuracy},
			[]float64{want.Loss, want.Accuracy, want.Test})
	}
}

// With one row a worker, in file order, federated training is central training
// with batches of one: both equal torch.
func TestFederatedEqualsTorch(t *testing.T) {
	s, dataset := standardised(t, Federated)
	var g golden
	reference.Load(t, "central_std.json", &g)
	s.Learning.Epochs, s.Learning.Rate = 1, g.LR
	session, err := open(s, dataset)
	if err != nil {
		t.Fatal(err)
	}
	result, err := session.Run(background, nil)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "loss per visit", losses(result.History), g.Float64.LossPerStep)
	within(t, "final weights", nn.Flat(result.Weights), g.parameters())
}

// fleet is a small scenario of a mode with workers.
func fleet(t testing.TB, mode string, workers int) Scenario {
	s, err := Default(mode, "default")
	if err != nil {
		t.Fatal(err)
	}
	s.Seed, s.Fixed = 7, true
	s.Network.Hidden = []int{3}
	s.Learning.Epochs, s.Learning.Rounds, s.Learning.Local, s.Learning.Batch = 2, 2, 2, 3
	s.Data.Workers = workers
	return s
}

var fleets = []string{Federated, Aggregated, SecureAggregation}

func TestFleetsStepAndSeekLikeCentral(t *testing.T) {
	set := table(t, 20)
	for _, mode := range fleets {
		for _, workers := range []int{0, 1, 3} {
			if mode == SecureAggregation && workers == 1 {
				continue // nothing to hide
			}
			s := fleet(t, mode, workers)
			straightRun := open1(t, s, set)
			digests, _ := straight(t, straightRun)
			if _, total := straightRun.Position(); total != len(digests)-1 {
				t.Errorf("%s with %d workers: announced %d steps, had %d", mode, workers, total, len(digests)-1)
			}
			session := open1(t, s, set)
			r := rand.New(rand.NewPCG(1, 2))
			for range 60 {
				to := r.IntN(len(digests))
				if err := session.Seek(background, to); err != nil || session.digest != digests[to] {
					t.Fatalf("%s with %d workers: seeking %d: %v", mode, workers, to, err)
				}
				if err := session.Back(background, session.step, trace.Levels()[r.IntN(6)]); err != nil || session.digest != digests[session.step] {
					t.Fatalf("%s with %d workers: back from %d to %d: %v", mode, workers, to, session.step, err)
				}
			}
			if s, to := session.Snapshot(nil), open1(t, s, set); to.Seek(background, s.Step) != nil || s.Event != nil && describe(s) != describe(to.Snapshot(nil)) {
				t.Errorf("%s with %d workers: step %d looks different when reached directly", mode, workers, s.Step)
			}
			result, err := open1(t, s, set).Run(background, nil)
			if err != nil {
				t.Fatal(err)
			}
			if nn.SHA256(straightRun.mode.Weights()) != result.SHA256 {
				t.Errorf("%s with %d workers: watched and unwatched runs differ", mode, workers)
			}
			if a, b := straightRun.mode.Cost(), result.Cost; a.Bytes != b.Bytes || a.Messages != b.Messages || a.Rounds != b.Rounds {
				t.Errorf("%s with %d workers: watched cost %+v, unwatched %+v", mode, workers, a, b)
			}
		}
	}
}

// Everybody keeps only what they received: rows stay with their owners, models
// are moved and not copied, and the server of averages never sees a single one.
func TestWhoHasWhat(t *testing.T) {
	set := table(t, 20)
	for _, mode := range fleets {
		session := open1(t, fleet(t, mode, 0), set)
		err := session.Each(background, func(e *trace.Event) bool {
			visited := 0
			for _, p := range session.mode.Parties() {
				_, model := p.Store.Get("w1")
				_, rows := p.Store.Get("raw")
				if (p.Role == "worker") != rows {
					t.Fatalf("step %d of %s: %s has rows: %v", e.Step, mode, p.ID, rows)
				}
				if p.Role == "worker" && model {
					visited++
				}
				if p.ID == "server" {
					for _, w := range session.dataset.Workers {
						if _, update := p.Store.Get(w.ID()); update {
							t.Fatalf("step %d of %s: the server has the model of %s", e.Step, mode, w.ID())
						}
					}
				}
			}
			if mode == Federated && visited > 1 {
				t.Fatalf("step %d: %d workers have the model at once", e.Step, visited)
			}
			return true
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range session.mode.Parties() {
			if _, model := p.Store.Get("w1"); model != (p.ID == "server") {
				t.Errorf("after %s training %s has a model: %v", mode, p.ID, model)
			}
		}
	}
}

// What is sent is what the formulas say: 8 bytes a number. To the aggregator each
// worker also says how many rows its model stands for.
func TestCostOfFleets(t *testing.T) {
	set := table(t, 20)
	const workers, epochs = 16, 2
	features := len(set.Features)
	model := int64(8 * (features*3 + 3 + 3*2 + 2))
	scaling := int64(8 * 2 * features)
	for _, c := range []struct {
		mode             string
		rounds, messages int64
		bytes            int64
	}{
		{Federated, 1 + epochs*workers*2, workers + epochs*workers*2, workers*scaling + epochs*workers*2*model},
		{Aggregated, 1 + epochs*3, workers + epochs*(2*workers+1), workers*scaling + epochs*((2*workers+1)*model+8*workers)},
	} {
		result, err := open1(t, fleet(t, c.mode, 0), set).Run(background, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := result.Cost
		if got.Rounds != c.rounds || got.Messages != c.messages || got.Bytes != c.bytes {
			t.Errorf("%s: %d rounds, %d messages, %d bytes; want %+v", c.mode, got.Rounds, got.Messages, got.Bytes, c)
		}
		sum := int64(0)
		for _, n := range got.Sent {
			sum += n
		}
		if sum != got.Bytes || len(got.Sent) < workers+1 {
			t.Errorf("%s: %d bytes by %d senders, %d in all", c.mode, sum, len(got.Sent), got.Bytes)
		}
	}
}

// One worker with all rows, averaged: as training alone.
func TestAggregatedWithOneWorkerIsLocalTraining(t *testing.T) {
	set := table(t, 20)
	s := fleet(t, Aggregated, 1)
	s.Data.Order = "file"
	one, err := open1(t, s, set).Run(background, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := s
	c.Mode, c.Learning.Epochs = Central, s.Learning.Rounds*s.Learning.Local
	alone, err := open1(t, c, set).Run(background, nil)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "weights", nn.Flat(one.Weights), nn.Flat(alone.Weights))
}

// What a position looks like does not depend on the way to it: not on the
// direction, and not on how many checkpoints were left on the way.
func TestEverySnapshotIsTheSameByEveryWay(t *testing.T) {
	set := table(t, 20)
	scenarios := privateFleets(t)
	for _, mode := range Modes() {
		scenarios = append(scenarios, fleet(t, mode, 4))
	}
	for _, s := range scenarios {
		for _, spacing := range []int{100, 0, 1 << 30} {
			if s.Privacy.private() && (spacing != 100 || !long()) {
				continue // noise adds no way of its own to a position
			}
			if (s.Mode == SecureAggregation || s.Mode == Encrypted || racing) && spacing > 100 {
				continue // their replays are dear, and all are with the race detector
			}
			stride := 1
			if s.Mode == Encrypted { // so are its many steps: a batch has some of every kind
				s.Learning.Epochs, s.Learning.Batch, stride = 1, 8, 13
			}
			forth, back := open1(t, s, set), open1(t, s, set)
			var want []string
			for forth.step < forth.total {
				if err := forth.Step(background); err != nil {
					t.Fatal(err)
				}
				want = append(want, describe(forth.Snapshot(nil)))
			}
			back.saved.spacing = spacing
			if err := back.Seek(background, back.total); err != nil {
				t.Fatal(err)
			}
			for step := back.total; step > 0; step -= stride {
				if err := back.Seek(background, step); err != nil {
					t.Fatal(err)
				}
				if got := describe(back.Snapshot(nil)); got != want[step-1] {
					t.Fatalf("%s with noise %s, checkpoints at least %d steps apart: step %d looks different on the way back:\n%s",
						s.Mode, s.Privacy.DP, spacing, step, cmp.Diff(want[step-1], got))
				}
			}
		}
	}
}

// However long a run, its checkpoints hold no more than they may. The states of
// workers share most of what they hold: each tensor is counted once.
func TestCheckpointsOfFleetsStayBounded(t *testing.T) {
	s := fleet(t, Aggregated, 0)
	s.Learning.Rounds, s.Network.Hidden = 30, []int{64, 64}
	session := open1(t, s, table(t, 120))
	for range 3 {
		if err := session.Seek(background, session.step+session.total/3); err != nil {
			t.Fatal(err)
		}
		n, bytes := len(session.saved.list), held(session.saved.list)
		if n > maxCheckpoints || bytes > maxCheckpointBytes {
			t.Errorf("at step %d: %d checkpoints hold %d MB", session.step, n, bytes>>20)
		}
		if float64(bytes) > 1.05*float64(session.saved.bytes) {
			t.Errorf("at step %d: %d bytes are accounted for, %d held", session.step, session.saved.bytes, bytes)
		}
	}
}

// A cancelled seek stands after some event, never between two.
func TestACancelledSeekStandsAfterAnEvent(t *testing.T) {
	session := open1(t, fleet(t, Federated, 4), table(t, 20))
	if err := session.Seek(background, session.total); err != nil {
		t.Fatal(err)
	}
	cancelled, cancel := context.WithCancel(background)
	cancel()
	for _, to := range []int{300, 150, 20} {
		if err := session.Seek(cancelled, to); err == nil {
			continue // so near a checkpoint that it was reached
		}
		if n := session.Snapshot(nil); n.Step > 0 && (n.Event == nil || n.Event.Step != n.Step) {
			t.Errorf("a cancelled seek stands at step %d after the event %v", n.Step, n.Event)
		}
	}
}

// An error names the place, also in a run that nobody watches.
func TestErrorsOfFleetsNameTheVisit(t *testing.T) {
	for mode, want := range map[string]string{Federated: "epoch 1 › visit 2, ", Aggregated: "server round 1 › visit 2, "} {
		s := fleet(t, mode, 4)
		s.Network.Hidden, s.Data.Normalize, s.Learning.Rate, s.Learning.Local = nil, "none", 1e307, 1
		_, err := open1(t, s, table(t, 20)).Run(background, nil)
		if err == nil || !strings.HasPrefix(err.Error(), want[:len(want)-3]) {
			t.Errorf("%s: %v, want it to begin %q", mode, err, want)
		}
	}
}

package engine

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"gorgonia.org/tensor"

	"unseen/engine/nn"
	"unseen/engine/trace"
)

// secret is a small scenario with privacy.
func secret(t testing.TB, change func(*Scenario)) Scenario {
	s := small(t)
	s.Privacy = PrivacySettings{DP: CentralNoise, Clip: 0.5, Noise: 1, Delta: 1e-5}
	if change != nil {
		change(&s)
	}
	return s
}

// Batches have any number of rows, and none; still it is known beforehand how many
// events there are, and every one of them is reached by every way.
func TestPrivateRunsStepLikeOthers(t *testing.T) {
	set := table(t, 30)
	for name, change := range map[string]func(*Scenario){
		"usual":   nil,
		"single":  func(s *Scenario) { s.Learning.Batch = 1 }, // a third of the batches are empty
		"all":     func(s *Scenario) { s.Learning.Batch = 1000 },
		"dropout": func(s *Scenario) { s.Learning.Dropout, s.Learning.Loss, s.Network.Hidden = 0.5, "mse", nil },
		"budget":  func(s *Scenario) { s.Privacy.Budget, s.Privacy.Noise = 4, 2 },
	} {
		s := secret(t, change)
		session := open1(t, s, set)
		digests, levels := straight(t, session)
		if _, total := session.Position(); total != len(digests)-1 {
			t.Errorf("%s: announced %d steps, had %d", name, total, len(digests)-1)
		}
		if got := session.Snapshot(nil).Releases; got != session.Privacy().Releases {
			t.Errorf("%s: %d releases, announced %d", name, got, session.Privacy().Releases)
		}
		for _, step := range []int{len(digests) / 2, 3, len(digests) - 2, 40} {
			if err := session.Seek(background, step); err != nil || session.Digest() != digests[step] {
				t.Fatalf("%s: step %d is another when sought: %v", name, step, err)
			}
		}
		for i := len(digests) - 1; i > len(digests)-60; i-- {
			if err := session.Seek(background, i); err != nil || session.last.Level() != levels[i] {
				t.Fatalf("%s: step %d: %v", name, i, err)
			}
		}
		result, err := open1(t, s, set).Run(background, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := session.Seek(background, len(digests)-1); err != nil || result.SHA256 != nn.SHA256(session.mode.Weights()) {
			t.Errorf("%s: watched and unwatched differ: %v", name, err)
		}
	}
}

// The rows' gradients are those of batches of one row each, and what is added up is
// no longer than the clipping norm.
func TestGradientsAreClippedRowByRow(t *testing.T) {
	set := table(t, 40)
	const clip = 1.5
	session := open1(t, secret(t, func(s *Scenario) { s.Learning.Batch, s.Learning.Epochs, s.Privacy.Clip = 12, 2, clip }), set)
	var weights nn.Weights // before the batch
	clipped, kept := 0, 0
	err := session.Each(background, func(e *trace.Event) bool {
		switch {
		case e.Name() == "gather":
			weights = nn.Clone(session.mode.Weights())
		case e.Name() == "clip":
			norms := e.Outputs[0].Parts[0].Data.Float64s()
			memory := session.Snapshot(nil).Parties[0].Memory
			x, _ := memory.Object("x")
			y, _ := memory.Object("y")
			for i := range len(norms) / 2 {
				want := rowNorm(weights, x.Data.Float64s(), y.Data.Float64s(), i)
				before, after := norms[2*i], norms[2*i+1]
				if math.Abs(before-want) > 1e-9*want || after > clip || after > before || after < min(before, clip)*(1-1e-4) {
					t.Fatalf("row %d: norm %v became %v; alone it has %v", i, before, after, want)
				}
				if before > clip {
					clipped++
				} else {
					kept++
				}
			}
		}
		return true
	})
	if err != nil || clipped == 0 || kept == 0 {
		t.Errorf("%d rows clipped, %d kept: %v", clipped, kept, err)
	}
}

// rowNorm is the norm of the gradient of one row, by a step on that row alone.
func rowNorm(w nn.Weights, x, y []float64, i int) float64 {
	features, classes := w.W[0].Shape()[0], w.B[w.Layers()-1].Shape()[1]
	one, label := nn.New(1, features), nn.New(1, classes)
	copy(one.Float64s(), x[i*features:(i+1)*features])
	copy(label.Float64s(), y[i*classes:(i+1)*classes])
	moved := nn.Clone(w)
	learner := nn.Learner[*tensor.Dense]{Arithmetic: nn.NewFloat("row"), Tracer: &trace.Tracer{}, Loss: nn.NLL}
	learner.Step(moved, one, label, 1, 1)
	a, b := nn.Flat(w), nn.Flat(moved)
	sum := 0.0
	for k := range a {
		sum += (a[k] - b[k]) * (a[k] - b[k])
	}
	return math.Sqrt(sum)
}

// The noise in the events is as strong as was asked for, and new in every batch.
func TestNoiseIsAsStrongAsAskedFor(t *testing.T) {
	s := secret(t, func(s *Scenario) { s.Privacy.Noise, s.Privacy.Clip = 1.5, 0.2 })
	session := open1(t, s, table(t, 60))
	squares, n := 0.0, 0
	seen := map[float64]bool{}
	err := session.Each(background, func(e *trace.Event) bool {
		if e.Name() == "noise" {
			noise, ok := e.Output("noise")
			if !ok {
				t.Fatal("no noise in the event")
			}
			for _, x := range noise.Parts[0].Data.Float64s() {
				squares += x * x / (0.3 * 0.3)
				seen[x] = true
				n++
			}
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	if p := (distuv.ChiSquared{K: float64(n)}).Survival(squares); p < 1e-4 || p > 1-1e-4 || len(seen) < n*99/100 {
		t.Errorf("the squares of %d numbers come to %v, %d differ", n, squares, len(seen))
	}
}

// With all rows in each batch, a clipping norm that nothing meets and hardly any
// noise, private training is training.
func TestWithoutClippingAndNoisePrivacyChangesNothing(t *testing.T) {
	set := table(t, 40)
	plain := secret(t, func(s *Scenario) { s.Learning.Batch = 1000; s.Privacy = PrivacySettings{DP: NoNoise, Delta: 1e-5} })
	private := secret(t, func(s *Scenario) { s.Learning.Batch, s.Privacy.Clip, s.Privacy.Noise = 1000, 30, 1e-4 })
	a, err := open1(t, plain, set).Run(background, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := open1(t, private, set).Run(background, nil)
	if err != nil {
		t.Fatal(err)
	}
	x, y := nn.Flat(a.Weights), nn.Flat(b.Weights)
	for i := range x {
		if x[i] == y[i] || math.Abs(x[i]-y[i]) > 1e-4 { // noise there is: three steps of 0.003·0.1/32
			t.Fatalf("weight %d: %v with noise, %v without", i, y[i], x[i])
		}
	}
}

func TestTheBudgetStopsTraining(t *testing.T) {
	set := table(t, 60)
	free := open1(t, secret(t, nil), set)
	all, err := free.Run(background, nil)
	if err != nil {
		t.Fatal(err)
	}
	budget := free.Privacy().After(8).Epsilon * 1.0001
	session := open1(t, secret(t, func(s *Scenario) { s.Privacy.Budget = budget }), set)
	p := session.Privacy()
	if p.Releases != 8 || !p.Stopped() || free.Privacy().Stopped() || p.Planned != 18 {
		t.Fatalf("%d of %d releases", p.Releases, p.Planned)
	}
	r, err := session.Run(background, nil)
	if err != nil {
		t.Fatal(err)
	}
	last := r.Final()
	if last.Epoch != 2 || last.Epsilon > budget || last.Epsilon < budget*0.99 || len(r.History.Batches) != 8 {
		t.Errorf("ended in epoch %d with ε = %v, budget %v", last.Epoch, last.Epsilon, budget)
	}
	if first := all.History.Epochs[1]; first.Train.Loss != r.History.Epochs[1].Train.Loss || first.Epsilon != r.History.Epochs[1].Epsilon {
		t.Error("the first epoch differs because of the budget")
	}
}

// The noise that an ε asks for gives that ε.
func TestNoiseIsCalibrated(t *testing.T) {
	set := table(t, 60)
	for _, epsilon := range []float64{0.5, 4} {
		for _, change := range []func(*Scenario){
			func(s *Scenario) {},
			func(s *Scenario) { s.Learning.Batch = 1000 },
		} {
			session := open1(t, secret(t, func(s *Scenario) { change(s); s.Privacy.Noise, s.Privacy.Epsilon = 0, epsilon }), set)
			r, err := session.Run(background, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Final().Epsilon; got > epsilon || got < epsilon*(1-1e-6) {
				t.Errorf("ε = %v was asked for, with noise %v it is %v", epsilon, r.Privacy.Noise, got)
			}
		}
	}
}

// Privacy costs what the accountant says for the settings of the run.
func TestEpsilonOfARun(t *testing.T) {
	session := open1(t, secret(t, nil), table(t, 60))
	want, err := Epsilon(8.0/48, 1, 18, 1e-5)
	if err != nil || session.Privacy().After(18) != want {
		t.Errorf("%+v, want %+v: %v", session.Privacy().After(18), want, err)
	}
	if zero := session.Privacy().After(0); zero.Epsilon != 0 {
		t.Errorf("before any step ε is %v", zero.Epsilon)
	}
}

func TestPrivacySettingsAreChecked(t *testing.T) {
	for name, change := range map[string]func(*Scenario){
		"--clip":    func(s *Scenario) { s.Privacy.Clip = -1 },
		"--noise":   func(s *Scenario) { s.Privacy.Clip = 0 },
		"--dp":      func(s *Scenario) { s.Privacy.Noise = 0 },
		"--epsilon": func(s *Scenario) { s.Privacy.Epsilon = 1 },
		"--budget":  func(s *Scenario) { s.Privacy.Budget = 0.01 },
		"--delta":   func(s *Scenario) { s.Privacy.Delta = 0.5 },
	} {
		var wrong *SettingError
		if _, err := New(secret(t, change), table(t, 60)); !errors.As(err, &wrong) || wrong.Setting != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, change := range []func(*PrivacySettings){
		func(p *PrivacySettings) { p.DP = LocalNoise },
		func(p *PrivacySettings) { p.DP = "federal" },
		func(p *PrivacySettings) { p.DP = NoNoise },
		func(p *PrivacySettings) { p.Clip = math.NaN() },
		func(p *PrivacySettings) { p.Clip = math.Inf(1) },
		func(p *PrivacySettings) { p.Noise = -1 },
		func(p *PrivacySettings) { p.Noise = 1e-9 },
		func(p *PrivacySettings) { p.Noise = math.NaN() },
		func(p *PrivacySettings) { p.Noise, p.Clip = 0, 0 },
		func(p *PrivacySettings) { p.Noise, p.Epsilon = 0, -2 },
		func(p *PrivacySettings) { p.Noise, p.Epsilon = 0, 1e-9 },
		func(p *PrivacySettings) { p.Budget = -1 },
		func(p *PrivacySettings) { p.Budget = math.Inf(1) },
		func(p *PrivacySettings) { p.Delta = 0 },
		func(p *PrivacySettings) { p.Delta = math.NaN() },
	} {
		s := secret(t, func(s *Scenario) { change(&s.Privacy) })
		var wrong *SettingError
		if _, err := New(s, table(t, 60)); !errors.As(err, &wrong) {
			t.Errorf("%+v: %v", s.Privacy, err)
		}
	}
	s := secret(t, nil)
	s.Mode = Federated
	if err := s.Check(); err == nil {
		t.Error("federated training takes --dp central")
	}
}

package engine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"gorgonia.org/tensor"

	"unseen/data"
	"unseen/engine/attack"
	"unseen/engine/lab"
	"unseen/engine/nn"
	"unseen/engine/rng"
)

func membershipLab() Lab {
	return Lab{
		Name: "membership", Attack: true, Title: "Was she among them?",
		About: "From the finished model alone: whether a row was trained on, before and after differential privacy.",
		Aside: "In secure aggregation 24 workers own the rows and there are 120 rounds, which takes about half a minute; with an owner for each row, as in the other ways, it would take several.",
		Modes: Modes(),
		Preset: func(s *Scenario) { // long enough to learn rows by heart
			s.Network.Init = "torch"
			s.Learning.Epochs, s.Learning.Rounds, s.Learning.Rate, s.Learning.Batch = 200, 60, 0.1, 16
			if s.Mode == SecureAggregation { // masks between the owners of single rows take minutes
				s.Data.Workers, s.Learning.Rounds = 24, 120 // one step on several rows teaches less
			}
		},
		Controls: []lab.Control{
			{Name: "epsilons", Usage: "train again with each of these ε, with commas", Kind: lab.List, Default: "8,1",
				Choices: []string{"0.5", "1", "2", "4", "8", "16"}},
			{Name: "private-epochs", Usage: "passes with noise: each of them costs ε", Kind: lab.Whole, Default: "20", Min: 1, Max: 100_000},
			{Name: "models", Usage: "attacked models, each with another half of the rows", Kind: lab.Whole, Default: "4", Min: 1, Max: 50},
			{Name: "shadows", Usage: "models the adversary trains for comparison", Kind: lab.Whole, Default: "4", Min: 1, Max: 50},
		},
		run: members,
	}
}

// members attacks models without privacy, then with.
func members(ctx context.Context, q LabRequest) (*lab.Report, error) {
	target, own, err := halves(q)
	if err != nil {
		return nil, err
	}
	t := lab.Table{Name: "runs", Title: "Guesses about rows, half of which were trained on",
		Columns: []lab.Column{{Name: "epsilon", Head: "ε"}, {Name: "passes", Head: "passes"}, {Name: "train_accuracy", Head: "accuracy, trained on", Share: true}, {Name: "test_accuracy", Head: "others", Share: true},
			{Name: "auc", Head: "AUC of the loss"}, {Name: "threshold_right", Head: "threshold right", Share: true}, {Name: "shadow_right", Head: "shadow right", Share: true},
			{Name: "bound", Head: "at most, by ε", Share: true}}}
	var trials []*trial
	for _, epsilon := range append([]string{""}, q.Values.List("epsilons")...) {
		s, a := q.Scenario, &trial{epsilon: NoNoise, bound: 1}
		s.Data.Split, s.Data.Rows = 0.5, 0
		s.Privacy = PrivacySettings{DP: NoNoise, Delta: q.Scenario.Privacy.Delta}
		passes := &s.Learning.Epochs
		if s.Mode != Central && s.Mode != Federated {
			passes = &s.Learning.Rounds
		}
		if epsilon != "" {
			if s.Privacy.DP = noiseAgainst(s.Mode); s.Privacy.DP == NoNoise {
				break // this way to train has none
			}
			*passes = q.Values.Whole("private-epochs")
			e, _ := strconv.ParseFloat(epsilon, 64) // one of the choices
			s.Privacy.Clip, s.Privacy.Epsilon, a.epsilon = 1, e, e
			if a.bound, err = Odds(e, s.Privacy.Delta); err != nil {
				return nil, err
			}
		}
		if err := a.run(ctx, s, target, own, q); err != nil {
			return nil, err
		}
		t.Rows = append(t.Rows, []any{a.epsilon, *passes, a.train, a.test, a.auc, a.threshold, a.shadow, a.bound})
		trials = append(trials, a)
	}
	first := trials[0]
	report := &lab.Report{
		Adversary: "whoever is given the finished model, and knows a row that may have been in it",
		Saw: []string{"the model, and the training loss that the run released",
			fmt.Sprintf("%d rows of its own, on which it trained %s; none of them was the victims'", own.Len(), q.Values["shadows"]+" models of the same kind")},
		Facts: []lab.Fact{
			{Name: "guesses", Label: "guesses in each run", Value: first.guesses},
			{Name: "auc", Label: "AUC of the loss, without privacy", Value: first.auc},
			{Name: "threshold_right", Label: "loss threshold right", Value: first.threshold, Share: true},
			{Name: "shadow_right", Label: "shadow models right", Value: first.shadow, Share: true},
		},
		Tables:  []lab.Table{t},
		Bars:    membershipBars(t),
		Finding: membershipFinding(q.Scenario.Mode, trials),
	}
	return report, nil
}

// membershipFinding says how often the better of the two attacks is right.
func membershipFinding(mode string, trials []*trial) string {
	first, last := trials[0], trials[len(trials)-1]
	finding := fmt.Sprintf("A model is surer about rows it was trained on: the better of the two guesses is right %s of the time, where a coin is right half of the time.", lab.Percent(first.right()))
	if first.right() <= 0.5 {
		finding = fmt.Sprintf("The better of the two guesses is right %s of the time, no better than a coin: it has not learnt its rows by heart.", lab.Percent(first.right()))
	}
	switch {
	case noiseAgainst(mode) == NoNoise:
		return finding + " This way to train adds no noise, so that nothing bounds it."
	case last == first:
		return finding
	}
	return finding + fmt.Sprintf(" With ε = %v the better one is right %s of the time; ε allows %s.", last.epsilon, lab.Percent(last.right()), lab.Percent(last.bound))
}

// right is how often the better of the two attacks is right.
func (t *trial) right() float64 { return max(t.threshold, t.shadow) }

// noiseAgainst is the noise that bounds what the finished model tells, for a way to train.
func noiseAgainst(mode string) string {
	for _, noise := range []string{CentralNoise, DistributedNoise} {
		if slices.Contains(noises(mode), noise) {
			return noise
		}
	}
	return NoNoise
}

// membershipBars draws how often the better of the two attacks is right, above the most
// that ε allows, in percent.
func membershipBars(t lab.Table) []lab.Histogram {
	h := lab.Histogram{Name: "right_percent", Title: "Guesses that are right, in %, above the most that ε allows; 50 is a coin"}
	for _, row := range t.Rows {
		label := "ε " + lab.Text(row[0])
		h.Labels = append(h.Labels, label+" right", label+" at most")
		h.Counts = append(h.Counts, int(math.Round(100*max(row[5].(float64), row[6].(float64)))), int(math.Round(100*row[7].(float64))))
	}
	return []lab.Histogram{h}
}

// halves divides the rows into those from which the attacked models come and those
// that the adversary has for itself.
func halves(q LabRequest) (target, own *data.Set, err error) {
	set := q.Set
	if q.Scenario.Data.Rows > 0 {
		if set, err = q.Set.First(min(q.Scenario.Data.Rows, q.Set.Len())); err != nil {
			return nil, nil, err
		}
	}
	split, err := set.Split(0.5, rand.New(rng.Seeded(q.Scenario.Seed).Party("simulator").Stream("halves", 0, 0)))
	if err != nil {
		return nil, nil, err
	}
	return subset(set, split.Train), subset(set, split.Test), nil
}

// subset returns some rows of a set as a set of their own.
func subset(set *data.Set, index []int) *data.Set {
	s := *set
	n := len(set.Features)
	s.Y, s.Rows = nil, nil
	x := make([]float64, 0, len(index)*n)
	for _, r := range index {
		x = append(x, set.X.Float64s()[r*n:(r+1)*n]...)
		s.Y, s.Rows = append(s.Y, set.Y[r]), append(s.Rows, set.Rows[r])
	}
	s.X = tensor.New(tensor.WithShape(len(index), n), tensor.WithBacking(x))
	return &s
}

// trial is how the attacks did against models of one kind.
type trial struct {
	guesses                int
	epsilon                any
	bound                  float64
	train, test            float64 // accuracy of the models
	auc, threshold, shadow float64
}

// run trains the models that are attacked and those of the adversary, and lets it guess
// about each row of the former. It is given the losses of the attacked models on rows it
// knows, and their training loss.
func (t *trial) run(ctx context.Context, s Scenario, target, own *data.Set, q LabRequest) error {
	models, shadows := q.Values.Whole("models"), q.Values.Whole("shadows")
	var in, out []attack.Guess
	var shadowIn, shadowOut []attack.Guess
	clear := inTheClear(s)
	for i := range shadows {
		w, err := trainOne(ctx, clear, own, fmt.Sprint("shadow ", i), q.Progress)
		if err != nil {
			return err
		}
		shadowIn, shadowOut = append(shadowIn, w.in...), append(shadowOut, w.out...)
	}
	shadow := attack.NewShadow(shadowIn, shadowOut)
	byThreshold, byShadow := [2]int{}, [2]int{}
	for i := range models {
		w, err := trainOne(ctx, s, target, fmt.Sprint("model ", i), q.Progress)
		if err != nil {
			return err
		}
		in, out = append(in, w.in...), append(out, w.out...)
		for _, g := range w.in {
			byThreshold[0] += count(attack.Threshold(g, w.released))
			byShadow[0] += count(shadow.Member(g))
		}
		for _, g := range w.out {
			byThreshold[1] += count(!attack.Threshold(g, w.released))
			byShadow[1] += count(!shadow.Member(g))
		}
		t.train, t.test = t.train+w.final.Train.Accuracy/float64(models), t.test+w.final.Test.Accuracy/float64(models)
	}
	right := func(n [2]int) float64 { return (float64(n[0])/float64(len(in)) + float64(n[1])/float64(len(out))) / 2 }
	t.guesses, t.auc, t.threshold, t.shadow = len(in)+len(out), attack.AUC(in, out), right(byThreshold), right(byShadow)
	return nil
}

// inTheClear is how an adversary trains by itself, on rows of its own: where masks would
// hide updates from everybody it averages them as they are, which gives the same model
// but for rounding, with noise of the same size.
func inTheClear(s Scenario) Scenario {
	if s.Mode == SecureAggregation {
		s.Mode = Aggregated
		if s.Privacy.DP == DistributedNoise {
			s.Privacy.DP = CentralNoise
		}
	}
	return s
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// trained is a trained model with the rows it was trained on, and others.
type trained struct {
	in, out  []attack.Guess
	released float64 // the training loss
	final    EpochMetrics
}

// trainOne trains a model on half of the rows.
func trainOne(ctx context.Context, s Scenario, set *data.Set, name string, progress func(Progress)) (*trained, error) {
	s.Seed = rng.Seeded(s.Seed).Party("lab").Stream(name, 0, 0).Uint64()
	session, err := New(s, set)
	if err != nil {
		return nil, err
	}
	defer session.Close()
	result, err := session.Run(ctx, progress)
	if err != nil {
		return nil, err
	}
	loss, err := nn.ParseLoss(s.Learning.Loss)
	if err != nil {
		return nil, err
	}
	d := session.Dataset()
	guesses := func(rows []int) []attack.Guess {
		list := make([]attack.Guess, len(rows))
		for i, r := range rows {
			x, y := d.take([]int{r})
			list[i] = attack.Guess{Loss: nn.NewEvaluator(loss, d.Scaling.Apply(x), y).Measure(result.Weights).Loss, Class: d.Set.Y[r]}
		}
		return list
	}
	w := &trained{in: guesses(d.Split.Train), out: guesses(d.Split.Test), final: result.Final()}
	w.released = w.final.Train.Loss
	if math.IsNaN(w.released) {
		return nil, errors.New("training ended without a loss")
	}
	return w, nil
}

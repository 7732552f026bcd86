package engine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"unseen/engine/aggregated"
	"unseen/engine/attack"
	"unseen/engine/central"
	"unseen/engine/lab"
	"unseen/engine/local"
	"unseen/engine/nn"
)

// fault is a mistake of the notebook of 2019 as a puzzle.
type fault struct {
	name, question, hint, fix string
	adversary, gain           string // who gains by it, and what; the evidence says what it saw
	evidence                  func(ctx context.Context, q LabRequest, r *lab.Report) error
	found                     string // in a sentence
}

// faults lists the puzzles.
func faults() []fault {
	return []fault{
		{name: "averages", adversary: "the aggregator", gain: "it is handed five updates of everybody, where one would have taught the model as much",
			evidence: thrownAway,
			question: "Five server rounds. In each the workers' own losses fall, and after the last the model is as good as after the first. Why?",
			hint:     "Which model does a worker begin with in the second round?",
			fix:      "Let each server round begin with the average of the round before.",
			found:    "Each round made a new copy of the first model, so every average was thrown away: five rounds are worth one."},
		{name: "precision", adversary: "the server", gain: "it has all rows, and nobody gets a model for them",
			evidence: lostPrecision,
			question: "The code asks for 16 bits after the point, and training in fixed point does not learn, whatever the number of epochs. Why?",
			hint:     "Three decimal digits were in force. How large is an update at a learning rate of 0.001?",
			fix:      "Hand the precision on to every place that encodes, give constants such as lr/batch bits of their own, and round without bias: then small updates get through on average.",
			found:    "The setting was ignored and numbers were rounded to three decimals: no update is half a unit large, so no weight ever moves."},
		{name: "ten-digits", adversary: "nobody", gain: "every holder follows the protocol, and none can tell that the product is wrong",
			evidence: tenDigits,
			question: "With ten decimal digits in a ring of 62 bits, 0.1 times 0.2 is right and 1.5 times 2 is nonsense. Why?",
			hint:     "Before it is rescaled, a product carries twenty decimal digits. How large is the ring?",
			fix:      "Leave headroom: the product of two encoded numbers must fit. 16 bits in a ring of 64 leave room for products below 2^30.",
			found:    "Signed numbers in that ring end at 2^61: from 0.0231 on, a product wraps around, since 10^20 times it is beyond that."},
		{name: "test-rows", adversary: "the server", gain: "it trains, takes the test, and looks better than it is",
			evidence: testedOnTraining,
			question: "The model is right about nearly every test row, and wrong about one in five applicants who come afterwards. Why?",
			hint:     "Where were the test rows taken from?",
			fix:      "Set test rows aside before training, and scale by the training rows alone.",
			found:    "The test rows were training rows: what was measured is how well the model remembers."},
		{name: "revealed-first", adversary: "the server", gain: "it hands out what it was given, as it was told to, and keeps a copy",
			evidence: revealedFirst,
			question: "Every holder has a share and no holder has a row. The server knows them all. How?",
			hint:     "Who computes the shares, and of what?",
			fix:      "Split where the row is: at its owner. Nothing but shares may leave.",
			found:    "The rows went to the server in plain and were shared there: what is revealed before it is shared is not protected by sharing."},
		{name: "dropout", adversary: "whoever is given the model", gain: "it asks who was trained on, and the dropout that would blur that is not there",
			evidence: invertedSwitch,
			question: "Dropout of a half is asked for, and the trained weights are those without any, to the last bit. Why?",
			hint:     "The layer asks whether it is training, and does the opposite.",
			fix:      "Drop while training, keep everything while predicting; and test that the switch does something.",
			found:    "The test was inverted: nothing is dropped in training, so asking for dropout changes nothing."},
	}
}

// The parts of a puzzle, in the order in which they are shown.
var revealed = []string{"question", "hint", "evidence", "fix"}

func faultsLab() Lab {
	var names []string
	for _, f := range faults() {
		names = append(names, f.name)
	}
	return Lab{
		Name: "faults", Title: "What went wrong?",
		About: "Six mistakes of a notebook, each to be run: question, hint, evidence, fix.",
		Modes: []string{Central},
		Controls: []lab.Control{
			{Name: "fault", Usage: "the puzzle", Kind: lab.Choice, Default: names[0], Choices: names},
			{Name: "reveal", Usage: "how far to go: question, hint, evidence, fix", Kind: lab.Choice, Default: "fix", Explore: "question", Choices: revealed, Live: true},
		},
		run: solve,
	}
}

// solve shows a puzzle as far as it is to be revealed. The evidence is a run of the
// fault beside a run without it.
func solve(ctx context.Context, q LabRequest) (*lab.Report, error) {
	all := faults()
	f := all[slices.IndexFunc(all, func(f fault) bool { return f.name == q.Values["fault"] })]
	r := &lab.Report{Notes: []lab.Note{{Name: "question", Text: f.question}}, Adversary: f.adversary,
		Saw: []string{"comes with the evidence"}}
	upTo := slices.Index(revealed, q.Values["reveal"])
	if upTo >= 1 {
		r.Notes = append(r.Notes, lab.Note{Name: "hint", Text: f.hint})
	}
	if upTo >= 2 {
		r.Adversary, r.Saw = f.adversary+": "+f.gain, nil
		if err := f.evidence(ctx, q, r); err != nil {
			return nil, err
		}
	}
	if upTo >= 3 {
		r.Notes, r.Finding = append(r.Notes, lab.Note{Name: "fix", Text: f.fix}), f.found
	}
	return r, nil
}

// trainAs runs a scenario of a way to train with the data and the seed of a request.
func trainAs(ctx context.Context, q LabRequest, mode, recipe string, change func(*Scenario)) (*Session, *Result, error) {
	s, err := Default(mode, recipe)
	if err != nil {
		return nil, nil, err
	}
	s.Seed, s.Fixed, s.Data.Rows, s.Network.Hidden = q.Scenario.Seed, q.Scenario.Fixed, q.Scenario.Data.Rows, q.Scenario.Network.Hidden
	change(&s)
	session, err := New(s, q.Set)
	if err != nil {
		return nil, nil, err
	}
	result, err := session.Run(ctx, q.Progress)
	if err != nil {
		session.Close()
		return nil, nil, err
	}
	return session, result, nil
}

const puzzleRounds = 5

// thrownAway runs five server rounds, and five times the first one.
func thrownAway(ctx context.Context, q LabRequest, r *lab.Report) error {
	rounds := func(n int) func(*Scenario) {
		return func(s *Scenario) { s.Learning.Rounds, s.Learning.Local, s.Data.Split = n, 5, 0.8 }
	}
	session, kept, err := trainAs(ctx, q, Aggregated, "default", rounds(puzzleRounds))
	if err != nil {
		return err
	}
	session.Close()
	t := lab.Table{Name: "rounds", Title: "Loss on the training rows after each server round; own: each worker on its own rows, within the round",
		Columns: []lab.Column{{Name: "round", Head: "round"}, {Name: "kept", Head: "average kept"}, {Name: "thrown_away", Head: "thrown away"}, {Name: "local_first", Head: "own, first pass"}, {Name: "local", Head: "own, last pass"}}}
	s := session.scenario
	s.Learning.Rounds = 1
	view := attack.NewView(aggregated.Aggregator)
	if session, err = watch(ctx, s, q.Set, q.Progress, view); err != nil {
		return err
	}
	session.Close()
	r.Saw = []string{fmt.Sprintf("the aggregator, in a server round: %d messages received, one of each worker with its whole update, %s in all; five rounds thrown away are five times that",
		view.Received(), kilobytes(view.Bytes))}
	last := math.NaN()
	for i := 1; i <= puzzleRounds; i++ {
		session, again, err := trainAs(ctx, q, Aggregated, "default", rounds(1)) // the fault: from the first model once more
		if err != nil {
			return err
		}
		session.Close()
		e := again.Final()
		last = e.Train.Loss
		t.Rows = append(t.Rows, []any{i, kept.History.Epochs[i].Train.Loss, last, e.LocalLoss[0], e.LocalLoss[len(e.LocalLoss)-1]})
	}
	r.Tables = append(r.Tables, t)
	r.Facts = append(r.Facts, lab.Fact{Name: "loss_kept", Label: "loss after five rounds, kept", Value: kept.Final().Train.Loss},
		lab.Fact{Name: "loss_thrown_away", Label: "thrown away", Value: last})
	return nil
}

// lostPrecision makes one step at the notebook's learning rate and looks which
// updates survive rounding.
func lostPrecision(ctx context.Context, q LabRequest, r *lab.Report) error {
	const rate = 0.001
	session, result, err := trainAs(ctx, q, Central, "default", func(s *Scenario) {
		s.Learning.Epochs, s.Learning.Batch, s.Learning.Rate, s.Network.Init = 1, 1<<30, rate, "torch"
	})
	if err != nil {
		return err
	}
	defer session.Close()
	before, err := initialWeights(session.scenario, session.dataset)
	if err != nil {
		return err
	}
	from, to := nn.Flat(before), nn.Flat(result.Weights)
	largest := 0.0
	for i := range from {
		largest = max(largest, math.Abs(to[i]-from[i]))
	}
	t := lab.Table{Name: "precisions", Title: fmt.Sprintf("One step at a learning rate of %v: updates that survive rounding, of %d", rate, len(from)),
		Columns: []lab.Column{{Name: "precision", Head: "kept after the point"}, {Name: "unit", Head: "smallest unit"}, {Name: "survive", Head: "survive"}, {Name: "share", Head: "share", Share: true}}}
	for _, p := range []struct {
		name string
		unit float64
	}{{"3 decimals", 1e-3}, {"8 bits", math.Exp2(-8)}, {"16 bits", math.Exp2(-16)}, {"24 bits", math.Exp2(-24)}} {
		n := 0
		for i := range from {
			if math.Round(from[i]/p.unit) != math.Round(to[i]/p.unit) {
				n++
			}
		}
		t.Rows = append(t.Rows, []any{p.name, p.unit, n, float64(n) / float64(len(from))})
	}
	r.Tables = append(r.Tables, t)
	r.Facts = append(r.Facts, lab.Fact{Name: "largest_update", Label: "largest update", Value: largest})
	r.Saw = []string{heldRows(session, ", for a model that did not move by a single rounded unit")}
	return nil
}

// heldRows says which rows the server of central training has in its memory, looked at
// through its eyes, with what became of them.
func heldRows(s *Session, so string) string {
	for _, p := range s.Snapshot(nil).As(central.Server).Parties {
		for _, o := range p.Memory.Objects {
			if o.Name == local.Raw {
				return fmt.Sprintf("%d rows as they are in the file, %d numbers%s", o.Data.Shape()[0], o.Data.Size(), so)
			}
		}
	}
	return "no row"
}

// testedOnTraining measures a model on rows it was trained on, and on others.
func testedOnTraining(ctx context.Context, q LabRequest, r *lab.Report) error {
	session, result, err := trainAs(ctx, q, Central, "default", func(s *Scenario) {
		s.Learning.Epochs, s.Learning.Batch, s.Network.Init = 200, 16, "torch"
	})
	if err != nil {
		return err
	}
	defer session.Close()
	d := session.Dataset()
	if len(d.Split.Test) == 0 {
		return errors.New("there are no rows to test on")
	}
	loss, err := nn.ParseLoss(session.scenario.Learning.Loss)
	if err != nil {
		return err
	}
	measure := func(rows []int) nn.Metrics {
		x, y := d.take(rows)
		return nn.NewEvaluator(loss, d.Scaling.Apply(x), y).Measure(result.Weights)
	}
	tested := d.Split.Train[:min(len(d.Split.Test), len(d.Split.Train))]
	known := 0
	for _, row := range tested {
		known += count(slices.Contains(d.Split.Train, row))
	}
	r.Saw = []string{heldRows(session, ", to train on"), fmt.Sprintf("%d of %d rows of the test among them", known, len(tested))}
	wrong := measure(tested) // the fault
	right := measure(d.Split.Test)
	r.Tables = append(r.Tables, lab.Table{Name: "measured", Title: "One model, measured twice",
		Columns: []lab.Column{{Name: "rows", Head: "test rows"}, {Name: "count", Head: "how many"}, {Name: "accuracy", Head: "accuracy", Share: true}, {Name: "loss", Head: "loss"}},
		Rows: [][]any{{"taken from the training rows", len(tested), wrong.Accuracy, wrong.Loss},
			{"never trained on", len(d.Split.Test), right.Accuracy, right.Loss}}})
	r.Facts = append(r.Facts, lab.Fact{Name: "too_good_by", Label: "too good by", Value: wrong.Accuracy - right.Accuracy, Share: true})
	return nil
}

// dropped is the share of activations that a layer drops, with the switch as it
// should be, or inverted.
func dropped(share float64, training, inverted bool) float64 {
	if training != inverted {
		return share
	}
	return 0
}

// invertedSwitch trains with dropout, with the inverted switch, and without.
func invertedSwitch(ctx context.Context, q LabRequest, r *lab.Report) error {
	t := lab.Table{Name: "runs", Title: "Three runs with one seed",
		Columns: []lab.Column{{Name: "asked", Head: "dropout asked"}, {Name: "switch", Head: "switch"}, {Name: "loss", Head: "loss on training rows"}, {Name: "sha256", Head: "sha256 of the weights"}}}
	var hashes []string
	gaps := map[string]float64{}
	for _, c := range []struct {
		asked    float64
		inverted bool
	}{{0.5, false}, {0.5, true}, {0, false}} {
		session, result, err := trainAs(ctx, q, Central, "default", func(s *Scenario) {
			s.Learning.Epochs, s.Learning.Dropout = 5, dropped(c.asked, true, c.inverted)
		})
		if err != nil {
			return err
		}
		session.Close()
		name := "right"
		if c.inverted {
			name = "inverted"
		}
		if c.asked > 0 {
			gaps[name] = result.Final().Test.Loss - result.Final().Train.Loss
		}
		hashes = append(hashes, result.SHA256)
		t.Rows = append(t.Rows, []any{c.asked, name, result.Final().Train.Loss, result.SHA256[:16] + "…"})
	}
	r.Tables = append(r.Tables, t)
	r.Saw = []string{"the finished model and nothing of the run",
		fmt.Sprintf("the loss on other rows less that on rows that were trained on, which is all a guess has to go on: %s with the inverted switch, %s with the right one", lab.Text(gaps["inverted"]), lab.Text(gaps["right"]))}
	r.Facts = append(r.Facts, lab.Fact{Name: "same", Label: "inverted is as without", Value: hashes[1] == hashes[2]},
		lab.Fact{Name: "differs", Label: "right is not", Value: hashes[0] != hashes[2]})
	return nil
}

package engine

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gorgonia.org/tensor"

	"unseen/data"
	"unseen/engine/aggregated"
	"unseen/engine/central"
	"unseen/engine/federated"
	"unseen/engine/mode"
	"unseen/engine/nn"
	"unseen/engine/rng"
	"unseen/engine/secagg"
)

// Dataset is the data of a session: what it was given, and how it was divided.
type Dataset struct {
	Set     *data.Set // the rows in use
	Split   data.Split
	Scaling data.Scaling  // fitted on the training rows, or public
	Workers []data.Worker // who owns the training rows
}

// Features returns the number of features of a row.
func (d *Dataset) Features() int { return len(d.Set.Features) }

// Prepare checks a scenario and divides a data set as its sessions will.
// A *[SettingError] or *data.Error says what is wrong.
func Prepare(s Scenario, set *data.Set) (*Dataset, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	return prepare(s, set)
}

// prepare takes the first rows, splits them, hands them out and fits the scaling.
func prepare(s Scenario, set *data.Set) (*Dataset, error) {
	if s.Data.Rows > 0 {
		if s.Data.Rows > set.Len() {
			return nil, &SettingError{"--rows", fmt.Sprint(s.Data.Rows),
				fmt.Sprintf("%s has only %d complete rows", set.Table.Source, set.Len()),
				fmt.Sprintf("give a number up to %d", set.Len())}
		}
		first, err := set.First(s.Data.Rows)
		if err != nil {
			return nil, err
		}
		set = first
	}
	key := rng.Seeded(s.Seed).Party("simulator")
	split, err := set.Split(s.Data.Split, rand.New(key.Stream("split", 0, 0)))
	if err != nil {
		return nil, err
	}
	d := &Dataset{Set: set, Split: split}
	if d.Workers, err = workers(s, set, split.Train); err != nil {
		return nil, err
	}
	switch s.Data.Normalize {
	case "standard":
		d.Scaling = data.Standard(set.X, split.Train)
	case "range":
		d.Scaling = set.Range()
	default:
		d.Scaling = data.None(len(set.Features))
	}
	return d, nil
}

// workers hands the training rows to their owners. It checks the settings in
// modes without workers, too.
func workers(s Scenario, set *data.Set, train []int) ([]data.Worker, error) {
	n := s.Data.Workers
	if n == 0 {
		n = len(train)
	}
	if n > len(train) {
		return nil, &SettingError{"--workers", fmt.Sprint(n), fmt.Sprintf("there are only %d training rows", len(train)),
			fmt.Sprintf("give a number from 1 to %d", len(train))}
	}
	key := rng.Seeded(s.Seed).Party("simulator")
	dealt, err := data.Assign(set, train, n, s.Data.Skew, rand.New(key.Stream("workers", 0, 0)))
	if err != nil {
		return nil, fmt.Errorf("--skew: %w", err)
	}
	return dealt, nil
}

// take returns the raw rows with these indices and their one-hot labels.
func (d *Dataset) take(index []int) (x, y *tensor.Dense) {
	features, classes := d.Features(), len(d.Set.Classes)
	x, y = nn.New(len(index), features), nn.New(len(index), classes)
	for i, r := range index {
		copy(x.Float64s()[i*features:(i+1)*features], d.Set.X.Float64s()[r*features:])
		y.Float64s()[i*classes+d.Set.Y[r]] = 1
	}
	return x, y
}

// evaluators measure on the scaled training and test rows.
func (d *Dataset) evaluators(loss nn.Loss) (train, test *nn.Evaluator) {
	evaluator := func(index []int) *nn.Evaluator {
		if len(index) == 0 {
			return nn.NewEvaluator(loss, nil, nil)
		}
		x, y := d.take(index)
		return nn.NewEvaluator(loss, d.Scaling.Apply(x), y)
	}
	return evaluator(d.Split.Train), evaluator(d.Split.Test)
}

// Baseline is the model that looks at no feature: it always decides for the class
// that is more frequent among the rows in use, with the class frequencies as its
// probabilities.
type Baseline struct {
	Accuracy float64 // on all rows in use: the share of that class
	Test     float64 // on the test rows; NaN without any
	Loss     float64 // mean loss of the class frequencies, the best constant guess
}

// Baseline returns how the best constant guess does at what a scenario minimises.
// The error says that there is no such loss.
func (d *Dataset) Baseline(s Scenario) (Baseline, error) {
	loss, err := nn.ParseLoss(s.Learning.Loss)
	if err != nil {
		return Baseline{}, err
	}
	return d.baseline(loss), nil
}

func (d *Dataset) baseline(loss nn.Loss) Baseline {
	ones := 0
	for _, y := range d.Set.Y {
		ones += y
	}
	q := float64(ones) / float64(d.Set.Len())
	b := Baseline{Accuracy: max(q, 1-q), Test: math.NaN()}
	guess, right := 0, 0
	if q > 0.5 {
		guess = 1
	}
	for _, r := range d.Split.Test {
		if d.Set.Y[r] == guess {
			right++
		}
	}
	if n := len(d.Split.Test); n > 0 {
		b.Test = float64(right) / float64(n)
	}
	if loss == nn.NLL {
		b.Loss = -q*math.Log(q) - (1-q)*math.Log(1-q)
	} else {
		b.Loss = 2 * q * (1 - q) // Σ over both outputs of (p − y)², averaged
	}
	return b
}

// build makes the mode of a scenario, ready to run.
func build(s Scenario, d *Dataset, p *Privacy) (mode.Mode, error) {
	if s.Mode == PrivatePrediction {
		return nil, &SettingError{"--mode", s.Mode, "it trains nothing", "choose a way to train, or take unseen predict --explore"}
	}
	loss, err := nn.ParseLoss(s.Learning.Loss)
	if err != nil {
		return nil, err
	}
	initial, err := initialWeights(s, d)
	if err != nil {
		return nil, err
	}
	x, y := d.take(d.Split.Train)
	rows := mode.Rows{Raw: x, Labels: y, Scaling: d.Scaling, Range: d.Set.Range()}
	for _, r := range d.Split.Train {
		rows.Number = append(rows.Number, r+1)
	}
	learning := mode.Learning{
		Epochs: s.Learning.Epochs, Rounds: s.Learning.Rounds, LocalEpochs: s.Learning.Local,
		Batch: min(s.Learning.Batch, len(d.Split.Train)), Rate: s.Learning.Rate,
		Loss: loss, Dropout: s.Learning.Dropout, Shuffle: s.Data.Order == "shuffle",
		Initial: initial, Root: rng.Seeded(s.Seed), Privacy: p.learning(),
	}
	if s.Mode == Central {
		return central.New(rows, learning), nil
	}
	place := make(map[int]int, len(d.Split.Train)) // of a row of the set among the training rows
	for i, r := range d.Split.Train {
		place[r] = i
	}
	for _, w := range d.Workers {
		owner := mode.Owner{ID: w.ID()}
		for _, r := range w.Rows {
			owner.Index = append(owner.Index, place[r])
		}
		rows.Owners = append(rows.Owners, owner)
	}
	switch s.Mode {
	case Federated:
		return federated.New(rows, learning), nil
	case SecureAggregation:
		plan, err := PlanAggregation(s, d)
		if err != nil {
			return nil, err
		}
		return secagg.New(rows, learning, plan), nil
	case Encrypted:
		return buildEncrypted(s, d, rows, learning)
	}
	return aggregated.New(rows, learning), nil
}

func initialWeights(s Scenario, d *Dataset) (nn.Weights, error) {
	sizes := nn.Sizes(d.Features(), s.Network.Hidden, len(d.Set.Classes))
	if s.Network.Initial != nil {
		if got := nn.Widths(*s.Network.Initial); fmt.Sprint(got) != fmt.Sprint(sizes) {
			return nn.Weights{}, &SettingError{"--init-weights", Hidden(got), "the file holds a network of other widths",
				fmt.Sprintf("these rows and --hidden need %s", Hidden(sizes))}
		}
		return nn.Clone(*s.Network.Initial), nil
	}
	if s.Network.Init == "torch" {
		return nn.Torch(s.Seed, sizes), nil
	}
	key := rng.Seeded(s.Seed).Party(central.Server)
	return nn.Glorot(rand.New(key.Stream("init", 0, 0)), sizes), nil
}

package engine

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"unseen/engine/nn"
	"unseen/engine/rng"
)

// The ways to train, by name.
const (
	Central    = "central"    // one party has all rows
	Federated  = "federated"  // the model travels from worker to worker
	Aggregated = "aggregated" // workers train copies, a trusted aggregator averages them
	Encrypted  = "encrypted"  // holders train on secret shares, end to end

	SecureAggregation = "secure-aggregation" // as aggregated, and nobody sees a single update
)

// PrivatePrediction is the mode of a session that trains nothing: it answers one applicant
// on secret shares ([NewPrediction]).
const PrivatePrediction = "private-prediction"

// Modes lists the ways to train by name.
func Modes() []string {
	return []string{Central, Federated, Aggregated, SecureAggregation, Encrypted}
}

// Recipes lists the named sets of defaults.
func Recipes() []string { return []string{"default", "notebook"} }

// Scenario says what to run. Its zero value is not valid; begin with [Default].
type Scenario struct {
	Mode     string
	Recipe   string
	Data     DataSettings
	Network  NetworkSettings
	Learning LearningSettings
	Privacy  PrivacySettings
	Secure   SecureSettings
	Shares   SharesSettings
	Seed     uint64 // from which all randomness of the run derives
	Fixed    bool   // the seed was chosen, not drawn: teaching and tests only
}

// DataSettings say which rows are used and how.
type DataSettings struct {
	Rows      int     // the first so many rows; 0 means all
	Split     float64 // share of rows to train on, in (0, 1]; 1 leaves none to test
	Normalize string  // standard, range or none
	Order     string  // shuffle or file
	Workers   int     // owners of the training rows; 0 means one a row
	Skew      string  // column by which the workers' rows differ; empty: they are alike
}

// NetworkSettings describe the network and where its weights begin.
type NetworkSettings struct {
	Hidden  []int       // widths of the hidden layers
	Init    string      // glorot or torch
	Initial *nn.Weights // initial weights; nil: drawn as Init says
}

// LearningSettings say how to learn.
type LearningSettings struct {
	Epochs  int // passes over the rows, in central and federated
	Rounds  int // server rounds, where models are averaged
	Local   int // local epochs of a server round
	Batch   int
	Rate    float64
	Loss    string // nll or mse
	Dropout float64
}

// maxWidth bounds the width of a layer, and maxLayers their number: beyond them
// a typing mistake is likelier than a network.
const (
	maxWidth  = 4096
	maxLayers = 16
	maxEpochs = 100_000
)

// Default returns the scenario of a recipe, with a seed drawn from the operating
// system. The recipe "default" learns; "notebook" does what the notebook of 2019
// did, without its faults: raw features in file order, one row at a time, all
// rows, initial weights as torch draws them.
// A *[SettingError] says that there is no such mode or recipe.
func Default(mode, recipe string) (Scenario, error) {
	s := Scenario{
		Mode: mode, Recipe: recipe, Seed: rng.Seed(),
		Data:     DataSettings{Split: 0.8, Normalize: "standard", Order: "shuffle"},
		Network:  NetworkSettings{Hidden: []int{30, 20, 10, 5}, Init: "glorot"},
		Learning: LearningSettings{Epochs: 10, Rounds: 40, Local: 3, Batch: 32, Rate: 0.1, Loss: "nll"},
		Shares:   DefaultShares(),
		Privacy:  PrivacySettings{DP: NoNoise, Delta: 1e-5},
		Secure:   SecureSettings{How: Masks, Drop: 0.1},
	}
	switch mode {
	case Federated: // an update for every worker: many small steps
		s.Learning.Epochs, s.Learning.Rate = 5, 0.01
	case Aggregated, SecureAggregation: // averages of many short walks: few large steps
		s.Learning.Rate = 0.2
	}
	if recipe == "notebook" {
		s.Data = DataSettings{Split: 1, Normalize: "none", Order: "file"}
		s.Network.Init = "torch"
		s.Learning = LearningSettings{Epochs: 5, Rounds: 5, Local: 5, Batch: 1, Rate: 0.001, Loss: "nll"}
		switch mode {
		case Federated:
			s.Learning.Epochs, s.Data.Order = 1, "shuffle"
		case Aggregated, SecureAggregation:
			s.Learning.Loss = "mse"
		case Encrypted:
			s.Learning.Loss, s.Data.Rows = "mse", 10
		}
	}
	if err := checkMode(mode); err != nil {
		return Scenario{}, err
	}
	if err := oneOf("--recipe", recipe, Recipes()); err != nil {
		return Scenario{}, err
	}
	return s, nil
}

// SettingError says that a setting cannot be used, and how to mend it.
type SettingError struct {
	Setting string // as it is written on the command line: "--lr"
	Value   string // what was given
	What    string // what is wrong with it
	Mend    string
}

// Error says which setting cannot be used, why, and how to mend it.
func (e *SettingError) Error() string {
	return fmt.Sprintf("%s %s: %s; %s", e.Setting, e.Value, e.What, e.Mend)
}

func oneOf(setting, value string, known []string) error {
	if slices.Contains(known, value) {
		return nil
	}
	return &SettingError{setting, fmt.Sprintf("%q", value), "not known", "choose " + strings.Join(known, " or ")}
}

// checkMode reports a mode that nobody knows.
func checkMode(mode string) error {
	if mode == PrivatePrediction {
		return nil
	}
	return oneOf("--mode", mode, Modes())
}

// OnShares reports whether everything is computed on secret shares: encrypted training, and
// private prediction.
func (s Scenario) OnShares() bool { return s.Mode == Encrypted || s.Mode == PrivatePrediction }

// Another returns the scenario of another way to train with the settings of s: the same
// rows, owners, network, first weights and seed. Where s learns as its own way to train
// does by default, the other one learns as is usual there. The error says what the other
// way to train cannot do, as [Scenario.Check] does.
func (s Scenario) Another(mode string) (Scenario, error) {
	if mode == s.Mode {
		return s, s.Check()
	}
	usual, err := Default(s.Mode, s.Recipe)
	if err != nil {
		return Scenario{}, err
	}
	other, err := Default(mode, s.Recipe)
	if err != nil {
		return Scenario{}, err
	}
	order, learning := other.Data.Order, other.Learning
	other.Data, other.Network, other.Privacy, other.Secure, other.Shares = s.Data, s.Network, s.Privacy, s.Secure, s.Shares
	other.Learning = LearningSettings{
		Epochs: orUsual(s.Learning.Epochs, usual.Learning.Epochs, learning.Epochs), Rounds: orUsual(s.Learning.Rounds, usual.Learning.Rounds, learning.Rounds),
		Local: orUsual(s.Learning.Local, usual.Learning.Local, learning.Local), Batch: orUsual(s.Learning.Batch, usual.Learning.Batch, learning.Batch),
		Rate: orUsual(s.Learning.Rate, usual.Learning.Rate, learning.Rate), Loss: orUsual(s.Learning.Loss, usual.Learning.Loss, learning.Loss),
		Dropout: orUsual(s.Learning.Dropout, usual.Learning.Dropout, learning.Dropout),
	}
	other.Data.Order = orUsual(s.Data.Order, usual.Data.Order, order)
	other.Seed, other.Fixed = s.Seed, s.Fixed
	return other, other.Check()
}

// orUsual is a setting for another way to train: what was chosen, where that is not what is
// usual, else what is usual there.
func orUsual[T comparable](now, usual, there T) T {
	if now != usual {
		return now
	}
	return there
}

// Check reports the first setting that cannot be used as a *[SettingError].
// What depends on the data is checked when a session opens.
func (s Scenario) Check() error {
	if err := checkMode(s.Mode); err != nil {
		return err
	}
	choices := []struct {
		setting, value string
		known          []string
	}{
		{"--recipe", s.Recipe, Recipes()},
		{"--normalize", s.Data.Normalize, []string{"standard", "range", "none"}},
		{"--order", s.Data.Order, []string{"shuffle", "file"}},
		{"--init", s.Network.Init, []string{"glorot", "torch"}},
		{"--loss", s.Learning.Loss, []string{"nll", "mse"}},
		{"--aggregation", s.Secure.How, Aggregations()},
	}
	for _, c := range choices {
		if err := oneOf(c.setting, c.value, c.known); err != nil {
			return err
		}
	}
	if err := s.checkNetwork(); err != nil {
		return err
	}
	if err := s.checkNumbers(); err != nil {
		return err
	}
	if err := s.Secure.check(); err != nil {
		return err
	}
	if err := s.Shares.Check(); err != nil {
		return err
	}
	if s.OnShares() {
		if err := s.Shares.checkTogether(); err != nil {
			return err
		}
	}
	return s.Privacy.check(s.Mode)
}

func (s Scenario) checkNetwork() error {
	hidden := Hidden(s.Network.Hidden)
	if len(s.Network.Hidden) > maxLayers {
		return &SettingError{"--hidden", hidden, fmt.Sprintf("%d hidden layers", len(s.Network.Hidden)),
			fmt.Sprintf("give at most %d", maxLayers)}
	}
	for _, w := range s.Network.Hidden {
		if w < 1 || w > maxWidth {
			return &SettingError{"--hidden", hidden, fmt.Sprintf("a layer of %d units", w),
				fmt.Sprintf("give widths from 1 to %d", maxWidth)}
		}
	}
	return nil
}

func (s Scenario) checkNumbers() error {
	checks := []struct {
		ok         bool
		setting    string
		value      any
		what, mend string
	}{
		{s.Data.Rows >= 0, "--rows", s.Data.Rows, "not a number of rows", "give a whole number from 1, or leave it out for all"},
		{s.Data.Split > 0 && s.Data.Split <= 1, "--split", s.Data.Split, "not a share", "give a number above 0, up to 1 (all rows train)"},
		{s.Learning.Epochs >= 1 && s.Learning.Epochs <= maxEpochs, "--epochs", s.Learning.Epochs, "out of range",
			fmt.Sprintf("give a whole number from 1 to %d", maxEpochs)},
		{s.Learning.Rounds >= 1 && s.Learning.Rounds <= maxEpochs, "--rounds", s.Learning.Rounds, "out of range",
			fmt.Sprintf("give a whole number from 1 to %d", maxEpochs)},
		{s.Learning.Local >= 1 && s.Learning.Local <= maxEpochs, "--local-epochs", s.Learning.Local, "out of range",
			fmt.Sprintf("give a whole number from 1 to %d", maxEpochs)},
		{s.Data.Workers >= 0, "--workers", s.Data.Workers, "out of range", "give a whole number from 1, or leave it out for one a row"},
		{s.Learning.Batch >= 1, "--batch", s.Learning.Batch, "out of range", "give a whole number from 1"},
		{s.Learning.Rate > 0 && !math.IsInf(s.Learning.Rate, 0), "--lr", s.Learning.Rate, "not a learning rate", "give a finite number above 0"},
		{s.Learning.Dropout >= 0 && s.Learning.Dropout < 1, "--dropout", s.Learning.Dropout, "not a share", "give a number from 0 to below 1"},
	}
	for _, c := range checks {
		if !c.ok {
			return &SettingError{c.setting, fmt.Sprint(c.value), c.what, c.mend}
		}
	}
	return nil
}

// Hidden writes widths of layers as they are given on the command line: "30,20".
func Hidden(widths []int) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(widths), "[]"), " ", ",")
}

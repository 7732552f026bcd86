package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gorgonia.org/tensor"

	"unseen/data"
	"unseen/engine/encrypted"
	"unseen/engine/mpc"
	"unseen/engine/nn"
	"unseen/engine/rng"
	"unseen/engine/trace"
)

// Applicant is somebody who wants an answer of a model without showing her row.
type Applicant struct {
	Row    int      // of the data set, from 1; 0 for somebody who is not in it
	Name   string   // as a party
	Fields []string // her row as text, by column
	Raw    []float64
}

// ApplicantOf takes a row of the data set, counted from 1, as an applicant. A
// *[SettingError] says that there is no such row.
func ApplicantOf(d *Dataset, row int) (*Applicant, error) {
	if row < 1 || row > d.Set.Len() {
		return nil, &SettingError{"--row", fmt.Sprint(row), fmt.Sprintf("there are %d rows", d.Set.Len()), fmt.Sprintf("give a number from 1 to %d", d.Set.Len())}
	}
	n, i := d.Features(), row-1
	person := d.Set.People()[i]
	return &Applicant{Row: row, Name: person.ID(), Fields: d.Set.Table.Records[d.Set.Rows[i]].Fields, Raw: slices.Clone(d.Set.X.Float64s()[i*n : (i+1)*n])}, nil
}

// RowOf returns the row, from 0, of the person with an id; ok is false for who is not in
// the data set.
func (d *Dataset) RowOf(id string) (row int, ok bool) {
	row = slices.IndexFunc(d.Set.People(), func(p data.Person) bool { return p.ID() == id })
	return row, row >= 0
}

// ReadApplicant reads an applicant from a file. The error is a *data.Error that
// names what is wrong, missing or unknown.
func ReadApplicant(d *Dataset, path string) (*Applicant, error) {
	a, err := d.Set.OpenApplicant(path)
	if err != nil {
		return nil, err
	}
	return &Applicant{Name: "applicant", Fields: a.Fields, Raw: a.X.Float64s()}, nil
}

// Prediction is the answer to an applicant, and its way.
type Prediction struct {
	Applicant   *Applicant
	Scaled      []float64 // her features, scaled by public numbers
	Fixed       []uint64  // in fixed point
	Holders     []string
	Shares      [][]uint64 // of the fixed-point row, by holder
	Class       int        // the decision: the more probable class
	Probability float64    // of it
	Approved    bool       // the decision is the first class
	Plain       float64    // what the plaintext network says of that class: the simulator's view
	Openings    []Opening
	Cost        trace.Cost
	Seconds     float64 // wall time of the protocol
}

// Predict answers an applicant on secret shares with a model: she splits her row,
// the holders compute, and only she learns the decision and its probability. The
// scenario says how shares are computed with; its seed is not used as in training:
// masks of a training run never meet her row. observer, which may be nil, is told
// of every event.
//
// The error says what cannot be used, a *[SettingError] where that is a setting, or is a
// *[RunError].
func Predict(s Scenario, d *Dataset, model Weights, a *Applicant, observer trace.Observer) (p *Prediction, err error) {
	return predict(s, d, model, a, observer, nil, encrypted.Chance{})
}

// predict is [Predict] where somebody may tamper with what is on its way, and chance may
// go another way.
func predict(s Scenario, d *Dataset, model Weights, a *Applicant, observer trace.Observer, tamper func(mpc.Flight), chance encrypted.Chance) (p *Prediction, err error) {
	q, err := question(s, d, model, a)
	if err != nil {
		return nil, err
	}
	q.Tamper, q.Chance = tamper, chance
	t, began := trace.NewTracer(observer, 0), time.Now()
	defer func() {
		if failed := recovered(recover(), t.Path()); failed != nil {
			p, err = nil, failed
		}
	}()
	answer, err := encrypted.Predict(q, t)
	if err != nil {
		return nil, err
	}
	scaled := d.Scaling.Apply(q.Raw)
	p = &Prediction{Applicant: a, Scaled: scaled.Float64s(), Fixed: answer.Fixed, Holders: q.Holders, Shares: answer.Shares, Openings: answer.Openings, Cost: answer.Cost,
		Seconds: time.Since(began).Seconds()}
	for k, x := range answer.P {
		if x > answer.P[p.Class] {
			p.Class = k
		}
	}
	p.Probability, p.Approved = min(1, max(0, answer.P[p.Class])), p.Class == 0
	p.Plain = nn.NewEvaluator(nn.NLL, scaled, nil).Probabilities(model).Float64s()[p.Class]
	return p, nil
}

// question makes the question of an applicant, after checking that it can be answered.
func question(s Scenario, d *Dataset, model Weights, a *Applicant) (encrypted.Question, error) {
	var none encrypted.Question
	if err := s.Shares.checkTogether(); err != nil {
		return none, err
	}
	if s.Shares.Softmax == "fourier" && len(d.Set.Classes) != 2 {
		return none, &SettingError{"--softmax", "fourier", "it is for two classes", "give --softmax exp"}
	}
	raw := nn.New(1, len(a.Raw))
	copy(raw.Float64s(), a.Raw)
	if err := checkScaled(d, a, d.Scaling.Apply(raw), s.Shares.Fraction); err != nil {
		return none, err
	}
	holders, err := holdersOf(s, d, a)
	if err != nil {
		return none, err
	}
	return encrypted.Question{Applicant: a.Name, Raw: raw, Scaling: d.Scaling, Model: model, Holders: holders, Root: rng.Seeded(s.Seed).Party("prediction"),
		Settings: encrypted.Settings{Holders: len(holders), Fraction: s.Shares.Fraction, Truncation: s.Shares.Truncation, Softmax: s.Shares.Softmax, Watch: s.Shares.Watch}}, nil
}

// NewPrediction opens a session that answers an applicant step by step: what [Predict]
// does, to be stepped through. Nothing is learnt in it, so its history has no losses and
// nothing is measured; it has one epoch for setting up and one for the answer.
// The error says what cannot be used, a *[SettingError] where that is a setting.
func NewPrediction(s Scenario, d *Dataset, model Weights, a *Applicant) (*Session, error) {
	return newPrediction(s, d, model, a, encrypted.Chance{})
}

// newPrediction is [NewPrediction] where chance may go another way.
func newPrediction(s Scenario, d *Dataset, model Weights, a *Applicant, chance encrypted.Chance) (*Session, error) {
	q, err := question(s, d, model, a)
	if err != nil {
		return nil, err
	}
	q.Chance = chance
	m, err := encrypted.NewPrediction(q)
	if err != nil {
		return nil, err
	}
	s.Mode, s.Network.Hidden, s.Network.Initial, s.Privacy = PrivatePrediction, HiddenOf(model), nil, PrivacySettings{DP: NoNoise, Delta: s.Privacy.Delta}
	session := &Session{scenario: s, dataset: d, mode: m, total: m.Steps()}
	session.monitor.s = session
	session.history.Epochs = []EpochMetrics{{Train: unmeasured, Test: unmeasured}}
	session.saved.add(checkpoint{state: m.Save(nil), history: session.history.sealed()})
	return session, nil
}

// checkScaled names the feature that does not fit, before anything is shared.
func checkScaled(d *Dataset, a *Applicant, scaled *tensor.Dense, f int) error {
	for j, x := range scaled.Float64s() {
		if _, ok := Fixed(x, f); !ok {
			return &data.Error{What: fmt.Sprintf("%s is %v, scaled %g: it does not fit into %d fraction bits", d.Set.Features[j].Name, a.Raw[j], x, f), Mend: "give fewer --fraction-bits, or --normalize standard"}
		}
	}
	return nil
}

// holdersOf names those who hold shares: the first workers by name, the applicant
// not among them.
func holdersOf(s Scenario, d *Dataset, a *Applicant) ([]string, error) {
	var ids []string
	for _, w := range d.Workers {
		if w.ID() != a.Name {
			ids = append(ids, w.ID())
		}
	}
	slices.SortFunc(ids, strings.Compare)
	if len(ids) < s.Shares.Holders {
		return nil, &SettingError{"--holders", fmt.Sprint(s.Shares.Holders), fmt.Sprintf("there are only %d workers beside the applicant", len(ids)), "give fewer holders or more --workers"}
	}
	return ids[:s.Shares.Holders], nil
}

// CheckModel reports weights that do not fit a data set as a *[SettingError].
func CheckModel(d *Dataset, w Weights, path string) error {
	widths := nn.Widths(w)
	if widths[0] == d.Features() && widths[len(widths)-1] == len(d.Set.Classes) {
		return nil
	}
	return &SettingError{"--model", fmt.Sprintf("%q", path), fmt.Sprintf("its network goes from %d to %d", widths[0], widths[len(widths)-1]),
		fmt.Sprintf("these rows need one from %d features to %d classes", d.Features(), len(d.Set.Classes))}
}

package worlds

import (
	"testing"

	"gorgonia.org/tensor"

	"unseen/data"
	"unseen/engine"
)

// predictions opens a private prediction in two worlds.
func (p Pair) predictions(t testing.TB) (one, two *engine.Session, alike []string) {
	t.Helper()
	const row = 3
	s, set := p.scenario(t), rows(t)
	other, model := *set, trained(t, s, set)
	if p.How != AnotherModel {
		other.X = set.X.Clone().(*tensor.Dense)
		hers := other.X.Float64s()[(row-1)*len(set.Features) : row*len(set.Features)]
		for j := range hers {
			hers[j] = 1 - hers[j]/2
		}
	}
	if p.How == AnotherModel { // nothing comes through the first layer
		clear(model.W[0].Float64s())
		for j := range model.B[0].Float64s() {
			model.B[0].Float64s()[j] = -1
		}
	}
	another := cloned(model)
	if p.How != AnotherRow {
		for i := range another.W[1].Float64s() {
			another.W[1].Float64s()[i] += 0.25
		}
	}
	one, two = predicting(t, s, set, model, row), predicting(t, s, &other, another, row)
	holders := sharers(one)
	parties := one.Snapshot(nil).Parties
	applicant := parties[len(parties)-1].ID
	switch p.How {
	case AnotherRow:
		return one, two, []string{"server", "dealer"}
	case AnotherModel:
		return one, two, []string{applicant, "dealer"}
	case FirstMoves:
		alike = holders[1:]
	default:
		alike = holders[:len(holders)-1]
	}
	one, two = evened(t, one, two, p.How == LastMoves)
	return one, two, alike
}

// Prediction opens a private prediction on few made-up rows, with a model that was trained
// on them.
func Prediction(t testing.TB) *engine.Session {
	t.Helper()
	s := Pair{Mode: engine.PrivatePrediction, Standard: true}.scenario(t)
	set, err := data.Twin().Encode()
	if err != nil {
		t.Fatal(err)
	}
	s.Data.Rows = rows(t).Len()
	return predicting(t, s, set, trained(t, s, set), 3)
}

// trained returns the model of central training on the rows.
func trained(t testing.TB, s engine.Scenario, set *data.Set) engine.Weights {
	t.Helper()
	s.Mode = engine.Central
	result, err := opened(t, s, set).Run(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return result.Weights
}

// cloned copies a model.
func cloned(w engine.Weights) (out engine.Weights) {
	for l := range w.W {
		out.W, out.B = append(out.W, w.W[l].Clone().(*tensor.Dense)), append(out.B, w.B[l].Clone().(*tensor.Dense))
	}
	return out
}

// predicting opens a private prediction for a row.
func predicting(t testing.TB, s engine.Scenario, set *data.Set, model engine.Weights, row int) *engine.Session {
	t.Helper()
	d, err := engine.Prepare(s, set)
	if err != nil {
		t.Fatal(err)
	}
	who, err := engine.ApplicantOf(d, row)
	if err != nil {
		t.Fatal(err)
	}
	session, err := engine.NewPrediction(s, d, model, who)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	return session
}

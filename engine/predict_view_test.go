package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"unseen/engine/nn"
	"unseen/engine/trace"
)

// predictionViews answers an applicant and writes what each party sees of it, and what
// eyes would see that see everything, under the empty name.
func predictionViews(t *testing.T, s Scenario, d *Dataset, model Weights, who *Applicant) map[string]string {
	t.Helper()
	views := map[string]*strings.Builder{"": {}, "server": {}, "dealer": {}, who.Name: {}}
	_, err := Predict(s, d, model, who, func(e *trace.Event) {
		for id, b := range views {
			seen := e
			if id != "" {
				if seen = EventAs(e, id); seen == nil {
					continue
				}
			}
			fmt.Fprintln(b, seen.Kind, seen.Path, seen.Party, seen.To, seen.Bytes, seen.Why)
			for _, v := range append(slices.Clone(seen.Inputs), seen.Outputs...) {
				fmt.Fprintln(b, v.Name, v.Form)
				for _, p := range v.Parts {
					fmt.Fprintln(b, p.Party, p.Data.Data())
				}
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for id, b := range views {
		out[id] = b.String()
	}
	return out
}

// Of a prediction server and dealer see the same whatever the applicant's row is, and the
// applicant sees the same of two models that answer her alike. (The shares of holders are
// others; that these look alike is tested on the protocols.) Eyes that see everything tell
// the worlds apart.
func TestPredictionsAreSeenAsParties(t *testing.T) {
	set := table(t, 20)
	s := shares(t, 0)
	s.Network.Hidden = []int{4, 3}
	d := open1(t, s, set).Dataset()
	who, err := ApplicantOf(d, 3)
	if err != nil {
		t.Fatal(err)
	}
	other := *who
	other.Raw = slices.Clone(who.Raw)
	for j := range other.Raw {
		other.Raw[j] = d.Set.X.Float64s()[7*d.Features()+j]
	}
	session := open1(t, s, set)
	model := nn.Clone(session.mode.Weights())
	dead, otherwise := nn.Clone(model), Weights{}
	clear(dead.W[0].Float64s())
	for j := range dead.B[0].Float64s() {
		dead.B[0].Float64s()[j] = -1 // nothing comes through: what the next layer weighs, nobody hears of
	}
	otherwise = nn.Clone(dead)
	for i := range otherwise.W[1].Float64s() {
		otherwise.W[1].Float64s()[i] += 0.25
	}
	for _, c := range []struct {
		what     string
		one, two map[string]string
		alike    []string
	}{
		{"the row is another one", predictionViews(t, s, d, model, who), predictionViews(t, s, d, model, &other), []string{"server", "dealer"}},
		{"the model is another one", predictionViews(t, s, d, dead, who), predictionViews(t, s, d, otherwise, who), []string{who.Name, "dealer"}},
	} {
		if c.one[""] == c.two[""] {
			t.Errorf("%s: the worlds are the same, this test finds nothing", c.what)
		}
		for _, id := range c.alike {
			if c.one[id] == "" || c.one[id] != c.two[id] {
				t.Errorf("%s, and %s can tell", c.what, id)
			}
		}
	}
}

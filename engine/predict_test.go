package engine

import (
	"math"
	"slices"
	"testing"

	"unseen/engine/nn"
	"unseen/engine/trace"
)

// The answer on shares is the plaintext network's, by every way to compute softmax,
// and only the applicant is ever sent it.
func TestPrivatePrediction(t *testing.T) {
	set := table(t, 60)
	s := shares(t, 0)
	s.Network.Hidden = []int{8, 4}
	session := open1(t, s, set)
	result, err := session.Run(background, nil)
	if err != nil {
		t.Fatal(err)
	}
	d := session.Dataset()
	for _, softmax := range Softmaxes() {
		for _, holders := range []int{2, 3, 5} {
			for row := 1; row <= 60; row += 13 {
				s.Shares.Softmax, s.Shares.Holders = softmax, holders
				who, err := ApplicantOf(d, row)
				if err != nil {
					t.Fatal(err)
				}
				told, mine := 0, holders0(s, d, who)
				p, err := Predict(s, d, result.Weights, who, func(e *trace.Event) {
					if e.Kind == trace.Open && e.Name() == "probabilities" {
						told++
						if e.To != who.Name || len(e.Outputs[0].Parts) != 1 {
							t.Errorf("the answer goes to %q", e.To)
						}
					}
					for _, v := range append(slices.Clone(e.Inputs), e.Outputs...) {
						for _, part := range v.Parts {
							if v.Form == trace.Plain && slices.Contains(mine, part.Party) && v.Name != "key of the dealer" && v.Name != "seed of model" && v.Name != "seed of row" {
								t.Errorf("%s has %s in plain", part.Party, v.Name)
							}
						}
					}
				})
				if err != nil {
					t.Fatal(err)
				}
				if math.Abs(p.Probability-p.Plain) > 0.002 || told != 1 {
					t.Errorf("%s, %d holders, row %d: probability %v, in plaintext %v; told %d times", softmax, holders, row, p.Probability, p.Plain, told)
				}
				for j, word := range p.Fixed {
					sum := uint64(0)
					for _, share := range p.Shares {
						sum += share[j]
					}
					if sum != word {
						t.Fatalf("shares of feature %d add up to %d, not %d", j, sum, word)
					}
				}
				if slices.Contains(p.Holders, who.Name) || len(p.Holders) != holders {
					t.Errorf("the holders are %v, the applicant %s", p.Holders, who.Name)
				}
			}
		}
	}
}

func holders0(s Scenario, d *Dataset, who *Applicant) []string {
	ids, _ := holdersOf(s, d, who)
	return ids
}

func TestWrongQuestions(t *testing.T) {
	set := table(t, 30)
	s := shares(t, 0)
	session := open1(t, s, set)
	d := session.Dataset()
	for _, row := range []int{-1, 0, 31} {
		if _, err := ApplicantOf(d, row); err == nil {
			t.Errorf("row %d passes", row)
		}
	}
	who, err := ApplicantOf(d, 1)
	if err != nil {
		t.Fatal(err)
	}
	who.Raw[0] = 1e90
	if _, err := Predict(s, d, session.mode.Weights(), who, nil); err == nil {
		t.Error("a number that does not fit passes")
	}
	if err := CheckModel(d, nn.Zeros([]int{3, 2}), "w.json"); err == nil {
		t.Error("a model of other widths passes")
	}
}

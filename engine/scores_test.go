package engine

import (
	"math"
	"testing"
)

// Scores, ROC and decisions agree with what the run itself measured.
func TestScoresAgreeWithTheMetrics(t *testing.T) {
	for _, mode := range Modes() {
		s, err := Default(mode, "default")
		if err != nil {
			t.Fatal(err)
		}
		s.Seed, s.Fixed, s.Data.Workers, s.Network.Hidden = 4, true, 6, []int{4}
		s.Learning.Epochs, s.Learning.Rounds = 2, 2
		session := open1(t, s, table(t, 80))
		d := session.Dataset()
		result, err := session.Run(background, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := result.Final().Test
		scores := d.Scores(result.Weights, d.Judged())
		fpr, tpr, area := ROC(scores)
		if Decide(scores, 0.5) != want.Confusion {
			t.Errorf("%s: decisions %v, measured %v", mode, Decide(scores, 0.5), want.Confusion)
		}
		if math.Abs(area-want.AUC) > 1e-12 || fpr[0] != 0 || tpr[len(tpr)-1] != 1 {
			t.Errorf("%s: area %v, measured %v", mode, area, want.AUC)
		}
		if all := Decide(scores, 0); all[0][1]+all[1][1] != 0 {
			t.Errorf("%s: a threshold of 0 refuses %v", mode, all)
		}
		losses, err := d.WorkerLosses(s, result.Weights)
		if err != nil {
			t.Fatal(err)
		}
		sum, rows := 0.0, 0
		for _, l := range losses {
			sum, rows = sum+l.Loss*float64(l.Rows), rows+l.Rows
		}
		if got := sum / float64(rows); math.Abs(got-result.Final().Train.Loss) > 1e-9 || rows != len(d.Split.Train) {
			t.Errorf("%s: the workers' losses mean %v, all rows cost %v", mode, got, result.Final().Train.Loss)
		}
	}
	if _, _, area := ROC(nil); !math.IsNaN(area) {
		t.Errorf("no rows have an area of %v", area)
	}
}

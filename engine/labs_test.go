package engine

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"unseen/data"
	"unseen/engine/lab"
	"unseen/engine/nn"
)

// runLab runs a lab on a scenario; set is nil where the lab trains nothing.
func runLab(t testing.TB, name string, isAttack bool, s Scenario, set *data.Set, values LabValues) *LabReport {
	t.Helper()
	l, ok := FindLab(name, isAttack)
	if !ok {
		t.Fatalf("no lab %q", name)
	}
	r, err := l.Run(background, LabRequest{Scenario: s, Set: set, Values: values})
	if err != nil {
		t.Fatal(err)
	}
	if r.Finding == "" {
		t.Errorf("%s says nothing", name)
	}
	return r
}

// fact returns a number of a report; NaN if it is none.
func fact(t testing.TB, r *LabReport, name string) float64 {
	t.Helper()
	for _, f := range r.Facts {
		if f.Name == name {
			switch v := f.Value.(type) {
			case int:
				return float64(v)
			case float64:
				return v
			}
			return math.NaN()
		}
	}
	t.Fatalf("the report has no %q", name)
	return 0
}

func tableNamed(t testing.TB, r *LabReport, name string) lab.Table {
	t.Helper()
	list := tablesNamed(r, name)
	if len(list) == 0 {
		t.Fatalf("the report has no table %q", name)
	}
	return list[0]
}

// tablesNamed lists the tables of that name: one or none.
func tablesNamed(r *LabReport, name string) (list []lab.Table) {
	for _, x := range r.Tables {
		if x.Name == name {
			list = append(list, x)
		}
	}
	return list
}

func stealing(t testing.TB, mode string) Scenario {
	t.Helper()
	s, err := Default(mode, "default")
	if err != nil {
		t.Fatal(err)
	}
	s.Seed, s.Fixed, s.Data.Split = 42, true, 1
	return s
}

// Every row of the real file: from one visit each with seed 42; seed 8 draws weights
// that close the way for most, and the server begins again. So it does with seed 11 and
// squared errors, where the updates are so small that rounding blurs them.
func TestGradientStealsEveryRow(t *testing.T) {
	set := crx(t)
	for _, c := range []struct {
		seed             uint64
		loss             string
		attempts, closed float64 // closed: updates of the first visit that say nothing
	}{{42, "nll", 1, 0}, {8, "nll", 2, 618}, {11, "mse", 2, 0}} {
		seed, attempts := c.seed, c.attempts
		s := stealing(t, Federated)
		s.Seed, s.Learning.Loss = seed, c.loss
		r := runLab(t, "gradient", true, s, set, nil)
		if closed := tablesNamed(r, "closed_ways"); len(closed) > 0 != (c.closed > 0) {
			t.Errorf("seed %d: closed ways are %v", seed, closed)
		} else if c.closed > 0 && (closed[0].Rows[0][0] != 4 || float64(closed[0].Rows[0][1].(int)) != c.closed) {
			t.Errorf("seed %d: the ways close as in %v, want %v in layer 4", seed, closed[0].Rows, c.closed)
		}
		if n := fact(t, r, "recovered"); n != 653 || fact(t, r, "rows") != 653 || fact(t, r, "no_update") != 0 {
			t.Errorf("seed %d: %v rows recovered of 653", seed, n)
		}
		if e := fact(t, r, "max_relative_error"); !(e < 1e-9) {
			t.Errorf("seed %d: the largest relative error is %v", seed, e)
		}
		if n := fact(t, r, "attempts"); n != attempts {
			t.Errorf("seed %d: %v attempts, want %v", seed, n, attempts)
		}
		for i, row := range tableNamed(t, r, "person").Rows {
			if column := set.Table.Columns[i]; column.Kind != data.Numeric && row[1] != row[2] {
				t.Errorf("seed %d, %s: stolen %v, true %v", seed, column.Name, row[1], row[2])
			}
		}
	}
}

// With weights chosen by rehearsal one visit is enough, where the drawn ones close most
// ways.
func TestGradientWithChosenWeights(t *testing.T) {
	s := stealing(t, Federated)
	s.Seed = 8
	r := runLab(t, "gradient", true, s, table(t, 300), LabValues{"initial": "chosen", "attempts": "1"})
	if n := fact(t, r, "recovered"); n != 300 || fact(t, r, "draws") < 1 {
		t.Errorf("%v rows of 300 with weights chosen from %v draws", n, fact(t, r, "draws"))
	}
	w := nn.Glorot(rand.New(rand.NewPCG(1, 1)), nn.Sizes(42, s.Network.Hidden, 2))
	s.Network.Initial = &w
	l, _ := FindLab("gradient", true)
	_, err := l.Run(background, LabRequest{Scenario: s, Set: table(t, 40), Values: LabValues{"initial": "chosen"}})
	var setting *SettingError
	if !errors.As(err, &setting) || setting.Setting != "--initial" {
		t.Errorf("weights that are given and chosen: %v", err)
	}
}

// What fails where: one row falls, large batches do not; the aggregator sees what
// the server of aggregated training does not.
func TestGradientSurvey(t *testing.T) {
	r := runLab(t, "gradient", true, stealing(t, Federated), table(t, 120), LabValues{"survey": "yes"})
	found := map[string]float64{}
	for i, row := range tableNamed(t, r, "survey").Rows {
		a := surveyed()[i]
		found[lab.Text(a)] = row[6].(float64)
	}
	at := func(a against) float64 { return found[lab.Text(a)] }
	for _, c := range []struct {
		a        against
		from, to float64
	}{
		{against{Federated, "server", 1, 1, 1, NoNoise}, 1, 1},
		{against{Federated, "server", 2, 2, 1, NoNoise}, 0.9, 1},
		{against{Federated, "server", 4, 4, 1, NoNoise}, 0.5, 0.95},
		{against{Federated, "server", 32, 32, 1, NoNoise}, 0, 0.05},
		{against{Aggregated, "aggregator", 1, 1, 5, NoNoise}, 1, 1},
		{against{Aggregated, "aggregator", 1, 1, 1, CentralNoise}, 1, 1}, // the noise comes after it
		{against{Aggregated, "aggregator", 1, 1, 1, LocalNoise}, 0, 0},
		{against{Aggregated, "server", 1, 1, 1, NoNoise}, 0, 0},
		{against{SecureAggregation, "server", 1, 1, 1, NoNoise}, 0, 0},
		{against{Encrypted, "server", 1, 32, 1, NoNoise}, 0, 0},
		{against{Encrypted, "holder", 1, 32, 1, NoNoise}, 0, 0},
	} {
		if got := at(c.a); !(got >= c.from && got <= c.to) {
			t.Errorf("%v: %v of the rows found, want %v to %v", c.a, got, c.from, c.to)
		}
	}
}

// All but one colluding: the one row that is left comes out of the average. Two
// workers: what is left is the other's model, as it was sent.
func TestDifferenceFindsTheOneWhoIsLeft(t *testing.T) {
	s := stealing(t, Aggregated)
	r := runLab(t, "difference", true, s, table(t, 120), nil)
	if fact(t, r, "recovered") != 1 || !(fact(t, r, "max_relative_error") < 1e-9) {
		t.Errorf("all but one collude: %v recovered, off by %v", fact(t, r, "recovered"), fact(t, r, "max_relative_error"))
	}
	found := tableNamed(t, r, "by_honest").Rows
	if len(found) != len(honestly) || found[1][3].(int) < 1 || found[4][3].(int) > 2 {
		t.Errorf("by honest workers: %v", found)
	}
	s.Data.Workers = 2
	r = runLab(t, "difference", true, s, table(t, 120), nil)
	if !strings.Contains(r.Finding, "of its 60 rows") {
		t.Errorf("of two workers with 60 rows each: %s", r.Finding)
	}
	if off := fact(t, r, "largest_weight_difference"); !(off < 1e-12) || fact(t, r, "rows") != 60 {
		t.Errorf("of two workers: what is left is off by %v", off)
	}
}

// Secure aggregation hides an update among the honest: where there is one, it does
// not. What is left is right to half a step a worker.
func TestDifferenceAgainstSecureAggregation(t *testing.T) {
	r := runLab(t, "difference", true, stealing(t, SecureAggregation), table(t, 80), nil)
	if off := fact(t, r, "largest_weight_difference"); !(off > 0 && off < 80*math.Exp2(-18)) {
		t.Errorf("what is left is off by %v", off)
	}
	if got := fact(t, r, "recovered"); got != 1 {
		t.Errorf("%v rows recovered, off by %v", got, fact(t, r, "max_relative_error"))
	}
}

func TestCollude(t *testing.T) {
	s := stealing(t, Aggregated)
	servers := func(r *LabReport) {
		t.Helper()
		rows := tableNamed(t, r, "servers").Rows
		if rows[0][2] != 0 || rows[1][2].(int) == 0 || rows[2][2].(int) < rows[1][2].(int) {
			t.Errorf("server, aggregator and both find %v", rows)
		}
	}
	servers(runLab(t, "collude", true, s, table(t, 80), nil))
	set := table(t, 10) // who shares a secret does not look at it
	for parties, possible := range map[string]float64{"1": 16, "1,2": 16, "1,2,3": 1, "dealer": 16, "2,dealer": 1, "": 16} {
		r := runLab(t, "collude", true, s, set, LabValues{"parties": parties})
		if got := fact(t, r, "possible"); got != possible {
			t.Errorf("%q: %v secrets possible, want %v", parties, got, possible)
		}
		counts := r.Bars[0].Counts
		if possible == 1 && counts[11] != 1 {
			t.Errorf("%q: the secret that is left is not 11: %v", parties, counts)
		}
		servers(r)
	}
}

// A model that knows its rows by heart gives them away; noise takes that back.
func TestMembership(t *testing.T) {
	s := stealing(t, Central)
	l, _ := FindLab("membership", true)
	l.Preset(&s)
	s.Network.Hidden, s.Learning.Epochs = []int{20}, 150
	r := runLab(t, "membership", true, s, table(t, 240), LabValues{"models": "3", "shadows": "2", "epsilons": "1", "private-epochs": "5"})
	if auc := fact(t, r, "auc"); !(auc > 0.55) {
		t.Errorf("without privacy: AUC %v", auc)
	}
	if right := max(fact(t, r, "threshold_right"), fact(t, r, "shadow_right")); !(right > 0.54) {
		t.Errorf("without privacy: right %v of the time", right)
	}
	rows := tableNamed(t, r, "runs").Rows
	if len(rows) != 2 || rows[1][0] != 1.0 || rows[1][1] != 5 {
		t.Fatalf("the runs are %v", rows)
	}
	bound, right := rows[1][7].(float64), max(rows[1][5].(float64), rows[1][6].(float64))
	if got := r.Bars[0].Counts; len(got) != 4 || got[1] != 100 || got[3] != 73 || got[2] > got[3] {
		t.Errorf("what is right and what ε allows are drawn as %v", got)
	}
	if !(math.Abs(bound-0.7310) < 1e-3) || !(right < 0.6) {
		t.Errorf("with ε = 1: right %v of the time, bound %v", right, bound)
	}
}

// The noise is that of the way to train; where there is none, the finding says so.
func TestMembershipWithNoiseOfTheMode(t *testing.T) {
	for mode, want := range map[string]int{SecureAggregation: 2, Federated: 1} {
		s := stealing(t, mode)
		s.Data.Workers = 0 // one a row, where the lab has no better idea
		if l, _ := FindLab("membership", true); mode == SecureAggregation {
			if l.Preset(&s); s.Data.Workers != 24 {
				t.Errorf("%d workers", s.Data.Workers)
			}
			s.Data.Workers = 6
		}
		s.Network.Hidden, s.Learning.Epochs, s.Learning.Rounds = []int{4}, 2, 2
		r := runLab(t, "membership", true, s, table(t, 48), LabValues{"models": "1", "shadows": "1", "epsilons": "1", "private-epochs": "2"})
		if rows := tableNamed(t, r, "runs").Rows; len(rows) != want {
			t.Errorf("%s: the runs are %v", mode, rows)
		}
		if says := strings.Contains(r.Finding, "adds no noise"); says != (want == 1) {
			t.Errorf("%s: %s", mode, r.Finding)
		}
	}
}

// Each puzzle shows no more than is to be revealed, and its evidence shows the fault.
func TestFaults(t *testing.T) {
	s, set := stealing(t, Central), table(t, 160)
	s.Data.Split = 0.8
	all := faults()
	reports := map[string]*LabReport{}
	for _, f := range all {
		r := runLab(t, "faults", false, s, set, LabValues{"fault": f.name})
		if len(r.Notes) != 3 || len(r.Tables) == 0 {
			t.Errorf("%s: %d notes and %d tables, want question, hint, fix and the evidence", f.name, len(r.Notes), len(r.Tables))
		}
		reports[f.name] = r
		l, _ := FindLab("faults", false)
		asked, err := l.Run(background, LabRequest{Scenario: s, Set: set, Values: LabValues{"fault": f.name, "reveal": "hint"}})
		if err != nil {
			t.Fatal(err)
		}
		if len(asked.Notes) != 2 || asked.Finding != "" || len(asked.Tables) != 0 || len(asked.Facts) != 0 {
			t.Errorf("%s with a hint gives away %+v", f.name, asked)
		}
	}
	if a, b := fact(t, reports["averages"], "loss_kept"), fact(t, reports["averages"], "loss_thrown_away"); !(a < b-0.005) {
		t.Errorf("averages kept: loss %v, thrown away %v", a, b)
	}
	rounds := tableNamed(t, reports["averages"], "rounds").Rows
	if rounds[0][2] != rounds[4][2] || rounds[0][1] != rounds[0][2] {
		t.Errorf("five rounds thrown away are not worth one: %v", rounds)
	}
	for _, row := range rounds { // in each round the workers' own losses fall, as the question says
		if first, last := row[3].(float64), row[4].(float64); !(last < first-0.05) {
			t.Errorf("the workers' own losses do not fall: %v", row)
		}
	}
	if rows := tableNamed(t, reports["precision"], "precisions").Rows; rows[0][2] != 0 || !(rows[3][3].(float64) > 0.5) {
		t.Errorf("updates that survive: %v", rows)
	}
	if n := fact(t, reports["ten-digits"], "wrong"); n != 5 {
		t.Errorf("%v products are wrong with ten digits, want 5", n)
	}
	for _, row := range tableNamed(t, reports["ten-digits"], "products").Rows {
		if math.Abs(row[5].(float64)-row[2].(float64)) > 1e-2 {
			t.Errorf("with 16 bits in 64: %v", row)
		}
	}
	if by := fact(t, reports["test-rows"], "too_good_by"); !(by > 0.02) {
		t.Errorf("rows that were trained on do better by %v only", by)
	}
	if rows := tableNamed(t, reports["revealed-first"], "ways").Rows; rows[0][3] != true || rows[1][3] != false || rows[1][1] != 0 {
		t.Errorf("who knows the row: %v", rows)
	}
	for _, f := range reports["dropout"].Facts {
		if f.Value != true {
			t.Errorf("dropout: %s is %v", f.Label, f.Value)
		}
	}
}

// Every lab, every puzzle and every step of a puzzle says who the adversary is, or
// that none is needed, and what was seen.
func TestEveryLabSaysWhoLooksAndWhatItSaw(t *testing.T) {
	set := table(t, 60)
	quick := LabValues{"models": "1", "shadows": "1", "epsilons": "", "applicants": "4", "steps": "1", "training-rows": "10", "passes": "2", "rolls": "10", "runs": "100"}
	for _, l := range Labs() {
		s := stealing(t, Central)
		if l.Modes != nil {
			s = stealing(t, l.Modes[0])
		}
		s.Network.Hidden, s.Data.Split = []int{4}, 0.8
		values := []LabValues{{}}
		if l.Name == "faults" {
			values = nil
			for _, f := range faults() {
				for _, reveal := range revealed {
					values = append(values, LabValues{"fault": f.name, "reveal": reveal})
				}
			}
		}
		for _, v := range values {
			for _, c := range l.Controls {
				if text, ok := quick[c.Name]; ok {
					v[c.Name] = text
				}
			}
			r := runLabQuietly(t, l, s, set, v)
			if r.Adversary == "" || len(r.Saw) == 0 || slices.Contains(r.Saw, "") {
				t.Errorf("%s %v: the adversary is %q, it saw %q", l.Name, v, r.Adversary, r.Saw)
			}
		}
	}
}

func runLabQuietly(t testing.TB, l Lab, s Scenario, set *data.Set, v LabValues) *LabReport {
	t.Helper()
	r, err := l.Run(background, LabRequest{Scenario: s, Set: set, Values: v})
	if err != nil {
		t.Fatalf("%s %v: %v", l.Name, v, err)
	}
	return r
}

func TestLabsRefuse(t *testing.T) {
	set := table(t, 40)
	central, federated := stealing(t, Central), stealing(t, Federated)
	for _, c := range []struct {
		name    string
		s       Scenario
		values  LabValues
		setting string
	}{
		{"gradient", central, nil, "--mode"},
		{"gradient", federated, LabValues{"adversary": "aggregator"}, "--adversary"},
		{"gradient", federated, LabValues{"adversary": "nobody"}, "--adversary"},
		{"gradient", federated, LabValues{"attempts": "0"}, "--attempts"},
		{"gradient", federated, LabValues{"row": "41"}, "--row"},
		{"gradient", federated, LabValues{"row": "x"}, "--row"},
		{"gradient", federated, LabValues{"adversary": "holder"}, "--adversary"},
		{"difference", federated, nil, "--mode"},
		{"gradient", stealing(t, SecureAggregation), LabValues{"adversary": "aggregator"}, "--adversary"},
		{"difference", stealing(t, Aggregated), LabValues{"honest": "40"}, "--honest"},
		{"collude", stealing(t, Aggregated), LabValues{"parties": "4"}, "--parties"},
		{"collude", stealing(t, Aggregated), LabValues{"secret": "16"}, "--secret"},
		{"membership", central, LabValues{"epsilons": "3"}, "--epsilons"},
	} {
		l, _ := FindLab(c.name, true)
		_, err := l.Run(background, LabRequest{Scenario: c.s, Set: set, Values: c.values})
		var setting *SettingError
		if !errors.As(err, &setting) || setting.Setting != c.setting {
			t.Errorf("%s with %v in %s: %v, want an error about %s", c.name, c.values, c.s.Mode, err, c.setting)
		}
	}
}

// The progress of a lab says how long the work under way takes yet; where it begins anew
// the clock does, and what was told with a time of its own keeps it.
func TestTheClockOfALab(t *testing.T) {
	at := time.Unix(0, 0)
	var told []Progress
	tell := clocked(func(p Progress) { told = append(told, p) }, func() time.Time { return at })
	for _, p := range []Progress{{Done: 1, Total: 4}, {Done: 2, Total: 4}, {Done: 1, Total: 10}, {Done: 5, Total: 10}, {Done: 6, Total: 10, Elapsed: time.Minute}} {
		at = at.Add(time.Second)
		tell(p)
	}
	for i, left := range []time.Duration{3 * time.Second, 2 * time.Second, 0, time.Second, 40 * time.Second} {
		if got := told[i].Left(); got != left {
			t.Errorf("after %d reports %v are left, not %v", i+1, got, left)
		}
	}
	if clocked(nil, time.Now) != nil {
		t.Error("a clock for nobody")
	}
}

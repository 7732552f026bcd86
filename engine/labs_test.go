package engine

import (
	"errors"
	"math"
	"testing"

	"unseen/data"
	"unseen/data/reference"
	"unseen/engine/lab"
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
	for _, x := range r.Tables {
		if x.Name == name {
			return x
		}
	}
	t.Fatalf("the report has no table %q", name)
	return lab.Table{}
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

// Every row of the real file, from one visit each; seed 1 draws weights that close
// the way for many, and the server begins again.
func TestGradientStealsEveryRow(t *testing.T) {
	table, err := data.Open(reference.CRX(t), data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	set, err := table.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for seed, attempts := range map[uint64]float64{42: 1, 1: 2} {
		s := stealing(t, Federated)
		s.Seed = seed
		r := runLab(t, "gradient", true, s, set, nil)
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

// What fails where: one row falls, large batches do not; the aggregator sees what
// the server of aggregated training does not.
func TestGradientSurvey(t *testing.T) {
	r := runLab(t, "gradient", true, stealing(t, Federated), table(t, 120), LabValues{"survey": "yes"})
	found := map[string]float64{}
	for i, row := range tableNamed(t, r, "survey").Rows {
		a := surveyed()[i]
		found[lab.Text(a)] = row[5].(float64)
	}
	at := func(a against) float64 { return found[lab.Text(a)] }
	for _, c := range []struct {
		a        against
		from, to float64
	}{
		{against{Federated, "server", 1, 1, 1}, 1, 1},
		{against{Federated, "server", 2, 2, 1}, 0.9, 1},
		{against{Federated, "server", 4, 4, 1}, 0.5, 0.95},
		{against{Federated, "server", 32, 32, 1}, 0, 0.05},
		{against{Aggregated, "aggregator", 1, 1, 5}, 1, 1},
		{against{Aggregated, "server", 1, 1, 1}, 0, 0},
	} {
		if got := at(c.a); !(got >= c.from && got <= c.to) {
			t.Errorf("%v: %v of the rows found, want %v to %v", c.a, got, c.from, c.to)
		}
	}
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
	} {
		l, _ := FindLab(c.name, true)
		_, err := l.Run(background, LabRequest{Scenario: c.s, Set: set, Values: c.values})
		var setting *SettingError
		if !errors.As(err, &setting) || setting.Setting != c.setting {
			t.Errorf("%s with %v in %s: %v, want an error about %s", c.name, c.values, c.s.Mode, err, c.setting)
		}
	}
}

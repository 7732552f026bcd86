package engine

import (
	"errors"
	"strings"
	"testing"
)

func TestCompare(t *testing.T) {
	set := table(t, 30)
	var scenarios []Scenario
	for _, mode := range Modes() {
		scenarios = append(scenarios, fleet(t, mode, 0))
	}
	seen := make([]int, len(scenarios))
	c, err := Compare(background, scenarios, set, func(run int, p Progress) { seen[run]++ })
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range c.Runs {
		if r.Scenario.Mode != Modes()[i] || r.Result == nil || seen[i] == 0 || r.SecondsPerPass() <= 0 {
			t.Errorf("run %d: %+v after %d reports", i, r.Scenario.Mode, seen[i])
		}
		if r.Result.History.Epochs[0].Train != c.Runs[0].Result.History.Epochs[0].Train {
			t.Errorf("%s began with another model", r.Scenario.Mode)
		}
		if d := c.WeightDifference(i); (d == 0) != (i == 0) {
			t.Errorf("%s differs from %s by %v", r.Scenario.Mode, c.Runs[0].Scenario.Mode, d)
		}
	}
	for i, r := range c.Runs {
		if c.WeightDifferenceAt(i, 0) != 0 || i > 0 && c.WeightDifferenceAt(i, 1) == 0 && r.After(1) > 0 {
			t.Errorf("%s differs by %v before training, by %v after a pass", r.Scenario.Mode, c.WeightDifferenceAt(i, 0), c.WeightDifferenceAt(i, 1))
		}
		if end, at := c.WeightDifference(i), c.WeightDifferenceAt(i, c.Longest()); end != at {
			t.Errorf("%s differs by %v at the end, by %v after the last pass", r.Scenario.Mode, end, at)
		}
	}
	if p := c.Runs[2].Passes(); p != 4 {
		t.Errorf("2 server rounds of 2 local epochs are %d passes", p)
	}
}

func TestCompareRefuses(t *testing.T) {
	set := table(t, 30)
	a, b := fleet(t, Central, 0), fleet(t, Federated, 0)
	b.Seed++
	if _, err := Compare(background, []Scenario{a, b}, set, nil); err == nil || !strings.Contains(err.Error(), "same rows") {
		t.Errorf("other seeds: %v", err)
	}
	b.Seed, b.Learning.Rate = a.Seed, 0
	var setting *SettingError
	if _, err := Compare(background, []Scenario{a, b}, set, nil); !errors.As(err, &setting) || !strings.HasPrefix(err.Error(), "federated: --lr") {
		t.Errorf("a bad setting: %v", err)
	}
}

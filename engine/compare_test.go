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
	var told []*Comparison
	c, err := Compare(background, scenarios, set, func(c *Comparison, p Progress) {
		seen[len(c.Runs)-1]++
		if len(told) == 0 || told[len(told)-1] != c {
			told = append(told, c)
		}
	})
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
	for _, so := range told {
		for i, r := range so.Runs {
			if last := i == len(so.Runs)-1; r.Going != last || !last && r.Result != c.Runs[i].Result {
				t.Errorf("of %d runs, run %d is under way: %v", len(so.Runs), i, r.Going)
			}
			n, all := len(r.Result.History.Epochs), c.Runs[i]
			if at := r.Passes(); n == 0 || so.WeightDifferenceAt(i, at) != c.WeightDifferenceAt(i, at) || r.BytesAfter(at) > all.BytesAfter(at) {
				t.Errorf("%s under way after %d passes is not the run that it became", r.Scenario.Mode, at)
			}
		}
	}
	if len(told) < 2*len(scenarios) {
		t.Errorf("only %d states of the comparison were told", len(told))
	}
	for _, r := range c.Runs {
		if r.Going || r.BytesAfter(r.Passes()) != r.Result.Cost.Bytes || r.BytesAfter(0) > r.BytesAfter(1) {
			t.Errorf("%s sent %d bytes, after its last pass it says %d", r.Scenario.Mode, r.Result.Cost.Bytes, r.BytesAfter(r.Passes()))
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

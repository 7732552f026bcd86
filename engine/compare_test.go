package engine

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestCompare(t *testing.T) {
	set := table(t, 30)
	var scenarios []Scenario
	for _, mode := range Modes() {
		scenarios = append(scenarios, fleet(t, mode, 0))
	}
	seen := make([]int, len(scenarios))
	var told []*Comparison
	over := 0
	c, err := Compare(background, scenarios, set, func(c *Comparison, p Course) {
		seen[p.Now]++
		if done := len(c.Runs) - going(c); p.Over != done || done < over {
			t.Errorf("%d runs are over after %d, it says %d", done, over, p.Over)
		}
		over = p.Over
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
			if !r.Going && (r.Result != c.Runs[i].Result || len(r.Sights) == 0) {
				t.Errorf("%s is over and not what it was in the end", r.Scenario.Mode)
			}
			n, all := len(r.Result.History.Epochs), c.Runs[i]
			at := r.Passes()
			if n == 0 || r.BytesAfter(at) > all.BytesAfter(at) {
				t.Errorf("%s under way after %d passes is not the run that it became", r.Scenario.Mode, at)
			}
			apart, behind := so.WeightDifferenceAt(i, at), so.Runs[0].Going && so.Runs[0].Passes() < at
			if behind != math.IsNaN(apart) || !behind && apart != c.WeightDifferenceAt(i, at) {
				t.Errorf("%s under way after %d passes is %v apart from %s, which has %d", r.Scenario.Mode, at, apart, so.Runs[0].Scenario.Mode, so.Runs[0].Passes())
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

// going counts the runs that are under way.
func going(c *Comparison) (n int) {
	for _, r := range c.Runs {
		if r.Going {
			n++
		}
	}
	return n
}

// A run of a comparison rests while others compute, and is the run that it is alone: the
// same weights, metrics, messages and opened losses.
func TestARunOfAComparisonIsTheRunAlone(t *testing.T) {
	set := table(t, 30)
	var scenarios []Scenario
	for _, mode := range Modes() {
		scenarios = append(scenarios, fleet(t, mode, 0))
	}
	c, err := Compare(background, scenarios, set, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range scenarios {
		session, err := New(s, set)
		if err != nil {
			t.Fatal(err)
		}
		alone, err := session.Run(background, nil)
		if err != nil {
			t.Fatal(err)
		}
		among := *c.Runs[i].Result
		for _, r := range []*Result{alone, &among} { // but for the times; of the weights the digest is compared
			r.Seconds = 0
			r.History.Epochs = slices.Clone(r.History.Epochs)
			for k := range r.History.Epochs {
				r.History.Epochs[k].Seconds = 0
			}
		}
		if diff := cmp.Diff(*alone, among, cmpopts.EquateNaNs(), cmpopts.IgnoreFields(Result{}, "Weights")); diff != "" {
			t.Errorf("%s among others is not what it is alone:\n%s", s.Mode, diff)
		}
		session.Close()
	}
}

// While a run rests its clock does: what it took of its own time, and each of its epochs,
// does not grow by what others took.
func TestARestIsNotComputing(t *testing.T) {
	session, err := New(fleet(t, Central, 0), table(t, 30))
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	run := newCourse(background, session)
	defer run.stop()
	const rest = 50 * time.Millisecond
	rests := 0
	for run.advance(); !run.over; run.advance() {
		time.Sleep(rest)
		rests++
	}
	if run.err != nil {
		t.Fatal(run.err)
	}
	slept := time.Duration(rests) * rest
	if rests < 4 || run.progress.Elapsed > slept/2 || run.result.Seconds > slept.Seconds()/2 {
		t.Errorf("with %v of rests it computed for %v, %v s of them training", slept, run.progress.Elapsed, run.result.Seconds)
	}
	for _, e := range run.result.History.Epochs {
		if e.Seconds > slept.Seconds()/2 {
			t.Errorf("epoch %d took %v s", e.Epoch, e.Seconds)
		}
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

package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"unseen/engine"
)

// compared is a part of compare's document.
type compared struct {
	Runs []struct {
		trained
		Cost struct {
			Bytes    int64
			PerParty map[string]int64 `json:"bytes_per_party"`
		}
	}
	Difference map[string]*float64 `json:"largest_weight_difference"`
}

func compare(t *testing.T, args ...string) compared {
	t.Helper()
	a := do(append([]string{"compare", "--format", "json"}, args...)...)
	if a.status != 0 {
		t.Fatal(a.err)
	}
	var d compared
	if err := json.Unmarshal([]byte(a.out), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestCompareJSON(t *testing.T) {
	path := small(t)
	run := fmt.Sprintf(trainShape, "number", "number", "", "server:number", "")
	sight := func(mode, received string) string {
		return mode + ":[{party:string rows_seen:number rows_own:number rows:number received:[" + received + "]}]"
	}
	wantShape(t, must(t, "compare", "--data", path, "--hidden", "4", "--rows", "16", "--modes", "central,federated,aggregated,secure-aggregation", "--format", "json"),
		"{runs:["+run+"] largest_weight_difference:{federated:number aggregated:number secure-aggregation:number} largest_weight_difference_by_pass:{federated:[number] aggregated:[number] secure-aggregation:[number]} who_sees_what:{"+
			sight("central", "")+" "+sight("federated", "string")+" "+sight("aggregated", "string")+" "+sight("secure-aggregation", "string")+"}}")
}

func TestCompareIsTrainingSideBySide(t *testing.T) {
	path := small(t)
	args := []string{"--data", path, "--seed", "5", "--workers", "6", "--lr", "0.05"}
	d := compare(t, args...)
	if len(d.Runs) != len(engine.Modes()) || len(d.Difference) != len(engine.Modes())-1 {
		t.Fatalf("there are %d runs and %v", len(d.Runs), d.Difference)
	}
	for i, mode := range engine.Modes() {
		run := d.Runs[i]
		a := do(append(append([]string{"train", "--mode", mode, "--format", "json"}, args...), "--workers", "6")...)
		var alone trained
		if err := json.Unmarshal([]byte(a.out), &alone); err != nil {
			t.Fatal(err, a.err)
		}
		if run.Mode != mode || run.Weights != alone.Weights || fmt.Sprint(run.Settings) != fmt.Sprint(alone.Settings) {
			t.Errorf("%s gave %v with %v alone and %v with %v here", mode, alone.Weights, alone.Settings, run.Weights, run.Settings)
		}
		if run.Settings["lr"] != 0.05 {
			t.Errorf("%s: a flag that was given is not in force: %v", mode, run.Settings)
		}
		sum := int64(0)
		for _, n := range run.Cost.PerParty {
			sum += n
		}
		if sum != run.Cost.Bytes {
			t.Errorf("%s: the parties sent %v, in all %d", mode, run.Cost.PerParty, run.Cost.Bytes)
		}
		if difference, ok := d.Difference[mode]; ok == (i == 0) || ok && !(*difference > 0) {
			t.Errorf("%s differs by %v", mode, d.Difference)
		}
	}
	if d.Runs[0].Settings["epochs"] != 10.0 || d.Runs[1].Settings["epochs"] != 5.0 {
		t.Error("the recipe's own defaults are not in force")
	}
}

func TestCompareBeginsWithTheSameWeights(t *testing.T) {
	path, file := small(t), t.TempDir()+"/w.json"
	must(t, "train", "--data", path, "--epochs", "1", "--hidden", "3", "--weights", file)
	d := compare(t, "--data", path, "--hidden", "3", "--init-weights", file, "--lr", "1e-300", "--rounds", "1", "--epochs", "1")
	for mode, difference := range d.Difference {
		if least := map[bool]float64{false: 1e-12, true: 1.0 / (1 << 16)}[mode == "encrypted"]; *difference > least { // shares have 16 fraction bits
			t.Errorf("%s went %v away without learning", mode, *difference)
		}
	}
	if d.Runs[1].Settings["init-weights"] != file {
		t.Errorf("the settings are %v", d.Runs[1].Settings)
	}
}

func TestCompareShowsOneBarOfAllRuns(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	screen := &canceller{at: "left", cancel: cancel}
	a := world(ctx, func(s *Streams) { s.ErrTerminal, s.Err = true, screen },
		"compare", "--data", small(t), "--modes", "central,federated", "--epochs", "100000")
	if a.status != 130 || a.out != "" || !strings.HasPrefix(screen.String(), "\r0 of 2 done, ") || !strings.HasSuffix(screen.String(), "left\x1b[K\r\x1b[Kunseen: stopped\n") {
		t.Errorf("status %d, the bar was %.200q", a.status, screen.String())
	}
}

// The bar says which run computes and how many are over; before their pace is known it
// says no more, and no run begins it anew.
func TestBarOfAComparison(t *testing.T) {
	var screen bytes.Buffer
	began := 0
	a := &app{Streams: Streams{Err: &screen, ErrTerminal: true}}
	central, federated := engine.Scenario{Mode: engine.Central}, engine.Scenario{Mode: engine.Federated}
	central.Learning.Epochs, federated.Learning.Epochs = 4, 7
	r := &reporter{app: a, scenarios: []engine.Scenario{central, federated}, begin: func() { began++ }}
	run := func(s engine.Scenario, epochs int, going bool) engine.Run {
		return engine.Run{Scenario: s, Going: going, Result: &engine.Result{History: engine.History{Epochs: make([]engine.EpochMetrics, epochs)}}}
	}
	at := time.Unix(0, 0)
	show := func(c *engine.Comparison, course engine.Course) string {
		screen.Reset()
		at = at.Add(time.Second)
		r.update(c, course)
		if bar := r.bar; bar.now == nil || bar.began.After(at) {
			t.Fatal("there is no bar")
		}
		return screen.String()
	}
	both := &engine.Comparison{Runs: []engine.Run{run(central, 1, true), run(federated, 2, true)}}
	r.update(both, engine.Course{})
	r.bar.began, r.bar.now = at, func() time.Time { return at }
	first := r.bar
	for _, c := range []struct {
		course engine.Course
		runs   []engine.Run
		want   string
	}{
		{engine.Course{Now: 0}, both.Runs, "\r0 of 2 done, central: epoch 1 of 4\x1b[K"},
		{engine.Course{Now: 1, Progress: engine.Progress{Done: 100, Total: 1000, Elapsed: time.Second, Expected: 10 * time.Second}}, both.Runs,
			"\r0 of 2 done, federated: epoch 2 of 7 ━━━┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄  10 % · 9.0 s left\x1b[K"},
		{engine.Course{Now: 0, Over: 1, Progress: engine.Progress{Done: 500, Total: 1000, Elapsed: 5 * time.Second, Expected: 10 * time.Second}},
			[]engine.Run{run(central, 5, false), run(federated, 2, true)}, "\r1 of 2 done, central ━━━━━━━━━━━━━━━┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄  50 % · 5.0 s left\x1b[K"},
	} {
		if got := show(&engine.Comparison{Runs: c.runs}, c.course); got != c.want {
			t.Errorf("the bar is %q, want %q", got, c.want)
		}
	}
	if began != 1 || r.bar != first {
		t.Errorf("%d beginnings, another bar: %v", began, r.bar != first)
	}
}

func TestInterruptedComparison(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	note := &canceller{at: "note", cancel: cancel}
	a := world(ctx, func(s *Streams) { s.Err = note },
		"compare", "--data", small(t), "--epochs", "100000", "--rounds", "100000", "--plot", t.TempDir()+"/curves.png")
	if a.status != 130 || a.out != "" {
		t.Errorf("status %d, %q", a.status, a.out)
	}
}

// canceller ends a run when something is written.
type canceller struct {
	bytes.Buffer
	at     string
	cancel func()
}

func (c *canceller) Write(p []byte) (int, error) {
	if strings.Contains(string(p), c.at) {
		c.cancel()
	}
	return c.Buffer.Write(p)
}

// asked is the request of words to a command with the flags of a run.
func asked(t *testing.T, words ...string) *request {
	t.Helper()
	a := &app{}
	c := &cobra.Command{Use: "any"}
	r := a.runFlags(c)
	if err := c.ParseFlags(words); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestScenarioOfAnotherMode(t *testing.T) {
	r, err := asked(t, "--data", small(t), "--lr", "0.03", "--workers", "4", "--recipe", "notebook").resolve()
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.another(engine.Aggregated)
	if err != nil {
		t.Fatal(err)
	}
	if s.Mode != engine.Aggregated || s.Seed != r.scenario.Seed || s.Learning.Rate != 0.03 || s.Data.Workers != 4 || s.Learning.Loss != "mse" || r.scenario.Learning.Loss != "nll" {
		t.Errorf("the scenario is %+v", s)
	}
	if _, err := r.another("magic"); err == nil {
		t.Error("a mode that nobody knows has a scenario")
	}
}

func TestDirect(t *testing.T) {
	for words, want := range map[string]bool{
		"": false, "--format text": false, "--plot a.png": false, "--data twin": true, "--mode central": true, "--seed 1": true, "--skew A2": true,
	} {
		if got := asked(t, strings.Fields(words)...).direct(); got != want {
			t.Errorf("%q is direct: %v", words, got)
		}
	}
}

func TestNumbersForPeople(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 bytes", 1: "1 byte", 999: "999 bytes", 1000: "1,000 bytes (1.00 kB)", 17496: "17,496 bytes (17.5 kB)",
		999_600: "999,600 bytes (1.00 MB)", 91_679_904: "91,679,904 bytes (91.7 MB)", 731_683_584: "731,683,584 bytes (732 MB)",
		math.MaxInt64: "9,223,372,036,854,775,807 bytes (9.22 EB)",
	} {
		if got := bytesText(n); got != want {
			t.Errorf("%d bytes are %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int64]string{-1: "-1", -1234: "-1,234", -123456: "-123,456", 1234567: "1,234,567"} {
		if got := grouped(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
	if inUnits(999) != "999 B" || inUnits(0) != "0 B" {
		t.Error("bytes have a larger unit")
	}
}

func TestWrap(t *testing.T) {
	if got := wrap("one  two three fourteen 5", 9); got != "one two\nthree\nfourteen\n5" {
		t.Errorf("the text is %q", got)
	}
}

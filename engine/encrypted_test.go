package engine

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"unseen/data"
	"unseen/engine/encrypted"
	"unseen/engine/nn"
	"unseen/engine/ring"
	"unseen/engine/trace"
)

// shares is a small scenario on secret shares.
func shares(t testing.TB, workers int) Scenario {
	s := fleet(t, Encrypted, workers)
	s.Learning.Batch = 7
	return s
}

// The number of events that a run announces is the number it has, whatever is
// computed on shares and by how many; going back gives what there was.
func TestEncryptedStepsAndSeeks(t *testing.T) {
	set := table(t, 30)
	for i, change := range []func(*Scenario){
		func(s *Scenario) {},
		func(s *Scenario) { s.Data.Normalize, s.Shares.Holders = "range", 2 },
		func(s *Scenario) { s.Data.Normalize, s.Data.Workers = "none", 3 },
		func(s *Scenario) { s.Learning.Loss, s.Shares.Holders, s.Data.Workers = "mse", 5, 7 },
		func(s *Scenario) { s.Shares.Softmax, s.Learning.Dropout = "fourier", 0.2 },
		func(s *Scenario) { s.Shares.Truncation, s.Shares.Holders = "local", 2 },
		func(s *Scenario) { s.Shares.Truncation, s.Shares.RevealLoss = "exact", false },
	} {
		s := shares(t, 0)
		change(&s)
		session := open1(t, s, set)
		digests := map[int]trace.Digest{}
		err := session.Each(background, func(e *trace.Event) bool { digests[session.step] = session.digest; return true })
		if err != nil {
			t.Fatalf("%d: %v", i, err)
		}
		if session.step != session.total || len(digests) != session.total {
			t.Errorf("%d: %d events, announced %d", i, len(digests), session.total)
		}
		for _, step := range []int{session.total - 1, session.total / 2, session.total / 3, 1} {
			if err := session.Seek(background, step); err != nil {
				t.Fatal(err)
			}
			if session.digest != digests[step] {
				t.Errorf("%d: step %d differs on the way back", i, step)
			}
		}
	}
}

// No holder, nor the dealer, nor the server ever has in memory what it must not
// know: holders have shares and what was opened, the dealer no data at all.
func TestMemoriesOfHolders(t *testing.T) {
	session := open1(t, shares(t, 0), table(t, 30))
	splits := map[bool]int{} // rows that are being split, and what they are split into
	defer func() {
		if splits[true] == 0 || splits[false] == 0 {
			t.Errorf("nobody was seen to split rows: %v", splits)
		}
	}()
	for session.step < session.total {
		if err := session.Next(background, trace.Round); err != nil {
			t.Fatal(err)
		}
		for _, p := range session.mode.Parties() {
			for _, o := range p.Store.Image(nil).Objects {
				own := o.Name == "raw" || o.Name == "Y" && o.Data.Dtype().String() == "float64" || strings.HasPrefix(o.Name, "key of") || strings.HasPrefix(o.Name, "seed of") || o.Name == "rows"
				if split := o.Name == encrypted.OwnRow || strings.HasPrefix(o.Name, encrypted.SeedFor) || strings.HasPrefix(o.Name, encrypted.ShareFor); split {
					raw, has := p.Store.Get("raw")
					if !has || !strings.HasPrefix(o.Name, encrypted.SeedFor) && raw.Data.Shape()[0] != o.Data.Shape()[0] {
						t.Fatalf("step %d: %s has %s, which is not of its own rows", session.step, p.ID, o.Name)
					}
					splits[o.Name == encrypted.OwnRow]++
					if session.mode.Where()[0].Name != "setup" {
						t.Fatalf("step %d: %s still has %s", session.step, p.ID, o.Name)
					}
					continue
				}
				if o.Name == encrypted.OwnLabels { // as many as it has rows, and no more
					raw, has := p.Store.Get("raw")
					own = has && raw.Data.Shape()[0] == o.Data.Shape()[0]
				}
				switch {
				case p.Role == "dealer" && o.Form != trace.Plain, p.Role == "dealer" && strings.Contains(o.Name, "row"):
					t.Fatalf("step %d: the dealer has %s", session.step, o.Name)
				case p.Role == "holder" && o.Form == trace.Plain && !own:
					t.Fatalf("step %d: %s has %s in plain", session.step, p.ID, o.Name)
				case p.Role == "worker" && o.Name != "raw" && o.Name != "Y":
					t.Fatalf("step %d: %s has %s", session.step, p.ID, o.Name)
				}
			}
		}
	}
}

// One step from the same weights is the float step, nearly: (a) of parity, on rows of the
// twin and on real ones.
func TestEncryptedStepEqualsFloat(t *testing.T) {
	t.Run("twin", func(t *testing.T) { stepsEqualFloat(t, table(t, 200)) })
	t.Run("crx", func(t *testing.T) { stepsEqualFloat(t, crx(t)) })
}

func stepsEqualFloat(t *testing.T, set *data.Set) {
	steps, near, worst := 0, 0, 0.0
	for _, loss := range []string{"nll", "mse"} {
		for _, holders := range []int{2, 3, 5} {
			s, err := Default(Encrypted, "default")
			if err != nil {
				t.Fatal(err)
			}
			s.Seed, s.Fixed, s.Learning.Loss, s.Learning.Epochs, s.Shares.Holders, s.Shares.Twin = 42, true, loss, 2, holders, true
			s.Learning.Rate = 0.25
			session := open1(t, s, set)
			if _, err := session.Run(background, nil); err != nil {
				t.Fatal(err)
			}
			for _, step := range session.mode.(*encrypted.Encrypted).TwinSteps() {
				steps++
				worst = max(worst, step)
				if step <= math.Ldexp(1, -11) {
					near++
				}
			}
		}
	}
	t.Logf("%d of %d steps within 2^-11, the worst is 2^%.1f", near, steps, math.Log2(worst))
	if worst > math.Ldexp(1, -8) || float64(near) < 0.99*float64(steps) {
		t.Errorf("%d of %d steps within 2^-11, the worst is off by %g", near, steps, worst)
	}
}

// After one epoch the loss is that of central training: (b) of parity.
func TestEncryptedEpochEqualsCentral(t *testing.T) {
	set := table(t, 653)
	for i, loss := range []string{"nll", "mse", "nll"} {
		holders := parityHolders[i]
		if racing && holders > 2 {
			continue
		}
		for _, rate := range []float64{0.1, 0.25} {
			seed := uint64(i + 1)
			float, shared := trainedAs(t, set, Central, loss, 2, seed, rate, 1), trainedAs(t, set, Encrypted, loss, holders, seed, rate, 1)
			if d := math.Abs(shared[1].Train.Loss - float[1].Train.Loss); d > 0.005 {
				t.Errorf("%s, %d holders, rate %v: train loss differs by %v", loss, holders, rate, d)
			}
		}
	}
}

// What a whole training step costs, dealer included.
func TestCostOfATrainingStep(t *testing.T) {
	set := table(t, 653)
	for _, c := range []struct {
		softmax   string
		holders   int
		rounds    int64
		kilobytes int64
	}{{"exp", 3, 100, 450}, {"exp", 2, 100, 300}, {"fourier", 3, 50, 450}, {"fourier", 2, 50, 300}} {
		s, err := Default(Encrypted, "default")
		if err != nil {
			t.Fatal(err)
		}
		s.Seed, s.Fixed, s.Learning.Epochs, s.Shares.Softmax, s.Shares.Holders = 1, true, 1, c.softmax, c.holders
		session := open1(t, s, set)
		for range 2 { // the end of setting up, and of the first batch
			if err := session.Next(background, trace.Batch); err != nil {
				t.Fatal(err)
			}
		}
		before := session.mode.Cost()
		if err := session.Next(background, trace.Batch); err != nil {
			t.Fatal(err)
		}
		after := session.mode.Cost()
		rounds := after.Rounds - before.Rounds
		var most int64
		for id, n := range after.Sent {
			if id != "dealer" {
				most = max(most, n-before.Sent[id])
			}
		}
		t.Logf("%s, %d holders: %d rounds, %d bytes a holder, %d by the dealer", c.softmax, c.holders, rounds, most, after.Sent["dealer"]-before.Sent["dealer"])
		if rounds > c.rounds || most > 1000*c.kilobytes {
			t.Errorf("%s, %d holders: %d rounds and %d bytes a holder, want at most %d and %d kB", c.softmax, c.holders, rounds, most, c.rounds, c.kilobytes)
		}
	}
}

// A learning rate that explodes is stopped by the watcher, who says where; a
// precision that cannot work is refused; never does a number silently become none.
func TestOverflowIsNamed(t *testing.T) {
	set := table(t, 60)
	s := shares(t, 0)
	s.Learning.Rate, s.Learning.Batch, s.Learning.Epochs, s.Network.Hidden = 50, 16, 20, []int{8, 6}
	for _, twin := range []bool{false, true} {
		s.Shares.Twin = twin
		_, err := open1(t, s, set).Run(background, nil)
		var failed *RunError
		var out *ring.OverflowError
		var wrapped *encrypted.WrapError
		if !errors.As(err, &failed) || !errors.As(err, &out) && !errors.As(err, &wrapped) {
			t.Fatalf("a rate of 50 ends with %v", err)
		}
		for _, level := range []string{"epoch ", "batch ", "layer ", "forward"} {
			if !strings.Contains(err.Error(), level) {
				t.Errorf("the error does not name %s: %v", level, err)
			}
		}
	}
	refused := map[string]func(s *Scenario){
		"--truncation":    func(s *Scenario) { s.Shares.Truncation = "local" },
		"--fraction-bits": func(s *Scenario) { s.Data.Normalize, s.Shares.Fraction = "none", 24 },
		"--lr":            func(s *Scenario) { s.Learning.Rate = 1e9 },
		"--holders":       func(s *Scenario) { s.Data.Workers = 2 },
	}
	for setting, change := range refused {
		s := shares(t, 0)
		change(&s)
		_, err := New(s, set)
		var wrong *SettingError
		if !errors.As(err, &wrong) || wrong.Setting != setting {
			t.Errorf("%s: %v", setting, err)
		}
	}
}

// The twin finds small differences in every operation, and all operations.
func TestTwinComparesEveryOperation(t *testing.T) {
	s := shares(t, 0)
	s.Shares.Twin = true
	session := open1(t, s, table(t, 30))
	if _, err := session.Run(background, nil); err != nil {
		t.Fatal(err)
	}
	operations := map[string]bool{}
	for _, d := range session.Shares().Twin {
		operations[d.Operation] = true
		if d.Largest > 0.01 || math.IsNaN(d.Largest) {
			t.Errorf("%s %s differs by %v", d.Operation, d.Value, d.Largest)
		}
	}
	for _, want := range []string{"matmul", "bias", "relu", "softmax", "nll", "gradient", "sum", "sgd"} {
		if !operations[want] {
			t.Errorf("%s was not compared", want)
		}
	}
}

// Sums that were opened give means and deviations as the rows do.
func TestStandardisedRowsAreStandard(t *testing.T) {
	session := open1(t, shares(t, 0), table(t, 200))
	if err := session.SeekEpoch(background, 0); err != nil {
		t.Fatal(err)
	}
	var sum []uint64
	bits := 0
	for _, p := range session.mode.Parties() {
		if o, ok := p.Store.Get("X"); ok && p.Role == "holder" {
			if sum == nil {
				sum, bits = make([]uint64, o.Data.Size()), o.Fraction
			}
			for i, v := range o.Data.Uint64s() {
				sum[i] += v
			}
		}
	}
	d := session.Dataset()
	x, _ := d.take(d.Split.Train)
	worst := 0.0
	for i, want := range data.Standard(x, seq(len(d.Split.Train))).Apply(x).Float64s() {
		worst = max(worst, math.Abs(want-(ring.Fixed{Bits: bits}).Decode(sum[i])))
	}
	if worst > math.Ldexp(1, -12) {
		t.Errorf("scaled rows differ by %g from those scaled in plaintext", worst)
	}
}

func seq(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// The model that the server is sent in the end is the one the shares stand for.
func TestServerGetsTheModel(t *testing.T) {
	session := open1(t, shares(t, 0), table(t, 30))
	if err := session.Seek(background, session.total); err != nil {
		t.Fatal(err)
	}
	want := session.mode.Weights()
	server := session.mode.Parties()[0]
	for l := range want.W {
		got := server.Store.Need(server.ID, fmt.Sprint("w", l+1)).Float64s()
		for i, w := range want.W[l].Float64s() {
			if got[i] != w {
				t.Fatalf("w%d[%d] is %v, the shares stand for %v", l+1, i, got[i], w)
			}
		}
	}
	if nn.SHA256(want) == "" {
		t.Error("no weights")
	}
}

// Rates of any size train, or leave the weights as they are: none is a mistake of
// the program.
func TestSmallRates(t *testing.T) {
	set := table(t, 40)
	for _, rate := range []float64{1e-3, 1e-5, 1e-8, 1e-9, 1e-12, 1e-300} {
		for _, bits := range []int{4, 16, 24} {
			s := shares(t, 0)
			s.Learning.Rate, s.Learning.Epochs, s.Shares.Fraction, s.Shares.Twin = rate, 1, bits, bits > 8
			session := open1(t, s, set)
			before := session.mode.Weights()
			result, err := session.Run(background, nil)
			if err != nil {
				t.Fatalf("rate %g, %d bits: %v", rate, bits, err)
			}
			for l := range before.W {
				for i, w := range before.W[l].Float64s() {
					if d := math.Abs(result.Weights.W[l].Float64s()[i] - w); d > 10*rate*40+8*math.Ldexp(1, -bits) {
						t.Fatalf("rate %g, %d bits: a weight moved by %g", rate, bits, d)
					}
				}
			}
		}
	}
}

package engine

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"unseen/engine/trace"
)

// The operations that can be waited for are those that the run reports, with every setting
// on which they depend.
func TestOperationsAreThoseThatAreMet(t *testing.T) {
	private := func(how string) func(*Scenario) {
		return func(s *Scenario) {
			s.Privacy.DP, s.Privacy.Clip, s.Privacy.Noise, s.Privacy.Delta = how, 1, 1, 1e-5
		}
	}
	changes := []func(*Scenario){
		func(*Scenario) {},
		func(s *Scenario) { s.Learning.Loss = "mse" },
		func(s *Scenario) { s.Learning.Dropout = 0.2 },
		func(s *Scenario) { s.Learning.Dropout, s.Network.Hidden = 0.2, nil },
		func(s *Scenario) { s.Data.Normalize = "range" },
		func(s *Scenario) { s.Secure.How = "committee" },
		private("central"), private("local"), private("distributed"),
	}
	for _, loss := range []string{"nll", "mse"} {
		for _, softmax := range []string{"exp", "fourier"} {
			for _, truncation := range []string{"dealer", "local", "exact"} {
				for k := range 8 {
					changes = append(changes, func(s *Scenario) {
						if s.Mode != Encrypted {
							s.Mode = "" // not of interest, and refused
						}
						s.Learning.Loss, s.Shares.Softmax, s.Shares.Truncation, s.Shares.Holders = loss, softmax, truncation, 2
						s.Shares.RevealLoss = k&1 == 0
						if k&2 == 0 {
							s.Network.Hidden = nil
						}
						if k&4 == 0 {
							s.Data.Normalize = "none"
						}
					})
				}
			}
		}
	}
	never := []string{"abort"} // only a round that fails has it
	set := table(t, 10)
	for _, mode := range Modes() {
		runs := 0
		for i, change := range changes {
			s, err := Default(mode, "default")
			if err != nil {
				t.Fatal(err)
			}
			s.Seed, s.Fixed, s.Network.Hidden = 7, true, []int{3}
			s.Learning.Epochs, s.Learning.Rounds, s.Learning.Batch = 1, 1, 8
			if mode == Federated || s.ServerRounds() {
				s.Data.Workers = 5
			}
			change(&s)
			session, err := New(s, set)
			if err != nil {
				continue // not possible in this way to train
			}
			met := map[string]bool{}
			err = session.Each(background, func(e *trace.Event) bool {
				if e.Level() == trace.Operation {
					met[e.Name()] = true
				}
				return true
			})
			session.Close()
			if err != nil {
				t.Errorf("%s: %v", mode, err)
			}
			known := slices.DeleteFunc(Operations(s), func(name string) bool { return slices.Contains(never, name) })
			if got := slices.Sorted(maps.Keys(met)); !slices.Equal(got, known) {
				t.Errorf("%s, change %d: met\n%q, known\n%q", mode, i, got, known)
			}
			runs++
		}
		if runs < 5 || mode == Encrypted && runs < 48 {
			t.Errorf("%s: only %d runs were possible", mode, runs)
		}
	}
}

// A breakpoint that can never be met is refused, with what was probably meant.
func TestPossibleBreakpoints(t *testing.T) {
	refuses := func(s Scenario, wants map[string]string) {
		t.Helper()
		session := open1(t, s, table(t, 20))
		for text, want := range wants {
			b, err := ParseBreakpoint(text)
			if err != nil {
				t.Fatal(err)
			}
			err = b.Possible(session.Scenario(), session.Snapshot(nil))
			if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n")) {
				t.Errorf("%s, %s: %v, want %q", s.Mode, text, err, want)
			}
		}
	}
	refuses(fleet(t, Federated, 3), map[string]string{
		"operation matmul": "", "sends server": "", "epoch 1": "", "round 3": "", "overflow": "", "loss rises": "",
		"opening":           "nothing is shared in federated",
		"operation dropout": "no operation of this run",
		"operation mtmul":   `did you mean operation matmul?`,
		"operation banana":  "choose one of: bias, gather, gradient",
		"sends nobody":      "choose one of: server, ",
		"sends Server":      "did you mean sends server?",
		"epoch 99":          "give a number from 1 to ",
		"epoch 0":           "give a number from 1 to ",
		"round 1000000":     "give a number from 1 to ",
		"round 0":           "rounds of messages count from 1",
		"overflow 99":       "", // numbers in the clear are floats, see TestFloatsOverflowAnyBound
	})
	refuses(fleet(t, Central, 0), map[string]string{"loss rises": "", "sends server": "no message is sent", "round 1": "no message is sent"})
	refuses(fleet(t, SecureAggregation, 4), map[string]string{"opening": "", "operation abort": "", "operation interpolate": "no operation of this run"})
	shares := fleet(t, Encrypted, 0)
	shares.Learning.Dropout = 0.1
	refuses(shares, map[string]string{"opening": "", "loss rises": "", "operation dropout": "", "overflow 62": "", "round 0": "count from 1",
		"overflow 63": "give a number from 1 to 62", "overflow 99": "give a number from 1 to 62", "round 1000000": "half as many"})
	shares.Shares.RevealLoss = false
	refuses(shares, map[string]string{"loss rises": "the loss stays shared", "operation cross-entropy": "no operation of this run", "opening": ""})
}

// The last round of federated training is met, and the next one is refused.
func TestTheLastRoundIsPossible(t *testing.T) {
	for _, normalize := range []string{"standard", "range", "none"} {
		s := fleet(t, Federated, 4)
		s.Learning.Epochs, s.Data.Normalize = 2, normalize
		session := open1(t, s, table(t, 20))
		start := session.Snapshot(nil)
		if err := session.Seek(background, start.Total); err != nil {
			t.Fatal(err)
		}
		last := int(session.Snapshot(nil).Cost.Rounds)
		if err := (Breakpoint{On: AtRound, N: last}).Possible(session.Scenario(), start); err != nil {
			t.Errorf("%s, the last of %d rounds: %v", normalize, last, err)
		}
		if err := (Breakpoint{On: AtRound, N: last + 1}).Possible(session.Scenario(), start); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("the run has %d rounds", last)) {
			t.Errorf("%s, one more than %d rounds: %v", normalize, last, err)
		}
	}
}

// Where nothing is shared numbers are floats: they can grow beyond the 64 bits of a share.
func TestFloatsOverflowAnyBound(t *testing.T) {
	s := fleet(t, Federated, 4)
	s.Learning.Epochs, s.Learning.Rate = 1, 1e30
	session := open1(t, s, table(t, 20))
	w := NewWatch([]Breakpoint{{On: AtOverflow, N: 99}}, session.Snapshot(nil))
	if err := w.Run(background, session); err != nil || w.Hit != 0 || w.Overflow == nil {
		t.Errorf("overflow 99 is not met: %v", err)
	}
}

// What does not happen in a way to train is not waited for; what does is met.
func TestPossibleBreakpointsAreMet(t *testing.T) {
	type never map[Cause]string
	silent := func(s *Scenario) { s.Shares.RevealLoss = false }
	for _, c := range []struct {
		mode   string
		change func(*Scenario)
		never  never
	}{
		{Central, nil, never{AtOpening: "nothing is shared", AtSending: "no message", AtRound: "no message"}},
		{Federated, nil, never{AtOpening: "nothing is shared"}},
		{Aggregated, nil, never{AtOpening: "nothing is shared"}},
		{SecureAggregation, nil, nil},
		{SecureAggregation, func(s *Scenario) { s.Secure.How = Committee }, nil},
		{Encrypted, nil, nil},
		{Encrypted, silent, never{AtRise: "stays shared"}},
	} {
		s := fleet(t, c.mode, map[bool]int{true: 5}[c.mode != Encrypted && c.mode != Central])
		s.Learning.Epochs, s.Learning.Rounds, s.Learning.Batch, s.Learning.Rate = 3, 2, 4, 1
		if c.change != nil {
			c.change(&s)
		}
		for _, b := range []Breakpoint{{On: AtOpening}, {On: AtRise}, {On: AtSending, Name: "server"}, {On: AtRound, N: 2}, {On: AtEpoch, N: 2}, {On: AtOperation, Name: "relu"}} {
			session := open1(t, s, table(t, 20))
			err := b.Possible(session.Scenario(), session.Snapshot(nil))
			if want := c.never[b.On]; (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s, %s: %v, want %q", c.mode, b, err, want)
			}
			w := NewWatch([]Breakpoint{b}, session.Snapshot(nil))
			if err := w.Run(background, session); err != nil {
				t.Fatal(err)
			}
			if (w.Hit == 0) != (c.never[b.On] == "") {
				t.Errorf("%s, %s: met %d times", c.mode, b, w.Hits[0])
			}
		}
	}
}

package engine

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"unseen/engine/trace"
)

// The operations of a way to train that can be waited for are those that its runs report.
func TestOperationsAreThoseThatAreMet(t *testing.T) {
	never := []string{"abort"} // only a run that fails has it
	for mode := range operations {
		met := map[string]bool{}
		for _, change := range []func(*Scenario){
			func(*Scenario) {},
			func(s *Scenario) { s.Learning.Loss = "mse" },
			func(s *Scenario) { s.Learning.Dropout = 0.2 },
			func(s *Scenario) { s.Shares.Holders, s.Shares.Truncation = 2, "local" },
			func(s *Scenario) { s.Shares.Truncation = "exact" },
			func(s *Scenario) { s.Shares.Softmax = "fourier" },
			func(s *Scenario) { s.Secure.How = "committee" },
			func(s *Scenario) {
				s.Privacy.DP, s.Privacy.Clip, s.Privacy.Noise, s.Privacy.Delta = "central", 1, 1, 1e-5
			},
			func(s *Scenario) {
				s.Privacy.DP, s.Privacy.Clip, s.Privacy.Noise, s.Privacy.Delta = "distributed", 1, 1, 1e-5
			},
		} {
			s, err := Default(mode, "default")
			if err != nil {
				t.Fatal(err)
			}
			s.Seed, s.Fixed, s.Network.Hidden = 7, true, []int{4, 3}
			s.Learning.Epochs, s.Learning.Rounds, s.Learning.Batch = 1, 1, 6
			if mode == Federated || s.ServerRounds() {
				s.Data.Workers = 6
			}
			change(&s)
			session, err := New(s, table(t, 24))
			if err != nil {
				continue // not possible in this way to train
			}
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
		}
		known := slices.DeleteFunc(Operations(mode), func(name string) bool { return slices.Contains(never, name) })
		if got := slices.Sorted(maps.Keys(met)); !slices.Equal(got, known) {
			t.Errorf("%s: met\n%q, known\n%q", mode, got, known)
		}
	}
}

// A breakpoint that can never be met is refused, with what was probably meant.
func TestPossibleBreakpoints(t *testing.T) {
	session := open1(t, fleet(t, Federated, 3), table(t, 20))
	for text, want := range map[string]string{
		"operation matmul": "", "sends server": "", "epoch 1": "", "round 3": "", "overflow": "", "loss rises": "",
		"operation mtmul":  `did you mean operation matmul?`,
		"operation banana": "choose one of: bias, dropout, gather",
		"sends nobody":     "choose one of: server, ",
		"sends Server":     "did you mean sends server?",
		"epoch 99":         "give a number from 1 to ",
		"epoch 0":          "give a number from 1 to ",
		"round 1000000":    "give a number from 1 to ",
	} {
		b, err := ParseBreakpoint(text)
		if err != nil {
			t.Fatal(err)
		}
		err = b.Possible(session.Scenario(), session.Snapshot(nil))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
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

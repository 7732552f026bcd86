package engine

import (
	"math"
	"slices"
	"strings"
	"testing"

	"unseen/data"
	"unseen/engine/nn"
	"unseen/engine/rng"
	"unseen/engine/secagg"
	"unseen/engine/trace"
)

// With drops the new model is the one that aggregated training over exactly the
// workers that delivered would make, weighted by rows, but for half a step of
// rounding; also where some workers hold more rows than others.
func TestDropsEqualAggregatedOverThoseWhoDelivered(t *testing.T) {
	for _, c := range []struct {
		how           string
		workers, rows int
		hidden        []int
	}{
		{Masks, 10, 63, []int{30, 20, 10, 5}},
		{Committee, 10, 63, []int{30, 20, 10, 5}},
		{Masks, 100, 130, []int{30, 20, 10, 5}},
		{Committee, 100, 130, []int{4}},
		{Masks, 653, 653, []int{4}},
	} {
		if racing && c.workers > 100 {
			continue
		}
		set := table(t, c.rows)
		s := fleet(t, SecureAggregation, c.workers)
		s.Data.Split, s.Learning.Rounds, s.Learning.Local, s.Network.Hidden = 1, 1, 1, c.hidden
		s.Secure = SecureSettings{How: c.how, Drop: 0.1}
		session := open1(t, s, set)
		got, err := session.Run(background, nil)
		if err != nil {
			t.Fatal(err)
		}
		last, stages := secagg.MaskedInput, int(secagg.Stays) // who is there at the last stage that carries updates delivers
		if c.how == Committee {
			last, stages = secagg.ShareUpdate, secagg.HolderStages
		}
		owners := session.Dataset().Workers
		var delivered []data.Worker
		for u, leaves := range secagg.Departures(rng.Seeded(s.Seed), len(owners), s.Secure.Drop, 0, stages) {
			if leaves > last {
				delivered = append(delivered, owners[u])
			}
		}
		round := got.Final().Round
		if round.Delivered != len(delivered) || len(delivered) == c.workers || round.Aborted != "" {
			t.Fatalf("%s, %d workers: %d stayed to deliver; %+v", c.how, c.workers, len(delivered), round)
		}

		s.Mode = Aggregated
		fewer := *session.Dataset()
		fewer.Workers = delivered
		trusted, err := open(s, &fewer)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(trusted.Close)
		want, err := trusted.Run(background, nil)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := PlanAggregation(session.Scenario(), session.Dataset())
		if err != nil {
			t.Fatal(err)
		}
		a, b, worst := nn.Flat(want.Weights), nn.Flat(got.Weights), 0.0
		for i := range a {
			worst = max(worst, math.Abs(a[i]-b[i]))
		}
		if worst > plan.Deviation() || worst == 0 {
			t.Errorf("%s, %d of %d workers delivered: weights differ by up to %g, allowed %g", c.how, len(delivered), c.workers, worst, plan.Deviation())
		}
	}
}

// A round that loses its sum leaves the model of the round before, to the last bit.
func TestALostSumLeavesTheModelOfTheRoundBefore(t *testing.T) {
	for how, first := range map[string]string{Masks: "advertise keys", Committee: "advertise keys"} {
		s := fleet(t, SecureAggregation, 6)
		s.Secure = SecureSettings{How: how}
		session := open1(t, s, table(t, 40))
		for session.history.Epochs[len(session.history.Epochs)-1].Epoch < 1 {
			if err := session.Next(background, trace.Epoch); err != nil {
				t.Fatal(err)
			}
		}
		before := nn.Flat(nn.Clone(session.mode.Weights()))
		offlineAt(t, session, first, 1)
		for _, w := range session.dataset.Workers[1:] {
			if _, err := session.TakeOffline(background, w.ID()); err != nil {
				t.Fatal(err)
			}
		}
		if err := session.Seek(background, session.total); err != nil {
			t.Fatal(err)
		}
		last := session.history.Epochs[len(session.history.Epochs)-1]
		if last.Epoch != 2 || !strings.Contains(last.Round.Aborted, "are needed") {
			t.Fatalf("%s: %+v", how, last)
		}
		if !slices.Equal(before, nn.Flat(session.mode.Weights())) {
			t.Errorf("%s: an aborted round changed the model", how)
		}
	}
}

package engine

import (
	"slices"
	"testing"

	"unseen/engine/trace"
)

// The table of who sees what comes from the views, and says what the ways to train
// are known for.
func TestWhoSeesWhat(t *testing.T) {
	see := func(mode string) map[string]Sight {
		s, err := Default(mode, "default")
		if err != nil {
			t.Fatal(err)
		}
		s.Seed, s.Fixed = 4, true
		list, err := Rehearse(background, s, table(t, 200))
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]Sight{}
		for _, x := range list {
			out[x.Role] = x
		}
		return out
	}
	models := func(s Sight, from string) bool {
		return slices.ContainsFunc(s.Received, func(r Receipt) bool { return r.Model && r.Role == from && r.Form == trace.Plain })
	}
	for _, mode := range Modes() {
		for role, s := range see(mode) {
			switch {
			case mode == Central && s.Clear() != "every row":
				t.Errorf("central: the %s sees %s", role, s.Clear())
			case mode != Central && s.Rows > s.Own:
				t.Errorf("%s: the %s sees %d rows of others", mode, role, s.Rows-s.Own)
			case mode != Central && s.Role == "worker" && s.Own == 0 && mode != "encrypted":
				t.Errorf("%s: a worker does not see its own rows", mode)
			}
		}
	}
	if !models(see(Federated)["server"], "worker") {
		t.Error("federated: the server gets no worker's model")
	}
	aggregated := see(Aggregated)
	if models(aggregated["server"], "worker") || !models(aggregated["server"], "aggregator") || !models(aggregated["aggregator"], "worker") {
		t.Errorf("aggregated: the server sees %v, the aggregator %v", aggregated["server"].Received, aggregated["aggregator"].Received)
	}
	secure := see(SecureAggregation)
	joins := func(r Receipt) bool { return r.Joined && r.What == "sum" }
	if models(secure["server"], "worker") || !slices.ContainsFunc(secure["server"].Received, joins) {
		t.Errorf("secure aggregation: the server sees %v", secure["server"].Received)
	}
	if slices.ContainsFunc(secure["worker"].Received, joins) {
		t.Errorf("secure aggregation: a worker sees %v", secure["worker"].Received)
	}
	holder := see(Encrypted)["holder"]
	opened := slices.DeleteFunc(holder.Received, func(r Receipt) bool { return !r.Opened })
	if len(opened) != 2 || opened[0].Masked || opened[0].What != "Σx, Σx², loss" || !opened[1].Masked {
		t.Errorf("encrypted: to a holder was opened %v", opened)
	}
}

// What is copied from another party's memory shows in the table.
func TestSightsNoticeALeak(t *testing.T) {
	s := fleet(t, Federated, 3)
	session := open1(t, s, table(t, 40))
	leaked, _ := session.mode.Parties()[2].Store.Get("raw")
	session.mode.Parties()[0].Store.Put("w9", trace.Plain, leaked.Data, 0, "a leak")
	list, err := sights(background, session)
	if err != nil {
		t.Fatal(err)
	}
	if list[0].Role != "server" || list[0].Rows != leaked.Data.Shape()[0] {
		t.Errorf("nobody noticed: %+v", list[0])
	}
}

package engine

import (
	"slices"
	"testing"

	"unseen/data"
)

// Workers are listed in the same order in every way to train, as their numbers are; but who
// holds shares, those who are first by name, come before the others, in the order of their
// names, in training as in a prediction.
func TestOneOrderOfWorkers(t *testing.T) {
	set, err := data.Twin().Encode()
	if err != nil {
		t.Fatal(err)
	}
	var order []string // of the workers in federated training
	for _, mode := range []string{Federated, Aggregated, SecureAggregation, Encrypted} {
		s, err := Default(mode, "default")
		if err != nil {
			t.Fatal(err)
		}
		s.Seed, s.Fixed, s.Data.Rows, s.Data.Workers = 42, true, 60, 12
		session, err := New(s, set)
		if err != nil {
			t.Fatal(err)
		}
		defer session.Close()
		var workers, holders []string
		number := 0
		for _, p := range session.Snapshot(nil).Parties {
			if p.Role != "worker" && p.Role != "holder" {
				if len(workers)+len(holders) > 0 {
					t.Errorf("%s: %s comes after workers", mode, p.ID)
				}
				number = max(number, p.Number)
				continue
			}
			if number++; p.Number != number {
				t.Errorf("%s: %s has the number %d, and is listed as %d", mode, p.ID, p.Number, number)
			}
			if p.Role == "holder" {
				if holders = append(holders, p.ID); len(workers) > 0 {
					t.Errorf("%s: %s holds shares, and comes after those who do not", mode, p.ID)
				}
				continue
			}
			workers = append(workers, p.ID)
		}
		if mode == Federated {
			order = workers
			if slices.IsSorted(order) {
				t.Fatal("the order is that of the names: this test finds nothing")
			}
		}
		first := slices.Sorted(slices.Values(order))[:len(holders)]
		others := slices.DeleteFunc(slices.Clone(order), func(id string) bool { return slices.Contains(first, id) })
		if !slices.Equal(holders, first) || !slices.Equal(workers, others) {
			t.Errorf("%s lists %v and %v, want %v and %v", mode, holders, workers, first, others)
		}
		if mode != Encrypted {
			continue
		}
		if ids, err := holdersOf(s, session.Dataset(), &Applicant{Name: "nobody"}); err != nil || !slices.Equal(ids, holders) {
			t.Errorf("a prediction has the holders %v, training %v: %v", ids, holders, err)
		}
	}
}

package stage

import (
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"unseen/data"
	"unseen/engine"
	"unseen/tui/key"
	"unseen/tui/theme"
)

// The ways in which two worlds differ.
const (
	nobodysRows = "rows that are nobody's" // kept for testing; in aggregated, two workers have changed places
	layerOff    = "a layer that is off"    // one worker's features: none comes through
	committee   = "a layer that is off, a committee"
	othersRows  = "rows of others"                  // before those who are sent nothing that depends on them
	lastMoves   = "other masks of the last holder"  // and other rows, for which they make up
	firstMoves  = "other masks of the first holder" // and other shares of rows and of what is dealt
)

// twoWorlds opens a mode on two data sets that differ in what some parties cannot
// know, and names those parties:
//
//   - central: the rows kept for testing are nobody's; the server has the others.
//   - federated: the first layer is off (weights 0, biases −1), so nothing that
//     depends on a feature comes back from the worker whose rows differ.
//   - aggregated: the same, before the aggregator too. And with a live layer the rows of
//     the first two workers are swapped. A sum of two models does not depend on their
//     order, so the average is the same to the last bit; only those two and the
//     aggregator know better.
//   - secure aggregation: the layer is off; with masks, and with a committee. (With a live
//     layer the masked inputs would differ, though not their distribution: masks come
//     from seeds, which are fixed here.)
//   - encrypted: the layer is off, before all who hold no shares; the server is told the
//     final model, so there is no more for it. With live layers rows of holders and owners
//     differ before the dealer and the other owners, whatever the masks. Before holders
//     they differ in all of training, too, and chance makes up for it: see doubled. The
//     masks of the last holder are moved before all others, those of the first one before
//     the last.
func twoWorlds(t *testing.T, mode, how string) (a, b driver, alike []string) {
	t.Helper()
	s := workshop(t, mode)
	s.Data.Normalize, s.Data.Workers = "range", 0
	s.Learning.Epochs, s.Learning.Rounds, s.Learning.Local = 2, 2, 1
	s.Shares.RevealLoss = how != lastMoves && how != firstMoves // a loss that is released tells
	if how == committee {
		s.Secure.How, how = engine.Committee, layerOff
	}
	set := rows(t, 14)
	if how == layerOff {
		s.Network.Initial = switchedOff(t, s, set)
	}
	d, err := engine.Prepare(s, set)
	if err != nil {
		t.Fatal(err)
	}
	for mode == engine.Aggregated && set.Y[d.Workers[0].Rows[0]] != set.Y[d.Workers[1].Rows[0]] {
		s.Seed++ // labels decide how rows are divided: the two that change places have the same
		if d, err = engine.Prepare(s, set); err != nil {
			t.Fatal(err)
		}
	}
	other := *set
	other.X = set.X.Clone().(*tensor.Dense)
	x, n := other.X.Float64s(), d.Features()
	different := func(r int) {
		for j := range n {
			x[r*n+j] = 1 - x[r*n+j]/2
		}
	}
	for _, r := range d.Split.Test {
		different(r)
	}
	owners := slices.SortedFunc(slices.Values(d.Workers), func(a, b data.Worker) int { return strings.Compare(a.ID(), b.ID()) }) // the first hold shares
	var apart []string
	switch {
	case how == lastMoves || how == firstMoves || how == othersRows: // a holder and two owners
		holder := 0
		if how == lastMoves {
			holder = s.Shares.Holders - 1
		}
		for _, o := range []data.Worker{owners[holder], owners[s.Shares.Holders], owners[len(owners)-1]} {
			different(o.Rows[0])
			apart = append(apart, o.ID())
		}
		apart = append(apart, "server")
		if how != othersRows {
			apart = append(apart, "dealer")
			break
		}
		for _, o := range owners[:s.Shares.Holders] {
			apart = append(apart, o.ID())
		}
	case how == layerOff:
		last := owners[len(owners)-1]
		different(last.Rows[0])
		apart = []string{last.ID()}
		for _, o := range owners[:s.Shares.Holders] {
			if mode == engine.Encrypted {
				apart = append(apart, o.ID())
			}
		}
	case mode == engine.Aggregated: // rows that are nobody's, once more
		r, q := d.Workers[0].Rows[0], d.Workers[1].Rows[0]
		for j := range n {
			x[r*n+j], x[q*n+j] = x[q*n+j], x[r*n+j]
		}
		apart = []string{"aggregator", d.Workers[0].ID(), d.Workers[1].ID()}
	}
	if how == lastMoves || how == firstMoves {
		one, two := doubled(t, s, set, &other, how == lastMoves)
		a, b = staged(t, one), staged(t, two)
	} else {
		a, b = staged(t, opened(t, s, set)), staged(t, opened(t, s, &other))
	}
	for _, p := range a.all.Parties {
		if !slices.Contains(apart, p.ID) {
			alike = append(alike, p.ID)
		}
	}
	return a, b, alike
}

// switchedOff is the initial model of a scenario with a first layer that passes nothing
// on: its weights are 0, its biases −1.
func switchedOff(t *testing.T, s engine.Scenario, set *data.Set) *engine.Weights {
	t.Helper()
	session := opened(t, s, set)
	defer session.Close()
	if err := session.SeekEpoch(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	w, _, ok := session.Snapshot(nil).Model(len(s.Network.Hidden) + 1)
	if !ok {
		t.Fatal("nobody has a model")
	}
	clear(w.W[0].Float64s())
	for j := range w.B[0].Float64s() {
		w.B[0].Float64s()[j] = -1
	}
	return &w
}

func opened(t *testing.T, s engine.Scenario, set *data.Set) *engine.Session {
	t.Helper()
	session, err := engine.New(s, set)
	if err != nil {
		t.Fatal(err)
	}
	return session
}

func staged(t *testing.T, session *engine.Session) driver {
	d := driver{t, New(session, key.Default(), theme.New(true))}
	t.Cleanup(d.Close)
	d.Resize(120, 36)
	return d
}

package worlds

import (
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"gorgonia.org/tensor"

	"unseen/data"
	"unseen/engine"
	"unseen/engine/double"
	"unseen/engine/trace"
)

// live opens the pair.
func (p Pair) live(t testing.TB) (one, two *engine.Session, alike []string) {
	t.Helper()
	if p.Mode == engine.PrivatePrediction {
		return p.predictions(t)
	}
	if p.How == RowOrder && runtime.GOARCH != "amd64" {
		t.Skip("here a sum of two products may depend on their order")
	}
	s, set := p.scenario(t), rows(t)
	if p.How == RowOrder { // workers with rows of one label each, as many as they can
		s.Data.Workers, s.Data.Skew, s.Learning.Batch = 5, set.Table.Columns[set.Table.Label()].Name, 2
	}
	d := prepared(t, &s, set, p.How)
	other := *set
	other.X = set.X.Clone().(*tensor.Dense)
	x, n := other.X.Float64s(), d.Features()
	different := func(r int) {
		for j := range n {
			x[r*n+j] = 1 - x[r*n+j]/2
		}
	}
	exchange := func(r, q int) {
		for j := range n {
			x[r*n+j], x[q*n+j] = x[q*n+j], x[r*n+j]
		}
	}
	for _, r := range d.Split.Test {
		different(r)
	}
	owners := slices.SortedFunc(slices.Values(d.Workers), func(a, b data.Worker) int { return strings.Compare(a.ID(), b.ID()) }) // the first hold shares
	open := func() (*engine.Session, *engine.Session) { return opened(t, s, set), opened(t, s, &other) }
	var apart []string
	holders := func() {
		for _, o := range owners[:s.Shares.Holders] {
			apart = append(apart, o.ID())
		}
	}
	switch p.How {
	case SilentRow:
		last := owners[len(owners)-1]
		different(last.Rows[0])
		s.Network.Initial = silent(t, s, set, &other, last.Rows[0])
		if apart = []string{last.ID()}; p.Mode == engine.Encrypted {
			holders()
		}
	case RowOrder:
		two := d.Workers[slices.IndexFunc(d.Workers, func(o data.Worker) bool { return twoAlike(set, o) })]
		exchange(two.Rows[0], two.Rows[1])
		apart = []string{two.ID()}
	case ChangedPlaces:
		one, two := d.Workers[0], d.Workers[1]
		exchange(one.Rows[0], two.Rows[0])
		apart = []string{"aggregator", one.ID(), two.ID()}
		if p.Mode == engine.SecureAggregation {
			open = func() (*engine.Session, *engine.Session) { return remasked(t, s, set, &other, one.ID(), two.ID()) }
		}
	case OthersRows, LastMoves, FirstMoves: // a holder and two owners
		holder := 0
		if p.How == LastMoves {
			holder = s.Shares.Holders - 1
		}
		for _, o := range []data.Worker{owners[holder], owners[s.Shares.Holders], owners[len(owners)-1]} {
			different(o.Rows[0])
			apart = append(apart, o.ID())
		}
		if apart = append(apart, "server"); p.How == OthersRows {
			holders()
			break
		}
		apart = append(apart, "dealer")
		open = func() (*engine.Session, *engine.Session) { return doubled(t, s, set, &other, p.How == LastMoves) }
	}
	one, two = open()
	for _, party := range one.Snapshot(nil).Parties {
		if !slices.Contains(apart, party.ID) {
			alike = append(alike, party.ID)
		}
	}
	return one, two, alike
}

// silent is the initial model of a scenario with large negative weights at one feature
// that a row has, and few other rows: none of the units of its first layer passes anything
// on there, in both data sets, but they do at other rows.
func silent(t testing.TB, s engine.Scenario, one, other *data.Set, row int) *engine.Weights {
	t.Helper()
	session := opened(t, s, one)
	defer session.Close()
	if err := session.SeekEpoch(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	w, _, ok := session.Snapshot(nil).Model(len(s.Network.Hidden) + 1)
	if !ok {
		t.Fatal("nobody has a model")
	}
	d := session.Dataset()
	have := func(j int) (rows int) { // of the rows to train on, that have a feature
		for _, r := range d.Split.Train {
			if one.X.Float64s()[r*d.Features()+j] == 1 {
				rows++
			}
		}
		return rows
	}
	rarest := -1
	for j := range d.Features() {
		if one.X.Float64s()[row*d.Features()+j] == 1 && (rarest < 0 || have(j) < have(rarest)) {
			rarest = j
		}
	}
	if rarest < 0 {
		t.Fatal("the row has no feature of its own")
	}
	units := s.Network.Hidden[0]
	for i := range units {
		w.W[0].Float64s()[rarest*units+i] = -20
	}
	live := func(set *data.Set, r int) bool {
		changed := *d
		changed.Set = set
		return slices.ContainsFunc(engine.Follow(&changed, r, d.Scaling, w).Layers[0].A, func(x float64) bool { return x > 0 })
	}
	if live(one, row) || live(other, row) {
		t.Fatal("the layer is not silent at this row")
	}
	if !slices.ContainsFunc(d.Split.Train, func(r int) bool { return live(one, r) }) {
		t.Fatal("the layer is silent at all rows")
	}
	return &w
}

// remasked opens a run of secure aggregation on two data sets in which two workers have
// changed places. In the second one the mask that these two have in common is such that
// both send what they send in the first.
func remasked(t testing.TB, s engine.Scenario, set, other *data.Set, one, two string) (a, b *engine.Session) {
	t.Helper()
	updates := func(set *data.Set) (x [][]uint64) { // of the first worker, by server round
		session := opened(t, s, set)
		defer session.Close()
		err := session.Each(t.Context(), func(e *trace.Event) bool {
			if encoded, ok := e.Input("x_u"); ok && e.Name() == "mask" && e.Party == one {
				x = append(x, slices.Clone(encoded.Parts[0].Data.Uint64s()))
			}
			return true
		})
		if err != nil || len(x) != s.Learning.Rounds {
			t.Fatal(len(x), "updates,", err)
		}
		return x
	}
	first, second := updates(set), updates(other)
	a, b = opened(t, s, set), opened(t, s, other)
	var moved atomic.Bool // workers mask at once
	ok := b.RedrawMasks(func(plus, minus string, round uint64, words []uint64) {
		if min(plus, minus) != min(one, two) || max(plus, minus) != max(one, two) {
			return
		}
		for i := range words {
			by := first[round][i] - second[round][i]
			if by != 0 {
				moved.Store(true)
			}
			if plus != one {
				by = -by
			}
			words[i] += by
		}
	})
	if !ok {
		t.Fatal("nothing is masked here")
	}
	t.Cleanup(func() {
		if !moved.Load() {
			t.Error("no mask had to be moved: the worlds are the same")
		}
	})
	return a, b
}

// doubled opens a run on shares on two data sets, so that some holders have the same view
// of both, to the last bit, at every step: rows of owners, and of one holder, are other
// ones, and the randomness of that holder makes up for them (package double).
func doubled(t testing.TB, s engine.Scenario, one, other *data.Set, last bool) (a, b *engine.Session) {
	t.Helper()
	return evened(t, opened(t, s, one), opened(t, s, other), last)
}

// evened moves the randomness of a holder in the second run until the others have the same
// view of both.
func evened(t testing.TB, a, b *engine.Session, last bool) (*engine.Session, *engine.Session) {
	t.Helper()
	m := double.New(t, sharers(a), last)
	if !b.Redraw(m.Draw, m.Split) {
		t.Fatal("nothing is dealt here")
	}
	play := func(s *engine.Session) double.Play {
		return func(from int, f func(*trace.Event) bool) {
			t.Helper()
			err := s.Seek(t.Context(), from)
			if err == nil {
				err = s.Each(t.Context(), f)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	m.Find(play(a), play(b))
	return a, b
}

package stage

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"unseen/data"
	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/key"
	"unseen/tui/theme"
)

// The ways in which two worlds differ. In all of them the rows that are kept for testing
// are other ones, too: they are nobody's.
const (
	nobodysRows   = "rows that are nobody's"
	silentRow     = "a row at which the first layer is silent"
	rowOrder      = "the order of a worker's two rows"
	changedPlaces = "two workers that have changed places"
	othersRows    = "rows of others"                  // before those who are sent nothing that depends on them
	lastMoves     = "other masks of the last holder"  // and other rows, for which they make up
	firstMoves    = "other masks of the first holder" // and other shares of rows and of what is dealt
)

// world is a mode, and how two worlds differ in it.
type world struct {
	mode, how string
	committee bool // secure aggregation by a committee
	holders   int  // of shares; 0: as many as there usually are
}

func (w world) String() string {
	switch {
	case w.holders > 0:
		return fmt.Sprintf("%s/%s, of %d", w.mode, w.how, w.holders)
	case w.committee:
		return fmt.Sprintf("%s/%s, a committee", w.mode, w.how)
	}
	return w.mode + "/" + w.how
}

// twoWorlds opens a mode on two data sets that differ in what some parties cannot know, and
// names those parties. All layers are live in all of them. That parties cannot tell has a
// reason in each:
//
//   - nobody's rows: in central training the server has all rows but those kept for testing.
//   - a silent row: of one worker's row, in both worlds, no unit of the first layer comes
//     through, though other rows move it. So its gradient is 0 in all weights of that layer,
//     and the same in both worlds in all others: what the worker sends is the same, in the
//     clear, masked, split or computed on shares. Only itself, and who computes on shares of
//     its row, can tell.
//   - order: a worker trains on its two rows at once. A sum of two gradients does not depend
//     on their order, so what it sends is the same to the last bit. (Not where a compiler
//     fuses multiplications with additions, which are then rounded once: not on arm64.)
//   - changed places: two workers, each with a row of the same label, have each other's row,
//     and so each other's update. A sum of two does not depend on their order: whoever sees
//     the sum only sees the same, exactly. In aggregated training the aggregator sees more.
//     In secure aggregation each of the two sends x + a mask that both of them know and
//     nobody else, the one with +, the other with −: where chance has drawn a mask that
//     differs by just what the updates do, the masked inputs are the same to the last bit,
//     too. Such a mask is as likely as the other.
//   - others' rows: dealer and owners of rows are sent nothing that depends on the rows of
//     others, whatever the masks.
//   - other masks: of holders see doubled.
func twoWorlds(t *testing.T, w world) (a, b driver, alike []string) {
	t.Helper()
	mode, how := w.mode, w.how
	s := workshop(t, mode)
	if w.holders > 0 {
		s.Shares.Holders = w.holders
	}
	s.Data.Normalize, s.Data.Workers = "range", 0
	s.Learning.Epochs, s.Learning.Rounds, s.Learning.Local = 2, 2, 1
	s.Shares.RevealLoss = how != lastMoves && how != firstMoves // a loss that is released tells
	if w.committee {
		s.Secure.How = engine.Committee
	}
	set := rows(t, 14)
	if how == rowOrder { // workers with rows of one label each, as many as they can
		s.Data.Workers, s.Data.Skew, s.Learning.Batch = 5, set.Table.Columns[set.Table.Label()].Name, 2
	}
	d := prepared(t, &s, set, how)
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
	open := func() (one, two *engine.Session) { return opened(t, s, set), opened(t, s, &other) }
	var apart []string
	holders := func() {
		for _, o := range owners[:s.Shares.Holders] {
			apart = append(apart, o.ID())
		}
	}
	switch how {
	case silentRow:
		last := owners[len(owners)-1]
		different(last.Rows[0])
		s.Network.Initial = silent(t, s, set, &other, last.Rows[0])
		if apart = []string{last.ID()}; mode == engine.Encrypted {
			holders()
		}
	case rowOrder:
		two := d.Workers[slices.IndexFunc(d.Workers, func(o data.Worker) bool { return twoAlike(set, o) })]
		exchange(two.Rows[0], two.Rows[1])
		apart = []string{two.ID()}
	case changedPlaces:
		one, two := d.Workers[0], d.Workers[1]
		exchange(one.Rows[0], two.Rows[0])
		apart = []string{"aggregator", one.ID(), two.ID()}
		if mode == engine.SecureAggregation {
			open = func() (*engine.Session, *engine.Session) { return remasked(t, s, set, &other, one.ID(), two.ID()) }
		}
	case othersRows, lastMoves, firstMoves: // a holder and two owners
		holder := 0
		if how == lastMoves {
			holder = s.Shares.Holders - 1
		}
		for _, o := range []data.Worker{owners[holder], owners[s.Shares.Holders], owners[len(owners)-1]} {
			different(o.Rows[0])
			apart = append(apart, o.ID())
		}
		if apart = append(apart, "server"); how == othersRows {
			holders()
			break
		}
		apart = append(apart, "dealer")
		open = func() (*engine.Session, *engine.Session) { return doubled(t, s, set, &other, how == lastMoves) }
	}
	one, two := open()
	a, b = staged(t, one), staged(t, two)
	for _, p := range a.all.Parties {
		if !slices.Contains(apart, p.ID) {
			alike = append(alike, p.ID)
		}
	}
	return a, b, alike
}

// prepared divides the rows, with a seed under which there are workers that differ in the
// order of their rows only, or in their places: labels decide how rows are divided, so these
// have to be the same.
func prepared(t *testing.T, s *engine.Scenario, set *data.Set, how string) *engine.Dataset {
	t.Helper()
	for range 100 {
		d, err := engine.Prepare(*s, set)
		if err != nil {
			t.Fatal(err)
		}
		switch how {
		default:
			return d
		case rowOrder:
			if slices.ContainsFunc(d.Workers, func(o data.Worker) bool { return twoAlike(set, o) }) {
				return d
			}
		case changedPlaces:
			if set.Y[d.Workers[0].Rows[0]] == set.Y[d.Workers[1].Rows[0]] {
				return d
			}
		}
		s.Seed++
	}
	t.Fatal("no seed divides the rows so that worlds are alike")
	return nil
}

// twoAlike reports whether an owner has two rows, of the same label.
func twoAlike(set *data.Set, o data.Worker) bool {
	return len(o.Rows) == 2 && set.Y[o.Rows[0]] == set.Y[o.Rows[1]]
}

// silent is the initial model of a scenario with large negative weights at one feature
// that a row has, and few other rows: none of the units of its first layer passes anything
// on there, in both data sets, but they do at other rows.
func silent(t *testing.T, s engine.Scenario, one, other *data.Set, row int) *engine.Weights {
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
func remasked(t *testing.T, s engine.Scenario, set, other *data.Set, one, two string) (a, b *engine.Session) {
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
	moved := false
	ok := b.RedrawMasks(func(plus, minus string, round uint64, words []uint64) {
		if min(plus, minus) != min(one, two) || max(plus, minus) != max(one, two) {
			return
		}
		for i := range words {
			by := first[round][i] - second[round][i]
			if moved = moved || by != 0; plus != one {
				by = -by
			}
			words[i] += by
		}
	})
	if !ok {
		t.Fatal("nothing is masked here")
	}
	t.Cleanup(func() {
		if !moved {
			t.Error("no mask had to be moved: the worlds are the same")
		}
	})
	return a, b
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

// Package worlds opens pairs of runs that some parties cannot tell apart, for tests: what
// is shown through the eyes of one of these must be the same of both.
package worlds

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"gorgonia.org/tensor"

	"unseen/data"
	"unseen/engine"
	"unseen/engine/double"
	"unseen/engine/recording"
	"unseen/engine/trace"
)

// The ways in which two worlds differ. In all of them the rows that are kept for testing
// are other ones, too: they are nobody's.
const (
	NobodysRows   = "rows that are nobody's"
	SilentRow     = "a row at which the first layer is silent"
	RowOrder      = "the order of a worker's two rows"
	ChangedPlaces = "two workers that have changed places"
	OthersRows    = "rows of others"                  // before those who are sent nothing that depends on them
	LastMoves     = "other masks of the last holder"  // and other rows, for which they make up
	FirstMoves    = "other masks of the first holder" // and other shares of rows and of what is dealt
	AnotherRow    = "another row of the applicant"
	AnotherModel  = "another model with the same answer"
)

// Pair is a mode, and how two worlds differ in it.
type Pair struct {
	Mode, How string
	Committee bool   // secure aggregation by a committee
	Holders   int    // of shares; 0: three
	Standard  bool   // rows are scaled by mean and deviation, not by public ranges
	Noise     string // who adds the noise of a private run; empty: there is none
	Recorded  bool   // both are recorded, and looked at again
}

// String names the pair as the subtest that looks at it.
func (p Pair) String() string {
	name := p.Mode + "/" + p.How
	switch {
	case p.Holders > 0:
		name += fmt.Sprintf(", of %d", p.Holders)
	case p.Committee:
		name += ", a committee"
	case p.Standard:
		name += ", standardised"
	}
	if p.Noise != "" {
		name += ", noise of " + p.Noise
	}
	if p.Recorded {
		name += ", recorded"
	}
	return name
}

// All lists the pairs of all modes; where there is time, dearer ones, too, and recorded ones.
func All(long bool) []Pair {
	list := []Pair{
		{Mode: engine.Central, How: NobodysRows},
		{Mode: engine.Federated, How: SilentRow},
		{Mode: engine.Federated, How: RowOrder},
		{Mode: engine.Aggregated, How: SilentRow},
		{Mode: engine.Aggregated, How: ChangedPlaces},
		{Mode: engine.SecureAggregation, How: SilentRow},
		{Mode: engine.SecureAggregation, How: SilentRow, Committee: true},
		{Mode: engine.SecureAggregation, How: ChangedPlaces},
		{Mode: engine.Encrypted, How: SilentRow},
		{Mode: engine.Encrypted, How: OthersRows},
		{Mode: engine.Encrypted, How: OthersRows, Standard: true},
		{Mode: engine.Encrypted, How: LastMoves},
		{Mode: engine.Encrypted, How: FirstMoves},
		{Mode: engine.Encrypted, How: LastMoves, Holders: 2},
		{Mode: engine.Encrypted, How: FirstMoves, Holders: 2},

		{Mode: engine.PrivatePrediction, How: AnotherRow},
		{Mode: engine.PrivatePrediction, How: AnotherModel},
		{Mode: engine.PrivatePrediction, How: LastMoves},
		{Mode: engine.PrivatePrediction, How: FirstMoves, Holders: 2},

		{Mode: engine.Central, How: NobodysRows, Noise: engine.CentralNoise},
		{Mode: engine.Aggregated, How: ChangedPlaces, Noise: engine.CentralNoise},
		{Mode: engine.Aggregated, How: SilentRow, Noise: engine.LocalNoise},
		{Mode: engine.SecureAggregation, How: ChangedPlaces, Noise: engine.DistributedNoise},
		{Mode: engine.SecureAggregation, How: SilentRow, Committee: true, Noise: engine.DistributedNoise},
	}
	if long {
		list = append(list,
			Pair{Mode: engine.Encrypted, How: LastMoves, Holders: 5},
			Pair{Mode: engine.Encrypted, How: FirstMoves, Holders: 5},

			Pair{Mode: engine.Federated, How: RowOrder, Recorded: true},
			Pair{Mode: engine.Aggregated, How: ChangedPlaces, Recorded: true},
			Pair{Mode: engine.SecureAggregation, How: ChangedPlaces, Noise: engine.DistributedNoise, Recorded: true},
			Pair{Mode: engine.SecureAggregation, How: SilentRow, Committee: true, Recorded: true},
			Pair{Mode: engine.Encrypted, How: LastMoves, Recorded: true},
			Pair{Mode: engine.Encrypted, How: FirstMoves, Holders: 2, Recorded: true},
			Pair{Mode: engine.PrivatePrediction, How: LastMoves, Recorded: true},
		)
	}
	return list
}

// Steps is at how many random steps the i-th pair of a list is looked at: at 50 where it is
// the first of its mode, at 35 else; where there is time at 200 and 100.
func Steps(list []Pair, i int, long bool) int {
	first := slices.IndexFunc(list, func(p Pair) bool { return p.Mode == list[i].Mode }) == i
	switch {
	case long && first:
		return 200
	case long:
		return 100
	case first:
		return 50
	}
	return 35
}

// Open opens the mode on two data sets that differ in what some parties cannot know, and
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
//   - other masks: of holders see doubled. In a private prediction the applicant's row and
//     the server's model are other ones.
//   - another row: server and dealer of a private prediction are sent nothing that depends
//     on the applicant's row.
//   - another model: of two models whose first layer passes nothing on at any row the
//     applicant is sent the same answer, whatever the second layer weighs.
func (p Pair) Open(t testing.TB) (one, two engine.Stepper, alike []string) {
	t.Helper()
	a, b, alike := p.live(t)
	if p.Recorded {
		return recorded(t, a), recorded(t, b), alike
	}
	return a, b, alike
}

// recorded records a run and opens the recording.
func recorded(t testing.TB, s *engine.Session) *recording.Replay {
	t.Helper()
	var file bytes.Buffer
	err := s.Seek(t.Context(), 0)
	if err == nil {
		_, err = recording.Write(t.Context(), &file, s, recording.Options{})
	}
	if err != nil {
		t.Fatal(err)
	}
	r, err := recording.Read(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

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

// scenario is a small run of the mode.
func (p Pair) scenario(t testing.TB) engine.Scenario {
	t.Helper()
	s, err := engine.Default(p.Mode, "default")
	if err != nil {
		t.Fatal(err)
	}
	s.Seed, s.Fixed, s.Network.Hidden = 7, true, []int{4, 3}
	s.Learning.Epochs, s.Learning.Rounds, s.Learning.Local = 2, 2, 1
	s.Shares.RevealLoss = p.How != LastMoves && p.How != FirstMoves // a loss that is released tells
	if p.Mode == engine.Central {
		s.Learning.Batch = 8
	}
	if p.Holders > 0 {
		s.Shares.Holders = p.Holders
	}
	if !p.Standard {
		s.Data.Normalize = "range"
	}
	if p.Committee {
		s.Secure.How = engine.Committee
	}
	if p.Noise != "" {
		s.Privacy = engine.PrivacySettings{DP: p.Noise, Clip: 0.2, Noise: 1, Delta: 1e-5}
	}
	return s
}

// rows are few made-up rows.
func rows(t testing.TB) *data.Set {
	t.Helper()
	set, err := data.Twin().Encode()
	if err == nil {
		set, err = set.First(14)
	}
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// prepared divides the rows, with a seed under which there are workers that differ in the
// order of their rows only, or in their places: labels decide how rows are divided, so these
// have to be the same.
func prepared(t testing.TB, s *engine.Scenario, set *data.Set, how string) *engine.Dataset {
	t.Helper()
	for range 100 {
		d, err := engine.Prepare(*s, set)
		if err != nil {
			t.Fatal(err)
		}
		switch how {
		default:
			return d
		case RowOrder:
			if slices.ContainsFunc(d.Workers, func(o data.Worker) bool { return twoAlike(set, o) }) {
				return d
			}
		case ChangedPlaces:
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

func opened(t testing.TB, s engine.Scenario, set *data.Set) *engine.Session {
	t.Helper()
	session, err := engine.New(s, set)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	return session
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

// predictions opens a private prediction in two worlds.
func (p Pair) predictions(t testing.TB) (one, two *engine.Session, alike []string) {
	t.Helper()
	const row = 3
	s, set := p.scenario(t), rows(t)
	other, model := *set, trained(t, s, set)
	if p.How != AnotherModel {
		other.X = set.X.Clone().(*tensor.Dense)
		hers := other.X.Float64s()[(row-1)*len(set.Features) : row*len(set.Features)]
		for j := range hers {
			hers[j] = 1 - hers[j]/2
		}
	}
	if p.How == AnotherModel { // nothing comes through the first layer
		clear(model.W[0].Float64s())
		for j := range model.B[0].Float64s() {
			model.B[0].Float64s()[j] = -1
		}
	}
	another := cloned(model)
	if p.How != AnotherRow {
		for i := range another.W[1].Float64s() {
			another.W[1].Float64s()[i] += 0.25
		}
	}
	one, two = predicting(t, s, set, model, row), predicting(t, s, &other, another, row)
	holders := sharers(one)
	parties := one.Snapshot(nil).Parties
	applicant := parties[len(parties)-1].ID
	switch p.How {
	case AnotherRow:
		return one, two, []string{"server", "dealer"}
	case AnotherModel:
		return one, two, []string{applicant, "dealer"}
	case FirstMoves:
		alike = holders[1:]
	default:
		alike = holders[:len(holders)-1]
	}
	one, two = evened(t, one, two, p.How == LastMoves)
	return one, two, alike
}

// Prediction opens a private prediction on few made-up rows, with a model that was trained
// on them.
func Prediction(t testing.TB) *engine.Session {
	t.Helper()
	s := Pair{Mode: engine.PrivatePrediction, Standard: true}.scenario(t)
	set, err := data.Twin().Encode()
	if err != nil {
		t.Fatal(err)
	}
	s.Data.Rows = rows(t).Len()
	return predicting(t, s, set, trained(t, s, set), 3)
}

// Secret returns something that differs between two worlds, from the memory of a party that
// has it: of a row, or of a private prediction the model where that differs. ok is false
// where no party has it.
func Secret(all *engine.Snapshot, alike []string) (o engine.Object, ok bool) {
	for _, p := range all.Parties {
		if (p.Role == "worker" || p.Role == "applicant") && !slices.Contains(alike, p.ID) {
			return p.Memory.Object("raw")
		}
	}
	for _, p := range all.Parties {
		if o, ok := p.Memory.Object("w2"); ok && o.Origin == "the trained model" && !slices.Contains(alike, p.ID) {
			return o, true
		}
	}
	return o, false
}

// trained returns the model of central training on the rows.
func trained(t testing.TB, s engine.Scenario, set *data.Set) engine.Weights {
	t.Helper()
	s.Mode = engine.Central
	result, err := opened(t, s, set).Run(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return result.Weights
}

// cloned copies a model.
func cloned(w engine.Weights) (out engine.Weights) {
	for l := range w.W {
		out.W, out.B = append(out.W, w.W[l].Clone().(*tensor.Dense)), append(out.B, w.B[l].Clone().(*tensor.Dense))
	}
	return out
}

// predicting opens a private prediction for a row.
func predicting(t testing.TB, s engine.Scenario, set *data.Set, model engine.Weights, row int) *engine.Session {
	t.Helper()
	d, err := engine.Prepare(s, set)
	if err != nil {
		t.Fatal(err)
	}
	who, err := engine.ApplicantOf(d, row)
	if err != nil {
		t.Fatal(err)
	}
	session, err := engine.NewPrediction(s, d, model, who)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	return session
}

// sharers lists the holders in their order.
func sharers(s *engine.Session) []string {
	var out []string
	for _, p := range s.Snapshot(nil).Parties {
		if p.Role == "holder" {
			out = append(out, p.ID)
		}
	}
	return out
}

// Package worlds opens pairs of runs that some parties cannot tell apart, for tests: what
// is shown through the eyes of one of these must be the same of both.
//
//   - worlds.go: the pairs, and why nobody can tell
//   - training.go, prediction.go: how two trainings, and two private predictions, are made alike
//   - runs.go: the small runs they are made of
package worlds

import (
	"fmt"
	"slices"
	"testing"

	"unseen/engine"
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

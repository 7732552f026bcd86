package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gorgonia.org/tensor"

	"unseen/data"
	"unseen/engine/nn"
	"unseen/engine/trace"
)

// A world is a scenario on a data set. worlds lists pairs that some parties cannot
// tell apart, with the reason.
type world struct {
	name     string
	scenario Scenario
	change   func(t *testing.T, d *Dataset) // makes the other world
	alike    func(d *Dataset, s *Session) []string
}

func worlds(t *testing.T) []world {
	live := func(mode string) Scenario {
		s := fleet(t, mode, 0)
		s.Data.Normalize = "range" // a standard scaling is a public function of all training rows
		return s
	}
	// A layer whose units are all off passes nothing on, neither forth nor back: no
	// update depends on a feature.
	dead := func(mode string) Scenario {
		s := live(mode)
		w := nn.Glorot(rand.New(rand.NewPCG(1, 1)), nn.Sizes(42, []int{3}, 2))
		clear(w.W[0].Float64s())
		for j := range w.B[0].Float64s() {
			w.B[0].Float64s()[j] = -1
		}
		s.Network.Initial = &w
		return s
	}
	once := live(Federated)
	once.Learning.Epochs = 1
	return []world{
		{"central: the rows for testing are nobody's", func() Scenario {
			s := small(t)
			s.Learning.Epochs = 2
			return s
		}(), testRows, func(*Dataset, *Session) []string { return []string{"server"} }},
		{"federated: nothing comes back from a layer that is off", dead(Federated), lastWorker(0), allBut(0)},
		{"federated: who was visited before learns nothing of who comes after", once, lastVisited(once), visitedBefore(once)},
		{"secure aggregation: nothing comes back from a layer that is off", dead(SecureAggregation), lastWorker(0), allBut(0)},
		{"encrypted: who holds no share sees nothing of a row", dead(Encrypted), lastOwner, func(d *Dataset, s *Session) []string {
			return without(s, append(holders(s), lastID(d))...)
		}},
		{"encrypted: the rows for testing are nobody's", live(Encrypted), testRows, func(_ *Dataset, s *Session) []string { return without(s) }},
		{"aggregated: nothing comes back from a layer that is off", dead(Aggregated), lastWorker(0), allBut(0)},
		{"aggregated: the average of two models does not say whose is which", live(Aggregated), swapFirst, func(d *Dataset, s *Session) []string {
			return without(s, "aggregator", d.Workers[0].ID(), d.Workers[1].ID())
		}},
	}
}

// testRows changes features and labels of all rows that are kept for testing.
func testRows(_ *testing.T, d *Dataset) {
	n := d.Features()
	for _, r := range d.Split.Test {
		d.Set.Y[r] = 1 - d.Set.Y[r]
		for j := range n {
			d.Set.X.Float64s()[r*n+j] = float64(j % 2)
		}
	}
}

// lastWorker changes the features of one worker's row, and the rows for testing.
func lastWorker(i int) func(*testing.T, *Dataset) {
	return func(t *testing.T, d *Dataset) {
		testRows(t, d)
		changeRow(d, d.Workers[i].Rows[0])
	}
}

// lastID is the owner with the last name: the first ones hold shares.
func lastID(d *Dataset) string {
	return slices.MaxFunc(d.Workers, func(a, b data.Worker) int { return strings.Compare(a.ID(), b.ID()) }).ID()
}

func lastOwner(t *testing.T, d *Dataset) {
	testRows(t, d)
	for _, w := range d.Workers {
		if w.ID() == lastID(d) {
			changeRow(d, w.Rows[0])
		}
	}
}

func holders(s *Session) []string {
	var out []string
	for _, p := range s.mode.Parties() {
		if p.Role == "holder" {
			out = append(out, p.ID)
		}
	}
	return out
}

func changeRow(d *Dataset, r int) {
	n := d.Features()
	for j := range n {
		d.Set.X.Float64s()[r*n+j] = 1 - d.Set.X.Float64s()[r*n+j]/2
	}
}

func allBut(i int) func(*Dataset, *Session) []string {
	return func(d *Dataset, s *Session) []string { return without(s, d.Workers[i].ID()) }
}

func without(s *Session, ids ...string) []string {
	var out []string
	for _, p := range s.mode.Parties() {
		if !slices.Contains(ids, p.ID) {
			out = append(out, p.ID)
		}
	}
	return out
}

// visits lists the workers in the order of the first epoch.
func visits(s Scenario, d *Dataset) []string {
	session, err := open(s, d)
	if err != nil {
		panic(err)
	}
	defer session.Close()
	var order []string
	session.Each(background, func(e *trace.Event) bool {
		if e.Level() == trace.Batch && e.Name() == "visit" {
			order = append(order, e.Scope().Part)
		}
		return true
	})
	return order
}

func lastVisited(s Scenario) func(*testing.T, *Dataset) {
	return func(t *testing.T, d *Dataset) {
		order := visits(s, d)
		for _, w := range d.Workers {
			if w.ID() == order[len(order)-1] {
				changeRow(d, w.Rows[0])
				d.Set.Y[w.Rows[0]] = 1 - d.Set.Y[w.Rows[0]]
			}
		}
	}
}

func visitedBefore(s Scenario) func(*Dataset, *Session) []string {
	return func(d *Dataset, _ *Session) []string {
		order := visits(s, d)
		return order[:len(order)-1]
	}
}

// swapFirst lets the first two workers change places: a sum of two models does not
// depend on their order, to the last bit.
func swapFirst(_ *testing.T, d *Dataset) {
	n, a, b := d.Features(), d.Workers[0].Rows[0], d.Workers[1].Rows[0]
	x := d.Set.X.Float64s()
	for j := range n {
		x[a*n+j], x[b*n+j] = x[b*n+j], x[a*n+j]
	}
	d.Set.Y[a], d.Set.Y[b] = d.Set.Y[b], d.Set.Y[a]
}

// copied returns a data set whose rows can be changed.
func copied(d *Dataset) *Dataset {
	set := *d.Set
	set.X, set.Y = set.X.Clone().(*tensor.Dense), slices.Clone(set.Y)
	return &Dataset{Set: &set, Split: d.Split, Scaling: d.Scaling, Workers: d.Workers}
}

// dump writes all that a snapshot holds.
func dump(n *Snapshot) string {
	var b strings.Builder
	values := func(t *tensor.Dense) string {
		n := DecodePart(t, 0)
		bits := make([]uint64, n.Len())
		for i := range bits {
			bits[i] = n.Word(i)
		}
		return fmt.Sprint(t.Shape(), bits)
	}
	event := func(list []trace.Value) {
		for _, v := range list {
			fmt.Fprintf(&b, "  %s %v", v.Name, v.Form)
			for _, p := range v.Parts {
				fmt.Fprintf(&b, " %s %s", p.Party, values(p.Data))
			}
			b.WriteString("\n")
		}
	}
	fmt.Fprintf(&b, "%d/%d %q unseen %v digest %x err %v\n", n.Step, n.Total, n.Eyes, n.Unseen, n.Digest, n.Err)
	if e := n.Event; e != nil {
		fmt.Fprintf(&b, "event %d %v %v %q→%q %d %q\n", e.Step, e.Kind, e.Path, e.Party, e.To, e.Bytes, e.Why)
		event(e.Inputs)
		event(e.Outputs)
	}
	for _, p := range n.Parties {
		fmt.Fprintf(&b, "%s %d %s\n", p.ID, p.Number, p.Role)
		for _, o := range p.Memory.Objects {
			fmt.Fprintf(&b, "  %s %v %d %q %s\n", o.Name, o.Form, o.Step, o.Origin, values(o.Data))
		}
	}
	fmt.Fprintf(&b, "%v\n%v\n%+v\n", n.History, n.Messages, n.Cost)
	for i := range n.Record.Len() {
		fmt.Fprintf(&b, "%+v\n", n.Record.At(i))
	}
	return b.String()
}

// A party's view is the same in two worlds that the party cannot tell apart, at any
// step; and copying one field from another memory would be noticed.
func TestAViewIsWhatThePartyKnows(t *testing.T) {
	for _, w := range worlds(t) {
		t.Run(w.name, func(t *testing.T) {
			d, err := Prepare(w.scenario, table(t, 12))
			if err != nil {
				t.Fatal(err)
			}
			other := copied(d)
			w.change(t, other)
			a, err := open(w.scenario, d)
			if err != nil {
				t.Fatal(err)
			}
			b, err := open(w.scenario, other)
			if err != nil {
				t.Fatal(err)
			}
			alike := w.alike(d, a)
			if len(alike) == 0 {
				t.Fatal("nobody to look")
			}
			r := rand.New(rand.NewPCG(1, 2))
			differed, leaked := false, false
			for range 50 {
				step := r.IntN(a.total + 1)
				if err := a.Seek(background, step); err != nil {
					t.Fatal(err)
				}
				if err := b.Seek(background, step); err != nil {
					t.Fatal(err)
				}
				one, two := a.Snapshot(nil), b.Snapshot(nil)
				differed = differed || dump(one) != dump(two)
				for _, i := range r.Perm(len(alike))[:min(4, len(alike))] {
					p := alike[i]
					x, y := one.As(p), two.As(p)
					if diff := cmp.Diff(dump(x), dump(y)); diff != "" {
						t.Fatalf("step %d: %s can tell one world from the other:\n%s", step, p, diff)
					}
					leaked = leaked || leak(one, x) != leak(two, y)
				}
			}
			if !differed {
				t.Error("the two worlds are the same: this test finds nothing")
			}
			if !leaked && w.scenario.Mode != Central && !strings.Contains(w.name, "for testing") {
				t.Error("an object copied from another memory goes unnoticed: this test finds nothing")
			}
		})
	}
}

// leak is a broken view: every foreign object is copied into it.
func leak(all, view *Snapshot) string {
	broken := *view
	broken.Parties = slices.Clone(view.Parties)
	for i, p := range broken.Parties {
		if p.ID != view.Eyes {
			broken.Parties[i].Memory = all.Parties[i].Memory
		}
	}
	return dump(&broken)
}

// What is nobody's own is not in anybody's view: metrics, digest, others' costs and
// others' numbers.
func TestAViewHasNoMetrics(t *testing.T) {
	for _, mode := range Modes() {
		s := fleet(t, mode, 3)
		session := open1(t, s, table(t, 20))
		if err := session.SeekEpoch(background, 1); err != nil {
			t.Fatal(err)
		}
		all := session.Snapshot(nil)
		for _, p := range all.Parties {
			v := all.As(p.ID)
			if v.Digest != 0 || !v.Knows(p.ID) || all.Eyes != "" || len(v.Cost.Sent) != 1 {
				t.Errorf("%s, %s: %+v", mode, p.ID, v)
			}
			for _, e := range v.History.Epochs {
				if !math.IsNaN(e.Train.Loss) || !math.IsNaN(e.Test.Accuracy) || e.LocalLoss != nil || e.Train.Confusion != [2][2]int{} {
					t.Errorf("%s: %s sees %+v", mode, p.ID, e)
				}
			}
			for i := range v.Record.Len() {
				if e := v.Record.At(i); e.Kind == trace.Sent && e.From != p.ID && e.To != p.ID {
					t.Errorf("%s: %s sees %+v", mode, p.ID, e)
				}
			}
			for _, other := range v.Parties {
				if other.ID != p.ID && (v.Knows(other.ID) || len(other.Memory.Objects) > 0) {
					t.Errorf("%s: %s sees into the memory of %s", mode, p.ID, other.ID)
				}
			}
			if v.Cost.Bytes > all.Cost.Bytes || v.Cost.Sent[p.ID] != all.Cost.Sent[p.ID] {
				t.Errorf("%s: %s counts %+v of %+v", mode, p.ID, v.Cost, all.Cost)
			}
		}
	}
}

// How many visits were before its own, and who has left, a worker does not know: at no step.
// The server, which decides on the one and sees the other by who is silent, is shown its own
// order.
func TestAWorkerDoesNotKnowItsTurn(t *testing.T) {
	visits, away := 0, 0
	for _, mode := range fleets {
		s := fleet(t, mode, 5)
		s.Secure.Drop = 0.2
		session := open1(t, s, table(t, 20))
		for session.step < session.total {
			if err := session.Next(background, trace.Batch); err != nil {
				t.Fatal(err)
			}
			all := session.Snapshot(nil)
			if len(all.Away) > 0 {
				away++
			}
			for _, p := range all.Parties {
				n := all.As(p.ID)
				if n.Away != nil {
					t.Fatalf("%s, step %d: %s knows who has left", mode, n.Step, p.ID)
				}
				if n.Event == nil {
					continue
				}
				for _, s := range n.Event.Path {
					numbered := s.Level == trace.Batch && s.Part != "" && s.Index > 0
					if numbered {
						visits++
					}
					if numbered && p.Role != "server" {
						t.Fatalf("%s, step %d: %s knows that its visit is number %d", mode, n.Step, p.ID, s.Index)
					}
				}
			}
		}
	}
	if visits == 0 || away == 0 {
		t.Errorf("%d visits have a number, %d times somebody has left: this test finds nothing", visits, away)
	}
}

// The record is that of the position, however one came there, and equals the cost.
func TestTheRecordFollowsThePosition(t *testing.T) {
	for _, mode := range fleets {
		session := open1(t, fleet(t, mode, 3), table(t, 20))
		var at []int
		r := rand.New(rand.NewPCG(3, 4))
		if err := session.Each(background, func(e *trace.Event) bool {
			at = append(at, session.book.upTo(e.Step).Len())
			return true
		}); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			step := r.IntN(session.total) + 1
			if err := session.Seek(background, step); err != nil {
				t.Fatal(err)
			}
			n := session.Snapshot(nil)
			if n.Record.Len() != at[step-1] {
				t.Errorf("%s, step %d: %d entries, on the way forth %d", mode, step, n.Record.Len(), at[step-1])
			}
			var cost trace.Cost
			for _, total := range n.Record.Totals() {
				cost.Messages += int64(total.Messages)
				cost.Rounds += int64(total.Rounds)
				cost.Bytes += total.Bytes
			}
			if cost.Messages != n.Cost.Messages || cost.Bytes != n.Cost.Bytes || n.Event.Level() != trace.Message && cost.Rounds != n.Cost.Rounds {
				t.Errorf("%s, step %d: the record sums up to %+v, the cost is %+v", mode, step, cost, n.Cost)
			}
		}
	}
}

// A long run keeps sums of what its record drops, and snapshots keep what they have.
func TestALongRecordIsSummedUp(t *testing.T) {
	var b book
	path := []trace.Scope{{Level: trace.Epoch, Name: "epoch"}, {Level: trace.Round, Name: "open"}, {Level: trace.Message, Name: "d"}}
	e := trace.Event{Kind: trace.Sent, Path: path, Party: "a", To: "b", Bytes: 8}
	const n = maxLines + 10
	var early Record
	for i := range n {
		e.Step = i + 1
		b.add(&e)
		if i == 99 {
			early = b.upTo(100)
		}
	}
	full := b.upTo(n)
	if full.Len() > maxLines || full.Forgotten() != n-full.Len() {
		t.Errorf("%d entries, %d summed up", full.Len(), full.Forgotten())
	}
	want := []Total{{From: "a", To: "b", What: "d", Where: []string{"epoch", "open"}, Messages: n, Clear: n, Bytes: 8 * n}}
	if got := full.Totals(); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if early.Len() != 100 || early.At(99).Step != 100 {
		t.Error("an early snapshot lost its entries")
	}
}

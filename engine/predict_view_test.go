package engine

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"unseen/engine/double"
	"unseen/engine/encrypted"
	"unseen/engine/nn"
	"unseen/engine/party"
	"unseen/engine/trace"
)

// predictionViews answers an applicant and writes what each party sees of it, and what
// eyes would see that see everything, under the empty name.
func predictionViews(t *testing.T, s Scenario, d *Dataset, model Weights, who *Applicant) map[string]string {
	t.Helper()
	views := map[string]*strings.Builder{"": {}, "server": {}, "dealer": {}, who.Name: {}}
	_, err := Predict(s, d, model, who, func(e *trace.Event) {
		for id, b := range views {
			seen := e
			if id != "" {
				if seen = EventAs(e, id); seen == nil {
					continue
				}
			}
			tellEvent(b, seen)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for id, b := range views {
		out[id] = b.String()
	}
	return out
}

// tellEvent writes all there is to an event.
func tellEvent(w io.Writer, e *trace.Event) {
	fmt.Fprintln(w, e.Kind, e.Path, e.Party, e.To, e.Bytes, e.Why)
	for _, v := range append(slices.Clone(e.Inputs), e.Outputs...) {
		fmt.Fprintln(w, v.Name, v.Form, v.Fraction)
		for _, p := range v.Parts {
			fmt.Fprintln(w, p.Party, p.Data.Shape(), p.Data.Data())
		}
	}
}

// Of a prediction server and dealer see the same whatever the applicant's row is, and the
// applicant sees the same of two models that answer her alike. (Of holders, see
// [TestHoldersOfAPredictionSeeTheSame].) Eyes that see everything tell
// the worlds apart.
func TestPredictionsAreSeenAsParties(t *testing.T) {
	set := table(t, 20)
	s := shares(t, 0)
	s.Network.Hidden = []int{4, 3}
	d := open1(t, s, set).Dataset()
	who, err := ApplicantOf(d, 3)
	if err != nil {
		t.Fatal(err)
	}
	other := *who
	other.Raw = slices.Clone(who.Raw)
	for j := range other.Raw {
		other.Raw[j] = d.Set.X.Float64s()[7*d.Features()+j]
	}
	session := open1(t, s, set)
	model := nn.Clone(session.mode.Weights())
	dead, otherwise := nn.Clone(model), Weights{}
	clear(dead.W[0].Float64s())
	for j := range dead.B[0].Float64s() {
		dead.B[0].Float64s()[j] = -1 // nothing comes through: what the next layer weighs, nobody hears of
	}
	otherwise = nn.Clone(dead)
	for i := range otherwise.W[1].Float64s() {
		otherwise.W[1].Float64s()[i] += 0.25
	}
	for _, c := range []struct {
		what     string
		one, two map[string]string
		alike    []string
	}{
		{"the row is another one", predictionViews(t, s, d, model, who), predictionViews(t, s, d, model, &other), []string{"server", "dealer"}},
		{"the model is another one", predictionViews(t, s, d, dead, who), predictionViews(t, s, d, otherwise, who), []string{who.Name, "dealer"}},
	} {
		if c.one[""] == c.two[""] {
			t.Errorf("%s: the worlds are the same, this test finds nothing", c.what)
		}
		for _, id := range c.alike {
			if c.one[id] == "" || c.one[id] != c.two[id] {
				t.Errorf("%s, and %s can tell", c.what, id)
			}
		}
	}
}

// asked is a question that can be put again and again.
type asked struct {
	t        *testing.T
	scenario Scenario
	dataset  *Dataset
	model    Weights
	who      *Applicant
	chance   encrypted.Chance
}

// play answers it, until f has seen enough. It is a [double.Play] that always begins at
// the beginning.
func (q asked) play(_ int, f func(*trace.Event) bool) {
	q.t.Helper()
	type enough struct{}
	defer func() {
		if r := recover(); r != nil && r != (enough{}) {
			panic(r)
		}
	}()
	_, err := predict(q.scenario, q.dataset, q.model, q.who, func(e *trace.Event) {
		if !f(e) {
			panic(enough{})
		}
	}, nil, q.chance)
	if err != nil {
		q.t.Fatal(err)
	}
}

// views answers it and writes, at some steps, what each party has in memory by then and
// what it knows of the step: what a screen through its eyes could be drawn from. Where leak
// is a party, the newest object of the memory of this one is in that of all others, too.
func (q asked) views(at map[int]bool, leak string) map[int]map[string]string {
	q.t.Helper()
	steps := map[int]map[string]string{}
	var all []*party.Party
	q.chance.Meet = func(list []*party.Party) { all = list }
	var record book
	images := map[string]*Image{}
	q.play(0, func(e *trace.Event) bool {
		record.add(e)
		if !at[e.Step] {
			return true
		}
		n := &Snapshot{Step: e.Step, Event: e.Clone(), Record: record.upTo(e.Step)}
		for _, p := range all {
			images[p.ID] = p.Store.Image(images[p.ID])
			n.Parties = append(n.Parties, PartyImage{p.ID, p.Number, string(p.Role), images[p.ID]})
		}
		if other := n.memory(leak); len(other.Objects) > 0 {
			for i, p := range n.Parties {
				n.Parties[i].Memory = &Image{Objects: append(slices.Clone(p.Memory.Objects), other.Objects[len(other.Objects)-1])}
			}
		}
		seen := map[string]string{}
		for _, p := range all {
			var b strings.Builder
			own := n.As(p.ID)
			for _, k := range own.Parties {
				for _, o := range k.Memory.Objects {
					fmt.Fprintln(&b, k.ID, o.Name, o.Form, o.Step, o.Origin, o.Data.Shape(), o.Data.Data())
				}
			}
			if own.Event != nil {
				tellEvent(&b, own.Event)
			}
			fmt.Fprintln(&b, own.Cost, own.Record.Len())
			seen[p.ID] = b.String()
		}
		steps[e.Step] = seen
		return true
	})
	return steps
}

// Of two predictions, of different applicants' rows by different models, all holders but
// one have the same memory and know the same of every step, to the last bit, where that
// one's randomness makes up for the difference (package double). Copying an object from
// another memory is found out.
func TestHoldersOfAPredictionSeeTheSame(t *testing.T) {
	set := table(t, 20)
	for _, c := range []struct {
		holders int
		last    bool
		softmax string
	}{{2, true, "exp"}, {2, false, "exp"}, {3, true, "exp"}, {3, false, "exp"}, {5, true, "exp"}, {5, false, "exp"}, {2, true, "fourier"}, {3, false, "fourier"}} {
		name := fmt.Sprintf("%d holders, %s, the first one moves", c.holders, c.softmax)
		if c.last {
			name = fmt.Sprintf("%d holders, %s, the last one moves", c.holders, c.softmax)
		}
		t.Run(name, func(t *testing.T) {
			s := shares(t, 0)
			s.Network.Hidden, s.Shares.Holders, s.Shares.Softmax = []int{4, 3}, c.holders, c.softmax
			session := open1(t, s, set)
			d := session.Dataset()
			who, err := ApplicantOf(d, 3)
			if err != nil {
				t.Fatal(err)
			}
			one := asked{t: t, scenario: s, dataset: d, model: session.mode.Weights(), who: who}
			two, other := one, *who
			other.Raw, two.model, two.who = slices.Clone(d.Set.X.Float64s()[7*d.Features():8*d.Features()]), nn.Clone(one.model), &other
			for _, w := range two.model.W {
				for i := range w.Float64s() {
					w.Float64s()[i] += 0.25
				}
			}
			holders, err := holdersOf(s, d, who)
			if err != nil {
				t.Fatal(err)
			}
			m := double.New(t, holders, c.last)
			two.chance = encrypted.Chance{Dealt: m.Draw, Split: m.Split}
			m.Find(one.play, two.play)

			mover := holders[0]
			if c.last {
				mover = holders[len(holders)-1]
			}
			steps := map[int]bool{}
			total := 0
			one.play(0, func(e *trace.Event) bool { total = e.Step; return true })
			for r := rand.New(rand.NewPCG(5, 6)); len(steps) < min(total, 50) || os.Getenv("UNSEEN_LONG") != "" && len(steps) < total; {
				steps[r.IntN(total)+1] = true
			}
			steps[total] = true
			a, b := one.views(steps, ""), two.views(steps, "")
			leaked, leakedToo := one.views(steps, mover), two.views(steps, mover)
			differ, caught := map[string]bool{}, false
			for step := range steps {
				for id := range a[step] {
					alike := slices.Contains(holders, id) && id != mover
					if differ[id] = differ[id] || a[step][id] != b[step][id]; alike && differ[id] {
						t.Fatalf("step %d: %s can tell\n%s", step, id, cmp.Diff(a[step][id], b[step][id]))
					}
					caught = caught || alike && leaked[step][id] != leakedToo[step][id]
				}
			}
			for _, id := range []string{who.Name, "server", mover} {
				if !differ[id] {
					t.Errorf("%s cannot tell: the worlds are the same, this test finds nothing", id)
				}
			}
			if !caught {
				t.Error("an object copied into another’s memory goes unnoticed: this test finds nothing")
			}
			t.Logf("%d of %d steps compared", len(steps), total)
		})
	}
}

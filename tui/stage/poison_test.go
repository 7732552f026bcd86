package stage

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gorgonia.org/tensor"

	"unseen/engine"
	"unseen/engine/trace"
)

// poison is in the place of everything that a party does not have.
const poison = 987654.25

// poisoned returns a snapshot with a sentinel in the place of all that is not a party's
// own: the memories of the others, their parts of the last event's values, losses it
// was not told, metrics, and what others sent to each other.
func poisoned(n *engine.Snapshot, id string) *engine.Snapshot {
	bad := func(t *tensor.Dense) *tensor.Dense {
		if t.Dtype() == tensor.Uint64 {
			x := make([]uint64, t.Size())
			for i := range x {
				x[i] = poison * (1 << 16)
			}
			return tensor.New(tensor.WithShape(t.Shape().Clone()...), tensor.WithBacking(x))
		}
		x := make([]float64, t.Size())
		for i := range x {
			x[i] = poison
		}
		return tensor.New(tensor.WithShape(t.Shape().Clone()...), tensor.WithBacking(x))
	}
	c := *n
	c.Parties = slices.Clone(n.Parties)
	for i, p := range c.Parties {
		if p.ID == id {
			continue
		}
		memory := *p.Memory
		memory.Objects = slices.Clone(p.Memory.Objects)
		for k, o := range memory.Objects {
			memory.Objects[k].Data, memory.Objects[k].Origin = bad(o.Data), "poison"
		}
		c.Parties[i].Memory = &memory
	}
	if e := n.Event; e != nil {
		c.Event = e.Clone()
		if e.Party != id || e.Kind != trace.Sent { // who sends knows what
			for _, list := range [][]trace.Value{c.Event.Inputs, c.Event.Outputs} {
				for _, v := range list {
					for k, p := range v.Parts {
						if p.Party != id {
							v.Parts[k].Data = bad(p.Data)
						}
					}
				}
			}
		}
	}
	c.History.Batches = slices.Clone(n.History.Batches)
	for i, b := range c.History.Batches {
		if !slices.Contains(b.Known, id) {
			c.History.Batches[i].Loss = poison
		}
	}
	c.History.Epochs = slices.Clone(n.History.Epochs)
	for i := range c.History.Epochs {
		e := &c.History.Epochs[i]
		e.Train.Loss, e.Test.Loss, e.Train.Accuracy, e.Test.Accuracy = poison, poison, poison, poison
		e.LocalLoss = []float64{poison}
	}
	c.Messages = slices.Clone(n.Messages)
	for i, m := range c.Messages {
		if m.From != id && m.To != id {
			c.Messages[i].What, c.Messages[i].Bytes = "poison", 987654
		}
	}
	return &c
}

// spoilt returns the data with a sentinel in the place of all rows that are not a
// party's own.
func spoilt(d *engine.Dataset, mode, id string) *engine.Dataset {
	own := map[int]bool{}
	for _, w := range d.Workers {
		for _, r := range w.Rows {
			own[r] = w.ID() == id || mode == engine.Central
		}
	}
	set := *d.Set
	set.X, set.Y = d.Set.X.Clone().(*tensor.Dense), slices.Clone(d.Set.Y)
	for r := range set.Y {
		if own[r] {
			continue
		}
		for j := range d.Features() {
			set.X.Float64s()[r*d.Features()+j] = poison
		}
		set.Y[r] = 1 - set.Y[r]
	}
	c := *d
	c.Set = &set
	if c.Scaling.How == "standard" { // it comes from the rows of all
		c.Scaling.Shift, c.Scaling.Scale = slices.Clone(c.Scaling.Shift), slices.Clone(c.Scaling.Scale)
		for j := range c.Scaling.Shift {
			c.Scaling.Shift[j], c.Scaling.Scale[j] = poison, poison
		}
	}
	return &c
}

// The screen of a party is computed from what the party has, and from nothing else: it
// stays the same if everything that is not its own is replaced by a sentinel. This
// holds for each kind of party, at whatever step, also for those that can tell any two
// worlds apart; what is the same in two worlds is TestEyesSeeOnlyTheirOwn's.
func TestScreensAreComputedFromWhatAPartyHas(t *testing.T) {
	type run struct{ mode, noise string }
	runs := []run{{engine.Central, engine.CentralNoise}, {engine.Aggregated, engine.LocalNoise}, {engine.SecureAggregation, engine.DistributedNoise}}
	for _, mode := range engine.Modes() {
		runs = append(runs, run{mode, engine.NoNoise})
	}
	for _, run := range runs {
		mode := run.mode
		t.Run(mode+", noise "+run.noise, func(t *testing.T) {
			s := workshop(t, mode)
			s.Data.Workers, s.Learning.Epochs, s.Learning.Rounds, s.Learning.Local = 0, 2, 2, 1
			if run.noise != engine.NoNoise {
				s.Privacy = engine.PrivacySettings{DP: run.noise, Clip: 0.2, Noise: 1, Delta: 1e-5}
			}
			session, err := engine.New(s, rows(t, 14))
			if err != nil {
				t.Fatal(err)
			}
			d := staged(t, session, 120, 36)
			roles := map[string][]string{}
			for _, p := range d.all.Parties {
				roles[p.Role] = append(roles[p.Role], p.ID)
			}
			kinds := slices.Sorted(func(yield func(string) bool) {
				for role := range roles {
					if !yield(role) {
						return
					}
				}
			})
			r := rand.New(rand.NewPCG(11, 12))
			caught := false
			for i := range 50 {
				d.page, d.sheet, d.present, d.panes[inspectorPane] = nil, nil, nil, &inspector{}
				d.look("")
				d.drain(d.start(seek(r.IntN(d.all.Total+1), "")))
				role := roles[kinds[(i+i/len(everyPage))%len(kinds)]] // every page through the eyes of several kinds
				who := role[r.IntN(len(role))]
				d.look(who)
				everyPage[i%len(everyPage)](d)
				d.draw()
				want, all, dataset, last := d.text(), d.all, d.view.dataset, d.view.reference.losses
				d.show(poisoned(all, who))
				d.view.dataset = spoilt(dataset, mode, who)
				d.view.reference.losses = []engine.BatchLoss{{Batch: 1, Loss: poison}}
				d.draw()
				if diff := cmp.Diff(want, d.text()); diff != "" {
					t.Fatalf("step %d: the screen of %s shows what is not its own:\n%s", all.Step, who, diff)
				}
				caught = caught || leaks(d, who)
				d.view.dataset, d.view.reference.losses = dataset, last
				d.show(all)
			}
			if !caught && mode != engine.Central { // where there is no other memory
				t.Error("a memory copied into another's view goes unnoticed: this test finds nothing")
			}
		})
	}
}

// leaks reports whether the sentinel is on the screen once one object of another's
// memory lies in the view.
func leaks(d driver, who string) bool {
	broken := *d.view.scene.Snapshot
	broken.Parties = slices.Clone(broken.Parties)
	for i, p := range d.all.Parties {
		if p.ID == who || len(p.Memory.Objects) == 0 {
			continue
		}
		for k, q := range broken.Parties {
			if q.ID == who {
				mine := *q.Memory
				mine.Objects = append([]engine.Object{d.all.Parties[i].Memory.Objects[0]}, mine.Objects...)
				broken.Parties[k].Memory = &mine
			}
		}
		d.view.scene.Snapshot = &broken
		d.page, d.sheet, d.focus, d.full = nil, nil, inspectorPane, true
		d.panes[inspectorPane] = &inspector{}
		d.draw()
		d.full = false
		return strings.Contains(d.text(), "poison")
	}
	return false
}

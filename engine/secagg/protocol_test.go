package secagg

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"unseen/engine/nn"
	"unseen/engine/party"
	"unseen/engine/rng"
	"unseen/engine/trace"
)

// group makes workers with updates of so many values, the first of them rows each.
func group(t testing.TB, n, values int, committee bool) *Protocol {
	t.Helper()
	p := &Protocol{Server: party.New("server", 0, party.Server), Values: values, Link: &party.Link{}, Root: rng.Seeded(7),
		Committee: committee, Size: Dimension(n, 0.2, 0.1)}
	if committee {
		p.Size = CommitteeSize(n, 0.2, 0.1)
	}
	most := 0
	for u := range n {
		p.Workers = append(p.Workers, party.New(fmt.Sprintf("w%d", u), u+1, party.Worker))
		p.Rows = append(p.Rows, 1+u%3)
		most = max(most, 1+u%3)
	}
	var err error
	if p.Quantiser, err = NewQuantiser(DefaultClip, n, most); err != nil {
		t.Fatal(err)
	}
	p.SetUp(&trace.Tracer{})
	return p
}

// update draws the workers' updates of a round; some values meet the clip.
func (p *Protocol) update(round uint64) {
	for _, w := range p.Workers {
		x, r := nn.New(1, p.Values), p.Root.Party(w.ID).Stream("test update", 0, round)
		for i := range x.Float64s() {
			x.Float64s()[i] = 20 * (float64(r.Uint64()>>11)/(1<<53) - 0.5)
		}
		w.Store.Put(Update, trace.Plain, x, 0, "test")
	}
}

// plain adds up the same without any secrecy.
func (p *Protocol) plain(t *testing.T, r Round, who []int) []int64 {
	sum := make([]int64, p.length())
	for _, u := range who {
		x, _, err := p.encode(u, r)
		if err != nil {
			t.Fatal(err)
		}
		for i := range x {
			sum[i] += p.Quantiser.lift(x[i])
		}
	}
	return sum
}

func TestTheOpenedSumIsExact(t *testing.T) {
	for _, committee := range []bool{false, true} {
		for _, n := range []int{3, 4, 10, 70} {
			if racing && n > 10 {
				continue
			}
			for _, drop := range []float64{0, 0.1, 0.25} {
				p := group(t, n, 5, committee)
				for round := range uint64(2) {
					stages := int(Stays)
					if committee {
						stages = HolderStages
					}
					r := Round{Number: round, Leave: Departures(p.Root, n, drop, round, stages)}
					p.update(round)
					events := 0
					o := p.Sum(trace.NewTracer(func(*trace.Event) { events++ }, 0), r)
					if want, aborts := p.events(r); events != want || aborts != (o.Aborted != nil) {
						t.Errorf("committee %v, %d workers, %v leave: %d events, announced %d", committee, n, drop, events, want)
					}
					if o.Aborted != nil {
						if drop < 0.2 {
							t.Errorf("committee %v, %d workers, %v leave: %v", committee, n, drop, o.Aborted)
						}
						continue
					}
					want := p.plain(t, r, o.Delivered)
					for i := range want {
						if o.Sum[i] != want[i] {
							t.Fatalf("committee %v, %d workers, round %d: element %d of the sum is %d, want %d", committee, n, round, i, o.Sum[i], want[i])
						}
					}
					rows := 0
					for _, u := range o.Delivered {
						rows += p.Rows[u]
					}
					if got := int(o.Sum[p.Values]); got != rows {
						t.Errorf("%d rows in the sum, want %d", got, rows)
					}
					p.forget()
				}
			}
		}
	}
}

// Nobody who watches waits for all: what a worker computes, it tells and sends before the
// next but few begins.
func TestWorkersTakeTurns(t *testing.T) {
	for committee, turns := range map[bool]map[string]string{
		false: {"mask key": "advertise keys", "share secrets": "share keys", "mask": "masked input"},
		true:  {"encode": "share update"},
	} {
		p, before, seen := group(t, 8, 5, committee), "", map[string]int{}
		p.update(0)
		p.Sum(trace.NewTracer(func(e *trace.Event) {
			if want := turns[before]; want != "" {
				seen[before]++
				if e.Name() != want {
					t.Errorf("committee %v: after %s comes %s, want %s", committee, before, e.Name(), want)
				}
			}
			before = e.Name()
		}, 0), Round{})
		for what := range turns {
			if seen[what] != 8 {
				t.Errorf("committee %v: %d workers had their turn in %s, want 8", committee, seen[what], what)
			}
		}
	}
}

// A round that is left wherever it can be, and entered again with the memories of that
// place, ends as one that was never left.
func TestRoundsCanBeEnteredAgain(t *testing.T) {
	for _, committee := range []bool{false, true} {
		p := group(t, 40, 5, committee)
		r := Round{Leave: Departures(p.Root, 40, 0.1, 0, HolderStages)}
		p.update(0)
		type place struct {
			a      aggregation
			step   int
			images []*party.Image
			digest trace.Digest
		}
		var places []place
		var digest trace.Digest
		tracer := trace.NewTracer(func(e *trace.Event) { digest = digest.Next(e) }, 0)
		all := append([]*party.Party{p.Server}, p.Workers...)
		a := p.begin(r)
		o := finish(tracer, a, func() bool {
			here := place{a: a.copy(), step: tracer.Step(), digest: digest}
			for _, who := range all {
				here.images = append(here.images, who.Store.Image(nil))
			}
			places = append(places, here)
			return false
		})
		if len(places) < 8 || o.Aborted != nil {
			t.Fatalf("committee %v: the round can be entered at %d places; %v", committee, len(places), o.Aborted)
		}
		last := digest
		for _, i := range []int{len(places) - 1, 0, 4, 2, 4, 5, 1, 3, 0} {
			at := places[i]
			for j, who := range all {
				who.Store.Restore(at.images[j])
			}
			digest = at.digest
			again := finish(trace.NewTracer(func(e *trace.Event) { digest = digest.Next(e) }, at.step), at.a.copy(), never)
			if digest != last {
				t.Errorf("committee %v: entered at place %d, step %d, the round is another one", committee, i, at.step)
			}
			if fmt.Sprint(again.Gone, again.Delivered, again.Clipped, again.Took) != fmt.Sprint(o.Gone, o.Delivered, o.Clipped, o.Took) {
				t.Errorf("committee %v: entered at place %d, it ends with %+v, want %+v", committee, i, again, o)
			}
		}
	}
}

// One server round of real size, with a tenth leaving.
func TestManyWorkers(t *testing.T) {
	n := 653
	if racing {
		n = 120
	}
	p := group(t, n, 2187, false)
	p.update(0)
	r := Round{Leave: Departures(p.Root, n, 0.1, 0, int(Stays))}
	o := p.Sum(&trace.Tracer{}, r)
	if o.Aborted != nil {
		t.Fatal(o.Aborted)
	}
	want := p.plain(t, r, o.Delivered)
	for i := range want {
		if o.Sum[i] != want[i] {
			t.Fatalf("element %d of the sum is %d, want %d", i, o.Sum[i], want[i])
		}
	}
	gone := 0
	for _, g := range o.Gone {
		gone += g
	}
	if gone != n/10 || o.Took["s"] != o.Gone[MaskedInput] || o.Took["b"] != len(o.Delivered) || o.Clipped == 0 {
		t.Errorf("%d left, %v recovered, %d clipped", gone, o.Took, o.Clipped)
	}
	p.forget()
}

// A worker that is asked for both secrets of a peer, or for shares it was never
// given, or by a server that says too few delivered, ends the run and says why.
func TestWorkersRefuse(t *testing.T) {
	for name, lie := range map[string]func(here, left []uint64){
		"both secrets": func(here, left []uint64) { here[2], left[2] = 1, 1 },
		"never shared": func(here, left []uint64) { left[0] = 1 },
		"are needed":   func(here, left []uint64) { clear(here) },
	} {
		p := group(t, 10, 3, false)
		p.update(0)
		leave := make([]Stage, 10)
		for u := range leave {
			leave[u] = Stays
		}
		leave[0] = ShareKeys
		p.lie = func(u int, here, left []uint64) {
			if u == 4 {
				lie(here, left)
			}
		}
		func() {
			defer func() {
				a, ok := recover().(*party.Abort)
				if !ok || a.Party != "w4" || !strings.Contains(a.Error(), name) {
					t.Errorf("%s: %v", name, a)
				}
				var overlap *ListsOverlapError
				if name == "both secrets" && (!errors.As(a, &overlap) || overlap.Peer != "w2") {
					t.Errorf("the attack names %v, want the peer w2", a)
				}
			}()
			p.Sum(&trace.Tracer{}, Round{Leave: leave})
		}()
	}
}

// A share that was changed on its way is found out.
func TestSealedSharesCannotBeChanged(t *testing.T) {
	plain, key := []uint64{1, 2, 3}, seed{7}
	sealed, out := make([]uint64, 5), make([]uint64, 3)
	var e envelope
	r := Round{Number: 3, Branch: 1}
	e.seal(key, r, 4, 7, sealed, plain)
	if err := e.open(key, r, 4, 7, out, sealed); err != nil || !slices.Equal(out, plain) {
		t.Fatalf("%v, %v", out, err)
	}
	for what, open := range map[string]func() error{
		"sent back":        func() error { return e.open(key, r, 7, 4, out, sealed) },
		"sent again later": func() error { return e.open(key, Round{Number: 4, Branch: 1}, 4, 7, out, sealed) },
		"of another past":  func() error { return e.open(key, Round{Number: 3}, 4, 7, out, sealed) },
		"for others":       func() error { return e.open(seed{8}, r, 4, 7, out, sealed) },
	} {
		if open() == nil {
			t.Errorf("what is %s can be opened", what)
		}
	}
	for bit := range 64 * len(sealed) {
		changed := slices.Clone(sealed)
		changed[bit/64] ^= 1 << (bit % 64)
		if e.open(key, r, 4, 7, out, changed) == nil {
			t.Fatalf("bit %d was changed, and nobody noticed", bit)
		}
	}
}

// Noise that workers add before they mask is in the sum, exactly; and a divisor takes
// the place of the rows.
func TestNoiseIsInTheSum(t *testing.T) {
	p := group(t, 6, 4, false)
	p.Divisor = 6
	p.Shape = func(worker string, r Round, v []float64) {
		for i := range v {
			v[i] = float64(i)
		}
	}
	p.Noise = func(worker string, r Round, x []int64) {
		for i := range x {
			x[i] += int64(worker[1]-'0') * 1000
		}
	}
	p.update(0)
	o := p.Sum(&trace.Tracer{}, Round{})
	if len(o.Sum) != 4 {
		t.Fatalf("%d elements, want no rows", len(o.Sum))
	}
	for i, x := range o.Sum {
		if want := int64(6*i)<<p.Quantiser.Fraction + 15_000; x != want {
			t.Errorf("element %d is %d, want %d", i, x, want)
		}
		if want := p.Quantiser.Decode(x) / 6; o.Mean.Float64s()[i] != want {
			t.Errorf("mean %v, want %v", o.Mean.Float64s()[i], want)
		}
	}
}

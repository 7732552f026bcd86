package engine

import (
	"errors"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"unseen/engine/nn"
	"unseen/engine/trace"
)

func TestBreakpointsAreWrittenAndRead(t *testing.T) {
	for _, text := range []string{"operation matmul", "sends server", "opening", "overflow", "overflow 31", "loss rises", "round 12", "epoch 3"} {
		b, err := ParseBreakpoint(" " + strings.ReplaceAll(text, " ", "  "))
		if err != nil || b.String() != text {
			t.Errorf("%q is read as %+v, written %q, %v", text, b, b, err)
		}
	}
	var wrong *SettingError
	for _, text := range []string{"", "operation", "round", "round x", "round -1", "epoch 1.5", "overflow 5000", "overflow 0", "stop"} {
		if b, err := ParseBreakpoint(text); !errors.As(err, &wrong) {
			t.Errorf("%q is read as %+v, %v", text, b, err)
		}
	}
}

// A watch stops at exactly the events that meet a breakpoint, and counts them.
func TestWatchStopsWhereItShould(t *testing.T) {
	s := fleet(t, Federated, 3)
	for text, meets := range map[string]func(e *trace.Event, n *Snapshot) bool{
		"operation relu": func(e *trace.Event, _ *Snapshot) bool { return e.Level() == trace.Operation && e.Name() == "relu" },
		"sends server":   func(e *trace.Event, _ *Snapshot) bool { return e.Kind == trace.Sent && e.Party == "server" },
		"round 3":        func(e *trace.Event, n *Snapshot) bool { return e.Level() == trace.Round && n.Cost.Rounds == 3 },
		"epoch 1":        func(e *trace.Event, _ *Snapshot) bool { return e.Level() == trace.Epoch && e.Scope().Index == 1 },
	} {
		b, err := ParseBreakpoint(text)
		if err != nil {
			t.Fatal(err)
		}
		all := open1(t, s, table(t, 20))
		var want []int
		for all.step < all.total {
			if err := all.Step(background); err != nil {
				t.Fatal(err)
			}
			n := all.Snapshot(nil)
			if meets(n.Event, n) {
				want = append(want, n.Step)
			}
		}
		session := open1(t, s, table(t, 20))
		w := NewWatch([]Breakpoint{b}, session.Snapshot(nil))
		for i, step := range want {
			if err := w.Run(background, session); err != nil {
				t.Fatal(err)
			}
			if session.step != step || w.Hit != 0 || w.Hits[0] != i+1 {
				t.Fatalf("%s: stop %d at step %d, want %d; %+v", text, i+1, session.step, step, w)
			}
		}
		if err := w.Run(background, session); err != nil || session.step != session.total || w.Hit >= 0 || len(want) == 0 {
			t.Errorf("%s: after %d stops at step %d: %+v, %v", text, len(want), session.step, w, err)
		}
	}
}

func TestWatchSeesOverflowAndRisingLoss(t *testing.T) {
	s := small(t)
	s.Data.Normalize, s.Learning.Rate = "none", 1e-9
	session := open1(t, s, table(t, 40))
	w := NewWatch([]Breakpoint{{On: AtOverflow, N: 10}}, session.Snapshot(nil))
	if err := w.Run(background, session); err != nil {
		t.Fatal(err)
	}
	largest := 0.0
	for _, v := range session.last.Outputs {
		d := Decode(v)
		for i := range d.Len() {
			largest = max(largest, math.Abs(d.At(i)))
		}
	}
	if w.Hit != 0 || largest < 1024 {
		t.Errorf("stopped at %v with at most %v", session.last.Path, largest)
	}

	session = open1(t, small(t), table(t, 40))
	w = NewWatch([]Breakpoint{{On: AtRise}}, session.Snapshot(nil))
	if err := w.Run(background, session); err != nil {
		t.Fatal(err)
	}
	b := session.history.Batches
	if n := len(b); w.Hit != 0 || n < 2 || b[n-1].Loss <= b[n-2].Loss {
		t.Errorf("the loss does not rise: %+v", b)
	}
	for i := 1; i < len(b)-1; i++ {
		if b[i].Loss > b[i-1].Loss {
			t.Errorf("passed a rise at batch %d: %+v", i+1, b)
		}
	}
}

// A peek leaves the run where it is.
func TestPeekComesBack(t *testing.T) {
	session := open1(t, fleet(t, Aggregated, 3), table(t, 20))
	r := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		at, step := r.IntN(session.total+1), r.IntN(session.total+1)
		if err := session.Seek(background, at); err != nil {
			t.Fatal(err)
		}
		want := describe(session.Snapshot(nil))
		n, err := Peek(background, session, step, session.Snapshot(nil))
		if err != nil || n.Step != step || session.step != at {
			t.Fatalf("a peek from %d at %d shows %d and leaves the run at %d: %v", at, step, n.Step, session.step, err)
		}
		if got := describe(session.Snapshot(nil)); got != want {
			t.Fatalf("a peek from %d at %d changed the place it came from", at, step)
		}
	}
}

// Through a worker's eyes, the way back ends at the message; through nobody's, it goes
// on at the sender.
func TestProvenanceEndsWhereKnowledgeEnds(t *testing.T) {
	session := open1(t, fleet(t, Federated, 3), table(t, 20))
	for session.last == nil || session.last.Kind != trace.Sent || session.last.Name() != "send model" {
		if err := session.Step(background); err != nil {
			t.Fatal(err)
		}
	}
	n, to := session.Snapshot(nil), session.last.To
	o, ok := n.memory(to).Object("w1")
	if !ok {
		t.Fatalf("%s has no model", to)
	}
	all, err := Trace(background, session, n, SourceOf(to, o), "")
	if err != nil || all.Hidden || len(all.Inputs) != 1 || all.Inputs[0].Party != "server" || all.Inputs[0].Name != "w1" {
		t.Errorf("%+v, %v", all, err)
	}
	own, err := Trace(background, session, n, SourceOf(to, o), to)
	if err != nil || !own.Hidden || len(own.Inputs) > 0 || own.Event == nil {
		t.Errorf("%+v, %v", own, err)
	}
}

func TestDecode(t *testing.T) {
	words := func(x ...uint64) *tensor.Dense {
		return tensor.New(tensor.WithShape(1, len(x)), tensor.WithBacking(x))
	}
	minus := uint64(math.MaxUint64)
	shared := trace.Value{Form: trace.Share, Fraction: 4, Parts: []trace.Part{{Data: words(minus, 5)}, {Data: words(17, minus-20)}}}
	if d := Decode(shared); !d.Ring() || d.At(0) != 1 || d.At(1) != -1 || d.Word(0) != 16 || d.Len() != 2 {
		t.Errorf("%v %v", Decode(shared).At(0), Decode(shared).At(1))
	}
	opened := trace.Value{Form: trace.Opened, Parts: []trace.Part{{Data: words(3)}, {Data: words(3)}}}
	if d := Decode(opened); d.At(0) != 3 {
		t.Errorf("an opened 3 is read as %v", d.At(0))
	}
	if d := Decode(trace.Value{Name: "unknown"}); d.Len() != 0 {
		t.Errorf("a value without parts has %d numbers", d.Len())
	}
	plain := nn.New(1, 1)
	plain.Float64s()[0] = -2.5
	if d := DecodePart(plain, 0); d.Ring() || d.At(0) != -2.5 || d.Word(0) != math.Float64bits(-2.5) {
		t.Errorf("%v", d.At(0))
	}
}

func TestUniformity(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 3))
	noise, numbers := make([]uint64, 4000), make([]uint64, 4000)
	for i := range noise {
		noise[i], numbers[i] = r.Uint64(), uint64(r.IntN(1<<20))
	}
	of := func(x []uint64) Numbers {
		return DecodePart(tensor.New(tensor.WithShape(1, len(x)), tensor.WithBacking(x)), 0)
	}
	if _, _, p := Uniformity(of(noise)); p < 1e-4 {
		t.Errorf("noise is not taken for noise: p = %g", p)
	}
	if _, _, p := Uniformity(of(numbers)); p > 1e-10 {
		t.Errorf("small numbers are taken for noise: p = %g", p)
	}
	if _, _, p := Uniformity(of(noise[:Enough-1])); p != 1 {
		t.Errorf("a verdict on %d elements: %g", Enough-1, p)
	}
}

// Following a row leads to what the evaluator says of it.
func TestFollowEqualsTheModel(t *testing.T) {
	session := open1(t, small(t), table(t, 40))
	if err := session.SeekEpoch(background, 2); err != nil {
		t.Fatal(err)
	}
	n, d := session.Snapshot(nil), session.Dataset()
	w, holder, ok := n.Model(3)
	if !ok || holder != "server" {
		t.Fatal("the server has no model")
	}
	x, y := d.take(d.Split.Test)
	want := nn.NewEvaluator(nn.NLL, d.Scaling.Apply(x), y).Probabilities(w).Float64s()
	for i, r := range d.Split.Test {
		walk := Follow(d, r, d.Scaling, w)
		if math.Abs(walk.P[0]-want[2*i]) > 1e-12 || len(walk.Layers) != 3 || walk.Layers[2].A != nil {
			t.Errorf("row %d: %v, want %v", r, walk.P, want[2*i:2*i+2])
		}
	}
	if walk := Follow(d, 0, d.Scaling, Weights{}); len(walk.Layers) > 0 || len(walk.Scaled) != d.Features() {
		t.Error("without a model there is more than the features")
	}
	if _, _, ok := n.As("nobody").Model(3); ok {
		t.Error("nobody has a model")
	}
}

// While holders have shares of the model it is their sum that is followed, not the one
// that the server began with.
func TestFollowOnShares(t *testing.T) {
	session := open1(t, shares(t, 0), table(t, 30))
	if err := session.SeekEpoch(background, 1); err != nil {
		t.Fatal(err)
	}
	n := session.Snapshot(nil)
	w, holder, ok := n.Model(2)
	if !ok || holder != "" {
		t.Fatalf("the model is that of %q", holder)
	}
	if got, want := nn.Pack(w).Float64s(), nn.Pack(session.mode.Weights()).Float64s(); !slices.Equal(got, want) {
		t.Error("it is not what the shares stand for")
	}
	if _, holder, ok := n.As("server").Model(2); !ok || holder != "server" {
		t.Error("the server sees another model than its own")
	}
}

// What is random, or sealed, is no release; an opening and a plain number are.
func TestReleases(t *testing.T) {
	for _, c := range []struct {
		kind trace.Kind
		form trace.Form
		what string
		want bool
	}{
		{trace.Open, trace.Opened, "d", true}, {trace.Sent, trace.Plain, "get model", true}, {trace.Sent, trace.Share, "share of d", false},
		{trace.Sent, trace.Plain, "share row", false}, {trace.Sent, trace.Plain, "advertise keys", false}, {trace.Span, trace.Plain, "open d", false},
	} {
		if got := (Entry{Kind: c.kind, Form: c.form, What: c.what}).Release(); got != c.want {
			t.Errorf("%v %v %q: release %v", c.kind, c.form, c.what, got)
		}
	}
	session := open1(t, fleet(t, SecureAggregation, 5), table(t, 20))
	if err := session.SeekEpoch(background, 1); err != nil {
		t.Fatal(err)
	}
	r := session.Snapshot(nil).Record
	var what []string
	for _, i := range r.Select("", true) {
		if e := r.At(i); !slices.Contains(what, e.What) {
			what = append(what, e.What)
		}
	}
	if got := strings.Join(what, ", "); strings.Contains(got, "key") || strings.Contains(got, "masked") || !strings.Contains(got, "send model") {
		t.Errorf("released: %s", got)
	}
}

// In secure aggregation the sum is in the ledger of the server, and of everything, once a
// server round, and each secret that it recovered; a run stops at each of them; and none is
// a message. No worker hears of them.
func TestTheSumIsReleased(t *testing.T) {
	for _, how := range []string{Masks, Committee} {
		s := fleet(t, SecureAggregation, 5)
		s.Secure.How, s.Learning.Rounds = how, 2
		session := open1(t, s, table(t, 20))
		want := map[string]int{"sum": 2}
		stops := 0
		for w := NewWatch([]Breakpoint{{On: AtOpening}}, session.Snapshot(nil)); ; stops++ {
			if err := w.Run(background, session); err != nil {
				t.Fatal(err)
			}
			if w.Hit < 0 {
				break
			}
			switch e := session.last; {
			case e.Name() == "recover":
				want[e.Inputs[0].Name]++
			case e.Name() != "add up" && e.Name() != "interpolate":
				t.Errorf("%s: stopped at %v", how, e.Path)
			}
		}
		if all := want["sum"] + want["b recovered"] + want["s recovered"]; stops != all || how == Masks && want["b recovered"] == 0 {
			t.Errorf("%s: stopped %d times: %v", how, stops, want)
		}
		n := session.Snapshot(nil)
		for id, want := range map[string]map[string]int{"": want, "server": want, session.Dataset().Workers[0].ID(): {}} {
			r := n.Record
			if id != "" {
				r = n.As(id).Record
			}
			got := map[string]int{}
			for _, i := range r.Select("", true) {
				if e := r.At(i); e.Kind == trace.Local {
					got[e.What]++
					if e.To != "server" || e.Why == "" || e.Wire() || !e.Release() {
						t.Errorf("%s: %+v", how, e)
					}
				}
			}
			if !maps.Equal(got, want) {
				t.Errorf("%s: the ledger of %q has %v, want %v", how, id, got, want)
			}
		}
	}
}

// In encrypted training, the loss rises where it is opened: for the holders and for who
// sees everything, and for nobody else. Who stops there and goes on with a new watch
// stops at the same places.
func TestTheLossOnSharesRisesWhereItIsOpened(t *testing.T) {
	s := fleet(t, Encrypted, 0)
	s.Network.Hidden = []int{2}
	s.Learning.Epochs, s.Learning.Batch = 3, 5 // the last batch of an epoch has 2 rows
	points := []Breakpoint{{On: AtRise}}
	walk := func(s Scenario, eyes func(*Session) string, once bool) (batches []int, session *Session) {
		session = open1(t, s, table(t, 15))
		look := func() *Snapshot {
			if id := eyes(session); id != "" {
				return session.Snapshot(nil).As(id)
			}
			return session.Snapshot(nil)
		}
		w := NewWatch(points, look())
		for {
			if err := w.Run(background, session); err != nil {
				t.Fatal(err)
			}
			if w.Hit < 0 {
				return batches, session
			}
			if e := session.last; e.Kind != trace.Open || e.Name() != "loss" {
				t.Fatalf("stopped at %v", e.Path)
			}
			batches = append(batches, len(session.history.Batches)+1)
			if !once {
				w = NewWatch(points, look())
			}
		}
	}
	nobody := func(*Session) string { return "" }
	holder := func(s *Session) string { return holders(s)[1] }
	got, session := walk(s, nobody, true)
	var want []int
	for i, b := range session.history.Batches[1:] {
		if b.Loss > session.history.Batches[i].Loss {
			want = append(want, i+2)
		}
	}
	if len(want) < 2 || !slices.Equal(got, want) {
		t.Fatalf("stops at batches %v, the loss rises at %v", got, want)
	}
	for name, eyes := range map[string]func(*Session) string{"nobody": nobody, "holder": holder} {
		if got, _ := walk(s, eyes, false); !slices.Equal(got, want) {
			t.Errorf("with new watches, eyes of %s: stops at batches %v, want %v", name, got, want)
		}
	}
	for _, id := range []string{"dealer", "server"} {
		if got, _ := walk(s, func(*Session) string { return id }, true); len(got) > 0 {
			t.Errorf("the %s stops at batches %v: it does not know the loss", id, got)
		}
	}
	s.Shares.RevealLoss = false
	if got, _ := walk(s, nobody, true); len(got) > 0 {
		t.Errorf("a loss that nobody computes rises at batches %v", got)
	}
}

// Elements of a smaller ring are read and judged in that ring: a masked update of 32 bits is
// noise there, although it fills no more than a corner of 2^64.
func TestUniformityInASmallerRing(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 5))
	for _, m := range []Modulus{{Bits: 4}, {Bits: 32}, {Bits: 40}, {Bits: 61, Prime: true}, {Bits: 64}} {
		words := make([]uint64, 2000)
		for i := range words {
			words[i] = r.Uint64() >> (64 - m.Bits)
		}
		n := DecodePart(tensor.New(tensor.WithShape(1, len(words)), tensor.WithBacking(words)), 0).In(m)
		if counts, _, p := Uniformity(n); p < 1e-4 || slices.Min(counts[:]) == 0 {
			t.Errorf("uniform elements modulo %v: p = %g, %v", m, p, counts)
		}
		for i := range words {
			words[i] >>= i % 8
		}
		if _, _, p := Uniformity(n); p > 1e-4 {
			t.Errorf("elements modulo %v that are not uniform: p = %g", m, p)
		}
	}
}

// Every number from −h to h, of which there are as many as elements, comes back from its
// element.
func TestModulusReadsSignedNumbers(t *testing.T) {
	for _, m := range []Modulus{{Bits: 4}, {Bits: 32}, {Bits: 60}, {Bits: 61, Prime: true}, {Bits: 64}} {
		half := int64(1)<<(m.Bits-1) - 1
		for _, x := range []int64{0, 1, -1, 7, -7, half, -half} {
			word := m.Reduce(uint64(x))
			if m.Prime && x < 0 {
				word = 1<<m.Bits - 1 - uint64(-x)
			}
			if got := m.Signed(word); got != x {
				t.Errorf("%d modulo %v is read as %d", x, m, got)
			}
			if m.Reduce(word) != word {
				t.Errorf("%d modulo %v is no element", x, m)
			}
			if hex, binary := m.Hex(word), m.Binary(word); len(hex) != (m.Bits+3)/4 || len(binary) != m.Bits {
				t.Errorf("%d modulo %v is written %s and %s", x, m, hex, binary)
			}
		}
		if got := DecodePart(tensor.New(tensor.WithShape(1, 1), tensor.WithBacking([]uint64{m.Reduce(^uint64(0) - 1)})), 0).In(m).At(0); !m.Prime && got != -2 {
			t.Errorf("−2 modulo %v is read as %v", m, got)
		}
	}
	if got := (Modulus{Bits: 61, Prime: true}).String(); got != "2^61 − 1" {
		t.Error(got)
	}
}

package engine

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"unseen/engine/nn"
	"unseen/engine/trace"
)

// heavy is a run on shares whose first product, of features below 1 and weights of a
// few ten thousand, does not fit below 2^22 beside its 40 fraction bits once one weight
// is 2^31. Watched, the overflow watcher ends it; otherwise it goes on with nonsense.
func heavy(t *testing.T, watch bool) Scenario {
	s := fleet(t, Encrypted, 0)
	s.Data.Normalize, s.Shares.Watch = "range", watch
	w := nn.Glorot(rand.New(rand.NewPCG(1, 1)), nn.Sizes(42, []int{3}, 2))
	for i := range w.W[0].Float64s() {
		w.W[0].Float64s()[i] = math.Ldexp(1, 31)
	}
	s.Network.Initial = &w
	return s
}

// The breakpoint on overflow stops at the operation whose result does not fit, also
// where the ring has wrapped it to a harmless number, and tells the element with both
// values. A size stops where that is reached.
func TestABreakpointOnOverflowTellsWhatLeftItsRange(t *testing.T) {
	session := open1(t, heavy(t, false), table(t, 12))
	if err := session.SeekEpoch(background, 0); err != nil {
		t.Fatal(err)
	}
	w := NewWatch([]Breakpoint{{On: AtOverflow}}, session.Snapshot(nil))
	if err := w.Run(background, session); err != nil {
		t.Fatal(err)
	}
	e, o := session.last, w.Overflow
	if w.Hit != 0 || o == nil || e.Name() != "matmul" || o.Operation != "matmul" || o.Value != "z1" || o.Room != 22 {
		t.Fatalf("stopped at %v: %+v", e.Path, o)
	}
	x, m := Decode(e.Inputs[0]), Decode(e.Inputs[1])
	_, inner := x.Shape()
	_, columns := m.Shape()
	want := 0.0
	for k := range inner {
		want += x.At(o.Row*inner+k) * m.At(k*columns+o.Column)
	}
	if math.Abs(o.Plain-want) > 1e-9*math.Abs(want) || math.Abs(want) < 1<<22 {
		t.Errorf("in plaintext %v, told %v", want, o.Plain)
	}
	if z := Decode(e.Outputs[0]); o.Shared != z.At(o.Row*columns+o.Column) || o.Shared == o.Plain || math.Abs(o.Shared) > 1<<23 {
		t.Errorf("the shares stand for %v: told %v", z.At(o.Row*columns+o.Column), o.Shared)
	}
	if text := o.String(); !strings.Contains(text, fmt.Sprintf("z1[%d,%d] is ", o.Row, o.Column)) || !strings.Contains(text, "room below 2^22") {
		t.Error(text)
	}
}

// Where the watcher ends the run before the operation is over, that is a hit, too.
func TestTheOverflowWatcherIsABreakpoint(t *testing.T) {
	session := open1(t, heavy(t, true), table(t, 12))
	w := NewWatch([]Breakpoint{{On: AtOverflow}}, session.Snapshot(nil))
	var err error
	for range 10 {
		if err = w.Run(background, session); err != nil {
			break
		}
	}
	var failed *RunError
	if !errors.As(err, &failed) || w.Hit != 0 || w.Hits[0] < 2 {
		t.Errorf("%v after %+v", err, w)
	}
}

// A run in which everything fits meets no breakpoint on overflow, in any mode.
func TestNothingOverflowsInAnOrdinaryRun(t *testing.T) {
	for _, mode := range Modes() {
		session := open1(t, fleet(t, mode, 3), table(t, 20))
		w := NewWatch([]Breakpoint{{On: AtOverflow}}, session.Snapshot(nil))
		if err := w.Run(background, session); err != nil || w.Hit >= 0 || session.step != session.total {
			t.Errorf("%s stops at step %d: %v, %v", mode, session.step, w.Overflow, err)
		}
	}
}

// The product in plaintext is that of the operation: of a·w, aᵀ·dz and dz·wᵀ, in all
// layers of a step on shares.
func TestTheProductInPlaintext(t *testing.T) {
	session := open1(t, fleet(t, Encrypted, 0), table(t, 12))
	seen := map[string]bool{}
	err := session.Each(background, func(e *trace.Event) bool {
		if e.Level() != trace.Operation || e.Name() != "matmul" || len(e.Inputs) != 2 || e.Outputs[0].Name == "z" {
			return true
		}
		got, want := Decode(e.Outputs[0]), multiplied(e, e.Outputs[0].Name)
		if len(want) != got.Len() {
			t.Fatalf("%s has %d elements of %d", e.Outputs[0].Name, len(want), got.Len())
		}
		for i, x := range want {
			if math.Abs(x-got.At(i)) > 1e-3 {
				t.Fatalf("%v: %s[%d] is %v, the product in plaintext %v", e.Path, e.Outputs[0].Name, i, got.At(i), x)
			}
		}
		seen[e.Outputs[0].Name[:1]+e.Outputs[0].Name[1:2]] = true
		return true
	})
	if err != nil || !seen["dw"] || !seen["da"] || !seen["z1"] {
		t.Errorf("%v, %v", seen, err)
	}
}

// Keys, seeds and masked updates are words of any size: no breakpoint on overflow takes them
// for numbers that have grown.
func TestKeysDoNotOverflow(t *testing.T) {
	for _, how := range Aggregations() {
		s := fleet(t, SecureAggregation, 5)
		s.Secure.How = how
		session := open1(t, s, table(t, 20))
		w := NewWatch([]Breakpoint{{On: AtOverflow, N: 8}}, session.Snapshot(nil))
		if err := w.Run(background, session); err != nil || w.Hit >= 0 {
			t.Errorf("%s: stopped at %v: %+v, %v", how, session.last.Path, w.Overflow, err)
		}
	}
}

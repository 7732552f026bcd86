package mpc

import (
	"errors"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"unseen/engine/party"
	"unseen/engine/ring"
	"unseen/engine/trace"
)

// watched returns a protocol whose watcher refuses what is out of range, and a
// matrix with one such value, in row 1, column 2.
func watched(t *testing.T, n int) (p *Protocol, x, y *Shared, saw *[]string) {
	t.Helper()
	p = protocol(t, ring.Ring{}, n, 1)
	saw = new([]string)
	p.Watch = func(name string, plaintext *tensor.Dense) error {
		*saw = append(*saw, name)
		return p.Ring.CheckRange(plaintext)
	}
	wild := ring.New(2, 3)
	wild.Uint64s()[5] = 1 << 62
	return p, split(t, p, wild, 1), split(t, p, ring.New(2, 3), 2), saw
}

// guarded are the protocols that are wrong outside the range, and say nothing. The
// value is out of range for each of them as x.
var guarded = map[string]func(p *Protocol, x, y *Shared){
	"truncate":         func(p *Protocol, x, y *Shared) { p.TruncateAll(16, y, x) },
	"truncate exactly": func(p *Protocol, x, y *Shared) { p.TruncateExact(x, 16) },
	"truncate locally": func(p *Protocol, x, y *Shared) { p.TruncateLocal(x, 16) },
	"less-than":        func(p *Protocol, x, y *Shared) { p.LessThan(x, y) },
	"sign":             func(p *Protocol, x, y *Shared) { p.Msb(x) },
	"relu":             func(p *Protocol, x, y *Shared) { p.ReLUTruncate(x, 16) },
}

// What is out of range is reported with operation, element and value, and nothing
// is sent of it.
func TestOverflowIsReportedBeforeAnythingIsSent(t *testing.T) {
	for name, run := range guarded {
		p, x, y, _ := watched(t, 2)
		err := catch(func() { run(p, x, y) })
		var overflow *ring.OverflowError
		if !errors.As(err, &overflow) || overflow.Row != 1 || overflow.Column != 2 || overflow.Value != 1<<62 || overflow.Limit != 62 {
			t.Errorf("%s: %v, want the value in row 1, column 2", name, err)
			continue
		}
		if !strings.Contains(err.Error(), name+": ") {
			t.Errorf("%s is not named: %v", name, err)
		}
		if cost := p.Cost(); cost.Bytes != 0 || cost.Rounds != 0 || p.Dealer.Ledger().Messages != 0 {
			t.Errorf("%s: %d bytes were sent in %d rounds before it was reported", name, cost.Bytes, cost.Rounds)
		}
	}
}

// A watcher changes nothing: results, messages and openings are the same with and
// without one, and it sees every truncation and comparison once.
func TestWatchingChangesNothing(t *testing.T) {
	for name, run := range guarded {
		p, _, y, saw := watched(t, 2)
		q := protocol(t, ring.Ring{}, 2, 1)
		run(p, y, y)
		run(q, y, y)
		if a, b := p.Cost(), q.Cost(); a.Bytes != b.Bytes || a.Rounds != b.Rounds || len(p.Openings()) != len(q.Openings()) {
			t.Errorf("%s costs %+v watched and %+v unwatched", name, a, b)
		}
		want := 1
		if name == "truncate" {
			want = 2 // two values
		}
		if len(*saw) != want || (*saw)[0] != name {
			t.Errorf("%s: the watcher was shown %q", name, *saw)
		}
	}
}

// The largest and the smallest value in range pass.
func TestWatcherLetsTheRangePass(t *testing.T) {
	for _, v := range []int64{1<<62 - 1, -1 << 62, 0} {
		p, _, _, _ := watched(t, 3)
		x := split(t, p, ring.From(1, 1, []uint64{uint64(v)}), 1)
		if err := catch(func() { p.Truncate(x, 16) }); err != nil {
			t.Errorf("%d: %v", v, err)
		}
	}
}

// An error of the watcher itself travels as the cause of the abort.
func TestWatcherEndsTheRun(t *testing.T) {
	p, _, y, _ := watched(t, 2)
	stop := errors.New("seen enough")
	p.Watch = func(string, *tensor.Dense) error { return stop }
	err := catch(func() { p.ReLU(y) })
	var abort *party.Abort
	if !errors.Is(err, stop) || !errors.As(err, &abort) {
		t.Errorf("%v", err)
	}
}

// Every span that an operation opens is closed, with or without a shared result,
// and an aborted one tells nothing.
func TestSpansAreClosed(t *testing.T) {
	p, wild, y, _ := watched(t, 2)
	events := 0
	p.Tracer = trace.NewTracer(func(*trace.Event) { events++ }, 0)
	values := []*Shared{y, y, y, y, y, y, y}
	p.Open("a test", values...)
	p.Mask(y)
	p.RevealTo(somebody(), "y", "a test", y)
	p.LessThanConstants(y, 1, 2)
	p.TruncateAll(3, values...)
	if path := p.Tracer.Path(); len(path) != 0 {
		t.Errorf("still open: %v", path)
	}
	before := events
	if err := catch(func() { p.LessThan(wild, y) }); err == nil || events != before {
		t.Errorf("an aborted operation ended with %v and told of %d events", err, events-before)
	}
}

package engine

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// madeUp is a run of which only the times matter: it takes so long for each of its epochs,
// and before the first one as long again as ready.
type madeUp struct {
	*course
	ready, each time.Duration
	epochs      int
	pace        pace
	units       int
}

// perEpoch is how many units an epoch of a made-up run has: all but the last take no time.
const perEpoch = 5

func (m *madeUp) advance() {
	if m.units == m.epochs*perEpoch {
		m.over = true
		return
	}
	m.units++
	at := m.progress.Elapsed
	if m.units == 1 {
		at += m.ready
	}
	if m.units%perEpoch == 0 {
		at += m.each
	}
	m.pace.see(m.units/perEpoch, m.units, at)
	m.progress = Progress{Done: m.units, Total: m.epochs * perEpoch, Elapsed: at, Expected: m.pace.expected(m.epochs * perEpoch)}
}

// takeTurns runs made-up runs to their end, and returns the order in which they end and
// what was told on the way.
func takeTurns(t interface{ Fatalf(string, ...any) }, list ...*madeUp) (ends []int, told []Course) {
	all := &courses{}
	for _, m := range list {
		m.course = &course{}
		all.list = append(all.list, m.course)
	}
	for now := all.turn(); now >= 0; now = all.turn() {
		if len(told) > 1e6 {
			t.Fatalf("they never end")
		}
		if list[now].advance(); list[now].over {
			ends = append(ends, now)
		}
		told = append(told, all.course(now))
	}
	return ends, told
}

const ms = time.Millisecond

// Runs end in the order of how long they take, however they were asked for, but for the
// one epoch of each that shows how long that is; and from then on the time left is what it
// will be.
func TestShortRunsComeFirst(t *testing.T) {
	run := func(each time.Duration, epochs int) *madeUp { return &madeUp{each: each, epochs: epochs} }
	list := []*madeUp{run(2*ms, 10), run(16*ms, 5), run(25*ms, 40), run(1000*ms, 40), run(36*ms, 10)}
	whole := 20*ms + 80*ms + 1000*ms + 40_000*ms + 360*ms
	ends, told := takeTurns(t, list...)
	if want := []int{0, 1, 4, 2, 3}; !slices.Equal(ends, want) {
		t.Errorf("they end in the order %v, want %v", ends, want)
	}
	known := false
	for _, c := range told {
		if known = known || c.Total > 0; known && c.Elapsed+c.Left() != whole {
			t.Fatalf("after %v there are %v left of %v", c.Elapsed, c.Left(), whole)
		}
		if !known && (c.Left() != 0 || c.Elapsed > 3*1000*ms) {
			t.Fatalf("after %v nothing is known, and %v are left", c.Elapsed, c.Left())
		}
	}
	if last := told[len(told)-1]; last.Done != thousandths || last.Over != 5 || last.Left() != 0 {
		t.Errorf("at the end it is %+v", last)
	}
}

// Of runs of any lengths: each ends once; the bar never goes back and ends full; nothing
// is said of the time left before every run has shown its pace; from then on that is right
// up to what the runs take to get ready, of which the first epoch alone cannot tell.
func TestTheCourseOfAnyRuns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []*madeUp
		var whole, ready time.Duration
		for range rapid.IntRange(1, 6).Draw(t, "runs") {
			m := &madeUp{ready: time.Duration(rapid.IntRange(0, 50).Draw(t, "ready")) * ms, epochs: rapid.IntRange(1, 12).Draw(t, "epochs"),
				each: time.Duration(rapid.IntRange(1, 200).Draw(t, "each")) * ms}
			whole += m.ready + m.each*time.Duration(m.epochs)
			ready += m.ready * time.Duration(m.epochs) // at most taken for a part of each epoch
			list = append(list, m)
		}
		ends, told := takeTurns(t, list...)
		seen := make(map[int]bool)
		for _, i := range ends {
			seen[i] = true
		}
		if len(seen) != len(list) || len(ends) != len(list) {
			t.Fatalf("of %d runs these end: %v", len(list), ends)
		}
		bar := 0
		for _, c := range told {
			if c.Done < bar || c.Done > thousandths {
				t.Fatalf("the bar goes from %d to %d", bar, c.Done)
			}
			bar = c.Done
			slow := false
			for i, m := range list {
				slow = slow || c.Parts[i]*float64(m.epochs) < 1-1e-9
			}
			if (c.Total == 0) != slow {
				t.Fatalf("some run has no epoch yet: %v, and the bar has %d parts", slow, c.Total)
			}
			if off := c.Elapsed + c.Left() - whole; c.Total > 0 && (off < -ms || off > ready+ms) {
				t.Fatalf("after %v there are %v left of %v", c.Elapsed, c.Left(), whole)
			}
		}
		if bar != thousandths {
			t.Fatalf("the bar ends at %d", bar)
		}
	})
}

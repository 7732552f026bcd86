package engine

import (
	"math/rand/v2"
	"testing"

	"unseen/engine/trace"
)

// A snapshot stays what it is, wherever it was taken and wherever the run goes on to:
// what a step leaves behind is used again only where no snapshot shows it.
func TestSnapshotsNeverChange(t *testing.T) {
	for _, mode := range Modes() {
		t.Run(mode, func(t *testing.T) {
			session := open1(t, fleet(t, mode, 3), table(t, 12))
			r := rand.New(rand.NewPCG(5, 6))
			type kept struct {
				snapshot *Snapshot
				text     string
			}
			var all []kept
			var shown *Snapshot
			take := func() {
				shown = session.Snapshot(shown)
				all = append(all, kept{shown, dump(shown)})
			}
			for range 30 {
				step := r.IntN(session.total)
				if err := session.Seek(background, step); err != nil {
					t.Fatal(err)
				}
				take()
				if err := session.Next(background, trace.Levels()[r.IntN(4)]); err != nil {
					t.Fatal(err)
				}
				if r.IntN(2) == 0 {
					take()
				}
			}
			for _, k := range all {
				if dump(k.snapshot) != k.text {
					t.Fatalf("the snapshot of step %d is another one now", k.snapshot.Step)
				}
			}
		})
	}
}

// Going back to the beginning from the middle of a step, and on from there, is the same
// run.
func TestARunBeginsAgainInTheMiddleOfAStep(t *testing.T) {
	for _, mode := range Modes() {
		session := open1(t, fleet(t, mode, 3), table(t, 12))
		if err := session.Seek(background, session.total); err != nil {
			t.Fatal(err)
		}
		end := session.Digest()
		r := rand.New(rand.NewPCG(7, 8))
		for range 5 {
			for _, step := range []int{1 + r.IntN(session.total), 0, session.total} {
				if err := session.Seek(background, step); err != nil {
					t.Fatalf("%s, step %d: %v", mode, step, err)
				}
			}
			if session.Digest() != end {
				t.Fatalf("%s: another run", mode)
			}
		}
	}
}

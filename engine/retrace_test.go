package engine

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"unseen/engine/mode"
	"unseen/engine/secagg"
	"unseen/engine/trace"
)

// Behind a place that is kept in brief everything looks as it did when the run came by: all
// memories, the messages, what they cost, and the digest of all that happened. So it does
// without what only saves time; and the run goes on from there as it did.
func TestRetracedPlacesAreTheSame(t *testing.T) {
	set := table(t, 60)
	for _, how := range Aggregations() {
		s := fleet(t, SecureAggregation, 14)
		s.Secure.How, s.Learning.Rounds, s.Secure.Drop = how, 5, 0.15
		forth, back := open1(t, s, set), open1(t, s, set)
		back.within.spacing, back.saved.spacing = 1, 1
		back.mode.(*secagg.Secagg).Protocol.Often = 3 // also in the middle of an exchange
		if err := back.Seek(background, back.total); err != nil {
			t.Fatal(err)
		}
		end, places := back.digest, map[int][]checkpoint{}
		rounds := map[int]bool{}
		for _, list := range [][]checkpoint{back.saved.list, back.marks.list} {
			for _, c := range list {
				if c.brief {
					light := c
					light.state = back.mode.(mode.Retracer).Lighten(c.state)
					places[c.step] = append(places[c.step], c, light)
					rounds[c.round()] = true
				}
			}
		}
		if len(back.marks.list) < 3*5 || len(places) <= len(back.marks.list)+2 || len(rounds) != 3 {
			t.Fatalf("%s: %d places in brief in %d rounds, %d of them within an aggregation", how, len(places), len(rounds), len(back.marks.list))
		}
		looks := func(session *Session) string {
			n := session.Snapshot(nil)
			return describe(n) + fmt.Sprintln(n.Cost, n.Digest, n.Away)
		}
		if err := forth.Each(background, func(e *trace.Event) bool {
			for _, c := range places[e.Step-1] {
				back.restore(c)
				if err := back.Step(background); err != nil {
					t.Fatal(err)
				}
				if want, got := looks(forth), looks(back); got != want {
					t.Fatalf("%s: step %d looks different behind a place in brief:\n%s", how, e.Step, cmp.Diff(want, got))
				}
			}
			return true
		}); err != nil {
			t.Fatal(err)
		}
		for step, list := range places {
			back.restore(list[0])
			if err := back.Seek(background, back.total); err != nil || back.digest != end {
				t.Fatalf("%s: from step %d the run ends otherwise: %v", how, step, err)
			}
		}
	}
}

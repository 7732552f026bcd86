package say

import (
	"context"
	"math"
	"testing"

	"unseen/engine"
	"unseen/engine/trace"
)

// What a memory of secure aggregation has is read in its own ring: the sum is the average in
// steps and times the rows, an update that is encoded the update, and shares are in the field
// that they were made in. Keys stand for no number.
func TestElementsAreReadInTheirRing(t *testing.T) {
	for _, how := range engine.Aggregations() {
		session := small(t, engine.SecureAggregation, func(s *engine.Scenario) {
			s.Data.Workers, s.Secure.How, s.Secure.Drop = 6, how, 0
		})
		after := func(name string) Scene {
			if err := session.Each(context.Background(), func(e *trace.Event) bool { return e.Kind != trace.Local || e.Name() != name }); err != nil {
				t.Fatal(err)
			}
			return NewScene(session)
		}
		scene := after(map[string]string{engine.Masks: "add up", engine.Committee: "interpolate"}[how])
		everyWordIsAnElement(t, how, scene)
		scene = after("decode")
		server := scene.Snapshot.Parties[0]
		sum, has := server.Memory.Object("sum")
		average, also := server.Memory.Object("average")
		if !has || !also {
			t.Fatalf("%s: the server has no sum", how)
		}
		n := scene.Decode(sum)
		last := n.Len() - 1
		negative := 0
		for j, want := range average.Data.Float64s() {
			if got := n.At(j) * scene.Secure.Quantiser.Step() / n.At(last); math.Abs(got-want) > 1e-12 {
				t.Fatalf("%s: sum[0,%d] stands for %g, the average is %g", how, j, got, want)
			}
			if n.At(j) < 0 {
				negative++
			}
		}
		if negative == 0 {
			t.Errorf("%s: no number is below zero: this shows nothing", how)
		}
	}
}

func everyWordIsAnElement(t *testing.T, how string, s Scene) {
	keys, shares := 0, 0
	for _, p := range s.Snapshot.Parties {
		for _, o := range p.Memory.Objects {
			n, m := s.Decode(o), s.Modulus(o.Name)
			if !n.Ring() {
				continue
			}
			for i, word := range o.Data.Uint64s() {
				if n.Word(i) != word {
					t.Fatalf("%s: %s of %s has %x, which is no element modulo %v", how, o.Name, p.ID, word, m)
				}
			}
			if s.Nature(o.Name) == Key {
				keys++
				if !s.Masked(o) {
					t.Errorf("%s: %s of %s is read as a number", how, o.Name, p.ID)
				}
			}
			if m.Prime {
				shares++
			}
		}
	}
	if keys == 0 || shares == 0 {
		t.Errorf("%s: %d keys and %d values of shares: nothing to see", how, keys, shares)
	}
}

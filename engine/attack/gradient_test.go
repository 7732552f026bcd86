package attack

import (
	"testing"

	"gorgonia.org/tensor"
)

// An update that came in as such, in which nothing or only the layers above the first
// have moved, says which layer was closed, like one of two models.
func TestClosedOfMoves(t *testing.T) {
	widths := []int{3, 2, 2, 2}
	for above := range 3 {
		size := (3+1)*2 + (2+1)*2 + (2+1)*2
		packed := tensor.New(tensor.WithShape(1, size), tensor.Of(tensor.Float64))
		if above > 0 {
			packed.Float64s()[size-1-6*(above-1)] = 0.5 // a bias of the last layer, or of the one below
		}
		v := NewView("server")
		v.Messages = []Message{{From: "worker", To: "server", What: "move update", Values: []Value{{Name: "model", Data: packed}}}}
		moved := v.Moved(widths)
		if len(moved) != 1 {
			t.Fatalf("%d updates", len(moved))
		}
		if got, want := moved[0].Closed(), []int{3, 2, 1}[above]; got != want {
			t.Errorf("layer %d is said to be closed, want %d", got, want)
		}
		if _, _, ok := Row(moved[0]); ok {
			t.Error("a row is found where nothing moved")
		}
	}
}

package say

import (
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"unseen/engine"
	"unseen/engine/trace"
)

func words(x ...uint64) *tensor.Dense {
	return tensor.New(tensor.WithShape(1, len(x)), tensor.WithBacking(x))
}

// product is the event of a product of shared numbers: 1.5 · 2 = 3 with 4 fraction
// bits, and of the opening of d in it.
func product() (matmul, open *trace.Event) {
	minus := ^uint64(0)
	value := func(name string, a, b uint64) trace.Value {
		return trace.Value{Name: name, Form: trace.Share, Fraction: 4, Parts: []trace.Part{{Party: "a", Data: words(a)}, {Party: "b", Data: words(b)}}}
	}
	path := []trace.Scope{{Level: trace.Epoch, Name: "epoch", Index: 1}, {Level: trace.Operation, Name: "matmul"}}
	matmul = &trace.Event{Step: 9, Kind: trace.Local, Party: "holders", Path: path,
		Inputs: []trace.Value{value("x", minus, 25), value("w1", 7, 25)}, Outputs: []trace.Value{value("z1", 40, 8)}}
	d := trace.Value{Name: "d", Form: trace.Opened, Fraction: 4, Parts: []trace.Part{{Party: "a", Data: words(16)}, {Party: "b", Data: words(16)}}}
	open = &trace.Event{Step: 8, Kind: trace.Open, To: "holders", Why: "a is uniform",
		Path: append(path[:2:2], trace.Scope{Level: trace.Message, Name: "d"}), Outputs: []trace.Value{d}}
	return matmul, open
}

func sharedScene(e *trace.Event, eyes string) Scene {
	all := &engine.Snapshot{Step: e.Step, Total: 20, Event: e,
		Parties: []engine.PartyImage{{ID: "a", Role: "holder", Memory: &engine.Image{}}, {ID: "b", Role: "holder", Memory: &engine.Image{}}}}
	if eyes != "" {
		all = all.As(eyes)
	}
	return Scene{Snapshot: all, Scenario: engine.Scenario{Mode: engine.Encrypted}}
}

// Everything sees all shares and their sum; a holder sees its own, and no sum.
func TestSharesAreTold(t *testing.T) {
	matmul, open := product()
	told := Tell(sharedScene(matmul, ""), Cell{})
	if len(told.Shares) != 3 || !told.Shares[2].Known || told.Shares[2].Value != 3 || told.Shares[0].Value != 1.5 || len(told.Shares[2].Parts) != 2 {
		t.Errorf("everything sees %+v", told.Shares)
	}
	if n := len(told.Views); n != 3 || told.Views[2].Data.Float64s()[0] != 3 || told.Views[2].Note == "" || !strings.Contains(told.Formula, "d·b") {
		t.Errorf("%+v", told)
	}
	own := Tell(sharedScene(matmul, "b"), Cell{})
	for _, s := range own.Shares {
		if s.Known || len(s.Parts) != 1 || s.Parts[0].Party != "b" {
			t.Errorf("b sees %+v", s)
		}
	}
	if len(own.Shares) != 3 || len(own.Views) != 3 {
		t.Errorf("b sees %+v", own)
	}
	for i, want := range []uint64{25, 25, 8} { // words of its own, not read as numbers
		if w := own.Views[i]; w.Fraction != 0 || w.Data.Uint64s()[0] != want {
			t.Errorf("b sees %+v, want its word %d", w, want)
		}
	}
	for _, eyes := range []string{"", "a"} {
		opened := Tell(sharedScene(open, eyes), Cell{})
		if len(opened.Shares) != 1 || !opened.Shares[0].Known || opened.Shares[0].Value != 1 || !strings.Contains(opened.Sentence, "a is uniform") {
			t.Errorf("eyes %q see the opening as %+v", eyes, opened)
		}
	}
	if outside := Tell(sharedScene(matmul, "c"), Cell{}); outside.Title != "▒▒▒" || len(outside.Shares)+len(outside.Views) > 0 {
		t.Errorf("a stranger sees %+v", outside)
	}
}

func TestFirstSentence(t *testing.T) {
	if got := firstSentence("# Truncate\n\nCuts the\nfraction. More follows.\n\nAnd more."); got != "Cuts the fraction." {
		t.Errorf("%q", got)
	}
}

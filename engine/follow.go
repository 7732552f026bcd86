package engine

import (
	"slices"
	"strings"

	"gorgonia.org/tensor"

	"unseen/data"
	"unseen/engine/encrypted"
	"unseen/engine/local"
	"unseen/engine/nn"
	"unseen/engine/ring"
	"unseen/engine/trace"
)

// Journey is one row's way through a model.
type Journey struct {
	Row         int       // of the data set, from 0
	Raw, Scaled []float64 // the features, as numbers and, where the scaling is known, scaled
	Layers      []Layer   // none without a model, or without a scaling
	P           []float64 // the probability of each class
}

// Layer is what a layer makes of one row: z = a·w + b, and a = max(0, z) but in the
// last one.
type Layer struct{ Z, A []float64 }

// Follow leads a row of the data set through a scaling and a model; both may be empty.
func Follow(d *Dataset, row int, scaling data.Scaling, model Weights) Journey {
	n := d.Features()
	w := Journey{Row: row, Raw: d.Set.X.Float64s()[row*n : (row+1)*n]}
	if len(scaling.Shift) == 0 {
		return w
	}
	raw := nn.New(1, n)
	copy(raw.Float64s(), w.Raw)
	scaled := scaling.Apply(raw)
	w.Scaled = scaled.Float64s()
	if model.Layers() == 0 {
		return w
	}
	float, a := nn.NewFloat(""), scaled
	for l := range model.W {
		z := float.AddRow(float.MatMul(a, model.W[l]), model.B[l])
		layer := Layer{Z: z.Float64s()}
		if l < model.Layers()-1 {
			a, _ = float.ReLU(z)
			layer.A = a.Float64s()
		} else {
			w.P = float.Softmax(z).Float64s()
		}
		w.Layers = append(w.Layers, layer)
	}
	return w
}

// Scaling finds how rows are scaled: of everything, and where it is public, as the data
// set has it; for a party's eyes by the numbers in its memory. Where rows are shared these
// are mean and 1/σ of the columns divided by their public bounds, and only holders have
// them. ok is false for those who do not know it.
func (s *Snapshot) Scaling(d *Dataset) (scaling data.Scaling, ok bool) {
	if s.Eyes == "" || d.Scaling.How != "standard" {
		return d.Scaling, true
	}
	numbers := func(name string) []float64 {
		o, ok := s.memory(s.Eyes).Object(name)
		if !ok || o.Form == trace.Share || o.Data.Dtype() != tensor.Float64 {
			return nil
		}
		return slices.Clone(o.Data.Float64s())
	}
	shift, scale := numbers(local.Shift), numbers(local.Scale)
	if shift == nil || scale == nil {
		bounds := d.Set.Range().Scale
		shift, scale = numbers("mean"), numbers("1/σ")
		if len(shift) != len(bounds) || len(scale) != len(bounds) {
			return data.Scaling{}, false
		}
		for j, bound := range bounds {
			shift[j], scale[j] = shift[j]*bound, bound/scale[j]
		}
	}
	return data.Scaling{How: d.Scaling.How, Shift: shift, Scale: scale}, true
}

// Model finds the model of so many layers that a snapshot is about: the sum of the
// shares, where parties hold some and everything may be seen (what its owner has is the
// one before training, until it has put the final one together), or that of the first
// party that has one. It says whose it is;
// holder is empty for a sum of shares, which nobody knows.
func (s *Snapshot) Model(layers int) (model Weights, holder string, ok bool) {
	names := local.Names(layers)
	shared, since := Weights{}, -1 // the step since which the shares are what they are
	if s.Eyes == "" {
		shared, since = s.sharedModel(names)
	}
	for _, p := range s.Parties {
		if w, ok := plainModel(p.Memory, names, since); ok {
			return w, p.ID, true
		}
	}
	return shared, "", since >= 0
}

// sharedModel adds up the shares of a model. since is the step at which the last of them
// came about; −1 if there are none.
func (s *Snapshot) sharedModel(names []string) (model Weights, since int) {
	for i, name := range names {
		v, ok := s.Shared(name)
		if !ok {
			return Weights{}, -1
		}
		o, _ := s.memory(v.Parts[0].Party).Object(name)
		if o.Origin == encrypted.ModelShare { // nothing is trained: its owner has it as it is
			return Weights{}, -1
		}
		since = max(since, o.Step)
		n := Decode(v)
		t := nn.New(n.Shape())
		for k := range t.Float64s() {
			t.Float64s()[k] = n.At(k)
		}
		if i%2 == 0 {
			model.W = append(model.W, t)
		} else {
			model.B = append(model.B, t)
		}
	}
	return model, since
}

// plainModel finds a model that a party has as numbers and got after a step.
func plainModel(memory *Image, names []string, after int) (Weights, bool) {
	var w Weights
	for i, name := range names {
		o, ok := memory.Object(name)
		if !ok || o.Form != trace.Plain || o.Data.Dtype() != tensor.Float64 || o.Step <= after {
			return Weights{}, false
		}
		if i%2 == 0 {
			w.W = append(w.W, o.Data)
		} else {
			w.B = append(w.B, o.Data)
		}
	}
	return w, true
}

// Shared collects the shares that parties hold of a value of that name. What owners split
// their rows into has one name at all of them, and is of other rows at each: no sharing.
func (s *Snapshot) Shared(name string) (trace.Value, bool) {
	v := trace.Value{Name: name, Form: trace.Share}
	if strings.HasPrefix(name, ShareFor) {
		return v, false
	}
	for _, p := range s.Parties {
		if o, ok := p.Memory.Object(name); ok && o.Form == trace.Share {
			v.Fraction = o.Fraction
			v.Parts = append(v.Parts, trace.Part{Party: p.ID, Data: o.Data})
		}
	}
	return v, len(v.Parts) > 0
}

// Fixed returns a number as an element of the ring with so many fraction bits,
// rounded to the nearest; ok is false where it does not fit.
func Fixed(x float64, fraction int) (word uint64, ok bool) {
	word, err := ring.Fixed{Bits: fraction}.Encode(x)
	return word, err == nil
}

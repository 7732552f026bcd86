package attack

import (
	"fmt"
	"math"
	"slices"

	"gorgonia.org/tensor"
)

// Model is the first layer of a model, the one the features meet: in × out weights
// and 1 × out biases.
type Model struct {
	W, B *tensor.Dense
	// Above holds the biases of the layers above, 1 × out each; none where they are
	// not looked at.
	Above []*tensor.Dense
}

// Update is a model before and after somebody trained it, as the adversary saw it.
type Update struct {
	Of            string // whom the trained model came from
	Before, After Model
}

// model finds the model in a message, if it holds one: as matrices w1, b1, …, or
// packed into one row that begins with them.
func model(m Message, widths []int) (Model, bool) {
	if w, b := m.Value("w1"), m.Value("b1"); w != nil && b != nil {
		found := Model{W: w, B: b}
		for l := 2; l < len(widths); l++ {
			if b := m.Value(fmt.Sprint("b", l)); b != nil {
				found.Above = append(found.Above, b)
			}
		}
		return found, true
	}
	size := 0
	for l := range len(widths) - 1 {
		size += (widths[l] + 1) * widths[l+1]
	}
	for _, v := range m.Values {
		if x, ok := v.Data.Data().([]float64); ok && len(x) == size {
			return FirstLayer(v.Data, widths), true
		}
	}
	return Model{}, false
}

// FirstLayer returns the first layer of a model that is packed into one row, for a
// network of these widths. If the row ends after that layer, there is nothing above.
func FirstLayer(packed *tensor.Dense, widths []int) Model {
	rest := packed.Float64s()
	cut := func(rows, columns int) *tensor.Dense {
		k := rows * columns
		x := tensor.New(tensor.WithShape(rows, columns), tensor.WithBacking(rest[:k:k]))
		rest = rest[k:]
		return x
	}
	m := Model{W: cut(widths[0], widths[1])}
	m.B = cut(1, widths[1])
	for l := 2; l < len(widths) && len(rest) > 0; l++ {
		cut(widths[l-1], widths[l])
		m.Above = append(m.Above, cut(1, widths[l]))
	}
	return m
}

// Updates lists the updates that the view shows: each model that came in, beside
// the model that the adversary last sent out, which is what was trained. A model
// that came in before any went out has nothing to stand beside. widths are those of
// the network, which is public.
func (v *View) Updates(widths []int) []Update {
	var list []Update
	var sent *Model
	for _, m := range v.Messages {
		found, ok := model(m, widths)
		switch {
		case !ok:
		case v.Has(m.From):
			sent = &found
		case sent != nil:
			list = append(list, Update{m.From, *sent, found})
		}
	}
	return list
}

// Drift is the update that a server itself makes of what it may know, where all it
// learns of a server round is an average: the last model it sent beside the first.
// ok is false if it sent the same one all along.
func (v *View) Drift(widths []int) (u Update, ok bool) {
	var first *Model
	for _, m := range v.Messages {
		found, is := model(m, widths)
		if !is || !v.Has(m.From) {
			continue
		}
		if first == nil {
			first = &found
		}
		u = Update{"everybody", *first, found}
	}
	return u, first != nil && !slices.Equal(u.Before.W.Float64s(), u.After.W.Float64s())
}

// Moved lists the updates that came in as such: not a model, but how far it moved.
func (v *View) Moved(widths []int) []Update {
	var list []Update
	for _, m := range v.Messages {
		if found, ok := model(m, widths); ok && v.Has(m.To) && m.What == "move update" {
			list = append(list, Update{m.From, nothing(widths), found})
		}
	}
	return list
}

// RingRows lists every row that came in, or was opened, of a matrix of ring elements
// with as many columns as a row has features, read as numbers with so many fraction
// bits: what shares and masked values are worth if they are taken for rows.
func (v *View) RingRows(features, fraction int) [][]float64 {
	var list [][]float64
	take := func(m Message) {
		for _, x := range m.Values {
			words, ok := x.Data.Data().([]uint64)
			if !ok || x.Data.Shape()[1] != features {
				continue
			}
			for ; len(words) >= features; words = words[features:] {
				row := make([]float64, features)
				for j := range row {
					row[j] = float64(int64(words[j])) * math.Exp2(-float64(fraction))
				}
				list = append(list, row)
			}
		}
	}
	for _, m := range v.Messages {
		if v.Has(m.To) {
			take(m)
		}
	}
	for _, m := range v.Opened {
		take(m)
	}
	return list
}

// nothing is a model of zeros.
func nothing(widths []int) Model {
	size := 0
	for l := range len(widths) - 1 {
		size += (widths[l] + 1) * widths[l+1]
	}
	return FirstLayer(tensor.New(tensor.WithShape(1, size), tensor.Of(tensor.Float64)), widths)
}

// Masked lists what the view shows of single workers in secure aggregation: their
// masked updates, ring elements of so many bits, read as if they were updates.
func (v *View) Masked(widths []int, bits int) []Update {
	size := 0
	for l := range len(widths) - 1 {
		size += (widths[l] + 1) * widths[l+1]
	}
	var list []Update
	for _, m := range v.Messages {
		for _, x := range m.Values {
			words, ok := x.Data.Data().([]uint64)
			if !ok || len(words) < size || !v.Has(m.To) {
				continue
			}
			read := tensor.New(tensor.WithShape(1, size), tensor.Of(tensor.Float64))
			for i := range size {
				read.Float64s()[i] = float64(int64(words[i]<<(64-bits)) >> (64 - bits))
			}
			list = append(list, Update{m.From, nothing(widths), FirstLayer(read, widths)})
		}
	}
	return list
}

// difference returns what unit i of the first layer gained: the change of its
// weights, one a feature, and of its bias.
func (u Update) difference(i int) (dw []float64, db float64) {
	features, units := u.Before.W.Shape()[0], u.Before.W.Shape()[1]
	before, after := u.Before.W.Float64s(), u.After.W.Float64s()
	dw = make([]float64, features)
	for j := range dw {
		dw[j] = after[j*units+i] - before[j*units+i]
	}
	return dw, u.After.B.Float64s()[i] - u.Before.B.Float64s()[i]
}

// Closed is the layer, from 1, whose ReLUs let nothing of the row through: the biases
// of it and of every layer below stand still, while those above have moved. It is 0
// if the first layer has moved, and the last layer if nothing has: the loss was 0.
//
// Behind a closed layer no method finds anything: what came out of it is 0 whatever
// the row was, so the update is the same for every row that it is closed for.
func (u Update) Closed() int {
	if !slices.Equal(u.Before.B.Float64s(), u.After.B.Float64s()) || !slices.Equal(u.Before.W.Float64s(), u.After.W.Float64s()) {
		return 0
	}
	closed := 1
	for l := range u.After.Above {
		if !slices.Equal(u.Before.Above[l].Float64s(), u.After.Above[l].Float64s()) {
			break
		}
		closed++
	}
	return closed
}

// Row returns the row behind an update that was trained on one row, however often:
// each step changes the weights of unit i by −lr·δ_i·x and its bias by −lr·δ_i, so
//
//	x = ΔW₁[i] / Δb₁[i]
//
// for any unit i with δ_i ≠ 0 (Phong et al. 2018, section 3.2). Every unit tells the
// same x, each with its own rounding errors: see [estimate], which listens to all of
// them. off is the error of x, relative to its largest entry, that the adversary has
// to expect. ok is false if nothing changed: see [Update.Closed].
func Row(u Update) (x []float64, off float64, ok bool) {
	if u.Closed() > 0 {
		return nil, 0, false
	}
	return estimate(u)
}

// Candidates returns ΔW₁[i] / Δb₁[i] for every unit whose bias changed. Of an update
// on several rows, unit i yields Σ δ_ri·x_r / Σ δ_ri: a row as it is where only that
// row passed the unit's ReLU, else a mixture. Which of them are rows, the adversary
// has to judge: see [Schema.Plausible].
func Candidates(u Update) [][]float64 {
	var list [][]float64
	for i := range u.Before.W.Shape()[1] {
		dw, db := u.difference(i)
		if db == 0 {
			continue
		}
		for j := range dw {
			dw[j] /= db
		}
		list = append(list, dw)
	}
	return list
}

// Error is the largest difference between two rows, relative to the largest entry
// of the first one.
func Error(want, got []float64) float64 {
	largest, worst := 0.0, 0.0
	for j := range want {
		largest = max(largest, math.Abs(want[j]))
		worst = max(worst, math.Abs(want[j]-got[j]))
	}
	if largest == 0 {
		return worst
	}
	return worst / largest
}

package attack

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// factors are the row and the slopes behind the changes of a first layer. With the bias
// as one more weight, that of a last feature which is always 1, the change of unit i by
// feature j is
//
//	M[j,i] = x_j·δ_i + error,   |error| ≲ h[j,i]
//
// a matrix of rank 1. A change is the difference of two rounded numbers: it is right to
// half a unit in the last place of the weight, so that a small weight tells its change
// more exactly than a large one.
type factors struct {
	m, weight [][]float64 // M and 1/h², by feature, then unit
	x, delta  []float64
}

// estimate finds the row by weighted least squares over all changes, and the error,
// relative to the largest entry, that is left to expect. It begins with what the
// clearest changes say and improves on it.
func estimate(u Update) (x []float64, off float64, ok bool) {
	f := factors{}
	f.m, f.weight = u.changes()
	f.begin()
	last := len(f.x) - 1
	var spread []float64
	for range 2 { // the second time, what is left is rounding
		one := f.x[last]
		for j := range f.x {
			f.x[j] /= one
		}
		for i := range f.delta {
			f.delta[i] *= one
		}
		if spread, ok = f.improve(); !ok {
			return nil, 0, false
		}
	}
	largest, worst := 0.0, 0.0
	for j, s := range spread {
		largest, worst = max(largest, math.Abs(f.x[j])), max(worst, s)
	}
	if largest > 0 {
		worst /= largest
	}
	return f.x[:last], worst, !math.IsNaN(worst) && !math.IsInf(worst, 0)
}

// begin takes the clearest feature's changes for the slopes, and fits the row to them
// and the slopes to the row.
func (f *factors) begin() {
	clearest, most := 0, 0.0
	for j := range f.m {
		sum := 0.0
		for i, m := range f.m[j] {
			sum += m * m * f.weight[j][i]
		}
		if sum > most {
			clearest, most = j, sum
		}
	}
	f.delta = append([]float64(nil), f.m[clearest]...)
	f.x = make([]float64, len(f.m))
	for j := range f.x {
		up, down := 0.0, 0.0
		for i, d := range f.delta {
			up, down = up+f.m[j][i]*d*f.weight[j][i], down+d*d*f.weight[j][i]
		}
		f.x[j] = up / down
	}
	for i := range f.delta {
		up, down := 0.0, 0.0
		for j, x := range f.x {
			up, down = up+f.m[j][i]*x*f.weight[j][i], down+x*x*f.weight[j][i]
		}
		f.delta[i] = up / down
	}
}

// improve takes one Gauss–Newton step towards the least Σ (M[j,i] − x_j·δ_i)²/h[j,i]²,
// the last feature staying 1, and returns by how much each feature is uncertain: the
// root of the diagonal of the inverse of the normal matrix
//
//	N = Σ g·gᵀ/h²,   g = ∂(x_j·δ_i) = δ_i at x_j and x_j at δ_i.
//
// The unknowns are scaled so that its diagonal is 1.
func (f *factors) improve() (spread []float64, ok bool) {
	last, n := len(f.x)-1, len(f.x)-1+len(f.delta) // the unknowns: features, then slopes
	normal, right := mat.NewSymDense(n, nil), mat.NewVecDense(n, nil)
	add := func(v *mat.VecDense, at int, x float64) { v.SetVec(at, v.AtVec(at)+x) }
	for j, x := range f.x {
		for i, d := range f.delta {
			w, k := f.weight[j][i], last+i
			residual := f.m[j][i] - x*d
			normal.SetSym(k, k, normal.At(k, k)+w*x*x)
			add(right, k, w*x*residual)
			if j < last {
				normal.SetSym(j, j, normal.At(j, j)+w*d*d)
				normal.SetSym(j, k, w*x*d)
				add(right, j, w*d*residual)
			}
		}
	}
	scale := make([]float64, n)
	for k := range scale {
		scale[k] = 1 / math.Sqrt(normal.At(k, k))
	}
	for k := range scale {
		right.SetVec(k, right.AtVec(k)*scale[k])
		for l := range k + 1 {
			normal.SetSym(l, k, normal.At(l, k)*scale[k]*scale[l])
		}
	}
	var cholesky mat.Cholesky
	var inverse mat.SymDense
	if !cholesky.Factorize(normal) || cholesky.InverseTo(&inverse) != nil {
		return nil, false
	}
	var step mat.VecDense
	step.MulVec(&inverse, right)
	spread = make([]float64, last)
	for j := range spread {
		f.x[j] += step.AtVec(j) * scale[j]
		spread[j] = math.Sqrt(inverse.At(j, j)) * scale[j]
	}
	for i := range f.delta {
		f.delta[i] += step.AtVec(last+i) * scale[last+i]
	}
	return spread, true
}

// changes lists by how much the weights of each feature, and last the biases, have
// changed at every unit, and how precisely that is known: 1/h².
func (u Update) changes() (m, weight [][]float64) {
	features, units := u.Before.W.Shape()[0], u.Before.W.Shape()[1]
	before, after := append(rows(u.Before.W.Float64s(), features), u.Before.B.Float64s()), append(rows(u.After.W.Float64s(), features), u.After.B.Float64s())
	largest := 0.0
	for j := range before {
		change := make([]float64, units)
		for i := range change {
			change[i] = after[j][i] - before[j][i]
			largest = max(largest, math.Abs(change[i]))
		}
		m = append(m, change)
	}
	for j := range before {
		known := make([]float64, units)
		for i := range known {
			h := unit(max(math.Abs(before[j][i]), math.Abs(after[j][i])))/2 + unit(m[j][i])
			h = max(h, finest*largest)
			known[i] = 1 / (h * h)
		}
		weight = append(weight, known)
	}
	return m, weight
}

// finest bounds how precisely a change is known, of the largest one: the products that
// it is made of were rounded too.
const finest = 0x1p-56

// rows cuts a matrix into so many rows.
func rows(x []float64, n int) (list [][]float64) {
	k := len(x) / n
	for r := range n {
		list = append(list, x[r*k:(r+1)*k])
	}
	return list
}

// unit is the unit in the last place of a number.
func unit(x float64) float64 {
	x = math.Abs(x)
	return math.Nextafter(x, math.Inf(1)) - x
}

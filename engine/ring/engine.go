package ring

import "gorgonia.org/tensor"

// Engine makes tensor.MatMul work on tensors of uint64, modulo 2^64. All else is
// gorgonia's standard engine, whose arithmetic on uint64 wraps around as the
// ring's does but which multiplies only matrices of floats. Matrices made by
// [New] and [From] have this engine; others get it by tensor.WithEngine.
//
// It is meant for convenience: tensor.MatMul allocates, [Ring.MatMul] does not.
type Engine struct {
	tensor.StdEng
}

// MatMul sets dst = a·b modulo 2^64 for tensors of uint64 of any memory layout:
// a is m × k, b is k × n, dst is m × n. Tensors of other types go to the standard
// engine. It returns a [*ShapeError] if shapes do not fit.
func (e Engine) MatMul(a, b, dst tensor.Tensor) error {
	x, okA := words(a)
	y, okB := words(b)
	z, okDst := words(dst)
	if !okA || !okB || !okDst {
		return e.StdEng.MatMul(a, b, dst)
	}
	if x.columns != y.rows {
		return &ShapeError{"MatMul", x.shape(), y.shape()}
	}
	if z.rows != x.rows || z.columns != y.columns {
		return &ShapeError{"MatMul into the destination", z.shape(), [2]int{x.rows, y.columns}}
	}
	p := product{a: x.packed().data, b: y.packed().data, m: x.rows, k: x.columns, n: y.columns}
	if z.isPacked() && !overlap(&z.matrix, &x.matrix) && !overlap(&z.matrix, &y.matrix) {
		clear(z.data)
		p.dst = z.data
		p.run()
		return nil
	}
	p.dst = make([]uint64, p.m*p.n)
	p.run()
	z.scatter(p.dst)
	return nil
}

// strided is a matrix of any layout: element (i, j) is data[i·strides[0] + j·strides[1]].
type strided struct {
	matrix
	strides [2]int
}

// words returns the inside of a dense matrix of uint64 and true, or false for
// any other tensor.
func words(t tensor.Tensor) (strided, bool) {
	d, ok := t.(*tensor.Dense)
	if !ok || d.Dtype() != tensor.Uint64 {
		return strided{}, false
	}
	shape, strides := d.Shape(), d.Strides()
	if len(shape) != 2 || len(strides) != 2 {
		return strided{}, false
	}
	return strided{matrix{d.Uint64s(), shape[0], shape[1]}, [2]int{strides[0], strides[1]}}, true
}

// isPacked reports whether the elements lie row by row without gaps.
func (v strided) isPacked() bool {
	return len(v.data) == v.rows*v.columns && v.strides == [2]int{v.columns, 1}
}

// packed returns v, copied if its elements do not lie row by row without gaps.
func (v strided) packed() matrix {
	if v.isPacked() {
		return v.matrix
	}
	out := matrix{make([]uint64, v.rows*v.columns), v.rows, v.columns}
	for i := range v.rows {
		for j := range v.columns {
			out.data[i*v.columns+j] = v.data[i*v.strides[0]+j*v.strides[1]]
		}
	}
	return out
}

// scatter writes data, row by row, into the elements of v.
func (v strided) scatter(data []uint64) {
	for i := range v.rows {
		for j := range v.columns {
			v.data[i*v.strides[0]+j*v.strides[1]] = data[i*v.columns+j]
		}
	}
}

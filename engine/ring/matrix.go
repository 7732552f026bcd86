package ring

import (
	"fmt"
	"unsafe"

	"gorgonia.org/tensor"
)

// New returns a matrix of zeros. Negative sizes panic.
func New(rows, columns int) *tensor.Dense {
	return From(rows, columns, make([]uint64, rows*columns))
}

// From returns the matrix whose backing slice is data, row by row; data is not
// copied. A length other than rows·columns panics with a [*ShapeError].
func From(rows, columns int, data []uint64) *tensor.Dense {
	if rows < 0 || columns < 0 || len(data) != rows*columns {
		panic(&ShapeError{"From", [2]int{rows, columns}, [2]int{1, len(data)}})
	}
	return tensor.New(tensor.WithShape(rows, columns), tensor.WithBacking(data), tensor.WithEngine(Engine{}))
}

// Rows returns rows from ≤ i < to of a as a matrix that shares a's memory. Bounds
// out of range panic.
func Rows(a *tensor.Dense, from, to int) *tensor.Dense {
	v := view("Rows", a)
	return From(to-from, v.columns, v.data[from*v.columns:to*v.columns])
}

// matrix is the inside of a tensor: what kernels work on.
type matrix struct {
	data          []uint64
	rows, columns int
}

func (v matrix) shape() [2]int { return [2]int{v.rows, v.columns} }

// row returns row i.
func (v matrix) row(i int) []uint64 { return v.data[i*v.columns : (i+1)*v.columns] }

// view returns the inside of t, or panics with a [*LayoutError].
func view(op string, t *tensor.Dense) matrix {
	if t.Dtype() != tensor.Uint64 {
		panic(&LayoutError{op, describe(t), "uint64"})
	}
	v := matrix{data: t.Uint64s()}
	var ok bool
	if v.rows, v.columns, ok = contiguous(t, len(v.data)); !ok {
		panic(&LayoutError{op, describe(t), "uint64"})
	}
	return v
}

// reals returns the inside of a matrix of float64, or panics with a [*LayoutError].
func reals(op string, t *tensor.Dense) (data []float64, shape [2]int) {
	if t.Dtype() == tensor.Float64 {
		data = t.Float64s()
		if rows, columns, ok := contiguous(t, len(data)); ok {
			return data, [2]int{rows, columns}
		}
	}
	panic(&LayoutError{op, describe(t), "float64"})
}

// contiguous returns the shape of t and reports whether t is a matrix whose n
// elements lie row by row without gaps.
func contiguous(t *tensor.Dense, n int) (rows, columns int, ok bool) {
	shape, strides := t.Shape(), t.Strides()
	if len(shape) != 2 || len(strides) != 2 {
		return 0, 0, false
	}
	rows, columns = shape[0], shape[1]
	// The stride of a dimension of one element is never used.
	ok = n == rows*columns && (columns < 2 || n == 0 || strides[1] == 1) && (rows < 2 || n == 0 || strides[0] == columns)
	return rows, columns, ok
}

func describe(t *tensor.Dense) string {
	return fmt.Sprintf("a tensor of %v with shape %v and strides %v", t.Dtype(), t.Shape(), t.Strides())
}

// same panics unless the shapes of a and b are equal.
func same(op string, a, b *matrix) {
	if a.rows != b.rows || a.columns != b.columns {
		panic(&ShapeError{op, a.shape(), b.shape()})
	}
}

// two returns the insides of a destination and its operand, of one shape, which
// may be the same memory.
func two(op string, dst, a *tensor.Dense) (z, x matrix) {
	z, x = view(op, dst), view(op, a)
	same(op, &z, &x)
	aligned(op, &z, &x)
	return z, x
}

// three is two for two operands.
func three(op string, dst, a, b *tensor.Dense) (z, x, y matrix) {
	z, x, y = view(op, dst), view(op, a), view(op, b)
	same(op, &x, &y)
	same(op, &z, &x)
	aligned(op, &z, &x)
	aligned(op, &z, &y)
	return z, x, y
}

// aligned panics if dst and x, of one size, share some memory but not all of it.
func aligned(op string, dst, x *matrix) {
	if unsafe.SliceData(dst.data) != unsafe.SliceData(x.data) {
		apart(op, dst, x)
	}
}

// apart panics if dst and x share memory.
func apart(op string, dst, x *matrix) {
	if overlap(dst, x) {
		panic(&OverlapError{op})
	}
}

// overlap reports whether a and b share memory.
func overlap(a, b *matrix) bool {
	if len(a.data) == 0 || len(b.data) == 0 {
		return false
	}
	lastA, lastB := len(a.data)-1, len(b.data)-1
	return address(&a.data[0]) <= address(&b.data[lastB]) && address(&b.data[0]) <= address(&a.data[lastA])
}

// address is used for comparisons only.
func address(p *uint64) uintptr { return uintptr(unsafe.Pointer(p)) }

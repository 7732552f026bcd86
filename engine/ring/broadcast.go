package ring

import "gorgonia.org/tensor"

// AddRow sets dst = a with the row added to each of its rows: a and dst are
// m × n, the row is 1 × n. The row must not overlap dst.
func (r Ring) AddRow(dst, a, row *tensor.Dense) {
	z, x, y := withRow("AddRow", dst, a, row)
	for i := range z.rows {
		r.add(z.row(i), x.row(i), y)
	}
}

// SubRow sets dst = a with the row subtracted from each of its rows: a and dst
// are m × n, the row is 1 × n. The row must not overlap dst.
func (r Ring) SubRow(dst, a, row *tensor.Dense) {
	z, x, y := withRow("SubRow", dst, a, row)
	for i := range z.rows {
		r.sub(z.row(i), x.row(i), y)
	}
}

// MulRow sets dst = a with column j multiplied by element j of the row: a and
// dst are m × n, the row is 1 × n. The row must not overlap dst.
func (r Ring) MulRow(dst, a, row *tensor.Dense) {
	z, x, y := withRow("MulRow", dst, a, row)
	for i := range z.rows {
		r.mul(z.row(i), x.row(i), y)
	}
}

// AddColumn sets dst = a with the column added to each of its columns: a and dst
// are m × n, the column is m × 1. The column must not overlap dst.
func (r Ring) AddColumn(dst, a, column *tensor.Dense) {
	z, x, y := withColumn("AddColumn", dst, a, column)
	for i, c := range y {
		r.shift(z.row(i), x.row(i), c)
	}
}

// SubColumn sets dst = a with the column subtracted from each of its columns: a
// and dst are m × n, the column is m × 1. The column must not overlap dst.
func (r Ring) SubColumn(dst, a, column *tensor.Dense) {
	z, x, y := withColumn("SubColumn", dst, a, column)
	for i, c := range y {
		r.shift(z.row(i), x.row(i), r.Difference(0, c))
	}
}

// MulColumn sets dst = a with row i multiplied by element i of the column: a and
// dst are m × n, the column is m × 1. The column must not overlap dst.
func (r Ring) MulColumn(dst, a, column *tensor.Dense) {
	z, x, y := withColumn("MulColumn", dst, a, column)
	for i, c := range y {
		r.scale(z.row(i), c, x.row(i))
	}
}

// SumRows sets dst to the sum of all rows of a: a is m × n, dst is 1 × n. They
// must not overlap.
func (r Ring) SumRows(dst, a *tensor.Dense) {
	z, x := view("SumRows", dst), view("SumRows", a)
	if z.rows != 1 || z.columns != x.columns {
		panic(&ShapeError{"SumRows", z.shape(), x.shape()})
	}
	apart("SumRows", &z, &x)
	clear(z.data)
	for i := range x.rows {
		r.add(z.data, z.data, x.row(i))
	}
}

// SumColumns sets dst to the sum of all columns of a: a is m × n, dst is m × 1.
// They must not overlap.
func (r Ring) SumColumns(dst, a *tensor.Dense) {
	z, x := view("SumColumns", dst), view("SumColumns", a)
	if z.columns != 1 || z.rows != x.rows {
		panic(&ShapeError{"SumColumns", z.shape(), x.shape()})
	}
	apart("SumColumns", &z, &x)
	for i := range z.data {
		z.data[i] = r.total(x.row(i))
	}
}

// total returns the sum of the elements of x.
func (r Ring) total(x []uint64) uint64 {
	var sum uint64
	if r.m != 0 {
		for _, v := range x {
			sum = r.Sum(sum, v)
		}
		return sum
	}
	for _, v := range x {
		sum += v
	}
	return sum & r.mask()
}

// withRow returns the insides of dst and a, of one shape, and of a row of their
// width.
func withRow(op string, dst, a, row *tensor.Dense) (z, x matrix, y []uint64) {
	z, x = two(op, dst, a)
	v := view(op, row)
	if v.rows != 1 || v.columns != x.columns {
		panic(&ShapeError{op, x.shape(), v.shape()})
	}
	apart(op, &z, &v)
	return z, x, v.data
}

// withColumn returns the insides of dst and a, of one shape, and of a column of
// their height.
func withColumn(op string, dst, a, column *tensor.Dense) (z, x matrix, y []uint64) {
	z, x = two(op, dst, a)
	v := view(op, column)
	if v.columns != 1 || v.rows != x.rows {
		panic(&ShapeError{op, x.shape(), v.shape()})
	}
	apart(op, &z, &v)
	return z, x, v.data
}

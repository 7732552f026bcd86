package ring

import (
	"math/rand/v2"
	"slices"

	"gorgonia.org/tensor"
)

// Add sets dst = a + b, all of one shape.
func (r Ring) Add(dst, a, b *tensor.Dense) {
	z, x, y := three("Add", dst, a, b)
	r.add(z.data, x.data, y.data)
}

// Sub sets dst = a − b, all of one shape.
func (r Ring) Sub(dst, a, b *tensor.Dense) {
	z, x, y := three("Sub", dst, a, b)
	r.sub(z.data, x.data, y.data)
}

// Neg sets dst = −a, of one shape.
func (r Ring) Neg(dst, a *tensor.Dense) {
	z, x := two("Neg", dst, a)
	if r.m != 0 {
		for i, v := range x.data {
			z.data[i] = r.Difference(0, v)
		}
		return
	}
	r.scale(z.data, ^uint64(0), x.data)
}

// AddConstant sets dst = a + c in every element, of one shape.
func (r Ring) AddConstant(dst, a *tensor.Dense, c uint64) {
	z, x := two("AddConstant", dst, a)
	r.shift(z.data, x.data, c)
}

// Scale sets dst = c·a, of one shape.
func (r Ring) Scale(dst *tensor.Dense, c uint64, a *tensor.Dense) {
	z, x := two("Scale", dst, a)
	r.scale(z.data, c, x.data)
}

// AddScaled sets dst = dst + c·a, of one shape.
func (r Ring) AddScaled(dst *tensor.Dense, c uint64, a *tensor.Dense) {
	z, x := two("AddScaled", dst, a)
	r.addScaled(z.data, c, x.data)
}

// MulElem sets dst = a ⊙ b, the products element by element, all of one shape.
func (r Ring) MulElem(dst, a, b *tensor.Dense) {
	z, x, y := three("MulElem", dst, a, b)
	r.mul(z.data, x.data, y.data)
}

// MulElemAcc sets dst = dst + a ⊙ b, all of one shape.
func (r Ring) MulElemAcc(dst, a, b *tensor.Dense) {
	z, x, y := three("MulElemAcc", dst, a, b)
	r.mulAcc(z.data, x.data, y.data)
}

// Reduce sets dst = a mod m, of one shape: it makes elements of any words.
func (r Ring) Reduce(dst, a *tensor.Dense) {
	z, x := two("Reduce", dst, a)
	copy(z.data, x.data)
	if r.m != 0 {
		for i := range z.data {
			z.data[i] %= r.m
		}
	}
	r.fold(z.data)
}

// Uniform fills dst with uniform elements drawn from src, row by row. A source
// that can fill many words at once is asked to, where every word serves.
func (r Ring) Uniform(dst *tensor.Dense, src rand.Source) {
	z := view("Uniform", dst)
	if bulk, ok := src.(interface{ Fill([]uint64) }); ok && r.m == 0 {
		bulk.Fill(z.data)
		r.fold(z.data)
		return
	}
	for i := range z.data {
		z.data[i] = r.Draw(src)
	}
}

// Equal reports whether a and b have the same shape and elements. It stops at
// the first difference, so the time it takes reveals where that is.
func Equal(a, b *tensor.Dense) bool {
	x, y := view("Equal", a), view("Equal", b)
	return x.shape() == y.shape() && slices.Equal(x.data, y.data)
}

// The functions below are the loops, over slices of one length. Each decides
// once whether the machine's own wrap-around will do.

// fold masks what a loop over machine words has left; over Z_2^64 nothing is to do.
func (r Ring) fold(z []uint64) {
	if r.k == 0 {
		return
	}
	mask := r.mask()
	for i := range z {
		z[i] &= mask
	}
}

func (r Ring) add(z, x, y []uint64) {
	x, y = x[:len(z)], y[:len(z)]
	if r.m != 0 {
		for i := range z {
			z[i] = r.Sum(x[i], y[i])
		}
		return
	}
	for i := range z {
		z[i] = x[i] + y[i]
	}
	r.fold(z)
}

func (r Ring) sub(z, x, y []uint64) {
	x, y = x[:len(z)], y[:len(z)]
	if r.m != 0 {
		for i := range z {
			z[i] = r.Difference(x[i], y[i])
		}
		return
	}
	for i := range z {
		z[i] = x[i] - y[i]
	}
	r.fold(z)
}

func (r Ring) shift(z, x []uint64, c uint64) {
	x = x[:len(z)]
	if r.m != 0 {
		for i := range z {
			z[i] = r.Sum(x[i], c)
		}
		return
	}
	for i := range z {
		z[i] = x[i] + c
	}
	r.fold(z)
}

func (r Ring) scale(z []uint64, c uint64, x []uint64) {
	x = x[:len(z)]
	if r.m != 0 {
		for i := range z {
			z[i] = r.Product(c, x[i])
		}
		return
	}
	for i := range z {
		z[i] = c * x[i]
	}
	r.fold(z)
}

func (r Ring) addScaled(z []uint64, c uint64, x []uint64) {
	x = x[:len(z)]
	if r.m != 0 {
		for i := range z {
			z[i] = r.Sum(z[i], r.Product(c, x[i]))
		}
		return
	}
	for i := range z {
		z[i] += c * x[i]
	}
	r.fold(z)
}

func (r Ring) mul(z, x, y []uint64) {
	x, y = x[:len(z)], y[:len(z)]
	if r.m != 0 {
		for i := range z {
			z[i] = r.Product(x[i], y[i])
		}
		return
	}
	for i := range z {
		z[i] = x[i] * y[i]
	}
	r.fold(z)
}

func (r Ring) mulAcc(z, x, y []uint64) {
	x, y = x[:len(z)], y[:len(z)]
	if r.m != 0 {
		for i := range z {
			z[i] = r.Sum(z[i], r.Product(x[i], y[i]))
		}
		return
	}
	for i := range z {
		z[i] += x[i] * y[i]
	}
	r.fold(z)
}

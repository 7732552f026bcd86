package ring

// rows accumulates rows from ≤ i < to of the product.
func (p *product) rows(from, to int) {
	switch {
	case p.n == 0:
		return
	case p.ring.m != 0:
		p.rowsModulo(from, to)
		return
	case p.form == secondT, p.form == plain && p.n == 1: // a single column is its own transpose
		p.dots(from, to)
	default:
		p.combinations(from, to)
	}
	p.ring.fold(p.dst[from*p.n : to*p.n])
}

// combinations accumulates rows of a·b or aᵀ·b: row i of the product is a linear
// combination of the rows of b, with factors from row (or column) i of a. Four
// rows of b at a time, so that each element of dst is read and written once for
// four multiplications. (Working block by block through b, for the sake of the
// cache, measures no faster: the loop waits for the multiplier, not for memory.)
func (p *product) combinations(from, to int) {
	k, n := p.k, p.n
	first, step := k, 1 // factor l of row i is a[i·first + l·step]
	if p.form == firstT {
		first, step = 1, p.m
	}
	for i := from; i < to; i++ {
		dst := p.dst[i*n : (i+1)*n]
		a, l := i*first, 0
		for ; l+4 <= k; l += 4 {
			addScaled4(dst, p.b[l*n:(l+4)*n], p.a[a], p.a[a+step], p.a[a+2*step], p.a[a+3*step])
			a += 4 * step
		}
		for ; l < k; l++ {
			addScaled1(dst, p.b[l*n:(l+1)*n], p.a[a])
			a += step
		}
	}
}

// dots accumulates rows of a·bᵀ: every element is the inner product of a row of a
// and a row of b. Four rows of b at a time, so that each element of a is read
// once for four multiplications.
func (p *product) dots(from, to int) {
	k, n := p.k, p.n
	for i := from; i < to; i++ {
		a, dst := p.a[i*k:(i+1)*k], p.dst[i*n:(i+1)*n]
		j := 0
		for ; j+4 <= n; j += 4 {
			s0, s1, s2, s3 := dot4(a, p.b[j*k:(j+4)*k])
			d := dst[j : j+4 : j+4]
			d[0] += s0
			d[1] += s1
			d[2] += s2
			d[3] += s3
		}
		for ; j < n; j++ {
			dst[j] += dot(a, p.b[j*k:(j+1)*k])
		}
	}
}

// The four functions below are the innermost loops. They are kept apart so that
// all they touch fits into the processor's registers, and checks of bounds come
// before the loop.

// addScaled4 sets dst += x0·b0 + x1·b1 + x2·b2 + x3·b3, b holding the four rows.
func addScaled4(dst, b []uint64, x0, x1, x2, x3 uint64) {
	n := len(dst)
	b0, b1, b2, b3 := b[:n], b[n:][:n], b[2*n:][:n], b[3*n:][:n]
	j := 0
	for ; j < len(dst)-1; j += 2 {
		dst[j] += x0*b0[j] + x1*b1[j] + x2*b2[j] + x3*b3[j]
		dst[j+1] += x0*b0[j+1] + x1*b1[j+1] + x2*b2[j+1] + x3*b3[j+1]
	}
	if j < len(dst) {
		dst[j] += x0*b0[j] + x1*b1[j] + x2*b2[j] + x3*b3[j]
	}
}

// addScaled1 sets dst += x·b.
func addScaled1(dst, b []uint64, x uint64) {
	b = b[:len(dst)]
	for j := range dst {
		dst[j] += x * b[j]
	}
}

// dot4 returns the inner products of a with each of the four rows in b.
func dot4(a, b []uint64) (s0, s1, s2, s3 uint64) {
	k := len(a)
	b0, b1, b2, b3 := b[:k], b[k:][:k], b[2*k:][:k], b[3*k:][:k]
	for l, x := range a {
		s0 += x * b0[l]
		s1 += x * b1[l]
		s2 += x * b2[l]
		s3 += x * b3[l]
	}
	return s0, s1, s2, s3
}

// dot returns the inner product of a and b.
func dot(a, b []uint64) uint64 {
	b = b[:len(a)]
	var s, t uint64 // two sums, so that one addition need not wait for the other
	l := 0
	for ; l < len(a)-3; l += 4 {
		s += a[l]*b[l] + a[l+1]*b[l+1]
		t += a[l+2]*b[l+2] + a[l+3]*b[l+3]
	}
	for ; l < len(a); l++ {
		s += a[l] * b[l]
	}
	return s + t
}

// rowsModulo accumulates rows of any of the products modulo an m that is no
// power of two, as the definition of the product has it.
func (p *product) rowsModulo(from, to int) {
	r := p.ring
	firstA, stepA := p.k, 1 // op(a)[i,l] is a[i·firstA + l·stepA]
	if p.form == firstT {
		firstA, stepA = 1, p.m
	}
	stepB, firstB := p.n, 1 // op(b)[l,j] is b[l·stepB + j·firstB]
	if p.form == secondT {
		stepB, firstB = 1, p.k
	}
	for i := from; i < to; i++ {
		for j := range p.n {
			sum := p.dst[i*p.n+j]
			for l := range p.k {
				sum = r.Sum(sum, r.Product(p.a[i*firstA+l*stepA], p.b[l*stepB+j*firstB]))
			}
			p.dst[i*p.n+j] = sum
		}
	}
}

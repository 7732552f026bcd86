package ring

import (
	"runtime"
	"sync"
	"sync/atomic"

	"gorgonia.org/tensor"
)

// MatMul sets dst = a·b: a is m × k, b is k × n, dst is m × n and must not
// overlap them. Large products are shared among the processors by rows of dst;
// the result does not depend on that.
func (r Ring) MatMul(dst, a, b *tensor.Dense) { r.matMul("MatMul", plain, false, dst, a, b) }

// MatMulAcc sets dst = dst + a·b. Shapes are those of [Ring.MatMul].
func (r Ring) MatMulAcc(dst, a, b *tensor.Dense) { r.matMul("MatMulAcc", plain, true, dst, a, b) }

// MatMulNT sets dst = a·bᵀ: a is m × k, b is n × k, dst is m × n and must not
// overlap them.
func (r Ring) MatMulNT(dst, a, b *tensor.Dense) { r.matMul("MatMulNT", secondT, false, dst, a, b) }

// MatMulNTAcc sets dst = dst + a·bᵀ. Shapes are those of [Ring.MatMulNT].
func (r Ring) MatMulNTAcc(dst, a, b *tensor.Dense) { r.matMul("MatMulNTAcc", secondT, true, dst, a, b) }

// MatMulTN sets dst = aᵀ·b: a is k × m, b is k × n, dst is m × n and must not
// overlap them.
func (r Ring) MatMulTN(dst, a, b *tensor.Dense) { r.matMul("MatMulTN", firstT, false, dst, a, b) }

// MatMulTNAcc sets dst = dst + aᵀ·b. Shapes are those of [Ring.MatMulTN].
func (r Ring) MatMulTNAcc(dst, a, b *tensor.Dense) { r.matMul("MatMulTNAcc", firstT, true, dst, a, b) }

// transposed says which factor of a product is read by columns.
type transposed uint8

const (
	plain   transposed = iota
	firstT             // aᵀ·b
	secondT            // a·bᵀ
)

// product is one matrix product to be accumulated: dst (m × n) += a·b with inner
// dimension k.
type product struct {
	ring      Ring
	form      transposed
	dst, a, b []uint64
	m, k, n   int
}

func (r Ring) matMul(op string, form transposed, accumulate bool, dst, a, b *tensor.Dense) {
	z, x, y := view(op, dst), view(op, a), view(op, b)
	p := product{ring: r, form: form, dst: z.data, a: x.data, b: y.data, m: x.rows, k: x.columns, n: y.columns}
	inner := y.rows
	switch form {
	case firstT:
		p.m, p.k = x.columns, x.rows
	case secondT:
		p.n, inner = y.rows, y.columns
	}
	if p.k != inner {
		panic(&ShapeError{op, x.shape(), y.shape()})
	}
	if z.rows != p.m || z.columns != p.n {
		panic(&ShapeError{op + " into the destination", z.shape(), [2]int{p.m, p.n}})
	}
	apart(op, &z, &x)
	apart(op, &z, &y)
	if !accumulate {
		clear(z.data)
	}
	p.run()
}

// worthSharing is the number of multiplications from which a second processor
// pays: waking it takes some microseconds, this many take some hundred.
const worthSharing = 1 << 18

// run computes the product, on all processors if it is large.
func (p *product) run() {
	if p.m > 1 && p.m*p.k*p.n >= worthSharing {
		if workers := min(runtime.GOMAXPROCS(0), p.m); workers > 1 {
			p.share(workers)
			return
		}
	}
	p.rows(0, p.m)
}

// shared is a product at which several goroutines work.
type shared struct {
	product
	workers int
	next    atomic.Int64 // the next stretch of rows that nobody has begun
	done    sync.WaitGroup
	help    func() // the body of a helping goroutine: kept, so that starting one allocates nothing
}

// pool keeps the memory of shared products, so that a product allocates nothing.
var pool = sync.Pool{New: func() any {
	s := new(shared)
	s.help = func() {
		defer s.done.Done()
		s.work()
	}
	return s
}}

// share computes the product with the given number of goroutines, this one
// among them.
func (p *product) share(workers int) {
	s := pool.Get().(*shared)
	s.product, s.workers = *p, workers
	s.next.Store(0)
	s.done.Add(workers - 1)
	for range workers - 1 {
		go s.help()
	}
	s.work()
	s.done.Wait()
	s.product = product{} // keep no matrix alive
	pool.Put(s)
}

// stretches is into how many pieces each worker's rows are cut, so that a
// worker whose processor is busy elsewhere does not keep the others waiting.
const stretches = 4

// work computes stretches of rows until none is left. Each row is computed by
// one worker alone, in the same order of additions.
func (s *shared) work() {
	pieces := min(stretches*s.workers, s.m)
	for {
		i := int(s.next.Add(1)) - 1
		if i >= pieces {
			return
		}
		s.rows(i*s.m/pieces, (i+1)*s.m/pieces)
	}
}

package mpc

import (
	"math"
	"slices"

	"unseen/engine/party"
	"unseen/engine/prep"
)

// Named is a protocol by name, for those who choose one: to trace it, to measure
// it, to read how it works.
type Named struct {
	Name      string // "truncate-exactly": a word to type
	Operation string // "truncate exactly": its span, and its explanation
	Says      string // the formula in one line
	Inputs    int    // 1 or 2
	Columns   int    // columns that an input has at least
	Most      int    // columns that an input has at most; 0: any number
	Holders   int    // how many it is for; 0: any number
	In, Out   int    // fraction bits of the inputs and of the result, in multiples of f
	Shapes    []Size // worth measuring; the number of holders is open

	// Run runs it on inputs with In·f fraction bits. Where the result goes to
	// somebody else and is not shared, it returns nil.
	Run func(p *Protocol, f int, in ...*Shared) *Shared
	// Plain computes the same from real numbers, for one row of each input.
	Plain func(in ...[]float64) []float64
	// Domain is where the numbers of the first input must be; nil: wherever they can
	// be encoded.
	Domain func(f int) Interval
	// Product is the largest sum of products on the way that is not in the result, for
	// one row of each input: it takes 2f fraction bits. nil: there is none.
	Product func(in ...[]float64) float64
	// Error is how far a result may be from y, its value in plaintext; nil: it is exact.
	Error func(y float64, f int) float64
	Price func(Size) Price
}

// Catalogue lists the protocols in the order in which one learns them.
func Catalogue() []Named {
	return slices.Concat(openingProtocols(), productProtocols(), comparisonProtocols(), functionProtocols(), rowProtocols())
}

// Find returns the protocol of that name.
func Find(name string) (Named, bool) {
	for _, n := range Catalogue() {
		if n.Name == name {
			return n, true
		}
	}
	return Named{}, false
}

// usualBits are the fraction bits of the shapes worth measuring.
const usualBits = 16

// layers are the shapes of activations: a batch and a large one, by the first
// hidden layer.
var layers = []Size{{X: [2]int{32, 30}, Bits: usualBits}, {X: [2]int{128, 30}, Bits: usualBits}}

// pairs are layers for two inputs of one shape.
var pairs = []Size{{X: [2]int{32, 30}, Y: [2]int{32, 30}, Bits: usualBits}, {X: [2]int{128, 30}, Y: [2]int{128, 30}, Bits: usualBits}}

func openingProtocols() []Named {
	same := func(in ...[]float64) []float64 { return in[0] }
	return []Named{
		{Name: "open", Operation: "open", Says: "x, known to all holders", Inputs: 1, Columns: 1, In: 1, Out: 1, Shapes: layers,
			Run: func(p *Protocol, f int, in ...*Shared) *Shared {
				p.Open("whoever runs this wants all holders to know it", in[0])
				return nil
			},
			Plain: same, Price: priceOpen},
		{Name: "reveal", Operation: "reveal", Says: "x, known to one party", Inputs: 1, Columns: 1, In: 1, Out: 1, Shapes: layers,
			Run: func(p *Protocol, f int, in ...*Shared) *Shared {
				p.RevealTo(party.New("receiver", 0, party.Server), "x", "the receiver is the one who may know it", in[0])
				return nil
			},
			Plain: same, Price: priceReveal},
		{Name: "mask", Operation: "mask", Says: "d = x − a, for products to come", Inputs: 1, Columns: 1, In: 1, Out: 1, Shapes: layers,
			Run: func(p *Protocol, f int, in ...*Shared) *Shared {
				p.Mask(in[0])
				return nil
			},
			Plain: same, Price: priceMask},
	}
}

func productProtocols() []Named {
	products := func(in ...[]float64) []float64 {
		return zip(in[0], in[1], func(x, y float64) float64 { return x * y })
	}
	return []Named{
		{Name: "mul", Operation: "mul", Says: "x ⊙ y", Inputs: 2, Columns: 1, In: 1, Out: 2, Shapes: pairs,
			Run:   func(p *Protocol, f int, in ...*Shared) *Shared { return p.Mul(in[0], in[1]) },
			Plain: products, Price: priceProduct(prep.Elementwise)},
		{Name: "matmul", Operation: "matmul", Says: "x · y", Inputs: 2, Columns: 1, In: 1, Out: 2,
			Shapes: []Size{{X: [2]int{32, 42}, Y: [2]int{42, 30}, Bits: usualBits}, {X: [2]int{128, 128}, Y: [2]int{128, 128}, Bits: usualBits}},
			Run:    func(p *Protocol, f int, in ...*Shared) *Shared { return p.MatMul(in[0], in[1]) },
			Plain: func(in ...[]float64) []float64 { // a row times a column
				sum := 0.0
				for _, v := range products(in...) {
					sum += v
				}
				return []float64{sum}
			},
			Price: priceProduct(prep.MatMul)},
		{Name: "square", Operation: "square", Says: "x ⊙ x", Inputs: 1, Columns: 1, In: 1, Out: 2, Shapes: layers,
			Run:   func(p *Protocol, f int, in ...*Shared) *Shared { return p.Square(in[0]) },
			Plain: func(in ...[]float64) []float64 { return products(in[0], in[0]) }, Price: priceSquare},
		{Name: "truncate", Operation: "truncate", Says: "x / 2^f, rounded down or up", Inputs: 1, Columns: 1, In: 2, Out: 1, Shapes: layers,
			Run:   func(p *Protocol, f int, in ...*Shared) *Shared { return p.Truncate(in[0], f) },
			Plain: each(func(x float64) float64 { return x }), Error: units(1), Price: priceTruncate},
		{Name: "truncate-exactly", Operation: "truncate exactly", Says: "x / 2^f, rounded down", Inputs: 1, Columns: 1, In: 2, Out: 1, Shapes: layers,
			Run:   func(p *Protocol, f int, in ...*Shared) *Shared { return p.TruncateExact(in[0], f) },
			Plain: each(func(x float64) float64 { return x }), Error: units(1), Price: priceTruncateExactly},
		{Name: "truncate-locally", Operation: "truncate locally", Says: "x / 2^f, without a word", Inputs: 1, Columns: 1, Holders: 2, In: 2, Out: 1, Shapes: layers,
			Run:   func(p *Protocol, f int, in ...*Shared) *Shared { return p.TruncateLocal(in[0], f) },
			Plain: each(func(x float64) float64 { return x }), Error: units(1), Price: priceTruncateLocally},
	}
}

func comparisonProtocols() []Named {
	relu := each(func(x float64) float64 { return max(0, x) })
	return []Named{
		{Name: "sign", Operation: "sign", Says: "1 where x < 0, else 0", Inputs: 1, Columns: 1, In: 1, Shapes: layers,
			Run:   func(p *Protocol, f int, in ...*Shared) *Shared { return p.Msb(in[0]) },
			Plain: each(func(x float64) float64 { return one(x < 0) }), Price: priceSign},
		{Name: "less-than", Operation: "less-than", Says: "1 where x < y, else 0", Inputs: 2, Columns: 1, In: 1, Shapes: pairs,
			Run: func(p *Protocol, f int, in ...*Shared) *Shared { return p.LessThan(in[0], in[1]) },
			Plain: func(in ...[]float64) []float64 {
				return zip(in[0], in[1], func(x, y float64) float64 { return one(x < y) })
			},
			Price: priceSign},
		{Name: "equal", Operation: "equal", Says: "1 where x = y, else 0", Inputs: 2, Columns: 1, In: 1, Shapes: pairs,
			Run: func(p *Protocol, f int, in ...*Shared) *Shared { return p.Equal(in[0], in[1]) },
			Plain: func(in ...[]float64) []float64 {
				return zip(in[0], in[1], func(x, y float64) float64 { return one(x == y) })
			},
			Price: priceEqual},
		{Name: "relu", Operation: "relu", Says: "max(0, x)", Inputs: 1, Columns: 1, In: 1, Out: 1, Shapes: layers,
			Run: func(p *Protocol, f int, in ...*Shared) *Shared {
				y, _ := p.ReLU(in[0])
				return y
			},
			Plain: relu, Price: priceReLU},
		{Name: "relu-truncate", Operation: "relu", Says: "max(0, x / 2^f), on one opening", Inputs: 1, Columns: 1, In: 2, Out: 1, Shapes: layers,
			Run: func(p *Protocol, f int, in ...*Shared) *Shared {
				y, _ := p.ReLUTruncate(in[0], f)
				return y
			},
			Plain: relu, Error: units(1), Price: priceReLUTruncate},
		{Name: "max", Operation: "max", Says: "the largest element of a row", Inputs: 1, Columns: 2, In: 1, Out: 1,
			Shapes: []Size{{X: [2]int{32, 2}, Bits: usualBits}, {X: [2]int{32, 10}, Bits: usualBits}},
			Run:    func(p *Protocol, f int, in ...*Shared) *Shared { return p.Max(in[0]) },
			Plain: func(in ...[]float64) []float64 {
				largest := math.Inf(-1)
				for _, x := range in[0] {
					largest = max(largest, x)
				}
				return []float64{largest}
			},
			Price: priceMax},
	}
}

// each is a function element by element.
func each(f func(float64) float64) func(in ...[]float64) []float64 {
	return func(in ...[]float64) []float64 {
		return zip(in[0], in[0], func(x, _ float64) float64 { return f(x) })
	}
}

func zip(x, y []float64, f func(x, y float64) float64) []float64 {
	out := make([]float64, len(x))
	for i := range x {
		out[i] = f(x[i], y[i])
	}
	return out
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

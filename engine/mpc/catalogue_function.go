package mpc

import "math"

// numberColumns are shapes of one number a row.
var numberColumns = []Size{{X: [2]int{32, 1}, Bits: usualBits}, {X: [2]int{128, 1}, Bits: usualBits}}

// logits are shapes of two classes, and of ten.
var logits = []Size{{X: [2]int{32, 2}, Y: [2]int{32, 2}, Bits: usualBits}, {X: [2]int{32, 10}, Y: [2]int{32, 10}, Bits: usualBits}}

func functionProtocols() []Named {
	return []Named{
		{Name: "exp", Operation: "exp", Says: "exp(x) for x ≤ 0", Inputs: 1, Columns: 1, In: 1, Out: 1, Shapes: numberColumns,
			Run:   func(p *Protocol, f int, in ...*Shared) *Shared { return p.Exp(in[0], f) },
			Plain: each(func(x float64) float64 { return math.Exp(x) }), Domain: expDomain, Error: approximate(expError), Price: priceExp},
		{Name: "reciprocal", Operation: "reciprocal", Says: "1/x for 2^-8 ≤ x ≤ 2^20", Inputs: 1, Columns: 1, In: 1, Out: 1, Shapes: numberColumns,
			Run:   func(p *Protocol, f int, in ...*Shared) *Shared { return p.Reciprocal(in[0], f) },
			Plain: each(func(x float64) float64 { return 1 / x }), Domain: reciprocalDomain, Error: reciprocalError, Price: priceReciprocal},
		{Name: "log", Operation: "log", Says: "log(x) for 1 ≤ x ≤ 10", Inputs: 1, Columns: 1, In: 1, Out: 1, Shapes: numberColumns,
			Run:   func(p *Protocol, f int, in ...*Shared) *Shared { return p.Log(in[0], maxClasses, f) },
			Plain: each(func(x float64) float64 { return math.Log(x) }), Domain: logDomain, Error: approximate(7.2e-6), Price: priceLog(maxClasses)},
		{Name: "logistic", Operation: "logistic", Says: "1/(1 + exp(−x))", Inputs: 1, Columns: 1, In: 1, Out: 1, Shapes: numberColumns,
			Run:   func(p *Protocol, f int, in ...*Shared) *Shared { return p.Logistic(in[0], f) },
			Plain: each(func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }), Domain: logisticDomain, Error: approximate(expError), Price: priceLogistic},
		{Name: "logistic-fourier", Operation: "logistic-fourier", Says: "1/(1 + exp(−x)), by waves", Inputs: 1, Columns: 1, In: 2, Out: 1, Shapes: numberColumns,
			Run:   func(p *Protocol, f int, in ...*Shared) *Shared { return p.LogisticFourier(in[0], 2*f, f) },
			Plain: each(func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }), Domain: fourierDomain, Error: approximate(2.4e-4), Price: priceLogisticFourier},
	}
}

func rowProtocols() []Named {
	return []Named{
		{Name: "softmax", Operation: "softmax", Says: "exp(x_j)/Σ exp(x_i) of a row", Inputs: 1, Columns: 2, Most: maxClasses, In: 1, Out: 1, Shapes: logits,
			Run: func(p *Protocol, f int, in ...*Shared) *Shared { return p.Softmax(in[0], f, f, false).Probability },
			Plain: func(in ...[]float64) []float64 {
				probability, _ := plainSoftmax(in[0])
				return probability
			},
			Domain: softmaxDomain, Error: approximate(softmaxError), Price: priceSoftmax},
		{Name: "cross-entropy", Operation: "cross-entropy", Says: "Σ over rows of log Σ exp(x_i) − x·y, after a softmax of x", Inputs: 2, Columns: 2, Most: maxClasses, In: 1, Out: 2, Shapes: logits,
			Run: func(p *Protocol, f int, in ...*Shared) *Shared {
				return p.CrossEntropy(p.Softmax(in[0], f, f, true), in[1], f)
			},
			Plain: func(in ...[]float64) []float64 {
				_, loss := plainSoftmax(in[0])
				for j, x := range in[0] {
					loss -= x * in[1][j]
				}
				return []float64{loss}
			},
			Domain: entropyDomain, Error: approximate(2e-5),
			Product: func(in ...[]float64) float64 {
				largest, sum := 0.0, 0.0
				for j, x := range in[0] {
					largest = max(largest, math.Abs(x))
					sum += math.Abs(x * in[1][j])
				}
				return largest + sum
			},
			Price: priceCrossEntropy},
		{Name: "moments", Operation: "moments", Says: "Σ x and Σ x² of each column, side by side", Inputs: 1, Columns: 1, In: 1, Out: 1, Shapes: layers,
			Run: func(p *Protocol, f int, in ...*Shared) *Shared {
				m := p.Moments(in[0], f)
				return p.Beside(m.Sum, m.Squares)
			},
			Plain: func(in ...[]float64) []float64 {
				return append(append([]float64(nil), in[0]...), zip(in[0], in[0], func(x, y float64) float64 { return x * y })...)
			},
			Domain: momentsDomain, Error: units(1), Price: priceMoments},
		{Name: "mean-variance", Operation: "moments", Says: "mean and variance of each column, side by side", Inputs: 1, Columns: 1, In: 1, Out: 1, Shapes: layers,
			Run: func(p *Protocol, f int, in ...*Shared) *Shared {
				mean, variance := p.MeanVariance(in[0], f)
				return p.Beside(mean, variance)
			},
			Plain: func(in ...[]float64) []float64 { // the variance of one row is 0
				return append(append([]float64(nil), in[0]...), make([]float64, len(in[0]))...)
			},
			Domain: varianceDomain,
			Error:  func(y float64, f int) float64 { return math.Ldexp(math.Abs(y), -20) + math.Ldexp(2, -f) }, Price: priceMeanVariance},
	}
}

// plainSoftmax returns the softmax of a row of real numbers and the logarithm of the
// sum of their exponentials.
func plainSoftmax(z []float64) (probability []float64, log float64) {
	largest, sum := math.Inf(-1), 0.0
	for _, v := range z {
		largest = max(largest, v)
	}
	for _, v := range z {
		probability = append(probability, math.Exp(v-largest))
		sum += math.Exp(v - largest)
	}
	for j := range probability {
		probability[j] /= sum
	}
	return probability, largest + math.Log(sum)
}

package dp

import "math"

// Mechanism is one step of a run, of which an [Accountant] can keep account. The
// mechanisms are [SubsampledGaussian], [Shares], [Laplace] and [RandomizedResponse];
// equal values are the same mechanism.
type Mechanism interface {
	// Check reports the first parameter that cannot be used as a *[ParameterError].
	Check() error
	// rdp is the Rényi divergence of an order above 1; the parameters are checked.
	rdp(order float64) float64
}

// RDP returns the Rényi divergence of a mechanism at an order α above 1: the
// larger of D_α(M(D) ‖ M(D′)) and D_α(M(D′) ‖ M(D)), in nats. It may be +Inf. The
// error is a *[ParameterError].
func RDP(m Mechanism, order float64) (float64, error) {
	if err := first(m.Check(), CheckOrder(order)); err != nil {
		return 0, err
	}
	return m.rdp(order), nil
}

// SubsampledGaussian is one step of DP-SGD: each participant is sampled with
// probability Rate, independently of all others, the clipped contributions of
// those sampled are summed, and Gaussian noise is added.
//
// Its Rényi divergence is that of (1−q)·N(0, σ²) + q·N(1, σ²) from N(0, σ²), the
// larger of the two directions at every order (Mironov, Talwar, Zhang 2019,
// "Rényi Differential Privacy of the Sampled Gaussian Mechanism", Theorems 4 and 5):
//
//	RDP(α) = log A / (α−1)
//	A      = E[ (1 + u)^α ],  u = q·(e^t − 1),  t = (2z − 1) / 2σ²,  z ~ N(0, σ²)
//
// A is close to 1 where q is small or σ large, so that log A would lose its
// digits. Because E[u] = 0, what is wanted is
//
//	A − 1 = E[ (1 + u)^α − 1 − αu ]
//
// an average of numbers none of which is negative (Bernoulli's inequality), which
// loses none. At whole orders it is a finite sum, at the others an integral. The
// relative error of RDP(α) is below 1e-9.
type SubsampledGaussian struct {
	Rate  float64 // q in [0, 1]: 0 leaves everybody out, 1 takes everybody
	Noise float64 // σ ≥ 0, the standard deviation over the sensitivity; 0 costs +Inf
}

// Check reports the first parameter that cannot be used as a *[ParameterError].
func (m SubsampledGaussian) Check() error {
	return first(CheckRate(m.Rate), CheckNoise(m.Noise))
}

// The borders between ways to compute.
const (
	// Below this noise the divergence without sampling, α/2σ², stands for the one
	// with sampling. It is larger, by the share −2σ²·log(q)/(α−1) at most, which is
	// less than 1e-10 down to α = 1.01 and q = 1e-20.
	leastNoise = 1e-7
	// Above this order a sum with as many terms would take longer than the integral.
	mostTerms = 4096
)

func (m SubsampledGaussian) rdp(order float64) float64 {
	switch {
	case m.Rate == 0:
		return 0
	case m.Rate == 1, m.Noise < leastNoise:
		return order / 2 / m.Noise / m.Noise
	case order == math.Trunc(order) && order <= mostTerms:
		return softplus(m.logSum(int(order))) / (order - 1)
	}
	return softplus(m.logIntegral(order)) / (order - 1)
}

// logSum returns log(A−1) at a whole order. The powers of 1 + u multiply out
// (Mironov, Talwar, Zhang 2019, section 3.3); without the terms that are in 1, too:
//
//	A − 1 = Σ_{k=2}^{α} C(α, k) · q^k · (1−q)^(α−k) · (e^(k(k−1)/2σ²) − 1)
func (m SubsampledGaussian) logSum(order int) float64 {
	odds := math.Log(m.Rate) - math.Log1p(-m.Rate)
	binomial := float64(order) * math.Log1p(-m.Rate) // logarithm of the probability of k sampled of α
	sum := math.Inf(-1)
	for k := 1; k <= order; k++ {
		binomial += math.Log(float64(order-k+1)/float64(k)) + odds
		pairs := float64(k) * float64(k-1) / 2
		sum = logAdd(sum, binomial+logExpm1(pairs/m.Noise/m.Noise))
	}
	return sum
}

// softplus returns log(1 + e^x).
func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// logExpm1 returns log(e^x − 1) for x ≥ 0.
func logExpm1(x float64) float64 {
	if x < 1 {
		return math.Log(math.Expm1(x))
	}
	return x + math.Log1p(-math.Exp(-x))
}

// logAdd returns log(e^a + e^b).
func logAdd(a, b float64) float64 {
	switch {
	case a < b:
		a, b = b, a
	case math.IsInf(a, 0):
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}

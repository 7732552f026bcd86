package dp

import "math"

// RandomizedResponse answers a question truthfully with some probability, and
// otherwise with one of the other answers, each as likely as the next (Warner 1965;
// for more than two answers Kairouz, Oh, Viswanath 2014). The truth is e^ε times as
// likely as another answer, which makes it ε-private with δ = 0.
type RandomizedResponse struct {
	Answers int     // k ≥ 2
	Epsilon float64 // > 0
}

// Coin is the way it is explained in class: toss a coin that shows heads with
// probability b; on heads tell the truth, on tails what a fair coin says. The truth
// is told with p = b + (1−b)/2, so that ε = log(p/(1−p)). The bias b must lie
// between 0 and 1; else the answer is a *[ParameterError].
func Coin(bias float64) (RandomizedResponse, error) {
	if !(bias > 0 && bias < 1) {
		return RandomizedResponse{}, wrong("bias", bias, "out of range", "give a number above 0 and below 1")
	}
	return RandomizedResponse{Answers: 2, Epsilon: math.Log1p(bias) - math.Log1p(-bias)}, nil
}

// Check reports the first parameter that cannot be used as a *[ParameterError].
func (r RandomizedResponse) Check() error {
	if r.Answers < 2 {
		return wrong("answers", r.Answers, "not a choice", "give a whole number from 2")
	}
	return CheckEpsilon(r.Epsilon)
}

// Truth returns the probability of the true answer, e^ε/(e^ε + k − 1). The
// parameters must be valid, as in all methods.
func (r RandomizedResponse) Truth() float64 {
	return 1 / (1 + float64(r.Answers-1)*math.Exp(-r.Epsilon))
}

// Other returns the probability of each other answer, 1/(e^ε + k − 1).
func (r RandomizedResponse) Other() float64 {
	return math.Exp(-r.Epsilon) * r.Truth()
}

// Estimate returns the unbiased estimate of the true share of an answer from the
// share that was reported: (reported − q)/(p − q), p and q being Truth and Other.
// For a coin that is (reported − (1−b)/2)/b.
func (r RandomizedResponse) Estimate(reported float64) float64 {
	return (reported - r.Other()) / r.difference()
}

// Variance returns what one respondent adds to the variance of Estimate times the
// number of respondents, for an answer that is nobody's truth: q(1−q)/(p−q)²
// (Wang, Blocki, Li, Jha 2017, "Locally Differentially Private Protocols for
// Frequency Estimation", section 3).
func (r RandomizedResponse) Variance() float64 {
	q := r.Other()
	return q * (1 - q) / r.difference() / r.difference()
}

// difference is p − q.
func (r RandomizedResponse) difference() float64 {
	return -math.Expm1(-r.Epsilon) * r.Truth()
}

// rdp is, from the definition, with p and q as above (Mironov 2017, Proposition 5,
// for two answers):
//
//	RDP(α) = log( p^α·q^(1−α) + q^α·p^(1−α) + (k−2)·q ) / (α−1)
//
// With p/q = e^ε and p + (k−1)·q = 1, the argument is
// 1 + q·(e^(αε) − 1 − (e^ε − 1) + e^((1−α)ε) − 1).
func (r RandomizedResponse) rdp(order float64) float64 {
	up := order * r.Epsilon
	if up < 30 {
		excess := math.Expm1(up) - math.Expm1(r.Epsilon) + math.Expm1((1-order)*r.Epsilon)
		return math.Log1p(r.Other()*excess) / (order - 1)
	}
	p, logQ := math.Log(r.Truth()), math.Log(r.Truth())-r.Epsilon
	sum := logAdd(order*p+(1-order)*logQ, order*logQ+(1-order)*p)
	if r.Answers > 2 {
		sum = logAdd(sum, math.Log(float64(r.Answers-2))+logQ)
	}
	return sum / (order - 1)
}

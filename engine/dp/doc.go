// Package dp is differential privacy: clipping and noise that make the output of a
// run private, and the account of how much it may still tell about one participant,
// as an ε at a chosen δ.
//
// A mechanism is (ε, δ)-private when adding or removing one participant changes
// the probability of no event by more than a factor e^ε, up to δ:
//
//	P(M(D) ∈ S) ≤ e^ε · P(M(D′) ∈ S) + δ
//
// The package follows a run in Rényi terms (Mironov 2017). At an order α > 1 a
// mechanism costs its Rényi divergence RDP(α); the costs of one step after another
// add up at each order, whatever the steps were. At the end the sum is converted
// into ε, at the order that gives the least.
//
//   - gaussian.go, quadrature.go: what one step of DP-SGD costs, the Poisson-
//     subsampled Gaussian mechanism, exactly at every order
//   - laplace.go, response.go, composition.go: Laplace noise, randomised response,
//     and what many uses of such mechanisms add up to
//   - orders.go, convert.go: the orders, and the way from RDP to ε
//   - accountant.go, calibrate.go: ε after every step; the noise for a wanted ε
//   - analytic.go: the Gaussian mechanism without sampling, exactly, as the measure
//     of what Rényi accounting gives away
//   - shares.go: noise that several parties make together
//   - discrete.go, sum.go: noise drawn exactly, in whole numbers, and the sum of
//     clipped vectors to which it is added
//   - odds.go, parse.go, errors.go: ε as odds, numbers as people write them, errors
//
// Everywhere the noise multiplier is the standard deviation of the noise divided
// by the L2 sensitivity, and a rate is the probability with which each participant
// takes part in a step, independently of all others. Amplification by sampling
// holds only against observers who do not know who was sampled. A parameter that cannot be
// used is answered with a *[ParameterError].
//
// The account is computed in float64. What is released is not: floating-point noise
// gives away what it was added to, so that sums and noise are whole multiples of a
// step. The package draws from the source it is given: in a run that is a stream of
// the key of whoever adds the noise.
package dp

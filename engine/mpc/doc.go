// Package mpc is the protocols: what holders of shares compute together without
// seeing what they compute on (protocols, sections 3 to 6).
//
// A protocol is written once, as its textbook text, over values that hold one share
// for each holder that this process hosts: a simulator hosts all of them. Local
// maths loops over the holders; they meet only in exchanges. [x] is an additive
// sharing of x, a and b are masks of the dealer, d = x − a and e = y − b what is
// opened in their place.
//
// Semi-honest holders and a trusted dealer are assumed: holders follow the
// protocol and try to learn from what they see; any n − 1 of them learn nothing
// but what is opened, and the dealer sees no data. A holder that changes what it
// sends changes the result, and nobody notices.
//
// Elementary functions (exp, reciprocal, log, logistic, softmax) take the number of
// fraction bits as an argument. They are chains of products and truncations; a
// truncated value is open under the mask of its truncation already, so that such a
// chain takes one round for each truncation and none for the products (factor.go).
//
// Every opening is recorded with what was opened, to whom and why ([Opening]).
//
//   - protocol.go: the holders and their dealer; open.go and opening.go: how they exchange
//     shares, and what is known by it
//   - linear.go, arrange.go, mul.go, moments.go: what is local, and products
//   - truncate.go: dividing by a power of two; factor.go: chains of products
//   - bits.go, compare.go, relu.go: shared bits, signs, and what is made of them
//   - function.go, domain.go: what elementary functions have in common, and for which numbers
//     they are; exp.go, reciprocal.go, log.go, logistic.go, fourier.go, softmax.go: each of them
//   - catalogue.go, catalogue_function.go, explain.go: the protocols by name, and explained
//   - price.go, price_function.go: what each is declared to cost
//   - tamper.go: what is on its way, changed
package mpc

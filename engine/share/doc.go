// Package share turns a secret into shares and shares back into the secret: local
// maths of whoever owns the secret, and of whoever has enough shares. Nothing is
// sent here; who sends shares to whom, and who may reconstruct, is a protocol's
// business.
//
// Shamir's sharing (shamir.go; Shamir 1979) shares an element of a prime field
// so that any t of n shares give it back and t − 1 say nothing at all about it.
package share

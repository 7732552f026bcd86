// Package share turns a secret into shares and shares back into the secret: local
// maths of whoever owns the secret, and of whoever has enough shares. Nothing is
// sent here; who sends shares to whom, and who may reconstruct, is a protocol's
// business.
//
// There are three kinds. Additive sharing (additive.go) writes a matrix over a
// ring as a sum of n matrices; all but one of them are uniform, and any n − 1 of
// them say nothing about the secret. XOR sharing (bits.go) does the same to packed
// bits. Shamir's sharing (shamir.go; Shamir 1979) shares an element of a prime
// field so that any t of n shares give it back and t − 1 say nothing.
//
// A uniform share need not be sent: whoever splits sends a 32-byte seed in its
// place, from which the receiver expands it ([Compressed]). Only one party gets a
// share in full.
package share

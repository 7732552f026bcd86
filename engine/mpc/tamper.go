package mpc

import "gorgonia.org/tensor"

// Tamper lets f change every share on its way from one holder to another, in place:
// matrices of ring elements, and packed bits. The message is f's own copy. It is for
// experiments: what it shows is that semi-honest protocols take whatever arrives.
// Nil ends it.
func (p *Protocol) Tamper(f func(from, to int, sent *tensor.Dense)) { p.tamper = f }

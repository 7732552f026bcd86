package share

import (
	"errors"
	"fmt"
	"math/big"
	"math/bits"
	"math/rand/v2"
)

// Prime is 2^61 − 1, the prime over which secrets of real size are shared.
const Prime = 1<<61 - 1

// Shamir shares elements of the field of a prime order: the secret is the value
// at 0 of a polynomial of degree t − 1, otherwise uniform; the share of party i,
// counted from 0, is its value at i + 1.
type Shamir struct {
	p uint64
}

// NewShamir returns sharing over a prime from 3 to [Prime]. Small primes are for
// the classroom: there all polynomials can be listed.
func NewShamir(prime uint64) (Shamir, error) {
	if prime < 3 || prime > Prime || !new(big.Int).SetUint64(prime).ProbablyPrime(0) { // exact below 2^64
		return Shamir{}, fmt.Errorf("shamir sharing needs a prime from 3 to 2^61 − 1, not %d", prime)
	}
	return Shamir{prime}, nil
}

// Default returns sharing over [Prime].
func Default() Shamir { return Shamir{Prime} }

// Modulus returns the order of the field.
func (s Shamir) Modulus() uint64 { return s.p }

// Split returns n shares of a secret, any t of which reconstruct it. The secret
// must be below the prime, 1 ≤ t ≤ n, and n below the prime.
func (s Shamir) Split(secret uint64, t, n int, source rand.Source) ([]uint64, error) {
	if err := s.check(secret, t, n); err != nil {
		return nil, err
	}
	polynomial, shares := s.draw(secret, t, source), make([]uint64, n)
	for i := range shares {
		shares[i] = s.evaluate(polynomial, uint64(i)+1)
	}
	return shares, nil
}

// check says why a secret cannot be shared so.
func (s Shamir) check(secret uint64, t, n int) error {
	switch {
	case secret >= s.p:
		return fmt.Errorf("the secret %d is not below the prime %d", secret, s.p)
	case t < 1 || t > n:
		return fmt.Errorf("a threshold of %d among %d shares; it must be from 1 to %d", t, n, n)
	case uint64(n) >= s.p:
		return fmt.Errorf("%d shares need a prime above %d, not %d", n, n, s.p)
	}
	return nil
}

// draw draws a polynomial a_0 + a_1·x + … + a_{t−1}·x^{t−1} with the secret at 0.
func (s Shamir) draw(secret uint64, t int, source rand.Source) []uint64 {
	polynomial := make([]uint64, t)
	s.drawInto(polynomial, secret, rand.New(source))
	return polynomial
}

// drawInto draws one of as many coefficients.
func (s Shamir) drawInto(polynomial []uint64, secret uint64, r *rand.Rand) {
	polynomial[0] = secret
	for k := 1; k < len(polynomial); k++ {
		polynomial[k] = r.Uint64N(s.p)
	}
}

// evaluate computes the polynomial at x by Horner's rule.
func (s Shamir) evaluate(polynomial []uint64, x uint64) uint64 {
	y := uint64(0)
	for k := len(polynomial) - 1; k >= 0; k-- {
		y = s.add(s.mul(y, x), polynomial[k])
	}
	return y
}

var errNoShares = errors.New("no shares to reconstruct from")

// Reconstruct returns the secret from the shares of distinct parties, which are
// counted from 0; share[i] is party[i]'s. It interpolates at 0 through all of
// them: with fewer shares than the threshold the result says nothing about the
// secret, and nothing tells so.
func (s Shamir) Reconstruct(party []int, share []uint64) (uint64, error) {
	lagrange, err := s.Lagrange(party)
	if err != nil {
		return 0, err
	}
	if len(share) != len(party) {
		return 0, fmt.Errorf("%d shares of %d parties", len(share), len(party))
	}
	secret := uint64(0)
	for i, y := range share {
		if y >= s.p {
			return 0, fmt.Errorf("the share of party %d is %d, not below the prime %d", party[i], y, s.p)
		}
		secret = s.add(secret, s.mul(lagrange[i], y))
	}
	return secret, nil
}

// Lagrange returns the coefficients with which the shares of these parties add up
// to the secret: λ_i = Π_{j≠i} x_j / (x_j − x_i), with x = party + 1. They serve
// every secret shared among the same parties.
func (s Shamir) Lagrange(party []int) ([]uint64, error) {
	if len(party) == 0 {
		return nil, errNoShares
	}
	seen := make(map[int]bool, len(party))
	for _, i := range party {
		if i < 0 || uint64(i)+1 >= s.p {
			return nil, fmt.Errorf("there is no party %d", i)
		}
		if seen[i] {
			return nil, fmt.Errorf("two shares of party %d", i)
		}
		seen[i] = true
	}
	// λ_i = Π_{j≠i} x_j / (x_j − x_i) = Π_j x_j / d_i with d_i = x_i · Π_{j≠i} (x_j − x_i).
	// All d_i are inverted at the price of one inverse (Montgomery's trick): before holds the
	// product of those before each.
	d, before, all, product := make([]uint64, len(party)), make([]uint64, len(party)), uint64(1), uint64(1)
	for i := range party {
		xi := uint64(party[i]) + 1
		d[i] = xi
		for j := range party {
			if j != i {
				d[i] = s.mul(d[i], s.sub(uint64(party[j])+1, xi))
			}
		}
		before[i] = product
		all, product = s.mul(all, xi), s.mul(product, d[i])
	}
	out, rest := before, s.mul(all, s.inverse(product))
	for i := len(party) - 1; i >= 0; i-- {
		out[i] = s.mul(before[i], rest)
		rest = s.mul(rest, d[i])
	}
	return out, nil
}

func (s Shamir) add(a, b uint64) uint64 { // a, b < p ≤ 2^61: no overflow
	c := a + b
	if c >= s.p {
		c -= s.p
	}
	return c
}

func (s Shamir) sub(a, b uint64) uint64 {
	if a >= b {
		return a - b
	}
	return a + s.p - b
}

func (s Shamir) mul(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	if s.p == Prime { // 2^61 ≡ 1: the upper part is added to the lower one
		c := lo&Prime + (lo>>61 | hi<<3)
		if c >= Prime {
			c -= Prime
		}
		return c
	}
	_, rest := bits.Div64(hi, lo, s.p)
	return rest
}

// inverse returns a^(p−2), the inverse of a ≠ 0 (Fermat).
func (s Shamir) inverse(a uint64) uint64 {
	result := uint64(1)
	for e := s.p - 2; e > 0; e >>= 1 {
		if e&1 == 1 {
			result = s.mul(result, a)
		}
		a = s.mul(a, a)
	}
	return result
}

// chunks is how many field elements a 32-byte secret takes: four of 7 bytes and
// one of 4, each below 2^56 and so below the prime.
const chunks = 5

// SeedShare is one party's share of a 32-byte secret: a share of each chunk.
type SeedShare [chunks]uint64

// SplitSeed shares a 32-byte secret, such as a key, over [Prime]: five chunks,
// each shared on its own.
func SplitSeed(secret [32]byte, t, n int, source rand.Source) ([]SeedShare, error) {
	if err := Default().check(0, t, n); err != nil { // a chunk is below the prime
		return nil, err
	}
	return NewPoints(t, n).SplitSeed(secret, source), nil
}

// SplitSeed is [SplitSeed] at points that are prepared, for who shares many secrets.
func (p *Points) SplitSeed(secret [32]byte, source rand.Source) []SeedShare {
	const size = len(SeedShare{})
	shares, words := make([]SeedShare, p.n()), make([]uint64, size*p.n())
	p.SplitSeedInto(words, size, secret, source)
	for i := range shares {
		shares[i] = SeedShare(words[size*i:])
	}
	return shares
}

// SplitSeedInto is [Points.SplitSeed] that writes the shares into a list of words, five words
// each and each so many words behind the one before it.
func (p *Points) SplitSeedInto(to []uint64, distance int, secret [32]byte, source rand.Source) {
	part, polynomial, r := make([]uint64, p.n()), make([]uint64, p.t), rand.New(source)
	for c := range chunks {
		Default().drawInto(polynomial, chunk(secret, c), r)
		p.Evaluate(part, polynomial)
		for i, y := range part {
			to[distance*i+c] = y
		}
	}
}

// ReconstructSeed returns the 32-byte secret from the shares of distinct parties.
// Shares of too few parties, or shares that do not belong together, are found out
// only if a chunk comes out too large; a caller that must be sure compares what
// the secret is a secret of.
func ReconstructSeed(party []int, share []SeedShare) ([32]byte, error) {
	var secret [32]byte
	lagrange, err := Default().Lagrange(party)
	if err != nil {
		return secret, err
	}
	if len(share) != len(party) {
		return secret, fmt.Errorf("%d shares of %d parties", len(share), len(party))
	}
	for c := range chunks {
		value := uint64(0)
		for i := range share {
			if share[i][c] >= Prime {
				return [32]byte{}, fmt.Errorf("the share of party %d is %d, not below the prime", party[i], share[i][c])
			}
			value = Default().add(value, Default().mul(lagrange[i], share[i][c]))
		}
		if value >= 1<<(8*chunkBytes(c)) {
			return [32]byte{}, errors.New("the shares do not belong to one secret, or are too few")
		}
		for k := range chunkBytes(c) {
			secret[7*c+k] = byte(value >> (8 * k))
		}
	}
	return secret, nil
}

// chunkBytes is the size of a chunk: 7, of the last one 4.
func chunkBytes(c int) int { return min(7, 32-7*c) }

// chunk reads the c-th chunk of a secret, little-endian.
func chunk(secret [32]byte, c int) uint64 {
	value := uint64(0)
	for k := range chunkBytes(c) {
		value |= uint64(secret[7*c+k]) << (8 * k)
	}
	return value
}

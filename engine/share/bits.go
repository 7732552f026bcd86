package share

import "math/rand/v2"

// SplitBits returns n XOR shares of bits packed 64 to a word: n − 1 uniform ones,
// and the one that makes their XOR right. Bits of the last word that are not used
// are shared like the others. The error is a *[PartiesError] for n < 2.
func SplitBits(b []uint64, n int, source rand.Source) ([][]uint64, error) {
	if n < 2 {
		return nil, &PartiesError{n}
	}
	shares := make([][]uint64, n)
	last := append(make([]uint64, 0, len(b)), b...)
	for i := range n - 1 {
		shares[i] = make([]uint64, len(b))
		for k := range shares[i] {
			shares[i][k] = source.Uint64()
			last[k] ^= shares[i][k]
		}
	}
	shares[n-1] = last
	return shares, nil
}

// ReconstructBits XORs all shares of packed bits, which must have one length. Fewer than two
// are a *[PartiesError].
func ReconstructBits(shares [][]uint64) ([]uint64, error) {
	if len(shares) < 2 {
		return nil, &PartiesError{len(shares)}
	}
	b := make([]uint64, len(shares[0]))
	for _, s := range shares {
		for k := range b {
			b[k] ^= s[k]
		}
	}
	return b, nil
}
